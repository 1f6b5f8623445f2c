/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/crypto over the hashes of brunt:crypto (src/script/script_crypto.c). A hash in pieces keeps them until
 * it is asked: digest() may be called again after more of them.
 */
import * as native from 'brunt:crypto';
import { utf8Encode } from 'brunt:text';

export const {
    md4, md5, sha1, sha256, sha384, sha512, sha512_224, sha512_256, ripemd160, hmac, randomBytes, hexEncode,
} = native;

const bytesOf = (piece) => (ArrayBuffer.isView(piece)
    ? new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength) : new Uint8Array(piece));

class Hasher {
    #finish;
    #pieces = [];

    constructor(finish) {
        this.#finish = finish;
        finish('', 'hex'); /* so that an unknown algorithm is told here */
    }

    update(piece) {
        if (typeof piece === 'string') {
            this.#pieces.push(piece);
        } else if (piece instanceof ArrayBuffer || ArrayBuffer.isView(piece)) {
            this.#pieces.push(bytesOf(piece).slice().buffer);
        } else {
            throw new TypeError('what is hashed must be a string or an ArrayBuffer');
        }
    }

    digest(encoding) {
        return this.#finish(this.#join(), encoding);
    }

    #join() {
        if (this.#pieces.every((piece) => typeof piece === 'string')) {
            this.#pieces = [this.#pieces.join('')];
            return this.#pieces[0];
        }
        const parts = this.#pieces.map((piece) =>
            (typeof piece === 'string' ? utf8Encode(piece) : new Uint8Array(piece)));
        const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
        let at = 0;
        for (const part of parts) {
            whole.set(part, at);
            at += part.length;
        }
        this.#pieces = [whole.buffer];
        return whole.buffer;
    }
}

export const createHash = (algorithm) =>
    new Hasher((data, encoding) => native.hash(algorithm, data, encoding));

export function createHMAC(algorithm, secret) {
    return new Hasher((data, encoding) => native.hmac(algorithm, secret, data, encoding));
}

export default {
    md4, md5, sha1, sha256, sha384, sha512, sha512_224, sha512_256, ripemd160, hmac, randomBytes, hexEncode,
    createHash, createHMAC,
};
