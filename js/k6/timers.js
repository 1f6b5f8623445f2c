/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/timers: the globals of the same names.
 */
const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;

export { setTimeout, clearTimeout, setInterval, clearInterval };
export default { setTimeout, clearTimeout, setInterval, clearInterval };
