/* kit/rbac_private.h: what rbac.c, scope.c and custom_roles.c share: one lock over all that decides who may do what. Private to the kit. */
#ifndef KIT_RBAC_PRIVATE_H
#define KIT_RBAC_PRIVATE_H

#include "simulators/kit/internal.h"
#include "simulators/kit/rbac.h"

struct sim_parent {
    char *child, *parent; /* ids of scopes */
};
struct sim_custom_role {
    char guid[BASE_UUID_TEXT];
    cJSON *definition;
};
struct sim_rbac {
    pthread_mutex_t lock;
    struct sim_assignment *items;
    size_t count;
    struct sim_parent *parents;
    size_t parent_count;
    struct sim_custom_role *roles;
    size_t role_count;
};

/* scope.c */
void sim_scopes_load(sim_world_t *world, struct sim_rbac *rbac);
void sim_scopes_release(struct sim_rbac *rbac);
bool sim_scope_reaches_locked(const struct sim_rbac *rbac, const char *scope, const char *id);
/* custom_roles.c */
void sim_custom_roles_load(sim_world_t *world, struct sim_rbac *rbac);
void sim_custom_roles_release(struct sim_rbac *rbac);
bool sim_custom_role_allows_locked(const struct sim_rbac *rbac, const char *guid,
                                   const char *action, bool data);

#endif
