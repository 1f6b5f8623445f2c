/* SPDX-License-Identifier: Apache-2.0
 *
 * The hierarchical timer wheel (Varghese and Lauck: "Hashed and hierarchical timing wheels", 1987,
 * scheme 7), in the form where a timer's level is given by the highest group of six bits in which
 * its tick differs from now. So all timers of a level come before all timers of the next one, and
 * the first used slot of the lowest used level is the next thing to do: no scan of empty slots,
 * whatever the distance. Eight levels hold every int64_t, nothing needs clamping.
 *
 * Firing is in two steps, so that a loop can look at its alarms between two timers: wheel_collect
 * moves what is due to a list of its own, wheel_fire_next fires one of it. What a timer arms while
 * it fires lands in the wheel, never in that list: a timer that arms itself for the past fires once
 * a turn and starves nobody.
 */
#include "loop/wheel.h"

#include "base/attr.h"
#include "base/must.h"

enum { WHEEL_SLOT_BITS = 6, WHEEL_LEVEL_DUE = WHEEL_LEVELS };

_Static_assert(1 << WHEEL_SLOT_BITS == WHEEL_SLOTS, "a slot's number is a group of bits");
_Static_assert(WHEEL_LEVELS *WHEEL_SLOT_BITS >= 63 - WHEEL_TICK_SHIFT, "int64_t does not fit");

/* Rounded up, so that a timer is never early. */
static uint64_t wheel_tick_of(int64_t due_ns)
{
    if (due_ns <= 0)
        return 0;
    uint64_t due = (uint64_t)due_ns;
    return (due >> WHEEL_TICK_SHIFT) + ((due & (WHEEL_TICK_NS - 1)) != 0 ? 1 : 0);
}

static unsigned wheel_slot_at(uint64_t tick, unsigned level)
{
    return (unsigned)(tick >> (level * WHEEL_SLOT_BITS)) & (WHEEL_SLOTS - 1);
}

void wheel_init(struct wheel *wheel, int64_t now_ns)
{
    MUST(now_ns >= 0);
    wheel->now_tick = (uint64_t)now_ns >> WHEEL_TICK_SHIFT;
    wheel->count = 0;
    list_init(&wheel->due);
    for (int level = 0; level < WHEEL_LEVELS; level++) {
        wheel->used[level] = 0;
        for (int slot = 0; slot < WHEEL_SLOTS; slot++)
            list_init(&wheel->slots[level][slot]);
    }
}

void wheel_fini(struct wheel *wheel)
{
    MUST(wheel->count == 0);
}

void wheel_timer_init(struct wheel_timer *timer, wheel_fire_fn *fire, void *context)
{
    list_init(&timer->node);
    timer->due_ns = INT64_MAX;
    timer->fire = fire;
    timer->context = context;
    timer->level = 0;
    timer->slot = 0;
}

bool wheel_timer_is_armed(const struct wheel_timer *timer)
{
    return !list_is_empty(&timer->node);
}

static void wheel_place(struct wheel *wheel, struct wheel_timer *timer)
{
    uint64_t tick = wheel_tick_of(timer->due_ns);
    if (tick < wheel->now_tick)
        tick = wheel->now_tick;
    uint64_t differs = (tick ^ wheel->now_tick) | 1;
    unsigned level = (63 - (unsigned)__builtin_clzll(differs)) / WHEEL_SLOT_BITS;
    unsigned slot = wheel_slot_at(tick, level);
    timer->level = (uint8_t)level;
    timer->slot = (uint8_t)slot;
    list_push_tail(&wheel->slots[level][slot], &timer->node);
    wheel->used[level] |= UINT64_C(1) << slot;
}

static void wheel_unplace(struct wheel *wheel, struct wheel_timer *timer)
{
    list_remove(&timer->node);
    if (timer->level == WHEEL_LEVEL_DUE)
        return;
    if (list_is_empty(&wheel->slots[timer->level][timer->slot]))
        wheel->used[timer->level] &= ~(UINT64_C(1) << timer->slot);
}

void wheel_arm(struct wheel *wheel, struct wheel_timer *timer, int64_t due_ns)
{
    if (wheel_timer_is_armed(timer))
        wheel_unplace(wheel, timer);
    else
        wheel->count++;
    timer->due_ns = due_ns;
    wheel_place(wheel, timer);
}

void wheel_disarm(struct wheel *wheel, struct wheel_timer *timer)
{
    if (!wheel_timer_is_armed(timer))
        return;
    wheel_unplace(wheel, timer);
    wheel->count--;
}

/* The next slot to look at; false when no slot is used. */
static bool wheel_find_next(const struct wheel *wheel, unsigned *out_level, unsigned *out_slot,
                            uint64_t *out_tick)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        if (wheel->used[level] == 0)
            continue;
        unsigned slot = (unsigned)__builtin_ctzll(wheel->used[level]);
        unsigned shift = level * WHEEL_SLOT_BITS;
        uint64_t group = (uint64_t)(WHEEL_SLOTS - 1) << shift;
        uint64_t below = (UINT64_C(1) << shift) - 1;
        *out_level = level;
        *out_slot = slot;
        *out_tick = (wheel->now_tick & ~(group | below)) | ((uint64_t)slot << shift);
        return true;
    }
    return false;
}

/* The timers of a slot whose first tick is now: due when on the lowest level, else spread over the
 * levels below. */
static void wheel_empty_slot(struct wheel *wheel, unsigned level, unsigned slot)
{
    struct list *head = &wheel->slots[level][slot], *node;
    wheel->used[level] &= ~(UINT64_C(1) << slot);
    while ((node = list_pop_head(head)) != NULL) {
        struct wheel_timer *timer = BR_CONTAINER(node, struct wheel_timer, node);
        if (level == 0) {
            timer->level = WHEEL_LEVEL_DUE;
            list_push_tail(&wheel->due, node);
        } else {
            wheel_place(wheel, timer);
        }
    }
}

void wheel_collect(struct wheel *wheel, int64_t now_ns)
{
    unsigned level, slot;
    uint64_t tick, target = (uint64_t)(now_ns < 0 ? 0 : now_ns) >> WHEEL_TICK_SHIFT;
    if (target < wheel->now_tick)
        target = wheel->now_tick;
    while (wheel_find_next(wheel, &level, &slot, &tick) && tick <= target) {
        wheel->now_tick = tick;
        wheel_empty_slot(wheel, level, slot);
    }
    wheel->now_tick = target;
}

bool wheel_fire_next(struct wheel *wheel)
{
    struct list *node = list_pop_head(&wheel->due);
    if (node == NULL)
        return false;
    struct wheel_timer *timer = BR_CONTAINER(node, struct wheel_timer, node);
    wheel->count--;
    timer->fire(timer, timer->context);
    return true;
}

size_t wheel_advance(struct wheel *wheel, int64_t now_ns)
{
    size_t fired = 0;
    wheel_collect(wheel, now_ns);
    while (wheel_fire_next(wheel))
        fired++;
    return fired;
}

int64_t wheel_next_ns(const struct wheel *wheel)
{
    unsigned level, slot;
    uint64_t tick;
    if (!list_is_empty(&wheel->due))
        return (int64_t)(wheel->now_tick << WHEEL_TICK_SHIFT);
    if (!wheel_find_next(wheel, &level, &slot, &tick))
        return INT64_MAX;
    if (tick >= UINT64_C(1) << (63 - WHEEL_TICK_SHIFT))
        return INT64_MAX;
    return (int64_t)(tick << WHEEL_TICK_SHIFT);
}

static size_t wheel_count_slot(const struct wheel *wheel, unsigned level, unsigned slot, bool *ok)
{
    const struct list *head = &wheel->slots[level][slot];
    size_t count = 0;
    bool is_used = (wheel->used[level] >> slot & 1) != 0;
    *ok = *ok && is_used != list_is_empty(head);
    for (const struct list *node = head->next; node != head; node = node->next) {
        const struct wheel_timer *timer =
            (const struct wheel_timer *)(const void *)((const char *)node -
                                                       offsetof(struct wheel_timer, node));
        uint64_t tick = wheel_tick_of(timer->due_ns);
        if (tick < wheel->now_tick)
            tick = wheel->now_tick;
        uint64_t above = (tick ^ wheel->now_tick) >> level * WHEEL_SLOT_BITS;
        *ok = *ok && timer->level == level && timer->slot == slot;
        *ok = *ok && (level == 0 || wheel_slot_at(tick, level) == slot);
        *ok = *ok && above < WHEEL_SLOTS && (level == 0 || above > 0);
        count++;
    }
    return count;
}

bool wheel_validate(const struct wheel *wheel)
{
    bool ok = true;
    size_t count = 0;
    for (const struct list *node = wheel->due.next; node != &wheel->due; node = node->next)
        count++;
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < WHEEL_SLOTS; slot++)
            count += wheel_count_slot(wheel, level, slot, &ok);
    }
    return ok && count == wheel->count;
}
