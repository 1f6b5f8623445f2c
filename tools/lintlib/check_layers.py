# SPDX-License-Identifier: Apache-2.0
"""The architecture: modules.txt against the folders, the includes, the symbols and the documents."""
import json
import os
import re
import subprocess

from .context import Skip, check
from .tree import folder_of

ATOMICS = re.compile(r'\bstdatomic\.h\b|\b_Atomic\b|\batomic_[a-z]\w*|\b__atomic_\w+|\b__sync_\w+|\bATOMIC_\w+')
ATOMIC_HOMES = ('src/base/ring.h', 'src/run/handover.h')


@check
def modules_cover_folders(ctx):
    """modules.txt has a row for each folder of src/, and no prefix twice"""
    folders = {folder_of(path) for path in ctx.tree.files} - {None}
    for folder in sorted(folders - set(ctx.modules.rows)):
        yield f'src/{folder}: no row in src/modules.txt'
    seen = {}
    for row in ctx.modules.rows.values():
        if not row.sentence:
            yield f'src/modules.txt: {row.folder} has no sentence'
        for prefix in row.prefixes:
            if prefix in seen:
                yield f'src/modules.txt: prefix {prefix} belongs to {seen[prefix]} and to {row.folder}'
            seen[prefix] = row.folder


@check
def no_empty_folder(ctx):
    """a folder appears when it has something in it"""
    for folder, folders, names in os.walk(ctx.tree.path('src')):
        if not folders and not [name for name in names if name != 'meson.build']:
            yield f'{os.path.relpath(folder, ctx.tree.root)}: empty'


@check
def include_direction(ctx):
    """a file includes its own folder and lower layers only; its own header comes first"""
    rows = ctx.modules.rows
    for path in ctx.tree.select(('src',), ('.c', '.h')):
        own = folder_of(path)
        ours = []
        for line, system, header in ctx.source(path).includes():
            if system:
                continue
            if header.startswith('.') or '/' not in header:
                yield f'{path}:{line}: "{header}" is not written from src/ on, as "folder/noun.h"'
                continue
            ours.append((line, header))
            other = header.split('/')[0]
            if own not in rows or other not in rows:
                yield f'{path}:{line}: "{header}": {other if own in rows else own} is not in src/modules.txt'
            elif other != own and rows[other].layer >= rows[own].layer:
                yield (f'{path}:{line}: {own}/ (layer {rows[own].layer}) may not include '
                       f'{other}/ (layer {rows[other].layer})')
        if path.endswith('.c') and ctx.tree.has(path[:-1] + 'h'):
            first = next(iter(ctx.source(path).includes()), None)
            if first is None or 'src/' + first[2] != path[:-1] + 'h':
                yield f'{path}: does not include its own header first'


@check
def header_homes(ctx):
    """third-party and OS headers are included in their home folders only"""
    for path in ctx.tree.select(('src',), ('.c', '.h')):
        for line, system, header in ctx.source(path).includes():
            homes = ctx.modules.homes(header) if system else None
            if homes is None or folder_of(path) in homes or header == 'stdatomic.h':
                continue  # atomics_at_home has an eye on stdatomic.h
            where = ' and '.join(f'{home}/' for home in homes)
            yield f'{path}:{line}: <{header}> ' + (f'belongs in {where}' if homes else 'has no home in src/modules.txt')


@check
def atomics_at_home(ctx):
    """atomics live in base/ring.h and run/handover.h"""
    for path in ctx.tree.select(('src',), ('.c', '.h')):
        if path in ATOMIC_HOMES:
            continue
        for match in ATOMICS.finditer(ctx.source(path).code):
            yield f'{path}:{ctx.source(path).line(match.start())}: {match.group()}'


def built_objects(ctx):
    """(source path, object file) of each file of src/ in the build folder."""
    database = ctx.build and os.path.join(ctx.build, 'compile_commands.json')
    if not database or not os.path.exists(database):
        raise Skip('no build folder to look into (build/debug, or --build DIR)')
    with open(database, encoding='utf-8') as file:
        for entry in json.load(file):
            source = os.path.relpath(os.path.join(entry['directory'], entry['file']), ctx.tree.root)
            if source.startswith('src/'):
                yield source, os.path.join(entry['directory'], entry['output'])


@check
def symbol_prefixes(ctx):
    """each global symbol starts with a prefix of its folder's row, or br_"""
    looked = 0
    for source, built in built_objects(ctx):
        row = ctx.modules.rows.get(folder_of(source))
        if row is None or not os.path.exists(built):
            continue
        looked += 1
        listed = subprocess.run(['nm', '-g', '--defined-only', '--format=posix', built],
                                capture_output=True, text=True, check=True).stdout
        for line in listed.splitlines():
            name = line.split()[0]
            if name.startswith(('__', '_GLOBAL_')) or name.startswith(('br_', *row.prefixes)):
                continue
            if name != 'main' or row.folder != 'cli':
                yield f'{source}: {name}: not a prefix of {row.folder}/ ({" ".join(row.prefixes)})'
    if looked == 0:
        raise Skip('nothing is built')


@check
def architecture_names_folders(ctx):
    """ARCHITECTURE.md's table names each folder"""
    text = ctx.tree.text('ARCHITECTURE.md') if ctx.tree.has('ARCHITECTURE.md') else ''
    for folder in ctx.modules.rows:
        if f'`{folder}/`' not in text:
            yield f'ARCHITECTURE.md: says nothing of `{folder}/`'


@check
def meson_lists_sources(ctx):
    """each source file stands in a meson.build; nothing lies about unbuilt"""
    for path in ctx.tree.select(('src', 'tests', 'fuzz', 'bench'), ('.c', '.S')):
        folder, name = os.path.split(path)
        # Rows of programs need no ending: 'hist_bench', and 'h1' for h1_fuzz.c will do.
        names = [name, name[:-2], re.sub(r'_(fuzz|bench|test)\.c$', '', name)]
        found = False
        while folder and not found:
            meson = folder + '/meson.build'
            text = ctx.tree.text(meson) if ctx.tree.has(meson) else ''
            found = any(f"'{name}'" in text for name in names)
            names = [f'{os.path.basename(folder)}/{names[0]}']
            folder = os.path.dirname(folder)
        if not found:
            yield f'{path}: in no meson.build'
