/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/crypto against published vectors (RFC 1320, 1321, 2202, 4231, FIPS 180-4).
 */
import { equal, ok, test, throws } from 'unit';
import crypto, { createHMAC, createHash, hexEncode, hmac, md4, md5, randomBytes, sha256 } from 'k6/crypto';
import { crypto as web } from 'brunt:webcrypto';
import { TextEncoder } from 'brunt:text_globals';

test('hashes of abc', () => {
    const want = {
        md4: 'a448017aaf21d8525fc10ae87aa6729d',
        md5: '900150983cd24fb0d6963f7d28e17f72',
        sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
        sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        sha384: 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed' +
            '8086072ba1e7cc2358baeca134c825a7',
        sha512: 'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
            '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
        sha512_224: '4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa',
        sha512_256: '53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23',
        ripemd160: '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc',
    };
    for (const [name, digest] of Object.entries(want)) {
        equal(crypto[name]('abc', 'hex'), digest);
        const hasher = createHash(name);
        hasher.update('a');
        hasher.update(new Uint8Array([0, 98, 99]).subarray(1));
        equal(hasher.digest('hex'), digest);
    }
});

test('MD4 of every length around a block', () => {
    equal(md4('', 'hex'), '31d6cfe0d16ae931b73c59d7e0c089c0');
    equal(md4('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'hex'),
        '043f8582f241db351ce627e153e7f0e4');
    equal(md4('1234567890'.repeat(8), 'hex'), 'e33b4ddc9c38f2199c3e7b164fcc0536');
});

test('digests come in five encodings', () => {
    equal(sha256('', 'base64'), '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
    equal(sha256('', 'base64url'), '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=');
    equal(sha256('', 'base64rawurl'), '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
    equal(hexEncode(md5('', 'binary')), 'd41d8cd98f00b204e9800998ecf8427e');
    throws(() => md5('', 'base32'), 'Invalid output encoding: base32');
    throws(() => md5(''), 'Invalid output encoding');
    throws(() => md5(7, 'hex'), 'must be a string or an ArrayBuffer');
    equal(md5('ü', 'hex'), md5(new TextEncoder().encode('ü'), 'hex'));
});

test('a hash goes on after its digest', () => {
    const hasher = createHash('md5');
    equal(hasher.digest('hex'), 'd41d8cd98f00b204e9800998ecf8427e');
    hasher.update('a');
    equal(hasher.digest('hex'), '0cc175b9c0f1b6a831c399e269772661');
    hasher.update('bc');
    equal(hasher.digest('hex'), '900150983cd24fb0d6963f7d28e17f72');
    throws(() => hasher.update({}), 'must be a string');
    throws(() => createHash('sha0'), 'Invalid algorithm: sha0');
});

test('hmac by RFC 2202 and 4231', () => {
    const text = 'what do ya want for nothing?';
    equal(hmac('md5', 'Jefe', text, 'hex'), '750c783e6ab0b503eaa86e310a5db738');
    equal(hmac('sha1', 'Jefe', text, 'hex'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
    equal(hmac('sha256', 'Jefe', text, 'hex'),
        '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    const key = new Uint8Array(131).fill(0xaa);
    equal(hmac('sha256', key.buffer, 'Test Using Larger Than Block-Size Key - Hash Key First', 'hex'),
        '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
    /* What OpenSSL says with its legacy provider. */
    equal(hmac('md4', 'k', 'abc', 'hex'), 'ddb0cc35728e49ef867419c5bf8cb11d');
    equal(crypto.hmac('sha256', 'k', '', 'hex').length, 64);
    const hasher = createHMAC('sha256', 'Jefe');
    hasher.update('what do ya want ');
    hasher.update('for nothing?');
    equal(hasher.digest('hex'), hmac('sha256', 'Jefe', text, 'hex'));
    throws(() => hmac('crc32', 'k', '', 'hex'), 'Invalid algorithm');
    throws(() => createHMAC('sha256'), 'the secret must be');
});

test('randomBytes are as many as asked, and random', () => {
    const some = randomBytes(32);
    ok(some instanceof ArrayBuffer);
    equal(some.byteLength, 32);
    ok(hexEncode(some) !== hexEncode(randomBytes(32)));
    throws(() => randomBytes(0), 'invalid size');
    throws(() => randomBytes(-1), 'invalid size');
});

test('getRandomValues and randomUUID', () => {
    const array = new Uint32Array(64);
    ok(web.getRandomValues(array) === array);
    ok(array.some((value) => value > 0xffff));
    throws(() => web.getRandomValues(new Float64Array(1)), 'TypeMismatchError');
    throws(() => web.getRandomValues(new Uint8Array(65537)), 'QuotaExceededError');
    ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(web.randomUUID()));
});
