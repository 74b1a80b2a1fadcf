/* Decides the standard functions that make a text of a text. */
#include "simulators/arm/template/function.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool run_string(struct arm_fn *fn)
{
    struct base_buf out = {0};

    if (cJSON_IsString(arm_fn_value(fn, 0)))
        return arm_fn_lend(fn, arm_fn_value(fn, 0));
    arm_value_text(arm_fn_value(fn, 0), &out);
    return arm_fn_give_buf(fn, &out);
}

static bool change_case(struct arm_fn *fn, bool upper)
{
    struct base_buf out = {0};
    const char *text;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    arm_unicode_case(text, upper, &out);
    return arm_fn_give_buf(fn, &out);
}

static bool run_to_lower(struct arm_fn *fn)
{
    return change_case(fn, false);
}

static bool run_to_upper(struct arm_fn *fn)
{
    return change_case(fn, true);
}

static bool run_trim(struct arm_fn *fn)
{
    const char *text;
    char *part;
    size_t len;
    bool given;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    while (isspace((unsigned char)*text))
        text++;
    len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    part = base_strndup(text, len);
    given = arm_fn_give_text(fn, part);
    free(part);
    return given;
}

/* padLeft(text or whole number, total length, character) */
static bool run_pad_left(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);
    struct base_buf text = {0}, out = {0};
    const char *pad = " ";
    int64_t total;

    if (!cJSON_IsString(value) && !arm_value_number(value))
        return arm_fn_mistyped(fn, 0, "String, Integer");
    if (!arm_fn_int(fn, 1, &total) || (fn->count > 2 && !arm_fn_text(fn, 2, &pad)))
        return false;
    if (total < 0 || total > ARM_TEXT_MAX)
        return arm_fn_fail(fn, "the total length '%lld' must be from '0' to '%d'", (long long)total,
                           ARM_TEXT_MAX);
    if (arm_units(pad) != 1)
        return arm_fn_fail(fn, "the third argument must be one character, it is '%.100s'", pad);
    arm_value_text(value, &text);
    for (int64_t missing = total - (int64_t)arm_units(text.data ? text.data : ""); missing > 0;
         missing--)
        base_buf_puts(&out, pad);
    base_buf_append(&out, text.data, text.len);
    base_buf_release(&text);
    return arm_fn_give_buf(fn, &out);
}

static bool run_replace(struct arm_fn *fn)
{
    struct base_buf out = {0};
    const char *text, *old, *new, *found;

    if (!arm_fn_text(fn, 0, &text) || !arm_fn_text(fn, 1, &old) || !arm_fn_text(fn, 2, &new))
        return false;
    if (!*old)
        return arm_fn_fail(fn, "the text to replace must not be empty");
    for (; (found = strstr(text, old)) && out.len <= ARM_TEXT_MAX; text = found + strlen(old)) {
        base_buf_append(&out, text, (size_t)(found - text));
        base_buf_puts(&out, new);
    }
    base_buf_puts(&out, text);
    return arm_fn_give_buf(fn, &out);
}

/* ---- between texts and arrays ---- */

static bool run_join(struct arm_fn *fn)
{
    const cJSON *array = arm_fn_array(fn, 0), *child;
    struct base_buf out = {0};
    const char *between;

    if (!array || !arm_fn_text(fn, 1, &between))
        return false;
    cJSON_ArrayForEach(child, array)
    {
        if (child != array->child)
            base_buf_puts(&out, between);
        arm_value_text(child, &out);
        if (out.len > ARM_TEXT_MAX)
            break;
    }
    return arm_fn_give_buf(fn, &out);
}

/* How long the delimiter is that begins at `text`; 0: none does. */
static size_t delimiter_at(const char *text, const cJSON *delimiters)
{
    const cJSON *one = cJSON_IsArray(delimiters) ? delimiters->child : delimiters;

    for (; one; one = cJSON_IsArray(delimiters) ? one->next : NULL)
        if (one->valuestring[0] && !strncmp(text, one->valuestring, strlen(one->valuestring)))
            return strlen(one->valuestring);
    return 0;
}

static bool delimiters_good(struct arm_fn *fn, const cJSON *delimiters)
{
    const cJSON *child;

    if (cJSON_IsString(delimiters))
        return true;
    if (!cJSON_IsArray(delimiters))
        return arm_fn_mistyped(fn, 1, "String, Array");
    cJSON_ArrayForEach(child, delimiters) if (!cJSON_IsString(child)) return arm_fn_fail(
        fn, "every delimiter must be of type 'String', one of type '%s' was found",
        arm_template_type(child));
    return true;
}

static void add_part(struct arm_fn *fn, const char *start, const char *end)
{
    char *part = base_strndup(start, (size_t)(end - start));

    cJSON_AddItemToArray(fn->made, cJSON_CreateString(part));
    free(part);
}

static bool run_split(struct arm_fn *fn)
{
    const cJSON *delimiters = arm_fn_value(fn, 1);
    const char *text, *start;

    if (!arm_fn_text(fn, 0, &text) || !delimiters_good(fn, delimiters) ||
        !arm_eval_spend(fn->eval,
                        (int64_t)strlen(text) *
                            (cJSON_IsArray(delimiters) ? cJSON_GetArraySize(delimiters) : 1)))
        return false;
    fn->made = cJSON_CreateArray();
    for (start = text; *text;) {
        size_t len = delimiter_at(text, delimiters);
        if (len)
            add_part(fn, start, text);
        text += len ? len : 1;
        start = len ? text : start;
    }
    add_part(fn, start, text);
    return true;
}

/* substring(text, start[, length]) */
static bool run_substring(struct arm_fn *fn)
{
    int64_t start, length, units;
    size_t from, to;
    const char *text;
    char *part;
    bool given;

    if (!arm_fn_text(fn, 0, &text) || !arm_fn_int(fn, 1, &start))
        return false;
    units = (int64_t)arm_units(text);
    length = units - start;
    if (fn->count > 2 && !arm_fn_int(fn, 2, &length))
        return false;
    if (start < 0 || length < 0 || start > units || length > units - start)
        return arm_fn_fail(fn,
                           "the index and length parameters must refer to a location within the "
                           "string. The index parameter: '%lld', the length parameter: '%lld', the "
                           "length of the string parameter: '%lld'",
                           (long long)start, (long long)length, (long long)units);
    from = arm_units_offset(text, (size_t)start);
    to = arm_units_offset(text, (size_t)(start + length));
    part = base_strndup(text + from, to - from);
    given = arm_fn_give_text(fn, part);
    free(part);
    return given;
}

static const struct arm_function rows[] = {
    {"join", 2, 2, run_join, 0, 0},        {"padleft", 2, 3, run_pad_left, 0, 0},
    {"replace", 3, 3, run_replace, 0, 0},  {"split", 2, 2, run_split, 0, 0},
    {"string", 1, 1, run_string, 0, 0},    {"substring", 2, 3, run_substring, 0, 0},
    {"tolower", 1, 1, run_to_lower, 0, 0}, {"toupper", 1, 1, run_to_upper, 0, 0},
    {"trim", 1, 1, run_trim, 0, 0},
};

const struct arm_function_table arm_functions_string = {rows, sizeof(rows) / sizeof(rows[0])};
