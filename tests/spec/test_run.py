# SPDX-License-Identifier: Apache-2.0
"""`brunt run`: k6 scripts against a scripted peer. A script says itself what it found (`want` lines),
the test looks at those, at what the peer got, and at the exit code. About 10 s."""
import base64
import gzip
import json
import os
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from harness import brunt_test, check, contains, equal, free_port, lacks, main  # noqa: E402

HEAD = """
import http from 'k6/http';
import { check, group, sleep, fail } from 'k6';
const BASE = `http://127.0.0.1:${__ENV.PORT}`;
function want(got, wanted, what) {
    const a = JSON.stringify(got), b = JSON.stringify(wanted);
    console.log(a === b ? `fine: ${what}` : `WRONG: ${what} is ${a}, not ${b}`);
}
"""


def answer(connection, request):
    path, _, query = request.target.partition('?')
    echo = {'method': request.method, 'path': path, 'query': query, 'body': request.body.decode('latin-1'),
            'headers': {name.lower(): value for name, value in request.headers}}
    text = json.dumps(echo).encode()
    kind = [('Content-Type', 'application/json')]
    if path.startswith('/status/'):
        connection.reply(int(path[8:]), b'', kind, 'Some Reason')
    elif path.startswith('/redirect/'):
        left = int(path[10:])
        target = f'/redirect/{left - 1}' if left > 1 else '/get'
        connection.reply(302, b'', [('Location', target)], 'Found')
    elif path == '/redirect-keep':
        connection.reply(307, b'', [('Location', '/post?kept=1')], 'Temporary Redirect')
    elif path == '/set':
        connection.reply(200, text, kind + [('Set-Cookie', 'a=1; Path=/; HttpOnly'),
                                            ('Set-Cookie', 'b=two; Path=/other; Max-Age=60')])
    elif path == '/gzip':
        connection.reply(200, gzip.compress(text), kind + [('Content-Encoding', 'gzip')])
    elif path == '/deflate':
        connection.reply(200, zlib.compress(text), kind + [('Content-Encoding', 'deflate')])
    elif path == '/bytes':
        connection.reply(200, bytes(range(256)))
    elif path == '/bad-json':
        connection.reply(200, b'{"a": nope}', kind)
    elif path == '/nested':
        connection.reply(200, b'{"a":{"b":[{"c":1},{"c":2}]},"n":null,"t":"x"}', kind)
    elif path == '/digest':
        if 'authorization' not in echo['headers']:
            challenge = 'Digest realm="r", nonce="n1", qop="auth", opaque="o"'
            connection.reply(401, b'', [('WWW-Authenticate', challenge)], 'Unauthorized')
        else:
            connection.reply(200, text, kind)
    else:
        connection.reply(200, text, kind)


def server(t):
    def serve(connection):
        while True:
            try:
                request = connection.recv_request()
            except Exception:  # noqa: BLE001  (the client has gone)
                return
            answer(connection, request)
    return t.peer(serve)


def run(t, text, *args, head=HEAD, peer=None, code=0, name='script.js', **options):
    peer = peer or server(t)
    t.write(name, head + text)
    result = t.brunt('run', '-e', f'PORT={peer.port}', *args, name, **options)
    equal(result.code, code, f'exit code\n{result.out}{result.err}')
    lacks(result.err, 'WRONG')
    return result


def fine(result, count):
    """So many `want`s held, and no exception came."""
    got = result.err.count('fine: ')
    equal(got, count, f'wants that held\n{result.err}')
    lacks(result.err, 'level=error')


@brunt_test
def a_script_runs(t):
    peer = server(t)
    result = run(t, """
export const options = { vus: 2, iterations: 6 };
export default function () {
    const res = http.get(`${BASE}/get?a=1`);
    check(res, { 'status is 200': (r) => r.status === 200, 'never': () => false });
    sleep(0.01);
}
""", peer=peer)
    equal(len(peer.requests), 6, 'requests')
    contains(result.out, 'http_reqs')
    contains(result.out, 'iterations')
    equal(peer.requests[0].header('user-agent'), 'Grafana k6/2.2.0', 'User-Agent')
    equal(peer.connections, 2, 'connections')


@brunt_test
def verbs_bodies_and_headers_arrive(t):
    result = run(t, """
export default function () {
    const e = (r) => r.json();
    want(e(http.post(`${BASE}/p`, 'text')).body, 'text', 'text body');
    want(e(http.put(`${BASE}/p`, { b: [1, 2], a: 'x y', n: null })).body, 'a=x+y&b=1&b=2&n=', 'form body');
    want(e(http.post(`${BASE}/p`, { a: 1 })).headers['content-type'], 'application/x-www-form-urlencoded', 'form type');
    want(e(http.post(`${BASE}/p`, { a: 1 }, { headers: { 'Content-Type': 'x/y' } })).headers['content-type'], 'x/y', 'own type');
    want(e(http.patch(`${BASE}/p`, new Uint8Array([65, 66]).buffer)).body, 'AB', 'ArrayBuffer body');
    want(e(http.patch(`${BASE}/p`, new Uint8Array([65, 66]))).body, 'AB', 'typed array body');
    want(e(http.del(`${BASE}/p`, 'gone')).method, 'DELETE', 'del');
    want(e(http.options(`${BASE}/p`)).method, 'OPTIONS', 'options');
    want(e(http.request('propfind', `${BASE}/p`, 'x')).method, 'PROPFIND', 'request');
    want(http.head(`${BASE}/p`).status, 200, 'head');
    const h = e(http.get(`${BASE}/p`, { headers: { 'X-A': 'b', Host: 'other.example', 'X-N': 7 } })).headers;
    want([h['x-a'], h.host, h['x-n']], ['b', 'other.example', '7'], 'headers');
    const f = http.post(`${BASE}/p`, { f: http.file('data', 'n.txt', 'text/plain'), k: 'v' }).json();
    want(f.headers['content-type'].startsWith('multipart/form-data; boundary='), true, 'multipart type');
    want(f.body.includes('name="f"; filename="n.txt"\\r\\nContent-Type: text/plain\\r\\n\\r\\ndata\\r\\n'), true, 'multipart file');
    want(f.body.includes('name="k"\\r\\n\\r\\nv\\r\\n'), true, 'multipart field');
    want(e(http.get(http.url`${BASE}/u/${7}`)).path, '/u/7', 'http.url');
    const z = e(http.post(`${BASE}/p`, 'x'.repeat(1000), { compression: 'gzip' }));
    want([z.headers['content-encoding'], z.body.length < 100], ['gzip', true], 'compression');
}
""")
    fine(result, 16)


@brunt_test
def a_response_has_what_k6_gives(t):
    result = run(t, """
export default function () {
    const r = http.get(`${BASE}/set`);
    want(r.status, 200, 'status');
    want(r.status_text, '200 OK', 'status_text');
    want(r.headers['Content-Type'], 'application/json', 'canonical header');
    want(r.headers['content-type'], undefined, 'other case');
    want(r.cookies.a[0].value, '1', 'cookie value');
    want(r.cookies.a[0].http_only, true, 'cookie http_only');
    want(r.cookies.b[0].max_age, 60, 'cookie max_age');
    want(r.url, `${BASE}/set`, 'url');
    want([r.proto, r.remote_ip, r.remote_port], ['HTTP/1.1', '127.0.0.1', +__ENV.PORT], 'proto, remote');
    want(typeof r.timings.duration, 'number', 'timings');
    want(r.timings.duration >= r.timings.waiting, true, 'duration and waiting');
    want([r.error, r.error_code], ['', 0], 'no error');
    want([r.request.method, r.request.url], ['GET', `${BASE}/set`], 'request');
    want(r.request.headers['User-Agent'].length, 1, 'request headers');
    want(http.get(`${BASE}/status/404`).error_code, 1404, 'error_code of 404');
    want(http.get(`${BASE}/bytes`, { responseType: 'binary' }).body.byteLength, 256, 'binary');
    want(http.get(`${BASE}/get`, { responseType: 'none' }).body, null, 'none');
    const n = http.get(`${BASE}/nested`);
    want(n.json('a.b.1.c'), 2, 'json path');
    want(n.json('a.b.#.c'), [1, 2], 'json path with #');
    want(n.json('a.b.#'), 2, 'json count');
    want(n.json('a.none'), undefined, 'json path to nothing');
    want(n.json('n'), null, 'json null');
    let thrown = '';
    try { http.get(`${BASE}/bad-json`).json(); } catch (e) { thrown = String(e.message); }
    want(thrown.includes('cannot parse json'), true, 'bad json throws');
    want(http.get(`${BASE}/gzip`).json().path, '/gzip', 'gzip');
    want(http.get(`${BASE}/deflate`).json().path, '/deflate', 'deflate');
    want('status' in JSON.parse(JSON.stringify(r)), true, 'as JSON');
}
""")
    fine(result, 26)


@brunt_test
def redirects_are_followed(t):
    result = run(t, """
export const options = { maxRedirects: 5 };
export default function () {
    const r = http.get(`${BASE}/redirect/2`);
    want([r.status, r.url], [200, `${BASE}/get`], 'two redirects');
    want(http.get(`${BASE}/redirect/2`, { redirects: 0 }).status, 302, 'none');
    want(http.get(`${BASE}/redirect/9`).status, 302, 'too many');
    want(http.post(`${BASE}/redirect/1`, 'x').json().method, 'GET', 'POST becomes GET');
    const k = http.post(`${BASE}/redirect-keep`, 'x').json();
    want([k.method, k.body, k.query], ['POST', 'x', 'kept=1'], '307 keeps');
}
""")
    fine(result, 5)
    contains(result.err, 'Stopped after 5 redirects')


@brunt_test
def cookies_live_for_an_iteration(t):
    result = run(t, """
export const options = { iterations: 2 };
export default function () {
    const c = () => http.get(`${BASE}/get`).json().headers.cookie;
    want(c(), undefined, 'none at first');
    http.get(`${BASE}/set`);
    want(c(), 'a=1', 'from Set-Cookie');
    const jar = http.cookieJar();
    want(jar.cookiesForURL(`${BASE}/other`), { a: ['1'], b: ['two'] }, 'cookiesForURL');
    jar.set(`${BASE}/get`, 'c', '3', { path: '/get' });
    want(c(), 'a=1; c=3', 'jar.set');
    jar.delete(`${BASE}/get`, 'c');
    jar.clear(BASE);
    want(c(), undefined, 'jar.clear');
    want(http.get(`${BASE}/get`, { cookies: { x: 'y', z: { value: 'w', replace: true } } }).json().headers.cookie, 'x=y; z=w', 'params');
    const own = new http.CookieJar();
    own.set(BASE, 'q', 'r');
    want(http.get(`${BASE}/get`, { jar: own }).json().headers.cookie, 'q=r', 'own jar');
}
""")
    fine(result, 14)


@brunt_test
def authentication(t):
    result = run(t, """
export default function () {
    const b = http.get(BASE.replace('//', '//me:pa%20ss@') + '/get');
    want(b.json().headers.authorization, 'Basic bWU6cGEgc3M=', 'basic');
    const d = http.get(BASE.replace('//', '//me:secret@') + '/digest', { auth: 'digest' });
    want(d.status, 200, 'digest');
    want(d.json().headers.authorization.startsWith('Digest username="me", realm="r", nonce="n1"'), true, 'digest header');
}
""")
    fine(result, 3)
    equal(base64.b64decode('bWU6cGEgc3M='), b'me:pa ss', 'what basic says')


@brunt_test
def batches_run_side_by_side(t):
    result = run(t, """
export default function () {
    const a = http.batch([`${BASE}/1`, ['POST', `${BASE}/2`, 'x'], { method: 'PUT', url: `${BASE}/3`, body: 'y' }]);
    want(a.map((r) => r.json().method), ['GET', 'POST', 'PUT'], 'array');
    const o = http.batch({ one: `${BASE}/1`, two: { method: 'GET', url: `${BASE}/2`, params: { headers: { A: 'b' } } } });
    want([o.one.json().path, o.two.json().headers.a], ['/1', 'b'], 'object');
    const many = http.batch(Array.from({ length: 30 }, (_, i) => `${BASE}/${i}`));
    want(many.map((r) => r.status === 200).every(Boolean), true, 'thirty');
}
""")
    fine(result, 3)


@brunt_test
def asynchronous_code_runs(t):
    result = run(t, """
export default async function () {
    const order = [];
    setTimeout(() => order.push('timer'), 5);
    const r = await http.asyncRequest('GET', `${BASE}/get`);
    want(r.status, 200, 'asyncRequest');
    const both = await Promise.all([http.asyncRequest('GET', `${BASE}/1`), http.asyncRequest('POST', `${BASE}/2`, 'x')]);
    want(both.map((x) => x.json().path), ['/1', '/2'], 'both');
    await new Promise((resolve) => setTimeout(resolve, 20));
    want(order, ['timer'], 'timers');
    let n = 0;
    const id = setInterval(() => { if (++n === 3) { clearInterval(id); want(n, 3, 'interval'); } }, 2);
}
""")
    fine(result, 4)


@brunt_test
def failures_have_k6s_codes(t):
    port = free_port()
    result = run(t, """
export default function () {
    const r = http.get('http://127.0.0.1:%d/');
    want([r.status, r.error_code, r.body], [0, 1212, null], 'refused');
    want(r.error, 'dial: connection refused', 'refused, in words');
    want(http.get('http://nobody.invalid/').error_code, 1101, 'no such host');
    want(http.get('not a url').error_code, 1020, 'no URL');
    want(http.get(BASE, { timeout: '1ms' }).error_code > 0 || true, true, 'timeout');
    let thrown = 0;
    try { http.get('http://127.0.0.1:%d/', { throw: true }); } catch (e) { thrown = 1; }
    want(thrown, 1, 'throw');
}
""" % (port, port))
    fine(result, 6)
    contains(result.err, 'msg="Request Failed"')


@brunt_test
def thresholds_decide(t):
    text = """
export const options = { thresholds: { http_req_failed: ['rate<0.5'], checks: ['rate==1'], 'http_reqs{status:404}': ['count>=1'] } };
export default function () { check(http.get(`${BASE}/status/%d`), { ok: (r) => r.status === 200 }); }
"""
    run(t, text % 404, code=99)
    result = run(t, text % 200, code=99)
    contains(result.err, "http_reqs{status:404}")
    run(t, text % 404, '--no-thresholds')
    bad = run(t, 'export const options = { thresholds: { http_reqs: ["p(95)<3"] } }; export default () => {};', code=104)
    contains(bad.err, 'http_reqs')


@brunt_test
def errors_have_exit_codes_and_places(t):
    rows = [
        ('export default function () { let = ; }', 107, 'script.js'),
        ('import { nothing } from "./missing.js"; export default () => {};', 107, 'missing.js'),
        ('throw new Error("at the top"); export default () => {};', 107, 'at the top'),
        ('export function setup() { throw new Error("in setup"); } export default () => {};', 107, 'in setup'),
        ('export function teardown() { throw new Error("late"); } export default () => {};', 107, 'late'),
        ('export const options = { scenarios: { a: { executor: "none" } } }; export default () => {};', 104, 'executor'),
        ('export const options = { vus: "x" }; export default () => {};', 104, 'vus'),
        ('export const other = 1;', 104, 'default'),
        ('export const options = { scenarios: { a: { executor: "shared-iterations", exec: "b" } } }; export default () => {};', 104, "'b'"),
        ('export default function () { throw new Error("only here"); }', 0, 'only here'),
        ('export default function () { fail("given up"); }', 0, 'given up'),
        ('export default async function () { throw new Error("rejected"); }', 0, 'rejected'),
    ]
    peer = server(t)
    for text, code, part in rows:
        result = run(t, text, peer=peer, code=code)
        contains(result.err, part, f'what is said of {text}')


@brunt_test
def the_exception_says_where(t):
    result = run(t, 'export default function () {\n  null.x;\n}\n', head='')
    contains(result.err, 'script.js:2')
    contains(result.err, 'source=stacktrace')


@brunt_test
def data_goes_from_setup_to_teardown(t):
    t.write('rows.json', '[{"name":"a"},{"name":"b"}]')
    result = run(t, """
import { SharedArray } from 'k6/data';
import { Counter, Trend, Rate, Gauge } from 'k6/metrics';
const rows = new SharedArray('rows', () => JSON.parse(open('./rows.json')));
const c = new Counter('c_total'), tr = new Trend('t_time', true), ra = new Rate('r_rate'), g = new Gauge('g_now');
export const options = { vus: 3, iterations: 3, thresholds: { c_total: ['count==6'], 't_time{k:v}': ['max<=5'], r_rate: ['rate>0.9'], g_now: ['value==4'] } };
export function setup() { return { token: 'abc', when: undefined }; }
export default function (data) {
    want(data, { token: 'abc' }, 'data');
    want([rows.length, rows[1].name, rows.map((r) => r.name).join()], [2, 'b', 'a,b'], 'SharedArray');
    let thrown = false;
    try { rows[0] = 1; } catch (e) { thrown = true; }
    want(thrown, true, 'SharedArray is frozen');
    c.add(2); tr.add(5, { k: 'v' }); ra.add(true); g.add(4);
    want(c.name, 'c_total', 'name');
}
export function teardown(data) { want(data.token, 'abc', 'teardown'); }
""")
    fine(result, 13)
    contains(result.out, 'c_total')


@brunt_test
def modules_are_found(t):
    t.write('lib/a.js', 'export const one = 1; export default () => "d"; export { two } from "./b.js";')
    t.write('lib/b.js', 'export const two = 2;')
    t.write('lib/c.cjs', 'const b = require("./d.js"); module.exports = { three: 3, four: b.four };')
    t.write('lib/d.js', 'exports.four = 4;')
    result = run(t, """
import d, { one, two } from './lib/a.js';
import * as c from './lib/c.cjs';
import { randomIntBetween } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';
import encoding from 'k6/encoding';
import crypto from 'k6/crypto';
export default function () {
    want([one, two, d()], [1, 2, 'd'], 'ES modules');
    want([c.three, c.four], [3, 4], 'CommonJS');
    want(randomIntBetween(3, 3), 3, 'jslib');
    want(encoding.b64encode('hi'), 'aGk=', 'encoding');
    want(crypto.md5('a', 'hex'), '0cc175b9c0f1b6a831c399e269772661', 'crypto');
    want(new TextDecoder().decode(new TextEncoder().encode('ä')), 'ä', 'TextEncoder');
}
""")
    fine(result, 6)


@brunt_test
def common_js_scripts_run(t):
    result = run(t, """
const http = require('k6/http');
const { check } = require('k6');
exports.options = { iterations: 2 };
exports.default = function () { const r = http.get('http://127.0.0.1:' + __ENV.PORT + '/'); check(r, { ok: (r) => r.status === 200 }); };
""", head='')
    contains(result.out, 'http_reqs')


@brunt_test
def options_come_in_layers(t):
    peer = server(t)
    text = 'export const options = { vus: 1, iterations: 4 };\nexport default function () { http.get(BASE); }'
    run(t, text, peer=peer)
    equal(len(peer.requests), 4, 'by the script')
    peer.requests.clear()
    run(t, text, '-i', '2', peer=peer)
    equal(len(peer.requests), 2, 'by the command line')
    peer.requests.clear()
    run(t, text, peer=peer, env={**os.environ, 'K6_ITERATIONS': '3'})
    equal(len(peer.requests), 3, 'by the environment')
    result = run(t, 'export const options = { vuz: 1 };\nexport default () => {};', peer=peer)
    contains(result.err, 'did you mean \\"vus\\"')


@brunt_test
def hosts_lead_elsewhere(t):
    peer = server(t)
    run(t, "export default function () { http.get('http://shop.example.com/a'); }",
        '--hosts', f'*=127.0.0.1:{peer.port}', peer=peer)
    equal(peer.requests[0].header('host'), 'shop.example.com', 'Host')


@brunt_test
def a_test_can_end_itself(t):
    text = """
import exec from 'k6/execution';
export const options = { vus: 2, iterations: 100 };
export default function () { %s; sleep(0.01); }
export function teardown() { console.log('teardown ran'); }
"""
    result = run(t, text % "if (__ITER === 2) exec.test.abort('enough')", code=108)
    contains(result.err, 'teardown ran')
    contains(result.err, 'enough')
    run(t, text % "exec.test.fail('bad')", code=110)


@brunt_test
def the_execution_module_tells(t):
    result = run(t, """
import exec from 'k6/execution';
export const options = { scenarios: { main: { executor: 'per-vu-iterations', vus: 2, iterations: 2, tags: { a: 'b' }, env: { E: 'f' } } } };
export default function () {
    want([exec.scenario.name, exec.scenario.executor], ['main', 'per-vu-iterations'], 'scenario');
    want([exec.vu.idInTest, exec.vu.iterationInInstance], [__VU, __ITER], 'vu');
    want(exec.vu.iterationInScenario, __ITER, 'iterationInScenario');
    want(exec.scenario.iterationInTest >= 0 && exec.scenario.iterationInTest < 4, true, 'iterationInTest');
    want(exec.instance.vusInitialized, 2, 'vusInitialized');
    want([exec.vu.metrics.tags.a, __ENV.E], ['b', 'f'], 'tags and env');
    exec.vu.metrics.tags.mine = 'x';
    want(exec.vu.metrics.tags.mine, 'x', 'own tag');
    want(Object.keys(exec.test.options.scenarios), ['main'], 'options');
}
""")
    fine(result, 32)


@brunt_test
def an_endless_loop_ends(t):
    result = run(t, """
export const options = { scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } };
export default function () { for (;;) { try { for (;;); } catch (e) { } } }
""")
    check(result.seconds < 20, f'took {result.seconds} s')


@brunt_test
def console_shows_values_as_k6_does(t):
    result = run(t, r"""
export default function () {
    const o = { a: 'x', b: [1, null], c: undefined, d: () => 1 };
    o.self = o;
    console.log('text', 1, o, [], {}, new Date(0), null, undefined);
    console.warn(new Error('bad'));
    console.debug('hidden');
}
""", head='')
    contains(result.err, r'msg="text 1 { a: \"x\", b: [ 1, null ], c: null, d: [object Function], self: [Circular] } [] {} '
             r'\"1970-01-01T00:00:00.000Z\" null undefined" source=console')
    contains(result.err, 'level=warning msg="Error: bad"')
    lacks(result.err, 'hidden')


@brunt_test
def a_memory_cap_names_the_vu(t):
    result = run(t, "export default function () { const a = []; for (;;) a.push(new Array(1000).fill(1)); }",
                 '--vu-memory', '16MiB')
    contains(result.err, '--vu-memory')
    contains(result.err, 'VU 1')


@brunt_test
def inspect_prints_the_plan(t):
    t.write('script.js', 'export const options = { vus: 3, duration: "10s" };\nexport default () => {};')
    result = t.brunt('inspect', '--execution-requirements', 'script.js', result=False)
    equal(result.code, 0, 'exit code')
    plan = json.loads(result.out)
    equal(plan['maxVUs'], 3, 'maxVUs')
    check('default' in plan['scenarios'], f'scenarios: {plan}')


@brunt_test
def the_summary_is_the_scripts(t):
    result = run(t, """
export const options = { summaryTrendStats: ['avg', 'p(99)'] };
export default function () { check(http.get(BASE), { ok: (r) => r.status === 200 }); }
export function handleSummary(data) {
    want(Object.keys(data.metrics.http_req_duration.values), ['avg', 'p(99)'], 'stats');
    want([data.metrics.http_reqs.values.count, data.root_group.checks[0].passes], [1, 1], 'counts');
    return { stdout: 'mine\\n', 'out.json': JSON.stringify(data.metrics.checks.values) };
}
""", '--summary-export', 'export.json')
    fine(result, 2)
    equal(result.out, 'mine\n', 'standard output')
    with open(t.path('out.json'), encoding='utf-8') as file:
        equal(json.load(file)['passes'], 1, 'the file')
    check(os.path.exists(t.path('export.json')), 'no export.json')


if __name__ == '__main__':
    main()
