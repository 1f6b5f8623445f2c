#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is sent before the load where events are followed: tries until the pipeline is ready, and the
first event. Neither is part of the account. Costs about 3 s."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, main, matches
from harness_peer import free_port


def bench(t, port_in, port_out, *args):
    return t.start_brunt('bench', f'http://127.0.0.1:{port_in}/in', '-b', '{"m":"{{event}}"}', '-r', '100/s', '-n', 50,
                         '--batch', 4, '--join', 'array', '--sink', f'out=webhook:127.0.0.1:{port_out}',
                         '--deliver', 'out=exactly-once,in-order', '--settle', '100ms', '--shards', 2, '--max-lateness',
                         '1s', '--result', 'result.jsonl', *args)


@brunt_test
def tries_until_ready_are_no_part_of_the_account(t):
    port_in, port_out = free_port(), free_port()
    run = bench(t, port_in, port_out, '--wait-ready=20s')
    # What the good try carried is still on its way when the first event goes in, and when the load begins.
    relay = t.start_brunt('standin', 'relay', '--in', f'127.0.0.1:{port_in}', '--out',
                          f'webhook:http://127.0.0.1:{port_out}/', '--queue', 'memory', '--delay', '300ms')
    run.wait_said('ready after .*(.|\n)*first event came out of out after')
    equal(run.wait(30), 0, f'exit code; {run.out}{run.err}')
    sink = t.finished(run, t.path('result.jsonl')).footer['sinks']['out']
    for name, want in (('registered', 200), ('accepted', 200), ('delivered', 200), ('unknown', 0), ('foreign', 0)):
        equal(sink[name], want, name)
    relay.stop()
    # The load, the first event, and one at least that said ready.
    came_in = int(matches(relay.out + relay.err, r'took in (\d+) events').group(1))
    equal(came_in, sink['arrivals'], 'arrivals, the ones before the load included')
    check(came_in >= 202, f'{came_in} events came to the pipeline')


@brunt_test
def a_pipeline_that_keeps_nothing_is_ready_and_fails_the_first_event(t):
    _, port = t.standin()
    run = bench(t, port, free_port(), '--wait-ready=5s', '--first-event', '200ms')
    equal(run.wait(30), 99, f'exit code; {run.out}{run.err}')
    contains(run.err, 'ready after')
    contains(run.err, 'did not come out of out within 200ms')


main()
