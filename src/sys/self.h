/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process knows of itself.
 */
#ifndef BR_SYS_SELF_H
#define BR_SYS_SELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Resident memory now; 0 where the system does not tell. */
uint64_t self_rss_bytes(void);
/* 64 bits nobody can guess, for default seeds and run ids. */
uint64_t self_random(void);
/* The working folder, NUL-terminated; false when it does not fit or has gone. */
bool self_working_folder(char *out_path, size_t size);
/* "NAME=value" texts, NULL behind the last. */
char *const *self_environment(void);

#endif
