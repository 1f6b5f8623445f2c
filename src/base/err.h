/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that can go wrong outside our own code, as one dense enum (see err_table.h).
 * Would-block is never an error code.
 */
#ifndef BR_BASE_ERR_H
#define BR_BASE_ERR_H

#include "base/bytes.h"

enum br_err {
#define ERR(name, class, text) BR_ERR_##name,
#include "base/err_table.h"
#undef ERR
    BR_ERR_COUNT
};

enum err_class {
    ERR_CLASS_none,
    ERR_CLASS_conn,
    ERR_CLASS_tls,
    ERR_CLASS_cut,
    ERR_CLASS_time,
    ERR_CLASS_wire,
    ERR_CLASS_status,
    ERR_CLASS_self,
    ERR_CLASS_setup,
    ERR_CLASS_COUNT
};

/* The row's name in lower case ("conn_refused"): the key in the result file. Static storage. */
const char *err_name(enum br_err err);
/* The row's sentence. Static storage. */
const char *err_text(enum br_err err);
enum err_class err_class(enum br_err err);
/* The error of that name, BR_ERR_COUNT when there is none. */
enum br_err err_from_name(struct bytes name);

#endif
