/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS between our own client and our own server in one loop: what verifies and what does not,
 * bytes of all sizes in both directions with full sockets, ends with and without close_notify,
 * sessions that are resumed, peers that speak no TLS at all.
 */
#include "conn/tls.h"

#include <stdlib.h>

#include "base/mem.h"
#include "certs.h"
#include "peers.h"

enum { BIG = 4 << 20 };

static struct loop loop;
static struct listener listener;
static struct peer client, server;
static struct certs certs;
static struct tls_client *tls_client;
static struct tls_server *tls_server;

static void begin_with(const struct tls_client_options *ours,
                       const struct tls_server_options *theirs)
{
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(loop_init(&loop, NULL), BR_ERR_NONE);
    peer_init(&client, &loop);
    peer_init(&server, &loop);
    listener_open(&listener, &loop, "127.0.0.1");
    listener.peers[0] = &server;
    UNIT_EQ_INT(tls_client_create(ours, &tls_client, &diag), BR_ERR_NONE);
    UNIT_EQ_INT(tls_server_create(theirs, &tls_server, &diag), BR_ERR_NONE);
    listener.tls = tls_server;
}

static void finish(void)
{
    peer_fini(&client);
    peer_fini(&server);
    listener_close(&listener);
    tls_client_destroy(&tls_client);
    tls_server_destroy(&tls_server);
    loop_fini(&loop);
}

static void start(const char *name)
{
    const struct conn_target target = {
        .addr = &listener.addr, .tls = tls_client, .server_name = name};
    conn_connect(&client.conn, &target);
    PEERS_WAIT(&loop, client.opens > 0);
}

static struct tls_client_options trusting(void)
{
    return (struct tls_client_options){.ca_file = certs.ca};
}

static struct tls_server_options serving(const char *cert)
{
    /* certs_key's storage is good for two calls; a create follows at once. */
    return (struct tls_server_options){.cert_file = cert, .key_file = certs_key(cert)};
}

static void begin_open(void)
{
    struct tls_client_options ours = trusting();
    struct tls_server_options theirs = serving(certs.good);
    begin_with(&ours, &theirs);
    start("localhost");
    UNIT_EQ_STR(tls_client_failure(tls_client), "");
    UNIT_EQ_INT(client.open_err, BR_ERR_NONE);
    PEERS_WAIT(&loop, server.opens == 1);
    UNIT_EQ_INT(server.open_err, BR_ERR_NONE);
}

UNIT_TEST(bytes_go_both_ways_encrypted)
{
    begin_open();
    UNIT_OK(client.conn.tcp_ns >= client.conn.open_start_ns);
    UNIT_OK(client.conn.tls_ns > client.conn.tcp_ns);
    UNIT_EQ_INT(conn_send(&client.conn, BYTES("ping")), 4);
    PEERS_WAIT(&loop, server.in.len == 4);
    UNIT_EQ_BYTES(buf_bytes(&server.in), BYTES("ping"));
    char one[] = "po", none[] = "", two[] = "ng!";
    struct iovec parts[] = {{none, 0}, {one, 2}, {none, 0}, {two, 3}, {none, 0}};
    UNIT_EQ_INT(conn_sendv(&server.conn, parts, 5), 5);
    PEERS_WAIT(&loop, client.in.len == 5);
    UNIT_EQ_BYTES(buf_bytes(&client.in), BYTES("pong!"));
    struct tls_info info;
    UNIT_OK(tls_get_info(&client.conn, &info));
    UNIT_EQ_STR(info.version, "TLSv1.3");
    UNIT_OK(strlen(info.cipher) > 0);
    UNIT_EQ_INT(info.alpn.len, 0);
    UNIT_OK(!info.resumed);
    conn_close(&client.conn, true);
    UNIT_OK(!tls_get_info(&client.conn, &info));
    finish();
}

UNIT_TEST(certificates_are_verified_by_default)
{
    static const struct {
        const char *row;
        const char *cert, *ca, *name;
        bool insecure;
        enum br_err want;
        const char *reason;
    } rows[] = {
        {"good name", certs.good, certs.ca, "good.test", false, BR_ERR_NONE, ""},
        {"wildcard", certs.good, certs.ca, "a.wild.test", false, BR_ERR_NONE, ""},
        {"IPv4", certs.good, certs.ca, "127.0.0.1", false, BR_ERR_NONE, ""},
        {"IPv6", certs.good, certs.ca, "::1", false, BR_ERR_NONE, ""},
        {"other address", certs.good, certs.ca, "127.0.0.2", false, BR_ERR_TLS_VERIFY,
         "IP address mismatch"},
        {"other name", certs.good, certs.ca, "bad.test", false, BR_ERR_TLS_VERIFY,
         "hostname mismatch"},
        {"wildcard is one label", certs.good, certs.ca, "a.b.wild.test", false, BR_ERR_TLS_VERIFY,
         "hostname mismatch"},
        {"wrong host", certs.wrong, certs.ca, "localhost", false, BR_ERR_TLS_VERIFY,
         "hostname mismatch"},
        {"expired", certs.expired, certs.ca, "localhost", false, BR_ERR_TLS_VERIFY,
         "certificate has expired"},
        {"unknown authority", certs.good, certs.other_ca, "localhost", false, BR_ERR_TLS_VERIFY,
         "unable to get local issuer certificate"},
        {"the system's authorities", certs.good, NULL, "localhost", false, BR_ERR_TLS_VERIFY,
         "unable to get local issuer certificate"},
        {"insecure, expired", certs.expired, NULL, "localhost", true, BR_ERR_NONE, ""},
        {"insecure, wrong host", certs.wrong, NULL, "localhost", true, BR_ERR_NONE, ""},
        {"insecure, no name", certs.wrong, NULL, NULL, true, BR_ERR_NONE, ""},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].row);
        struct tls_client_options ours = {.ca_file = rows[i].ca, .insecure = rows[i].insecure};
        struct tls_server_options theirs = serving(rows[i].cert);
        begin_with(&ours, &theirs);
        start(rows[i].name);
        UNIT_EQ_STR(err_name(client.open_err), err_name(rows[i].want));
        UNIT_EQ_STR(tls_client_failure(tls_client), rows[i].reason);
        UNIT_EQ_INT(client.conn.state, rows[i].want == BR_ERR_NONE ? CONN_OPEN : CONN_CLOSED);
        finish();
    }
}

UNIT_TEST(alpn_takes_the_servers_first_choice)
{
    static const struct {
        const char *client, *server, *want;
    } rows[] = {
        {"h2,http/1.1", "http/1.1,h2", "http/1.1"},
        {"http/1.1", "h2, http/1.1", "http/1.1"},
        {"h2", "http/1.1", ""},
        {"h2", NULL, ""},
        {NULL, "h2", ""},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct tls_client_options ours = trusting();
        struct tls_server_options theirs = serving(certs.good);
        ours.alpn = rows[i].client;
        theirs.alpn = rows[i].server;
        begin_with(&ours, &theirs);
        start("localhost");
        UNIT_EQ_INT(client.open_err, BR_ERR_NONE);
        struct tls_info info;
        UNIT_OK(tls_get_info(&client.conn, &info));
        UNIT_EQ_BYTES(info.alpn, bytes_from_str(rows[i].want));
        finish();
    }
}

UNIT_TEST(versions_can_be_bounded)
{
    struct tls_client_options ours = trusting();
    struct tls_server_options theirs = serving(certs.good);
    ours.max_version = TLS_VERSION_1_2;
    begin_with(&ours, &theirs);
    start("localhost");
    struct tls_info info;
    UNIT_OK(tls_get_info(&client.conn, &info));
    UNIT_EQ_STR(info.version, "TLSv1.2");
    UNIT_EQ_INT(conn_send(&client.conn, BYTES("old")), 3);
    PEERS_WAIT(&loop, server.in.len == 3);
    finish();
}

/* ---- many bytes ---- */

static char *make_big(void)
{
    char *big = mem_alloc(BIG);
    for (size_t i = 0; i < BIG; i++)
        big[i] = (char)(i * 131 + i / 1000);
    return big;
}

UNIT_TEST(a_full_socket_loses_and_doubles_nothing)
{
    static const size_t read_sizes[] = {1000, 16384, 1 << 18};
    char *big = make_big();
    for (size_t i = 0; i < BR_COUNT(read_sizes); i++) {
        begin_open();
        server.read_size = read_sizes[i];
        client.read_size = read_sizes[i];
        conn_pause_reading(&server.conn, true);
        conn_pause_reading(&client.conn, true);
        peer_send_all(&client, bytes_make(big, BIG));
        UNIT_OK(client.rest.len > 0);
        for (int turn = 0; turn < 3; turn++)
            peers_turn(&loop);
        conn_pause_reading(&server.conn, false);
        conn_pause_reading(&client.conn, false);
        peer_send_all(&server, bytes_make(big, BIG));
        PEERS_WAIT(&loop, server.in.len == BIG && client.in.len == BIG);
        UNIT_OK(memcmp(server.in.data, big, BIG) == 0);
        UNIT_OK(memcmp(client.in.data, big, BIG) == 0);
        UNIT_EQ_INT(client.rest.len, 0);
        finish();
    }
    mem_free(big);
}

UNIT_TEST(taken_bytes_are_in_the_kernel)
{
    /* What was taken arrives although the sender closes at once. */
    begin_open();
    char *big = make_big();
    conn_pause_reading(&server.conn, true);
    struct iovec parts[] = {
        {big, 10}, {big + 10, 20000}, {big + 20010, 3}, {big + 20013, BIG - 20013}};
    ssize_t taken = conn_sendv(&client.conn, parts, 4);
    UNIT_OK(taken > 0 && taken < BIG);
    UNIT_EQ_INT(conn_send(&client.conn, bytes_make(big + taken, 1)), LAYER_AGAIN);
    conn_close(&client.conn, true);
    server.read_size = 1 << 16;
    conn_pause_reading(&server.conn, false);
    PEERS_WAIT(&loop, server.end != PEER_OPEN_ENDED);
    UNIT_EQ_INT(server.in.len, taken);
    UNIT_OK(memcmp(server.in.data, big, (size_t)taken) == 0);
    /* The rest of a record and close_notify had no room any more. */
    UNIT_EQ_INT(server.end, 0);
    UNIT_OK(server.conn.truncated);
    mem_free(big);
    finish();
}

UNIT_TEST(fewer_bytes_may_be_offered_after_a_short_send)
{
    begin_open();
    char *big = make_big();
    server.read_size = 1 << 16;
    conn_pause_reading(&server.conn, true);
    size_t sent = 0;
    ssize_t result;
    while ((result = conn_send(&client.conn, bytes_make(big + sent, BIG - sent))) > 0)
        sent += (size_t)result;
    UNIT_EQ_INT(result, LAYER_AGAIN);
    conn_pause_reading(&server.conn, false);
    /* In small pieces from here, many smaller than what is owed. */
    size_t target = sent + 300000;
    for (int i = 0; i < 100000 && sent < target; i++) {
        size_t piece = target - sent < 777 ? target - sent : 777;
        result = conn_send(&client.conn, bytes_make(big + sent, piece));
        if (result > 0)
            sent += (size_t)result;
        else
            peers_turn(&loop);
    }
    UNIT_EQ_INT(sent, target);
    PEERS_WAIT(&loop, server.in.len == target);
    UNIT_OK(memcmp(server.in.data, big, target) == 0);
    mem_free(big);
    finish();
}

UNIT_TEST(many_records_in_one_segment_need_no_further_event)
{
    begin_open();
    conn_pause_reading(&server.conn, true);
    for (int i = 0; i < 100; i++)
        UNIT_EQ_INT(conn_send(&client.conn, BYTES("0123456789")), 10);
    server.read_size = 7;
    conn_pause_reading(&server.conn, false);
    PEERS_WAIT(&loop, server.in.len == 1000);
    finish();
}

static void read_once_per_byte(struct peer *peer)
{
    /* Reads little, and only when asked. */
    peer->read_size = 1;
    if (peer->in.len < 3)
        peer_read(peer);
    else
        conn_pause_reading(&peer->conn, true);
}

UNIT_TEST(pausing_holds_decrypted_bytes_back)
{
    begin_open();
    server.on_readable = read_once_per_byte;
    UNIT_EQ_INT(conn_send(&client.conn, BYTES("abcdef")), 6);
    PEERS_WAIT(&loop, server.conn.paused);
    int readables = server.readables;
    for (int i = 0; i < 3; i++)
        peers_turn(&loop);
    UNIT_EQ_INT(server.readables, readables);
    UNIT_EQ_BYTES(buf_bytes(&server.in), BYTES("abc"));
    server.on_readable = NULL;
    conn_pause_reading(&server.conn, false);
    PEERS_WAIT(&loop, server.in.len == 6);
    UNIT_EQ_BYTES(buf_bytes(&server.in), BYTES("abcdef"));
    finish();
}

UNIT_TEST(who_reads_outside_of_on_readable_is_told_of_the_rest)
{
    begin_open();
    conn_pause_reading(&server.conn, true);
    UNIT_EQ_INT(conn_send(&client.conn, BYTES("abcdef")), 6);
    for (int i = 0; i < 3; i++)
        peers_turn(&loop);
    conn_pause_reading(&server.conn, false);
    server.read_size = 2;
    peer_read(&server);
    UNIT_EQ_INT(server.in.len, 2);
    PEERS_WAIT(&loop, server.in.len == 6);
    finish();
}

/* ---- ends ---- */

UNIT_TEST(close_notify_is_the_end)
{
    begin_open();
    UNIT_EQ_INT(conn_send(&client.conn, BYTES("bye")), 3);
    conn_close(&client.conn, true);
    PEERS_WAIT(&loop, server.end != PEER_OPEN_ENDED);
    UNIT_EQ_INT(server.end, 0);
    UNIT_OK(!server.conn.truncated);
    UNIT_EQ_BYTES(buf_bytes(&server.in), BYTES("bye"));
    finish();
}

/* Closes the socket under the TLS layer, as a server that crashes. */
static void cut_under(struct peer *peer)
{
    int fd = peer->conn.watch.fd;
    sock_shutdown_send(fd);
}

UNIT_TEST(an_end_without_close_notify_is_marked)
{
    begin_open();
    UNIT_EQ_INT(conn_send(&server.conn, BYTES("bye")), 3);
    cut_under(&server);
    PEERS_WAIT(&loop, client.end != PEER_OPEN_ENDED);
    UNIT_EQ_INT(client.end, 0);
    UNIT_OK(client.conn.truncated);
    UNIT_EQ_BYTES(buf_bytes(&client.in), BYTES("bye"));
    finish();
}

UNIT_TEST(a_reset_is_a_reset)
{
    begin_open();
    conn_close(&server.conn, false);
    PEERS_WAIT(&loop, client.end != PEER_OPEN_ENDED);
    UNIT_EQ_INT(client.end, layer_fail(BR_ERR_RESET));
    finish();
}

UNIT_TEST(a_forged_record_is_a_protocol_error)
{
    begin_open();
    static const char forged[] = "\x17\x03\x03\x00\x20"
                                 "garbage garbage garbage garbage!";
    UNIT_EQ_INT(sock_send(server.conn.watch.fd, forged, sizeof(forged) - 1), sizeof(forged) - 1);
    PEERS_WAIT(&loop, client.end != PEER_OPEN_ENDED);
    UNIT_EQ_INT(client.end, layer_fail(BR_ERR_TLS_PROTOCOL));
    UNIT_OK(strlen(tls_client_failure(tls_client)) > 0);
    finish();
}

/* ---- no TLS on the other side ---- */

static void answer_plain(struct peer *peer)
{
    peer_read(peer);
    if (peer->conn.state == CONN_OPEN)
        (void)conn_send(&peer->conn, BYTES("HTTP/1.1 400 Bad Request\r\n\r\n"));
}

static void hang_up(struct peer *peer)
{
    peer_read(peer);
    conn_close(&peer->conn, true);
}

static void reset(struct peer *peer)
{
    conn_close(&peer->conn, false);
}

UNIT_TEST(handshakes_fail_with_a_reason)
{
    static const struct {
        const char *row;
        void (*on_readable)(struct peer *peer);
        const char *reason;
    } rows[] = {
        {"plain HTTP", answer_plain, "wrong version number"},
        {"closed", hang_up, "the peer closed the connection during the handshake"},
        {"reset", reset, "connection reset by the peer"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].row);
        struct tls_client_options ours = trusting();
        struct tls_server_options theirs = serving(certs.good);
        begin_with(&ours, &theirs);
        listener.tls = NULL;
        server.on_readable = rows[i].on_readable;
        start("localhost");
        UNIT_EQ_INT(client.open_err, BR_ERR_TLS_HANDSHAKE);
        UNIT_EQ_STR(tls_client_failure(tls_client), rows[i].reason);
        finish();
    }
}

UNIT_TEST(a_plain_client_fails_the_servers_handshake)
{
    struct tls_client_options ours = trusting();
    struct tls_server_options theirs = serving(certs.good);
    begin_with(&ours, &theirs);
    peer_connect(&client, &listener.addr);
    PEERS_WAIT(&loop, client.opens == 1);
    UNIT_EQ_INT(conn_send(&client.conn, BYTES("GET / HTTP/1.1\r\n\r\n")), 18);
    PEERS_WAIT(&loop, server.opens == 1);
    UNIT_EQ_INT(server.open_err, BR_ERR_TLS_HANDSHAKE);
    UNIT_EQ_STR(tls_server_failure(tls_server), "http request");
    finish();
}

UNIT_TEST(a_handshake_can_be_given_up)
{
    struct tls_client_options ours = trusting();
    struct tls_server_options theirs = serving(certs.good);
    begin_with(&ours, &theirs);
    listener.tls = NULL;
    const struct conn_target target = {
        .addr = &listener.addr, .tls = tls_client, .server_name = "localhost"};
    conn_connect(&client.conn, &target);
    PEERS_WAIT(&loop, server.in.len > 0);
    UNIT_EQ_INT(client.conn.state, CONN_OPENING);
    conn_close(&client.conn, true);
    UNIT_EQ_INT(client.opens, 0);
    PEERS_WAIT(&loop, server.end != PEER_OPEN_ENDED);
    finish();
}

/* ---- certificates of clients, sessions ---- */

UNIT_TEST(a_client_shows_its_certificate_when_asked)
{
    for (int with = 0; with < 2; with++) {
        struct tls_client_options ours = trusting();
        struct tls_server_options theirs = serving(certs.good);
        theirs.client_ca_file = certs.ca;
        if (with) {
            ours.cert_file = certs.wrong;
            ours.key_file = certs_key(certs.wrong);
        }
        begin_with(&ours, &theirs);
        start("localhost");
        /* In TLS 1.3 a client learns of its refusal after its own handshake is done. */
        UNIT_EQ_INT(client.open_err, BR_ERR_NONE);
        PEERS_WAIT(&loop, server.opens == 1);
        UNIT_EQ_INT(server.open_err, with ? BR_ERR_NONE : BR_ERR_TLS_HANDSHAKE);
        if (!with) {
            PEERS_WAIT(&loop, client.end != PEER_OPEN_ENDED);
            UNIT_EQ_INT(client.end, layer_fail(BR_ERR_TLS_PROTOCOL));
            UNIT_EQ_STR(tls_client_failure(tls_client), "tlsv13 alert certificate required");
        }
        finish();
    }
}

UNIT_TEST(sessions_are_resumed_when_asked)
{
    static const enum tls_version versions[] = {TLS_VERSION_1_2, TLS_VERSION_1_3};
    for (int i = 0; i < 4; i++) {
        bool resume = i >= 2;
        struct tls_client_options ours = trusting();
        struct tls_server_options theirs = serving(certs.good);
        ours.resume = resume;
        ours.max_version = versions[i % 2];
        begin_with(&ours, &theirs);
        for (int lap = 0; lap < 3; lap++) {
            listener.peers[listener.accepted] = &server;
            client.opens = 0;
            start("localhost");
            UNIT_EQ_INT(client.open_err, BR_ERR_NONE);
            struct tls_info info;
            UNIT_OK(tls_get_info(&client.conn, &info));
            UNIT_EQ_INT(info.resumed, resume && lap > 0);
            PEERS_WAIT(&loop, server.conn.state == CONN_OPEN);
            buf_clear(&client.in);
            UNIT_EQ_INT(conn_send(&server.conn, BYTES("x")), 1);
            PEERS_WAIT(&loop, client.in.len == 1);
            conn_close(&client.conn, lap == 0);
            conn_close(&server.conn, true);
        }
        finish();
    }
}

UNIT_TEST(files_and_lists_that_do_not_serve_are_refused_with_a_sentence)
{
    struct tls_client_options rows[] = {
        {.ca_file = "/nonexistent/ca.pem"},
        {.ca_file = certs_key(certs.ca)},
        {.insecure = true, .cert_file = certs.good},
        {.insecure = true, .cert_file = certs.good, .key_file = "/nonexistent/key"},
        {.insecure = true, .alpn = "h2,,x"},
        {.insecure = true, .alpn = ""},
    };
    static const char *const words[] = {"/nonexistent/ca.pem", "ca.pem.key", "needs a key file",
                                        "/nonexistent/key",    "h2,,x",      "names with commas"};
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(words[i]);
        struct diag diag = DIAG_INIT;
        struct tls_client *none = NULL;
        UNIT_EQ_INT(tls_client_create(&rows[i], &none, &diag), BR_ERR_CONFIG);
        UNIT_OK(none == NULL);
        UNIT_OK(strstr(diag.text, words[i]) != NULL);
    }
    struct tls_server_options pair = {.cert_file = certs.good, .key_file = certs_key(certs.wrong)};
    struct tls_server *none = NULL;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(tls_server_create(&pair, &none, &diag), BR_ERR_CONFIG);
    UNIT_OK(strstr(diag.text, "fits the certificate") != NULL);
}

static const struct unit_test tests[] = {
    UNIT_RUN(bytes_go_both_ways_encrypted),
    UNIT_RUN(certificates_are_verified_by_default),
    UNIT_RUN(alpn_takes_the_servers_first_choice),
    UNIT_RUN(versions_can_be_bounded),
    UNIT_RUN(a_full_socket_loses_and_doubles_nothing),
    UNIT_RUN(taken_bytes_are_in_the_kernel),
    UNIT_RUN(fewer_bytes_may_be_offered_after_a_short_send),
    UNIT_RUN(many_records_in_one_segment_need_no_further_event),
    UNIT_RUN(pausing_holds_decrypted_bytes_back),
    UNIT_RUN(who_reads_outside_of_on_readable_is_told_of_the_rest),
    UNIT_RUN(close_notify_is_the_end),
    UNIT_RUN(an_end_without_close_notify_is_marked),
    UNIT_RUN(a_reset_is_a_reset),
    UNIT_RUN(a_forged_record_is_a_protocol_error),
    UNIT_RUN(handshakes_fail_with_a_reason),
    UNIT_RUN(a_plain_client_fails_the_servers_handshake),
    UNIT_RUN(a_handshake_can_be_given_up),
    UNIT_RUN(a_client_shows_its_certificate_when_asked),
    UNIT_RUN(sessions_are_resumed_when_asked),
    UNIT_RUN(files_and_lists_that_do_not_serve_are_refused_with_a_sentence),
};

int main(int argc, char **argv)
{
    certs_create(&certs);
    int result = unit_main(tests, BR_COUNT(tests), argc, argv);
    certs_destroy(&certs);
    return result;
}
