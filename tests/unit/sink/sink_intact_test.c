/* SPDX-License-Identifier: Apache-2.0
 *
 * Which text belongs to which event.
 */
#include "data/hash.h"
#include "sink_world.h"

static struct world world;

/* In the bodies, %0 to %3 are stamps 0 to 3. `texts`: what each of them is to have, NULL: none; the
 * list ends with the last that is in the body. */
static const struct {
    const char *field, *body;
    const char *texts[4];
    int count;
} rows[] = {
    {"m", "{\"id\":\"%0\",\"m\":\"hello\"}", {"hello"}, 1},
    {"m", "{\"m\":\"a %0 b\"}", {"a %0 b"}, 1},
    {"m", "{\"m\":\"t\\u00e4b\\t\\\"%0\"}", {"t\303\244b\t\"%0"}, 1},
    {"m", "{\"m\":\"x\",\"n\":{\"id\":\"%0\"}}", {"x"}, 1},
    {"m", "{\"m\":\"x\",\"n\":{\"id\":\"%0\",\"m\":\"y\"}}", {"y"}, 1},
    {"m",
     "[{\"id\":\"%0\",\"m\":\"a\"},{\"m\":\"b\",\"id\":\"%1\"},{\"id\":\"%2\"}]",
     {"a", "b", NULL},
     3},
    {"m", "{\"m\":\"o\",\"r\":[{\"id\":\"%0\",\"m\":\"a\"},{\"id\":\"%1\"}]}", {"a", "o"}, 2},
    {"m", "{\"id\":\"%0\",\"m\":\"a\"}\n{\"id\":\"%1\",\"m\":\"b\"}\n", {"a", "b"}, 2},
    {"m", "{\"id\":\"%0\"}", {NULL}, 1},
    {"m", "{\"id\":\"%0\",\"m\":5}", {NULL}, 1},
    {"m", "{\"id\":\"%0\",\"m\":\"\"}", {""}, 1},
    {"m", "no json %0", {NULL}, 1},
    {"m", "{\"id\":\"%0\",\"m\":\"a\"} then %1 {", {"a", NULL}, 2},
    {"a.m", "{\"l\":{\"id\":\"%0\"},\"a\":{\"m\":\"deep\"}}", {"deep"}, 1},
    {"a.m", "{\"l\":\"%0\",\"a.m\":\"flat\",\"a\":{\"m\":\"deep\"}}", {"flat"}, 1},
    {"a.m", "{\"l\":\"%0\",\"a\":\"%1\"}", {NULL, NULL}, 2},
    /* The envelope repeats the stamp: the record's text counts, wherever it stands. */
    {"m",
     "{\"common\":\"%0 %1\",\"r\":[{\"id\":\"%1\",\"m\":\"b\"},{\"id\":\"%0\",\"m\":\"a\"}]}",
     {"a", "b"},
     2},
    {"m", "{\"r\":[{\"id\":\"%0\",\"m\":\"a\"}],\"common\":\"%0\",\"m\":\"outer\"}", {"a"}, 1},
};

static void fill(struct buf *out, const char *form)
{
    buf_clear(out);
    for (const char *c = form; *c != '\0'; c++) {
        if (*c == '%')
            buf_put_str(out, world_stamp(&world, 1, (uint64_t)(*++c - '0')));
        else
            buf_put(out, bytes_make(c, 1));
    }
}

UNIT_TEST(texts_belong_to_events)
{
    struct buf text;
    buf_init(&text, 1 << 16);
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].body);
        world_plan(&world, "a=webhook");
        world.plan.sinks[0].intact = bytes_from_str(rows[i].field);
        world_open(&world, 1, 0);
        fill(&text, rows[i].body);
        int fd = world_connect(&world, 0);
        UNIT_EQ_INT(world_ask(&world, fd, "/", "", buf_bytes(&text)), 200);
        WORLD_WAIT(&world, world.row_count >= (size_t)rows[i].count);
        UNIT_EQ_INT(world.row_count, rows[i].count);
        for (size_t k = 0; k < world.row_count; k++) {
            const struct sink_arrival *row = &world.rows[k];
            UNIT_OK((row->flags & SINK_HAS_HASH) != 0);
            uint64_t want = 0;
            if (rows[i].texts[row->seq] != NULL) {
                fill(&text, rows[i].texts[row->seq]);
                want = hash_bytes(buf_bytes(&text), 0);
            }
            UNIT_EQ_INT(row->hash, want);
        }
        sock_close(fd);
        world_fini(&world);
    }
    buf_fini(&text);
}

UNIT_TEST(a_stamp_in_the_head_belongs_to_the_outermost)
{
    char target[64];
    world_plan(&world, "a=webhook");
    world.plan.sinks[0].intact = BYTES("m");
    world_open(&world, 1, 0);
    (void)snprintf(target, sizeof(target), "/%s", world_stamp(&world, 1, 0));
    int fd = world_connect(&world, 0);
    UNIT_EQ_INT(world_ask(&world, fd, target, "", BYTES("{\"x\":{\"m\":\"in\"},\"m\":\"out\"}")),
                200);
    UNIT_EQ_INT(world_ask(&world, fd, target, "", BYTES("")), 200);
    WORLD_WAIT(&world, world.row_count == 2);
    UNIT_EQ_INT(world.rows[0].hash, hash_bytes(BYTES("out"), 0));
    UNIT_EQ_INT(world.rows[1].hash, 0);
    sock_close(fd);
    world_fini(&world);
}

UNIT_TEST(without_a_field_there_is_no_hash)
{
    world_init(&world, "a=webhook");
    int fd = world_connect(&world, 0);
    UNIT_EQ_INT(world_ask(&world, fd, "/", "", bytes_from_str(world_stamp(&world, 1, 0))), 200);
    WORLD_WAIT(&world, world.row_count == 1);
    UNIT_EQ_INT(world.rows[0].flags & SINK_HAS_HASH, 0);
    sock_close(fd);
    world_fini(&world);
}

UNIT_MAIN(UNIT_RUN(texts_belong_to_events), UNIT_RUN(a_stamp_in_the_head_belongs_to_the_outermost),
          UNIT_RUN(without_a_field_there_is_no_hash))
