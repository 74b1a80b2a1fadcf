/* Decides what a parsed expression is worth: calls, accessors, and what may be called where. */
#include "simulators/arm/template/function.h"

#include "simulators/arm/template/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct arm_arg failed = {NULL, 0};

bool arm_eval_fail(struct arm_eval *eval, const char *fmt, ...)
{
    char sentence[1000];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    base_error_set(eval->err, BASE_INVALID, "InvalidTemplate", "%s", sentence);
    return false;
}

/* ---- what is made on the way ---- */

bool arm_eval_spend(struct arm_eval *eval, int64_t steps)
{
    if (*eval->work < steps)
        return arm_eval_fail(eval,
                             "The template language expression takes more than '%d' steps; it is "
                             "too complex.",
                             ARM_EVALUATION_WORK);
    *eval->work -= steps;
    return true;
}

struct arm_arg arm_eval_keep(struct arm_eval *eval, cJSON *made)
{
    if (!made)
        return failed;
    if (eval->count == eval->cap) {
        eval->cap = eval->cap ? eval->cap * 2 : 32;
        eval->bin = base_realloc(eval->bin, eval->cap * sizeof(*eval->bin));
    }
    eval->bin[eval->count++] = made;
    return (struct arm_arg){made, eval->count};
}

void arm_eval_empty(struct arm_eval *eval, size_t count)
{
    while (eval->count > count)
        cJSON_Delete(eval->bin[--eval->count]);
}

cJSON *arm_eval_copy(struct arm_eval *eval, const cJSON *value)
{
    int depth;
    int64_t weight = arm_value_weight(value, &depth);
    cJSON *copy;

    if (!arm_eval_spend(eval, weight))
        return NULL;
    if (depth > ARM_VALUE_DEPTH) {
        arm_eval_fail(eval,
                      "The template language expression makes a value that is nested more "
                      "than '%d' levels deep.",
                      ARM_VALUE_DEPTH);
        return NULL;
    }
    copy = base_json_copy(value);
    free(copy->string); /* the name it had where it was */
    copy->string = NULL;
    return copy;
}

cJSON *arm_eval_own(struct arm_eval *eval, struct arm_arg arg)
{
    if (!arg.value)
        return NULL;
    if (arg.slot && arg.slot <= eval->count && eval->bin[arg.slot - 1] == arg.value) {
        cJSON *taken = eval->bin[arg.slot - 1];
        eval->bin[arg.slot - 1] = NULL;
        return taken;
    }
    return arm_eval_copy(eval, arg.value);
}

/* ---- calls ---- */

static const char *arguments_word(int count)
{
    return count == 1 ? "argument" : "arguments";
}

static bool check_count(struct arm_eval *eval, const struct arm_node *call)
{
    const struct arm_function *function = call->function;
    int count = call->count;

    if (count >= function->min && (function->max < 0 || count <= function->max))
        return true;
    if (function->min == function->max)
        return arm_eval_fail(eval,
                             "Unable to evaluate template language function '%s': function "
                             "requires '%d' %s while '%d' were provided. Please see "
                             "https://aka.ms/arm-functions for usage details.",
                             call->text, function->min, arguments_word(function->min), count);
    if (function->max < 0)
        return arm_eval_fail(eval,
                             "Unable to evaluate template language function '%s': function "
                             "requires '%d' or more arguments while '%d' were provided. Please see "
                             "https://aka.ms/arm-functions for usage details.",
                             call->text, function->min, count);
    return arm_eval_fail(eval,
                         "Unable to evaluate template language function '%s': function requires "
                         "'%d' to '%d' arguments while '%d' were provided. Please see "
                         "https://aka.ms/arm-functions for usage details.",
                         call->text, function->min, function->max, count);
}

bool arm_eval_allowed(struct arm_eval *eval, const struct arm_node *call)
{
    const struct arm_function *function = call->function;

    if (!function)
        return arm_eval_fail(eval,
                             "The template function '%s' is not valid. Please see "
                             "https://aka.ms/arm-functions for usage details.",
                             call->text);
    if (function->places && !(function->places & (unsigned)eval->scope->place))
        return arm_eval_fail(eval,
                             "The template function '%s' is not expected at this location. Please "
                             "see https://aka.ms/arm-functions for usage details.",
                             call->text);
    return check_count(eval, call);
}

static bool eval_arguments(struct arm_eval *eval, const struct arm_node *call, struct arm_arg *args)
{
    for (const struct arm_node *node = call->first; node; node = node->next)
        if (!(*args++ = arm_eval_node(eval, node)).value)
            return false;
    return true;
}

/* A made result makes everything else of the call superfluous; a lent one may be part of it. */
static struct arm_arg eval_function(struct arm_eval *eval, const struct arm_node *call)
{
    struct arm_fn fn = {.eval = eval, .node = call, .name = call->text, .count = call->count};
    struct arm_arg few[4], *many = NULL;
    size_t before = eval->count;
    bool done;

    if (!arm_eval_allowed(eval, call))
        return failed;
    if (!(call->function->flags & ARM_FN_LAZY)) {
        if (call->count > 4)
            many = base_alloc((size_t)call->count * sizeof(*many));
        fn.args = many ? many : few;
        if (!eval_arguments(eval, call, fn.args)) {
            free(many);
            return failed;
        }
    }
    done = arm_eval_spend(eval, 1) && call->function->run(&fn);
    free(many);
    if (!done) {
        cJSON_Delete(fn.made);
        return failed;
    }
    if (!fn.made)
        return (struct arm_arg){fn.lent, 0};
    arm_eval_empty(eval, before);
    return arm_eval_keep(eval, fn.made);
}

/* ---- accessors ---- */

static void append_names(const cJSON *object, struct base_buf *out)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, object)
    {
        if (out->len > 600)
            break;
        base_buf_printf(out, "%s%s", out->len ? ", " : "", child->string);
    }
}

static int absent_member(struct arm_eval *eval, const cJSON *from, const char *name)
{
    struct base_buf names = {0};

    append_names(from, &names);
    arm_eval_fail(eval,
                  "The language expression property '%s' doesn't exist, available properties are "
                  "'%s'.",
                  name, names.data ? names.data : "");
    base_buf_release(&names);
    return -1;
}

static int select_member(struct arm_eval *eval, const cJSON *from, const char *name, bool safe,
                         const cJSON **found)
{
    if (safe && cJSON_IsNull(from))
        return 0;
    if (!cJSON_IsObject(from)) {
        arm_eval_fail(eval,
                      "The language expression property '%s' can't be evaluated: a value of type "
                      "'Object' was expected, the actual type is '%s'.",
                      name, arm_template_type(from));
        return -1;
    }
    *found = arm_template_member(from, name);
    if (*found)
        return 1;
    return safe ? 0 : absent_member(eval, from, name);
}

static int select_element(struct arm_eval *eval, const cJSON *from, int64_t index, bool safe,
                          const cJSON **found)
{
    if (safe && cJSON_IsNull(from))
        return 0;
    if (!cJSON_IsArray(from)) {
        arm_eval_fail(eval,
                      "The language expression property '%lld' can't be evaluated: a value of type "
                      "'Array' was expected, the actual type is '%s'.",
                      (long long)index, arm_template_type(from));
        return -1;
    }
    if (index >= 0 && index <= ARM_EVALUATION_WORK) { /* no array is longer */
        if (!arm_eval_spend(eval, index / 64))        /* elements are found one after the other */
            return -1;
        *found = cJSON_GetArrayItem(from, (int)index);
    }
    if (*found)
        return 1;
    if (!safe)
        arm_eval_fail(eval, "The language expression property array index '%lld' is out of bounds.",
                      (long long)index);
    return safe ? 0 : -1;
}

int arm_eval_select(struct arm_eval *eval, const cJSON *from, const cJSON *key, bool safe,
                    const cJSON **found)
{
    int64_t index;

    *found = NULL;
    if (cJSON_IsString(key))
        return select_member(eval, from, key->valuestring, safe, found);
    if (arm_template_int(key, &index))
        return select_element(eval, from, index, safe, found);
    arm_eval_fail(eval,
                  "The language expression property can't be evaluated: a name or an index was "
                  "expected between the brackets, the actual type is '%s'.",
                  arm_template_type(key));
    return -1;
}

/* The accessors behind a call, in order; a safe one that finds nothing ends the chain with null. */
static struct arm_arg eval_access(struct arm_eval *eval, struct arm_arg target,
                                  const struct arm_node *access)
{
    static const cJSON null = {.type = cJSON_NULL};

    for (; access && target.value; access = access->next) {
        cJSON name = {.type = cJSON_String, .valuestring = (char *)(uintptr_t)access->text};
        const cJSON *key = &name, *found;
        int result;

        if (access->kind == ARM_NODE_INDEX && !(key = arm_eval_node(eval, access->first).value))
            return failed;
        if (!arm_eval_spend(eval, 1))
            return failed;
        result = arm_eval_select(eval, target.value, key, access->safe, &found);
        if (result < 0)
            return failed;
        if (!result)
            return (struct arm_arg){&null, 0};
        target = (struct arm_arg){found, 0};
    }
    return target;
}

struct arm_arg arm_eval_node(struct arm_eval *eval, const struct arm_node *node)
{
    struct arm_arg result;

    if (node->kind == ARM_NODE_LITERAL)
        return (struct arm_arg){node->literal, 0};
    if (eval->depth >= ARM_EVALUATION_DEPTH) {
        arm_eval_fail(eval,
                      "The template language expressions need each other more than '%d' "
                      "levels deep.",
                      ARM_EVALUATION_DEPTH);
        return failed;
    }
    eval->depth++;
    result = node->space ? arm_eval_user(eval, node) : eval_function(eval, node);
    result = eval_access(eval, result, node->access);
    eval->depth--;
    return result;
}
