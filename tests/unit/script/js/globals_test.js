/* SPDX-License-Identifier: Apache-2.0
 *
 * Globals that are made when they are asked for.
 */
import { equal, ok, test } from 'unit';

const isLazy = (name) => 'get' in Object.getOwnPropertyDescriptor(globalThis, name);

test('a global comes with its neighbours, not before', () => {
    ok(isLazy('TextEncoder') && isLazy('crypto'));
    equal(new TextEncoder().encode('ü'), new Uint8Array([195, 188]));
    ok(!isLazy('TextEncoder') && !isLazy('TextDecoder') && !isLazy('btoa') && isLazy('crypto'));
    ok(TextEncoder === globalThis.TextEncoder);
    equal(new TextDecoder().decode(new Uint8Array([195, 188])), 'ü');
    ok(Object.getOwnPropertyDescriptor(globalThis, 'TextEncoder').writable);
});

test('crypto is whole', async () => {
    ok(crypto.randomUUID().length === 36 && crypto === globalThis.crypto);
    equal((await crypto.subtle.digest('SHA-256', new Uint8Array(0))).byteLength, 32);
});

test('a script may have its own', () => {
    const other = () => 'own';
    globalThis.atob = other;
    ok(atob === other && globalThis.atob === other);
    equal(typeof TextDecoder, 'function');
    ok(atob === other);
});
