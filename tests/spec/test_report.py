# SPDX-License-Identifier: Apache-2.0
"""`brunt report`: the same text again from the file, other forms, files that are cut off or are none."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, contains, equal, main  # noqa: E402


def serve(conn):
    while True:
        conn.recv_request()
        conn.reply(200, b'ok')


def bench(t):
    """A short run and its result file."""
    path = t.path('run.jsonl')
    run = t.brunt('bench', t.peer(serve).url(), '-n', '20', '-c', '2', '--result', path)
    equal(run.code, 0, f'exit code of\n{run.err}')
    return run, path


@brunt_test
def the_text_of_the_run_comes_again(t):
    run, path = bench(t)
    again = t.brunt('report', path)
    equal((again.code, again.err), (0, ''), 'report')
    equal(again.out, run.out, 'the summary')
    equal(t.brunt('report', path, '--text').out, run.out, 'the summary by name')
    with open(path, 'rb') as file:
        equal(t.brunt('report', '-', stdin=file.read()).out, run.out, 'the summary from standard input')


@brunt_test
def the_form_for_programs_is_json(t):
    _, path = bench(t)
    run = t.brunt('report', path, '--json')
    equal((run.code, run.err), (0, ''), 'report --json')
    equal(json.loads(run.out)['summary']['done'], 20, 'done')


@brunt_test
def a_file_that_is_cut_off_is_shown_as_partial(t):
    _, path = bench(t)
    with open(path, 'rb') as file:
        lines = file.read().splitlines(keepends=True)
    cut = t.write('cut.jsonl', b''.join(lines[:-1]) + lines[-1][:len(lines[-1]) // 2])
    run = t.brunt('report', cut)
    equal((run.code, run.err), (0, ''), 'report of a file that is cut off')
    contains(run.out, 'PARTIAL  no verdict: the file ends before the run did', 'the summary')


@brunt_test
def what_is_no_result_is_refused_in_one_line(t):
    _, path = bench(t)
    for args, code, line in (
            ([t.path('missing')], 255, 'missing'),
            ([t.dir], 255, 'Is a directory'),
            ([t.write('prose', 'This is no result.\n')], 104, 'prose'),
            ([t.write('empty', '')], 104, 'empty'),
            ([path, path], 104, 'one file at a time'),
            ([path, '--json', '--text'], 104, '--text and --json do not go together'),
            ([], 104, 'something is missing: brunt report FILE')):
        run = t.brunt('report', *args)
        equal(run.code, code, f'exit code of report {args}')
        equal(run.out, '', f'standard output of report {args}')
        equal(run.err.count('\n'), 1, f'lines on standard error of report {args}: {run.err}')
        contains(run.err, line, f'the line of report {args}')


main()
