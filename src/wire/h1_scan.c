/* SPDX-License-Identifier: Apache-2.0
 *
 * What each byte may be part of.
 */
#include "wire/h1_scan.h"

enum {
    B = H1_CLASS_VALUE,                                    /* the blank */
    V = H1_CLASS_VALUE | H1_CLASS_TARGET,                  /* visible, or above 0x7f */
    T = H1_CLASS_VALUE | H1_CLASS_TARGET | H1_CLASS_TOKEN, /* may be in a name as well */
};

/* clang-format off */
const uint8_t h1_classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 10 */
    B, T, V, T, T, T, T, T, V, V, T, T, V, T, T, V, /* 20 */
    T, T, T, T, T, T, T, T, T, T, V, V, V, V, V, V, /* 30 */
    V, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, /* 40 */
    T, T, T, T, T, T, T, T, T, T, T, V, V, V, T, T, /* 50 */
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, /* 60 */
    T, T, T, T, T, T, T, T, T, T, T, V, T, V, T, 0, /* 70 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 80 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 90 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* a0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* b0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* c0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* d0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* e0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* f0 */
};
/* clang-format on */
