# SPDX-License-Identifier: Apache-2.0
"""A check is a generator of findings, each one line that says where and what; it gets a Context."""
import os

from .csource import Source
from .tree import Tree

CHECKS = []


class Skip(Exception):
    """Raised by a check that cannot look; its text says why."""


def check(function):
    """Registers a check; its name is the function's, its sentence the first line of its docstring."""
    CHECKS.append((function.__name__, function.__doc__.strip().splitlines()[0], function))
    return function


class Context:
    def __init__(self, root, build):
        self.tree = Tree(root)
        self.build = build and os.path.abspath(build)
        self._sources = {}
        self._modules = None

    @property
    def modules(self):
        if self._modules is None:
            self._modules = self.tree.modules()
        return self._modules

    def source(self, path):
        if path not in self._sources:
            self._sources[path] = Source(self.tree.text(path))
        return self._sources[path]

    def sources(self):
        """(path, Source) of all our C."""
        for path in self.tree.sources():
            yield path, self.source(path)
