/* SPDX-License-Identifier: Apache-2.0
 *
 * The CSV reader that scripts import as https://jslib.k6.io/papaparse/5.1.1/index.js.
 */
import papaparse from 'papaparse';

export default papaparse;
export const { parse, unparse } = papaparse;
