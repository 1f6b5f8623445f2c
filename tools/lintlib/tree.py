# SPDX-License-Identifier: Apache-2.0
"""What the checks look at: the files of a tree and the table of modules.

A tree is a folder on disk, not a git index, so that the fixtures of tests/lint are trees too.
"""
import fnmatch
import os
import re

SKIPPED_FOLDERS = re.compile(r'^(\.git|build.*|__pycache__|node_modules)$')

# The C library's own headers: pure values, welcome everywhere. Those with an entry of their own
# below (time.h, signal.h, threads) speak to the system.
C_HEADERS = frozenset(
    f'{name}.h' for name in
    'assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp stdalign stdarg '
    'stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath uchar wchar wctype'.split())


class Row:
    """One row of modules.txt: a folder."""

    def __init__(self, layer, folder, prefixes, headers, sentence):
        self.layer = layer
        self.folder = folder
        self.prefixes = prefixes
        self.headers = headers
        self.sentence = sentence


class Modules:
    """src/modules.txt, read. Raises ValueError with a sentence when it cannot be."""

    def __init__(self, text):
        self.rows = {}
        self.sets = {}  # named sets of headers: 'OS headers', 'everywhere'
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith('#'):
                continue
            if line.startswith('='):
                name, _, patterns = line[1:].partition('|')
                self.sets[name.strip()] = patterns.split()
                continue
            self._read_row(number, line)

    def _read_row(self, number, line):
        fields = [field.strip() for field in line.split('|')]
        if len(fields) != 5 or not fields[0].isdigit():
            raise ValueError(f'modules.txt:{number}: not "layer | folder | prefixes | headers | sentence"')
        layer, folder, prefixes, headers, sentence = fields
        if folder in self.rows:
            raise ValueError(f'modules.txt:{number}: {folder} has a row already')
        if headers == '-':
            patterns = []
        else:
            patterns = []
            for name in self.sets:
                if name in headers:
                    headers = headers.replace(name, '')
                    patterns += self.sets[name]
            patterns += headers.split()
        self.rows[folder] = Row(int(layer), folder, prefixes.split(), patterns, sentence)

    def homes(self, header):
        """The folders that may include a header; None when it is welcome everywhere."""
        if header in C_HEADERS or matches(header, self.sets.get('everywhere', [])):
            return None
        return sorted(row.folder for row in self.rows.values() if matches(header, row.headers))


def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


class Tree:
    """The files under a root, as paths relative to it, and their texts."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.files = []
        self._texts = {}
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not SKIPPED_FOLDERS.match(name))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), self.root)
                if not os.path.islink(os.path.join(folder, name)):
                    self.files.append(path)

    def path(self, relative):
        return os.path.join(self.root, relative)

    def has(self, relative):
        return os.path.exists(self.path(relative))

    def text(self, relative):
        if relative not in self._texts:
            with open(self.path(relative), encoding='utf-8', errors='surrogateescape') as file:
                self._texts[relative] = file.read()
        return self._texts[relative]

    def select(self, folders, endings):
        """Files below one of the folders (or '' for all) with one of the endings."""
        for path in self.files:
            if path.endswith(endings) and any(f == '' or path.startswith(f + '/') for f in folders):
                yield path

    def sources(self):
        """All our C."""
        return self.select(('src', 'tests', 'fuzz', 'bench'), ('.c', '.h'))

    def modules(self):
        return Modules(self.text('src/modules.txt'))


def folder_of(path):
    """src/loop/wheel.c -> loop; None for what lies beside the folders."""
    parts = path.split('/')
    return parts[1] if len(parts) > 2 and parts[0] == 'src' else None
