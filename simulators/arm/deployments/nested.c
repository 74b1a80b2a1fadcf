/* Decides what a nested template with outer scope becomes before it is handed to a deployment of its own. */
#include "simulators/arm/deployments/nested.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 800

struct outer {
    const struct arm_template_scope *scope;
    cJSON *loops; /* {name: ["type/name", ...]}: what a loop's name stands for afterwards */
    struct base_error *err;
};

static bool add_resources(struct outer *outer, const struct arm_template_scope *scope,
                          const cJSON *resources, cJSON *out);

/* What would be read as an expression, or as an escape, gets a bracket more. */
static void escape(cJSON *node)
{
    for (cJSON *item = node->child; item; item = item->next)
        escape(item);
    if (cJSON_IsString(node) &&
        (arm_template_is_expression(node->valuestring) || !strncmp(node->valuestring, "[[", 2))) {
        char *text = base_asprintf("[%s", node->valuestring);
        cJSON_SetValuestring(node, text);
        free(text);
    }
}

static cJSON *literal(struct outer *outer, const struct arm_template_scope *scope,
                      const cJSON *value)
{
    cJSON *result = arm_template_evaluate(scope, value, outer->err);

    if (result)
        escape(result);
    return result;
}

static bool is_deployment_template(const cJSON *resource)
{
    return base_equal_nocase(cJSON_GetStringValue(arm_template_member(resource, "type")),
                             "Microsoft.Resources/deployments");
}

/* Templates deeper down: an outer one belongs to us as well, an inner one to itself. */
static cJSON *nested_properties(struct outer *outer, const struct arm_template_scope *scope,
                                const cJSON *source)
{
    const cJSON *options = arm_template_member(source, "expressionEvaluationOptions"), *member;
    bool inner =
        base_equal_nocase(cJSON_GetStringValue(arm_template_member(options, "scope")), "inner");
    cJSON *out = cJSON_CreateObject();

    cJSON_ArrayForEach(member, source)
    {
        bool template = base_equal_nocase(member->string, "template");
        cJSON *value = !template ? literal(outer, scope, member)
                       : inner   ? base_json_copy(member)
                                 : arm_nested_outer(scope, member, outer->err);
        if (!value) {
            cJSON_Delete(out);
            return NULL;
        }
        if (template && !inner)
            escape(value);
        cJSON_AddItemToObject(out, member->string, value);
    }
    return out;
}

static bool condition_of(struct outer *outer, const struct arm_template_scope *scope,
                         const cJSON *source, bool *out)
{
    const cJSON *condition = arm_template_member(source, "condition");
    cJSON *value = condition ? arm_template_evaluate(scope, condition, outer->err) : NULL;

    *out = !value || cJSON_IsTrue(value) || base_equal_nocase(cJSON_GetStringValue(value), "true");
    cJSON_Delete(value);
    return !condition || outer->err->status == BASE_OK;
}

static void note_turn(struct outer *outer, const char *loop, const cJSON *resource)
{
    cJSON *list = cJSON_GetObjectItem(outer->loops, loop);
    const char *type = base_json_text(resource, "type"), *name = base_json_text(resource, "name");
    struct base_buf id = {0};

    if (!list)
        list = cJSON_AddArrayToObject(outer->loops, loop);
    if (!type || !name)
        return;
    size_t len = strcspn(type, "/");
    base_buf_append(&id, type, len);
    for (type += len; *type == '/'; type += len) {
        len = strcspn(++type, "/");
        size_t part = strcspn(name, "/");
        base_buf_printf(&id, "/%.*s/%.*s", (int)len, type, (int)part, name);
        name += part + (name[part] == '/');
    }
    cJSON_AddItemToArray(list, cJSON_CreateString(id.data));
    base_buf_release(&id);
}

static bool add_resource(struct outer *outer, const struct arm_template_scope *scope,
                         const cJSON *source, const char *loop, cJSON *out)
{
    cJSON *resource = cJSON_CreateObject(), *value = NULL;
    const cJSON *member;
    bool wanted;

    if (!condition_of(outer, scope, source, &wanted) || !wanted) {
        cJSON_Delete(resource);
        return outer->err->status == BASE_OK;
    }
    cJSON_ArrayForEach(member, source)
    {
        struct arm_template_scope at = *scope;
        if (base_equal_nocase(member->string, "copy") ||
            base_equal_nocase(member->string, "condition"))
            continue;
        at.copies = base_equal_nocase(member->string, "properties");
        if (base_equal_nocase(member->string, "resources")) {
            value = cJSON_CreateArray();
            if (!add_resources(outer, scope, member, value)) {
                cJSON_Delete(value);
                value = NULL;
            }
        } else if (at.copies && is_deployment_template(source)) {
            value = nested_properties(outer, &at, member);
        } else {
            value = literal(outer, &at, member);
        }
        if (!value) {
            cJSON_Delete(resource);
            return false;
        }
        cJSON_AddItemToObject(resource, member->string, value);
    }
    if (loop)
        note_turn(outer, loop, resource);
    if (cJSON_IsObject(out))
        cJSON_AddItemToObject(out, source->string, resource);
    else
        cJSON_AddItemToArray(out, resource);
    return true;
}

static bool add_turns(struct outer *outer, const struct arm_template_scope *scope,
                      const cJSON *source, const cJSON *copy, cJSON *out)
{
    const char *name = cJSON_GetStringValue(arm_template_member(copy, "name"));
    const cJSON *count_source = arm_template_member(copy, "count");
    cJSON *value = count_source ? arm_template_evaluate(scope, count_source, outer->err) : NULL;
    int64_t count = -1;
    bool good =
        value && name && arm_template_int(value, &count) && count >= 0 && count <= TURNS_MAX;

    cJSON_Delete(value);
    if (!good) {
        base_error_set(
            outer->err, BASE_INVALID, "InvalidTemplate",
            "The copy of a nested template's resource needs a name, and a count from 0 to "
            "%d.",
            TURNS_MAX);
        return false;
    }
    if (!cJSON_GetObjectItem(outer->loops, name))
        cJSON_AddArrayToObject(outer->loops, name);
    for (int64_t i = 0; i < count && good; i++) {
        struct arm_template_loop loop = {name, i, true, scope->loops};
        struct arm_template_scope turn = *scope;
        turn.loops = &loop;
        good = add_resource(outer, &turn, source, name, out);
    }
    return good;
}

static bool add_resources(struct outer *outer, const struct arm_template_scope *scope,
                          const cJSON *resources, cJSON *out)
{
    const cJSON *source;

    cJSON_ArrayForEach(source, resources)
    {
        const cJSON *copy = arm_template_member(source, "copy");
        if (copy && !cJSON_IsNull(copy) ? !add_turns(outer, scope, source, copy, out)
                                        : !add_resource(outer, scope, source, NULL, out))
            return false;
    }
    return true;
}

/* A loop's name in dependsOn stands for its turns. */
static void resolve_loops(const struct outer *outer, cJSON *resources)
{
    cJSON *resource, *item, *next;
    const cJSON *turn;

    cJSON_ArrayForEach(resource, resources)
    {
        cJSON *depends = arm_template_member(resource, "dependsOn");
        for (item = depends ? depends->child : NULL; item; item = next) {
            const cJSON *turns =
                cJSON_IsString(item) ? cJSON_GetObjectItem(outer->loops, item->valuestring) : NULL;
            next = item->next;
            if (!turns)
                continue;
            cJSON_ArrayForEach(turn, turns) cJSON_AddItemToArray(depends, base_json_copy(turn));
            if (!next)
                next = item->next;
            cJSON_Delete(cJSON_DetachItemViaPointer(depends, item));
        }
        resolve_loops(outer, arm_template_member(resource, "resources"));
    }
}

static cJSON *outputs_of(struct outer *outer, const cJSON *outputs)
{
    cJSON *out = cJSON_CreateObject();
    const cJSON *output, *member;

    cJSON_ArrayForEach(output, outputs)
    {
        cJSON *copy = cJSON_CreateObject();
        cJSON_AddItemToObject(out, output->string, copy);
        cJSON_ArrayForEach(member, output)
        {
            cJSON *value = literal(outer, outer->scope, member);
            if (!value) {
                cJSON_Delete(out);
                return NULL;
            }
            cJSON_AddItemToObject(copy, member->string, value);
        }
    }
    return out;
}

cJSON *arm_nested_outer(const struct arm_template_scope *scope, const cJSON *template,
                        struct base_error *err)
{
    struct outer outer = {scope, cJSON_CreateObject(), err};
    cJSON *out = cJSON_CreateObject(), *value;
    const cJSON *member;
    bool good = true;

    cJSON_ArrayForEach(member, template)
    {
        /* its own parameters and variables are not seen: the parent's are */
        if (base_equal_nocase(member->string, "parameters") ||
            base_equal_nocase(member->string, "variables") ||
            base_equal_nocase(member->string, "functions"))
            continue;
        if (base_equal_nocase(member->string, "resources")) {
            value = cJSON_IsObject(member) ? cJSON_CreateObject() : cJSON_CreateArray();
            good = add_resources(&outer, scope, member, value);
            resolve_loops(&outer, value);
        } else if (base_equal_nocase(member->string, "outputs")) {
            value = outputs_of(&outer, member);
        } else {
            value = base_json_copy(member);
        }
        if (value)
            cJSON_AddItemToObject(out, member->string, value);
        if (!value || !good) {
            cJSON_Delete(out);
            cJSON_Delete(outer.loops);
            return NULL;
        }
    }
    cJSON_Delete(outer.loops);
    return out;
}
