/* simulators/arm/routes.h: what ARM can be asked, as a table. Private to the room. */
#ifndef ARM_ROUTES_H
#define ARM_ROUTES_H

#include "simulators/arm/call.h"

enum arm_route_flags {
    ARM_ROUTE_ANONYMOUS = 1, /* needs neither version nor token */
    ARM_ROUTE_ANYONE = 2,    /* needs a token but no role */
    ARM_ROUTE_VISIBLE = 4,   /* any role at, above or below the subscription will do */
    ARM_ROUTE_FILTERED = 8,  /* the handler shows what the caller may see */
    ARM_ROUTE_RESOURCE = 16, /* checked by namespace and type */
    ARM_ROUTE_GROUP = 32,    /* is about the group itself: the handler looks whether it exists */
    ARM_ROUTE_BODY = 64,     /* the handler reads the body itself: it need not be strict JSON */
};

struct arm_route {
    const char *method;
    const char
        *path; /* "{x}" one segment, leading "{scope}" any number, trailing "**" one or more */
    const char *operation;
    const char *action;          /* RBAC action at target.id; NULL: from type and verb */
    const char *const *versions; /* NULL: those of the type */
    unsigned flags;
    void (*handle)(struct arm_call *call);
};

/* NULL: no such path, or (*wrong_method) no such method there. */
const struct arm_route *arm_route_find(const char *method, const struct arm_target *target,
                                       bool *wrong_method);

/* The handlers, each in the file of its group. */
void arm_metadata_endpoints(struct arm_call *call);
void arm_tenants_list(struct arm_call *call);
void arm_subscriptions_list(struct arm_call *call);
void arm_subscriptions_get(struct arm_call *call);
void arm_locations_list(struct arm_call *call);
void arm_providers_list(struct arm_call *call);
void arm_providers_get(struct arm_call *call);
void arm_providers_register(struct arm_call *call);
void arm_providers_unregister(struct arm_call *call);
void arm_groups_list(struct arm_call *call);
void arm_groups_put(struct arm_call *call);
void arm_groups_get(struct arm_call *call);
void arm_groups_head(struct arm_call *call);
void arm_groups_patch(struct arm_call *call);
void arm_groups_delete(struct arm_call *call);
void arm_operation_result(struct arm_call *call);
void arm_resources_list(struct arm_call *call);
void arm_resource_handle(struct arm_call *call);
void arm_identity_get(struct arm_call *call);
void arm_role_assignments_list(struct arm_call *call);
void arm_role_assignments_get(struct arm_call *call);
void arm_role_assignments_put(struct arm_call *call);
void arm_role_assignments_delete(struct arm_call *call);
void arm_role_definitions_list(struct arm_call *call);
void arm_role_definitions_get(struct arm_call *call);
void arm_role_definitions_put(struct arm_call *call);
void arm_role_definitions_delete(struct arm_call *call);
void arm_permissions_list(struct arm_call *call);
void arm_deployments_put(struct arm_call *call);
void arm_deployments_validate(struct arm_call *call);
void arm_deployments_what_if(struct arm_call *call);
void arm_deployments_get(struct arm_call *call);
void arm_deployments_head(struct arm_call *call);
void arm_deployments_list(struct arm_call *call);
void arm_deployments_delete(struct arm_call *call);
void arm_deployments_cancel(struct arm_call *call);
void arm_deployments_export(struct arm_call *call);
void arm_deployments_status(struct arm_call *call);
void arm_deployments_hash(struct arm_call *call);
void arm_deployment_operations_list(struct arm_call *call);
void arm_deployment_operations_get(struct arm_call *call);

#endif
