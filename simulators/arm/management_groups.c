/* Decides what can be done with management groups: a tree above the subscriptions of a tenant, through which roles are inherited. */
#include "simulators/arm/management_groups.h"
#include "simulators/arm/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE "Microsoft.Management/managementGroups"
#define PREFIX "/providers/" TYPE "/"
#define SUBSCRIPTIONS "/subscriptions/"
#define NAME_MAX_LENGTH 90
#define DEPTH_MAX 6 /* levels below the root, without the subscriptions */

static const char *id_of(struct base_arena *arena, const char *name)
{
    return base_arena_printf(arena, PREFIX "%s", name);
}

static void root_of(const char *tenant, char out[96])
{
    snprintf(out, 96, PREFIX "%s", tenant);
}

static cJSON *new_group(const char *name, const char *display, const char *tenant)
{
    cJSON *group = cJSON_CreateObject(), *properties;

    base_json_set(group, "id", base_json_textf(PREFIX "%s", name));
    base_json_set_text(group, "type", TYPE);
    base_json_set_text(group, "name", name);
    properties = cJSON_AddObjectToObject(group, "properties");
    base_json_set_text(properties, "tenantId", tenant);
    base_json_set_text(properties, "displayName", display);
    return group;
}

void arm_management_root(struct arm *arm, const char *tenant, const char *subscription)
{
    char root[96], child[2 * BASE_UUID_TEXT];
    cJSON *known;

    root_of(tenant, root);
    snprintf(child, sizeof child, SUBSCRIPTIONS "%s", subscription);
    known = arm_docs_get(arm->management_groups, root);
    if (!known)
        arm_docs_put(arm->management_groups, root, new_group(tenant, "Tenant Root Group", tenant));
    cJSON_Delete(known);
    char *parent = sim_scope_parent(arm->world, child);
    if (!parent)
        sim_scope_parent_set(arm->world, child, root);
    free(parent);
}

/* ---- what is shown ---- */

/* {id,name,displayName}: how parents and children are mentioned. */
static cJSON *mention(struct arm *arm, const char *id, bool typed)
{
    bool subscription = base_starts_nocase(id, SUBSCRIPTIONS);
    cJSON *item = cJSON_CreateObject();
    cJSON *known = subscription ? arm_docs_get(arm->subscriptions, id + strlen(SUBSCRIPTIONS))
                                : arm_docs_get(arm->management_groups, id);

    base_json_set_text(item, "id", id);
    if (typed)
        base_json_set_text(item, "type", subscription ? "/subscriptions" : TYPE);
    base_json_set_text(item, "name", strrchr(id, '/') + 1);
    base_json_set_text(
        item, "displayName",
        base_json_text(known, subscription ? "displayName" : "properties.displayName"));
    cJSON_Delete(known);
    return item;
}

static void add_children(struct arm *arm, cJSON *properties, const char *id, int depth)
{
    cJSON *ids = sim_scope_children(arm->world, id), *child;
    cJSON *list = cJSON_AddArrayToObject(properties, "children");

    cJSON_ArrayForEach(child, ids)
    {
        cJSON *item = mention(arm, child->valuestring, true);
        if (depth > 1 && !base_starts_nocase(child->valuestring, SUBSCRIPTIONS))
            add_children(arm, item, child->valuestring, depth - 1);
        cJSON_AddItemToArray(list, item);
    }
    cJSON_Delete(ids);
}

static cJSON *shown(struct arm_call *call, const cJSON *group)
{
    const char *id = base_json_text(group, "id"), *expand = arm_call_query(call, "$expand"),
               *recurse = arm_call_query(call, "$recurse");
    cJSON *copy = base_json_copy(group), *properties = base_json_at(copy, "properties");
    cJSON *details = cJSON_AddObjectToObject(properties, "details");
    char *parent = sim_scope_parent(call->arm->world, id);

    if (parent)
        cJSON_AddItemToObject(details, "parent", mention(call->arm, parent, false));
    if (base_equal_nocase(expand, "children"))
        add_children(call->arm, properties, id,
                     base_equal_nocase(recurse, "true") ? DEPTH_MAX + 1 : 1);
    free(parent);
    return copy;
}

/* ---- groups ---- */

static cJSON *find(struct arm_call *call)
{
    cJSON *group =
        arm_docs_get(call->arm->management_groups, id_of(call->arena, call->target.names[0]));

    if (!group)
        arm_refuse(call->response, ARM_MANAGEMENT_GROUP_NOT_FOUND, NULL,
                   "The management group '%s' could not be found.", call->target.names[0]);
    return group;
}

void arm_management_groups_list(struct arm_call *call)
{
    cJSON *groups = arm_docs_list(call->arm->management_groups, NULL), *group;
    cJSON *list = cJSON_CreateArray();

    cJSON_ArrayForEach(group, groups)
    {
        const char *tenant = base_json_text(group, "properties.tenantId");
        if (base_equal_nocase(tenant, call->caller.token.tenant) &&
            arm_call_allowed(call, TYPE "/read", base_json_text(group, "id")))
            cJSON_AddItemToArray(list, base_json_copy(group));
    }
    cJSON_Delete(groups);
    arm_call_answer_list(call, list);
}

void arm_management_groups_get(struct arm_call *call)
{
    cJSON *group = find(call);

    if (group)
        base_http_answer_json_take(call->response, 200, shown(call, group));
    cJSON_Delete(group);
}

static int depth_of(struct arm *arm, const char *id)
{
    char *at = sim_scope_parent(arm->world, id);
    int depth = 0;

    while (at && depth <= DEPTH_MAX) {
        char *next = sim_scope_parent(arm->world, at);
        free(at);
        at = next;
        depth++;
    }
    free(at);
    return depth;
}

/* The parent that the body names, else the one it has, else the tenant's root; NULL after a refusal. */
static const char *wanted_parent(struct arm_call *call, const char *id)
{
    const char *asked =
        cJSON_GetStringValue(base_json_at_nocase(call->body, "properties.details.parent.id"));
    char root[96], *old = sim_scope_parent(call->arm->world, id);
    const char *parent;

    root_of(call->caller.token.tenant, root);
    parent = base_arena_strdup(call->arena, asked ? asked : old ? old : root);
    free(old);
    cJSON *known = arm_docs_get(call->arm->management_groups, parent);
    bool there = known || base_equal_nocase(parent, root);
    cJSON_Delete(known);
    if (!there)
        arm_refuse(call->response, ARM_MANAGEMENT_GROUP_NOT_FOUND, "properties.details.parent.id",
                   "The parent management group '%s' could not be found.", parent);
    else if (sim_scope_reaches(call->arm->world, id, parent) ||
             depth_of(call->arm, parent) >= DEPTH_MAX)
        arm_refuse(
            call->response, ARM_INVALID_CONTENT, "properties.details.parent.id",
            "The management group '%s' cannot be placed below '%s': expected a group that is "
            "not below it, at most %d levels deep.",
            id, parent, DEPTH_MAX);
    else if (!base_equal_nocase(parent, root) && !arm_call_allowed(call, TYPE "/write", parent))
        arm_refuse(call->response, ARM_AUTHORIZATION_FAILED, NULL,
                   "The client '%s' with object id '%s' does not have authorization to perform "
                   "action '%s' over scope '%s' or the scope is invalid.",
                   call->caller.token.client_id, call->caller.token.object_id, TYPE "/write",
                   parent);
    else
        return parent;
    return NULL;
}

/* Who makes a group owns it, as in Azure. */
static void own(struct arm_call *call, const char *id)
{
    struct sim_assignment a = {.principal_type = "ServicePrincipal"};

    base_uuid(sim_world_random(call->arm->world), a.name);
    snprintf(a.scope, sizeof a.scope, "%s", id);
    snprintf(a.role, sizeof a.role, "%s", sim_role_find("Owner")->guid);
    snprintf(a.principal, sizeof a.principal, "%s", call->caller.token.object_id);
    snprintf(a.created_by, sizeof a.created_by, "%s", call->caller.token.object_id);
    a.created_ms = a.updated_ms = sim_now_ms(call->arm->world);
    sim_assignment_put(call->arm->world, &a);
}

static bool check_write(struct arm_call *call, const cJSON *old, const char *id)
{
    const char *tenant = base_json_text(old, "properties.tenantId");

    if (!arm_group_name_valid(call->target.names[0]))
        return arm_refuse(call->response, ARM_INVALID_NAME, "name",
                          "The management group id '%s' is invalid: expected 1 to %d letters, "
                          "digits, '-', '_', '(', ')' or '.'.",
                          call->target.names[0], NAME_MAX_LENGTH);
    if (old && (!base_equal_nocase(tenant, call->caller.token.tenant) ||
                !arm_call_allowed(call, TYPE "/write", id)))
        return arm_refuse(call->response, ARM_AUTHORIZATION_FAILED, NULL,
                          "The client '%s' with object id '%s' does not have authorization to "
                          "perform action '%s' over scope '%s' or the scope is invalid.",
                          call->caller.token.client_id, call->caller.token.object_id, TYPE "/write",
                          id);
    return true;
}

void arm_management_groups_put(struct arm_call *call)
{
    const char *name = call->target.names[0], *id = id_of(call->arena, name), *parent, *display;
    cJSON *old = arm_docs_get(call->arm->management_groups, id);
    char root[96];

    root_of(call->caller.token.tenant, root);
    if (!check_write(call, old, id) ||
        (!(parent = wanted_parent(call, id)) && !base_equal_nocase(id, root))) {
        cJSON_Delete(old);
        return;
    }
    display = cJSON_GetStringValue(base_json_at_nocase(call->body, "properties.displayName"));
    if (!display)
        display = base_json_text(old, "properties.displayName");
    cJSON *group = new_group(old ? base_json_text(old, "name") : name, display ? display : name,
                             call->caller.token.tenant);
    arm_docs_put(call->arm->management_groups, id, group);
    if (!base_equal_nocase(id, root))
        sim_scope_parent_set(call->arm->world, id, parent);
    if (!old)
        own(call, id);
    cJSON_Delete(old);
    arm_management_groups_get(call);
}

void arm_management_groups_delete(struct arm_call *call)
{
    const char *id = id_of(call->arena, call->target.names[0]);
    cJSON *group = arm_docs_get(call->arm->management_groups, id);
    cJSON *children = sim_scope_children(call->arm->world, id);

    if (!group) {
        call->response->status = 204;
    } else if (children->child) {
        arm_refuse(call->response, ARM_MANAGEMENT_GROUP_NOT_EMPTY, NULL,
                   "The management group '%s' cannot be deleted while '%s' is below it.",
                   call->target.names[0], children->child->valuestring);
    } else {
        arm_docs_remove(call->arm->management_groups, id);
        sim_scope_parent_set(call->arm->world, id, NULL);
        (void)sim_assignment_remove_below(call->arm->world, id);
        call->response->status = 200;
    }
    cJSON_Delete(children);
    cJSON_Delete(group);
}

void arm_management_groups_descendants(struct arm_call *call)
{
    cJSON *group = find(call), *list = cJSON_CreateArray(), *queue;

    if (!group) {
        cJSON_Delete(list);
        return;
    }
    queue = sim_scope_children(call->arm->world, base_json_text(group, "id"));
    for (cJSON *child; (child = cJSON_DetachItemFromArray(queue, 0)); cJSON_Delete(child)) {
        cJSON *item = mention(call->arm, child->valuestring, true), *properties, *more, *next;
        char *parent = sim_scope_parent(call->arm->world, child->valuestring);
        properties = cJSON_AddObjectToObject(item, "properties");
        base_json_set_text(properties, "displayName", base_json_text(item, "displayName"));
        base_json_set_text(cJSON_AddObjectToObject(properties, "parent"), "id", parent);
        base_json_set_text(item, "displayName", NULL);
        cJSON_AddItemToArray(list, item);
        more = sim_scope_children(call->arm->world, child->valuestring);
        while ((next = cJSON_DetachItemFromArray(more, 0)))
            cJSON_AddItemToArray(queue, next);
        cJSON_Delete(more);
        free(parent);
    }
    cJSON_Delete(queue);
    cJSON_Delete(group);
    arm_call_answer_list(call, list);
}

/* ---- their subscriptions ---- */

static const char *member_id(struct arm_call *call)
{
    return base_arena_printf(call->arena, SUBSCRIPTIONS "%s", call->target.names[1]);
}

static cJSON *member_shown(struct arm_call *call, const char *subscription)
{
    const char *group = id_of(call->arena, call->target.names[0]);
    cJSON *known = arm_docs_get(call->arm->subscriptions, subscription),
          *item = cJSON_CreateObject();
    cJSON *properties;

    base_json_set(item, "id", base_json_textf("%s/subscriptions/%s", group, subscription));
    base_json_set_text(item, "type", TYPE "/subscriptions");
    base_json_set_text(item, "name", subscription);
    properties = cJSON_AddObjectToObject(item, "properties");
    base_json_set_text(properties, "tenant", base_json_text(known, "tenantId"));
    base_json_set_text(properties, "displayName", base_json_text(known, "displayName"));
    base_json_set_text(cJSON_AddObjectToObject(properties, "parent"), "id", group);
    base_json_set_text(properties, "state", "Active");
    cJSON_Delete(known);
    return item;
}

/* Is the named subscription directly below the named group? */
static bool is_member(struct arm_call *call)
{
    char *parent = sim_scope_parent(call->arm->world, member_id(call));
    bool member = base_equal_nocase(parent, id_of(call->arena, call->target.names[0]));

    free(parent);
    return member;
}

void arm_management_members_list(struct arm_call *call)
{
    cJSON *group = find(call), *list = cJSON_CreateArray(), *children, *child;

    if (!group) {
        cJSON_Delete(list);
        return;
    }
    children = sim_scope_children(call->arm->world, base_json_text(group, "id"));
    cJSON_ArrayForEach(child, children) if (base_starts_nocase(child->valuestring, SUBSCRIPTIONS))
        cJSON_AddItemToArray(list, member_shown(call, child->valuestring + strlen(SUBSCRIPTIONS)));
    cJSON_Delete(children);
    cJSON_Delete(group);
    arm_call_answer_list(call, list);
}

void arm_management_members_get(struct arm_call *call)
{
    if (is_member(call))
        base_http_answer_json_take(call->response, 200, member_shown(call, call->target.names[1]));
    else
        arm_refuse(call->response, ARM_SUBSCRIPTION_NOT_FOUND, NULL,
                   "The subscription '%s' is not below the management group '%s'.",
                   call->target.names[1], call->target.names[0]);
}

/* Moving takes the right to write on the group, and on the subscription the right to say who may do what there. */
void arm_management_members_put(struct arm_call *call)
{
    static const char right[] = "Microsoft.Authorization/roleAssignments/write";
    cJSON *known = arm_docs_get(call->arm->subscriptions, call->target.names[1]);
    bool there = base_equal_nocase(base_json_text(known, "tenantId"), call->caller.token.tenant);
    cJSON *group = there ? find(call) : NULL;

    if (!there)
        arm_refuse(call->response, ARM_SUBSCRIPTION_NOT_FOUND, NULL,
                   "The subscription '%s' could not be found.", call->target.names[1]);
    else if (group && !arm_call_allowed(call, right, member_id(call)))
        arm_refuse(call->response, ARM_AUTHORIZATION_FAILED, NULL,
                   "The client '%s' with object id '%s' does not have authorization to perform "
                   "action '%s' over scope '%s' or the scope is invalid.",
                   call->caller.token.client_id, call->caller.token.object_id, right,
                   member_id(call));
    else if (group) {
        sim_scope_parent_set(call->arm->world, member_id(call), base_json_text(group, "id"));
        base_http_answer_json_take(call->response, 200, member_shown(call, call->target.names[1]));
    }
    cJSON_Delete(group);
    cJSON_Delete(known);
}

/* A subscription that leaves its group falls back to the tenant's root. */
void arm_management_members_delete(struct arm_call *call)
{
    char root[96];

    if (!is_member(call)) {
        call->response->status = 204;
        return;
    }
    root_of(call->caller.token.tenant, root);
    sim_scope_parent_set(call->arm->world, member_id(call), root);
    call->response->status = 200;
}
