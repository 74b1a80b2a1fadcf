/* Decides what can be done with a resource group. */
#include "simulators/arm/groups.h"
#include "simulators/arm/checks.h"
#include "simulators/arm/filter.h"
#include "simulators/arm/regions.h"
#include "simulators/arm/routes.h"

#include <string.h>

static const char *key_of(struct arm_call *call)
{
    return arm_path_join(call->arena, call->target.parts, 4);
}

static cJSON *find(struct arm_call *call)
{
    cJSON *group = arm_docs_get(call->arm->groups, key_of(call));

    if (!group)
        arm_refuse(call->response, ARM_GROUP_NOT_FOUND, NULL,
                   "Resource group '%s' could not be found.", call->target.group);
    return group;
}

static bool is_deleting(const cJSON *group)
{
    return base_equal(base_json_text(group, "properties.provisioningState"), "Deleting");
}

cJSON *arm_group_shown(const cJSON *group)
{
    cJSON *copy = base_json_copy(group);

    base_json_set_text(copy, "createdBy", NULL);
    base_json_set_text(copy, "operation", NULL);
    return copy;
}

void arm_groups_list(struct arm_call *call)
{
    const char *filter;
    struct arm_filter_item probe = {NULL, NULL};
    cJSON *groups, *group, *list;

    if (!arm_filter_check(call, arm_filter_item_term, &probe, &filter))
        return;
    groups = arm_docs_list(call->arm->groups, arm_path_join(call->arena, call->target.parts, 2));
    list = cJSON_CreateArray();
    cJSON_ArrayForEach(group, groups)
    {
        struct arm_filter_item item = {group, NULL};
        if (arm_filter_matches(filter, arm_filter_item_term, &item) == 1 &&
            arm_call_allowed(call, "Microsoft.Resources/subscriptions/resourceGroups/read",
                             base_json_text(group, "id")))
            cJSON_AddItemToArray(list, arm_group_shown(group));
    }
    cJSON_Delete(groups);
    arm_call_answer_list(call, list);
}

void arm_groups_get(struct arm_call *call)
{
    cJSON *group = find(call);

    if (group)
        base_http_answer_json_take(call->response, 200, arm_group_shown(group));
    cJSON_Delete(group);
}

void arm_groups_head(struct arm_call *call)
{
    call->response->status = call->group_id ? 204 : 404;
}

/* ---- PUT, PATCH ---- */

static bool refuse_deleting(struct arm_call *call)
{
    return arm_refuse(
        call->response, ARM_GROUP_BEING_DELETED, NULL,
        "The resource group '%s' is in deprovisioning state and cannot perform this operation.",
        call->target.group);
}

static bool check_put(struct arm_call *call, const cJSON *old, const struct arm_region **region)
{
    const char *location = cJSON_GetStringValue(cJSON_GetObjectItem(call->body, "location"));
    const char *stored = base_json_text(old, "location");
    struct base_buf list = {0};

    if (is_deleting(old))
        return refuse_deleting(call);
    if (!location || !*location)
        return arm_refuse(call->response, ARM_LOCATION_REQUIRED, NULL,
                          "The location property is required for this definition.");
    *region = arm_region_find(location);
    if (!*region) {
        arm_region_enumerate(&list);
        arm_refuse(call->response, ARM_GROUP_LOCATION_UNKNOWN, NULL,
                   "The provided location '%s' is not available for resource group. List of "
                   "available regions is "
                   "'%s'.",
                   location, list.data);
        base_buf_release(&list);
        return false;
    }
    if (stored && arm_region_find(stored) != *region)
        return arm_refuse(call->response, ARM_GROUP_LOCATION_FIXED, NULL,
                          "Invalid resource group location '%s'. The Resource group already exists "
                          "in location '%s'.",
                          location, stored);
    return arm_check_tags(call, cJSON_GetObjectItem(call->body, "tags"));
}

static void copy_member(cJSON *to, const cJSON *from, const char *name)
{
    const cJSON *member = cJSON_GetObjectItem(from, name);
    if (member && !cJSON_IsNull(member))
        base_json_set(to, name, base_json_copy(member));
}

static cJSON *new_group(struct arm_call *call, const cJSON *old, const struct arm_region *region)
{
    cJSON *group = cJSON_CreateObject(), *properties;
    const char *name = old ? base_json_text(old, "name") : call->target.group;

    base_json_set(
        group, "id",
        base_json_textf("/subscriptions/%s/resourceGroups/%s", call->target.subscription, name));
    base_json_set_text(group, "name", name);
    base_json_set_text(group, "type", "Microsoft.Resources/resourceGroups");
    base_json_set_text(group, "location", region->name);
    copy_member(group, call->body, "tags");
    copy_member(group, call->body, "managedBy");
    properties = cJSON_AddObjectToObject(group, "properties");
    base_json_set_text(properties, "provisioningState", "Succeeded");
    base_json_set_text(group, "createdBy",
                       old ? base_json_text(old, "createdBy") : call->caller.token.object_id);
    return group;
}

void arm_groups_put(struct arm_call *call)
{
    cJSON *old = arm_docs_get(call->arm->groups, key_of(call));
    const struct arm_region *region = NULL;

    if (check_put(call, old, &region)) {
        cJSON *group = new_group(call, old, region);
        base_http_answer_json_take(call->response, old ? 200 : 201, arm_group_shown(group));
        arm_docs_put(call->arm->groups, key_of(call), group);
    }
    cJSON_Delete(old);
}

static void apply_patch(void *context, cJSON *document)
{
    copy_member(document, context, "tags");
    copy_member(document, context, "managedBy");
}

void arm_groups_patch(struct arm_call *call)
{
    cJSON *group = find(call);
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(call->body, "name"));

    if (!group)
        return;
    if (is_deleting(group))
        refuse_deleting(call);
    else if (name && !base_equal_nocase(name, base_json_text(group, "name")))
        arm_refuse(call->response, ARM_INVALID_CONTENT, "name",
                   "A resource group cannot be renamed: '%s'.", name);
    else if (arm_check_tags(call, cJSON_GetObjectItem(call->body, "tags"))) {
        arm_docs_update(call->arm->groups, key_of(call), apply_patch, (cJSON *)call->body);
        cJSON_Delete(group);
        group = find(call);
        if (group)
            base_http_answer_json_take(call->response, 200, arm_group_shown(group));
    }
    cJSON_Delete(group);
}

/* ---- DELETE ---- */

struct claim {
    char operation[BASE_UUID_TEXT]; /* in: a new id; out: the id of the deletion under way */
    bool mine;
};

static void claim_deletion(void *context, cJSON *document)
{
    struct claim *claim = context;
    const char *operation = base_json_text(document, "operation");

    claim->mine = !operation;
    if (operation) {
        memcpy(claim->operation, operation, BASE_UUID_TEXT);
        return;
    }
    base_json_set_text(document, "operation", claim->operation);
    base_json_set_text(base_json_at(document, "properties"), "provisioningState", "Deleting");
}

static void answer_accepted(struct arm_call *call, const char *operation)
{
    base_headers_addf(&call->response->headers, "Location",
                      "%s/subscriptions/%s/operationresults/%s?api-version=%s", call->base,
                      call->target.subscription, operation, call->api_version);
    base_headers_set(&call->response->headers, "Retry-After", "1");
    call->response->status = 202;
}

void arm_groups_delete(struct arm_call *call)
{
    cJSON *group = find(call);
    struct claim claim = {.mine = false};

    if (!group)
        return;
    base_uuid(sim_world_random(call->arm->world), claim.operation);
    arm_docs_update(call->arm->groups, key_of(call), claim_deletion, &claim);
    if (claim.mine)
        arm_group_delete_start(call->arm, base_json_text(group, "id"), claim.operation);
    answer_accepted(call, claim.operation);
    cJSON_Delete(group);
}

void arm_operation_result(struct arm_call *call)
{
    const char *id = call->target.parts[call->target.count - 1];
    cJSON *operation = arm_docs_get(call->arm->operations, id);
    const char *status = base_json_text(operation, "status");

    if (!operation ||
        !base_equal_nocase(base_json_text(operation, "subscription"), call->target.subscription)) {
        arm_refuse(call->response, ARM_NOT_FOUND, NULL, "The operation '%s' was not found.", id);
    } else if (base_equal(status, "InProgress")) {
        answer_accepted(call, id);
    } else if (base_equal(status, "Succeeded")) {
        call->response->status = 200;
    } else {
        const cJSON *detail;
        arm_refuse(call->response, ARM_GROUP_DELETION_BLOCKED, NULL, "%s",
                   base_json_text(operation, "message"));
        cJSON_ArrayForEach(detail, base_json_at(operation, "details"))
            arm_refuse_detail(call->response, base_json_text(detail, "code"),
                              base_json_text(detail, "target"), base_json_text(detail, "message"));
    }
    cJSON_Delete(operation);
}
