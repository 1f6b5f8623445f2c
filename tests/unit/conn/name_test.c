/* SPDX-License-Identifier: Apache-2.0
 *
 * Names: literals, /etc/hosts, and a name server of ours on loopback in the same loop whose answers
 * are a table. Nobody outside is ever asked.
 */
#include "conn/name.h"

#include <netinet/in.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/must.h"
#include "sys/clock.h"
#include "unit.h"

enum { DNS_A = 1, DNS_AAAA = 28, DNS_NXDOMAIN = 3, DNS_SERVFAIL = 2, DNS_SILENT = -1 };
enum { DNS_HEADER = 12, DNS_PACKET = 512 };

/* What the server says about a name. */
struct dns_row {
    const char *name;
    int status; /* 0, an RCODE, or DNS_SILENT */
    const char *a[3];
    const char *aaaa[3];
};

static const struct dns_row dns_rows[] = {
    {"both.test", 0, {"127.0.0.11", "127.0.0.12"}, {"::11"}},
    {"four.test", 0, {"127.0.0.4"}, {NULL}},
    {"six.test", 0, {NULL}, {"::6"}},
    {"empty.test", 0, {NULL}, {NULL}},
    {"broken.test", DNS_SERVFAIL, {NULL}, {NULL}},
    {"silent.test", DNS_SILENT, {NULL}, {NULL}},
};

static struct loop loop;
static struct name_resolver *resolver;
static struct loop_watch dns_watch;
static int dns_queries;

/* ---- the name server ---- */

/* "\4both\4test\0" to "both.test"; the length of the wire form, 0 when it is damaged. */
static size_t dns_read_name(const unsigned char *wire, size_t len, char *out_text, size_t size)
{
    size_t at = 0, put = 0;
    while (at < len && wire[at] != 0) {
        size_t label = wire[at++];
        if (label > 63 || at + label >= len || put + label + 2 > size)
            return 0;
        if (put > 0)
            out_text[put++] = '.';
        memcpy(out_text + put, wire + at, label);
        put += label;
        at += label;
    }
    out_text[put] = '\0';
    return at + 1;
}

static size_t dns_put_answers(unsigned char *packet, size_t at, const char *const *texts, int type)
{
    for (; *texts != NULL; texts++) {
        struct sock_addr addr;
        MUST(sock_addr_from_ip(bytes_from_str(*texts), 0, &addr));
        unsigned char len = type == DNS_A ? 4 : 16;
        const unsigned char head[] = {0xc0, DNS_HEADER, 0,  (unsigned char)type, 0, 1, 0, 0, 0,
                                      60,   0,          len};
        memcpy(packet + at, head, sizeof(head));
        at += sizeof(head);
        const void *from = type == DNS_A
                               ? (const void *)&((struct sockaddr_in *)(void *)&addr.u)->sin_addr
                               : (const void *)&((struct sockaddr_in6 *)(void *)&addr.u)->sin6_addr;
        memcpy(packet + at, from, len);
        at += len;
        packet[7]++;
    }
    return at;
}

static const struct dns_row *dns_find(const char *name)
{
    for (size_t i = 0; i < BR_COUNT(dns_rows); i++) {
        if (bytes_eq_nocase(bytes_from_str(dns_rows[i].name), bytes_from_str(name)))
            return &dns_rows[i];
    }
    return NULL;
}

static void dns_ready(struct loop_watch *watch, unsigned events)
{
    (void)events;
    unsigned char packet[DNS_PACKET + 256];
    struct sockaddr_storage from;
    socklen_t from_len = sizeof(from);
    ssize_t got = recvfrom(watch->fd, packet, DNS_PACKET, 0, (struct sockaddr *)&from, &from_len);
    char name[256];
    if (got < DNS_HEADER + 5)
        return;
    dns_queries++;
    size_t name_len =
        dns_read_name(packet + DNS_HEADER, (size_t)got - DNS_HEADER, name, sizeof(name));
    const struct dns_row *row = dns_find(name);
    int type = packet[DNS_HEADER + name_len + 1];
    if (row != NULL && row->status == DNS_SILENT)
        return;
    size_t at = DNS_HEADER + name_len + 4;
    int status = row == NULL ? DNS_NXDOMAIN : row->status;
    packet[2] = 0x85; /* an authoritative answer */
    packet[3] = (unsigned char)(0x80 | status);
    memset(packet + 6, 0, 6);
    if (status == 0)
        at = dns_put_answers(packet, at, type == DNS_A ? row->a : row->aaaa, type);
    (void)sendto(watch->fd, packet, at, 0, (struct sockaddr *)&from, from_len);
}

/* ---- asking ---- */

struct question {
    struct name_query query;
    int answers;
    enum br_err err;
    size_t count;
    char text[NAME_ADDRS_MAX * 32]; /* "a b c" */
    struct bytes again;             /* asks for this from inside the first answer */
};

static void note_answer(struct name_query *query, enum br_err err, const struct sock_addr *addrs,
                        size_t count)
{
    struct question *question = BR_CONTAINER(query, struct question, query);
    question->answers++;
    question->err = err;
    question->count = count;
    question->text[0] = '\0';
    for (size_t i = 0; i < count && i < 4; i++) {
        char text[SOCK_TEXT_SIZE];
        sock_addr_format(&addrs[i], text);
        size_t len = strlen(question->text);
        (void)snprintf(question->text + len, sizeof(question->text) - len, "%s%.40s",
                       i == 0 ? "" : " ", text);
    }
    if (question->again.len > 0) {
        struct bytes again = question->again;
        question->again = BYTES_NONE;
        name_resolve(resolver, query, again, 1, NAME_ONLY_IPV4);
    }
}

static void begin_keeping(int64_t keep_ns)
{
    static char servers[SOCK_TEXT_SIZE];
    struct sock_addr addr;
    socklen_t len = sizeof(addr.u);
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    UNIT_OK(sock_addr_from_ip(BYTES("127.0.0.1"), 0, &addr));
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    UNIT_OK(fd != -1);
    UNIT_EQ_INT(bind(fd, &addr.u.any, addr.len), 0);
    UNIT_EQ_INT(getsockname(fd, &addr.u.any, &len), 0);
    UNIT_EQ_INT(loop_watch_add(&loop, &dns_watch, fd, POLLER_IN, dns_ready), BR_ERR_NONE);
    sock_addr_format(&addr, servers);
    dns_queries = 0;
    struct name_options options = {
        .servers = servers, .timeout_ms = 100, .tries = 2, .keep_ns = keep_ns};
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(name_resolver_create(&loop, &options, &resolver, &diag), BR_ERR_NONE);
}

static void begin(void)
{
    begin_keeping(0);
}

static void finish(void)
{
    int fd = dns_watch.fd;
    name_resolver_destroy(&resolver);
    UNIT_OK(resolver == NULL);
    loop_watch_remove(&loop, &dns_watch);
    sock_close(fd);
    loop_fini(&loop);
}

static void ask(struct question *question, const char *host, uint16_t port, enum name_family family)
{
    memset(question, 0, sizeof(*question));
    name_query_init(&question->query, note_answer);
    name_resolve(resolver, &question->query, bytes_from_str(host), port, family);
}

static void await(const struct question *question)
{
    int64_t end_ns = clock_now_ns() + 10 * CLOCK_NS_PER_SEC;
    while (question->answers == 0 && clock_now_ns() < end_ns)
        loop_turn(&loop, clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(question->answers, 1);
}

UNIT_TEST(literals_are_answered_at_once)
{
    begin();
    struct question question;
    ask(&question, "127.0.0.9", 80, NAME_PREFER_IPV6);
    UNIT_EQ_INT(question.answers, 1);
    UNIT_EQ_STR(question.text, "127.0.0.9:80");
    ask(&question, "::1", 8080, NAME_ONLY_IPV4);
    UNIT_EQ_STR(question.text, "[::1]:8080");
    UNIT_EQ_INT(dns_queries, 0);
    finish();
}

UNIT_TEST(localhost_needs_no_server)
{
    begin();
    struct question question;
    ask(&question, "localhost", 8000, NAME_PREFER_IPV4);
    await(&question);
    UNIT_EQ_INT(question.err, BR_ERR_NONE);
    UNIT_OK(bytes_starts(bytes_from_str(question.text), BYTES("127.0.0.1:8000")));
    ask(&question, "localhost", 8000, NAME_ONLY_IPV4);
    await(&question);
    UNIT_EQ_STR(question.text, "127.0.0.1:8000");
    UNIT_EQ_INT(dns_queries, 0);
    finish();
}

UNIT_TEST(answers_come_in_the_order_asked_for)
{
    static const struct {
        const char *host;
        enum name_family family;
        enum br_err err;
        const char *want;
    } rows[] = {
        {"both.test", NAME_PREFER_IPV4, BR_ERR_NONE, "127.0.0.11:7 127.0.0.12:7 [::11]:7"},
        {"both.test", NAME_PREFER_IPV6, BR_ERR_NONE, "[::11]:7 127.0.0.11:7 127.0.0.12:7"},
        {"both.test", NAME_ONLY_IPV4, BR_ERR_NONE, "127.0.0.11:7 127.0.0.12:7"},
        {"both.test", NAME_ONLY_IPV6, BR_ERR_NONE, "[::11]:7"},
        {"four.test", NAME_PREFER_IPV4, BR_ERR_NONE, "127.0.0.4:7"},
        {"four.test", NAME_PREFER_IPV6, BR_ERR_NONE, "127.0.0.4:7"},
        {"four.test", NAME_ANY, BR_ERR_NONE, "127.0.0.4:7"},
        {"four.test", NAME_ONLY_IPV6, BR_ERR_NAME_NOT_FOUND, ""},
        {"six.test", NAME_PREFER_IPV4, BR_ERR_NONE, "[::6]:7"},
        {"empty.test", NAME_PREFER_IPV4, BR_ERR_NAME_NOT_FOUND, ""},
        {"nobody.test", NAME_PREFER_IPV4, BR_ERR_NAME_NOT_FOUND, ""},
        {"", NAME_PREFER_IPV4, BR_ERR_NAME_NOT_FOUND, ""},
        {"broken.test", NAME_PREFER_IPV4, BR_ERR_NAME_FAILED, ""},
        {"silent.test", NAME_PREFER_IPV4, BR_ERR_NAME_TIMEOUT, ""},
    };
    begin();
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].host);
        struct question question;
        ask(&question, rows[i].host, 7, rows[i].family);
        await(&question);
        UNIT_EQ_STR(err_name(question.err), err_name(rows[i].err));
        UNIT_EQ_STR(question.text, rows[i].want);
    }
    finish();
}

UNIT_TEST(equal_questions_are_asked_once_and_answers_kept)
{
    begin();
    struct question one, two, three;
    ask(&one, "four.test", 1, NAME_ONLY_IPV4);
    ask(&two, "FOUR.test", 2, NAME_ONLY_IPV4);
    UNIT_EQ_INT(one.answers, 0);
    await(&one);
    await(&two);
    UNIT_EQ_STR(one.text, "127.0.0.4:1");
    UNIT_EQ_STR(two.text, "127.0.0.4:2");
    UNIT_EQ_INT(dns_queries, 1);
    ask(&three, "four.test", 3, NAME_ONLY_IPV4);
    UNIT_EQ_INT(three.answers, 1);
    UNIT_EQ_STR(three.text, "127.0.0.4:3");
    UNIT_EQ_INT(dns_queries, 1);
    finish();
}

UNIT_TEST(answers_can_be_kept_for_a_while_or_not_at_all)
{
    struct question question;
    begin_keeping(30 * CLOCK_NS_PER_MS);
    ask(&question, "four.test", 1, NAME_ONLY_IPV4);
    await(&question);
    int64_t end_ns = clock_now_ns() + 40 * CLOCK_NS_PER_MS;
    while (clock_now_ns() < end_ns)
        loop_turn(&loop, end_ns);
    int before = dns_queries;
    ask(&question, "four.test", 1, NAME_ONLY_IPV4);
    UNIT_EQ_INT(question.answers, 0);
    name_cancel(&question.query);
    UNIT_EQ_INT(before, 1);
    finish();

    begin_keeping(-1);
    ask(&question, "four.test", 1, NAME_ONLY_IPV4);
    await(&question);
    ask(&question, "four.test", 1, NAME_ONLY_IPV4);
    UNIT_EQ_INT(question.answers, 0);
    await(&question);
    UNIT_EQ_STR(question.text, "127.0.0.4:1");
    finish();
}

UNIT_TEST(a_question_can_be_cancelled)
{
    begin();
    struct question one, two;
    ask(&one, "four.test", 1, NAME_ONLY_IPV4);
    ask(&two, "four.test", 2, NAME_ONLY_IPV4);
    name_cancel(&one.query);
    name_cancel(&one.query);
    await(&two);
    UNIT_EQ_INT(one.answers, 0);
    finish();
}

UNIT_TEST(an_answer_may_be_followed_by_a_question_from_inside)
{
    begin();
    struct question question;
    ask(&question, "nobody.test", 1, NAME_ONLY_IPV4);
    question.again = BYTES("nobody.test");
    int64_t end_ns = clock_now_ns() + 10 * CLOCK_NS_PER_SEC;
    while (question.answers < 2 && clock_now_ns() < end_ns)
        loop_turn(&loop, clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    UNIT_EQ_INT(question.answers, 2);
    UNIT_EQ_INT(question.err, BR_ERR_NAME_NOT_FOUND);
    question.answers = 0;
    question.again = BYTES("four.test");
    name_resolve(resolver, &question.query, BYTES("nobody.test"), 1, NAME_ONLY_IPV4);
    while (question.answers < 2 && clock_now_ns() < end_ns)
        loop_turn(&loop, clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    UNIT_EQ_STR(question.text, "127.0.0.4:1");
    finish();
}

UNIT_TEST(a_resolver_can_go_while_it_is_asked)
{
    begin();
    struct question one, two;
    ask(&one, "silent.test", 1, NAME_PREFER_IPV4);
    ask(&two, "four.test", 1, NAME_PREFER_IPV4);
    finish();
    UNIT_EQ_INT(one.answers, 0);
    UNIT_EQ_INT(two.answers, 0);
}

UNIT_TEST(many_names_do_not_grow_for_ever)
{
    begin();
    for (int i = 0; i < 1100; i++) {
        char host[32];
        struct question question;
        (void)snprintf(host, sizeof(host), "n%d.test", i);
        ask(&question, host, 1, NAME_ONLY_IPV4);
        await(&question);
        UNIT_EQ_INT(question.err, BR_ERR_NAME_NOT_FOUND);
    }
    finish();
}

UNIT_TEST(servers_that_are_no_addresses_are_refused)
{
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    struct name_options options = {.servers = "127.0.0.1:53,nonsense"};
    struct name_resolver *none = NULL;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(name_resolver_create(&loop, &options, &none, &diag), BR_ERR_CONFIG);
    UNIT_OK(none == NULL);
    UNIT_OK(strstr(diag.text, "nonsense") != NULL);
    loop_fini(&loop);
}

UNIT_MAIN(UNIT_RUN(literals_are_answered_at_once), UNIT_RUN(localhost_needs_no_server),
          UNIT_RUN(answers_come_in_the_order_asked_for),
          UNIT_RUN(equal_questions_are_asked_once_and_answers_kept),
          UNIT_RUN(answers_can_be_kept_for_a_while_or_not_at_all),
          UNIT_RUN(a_question_can_be_cancelled),
          UNIT_RUN(an_answer_may_be_followed_by_a_question_from_inside),
          UNIT_RUN(a_resolver_can_go_while_it_is_asked), UNIT_RUN(many_names_do_not_grow_for_ever),
          UNIT_RUN(servers_that_are_no_addresses_are_refused))
