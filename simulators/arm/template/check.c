/* Decides, without evaluating, whether expressions may stand where they stand, and which resources they name. */
#include "simulators/arm/template/scope.h"
#include "simulators/arm/template/variables.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct walk {
    const struct arm_template_scope *scope;
    struct base_arena arena;
    struct base_error *err;
    arm_template_found found; /* NULL: check */
    void *context;
    int64_t work;
};

static bool walk_value(struct walk *walk, const cJSON *value, int depth);

enum base_status arm_template_check(const struct arm_template_scope *scope, const cJSON *value,
                                    struct base_error *err)
{
    struct base_error own = {0};
    struct walk walk = {scope, {0}, err ? err : &own, NULL, NULL, ARM_EVALUATION_WORK};
    bool good;

    base_arena_init(&walk.arena);
    good = walk_value(&walk, value, 0);
    base_arena_release(&walk.arena);
    if (good)
        return BASE_OK;
    arm_path_target(scope, "", walk.err);
    return BASE_INVALID;
}

void arm_template_references(const struct arm_template_scope *scope, const cJSON *value,
                             arm_template_found found, void *context)
{
    struct base_error err = {0};
    struct walk walk = {scope, {0}, &err, found, context, ARM_EVALUATION_WORK};

    base_arena_init(&walk.arena);
    base_ignore(walk_value(&walk, value, 0));
    base_arena_release(&walk.arena);
}

/* ---- one call ---- */

static const char *literal_text(const struct arm_node *call)
{
    const struct arm_node *first = call->first;

    return first && first->kind == ARM_NODE_LITERAL && cJSON_IsString(first->literal)
               ? first->literal->valuestring
               : NULL;
}

static bool check_named(struct arm_eval *eval, const struct arm_node *call)
{
    const struct arm_template_scope *scope = eval->scope;
    const char *name = literal_text(call);

    if (!name)
        return true;
    if (!strcasecmp(call->text, "parameters") && !arm_template_member(scope->parameters, name) &&
        !(scope->resolving && arm_parameters_declared(scope->resolving, name)))
        return arm_eval_fail(eval,
                             "The template parameter '%s' is not found. Please see "
                             "https://aka.ms/arm-create-parameter-file for usage details.",
                             name);
    if (!strcasecmp(call->text, "variables") &&
        !(scope->variables && arm_variables_has(scope->variables, name)))
        return arm_eval_fail(eval,
                             "The template variable '%s' is not found. Please see "
                             "https://aka.ms/arm-syntax-variables for usage details.",
                             name);
    return true;
}

static bool check_call(struct walk *walk, const struct arm_node *call)
{
    struct arm_eval eval = {.scope = walk->scope, .err = walk->err, .work = &walk->work};
    const cJSON *user;

    if (!call->space)
        return arm_eval_allowed(&eval, call) && check_named(&eval, call);
    user = arm_user_find(&eval, call);
    return user && arm_user_count(&eval, call, user);
}

/* An argument's text, when it can be known now. The caller frees it. */
static char *known_text(struct walk *walk, const struct arm_node *node)
{
    struct arm_template_scope scope = *walk->scope;
    struct base_error err = {0};
    struct arm_eval eval = {.scope = &scope, .err = &err, .work = &walk->work};
    struct arm_arg arg;
    char *text;

    eval.arena = &walk->arena;
    scope.place = ARM_AT_HEADER;
    arg = arm_eval_node(&eval, node);
    text = cJSON_IsString(arg.value) ? base_strdup(arg.value->valuestring) : NULL;
    arm_eval_empty(&eval, 0);
    free(eval.bin);
    return text;
}

static void report(struct walk *walk, const struct arm_node *call)
{
    const struct arm_node *second = call->first ? call->first->next : NULL;
    char *id, *version;

    if (call->space || !call->function || !(call->function->flags & ARM_FN_REFERENCE) ||
        !call->first)
        return;
    id = known_text(walk, call->first);
    version = second ? known_text(walk, second) : NULL;
    if (id) {
        struct arm_template_reference found = {call->text, id, version, false, NULL};
        const struct arm_node *third = second ? second->next : NULL;
        found.full = third && third->kind == ARM_NODE_LITERAL && cJSON_IsString(third->literal) &&
                     !strcasecmp(third->literal->valuestring, "Full");
        walk->found(walk->context, &found);
    }
    free(id);
    free(version);
}

/* ---- everything below ---- */

static bool walk_node(struct walk *walk, const struct arm_node *node)
{
    if (!node || node->kind == ARM_NODE_LITERAL)
        return true;
    if (node->kind == ARM_NODE_CALL) {
        if (!walk->found && !check_call(walk, node))
            return false;
        if (walk->found)
            report(walk, node);
    }
    for (const struct arm_node *child = node->first; child; child = child->next)
        if (!walk_node(walk, child))
            return false;
    for (const struct arm_node *child = node->access; child; child = child->next)
        if (!walk_node(walk, child))
            return false;
    return true;
}

static bool walk_text(struct walk *walk, const char *text)
{
    struct arm_node *node;

    if (!arm_template_is_expression(text))
        return true;
    node = arm_syntax_parse(&walk->arena, text + 1, strlen(text) - 2, walk->err);
    return node ? walk_node(walk, node) : walk->found != NULL;
}

/* The input of a loop: once to check it, for each index to find what it refers to. */
static bool walk_loop(struct walk *walk, const cJSON *copy, int depth)
{
    const struct arm_template_scope *outer = walk->scope;
    struct arm_template_scope scope = *outer;
    struct arm_eval eval = {.scope = outer, .err = walk->err, .work = &walk->work};
    struct arm_template_loop loop = {.next = outer->loops};
    struct arm_copy read = {.count = 1};
    bool good = true;

    eval.arena = &walk->arena;
    loop.name = cJSON_GetStringValue(arm_template_member(copy, "name"));
    read.input = arm_template_member(copy, "input");
    if (walk->found && !arm_copy_read(&eval, copy, &read))
        read.count = 0;
    arm_eval_empty(&eval, 0);
    free(eval.bin);
    scope.loops = &loop;
    walk->scope = &scope;
    for (; good && read.input && loop.index < read.count; loop.index++)
        good = walk_value(walk, read.input, depth);
    walk->scope = outer;
    return good;
}

static bool walk_copies(struct walk *walk, const cJSON *copies, int depth)
{
    const cJSON *copy;

    cJSON_ArrayForEach(copy, copies)
    {
        const cJSON *count = arm_template_member(copy, "count");
        if (count && !walk_value(walk, count, depth))
            return false;
        if (!walk_loop(walk, copy, depth))
            return false;
    }
    return true;
}

static bool walk_value(struct walk *walk, const cJSON *value, int depth)
{
    const cJSON *child;

    if (cJSON_IsString(value))
        return walk_text(walk, value->valuestring);
    if (depth >= ARM_EVALUATION_DEPTH) {
        base_error_set(walk->err, BASE_INVALID, "InvalidTemplate",
                       "The template is nested more than '%d' levels deep.", ARM_EVALUATION_DEPTH);
        return false;
    }
    cJSON_ArrayForEach(child, value)
    {
        bool copies = child->string && walk->scope->copies && !strcmp(child->string, "copy") &&
                      cJSON_IsArray(child) && arm_template_member(child->child, "input");
        if (child->string && !walk_text(walk, child->string))
            return false;
        if (!(copies ? walk_copies(walk, child, depth + 1) : walk_value(walk, child, depth + 1)))
            return false;
    }
    return true;
}
