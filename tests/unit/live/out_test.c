/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of JSON and CSV as k6 writes them; words of --out, good and bad; files, compressed too.
 */
#include "live/out.h"

#include <stdlib.h>
#include <unistd.h>

#include "live/out_inner.h"
#include "sys/file.h"
#include "unit.h"

static struct world {
    struct metric_registry *registry;
    struct tag_store *tags;
    struct thresholds thresholds;
    struct out_env env;
    struct sample_batch batch;
} world;

static void world_begin(void)
{
    memset(&world, 0, sizeof(world));
    world.registry = metric_registry_create();
    thresholds_init(&world.thresholds);
    UNIT_EQ_INT(thresholds_add(&world.thresholds, world.registry, BYTES("http_reqs"),
                               BYTES("count>5"), false, 0, NULL),
                BR_ERR_NONE);
    metric_registry_seal(world.registry);
    world.tags = tag_store_create(world.registry, tag_system_default(), true);
    world.env = (struct out_env){.registry = world.registry,
                                 .thresholds = &world.thresholds,
                                 .systems = tag_system_default(),
                                 .wall_offset_ns = INT64_C(1767312000000000000)};
    const struct tag_set *tags = world.tags->empty;
    tags = tag_with_system(world.tags, tags, TAG_STATUS, BYTES("200"));
    tags = tag_with_system(world.tags, tags, TAG_URL, BYTES("http://a/?b=\"c\""));
    tags = tag_with(world.tags, tags, tag_store_key(world.tags, BYTES("my")), BYTES("own,one"));
    struct sample *sample = &world.batch.samples[0];
    world.batch.count = 1;
    *sample = (struct sample){.at_ns = INT64_C(3661500000000),
                              .value = 1.5,
                              .tags = tags,
                              .metric = METRIC_HTTP_REQS,
                              .vu = 7,
                              .iter = 3};
}

static void world_end(void)
{
    tag_store_destroy(&world.tags);
    thresholds_fini(&world.thresholds);
    metric_registry_destroy(&world.registry);
}

#define JSON_METRIC                                                                                \
    "{\"type\":\"Metric\",\"data\":{\"name\":\"http_reqs\",\"type\":\"counter\",\"contains\":"     \
    "\"default\",\"thresholds\":[\"count>5\"],\"submetrics\":null},\"metric\":\"http_reqs\"}\n"
#define JSON_POINT                                                                                 \
    "{\"metric\":\"http_reqs\",\"type\":\"Point\",\"data\":{\"time\":"                             \
    "\"2026-01-02T01:01:01.5Z\",\"value\":1.5,\"tags\":{\"my\":\"own,one\",\"status\":\"200\","    \
    "\"url\":\"http://a/?b=\\\"c\\\"\"}"
#define CSV_HEAD                                                                                   \
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,"    \
    "name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,metadata\n"
#define CSV_ROW(time)                                                                              \
    "http_reqs," time ",1.500000,,,,,,,,,,,200,,,\"http://a/?b=\"\"c\"\"\",\"my=own,one\",\n"

UNIT_TEST(lines_are_k6s)
{
    struct buf buf;
    world_begin();
    buf_init(&buf, 1 << 16);
    out_json_metric(&world.env, METRIC_HTTP_REQS, &buf);
    UNIT_EQ_BYTES(buf_bytes(&buf), BYTES(JSON_METRIC));
    buf_clear(&buf);
    out_json_sample(&world.env, &world.batch.samples[0], &buf);
    UNIT_EQ_BYTES(buf_bytes(&buf), BYTES(JSON_POINT "}}\n"));
    buf_clear(&buf);
    world.env.systems |= 1U << TAG_VU | 1U << TAG_ITER;
    out_json_sample(&world.env, &world.batch.samples[0], &buf);
    UNIT_EQ_BYTES(buf_bytes(&buf),
                  BYTES(JSON_POINT ",\"metadata\":{\"iter\":\"3\",\"vu\":\"7\"}}}\n"));
    buf_clear(&buf);
    world.env.systems = tag_system_default();
    out_csv_head(&world.env, &buf);
    out_csv_sample(&world.env, &world.batch.samples[0], OUT_TIME_S, &buf);
    UNIT_EQ_BYTES(buf_bytes(&buf), BYTES(CSV_HEAD CSV_ROW("1767315661")));
    buf_clear(&buf);
    out_csv_sample(&world.env, &world.batch.samples[0], OUT_TIME_RFC, &buf);
    UNIT_EQ_BYTES(buf_bytes(&buf), BYTES(CSV_ROW("2026-01-02T01:01:01Z")));
    buf_clear(&buf);
    out_json_metric(&world.env, METRIC_HTTP_REQ_DURATION, &buf);
    UNIT_OK(strstr(buf_cstr(&buf), "\"submetrics\":[{\"name\":\"http_req_duration{expected_response"
                                   ":true}\",\"suffix\":\"expected_response:true\",\"tags\":{"
                                   "\"expected_response\":\"true\"}}]") != NULL);
    buf_fini(&buf);
    world_end();
}

struct time_row {
    int64_t wall_ns;
    const char *want;
};

UNIT_TEST(times_are_dates)
{
    static const struct time_row rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {INT64_C(951782400000000001), "2000-02-29T00:00:00.000000001Z"},
        {INT64_C(1709251199123000000), "2024-02-29T23:59:59.123Z"},
        {INT64_C(4102444800000000000), "2100-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct buf buf;
        buf_init(&buf, 100);
        out_put_time(rows[i].wall_ns, true, &buf);
        UNIT_EQ_BYTES(buf_bytes(&buf), bytes_from_str(rows[i].want));
        buf_fini(&buf);
    }
}

UNIT_TEST(words_that_are_no_output_are_refused)
{
    static const char *const rows[] = {
        "xml=a", "jsn=a", "csv=a?timeFormat=never", "csv=a?x=y", "json=/nowhere/at/all", ""};
    world_begin();
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        struct out *out;
        struct diag diag = DIAG_INIT;
        UNIT_ROW(rows[i]);
        UNIT_OK(out_create(bytes_from_str(rows[i]), &world.env, &out, &diag) != BR_ERR_NONE);
        UNIT_OK(diag.text[0] != '\0');
    }
    world_end();
}

UNIT_TEST(files_hold_what_was_written)
{
    char dir[] = "/tmp/brunt-out-XXXXXX";
    char path[100], word[200];
    static const char *const names[] = {"a.json", "a.csv", "a.json.gz"};
    UNIT_OK(mkdtemp(dir) != NULL);
    world_begin();
    for (size_t i = 0; i < BR_COUNT(names); i++) {
        struct out *out;
        struct diag diag = DIAG_INIT;
        struct buf buf;
        UNIT_ROW(names[i]);
        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        (void)snprintf(word, sizeof(word), "%s=%s%s", i == 1 ? "csv" : "json", path,
                       i == 1 ? "?timeFormat=unix" : "");
        UNIT_EQ_INT(out_create(bytes_from_str(word), &world.env, &out, &diag), BR_ERR_NONE);
        for (int times = 0; times < 2000; times++)
            out_write(out, &world.batch);
        UNIT_EQ_INT(out_lost(out), 0);
        UNIT_EQ_INT(out_close(&out, &diag), BR_ERR_NONE);
        buf_init(&buf, 1 << 20);
        UNIT_EQ_INT(file_read_all(path, &buf, &diag), BR_ERR_NONE);
        size_t json = sizeof(JSON_METRIC) - 1 + 2000 * (sizeof(JSON_POINT "}}\n") - 1);
        size_t csv = sizeof(CSV_HEAD) - 1 + 2000 * (sizeof(CSV_ROW("1767315661")) - 1);
        if (i < 2)
            UNIT_EQ_INT(buf.len, i == 0 ? json : csv);
        else
            UNIT_OK(buf.len < json / 10 && buf.data[0] == '\x1f');
        buf_fini(&buf);
        (void)unlink(path);
    }
    (void)rmdir(dir);
    world_end();
}

UNIT_TEST(each_output_gets_all_samples)
{
    struct out *outs[2];
    struct sample_pipe pipe;
    struct diag diag = DIAG_INIT;
    char dir[] = "/tmp/brunt-out-XXXXXX";
    char paths[2][100], word[200];
    UNIT_OK(mkdtemp(dir) != NULL);
    world_begin();
    sample_pipe_init(&pipe);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(paths[i], sizeof(paths[i]), "%s/%d", dir, i);
        (void)snprintf(word, sizeof(word), "csv=%s", paths[i]);
        UNIT_EQ_INT(out_create(bytes_from_str(word), &world.env, &outs[i], &diag), BR_ERR_NONE);
    }
    for (int i = 0; i < 1000; i++)
        sample_put(&pipe, &world.batch.samples[0]);
    out_pump(outs, 2, &pipe); /* the full batch */
    sample_flush(&pipe);
    out_pump(outs, 2, &pipe);
    sample_pipe_fini(&pipe);
    for (int i = 0; i < 2; i++) {
        struct buf buf;
        UNIT_EQ_INT(out_close(&outs[i], &diag), BR_ERR_NONE);
        buf_init(&buf, 1 << 20);
        UNIT_EQ_INT(file_read_all(paths[i], &buf, &diag), BR_ERR_NONE);
        UNIT_EQ_INT(buf.len, sizeof(CSV_HEAD) - 1 + 1000 * (sizeof(CSV_ROW("1767315661")) - 1));
        buf_fini(&buf);
        (void)unlink(paths[i]);
    }
    (void)rmdir(dir);
    world_end();
}

UNIT_TEST(a_full_disk_is_counted)
{
    struct out *out;
    struct diag diag = DIAG_INIT;
    world_begin();
    UNIT_EQ_INT(out_create(BYTES("json=/dev/full"), &world.env, &out, &diag), BR_ERR_NONE);
    out_write(out, &world.batch);
    out_flush(out);
    out_write(out, &world.batch);
    UNIT_EQ_INT(out_lost(out), 2);
    UNIT_EQ_INT(out_close(&out, &diag), BR_ERR_IO);
    UNIT_OK(strstr(diag.text, "2 samples") != NULL);
    world_end();
}

UNIT_MAIN(UNIT_RUN(lines_are_k6s), UNIT_RUN(times_are_dates),
          UNIT_RUN(words_that_are_no_output_are_refused), UNIT_RUN(files_hold_what_was_written),
          UNIT_RUN(each_output_gets_all_samples), UNIT_RUN(a_full_disk_is_counted))
