/* SPDX-License-Identifier: Apache-2.0
 *
 * One row per placeholder: read by the compiler of templates, its messages, `brunt gen --help` and
 * the check of docs/templates.md.
 *
 *     TMPL(KIND, name, fewest arguments, most arguments, usage, what it gives)
 */
/* clang-format off */
TMPL(EVENT,    "event",    0, 1,   "{{event}} or {{event uuid}}",    "the identity of an event that is followed to the other end")
TMPL(SEQ,      "seq",      0, 0,   "{{seq}}",                        "the number of the record, from 0, over all shards")
TMPL(UUID,     "uuid",     0, 0,   "{{uuid}}",                       "a random UUID (version 4)")
TMPL(NOW,      "now",      0, 1,   "{{now}}, {{now unix}}, {{now ms}} or {{now ns}}", "the time, as 2026-02-03T04:05:06.789Z or since 1970")
TMPL(INT,      "int",      2, 2,   "{{int 1 100}}",                  "a whole number, both ends included")
TMPL(FLOAT,    "float",    2, 3,   "{{float 0 1}} or {{float 0 100 2}}", "a number, with at most 6 digits behind the point or exactly as many as told")
TMPL(PICK,     "pick",     1, 4096, "{{pick a b c}}",                "one of the words, each as likely as the other")
TMPL(WEIGHTED, "weighted", 1, 4096, "{{weighted a:70 b:30}}",        "one of the words, as likely as its weight says")
TMPL(WORD,     "word",     0, 0,   "{{word}}",                       "an English word")
TMPL(TEXT,     "text",     1, 1,   "{{text 200}}",                   "words, about so many characters")
TMPL(ZIPF,     "zipf",     2, 2,   "{{zipf 1000 1.1}}",              "a rank from 1 to the first number, low ones far more often")
TMPL(NORMAL,   "normal",   2, 3,   "{{normal 500 200}} or {{normal 0.5 0.1 3}}", "a normally distributed number: mean, deviation, digits behind the point")
TMPL(ROW,      "row",      0, 0,   "{{row.FIELD}}",                  "a field of the record's row of --data")
/* clang-format on */
