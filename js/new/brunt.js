/* brunt's shim: lets a script that follows events run in k6 as well.
 * SPDX-License-Identifier: Apache-2.0
 *
 * brunt puts its own module in the place of this file; k6 cannot resolve that one, and reads this instead. Keep
 * it beside your script. In k6 events get identities of their own, unique but followed by nobody, and the metrics
 * of events exist, so that thresholds on them parse; only those of what is sent are ever filled.
 */
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';

const DIGITS = '0123456789abcdefghijklmnopqrstuv';
const STAMP_SIZE = 26;

const sent = new Counter('events_sent');
const accepted = new Counter('events_accepted');
const refused = new Counter('events_refused');
for (const name of ['delivered', 'lost', 'late', 'duplicated', 'reordered', 'damaged', 'stuck', 'foreign']) {
    new Counter(`events_${name}`);
}
for (const name of ['event_lag', 'event_lag_sent', 'event_lag_accepted']) {
    new Trend(name, true);
}

const run = Array.from({ length: 6 }, () => DIGITS[Math.floor(Math.random() * 32)]).join('');
let made = 0;

function digits(value, size) {
    let text = '';
    for (let rest = value; text.length < size; rest = Math.floor(rest / 32)) {
        text = DIGITS[rest % 32] + text;
    }
    return text;
}

/* As long and of the same letters as brunt's, but for the first two: nobody takes them for brunt's. */
function stamp() {
    return `zk${run}${digits(exec.vu.idInTest, 5)}${digits(made++, 7)}${run}`.slice(0, STAMP_SIZE);
}

const uuid = () => 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () =>
    Math.floor(Math.random() * 16).toString(16));

const settle = (metric) => function settleSome(which) {
    metric.add(which === undefined ? this.length : [which].flat().length);
};

export function events(stream, count = 1) {
    const batch = Array.from({ length: count }, stamp);
    sent.add(count, { stream });
    const methods = {
        uuids: () => batch.map(uuid),
        accept: settle(accepted),
        refuse: settle(refused),
        unsure: () => undefined,
    };
    for (const name of Object.keys(methods)) {
        Object.defineProperty(batch, name, { value: methods[name], enumerable: false });
    }
    return batch;
}

export default { events };
