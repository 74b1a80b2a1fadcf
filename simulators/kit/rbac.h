/* kit/rbac.h: role definitions and role assignments, and the one question every service asks of
 * them. Source: Azure RBAC built-in roles; scopes are ARM ids, inherited downwards, compared
 * without case. Thread-safe. */
#ifndef KIT_RBAC_H
#define KIT_RBAC_H

#include "simulators/kit/world.h"

struct sim_role { /* a built-in role */
    const char *name, *guid, *description;
    const char *const *actions, *const *not_actions,
                                    *const *data_actions; /* NULL-terminated globs */
};
/* A built-in role by guid or by name; NULL when unknown. */
const struct sim_role *sim_role_find(const char *guid_or_name);
size_t sim_role_count(void);
const struct sim_role *sim_role_at(size_t index);

/* Custom roles. `definition` as ARM's properties of a role definition: {"roleName","description",
 * "permissions":[{actions,notActions,dataActions,notDataActions}],"assignableScopes"}; copied. The
 * rules (who may, which names) are the ARM simulator's. Copies of them carry "guid" as well. */
void sim_role_put(sim_world_t *world, const char *guid, const cJSON *definition);
bool sim_role_remove(sim_world_t *world, const char *guid); /* false when there is none */
cJSON *sim_role_definition(sim_world_t *world,
                           const char *guid_or_name) BASE_MUST_USE; /* NULL when unknown */
cJSON *sim_role_definitions(sim_world_t *world) BASE_MUST_USE;      /* an array */
/* The guid of a role, built-in or custom; false when there is none. */
bool sim_role_known(sim_world_t *world, const char *guid_or_name, char guid[BASE_UUID_TEXT]);

struct sim_assignment {
    char name[BASE_UUID_TEXT]; /* the assignment's guid */
    char scope[512];           /* "/" for everything */
    char role[BASE_UUID_TEXT]; /* role definition guid */
    char principal[BASE_UUID_TEXT];
    char principal_type[32]; /* "ServicePrincipal" */
    char created_by[BASE_UUID_TEXT];
    int64_t created_ms, updated_ms;
    int64_t
        seen_ms; /* from when services see it; set by sim_assignment_put (setting role-assignment-lag) */
};
/* Records; replaces one of the same scope and name. The rules (RoleAssignmentExists, ...) are the
 * ARM simulator's. */
void sim_assignment_put(sim_world_t *world, const struct sim_assignment *assignment);
bool sim_assignment_get(sim_world_t *world, const char *scope, const char *name,
                        struct sim_assignment *out);
bool sim_assignment_remove(sim_world_t *world, const char *scope, const char *name);
/* Removes all at or below a scope (its resource was deleted). Returns how many. */
size_t sim_assignment_remove_below(sim_world_t *world, const char *scope);
void sim_assignment_each(sim_world_t *world,
                         void (*each)(void *context, const struct sim_assignment *assignment),
                         void *context);

/* May `object_id` do `action` ("Microsoft.EventHub/namespaces/read", or a data action with `data`)
 * at `scope`? */
bool sim_rbac_allows(sim_world_t *world, const char *object_id, const char *action, bool data,
                     const char *scope);
/* Is `scope` the same as or above `id`, by the text of the ids alone? */
bool sim_scope_covers(const char *scope, const char *id);
/* The same, also when `scope` is a management group above the subscription or group of `id`. */
bool sim_scope_reaches(sim_world_t *world, const char *scope, const char *id);
/* Puts a subscription ("/subscriptions/{guid}") or a management group
 * ("/providers/Microsoft.Management/managementGroups/{id}") below a management group; parent NULL:
 * below nothing. The caller sees to it that there is no ring. */
void sim_scope_parent_set(sim_world_t *world, const char *child, const char *parent);
char *sim_scope_parent(sim_world_t *world, const char *child) BASE_MUST_USE; /* free; NULL: none */
/* Ids of what lies directly below: an array of texts. */
cJSON *sim_scope_children(sim_world_t *world, const char *parent) BASE_MUST_USE;

#endif
