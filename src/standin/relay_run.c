/* SPDX-License-Identifier: Apache-2.0
 *
 * The relay as a program: a loop of its own, signals, what it says.
 */
#include <stdio.h>

#include "base/mem.h"
#include "standin/relay_inner.h"
#include "sys/limit.h"
#include "sys/signal.h"

struct relay_run {
    struct loop loop;
    struct loop_watch signals;
    struct wheel_timer end;
    struct standin_relay *relay;
    bool drain;
    bool told; /* to stop */
};

static void relay_run_stop(struct relay_run *run)
{
    bool at_once = run->told || !run->drain;
    run->told = true;
    if (at_once)
        loop_stop(&run->loop);
    else
        standin_relay_drain(run->relay);
}

static void relay_run_on_signal(struct loop_watch *watch, unsigned events)
{
    (void)events;
    if ((signal_take(watch->fd) & (SIGNAL_INT | SIGNAL_TERM | SIGNAL_HUP)) != 0)
        relay_run_stop(BR_CONTAINER(watch, struct relay_run, signals));
}

static void relay_run_on_over(struct wheel_timer *timer, void *context)
{
    (void)timer;
    relay_run_stop(context);
}

static void relay_run_on_turn(void *context)
{
    struct relay_run *run = context;
    if (run->told && standin_relay_stats(run->relay)->depth == 0)
        loop_stop(&run->loop);
}

static void relay_run_say(struct relay_run *run)
{
    struct buf text;
    char addr[SOCK_TEXT_SIZE];
    const struct sock_addr *bound = standin_relay_addr(run->relay);
    sock_addr_format(bound, addr);
    buf_init(&text, RELAY_TEXT_MAX);
    buf_putf(&text, "listening on %s%s\n", bound->u.any.sa_family == AF_UNIX ? "" : "http://",
             addr);
    if (standin_relay_stats(run->relay)->restored > 0)
        buf_putf(&text, "found %llu events in the store\n",
                 (unsigned long long)standin_relay_stats(run->relay)->restored);
    (void)file_print(1, buf_bytes(&text));
    buf_fini(&text);
}

static void relay_run_sum_up(struct relay_run *run)
{
    struct buf text;
    buf_init(&text, RELAY_TEXT_MAX);
    relay_put_summary(run->relay, &text);
    (void)file_print(1, buf_bytes(&text));
    buf_fini(&text);
}

static enum br_err relay_run_serve(struct relay_run *run, const struct standin_relay_config *config,
                                   struct diag *diag)
{
    enum br_err err = standin_relay_create(&run->loop, config, &run->relay, diag);
    if (err != BR_ERR_NONE)
        return err;
    relay_run_say(run);
    run->loop.turn_hook = relay_run_on_turn;
    run->loop.turn_hook_context = run;
    wheel_timer_init(&run->end, relay_run_on_over, run);
    if (config->for_ns > 0)
        wheel_arm(&run->loop.wheel, &run->end, loop_now(&run->loop) + config->for_ns);
    loop_run(&run->loop);
    wheel_disarm(&run->loop.wheel, &run->end);
    relay_run_sum_up(run);
    return standin_relay_destroy(&run->relay, diag);
}

enum br_err standin_relay_run(const struct standin_relay_config *config, struct diag *diag)
{
    struct relay_run *run = MEM_NEW(struct relay_run);
    int fd;
    run->drain = config->drain;
    (void)limit_raise_nofile();
    enum br_err err = signal_open(&fd, diag);
    if (err == BR_ERR_NONE) {
        err = loop_init(&run->loop, diag);
        if (err == BR_ERR_NONE) {
            err = loop_watch_add(&run->loop, &run->signals, fd, POLLER_IN, relay_run_on_signal);
            if (err == BR_ERR_NONE) {
                err = relay_run_serve(run, config, diag);
                loop_watch_remove(&run->loop, &run->signals);
            }
            loop_fini(&run->loop);
        }
        signal_close(fd);
    }
    mem_free(run);
    return err;
}
