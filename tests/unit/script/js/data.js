/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for k6/data: an array with a name.
 */
export class SharedArray extends Array {
    constructor(name, make) {
        super();
        this.push(...make());
        Object.defineProperty(this, 'name', { value: name });
    }
}
