/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run of a script says beside its result: warnings, errors and console.*, as lines in k6's
 * formats. Any thread may log; a line is one write.
 */
#ifndef BR_SCRIPT_SCRIPT_LOG_H
#define BR_SCRIPT_SCRIPT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/diag.h"

enum script_level { SCRIPT_DEBUG, SCRIPT_INFO, SCRIPT_WARN, SCRIPT_ERROR };
enum script_log_format { SCRIPT_LOG_TEXT, SCRIPT_LOG_RAW, SCRIPT_LOG_JSON };

struct script_log_field {
    const char *key;
    struct bytes value;
};

/* Set up by one thread, then read by all. */
struct script_log {
    int fd;         /* -1: nobody wants the lines */
    int console_fd; /* of console.*; -1: with the others */
    enum script_log_format format;
    enum script_level least;
    bool terminal; /* colours and seconds instead of dates */
    int64_t start_ns;
};

/* To standard error, as text. */
void script_log_init(struct script_log *log);
void script_log_fini(struct script_log *log);
/* --log-output (stderr, stdout, none, file=PATH), --log-format (raw, json, else text),
 * --console-output. Empty: as it is. */
BR_NODISCARD enum br_err script_log_set(struct script_log *log, struct bytes output,
                                        struct bytes format, struct bytes console,
                                        struct diag *diag);

void script_log_line(const struct script_log *log, enum script_level level, struct bytes message,
                     const struct script_log_field *fields, size_t field_count);
/* Without fields. */
void script_logf(const struct script_log *log, enum script_level level, const char *format, ...)
    BR_PRINTF(3, 4);

#endif
