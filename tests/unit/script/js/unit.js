/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame of tests in JavaScript, as small as tests/unit/unit.h: a test is a function (or an async one),
 * a failed check throws. `report` is the program's (script_js_test.c).
 */
const tests = [];

export function test(name, body) {
    tests.push({ name, body });
}

function show(value) {
    if (value instanceof ArrayBuffer) {
        return `bytes[${new Uint8Array(value)}]`;
    }
    if (ArrayBuffer.isView(value)) {
        return `${value.constructor.name}[${Array.from(value)}]`;
    }
    if (typeof value === 'string') {
        return JSON.stringify(value);
    }
    if (Array.isArray(value)) {
        return `[${value.map(show).join(', ')}]`;
    }
    if (value instanceof Error) {
        return `${value}`;
    }
    if (typeof value === 'object' && value !== null) {
        return `{${Object.entries(value).map(([key, inner]) => `${key}: ${show(inner)}`).join(', ')}}`;
    }
    return Object.is(value, -0) ? '-0' : String(value);
}

/* Same type, same content; keys of objects in the same order. */
export function equal(got, want) {
    if (show(got) !== show(want)) {
        throw new Error(`got ${show(got)}, not ${show(want)}`);
    }
}

export function ok(value, what = 'it') {
    if (!value) {
        throw new Error(`${what} does not hold`);
    }
}

/* The text must be in the error's. */
export function throws(body, text) {
    try {
        body();
    } catch (error) {
        ok(String(error).includes(text), `"${text}" in "${error}"`);
        return;
    }
    throw new Error(`nothing was thrown; wanted: ${text}`);
}

export async function rejects(promise, text) {
    try {
        await promise;
    } catch (error) {
        ok(String(error).includes(text), `"${text}" in "${error}"`);
        return;
    }
    throw new Error(`nothing was thrown; wanted: ${text}`);
}

export async function run() {
    for (const { name, body } of tests) {
        try {
            await body();
            report(name, '');
        } catch (error) {
            report(name, `${error}\n${error?.stack}`);
        }
    }
}
