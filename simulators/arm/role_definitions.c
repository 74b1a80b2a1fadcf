/* Decides what is said of roles. They are the built-in ones; custom roles cannot be made here. */
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

static int term(void *context, const char *field, const char *operator_, const char *value)
{
    const struct sim_role *role = context;

    if (base_equal(operator_, "()") && base_equal_nocase(field, "atScopeAndBelow"))
        return 1;
    if (!base_equal_nocase(operator_, "eq"))
        return -1;
    if (base_equal_nocase(field, "roleName"))
        return !role || base_equal_nocase(role->name, value);
    if (base_equal_nocase(field, "type"))
        return base_equal_nocase(value, "BuiltInRole");
    return -1;
}

void arm_role_definitions_list(struct arm_call *call)
{
    const char *filter;
    cJSON *list;

    if (!arm_filter_check(call, term, NULL, &filter))
        return;
    list = cJSON_CreateArray();
    for (size_t i = 0; i < sim_role_count(); i++)
        if (arm_filter_matches(filter, term, (void *)sim_role_at(i)) == 1)
            cJSON_AddItemToArray(list, shown(call, sim_role_at(i)));
    arm_call_answer_list(call, list);
}

void arm_role_definitions_get(struct arm_call *call)
{
    const char *name = arm_target_name(&call->target);
    const struct sim_role *role = base_is_uuid(name) ? sim_role_find(name) : NULL;

    if (role)
        base_http_answer_json_take(call->response, 200, shown(call, role));
    else
        arm_refuse(call->response, ARM_ROLE_NOT_FOUND, NULL,
                   "The specified role definition with ID '%s' does not exist.", name);
}

void arm_role_definitions_put(struct arm_call *call)
{
    arm_refuse(call->response, ARM_NOT_IMPLEMENTED, NULL,
               "This simulator has the built-in roles only; the custom role '%s' cannot be made.",
               arm_target_name(&call->target));
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

    if (role && base_equal_nocase(a->principal, grants->call->caller.token.object_id) &&
        sim_scope_covers(a->scope, *grants->call->target.scope ? grants->call->target.scope : "/"))
        cJSON_AddItemToArray(grants->list, permission(role));
}

void arm_permissions_list(struct arm_call *call)
{
    struct grants grants = {call, cJSON_CreateArray()};

    sim_assignment_each(call->arm->world, add_grant, &grants);
    arm_call_answer_list(call, grants.list);
}
