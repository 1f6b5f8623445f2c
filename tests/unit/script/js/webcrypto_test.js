/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto.subtle against published vectors (NIST SP 800-38A, GCM's test cases, RFC 6070).
 */
import { equal, ok, rejects, test } from 'unit';
import { hexEncode } from 'k6/crypto';
import { crypto } from 'brunt:webcrypto';
import { TextEncoder } from 'brunt:text_globals';

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const hex = (text) => new Uint8Array((text.match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
const aesKey = (name, key, usages = ['encrypt', 'decrypt']) => subtle.importKey('raw', hex(key), name, true, usages);

test('digest', async () => {
    equal(hexEncode(await subtle.digest('SHA-256', utf8('abc'))),
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    equal(hexEncode(await subtle.digest({ name: 'sha-1' }, utf8('abc').buffer)),
        'a9993e364706816aba3e25717850c26c9cd0d89d');
    await rejects(subtle.digest('MD5', utf8('')), 'NotSupportedError');
    await rejects(subtle.digest('SHA-1', 'text'), 'must be an ArrayBuffer');
});

test('HMAC signs and verifies', async () => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await subtle.importKey('raw', utf8('Jefe'), algorithm, false, ['sign', 'verify']);
    const text = utf8('what do ya want for nothing?');
    const signature = await subtle.sign('HMAC', key, text);
    equal(hexEncode(signature), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    equal(await subtle.verify('HMAC', key, signature, text), true);
    equal(await subtle.verify('HMAC', key, signature, utf8('x')), false);
    equal(await subtle.verify('HMAC', key, new Uint8Array(3), text), false);
    await rejects(subtle.exportKey('raw', key), 'InvalidAccessError');
    const verifier = await subtle.importKey('raw', utf8('Jefe'), algorithm, true, ['verify']);
    await rejects(subtle.sign('HMAC', verifier, text), 'InvalidAccessError');
    const made = await subtle.generateKey(algorithm, true, ['sign']);
    equal((await subtle.exportKey('raw', made)).byteLength, 64);
    equal(await subtle.exportKey('jwk', verifier),
        { kty: 'oct', k: 'SmVmZQ', alg: 'HS256', key_ops: ['verify'], ext: true });
    const back = await subtle.importKey('jwk', { kty: 'oct', k: 'SmVmZQ' }, algorithm, true, ['sign']);
    equal(await subtle.sign('HMAC', back, text), signature);
});

test('AES-CBC and AES-CTR by NIST', async () => {
    const block = hex('6bc1bee22e409f96e93d7e117393172a');
    const iv = hex('000102030405060708090a0b0c0d0e0f');
    const cbc = await aesKey('AES-CBC', '2b7e151628aed2a6abf7158809cf4f3c');
    const text = await subtle.encrypt({ name: 'AES-CBC', iv }, cbc, block);
    equal(hexEncode(text).slice(0, 32), '7649abac8119b246cee98e9b12e9197d');
    equal(text.byteLength, 32);
    equal(await subtle.decrypt({ name: 'AES-CBC', iv }, cbc, text), block.buffer);
    await rejects(subtle.decrypt({ name: 'AES-CBC', iv }, cbc, block), 'OperationError');
    await rejects(subtle.encrypt({ name: 'AES-CBC', iv: iv.subarray(1) }, cbc, block), 'OperationError');
    const ctr = await aesKey('AES-CTR', '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4');
    const counter = hex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');
    equal(hexEncode(await subtle.encrypt({ name: 'AES-CTR', counter, length: 64 }, ctr, block)),
        '601ec313775789a5b7a7f504bbf3d228');
});

test('AES-GCM seals', async () => {
    const key = await aesKey('AES-GCM', '00000000000000000000000000000000');
    const iv = new Uint8Array(12);
    const sealed = await subtle.encrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(16));
    equal(hexEncode(sealed), '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf');
    equal(await subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed), new ArrayBuffer(16));
    const extra = { name: 'AES-GCM', iv, additionalData: utf8('head'), tagLength: 96 };
    const other = await subtle.encrypt(extra, key, utf8('body'));
    equal(other.byteLength, 16);
    equal(await subtle.decrypt(extra, key, other), utf8('body').buffer);
    await rejects(subtle.decrypt({ ...extra, additionalData: utf8('HEAD') }, key, other), 'OperationError');
    const bad = new Uint8Array(other.slice(0));
    bad[0] ^= 1;
    await rejects(subtle.decrypt(extra, key, bad), 'OperationError');
    await rejects(subtle.decrypt(extra, key, new Uint8Array(3)), 'OperationError');
    await rejects(aesKey('AES-GCM', '00'), '128, 192 or 256 bits');
});

test('PBKDF2 by RFC 6070', async () => {
    const key = await subtle.importKey('raw', utf8('password'), 'PBKDF2', false, ['deriveBits', 'deriveKey']);
    const algorithm = { name: 'PBKDF2', hash: 'SHA-1', salt: utf8('salt'), iterations: 2 };
    equal(hexEncode(await subtle.deriveBits(algorithm, key, 160)), 'ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957');
    const derived = await subtle.deriveKey(algorithm, key, { name: 'AES-GCM', length: 256 }, true, ['encrypt']);
    equal(derived.algorithm, { name: 'AES-GCM', length: 256 });
    ok(hexEncode(await subtle.exportKey('raw', derived)).startsWith(
        hexEncode(await subtle.deriveBits(algorithm, key, 160))));
});
