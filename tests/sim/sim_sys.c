/* SPDX-License-Identifier: Apache-2.0
 *
 * The rest of src/sys that asks the machine: limits, the machine's description, signals, ourselves.
 */
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "sim_net.h"
#include "sys/limit.h"
#include "sys/machine.h"
#include "sys/self.h"
#include "sys/signal.h"

static struct sim_fd *sim_signals;
static unsigned sim_signals_pending;

uint64_t limit_raise_nofile(void)
{
    return sim.options.descriptors;
}

uint64_t limit_nofile(void)
{
    return sim.options.descriptors;
}

void limit_local_ports(unsigned *out_low, unsigned *out_high)
{
    *out_low = sim.options.port_low;
    *out_high = sim.options.port_high;
}

unsigned limit_backlog(void)
{
    return 4096;
}

uint64_t limit_memory_available(void)
{
    return sim.options.memory;
}

void machine_read(struct machine *out_machine)
{
    memset(out_machine, 0, sizeof(*out_machine));
    (void)snprintf(out_machine->cpu_model, MACHINE_TEXT_SIZE, "simulated");
    (void)snprintf(out_machine->kernel, MACHINE_TEXT_SIZE, "simulated");
    (void)snprintf(out_machine->arch, MACHINE_TEXT_SIZE, "simulated");
    (void)snprintf(out_machine->hostname, MACHINE_TEXT_SIZE, "simulated");
    out_machine->cpus_online = sim.options.cpus;
    out_machine->cpus_allowed = sim.options.cpus;
    out_machine->memory_bytes = sim.options.memory;
}

uint64_t self_rss_bytes(void)
{
    return 1 << 20;
}

uint64_t self_random(void)
{
    return rng_next(&sim.rng);
}

enum br_err signal_open(int *out_fd, struct diag *diag)
{
    MUST(sim_signals == NULL);
    sim_enter(sim.options.cost.call_ns);
    struct sim_fd *fd = sim_fd_open(SIM_FD_SIGNAL);
    if (fd == NULL)
        return diag_set(diag, BR_ERR_NO_DESCRIPTORS, "cannot listen to signals");
    fd->is_readable = sim_signals_pending != 0;
    sim_signals = fd;
    *out_fd = fd->number;
    return BR_ERR_NONE;
}

unsigned signal_take(int fd)
{
    unsigned kinds = sim_signals_pending;
    sim_enter(sim.options.cost.call_ns);
    MUST(sim_fd_get(fd) == sim_signals);
    sim_signals_pending = 0;
    sim_signals->is_readable = false;
    return kinds;
}

void sim_raise(unsigned kinds)
{
    sim_note("signal", kinds, 0);
    sim_signals_pending |= kinds;
    if (sim_signals == NULL)
        return;
    sim_signals->is_readable = true;
    sim_fd_touch(sim_signals);
}

void signal_close(int fd)
{
    sim_enter(sim.options.cost.call_ns);
    MUST(sim_fd_get(fd) == sim_signals);
    sim_fd_close(sim_signals);
    sim_signals = NULL;
}

void signal_reset_all(void)
{
}

void sim_signal_end(void)
{
    sim_signals = NULL;
    sim_signals_pending = 0;
}
