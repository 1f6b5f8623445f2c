/* SPDX-License-Identifier: Apache-2.0
 *
 * jslib's k6-utils against its documentation.
 */
import { equal, ok, test, throws } from 'unit';
import { checked } from 'k6';
import exec from 'k6/execution';
import {
    check, findBetween, getCurrentStageIndex, normalDistributionStages, parseDuration, randomIntBetween, randomItem,
    randomString, tagWithCurrentStageIndex, tagWithCurrentStageProfile, uuidv4,
} from 'jslib/k6-utils';

test('randomIntBetween reaches both ends and nothing else', () => {
    const seen = new Set();
    for (let i = 0; i < 1000; i++) {
        seen.add(randomIntBetween(-1, 3));
    }
    equal([...seen].sort((a, b) => a - b), [-1, 0, 1, 2, 3]);
    equal(randomIntBetween(7, 7), 7);
});

test('randomItem takes each', () => {
    const seen = new Set();
    for (let i = 0; i < 300; i++) {
        seen.add(randomItem(['a', 'b', 'c']));
    }
    equal([...seen].sort(), ['a', 'b', 'c']);
    equal(randomItem([]), undefined);
});

test('randomString has length and letters', () => {
    ok(/^[a-z]{40}$/.test(randomString(40)));
    ok(/^[xy]{40}$/.test(randomString(40, 'xy')));
    equal(randomString(0), '');
});

test('uuidv4 is one', () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    for (let i = 0; i < 100; i++) {
        ok(form.test(uuidv4()));
    }
    ok(uuidv4() !== uuidv4());
});

test('findBetween finds the first, all or none', () => {
    equal(findBetween('<b>one</b><b>two</b>', '<b>', '</b>'), 'one');
    equal(findBetween('<b>one</b><b>two</b>', '<b>', '</b>', true), ['one', 'two']);
    equal(findBetween('<b>one', '<b>', '</b>'), null);
    equal(findBetween('', 'a', 'b', true), null);
    equal(findBetween('a||b', '|', '|'), '');
});

test('normalDistributionStages is a bell', () => {
    equal(normalDistributionStages(10, 20, 5), [
        { duration: '4s', target: 1 }, { duration: '3s', target: 5 }, { duration: '3s', target: 10 },
        { duration: '3s', target: 10 }, { duration: '3s', target: 5 }, { duration: '3s', target: 1 },
        { duration: '4s', target: 0 },
    ]);
    const stages = normalDistributionStages(100, 600);
    equal(stages.length, 12);
    equal(Math.max(...stages.map((stage) => stage.target)), 100);
});

test('parseDuration reads what Go writes', () => {
    equal(parseDuration('1h30m'), 5400000);
    equal(parseDuration('10s'), 10000);
    equal(parseDuration('2d3h4m5s6ms'), 183845006);
    equal(parseDuration('100ms'), 100);
    equal(parseDuration('1m100ms'), 60100);
    throws(() => parseDuration('abc'), 'invalid time duration');
    throws(() => parseDuration(''), 'needs a text');
});

test('stages are known by the time', () => {
    exec.test.options.scenarios.main = {
        executor: 'ramping-vus',
        startVUs: 5,
        stages: [{ duration: '10s', target: 10 }, { duration: '1m', target: 10 }, { duration: '10s', target: 0 }],
    };
    for (const [age, index, profile] of [[1, 0, 'ramp-up'], [11, 1, 'steady'], [71, 2, 'ramp-down'],
        [500, 2, 'ramp-down']]) {
        exec.scenario.startTime = Date.now() - age * 1000;
        equal(getCurrentStageIndex(), index);
        tagWithCurrentStageIndex();
        tagWithCurrentStageProfile();
        equal(exec.vu.metrics.tags, { stage: String(index), stage_profile: profile });
    }
    exec.test.options.scenarios.main = { executor: 'constant-vus' };
    throws(getCurrentStageIndex, 'only ramping-vus and ramping-arrival-rate');
});

test('check waits for promises, and only then', async () => {
    checked.length = 0;
    equal(check(1, { one: (v) => v === 1, two: (v) => v === 2 }), false);
    equal(checked, [['one', true], ['two', false]]);
    checked.length = 0;
    const later = check(Promise.resolve(1), { one: (v) => v === 1, two: async (v) => v === 1 });
    equal(checked, []);
    equal(await later, true);
    equal(checked, [['one', true], ['two', true]]);
});
