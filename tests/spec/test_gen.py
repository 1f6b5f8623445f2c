# SPDX-License-Identifier: Apache-2.0
"""`brunt gen`: what docs/templates.md shows is what comes out; records are the same in parts and in
whole; what is wrong is told in one line."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, ROOT, brunt_test, check, contains, equal, main  # noqa: E402

PAGE = os.path.join(ROOT, 'docs', 'templates.md')


def gen(t, *args, **options):
    return t.brunt('gen', *args, result=False, **options)


def shell_blocks(page):
    """Each block of the page as pairs of a command line and what it shows."""
    with open(page, encoding='utf-8') as file:
        blocks = re.findall(r'^```console\n(.*?)^```', file.read(), re.M | re.S)
    for block in blocks:
        parts = re.split(r'^\$ ', block, flags=re.M)
        equal(parts[0], '', 'what stands before the first command')
        yield [part.split('\n', 1) for part in parts[1:]]


@brunt_test
def the_page_shows_what_comes_out(t):
    os.mkdir(t.path('bin'))
    os.symlink(BRUNT, t.path('bin/brunt'))
    path = t.path('bin') + ':' + os.environ['PATH']
    commands = 0
    for block in shell_blocks(PAGE):
        for command, shown in block:
            run = subprocess.run(['sh', '-c', command], cwd=t.dir, env=dict(os.environ, PATH=path), timeout=30,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            equal(run.stdout.decode(), shown, command)
            commands += 1
    check(commands > 10, f'only {commands} commands on the page')


@brunt_test
def every_placeholder_is_on_the_page(t):
    with open(os.path.join(ROOT, 'src', 'data', 'tmpl_table.h'), encoding='utf-8') as file:
        names = re.findall(r'^TMPL\(\w+,\s*"(\w+)"', file.read(), re.M)
    check(len(names) >= 13, f'placeholders in the table: {names}')
    with open(PAGE, encoding='utf-8') as file:
        page = file.read()
    for name in names:
        contains(page, '| `{{' + name, f'the row of {name}')


TEMPLATE = '{"u":"{{uuid}}","n":{{int 1 1000}},"t":"{{text 30}}","z":{{zipf 100 1.1}},"r":{{row.a}}}'


@brunt_test
def parts_make_the_whole(t):
    rows = t.write('rows.csv', 'a\n' + ''.join(f'{i}\n' for i in range(7)))
    args = (TEMPLATE, '--seed', '9', '--data', rows)
    whole = gen(t, *args, '-n', '100')
    equal((whole.code, whole.err), (0, ''), 'gen')
    parts = ''.join(gen(t, *args, '-n', '25', '--first', str(first)).out for first in (0, 25, 50, 75))
    equal(parts, whole.out, 'four parts')
    lines = whole.out.splitlines()
    equal(len(set(lines)), 100, 'different records')
    equal([json.loads(line)['r'] for line in lines], [i % 7 for i in range(100)], 'rows')
    check(gen(t, TEMPLATE, '--seed', '10', '--data', rows).out != lines[0] + '\n', 'another seed, other values')


@brunt_test
def a_random_seed_is_told_and_does_it_again(t):
    run = gen(t, '{{uuid}}', '-n', '5')
    found = re.fullmatch(r'seed (\d+)\n', run.err)
    check(found, f'standard error: {run.err}')
    equal(gen(t, '{{uuid}}', '-n', '5', '--seed', found.group(1)).out, run.out, 'again')
    equal(gen(t, 'fixed').err, '', 'nothing is random')


@brunt_test
def templates_come_from_files_and_standard_input(t):
    path = t.write('a.json', '{"n":{{seq}}}\n')
    for arg, options in (('@' + path, {}), ('@-', {'stdin': b'{"n":{{seq}}}\n'})):
        equal(gen(t, arg, '-n', '2', '--seed', '1', **options).out, '{"n":0}\n{"n":1}\n', arg)


@brunt_test
def what_is_wrong_is_told_in_one_line(t):
    rows = t.write('rows.csv', 'a\n1\n')
    short = t.write('short.csv', 'a,b\n1,2\n3\n')
    for args, code, line in (
            ([], 104, 'something is missing: brunt gen TEMPLATE'),
            (['a', 'b'], 104, 'one template at a time'),
            (['{{row.a}}'], 104, '{{row.a}} needs rows: --data FILE'),
            (['{{seq}}', '--data', rows], 104, 'no {{row.FIELD}} uses it'),
            (['{{row.b}}', '--data', rows], 104, 'has no column "b"; its columns are a'),
            (['{{row.b}}', '--data', t.path('none.csv')], 255, 'cannot read'),
            (['{{row.b}}', '--data', t.path('rows.txt')], 104, 'a file whose name ends with .csv'),
            (['{{row.a}}', '--data', short, '-n', '5'], 104, 'line 3: 1 fields, where the header has 2'),
            (['@' + t.path('none')], 255, 'none'),
            (['{{seq'], 104, 'the template, column 1: this {{ has no }}')):
        run = gen(t, *args)
        equal(run.code, code, f'exit code of {args}')
        equal(run.err.count('\n'), 1, f'lines on standard error: {run.err}')
        contains(run.err, line, f'the line of {args}')


main()
