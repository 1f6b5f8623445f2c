/* SPDX-License-Identifier: Apache-2.0
 *
 * The few fields that the codec itself must understand.
 */
#ifndef BR_WIRE_H1_FIELD_H
#define BR_WIRE_H1_FIELD_H

#include "wire/h1.h"

enum h1_flag {
    H1_FLAG_LENGTH = 1 << 0,
    H1_FLAG_CODING = 1 << 1,       /* Transfer-Encoding was there */
    H1_FLAG_CHUNKED = 1 << 2,      /* and its last coding is chunked */
    H1_FLAG_OTHER_CODING = 1 << 3, /* and it names another one */
    H1_FLAG_CLOSE = 1 << 4,
    H1_FLAG_KEEP_ALIVE = 1 << 5,
    H1_FLAG_CONTINUE = 1 << 6,
    H1_FLAG_HOST = 1 << 7,
    H1_FLAG_HOSTS = 1 << 8, /* more than one */
};

/* The lengths of their names, a bit each: most fields are told apart by that. */
enum {
    H1_LEN_HOST = 4,
    H1_LEN_EXPECT = 6,
    H1_LEN_CONNECTION = 10,
    H1_LEN_CONTENT_LENGTH = 14,
    H1_LEN_TRANSFER_ENCODING = 17,
    H1_FIELD_LENGTHS_RESPONSE =
        1 << H1_LEN_CONNECTION | 1 << H1_LEN_CONTENT_LENGTH | 1 << H1_LEN_TRANSFER_ENCODING,
    H1_FIELD_LENGTHS_REQUEST = H1_FIELD_LENGTHS_RESPONSE | 1 << H1_LEN_HOST | 1 << H1_LEN_EXPECT,
};

/* Notes what a field says, if it is one of them; false when it is and says nonsense. The name holds
 * token characters only, the value no control characters but tabs. */
BR_NODISCARD bool h1_field_learn(struct h1_scan *scan, struct bytes name, struct bytes value);

#endif
