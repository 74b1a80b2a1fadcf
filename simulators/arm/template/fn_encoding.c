/* Decides the standard functions between texts and their encodings. */
#include "simulators/arm/template/function.h"

#include "common/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whether bytes are UTF-8 without NUL: only those become a text. */
static bool is_text(const unsigned char *at, size_t len)
{
    const unsigned char *end = at + len;

    while (at < end) {
        int more = *at < 0x80   ? 0
                   : *at < 0xC2 ? -1
                   : *at < 0xE0 ? 1
                   : *at < 0xF0 ? 2
                   : *at < 0xF5 ? 3
                                : -1;
        if (more < 0 || !*at || end - at <= more)
            return false;
        for (at++; more > 0; more--, at++)
            if ((*at & 0xC0) != 0x80)
                return false;
    }
    return true;
}

static bool run_base64(struct arm_fn *fn)
{
    struct base_buf out = {0};
    const char *text;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    base_base64_encode(&out, text, strlen(text));
    return arm_fn_give_buf(fn, &out);
}

static bool decode(struct arm_fn *fn, struct base_buf *out)
{
    const char *text;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    if (!base_base64_decode(out, text, strlen(text)) ||
        !is_text((const unsigned char *)out->data, out->len)) {
        base_buf_release(out);
        return arm_fn_fail(fn, "the value '%.100s' is not the Base64 of a text", text);
    }
    return true;
}

static bool run_base64_to_string(struct arm_fn *fn)
{
    struct base_buf out = {0};

    return decode(fn, &out) && arm_fn_give_buf(fn, &out);
}

/* JSON text as a value; numbers keep their spelling. */
static bool give_json(struct arm_fn *fn, const char *text, size_t len)
{
    struct base_error err = {0};
    cJSON *value;
    int depth;

    if (!arm_eval_spend(fn->eval, (int64_t)len / 2))
        return false;
    value = base_json_parse(text, len, &err);
    if (!value)
        return arm_fn_fail(fn, "the text is not JSON: %.200s", err.message);
    base_json_keep_numbers(value, text);
    if (arm_value_weight(value, &depth) && depth > ARM_VALUE_DEPTH) {
        cJSON_Delete(value);
        return arm_fn_fail(fn, "the JSON is nested more than '%d' levels deep", ARM_VALUE_DEPTH);
    }
    return arm_fn_give(fn, value);
}

static bool run_base64_to_json(struct arm_fn *fn)
{
    struct base_buf out = {0};
    bool given;

    if (!decode(fn, &out))
        return false;
    given = give_json(fn, out.data ? out.data : "", out.len);
    base_buf_release(&out);
    return given;
}

static bool run_json(struct arm_fn *fn)
{
    const char *text;

    return arm_fn_text(fn, 0, &text) && give_json(fn, text, strlen(text));
}

/* ---- data URIs (RFC 2397) ---- */

static bool run_data_uri(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);
    struct base_buf out = {0}, text = {0};
    bool json = cJSON_IsObject(value) || cJSON_IsArray(value);

    arm_value_text(value, &text);
    base_buf_puts(&out,
                  json ? "data:application/json;base64," : "data:text/plain;charset=utf-8;base64,");
    base_base64_encode(&out, text.data ? text.data : "", text.len);
    base_buf_release(&text);
    return arm_fn_give_buf(fn, &out);
}

static bool run_data_uri_to_string(struct arm_fn *fn)
{
    struct base_buf out = {0};
    const char *text, *comma;
    bool base64, good;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    comma = strchr(text, ',');
    if (strncasecmp(text, "data:", 5) != 0 || !comma)
        return arm_fn_fail(fn, "the value '%.100s' is not a data URI", text);
    base64 = comma - text >= 7 + 5 && !strncasecmp(comma - 7, ";base64", 7);
    good = base64 ? base_base64_decode(&out, comma + 1, strlen(comma + 1))
                  : base_uri_decode(&out, comma + 1, strlen(comma + 1), false);
    if (!good || !is_text((const unsigned char *)out.data, out.len)) {
        base_buf_release(&out);
        return arm_fn_fail(fn, "the data URI '%.100s' does not hold a text", text);
    }
    return arm_fn_give_buf(fn, &out);
}

/* ---- parts of URIs ---- */

static bool run_uri_component(struct arm_fn *fn)
{
    struct base_buf out = {0};
    const char *text;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    base_uri_encode(&out, text, NULL);
    return arm_fn_give_buf(fn, &out);
}

static bool run_uri_component_to_string(struct arm_fn *fn)
{
    struct base_buf out = {0};
    const char *text;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    if (!base_uri_decode(&out, text, strlen(text), false) ||
        !is_text((const unsigned char *)out.data, out.len)) {
        base_buf_release(&out);
        return arm_fn_fail(fn, "the value '%.100s' is not an encoded URI component", text);
    }
    return arm_fn_give_buf(fn, &out);
}

static const struct arm_function rows[] = {
    {"base64", 1, 1, run_base64, 0, 0},
    {"base64tojson", 1, 1, run_base64_to_json, 0, 0},
    {"base64tostring", 1, 1, run_base64_to_string, 0, 0},
    {"datauri", 1, 1, run_data_uri, 0, 0},
    {"datauritostring", 1, 1, run_data_uri_to_string, 0, 0},
    {"json", 1, 1, run_json, 0, 0},
    {"uricomponent", 1, 1, run_uri_component, 0, 0},
    {"uricomponenttostring", 1, 1, run_uri_component_to_string, 0, 0},
};

const struct arm_function_table arm_functions_encoding = {rows, sizeof(rows) / sizeof(rows[0])};
