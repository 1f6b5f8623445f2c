#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ledger says what a naive model says: 10^7 random steps, compared identity by identity."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import ROOT, brunt_test, equal, main

TRUTH = 'tests/truth/ledger_truth'


def play(steps, seed):
    built = subprocess.run(['tools/build', 'release', TRUTH], cwd=ROOT, capture_output=True, text=True, check=False)
    equal(built.returncode, 0, built.stdout + built.stderr)
    done = subprocess.run([os.path.join(ROOT, 'build/release', TRUTH), steps, seed],
                          capture_output=True, text=True, check=False)
    equal((done.returncode, done.stdout[:6]), (0, 'ok 1 -'), done.stdout + done.stderr)


@brunt_test(seconds=120, sanitized=False)
def ten_million_steps(t):
    play('10M', '1')


@brunt_test(seconds=900, sanitized=False, full=True)
def a_hundred_million_steps(t):
    play('100M', '1000000')


main()
