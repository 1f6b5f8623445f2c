/* SPDX-License-Identifier: Apache-2.0
 *
 * The global `crypto`, as far as load tests go: random values, digests, HMAC, AES (CBC, CTR, GCM) and PBKDF2
 * of the Web Cryptography API, on brunt:cipher. Elliptic curves and RSA are not there.
 */
import { b64decode, b64encode } from 'k6/encoding';
import * as cipher from 'brunt:cipher';

export class DOMException extends Error {
    constructor(message = '', name = 'Error') {
        super(message);
        Object.defineProperty(this, 'name', { value: name, configurable: true });
    }
}

const fail = (name, message) => {
    throw new DOMException(message, name);
};

/* Own copy of bytes that a caller gave. */
function bytesOf(data, what) {
    if (ArrayBuffer.isView(data)) {
        return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    }
    if (data instanceof ArrayBuffer) {
        return new Uint8Array(data.slice(0));
    }
    throw new TypeError(`${what} must be an ArrayBuffer or a view of one`);
}

const operation = (body) => {
    try {
        return body();
    } catch (error) {
        throw error instanceof InternalError ? new DOMException(error.message, 'OperationError') : error;
    }
};

const materials = new WeakMap();

export class CryptoKey {
    constructor(token, type, extractable, algorithm, usages) {
        if (token !== materials) {
            throw new TypeError('keys come from generateKey, importKey and deriveKey');
        }
        Object.assign(this, { type, extractable, algorithm, usages });
    }
}

const HASH_SIZES = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 };
const BLOCK_SIZES = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };
const USAGES = {
    HMAC: ['sign', 'verify'],
    'AES-CBC': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
    'AES-CTR': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
    'AES-GCM': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
    PBKDF2: ['deriveKey', 'deriveBits'],
};

function nameOf(algorithm, known) {
    const given = typeof algorithm === 'string' ? algorithm : algorithm?.name;
    const name = Object.keys(known).find((one) => one.toLowerCase() === String(given).toLowerCase());
    return name ?? fail('NotSupportedError',
        `${given} is not supported here; supported are ${Object.keys(known).join(', ')}`);
}

function makeKey(bytes, extractable, algorithm, usages) {
    for (const usage of usages) {
        if (!USAGES[algorithm.name].includes(usage)) {
            fail('SyntaxError', `a key of ${algorithm.name} is not for ${usage}`);
        }
    }
    if (usages.length === 0) {
        fail('SyntaxError', 'a key without usages is of no use');
    }
    const key = new CryptoKey(materials, 'secret', Boolean(extractable), algorithm, [...usages]);
    materials.set(key, bytes);
    return key;
}

function useKey(key, name, usage) {
    const bytes = materials.get(key);
    if (!bytes) {
        throw new TypeError('this is not a CryptoKey');
    }
    if (key.algorithm.name !== name || !key.usages.includes(usage)) {
        fail('InvalidAccessError', `this key of ${key.algorithm.name} is for ${key.usages.join(', ')}, ` +
            `not for ${name} ${usage}`);
    }
    return bytes;
}

function randomBytes(size) {
    const bytes = new Uint8Array(size);
    cipher.fillRandom(bytes);
    return bytes;
}

function aes(algorithm, key, data, isEncrypting) {
    const name = nameOf(algorithm, { 'AES-CBC': 1, 'AES-CTR': 1, 'AES-GCM': 1 });
    const bytes = useKey(key, name, isEncrypting ? 'encrypt' : 'decrypt');
    const input = bytesOf(data, 'the data');
    const none = new Uint8Array(0);
    return operation(() => {
        if (name === 'AES-CTR') {
            return cipher.aes('CTR', isEncrypting, bytes, bytesOf(algorithm.counter, 'counter'), input, none, 0);
        }
        const iv = bytesOf(algorithm.iv, 'iv');
        if (name === 'AES-CBC') {
            return cipher.aes('CBC', isEncrypting, bytes, iv, input, none, 0);
        }
        const extra = algorithm.additionalData ? bytesOf(algorithm.additionalData, 'additionalData') : none;
        const tag = algorithm.tagLength ?? 128;
        if (![32, 64, 96, 104, 112, 120, 128].includes(tag)) {
            fail('OperationError', `tagLength ${tag} is not one of 32, 64, 96, 104, 112, 120, 128`);
        }
        return cipher.aes('GCM', isEncrypting, bytes, iv, input, extra, tag / 8);
    });
}

function macKey(algorithm, bytes) {
    const hash = nameOf(algorithm.hash, HASH_SIZES);
    if (bytes.length === 0) {
        fail('DataError', 'a key of HMAC cannot be empty');
    }
    return { name: 'HMAC', hash: { name: hash }, length: algorithm.length ?? bytes.length * 8 };
}

function fromJwk(data) {
    if (data?.kty !== 'oct' || typeof data.k !== 'string') {
        fail('DataError', 'a secret key as jwk has kty "oct" and k');
    }
    return new Uint8Array(b64decode(data.k, 'rawurl'));
}

const JWK_NAMES = { 'SHA-1': 'HS1', 'SHA-256': 'HS256', 'SHA-384': 'HS384', 'SHA-512': 'HS512' };

function jwkName(algorithm) {
    return algorithm.name === 'HMAC' ? JWK_NAMES[algorithm.hash.name]
        : `A${algorithm.length}${algorithm.name.slice(4)}`;
}

function keyOf(algorithm, bytes, extractable, usages) {
    const name = nameOf(algorithm, USAGES);
    if (name === 'HMAC') {
        return makeKey(bytes, extractable, macKey(algorithm, bytes), usages);
    }
    if (name === 'PBKDF2') {
        return makeKey(bytes, false, { name }, usages);
    }
    if (![16, 24, 32].includes(bytes.length)) {
        fail('DataError', `a key of ${name} has 128, 192 or 256 bits, not ${bytes.length * 8}`);
    }
    return makeKey(bytes, extractable, { name, length: bytes.length * 8 }, usages);
}

function pbkdf2(algorithm, key, usage, bits) {
    const password = useKey(key, nameOf(algorithm, { PBKDF2: 1 }), usage);
    if (!(bits > 0) || bits % 8 !== 0) {
        fail('OperationError', 'the number of bits must be a multiple of 8');
    }
    return operation(() => cipher.pbkdf2(nameOf(algorithm.hash, HASH_SIZES), password,
        bytesOf(algorithm.salt, 'salt'), algorithm.iterations, bits / 8));
}

const keyBits = (algorithm) => {
    const name = nameOf(algorithm, USAGES);
    if (name !== 'HMAC') {
        return algorithm.length;
    }
    return algorithm.length ?? BLOCK_SIZES[nameOf(algorithm.hash, HASH_SIZES)] * 8;
};

export class SubtleCrypto {
    async digest(algorithm, data) {
        return cipher.digest(nameOf(algorithm, HASH_SIZES), bytesOf(data, 'the data'));
    }

    async sign(algorithm, key, data) {
        const bytes = useKey(key, nameOf(algorithm, { HMAC: 1 }), 'sign');
        return cipher.mac(key.algorithm.hash.name, bytes, bytesOf(data, 'the data'));
    }

    async verify(algorithm, key, signature, data) {
        const bytes = useKey(key, nameOf(algorithm, { HMAC: 1 }), 'verify');
        const right = cipher.mac(key.algorithm.hash.name, bytes, bytesOf(data, 'the data'));
        return cipher.equal(right, bytesOf(signature, 'the signature'));
    }

    async encrypt(algorithm, key, data) {
        return aes(algorithm, key, data, true);
    }

    async decrypt(algorithm, key, data) {
        return aes(algorithm, key, data, false);
    }

    async generateKey(algorithm, extractable, usages) {
        const name = nameOf(algorithm, { HMAC: 1, 'AES-CBC': 1, 'AES-CTR': 1, 'AES-GCM': 1 });
        const bits = keyBits(algorithm);
        if (name !== 'HMAC' && ![128, 192, 256].includes(bits)) {
            fail('OperationError', `a key of ${name} has 128, 192 or 256 bits, not ${bits}`);
        }
        return keyOf(algorithm, randomBytes(Math.ceil(bits / 8)), extractable, usages);
    }

    async importKey(format, data, algorithm, extractable, usages) {
        if (format !== 'raw' && format !== 'jwk') {
            fail('NotSupportedError', `keys are imported as raw or jwk, not as ${format}`);
        }
        return keyOf(typeof algorithm === 'string' ? { name: algorithm } : algorithm,
            format === 'raw' ? bytesOf(data, 'the key') : fromJwk(data), extractable, usages);
    }

    async exportKey(format, key) {
        const bytes = materials.get(key);
        if (!bytes || !key.extractable) {
            fail('InvalidAccessError', 'this key was made not to be exported');
        }
        if (format === 'raw') {
            return bytes.slice().buffer;
        }
        if (format !== 'jwk') {
            fail('NotSupportedError', `keys are exported as raw or jwk, not as ${format}`);
        }
        return { kty: 'oct', k: b64encode(bytes, 'rawurl'), alg: jwkName(key.algorithm), key_ops: [...key.usages],
            ext: key.extractable };
    }

    async deriveBits(algorithm, key, bits) {
        return pbkdf2(algorithm, key, 'deriveBits', bits);
    }

    async deriveKey(algorithm, key, wanted, extractable, usages) {
        const bytes = pbkdf2(algorithm, key, 'deriveKey', keyBits(wanted));
        return keyOf(wanted, new Uint8Array(bytes), extractable, usages);
    }
}

const RANDOM_MAX = 65536;

export class Crypto {
    subtle = new SubtleCrypto();

    getRandomValues(array) {
        if (!ArrayBuffer.isView(array) || array instanceof Float32Array || array instanceof Float64Array ||
            array instanceof DataView) {
            fail('TypeMismatchError', 'getRandomValues fills arrays of integers');
        }
        if (array.byteLength > RANDOM_MAX) {
            fail('QuotaExceededError', `getRandomValues fills ${RANDOM_MAX} bytes at most`);
        }
        cipher.fillRandom(array);
        return array;
    }

    randomUUID() {
        const bytes = randomBytes(16);
        bytes[6] = (bytes[6] & 15) | 64;
        bytes[8] = (bytes[8] & 63) | 128;
        const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
        return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    }
}

export const crypto = new Crypto();
