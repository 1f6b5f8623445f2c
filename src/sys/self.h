/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process knows of itself.
 */
#ifndef BR_SYS_SELF_H
#define BR_SYS_SELF_H

#include <stdint.h>

/* Resident memory now; 0 where the system does not tell. */
uint64_t self_rss_bytes(void);
/* 64 bits nobody can guess, for default seeds and run ids. */
uint64_t self_random(void);

#endif
