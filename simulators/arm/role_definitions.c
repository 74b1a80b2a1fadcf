/* Decides what is said of roles, the built-in and the custom ones, and who may make which. */
#include "simulators/arm/assignments.h"
#include "simulators/arm/filter.h"
#include "simulators/arm/routes.h"

#include <string.h>

#define TYPE "Microsoft.Authorization/roleDefinitions"

static cJSON *texts(const char *const *list)
{
    cJSON *array = cJSON_CreateArray();

    for (; list && *list; list++)
        cJSON_AddItemToArray(array, cJSON_CreateString(*list));
    return array;
}

static cJSON *permission(const struct sim_role *role)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToObject(item, "actions", texts(role->actions));
    cJSON_AddItemToObject(item, "notActions", texts(role->not_actions));
    cJSON_AddItemToObject(item, "dataActions", texts(role->data_actions));
    cJSON_AddArrayToObject(item, "notDataActions");
    return item;
}

static cJSON *custom_shown(struct arm_call *call, const cJSON *definition)
{
    const char *guid = base_json_text(definition, "guid");
    cJSON *item = cJSON_CreateObject(), *properties = base_json_copy(definition);

    base_json_set_text(properties, "guid", NULL);
    base_json_set_text(item, "id", arm_role_id(call->arena, call->target.scope, guid));
    base_json_set_text(item, "type", TYPE);
    base_json_set_text(item, "name", guid);
    cJSON_AddItemToObject(item, "properties", properties);
    return item;
}

static cJSON *shown(struct arm_call *call, const struct sim_role *role)
{
    static const char *const everywhere[] = {"/", NULL};
    cJSON *item = cJSON_CreateObject(), *properties = cJSON_AddObjectToObject(item, "properties");

    base_json_set_text(properties, "roleName", role->name);
    base_json_set_text(properties, "type", "BuiltInRole");
    base_json_set_text(properties, "description", role->description);
    cJSON_AddItemToObject(properties, "assignableScopes", texts(everywhere));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(properties, "permissions"), permission(role));
    base_json_set_text(item, "id", arm_role_id(call->arena, call->target.scope, role->guid));
    base_json_set_text(item, "type", TYPE);
    base_json_set_text(item, "name", role->guid);
    return item;
}

struct candidate {
    const char *name, *type;
};

static int term(void *context, const char *field, const char *operator_, const char *value)
{
    const struct candidate *role = context;

    if (base_equal(operator_, "()") && base_equal_nocase(field, "atScopeAndBelow"))
        return 1;
    if (!base_equal_nocase(operator_, "eq"))
        return -1;
    if (base_equal_nocase(field, "roleName"))
        return !role || base_equal_nocase(role->name, value);
    if (base_equal_nocase(field, "type"))
        return !role || base_equal_nocase(value, role->type);
    return -1;
}

/* A custom role is seen at, above and below the scopes it may be assigned at. */
static bool assignable(struct arm_call *call, const cJSON *definition)
{
    const char *here = *call->target.scope ? call->target.scope : "/";
    const cJSON *scope;

    cJSON_ArrayForEach(scope, base_json_at(definition, "assignableScopes"))
    {
        if (sim_scope_reaches(call->arm->world, scope->valuestring, here) ||
            sim_scope_reaches(call->arm->world, here, scope->valuestring))
            return true;
    }
    return false;
}

static void list_custom(struct arm_call *call, const char *filter, cJSON *list)
{
    cJSON *roles = sim_role_definitions(call->arm->world), *role;

    cJSON_ArrayForEach(role, roles)
    {
        struct candidate candidate = {base_json_text(role, "roleName"), "CustomRole"};
        if (arm_filter_matches(filter, term, &candidate) == 1 && assignable(call, role))
            cJSON_AddItemToArray(list, custom_shown(call, role));
    }
    cJSON_Delete(roles);
}

void arm_role_definitions_list(struct arm_call *call)
{
    const char *filter;
    cJSON *list;

    if (!arm_filter_check(call, term, NULL, &filter))
        return;
    list = cJSON_CreateArray();
    for (size_t i = 0; i < sim_role_count(); i++) {
        struct candidate candidate = {sim_role_at(i)->name, "BuiltInRole"};
        if (arm_filter_matches(filter, term, &candidate) == 1)
            cJSON_AddItemToArray(list, shown(call, sim_role_at(i)));
    }
    list_custom(call, filter, list);
    arm_call_answer_list(call, list);
}

void arm_role_definitions_get(struct arm_call *call)
{
    const char *name = arm_target_name(&call->target);
    const struct sim_role *role = base_is_uuid(name) ? sim_role_find(name) : NULL;
    cJSON *custom = base_is_uuid(name) ? sim_role_definition(call->arm->world, name) : NULL;

    if (role)
        base_http_answer_json_take(call->response, 200, shown(call, role));
    else if (custom)
        base_http_answer_json_take(call->response, 200, custom_shown(call, custom));
    else
        arm_refuse(call->response, ARM_ROLE_NOT_FOUND, NULL,
                   "The specified role definition with ID '%s' does not exist.", name);
    cJSON_Delete(custom);
}

/* ---- PUT, DELETE ---- */

static bool texts_only(const cJSON *list)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list) if (!cJSON_IsString(item)) return false;
    return !list || cJSON_IsArray(list) || cJSON_IsNull(list);
}

static bool check_permissions(struct arm_call *call, const cJSON *permissions)
{
    static const char *const members[] = {"actions", "notActions", "dataActions", "notDataActions"};
    const cJSON *permission;
    bool good = cJSON_IsArray(permissions) && permissions->child;

    cJSON_ArrayForEach(permission, permissions)
    {
        good = good && cJSON_IsObject(permission);
        for (size_t i = 0; good && i < sizeof members / sizeof *members; i++)
            good = texts_only(base_json_at_nocase(permission, members[i]));
    }
    return good || arm_refuse(call->response, ARM_INVALID_CONTENT, "properties.permissions",
                              "The permissions of a role are a list of {actions[], notActions[], "
                              "dataActions[], notDataActions[]}.");
}

/* Whoever makes a role assignable somewhere must be allowed to make roles there. */
static bool check_scopes(struct arm_call *call, const cJSON *scopes)
{
    const cJSON *scope;

    if (!cJSON_IsArray(scopes) || !scopes->child || !texts_only(scopes))
        return arm_refuse(call->response, ARM_INVALID_CONTENT, "properties.assignableScopes",
                          "The assignableScopes of a role are a list of at least one scope.");
    cJSON_ArrayForEach(scope, scopes)
    {
        if (!arm_call_allowed(call, TYPE "/write", scope->valuestring))
            return arm_refuse(call->response, ARM_LINKED_AUTHORIZATION_FAILED, NULL,
                              "The client '%s' with object id '%s' does not have permission to "
                              "perform action '%s' on the linked scope(s) '%s'.",
                              call->caller.token.client_id, call->caller.token.object_id,
                              TYPE "/write", scope->valuestring);
    }
    return true;
}

static bool check_name(struct arm_call *call, const char *guid, const char *name)
{
    char taken[BASE_UUID_TEXT];

    if (!base_is_uuid(guid) || sim_role_find(guid))
        return arm_refuse(call->response, ARM_ROLE_ID, NULL,
                          "The role definition ID '%s' is not valid: expected a GUID that is not "
                          "one of a built-in role.",
                          guid);
    if (!name || !*name)
        return arm_refuse(call->response, ARM_INVALID_CONTENT, "properties.roleName",
                          "The request content is invalid: properties.roleName is required.");
    if (sim_role_known(call->arm->world, name, taken) && !base_equal_nocase(taken, guid))
        return arm_refuse(call->response, ARM_ROLE_NAME_TAKEN, "properties.roleName",
                          "A role with the name '%s' exists already: '%s'.", name, taken);
    return true;
}

static cJSON *new_definition(const cJSON *properties)
{
    static const char *const members[] = {"roleName", "description", "permissions",
                                          "assignableScopes"};
    cJSON *definition = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const cJSON *member = base_json_at_nocase(properties, members[i]);
        if (member)
            base_json_set(definition, members[i], base_json_copy(member));
    }
    base_json_set_text(definition, "type", "CustomRole");
    return definition;
}

void arm_role_definitions_put(struct arm_call *call)
{
    const char *guid = arm_target_name(&call->target);
    const cJSON *properties = base_json_at_nocase(call->body, "properties");

    if (!check_name(call, guid,
                    cJSON_GetStringValue(base_json_at_nocase(properties, "roleName"))) ||
        !check_permissions(call, base_json_at_nocase(properties, "permissions")) ||
        !check_scopes(call, base_json_at_nocase(properties, "assignableScopes")))
        return;
    cJSON *definition = new_definition(properties);
    sim_role_put(call->arm->world, guid, definition);
    base_json_set_text(definition, "guid", guid);
    base_http_answer_json_take(call->response, 201, custom_shown(call, definition));
    cJSON_Delete(definition);
}

struct use {
    const char *role;
    char assignment[BASE_UUID_TEXT];
};

static void note_use(void *context, const struct sim_assignment *a)
{
    struct use *use = context;

    if (base_equal_nocase(a->role, use->role))
        memcpy(use->assignment, a->name, sizeof use->assignment);
}

void arm_role_definitions_delete(struct arm_call *call)
{
    const char *guid = arm_target_name(&call->target);
    cJSON *custom = base_is_uuid(guid) ? sim_role_definition(call->arm->world, guid) : NULL;
    struct use use = {guid, ""};

    sim_assignment_each(call->arm->world, note_use, &use);
    if (sim_role_find(guid)) {
        arm_refuse(call->response, ARM_ROLE_ID, NULL, "The built-in role '%s' cannot be deleted.",
                   guid);
    } else if (!custom) {
        call->response->status = 204;
    } else if (*use.assignment) {
        arm_refuse(call->response, ARM_ROLE_IN_USE, NULL,
                   "There are existing role assignments referencing role (code: "
                   "RoleDefinitionHasAssignments): '%s'.",
                   use.assignment);
    } else {
        base_http_answer_json_take(call->response, 200, custom_shown(call, custom));
        (void)sim_role_remove(call->arm->world, guid);
    }
    cJSON_Delete(custom);
}

/* ---- permissions ---- */

struct grants {
    struct arm_call *call;
    cJSON *list;
};

static void add_grant(void *context, const struct sim_assignment *a)
{
    struct grants *grants = context;
    const struct sim_role *role = sim_role_find(a->role);
    const char *here = *grants->call->target.scope ? grants->call->target.scope : "/";
    sim_world_t *world = grants->call->arm->world;

    if (!base_equal_nocase(a->principal, grants->call->caller.token.object_id) ||
        !sim_scope_reaches(world, a->scope, here))
        return;
    if (role) {
        cJSON_AddItemToArray(grants->list, permission(role));
        return;
    }
    cJSON *custom = sim_role_definition(world, a->role), *each;
    cJSON_ArrayForEach(each, base_json_at(custom, "permissions"))
        cJSON_AddItemToArray(grants->list, base_json_copy(each));
    cJSON_Delete(custom);
}

void arm_permissions_list(struct arm_call *call)
{
    struct grants grants = {call, cJSON_CreateArray()};

    sim_assignment_each(call->arm->world, add_grant, &grants);
    arm_call_answer_list(call, grants.list);
}
