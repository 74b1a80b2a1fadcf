/* Decides the standard functions that make arrays or take elements out of them. */
#include "simulators/arm/template/function.h"

#include <stdlib.h>

#define RANGE_MAX 10000

/* ---- whole arrays ---- */

static bool run_array(struct arm_fn *fn)
{
    cJSON *array, *value;

    if (cJSON_IsArray(arm_fn_value(fn, 0)))
        return arm_fn_lend(fn, arm_fn_value(fn, 0));
    value = arm_fn_own(fn, 0);
    if (!value)
        return false;
    array = cJSON_CreateArray();
    cJSON_AddItemToArray(array, value);
    return arm_fn_give(fn, array);
}

static bool run_create_array(struct arm_fn *fn)
{
    fn->made = cJSON_CreateArray();
    for (int i = 0; i < fn->count; i++) {
        cJSON *value = arm_fn_own(fn, i);
        if (!value)
            return false;
        cJSON_AddItemToArray(fn->made, value);
    }
    return true;
}

static bool append_elements(struct arm_fn *fn, const cJSON *array)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, array)
    {
        cJSON *copy = arm_eval_copy(fn->eval, child);
        if (!copy)
            return false;
        cJSON_AddItemToArray(fn->made, copy);
    }
    return true;
}

static bool concat_arrays(struct arm_fn *fn)
{
    fn->made = cJSON_CreateArray();
    for (int i = 0; i < fn->count; i++) {
        const cJSON *array = arm_fn_array(fn, i);
        if (!array || !append_elements(fn, array))
            return false;
    }
    return true;
}

/* The kind of the first argument decides for all. */
static bool run_concat(struct arm_fn *fn)
{
    struct base_buf out = {0};

    if (fn->count && cJSON_IsArray(arm_fn_value(fn, 0)))
        return concat_arrays(fn);
    for (int i = 0; i < fn->count; i++) {
        const cJSON *value = arm_fn_value(fn, i);
        if (cJSON_IsArray(value) || cJSON_IsObject(value) || cJSON_IsNull(value)) {
            base_buf_release(&out);
            return arm_fn_mistyped(fn, i, i ? "String, Integer, Boolean" : "String, Array");
        }
        arm_value_text(value, &out);
    }
    return arm_fn_give_buf(fn, &out);
}

static bool run_flatten(struct arm_fn *fn)
{
    const cJSON *outer = arm_fn_array(fn, 0), *child;

    if (!outer)
        return false;
    fn->made = cJSON_CreateArray();
    cJSON_ArrayForEach(child, outer)
    {
        if (!cJSON_IsArray(child))
            return arm_fn_fail(fn, "every element must be an array, one of type '%s' was found",
                               arm_template_type(child));
        if (!append_elements(fn, child))
            return false;
    }
    return true;
}

static bool run_range(struct arm_fn *fn)
{
    int64_t start, count;

    if (!arm_fn_int(fn, 0, &start) || !arm_fn_int(fn, 1, &count))
        return false;
    if (count < 0 || count > RANGE_MAX)
        return arm_fn_fail(fn, "the count '%lld' must be from '0' to '%d'", (long long)count,
                           RANGE_MAX);
    if (start < -INT32_MAX - 1LL || start + count - 1 > INT32_MAX)
        return arm_fn_fail(fn, "the range from '%lld' with '%lld' elements leaves 32 bits",
                           (long long)start, (long long)count);
    if (!arm_eval_spend(fn->eval, count))
        return false;
    fn->made = cJSON_CreateArray();
    for (int64_t i = 0; i < count; i++)
        cJSON_AddItemToArray(fn->made, arm_template_new_int(start + i));
    return true;
}

/* ---- parts: of arrays elements, of texts characters ---- */

static bool give_units(struct arm_fn *fn, const char *text, size_t from, size_t to)
{
    size_t start = arm_units_offset(text, from), end = arm_units_offset(text, to);
    char *part = base_strndup(text + start, end - start);
    bool given = arm_fn_give_text(fn, part);

    free(part);
    return given;
}

static bool give_elements(struct arm_fn *fn, const cJSON *array, int64_t from, int64_t to)
{
    const cJSON *child = array->child;

    fn->made = cJSON_CreateArray();
    for (int64_t i = 0; child && i < to; i++, child = child->next) {
        cJSON *copy = i >= from ? arm_eval_copy(fn->eval, child) : NULL;
        if (i >= from && !copy)
            return false;
        cJSON_AddItemToArray(fn->made, copy);
    }
    return true;
}

/* Elements or characters from `from` up to `to`. */
static bool give_part(struct arm_fn *fn, int64_t from, int64_t to)
{
    const cJSON *value = arm_fn_value(fn, 0);

    if (cJSON_IsString(value))
        return give_units(fn, value->valuestring, (size_t)from, (size_t)to);
    return give_elements(fn, value, from, to);
}

static bool sequence(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);

    return cJSON_IsArray(value) || cJSON_IsString(value) || arm_fn_mistyped(fn, 0, "Array, String");
}

static bool run_skip(struct arm_fn *fn)
{
    int64_t count;

    if (!sequence(fn) || !arm_fn_int(fn, 1, &count))
        return false;
    return give_part(fn, count < 0 ? 0 : count, INT64_MAX);
}

static bool run_take(struct arm_fn *fn)
{
    int64_t count;

    if (!sequence(fn) || !arm_fn_int(fn, 1, &count))
        return false;
    return give_part(fn, 0, count < 0 ? 0 : count);
}

static bool run_first(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);

    if (!sequence(fn))
        return false;
    return cJSON_IsArray(value) ? arm_fn_lend(fn, value->child) : give_part(fn, 0, 1);
}

static bool run_last(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);
    size_t units;

    if (!sequence(fn))
        return false;
    if (cJSON_IsArray(value))
        return arm_fn_lend(fn, value->child ? value->child->prev : NULL);
    units = arm_units(value->valuestring);
    return give_part(fn, units ? (int64_t)units - 1 : 0, INT64_MAX);
}

static const cJSON *from_end(struct arm_fn *fn, bool *good)
{
    const cJSON *array = arm_fn_array(fn, 0);
    int64_t index;

    *good = array && arm_fn_int(fn, 1, &index);
    if (!*good)
        return NULL;
    index = cJSON_GetArraySize(array) - index;
    return index >= 0 && index < INT32_MAX ? cJSON_GetArrayItem(array, (int)index) : NULL;
}

static bool run_try_index_from_end(struct arm_fn *fn)
{
    bool good;
    const cJSON *found = from_end(fn, &good);

    return good && arm_fn_lend(fn, found);
}

static bool run_index_from_end(struct arm_fn *fn)
{
    bool good;
    const cJSON *found = from_end(fn, &good);

    if (good && !found)
        return arm_fn_fail(fn, "the array has '%d' elements, none at '%.0f' from its end",
                           cJSON_GetArraySize(arm_fn_value(fn, 0)),
                           arm_value_double(arm_fn_value(fn, 1)));
    return good && arm_fn_lend(fn, found);
}

static const struct arm_function rows[] = {
    {"array", 1, 1, run_array, 0, 0},
    {"concat", 1, -1, run_concat, 0, 0},
    {"createarray", 0, -1, run_create_array, 0, 0},
    {"first", 1, 1, run_first, 0, 0},
    {"flatten", 1, 1, run_flatten, 0, 0},
    {"indexfromend", 2, 2, run_index_from_end, 0, 0},
    {"last", 1, 1, run_last, 0, 0},
    {"range", 2, 2, run_range, 0, 0},
    {"skip", 2, 2, run_skip, 0, 0},
    {"take", 2, 2, run_take, 0, 0},
    {"tryindexfromend", 2, 2, run_try_index_from_end, 0, 0},
};

const struct arm_function_table arm_functions_array = {rows, sizeof(rows) / sizeof(rows[0])};
