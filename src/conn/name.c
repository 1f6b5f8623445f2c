/* SPDX-License-Identifier: Apache-2.0
 *
 * c-ares on our loop: its sockets are watched, its time-outs sit in the wheel. Answers are noted
 * inside c-ares' callbacks and told after it has returned, so that whoever is told may ask again.
 * Works with c-ares 1.18 (Debian 12) and 1.34 (Debian 13).
 */
#include "conn/name.h"

#include <ares.h>

#include "base/mem.h"
#include "base/must.h"
#include "sys/clock.h"

/* Newer versions keep answers themselves; how long answers are kept is ours to say. */
#ifdef ARES_OPT_QUERY_CACHE
enum { NAME_OPT_NO_CACHE = ARES_OPT_QUERY_CACHE }; /* with ares_options.qcache_max_ttl 0 */
#else
enum { NAME_OPT_NO_CACHE = 0 };
#endif

enum {
    NAME_ENTRIES_MAX = 1024, /* names remembered; the longest unused goes first */
    NAME_TIMEOUT_MS = 2000,
    NAME_TRIES = 3,
};

enum name_state {
    NAME_IDLE,     /* nothing is known */
    NAME_ASKED,    /* c-ares is at it */
    NAME_ANSWERED, /* to be told soon */
    NAME_KNOWN,
};

/* One name and what is known of it. */
struct name_entry {
    struct list node;     /* in resolver->entries, most recently used first */
    struct list answered; /* in resolver->answered */
    struct name_resolver *resolver;
    struct list queries;
    enum name_family family;
    enum name_state state;
    enum br_err err;
    int64_t known_until_ns;
    size_t count;
    struct sock_addr addrs[NAME_ADDRS_MAX];
    char host[NAME_HOST_MAX + 1];
};

/* A socket of c-ares'. */
struct name_socket {
    struct loop_watch watch;
    struct list node;
    struct name_resolver *resolver;
    int fd;
};

struct name_resolver {
    struct loop *loop;
    ares_channel channel;
    bool has_channel;
    bool closing;
    int64_t keep_ns;
    struct list entries;
    size_t entry_count;
    struct list answered;
    struct list sockets;
    struct wheel_timer timer;
};

/* ---- telling ---- */

static void name_tell(struct name_query *query, enum br_err err, const struct name_entry *entry)
{
    struct sock_addr addrs[NAME_ADDRS_MAX];
    size_t count = err == BR_ERR_NONE ? entry->count : 0;
    for (size_t i = 0; i < count; i++) {
        addrs[i] = entry->addrs[i];
        sock_addr_set_port(&addrs[i], query->port);
    }
    query->done(query, err, addrs, count);
}

static void name_tell_all(struct name_entry *entry)
{
    struct name_resolver *resolver = entry->resolver;
    bool is_kept = entry->err == BR_ERR_NONE && resolver->keep_ns >= 0;
    entry->state = is_kept ? NAME_KNOWN : NAME_IDLE;
    entry->known_until_ns =
        resolver->keep_ns == 0 ? INT64_MAX : loop_now(resolver->loop) + resolver->keep_ns;
    /* Those who ask again meanwhile belong to the next answer. */
    struct list waiting;
    list_init(&waiting);
    struct list *node;
    while ((node = list_pop_head(&entry->queries)) != NULL)
        list_push_tail(&waiting, node);
    /* What they are told is this answer, even if the entry is asked for again on the way. */
    struct name_entry answer = *entry;
    while ((node = list_pop_head(&waiting)) != NULL)
        name_tell(BR_CONTAINER(node, struct name_query, node), answer.err, &answer);
}

/* After every call into c-ares that may have got somewhere. */
static void name_settle(struct name_resolver *resolver)
{
    struct timeval rest;
    if (ares_timeout(resolver->channel, NULL, &rest) != NULL) {
        int64_t rest_ns =
            (int64_t)rest.tv_sec * CLOCK_NS_PER_SEC + (int64_t)rest.tv_usec * CLOCK_NS_PER_US;
        wheel_arm(&resolver->loop->wheel, &resolver->timer, loop_now(resolver->loop) + rest_ns);
    } else {
        wheel_disarm(&resolver->loop->wheel, &resolver->timer);
    }
    struct list *node;
    while ((node = list_pop_head(&resolver->answered)) != NULL)
        name_tell_all(BR_CONTAINER(node, struct name_entry, answered));
}

/* ---- c-ares' side ---- */

static void name_socket_ready(struct loop_watch *watch, unsigned events)
{
    struct name_socket *socket = BR_CONTAINER(watch, struct name_socket, watch);
    struct name_resolver *resolver = socket->resolver;
    int fd = socket->fd;
    /* The socket may be gone after this. */
    ares_process_fd(resolver->channel,
                    (events & (POLLER_IN | POLLER_ERR)) != 0 ? fd : ARES_SOCKET_BAD,
                    (events & POLLER_OUT) != 0 ? fd : ARES_SOCKET_BAD);
    name_settle(resolver);
}

static struct name_socket *name_find_socket(struct name_resolver *resolver, int fd)
{
    for (struct list *node = resolver->sockets.next; node != &resolver->sockets;
         node = node->next) {
        struct name_socket *socket = BR_CONTAINER(node, struct name_socket, node);
        if (socket->fd == fd)
            return socket;
    }
    return NULL;
}

static void name_drop_socket(struct name_socket *socket)
{
    loop_watch_remove(socket->resolver->loop, &socket->watch);
    list_remove(&socket->node);
    mem_free(socket);
}

/* c-ares wants to hear of other events of a socket than before; of none when it is about to close
 * it. */
static void name_socket_changed(void *context, ares_socket_t fd, int readable, int writable)
{
    struct name_resolver *resolver = context;
    struct name_socket *socket = name_find_socket(resolver, fd);
    unsigned events = (readable ? POLLER_IN : 0U) | (writable ? POLLER_OUT : 0U);
    if (socket != NULL && events == 0) {
        name_drop_socket(socket);
    } else if (socket != NULL) {
        loop_watch_change(resolver->loop, &socket->watch, events);
    } else if (events != 0) {
        socket = MEM_NEW(struct name_socket);
        socket->resolver = resolver;
        socket->fd = fd;
        /* A socket that cannot be watched answers never: the query times out. */
        if (loop_watch_add(resolver->loop, &socket->watch, fd, events, name_socket_ready) !=
            BR_ERR_NONE)
            mem_free(socket);
        else
            list_push_tail(&resolver->sockets, &socket->node);
    }
}

static void name_timer_fired(struct wheel_timer *timer, void *context)
{
    (void)timer;
    struct name_resolver *resolver = context;
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    name_settle(resolver);
}

static enum br_err name_err_from_status(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return BR_ERR_NONE;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
    case ARES_EBADNAME:
        return BR_ERR_NAME_NOT_FOUND;
    case ARES_ETIMEOUT:
        return BR_ERR_NAME_TIMEOUT;
    default:
        return BR_ERR_NAME_FAILED;
    }
}

/* Appends the answer's addresses of that family; AF_UNSPEC: of all. */
static void name_take_addrs(struct name_entry *entry, const struct ares_addrinfo *info, int family)
{
    const struct ares_addrinfo_node *node = info->nodes;
    for (; node != NULL && entry->count < NAME_ADDRS_MAX; node = node->ai_next) {
        bool is_known = node->ai_family == AF_INET || node->ai_family == AF_INET6;
        if (!is_known || (family != AF_UNSPEC && node->ai_family != family))
            continue;
        if ((size_t)node->ai_addrlen > sizeof(entry->addrs[0].u))
            continue;
        struct sock_addr *addr = &entry->addrs[entry->count++];
        addr->len = (socklen_t)node->ai_addrlen;
        memcpy(&addr->u, node->ai_addr, (size_t)node->ai_addrlen);
    }
}

static void name_answered(void *context, int status, int timeouts, struct ares_addrinfo *info)
{
    (void)timeouts;
    struct name_entry *entry = context;
    struct name_resolver *resolver = entry->resolver;
    entry->err = name_err_from_status(status);
    entry->count = 0;
    if (entry->err == BR_ERR_NONE) {
        bool is_any = entry->family == NAME_ANY;
        int first = entry->family == NAME_PREFER_IPV6 ? AF_INET6 : AF_INET;
        name_take_addrs(entry, info, is_any ? AF_UNSPEC : first);
        if (!is_any)
            name_take_addrs(entry, info, first == AF_INET ? AF_INET6 : AF_INET);
        if (entry->count == 0)
            entry->err = BR_ERR_NAME_NOT_FOUND;
    }
    if (info != NULL)
        ares_freeaddrinfo(info);
    entry->state = NAME_ANSWERED;
    if (!resolver->closing)
        list_push_tail(&resolver->answered, &entry->answered);
}

/* ---- entries ---- */

static struct name_entry *name_find_entry(struct name_resolver *resolver, struct bytes host,
                                          enum name_family family)
{
    for (struct list *node = resolver->entries.next; node != &resolver->entries;
         node = node->next) {
        struct name_entry *entry = BR_CONTAINER(node, struct name_entry, node);
        if (entry->family == family && bytes_eq_nocase(bytes_from_str(entry->host), host))
            return entry;
    }
    return NULL;
}

static void name_drop_entry(struct name_entry *entry)
{
    list_remove(&entry->node);
    entry->resolver->entry_count--;
    mem_free(entry);
}

/* The longest unused that nobody waits for. */
static void name_make_room(struct name_resolver *resolver)
{
    struct list *node = resolver->entries.prev;
    for (; node != &resolver->entries; node = node->prev) {
        struct name_entry *entry = BR_CONTAINER(node, struct name_entry, node);
        if (entry->state == NAME_IDLE || entry->state == NAME_KNOWN) {
            name_drop_entry(entry);
            return;
        }
    }
}

static struct name_entry *name_add_entry(struct name_resolver *resolver, struct bytes host,
                                         enum name_family family)
{
    if (resolver->entry_count >= NAME_ENTRIES_MAX)
        name_make_room(resolver);
    struct name_entry *entry = MEM_NEW(struct name_entry);
    entry->resolver = resolver;
    entry->family = family;
    memcpy(entry->host, host.ptr, host.len);
    list_init(&entry->queries);
    list_init(&entry->answered);
    list_push_head(&resolver->entries, &entry->node);
    resolver->entry_count++;
    return entry;
}

/* ---- asking ---- */

static int name_ares_family(enum name_family family)
{
    if (family == NAME_ONLY_IPV4)
        return AF_INET;
    return family == NAME_ONLY_IPV6 ? AF_INET6 : AF_UNSPEC;
}

static void name_ask(struct name_entry *entry)
{
    struct name_resolver *resolver = entry->resolver;
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT,
        .ai_family = name_ares_family(entry->family),
        .ai_socktype = SOCK_STREAM,
    };
    entry->state = NAME_ASKED;
    ares_getaddrinfo(resolver->channel, entry->host, NULL, &hints, name_answered, entry);
    name_settle(resolver);
}

void name_query_init(struct name_query *query, name_done_fn *done)
{
    *query = (struct name_query){.done = done};
    list_init(&query->node);
}

/* "localhost" and what ends in it is this machine, both families, whatever a hosts file says
 * (RFC 6761 6.3): many list only one of them. */
static bool name_is_localhost(struct bytes host)
{
    static const struct bytes name = BYTES_INIT("localhost");
    if (host.len < name.len || !bytes_eq_nocase(bytes_skip(host, host.len - name.len), name))
        return false;
    return host.len == name.len || host.ptr[host.len - name.len - 1] == '.';
}

static size_t name_fill_localhost(enum name_family family, uint16_t port, struct sock_addr addrs[2])
{
    size_t count = 0;
    bool is_six_first = family == NAME_PREFER_IPV6;
    for (int i = 0; i < 2; i++) {
        bool is_six = (i == 0) == is_six_first;
        if ((is_six && family == NAME_ONLY_IPV4) || (!is_six && family == NAME_ONLY_IPV6))
            continue;
        bool known =
            sock_addr_from_ip(is_six ? BYTES("::1") : BYTES("127.0.0.1"), port, &addrs[count++]);
        MUST(known);
    }
    return count;
}

void name_resolve(struct name_resolver *resolver, struct name_query *query, struct bytes host,
                  uint16_t port, enum name_family family)
{
    MUST(list_is_empty(&query->node));
    struct sock_addr literal;
    if (sock_addr_from_ip(host, port, &literal)) {
        query->done(query, BR_ERR_NONE, &literal, 1);
        return;
    }
    if (name_is_localhost(host)) {
        struct sock_addr both[2];
        size_t count = name_fill_localhost(family, port, both);
        query->done(query, BR_ERR_NONE, both, count);
        return;
    }
    query->port = port;
    if (host.len == 0 || host.len > NAME_HOST_MAX || bytes_find(host, '\0') < host.len) {
        query->done(query, BR_ERR_NAME_NOT_FOUND, NULL, 0);
        return;
    }
    struct name_entry *entry = name_find_entry(resolver, host, family);
    if (entry == NULL)
        entry = name_add_entry(resolver, host, family);
    list_remove(&entry->node);
    list_push_head(&resolver->entries, &entry->node);
    if (entry->state == NAME_KNOWN && loop_now(resolver->loop) < entry->known_until_ns) {
        name_tell(query, BR_ERR_NONE, entry);
        return;
    }
    list_push_tail(&entry->queries, &query->node);
    if (entry->state == NAME_IDLE || entry->state == NAME_KNOWN)
        name_ask(entry);
}

void name_cancel(struct name_query *query)
{
    list_remove(&query->node);
}

/* ---- the resolver ---- */

static enum br_err name_open_channel(struct name_resolver *resolver,
                                     const struct name_options *options, struct diag *diag)
{
    char lookups[] = "fb"; /* files, then DNS */
    struct ares_options ares = {
        .timeout = options->timeout_ms > 0 ? options->timeout_ms : NAME_TIMEOUT_MS,
        .tries = options->tries > 0 ? options->tries : NAME_TRIES,
        .lookups = lookups,
        .sock_state_cb = name_socket_changed,
        .sock_state_cb_data = resolver,
    };
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB |
               NAME_OPT_NO_CACHE;
    int status = ares_init_options(&resolver->channel, &ares, mask);
    if (status != ARES_SUCCESS)
        return diag_set(diag, BR_ERR_NAME_FAILED, "names cannot be resolved: %s",
                        ares_strerror(status));
    resolver->has_channel = true;
    if (options->servers != NULL) {
        status = ares_set_servers_ports_csv(resolver->channel, options->servers);
        if (status != ARES_SUCCESS)
            return diag_set(diag, BR_ERR_CONFIG,
                            "name servers are addresses with commas between them, such as "
                            "127.0.0.1:53,127.0.0.2, not '%s'",
                            options->servers);
    }
    return BR_ERR_NONE;
}

enum br_err name_resolver_create(struct loop *loop, const struct name_options *options,
                                 struct name_resolver **out_resolver, struct diag *diag)
{
    struct name_resolver *resolver = MEM_NEW(struct name_resolver);
    resolver->loop = loop;
    resolver->keep_ns = options->keep_ns;
    list_init(&resolver->entries);
    list_init(&resolver->answered);
    list_init(&resolver->sockets);
    wheel_timer_init(&resolver->timer, name_timer_fired, resolver);
    enum br_err err = name_open_channel(resolver, options, diag);
    if (err != BR_ERR_NONE)
        name_resolver_destroy(&resolver);
    else
        *out_resolver = resolver;
    return err;
}

void name_resolver_destroy(struct name_resolver **resolver)
{
    struct name_resolver *old = *resolver;
    if (old == NULL)
        return;
    old->closing = true;
    if (old->has_channel)
        ares_destroy(old->channel);
    MUST(list_is_empty(&old->sockets));
    wheel_disarm(&old->loop->wheel, &old->timer);
    struct list *node;
    while (!list_is_empty(&old->entries)) {
        struct name_entry *entry = BR_CONTAINER(old->entries.next, struct name_entry, node);
        while ((node = list_pop_head(&entry->queries)) != NULL) {
        }
        name_drop_entry(entry);
    }
    mem_free(old);
    *resolver = NULL;
}

const char *name_library_version(void)
{
    return ares_version(NULL);
}
