# SPDX-License-Identifier: Apache-2.0
"""What the tests with programs of others ask of a run's account of events."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import equal

CLASSES = ('unsent', 'unsent_came', 'refused', 'leaked', 'held_back', 'in_flight', 'stuck', 'lost', 'delivered', 'late',
           'duplicated', 'unsure_absent', 'unsure_delivered')
# Of a machine that others use at the same time. The account of events is as right as ever.
BUSY = {'slow_sink', 'lateness', 'busy'}


def judged(run, code):
    """The exit code, unless brunt says that this machine was too busy for a verdict."""
    reasons = {reason['code'] for reason in run.footer['reasons'] if reason['kind'] == 'invalid'}
    if run.code == 90 and reasons & BUSY:
        print(f'# INVALID, this machine is busy: {", ".join(sorted(reasons))}')
    else:
        equal(run.code, code, f'exit code\n{run.out}{run.err}')


def adds_up(sink, events):
    """The classes are all that was registered, whatever happened."""
    equal(sink['registered'], events, 'events registered')
    equal(sum(sink[name] for name in CLASSES), events, 'the sum of all classes')


def listed(sink, kind):
    """{event: row} of those that brunt lists; all of them where there are a hundred at most."""
    rows = sink['phases'][0]['anomalies'].get(kind, {'count': 0, 'first': []})
    equal(len(rows['first']), min(rows['count'], 100), f'{kind}: events listed')
    return {row['event']: row for row in rows['first']}
