/* A test of an event pipeline: for brunt (`brunt run script.js`), and, for its load alone, for k6.
 *
 * Events go in by HTTP, each with an identity of its own; what comes out of the pipeline arrives at a sink that
 * brunt listens on; at the end every event is accounted for: delivered, late, doubled, lost.
 * Change the three places marked with (1), (2), (3).
 */
import http from 'k6/http';
import { check } from 'k6';
import { events } from './brunt.js';

/* (1) Where events go in. */
const TARGET = __ENV.TARGET || 'http://127.0.0.1:9428/events';

export const options = {
    scenarios: {
        /* 100 requests a second, whatever the answers take; each carries 10 events. */
        orders: { executor: 'constant-arrival-rate', rate: 100, timeUnit: '1s', duration: '30s',
            preAllocatedVUs: 20, maxVUs: 100 },
    },
    thresholds: {
        http_req_failed: ['rate<0.01'],
        /* Of brunt alone; k6 knows the names by brunt.js and has no values for them. */
        events_lost: ['count==0'],
        events_duplicated: ['count==0'],
        event_lag: ['p(99)<2000'],
    },
};

/* What k6 ignores. (2) Where they come out: brunt listens there, point your pipeline's webhook at it. */
export const pipeline = {
    sinks: { out: { kind: 'webhook', listen: '127.0.0.1:8080' } },
    expect: { out: { deliver: 'all', within: '60s' } },
};

export default function () {
    const batch = events('orders', 10);
    /* (3) What an event looks like; its identity may stand anywhere in it that comes out again. */
    const body = batch.map((id) => JSON.stringify({ id, kind: 'order', amount: 42 })).join('\n');
    const response = http.post(TARGET, body, {
        headers: { 'Content-Type': 'application/x-ndjson' },
        /* A 2xx accepts them, a 4xx refuses them. APIs that answer one by one: batch.accept(index). */
        events: batch,
    });
    check(response, { accepted: (r) => r.status >= 200 && r.status < 300 });
}
