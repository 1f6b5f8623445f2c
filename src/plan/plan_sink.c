/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading what people write about sinks: who they are and whom they let in.
 */
#include "plan/plan_sink.h"

#include <stdio.h>

#include "base/nearest.h"

void plan_sinks_init(struct plan_sinks *sinks)
{
    *sinks = (struct plan_sinks){.count = 0};
    arena_init(&sinks->arena);
}

void plan_sinks_fini(struct plan_sinks *sinks)
{
    arena_fini(&sinks->arena);
    sinks->count = 0;
}

struct plan_sink *plan_sinks_find(struct plan_sinks *sinks, struct bytes name)
{
    for (size_t i = 0; i < sinks->count; i++) {
        if (bytes_eq(sinks->sinks[i].name, name))
            return &sinks->sinks[i];
    }
    return NULL;
}

static bool plan_sink_is_name(struct bytes text)
{
    if (text.len == 0 || text.len > PLAN_SINK_NAME_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool inner = (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!letter && (i == 0 || !inner))
            return false;
    }
    return true;
}

/* The kind, or kind2, kind3 … where that is taken. */
static struct bytes plan_sink_default_name(struct plan_sinks *sinks, struct bytes kind)
{
    char text[PLAN_SINK_NAME_MAX + 1];
    struct bytes name = kind;
    for (int number = 2; plan_sinks_find(sinks, name) != NULL; number++) {
        (void)snprintf(text, sizeof(text), "%.*s%d", BYTES_ARG(kind), number);
        name = bytes_from_str(text);
    }
    return arena_copy(&sinks->arena, name);
}

enum br_err plan_sinks_add(struct plan_sinks *sinks, struct bytes text, struct diag *diag)
{
    struct bytes place = text;
    size_t equals = bytes_find(text, '=');
    bool has_name = equals < bytes_find(text, ':');
    struct bytes name = has_name ? bytes_cut(&place, '=') : BYTES_NONE;
    struct bytes kind = bytes_cut(&place, ':');
    if (has_name && !plan_sink_is_name(name))
        return diag_set(
            diag, BR_ERR_CONFIG,
            "\"%.*s\" is not the name of a sink: accepted are %d letters, digits, - and "
            "_ at most, a letter first, as in " PLAN_SINK_FORMS,
            BYTES_ARG(name), PLAN_SINK_NAME_MAX);
    /* Which kinds there are is not known here; what is no word is none. */
    if (!plan_sink_is_name(kind) || kind.len > PLAN_SINK_NAME_MAX / 2)
        return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" is not a sink: accepted is " PLAN_SINK_FORMS,
                        BYTES_ARG(text));
    if (has_name && plan_sinks_find(sinks, name) != NULL)
        return diag_set(diag, BR_ERR_CONFIG, "two sinks have the name %.*s", BYTES_ARG(name));
    if (sinks->count == PLAN_SINKS_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "more than %d sinks", PLAN_SINKS_MAX);
    sinks->sinks[sinks->count] = (struct plan_sink){
        .name = has_name ? arena_copy(&sinks->arena, name) : plan_sink_default_name(sinks, kind),
        .kind = arena_copy(&sinks->arena, kind),
        .place = arena_copy(&sinks->arena, place),
    };
    sinks->count++;
    return BR_ERR_NONE;
}

/* Cuts "NAME=" off *text and finds that sink. */
static enum br_err plan_sinks_take_name(struct plan_sinks *sinks, struct bytes *text,
                                        struct plan_sink **out_sink, const char *forms,
                                        struct diag *diag)
{
    struct bytes rest = *text;
    struct bytes name = bytes_trim(bytes_cut(&rest, '='));
    if (rest.ptr == NULL)
        return diag_set(diag, BR_ERR_CONFIG, "\"%.*s\" names no sink: accepted is NAME=%s",
                        BYTES_ARG(*text), forms);
    struct plan_sink *sink = plan_sinks_find(sinks, name);
    if (sink == NULL) {
        struct nearest nearest = {.word = name};
        for (size_t i = 0; i < sinks->count; i++)
            nearest_offer(&nearest, sinks->sinks[i].name.ptr);
        if (nearest.best != NULL)
            return diag_set(diag, BR_ERR_CONFIG, "there is no sink %.*s; did you mean %s?",
                            BYTES_ARG(name), nearest.best);
        return diag_set(diag, BR_ERR_CONFIG, "there is no sink %.*s", BYTES_ARG(name));
    }
    *text = rest;
    *out_sink = sink;
    return BR_ERR_NONE;
}

enum br_err plan_sinks_add_stretch(struct plan_sinks *sinks, struct bytes text, struct diag *diag)
{
    struct plan_sink *sink = NULL;
    struct plan_sink_stretch stretch;
    struct diag why = DIAG_INIT;
    enum br_err err = plan_sinks_take_name(sinks, &text, &sink, "[FROM-TO] ACT...", diag);
    if (err != BR_ERR_NONE)
        return err;
    err = plan_sink_parse_stretch(text, &stretch, &why);
    if (err != BR_ERR_NONE)
        return diag_set(diag, err, "%.*s: %s", BYTES_ARG(sink->name), why.text);
    if (sink->stretch_count == PLAN_SINK_STRETCHES_MAX)
        return diag_set(diag, BR_ERR_CONFIG, "%.*s: more than %d stretches", BYTES_ARG(sink->name),
                        PLAN_SINK_STRETCHES_MAX);
    struct plan_sink_stretch *more =
        arena_alloc(&sinks->arena, sink->stretch_count + 1, sizeof(stretch));
    if (sink->stretch_count > 0)
        memcpy(more, sink->stretches, sink->stretch_count * sizeof(stretch));
    more[sink->stretch_count++] = stretch;
    sink->stretches = more;
    return BR_ERR_NONE;
}

static enum br_err plan_sink_read_auth(struct bytes text, struct plan_sink_auth *out_auth)
{
    struct plan_sink_auth auth = {.secret = text};
    struct bytes kind = bytes_cut(&auth.secret, ':');
    if (bytes_eq(kind, BYTES("bearer"))) {
        auth.kind = PLAN_SINK_AUTH_BEARER;
    } else if (bytes_eq(kind, BYTES("basic"))) {
        auth.kind = PLAN_SINK_AUTH_BASIC;
        if (bytes_find(auth.secret, ':') == auth.secret.len)
            return BR_ERR_CONFIG;
    } else if (bytes_eq(kind, BYTES("hmac"))) {
        auth.kind = PLAN_SINK_AUTH_HMAC;
        auth.header = bytes_cut(&auth.secret, ':');
        if (auth.header.len == 0)
            return BR_ERR_CONFIG;
    }
    if (auth.kind == PLAN_SINK_AUTH_NONE || auth.secret.len == 0)
        return BR_ERR_CONFIG;
    *out_auth = auth;
    return BR_ERR_NONE;
}

enum br_err plan_sinks_set_auth(struct plan_sinks *sinks, struct bytes text, struct diag *diag)
{
    struct plan_sink *sink = NULL;
    struct plan_sink_auth auth;
    enum br_err err = plan_sinks_take_name(sinks, &text, &sink, PLAN_SINK_AUTH_FORMS, diag);
    if (err != BR_ERR_NONE)
        return err;
    /* The text is a secret: it is not repeated. */
    if (plan_sink_read_auth(text, &auth) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "%.*s: accepted are " PLAN_SINK_AUTH_FORMS,
                        BYTES_ARG(sink->name));
    auth.secret = arena_copy(&sinks->arena, auth.secret);
    auth.header = arena_copy(&sinks->arena, auth.header);
    sink->auth = auth;
    return BR_ERR_NONE;
}

void plan_sink_print(const struct plan_sink *sink, struct buf *out)
{
    static const char *const auths[] = {
        [PLAN_SINK_AUTH_NONE] = "",
        [PLAN_SINK_AUTH_BEARER] = ", bearer token asked for",
        [PLAN_SINK_AUTH_BASIC] = ", name and password asked for",
        [PLAN_SINK_AUTH_HMAC] = ", signature asked for",
    };
    buf_putf(out, "%.*s: %.*s", BYTES_ARG(sink->name), BYTES_ARG(sink->kind));
    if (sink->place.len > 0)
        buf_putf(out, " %.*s", BYTES_ARG(sink->place));
    buf_put_str(out, auths[sink->auth.kind]);
    if (sink->intact.len > 0)
        buf_putf(out, ", %.*s compared", BYTES_ARG(sink->intact));
    if (sink->save_dir.len > 0)
        buf_putf(out, ", saved to %.*s", BYTES_ARG(sink->save_dir));
    for (size_t i = 0; i < sink->stretch_count; i++) {
        buf_put_str(out, "; ");
        plan_sink_print_stretch(&sink->stretches[i], out);
    }
}
