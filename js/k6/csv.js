/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/experimental/csv: rows of a file of k6/experimental/fs, by RFC 4180 as Go reads it. parse() gives them
 * all, shared by the VUs; a Parser gives one after the other.
 */
import { SharedArray } from 'k6/data';
import { File } from 'k6/experimental/fs';
import { utf8Decode } from 'brunt:text';

const DEFAULTS = { delimiter: ',', skipFirstLine: false, fromLine: 0, toLine: Infinity, asObjects: false };

function checkOptions(options) {
    for (const key of Object.keys(options)) {
        if (!Object.hasOwn(DEFAULTS, key)) {
            throw new TypeError(`csv has no option ${key}; it has ${Object.keys(DEFAULTS).join(', ')}`);
        }
    }
    const all = { ...DEFAULTS, ...options };
    if (typeof all.delimiter !== 'string' || [...all.delimiter].length !== 1) {
        throw new TypeError('the delimiter of csv is one character');
    }
    if (all.asObjects && all.skipFirstLine) {
        throw new TypeError('csv takes the names of asObjects from the first line: it cannot be skipped as well');
    }
    return all;
}

/* Records of a text, one after the other. */
class Reader {
    #text;
    #delimiter;
    #at = 0;
    #places = new Map(); /* of what is looked for: where the next of it is */

    constructor(text, delimiter) {
        this.#text = text;
        this.#delimiter = delimiter;
    }

    /* Each place is searched once. */
    #find(wanted) {
        let place = this.#places.get(wanted) ?? -1;
        if (place < this.#at) {
            place = this.#text.indexOf(wanted, this.#at);
            place = place < 0 ? Infinity : place;
            this.#places.set(wanted, place);
        }
        return place;
    }

    #isLineEnd(at) {
        return this.#text[at] === '\n' || (this.#text[at] === '\r' && this.#text[at + 1] === '\n');
    }

    #quoted() {
        const text = this.#text;
        const start = this.#at;
        const parts = [];
        do { /* the second of two quotes begins the next part */
            const quote = text.indexOf('"', this.#at + 1);
            if (quote < 0) {
                throw new SyntaxError(`a quoted field of csv does not end: ${text.slice(start, start + 40)}`);
            }
            parts.push(text.slice(this.#at + 1, quote));
            this.#at = quote + 1;
        } while (text[this.#at] === '"');
        if (this.#at < text.length && text[this.#at] !== this.#delimiter && !this.#isLineEnd(this.#at)) {
            throw new SyntaxError(`text behind a quoted field of csv: ${text.slice(this.#at, this.#at + 40)}`);
        }
        return parts.join('"').replaceAll('\r\n', '\n');
    }

    #plain() {
        const line = this.#find('\n');
        const end = Math.min(this.#find(this.#delimiter), line, this.#text.length);
        const field = this.#text.slice(this.#at, end);
        this.#at = end;
        return end === line && field.endsWith('\r') ? field.slice(0, -1) : field;
    }

    /* Null at the end; empty lines are none. */
    next() {
        while (this.#isLineEnd(this.#at)) {
            this.#at++;
        }
        if (this.#at >= this.#text.length) {
            return null;
        }
        for (const fields = [];;) {
            fields.push(this.#text[this.#at] === '"' ? this.#quoted() : this.#plain());
            if (this.#text[this.#at] !== this.#delimiter) {
                this.#at += this.#text[this.#at] === '\r' ? 2 : 1;
                return fields;
            }
            this.#at++;
        }
    }
}

/* All rows that the options ask for. */
function* rowsOf(file, options) {
    const reader = new Reader(utf8Decode(File.bytes(file), false).replace(/^\ufeff/, ''), options.delimiter);
    let names = null;
    let width = 0;
    for (let line = 0;; line++) {
        const fields = reader.next();
        if (!fields || line > options.toLine) {
            return;
        }
        width ||= fields.length;
        if (fields.length !== width) {
            throw new SyntaxError(`record ${line + 1} of csv has ${fields.length} fields, not ${width}`);
        }
        if (options.asObjects && !names) {
            names = fields;
        } else if (line >= options.fromLine && !(line === 0 && options.skipFirstLine)) {
            yield names ? Object.fromEntries(names.map((name, i) => [name, fields[i]])) : fields;
        }
    }
}

const named = (options) => JSON.stringify(options, (key, value) => (value === Infinity ? 'all' : value));

export async function parse(file, options = {}) {
    const all = checkOptions(options);
    return new SharedArray(`k6/experimental/csv ${file.path} ${named(all)}`, () => [...rowsOf(file, all)]);
}

export class Parser {
    #rows;

    constructor(file, options = {}) {
        this.#rows = rowsOf(file, checkOptions(options));
    }

    /* { done: true } behind the last one. */
    async next() {
        const { done, value } = this.#rows.next();
        return done ? { done: true, value: undefined } : { done: false, value };
    }
}

export default { parse, Parser };
