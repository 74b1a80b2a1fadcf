/* Decides what a deployment would change, without changing it. */
#include "simulators/arm/deployments/deployment.h"
#include "simulators/arm/deployments/diff.h"
#include "simulators/arm/deployments/reference.h"
#include "simulators/arm/asked.h"
#include "simulators/arm/index.h"

#include <stdlib.h>
#include <string.h>

struct what_if {
    struct arm_deployment *deployment;
    bool ids_only;
    cJSON *changes;
};

static cJSON *add_change(struct what_if *w, const char *id, const char *type)
{
    cJSON *change = cJSON_CreateObject();

    base_json_set_text(change, "resourceId", id);
    base_json_set_text(change, "changeType",
                       w->ids_only && (base_equal(type, "Modify") || base_equal(type, "NoChange"))
                           ? "Deploy"
                           : type);
    cJSON_AddItemToArray(w->changes, change);
    return change;
}

static void add_unsupported(struct what_if *w, const struct arm_node *node, const char *why)
{
    base_json_set_text(add_change(w, node->id, "Unsupported"), "unsupportedReason", why);
}

/* Expressions that need what is not there yet are left as they stand. */
static cJSON *as_far_as_known(const struct arm_template_scope *scope, const cJSON *value)
{
    struct base_error ignored = {0};
    cJSON *result = arm_template_evaluate(scope, value, &ignored), *child;
    const cJSON *item;

    if (result || !(cJSON_IsObject(value) || cJSON_IsArray(value)))
        return result ? result : base_json_copy(value);
    result = cJSON_IsObject(value) ? cJSON_CreateObject() : cJSON_CreateArray();
    cJSON_ArrayForEach(item, value)
    {
        child = as_far_as_known(scope, item);
        if (cJSON_IsObject(value))
            cJSON_AddItemToObject(result, item->string, child);
        else
            cJSON_AddItemToArray(result, child);
    }
    return result;
}

static cJSON *wanted_body(struct what_if *w, const struct arm_node *node)
{
    struct arm_reference_context context = {w->deployment, node, true};
    struct base_error unknown = {0};
    cJSON *body = arm_node_body(w->deployment, node, &arm_reference_host, &context, &unknown);
    struct arm_template_scope scope = arm_deployment_scope(w->deployment, node, ARM_AT_BODY);
    const cJSON *member;

    if (body)
        return body;
    scope.host = &arm_reference_host;
    scope.context = &context;
    scope.copies = true;
    body = cJSON_CreateObject();
    cJSON_ArrayForEach(member, node->source)
    {
        if (!arm_node_member_ours(node, member->string))
            cJSON_AddItemToObject(body, member->string, as_far_as_known(&scope, member));
    }
    return body;
}

/* What the provider tells about a resource rather than what was asked for. */
static cJSON *without_state(const cJSON *resource)
{
    static const char *const members[] = {"etag", "systemData"};
    cJSON *copy = base_json_copy(resource);

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        cJSON_DeleteItemFromObject(copy, members[i]);
    cJSON_DeleteItemFromObject(base_json_at(copy, "properties"), "provisioningState");
    return copy;
}

static cJSON *described(const struct arm_node *node, const cJSON *body)
{
    cJSON *after = cJSON_CreateObject();
    const cJSON *member;

    base_json_set_text(after, "id", node->id);
    base_json_set_text(after, "name", strrchr(node->id, '/') + 1);
    base_json_set_text(after, "type", node->type);
    base_json_set_text(after, "apiVersion", node->api_version);
    cJSON_ArrayForEach(member, body) base_json_set(after, member->string, base_json_copy(member));
    return after;
}

static void compare(struct what_if *w, const struct arm_node *node, const cJSON *current)
{
    cJSON *body = wanted_body(w, node), *delta, *change, *asked;

    if (!current) {
        cJSON_DeleteItemFromObject(base_json_at(body, "properties"), "provisioningState");
        change = add_change(w, node->id, "Create");
        if (!w->ids_only)
            base_json_set(change, "after", described(node, body));
        cJSON_Delete(body);
        return;
    }
    asked = arm_asked_get(w->deployment->arm, node->id);
    delta = arm_diff(current, body, asked);
    cJSON_Delete(asked);
    change = add_change(w, node->id, arm_diff_changes(delta) ? "Modify" : "NoChange");
    if (!w->ids_only) {
        base_json_set(change, "before", without_state(current));
        base_json_set(change, "after", described(node, body));
        base_json_set(change, "delta", delta);
        delta = NULL;
    }
    cJSON_Delete(delta);
    cJSON_Delete(body);
}

/* A deployment within the deployment answers for itself. */
static void ask_nested(struct what_if *w, const struct arm_node *node)
{
    struct arm_deployer who = w->deployment->who;
    struct arm_reply reply;
    cJSON *body = wanted_body(w, node), *settings, *change;

    if (w->ids_only && base_json_at(body, "properties")) {
        settings = cJSON_AddObjectToObject(base_json_at(body, "properties"), "whatIfSettings");
        base_json_set_text(settings, "resultFormat", "ResourceIdOnly");
    }
    who.level++;
    arm_ask(w->deployment->arm, &who, "POST",
            base_arena_printf(&w->deployment->arena, "%s/whatIf", node->id), node->api_version,
            body, &reply);
    cJSON *changes = base_json_at(reply.body, "properties.changes");
    while (reply.status == 200 && changes && (change = cJSON_DetachItemFromArray(changes, 0)))
        cJSON_AddItemToArray(w->changes, change);
    if (reply.status != 200) {
        cJSON *error = arm_reply_error(&reply);
        add_unsupported(w, node, base_json_text(error, "message"));
        cJSON_Delete(error);
    }
    arm_reply_release(&reply);
    cJSON_Delete(body);
}

static void judge(struct what_if *w, const struct arm_node *node)
{
    struct arm_reply reply;

    if (arm_node_nested(node)) {
        ask_nested(w, node);
        return;
    }
    arm_ask(w->deployment->arm, &w->deployment->who, "GET", node->id, node->api_version, NULL,
            &reply);
    if (reply.status == 200 || reply.status == 404) {
        compare(w, node, reply.status == 200 ? reply.body : NULL);
    } else {
        cJSON *error = arm_reply_error(&reply);
        add_unsupported(w, node, base_json_text(error, "message"));
        cJSON_Delete(error);
    }
    arm_reply_release(&reply);
}

static bool judged(const struct what_if *w, const char *id)
{
    const cJSON *change;

    cJSON_ArrayForEach(change, w->changes)
    {
        if (base_equal_nocase(base_json_text(change, "resourceId"), id))
            return true;
    }
    return false;
}

/* What lies in the group and not in the template. */
static void judge_others(struct what_if *w)
{
    struct arm_deployment *deployment = w->deployment;
    cJSON *known = arm_resources_known(deployment->arm, deployment->scope_id), *resource, *change;

    cJSON_ArrayForEach(resource, known)
    {
        const char *id = base_json_text(resource, "id");
        bool goes = deployment->complete && !arm_deployment_spares(resource);
        if (judged(w, id))
            continue;
        change = add_change(w, id, goes ? "Delete" : "Ignore");
        if (w->ids_only)
            continue;
        base_json_set(change, "before", without_state(resource));
        if (!goes)
            base_json_set(change, "after", without_state(resource));
    }
    cJSON_Delete(known);
}

cJSON *arm_deployment_what_if(struct arm_deployment *deployment, bool ids_only)
{
    struct what_if w = {deployment, ids_only, cJSON_CreateArray()};
    cJSON *answer = cJSON_CreateObject(), *properties;

    for (size_t i = 0; i < deployment->node_count; i++)
        if (deployment->nodes[i].condition && deployment->nodes[i].kind == ARM_NODE_PUT)
            judge(&w, &deployment->nodes[i]);
    if (deployment->level == ARM_LEVEL_GROUP && deployment->who.level == 1)
        judge_others(&w);
    base_json_set_text(answer, "status", "Succeeded");
    properties = cJSON_AddObjectToObject(answer, "properties");
    base_json_set_text(properties, "correlationId", deployment->who.correlation);
    cJSON_AddItemToObject(properties, "changes", w.changes);
    return answer;
}
