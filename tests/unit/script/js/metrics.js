/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for k6/metrics: metrics by name, with what was added.
 */
export const metrics = {};

export class Counter {
    constructor(name, isTime) {
        metrics[name] = { isTime, added: [] };
        this.name = name;
    }

    add(value, tags) {
        metrics[this.name].added.push([value, tags]);
    }
}

export class Trend extends Counter {}
