/* SPDX-License-Identifier: Apache-2.0
 *
 * TypeScript to JavaScript, line for line: types go, enums and parameter properties become code, imports
 * that only types used are left out. Nothing is checked and nothing is made older.
 */
import { transform } from 'sucrase';

export function stripTypes(source) {
    return transform(source, { transforms: ['typescript'], disableESTransforms: true }).code;
}
