/* SPDX-License-Identifier: Apache-2.0
 *
 * Literals need no look-up; all else is asked of the shard's resolver, which keeps the answers.
 */
#include "script/script_net.h"

#include <stdio.h>
#include <string.h>

/* ---- patterns of host names ---- */

/* "*.x.org" and "*" stand for anything in that place. */
static bool net_name_fits(struct bytes pattern, struct bytes host)
{
    if (!bytes_starts(pattern, BYTES("*")))
        return bytes_eq_nocase(pattern, host);
    struct bytes tail = bytes_skip(pattern, 1);
    return host.len >= tail.len && bytes_eq_nocase(bytes_skip(host, host.len - tail.len), tail);
}

/* The target that `hosts` gives for this place; empty: none. An exact name beats a pattern, the
 * longest pattern beats the others; with the port before without. */
static struct bytes net_override(const struct script_settings *settings, const struct url *url)
{
    struct bytes best = BYTES_NONE;
    size_t best_len = 0;
    char place[URL_HOST_SIZE_MAX + 16];
    int len = snprintf(place, sizeof(place), "%.*s:%d", BYTES_ARG(url->host), url->port);
    struct bytes with_port = bytes_make(place, len > 0 ? (size_t)len : 0);
    for (size_t i = 0; i < settings->host_count; i++) {
        struct bytes pattern = settings->hosts[i].pattern;
        bool fits = net_name_fits(pattern, url->host) || net_name_fits(pattern, with_port);
        size_t weight = pattern.len + (bytes_starts(pattern, BYTES("*")) ? 1 : 1000);
        if (fits && weight > best_len) {
            best = settings->hosts[i].target;
            best_len = weight;
        }
    }
    return best;
}

static bool net_is_blocked(const struct script_settings *settings, struct bytes host)
{
    for (size_t i = 0; i < settings->blocked_host_count; i++)
        if (net_name_fits(settings->blocked_hosts[i], host))
            return true;
    return false;
}

/* ---- addresses that are not to be reached ---- */

static bool net_in_block(const struct sock_addr *addr, struct bytes block)
{
    struct sock_addr base;
    uint8_t a[16], b[16];
    struct bytes host = bytes_cut(&block, '/');
    size_t bits = 0;
    if (!sock_addr_from_ip(host, 1, &base))
        return false;
    size_t size = sock_addr_ip(addr, a);
    if (size == 0 || size != sock_addr_ip(&base, b))
        return false;
    for (size_t i = 0; i < block.len && block.ptr[i] >= '0' && block.ptr[i] <= '9'; i++)
        bits = bits * 10 + (size_t)(block.ptr[i] - '0');
    if (block.len == 0 || bits > size * 8)
        bits = size * 8;
    for (size_t i = 0; i < bits; i++)
        if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

static bool net_check(struct script_hop *hop, const struct script_addrs *addrs)
{
    const struct script_settings *settings = hop->vu->shard->settings;
    for (size_t i = 0; i < addrs->count; i++) {
        for (size_t k = 0; k < settings->blocked_ip_count; k++) {
            if (!net_in_block(&addrs->addrs[i], settings->blocked_ips[k]))
                continue;
            char text[SOCK_TEXT_SIZE];
            sock_addr_format(&addrs->addrs[i], text);
            script_hop_fail(hop, BR_ERR_CONN_FAILED);
            hop->error_code = 1110;
            (void)snprintf(hop->error, sizeof(hop->error), "ip is blacklisted (%s in %.*s)", text,
                           BYTES_ARG(settings->blocked_ips[k]));
            return false;
        }
    }
    return true;
}

/* ---- names ---- */

struct net_question {
    struct name_query query;
    struct script_hop *hop;
    struct script_addrs *addrs;
    enum br_err err;
    bool done;
};

static void net_on_name(struct name_query *query, enum br_err err, const struct sock_addr *addrs,
                        size_t count)
{
    struct net_question *question = BR_CONTAINER(query, struct net_question, query);
    struct script_hop *hop = question->hop;
    question->err = err;
    question->done = true;
    question->addrs->count = count < NAME_ADDRS_MAX ? count : NAME_ADDRS_MAX;
    if (count > 0)
        memcpy(question->addrs->addrs, addrs, question->addrs->count * sizeof(addrs[0]));
    if (hop->fiber == fiber_current())
        return;
    if (hop->fiber == hop->vu->fiber)
        script_vu_resume(hop->vu);
    else
        (void)fiber_resume(hop->fiber);
}

static bool net_ask(struct script_hop *hop, struct bytes host, uint16_t port,
                    struct script_addrs *out_addrs)
{
    struct script_http_shard *http = hop->vu->shard->http;
    struct net_question question = {.hop = hop, .addrs = out_addrs};
    name_query_init(&question.query, net_on_name);
    name_resolve(http->resolver, &question.query, host, port, hop->vu->shard->settings->dns_family);
    while (!question.done && !hop->vu->engine.interrupted) {
        if (hop->fiber == hop->vu->fiber)
            script_vu_park(hop->vu);
        else
            fiber_yield();
    }
    name_cancel(&question.query);
    if (!question.done)
        question.err = BR_ERR_INTERRUPTED;
    if (question.err == BR_ERR_NONE)
        return true;
    script_hop_fail(hop, question.err);
    if (question.err == BR_ERR_NAME_NOT_FOUND)
        (void)snprintf(hop->error, sizeof(hop->error), "lookup %.*s: no such host",
                       BYTES_ARG(host));
    return false;
}

/* "ip", "ip:port" or a name with or without a port. */
static void net_split(struct bytes target, uint16_t port, struct bytes *out_host,
                      uint16_t *out_port)
{
    size_t colon = target.len;
    *out_port = port;
    *out_host = target;
    for (size_t i = 0; i < target.len; i++)
        if (target.ptr[i] == ':')
            colon = colon == target.len ? i : target.len + 1;
    if (bytes_starts(target, BYTES("["))) {
        size_t end = bytes_find(target, ']');
        *out_host = bytes_make(target.ptr + 1, end > 0 ? end - 1 : 0);
        colon = end + 1 < target.len ? end + 1 : target.len;
    } else if (colon < target.len) {
        *out_host = bytes_make(target.ptr, colon);
    }
    if (colon >= target.len)
        return;
    unsigned number = 0;
    for (size_t i = colon + 1; i < target.len && target.ptr[i] >= '0' && target.ptr[i] <= '9'; i++)
        number = number * 10 + (unsigned)(target.ptr[i] - '0');
    if (number > 0 && number < 65536)
        *out_port = (uint16_t)number;
}

static void net_choose(struct script_hop *hop, struct script_addrs *addrs)
{
    const struct script_settings *settings = hop->vu->shard->settings;
    addrs->first = 0;
    if (settings->dns_select == SCRIPT_DNS_RANDOM)
        addrs->first = (size_t)rng_below(&hop->vu->rng, addrs->count);
    else if (settings->dns_select == SCRIPT_DNS_ROUND_ROBIN)
        addrs->first = (size_t)(hop->vu->shard->http->round_robin++ % addrs->count);
    /* Preference between families stays: only among those of the first one's. */
    size_t alike = 1;
    while (alike < addrs->count &&
           addrs->addrs[alike].u.any.sa_family == addrs->addrs[0].u.any.sa_family)
        alike++;
    addrs->first %= alike;
}

bool script_net_find(struct script_hop *hop, struct script_addrs *out_addrs)
{
    const struct script_settings *settings = hop->vu->shard->settings;
    const struct url *url = hop->url;
    struct bytes host = url->host;
    uint16_t port = url->port;
    out_addrs->count = 0;
    out_addrs->first = 0;
    if (net_is_blocked(settings, host)) {
        script_hop_fail(hop, BR_ERR_CONN_FAILED);
        hop->error_code = 1111;
        (void)snprintf(hop->error, sizeof(hop->error), "hostname (%.*s) is in a blocked pattern",
                       BYTES_ARG(host));
        return false;
    }
    struct bytes target = net_override(settings, url);
    if (target.len > 0)
        net_split(target, port, &host, &port);
    if (sock_addr_from_ip(host, port, &out_addrs->addrs[0]))
        out_addrs->count = 1;
    else if (!net_ask(hop, host, port, out_addrs))
        return false;
    if (!net_check(hop, out_addrs))
        return false;
    net_choose(hop, out_addrs);
    return true;
}

void script_net_word_tls(struct script_hop *hop, const char *reason)
{
    if (hop->err != BR_ERR_TLS_VERIFY || reason == NULL || reason[0] == '\0')
        return;
    if (strstr(reason, "hostname") != NULL || strstr(reason, "IP address mismatch") != NULL) {
        hop->error_code = 1311;
        (void)snprintf(hop->error, sizeof(hop->error), "x509: certificate doesn't match hostname");
    } else if (strstr(reason, "expired") != NULL) {
        hop->error_code = 1300;
        (void)snprintf(hop->error, sizeof(hop->error),
                       "x509: certificate has expired or is not yet valid");
    }
}
