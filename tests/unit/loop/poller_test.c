/* SPDX-License-Identifier: Apache-2.0
 *
 * The poller of the real machine; also where epoll_pwait2 is missing (old kernels) or forbidden
 * (old container profiles), which a system call filter plays.
 */
#include "loop/poller.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "sys/clock.h"
#include "unit.h"

enum { POLLER_TEST_UNFILTERED = 77 };

struct poller_pair {
    struct poller *poller;
    int fds[2];
};

/* The number of the first step that went wrong, 0: none. No UNIT_ checks: it runs in children. */
static int poller_exercise(struct poller_pair *pair)
{
    struct poller_ready rows[4];
    int tag = 0;
    int64_t due_ns = clock_now_ns() + 3 * CLOCK_NS_PER_MS;
    if (poller_wait(pair->poller, due_ns, rows, 4) != 0 || clock_now_ns() < due_ns)
        return 1;
    if (poller_add(pair->poller, pair->fds[0], POLLER_IN, &tag) != BR_ERR_NONE)
        return 2;
    if (poller_wait(pair->poller, 0, rows, 4) != 0)
        return 3;
    if (write(pair->fds[1], "x", 1) != 1 || poller_wait(pair->poller, INT64_MAX, rows, 4) != 1)
        return 4;
    if (rows[0].tag != &tag || rows[0].events != POLLER_IN)
        return 5;
    poller_change(pair->poller, pair->fds[0], POLLER_IN | POLLER_OUT, &tag);
    if (poller_wait(pair->poller, 0, rows, 4) != 1 || rows[0].events != (POLLER_IN | POLLER_OUT))
        return 6;
    poller_change(pair->poller, pair->fds[0], 0, &tag);
    if (poller_wait(pair->poller, 0, rows, 4) != 0)
        return 7;
    poller_wake(pair->poller);
    if (poller_wait(pair->poller, INT64_MAX, rows, 4) != 0)
        return 8;
    (void)close(pair->fds[1]);
    if (poller_wait(pair->poller, INT64_MAX, rows, 4) != 1 || rows[0].events != POLLER_ERR)
        return 9; /* hang-ups are reported to those who asked for nothing */
    poller_remove(pair->poller, pair->fds[0]);
    if (poller_wait(pair->poller, 0, rows, 4) != 0)
        return 10;
    return 0;
}

static int poller_exercise_all(void)
{
    struct poller_pair pair;
    if (poller_create(&pair.poller, NULL) != BR_ERR_NONE)
        return 20;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.fds) != 0)
        return 21;
    int step = poller_exercise(&pair);
    poller_destroy(&pair.poller);
    (void)close(pair.fds[0]);
    return step;
}

UNIT_TEST(poller_keeps_its_promises)
{
    UNIT_EQ_INT(poller_exercise_all(), 0);
}

/* From now on epoll_pwait2 answers with that error; false where there are no filters. */
static bool poller_filter_pwait2(unsigned error)
{
    struct sock_filter rows[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = BR_COUNT(rows), .filter = rows};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

UNIT_TEST(poller_does_without_epoll_pwait2)
{
    static const struct {
        const char *row;
        unsigned error;
    } rows[] = {{"missing", ENOSYS}, {"forbidden", EPERM}};
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].row);
        pid_t child = fork();
        UNIT_OK(child != -1);
        if (child == 0)
            _exit(poller_filter_pwait2(rows[i].error) ? poller_exercise_all()
                                                      : POLLER_TEST_UNFILTERED);
        int status = 0;
        UNIT_EQ_INT(waitpid(child, &status, 0), child);
        UNIT_OK(WIFEXITED(status));
        if (WEXITSTATUS(status) != POLLER_TEST_UNFILTERED)
            UNIT_EQ_INT(WEXITSTATUS(status), 0);
    }
}

UNIT_MAIN(UNIT_RUN(poller_keeps_its_promises), UNIT_RUN(poller_does_without_epoll_pwait2))
