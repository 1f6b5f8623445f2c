/* SPDX-License-Identifier: Apache-2.0
 *
 * k6's options by name, and how the words of flags and variables become JSON.
 */
#include "base/nearest.h"
#include "data/json.h"
#include "script/script_settings.h"

const struct script_option_row script_option_rows[] = {
    {"vus", SCRIPT_OPTION_NUMBER, "K6_VUS"},
    {"duration", SCRIPT_OPTION_TEXT, "K6_DURATION"},
    {"iterations", SCRIPT_OPTION_NUMBER, "K6_ITERATIONS"},
    {"stages", SCRIPT_OPTION_STAGES, "K6_STAGES"},
    {"scenarios", SCRIPT_OPTION_JSON, ""},
    {"thresholds", SCRIPT_OPTION_JSON, "K6_THRESHOLDS"},
    {"tags", SCRIPT_OPTION_PAIRS, "K6_TAGS"},
    {"setupTimeout", SCRIPT_OPTION_TEXT, "K6_SETUP_TIMEOUT"},
    {"teardownTimeout", SCRIPT_OPTION_TEXT, "K6_TEARDOWN_TIMEOUT"},
    {"handleSummaryTimeout", SCRIPT_OPTION_TEXT, "K6_HANDLE_SUMMARY_TIMEOUT"},
    {"noSetup", SCRIPT_OPTION_BOOL, "K6_NO_SETUP"},
    {"noTeardown", SCRIPT_OPTION_BOOL, "K6_NO_TEARDOWN"},
    {"paused", SCRIPT_OPTION_BOOL, "K6_PAUSED"},
    {"linger", SCRIPT_OPTION_BOOL, "K6_LINGER"},
    {"rps", SCRIPT_OPTION_NUMBER, "K6_RPS"},
    {"maxRedirects", SCRIPT_OPTION_NUMBER, "K6_MAX_REDIRECTS"},
    {"batch", SCRIPT_OPTION_NUMBER, "K6_BATCH"},
    {"batchPerHost", SCRIPT_OPTION_NUMBER, "K6_BATCH_PER_HOST"},
    {"userAgent", SCRIPT_OPTION_TEXT, "K6_USER_AGENT"},
    {"insecureSkipTLSVerify", SCRIPT_OPTION_BOOL, "K6_INSECURE_SKIP_TLS_VERIFY"},
    {"tlsVersion", SCRIPT_OPTION_TEXT, ""},
    {"tlsCipherSuites", SCRIPT_OPTION_LIST, "K6_TLS_CIPHER_SUITES"},
    {"tlsAuth", SCRIPT_OPTION_JSON, "K6_TLSAUTH"},
    {"httpDebug", SCRIPT_OPTION_TEXT, "K6_HTTP_DEBUG"},
    {"throw", SCRIPT_OPTION_BOOL, "K6_THROW"},
    {"noConnectionReuse", SCRIPT_OPTION_BOOL, "K6_NO_CONNECTION_REUSE"},
    {"noVUConnectionReuse", SCRIPT_OPTION_BOOL, "K6_NO_VU_CONNECTION_REUSE"},
    {"noCookiesReset", SCRIPT_OPTION_BOOL, "K6_NO_COOKIES_RESET"},
    {"discardResponseBodies", SCRIPT_OPTION_BOOL, "K6_DISCARD_RESPONSE_BODIES"},
    {"minIterationDuration", SCRIPT_OPTION_TEXT, "K6_MIN_ITERATION_DURATION"},
    {"blacklistIPs", SCRIPT_OPTION_LIST, "K6_BLACKLIST_IPS"},
    {"blockHostnames", SCRIPT_OPTION_LIST, "K6_BLOCK_HOSTNAMES"},
    {"hosts", SCRIPT_OPTION_PAIRS, "K6_HOSTS"},
    {"dns", SCRIPT_OPTION_DNS, "K6_DNS"},
    {"localIPs", SCRIPT_OPTION_TEXT, "K6_LOCAL_IPS"},
    {"summaryTrendStats", SCRIPT_OPTION_LIST, "K6_SUMMARY_TREND_STATS"},
    {"summaryTimeUnit", SCRIPT_OPTION_TEXT, "K6_SUMMARY_TIME_UNIT"},
    {"systemTags", SCRIPT_OPTION_LIST, "K6_SYSTEM_TAGS"},
    {"executionSegment", SCRIPT_OPTION_TEXT, ""},
    {"executionSegmentSequence", SCRIPT_OPTION_TEXT, ""},
    {"metricSamplesBufferSize", SCRIPT_OPTION_NUMBER, "K6_METRIC_SAMPLES_BUFFER_SIZE"},
    {"consoleOutput", SCRIPT_OPTION_TEXT, "K6_CONSOLE_OUTPUT"},
    {"noUsageReport", SCRIPT_OPTION_BOOL, "K6_NO_USAGE_REPORT"},
    {"cloud", SCRIPT_OPTION_JSON, ""},
    {"ext", SCRIPT_OPTION_JSON, ""},
    {"features", SCRIPT_OPTION_LIST, "K6_FEATURES"},
};
const size_t script_option_count = BR_COUNT(script_option_rows);

bool script_option_is_known(struct bytes key, const char **out_near)
{
    struct nearest nearest = {.word = key};
    for (size_t i = 0; i < script_option_count; i++) {
        if (bytes_eq(key, bytes_from_str(script_option_rows[i].key)))
            return true;
        nearest_offer(&nearest, script_option_rows[i].key);
    }
    *out_near = nearest.best;
    return false;
}

static enum br_err option_bool(struct bytes text, const char *place, struct buf *out,
                               struct diag *diag)
{
    static const char *const yes[] = {"true", "1", "t", "T", "TRUE", "True"};
    static const char *const no[] = {"false", "0", "f", "F", "FALSE", "False"};
    for (size_t i = 0; i < BR_COUNT(yes); i++) {
        if (bytes_eq(text, bytes_from_str(yes[i]))) {
            buf_put(out, BYTES("true"));
            return BR_ERR_NONE;
        }
        if (bytes_eq(text, bytes_from_str(no[i]))) {
            buf_put(out, BYTES("false"));
            return BR_ERR_NONE;
        }
    }
    return diag_set(diag, BR_ERR_CONFIG, "%s is true or false, not \"%.*s\"", place,
                    BYTES_ARG(text));
}

static enum br_err option_json(struct bytes text, const char *place, struct buf *out,
                               struct diag *diag)
{
    struct json *json;
    struct diag inner = DIAG_INIT;
    if (json_parse(text, &json, &inner) != BR_ERR_NONE)
        return diag_set(diag, BR_ERR_CONFIG, "%s: %s", place, inner.text);
    json_destroy(&json);
    buf_put(out, text);
    return BR_ERR_NONE;
}

static void option_list(struct json_writer *writer, struct bytes text)
{
    json_open_array(writer);
    while (text.len > 0)
        json_put_text(writer, bytes_trim(bytes_cut(&text, ',')));
    json_close_array(writer);
}

static void option_pairs(struct json_writer *writer, struct bytes text)
{
    json_open_object(writer);
    while (text.len > 0) {
        struct bytes value = bytes_cut(&text, ',');
        struct bytes name = bytes_cut(&value, '=');
        char key[256];
        size_t len = name.len < sizeof(key) - 1 ? name.len : sizeof(key) - 1;
        memcpy(key, name.ptr, len);
        key[len] = '\0';
        json_put_key(writer, key);
        json_put_text(writer, value);
    }
    json_close_object(writer);
}

static enum br_err option_stages(struct json_writer *writer, struct bytes text, const char *place,
                                 struct diag *diag)
{
    json_open_array(writer);
    while (text.len > 0) {
        struct plan_stage stage;
        struct bytes one = bytes_cut(&text, ',');
        if (plan_read_stage(one, &stage, diag) != BR_ERR_NONE)
            return diag_set(diag, BR_ERR_CONFIG, "%s: a stage is DURATION:TARGET, not \"%.*s\"",
                            place, BYTES_ARG(one));
        json_open_object(writer);
        json_add_text(writer, "duration", bytes_cut(&one, ':'));
        json_add_u64(writer, "target", stage.target);
        json_close_object(writer);
    }
    json_close_array(writer);
    return BR_ERR_NONE;
}

enum br_err script_option_put(const struct script_option_row *row, struct bytes text,
                              const char *place, struct buf *out, struct diag *diag)
{
    struct json_writer writer;
    json_writer_init(&writer, out, false);
    switch (row->kind) {
    case SCRIPT_OPTION_TEXT:
        json_put_text(&writer, text);
        return BR_ERR_NONE;
    case SCRIPT_OPTION_BOOL:
        return option_bool(text, place, out, diag);
    case SCRIPT_OPTION_NUMBER:
        return option_json(text, place, out, diag);
    case SCRIPT_OPTION_JSON:
        return option_json(text, place, out, diag);
    case SCRIPT_OPTION_LIST:
        option_list(&writer, text);
        return BR_ERR_NONE;
    case SCRIPT_OPTION_PAIRS:
        if (bytes_starts(text, BYTES("{")))
            return option_json(text, place, out, diag);
        option_pairs(&writer, text);
        return BR_ERR_NONE;
    case SCRIPT_OPTION_DNS:
        option_pairs(&writer, text);
        return BR_ERR_NONE;
    case SCRIPT_OPTION_STAGES:
        return option_stages(&writer, text, place, diag);
    }
    return BR_ERR_NONE;
}
