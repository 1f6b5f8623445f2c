/* SPDX-License-Identifier: Apache-2.0
 *
 * What scripts import as https://jslib.k6.io/k6-utils/VERSION/index.js, written from its documentation:
 * one module for all versions, as the functions only ever grew in number.
 */
import { check as k6check, group } from 'k6';
import exec from 'k6/execution';

const SMALL_LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/* Both ends included. */
export function randomIntBetween(min, max) {
    return Math.floor(Math.random() * (max - min + 1) + min);
}

export function randomItem(array) {
    return array[Math.floor(Math.random() * array.length)];
}

export function randomString(length, charset = SMALL_LETTERS) {
    let text = '';
    for (let i = 0; i < length; i++) {
        text += charset[Math.floor(Math.random() * charset.length)];
    }
    return text;
}

/* With `secure` the digits come from the system's random numbers and not from Math.random, which
 * randomSeed makes repeatable. */
export function uuidv4(secure = false) {
    if (secure) {
        return crypto.randomUUID();
    }
    let text = '';
    for (let i = 0; i < 36; i++) {
        if (i === 8 || i === 13 || i === 18 || i === 23) {
            text += '-';
        } else if (i === 14) {
            text += '4';
        } else if (i === 19) {
            text += '89ab'[Math.floor(Math.random() * 4)];
        } else {
            text += '0123456789abcdef'[Math.floor(Math.random() * 16)];
        }
    }
    return text;
}

/* The text between the first `left` and the `right` behind it; with `repeat` all of them. Null when
 * there is none. */
export function findBetween(content, left, right, repeat = false) {
    const found = [];
    for (let at = 0;;) {
        const start = content.indexOf(left, at);
        const end = start < 0 ? -1 : content.indexOf(right, start + left.length);
        if (end < 0) {
            return found.length > 0 ? found : null;
        }
        const text = content.substring(start + left.length, end);
        if (!repeat) {
            return text;
        }
        found.push(text);
        at = end + right.length;
    }
}

/* A bell curve cut off at two standard deviations on both sides: a sixth of the time leads to its left end,
 * a sixth away from its right end, the stages between share the rest. */
export function normalDistributionStages(maxVus, durationSeconds, numberOfStages = 10) {
    const heights = [];
    for (let i = 0; i <= numberOfStages; i++) {
        const x = (4 * i) / numberOfStages - 2;
        heights.push(Math.exp((-x * x) / 2));
    }
    const peak = Math.max(...heights); /* not 1 when their number is odd */
    const edge = `${Math.ceil(durationSeconds / 6)}s`;
    const inner = `${Math.ceil((4 * durationSeconds) / (6 * numberOfStages))}s`;
    const stages = heights.map((height, i) => (
        { duration: i === 0 ? edge : inner, target: Math.round((height * maxVus) / peak) }));
    return [...stages, { duration: edge, target: 0 }];
}

const UNITS_MS = { d: 86400000, h: 3600000, m: 60000, s: 1000, ms: 1 };

/* "1h30m" in milliseconds. */
export function parseDuration(text) {
    if (text === undefined || text === null || text.length === 0) {
        throw new Error('parseDuration needs a text such as "1m30s"');
    }
    const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
    if (!parts) {
        throw new Error(`'${text}' is an invalid time duration: it would be like 1m30s, of d, h, m, s and ms`);
    }
    return ['d', 'h', 'm', 's', 'ms'].reduce((sum, unit, i) => sum + Number(parts[i + 1] || 0) * UNITS_MS[unit], 0);
}

function currentStages() {
    const scenario = exec.test.options.scenarios[exec.scenario.name];
    if (!scenario) {
        throw new Error(`the scenario ${exec.scenario.name} has no options: stages are known within iterations only`);
    }
    if (!scenario.stages || scenario.stages.length === 0) {
        throw new Error(
            `the executor ${scenario.executor} has no stages: only ramping-vus and ramping-arrival-rate have`);
    }
    return scenario;
}

/* From 0; the last one after the end, while iterations finish. */
export function getCurrentStageIndex() {
    const { stages } = currentStages();
    const elapsed = Date.now() - exec.scenario.startTime;
    let end = 0;
    for (let i = 0; i < stages.length; i++) {
        end += parseDuration(stages[i].duration);
        if (elapsed < end) {
            return i;
        }
    }
    return stages.length - 1;
}

export function tagWithCurrentStageIndex() {
    exec.vu.metrics.tags.stage = `${getCurrentStageIndex()}`;
}

/* ramp-up, steady or ramp-down. */
export function tagWithCurrentStageProfile() {
    const scenario = currentStages();
    const index = getCurrentStageIndex();
    const first = scenario.executor === 'ramping-vus' ? scenario.startVUs ?? 1 : scenario.startRate ?? 0;
    const before = index > 0 ? scenario.stages[index - 1].target : first;
    const target = scenario.stages[index].target;
    let profile = 'steady';
    if (target > before) {
        profile = 'ramp-up';
    } else if (target < before) {
        profile = 'ramp-down';
    }
    exec.vu.metrics.tags.stage_profile = profile;
}

const isPromise = (value) => typeof value?.then === 'function';

/* k6's check, and a promise of its result when the value or one of the checks is a promise. */
export function check(value, sets, tags) {
    if (isPromise(value)) {
        return value.then((known) => check(known, sets, tags));
    }
    const names = Object.keys(sets);
    const results = names.map((name) => (typeof sets[name] === 'function' ? sets[name](value) : sets[name]));
    const record = (known) =>
        k6check(value, Object.fromEntries(names.map((name, i) => [name, Boolean(known[i])])), tags);
    return results.some(isPromise) ? Promise.all(results).then(record) : record(results);
}

/* Of its first versions: a group whose exceptions make a failed check. */
export function describe(name, body) {
    let isGood = true;
    group(name, () => {
        try {
            body();
        } catch (error) {
            isGood = false;
            console.error(`exception in "${name}": ${error}`);
            k6check(null, { [`no exception in ${name}`]: () => false });
        }
    });
    return isGood;
}
