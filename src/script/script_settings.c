/* SPDX-License-Identifier: Apache-2.0
 *
 * Options that are not about scenarios, thresholds or outputs: read from the layers, the strongest
 * that says something wins.
 */
#include "script/script_settings.h"

#include "base/nearest.h"
#include "data/json.h"
#include "metric/tag.h"
#include "script/script_engine.h"

#define SETTINGS_SECOND INT64_C(1000000000)

void script_settings_init(struct script_settings *settings)
{
    *settings = (struct script_settings){
        .max_redirects = 10,
        .batch = 20,
        .batch_per_host = 6,
        .user_agent = BYTES_INIT("Grafana k6/2.2.0"),
        .setup_timeout_ns = 60 * SETTINGS_SECOND,
        .teardown_timeout_ns = 60 * SETTINGS_SECOND,
        .system_tags = tag_system_default(),
        .dns_ttl_ns = 300 * SETTINGS_SECOND,
        .dns_family = NAME_PREFER_IPV4,
        .vu_memory = SCRIPT_MEMORY_MAX,
    };
    arena_init(&settings->arena);
}

void script_settings_fini(struct script_settings *settings)
{
    arena_fini(&settings->arena);
}

/* The strongest layer that says something; NULL: none. */
static const struct json *layers_find(const struct script_layers *layers, const char *key)
{
    for (size_t i = 0; i < SCRIPT_LAYERS_MAX; i++) {
        const struct json *value =
            layers->layers[i] == NULL ? NULL : json_get(layers->layers[i], key);
        if (value != NULL && json_kind(value) != JSON_KIND_NULL)
            return layers->layers[i];
    }
    return NULL;
}

const struct json *script_layers_get(const struct script_layers *layers, const char *key)
{
    const struct json *layer = layers_find(layers, key);
    return layer == NULL ? NULL : json_get(layer, key);
}

/* ---- simple ones ---- */

struct settings_reader {
    struct script_settings *settings;
    const struct script_layers *layers;
    struct diag *diag;
    enum br_err err;
};

static void settings_fail(struct settings_reader *reader, const char *key, const char *wanted)
{
    if (reader->err == BR_ERR_NONE)
        reader->err = diag_set(reader->diag, BR_ERR_CONFIG, "options.%s has to be %s", key, wanted);
}

static void settings_bool(struct settings_reader *reader, const char *key, bool *out_value)
{
    const struct json *layer = layers_find(reader->layers, key);
    struct diag diag = DIAG_INIT;
    if (layer == NULL)
        return;
    *out_value = json_get_bool(layer, key, *out_value, &diag);
    if (diag.err != BR_ERR_NONE)
        settings_fail(reader, key, "true or false");
}

static void settings_number(struct settings_reader *reader, const char *key, double *out_value)
{
    const struct json *value = script_layers_get(reader->layers, key);
    struct diag diag = DIAG_INIT;
    if (value == NULL)
        return;
    if (json_kind(value) != JSON_KIND_NUMBER)
        settings_fail(reader, key, "a number");
    else
        *out_value = json_as_f64(value, key, &diag);
}

static void settings_int(struct settings_reader *reader, const char *key, int *out_value)
{
    double number = (double)*out_value;
    settings_number(reader, key, &number);
    if (number < 0.0 || number > 1e9)
        settings_fail(reader, key, "a number from 0 to 1,000,000,000");
    else
        *out_value = (int)number;
}

static void settings_duration(struct settings_reader *reader, const char *key, int64_t *out_ns)
{
    const struct json *value = script_layers_get(reader->layers, key);
    char place[64];
    struct buf text;
    if (value == NULL || reader->err != BR_ERR_NONE)
        return;
    buf_init(&text, sizeof(place));
    buf_putf(&text, "options.%.40s", key);
    reader->err = plan_json_duration(value, buf_cstr(&text), out_ns, reader->diag);
    buf_fini(&text);
}

static void settings_text(struct settings_reader *reader, const char *key, struct bytes *out_text)
{
    const struct json *value = script_layers_get(reader->layers, key);
    struct diag diag = DIAG_INIT;
    if (value == NULL)
        return;
    if (json_kind(value) != JSON_KIND_TEXT)
        settings_fail(reader, key, "a text");
    else
        *out_text = arena_copy(&reader->settings->arena, json_as_text(value, key, &diag));
}

static void settings_list(struct settings_reader *reader, const char *key, struct bytes **out_items,
                          size_t *out_count)
{
    const struct json *value = script_layers_get(reader->layers, key);
    struct diag diag = DIAG_INIT;
    if (value == NULL)
        return;
    if (json_kind(value) != JSON_KIND_ARRAY) {
        settings_fail(reader, key, "an array of texts");
        return;
    }
    *out_count = json_count(value);
    *out_items = arena_alloc(&reader->settings->arena, *out_count + 1, sizeof(**out_items));
    for (size_t i = 0; i < *out_count; i++) {
        if (json_kind(json_at(value, i)) != JSON_KIND_TEXT)
            settings_fail(reader, key, "an array of texts");
        else
            (*out_items)[i] =
                arena_copy(&reader->settings->arena, json_as_text(json_at(value, i), key, &diag));
    }
}

/* ---- others ---- */

static void settings_hosts(struct settings_reader *reader)
{
    const struct json *value = script_layers_get(reader->layers, "hosts");
    struct script_settings *settings = reader->settings;
    struct json_cursor cursor = {.at = NULL};
    struct diag diag = DIAG_INIT;
    if (value == NULL)
        return;
    if (json_kind(value) != JSON_KIND_OBJECT) {
        settings_fail(reader, "hosts", "an object of names and addresses");
        return;
    }
    settings->hosts =
        arena_alloc(&settings->arena, json_count(value) + 1, sizeof(settings->hosts[0]));
    while (json_next(value, &cursor)) {
        if (json_kind(cursor.value) != JSON_KIND_TEXT) {
            settings_fail(reader, "hosts", "an object of names and addresses");
            return;
        }
        struct script_host *host = &settings->hosts[settings->host_count++];
        host->pattern = arena_copy(&settings->arena, cursor.key);
        host->target = arena_copy(&settings->arena, json_as_text(cursor.value, "hosts", &diag));
    }
}

static void settings_tags(struct settings_reader *reader)
{
    const struct json *value = script_layers_get(reader->layers, "tags");
    struct script_settings *settings = reader->settings;
    struct json_cursor cursor = {.at = NULL};
    struct diag diag = DIAG_INIT;
    if (value == NULL)
        return;
    settings->tags =
        arena_alloc(&settings->arena, json_count(value) + 1, sizeof(settings->tags[0]));
    while (json_next(value, &cursor)) {
        if (json_kind(cursor.value) != JSON_KIND_TEXT) {
            settings_fail(reader, "tags", "an object of texts");
            return;
        }
        struct plan_pair *tag = &settings->tags[settings->tag_count++];
        tag->name = arena_copy(&settings->arena, cursor.key);
        tag->value = arena_copy(&settings->arena, json_as_text(cursor.value, "tags", &diag));
    }
}

static void settings_system_tags(struct settings_reader *reader)
{
    struct bytes *names = NULL;
    size_t count = 0;
    settings_list(reader, "systemTags", &names, &count);
    if (names == NULL)
        return;
    reader->settings->system_tags = 0;
    for (size_t i = 0; i < count; i++) {
        enum tag_system tag = tag_system_from_name(names[i]);
        if (tag == TAG_SYSTEM_COUNT && !bytes_eq(names[i], BYTES("ocsp_status")))
            settings_fail(reader, "systemTags", "an array of names of system tags");
        else if (tag != TAG_SYSTEM_COUNT)
            reader->settings->system_tags |= UINT32_C(1) << tag;
    }
}

static enum tls_version settings_version(struct settings_reader *reader, struct bytes text)
{
    static const char *const names[] = {"tls1.0", "tls1.1", "tls1.2", "tls1.3"};
    for (size_t i = 0; i < BR_COUNT(names); i++)
        if (bytes_eq(text, bytes_from_str(names[i])))
            return (enum tls_version)(TLS_VERSION_1_0 + (int)i);
    settings_fail(reader, "tlsVersion", "tls1.0, tls1.1, tls1.2 or tls1.3, or {min, max} of them");
    return TLS_VERSION_DEFAULT;
}

static void settings_tls(struct settings_reader *reader)
{
    const struct json *value = script_layers_get(reader->layers, "tlsVersion");
    struct diag diag = DIAG_INIT;
    if (value == NULL)
        return;
    if (json_kind(value) == JSON_KIND_TEXT) {
        reader->settings->tls_min = reader->settings->tls_max =
            settings_version(reader, json_as_text(value, "tlsVersion", &diag));
        return;
    }
    struct bytes min = json_get_text(value, "min", BYTES_NONE, &diag);
    struct bytes max = json_get_text(value, "max", BYTES_NONE, &diag);
    if (min.len > 0)
        reader->settings->tls_min = settings_version(reader, min);
    if (max.len > 0)
        reader->settings->tls_max = settings_version(reader, max);
}

static void settings_dns_ttl(struct settings_reader *reader, const struct json *dns)
{
    const struct json *ttl = json_get(dns, "ttl");
    struct diag diag = DIAG_INIT;
    int64_t *out_ns = &reader->settings->dns_ttl_ns;
    if (ttl == NULL)
        return;
    struct bytes text =
        json_kind(ttl) == JSON_KIND_TEXT ? json_as_text(ttl, "ttl", &diag) : BYTES("");
    if (bytes_eq(text, BYTES("inf")))
        *out_ns = 0;
    else if (bytes_eq(text, BYTES("0")))
        *out_ns = -1;
    else if (reader->err == BR_ERR_NONE)
        reader->err = plan_json_duration(ttl, "options.dns.ttl", out_ns, reader->diag);
}

static void settings_dns(struct settings_reader *reader)
{
    static const char *const policies[] = {"preferIPv4", "preferIPv6", "onlyIPv4", "onlyIPv6",
                                           "any"};
    static const char *const selects[] = {"random", "first", "roundRobin"};
    const struct json *dns = script_layers_get(reader->layers, "dns");
    struct diag diag = DIAG_INIT;
    if (dns == NULL)
        return;
    struct bytes policy = json_get_text(dns, "policy", BYTES_NONE, &diag);
    struct bytes select = json_get_text(dns, "select", BYTES_NONE, &diag);
    bool known = policy.len == 0 && select.len == 0;
    for (size_t i = 0; i < BR_COUNT(policies); i++) {
        if (bytes_eq(policy, bytes_from_str(policies[i]))) {
            reader->settings->dns_family = (enum name_family)i;
            known = true;
        }
    }
    for (size_t i = 0; i < BR_COUNT(selects); i++) {
        if (bytes_eq(select, bytes_from_str(selects[i]))) {
            reader->settings->dns_select = (enum script_dns_select)i;
            known = true;
        }
    }
    if (!known)
        settings_fail(reader, "dns",
                      "{ttl, select: random|first|roundRobin, policy: preferIPv4|"
                      "preferIPv6|onlyIPv4|onlyIPv6|any}");
    settings_dns_ttl(reader, dns);
}

static void settings_debug(struct settings_reader *reader)
{
    struct bytes text = BYTES_NONE;
    settings_text(reader, "httpDebug", &text);
    reader->settings->debug_http = text.len > 0;
    reader->settings->debug_http_full = bytes_eq(text, BYTES("full"));
}

enum br_err script_settings_read(struct script_settings *settings,
                                 const struct script_layers *layers, struct diag *diag)
{
    struct settings_reader reader = {.settings = settings, .layers = layers, .diag = diag};
    settings_int(&reader, "maxRedirects", &settings->max_redirects);
    settings_int(&reader, "batch", &settings->batch);
    settings_int(&reader, "batchPerHost", &settings->batch_per_host);
    settings_number(&reader, "rps", &settings->rps);
    settings_text(&reader, "userAgent", &settings->user_agent);
    settings_bool(&reader, "insecureSkipTLSVerify", &settings->insecure);
    settings_bool(&reader, "discardResponseBodies", &settings->discard_bodies);
    settings_bool(&reader, "throw", &settings->throws);
    settings_bool(&reader, "noConnectionReuse", &settings->no_connection_reuse);
    settings_bool(&reader, "noVUConnectionReuse", &settings->no_vu_connection_reuse);
    settings_bool(&reader, "noCookiesReset", &settings->no_cookies_reset);
    settings_bool(&reader, "noSetup", &settings->no_setup);
    settings_bool(&reader, "noTeardown", &settings->no_teardown);
    settings_duration(&reader, "setupTimeout", &settings->setup_timeout_ns);
    settings_duration(&reader, "teardownTimeout", &settings->teardown_timeout_ns);
    settings_duration(&reader, "minIterationDuration", &settings->min_iteration_ns);
    settings_list(&reader, "blockHostnames", &settings->blocked_hosts,
                  &settings->blocked_host_count);
    settings_list(&reader, "blacklistIPs", &settings->blocked_ips, &settings->blocked_ip_count);
    settings_hosts(&reader);
    settings_tags(&reader);
    settings_system_tags(&reader);
    settings_tls(&reader);
    settings_dns(&reader);
    settings_debug(&reader);
    return reader.err;
}
