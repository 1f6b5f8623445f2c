/* SPDX-License-Identifier: Apache-2.0
 *
 * URL and URLSearchParams, written from the URL standard: what scripts import as
 * https://jslib.k6.io/url/VERSION/index.js. Names of hosts stay as they are written but for their case;
 * those with letters beyond ASCII are refused, as there is no Punycode here.
 */
import { utf8Decode, utf8Encode } from 'brunt:text';

const SPECIAL_PORTS = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443, 'ftp:': 21, 'file:': null };

const isSpecial = (protocol) => Object.hasOwn(SPECIAL_PORTS, protocol);

/* What is written as %XX, beside control characters and all beyond ASCII. */
const FRAGMENT = new Set(' "<>`');
const QUERY = new Set(' "#<>');
const SPECIAL_QUERY = new Set([...QUERY, "'"]);
const PATH = new Set([...QUERY, '?', '^', '`', '{', '}']);
const USER = new Set([...PATH, '/', ':', ';', '=', '@', '[', '\\', ']', '|']);

const hex = (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

function encode(text, set) {
    let result = '';
    for (const character of text) {
        if (character <= '\x1f' || character > '~' || set.has(character)) {
            for (const byte of utf8Encode(character)) {
                result += hex(byte);
            }
        } else {
            result += character;
        }
    }
    return result;
}

function decode(text) {
    if (!text.includes('%')) {
        return text;
    }
    const bytes = utf8Encode(text);
    const result = new Uint8Array(bytes.length);
    let size = 0;
    for (let i = 0; i < bytes.length; i++) {
        const digits = bytes[i] === 0x25 && i + 2 < bytes.length
            ? String.fromCharCode(bytes[i + 1], bytes[i + 2]) : '';
        if (/^[0-9A-Fa-f]{2}$/.test(digits)) {
            result[size++] = parseInt(digits, 16);
            i += 2;
        } else {
            result[size++] = bytes[i];
        }
    }
    return utf8Decode(result.subarray(0, size), false);
}

class Wrong extends TypeError {}

function ipv4Number(part) {
    if (/^0[xX][0-9A-Fa-f]*$/.test(part)) {
        return part.length === 2 ? 0 : parseInt(part.slice(2), 16);
    }
    if (/^0[0-7]*$/.test(part)) {
        return parseInt(part, 8);
    }
    return /^[0-9]+$/.test(part) && part[0] !== '0' ? parseInt(part, 10) : NaN;
}

/* The host when its last part is a number, else null. */
function parseIpv4(host) {
    const parts = host.split('.');
    if (parts.at(-1) === '' && parts.length > 1) {
        parts.pop();
    }
    if (!/^([0-9]+|0[xX][0-9A-Fa-f]*)$/.test(parts.at(-1))) {
        return null;
    }
    const numbers = parts.map(ipv4Number);
    const last = numbers.pop();
    if (parts.length > 4 || Number.isNaN(last) || numbers.some((number) => !(number <= 255)) ||
        last >= 256 ** (4 - numbers.length)) {
        throw new Wrong(`${host} is no IPv4 address`);
    }
    const value = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last);
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function ipv6Pieces(text, host) {
    const wrong = () => new Wrong(`[${host}] is no IPv6 address`);
    const pieces = [];
    for (const part of text === '' ? [] : text.split(':')) {
        if (/^[0-9A-Fa-f]{1,4}$/.test(part)) {
            pieces.push(parseInt(part, 16));
        } else if (/^\d{1,3}(\.\d{1,3}){3}$/.test(part)) {
            const bytes = part.split('.').map(Number);
            if (bytes.some((byte) => byte > 255)) {
                throw wrong();
            }
            pieces.push(bytes[0] * 256 + bytes[1], bytes[2] * 256 + bytes[3]);
        } else {
            throw wrong();
        }
    }
    return pieces;
}

function parseIpv6(host) {
    const halves = host.split('::');
    const head = ipv6Pieces(halves[0], host);
    const tail = halves.length > 1 ? ipv6Pieces(halves[1], host) : [];
    const missing = 8 - head.length - tail.length;
    if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) {
        throw new Wrong(`[${host}] is no IPv6 address`);
    }
    const pieces = [...head, ...new Array(missing).fill(0), ...tail];
    const runs = pieces.map((piece, i) => {
        let size = 0;
        while (pieces[i + size] === 0) {
            size++;
        }
        return size;
    });
    const longest = Math.max(...runs);
    if (longest < 2) {
        return `[${pieces.map((piece) => piece.toString(16)).join(':')}]`;
    }
    const at = runs.indexOf(longest);
    const write = (part) => part.map((piece) => piece.toString(16)).join(':');
    return `[${write(pieces.slice(0, at))}::${write(pieces.slice(at + longest))}]`;
}

function parseHost(text, special) {
    if (text.startsWith('[')) {
        if (!text.endsWith(']')) {
            throw new Wrong(`${text}: the address does not end`);
        }
        return parseIpv6(text.slice(1, -1));
    }
    if (!special) {
        if (/[\0\t\n\r #/:<>?@[\\\]^|]/.test(text)) {
            throw new Wrong(`${text} is no host`);
        }
        return encode(text, new Set());
    }
    const host = decode(text).toLowerCase();
    if (host === '' || /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/.test(host)) {
        throw new Wrong(`"${host}" is no host`);
    }
    if (/[^\0-\x7f]/.test(host)) {
        throw new Wrong(`${host}: letters beyond ASCII would have to be written in Punycode`);
    }
    return parseIpv4(host) ?? host;
}

function parsePort(text, protocol) {
    if (text === '') {
        return '';
    }
    if (!/^\d+$/.test(text) || Number(text) > 65535) {
        throw new Wrong(`"${text}" is no port`);
    }
    return Number(text) === SPECIAL_PORTS[protocol] ? '' : String(Number(text));
}

/* Adds a path to the parts of another. */
function resolvePath(base, text, special) {
    const parts = [...base];
    const given = text.split(special ? /[/\\]/ : '/');
    given.forEach((part, i) => {
        const isLast = i === given.length - 1;
        const plain = part.replace(/%2e/gi, '.');
        if (plain === '..') {
            parts.pop();
        } else if (plain !== '.') {
            parts.push(encode(part, PATH));
            return;
        }
        if (isLast) {
            parts.push('');
        }
    });
    return parts;
}

function parseAuthority(record, text, special) {
    const at = text.lastIndexOf('@');
    if (at >= 0) {
        const user = text.slice(0, at);
        const colon = user.indexOf(':');
        record.username = encode(colon < 0 ? user : user.slice(0, colon), USER);
        record.password = colon < 0 ? '' : encode(user.slice(colon + 1), USER);
    }
    const place = text.slice(at + 1);
    const colon = /:[^\]]*$/.exec(place)?.index ?? -1;
    const host = colon < 0 ? place : place.slice(0, colon);
    if (host === '' && (special || colon >= 0 || at >= 0) && record.protocol !== 'file:') {
        throw new Wrong('there is no host');
    }
    record.host = host === '' ? '' : parseHost(host, special);
    record.port = colon < 0 ? '' : parsePort(place.slice(colon + 1), record.protocol);
    if (record.protocol === 'file:' && record.host === 'localhost') {
        record.host = '';
    }
}

const EMPTY = { username: '', password: '', host: null, port: '', opaque: null, path: [], query: null, hash: null };

/* Query and fragment off the end; the rest is returned. */
function cutEnd(record, text) {
    const hash = text.indexOf('#');
    if (hash >= 0) {
        record.hash = encode(text.slice(hash + 1), FRAGMENT);
        text = text.slice(0, hash);
    }
    const query = text.indexOf('?');
    if (query >= 0) {
        record.query = encode(text.slice(query + 1), isSpecial(record.protocol) ? SPECIAL_QUERY : QUERY);
        text = text.slice(0, query);
    }
    return text;
}

function parseAbsolute(protocol, rest) {
    const record = { ...EMPTY, protocol };
    const special = isSpecial(protocol);
    let text = cutEnd(record, rest);
    if (special && protocol !== 'file:') {
        text = `//${text.replace(/^[/\\]+/, '')}`;
    } else if (special) {
        text = text.replace(/\\/g, '/');
        text = text.startsWith('//') ? text : `///${text.replace(/^\//, '')}`;
    }
    if (text.startsWith('//')) {
        const place = text.slice(2);
        const end = place.search(special ? /[/\\]/ : /\//);
        parseAuthority(record, end < 0 ? place : place.slice(0, end), special);
        const path = end < 0 ? '' : place.slice(end + 1);
        record.path = end < 0 && !special ? [] : resolvePath([], path, special);
    } else if (text.startsWith('/')) {
        record.path = resolvePath([], text.slice(1), special);
    } else {
        record.opaque = encode(text, new Set());
    }
    return record;
}

function parseRelative(base, input) {
    const record = { ...base, hash: null };
    const special = isSpecial(base.protocol);
    if (base.opaque !== null) {
        if (!input.startsWith('#')) {
            throw new Wrong(`${base.protocol} has no path to be relative to`);
        }
        cutEnd(record, input);
        return record;
    }
    const text = special ? input.replace(/^[^?#]*/, (path) => path.replace(/\\/g, '/')) : input;
    if (text.startsWith('//')) {
        return parseAbsolute(base.protocol, text);
    }
    if (!text.startsWith('#')) {
        record.query = null;
    }
    const path = cutEnd(record, text);
    if (path.startsWith('/')) {
        record.path = resolvePath([], path.slice(1), special);
    } else if (path !== '') {
        record.path = resolvePath(base.path.slice(0, -1), path, special);
        record.query = record.query ?? null;
    } else if (!text.startsWith('#') && !text.startsWith('?') && text === '') {
        record.query = base.query;
    }
    return record;
}

function parse(input, base) {
    const text = String(input).replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '').toWellFormed();
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*:)/.exec(text);
    if (!scheme) {
        if (!base) {
            throw new Wrong('it is relative, and there is no base');
        }
        return parseRelative(base, text);
    }
    const protocol = scheme[1].toLowerCase();
    const rest = text.slice(protocol.length);
    if (base && base.protocol === protocol && isSpecial(protocol) && !/^[/\\]/.test(rest)) {
        return parseRelative(base, rest);
    }
    return parseAbsolute(protocol, rest);
}

const pathOf = (record) => record.opaque ?? (record.path.length === 0 ? '' : `/${record.path.join('/')}`);

function write(record) {
    let text = record.protocol;
    if (record.host !== null) {
        text += '//';
        if (record.username !== '' || record.password !== '') {
            text += `${record.username}${record.password === '' ? '' : `:${record.password}`}@`;
        }
        text += record.host + (record.port === '' ? '' : `:${record.port}`);
    } else if (record.opaque === null && record.path.length > 1 && record.path[0] === '') {
        text += '/.';
    }
    return text + pathOf(record) + (record.query === null ? '' : `?${record.query}`) +
        (record.hash === null ? '' : `#${record.hash}`);
}

const formEncode = (text) => encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, (character) => hex(character.charCodeAt(0))).replace(/%20/g, '+');
const formDecode = (text) => decode(text.replace(/\+/g, ' '));

export class URLSearchParams {
    #pairs = [];
    #changed = () => {};

    constructor(init = '') {
        if (typeof init === 'object' && init !== null && typeof init[Symbol.iterator] === 'function') {
            for (const pair of init) {
                const [name, value, ...more] = pair;
                if (value === undefined || more.length > 0) {
                    throw new TypeError('URLSearchParams takes pairs of a name and a value');
                }
                this.#pairs.push([String(name), String(value)]);
            }
        } else if (typeof init === 'object' && init !== null) {
            this.#pairs = Object.entries(init).map(([name, value]) => [name, String(value)]);
        } else {
            this.#read(String(init).replace(/^\?/, ''));
        }
    }

    #read(query) {
        this.#pairs = query.split('&').filter((part) => part !== '').map((part) => {
            const equals = part.indexOf('=');
            return equals < 0 ? [formDecode(part), '']
                : [formDecode(part.slice(0, equals)), formDecode(part.slice(equals + 1))];
        });
    }

    /* For URL: the two change each other. */
    static bind(params, query, changed) {
        params.#read(query);
        params.#changed = changed;
    }

    append(name, value) {
        this.#pairs.push([String(name), String(value)]);
        this.#changed();
    }

    delete(name, value) {
        this.#pairs = this.#pairs.filter((pair) =>
            pair[0] !== String(name) || (value !== undefined && pair[1] !== String(value)));
        this.#changed();
    }

    get(name) {
        return this.#pairs.find((pair) => pair[0] === String(name))?.[1] ?? null;
    }

    getAll(name) {
        return this.#pairs.filter((pair) => pair[0] === String(name)).map((pair) => pair[1]);
    }

    has(name, value) {
        return this.#pairs.some((pair) => pair[0] === String(name) &&
            (value === undefined || pair[1] === String(value)));
    }

    set(name, value) {
        const first = this.#pairs.find((pair) => pair[0] === String(name));
        if (!first) {
            this.append(name, value);
            return;
        }
        first[1] = String(value);
        this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== String(name));
        this.#changed();
    }

    sort() {
        this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : Number(a[0] > b[0])));
        this.#changed();
    }

    forEach(body, self) {
        for (const [name, value] of this) {
            body.call(self, value, name, this);
        }
    }

    *entries() {
        for (let i = 0; i < this.#pairs.length; i++) {
            yield [...this.#pairs[i]];
        }
    }

    *keys() {
        for (const [name] of this) {
            yield name;
        }
    }

    *values() {
        for (const [, value] of this) {
            yield value;
        }
    }

    [Symbol.iterator]() {
        return this.entries();
    }

    get size() {
        return this.#pairs.length;
    }

    toString() {
        return this.#pairs.map((pair) => pair.map(formEncode).join('=')).join('&');
    }
}

export class URL {
    #record;
    #params = new URLSearchParams();

    constructor(input, base) {
        try {
            this.#record = parse(input, base === undefined ? undefined : parse(base));
        } catch (error) {
            if (error instanceof Wrong) {
                throw new TypeError(`Invalid URL: ${String(input)}: ${error.message}`);
            }
            throw error;
        }
        this.#bind();
    }

    static canParse(input, base) {
        try {
            return Boolean(new URL(input, base));
        } catch {
            return false;
        }
    }

    #bind() {
        URLSearchParams.bind(this.#params, this.#record.query ?? '', () => {
            this.#record.query = String(this.#params) || null;
        });
    }

    /* A setter with a value that does not fit changes nothing. */
    #change(body) {
        const before = { ...this.#record };
        try {
            body(this.#record);
        } catch (error) {
            this.#record = before;
            if (!(error instanceof Wrong)) {
                throw error;
            }
        }
    }

    get href() {
        return write(this.#record);
    }

    set href(value) {
        this.#record = parse(value);
        this.#bind();
    }

    get origin() {
        const { protocol } = this.#record;
        return isSpecial(protocol) && protocol !== 'file:' ? `${protocol}//${this.host}` : 'null';
    }

    get protocol() {
        return this.#record.protocol;
    }

    set protocol(value) {
        this.#change((record) => {
            const scheme = /^[A-Za-z][A-Za-z0-9+.-]*/.exec(String(value));
            const protocol = scheme && `${scheme[0].toLowerCase()}:`;
            if (protocol && isSpecial(protocol) === isSpecial(record.protocol)) {
                record.protocol = protocol;
                record.port = parsePort(record.port, protocol);
            }
        });
    }

    get username() {
        return this.#record.username;
    }

    set username(value) {
        this.#record.username = this.#record.host ? encode(String(value), USER) : '';
    }

    get password() {
        return this.#record.password;
    }

    set password(value) {
        this.#record.password = this.#record.host ? encode(String(value), USER) : '';
    }

    get host() {
        const { host, port } = this.#record;
        return (host ?? '') + (port === '' ? '' : `:${port}`);
    }

    set host(value) {
        this.#change((record) => {
            const { username, password, port } = record;
            const place = String(value).split(/[/\\?#]/)[0];
            parseAuthority(record, place, isSpecial(record.protocol));
            Object.assign(record, { username, password, port: /:\d+$/.test(place) ? record.port : port });
        });
    }

    get hostname() {
        return this.#record.host ?? '';
    }

    set hostname(value) {
        this.#change((record) => {
            record.host = parseHost(String(value).split(/[/\\?#]/)[0], isSpecial(record.protocol));
        });
    }

    get port() {
        return this.#record.port;
    }

    set port(value) {
        this.#change((record) => {
            const digits = /^\d*/.exec(String(value))[0];
            if (digits !== '' || String(value) === '') {
                record.port = parsePort(digits, record.protocol);
            }
        });
    }

    get pathname() {
        return pathOf(this.#record);
    }

    set pathname(value) {
        if (this.#record.opaque === null) {
            this.#record.path = resolvePath([], String(value).replace(/^[/\\]/, '').replace(/[?#]/g, encodeURIComponent),
                isSpecial(this.#record.protocol));
        }
    }

    get search() {
        return this.#record.query ? `?${this.#record.query}` : '';
    }

    set search(value) {
        const query = String(value).replace(/^\?/, '');
        this.#record.query = query === '' ? null
            : encode(query, isSpecial(this.#record.protocol) ? SPECIAL_QUERY : QUERY).replace(/#/g, '%23');
        this.#bind();
    }

    get searchParams() {
        return this.#params;
    }

    get hash() {
        return this.#record.hash ? `#${this.#record.hash}` : '';
    }

    set hash(value) {
        const hash = String(value).replace(/^#/, '');
        this.#record.hash = hash === '' ? null : encode(hash, FRAGMENT);
    }

    toString() {
        return this.href;
    }

    toJSON() {
        return this.href;
    }
}

export default { URL, URLSearchParams };
