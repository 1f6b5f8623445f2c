/* SPDX-License-Identifier: Apache-2.0
 *
 * Text and bytes as the web has them: TextEncoder and TextDecoder (of the Encoding standard: UTF-8, UTF-16),
 * atob and btoa (of HTML). Globals of scripts, made when first used.
 */
import { b64decode, b64encode } from 'k6/encoding';
import { utf8Decode, utf8Encode } from 'brunt:text';

const viewOf = (input) => {
    if (input === undefined) {
        return new Uint8Array(0);
    }
    return ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
        : new Uint8Array(input);
};

export class TextEncoder {
    get encoding() {
        return 'utf-8';
    }

    encode(text = '') {
        return utf8Encode(String(text));
    }

    /* Whole characters only. */
    encodeInto(text, target) {
        let read = 0;
        let written = 0;
        for (const character of String(text)) {
            const bytes = utf8Encode(character);
            if (written + bytes.length > target.length) {
                break;
            }
            target.set(bytes, written);
            written += bytes.length;
            read += character.length;
        }
        return { read, written };
    }
}

const LABELS = {
    'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8', 'utf-16le': 'utf-16le', 'utf-16': 'utf-16le',
    'utf-16be': 'utf-16be',
};

/* How many bytes at the end of UTF-8 may be the beginning of a character. */
function unfinished(bytes) {
    for (let back = 1; back <= Math.min(3, bytes.length); back++) {
        const byte = bytes[bytes.length - back];
        if (byte < 0x80) {
            return 0;
        }
        if (byte >= 0xc0) {
            const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
            return back < size ? back : 0;
        }
    }
    return 0;
}

function decode16(bytes, isBig, isFatal) {
    let text = '';
    for (let i = 0; i + 1 < bytes.length; i += 2) {
        text += String.fromCharCode(isBig ? (bytes[i] << 8) | bytes[i + 1] : bytes[i] | (bytes[i + 1] << 8));
    }
    if (bytes.length % 2 === 1) {
        text += '\ufffd';
    }
    if (isFatal && (bytes.length % 2 === 1 || !text.isWellFormed())) {
        throw new TypeError('the bytes are no UTF-16');
    }
    return text.toWellFormed();
}

export class TextDecoder {
    #encoding;
    #isFatal;
    #keepsMark;
    #isStarted = false;
    #left = new Uint8Array(0);

    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
        this.#encoding = LABELS[String(label).trim().toLowerCase()];
        if (!this.#encoding) {
            throw new RangeError(`there is no encoding ${label}; there are utf-8, utf-16le and utf-16be`);
        }
        this.#isFatal = Boolean(fatal);
        this.#keepsMark = Boolean(ignoreBOM);
    }

    get encoding() {
        return this.#encoding;
    }

    get fatal() {
        return this.#isFatal;
    }

    get ignoreBOM() {
        return this.#keepsMark;
    }

    decode(input, { stream = false } = {}) {
        const view = viewOf(input);
        let bytes = view;
        if (this.#left.length > 0) {
            bytes = new Uint8Array(this.#left.length + view.length);
            bytes.set(this.#left);
            bytes.set(view, this.#left.length);
        }
        const isWide = this.#encoding !== 'utf-8';
        const keep = stream ? (isWide ? bytes.length % 2 : unfinished(bytes)) : 0;
        this.#left = bytes.slice(bytes.length - keep);
        bytes = bytes.subarray(0, bytes.length - keep);
        let text = isWide ? decode16(bytes, this.#encoding === 'utf-16be', this.#isFatal)
            : utf8Decode(bytes, this.#isFatal);
        if (!this.#isStarted && !this.#keepsMark && text.startsWith('\ufeff')) {
            text = text.slice(1);
        }
        this.#isStarted = stream && (this.#isStarted || text.length > 0);
        return text;
    }
}

function invalidCharacter(name) {
    const error = new Error(`${name}: the text has a character that it cannot take`);
    error.name = 'InvalidCharacterError';
    return error;
}

/* Each character of the text is a byte. */
export function btoa(text) {
    const input = String(text);
    const bytes = new Uint8Array(input.length);
    for (let i = 0; i < input.length; i++) {
        const code = input.charCodeAt(i);
        if (code > 255) {
            throw invalidCharacter('btoa');
        }
        bytes[i] = code;
    }
    return b64encode(bytes);
}

export function atob(text) {
    const digits = String(text).replace(/[\t\n\f\r ]+/g, '');
    const bare = digits.length % 4 === 0 ? digits.replace(/={1,2}$/, '') : digits;
    if (bare.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(bare)) {
        throw invalidCharacter('atob');
    }
    let result = '';
    for (const byte of new Uint8Array(b64decode(bare, 'rawstd'))) {
        result += String.fromCharCode(byte);
    }
    return result;
}
