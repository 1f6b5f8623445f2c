/* SPDX-License-Identifier: Apache-2.0
 *
 * Signals of the real machine by signalfd(2).
 */
#include "sys/signal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/must.h"

static const struct signal_row {
    int number;
    enum signal_kind kind;
} signal_rows[] = {
    {SIGINT, SIGNAL_INT},   {SIGTERM, SIGNAL_TERM},   {SIGHUP, SIGNAL_HUP},
    {SIGUSR1, SIGNAL_USR1}, {SIGWINCH, SIGNAL_WINCH},
};

static void signal_set_disposition(int number, bool ignored)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
    (void)sigaction(number, &action, NULL);
}

static bool signal_is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void signal_fill_set(sigset_t *set)
{
    (void)sigemptyset(set);
    for (size_t i = 0; i < BR_COUNT(signal_rows); i++) {
        if (signal_rows[i].kind != SIGNAL_HUP || !signal_is_ignored(SIGHUP))
            (void)sigaddset(set, signal_rows[i].number);
    }
}

enum br_err signal_open(int *out_fd, struct diag *diag)
{
    sigset_t set;
    signal_fill_set(&set);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd == -1)
        return diag_set_errno(diag, BR_ERR_NO_DESCRIPTORS, errno, "cannot listen to signals");
    int result = pthread_sigmask(SIG_BLOCK, &set, NULL);
    MUST(result == 0);
    for (size_t i = 0; i < BR_COUNT(signal_rows); i++) {
        if (sigismember(&set, signal_rows[i].number) == 1)
            signal_set_disposition(signal_rows[i].number, false);
    }
    signal_set_disposition(SIGPIPE, true);
    *out_fd = fd;
    return BR_ERR_NONE;
}

unsigned signal_take(int fd)
{
    struct signalfd_siginfo info;
    unsigned kinds = 0;
    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        for (size_t i = 0; i < BR_COUNT(signal_rows); i++) {
            if ((int)info.ssi_signo == signal_rows[i].number)
                kinds |= signal_rows[i].kind;
        }
    }
    return kinds;
}

void signal_close(int fd)
{
    sigset_t set;
    signal_fill_set(&set);
    (void)close(fd);
    signal_set_disposition(SIGPIPE, false);
    int result = pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    MUST(result == 0);
}

/* ---- crashes ---- */

static const int signal_fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
static int signal_farewell_fd;
static struct bytes signal_farewell;

/* SA_RESETHAND has put the default back: what raised it will kill. */
static void signal_on_fatal(int number)
{
    ssize_t written = write(signal_farewell_fd, signal_farewell.ptr, signal_farewell.len);
    (void)written;
    (void)raise(number);
}

void signal_set_farewell(int fd, struct bytes text)
{
    struct sigaction action = {.sa_flags = (int)SA_RESETHAND};
    action.sa_handler = text.len > 0 ? signal_on_fatal : SIG_DFL;
    signal_farewell_fd = fd;
    signal_farewell = text;
    for (size_t i = 0; i < BR_COUNT(signal_fatal); i++)
        (void)sigaction(signal_fatal[i], &action, NULL);
}

void signal_reset_all(void)
{
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        signal_set_disposition(number, false);
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}
