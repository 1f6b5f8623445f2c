/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes in, cut into events, and whose they are.
 */
#include "base/mem.h"
#include "data/jscan.h"
#include "standin/relay_inner.h"

enum { RELAY_UUID_BARE = 8 /* digits before the first dash */ };

static void relay_split_array(struct bytes body, relay_record_fn *each, void *context)
{
    struct jscan scan = jscan_over(body);
    struct jscan_value item;
    (void)jscan_open(&scan, '[');
    while (jscan_next_item(&scan, &item) == JSCAN_MORE) {
        struct bytes whole = item.raw;
        if (item.kind == JSCAN_STRING)
            whole = bytes_make(whole.ptr - 1, whole.len + 2);
        each(context, whole, true);
    }
}

static void relay_split_lines(struct bytes body, relay_record_fn *each, void *context)
{
    while (body.len > 0) {
        struct bytes line = bytes_cut(&body, '\n');
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (bytes_trim(line).len > 0)
            each(context, line, jscan_is_value(line));
    }
}

void relay_split(struct bytes body, relay_record_fn *each, void *context)
{
    struct bytes text = bytes_trim(body);
    if (text.len == 0)
        return;
    if (!jscan_is_value(text))
        relay_split_lines(text, each, context);
    else if (text.ptr[0] == '[')
        relay_split_array(text, each, context);
    else
        each(context, text, true);
}

/* A stamp's text, or with the same meaning a UUID of any run: its dashes are where it is looked
 * for. */
static bool relay_find_uuid(const struct stamp_run *run, struct bytes text, struct stamp_hit *hit)
{
    for (size_t at = RELAY_UUID_BARE; at + STAMP_UUID_SIZE - RELAY_UUID_BARE <= text.len; at++) {
        size_t next = bytes_find(bytes_skip(text, at), '-');
        at += next;
        if (at + STAMP_UUID_SIZE - RELAY_UUID_BARE > text.len)
            return false;
        struct bytes uuid = bytes_make(text.ptr + at - RELAY_UUID_BARE, STAMP_UUID_SIZE);
        if (uuid.ptr[13] != '-' || uuid.ptr[18] != '-' || uuid.ptr[23] != '-' ||
            !stamp_parse(run, uuid, hit) || hit->kind == STAMP_UNREADABLE)
            continue;
        hit->offset = at - RELAY_UUID_BARE;
        return true;
    }
    return false;
}

static void relay_event_name(struct relay_event *event)
{
    const struct stamp_run *run = &event->relay->run;
    struct bytes text = bytes_make(event->text, event->len);
    struct stamp_scan scan;
    struct stamp_hit hit;
    stamp_scan_start(&scan, run, STAMP_FORM_TEXT);
    stamp_scan_feed(&scan, text);
    bool found = stamp_scan_next(&scan, &hit);
    if (!found) {
        stamp_scan_end(&scan);
        found = stamp_scan_next(&scan, &hit);
    }
    uint8_t size = STAMP_SIZE;
    if (!found || hit.kind == STAMP_UNREADABLE) {
        size = STAMP_UUID_SIZE;
        if (!relay_find_uuid(run, text, &hit))
            return;
    }
    event->id = hit.id;
    event->name_at = (size_t)hit.offset;
    event->name_len = size;
    for (size_t i = 0; i < size; i++) {
        char c = event->text[event->name_at + i];
        event->name[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
}

struct relay_event *relay_event_make(struct standin_relay *relay, struct bytes text, bool is_json)
{
    struct relay_event *event = mem_zalloc(1, sizeof(*event) + text.len);
    event->relay = relay;
    list_init(&event->released);
    event->number = relay->next_number++;
    event->taken_ns = relay->loop->now_ns;
    event->is_json = is_json;
    event->len = text.len;
    memcpy(event->text, text.ptr, text.len);
    relay_event_name(event);
    return event;
}

struct relay_event *relay_event_restore(struct standin_relay *relay, uint64_t number,
                                        int64_t taken_ns, struct bytes text)
{
    struct relay_event *event = relay_event_make(relay, text, jscan_is_value(text));
    event->number = number;
    if (taken_ns < event->taken_ns)
        event->taken_ns = taken_ns; /* else the machine was started anew */
    if (relay->next_number <= number)
        relay->next_number = number + 1;
    return event;
}

void relay_event_free(struct relay_event *event)
{
    if (event->timer.fire != NULL)
        wheel_disarm(&event->relay->loop->wheel, &event->timer);
    list_remove(&event->released);
    mem_free(event);
}

void relay_events_free(struct list *events)
{
    struct list *node;
    while ((node = list_pop_head(events)) != NULL)
        relay_event_free(relay_event_of(node));
}
