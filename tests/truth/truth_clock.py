# SPDX-License-Identifier: Apache-2.0
"""What truth tests that measure time share: to run before others, and to compare quantiles."""
import math
import subprocess

HISTOGRAM = 0.001  # the relative error of a histogram


def _before_others():
    """What runs a program before others who want the CPU, as far as we may."""
    real_time = ['chrt', '--fifo', '1']
    try:
        if subprocess.run([*real_time, 'true'], capture_output=True, check=False).returncode == 0:
            return real_time
    except FileNotFoundError:
        pass
    return ['nice', '-n', '-19']


FIRST = _before_others()


def quantile(values, q):
    """The smallest value that at least the share q of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def compare_quantiles(measured, known, earlier_ns, later_ns, earlier_tail=1):
    """What is wrong with percentiles against what is known, each within these bounds; None: nothing.
    The 99th of a short run is a few values: ten times as much later, earlier_tail times earlier."""
    for name, q, factor in (('p50', 0.5, 1), ('p75', 0.75, 1), ('p90', 0.9, 1), ('p99', 0.99, 10)):
        told = quantile(known, q)
        low = told * (1 - HISTOGRAM) - (earlier_tail if factor > 1 else 1) * earlier_ns
        high = told * (1 + HISTOGRAM) + factor * later_ns
        if not low <= measured[name] <= high:
            return f'{name} is {measured[name]}, not within {low:.0f} to {high:.0f} (log: {told})'
    mean = sum(known) / len(known)
    if not mean - earlier_ns <= measured['mean'] <= mean + 2 * later_ns:
        return f'mean is {measured["mean"]}, the log says {mean}'
    return None
