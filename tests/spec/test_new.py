# SPDX-License-Identifier: Apache-2.0
"""`brunt new`: a script and its shim, never over what is there. Costs less than a second."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import ROOT, brunt_test, check, contains, equal, main  # noqa: E402


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def new(t, *args, **options):
    return t.brunt('new', *args, result=False, **options)


@brunt_test
def a_script_and_its_shim(t):
    os.mkdir(t.path('tests'))
    run = new(t, t.path('tests/orders.js'))
    equal(run.code, 0, run.err)
    contains(run.out, 'brunt run ' + t.path('tests/orders.js'), 'what to do next')
    for written, shipped in (('tests/orders.js', 'script.js'), ('tests/brunt.js', 'brunt.js')):
        equal(read(t.path(written)), read(os.path.join(ROOT, 'js', 'new', shipped)), written)
    contains(read(t.path('tests/orders.js')), "from './brunt.js'", 'the script')


@brunt_test
def what_is_there_stays(t):
    script = t.write('a.js', 'mine')
    t.write('brunt.js', "/* brunt's shim, of old */")
    run = new(t, script)
    equal(run.code, 104, run.err)
    contains(run.err, f'{script} is there already; --force replaces it', 'the complaint')
    equal(read(script), 'mine', 'the file that was there')
    equal(new(t, t.path('b.js')).code, 0, 'a second script beside the shim')
    contains(read(t.path('brunt.js')), 'of old', 'the shim that was there')
    equal(new(t, script, '--force').code, 0, 'with --force')
    check('mine' not in read(script), 'the script was not replaced')
    check('of old' not in read(t.path('brunt.js')), 'the shim was not replaced')


@brunt_test
def what_cannot_be_written_is_told(t):
    run = new(t, t.path('nowhere/a.js'))
    check(run.code != 0, 'exit code')
    contains(run.err, '/nowhere', 'the complaint')
    equal(new(t, 'a.js', 'b.js').code, 104, 'two scripts')


main()
