/* SPDX-License-Identifier: Apache-2.0
 *
 * k6/experimental/webcrypto, as it was before `crypto` became a global.
 */
const { crypto } = globalThis;

export { crypto };
export default { crypto };
