/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks: any method, any path, or the part of a port that a path begins. The port's server is
 * made by the first webhook at an address and goes with the last one; while a sink is down on
 * purpose it does not exist, so that connections are refused by the kernel as they would be.
 */
#include "base/mem.h"
#include "base/must.h"
#include "sink/sink_hook.h"
#include "sink/sink_kinds.h"
#include "sink/sink_place.h"
#include "wire/base64.h"

enum { SINK_LOGIN_MAX = 64 * 1024 };

static struct sink_webhook *sink_webhook_of(struct sink *sink)
{
    return (struct sink_webhook *)(void *)sink;
}

static const struct sink_webhook *sink_webhook_of_const(const struct sink *sink)
{
    return (const struct sink_webhook *)(const void *)sink;
}

/* ---- the place ---- */

/* "127.0.0.1:8080/hook", "unix:/path" (which has no path of a URL). */
static enum br_err sink_webhook_read_place(struct bytes place, struct sock_addr *out_addr,
                                           struct bytes *out_path, struct diag *diag)
{
    struct bytes path = BYTES_NONE;
    if (!bytes_starts(place, BYTES("unix:"))) {
        size_t slash = bytes_find(place, '/');
        path = bytes_skip(place, slash);
        place.len = slash;
    }
    if (bytes_find(path, '?') < path.len || bytes_find(path, ' ') < path.len)
        return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" is no path: it ends before the ? of a query",
                        BYTES_ARG(path));
    enum br_err err = sink_place_parse(place, out_addr, diag);
    if (err != BR_ERR_NONE)
        return err;
    /* "/" and "/hook/" are what "" and "/hook" are. */
    while (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    *out_path = path;
    return BR_ERR_NONE;
}

static enum br_err sink_webhook_check(const struct plan_sink *config, struct diag *diag)
{
    struct sock_addr addr;
    struct bytes path;
    return sink_webhook_read_place(config->place, &addr, &path, diag);
}

static void sink_webhook_describe(const struct sink *sink, struct buf *out)
{
    const struct sink_webhook *webhook = sink_webhook_of_const(sink);
    const struct sock_addr *addr = &webhook->hook->bound;
    char text[SOCK_TEXT_SIZE];
    sink_place_format(addr, text);
    if (addr->u.any.sa_family == AF_UNIX)
        buf_putf(out, "%s", text);
    else
        buf_putf(out, "http://%s%.*s", text, BYTES_ARG(webhook->path));
    if (webhook->path.len == 0 && addr->u.any.sa_family != AF_UNIX)
        buf_put_str(out, "/");
}

/* ---- ports ---- */

static struct sink_hook *sink_hook_find(struct sink_host *host, const struct sock_addr *asked)
{
    for (struct list *at = host->hooks.next; at != &host->hooks; at = at->next) {
        struct sink_hook *hook = BR_CONTAINER(at, struct sink_hook, node);
        bool is_any_port =
            asked->u.any.sa_family != AF_UNIX && sock_addr_port(asked) == 0; /* one each */
        if (!is_any_port && hook->asked.len == asked->len &&
            memcmp(hook->asked.u.room, asked->u.room, asked->len) == 0)
            return hook;
    }
    return NULL;
}

static enum br_err sink_hook_up(struct sink_hook *hook, const struct sock_addr *addr,
                                struct diag *diag)
{
    struct http_server_config config = {
        .ops = &sink_hook_server_ops,
        .context = hook,
        .extra_size = sizeof(struct sink_call),
        .body_size_max = SINK_MESSAGE_MAX,
        .body_mode = HTTP_BODY_COLLECT,
        .rx_stamps = true,
    };
    hook->server = http_server_create(&hook->host->loop, &config);
    hook->refused_seen = 0;
    enum br_err err = http_server_listen(hook->server, addr, &hook->bound, diag);
    if (err != BR_ERR_NONE)
        http_server_destroy(&hook->server);
    return err;
}

static void sink_hook_down(struct sink_hook *hook)
{
    hook->is_closing = true;
    http_server_destroy(&hook->server);
    hook->is_closing = false;
}

static void sink_hook_free(struct sink_hook *hook)
{
    sink_hook_down(hook);
    list_remove(&hook->node);
    http_inflate_destroy(&hook->inflate);
    buf_fini(&hook->inflated);
    mem_free(hook);
}

/* Webhooks of one port: their paths differ, and nobody does something to the port itself. */
static enum br_err sink_hook_check(const struct sink_hook *hook, const struct sink_webhook *webhook,
                                   struct diag *diag)
{
    for (int i = 0; i < hook->count; i++) {
        const struct sink_webhook *other = hook->webhooks[i];
        unsigned acts = plan_sink_acts(other->sink.config) | plan_sink_acts(webhook->sink.config);
        if (bytes_eq(other->path, webhook->path))
            return diag_set(diag, BR_ERR_CONFIG, "%.*s is there already: give it another path",
                            BYTES_ARG(other->sink.config->name));
        if ((acts & (PLAN_SINK_DOWN | PLAN_SINK_READ)) != 0)
            return diag_set(diag, BR_ERR_CONFIG,
                            "down and read are done to the whole port, and %.*s is there, too: "
                            "give one of them a port of its own",
                            BYTES_ARG(other->sink.config->name));
    }
    return BR_ERR_NONE;
}

enum br_err sink_hook_join(struct sink_webhook *webhook, struct diag *diag)
{
    struct sink_host *host = webhook->sink.host;
    struct sink_hook *hook = sink_hook_find(host, &webhook->asked);
    enum br_err err = BR_ERR_NONE;
    if (hook == NULL) {
        hook = MEM_NEW(struct sink_hook);
        hook->host = host;
        hook->asked = webhook->asked;
        buf_init(&hook->inflated, SINK_MESSAGE_MAX);
        list_push_tail(&host->hooks, &hook->node);
        err = sink_hook_up(hook, &hook->asked, diag);
    } else {
        err = sink_hook_check(hook, webhook, diag);
    }
    if (err == BR_ERR_NONE) {
        hook->webhooks[hook->count++] = webhook;
        webhook->hook = hook;
    } else if (hook->count == 0) {
        sink_hook_free(hook);
    }
    return err;
}

/* A port's webhooks are closed together, so it ends with the first. */
void sink_hook_leave(struct sink_webhook *webhook)
{
    struct sink_hook *hook = webhook->hook;
    int left = 0;
    if (hook == NULL)
        return;
    if (hook->server != NULL)
        sink_hook_down(hook);
    for (int i = 0; i < hook->count; i++) {
        if (hook->webhooks[i] != webhook)
            hook->webhooks[left++] = hook->webhooks[i];
    }
    hook->count = left;
    webhook->hook = NULL;
    if (left == 0)
        sink_hook_free(hook);
}

/* ---- the kind ---- */

static struct sink *sink_webhook_create(void)
{
    struct sink_webhook *webhook = MEM_NEW(struct sink_webhook);
    buf_init(&webhook->login, SINK_LOGIN_MAX);
    return &webhook->sink;
}

static enum br_err sink_webhook_read_auth(struct sink_webhook *webhook, struct diag *diag)
{
    const struct plan_sink_auth *auth = &webhook->sink.config->auth;
    if (auth->kind == PLAN_SINK_AUTH_HMAC)
        return hash_hmac_create(auth->secret, &webhook->hmac, diag);
    if (auth->kind != PLAN_SINK_AUTH_BASIC)
        return BR_ERR_NONE;
    size_t size = base64_size(auth->secret.len);
    if (buf_reserve(&webhook->login, size) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "name and password are too long");
    base64_encode(auth->secret, webhook->login.data);
    webhook->login.len = size;
    return BR_ERR_NONE;
}

static enum br_err sink_webhook_open(struct sink *sink, struct diag *diag)
{
    struct sink_webhook *webhook = sink_webhook_of(sink);
    enum br_err err =
        sink_webhook_read_place(sink->config->place, &webhook->asked, &webhook->path, diag);
    if (err == BR_ERR_NONE)
        err = sink_webhook_read_auth(webhook, diag);
    if (err == BR_ERR_NONE)
        err = sink_hook_join(webhook, diag);
    return err;
}

static void sink_webhook_close(struct sink *sink)
{
    sink_hook_leave(sink_webhook_of(sink));
}

static void sink_webhook_destroy(struct sink *sink)
{
    struct sink_webhook *webhook = sink_webhook_of(sink);
    hash_hmac_destroy(&webhook->hmac);
    buf_fini(&webhook->login);
    mem_free(webhook);
}

static void sink_webhook_pause(struct sink *sink, bool is_paused)
{
    struct sink_hook *hook = sink_webhook_of(sink)->hook;
    if (hook->server != NULL)
        http_server_pause(hook->server, is_paused);
}

static bool sink_webhook_change(struct sink *sink)
{
    struct sink_hook *hook = sink_webhook_of(sink)->hook;
    bool is_down = (sink->force.acts & PLAN_SINK_DOWN) != 0;
    if (is_down && hook->server != NULL)
        sink_hook_down(hook);
    if (!is_down && hook->server == NULL) {
        struct sock_addr addr = hook->bound; /* the port that it had */
        if (sink_hook_up(hook, &addr, NULL) != BR_ERR_NONE)
            return false;
        http_server_pause(hook->server, sink->is_paused);
    }
    if (hook->server != NULL)
        http_server_set_read_rate(hook->server, (sink->force.acts & PLAN_SINK_READ) != 0
                                                    ? sink->force.read_bytes_per_sec
                                                    : 0);
    return true;
}

const struct sink_ops sink_webhook_ops = {
    .kind = "webhook",
    .forms = SINK_PLACE_FORMS ", each with /path behind it",
    .acts = PLAN_SINK_DELAY | PLAN_SINK_FAIL | PLAN_SINK_RESET | PLAN_SINK_STALL | PLAN_SINK_READ |
            PLAN_SINK_DOWN,
    .knows_auth = true,
    .replies = true,
    .error_ns = 0,
    .stamps = "kernel",
    .check = sink_webhook_check,
    .create = sink_webhook_create,
    .open = sink_webhook_open,
    .close = sink_webhook_close,
    .destroy = sink_webhook_destroy,
    .describe = sink_webhook_describe,
    .pause = sink_webhook_pause,
    .change = sink_webhook_change,
};
