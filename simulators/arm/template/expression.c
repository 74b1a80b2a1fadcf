/* Decides what a JSON value becomes when every expression in it is evaluated. */
#include "simulators/arm/template/scope.h"

#include <stdlib.h>
#include <string.h>

struct path { /* from the inside out */
    const struct path *outer;
    const char *name; /* NULL: an element */
    int index;
};

static cJSON *eval_value(struct arm_eval *eval, const cJSON *value, const struct path *path);

bool arm_template_is_expression(const char *text)
{
    size_t len = strlen(text);

    return len >= 2 && text[0] == '[' && text[1] != '[' && text[len - 1] == ']';
}

static void eval_open(struct arm_eval *eval, const struct arm_template_scope *scope, int64_t *work,
                      struct base_error *err)
{
    struct arm_eval *within = scope->within;

    *work = ARM_EVALUATION_WORK;
    *eval = (struct arm_eval){.scope = scope, .err = err, .work = within ? within->work : work};
    eval->depth = within ? within->depth : 0;
    eval->arena = base_alloc(sizeof(*eval->arena));
    base_arena_init(eval->arena);
}

static void eval_close(struct arm_eval *eval)
{
    arm_eval_empty(eval, 0);
    free(eval->bin);
    base_arena_release(eval->arena);
    free(eval->arena);
}

cJSON *arm_template_evaluate(const struct arm_template_scope *scope, const cJSON *value,
                             struct base_error *err)
{
    struct base_error own = {0};
    struct arm_eval eval;
    int64_t work;
    cJSON *result;

    eval_open(&eval, scope, &work, err ? err : &own);
    result = arm_eval_json(&eval, value);
    eval_close(&eval);
    return result;
}

cJSON *arm_template_evaluate_text(const struct arm_template_scope *scope, const char *text,
                                  struct base_error *err)
{
    cJSON value = {.type = cJSON_String, .valuestring = (char *)(uintptr_t)text};

    return arm_template_evaluate(scope, &value, err);
}

cJSON *arm_eval_json(struct arm_eval *eval, const cJSON *value)
{
    return eval_value(eval, value, NULL);
}

/* ---- where it went wrong ---- */

static void append_path(const struct path *path, struct base_buf *out)
{
    if (!path)
        return;
    append_path(path->outer, out);
    if (!path->name)
        base_buf_printf(out, "[%d]", path->index);
    else
        base_buf_printf(out, "%s%s", out->len ? "." : "", path->name);
}

void arm_path_target(const struct arm_template_scope *scope, const char *path,
                     struct base_error *err)
{
    const char *base = scope->path ? scope->path : "";

    if (!err->target[0])
        base_error_target(err, "%s%s%s", base, *base && *path && *path != '[' ? "." : "", path);
}

static void *failed_at(struct arm_eval *eval, const struct path *path)
{
    struct base_buf text = {0};

    append_path(path, &text);
    arm_path_target(eval->scope, text.data ? text.data : "", eval->err);
    base_buf_release(&text);
    return NULL;
}

/* ---- values ---- */

/* The value of the text between the brackets. */
static cJSON *eval_text(struct arm_eval *eval, const char *text)
{
    size_t before = eval->count;
    struct arm_node *node;
    cJSON *result = NULL;

    if (!arm_template_is_expression(text))
        return arm_eval_spend(eval, 1 + (int64_t)(strlen(text) / 16))
                   ? cJSON_CreateString(text[0] == '[' && text[1] == '[' ? text + 1 : text)
                   : NULL;
    node = arm_syntax_parse(eval->arena, text + 1, strlen(text) - 2, eval->err);
    if (node)
        result = arm_eval_own(eval, arm_eval_node(eval, node));
    arm_eval_empty(eval, before);
    return result;
}

static cJSON *eval_array(struct arm_eval *eval, const cJSON *value, const struct path *outer)
{
    cJSON *result = cJSON_CreateArray();
    struct path path = {outer, NULL, 0};
    const cJSON *child;

    cJSON_ArrayForEach(child, value)
    {
        cJSON *one = eval_value(eval, child, &path);
        if (!one) {
            cJSON_Delete(result);
            return NULL;
        }
        cJSON_AddItemToArray(result, one);
        path.index++;
    }
    return result;
}

static bool is_copies(const struct arm_eval *eval, const cJSON *member)
{
    return eval->scope->copies && !strcmp(member->string, "copy") && cJSON_IsArray(member) &&
           member->child &&
           (arm_template_member(member->child, "count") ||
            arm_template_member(member->child, "input"));
}

static bool eval_copies(struct arm_eval *eval, const cJSON *copies, cJSON *object)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, copies)
    {
        struct arm_copy copy;
        cJSON *array = arm_copy_read(eval, child, &copy) ? arm_copy_expand(eval, &copy) : NULL;
        if (!array)
            return false;
        cJSON_AddItemToObject(object, copy.name, array);
    }
    return true;
}

/* Member names may be expressions as well: the ids of user-assigned identities are. */
static bool eval_member(struct arm_eval *eval, const cJSON *member, const struct path *path,
                        cJSON *object)
{
    cJSON *name = NULL, *one;

    if (is_copies(eval, member))
        return eval_copies(eval, member, object) || failed_at(eval, path);
    one = eval_value(eval, member, path);
    if (!one)
        return false;
    if (member->string[0] == '[') {
        name = eval_text(eval, member->string);
        if (name && !cJSON_IsString(name))
            arm_eval_fail(eval,
                          "The template language expression '%s' names a member: a value of type "
                          "'String' was expected, the actual type is '%s'.",
                          member->string, arm_template_type(name));
        if (!cJSON_IsString(name)) {
            cJSON_Delete(name);
            cJSON_Delete(one);
            return failed_at(eval, path);
        }
    }
    cJSON_AddItemToObject(object, name ? name->valuestring : member->string, one);
    cJSON_Delete(name);
    return true;
}

static cJSON *eval_object(struct arm_eval *eval, const cJSON *value, const struct path *outer)
{
    cJSON *result = cJSON_CreateObject();
    const cJSON *child;

    cJSON_ArrayForEach(child, value)
    {
        struct path path = {outer, child->string, 0};
        if (!eval_member(eval, child, &path, result)) {
            cJSON_Delete(result);
            return NULL;
        }
    }
    return result;
}

static cJSON *eval_value(struct arm_eval *eval, const cJSON *value, const struct path *path)
{
    cJSON *result;

    if (cJSON_IsString(value)) {
        result = eval_text(eval, value->valuestring);
        return result ? result : failed_at(eval, path);
    }
    if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
        return (result = arm_eval_copy(eval, value)) ? result : failed_at(eval, path);
    if (eval->depth >= ARM_EVALUATION_DEPTH || !arm_eval_spend(eval, 1)) {
        arm_eval_fail(eval, "The template is nested more than '%d' levels deep.",
                      ARM_EVALUATION_DEPTH);
        return failed_at(eval, path);
    }
    eval->depth++;
    result = cJSON_IsArray(value) ? eval_array(eval, value, path) : eval_object(eval, value, path);
    eval->depth--;
    return result;
}

/* ---- loops of values ---- */

bool arm_copy_read(struct arm_eval *eval, const cJSON *copy, struct arm_copy *out)
{
    const cJSON *count = arm_template_member(copy, "count");
    cJSON *value;
    bool whole;

    out->name = cJSON_GetStringValue(arm_template_member(copy, "name"));
    out->input = arm_template_member(copy, "input");
    if (!count || !out->input || !out->name)
        return arm_eval_fail(eval, "The template copy definition is not valid: 'name', 'count' and "
                                   "'input' are required. Please see https://aka.ms/arm-copy for "
                                   "usage details.");
    value = arm_eval_json(eval, count);
    if (!value)
        return false;
    whole = arm_template_int(value, &out->count) && out->count >= 0 && out->count <= 800;
    if (!whole)
        arm_eval_fail(eval,
                      "The template copy definition '%s' has a count of type '%s': a whole number "
                      "from '0' to '800' was expected. Please see https://aka.ms/arm-copy for "
                      "usage details.",
                      out->name, arm_template_type(value));
    cJSON_Delete(value);
    return whole;
}

cJSON *arm_copy_expand(struct arm_eval *eval, const struct arm_copy *copy)
{
    const struct arm_template_scope *outer = eval->scope;
    struct arm_template_scope scope = *outer;
    struct arm_template_loop loop = {copy->name, 0, false, outer->loops};
    cJSON *result = cJSON_CreateArray();

    scope.loops = &loop;
    eval->scope = &scope;
    for (; result && loop.index < copy->count; loop.index++) {
        cJSON *one = arm_eval_json(eval, copy->input);
        if (one) {
            cJSON_AddItemToArray(result, one);
        } else {
            cJSON_Delete(result);
            result = NULL;
        }
    }
    eval->scope = outer;
    return result;
}
