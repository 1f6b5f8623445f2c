/* SPDX-License-Identifier: Apache-2.0
 *
 * One exchange after the other on a loop that lives as long as the call: a script has few such
 * imports, and they come before the load.
 */
#include "script/script_remote.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/version.h"
#include "conn/name.h"
#include "conn/tls.h"
#include "proto/http_client.h"
#include "script/script_module.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "wire/url.h"

enum { REMOTE_REDIRECTS_MAX = 10, REMOTE_SECONDS = 60, REMOTE_PATH_MAX = 4096 };

/* All that one read needs. */
struct remote {
    struct loop loop;
    struct http_client client;
    struct tls_client *tls; /* NULL until the first https */
    struct name_resolver *resolver;
    struct name_query query;
    struct sock_addr addrs[NAME_ADDRS_MAX];
    size_t addr_count;
    struct pool pool;
    struct http_session session;
    struct buf request;
    struct buf body;
    struct buf location; /* of a redirect */
    int64_t deadline_ns;
    enum br_err err;
    bool done;
};

static void remote_on_name(struct name_query *query, enum br_err err, const struct sock_addr *addrs,
                           size_t count)
{
    struct remote *remote = BR_CONTAINER(query, struct remote, query);
    memcpy(remote->addrs, addrs, count * sizeof(*addrs));
    remote->addr_count = count;
    remote->err = err;
    remote->done = true;
}

static void remote_on_done(struct http_session *session, enum br_err err)
{
    struct remote *remote = BR_CONTAINER(session, struct remote, session);
    remote->err = remote->err ? remote->err : err;
    remote->done = true;
}

static void remote_on_idle_closed(struct http_session *session BR_UNUSED)
{
}

/* Only where a redirect leads is of interest. */
static void remote_on_head(struct http_session *session, struct bytes head)
{
    static const struct bytes name = BYTES_INIT("location:");
    struct remote *remote = BR_CONTAINER(session, struct remote, session);
    buf_clear(&remote->location);
    while (head.len > 0) {
        struct bytes line = bytes_cut(&head, '\n');
        if (line.len > name.len && bytes_eq_nocase(bytes_make(line.ptr, name.len), name) &&
            buf_append(&remote->location, bytes_trim(bytes_skip(line, name.len))))
            remote->err = BR_ERR_LIMIT;
    }
}

static void remote_on_body(struct http_session *session, struct bytes part)
{
    struct remote *remote = BR_CONTAINER(session, struct remote, session);
    if (buf_append(&remote->body, part))
        remote->err = BR_ERR_WIRE_BODY_LIMIT;
}

static const struct http_session_ops remote_ops = {
    .on_done = remote_on_done,
    .on_idle_closed = remote_on_idle_closed,
    .on_head = remote_on_head,
    .on_body = remote_on_body,
};

static enum br_err remote_wait(struct remote *remote)
{
    while (!remote->done) {
        loop_turn(&remote->loop, remote->deadline_ns);
        if (!remote->done && loop_now(&remote->loop) >= remote->deadline_ns)
            return BR_ERR_TIMEOUT_TOTAL;
    }
    return remote->err;
}

static enum br_err remote_resolve(struct remote *remote, const struct url *url)
{
    remote->done = false;
    remote->err = BR_ERR_NONE;
    name_query_init(&remote->query, remote_on_name);
    name_resolve(remote->resolver, &remote->query, url->host, url->port, NAME_PREFER_IPV4);
    enum br_err err = remote_wait(remote);
    name_cancel(&remote->query);
    return err;
}

static void remote_render(struct remote *remote, const struct url *url)
{
    char host[URL_HOST_SIZE_MAX + 16];
    size_t target = url_emit_target(url, NULL, 0), size = url_emit_host(url, host, sizeof(host));
    MUST(size <= sizeof(host));
    buf_clear(&remote->request);
    buf_put_str(&remote->request, "GET ");
    enum br_err err = buf_reserve(&remote->request, target);
    MUST(!err);
    (void)url_emit_target(url, remote->request.data + remote->request.len, target);
    remote->request.len += target;
    buf_putf(&remote->request,
             " HTTP/1.1\r\nhost: %.*s\r\nuser-agent: brunt/%s\r\naccept: */*\r\n"
             "connection: close\r\n\r\n",
             (int)size, host, version_text);
}

/* From the first address that takes a connection. */
static enum br_err remote_exchange(struct remote *remote, const struct url *url)
{
    char server_name[URL_HOST_SIZE_MAX + 1];
    struct http_exchange exchange = {.request = buf_bytes(&remote->request),
                                     .deadline_ns = remote->deadline_ns,
                                     .deadline_connect_ns = INT64_MAX};
    enum br_err err = BR_ERR_NAME_NOT_FOUND;
    MUST(url->host.len <= URL_HOST_SIZE_MAX);
    memcpy(server_name, url->host.ptr, url->host.len);
    server_name[url->host.len] = '\0';
    for (size_t i = 0; i < remote->addr_count; i++) {
        struct conn_target target = {.addr = &remote->addrs[i],
                                     .tls = url->tls ? remote->tls : NULL,
                                     .server_name = url->tls ? server_name : NULL};
        remote->done = false;
        remote->err = BR_ERR_NONE;
        buf_clear(&remote->body);
        pool_init(&remote->pool, 1);
        http_session_init(&remote->session, &remote->client, &remote_ops);
        http_session_connect(&remote->session, &remote->pool, &target, &exchange);
        err = remote_wait(remote);
        bool was_sent = remote->session.reply.sent_ns != 0;
        http_session_fini(&remote->session);
        if (!err || was_sent)
            break;
    }
    return err;
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The status, or 0 and what went wrong. */
static int remote_get_once(struct remote *remote, struct bytes text,
                           const struct script_remote_options *options, struct diag *diag)
{
    struct url url;
    if (url_parse(text, &url, diag))
        return 0;
    if (url.tls && !remote->tls) {
        struct tls_client_options tls = {.insecure = options->insecure,
                                         .ca_file = options->ca_file};
        if (tls_client_create(&tls, &remote->tls, diag))
            return 0;
    }
    remote_render(remote, &url);
    enum br_err err = remote_resolve(remote, &url);
    err = err ? err : remote_exchange(remote, &url);
    if (err) {
        const char *why = url.tls ? tls_client_failure(remote->tls) : "";
        (void)diag_set(diag, err, "%.*s cannot be fetched: %s%s%s", BYTES_ARG(text), err_text(err),
                       *why ? ": " : "", why);
        return 0;
    }
    return remote->session.reply.status;
}

static int remote_get(struct remote *remote, struct bytes first,
                      const struct script_remote_options *options, struct diag *diag)
{
    struct buf url, next;
    int status = 0;
    bool is_secure = bytes_starts(first, BYTES("https://"));
    buf_init(&url, URL_SIZE_MAX);
    buf_init(&next, URL_SIZE_MAX);
    enum br_err err = buf_append(&url, first);
    for (int hop = 0; !err; hop++) {
        status = remote_get_once(remote, buf_bytes(&url), options, diag);
        if (!is_redirect(status) || remote->location.len == 0 || hop == REMOTE_REDIRECTS_MAX)
            break;
        err = script_module_join_url(buf_bytes(&url), buf_bytes(&remote->location), &next);
        if (!err && is_secure && !bytes_starts(buf_bytes(&next), BYTES("https://"))) {
            (void)diag_set(diag, BR_ERR_CONFIG, "%.*s leads to a place without TLS",
                           BYTES_ARG(first));
            status = 0;
            break;
        }
        buf_clear(&url);
        err = err ? err : buf_append(&url, buf_bytes(&next));
    }
    if (err) {
        (void)diag_set(diag, err, "%.*s is too long", BYTES_ARG(first));
        status = 0;
    }
    buf_fini(&next);
    buf_fini(&url);
    return status;
}

/* Asked as a bundle first. */
static enum br_err remote_get_module(struct remote *remote, struct bytes url,
                                     const struct script_remote_options *options, struct diag *diag)
{
    struct buf first;
    buf_init(&first, URL_SIZE_MAX + 16);
    enum br_err err = script_module_first_url(url, &first);
    int status = err ? 0 : remote_get(remote, buf_bytes(&first), options, diag);
    buf_fini(&first);
    if (status != 200)
        status = remote_get(remote, url, options, diag);
    if (status == 200)
        return BR_ERR_NONE;
    if (status == 0)
        return diag->err;
    return diag_set(diag, BR_ERR_STATUS, "%.*s cannot be fetched: it was answered with %d",
                    BYTES_ARG(url), status);
}

static enum br_err remote_fetch(struct bytes url, const struct script_remote_options *options,
                                struct buf *out_text, struct diag *diag)
{
    struct remote *remote = MEM_NEW(struct remote);
    int64_t timeout_ns =
        options->timeout_ns ? options->timeout_ns : REMOTE_SECONDS * CLOCK_NS_PER_SEC;
    enum br_err err = loop_init(&remote->loop, diag);
    if (err) {
        mem_free(remote);
        return err;
    }
    http_client_init(&remote->client, &remote->loop);
    buf_init(&remote->request, URL_SIZE_MAX * 4);
    buf_init(&remote->body, SCRIPT_REMOTE_SIZE_MAX);
    buf_init(&remote->location, URL_SIZE_MAX);
    remote->deadline_ns = loop_now(&remote->loop) + timeout_ns;
    err = name_resolver_create(&remote->loop, &(struct name_options){0}, &remote->resolver, diag);
    if (!err)
        err = remote_get_module(remote, url, options, diag);
    if (!err && buf_append(out_text, buf_bytes(&remote->body)))
        err = diag_set(diag, BR_ERR_LIMIT, "%.*s is too large", BYTES_ARG(url));
    name_resolver_destroy(&remote->resolver);
    tls_client_destroy(&remote->tls);
    buf_fini(&remote->location);
    buf_fini(&remote->body);
    buf_fini(&remote->request);
    http_client_fini(&remote->client);
    loop_fini(&remote->loop);
    mem_free(remote);
    return err;
}

/* False: no folder, or a name too long. */
static bool cache_path(struct bytes url, const char *folder, struct buf *out_path)
{
    char name[SCRIPT_MODULE_CACHE_SIZE];
    if (!folder)
        return false;
    script_module_cache_name(url, name);
    return buf_printf(out_path, "%s/%s", folder, name) == BR_ERR_NONE;
}

/* Where nothing can be kept it is fetched again the next time: no failure. */
static bool cache_keep(const char *folder, const char *path, struct bytes text)
{
    struct diag unused;
    char parent[REMOTE_PATH_MAX];
    size_t len = strlen(folder);
    while (len > 0 && folder[len - 1] != '/')
        len--;
    (void)snprintf(parent, sizeof(parent), "%.*s", len > 1 ? (int)len - 1 : 1, len ? folder : ".");
    if (file_make_folder(parent, &unused) != BR_ERR_NONE)
        return false;
    return file_make_folder(folder, &unused) == BR_ERR_NONE &&
           file_put(path, text, &unused) == BR_ERR_NONE;
}

enum br_err script_remote_read(struct bytes url, const struct script_remote_options *options,
                               struct buf *out_text, struct diag *diag)
{
    struct buf path;
    struct diag unused;
    buf_init(&path, REMOTE_PATH_MAX);
    bool is_kept = cache_path(url, options->cache_folder, &path);
    size_t before = out_text->len;
    enum br_err err = BR_ERR_NONE;
    if (!is_kept || file_read_all(buf_cstr(&path), out_text, &unused)) {
        err = remote_fetch(url, options, out_text, diag);
        if (!err && is_kept)
            (void)cache_keep(options->cache_folder, buf_cstr(&path),
                             bytes_skip(buf_bytes(out_text), before));
    }
    buf_fini(&path);
    return err;
}
