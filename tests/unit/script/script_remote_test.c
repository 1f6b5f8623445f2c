/* SPDX-License-Identifier: Apache-2.0
 *
 * Modules fetched from a small server, in a process of its own, and kept.
 */
#include "script/script_remote.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define REPLY(status, head, text) "HTTP/1.1 " status "\r\nconnection: close\r\n" head "\r\n" text

static const struct {
    const char *request, *reply;
} server_rows[] = {
    {"GET /plain.js HTTP", REPLY("200 OK", "", "export const plain = 1;")},
    {"GET /bundle.js?_k6=1 HTTP", REPLY("200 OK", "", "bundled")},
    {"GET /moved.js HTTP", REPLY("302 Found", "Location: plain.js\r\n", "")},
    {"GET /round.js HTTP", REPLY("301 Moved", "location: /round.js\r\n", "")},
    {"GET /broken.js HTTP", REPLY("200 OK", "content-length: 100\r\n", "half")},
    {"", REPLY("404 Not Found", "", "no")},
};

static _Noreturn void serve(int listener)
{
    for (;;) {
        char request[2000] = "";
        size_t len = 0;
        int fd = accept(listener, NULL, NULL);
        while (fd >= 0 && len < sizeof(request) - 1 && !strstr(request, "\r\n\r\n")) {
            ssize_t got = recv(fd, request + len, sizeof(request) - 1 - len, 0);
            if (got <= 0)
                break;
            len += (size_t)got;
            request[len] = '\0';
        }
        size_t row = 0;
        while (strncmp(request, server_rows[row].request, strlen(server_rows[row].request)) != 0)
            row++;
        (void)send(fd, server_rows[row].reply, strlen(server_rows[row].reply), MSG_NOSIGNAL);
        (void)close(fd);
    }
}

struct server {
    pid_t pid;
    unsigned port;
    char folder[40];
};

static void server_start(struct server *server)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(addr);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    UNIT_OK(bind(listener, (struct sockaddr *)&addr, size) == 0 && listen(listener, 10) == 0);
    UNIT_OK(getsockname(listener, (struct sockaddr *)&addr, &size) == 0);
    server->port = ntohs(addr.sin_port);
    server->pid = fork();
    UNIT_OK(server->pid != -1);
    if (server->pid == 0)
        serve(listener);
    (void)close(listener);
    (void)snprintf(server->folder, sizeof(server->folder), "/tmp/brunt-remote-XXXXXX");
    UNIT_OK(mkdtemp(server->folder) != NULL);
}

static void server_stop(const struct server *server)
{
    (void)kill(server->pid, SIGKILL);
    UNIT_OK(waitpid(server->pid, NULL, 0) == server->pid);
}

/* Files in the cache; removed with it when asked. */
static int cache_count(const char *folder, bool removes)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        if (removes)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        (void)closedir(dir);
    if (removes)
        (void)rmdir(folder);
    return count;
}

static enum br_err read_path(const struct server *server, const char *path, const char *cache,
                             struct buf *out, struct diag *diag)
{
    char url[100];
    struct script_remote_options options = {.cache_folder = cache,
                                            .timeout_ns = INT64_C(20000000000)};
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", server->port, path);
    buf_clear(out);
    return script_remote_read(bytes_from_str(url), &options, out, diag);
}

UNIT_TEST(modules_are_fetched_and_kept)
{
    static const struct {
        const char *path, *text, *complaint;
    } rows[] = {
        {"/plain.js", "export const plain = 1;", NULL},
        {"/bundle.js", "bundled", NULL},
        {"/moved.js", "export const plain = 1;", NULL},
        {"/gone.js", NULL, "cannot be fetched: it was answered with 404"},
        {"/round.js", NULL, "cannot be fetched: it was answered with 301"},
        {"/broken.js", NULL, "cannot be fetched: "},
    };
    struct server server;
    struct buf text;
    server_start(&server);
    buf_init(&text, SCRIPT_REMOTE_SIZE_MAX);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i].path);
        enum br_err err = read_path(&server, rows[i].path, server.folder, &text, &diag);
        UNIT_EQ_INT(err == BR_ERR_NONE, rows[i].text != NULL);
        if (rows[i].text)
            UNIT_EQ_BYTES(buf_bytes(&text), bytes_from_str(rows[i].text));
        else
            UNIT_OK(strstr(diag.text, rows[i].complaint) && strstr(diag.text, rows[i].path));
    }
    server_stop(&server);
    UNIT_ROW("after the server");
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(cache_count(server.folder, false), 3);
    UNIT_EQ_INT(read_path(&server, "/moved.js", server.folder, &text, &diag), BR_ERR_NONE);
    UNIT_EQ_BYTES(buf_bytes(&text), BYTES("export const plain = 1;"));
    UNIT_OK(read_path(&server, "/moved.js", NULL, &text, &diag) != BR_ERR_NONE);
    UNIT_OK(strstr(diag.text, "cannot be fetched"));
    UNIT_EQ_INT(cache_count(server.folder, true), 3);
    buf_fini(&text);
}

UNIT_TEST(no_folder_is_no_failure)
{
    struct server server;
    struct buf text;
    struct diag diag = DIAG_INIT;
    server_start(&server);
    buf_init(&text, 10);
    UNIT_EQ_INT(read_path(&server, "/bundle.js", "/nowhere/at/all", &text, &diag), BR_ERR_NONE);
    UNIT_EQ_BYTES(buf_bytes(&text), BYTES("bundled"));
    UNIT_EQ_INT(read_path(&server, "/plain.js", NULL, &text, &diag), BR_ERR_LIMIT);
    server_stop(&server);
    (void)cache_count(server.folder, true);
    buf_fini(&text);
}

UNIT_MAIN(UNIT_RUN(modules_are_fetched_and_kept), UNIT_RUN(no_folder_is_no_failure))
