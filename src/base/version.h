/* SPDX-License-Identifier: Apache-2.0
 *
 * Which brunt this is, and how it was built.
 */
#ifndef BR_BASE_VERSION_H
#define BR_BASE_VERSION_H

/* "0.1.0" */
extern const char version_text[];
/* "release, gcc 12.2.0, x86_64, lto" */
extern const char version_build[];

#endif
