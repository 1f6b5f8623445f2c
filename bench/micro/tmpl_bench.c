/* SPDX-License-Identifier: Apache-2.0
 *
 * What rendering a record costs: the promised case (300 bytes, five placeholders: at most 250 ns)
 * and each placeholder alone; the minimum of several rounds, as noise only adds.
 */
#include "data/tmpl.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/must.h"
#include "bench.h"

enum { BENCH_RECORDS = 20000, BENCH_ROUNDS = 9 };

static void bench_render(const char *name, const char *text)
{
    struct tmpl_set *set = tmpl_set_create();
    struct bytes body = bytes_from_str(text);
    struct tmpl_spec spec = {body, tmpl_guess_form(body), 0, "the template"};
    const struct tmpl *tmpl = NULL;
    struct diag diag = DIAG_INIT;
    MUST(tmpl_set_add(set, &spec, &tmpl, &diag) == BR_ERR_NONE);
    MUST(tmpl_set_seal(set, &diag) == BR_ERR_NONE);

    struct tmpl_value row[] = {{TMPL_VALUE_STRING, BYTES("a value of a row")}};
    struct tmpl_record record = {
        .seed = 1,
        .wall_ns = UINT64_C(1770091445678901234),
        .event = BYTES("e1k3m9x7q2w8r5t4y6u0abcd"),
        .event_uuid = BYTES("00000000-0000-4000-8000-000000000001"),
        .row = row,
    };
    struct buf out;
    buf_init(&out, 1 << 20);
    double best_ns = 1e9;
    size_t bytes = 0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        bytes = 0;
        int64_t start_ns = bench_now_ns();
        for (int i = 0; i < BENCH_RECORDS; i++, record.index++) {
            buf_clear(&out);
            MUST(tmpl_render(tmpl, &record, &out) == BR_ERR_NONE);
            bytes += out.len;
        }
        double each_ns = (double)(bench_now_ns() - start_ns) / BENCH_RECORDS;
        best_ns = each_ns < best_ns ? each_ns : best_ns;
    }
    printf("%-22s %7.1f ns/record %7.1f bytes\n", name, best_ns, (double)bytes / BENCH_RECORDS);
    buf_fini(&out);
    tmpl_set_destroy(&set);
}

int main(void)
{
    bench_render(
        "300 bytes, five",
        "{\"_msg\":\"payment failed {{event}} after {{int 1 30000}} ms\",\"level\":\"error\","
        "\"host\":\"{{pick web1 web2 web3}}\",\"service\":\"checkout\",\"region\":"
        "\"eu-central-1\",\"_time\":\"{{now}}\",\"trace\":\"{{uuid}}\",\"detail\":\"the bank "
        "did not answer in time, the order is kept for a second try\",\"attempt\":1}");
    bench_render(
        "300 bytes, none",
        "{\"_msg\":\"payment failed e1k3m9x7q2w8r5t4y6u0abcd after 15000 ms\",\"level\":\"error\","
        "\"host\":\"web1\",\"service\":\"checkout\",\"region\":"
        "\"eu-central-1\",\"_time\":\"2026-02-03T04:05:06.789Z\",\"trace\":\"00000000-0000-4000-"
        "8000-000000000001\",\"detail\":\"the bank "
        "did not answer in time, the order is kept for a second try\",\"attempt\":1}");
    static const char *const alone[] = {
        "{{event}}",
        "{{seq}}",
        "{{uuid}}",
        "{{now}}",
        "{{now ms}}",
        "{{int 1 1000000}}",
        "{{float 0 1}}",
        "{{pick a b c}}",
        "{{weighted a:70 b:30}}",
        "{{word}}",
        "{{text 200}}",
        "{{zipf 1000 1.1}}",
        "{{zipf 1000000 1}}",
        "{{normal 500 200}}",
        "{{row.a}}",
    };
    for (size_t i = 0; i < BR_COUNT(alone); i++)
        bench_render(alone[i], alone[i]);
    return 0;
}
