/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for the engine's account of events: notes what it is asked.
 */
export const notes = [];

export function claim(stream, count, options) {
    notes.push(['claim', stream, count, options]);
    return { id: 7, stamps: Array.from({ length: count }, (_, i) => `zxstamp${i}`) };
}

export const uuids = (id) => [`uuid of ${id}`];
export const settle = (...args) => notes.push(args);
