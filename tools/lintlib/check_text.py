# SPDX-License-Identifier: Apache-2.0
"""The house style of a file: its head, its lengths, the words it may not use, its layout."""
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from .context import Skip, check

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
CLANG_FORMAT_MAJOR = 14

# word: (what to use, where it is at home). Homes are files, or folders with a slash at the end.
HEAP = ('base/mem.h', ('src/base/mem.c', 'tests/', 'fuzz/', 'bench/'))
NUMBERS = ('base/units.h or base/fmt.h', ())
COPIES = ('struct buf or snprintf', ())
CLOCKS = ('sys/clock.h', ('src/sys/', 'tests/', 'bench/'))
CHANCE = ('base/rng.h', ())
ENVIRONMENT = ('an option; only cli/ looks into the environment', ('src/cli/', 'src/sys/', 'tests/', 'bench/'))
BANNED = {
    **dict.fromkeys('malloc calloc realloc reallocarray free strdup strndup aligned_alloc '
                    'posix_memalign'.split(), HEAP),
    **dict.fromkeys('strcpy strcat sprintf vsprintf strncpy strncat stpcpy gets asprintf '
                    'vasprintf'.split(), COPIES),
    **dict.fromkeys('atoi atol atoll atof strtol strtoll strtoul strtoull'.split(), NUMBERS),
    **dict.fromkeys('gettimeofday time clock clock_gettime usleep sleep nanosleep'.split(), CLOCKS),
    **dict.fromkeys('rand srand random srandom drand48 rand_r'.split(), CHANCE),
    **dict.fromkeys('getenv secure_getenv setenv putenv'.split(), ENVIRONMENT),
    'strtok': ('struct bytes', ()),
    'signal': ('sys/', ('src/sys/', 'tests/')),
    'sscanf': (NUMBERS[0], ('src/sys/', 'tests/')),
    'alloca': ('a bounded array, or base/mem.h', ()),
}


def at_home(path, homes):
    return any(path == home or (home.endswith('/') and path.startswith(home)) for home in homes)


@check
def functions_are_short(ctx):
    """no function has more than 70 lines"""
    for path, source in ctx.sources():
        for function in source.functions():
            if function.lines > FUNCTION_LINES_MAX:
                yield f'{path}:{function.first}: {function.name} has {function.lines} lines'


@check
def files_are_short(ctx):
    """no file has more than 600 lines"""
    for path in ctx.tree.select(('src', 'tests', 'fuzz', 'bench', 'tools', '.ci'), ''):
        if path.endswith(('.txt', '.json', '.md')) or '/corpus/' in path:
            continue
        lines = ctx.tree.text(path).count('\n')
        if lines > FILE_LINES_MAX:
            yield f'{path}: {lines} lines'


@check
def banned_calls(ctx):
    """no call to what the house has a better word for"""
    for path, source in ctx.sources():
        for line, name in source.calls(BANNED):
            instead, homes = BANNED[name]
            if not at_home(path, homes):
                yield f'{path}:{line}: {name}(): use {instead}'


@check
def no_line_comments(ctx):
    """comments are /* */; // is for today"""
    for path, source in ctx.sources():
        for line in source.line_comments:
            yield f'{path}:{line}: // comment'


@check
def no_conditionals_in_functions(ctx):
    """platform code is a file; no #if inside a function"""
    for path, source in ctx.sources():
        for function in source.functions():
            for line in source.conditionals_inside(function):
                yield f'{path}:{line}: #if within {function.name}'


@check
def goto_goes_forward(ctx):
    """goto is for one label ahead"""
    for path, source in ctx.sources():
        for function in source.functions():
            for line, label in source.gotos_back(function):
                yield f'{path}:{line}: goto {label} goes back'


@check
def structs_have_tags(ctx):
    """struct, enum and union keep their tags; only function types are typedef'd"""
    for path, source in ctx.sources():
        for match in re.finditer(r'\btypedef\s+(?:const\s+)?(struct|enum|union)\b[^;(]*[;{]', source.code):
            yield f'{path}:{source.line(match.start())}: typedef of a {match.group(1)}'


@check
def files_have_heads(ctx):
    """each file opens with its licence, each C file also with what it is"""
    endings = ('.c', '.h', '.S', '.py', '.sh', 'Makefile')
    scripts = {path for path in ctx.tree.select(('tools', '.ci', 'bench'), '')
               if '.' not in os.path.basename(path)}
    for path in sorted(scripts | set(ctx.tree.select(('',), endings))):
        lines = ctx.tree.text(path).split('\n')
        if not any('SPDX-License-Identifier: Apache-2.0' in line for line in lines[:2]):
            yield f'{path}: no SPDX line at its top'
        elif path.endswith(('.c', '.h', '.S')):
            head = ctx.tree.text(path).partition('*/')[0].partition('Apache-2.0')[2]
            if not lines[0].startswith('/* SPDX') or len(re.findall(r'\w+', head)) < 2:
                yield f'{path}: its head does not say what it is'


@check
def layout_is_clean(ctx):
    """no tabs (but in Makefiles), no space at a line's end, a newline at the end of each file"""
    endings = ('.c', '.h', '.S', '.py', '.sh', '.md', 'meson.build', '.txt')
    for path in ctx.tree.select(('',), endings):
        text = ctx.tree.text(path)
        if not text or '/corpus/' in path:
            continue
        for number, line in enumerate(text.split('\n'), 1):
            if line != line.rstrip() or ('\t' in line and not path.endswith('.S')):
                yield f'{path}:{number}: a tab, or space at the end'
        if not text.endswith('\n') or text.endswith('\n\n'):
            yield f'{path}: ends without one newline'


@check
def formatted(ctx):
    """clang-format has nothing to say (*_table.h exempt)"""
    if shutil.which('clang-format') is None:
        yield 'clang-format is missing: tools/setup installs it'
        return
    version = subprocess.run(['clang-format', '--version'], capture_output=True, text=True, check=True)
    major = int(re.search(r'version (\d+)', version.stdout).group(1))
    if major != CLANG_FORMAT_MAJOR:
        raise Skip(f'clang-format {major} lays out otherwise than {CLANG_FORMAT_MAJOR}, which decides')
    paths = [path for path in ctx.tree.sources() if not path.endswith('_table.h')]
    if not paths:
        return
    run = subprocess.run(['clang-format', '--dry-run', '-Werror', '--ferror-limit=1', *paths],
                         cwd=ctx.tree.root, capture_output=True, text=True, check=False)
    for line in run.stderr.splitlines():
        if 'error:' in line:
            yield line.split(' error:')[0].rstrip(':') + ': not as clang-format has it'


def package_flags():
    """The include paths that the dependencies ask for: mostly none."""
    packages = ['openssl', 'libcares', 'jansson', 'zlib', 'sqlite3']
    flags = []
    for package in packages if shutil.which('pkg-config') else []:
        run = subprocess.run(['pkg-config', '--cflags', package], capture_output=True, text=True, check=False)
        flags += run.stdout.split() if run.returncode == 0 else []
    return flags


@check
def headers_compile_alone(ctx):
    """each header compiles with nothing before it, and twice"""
    if shutil.which('gcc') is None:
        yield 'gcc is missing: tools/setup installs it'
        return
    flags = ['-std=c17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-Isrc',
             *package_flags()]

    def compile_alone(path):
        text = f'#include "{path[len("src/"):]}"\n' * 2
        run = subprocess.run(['gcc', *flags, '-x', 'c', '-'], cwd=ctx.tree.root, input=text,
                             capture_output=True, text=True, check=False)
        return [f'{path}: {line}' for line in run.stderr.splitlines() if 'error' in line][:2]

    paths = [path for path in ctx.tree.select(('src',), ('.h',)) if not path.endswith('_table.h')]
    with ThreadPoolExecutor(max_workers=2) as pool:
        for found in pool.map(compile_alone, paths):
            yield from found
