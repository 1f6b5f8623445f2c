/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/encoding, and the text globals on top of it.
 */
import { equal, ok, test, throws } from 'unit';
import encoding, { b64decode, b64encode } from 'k6/encoding';
import { TextDecoder, TextEncoder, atob, btoa } from 'brunt:text_globals';

const bytes = (...values) => new Uint8Array(values);

test('b64encode has four forms', () => {
    for (const [input, form, want] of [
        ['', undefined, ''], ['f', undefined, 'Zg=='], ['fo', 'std', 'Zm8='], ['foo', 'std', 'Zm9v'],
        ['foobar', 'rawstd', 'Zm9vYmFy'], ['fooba', 'rawstd', 'Zm9vYmE'], ['ü€', undefined, 'w7zigqw='],
        [bytes(251, 255), 'std', '+/8='], [bytes(251, 255), 'url', '-_8='], [bytes(251, 255), 'rawurl', '-_8'],
        [bytes(251, 255).buffer, 'rawstd', '+/8'], [bytes(0, 251, 255, 0).subarray(1, 3), 'url', '-_8='],
        ['x', 'unknown', 'eA=='],
    ]) {
        equal(b64encode(input, form), want);
    }
    throws(() => b64encode(1), 'must be a string or an ArrayBuffer');
    throws(() => b64encode(), 'must be a string or an ArrayBuffer');
    equal(encoding.b64encode('a'), 'YQ==');
});

test('b64decode gives a buffer, or text when asked', () => {
    equal(b64decode('Zm9v', 'std'), bytes(102, 111, 111).buffer);
    equal(b64decode('Zm9vYmE', 'rawstd', 's'), 'fooba');
    equal(b64decode('-_8=', 'url'), bytes(251, 255).buffer);
    equal(b64decode('-_8', 'rawurl'), bytes(251, 255).buffer);
    equal(b64decode('Zm\n9v\r\n', 'std', 's'), 'foo');
    equal(b64decode('', 'std', 's'), '');
    equal(b64decode('/w==', 'std', 's'), '\ufffd');
});

test('b64decode refuses what Go refuses', () => {
    for (const [input, form, at] of [['Zg', 'std', 2], ['Z', 'rawstd', 1], ['Zg==', 'rawstd', 2], ['-_8=', 'std', 0],
        ['Zm9v!', 'std', 4], ['Zg=', 'std', 3], ['Zg==Zg==', 'std', 4], ['=', 'std', 0]]) {
        throws(() => b64decode(input, form), `illegal base64 data at input byte ${at}`);
    }
});

test('TextEncoder writes UTF-8', () => {
    equal(new TextEncoder().encode('aü€😀'), bytes(97, 195, 188, 226, 130, 172, 240, 159, 152, 128));
    equal(new TextEncoder().encode(), bytes());
    equal(new TextEncoder().encode('\ud800x'), bytes(239, 191, 189, 120));
    equal(new TextEncoder().encode('\0'), bytes(0));
    const target = new Uint8Array(4);
    equal(new TextEncoder().encodeInto('a€😀', target), { read: 2, written: 4 });
    equal(target, bytes(97, 226, 130, 172));
});

test('TextDecoder reads UTF-8 as browsers do', () => {
    const utf8 = new TextDecoder();
    for (const [input, want] of [
        [[97, 195, 188, 226, 130, 172, 240, 159, 152, 128], 'aü€😀'], [[239, 187, 191, 97], 'a'], [[0xff, 97], '\ufffda'],
        [[0xe2, 0x82], '\ufffd'], [[0xe2, 0x28, 0xa1], '\ufffd(\ufffd'], [[0xf0, 0x9f, 0x98], '\ufffd'],
        [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'], [[0xc0, 0x80], '\ufffd\ufffd'], [[0xf5, 0x80], '\ufffd\ufffd'],
        [[], ''],
    ]) {
        equal(utf8.decode(bytes(...input)), want);
    }
    throws(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes(0xff)), 'no UTF-8');
    equal(new TextDecoder('utf8', { ignoreBOM: true }).decode(bytes(239, 187, 191)), '\ufeff');
    throws(() => new TextDecoder('koi8-r'), 'there is no encoding koi8-r');
    equal(utf8.decode(), '');
});

test('TextDecoder puts characters together again', () => {
    const decoder = new TextDecoder();
    let text = '';
    for (const byte of new TextEncoder().encode('aü€😀z')) {
        text += decoder.decode(bytes(byte), { stream: true });
    }
    equal(text + decoder.decode(), 'aü€😀z');
    equal(decoder.decode(bytes(0xe2), { stream: true }) + decoder.decode(), '\ufffd');
});

test('TextDecoder reads UTF-16', () => {
    equal(new TextDecoder('utf-16le').decode(bytes(0xff, 0xfe, 0xac, 0x20, 0x3d, 0xd8, 0, 0xde)), '€😀');
    equal(new TextDecoder('utf-16be').decode(bytes(0x20, 0xac)), '€');
    equal(new TextDecoder('utf-16le').decode(bytes(0x3d, 0xd8, 1)), '\ufffd\ufffd');
});

test('atob and btoa are those of browsers', () => {
    equal(btoa('a\xff'), 'Yf8=');
    equal(atob('Yf8='), 'a\xff');
    equal(atob(' Y f 8 '), 'a\xff');
    throws(() => btoa('€'), 'InvalidCharacterError');
    throws(() => atob('a'), 'InvalidCharacterError');
    throws(() => atob('a=b='), 'InvalidCharacterError');
    ok(atob(btoa('\0\x01\xfe')) === '\0\x01\xfe');
});
