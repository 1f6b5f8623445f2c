/* SPDX-License-Identifier: Apache-2.0
 *
 * Fake VUs, and the run around them.
 */
#include "sim_vus.h"

#include "base/must.h"
#include "plan/plan_shortcut.h"
#include "sim.h"
#include "sys/clock.h"
#include "unit.h"

struct fake fake;

/* ---- the driver ---- */

static void fake_on_timer(struct wheel_timer *timer, void *context)
{
    struct fake_vu *self = context;
    (void)timer;
    if (self->vu.state == VU_INITIALISING)
        vu_ready(&self->vu, BR_ERR_NONE, NULL);
    else
        vu_done(&self->vu, self->vu.interrupted ? VU_INTERRUPTED : VU_COMPLETED,
                loop_now(&fake.loop));
}

static void fake_init(struct vu_driver *driver, struct vu *vu)
{
    struct fake_vu *self = (struct fake_vu *)(void *)vu;
    struct diag diag = DIAG_INIT;
    (void)driver;
    wheel_timer_init(&self->timer, fake_on_timer, self);
    if (vu->id == fake.broken_id)
        vu_ready(vu, diag_set(&diag, BR_ERR_CONFIG, "broken"), &diag);
    else if (fake.init_ns == 0 || fake.t0_ns == 0)
        vu_ready(vu, BR_ERR_NONE, NULL);
    else
        wheel_arm(&fake.loop.wheel, &self->timer, loop_now(&fake.loop) + fake.init_ns);
}

static void fake_fini(struct vu_driver *driver, struct vu *vu)
{
    (void)driver;
    wheel_disarm(&fake.loop.wheel, &((struct fake_vu *)(void *)vu)->timer);
}

uint64_t fake_active(void)
{
    uint64_t active = 0;
    for (int s = 0; s < fake.shards; s++)
        active += vu_host_active(fake.drivers[s].host);
    return active;
}

static void fake_begin(struct vu_driver *driver, struct vu *vu)
{
    struct fake_vu *self = (struct fake_vu *)(void *)vu;
    int64_t now_ns = loop_now(&fake.loop);
    (void)driver;
    MUST(fake.start_count < FAKE_STARTS);
    fake.starts[fake.start_count++] =
        (struct fake_start){.at_ns = now_ns - fake.t0_ns,
                            .vu = vu->id,
                            .number = vu->number,
                            .iteration = vu->iteration,
                            .scenario_iteration = vu->scenario_iteration,
                            .scenario = vu->scenario_index};
    uint64_t active = fake_active();
    fake.active_max = active > fake.active_max ? active : fake.active_max;
    if (vu->number == fake.abort_number) {
        for (int s = 0; s < fake.shards; s++)
            vu_host_abort(fake.drivers[s].host);
    } else if (fake.iteration_ns == 0) {
        vu_done(vu, VU_COMPLETED, now_ns);
    } else {
        wheel_arm(&fake.loop.wheel, &self->timer, now_ns + fake.iteration_ns);
    }
}

static void fake_interrupt(struct vu_driver *driver, struct vu *vu)
{
    struct wheel_timer *timer = &((struct fake_vu *)(void *)vu)->timer;
    int64_t now_ns = loop_now(&fake.loop);
    (void)driver;
    wheel_disarm(&fake.loop.wheel, timer);
    if (fake.linger_ns > 0)
        wheel_arm(&fake.loop.wheel, timer, now_ns + fake.linger_ns);
    else
        vu_done(vu, VU_INTERRUPTED, now_ns);
}

static void fake_dropped(struct vu_driver *driver, int scenario_index, uint64_t count,
                         int64_t at_ns)
{
    (void)driver, (void)at_ns;
    fake.dropped[scenario_index] += count;
}

static void fake_insufficient(struct vu_driver *driver, int scenario_index, uint64_t vus)
{
    (void)driver, (void)scenario_index, (void)vus;
    fake.insufficient++;
}

static const struct vu_driver_ops fake_ops = {.name = "fake",
                                              .vu_size = sizeof(struct fake_vu),
                                              .init = fake_init,
                                              .fini = fake_fini,
                                              .start = fake_begin,
                                              .interrupt = fake_interrupt,
                                              .dropped = fake_dropped,
                                              .insufficient = fake_insufficient};

/* ---- the run around it ---- */

static void fake_on_offers(struct loop_alarm *alarm, int64_t now_ns)
{
    (void)alarm, (void)now_ns;
    while (fake.offer_head != fake.offer_tail) {
        size_t at = fake.offer_head++ % FAKE_OFFERS;
        struct vu_offer offer = fake.offers[at];
        vu_host_offer(fake.drivers[fake.offers_to[at]].host, &offer);
    }
}

static bool fake_offer(void *context, int shard, const struct vu_offer *offer)
{
    (void)context;
    fake.offers[fake.offer_tail % FAKE_OFFERS] = *offer;
    fake.offers_to[fake.offer_tail++ % FAKE_OFFERS] = (shard + 1) % fake.shards;
    loop_alarm_set(&fake.loop, &fake.offers_alarm, fake.loop.now_ns);
    return true;
}

static void fake_on_ready(void *context)
{
    (void)context;
    fake.ready++;
}

static void fake_on_done(void *context)
{
    (void)context;
    fake.done++;
    fake.done_ns = loop_now(&fake.loop) - fake.t0_ns;
}

void fake_set_up(const char *json, int shards)
{
    static const struct sim_options options = {.seed = 1};
    const char *warning;
    struct diag diag = DIAG_INIT;
    memset(&fake, 0, sizeof(fake));
    fake.abort_number = UINT64_MAX;
    fake.shards = shards;
    sim_begin(&options);
    plan_scenarios_init(&fake.scenarios);
    if (plan_scenarios_parse(&fake.scenarios, bytes_from_str(json), NULL, &warning, &diag) !=
        BR_ERR_NONE)
        unit_fail(__FILE__, __LINE__, "%s", diag.text);
    UNIT_EQ_INT(loop_init(&fake.loop, NULL), BR_ERR_NONE);
    loop_alarm_init(&fake.loop, &fake.offers_alarm, fake_on_offers, NULL);
    fake.deal = plan_deal_create(&fake.scenarios, shards);
    vu_share_local_init(&fake.share, fake.scenarios.count);
    fake.share.share.offer = fake_offer;
}

void fake_prepare(void)
{
    for (int s = 0; s < fake.shards; s++) {
        struct fake_driver *driver = &fake.drivers[s];
        struct vu_env env = {.loop = &fake.loop,
                             .scenarios = &fake.scenarios,
                             .deal = fake.deal,
                             .share = &fake.share.share,
                             .driver = &driver->driver,
                             .shard = s,
                             .min_iteration_ns = fake.min_iteration_ns};
        driver->driver.ops = &fake_ops;
        driver->host = vu_host_create(&env);
        vu_host_prepare(driver->host, fake_on_ready, NULL);
    }
    while (fake.ready < fake.shards)
        loop_turn(&fake.loop, INT64_MAX);
}

void fake_start(void)
{
    fake.t0_ns = loop_now(&fake.loop) + 10 * CLOCK_NS_PER_MS;
    for (int s = 0; s < fake.shards; s++)
        vu_host_start(fake.drivers[s].host, fake.t0_ns, fake_on_done, NULL);
}

void fake_run(int64_t until_ns)
{
    while (fake.done < fake.shards && loop_now(&fake.loop) < fake.t0_ns + until_ns)
        loop_turn(&fake.loop, until_ns == INT64_MAX ? INT64_MAX : fake.t0_ns + until_ns);
}

uint64_t fake_sum(int scenario, size_t offset)
{
    uint64_t sum = 0;
    for (int s = 0; s < fake.shards; s++)
        sum += *(const uint64_t *)(const void *)((const char *)vu_host_totals(fake.drivers[s].host,
                                                                              scenario) +
                                                 offset);
    return sum;
}

uint64_t fake_initialised(void)
{
    uint64_t sum = 0;
    for (int s = 0; s < fake.shards; s++)
        sum += vu_host_initialised(fake.drivers[s].host);
    return sum;
}

void fake_tear_down(void)
{
    for (int s = 0; s < fake.shards; s++) {
        UNIT_EQ_INT(vu_host_active(fake.drivers[s].host), 0);
        vu_host_destroy(&fake.drivers[s].host);
    }
    loop_alarm_fini(&fake.loop, &fake.offers_alarm);
    loop_fini(&fake.loop);
    vu_share_local_fini(&fake.share);
    plan_deal_destroy(&fake.deal);
    plan_scenarios_fini(&fake.scenarios);
    (void)sim_end();
}

void fake_play(const char *json, int shards, int64_t iteration_ns)
{
    fake_set_up(json, shards);
    fake.iteration_ns = iteration_ns;
    fake_prepare();
    fake_start();
    fake_run(INT64_MAX / 2);
    /* Whatever was begun has ended, one way or the other. */
    for (size_t i = 0; i < fake.scenarios.count; i++)
        UNIT_EQ_INT(FAKE_SUM((int)i, begun),
                    FAKE_SUM((int)i, completed) + FAKE_SUM((int)i, interrupted));
}
