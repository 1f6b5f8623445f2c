/* SPDX-License-Identifier: Apache-2.0
 *
 * Signals arrive at the fd, whatever the parent had done with them, and nowhere else.
 */
#include "sys/signal.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/thread.h"
#include "unit.h"

static void signal_set(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    UNIT_EQ_INT(sigaction(number, &action, NULL), 0);
}

static int signal_open_ok(void)
{
    int fd = -1;
    struct diag diag = DIAG_INIT;
    UNIT_EQ_INT(signal_open(&fd, &diag), BR_ERR_NONE);
    return fd;
}

UNIT_TEST(signals_are_read)
{
    static const struct {
        int number;
        unsigned want;
    } rows[] = {{SIGINT, SIGNAL_INT},
                {SIGTERM, SIGNAL_TERM},
                {SIGHUP, SIGNAL_HUP},
                {SIGUSR1, SIGNAL_USR1},
                {SIGWINCH, SIGNAL_WINCH}};
    signal_set(SIGINT, SIG_IGN); /* as for a job in the background of sh */
    int fd = signal_open_ok();
    UNIT_EQ_INT(signal_take(fd), 0);
    unsigned all = 0;
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct pollfd set = {.fd = fd, .events = POLLIN};
        UNIT_ROW(strsignal(rows[i].number));
        UNIT_EQ_INT(kill(getpid(), rows[i].number), 0);
        UNIT_EQ_INT(poll(&set, 1, 10000), 1);
        UNIT_EQ_INT(signal_take(fd), rows[i].want);
        UNIT_EQ_INT(signal_take(fd), 0);
        all |= rows[i].want;
    }
    for (size_t i = 0; i < BR_COUNT(rows); i++)
        UNIT_EQ_INT(kill(getpid(), rows[i].number), 0);
    UNIT_EQ_INT(signal_take(fd), all);
    signal_close(fd);
}

UNIT_TEST(signals_that_nohup_ignored_stay_ignored)
{
    signal_set(SIGHUP, SIG_IGN);
    int fd = signal_open_ok();
    UNIT_EQ_INT(kill(getpid(), SIGHUP), 0);
    UNIT_EQ_INT(signal_take(fd), 0);
    signal_close(fd);
    UNIT_EQ_INT(kill(getpid(), SIGHUP), 0); /* and kills nobody afterwards */
    signal_set(SIGHUP, SIG_DFL);
}

static void signal_sleep_long(void *context)
{
    struct pollfd set = {.fd = *(int *)context, .events = POLLIN};
    (void)poll(&set, 1, 10000);
}

UNIT_TEST(signals_disturb_no_thread)
{
    int fd = signal_open_ok();
    struct thread *thread = thread_start("a name that is long", signal_sleep_long, &fd);
    UNIT_OK(thread != NULL);
    UNIT_EQ_INT(kill(getpid(), SIGTERM), 0);
    thread_join(&thread);
    UNIT_OK(thread == NULL);
    UNIT_EQ_INT(signal_take(fd), SIGNAL_TERM);
    signal_close(fd);
}

UNIT_TEST(signals_act_again_in_a_child_that_resets_them)
{
    int fd = signal_open_ok();
    pid_t child = fork();
    UNIT_OK(child != -1);
    if (child == 0) {
        signal_reset_all();
        (void)kill(getpid(), SIGTERM);
        _exit(0);
    }
    int status = 0;
    UNIT_EQ_INT(waitpid(child, &status, 0), child);
    UNIT_OK(WIFSIGNALED(status));
    UNIT_EQ_INT(WTERMSIG(status), SIGTERM);
    signal_close(fd);
}

UNIT_MAIN(UNIT_RUN(signals_are_read), UNIT_RUN(signals_that_nohup_ignored_stay_ignored),
          UNIT_RUN(signals_disturb_no_thread),
          UNIT_RUN(signals_act_again_in_a_child_that_resets_them))
