# SPDX-License-Identifier: Apache-2.0
"""What scripts import: modules inside brunt, TypeScript, URLs that are fetched once and kept; what leads nowhere is said.
Costs some five seconds."""
import functools
import http.server
import os
import re
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, main, skip  # noqa: E402


def run(t, text, name='script.js', **options):
    return t.brunt('run', t.write(name, text), '--no-summary', result=False, **options)


def said(result):
    """What console.log said, in order; the first look at the script says nothing."""
    return [one.strip('"') for one in re.findall(r'msg=("[^"]*"|\S+) source=console', result.err)]


def has_bundles(t):
    return 'was built without npm' not in run(t, "import 'k6/html'; export default () => {};").err


@brunt_test
def jslib_needs_no_network(t):
    result = run(t, """
import { textSummary } from 'https://jslib.k6.io/k6-summary/0.0.2/index.js';
import { URL } from 'https://jslib.k6.io/url/1.0.0/index.js';
import { Httpx } from 'https://jslib.k6.io/httpx/0.1.0/index.js';
import { FormData } from 'https://jslib.k6.io/formdata/0.0.2/index.js';
import encoding from 'k6/encoding';
import { sha256 } from 'k6/crypto';
export default function () {
    console.log(typeof textSummary, new URL('b', 'http://x/a').href,
        typeof new Httpx().get, new FormData().boundary.length > 9, encoding.b64encode('hi'), sha256('', 'hex').slice(0, 6),
        new TextDecoder().decode(new TextEncoder().encode('hi')), crypto.randomUUID().length, btoa('a'));
}""")
    equal(result.code, 0, result.err)
    equal(said(result), ['function http://x/b function true aGk= e3b0c4 hi 36 YQ=='], 'the lines')


@brunt_test
def bundles_of_packages(t):
    if not has_bundles(t):
        skip('built without npm')
    result = run(t, """
import papaparse from 'https://jslib.k6.io/papaparse/5.1.1/index.js';
import { parseHTML } from 'k6/html';
export default function () {
    console.log(papaparse.parse('a,b').data[0][1], parseHTML('<p>one<p>two').find('p').last().text());
}""")
    equal((result.code, said(result)), (0, ['b two']), result.err)


@brunt_test
def types_are_taken_off(t):
    if not has_bundles(t):
        skip('built without npm')
    t.write('lib.ts', 'export enum Level { Low = 1, High }\nexport const name = <T,>(x: T): T => x;\n')
    result = run(t, "import { Level, name } from './lib.ts';\n"
                    'export default function (): void { console.log(Level.High, name<string>("x")); }\n', 'script.ts')
    equal((result.code, said(result)), (0, ['2 x']), result.err)
    result = run(t, 'export default function () {\n  const a: = 1;\n}\n', 'bad.ts')
    equal(result.code, 107, result.err)
    contains(result.err, 'bad.ts: Unexpected token (2:12)', 'the complaint')


@brunt_test
def what_leads_nowhere_is_said(t):
    for specifier, words in (
            ('k6/htpp', 'did you mean \\"k6/http\\"?'),
            ('k6/x/chaos', 'an extension of k6 that brunt does not have'),
            ('k6/browser', 'a module of k6 that brunt does not have'),
            ('lodash', 'a path that begins with ./'),
            ('http://127.0.0.1/a.js', 'only https:// is fetched'),
            ('./missing.js', 'missing.js')):
        result = run(t, f"import x from '{specifier}';\nexport default function () {{}}")
        equal(result.code, 107, f'{specifier}: {result.err}')
        contains(result.err, words, specifier)


@brunt_test
def urls_are_fetched_once(t):
    key, cert = t.path('key.pem'), t.path('cert.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout',
                    key, '-out', cert, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
                   check=True, stderr=subprocess.DEVNULL)
    os.mkdir(t.path('www'))
    t.write('www/lib.js', "export { two } from './inner/two.js';")
    os.mkdir(t.path('www/inner'))
    t.write('www/inner/two.js', 'export const two = 2;')
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Handler, directory=t.path('www')))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'https://localhost:{server.server_address[1]}/lib.js'
    script = f"import {{ two }} from '{url}';\nexport default function () {{ console.log(two); }}"
    env = dict(os.environ, XDG_CACHE_HOME=t.path('cache'), SSL_CERT_FILE=cert)
    result = run(t, script, env=env)
    server.shutdown()
    server.server_close()
    equal((result.code, said(result)), (0, ['2']), result.err)
    equal(asked, ['/lib.js?_k6=1', '/inner/two.js?_k6=1'], 'what was asked of the server')
    equal(len(os.listdir(t.path('cache/brunt'))), 2, 'files that were kept')
    result = run(t, script, env=env)
    equal((result.code, said(result)), (0, ['2']), 'without the server')
    result = run(t, script, env=dict(env, XDG_CACHE_HOME=t.path('other')))
    equal(result.code, 107, 'without the server and without what was kept')
    contains(result.err, url, 'the complaint')
    check('cannot be fetched' in result.err, result.err)


main()
