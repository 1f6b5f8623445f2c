/* SPDX-License-Identifier: Apache-2.0
 *
 * A VU has a handful of cookies: a list is searched from its head.
 */
#include "script/script_cookie.h"

#include <string.h>

#include "base/mem.h"
#include "script/script_text.h"

void script_jar_init(struct script_jar *jar)
{
    list_init(&jar->cookies);
}

static void jar_drop(struct script_cookie *cookie)
{
    list_remove(&cookie->node);
    mem_free(cookie->name);
    mem_free(cookie->value);
    mem_free(cookie->domain);
    mem_free(cookie->path);
    mem_free(cookie);
}

void script_jar_clear(struct script_jar *jar)
{
    while (!list_is_empty(&jar->cookies))
        jar_drop(BR_CONTAINER(jar->cookies.next, struct script_cookie, node));
}

void script_jar_fini(struct script_jar *jar)
{
    script_jar_clear(jar);
}

/* ---- Set-Cookie ---- */

static bool cookie_number(struct bytes text, int64_t *out_number)
{
    bool minus = bytes_starts(text, BYTES("-"));
    int64_t number = 0;
    size_t i = minus ? 1 : 0;
    if (text.len == i || text.len > 18)
        return false;
    for (; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        number = number * 10 + (text.ptr[i] - '0');
    }
    *out_number = minus ? -number : number;
    return true;
}

static void cookie_attribute(struct script_set_cookie *cookie, struct bytes name,
                             struct bytes value)
{
    if (bytes_eq_nocase(name, BYTES("domain"))) {
        cookie->domain = bytes_starts(value, BYTES(".")) ? bytes_skip(value, 1) : value;
    } else if (bytes_eq_nocase(name, BYTES("path"))) {
        cookie->path = value;
    } else if (bytes_eq_nocase(name, BYTES("expires"))) {
        cookie->has_expires = script_parse_http_date(value, &cookie->expires_s);
    } else if (bytes_eq_nocase(name, BYTES("max-age"))) {
        cookie->has_max_age = cookie_number(value, &cookie->max_age);
    } else if (bytes_eq_nocase(name, BYTES("secure"))) {
        cookie->secure = true;
    } else if (bytes_eq_nocase(name, BYTES("httponly"))) {
        cookie->http_only = true;
    }
}

bool script_cookie_parse(struct bytes header, struct script_set_cookie *out_cookie)
{
    struct bytes pair = bytes_cut(&header, ';');
    size_t equals = bytes_find(pair, '=');
    if (equals == pair.len)
        return false;
    *out_cookie = (struct script_set_cookie){
        .name = bytes_trim(bytes_make(pair.ptr, equals)),
        .value = bytes_trim(bytes_skip(pair, equals + 1)),
    };
    if (out_cookie->name.len == 0)
        return false;
    struct bytes *value = &out_cookie->value;
    if (value->len >= 2 && value->ptr[0] == '"' && value->ptr[value->len - 1] == '"')
        *value = bytes_make(value->ptr + 1, value->len - 2);
    while (header.len > 0) {
        struct bytes attribute = bytes_cut(&header, ';');
        struct bytes name = bytes_cut(&attribute, '=');
        cookie_attribute(out_cookie, bytes_trim(name), bytes_trim(attribute));
    }
    return true;
}

/* ---- matching ---- */

/* The host itself, or below the domain. */
static bool cookie_domain_fits(struct bytes domain, struct bytes host)
{
    if (bytes_eq_nocase(domain, host))
        return true;
    return host.len > domain.len && host.ptr[host.len - domain.len - 1] == '.' &&
           bytes_eq_nocase(bytes_skip(host, host.len - domain.len), domain);
}

static bool cookie_path_fits(struct bytes path, struct bytes asked)
{
    if (!bytes_starts(asked, path))
        return false;
    return asked.len == path.len || path.ptr[path.len - 1] == '/' || asked.ptr[path.len] == '/';
}

static bool cookie_fits(const struct script_cookie *cookie, struct bytes host, struct bytes path)
{
    struct bytes domain = bytes_from_str(cookie->domain);
    if (cookie->host_only ? !bytes_eq_nocase(domain, host) : !cookie_domain_fits(domain, host))
        return false;
    if (path.len == 0)
        path = BYTES("/");
    return cookie_path_fits(bytes_from_str(cookie->path), path);
}

/* The folder of a request's path (RFC 6265 5.1.4). */
static struct bytes cookie_default_path(struct bytes path)
{
    size_t end = path.len;
    if (path.len == 0 || path.ptr[0] != '/')
        return BYTES("/");
    while (end > 1 && path.ptr[end - 1] != '/')
        end--;
    return end > 1 ? bytes_make(path.ptr, end - 1) : BYTES("/");
}

static struct script_cookie *jar_find(const struct script_jar *jar, struct bytes name,
                                      struct bytes domain, struct bytes path)
{
    for (struct list *node = jar->cookies.next; node != &jar->cookies; node = node->next) {
        struct script_cookie *cookie = BR_CONTAINER(node, struct script_cookie, node);
        if (bytes_eq(bytes_from_str(cookie->name), name) &&
            bytes_eq_nocase(bytes_from_str(cookie->domain), domain) &&
            bytes_eq(bytes_from_str(cookie->path), path))
            return cookie;
    }
    return NULL;
}

void script_jar_set(struct script_jar *jar, struct bytes host, struct bytes path,
                    const struct script_set_cookie *set, int64_t now_s)
{
    struct bytes domain = set->domain.len > 0 ? set->domain : host;
    struct bytes where =
        bytes_starts(set->path, BYTES("/")) ? set->path : cookie_default_path(path);
    int64_t expires_s = INT64_MAX;
    if (!cookie_domain_fits(domain, host))
        return;
    if (set->has_max_age)
        expires_s = set->max_age <= 0 ? 0 : now_s + set->max_age;
    else if (set->has_expires)
        expires_s = set->expires_s;
    struct script_cookie *cookie = jar_find(jar, set->name, domain, where);
    if (expires_s <= now_s) {
        if (cookie != NULL)
            jar_drop(cookie);
        return;
    }
    if (cookie == NULL) {
        cookie = MEM_NEW(struct script_cookie);
        cookie->name = mem_copy_str(set->name);
        cookie->domain = mem_copy_str(domain);
        cookie->path = mem_copy_str(where);
        list_push_tail(&jar->cookies, &cookie->node);
    }
    mem_free(cookie->value);
    cookie->value = mem_copy_str(set->value);
    cookie->expires_s = expires_s;
    cookie->host_only = set->domain.len == 0;
    cookie->secure = set->secure;
    cookie->http_only = set->http_only;
}

const struct script_cookie *script_jar_next(const struct script_jar *jar, const struct list **at,
                                            struct bytes host, struct bytes path, bool tls,
                                            int64_t now_s)
{
    struct list *node = (*at)->next;
    for (; node != &jar->cookies; node = node->next) {
        const struct script_cookie *cookie = BR_CONTAINER(node, struct script_cookie, node);
        if (cookie_fits(cookie, host, path) && cookie->expires_s > now_s &&
            (tls || !cookie->secure)) {
            *at = node;
            return cookie;
        }
    }
    return NULL;
}

void script_jar_delete(struct script_jar *jar, struct bytes host, struct bytes path,
                       struct bytes name)
{
    for (struct list *node = jar->cookies.next; node != &jar->cookies;) {
        struct script_cookie *cookie = BR_CONTAINER(node, struct script_cookie, node);
        node = node->next;
        bool named = name.ptr == NULL || bytes_eq(bytes_from_str(cookie->name), name);
        if (named && cookie_fits(cookie, host, path))
            jar_drop(cookie);
    }
}

void script_jar_clear_place(struct script_jar *jar, struct bytes host, struct bytes path)
{
    script_jar_delete(jar, host, path, BYTES_NONE);
}
