#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What became of events, in the simulated world: whole runs of the bench through a gate and relays
with planted faults (pipe.h), by seed. What is told equals what the pipeline did, event by event.

Costs some 8 s, and 1 minute in its long form. A seed that fails says how to play it again.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import FULL, ROOT, brunt_test, check, equal, main, matches

TRUTH = 'tests/truth/pipe_truth'


def play(kind, count):
    """Plays so many seeds; what the program says of them."""
    built = subprocess.run(['tools/build', 'release', TRUTH], cwd=ROOT, capture_output=True, text=True, check=False)
    equal(built.returncode, 0, built.stdout + built.stderr)
    done = subprocess.run([os.path.join(ROOT, 'build/release', TRUTH), kind, str(count)],
                          capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith('#'):
            print(line, flush=True)
    check(done.returncode == 0 and '\nok 1 - ' in done.stdout, done.stdout + done.stderr)
    return done.stdout


def counts(said, title):
    """{name: number} of a line of the sums."""
    words = matches(said, rf'^# {title}: (.*)$').group(1).split(';')[0].replace(' (', ' open ').replace(')', '').split()
    return {words[i]: int(words[i + 1]) for i in range(0, len(words), 2) if words[i] != 'open'}


@brunt_test(seconds=400, sanitized=False)
def planted_faults_are_told_one_by_one(t):
    said = play('planted', 2000 if FULL else 150)
    # No class of the table was left out, and most was decided by the accounts alone.
    told, classes = counts(said, r'told \(of it open\)'), counts(said, 'classes')
    for name in ('lost', 'unsure_absent', 'duplicated', 'late', 'leaked', 'reordered', 'damaged', 'redelivered'):
        check(told[name] > 0, f'nothing was {name}')
    for name in ('unsent', 'refused', 'leaked', 'lost', 'delivered', 'late', 'duplicated', 'unsure_absent',
                 'unsure_delivered'):
        check(classes[name] > 0, f'no event of the class {name}')
    for name in ('in_flight', 'unsent_came'):
        equal(told[name], 0, name)
    check(int(matches(said, r'(\d+) repeated$').group(1)) > 0, 'no stamp came twice in a message')
    planted = counts(said, 'planted at the relays')
    for name, number in planted.items():
        check(number > 50, f'hardly any {name} was planted: {planted}')


@brunt_test(seconds=120, sanitized=False)
def a_healthy_pipeline_has_no_anomaly(t):
    said = play('healthy', 500 if FULL else 50)
    equal({name: n for name, n in counts(said, r'told \(of it open\)').items() if n > 0}, {}, 'anomalies')
    equal([name for name, n in counts(said, 'classes').items() if n > 0], ['delivered'], 'classes')


@brunt_test(seconds=120, sanitized=False)
def a_killed_relay_loses_what_it_had(t):
    said = play('killed', 500 if FULL else 50)
    told = {name for name, n in counts(said, r'told \(of it open\)').items() if n > 0}
    equal(told, {'lost', 'stuck'}, 'anomalies')


main()
