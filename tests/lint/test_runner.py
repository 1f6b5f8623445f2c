#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The test runner counts what it should, and the front door's programs answer as they say."""
import importlib.machinery
import importlib.util
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import ROOT, brunt_test, check, contains, equal, main  # noqa: E402

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader('runner', os.path.join(ROOT, 'tools/test'))
runner = importlib.util.module_from_spec(importlib.util.spec_from_loader('runner', loader))
loader.exec_module(runner)

# (what a program prints and does, passed, failed, skipped, what is shown)
ROWS = [
    ('echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2', 2, 0, 0, ''),
    ('echo 1..1; echo "ok 1"', 1, 0, 0, ''),
    ('echo "ok 1 - a"; echo "not ok 2 - b"; echo "# why"; echo 1..2; exit 1', 1, 1, 0, '# why'),
    ('echo "ok 1 - a"; echo "# why"; echo "not ok 2 - b"; echo 1..2; exit 1', 1, 1, 0, '# why\nnot ok 2'),
    ('echo "ok 1 - a # SKIP no moon"; echo "ok 2"; echo 1..2', 1, 0, 1, 'no moon'),
    ('echo "not ok 1 - a"; echo 1..1', 0, 1, 0, 'not ok 1 - a'),
    ('echo "ok 1 - a"; echo 1..1; exit 3', 1, 1, 0, 'ended with code 3'),
    ('echo "ok 1 - a"; kill -SEGV $$', 1, 1, 0, 'SIGSEGV'),
    ('echo "ok 1 - a"; echo 1..2', 1, 1, 0, 'ran 1 cases, planned 2'),
    ('echo "ok 1 - a"', 1, 1, 0, 'planned None'),
    ('echo words; echo more >&2; exit 1', 0, 1, 0, 'more'),
    ('true', 0, 1, 0, 'planned None'),
    ('echo "okay, this is talk"; echo "ok 1 - a"; echo 1..1', 1, 0, 0, ''),
]


@brunt_test
def cases_are_counted(_t):
    for script, passed, failed, skipped, shown in ROWS:
        program = runner.Program('row', ['sh', '-c', script]).run()
        equal((program.passed, program.failed, program.skipped), (passed, failed, skipped), f'the count of {script!r}')
        contains('\n'.join(program.detail), shown)


@brunt_test
def what_does_not_end_is_ended(_t):
    seconds, runner.PROGRAM_SECONDS = runner.PROGRAM_SECONDS, 1
    try:
        program = runner.Program('row', ['sh', '-c', 'echo "ok 1 - a"; sleep 60']).run()
    finally:
        runner.PROGRAM_SECONDS = seconds
    equal((program.passed, program.failed), (1, 1), 'the count')
    contains('\n'.join(program.detail), 'not done after 1 s')
    check(program.seconds < 20, f'took {program.seconds} s')


@brunt_test
def a_broken_build_is_a_failed_case(_t):
    program = runner.Build('nonsense').run()
    equal((program.passed, program.failed), (0, 1), 'the count')
    contains('\n'.join(program.detail), "not 'nonsense'")


@brunt_test(seconds=330)  # it builds, when nobody has
def the_last_line_is_the_sum(t):
    run = t.run(sys.executable, os.path.join(ROOT, 'tools/test'), 'lint/test_harness', timeout=300)
    equal(run.code, 0, f'exit code\n{run.out}{run.err}')
    last = run.out.splitlines()[-1]
    check(re.fullmatch(r'1\d passed, 0 failed', last), f'the last line is {last!r}')


@brunt_test
def unknown_suites_and_empty_ones_fail(t):
    run = t.run(sys.executable, os.path.join(ROOT, 'tools/test'), 'nonsense')
    equal(run.code, 1, 'exit code')
    contains(run.err, 'there is no suite nonsense')
    run = t.run(sys.executable, os.path.join(ROOT, 'tools/test'), 'lint/nonsense')
    equal((run.code, run.out.splitlines()[-1]), (1, '1 passed, 1 failed'), 'code and last line')


@brunt_test
def setup_takes_no_other_option(t):
    run = t.run(os.path.join(ROOT, 'tools/setup'), '--everything')
    equal(run.code, 2, 'exit code')
    contains(run.err, 'there are --demo, --build-only and --bench, not --everything')


@brunt_test
def setup_says_what_is_missing_elsewhere(t):
    # Its own look at the system, with another system's name and a PATH that has next to nothing.
    with open(os.path.join(ROOT, 'tools/setup'), encoding='utf-8') as file:
        text = file.read()
    release = t.write('os-release', 'ID=plan9\nVERSION_ID=4\n')
    script = t.write('setup', text.replace('/etc/os-release', release))
    os.mkdir(t.path('bin'))
    run = t.run('/bin/sh', script, env={'PATH': t.path('bin')})
    equal(run.code, 1, 'exit code')
    contains(run.err, 'this is plan9-4')
    contains(run.err, 'gcc make meson ninja pkg-config python3 nm clang')


@brunt_test
def help_names_every_door(t):
    run = t.run('make', '-C', ROOT, '--no-print-directory', 'help')
    equal(run.code, 0, 'exit code')
    for word in ('demo', 'test', 'lint', 'bench', 'fuzz', 'truth-full', 'install', 'clean'):
        check(re.search(rf'^make {word} ', run.out, re.M), f'help lacks {word}')


@brunt_test
def install_obeys_prefix_and_destdir(t):
    # A tree of its own, with something in the place of the program.
    for name in ('Makefile',):
        with open(os.path.join(ROOT, name), encoding='utf-8') as file:
            t.write(f'tree/{name}', file.read())
    t.write('tree/build/brunt', '#!/bin/sh\necho 1\n')
    os.chmod(t.path('tree/build/brunt'), 0o755)
    run = t.run('make', '-C', t.path('tree'), 'install', f'DESTDIR={t.path("root")}', 'PREFIX=/opt')
    equal(run.code, 0, f'exit code\n{run.err}')
    check(os.access(t.path('root/opt/bin/brunt'), os.X_OK), 'not installed')


main()
