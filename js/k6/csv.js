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

/* One record from `at` on: its fields and where the next begins; null at the end. */
function readRecord(text, at, delimiter) {
    while (text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n')) {
        at++; /* empty lines are none */
    }
    if (at >= text.length) {
        return null;
    }
    const fields = [];
    for (;;) {
        let field = '';
        if (text[at] === '"') {
            for (;;) {
                const quote = text.indexOf('"', at + 1);
                if (quote < 0) {
                    throw new SyntaxError(`a quoted field of csv does not end: ${text.slice(at, at + 40)}`);
                }
                field += text.slice(at + 1, quote);
                at = quote + 1;
                if (text[at] !== '"') {
                    break;
                }
                field += '"';
            }
            if (at < text.length && text[at] !== delimiter && text[at] !== '\n' &&
                !(text[at] === '\r' && text[at + 1] === '\n')) {
                throw new SyntaxError(`text behind a quoted field of csv: ${text.slice(at, at + 40)}`);
            }
        } else {
            let end = at;
            while (end < text.length && text[end] !== delimiter && text[end] !== '\n') {
                end++;
            }
            field = text.slice(at, end);
            at = end;
            if (text[at] !== delimiter && field.endsWith('\r')) {
                field = field.slice(0, -1);
            }
        }
        fields.push(field.replaceAll('\r\n', '\n'));
        if (text[at] !== delimiter) {
            return { fields, next: text[at] === '\r' ? at + 2 : at + 1 };
        }
        at++;
    }
}

/* All rows that the options ask for. */
function* rowsOf(file, options) {
    const text = utf8Decode(File.bytes(file), false).replace(/^\ufeff/, '');
    let names = null;
    let width = 0;
    for (let at = 0, line = 0;; line++) {
        const record = readRecord(text, at, options.delimiter);
        if (!record || line > options.toLine) {
            return;
        }
        at = record.next;
        width ||= record.fields.length;
        if (record.fields.length !== width) {
            throw new SyntaxError(`record ${line + 1} of csv has ${record.fields.length} fields, not ${width}`);
        }
        if (options.asObjects && !names) {
            names = record.fields;
        } else if (line >= options.fromLine && !(line === 0 && options.skipFirstLine)) {
            yield names ? Object.fromEntries(names.map((name, i) => [name, record.fields[i]])) : record.fields;
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
