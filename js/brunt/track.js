/* SPDX-License-Identifier: Apache-2.0
 *
 * brunt/track: events that are followed through the pipeline. What a script holds are texts: the stamp of an
 * event is put wherever the pipeline carries it to the other end. The account is the engine's:
 *
 *     brunt:track.claim(stream, count, { keys, values })     -> { id, stamps: [text, …] }
 *     brunt:track.uuids(id)                                   -> [text, …], the same identities
 *     brunt:track.settle(id, "accepted" | "refused" | "unsure", index or -1 for all)
 *
 * A request with `params.events` settles its batch by the reply (2xx accepts; 4xx but 408, and 429 and 503,
 * refuse; the rest is unsure) unless the script has done so itself.
 */
import * as native from 'brunt:track';

const BATCH_MAX = 1000000;
const OPTIONS = ['key', 'keys', 'values'];

/* Letters to change to make one word of the other, roughly: for a hint. */
function nearest(word, known) {
    const score = (one) => [...word].filter((letter) => one.includes(letter)).length - Math.abs(one.length - word.length);
    return known.reduce((best, one) => (score(one) > score(best) ? one : best));
}

function optionsOf(options, count) {
    for (const key of Object.keys(options)) {
        if (!OPTIONS.includes(key)) {
            throw new TypeError(`events() has no option "${key}"; did you mean "${nearest(key, OPTIONS)}"?`);
        }
    }
    const { key, keys, values } = options;
    for (const [name, list] of Object.entries({ keys, values })) {
        if (list !== undefined && (!Array.isArray(list) || list.length !== count)) {
            throw new TypeError(`${name} of events() must be an array of ${count}, one for each event`);
        }
    }
    return { keys: key === undefined ? keys?.map(String) : String(key), values: values?.map(String) };
}

/* An array of stamps: map() and the like give plain arrays. */
export class Batch extends Array {
    static get [Symbol.species]() {
        return Array;
    }

    /* For events(). The engine reads batchId of what stands in params.events. */
    static make(id, stamps) {
        const batch = new Batch(stamps.length);
        for (let i = 0; i < stamps.length; i++) {
            batch[i] = stamps[i];
        }
        Object.defineProperty(batch, 'batchId', { value: id });
        return batch;
    }

    /* The same identities as UUIDs, for typed columns. */
    uuids() {
        return native.uuids(this.batchId);
    }

    /* One by its index or by its stamp, several, or all. */
    #settle(verdict, which) {
        if (which === undefined) {
            native.settle(this.batchId, verdict, -1);
            return;
        }
        for (const one of Array.isArray(which) ? which : [which]) {
            const index = typeof one === 'number' ? one : this.indexOf(one);
            if (!Number.isInteger(index) || index < 0 || index >= this.length) {
                throw new RangeError(`${one} is no event of this batch of ${this.length}`);
            }
            native.settle(this.batchId, verdict, index);
        }
    }

    accept(which) {
        this.#settle('accepted', which);
    }

    refuse(which) {
        this.#settle('refused', which);
    }

    unsure(which) {
        this.#settle('unsure', which);
    }
}

/* New events of a stream; of one key each (`key` for all, `keys` one by one) where order is promised within
 * a key; `values` are texts that are to come out as they are. */
export function events(stream, count = 1, options = {}) {
    if (typeof stream !== 'string' || stream === '') {
        throw new TypeError('events() needs the name of a stream, such as "orders"');
    }
    if (!Number.isInteger(count) || count < 1 || count > BATCH_MAX) {
        throw new RangeError(`events() makes 1 to ${BATCH_MAX} at a time, not ${count}`);
    }
    const { id, stamps } = native.claim(stream, count, optionsOf(options, count));
    return Batch.make(id, stamps);
}

export default { events, Batch };
