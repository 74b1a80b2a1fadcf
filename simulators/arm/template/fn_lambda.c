/* Decides the standard functions that take a lambda. */
#include "simulators/arm/template/function.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LAMBDA_MAX 3 /* variables */

struct lambda {
    struct arm_fn *fn;
    const char *names[LAMBDA_MAX];
    int count;
    const struct arm_node *body;
};

/* ---- lambdas themselves ---- */

static bool lambda_mistyped(struct arm_fn *fn, int index)
{
    return arm_fn_fail(fn, "argument '%d' must be a lambda function", index + 1);
}

/* lambda('x', 'i', body) with min to max variables. */
static bool lambda_read(struct arm_fn *fn, int index, int min, int max, struct lambda *out)
{
    const struct arm_node *node = arm_fn_node(fn, index), *child;

    if (node->kind != ARM_NODE_CALL || node->space || strcasecmp(node->text, "lambda") != 0 ||
        node->count < 1)
        return lambda_mistyped(fn, index);
    *out = (struct lambda){.fn = fn, .count = node->count - 1};
    if (out->count < min || out->count > max)
        return arm_fn_fail(fn, "the lambda has '%d' variables, '%d' to '%d' were expected",
                           out->count, min, max);
    child = node->first;
    for (int i = 0; i < out->count; i++, child = child->next) {
        if (child->kind != ARM_NODE_LITERAL || !cJSON_IsString(child->literal))
            return arm_fn_fail(fn, "the variables of a lambda must be literal strings");
        out->names[i] = child->literal->valuestring;
    }
    out->body = child;
    return true;
}

/* The body's value, owned by the caller. */
static cJSON *lambda_call(const struct lambda *lambda, const cJSON *const *values)
{
    struct arm_eval *eval = lambda->fn->eval;
    struct arm_frame frame = {lambda->names, values, lambda->count, eval->frames};
    size_t before = eval->count;
    cJSON *result;

    eval->frames = &frame;
    result = arm_eval_own(eval, arm_eval_node(eval, lambda->body));
    eval->frames = frame.outer;
    arm_eval_empty(eval, before);
    return result;
}

/* The same for an element and its index. */
static cJSON *lambda_element(const struct lambda *lambda, const cJSON *element, int index)
{
    cJSON number = {.type = cJSON_Number, .valueint = index, .valuedouble = index};
    const cJSON *values[] = {element, &number};

    return lambda_call(lambda, values);
}

/* -1: err is set. */
static int lambda_test(const struct lambda *lambda, const cJSON *const *values)
{
    cJSON *result = lambda_call(lambda, values);
    int answer = cJSON_IsTrue(result);

    if (!result)
        return -1;
    if (!cJSON_IsBool(result)) {
        arm_fn_fail(lambda->fn, "the lambda must return a value of type 'Boolean', not '%s'",
                    arm_template_type(result));
        answer = -1;
    }
    cJSON_Delete(result);
    return answer;
}

/* The text that a lambda makes of an element; the caller frees it. NULL + err. */
static char *lambda_key(const struct lambda *lambda, const cJSON *element, int index)
{
    cJSON *key = lambda_element(lambda, element, index);
    char *text = cJSON_IsString(key) ? base_strdup(key->valuestring) : NULL;

    if (key && !text)
        arm_fn_fail(lambda->fn, "the lambda must return a value of type 'String', not '%s'",
                    arm_template_type(key));
    cJSON_Delete(key);
    return text;
}

static const cJSON *eval_array(struct arm_fn *fn, int index)
{
    const cJSON *value = arm_fn_eval(fn, index).value;

    if (!value || cJSON_IsArray(value))
        return value;
    arm_fn_fail(fn, "argument '%d' must be of type 'Array', the provided value is of type '%s'",
                index + 1, arm_template_type(value));
    return NULL;
}

static bool run_lambda(struct arm_fn *fn)
{
    return arm_fn_fail(fn, "a lambda can only be an argument of a function that takes one");
}

static bool run_lambda_variables(struct arm_fn *fn)
{
    const char *name;

    if (!arm_fn_text(fn, 0, &name))
        return false;
    for (const struct arm_frame *frame = fn->eval->frames; frame; frame = frame->outer)
        for (int i = 0; i < frame->count; i++)
            if (!strcasecmp(frame->names[i], name))
                return arm_fn_lend(fn, frame->values[i]);
    return arm_fn_fail(fn, "there is no lambda variable '%s' here", name);
}

/* ---- over arrays ---- */

static bool run_map(struct arm_fn *fn)
{
    const cJSON *array = eval_array(fn, 0), *child;
    struct lambda lambda;
    int index = 0;

    if (!array || !lambda_read(fn, 1, 1, 2, &lambda))
        return false;
    fn->made = cJSON_CreateArray();
    cJSON_ArrayForEach(child, array)
    {
        cJSON *one = lambda_element(&lambda, child, index++);
        if (!one)
            return false;
        cJSON_AddItemToArray(fn->made, one);
    }
    return true;
}

static bool run_filter(struct arm_fn *fn)
{
    const cJSON *array = eval_array(fn, 0), *child;
    struct lambda lambda;
    int index = 0;

    if (!array || !lambda_read(fn, 1, 1, 2, &lambda))
        return false;
    fn->made = cJSON_CreateArray();
    cJSON_ArrayForEach(child, array)
    {
        cJSON number = {.type = cJSON_Number, .valueint = index, .valuedouble = index};
        const cJSON *values[] = {child, &number};
        int keep = lambda_test(&lambda, values);
        cJSON *copy = keep > 0 ? arm_eval_copy(fn->eval, child) : NULL;
        if (keep < 0 || (keep && !copy))
            return false;
        cJSON_AddItemToArray(fn->made, copy);
        index++;
    }
    return true;
}

static bool run_reduce(struct arm_fn *fn)
{
    const cJSON *array = eval_array(fn, 0), *child;
    struct lambda lambda;
    int index = 0;

    if (!array || !lambda_read(fn, 2, 2, 3, &lambda))
        return false;
    fn->made = arm_eval_own(fn->eval, arm_fn_eval(fn, 1));
    cJSON_ArrayForEach(child, array)
    {
        cJSON number = {.type = cJSON_Number, .valueint = index, .valuedouble = index};
        const cJSON *values[] = {fn->made, child, &number};
        cJSON *next = fn->made ? lambda_call(&lambda, values) : NULL;
        cJSON_Delete(fn->made);
        fn->made = next;
        index++;
    }
    return fn->made != NULL;
}

/* One merge of sorted halves; stable. False: the lambda failed. */
static bool merge_halves(const struct lambda *less, const cJSON **list, const cJSON **room,
                         size_t count)
{
    size_t middle = count / 2, left = 0, right = middle, at = 0;

    while (left < middle && right < count) {
        const cJSON *values[] = {list[right], list[left]};
        int before = lambda_test(less, values);
        if (before < 0)
            return false;
        room[at++] = before ? list[right++] : list[left++];
    }
    while (left < middle)
        room[at++] = list[left++];
    memcpy(list, room, at * sizeof(*list)); /* what is left of the right half is in its place */
    return true;
}

static bool merge_sort(const struct lambda *less, const cJSON **list, const cJSON **room,
                       size_t count)
{
    if (count < 2)
        return true;
    return merge_sort(less, list, room, count / 2) &&
           merge_sort(less, list + count / 2, room, count - count / 2) &&
           merge_halves(less, list, room, count);
}

static bool run_sort(struct arm_fn *fn)
{
    const cJSON *array = eval_array(fn, 0), *child, **list;
    size_t count = 0, size = (size_t)(array ? cJSON_GetArraySize(array) : 0);
    struct lambda less;
    bool good;

    if (!array || !lambda_read(fn, 1, 2, 2, &less))
        return false;
    list = base_alloc((2 * size + 1) * sizeof(*list));
    cJSON_ArrayForEach(child, array) list[count++] = child;
    good = merge_sort(&less, list, list + count, count);
    fn->made = cJSON_CreateArray();
    for (size_t i = 0; good && i < count; i++) {
        cJSON *copy = arm_eval_copy(fn->eval, list[i]);
        good = copy != NULL;
        cJSON_AddItemToArray(fn->made, copy);
    }
    free(list);
    return good;
}

/* ---- to objects ---- */

static bool run_map_values(struct arm_fn *fn)
{
    const cJSON *object = arm_fn_eval(fn, 0).value, *child;
    struct lambda lambda;

    if (object && !cJSON_IsObject(object))
        return arm_fn_fail(
            fn, "argument '1' must be of type 'Object', the provided value is of type '%s'",
            arm_template_type(object));
    if (!object || !lambda_read(fn, 1, 1, 1, &lambda))
        return false;
    fn->made = cJSON_CreateObject();
    cJSON_ArrayForEach(child, object)
    {
        cJSON *one = lambda_element(&lambda, child, 0);
        if (!one)
            return false;
        cJSON_AddItemToObject(fn->made, child->string, one);
    }
    return true;
}

static bool group_element(const struct lambda *lambda, struct arm_index *names,
                          const cJSON *element, int index)
{
    struct arm_fn *fn = lambda->fn;
    char *key = lambda_key(lambda, element, index);
    cJSON *copy = key ? arm_eval_copy(fn->eval, element) : NULL, *group;

    if (copy) {
        group = arm_index_find_name(names, key);
        if (!group) {
            group = cJSON_AddArrayToObject(fn->made, key);
            base_ignore(arm_index_put_name(names, group));
        }
        cJSON_AddItemToArray(group, copy);
    }
    free(key);
    return copy != NULL;
}

static bool run_group_by(struct arm_fn *fn)
{
    const cJSON *array = eval_array(fn, 0), *child = array ? array->child : NULL;
    struct arm_index names = {0};
    struct lambda lambda;
    bool good = true;

    if (!array || !lambda_read(fn, 1, 1, 2, &lambda))
        return false;
    fn->made = cJSON_CreateObject();
    for (int i = 0; child && good; child = child->next, i++)
        good = group_element(&lambda, &names, child, i);
    arm_index_release(&names);
    return good;
}

static bool add_entry(const struct lambda *key, const struct lambda *value, struct arm_index *names,
                      const cJSON *element)
{
    struct arm_fn *fn = key->fn;
    char *name = lambda_key(key, element, 0);
    cJSON *one = NULL;

    if (name && arm_index_find_name(names, name))
        arm_fn_fail(fn, "the key '%s' is made twice", name);
    else if (name)
        one = value ? lambda_element(value, element, 0) : arm_eval_copy(fn->eval, element);
    if (one) {
        cJSON_AddItemToObject(fn->made, name, one);
        base_ignore(arm_index_put_name(names, one));
    }
    free(name);
    return one != NULL;
}

static bool run_to_object(struct arm_fn *fn)
{
    const cJSON *array = eval_array(fn, 0), *child = array ? array->child : NULL;
    struct arm_index names = {0};
    struct lambda key, value;
    bool good = true;

    if (!array || !lambda_read(fn, 1, 1, 1, &key) ||
        (fn->count > 2 && !lambda_read(fn, 2, 1, 1, &value)))
        return false;
    fn->made = cJSON_CreateObject();
    for (; child && good; child = child->next)
        good = add_entry(&key, fn->count > 2 ? &value : NULL, &names, child);
    arm_index_release(&names);
    return good;
}

static const struct arm_function rows[] = {
    {"filter", 2, 2, run_filter, 0, ARM_FN_LAZY},
    {"groupby", 2, 2, run_group_by, 0, ARM_FN_LAZY},
    {"lambda", 1, 4, run_lambda, 0, ARM_FN_LAZY},
    {"lambdavariables", 1, 1, run_lambda_variables, 0, 0},
    {"map", 2, 2, run_map, 0, ARM_FN_LAZY},
    {"mapvalues", 2, 2, run_map_values, 0, ARM_FN_LAZY},
    {"reduce", 3, 3, run_reduce, 0, ARM_FN_LAZY},
    {"sort", 2, 2, run_sort, 0, ARM_FN_LAZY},
    {"toobject", 2, 3, run_to_object, 0, ARM_FN_LAZY},
};

const struct arm_function_table arm_functions_lambda = {rows, sizeof(rows) / sizeof(rows[0])};
