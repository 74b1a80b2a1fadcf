/* Decides the standard functions that look for something in a text, an array or an object. */
#include "simulators/arm/template/function.h"

#include <string.h>
#include <strings.h>

static bool run_length(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);

    if (cJSON_IsString(value))
        return arm_fn_give_int(fn, (int64_t)arm_units(value->valuestring));
    if (cJSON_IsArray(value) || cJSON_IsObject(value))
        return arm_fn_give_int(fn, cJSON_GetArraySize(value));
    return arm_fn_mistyped(fn, 0, "Array, String, Object");
}

static bool run_empty(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);

    if (cJSON_IsNull(value))
        return arm_fn_give_bool(fn, true);
    if (cJSON_IsString(value))
        return arm_fn_give_bool(fn, !value->valuestring[0]);
    if (cJSON_IsArray(value) || cJSON_IsObject(value))
        return arm_fn_give_bool(fn, !value->child);
    return arm_fn_mistyped(fn, 0, "Array, Object, String");
}

/* The text of a string or number to look for. */
static bool needle(struct arm_fn *fn, struct base_buf *out)
{
    const cJSON *value = arm_fn_value(fn, 1);

    if (!cJSON_IsString(value) && !arm_value_number(value))
        return arm_fn_mistyped(fn, 1, "String, Integer");
    arm_value_text(value, out);
    if (!out->data)
        base_buf_puts(out, "");
    return true;
}

/* Texts to the letter, member names without case. */
static bool run_contains(struct arm_fn *fn)
{
    const cJSON *in = arm_fn_value(fn, 0), *child;
    struct base_buf text = {0};
    bool found = false, good;

    if (cJSON_IsArray(in)) {
        cJSON_ArrayForEach(child, in) found = found || arm_value_equal(child, arm_fn_value(fn, 1));
        return arm_eval_spend(fn->eval, cJSON_GetArraySize(in)) && arm_fn_give_bool(fn, found);
    }
    if (!cJSON_IsString(in) && !cJSON_IsObject(in))
        return arm_fn_mistyped(fn, 0, "Array, Object, String");
    good = needle(fn, &text);
    if (good)
        found = cJSON_IsString(in) ? strstr(in->valuestring, text.data) != NULL
                                   : arm_template_member(in, text.data) != NULL;
    base_buf_release(&text);
    return good && arm_fn_give_bool(fn, found);
}

/* ---- positions ---- */

static bool spend_search(struct arm_fn *fn, const char *in, const char *what)
{
    size_t len = strlen(in), each = strlen(what) / 16 + 1;

    return arm_eval_spend(fn->eval, (int64_t)(len / 4 * each + 1));
}

static bool text_index(struct arm_fn *fn, bool last)
{
    const char *in = arm_fn_value(fn, 0)->valuestring, *what, *found = NULL;

    if (!arm_fn_text(fn, 1, &what) || !spend_search(fn, in, what))
        return false;
    if (last && !*what)
        found = in + strlen(in);
    for (const char *at = in; *what && *at && (last || !found); at++)
        if (!strncasecmp(at, what, strlen(what)))
            found = at;
    if (!last && !*what)
        found = in;
    return arm_fn_give_int(fn, found ? (int64_t)arm_units_before(in, (size_t)(found - in)) : -1);
}

static bool find_index(struct arm_fn *fn, bool last)
{
    const cJSON *in = arm_fn_value(fn, 0), *child;
    int64_t at = 0, found = -1;

    if (cJSON_IsString(in))
        return text_index(fn, last);
    if (!cJSON_IsArray(in))
        return arm_fn_mistyped(fn, 0, "String, Array");
    cJSON_ArrayForEach(child, in)
    {
        if ((last || found < 0) && arm_value_equal(child, arm_fn_value(fn, 1)))
            found = at;
        at++;
    }
    return arm_eval_spend(fn->eval, at) && arm_fn_give_int(fn, found);
}

static bool run_index_of(struct arm_fn *fn)
{
    return find_index(fn, false);
}

static bool run_last_index_of(struct arm_fn *fn)
{
    return find_index(fn, true);
}

static bool run_starts_with(struct arm_fn *fn)
{
    const char *text, *start;

    return arm_fn_text(fn, 0, &text) && arm_fn_text(fn, 1, &start) &&
           arm_fn_give_bool(fn, base_starts_nocase(text, start));
}

static bool run_ends_with(struct arm_fn *fn)
{
    const char *text, *end;

    return arm_fn_text(fn, 0, &text) && arm_fn_text(fn, 1, &end) &&
           arm_fn_give_bool(fn, base_ends_nocase(text, end));
}

static const struct arm_function rows[] = {
    {"contains", 2, 2, run_contains, 0, 0},         {"empty", 1, 1, run_empty, 0, 0},
    {"endswith", 2, 2, run_ends_with, 0, 0},        {"indexof", 2, 2, run_index_of, 0, 0},
    {"lastindexof", 2, 2, run_last_index_of, 0, 0}, {"length", 1, 1, run_length, 0, 0},
    {"startswith", 2, 2, run_starts_with, 0, 0},
};

const struct arm_function_table arm_functions_search = {rows, sizeof(rows) / sizeof(rows[0])};
