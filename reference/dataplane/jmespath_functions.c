/* Decides which functions JMESPath has here, and which arguments they take. */
#include "reference/dataplane/jmespath_parts.h"

#include <stdio.h>
#include <string.h>

static enum base_status type_of(struct dp_jmes_call *call);
static enum base_status not_null(struct dp_jmes_call *call);

#define BIT(type) (1u << (type))
#define NUMBERS (BIT(DP_INT) | BIT(DP_BIGINT) | BIT(DP_FLOAT))
#define TEXTS (BIT(DP_STRING) | BIT(DP_DATE))
#define ALL (~0u)

/* What a letter of `takes` stands for, and how the original complains: the sentence after the function's name, or, for the
 * connector's own functions, the names of the types. */
static const struct {
    char letter;
    unsigned types;
    bool expression;
    const char *complaint, *names;
} takers[] = {
    {'v', ALL, false, " got an unexpected expression type as a parameter.", NULL},
    {'n', NUMBERS, false, " only accepts numbers.", NULL},
    {'o', BIT(DP_OBJECT), false, " expects an object.", NULL},
    {'a', BIT(DP_ARRAY), false, " expects an array.", NULL},
    {'A', BIT(DP_ARRAY), false, " expects its argument to be an array.", NULL},
    {'t', BIT(DP_ARRAY) | TEXTS, false, " expects either an array or a string.", NULL},
    {'r', BIT(DP_ARRAY) | TEXTS, false, " accepts either an array or a string.", NULL},
    {'l', BIT(DP_OBJECT) | BIT(DP_ARRAY) | TEXTS, false,
     " expects either an object, an array or a string.", NULL},
    {'j', TEXTS, false, " expects a string separator and an array of strings.", NULL},
    {'J', BIT(DP_ARRAY), false, " expects a string separator and an array of strings.", NULL},
    {'s', TEXTS, false, ": both arguments must be strings.", NULL},
    {'S', TEXTS | BIT(DP_NULL), false, ": both arguments must be strings.", NULL},
    {'&', 0, true, " expects an expression type as this argument.", NULL},
    {'#', NUMBERS, false, NULL, "Integer|Float"},
    {'%', BIT(DP_INT) | BIT(DP_BIGINT), false, NULL, "Integer"},
    {'$', BIT(DP_STRING), false, NULL, "String"},
};

static const struct dp_jmes_function functions[] = {
    {"abs", "n", false, dp_jmes_abs},
    {"add", "##", false, dp_jmes_math_add},
    {"avg", "a", false, dp_jmes_avg},
    {"ceil", "n", false, dp_jmes_ceil},
    {"contains", "tv", false, dp_jmes_contains},
    {"divide", "##", false, dp_jmes_math_divide},
    {"ends_with", "sS", false, dp_jmes_ends_with},
    {"floor", "n", false, dp_jmes_floor},
    {"fromUnixTimestamp", "%", false, dp_jmes_from_seconds},
    {"fromUnixTimestampMs", "%", false, dp_jmes_from_ms},
    {"insertString", "$$%", false, dp_jmes_insert_string},
    {"join", "jJ", false, dp_jmes_join},
    {"keys", "o", false, dp_jmes_keys},
    {"length", "l", false, dp_jmes_length},
    {"map", "&A", false, dp_jmes_map},
    {"max", "a", false, dp_jmes_max},
    {"max_by", "A&", false, dp_jmes_max_by},
    {"merge", "o", true, dp_jmes_merge},
    {"min", "a", false, dp_jmes_min},
    {"min_by", "A&", false, dp_jmes_min_by},
    {"multiply", "##", false, dp_jmes_math_multiply},
    {"not_null", "v", true, not_null},
    {"pow", "##", false, dp_jmes_math_pow},
    {"reverse", "r", false, dp_jmes_reverse},
    {"sort", "a", false, dp_jmes_sort},
    {"sort_by", "A&", false, dp_jmes_sort_by},
    {"starts_with", "sS", false, dp_jmes_starts_with},
    {"subtract", "##", false, dp_jmes_math_subtract},
    {"sum", "a", false, dp_jmes_sum},
    {"to_array", "v", false, dp_jmes_to_array},
    {"to_number", "v", false, dp_jmes_to_number},
    {"to_string", "v", false, dp_jmes_to_string},
    {"type", "v", false, type_of},
    {"values", "o", false, dp_jmes_values},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const struct dp_jmes_function *dp_jmes_function_find(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT(functions); i++)
        if (strlen(functions[i].name) == len && memcmp(functions[i].name, name, len) == 0)
            return &functions[i];
    return NULL;
}

bool dp_jmes_function_takes(const struct dp_jmes_function *function, size_t count,
                            struct base_error *err)
{
    size_t expected = strlen(function->takes);
    char given[32] = "none";

    if (count == expected || (function->variadic && count > expected))
        return true;
    if (count > 0)
        (void)snprintf(given, sizeof given, "%s%zu", function->variadic ? "only " : "", count);
    (void)base_error_set(
        err, BASE_INVALID, "Exception",
        "Error: invalid-arity, the function %s expects %zu argument%s %sbut %s were supplied.",
        function->name, expected, expected > 1 ? "s" : "", function->variadic ? "or more " : "",
        given);
    return false;
}

static enum base_status check(struct dp_jmes_call *call, size_t i)
{
    const char *takes = call->function->takes;
    size_t taker = 0;
    const struct dp_jmes_arg *arg = &call->args[i];
    char letter = i < strlen(takes) ? takes[i] : 'v', complaint[80];

    while (takers[taker].letter != letter)
        taker++;
    if (takers[taker].expression ? arg->expression != NULL
                                 : arg->token && takers[taker].types & BIT(arg->token->type))
        return BASE_OK;
    if (takers[taker].complaint)
        return dp_jmes_type_error(call, takers[taker].complaint);
    (void)snprintf(complaint, sizeof complaint,
                   " expects argument %zu to be one of the following: %s", i, takers[taker].names);
    return dp_jmes_type_error(call, complaint);
}

enum base_status dp_jmes_call(struct dp_jmes_run *run, const struct dp_jmes_function *function,
                              const struct dp_jmes_arg *args, size_t count,
                              const struct dp_token **out)
{
    struct dp_jmes_call call = {run, function, args, count, &dp_jmes_missing};
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < count; i++)
        status = check(&call, i);
    if (status == BASE_OK)
        status = function->body(&call);
    *out = call.out;
    return status;
}

enum base_status dp_jmes_type_error(struct dp_jmes_call *call, const char *after_name)
{
    return base_error_set(call->run->err, BASE_INVALID, "Exception",
                          "Error: invalid-type, function %s%s", call->function->name, after_name);
}

const char *dp_jmes_type(const struct dp_token *token)
{
    static const char *const names[] = {
        [DP_NULL] = "null",     [DP_BOOL] = "boolean", [DP_INT] = "number",
        [DP_BIGINT] = "number", [DP_FLOAT] = "number", [DP_STRING] = "string",
        [DP_DATE] = "string",   [DP_ARRAY] = "array",  [DP_CONSTRUCTOR] = NULL,
        [DP_OBJECT] = "object"};

    return names[token->type];
}

static enum base_status type_of(struct dp_jmes_call *call)
{
    const char *name = dp_jmes_type(call->args[0].token);

    if (!name)
        return base_error_set(call->run->err, BASE_INVALID, "NotSupportedException",
                              "A constructor has no type in JMESPath.");
    call->out = dp_token_text(call->run->work->arena, name);
    return dp_jmes_spend(call->run, 4);
}

static enum base_status not_null(struct dp_jmes_call *call)
{
    for (size_t i = 0; i < call->count; i++)
        if (call->args[i].token->type != DP_NULL) {
            call->out = call->args[i].token;
            break;
        }
    return BASE_OK;
}
