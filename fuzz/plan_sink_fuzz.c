/* SPDX-License-Identifier: Apache-2.0
 *
 * What people write about sinks: the first byte says which kind of text. A stretch that is accepted
 * is written and read again to the same; what is refused has a sentence and leaves nothing behind.
 */
#include "base/must.h"
#include "fuzz.h"
#include "plan/plan_sink.h"

/* Written, read and written again, it is the same text (shares lose digits once). */
static void check_stretch(const struct plan_sink_stretch *stretch)
{
    struct plan_sink_stretch again;
    struct buf first, second;
    buf_init(&first, 4096);
    buf_init(&second, 4096);
    plan_sink_print_stretch(stretch, &first);
    MUST(plan_sink_parse_stretch(buf_bytes(&first), &again, NULL) == BR_ERR_NONE);
    MUST(again.acts == stretch->acts);
    MUST(again.from_ns == stretch->from_ns);
    MUST(again.to_ns == stretch->to_ns);
    MUST(again.read_bytes_per_sec == stretch->read_bytes_per_sec);
    plan_sink_print_stretch(&again, &second);
    MUST(bytes_eq(buf_bytes(&first), buf_bytes(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

static enum br_err add(struct plan_sinks *sinks, uint8_t kind, struct bytes text, struct diag *diag)
{
    struct plan_sink_stretch at;
    enum br_err err;
    switch (kind % 3) {
    case 0:
        return plan_sinks_add(sinks, text, diag);
    case 1:
        return plan_sinks_set_auth(sinks, text, diag);
    default:
        err = plan_sinks_add_stretch(sinks, text, diag);
        if (err != BR_ERR_NONE)
            return err;
        check_stretch(&sinks->sinks[0].stretches[0]);
        plan_sink_stretch_at(&sinks->sinks[0], sinks->sinks[0].stretches[0].from_ns, &at);
        MUST(at.acts == plan_sink_acts(&sinks->sinks[0]));
        return err;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan_sinks sinks;
    struct diag diag = DIAG_INIT;
    struct buf out;
    if (size == 0 || size > 4096)
        return 0;
    plan_sinks_init(&sinks);
    buf_init(&out, 1 << 20);
    MUST(plan_sinks_add(&sinks, BYTES("a=webhook"), NULL) == BR_ERR_NONE);
    enum br_err err = add(&sinks, data[0], bytes_make((const char *)data + 1, size - 1), &diag);
    MUST((err == BR_ERR_NONE) == (diag.text[0] == '\0'));
    for (size_t i = 0; i < sinks.count; i++)
        plan_sink_print(&sinks.sinks[i], &out);
    buf_fini(&out);
    plan_sinks_fini(&sinks);
    return 0;
}
