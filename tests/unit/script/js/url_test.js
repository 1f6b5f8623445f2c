/* SPDX-License-Identifier: Apache-2.0
 *
 * jslib's url: the URL standard's own examples and the cases of its test data that scripts meet.
 */
import { equal, ok, test, throws } from 'unit';
import { URL, URLSearchParams } from 'jslib/url';

test('URLs are written one way', () => {
    for (const [input, base, want] of [
        ['https://example.com', undefined, 'https://example.com/'],
        ['HTTPS://User:Pass@EXAMPLE.com:443/a/./b/../c?x=1#f', undefined, 'https://User:Pass@example.com/a/c?x=1#f'],
        ['http://example.com:8080', undefined, 'http://example.com:8080/'],
        ['http://example.com:80/', undefined, 'http://example.com/'],
        ['https://example.com/a b?c d#e f', undefined, 'https://example.com/a%20b?c%20d#e%20f'],
        ["https://example.com/?q='x'", undefined, 'https://example.com/?q=%27x%27'],
        ['https://example.com/ü?ü=€', undefined, 'https://example.com/%C3%BC?%C3%BC=%E2%82%AC'],
        ['  https://example.com/\n', undefined, 'https://example.com/'],
        ['https:example.com', undefined, 'https://example.com/'],
        ['https:\\\\example.com\\a', undefined, 'https://example.com/a'],
        ['/b', 'https://example.com/a/c', 'https://example.com/b'],
        ['b', 'https://example.com/a/c?q', 'https://example.com/a/b'],
        ['../b', 'https://example.com/a/c/d', 'https://example.com/a/b'],
        ['./', 'https://example.com/a/c', 'https://example.com/a/'],
        ['?q=2', 'https://example.com/a?q=1#x', 'https://example.com/a?q=2'],
        ['#y', 'https://example.com/a?q=1#x', 'https://example.com/a?q=1#y'],
        ['', 'https://example.com/a?q=1#x', 'https://example.com/a?q=1'],
        ['//other.org/x', 'https://example.com/a', 'https://other.org/x'],
        ['http://0x7f.1/', undefined, 'http://127.0.0.1/'],
        ['http://3232235777/', undefined, 'http://192.168.1.1/'],
        ['http://[2001:DB8:0:0:1:0:0:1]/', undefined, 'http://[2001:db8::1:0:0:1]/'],
        ['http://[::1]:3000/', undefined, 'http://[::1]:3000/'],
        ['http://[::127.0.0.1]/', undefined, 'http://[::7f00:1]/'],
        ['http://ex%41mple.com/', undefined, 'http://example.com/'],
        ['mailto:a@b.c', undefined, 'mailto:a@b.c'],
        ['data:text/plain,hi', undefined, 'data:text/plain,hi'],
        ['file:///a/b', undefined, 'file:///a/b'],
        ['kafka://host:9092/topic', undefined, 'kafka://host:9092/topic'],
        ['https://user@example.com', undefined, 'https://user@example.com/'],
        ['https://a@b@example.com/', undefined, 'https://a%40b@example.com/'],
        ['https://example.com/%2e%2E/a', undefined, 'https://example.com/a'],
    ]) {
        equal(new URL(input, base).href, want);
    }
});

test('what is no URL is refused', () => {
    for (const input of ['', 'a', '/a', '//a', 'https://', 'https://example.com:99999', 'https://example.com:x',
        'https://ex ample.com', 'http://[::1', 'http://[1:2]', 'http://999.1.1.1', 'http://1.2.3.4.5',
        'http://a@:80', 'http://exa%23mple.com']) {
        throws(() => new URL(input), 'Invalid URL');
        ok(!URL.canParse(input), input);
    }
    throws(() => new URL('a', 'b'), 'Invalid URL');
    throws(() => new URL('a', 'mailto:x'), 'Invalid URL');
});

test('parts of a URL', () => {
    const url = new URL('https://user:pa%20ss@example.com:8443/a/b?x=1&y=2#frag');
    equal([url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname, url.search,
        url.hash, url.origin], ['https:', 'user', 'pa%20ss', 'example.com:8443', 'example.com', '8443', '/a/b',
        '?x=1&y=2', '#frag', 'https://example.com:8443']);
    equal(JSON.stringify({ url }), `{"url":"${url.href}"}`);
    equal(`${url}`, url.href);
    equal(new URL('mailto:x').origin, 'null');
});

test('parts can be set', () => {
    const url = new URL('https://example.com/a?x=1#f');
    url.searchParams.append('y', 'a b');
    equal(url.href, 'https://example.com/a?x=1&y=a+b#f');
    url.search = '?z=3';
    equal(url.searchParams.get('z'), '3');
    equal(url.searchParams.get('x'), null);
    url.pathname = 'new path';
    url.port = '8080';
    url.hostname = 'other.org';
    url.hash = '';
    url.protocol = 'http';
    url.username = 'me';
    equal(url.href, 'http://me@other.org:8080/new%20path?z=3');
    url.port = '80';
    equal(url.href, 'http://me@other.org/new%20path?z=3');
    url.hostname = '[bad';
    url.port = '999999';
    url.protocol = 'mailto';
    equal(url.href, 'http://me@other.org/new%20path?z=3');
    url.host = 'third.net:81';
    equal(url.host, 'third.net:81');
    url.searchParams.delete('z');
    equal(url.href, 'http://me@third.net:81/new%20path');
    url.href = 'https://fourth.com/?a=1';
    equal(url.searchParams.get('a'), '1');
});

test('URLSearchParams reads and writes forms', () => {
    equal(new URLSearchParams('?a=1&b=2&a=3').getAll('a'), ['1', '3']);
    equal(new URLSearchParams('a=b+c&d=%C3%BC&e&=f').toString(), 'a=b+c&d=%C3%BC&e=&=f');
    equal(new URLSearchParams({ a: 1, b: 'x y' }).toString(), 'a=1&b=x+y');
    equal(new URLSearchParams([['a', '1'], ['a', '2']]).toString(), 'a=1&a=2');
    equal(new URLSearchParams(new URLSearchParams('a=1')).toString(), 'a=1');
    equal(new URLSearchParams("a=!'()*~-._").toString(), 'a=%21%27%28%29*%7E-._');
    equal(new URLSearchParams().toString(), '');
    equal(new URLSearchParams('a=%zz%').get('a'), '%zz%');
    throws(() => new URLSearchParams([['a']]), 'pairs');
});

test('URLSearchParams changes', () => {
    const params = new URLSearchParams('b=1&a=2&b=3');
    params.set('b', 9);
    equal(String(params), 'b=9&a=2');
    params.append('c', 4);
    params.delete('a');
    equal([...params], [['b', '9'], ['c', '4']]);
    equal([...params.keys()], ['b', 'c']);
    equal([...params.values()], ['9', '4']);
    params.set('d', '5');
    equal(params.size, 3);
    ok(params.has('d') && params.has('d', '5') && !params.has('d', '6') && !params.has('e'));
    const seen = [];
    params.forEach((value, name) => seen.push(name + value));
    equal(seen, ['b9', 'c4', 'd5']);
    const unsorted = new URLSearchParams('z=1&a=1&z=0');
    unsorted.sort();
    equal(String(unsorted), 'a=1&z=1&z=0');
});
