#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules themselves, and proof that each check refuses what it is for."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import ROOT, brunt_test, check, contains, equal, main  # noqa: E402

LINT = os.path.join(ROOT, 'tools/lint')

MODULES = '''\
= everywhere | sys/types.h
= OS headers | sys/*.h unistd.h time.h
0 | base | mem_ | - | Values.
1 | sys | clock_ | OS headers | The system.
1 | wire | h1_ | - | Codecs.
2 | conn | tls_ | openssl/*.h | Connections.
'''
HEAD = '/* SPDX-License-Identifier: Apache-2.0\n *\n * A file that says what it is and why it is so.\n */\n'
GOOD = {
    'src/modules.txt': MODULES,
    'src/base/meson.build': "files('mem.c')\n",
    'src/base/mem.h': HEAD + 'int mem_size(void);\n',
    'src/base/mem.c': HEAD + '#include "base/mem.h"\n\nint mem_size(void)\n{\n    return 1;\n}\n',
    'src/sys/meson.build': "files('clock.c')\n",
    'src/sys/clock.c': HEAD + '#include <time.h>\n\n#include "base/mem.h"\n',
    'ARCHITECTURE.md': '# Rooms\n\n`base/` `sys/` `wire/` `conn/` [up](#rooms)\n',
    '.clang-format': open(os.path.join(ROOT, '.clang-format'), encoding='utf-8').read(),
}


def lint(t, *checks, build=None, **changes):
    """Lints a tree made of GOOD and the changes (path: text; None takes a file away)."""
    for path, text in {**GOOD, **changes.get('files', {})}.items():
        if text is not None:
            t.write(f'tree/{path}', text)
    build_args = ['--build', build] if build else []
    return t.run(sys.executable, LINT, '--root', t.path('tree'), *build_args, *checks)


def refuses(t, name, path, text, finding):
    run = lint(t, name, files={path: text})
    if '# SKIP' in run.out:  # this machine's clang-format is not the one that decides
        return
    equal(run.code, 1, f'exit code of {name}')
    contains(run.out, f'not ok 1 - {name}')
    contains(run.out, finding)


# check: the rows of (file, text, what it must say)
BAD = {
    'modules_cover_folders': [
        ('src/extra/x.c', HEAD, 'src/extra: no row'),
        ('src/modules.txt', MODULES + '3 | load | mem_ | - | Load.\n', 'prefix mem_ belongs to base'),
    ],
    'include_direction': [
        ('src/base/up.c', HEAD + '#include "sys/clock.h"\n', 'base/ (layer 0) may not include sys/ (layer 1)'),
        ('src/wire/side.c', HEAD + '#include "sys/clock.h"\n', 'wire/ (layer 1) may not include sys/'),
        ('src/sys/odd.c', HEAD + '#include "nowhere/x.h"\n', 'nowhere is not in src/modules.txt'),
        ('src/sys/odd.c', HEAD + '#include "clock.h"\n', 'not written from src/ on'),
        ('src/base/mem.c', HEAD + '#include <stdio.h>\n#include "base/mem.h"\n', 'its own header first'),
    ],
    'header_homes': [
        ('src/wire/x.c', HEAD + '#include <sys/socket.h>\n', '<sys/socket.h> belongs in sys/'),
        ('src/wire/x.c', HEAD + '#include <openssl/ssl.h>\n', '<openssl/ssl.h> belongs in conn/'),
        ('src/sys/x.c', HEAD + '#include <uv.h>\n', '<uv.h> has no home'),
    ],
    'atomics_at_home': [
        ('src/sys/x.c', HEAD + '#include <stdatomic.h>\n', 'stdatomic.h'),
        ('src/sys/x.c', HEAD + 'static _Atomic int x;\n', '_Atomic'),
        ('src/sys/x.c', HEAD + 'int x = __atomic_load_n(&y, 0);\n', '__atomic_load_n'),
    ],
    'architecture_names_folders': [
        ('ARCHITECTURE.md', '# Rooms\n\n`base/` `sys/` `wire/`\n', 'nothing of `conn/`'),
    ],
    'meson_lists_sources': [
        ('src/base/orphan.c', HEAD, 'src/base/orphan.c: in no meson.build'),
        ('fuzz/h1_fuzz.c', HEAD, 'fuzz/h1_fuzz.c: in no meson.build'),
    ],
    'functions_are_short': [
        ('src/base/long.c', HEAD + 'int mem_long(void)\n{\n' + '    x();\n' * 68 + '}\n', 'mem_long has 71 lines'),
        ('src/base/long.c', HEAD + 'static int\nmem_if(int a,\n  int b) {\n#define X {\n' + 'if (a) { "}"; }\n' * 68
         + '}\n', 'mem_if has 72 lines'),
    ],
    'files_are_short': [
        ('src/base/long.h', HEAD + 'int mem_x(void);\n' * 597, '601 lines'),
    ],
    'banned_calls': [
        ('src/wire/x.c', HEAD + 'void f(void)\n{\n    free(x);\n}\n', 'x.c:7: free(): use base/mem.h'),
        ('src/wire/x.c', HEAD + 'int x = atoi ("1");\n', 'atoi()'),
        ('src/wire/x.c', HEAD + 'int x = time(NULL);\n', 'time(): use sys/clock.h'),
        ('src/base/mem.c', HEAD + 'void f(void)\n{\n    strcpy(a, b);\n}\n', 'strcpy()'),
        ('tests/x.c', HEAD + 'int x = rand();\n', 'rand()'),
    ],
    'no_line_comments': [
        ('src/base/x.c', HEAD + 'int x; // today\n', 'x.c:5: // comment'),
    ],
    'no_conditionals_in_functions': [
        ('src/base/x.c', HEAD + 'int f(void)\n{\n#ifdef X\n    x();\n#endif\n}\n', 'x.c:7: #if within f'),
    ],
    'goto_goes_forward': [
        ('src/base/x.c', HEAD + 'int f(void)\n{\nagain:\n    x();\n    goto again;\n}\n', 'goto again goes back'),
    ],
    'structs_have_tags': [
        ('src/base/x.h', HEAD + 'typedef struct x {\n    int y;\n} x_t;\n', 'typedef of a struct'),
        ('src/base/x.h', HEAD + 'typedef enum x x_t;\n', 'typedef of a enum'),
    ],
    'files_have_heads': [
        ('src/base/x.h', '/* A file. */\n', 'no SPDX line'),
        ('src/base/x.h', '/* SPDX-License-Identifier: Apache-2.0 */\nint x;\n', 'does not say what it is'),
        ('tools/thing', '#!/bin/sh\n', 'tools/thing: no SPDX line'),
    ],
    'layout_is_clean': [
        ('src/base/x.h', HEAD + '\tint x;\n', 'x.h:5: a tab'),
        ('src/base/x.h', HEAD + 'int x; \n', 'x.h:5: a tab, or space at the end'),
        ('docs/x.md', 'text', 'ends without one newline'),
    ],
    'formatted': [
        ('src/base/x.h', HEAD + 'int   x ;\n', 'x.h:5'),
    ],
    'headers_compile_alone': [
        ('src/base/x.h', HEAD + 'size_t mem_x(void);\n', 'size_t'),
        ('src/base/x.h', HEAD + 'enum x { X };\n', 'redeclaration'),
    ],
    'links_lead_somewhere': [
        ('docs/x.md', '# X\n\n[a](y.md)\n', 'docs/x.md:3: y.md: no such file'),
        ('docs/x.md', '# X\n\n[a](../ARCHITECTURE.md#nothing)\n', 'no such heading'),
        ('docs/x.md', '# X\n\n[a][b]\n\n[b]: gone/\n', 'gone/: no such file'),
    ],
}
# What looks like a sin and is none.
GOOD_ROWS = {
    'include_direction': [('src/conn/x.c', HEAD + '#include "base/mem.h"\n#include "wire/h1.h"\n')],
    'header_homes': [('src/wire/x.c', HEAD + '#include <sys/types.h>\n#include <stdio.h>\n')],
    'functions_are_short': [
        ('src/base/x.c', HEAD + 'int mem_x(void)\n{\n' + '    x();\n' * 67 + '}\n'),
        ('src/base/x.c', HEAD + 'static const int table[] = {\n' + '    1,\n' * 100 + '};\n'),
    ],
    'banned_calls': [
        ('src/wire/x.c', HEAD + '/* free(x) */\nint f(void)\n{\n    ops->free(x);\n    return run_time(1);\n}\n'),
        ('src/base/mem.c', HEAD + 'void f(void)\n{\n    free(x);\n}\n'),
    ],
    'no_line_comments': [('src/base/x.c', HEAD + 'const char *x = "http://x"; /* // */\n')],
    'no_conditionals_in_functions': [('src/base/x.c', HEAD + '#ifdef X\n#endif\nint f(void)\n{\n    return 1;\n}\n')],
    'goto_goes_forward': [('src/base/x.c', HEAD + 'int f(void)\n{\n    goto out;\nout:\n    return 1;\n}\n')],
    'structs_have_tags': [('src/base/x.h', HEAD + 'typedef struct x *x_make_fn(struct y *y);\n')],
    'links_lead_somewhere': [
        ('docs/x.md', '# X y: `z`\n\n[a](#x-y-z) [b](https://x.org) `[c](d)`\n\n```\n[e](f)\n```\n'),
    ],
}


@brunt_test
def the_fixture_itself_is_good(t):
    run = lint(t)
    equal(run.code, 0, f'exit code\n{run.out}{run.err}')


@brunt_test
def each_check_has_a_bad_row(t):
    run = t.run(sys.executable, LINT, '--list')
    names = [line.split(':')[0] for line in run.out.splitlines()]
    tested_below = {'symbol_prefixes', 'no_empty_folder'}
    check(len(names) > 10, 'lint lists few checks')
    equal(sorted(set(names) - set(BAD) - tested_below), [], 'checks without a bad row')


@brunt_test
def bad_rows_are_refused(t):
    for name, rows in BAD.items():
        for path, text, finding in rows:
            refuses(t, name, path, text, finding)
            os.unlink(t.path(f'tree/{path}'))


@brunt_test
def good_rows_are_let_through(t):
    for name, rows in GOOD_ROWS.items():
        for path, text in rows:
            run = lint(t, name, files={path: text})
            equal(run.code, 0, f'exit code of {name} for {text!r}\n{run.out}')
            os.unlink(t.path(f'tree/{path}'))


@brunt_test
def an_empty_folder_is_refused(t):
    os.makedirs(t.path('tree/src/load'))
    run = lint(t, 'no_empty_folder')
    equal(run.code, 1, 'exit code')
    contains(run.out, 'src/load: empty')


@brunt_test
def a_symbol_without_prefix_is_refused(t):
    source = HEAD + '#include "base/mem.h"\n\nint mem_size(void)\n{\n    return 1;\n}\nint stray;\n'
    t.write('tree/src/base/mem.c', source)
    run = t.run('gcc', '-c', '-o', t.path('mem.o'), '-x', 'c', '-I', t.write('src/base/mem.h', GOOD['src/base/mem.h'])
                [:-len('base/mem.h')], t.path('tree/src/base/mem.c'))
    equal(run.code, 0, f'gcc\n{run.err}')
    t.write('build/compile_commands.json',
            f'[{{"directory": "{t.dir}", "file": "tree/src/base/mem.c", "output": "mem.o"}}]')
    run = lint(t, 'symbol_prefixes', build=t.path('build'), files={'src/base/mem.c': source})
    equal(run.code, 1, 'exit code')
    contains(run.out, 'src/base/mem.c: stray: not a prefix of base/')
    equal(run.out.count('not a prefix'), 1, 'findings')


@brunt_test
def an_unknown_check_is_named(t):
    run = t.run(sys.executable, LINT, 'nonsense')
    equal(run.code, 2, 'exit code')
    contains(run.err, 'no check nonsense')


main()
