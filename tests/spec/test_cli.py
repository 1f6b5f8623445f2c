# SPDX-License-Identifier: Apache-2.0
"""The command line seen from outside: help, typos, contradictions, exit codes, the plan, the manual
page and completion. Nothing here sends anything."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import BRUNT, brunt_test, check, contains, equal, lacks, main, matches, skip  # noqa: E402

CONFIG = 104


def ask(t, *args, **options):
    return t.brunt(*args, result=False, **options)


def refused(t, args, line, **options):
    """brunt says that one line on standard error, nothing on standard output, and ends with 104."""
    run = ask(t, *args, **options)
    equal(run.code, CONFIG, f'exit code of {args}')
    equal(run.out, '', f'standard output of {args}')
    equal(run.err.count('\n'), 1, f'lines on standard error of {args}: {run.err}')
    contains(run.err, line, f'the line of {args}')


@brunt_test
def help_goes_to_standard_output(t):
    for args in (['--help'], ['-h'], ['help']):
        run = ask(t, *args)
        equal(run.code, 0, 'exit code')
        equal(run.err, '', 'standard error')
        contains(run.out, 'Usage: brunt COMMAND')
        contains(run.out, '  bench ')
    for args in (['bench', '--help'], ['bench', '-h'], ['help', 'bench'], ['bench', 'URL', '--help']):
        run = ask(t, *args)
        equal(run.code, 0, 'exit code')
        equal(run.err, '', 'standard error')
        contains(run.out, 'Usage: brunt bench [OPTION]... URL...')
        contains(run.out, '-r, --rate RATE')
        contains(run.out, 'Examples:')
        check(max(len(line) for line in run.out.split('Examples:')[0].splitlines()) <= 80, 'a line is too wide')
        lacks(run.out, '\x1b', 'help that is not on a terminal')


@brunt_test
def the_version_says_how_it_was_built(t):
    for option in ('--version', '-V'):
        run = ask(t, option)
        equal(run.code, 0, 'exit code')
        matches(run.out, r'^brunt \d+\.\d+\.\d+ \(.*(gcc|clang) ')


@brunt_test
def a_typo_gets_the_nearest(t):
    refused(t, [], 'brunt: a command is missing; brunt --help lists the commands')
    refused(t, ['bnech'], 'brunt: unknown command bnech; did you mean bench?')
    refused(t, ['frobnicate'], 'brunt: unknown command frobnicate; brunt --help lists the commands')
    refused(t, ['help', 'bnech'], 'did you mean bench?')
    refused(t, ['--rate', '5/s'], 'a command comes first')
    refused(t, ['bench', 'a', '--duraton', '5s'], 'brunt bench: unknown option --duraton; did you mean --duration?')
    refused(t, ['bench', 'a', '-rate', '5/s'], 'did you mean --rate?')
    refused(t, ['bench', 'a', '--frobnicate'], 'brunt bench --help lists what is accepted')


@brunt_test
def a_bad_value_says_what_is_accepted(t):
    refused(t, ['bench', 'a', '-d', '10x'], '-d: "10x" is not a duration: unknown unit at character 3; accepted: 30s')
    refused(t, ['bench', 'a', '-r', 'fast'], 'accepted: 5000/s, 10k/s, 2.5/s, 7/3s')
    refused(t, ['bench', 'a', '-n'], '-n needs a value: COUNT, such as 10000')
    refused(t, ['bench', 'a', '--quiet=yes'], '--quiet takes no value')
    refused(t, ['bench', 'a', '--expect', 'p99<'], '--expect: ')
    refused(t, ['bench', 'a', '-H', 'nothing'], "is not a header: accepted is 'name: value'")
    refused(t, ['bench', 'a', '-b', '@/nonexistent'], '/nonexistent')
    refused(t, ['bench', 'ftp://a/'], 'ftp')
    refused(t, ['bench'], 'something is missing: brunt bench URL...')


@brunt_test
def contradictions_are_refused(t):
    refused(t, ['bench', 'a', '--spin', '--eco'], '--spin and --eco do not go together')
    refused(t, ['bench', 'a', '-r', '0'], '--rate must be above 0')
    refused(t, ['bench', 'a', '--poisson'], '--poisson needs --rate or --ramp')
    refused(t, ['bench', 'a', '-n', '5', '--warmup', '1s'], '--warmup and --requests')


@brunt_test
def the_plan_is_printed_and_nothing_sent(t):
    run = ask(t, 'bench', '127.0.0.1:1/x', '-r', '7/3s', '-d', '30s', '--seed', '42', '-b', '{"a":1}',
              '--expect', 'p99<200ms', '--shards', '1', '--eco', '--plan')
    equal(run.code, 0, 'exit code')
    equal(run.err, '', 'standard error')
    for line in ('target       http://127.0.0.1:1/x', 'request      POST, 7 B of application/json',
                 'load         open model: 7/3s for 30s: 70 requests', 'expects      p99<200ms', 'seed         42',
                 '1 shard, sleeping before sends'):
        contains(run.out, line, 'the plan')


@brunt_test
def a_body_comes_from_a_file_or_standard_input(t):
    path = t.write('lines', '{"a":1}\n{"a":2}\n')
    run = ask(t, 'bench', 'a', '-b', f'@{path}', '--plan')
    contains(run.out, 'POST, 16 B of application/x-ndjson')
    run = ask(t, 'bench', 'a', '-m', 'put', '-b', '@-', '--plan', stdin=b'text')
    contains(run.out, 'PUT, 4 B of text/plain')
    run = ask(t, 'bench', 'a', '-b', '{}', '-H', 'Content-Type: x/y', '--plan')
    contains(run.out, 'POST, 2 B of x/y')


@brunt_test
def the_manual_page_is_made_from_the_table(t):
    run = ask(t, '--man')
    equal(run.code, 0, 'exit code')
    contains(run.out, '.TH BRUNT 1')
    contains(run.out, r'\fB\-r\fR, \fB\-\-rate\fR \fIRATE\fR')
    contains(run.out, '.SH EXIT STATUS')


@brunt_test
def bash_completes(t):
    if shutil.which('bash') is None:
        skip('there is no bash here')
    run = ask(t, 'completion', 'bash')
    equal(run.code, 0, 'exit code')
    script = t.write('completion', run.out + '''
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _brunt; echo "${COMPREPLY[*]}"; }
complete_words brunt be
complete_words brunt bench --timeout-
complete_words brunt completion z
complete_words brunt bench -r 5
complete_words brunt bench --result ''' + t.dir + '''/compl
''')
    run = t.run('bash', script)
    equal(run.err, '', 'standard error of bash')
    equal(run.out.splitlines(), ['bench', '--timeout-connect --timeout-first', 'zsh', '', t.dir + '/completion'],
          'completions')


@brunt_test
def other_shells_check_their_scripts(t):
    refused(t, ['completion', 'tcsh'], 'unknown shell tcsh; accepted: bash, zsh, fish')
    refused(t, ['completion'], 'something is missing')
    for shell in ('zsh', 'fish'):
        script = t.write(shell, ask(t, 'completion', shell).out)
        contains(open(script, encoding='utf-8').read(), 'duration')
        if shutil.which(shell):
            run = t.run(shell, '-n', script)
            equal((run.code, run.err), (0, ''), f'{shell} -n')


@brunt_test
def a_closed_standard_output_is_told(t):
    run = t.run('bash', '-c', 'exec "$0" --help > /dev/full', BRUNT)
    equal(run.code, 255, 'exit code')


main()
