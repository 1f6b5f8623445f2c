/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for the engine's module: a scenario that tests fill in.
 */
export default {
    scenario: { name: 'main', startTime: 0 },
    test: { options: { scenarios: {} } },
    vu: { metrics: { tags: {} } },
};
