/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads of the real machine. Signals are blocked in all of them but the first: whoever wants them
 * reads them (signal.h), nobody is interrupted.
 */
#include "sys/thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/mem.h"
#include "base/must.h"

enum { THREAD_NAME_SIZE = 16 };

struct thread {
    pthread_t id;
    thread_main_fn *main;
    void *context;
    char name[THREAD_NAME_SIZE];
};

static void *thread_enter(void *context)
{
    struct thread *thread = context;
    (void)prctl(PR_SET_NAME, thread->name, 0, 0, 0);
    thread->main(thread->context);
    return NULL;
}

struct thread *thread_start(const char *name, thread_main_fn *main, void *context)
{
    struct thread *thread = MEM_NEW(struct thread);
    size_t len = strnlen(name, THREAD_NAME_SIZE - 1);
    memcpy(thread->name, name, len);
    thread->main = main;
    thread->context = context;

    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    sigset_t all, before;
    (void)sigfillset(&all);
    /* What a bug raises is for nobody to read later (signal_set_farewell). */
    for (size_t i = 0; i < BR_COUNT(fatal); i++)
        (void)sigdelset(&all, fatal[i]);
    int masked = pthread_sigmask(SIG_SETMASK, &all, &before);
    MUST(masked == 0);
    int error = pthread_create(&thread->id, NULL, thread_enter, thread);
    masked = pthread_sigmask(SIG_SETMASK, &before, NULL);
    MUST(masked == 0);
    if (error != 0) {
        mem_free(thread);
        errno = error;
        return NULL;
    }
    return thread;
}

void thread_join(struct thread **thread)
{
    if (*thread == NULL)
        return;
    int error = pthread_join((*thread)->id, NULL);
    MUST(error == 0);
    mem_free(*thread);
    *thread = NULL;
}

void thread_set_timer_slack(long slack_ns)
{
    (void)prctl(PR_SET_TIMERSLACK, slack_ns, 0, 0, 0);
}
