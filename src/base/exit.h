/* SPDX-License-Identifier: Apache-2.0
 *
 * Exit codes: k6's where k6 has one (its errext/exitcodes), so that CI jobs written for it go on
 * working; INVALID has its own (design.md 7.2).
 */
#ifndef BR_BASE_EXIT_H
#define BR_BASE_EXIT_H

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_INVALID = 90,        /* we, not the target, were the limit */
    EXIT_CODE_FAIL = 99,           /* an expectation did not hold, or nothing succeeded */
    EXIT_CODE_SETUP_TIME = 100,    /* a script's setup() took too long */
    EXIT_CODE_TEARDOWN_TIME = 101, /* its teardown() */
    EXIT_CODE_CONFIG = 104,        /* options, script options or expectations are not valid */
    EXIT_CODE_SIGNAL = 105,        /* interrupted */
    EXIT_CODE_LISTEN = 106,        /* a server of ours could not listen */
    EXIT_CODE_SCRIPT = 107,        /* exception in init, setup or teardown */
    EXIT_CODE_SCRIPT_ABORT = 108,
    EXIT_CODE_BUG = 109,
    EXIT_CODE_SCRIPT_FAIL = 110,
    EXIT_CODE_OTHER = 255, /* input or output failed, and what has no code of its own */
};

#endif
