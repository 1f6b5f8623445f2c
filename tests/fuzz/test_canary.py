#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fuzz targets' housekeeping: the canary is seen to die, every target has something to replay."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import ROOT, brunt_test, check, contains, equal, main  # noqa: E402

REPLAY = os.path.join(ROOT, 'build/debug/fuzz/canary_replay')
CORPUS = os.path.join(ROOT, 'fuzz/corpus')


@brunt_test
def the_canary_dies_and_says_of_what(t):
    child = t.start('sh', '-c', f'{REPLAY} {CORPUS}/canary 2>&1')
    check(child.wait() != 0, 'the canary lives')
    contains(child.out, 'ok 1 - ')
    contains(child.out, 'canary/dead, 6 bytes')
    contains(child.out, 'brunt: bug: !is_canary does not hold')


@brunt_test
def nothing_to_replay_is_a_failure(t):
    os.mkdir(t.path('empty'))
    equal(t.run(REPLAY, t.path('empty')).code, 1, 'exit code')
    equal(t.run(REPLAY, t.path('none')).code, 1, 'exit code')


@brunt_test
def each_target_is_listed_and_has_a_corpus(t):
    with open(os.path.join(ROOT, 'fuzz/meson.build'), encoding='utf-8') as file:
        rows = re.search(r'fuzz_targets = \[(.*?)\]', file.read(), re.S).group(1)
    listed = re.findall(r"'(\w+)'", rows)
    for noun in listed:
        check(os.path.isdir(f'{CORPUS}/{noun}') and os.listdir(f'{CORPUS}/{noun}'), f'no corpus for {noun}')
    equal(sorted(os.listdir(CORPUS)), sorted(listed), 'the corpora')


main()
