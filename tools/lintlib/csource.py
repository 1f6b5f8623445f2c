# SPDX-License-Identifier: Apache-2.0
"""C text, understood just as far as the checks need: what is a comment, what is a string, which
braces make a function. Not a parser; the house style keeps the code plain enough for that."""
import bisect
import re

TOKEN = re.compile(r'''/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' ''', re.S | re.X)
DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.M)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
CONDITIONAL = re.compile(r'^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)\b')
NOT_FUNCTIONS = frozenset('if for while switch return sizeof do else'.split())


def blank(text):
    """Spaces in place of everything but line ends."""
    return re.sub(r'[^\n]', ' ', text)


class Function:
    def __init__(self, name, first, last, body):
        self.name = name
        self.first = first  # the line of its name
        self.last = last    # the line of its closing brace
        self.body = body    # (start, end) offsets in Source.plain

    @property
    def lines(self):
        return self.last - self.first + 1


class Source:
    """text: as written; code: without comments and string contents; plain: without directives too."""

    def __init__(self, text):
        self.text = text
        self._starts = [0] + [match.end() for match in re.finditer('\n', text)]
        self.line_comments = []
        self.code = TOKEN.sub(self._clean, text)
        self.plain = DIRECTIVE.sub(lambda match: blank(match.group()), self.code)

    def _clean(self, match):
        token = match.group()
        if token.startswith('//'):
            self.line_comments.append(self.line(match.start()))
        if token[0] in '"\'':
            return token[0] + blank(token[1:-1]) + token[-1]
        return blank(token)

    def line(self, offset):
        return bisect.bisect_right(self._starts, offset)

    def includes(self):
        """(line, system, header) of each #include."""
        # Comments are blanked but so are strings: look in the text, where the code has a directive.
        for match in INCLUDE.finditer(self.text):
            if '#' in self.code[match.start():match.end()]:
                yield self.line(match.start(2)), match.group(1) == '<', match.group(2)

    def functions(self):
        """Every function with a body, in order."""
        found, depth, start = [], 0, None
        for match in re.finditer(r'[{}]', self.plain):
            if match.group() == '{':
                if depth == 0:
                    start = match.start()
                depth += 1
            else:
                depth -= 1
                if depth == 0 and start is not None:
                    function = self._function(start, match.end())
                    if function is not None:
                        found.append(function)
                depth = max(depth, 0)
        return found

    def _function(self, opening, end):
        """The function whose body is between these braces, or None for a struct or a table."""
        cut = max(self.plain.rfind(mark, 0, opening) for mark in ';}') + 1
        head = self.plain[cut:opening]
        if not head.rstrip().endswith(')') or '=' in head:
            return None
        for match in re.finditer(r'([A-Za-z_]\w*)\s*\(', head):
            name = match.group(1)
            if name in NOT_FUNCTIONS or name in ('__attribute__', '_Alignas') or name.startswith('BR_'):
                continue
            return Function(name, self.line(cut + match.start(1)), self.line(end - 1), (opening, end))
        return None

    def conditionals_inside(self, function):
        """Lines of #if and its kin within a function's body."""
        start, end = function.body
        for match in DIRECTIVE.finditer(self.code, start, end):
            if CONDITIONAL.match(match.group()):
                yield self.line(match.start() + len(match.group()) - len(match.group().lstrip()))

    def calls(self, names):
        """(line, name) where one of the functions is called by its plain name."""
        pattern = re.compile(r'(?<![\w.])(?<!->)(' + '|'.join(sorted(names)) + r')\s*\(')
        for match in pattern.finditer(self.code):
            yield self.line(match.start()), match.group(1)

    def gotos_back(self, function):
        """(line, label) of each goto whose label stands above it."""
        start, end = function.body
        body = self.plain[start:end]
        labels = {}
        for match in re.finditer(r'^[ \t]*(\w+):(?!:)', body, re.M):
            if match.group(1) != 'default':
                labels.setdefault(match.group(1), match.start())
        for match in re.finditer(r'\bgoto\s+(\w+)\s*;', body):
            if labels.get(match.group(1), match.start()) < match.start():
                yield self.line(start + match.start()), match.group(1)
