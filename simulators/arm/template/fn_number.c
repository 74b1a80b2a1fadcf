/* Decides the standard functions on numbers. */
#include "simulators/arm/template/function.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool two(struct arm_fn *fn, int64_t *a, int64_t *b)
{
    return arm_fn_int(fn, 0, a) && arm_fn_int(fn, 1, b);
}

static bool overflow(struct arm_fn *fn)
{
    return arm_fn_fail(fn, "the result does not fit into 64 bits");
}

static bool run_add(struct arm_fn *fn)
{
    int64_t a, b, sum;

    if (!two(fn, &a, &b))
        return false;
    return __builtin_add_overflow(a, b, &sum) ? overflow(fn) : arm_fn_give_int(fn, sum);
}

static bool run_sub(struct arm_fn *fn)
{
    int64_t a, b, difference;

    if (!two(fn, &a, &b))
        return false;
    return __builtin_sub_overflow(a, b, &difference) ? overflow(fn)
                                                     : arm_fn_give_int(fn, difference);
}

static bool run_mul(struct arm_fn *fn)
{
    int64_t a, b, product;

    if (!two(fn, &a, &b))
        return false;
    return __builtin_mul_overflow(a, b, &product) ? overflow(fn) : arm_fn_give_int(fn, product);
}

static bool divisible(struct arm_fn *fn, int64_t *a, int64_t *b)
{
    if (!two(fn, a, b))
        return false;
    if (!*b)
        return arm_fn_fail(fn, "the second argument is zero: attempted to divide by zero");
    return !(*a == INT64_MIN && *b == -1) || overflow(fn);
}

static bool run_div(struct arm_fn *fn)
{
    int64_t a, b;

    return divisible(fn, &a, &b) && arm_fn_give_int(fn, a / b);
}

static bool run_mod(struct arm_fn *fn)
{
    int64_t a, b;

    return divisible(fn, &a, &b) && arm_fn_give_int(fn, a % b);
}

static bool run_int(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);
    int64_t number;

    if (arm_template_int(value, &number))
        return arm_fn_give_int(fn, number);
    if (!cJSON_IsString(value))
        return arm_fn_mistyped(fn, 0, "Integer, String");
    if (!base_parse_int64(value->valuestring, &number))
        return arm_fn_fail(fn, "the text '%.100s' is not a whole number of 64 bits",
                           value->valuestring);
    return arm_fn_give_int(fn, number);
}

static bool run_float(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);
    double number;
    char *end;

    if (arm_value_number(value))
        return arm_fn_give(fn, arm_value_new_double(arm_value_double(value)));
    if (!cJSON_IsString(value))
        return arm_fn_mistyped(fn, 0, "Integer, Float, String");
    number = strtod(value->valuestring, &end);
    if (end == value->valuestring || *end || !isfinite(number) ||
        strpbrk(value->valuestring, "xXpPnN"))
        return arm_fn_fail(fn, "the text '%.100s' is not a number", value->valuestring);
    return arm_fn_give(fn, arm_value_new_double(number));
}

/* One array of whole numbers, or whole numbers as arguments. */
static bool extreme(struct arm_fn *fn, bool greatest)
{
    bool array = fn->count == 1 && cJSON_IsArray(arm_fn_value(fn, 0));
    const cJSON *child = array ? arm_fn_value(fn, 0)->child : NULL;
    int64_t best = 0, value = 0;

    if (fn->count == 1 && !array)
        return arm_fn_mistyped(fn, 0, "Array");
    if (array && !child)
        return arm_fn_fail(fn, "the array is empty");
    for (int i = 0; array ? child != NULL : i < fn->count; i++) {
        if (!array && !arm_fn_int(fn, i, &value))
            return false;
        if (array && !arm_template_int(child, &value))
            return arm_fn_fail(
                fn, "every element must be of type 'Integer', one of type '%s' was found",
                arm_template_type(child));
        if (!i || (greatest ? value > best : value < best))
            best = value;
        child = array ? child->next : NULL;
    }
    return arm_fn_give_int(fn, best);
}

static bool run_max(struct arm_fn *fn)
{
    return extreme(fn, true);
}

static bool run_min(struct arm_fn *fn)
{
    return extreme(fn, false);
}

/* ---- loops ---- */

static bool no_loop(struct arm_fn *fn, const char *name)
{
    if (name)
        return arm_eval_fail(fn->eval,
                             "The template function '%s' is not expected at this location: there "
                             "is no copy of the name '%.100s' around it. Please see "
                             "https://aka.ms/arm-copy for usage details.",
                             fn->name, name);
    return arm_eval_fail(fn->eval,
                         "The template function '%s' is not expected at this location. The "
                         "function can only be used in a resource with copy specified. Please see "
                         "https://aka.ms/arm-copy for usage details.",
                         fn->name);
}

static const struct arm_template_loop *find_loop(const struct arm_fn *fn, const char *name)
{
    const struct arm_template_loop *loop = fn->eval->scope->loops;

    while (loop && (name ? !loop->name || strcasecmp(loop->name, name) != 0 : !loop->unnamed))
        loop = loop->next;
    return loop;
}

/* copyIndex(), copyIndex(offset), copyIndex('loop'), copyIndex('loop', offset) */
static bool run_copy_index(struct arm_fn *fn)
{
    const char *name =
        fn->count && cJSON_IsString(arm_fn_value(fn, 0)) ? arm_fn_value(fn, 0)->valuestring : NULL;
    const struct arm_template_loop *loop = find_loop(fn, name);
    int64_t offset = 0, sum;
    int at = name ? 1 : 0;

    if (fn->count > at && !arm_fn_int(fn, at, &offset))
        return false;
    if (fn->count > at + 1)
        return arm_fn_mistyped(fn, 0, "String");
    if (!loop)
        return no_loop(fn, name);
    return __builtin_add_overflow(loop->index, offset, &sum) ? overflow(fn)
                                                             : arm_fn_give_int(fn, sum);
}

static const struct arm_function rows[] = {
    {"add", 2, 2, run_add, 0, 0},
    {"copyindex", 0, 2, run_copy_index,
     ARM_AT_VARIABLE | ARM_AT_HEADER | ARM_AT_BODY | ARM_AT_OUTPUT, 0},
    {"div", 2, 2, run_div, 0, 0},
    {"float", 1, 1, run_float, 0, 0},
    {"int", 1, 1, run_int, 0, 0},
    {"max", 1, -1, run_max, 0, 0},
    {"min", 1, -1, run_min, 0, 0},
    {"mod", 2, 2, run_mod, 0, 0},
    {"mul", 2, 2, run_mul, 0, 0},
    {"sub", 2, 2, run_sub, 0, 0},
};

const struct arm_function_table arm_functions_number = {rows, sizeof(rows) / sizeof(rows[0])};
