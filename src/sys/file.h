/* SPDX-License-Identifier: Apache-2.0
 *
 * Files.
 */
#ifndef BR_SYS_FILE_H
#define BR_SYS_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* The first size - 1 bytes of a small file of the system (/proc, /sys), NUL-terminated; their
 * number, or -1 with errno. */
ssize_t file_read_small(const char *path, char *room, size_t size);

#endif
