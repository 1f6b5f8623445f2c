/* SPDX-License-Identifier: Apache-2.0
 *
 * A jar of cookies (RFC 6265), without a list of public suffixes, as k6 has none.
 */
#ifndef BR_SCRIPT_SCRIPT_COOKIE_H
#define BR_SCRIPT_SCRIPT_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"

struct script_cookie {
    struct list node;
    char *name;
    char *value;
    char *domain; /* lower case, no leading dot */
    char *path;
    int64_t expires_s; /* INT64_MAX: with the session */
    bool host_only;
    bool secure;
    bool http_only;
};

struct script_jar {
    struct list cookies;
};

/* The attributes of a Set-Cookie header, or of jar.set; texts are lent. */
struct script_set_cookie {
    struct bytes name;
    struct bytes value;
    struct bytes domain; /* empty: none given */
    struct bytes path;
    bool has_expires;
    int64_t expires_s; /* Unix time */
    bool has_max_age;
    int64_t max_age;
    bool secure;
    bool http_only;
};

void script_jar_init(struct script_jar *jar);
void script_jar_fini(struct script_jar *jar);
void script_jar_clear(struct script_jar *jar);

/* False when the text is no cookie. */
bool script_cookie_parse(struct bytes header, struct script_set_cookie *out_cookie);
/* As if this host and path had set it; refused when the domain is not the host's. */
void script_jar_set(struct script_jar *jar, struct bytes host, struct bytes path,
                    const struct script_set_cookie *cookie, int64_t now_s);

/* The next cookie that goes to that place; NULL at the end. Start with the jar's list head. */
const struct script_cookie *script_jar_next(const struct script_jar *jar, const struct list **at,
                                            struct bytes host, struct bytes path, bool tls,
                                            int64_t now_s);
void script_jar_delete(struct script_jar *jar, struct bytes host, struct bytes path,
                       struct bytes name);
/* All of that place. */
void script_jar_clear_place(struct script_jar *jar, struct bytes host, struct bytes path);

#endif
