/* Decides the standard functions on truth, and on which of two values is the greater. */
#include "simulators/arm/template/function.h"

#include <strings.h>

static bool run_true(struct arm_fn *fn)
{
    return arm_fn_give_bool(fn, true);
}

static bool run_false(struct arm_fn *fn)
{
    return arm_fn_give_bool(fn, false);
}

static bool run_null(struct arm_fn *fn)
{
    return arm_fn_lend(fn, NULL);
}

/* Stops at the first argument that is `until`. */
static bool combine(struct arm_fn *fn, bool until)
{
    for (int i = 0; i < fn->count; i++) {
        struct arm_arg arg = arm_fn_eval(fn, i);
        if (!arg.value)
            return false;
        if (!cJSON_IsBool(arg.value))
            return arm_fn_fail(fn,
                               "argument '%d' must be of type 'Boolean', the provided value is of "
                               "type '%s'",
                               i + 1, arm_template_type(arg.value));
        if (!cJSON_IsTrue(arg.value) == !until)
            return arm_fn_give_bool(fn, until);
    }
    return arm_fn_give_bool(fn, !until);
}

static bool run_and(struct arm_fn *fn)
{
    return combine(fn, false);
}

static bool run_or(struct arm_fn *fn)
{
    return combine(fn, true);
}

static bool run_not(struct arm_fn *fn)
{
    bool value;

    return arm_fn_bool(fn, 0, &value) && arm_fn_give_bool(fn, !value);
}

/* Only the branch that is taken is evaluated. */
static bool run_if(struct arm_fn *fn)
{
    struct arm_arg condition = arm_fn_eval(fn, 0);

    if (!condition.value)
        return false;
    if (!cJSON_IsBool(condition.value))
        return arm_fn_fail(fn,
                           "the condition must be of type 'Boolean', the provided value is of type "
                           "'%s'",
                           arm_template_type(condition.value));
    return arm_fn_pass(fn, arm_fn_eval(fn, cJSON_IsTrue(condition.value) ? 1 : 2));
}

static bool run_coalesce(struct arm_fn *fn)
{
    for (int i = 0; i < fn->count; i++) {
        struct arm_arg arg = arm_fn_eval(fn, i);
        if (!arg.value)
            return false;
        if (!cJSON_IsNull(arg.value))
            return arm_fn_pass(fn, arg);
    }
    return arm_fn_lend(fn, NULL);
}

static bool run_bool(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);
    int64_t number;

    if (cJSON_IsBool(value))
        return arm_fn_lend(fn, value);
    if (arm_template_int(value, &number))
        return arm_fn_give_bool(fn, number != 0);
    if (!cJSON_IsString(value))
        return arm_fn_mistyped(fn, 0, "Boolean, Integer, String");
    if (!strcasecmp(value->valuestring, "true") || !strcasecmp(value->valuestring, "1"))
        return arm_fn_give_bool(fn, true);
    if (!strcasecmp(value->valuestring, "false") || !strcasecmp(value->valuestring, "0"))
        return arm_fn_give_bool(fn, false);
    return arm_fn_fail(fn, "the text '%.100s' is neither 'true' nor 'false'", value->valuestring);
}

/* ---- order ---- */

/* Texts to the letter: the language of a level above writes its comparison without case as toLower of both. */
static bool run_equals(struct arm_fn *fn)
{
    int depth;

    return arm_eval_spend(fn->eval, arm_value_weight(arm_fn_value(fn, 0), &depth)) &&
           arm_fn_give_bool(fn, arm_value_equal(arm_fn_value(fn, 0), arm_fn_value(fn, 1)));
}

static bool compare(struct arm_fn *fn, int *order)
{
    const cJSON *a = arm_fn_value(fn, 0), *b = arm_fn_value(fn, 1);
    int64_t left, right;

    if (cJSON_IsString(a) && cJSON_IsString(b)) {
        *order = arm_text_compare(a->valuestring, b->valuestring);
        return true;
    }
    if (!arm_value_number(a) && !cJSON_IsString(a))
        return arm_fn_mistyped(fn, 0, "Integer, String");
    if (!arm_value_number(b) || !arm_value_number(a))
        return arm_fn_mistyped(fn, 1, arm_template_type(a));
    if (arm_template_int(a, &left) && arm_template_int(b, &right)) {
        *order = left < right ? -1 : left > right;
    } else {
        double x = arm_value_double(a), y = arm_value_double(b);
        *order = x < y ? -1 : x > y;
    }
    return true;
}

static bool run_greater(struct arm_fn *fn)
{
    int order;

    return compare(fn, &order) && arm_fn_give_bool(fn, order > 0);
}

static bool run_greater_or_equals(struct arm_fn *fn)
{
    int order;

    return compare(fn, &order) && arm_fn_give_bool(fn, order >= 0);
}

static bool run_less(struct arm_fn *fn)
{
    int order;

    return compare(fn, &order) && arm_fn_give_bool(fn, order < 0);
}

static bool run_less_or_equals(struct arm_fn *fn)
{
    int order;

    return compare(fn, &order) && arm_fn_give_bool(fn, order <= 0);
}

static const struct arm_function rows[] = {
    {"and", 2, -1, run_and, 0, ARM_FN_LAZY},
    {"bool", 1, 1, run_bool, 0, 0},
    {"coalesce", 1, -1, run_coalesce, 0, ARM_FN_LAZY},
    {"equals", 2, 2, run_equals, 0, 0},
    {"false", 0, 0, run_false, 0, 0},
    {"greater", 2, 2, run_greater, 0, 0},
    {"greaterorequals", 2, 2, run_greater_or_equals, 0, 0},
    {"if", 3, 3, run_if, 0, ARM_FN_LAZY},
    {"less", 2, 2, run_less, 0, 0},
    {"lessorequals", 2, 2, run_less_or_equals, 0, 0},
    {"not", 1, 1, run_not, 0, 0},
    {"null", 0, 0, run_null, 0, 0},
    {"or", 2, -1, run_or, 0, ARM_FN_LAZY},
    {"true", 0, 0, run_true, 0, 0},
};

const struct arm_function_table arm_functions_logic = {rows, sizeof(rows) / sizeof(rows[0])};
