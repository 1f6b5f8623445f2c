/* SPDX-License-Identifier: Apache-2.0
 *
 * brunt/track over an engine that is played, and the shim that does its part in k6.
 */
import { equal, ok, test, throws } from 'unit';
import { metrics } from 'k6/metrics';
import exec from 'k6/execution';
import { notes } from 'brunt:track';
import { events } from 'brunt/track';
import * as shim from 'brunt.js';

test('events are texts in an array', () => {
    notes.length = 0;
    const batch = events('orders', 3);
    equal(notes, [['claim', 'orders', 3, { keys: undefined, values: undefined }]]);
    equal([...batch], ['zxstamp0', 'zxstamp1', 'zxstamp2']);
    equal(batch.map((id) => `<${id}>`).join(), '<zxstamp0>,<zxstamp1>,<zxstamp2>');
    ok(Object.getPrototypeOf(batch.map(String)) === Array.prototype);
    equal(JSON.stringify({ batch }), '{"batch":["zxstamp0","zxstamp1","zxstamp2"]}');
    equal(batch.batchId, 7);
    equal(batch.uuids(), ['uuid of 7']);
    equal(events('one').length, 1);
    equal(events('one', 2)[1], 'zxstamp1');
});

test('events are settled one by one, several, or all', () => {
    const batch = events('orders', 3);
    notes.length = 0;
    batch.accept();
    batch.accept(1);
    batch.refuse('zxstamp2');
    batch.unsure([0, 'zxstamp1']);
    equal(notes, [[7, 'accepted', -1], [7, 'accepted', 1], [7, 'refused', 2], [7, 'unsure', 0], [7, 'unsure', 1]]);
    throws(() => batch.accept(3), '3 is no event of this batch of 3');
    throws(() => batch.accept('other'), 'no event of this batch');
    throws(() => batch.refuse(-1), 'no event');
});

test('keys and values go along', () => {
    notes.length = 0;
    events('orders', 2, { keys: ['a', 5], values: ['x', 'y'] });
    events('orders', 2, { key: 'all' });
    equal(notes, [['claim', 'orders', 2, { keys: ['a', '5'], values: ['x', 'y'] }],
        ['claim', 'orders', 2, { keys: 'all', values: undefined }]]);
});

test('wrong calls are told', () => {
    throws(() => events(), 'needs the name of a stream');
    throws(() => events('', 1), 'needs the name of a stream');
    throws(() => events('a', 0), '1 to 1000000 at a time, not 0');
    throws(() => events('a', 1.5), 'not 1.5');
    throws(() => events('a', 2, { keyz: [] }), 'did you mean "key');
    throws(() => events('a', 2, { keys: ['x'] }), 'keys of events() must be an array of 2');
});

test('the shim makes unique identities of the same form', () => {
    exec.vu.idInTest = 12345;
    const seen = new Set();
    for (let i = 0; i < 50; i++) {
        for (const id of shim.events('orders', 20)) {
            ok(/^zk[0-9a-v]{24}$/.test(id), id);
            seen.add(id);
        }
    }
    equal(seen.size, 1000);
    equal(metrics.events_sent.added[0], [20, { stream: 'orders' }]);
});

test('the shim has the metrics and the methods', () => {
    for (const name of ['sent', 'accepted', 'delivered', 'lost', 'late', 'duplicated', 'reordered', 'damaged', 'stuck',
        'foreign']) {
        ok(metrics[`events_${name}`], name);
    }
    ok(metrics.event_lag.isTime);
    const batch = shim.events('orders', 4);
    batch.accept();
    batch.accept([0, 1]);
    batch.refuse(2);
    batch.unsure();
    equal(metrics.events_accepted.added, [[4, undefined], [2, undefined]]);
    equal(metrics.events_refused.added, [[1, undefined]]);
    ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(batch.uuids()[3]));
    equal(JSON.stringify(Object.keys(batch)), '["0","1","2","3"]');
});
