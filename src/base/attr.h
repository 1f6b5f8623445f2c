/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiler attributes under names of our own: the only place where we lean on GNU extensions.
 */
#ifndef BR_BASE_ATTR_H
#define BR_BASE_ATTR_H

/* The result must be looked at; a deliberately ignored one is cast to (void). */
#define BR_NODISCARD __attribute__((warn_unused_result))
/* fmt and args are the 1-based positions of a printf format and of its first argument. */
#define BR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define BR_COLD __attribute__((cold))
#define BR_NORETURN __attribute__((noreturn))
#define BR_UNUSED __attribute__((unused))
#define BR_NOINLINE __attribute__((noinline))
#define BR_ALIGNED(n) __attribute__((aligned(n)))

#define BR_LIKELY(cond) __builtin_expect(!!(cond), 1)
#define BR_UNLIKELY(cond) __builtin_expect(!!(cond), 0)

/* Products of two 64-bit numbers. */
__extension__ typedef unsigned __int128 br_u128;

/* Number of elements of an array (not of a pointer). */
#define BR_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The object of `type` whose `member` is at `ptr`. */
#define BR_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
