/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths of GJSON on values that are parsed already: response.json(path). Names and numbers the engine walks
 * itself; here are wildcards, #, queries, pipes, modifiers and multipaths, by GJSON's syntax document.
 */

/* Index of the bracket that closes the one at `at`, or -1. Text in quotes does not count. */
function closing(text, at) {
    let depth = 0;
    for (let i = at; i < text.length; i++) {
        switch (text[i]) {
        case '\\':
            i++;
            break;
        case '"':
            for (i++; i < text.length && text[i] !== '"'; i++) {
                i += text[i] === '\\';
            }
            break;
        case '(':
        case '[':
        case '{':
            depth++;
            break;
        case ')':
        case ']':
        case '}':
            if (--depth === 0) {
                return i;
            }
        }
    }
    return -1;
}

/* Index of the first of `stops` outside of brackets that begin a part, or the length. */
function findStop(path, stops, at = 0) {
    for (let i = at; i < path.length; i++) {
        if (path[i] === '\\') {
            i++;
        } else if (stops.includes(path[i])) {
            return i;
        } else if (path[i] === '#' && (path[i + 1] === '(' || path[i + 1] === '[')) {
            const end = closing(path, i + 1);
            if (end < 0) {
                return path.length;
            }
            i = end;
        }
    }
    return path.length;
}

/* A pattern or a name: * is any text, ? one character, \ takes the next as it is. */
function matchesPattern(text, pattern) {
    const source = pattern.replace(/\\([\s\S])|[\s\S]/g, (all, escaped) => {
        if (escaped === undefined && all === '*') {
            return '[\\s\\S]*';
        }
        return escaped === undefined && all === '?' ? '[\\s\\S]'
            : (escaped ?? all).replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
    });
    return new RegExp(`^${source}$`, 'u').test(text);
}

const unescape = (name) => name.replace(/\\([\s\S])/g, '$1');

function member(value, name) {
    if (/(^|[^\\])[*?]/.test(name)) {
        const key = Object.keys(value).find((one) => matchesPattern(one, name));
        return key === undefined ? undefined : value[key];
    }
    const key = unescape(name);
    return Object.hasOwn(value, key) ? value[key] : undefined;
}

const OPERATORS = ['==', '!=', '<=', '>=', '!%', '=', '<', '>', '%'];

/* "path op value" of a query; the operator stands outside of brackets and quotes. */
function parseQuery(text) {
    for (let i = 0; i < text.length; i++) {
        if (text[i] === '\\') {
            i++;
        } else if (text[i] === '"') {
            for (i++; i < text.length && text[i] !== '"'; i++) {
                i += text[i] === '\\';
            }
        } else if ('([{'.includes(text[i])) {
            const end = closing(text, i);
            i = end < 0 ? text.length : end;
        } else {
            const operator = OPERATORS.find((one) => text.startsWith(one, i));
            if (operator) {
                return { path: text.slice(0, i).trim(), operator: operator === '=' ? '==' : operator,
                    operand: text.slice(i + operator.length).trim() };
            }
        }
    }
    return { path: text.trim(), operator: '', operand: '' };
}

function compare(left, operator, right) {
    switch (operator) {
    case '==':
        return left === right;
    case '!=':
        return left !== right;
    case '<':
        return left < right;
    case '<=':
        return left <= right;
    case '>':
        return left > right;
    default:
        return left >= right;
    }
}

function matchesQuery(element, { path, operator, operand }) {
    const value = path === '' ? element : select(element, path);
    if (value === undefined) {
        return false;
    }
    if (operator === '') {
        return true;
    }
    const isQuoted = /^"[\s\S]*"$/.test(operand) && operand.length > 1;
    const text = isQuoted ? operand.slice(1, -1).replace(/\\(["\\])/g, '$1') : operand;
    if (typeof value === 'string') {
        if (operator === '%' || operator === '!%') {
            return matchesPattern(value, text) === (operator === '%');
        }
        return compare(value, operator, text);
    }
    if (operator === '%' || operator === '!%') {
        return false;
    }
    if (typeof value === 'number') {
        return compare(value, operator, Number(text) || 0);
    }
    if (typeof value === 'boolean') {
        return compare(String(value), operator, text);
    }
    return false;
}

/* Each element's part, of those that have it; what follows a pipe is for all of them together. */
function selectEach(list, rest) {
    const pipe = findStop(rest, '|');
    const parts = list.map((element) => select(element, rest.slice(0, pipe))).filter((part) => part !== undefined);
    return pipe < rest.length ? select(parts, rest.slice(pipe + 1)) : parts;
}

function selectQuery(list, part, separator, rest) {
    const end = closing(part, 1);
    if (end < 0) {
        return undefined;
    }
    const query = parseQuery(part.slice(2, end));
    if (part[end + 1] !== '#') {
        const found = list.find((element) => matchesQuery(element, query));
        return rest === null || found === undefined ? found : select(found, rest);
    }
    const found = list.filter((element) => matchesQuery(element, query));
    if (rest === null) {
        return found;
    }
    return separator === '|' ? select(found, rest) : selectEach(found, rest);
}

function selectIn(value, part, separator, rest) {
    if (Array.isArray(value)) {
        if (part === '#') {
            return rest !== null && separator === '.' ? selectEach(value, rest)
                : rest === null ? value.length : select(value.length, rest);
        }
        if (part.startsWith('#(') || part.startsWith('#[')) {
            return selectQuery(value, part, separator, rest);
        }
        const found = /^\d+$/.test(part) ? value[Number(part)] : undefined;
        return rest === null || found === undefined ? found : select(found, rest);
    }
    const found = typeof value === 'object' && value !== null ? member(value, part) : undefined;
    return rest === null || found === undefined ? found : select(found, rest);
}

const isPlain = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const flatten = (list, isDeep) => list.flatMap((one) =>
    (Array.isArray(one) ? (isDeep ? flatten(one, true) : one) : [one]));

function group(value) {
    const rows = [];
    for (const [key, column] of Object.entries(isPlain(value) ? value : {})) {
        [column].flat().forEach((cell, i) => ((rows[i] ??= {})[key] = cell));
    }
    return rows;
}

function dig(value, path, found = []) {
    const own = select(value, path);
    if (own !== undefined) {
        found.push(own);
    }
    for (const inner of typeof value === 'object' && value !== null ? Object.values(value) : []) {
        dig(inner, path, found);
    }
    return found;
}

const parseText = (value) => {
    try {
        return JSON.parse(value);
    } catch {
        return undefined;
    }
};

const MODIFIERS = {
    this: (value) => value,
    pretty: (value) => value,
    ugly: (value) => value,
    valid: (value) => value,
    reverse: (value) => (Array.isArray(value) ? [...value].reverse()
        : isPlain(value) ? Object.fromEntries(Object.entries(value).reverse()) : value),
    flatten: (value, options) => (Array.isArray(value) ? flatten(value, options?.deep) : value),
    join: (value) => (Array.isArray(value) ? Object.assign({}, ...value.filter(isPlain)) : value),
    keys: (value) => (typeof value === 'object' && value !== null ? Object.keys(value) : []),
    values: (value) => (typeof value === 'object' && value !== null ? Object.values(value) : []),
    tostr: (value) => JSON.stringify(value),
    fromstr: (value) => (typeof value === 'string' ? parseText(value) : undefined),
    group,
    dig: (value, path) => dig(value, path),
};

/* @name, @name:argument; the argument is JSON or goes to the next pipe. */
function selectModified(value, path) {
    let end = 1;
    while (end < path.length && !'.|:'.includes(path[end])) {
        end++;
    }
    const modifier = MODIFIERS[path.slice(1, end)];
    let argument;
    if (path[end] === ':') {
        const start = end + 1;
        const bracket = '[{('.includes(path[start]) ? closing(path, start) : -1;
        end = bracket >= 0 ? bracket + 1 : findStop(path, '|', start);
        const text = path.slice(start, end);
        argument = parseText(text) ?? text;
    }
    const result = modifier && modifier(value, argument);
    return end < path.length && result !== undefined ? select(result, path.slice(end + 1)) : result;
}

function splitList(text) {
    const items = [];
    let start = 0;
    for (let i = 0; i <= text.length; i++) {
        if (i === text.length || text[i] === ',') {
            items.push(text.slice(start, i).trim());
            start = i + 1;
        } else if ('([{'.includes(text[i])) {
            const end = closing(text, i);
            i = end < 0 ? text.length - 1 : end;
        } else if (text[i] === '\\') {
            i++;
        } else if (text[i] === '"') {
            for (i++; i < text.length && text[i] !== '"'; i++) {
                i += text[i] === '\\';
            }
        }
    }
    return items.filter((item) => item !== '');
}

/* [a,b] and {a,"name":b} */
function selectMany(value, path) {
    const end = closing(path, 0);
    if (end < 0) {
        return undefined;
    }
    const items = splitList(path.slice(1, end));
    let result;
    if (path[0] === '[') {
        result = items.map((item) => select(value, item)).filter((part) => part !== undefined);
    } else {
        result = {};
        for (const item of items) {
            const [, name, inner] = /^("(?:[^"\\]|\\.)*"):([\s\S]*)$/.exec(item) ?? [];
            const part = select(value, inner ?? item);
            if (part !== undefined) {
                result[name ? JSON.parse(name) : unescape(item.slice(item.search(/[^.|]*$/)))] = part;
            }
        }
    }
    return end + 1 < path.length ? select(result, path.slice(end + 2)) : result;
}

/* Undefined when there is nothing at that place. */
export function select(value, path) {
    if (path === '') {
        return value;
    }
    if (path[0] === '@' && Object.hasOwn(MODIFIERS, /^@([a-z]*)/.exec(path)[1])) {
        return selectModified(value, path);
    }
    if (path[0] === '[' || path[0] === '{') {
        return selectMany(value, path);
    }
    if (path[0] === '!') {
        const end = findStop(path, '.|');
        const literal = parseText(path.slice(1, end));
        return end < path.length && literal !== undefined ? select(literal, path.slice(end + 1)) : literal;
    }
    const end = findStop(path, '.|');
    return selectIn(value, path.slice(0, end), path[end], end < path.length ? path.slice(end + 1) : null);
}
