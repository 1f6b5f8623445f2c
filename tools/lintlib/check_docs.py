# SPDX-License-Identifier: Apache-2.0
"""The documents: links that lead somewhere."""
import os
import re
import urllib.parse

from .context import check

FENCE = re.compile(r'^(```|~~~).*?^\1', re.M | re.S)
CODE = re.compile(r'`[^`\n]*`')
LINK = re.compile(r'!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)', re.M)
HEADING = re.compile(r'^#{1,6}\s+(.*?)\s*#*$', re.M)


def spaces(match):
    return re.sub(r'[^\n]', ' ', match.group())


def anchors(text):
    """The anchors of a page's headings, as forges make them."""
    found = set()
    for match in HEADING.finditer(FENCE.sub(spaces, text)):
        words = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', match.group(1)).lower()
        slug = re.sub(r'[^\w\- ]', '', words).replace(' ', '-')
        number = 0
        while (slug if number == 0 else f'{slug}-{number}') in found:
            number += 1
        found.add(slug if number == 0 else f'{slug}-{number}')
    return found


@check
def links_lead_somewhere(ctx):
    """each relative link of a Markdown page names a file, and a heading of it"""
    for page in ctx.tree.select(('',), ('.md',)):
        text = ctx.tree.text(page)
        plain = CODE.sub(spaces, FENCE.sub(spaces, text))
        for match in LINK.finditer(plain):
            target = match.group(1) or match.group(2)
            if re.match(r'[a-z][a-z0-9+.-]*:', target):
                continue
            line = plain.count('\n', 0, match.start()) + 1
            name, _, anchor = urllib.parse.unquote(target).partition('#')
            path = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
            if not ctx.tree.has(path):
                yield f'{page}:{line}: {target}: no such file'
            elif anchor and path.endswith('.md') and anchor not in anchors(ctx.tree.text(path)):
                yield f'{page}:{line}: {target}: no such heading'
