/* Decides what the views of ARM's world show. */
#include "simulators/arm/views.h"
#include "simulators/arm/assignments.h"
#include "simulators/arm/index.h"

#include <string.h>

static void set_name_of(struct arm *arm, cJSON *item, const char *member, const char *object_id)
{
    struct sim_principal principal;

    if (object_id && *object_id)
        base_json_set_text(item, member,
                           sim_principal_by_object(arm->world, object_id, &principal)
                               ? principal.name
                               : object_id);
    else
        base_json_set(item, member, cJSON_CreateNull());
}

static void add_resource(struct arm *arm, cJSON *list, const cJSON *resource, const char *creator)
{
    static const char *const members[] = {"id", "type", "name"};
    const cJSON *owner = cJSON_GetObjectItem(base_json_at(resource, "tags"), "owner");
    const char *state = base_json_text(resource, "properties.provisioningState");
    cJSON *item = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        base_json_set_text(item, members[i], base_json_text(resource, members[i]));
    base_json_set(item, "ownedBy",
                  cJSON_IsString(owner) ? base_json_copy(owner) : cJSON_CreateNull());
    set_name_of(arm, item, "createdBy", creator);
    base_json_set_text(item, "provisioningState",
                       state ? state : base_json_text(resource, "provisioningState"));
    cJSON_AddItemToArray(list, item);
}

static void add_all(struct arm *arm, cJSON *list, cJSON *resources)
{
    const cJSON *resource;
    char creator[BASE_UUID_TEXT];

    cJSON_ArrayForEach(resource, resources)
    {
        const char *own = base_json_text(resource, "createdBy");
        sim_resource_creator(arm->world, base_json_text(resource, "id"), creator);
        add_resource(arm, list, resource, own ? own : creator);
    }
    cJSON_Delete(resources);
}

/* Groups, all resources kept in this process (also untracked children), and the index. */
static cJSON *view_resources(void *context)
{
    struct arm *arm = context;
    cJSON *list = cJSON_CreateArray();

    arm_index_settle(arm);
    add_all(arm, list, arm_docs_list(arm->groups, NULL));
    add_all(arm, list, sim_resource_list(arm->world, NULL, NULL));
    add_all(arm, list, sim_resource_going(arm->world, NULL, NULL));
    add_all(arm, list, arm_docs_list(arm->index, NULL));
    return list;
}

struct assignments {
    struct arm *arm;
    cJSON *list;
};

static void add_assignment(void *context, const struct sim_assignment *a)
{
    struct assignments *all = context;
    const struct sim_role *role = sim_role_find(a->role);
    cJSON *custom = role ? NULL : sim_role_definition(all->arm->world, a->role);
    const char *name = role ? role->name : base_json_text(custom, "roleName");
    cJSON *item = cJSON_CreateObject();

    base_json_set(item, "id",
                  base_json_textf("%s/providers/Microsoft.Authorization/roleAssignments/%s",
                                  strcmp(a->scope, "/") ? a->scope : "", a->name));
    base_json_set_text(item, "name", a->name);
    base_json_set_text(item, "scope", a->scope);
    base_json_set_text(item, "role", name ? name : a->role);
    base_json_set_text(item, "roleDefinitionId", a->role);
    base_json_set_text(item, "principalId", a->principal);
    set_name_of(all->arm, item, "principal", a->principal);
    set_name_of(all->arm, item, "createdBy", a->created_by);
    cJSON_AddItemToArray(all->list, item);
    cJSON_Delete(custom);
}

static cJSON *view_assignments(void *context)
{
    struct assignments all = {context, cJSON_CreateArray()};
    arm_index_settle(all.arm);
    sim_assignment_each(all.arm->world, add_assignment, &all);
    return all.list;
}

static void add_identity(cJSON *list, const char *kind, const cJSON *from,
                         const char *resource_member, const char *prefix)
{
    static const char *const members[] = {"principalId", "clientId", "tenantId"};
    cJSON *item = cJSON_CreateObject();

    base_json_set_text(item, "kind", kind);
    base_json_set_text(item, "resourceId", base_json_text(from, resource_member));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const cJSON *holder = *prefix ? base_json_at(from, prefix) : from;
        base_json_set_text(item, members[i], base_json_text(holder, members[i]));
    }
    cJSON_AddItemToArray(list, item);
}

static cJSON *view_identities(void *context)
{
    struct arm *arm = context;
    cJSON *list = cJSON_CreateArray(), *item;

    arm_index_settle(arm);
    cJSON *system = arm_docs_list(arm->identities, NULL);
    cJSON *user =
        sim_resource_list(arm->world, "Microsoft.ManagedIdentity/userAssignedIdentities", NULL);
    cJSON_ArrayForEach(item, system) add_identity(list, "SystemAssigned", item, "resourceId", "");
    cJSON_ArrayForEach(item, user) add_identity(list, "UserAssigned", item, "id", "properties");
    cJSON_Delete(system);
    cJSON_Delete(user);
    return list;
}

void arm_views_add(struct arm *arm)
{
    sim_view_add(arm->world, "arm", view_resources, arm);
    sim_view_add(arm->world, "roleAssignments", view_assignments, arm);
    sim_view_add(arm->world, "identities", view_identities, arm);
}
