/* SPDX-License-Identifier: Apache-2.0
 *
 * jslib's httpx and formdata, k6/experimental/fs and csv.
 */
import { equal, ok, rejects, test, throws } from 'unit';
import { FormData } from 'jslib/formdata';
import { Get, Httpx, Post } from 'jslib/httpx';
import { TextDecoder, TextEncoder } from 'brunt:text_globals';

const files = {
    'a/people.csv': 'name,age\nAnn,30\r\n"Bob ""B"", Jr",41\n\n"multi\nline",5',
};
globalThis.open = (path, mode) => {
    ok(mode === 'b');
    return new TextEncoder().encode(files[path]).buffer;
};
const { default: fs, open, SeekMode } = await import('k6/experimental/fs');
const csv = await import('k6/experimental/csv');

test('httpx adds what the session has', async () => {
    const session = new Httpx({ baseURL: 'https://example.com', headers: { A: '1' }, timeout: 20000 });
    session.addHeader('B', '2');
    session.addTag('T', 'x');
    equal(session.get('/a'), ['GET', 'https://example.com/a', null,
        { timeout: 20000, headers: { A: '1', B: '2' }, tags: { T: 'x' } }]);
    session.clearHeader('A');
    equal(session.post('https://other.org/', 'body', { headers: { B: '3', C: '4' }, tags: { name: 'n' }, timeout: 5 }),
        ['POST', 'https://other.org/', 'body', { timeout: 5, headers: { B: '3', C: '4' }, tags: { T: 'x', name: 'n' } }]);
    equal(session.options('/o')[0], 'OPTIONS');
    session.setBaseUrl('http://x');
    equal(session.delete('/d', null)[1], 'http://x/d');
    equal((await session.asyncRequest('PATCH', '/p'))[0], 'PATCH');
});

test('httpx batches', () => {
    const session = new Httpx({ baseURL: 'http://x' });
    const plain = { headers: {}, tags: {} };
    equal(session.batch([Get('/a'), Post('/b', 'c'), '/d', ['PUT', '/e', 'f']]), [
        ['GET', 'http://x/a', null, plain], ['POST', 'http://x/b', 'c', plain], ['GET', 'http://x/d', null, plain],
        ['PUT', 'http://x/e', 'f', plain]]);
    equal(session.batch({ one: new Get('/a') }, { tags: { t: '1' } }),
        { one: ['GET', 'http://x/a', null, { tags: { t: '1' }, headers: {} }] });
});

test('FormData is multipart', () => {
    const form = new FormData();
    form.append('text', 'vä"lue');
    form.append('text', 5);
    form.append('na"me', { data: 'content', filename: 'a.txt', content_type: 'text/plain' });
    form.append('raw', new Uint8Array([65, 66]).buffer);
    const b = form.boundary;
    ok(form.body() instanceof ArrayBuffer);
    equal(new TextDecoder().decode(form.body()).split('\r\n'), [
        `--${b}`, 'Content-Disposition: form-data; name="text"', '', 'vä"lue',
        `--${b}`, 'Content-Disposition: form-data; name="text"', '', '5',
        `--${b}`, 'Content-Disposition: form-data; name="na%22me"; filename="a.txt"', 'Content-Type: text/plain', '',
        'content',
        `--${b}`, 'Content-Disposition: form-data; name="raw"; filename="blob"',
        'Content-Type: application/octet-stream', '', 'AB',
        `--${b}--`, '']);
    equal(form.contentType(), `multipart/form-data; boundary=${b}`);
    ok(new FormData().boundary !== b);
});

test('fs reads and seeks', async () => {
    const file = await fs.open('a/people.csv');
    equal(await file.stat(), { name: 'people.csv', size: 51 });
    const bytes = new Uint8Array(4);
    equal([await file.read(bytes), new TextDecoder().decode(bytes)], [4, 'name']);
    equal(await file.seek(-2, SeekMode.End), 49);
    equal(await file.read(bytes), 2);
    equal(await file.read(bytes), null);
    equal(await file.seek(1, SeekMode.Start), 1);
    equal(await file.seek(1, SeekMode.Current), 2);
    await rejects(file.seek(-1, SeekMode.Start), 'outside');
    await rejects(file.seek(0, 7), 'SeekMode');
    await rejects(file.read([]), 'Uint8Array');
});

test('csv.parse gives rows', async () => {
    const file = await open('a/people.csv');
    const rows = await csv.parse(file, { delimiter: ',' });
    equal([...rows], [['name', 'age'], ['Ann', '30'], ['Bob "B", Jr', '41'], ['multi\nline', '5']]);
    equal([...await csv.parse(file, { skipFirstLine: true, toLine: 1 })], [['Ann', '30']]);
    equal([...await csv.parse(file, { asObjects: true, fromLine: 2 })],
        [{ name: 'Bob "B", Jr', age: '41' }, { name: 'multi\nline', age: '5' }]);
    await rejects(csv.parse(file, { seperator: ';' }), 'csv has no option seperator');
    await rejects(csv.parse(file, { delimiter: ';;' }), 'one character');
});

test('csv reads what is awkward', async () => {
    const rows = async (text, options) => {
        files.awkward = text;
        return [...await csv.parse(await open('awkward'), options)];
    };
    equal(await rows('a;b\r\n"";"""x"""\r\n;', { delimiter: ';' }), [['a', 'b'], ['', '"x"'], ['', '']]);
    equal(await rows('one\ntwo\nthree'), [['one'], ['two'], ['three']]);
    equal(await rows('\ufeffa,b'), [['a', 'b']]);
    equal(await rows('a,"b\r\nc"\n\n\n'), [['a', 'b\nc']]);
    equal(await rows(''), []);
    equal(await rows('a,b,'), [['a', 'b', '']]);
    await rejects(rows('a,"b"c'), 'text behind a quoted field');
    const many = await rows('x,y\n'.repeat(20000));
    equal([many.length, many[19999]], [20000, ['x', 'y']]);
});

test('csv.Parser gives one after the other', async () => {
    const parser = new csv.Parser(await open('a/people.csv'), { skipFirstLine: true });
    equal(await parser.next(), { done: false, value: ['Ann', '30'] });
    await parser.next();
    await parser.next();
    equal(await parser.next(), { done: true, value: undefined });
    files.bad = 'a,b\n"c';
    const bad = new csv.Parser(await open('bad'));
    await bad.next();
    await rejects(bad.next(), 'does not end');
    files.uneven = 'a,b\nc';
    throws(() => new csv.Parser(null, { delimiter: '' }), 'one character');
    const uneven = new csv.Parser(await open('uneven'));
    await uneven.next();
    await rejects(uneven.next(), 'has 1 fields, not 2');
});
