#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ledger says what a naive model says: 10^7 random steps, compared identity by identity."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, brunt_test, equal, main

# Beside the program's own folder, wherever BRUNT points to: it is built with it.
TRUTH = os.path.join(os.path.dirname(BRUNT), 'release/tests/truth/ledger_truth')


def play(steps, seed):
    done = subprocess.run([TRUTH, steps, seed], capture_output=True, text=True, check=False)
    equal((done.returncode, done.stdout[:6]), (0, 'ok 1 -'), done.stdout + done.stderr)


@brunt_test(seconds=60)
def ten_million_steps(t):
    play('10M', '1')


@brunt_test(seconds=600, full=True)
def a_hundred_million_steps(t):
    play('100M', '1000000')


main()
