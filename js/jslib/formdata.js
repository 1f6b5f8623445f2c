/* SPDX-License-Identifier: Apache-2.0
 *
 * FormData, what scripts import as https://jslib.k6.io/formdata/VERSION/index.js: a multipart body with
 * several values under one name, files of k6/http among them.
 *
 *     fd.append('file', http.file(open('a.png', 'b'), 'a.png', 'image/png'));
 *     http.post(url, fd.body(), { headers: { 'Content-Type': 'multipart/form-data; boundary=' + fd.boundary } });
 */
import { utf8Encode } from 'brunt:text';

const quote = (text) => text.replace(/\r\n|\r|\n/g, '%0D%0A').replace(/"/g, '%22');

const bytesOf = (data) => {
    if (typeof data === 'string') {
        return utf8Encode(data);
    }
    return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array(data);
};

/* http.file() makes { data, filename, content_type }. */
const isFile = (value) => typeof value === 'object' && value !== null && 'data' in value;
const isBytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

export class FormData {
    #parts = [];

    constructor() {
        this.boundary = `----BruntFormBoundary${Array.from({ length: 24 },
            () => 'abcdefghijklmnopqrstuvwxyz0123456789'[Math.floor(Math.random() * 36)]).join('')}`;
    }

    append(name, value, filename) {
        this.#parts.push({ name: String(name), value, filename });
    }

    #headOf({ name, value, filename }) {
        let head = `--${this.boundary}\r\nContent-Disposition: form-data; name="${quote(name)}"`;
        const file = filename ?? (isFile(value) ? value.filename : undefined);
        if (file !== undefined) {
            head += `; filename="${quote(String(file))}"`;
        } else if (isBytes(value)) {
            head += '; filename="blob"';
        }
        if (isFile(value) || isBytes(value)) {
            head += `\r\nContent-Type: ${value.content_type || 'application/octet-stream'}`;
        }
        return `${head}\r\n\r\n`;
    }

    /* An ArrayBuffer. */
    body() {
        const pieces = [];
        for (const part of this.#parts) {
            const { value } = part;
            const isData = isFile(value) || isBytes(value);
            pieces.push(utf8Encode(this.#headOf(part)),
                isData ? bytesOf(isFile(value) ? value.data : value) : utf8Encode(String(value)), utf8Encode('\r\n'));
        }
        pieces.push(utf8Encode(`--${this.boundary}--\r\n`));
        const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
        let at = 0;
        for (const piece of pieces) {
            whole.set(piece, at);
            at += piece.length;
        }
        return whole.buffer;
    }

    contentType() {
        return `multipart/form-data; boundary=${this.boundary}`;
    }
}

export default FormData;
