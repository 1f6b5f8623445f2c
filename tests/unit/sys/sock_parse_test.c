/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses as people write them.
 */
#include "sys/sock.h"
#include "unit.h"

struct row {
    const char *text;
    const char *again;   /* as it is written back; NULL: refused */
    const char *message; /* part of the sentence */
};

static const struct row rows[] = {
    {"127.0.0.1:8000", "127.0.0.1:8000", NULL},
    {"127.0.0.1:0", "127.0.0.1:0", NULL},
    {":8000", "0.0.0.0:8000", NULL},
    {"localhost:65535", "127.0.0.1:65535", NULL},
    {"[::1]:8000", "[::1]:8000", NULL},
    {"[::]:0", "[::]:0", NULL},
    {"unix:/run/app.sock", "unix:/run/app.sock", NULL},
    {"unix:@name", "unix:@name", NULL},
    {"", NULL, "has no port"},
    {"8000", NULL, "has no port"},
    {"127.0.0.1", NULL, "has no port"},
    {"[::1]", NULL, "has no port"},
    {"127.0.0.1:", NULL, "no number up to 65535"},
    {"127.0.0.1:65536", NULL, "no number up to 65535"},
    {"127.0.0.1:-1", NULL, "no number up to 65535"},
    {"127.0.0.1:8000/", NULL, "no number up to 65535"},
    {"::1:8000", NULL, "is no address"},
    {"[127.0.0.1]:80", NULL, "is no address"},
    {"[]:80", NULL, "is no address"},
    {"example.org:80", NULL, "is no address"},
    {"256.0.0.1:80", NULL, "is no address"},
    {"unix:", NULL, "has no path"},
};

UNIT_TEST(addresses_are_read)
{
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct sock_addr addr = {.len = 7};
        struct diag diag = DIAG_INIT;
        char text[SOCK_TEXT_SIZE];
        UNIT_ROW(rows[i].text);
        enum br_err err = sock_addr_parse(bytes_from_str(rows[i].text), &addr, &diag);
        if (rows[i].again == NULL) {
            UNIT_EQ_INT(err, BR_ERR_PARSE);
            UNIT_EQ_INT(addr.len, 7);
            UNIT_OK(strstr(diag.text, rows[i].message) != NULL);
            UNIT_OK(strstr(diag.text, "; accepted: ") != NULL);
            continue;
        }
        UNIT_EQ_INT(err, BR_ERR_NONE);
        sock_addr_format(&addr, text);
        UNIT_EQ_STR(text, rows[i].again);
    }
}

UNIT_MAIN(UNIT_RUN(addresses_are_read))
