/* Decides which standard function a name means, and how functions take arguments, give results and complain. */
#include "simulators/arm/template/function.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct arm_function_table *const tables[] = {
    &arm_functions_array,     &arm_functions_object,     &arm_functions_lambda,
    &arm_functions_logic,     &arm_functions_number,     &arm_functions_string,
    &arm_functions_search,    &arm_functions_encoding,   &arm_functions_hash,
    &arm_functions_format,    &arm_functions_date,       &arm_functions_cidr,
    &arm_functions_uri,       &arm_functions_deployment, &arm_functions_resource,
    &arm_functions_reference, &arm_functions_zone};

#define TABLES (sizeof(tables) / sizeof(tables[0]))
#define NAME_MAX_LEN 40

const struct arm_function_table *arm_function_table_at(size_t index)
{
    return index < TABLES ? tables[index] : NULL;
}

static const struct arm_function *find_in(const struct arm_function_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].name[0] == name[0] && !strcmp(table->rows[i].name, name))
            return &table->rows[i];
    return NULL;
}

const struct arm_function *arm_function_find(const char *name)
{
    char lower[NAME_MAX_LEN + 1];
    const struct arm_function *found = NULL;
    size_t len = strlen(name);

    (void)snprintf(lower, sizeof(lower), "%s", name);
    base_lower(lower);
    for (size_t i = 0; i < TABLES && !found && len <= NAME_MAX_LEN; i++)
        found = find_in(tables[i], lower);
    if (!found && !strncmp(lower, "list", 4))
        return find_in(&arm_functions_reference, "list*");
    return found;
}

/* ---- results ---- */

bool arm_fn_give(struct arm_fn *fn, cJSON *made)
{
    fn->made = made;
    return made != NULL;
}

bool arm_fn_give_text(struct arm_fn *fn, const char *text)
{
    size_t len = strlen(text);

    if (len > ARM_TEXT_MAX)
        return arm_fn_fail(fn, "the text has '%zu' bytes, the maximum is '%d'", len, ARM_TEXT_MAX);
    return arm_eval_spend(fn->eval, (int64_t)(len / 16)) &&
           arm_fn_give(fn, cJSON_CreateString(text));
}

bool arm_fn_give_buf(struct arm_fn *fn, struct base_buf *buf)
{
    bool given;

    if (buf->len && memchr(buf->data, '\0', buf->len))
        given = arm_fn_fail(fn, "the text has a NUL character, which is not supported");
    else
        given = arm_fn_give_text(fn, buf->data ? buf->data : "");
    base_buf_release(buf);
    return given;
}

bool arm_fn_give_int(struct arm_fn *fn, int64_t value)
{
    return arm_fn_give(fn, arm_template_new_int(value));
}

bool arm_fn_give_bool(struct arm_fn *fn, bool value)
{
    return arm_fn_give(fn, cJSON_CreateBool(value));
}

bool arm_fn_lend(struct arm_fn *fn, const cJSON *value)
{
    static const cJSON null = {.type = cJSON_NULL};

    fn->lent = value ? value : &null;
    return true;
}

bool arm_fn_pass(struct arm_fn *fn, struct arm_arg arg)
{
    if (!arg.value || !arg.slot)
        return arg.value && arm_fn_lend(fn, arg.value);
    return arm_fn_give(fn, arm_eval_own(fn->eval, arg));
}

/* ---- complaints ---- */

bool arm_fn_fail(struct arm_fn *fn, const char *fmt, ...)
{
    char sentence[700];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    return arm_eval_fail(fn->eval,
                         "Unable to evaluate template language function '%s': %s. Please see "
                         "https://aka.ms/arm-functions#%s for usage details.",
                         fn->name, sentence, fn->name);
}

bool arm_fn_unexpected(struct arm_fn *fn)
{
    return arm_eval_fail(fn->eval,
                         "The template function '%s' is not expected at this location. Please see "
                         "https://aka.ms/arm-functions for usage details.",
                         fn->name);
}

/* "Integer, String" names two. */
bool arm_fn_mistyped(struct arm_fn *fn, int index, const char *types)
{
    static const char *const ordinals[] = {"first", "second", "third", "fourth", "fifth", "sixth"};
    char nth[32];

    if (index < 6)
        (void)snprintf(nth, sizeof(nth), "%s", ordinals[index]);
    else
        (void)snprintf(nth, sizeof(nth), "%dth", index + 1);
    return arm_eval_fail(fn->eval,
                         "The template language function '%s' expects its %s parameter to be %s "
                         "'%s'. The provided value is of type '%s'. Please see "
                         "https://aka.ms/arm-functions#%s for usage details.",
                         fn->name, nth,
                         strchr(types, ',') ? "one of the following types" : "of type", types,
                         arm_template_type(arm_fn_value(fn, index)), fn->name);
}

/* ---- arguments ---- */

bool arm_fn_text(struct arm_fn *fn, int index, const char **out)
{
    *out = cJSON_GetStringValue((cJSON *)(uintptr_t)arm_fn_value(fn, index));
    return *out || arm_fn_mistyped(fn, index, "String");
}

bool arm_fn_int(struct arm_fn *fn, int index, int64_t *out)
{
    return arm_template_int(arm_fn_value(fn, index), out) || arm_fn_mistyped(fn, index, "Integer");
}

bool arm_fn_bool(struct arm_fn *fn, int index, bool *out)
{
    *out = cJSON_IsTrue(arm_fn_value(fn, index));
    return cJSON_IsBool(arm_fn_value(fn, index)) || arm_fn_mistyped(fn, index, "Boolean");
}

const cJSON *arm_fn_array(struct arm_fn *fn, int index)
{
    const cJSON *value = arm_fn_value(fn, index);

    if (cJSON_IsArray(value))
        return value;
    arm_fn_mistyped(fn, index, "Array");
    return NULL;
}

const cJSON *arm_fn_object(struct arm_fn *fn, int index)
{
    const cJSON *value = arm_fn_value(fn, index);

    if (cJSON_IsObject(value))
        return value;
    arm_fn_mistyped(fn, index, "Object");
    return NULL;
}

cJSON *arm_fn_own(struct arm_fn *fn, int index)
{
    return arm_eval_own(fn->eval, fn->args[index]);
}

const struct arm_node *arm_fn_node(const struct arm_fn *fn, int index)
{
    const struct arm_node *node = fn->node->first;

    while (index-- > 0)
        node = node->next;
    return node;
}

struct arm_arg arm_fn_eval(struct arm_fn *fn, int index)
{
    return arm_eval_node(fn->eval, arm_fn_node(fn, index));
}
