/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as they came: the last ones in memory for /last, all of them as text for --save. The
 * text is written to its file by somebody else (files are slow); when that one does not keep up,
 * messages are not saved, and counted, rather than received late.
 */
#include "base/mem.h"
#include "base/must.h"
#include "data/json.h"
#include "sink/sink_host_inner.h"
#include "wire/base64.h"

enum {
    SINK_MEMORY_BODY_MAX = 64 * 1024, /* kept of a body for /last */
    SINK_SAVE_BODY_MAX = 1024 * 1024, /* and to be saved */
    SINK_TEXT_FULL = 64 * 1024,       /* text is passed on from this size on */
    SINK_TEXT_MAX = 32 * 1024 * 1024, /* beyond what a head and such a body can become */
    SINK_FIELDS_MAX = 128,
};

/* A message that is kept; its texts stand in `bytes`, one behind the other. */
struct sink_memory {
    int64_t at_ns;
    size_t method_len;
    size_t target_len;
    size_t head_len;
    size_t body_size; /* before it was cut */
    uint32_t conn;
    uint16_t sink;
    struct buf bytes;
};

void sink_store_init(struct sink_host *host)
{
    struct sink_store *store = &host->store;
    store->memory_count = host->config.last_count;
    store->memories = mem_zalloc(store->memory_count, sizeof(*store->memories));
    for (uint32_t i = 0; i < store->memory_count; i++)
        buf_init(&store->memories[i].bytes, SINK_TEXT_MAX);
    ring_init(&store->full, SINK_TEXTS_MAX);
    ring_init(&store->empty, SINK_TEXTS_MAX);
}

static void sink_text_free(struct sink_text *text)
{
    if (text == NULL)
        return;
    buf_fini(&text->text);
    mem_free(text);
}

void sink_store_fini(struct sink_host *host)
{
    struct sink_store *store = &host->store;
    struct sink_text *text;
    for (uint32_t i = 0; i < store->memory_count; i++)
        buf_fini(&store->memories[i].bytes);
    mem_free(store->memories);
    for (int i = 0; i < PLAN_SINKS_MAX; i++)
        sink_text_free(store->texts[i]);
    while ((text = ring_pop(&store->full)) != NULL)
        sink_text_free(text);
    while ((text = ring_pop(&store->empty)) != NULL)
        sink_text_free(text);
    ring_fini(&store->full);
    ring_fini(&store->empty);
}

/* ---- as JSON ---- */

/* The next "name: value" of a head; false at its end. */
static bool sink_next_field(struct bytes *head, struct bytes *out_name, struct bytes *out_value)
{
    while (head->ptr != NULL) {
        struct bytes value = bytes_cut(head, '\n');
        struct bytes name = bytes_cut(&value, ':');
        if (value.ptr == NULL)
            continue; /* the empty line */
        *out_name = name;
        *out_value = bytes_trim(value);
        return true;
    }
    return false;
}

/* An object of names in lower case; fields of one name are joined, as RFC 9110 5.3 has it. */
static void sink_print_head(struct json_writer *writer, struct bytes head)
{
    struct bytes names[SINK_FIELDS_MAX], values[SINK_FIELDS_MAX];
    char name[128];
    struct buf joined;
    int count = 0;
    (void)bytes_cut(&head, '\n'); /* the request line */
    while (count < SINK_FIELDS_MAX && sink_next_field(&head, &names[count], &values[count]))
        count++;
    buf_init(&joined, SINK_TEXT_MAX);
    json_add_object(writer, "headers");
    for (int i = 0; i < count; i++) {
        if (names[i].ptr == NULL)
            continue; /* joined already */
        buf_clear(&joined);
        buf_put(&joined, values[i]);
        for (int k = i + 1; k < count; k++) {
            if (names[k].ptr == NULL || !bytes_eq_nocase(names[i], names[k]))
                continue;
            buf_put_str(&joined, ", ");
            buf_put(&joined, values[k]);
            names[k] = BYTES_NONE;
        }
        size_t len = names[i].len < sizeof(name) - 1 ? names[i].len : sizeof(name) - 1;
        for (size_t k = 0; k < len; k++) {
            char c = names[i].ptr[k];
            name[k] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        name[len] = '\0';
        json_add_text(writer, name, buf_bytes(&joined));
    }
    json_close_object(writer);
    buf_fini(&joined);
}

static bool sink_is_utf8(struct bytes text)
{
    for (size_t at = 0; at < text.len;) {
        size_t size = json_utf8_size(text.ptr + at, text.len - at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

static void sink_print_body(struct json_writer *writer, struct bytes body)
{
    if (sink_is_utf8(body)) {
        json_add_text(writer, "body", body);
        return;
    }
    char *text = mem_alloc(base64_size(body.len));
    base64_encode(body, text);
    json_add_text(writer, "body_base64", bytes_make(text, base64_size(body.len)));
    mem_free(text);
}

static void sink_print_record(struct json_writer *writer, const struct sink_host *host, int sink,
                              const struct sink_record *record, size_t body_size)
{
    double at_sec = (double)(record->at_ns - host->begin_ns) / 1e9;
    json_open_object(writer);
    json_add_text(writer, "sink", host->config.sinks->sinks[sink].name);
    json_add_f64(writer, "at", at_sec);
    json_add_u64(writer, "connection", record->conn);
    if (record->method.len > 0) {
        json_add_text(writer, "method", record->method);
        json_add_text(writer, "target", record->target);
        sink_print_head(writer, record->head);
    }
    sink_print_body(writer, record->body);
    if (body_size > record->body.len)
        json_add_u64(writer, "body_size", body_size);
    json_close_object(writer);
}

/* ---- the last ones ---- */

static void sink_remember(struct sink *sink, const struct sink_record *record)
{
    struct sink_store *store = &sink->host->store;
    struct sink_memory *memory = &store->memories[store->remembered++ % store->memory_count];
    struct bytes body = record->body;
    if (body.len > SINK_MEMORY_BODY_MAX)
        body.len = SINK_MEMORY_BODY_MAX;
    memory->at_ns = record->at_ns;
    memory->conn = record->conn;
    memory->sink = sink->index;
    memory->method_len = record->method.len;
    memory->target_len = record->target.len;
    memory->head_len = record->head.len;
    memory->body_size = record->body.len;
    buf_clear(&memory->bytes);
    buf_put(&memory->bytes, record->method);
    buf_put(&memory->bytes, record->target);
    buf_put(&memory->bytes, record->head);
    buf_put(&memory->bytes, body);
}

static struct bytes sink_take_bytes(struct bytes *from, size_t len)
{
    struct bytes taken = bytes_make(from->ptr, len);
    *from = bytes_skip(*from, len);
    return taken;
}

static void sink_print_memory(struct json_writer *writer, const struct sink_host *host,
                              const struct sink_memory *memory)
{
    struct bytes rest = buf_bytes(&memory->bytes);
    struct sink_record record = {.at_ns = memory->at_ns, .conn = memory->conn};
    record.method = sink_take_bytes(&rest, memory->method_len);
    record.target = sink_take_bytes(&rest, memory->target_len);
    record.head = sink_take_bytes(&rest, memory->head_len);
    record.body = rest;
    sink_print_record(writer, host, memory->sink, &record, memory->body_size);
}

void sink_store_print(const struct sink_host *host, struct buf *out)
{
    const struct sink_store *store = &host->store;
    struct json_writer writer;
    uint64_t kept =
        store->remembered < store->memory_count ? store->remembered : store->memory_count;
    json_writer_init(&writer, out, true);
    json_open_array(&writer);
    for (uint64_t i = 1; i <= kept; i++)
        sink_print_memory(&writer, host,
                          &store->memories[(store->remembered - i) % store->memory_count]);
    json_close_array(&writer);
    buf_put_str(out, "\n");
}

/* ---- all of them ---- */

static struct sink_text *sink_store_text(struct sink *sink)
{
    struct sink_store *store = &sink->host->store;
    struct sink_text **text = &store->texts[sink->index];
    if (*text != NULL)
        return *text;
    *text = ring_pop(&store->empty);
    if (*text == NULL && store->text_count < SINK_TEXTS_MAX) {
        store->text_count++;
        *text = MEM_NEW(struct sink_text);
        buf_init(&(*text)->text, SINK_TEXT_MAX);
    }
    if (*text != NULL) {
        (*text)->sink = sink->index;
        buf_clear(&(*text)->text);
    }
    return *text;
}

static void sink_store_pass(struct sink_host *host, int sink)
{
    struct sink_text *text = host->store.texts[sink];
    if (text == NULL || text->text.len == 0)
        return;
    host->store.texts[sink] = NULL;
    bool pushed = ring_push(&host->store.full, text);
    MUST(pushed); /* the ring has room for all there are */
    if (host->config.watcher != NULL)
        loop_wake(host->config.watcher);
}

void sink_store_flush(struct sink_host *host)
{
    for (int i = 0; i < host->count; i++)
        sink_store_pass(host, i);
}

static void sink_save(struct sink *sink, const struct sink_record *record)
{
    struct sink_text *text = sink_store_text(sink);
    struct sink_record cut = *record;
    struct json_writer writer;
    if (text == NULL) {
        sink->counts->unsaved++;
        return;
    }
    if (cut.body.len > SINK_SAVE_BODY_MAX)
        cut.body.len = SINK_SAVE_BODY_MAX;
    json_writer_init(&writer, &text->text, false);
    sink_print_record(&writer, sink->host, sink->index, &cut, record->body.len);
    buf_put_str(&text->text, "\n");
    if (text->text.len >= SINK_TEXT_FULL)
        sink_store_pass(sink->host, sink->index);
}

void sink_record(struct sink *sink, const struct sink_record *record)
{
    if (sink->host->store.memory_count > 0)
        sink_remember(sink, record);
    if (sink->config->save_dir.len > 0)
        sink_save(sink, record);
}

struct sink_text *sink_host_take_text(struct sink_host *host)
{
    return ring_pop(&host->store.full);
}

void sink_host_return_text(struct sink_host *host, struct sink_text *text)
{
    bool pushed = ring_push(&host->store.empty, text);
    MUST(pushed);
}
