/* Decides which operation a method and a path mean. */
#include "simulators/arm/routes.h"
#include "simulators/arm/front.h"
#include "simulators/arm/locks.h"
#include "simulators/arm/management_groups.h"
#include "simulators/arm/manifest.h"

#include <string.h>
#include <strings.h>

#define SUB "/subscriptions/{subscription}"
#define GROUP SUB "/resourceGroups/{group}"
#define AUTH "{scope}/providers/Microsoft.Authorization"
#define MANAGEMENT "/providers/Microsoft.Management/managementGroups"
#define DEPLOY "{scope}/providers/Microsoft.Resources/deployments"
#define ARM_DEPLOYMENT_READ "Microsoft.Resources/deployments/operations/read"
#define GROUP_ACTION "Microsoft.Resources/subscriptions/resourceGroups"
#define OWN arm_versions_resources
#define SUBS arm_versions_subscriptions
#define SEE ARM_ROUTE_VISIBLE
#define RES ARM_ROUTE_RESOURCE

static const struct arm_route routes[] = {
    {"GET", "/metadata/endpoints", "Metadata_Endpoints", NULL, NULL, ARM_ROUTE_ANONYMOUS,
     arm_metadata_endpoints},
    {"GET", "/tenants", "Tenants_List", NULL, SUBS, ARM_ROUTE_ANYONE, arm_tenants_list},
    {"GET", "/subscriptions", "Subscriptions_List", NULL, SUBS, ARM_ROUTE_ANYONE,
     arm_subscriptions_list},
    {"GET", SUB, "Subscriptions_Get", NULL, SUBS, SEE, arm_subscriptions_get},
    {"GET", SUB "/locations", "Subscriptions_ListLocations", NULL, SUBS, SEE, arm_locations_list},
    {"GET", "/providers", "Providers_ListAtTenantScope", NULL, OWN, ARM_ROUTE_ANYONE,
     arm_providers_list},
    {"GET", "/providers/{namespace}", "Providers_GetAtTenantScope", NULL, OWN, ARM_ROUTE_ANYONE,
     arm_providers_get},
    {"GET", SUB "/providers", "Providers_List", NULL, OWN, SEE, arm_providers_list},
    {"GET", SUB "/providers/{namespace}", "Providers_Get", NULL, OWN, SEE, arm_providers_get},
    {"POST", SUB "/providers/{namespace}/register", "Providers_Register", "*/register/action", OWN,
     0, arm_providers_register},
    {"POST", SUB "/providers/{namespace}/unregister", "Providers_Unregister", "*/unregister/action",
     OWN, 0, arm_providers_unregister},
    {"GET", SUB "/resourceGroups", "ResourceGroups_List", NULL, OWN, ARM_ROUTE_FILTERED,
     arm_groups_list},
    {"PUT", GROUP, "ResourceGroups_CreateOrUpdate", GROUP_ACTION "/write", OWN, ARM_ROUTE_GROUP,
     arm_groups_put},
    {"GET", GROUP, "ResourceGroups_Get", GROUP_ACTION "/read", OWN, ARM_ROUTE_GROUP,
     arm_groups_get},
    {"HEAD", GROUP, "ResourceGroups_CheckExistence", GROUP_ACTION "/read", OWN, ARM_ROUTE_GROUP,
     arm_groups_head},
    {"PATCH", GROUP, "ResourceGroups_Update", GROUP_ACTION "/write", OWN, ARM_ROUTE_GROUP,
     arm_groups_patch},
    {"DELETE", GROUP, "ResourceGroups_Delete", GROUP_ACTION "/delete", OWN, ARM_ROUTE_GROUP,
     arm_groups_delete},
    {"GET", SUB "/operationresults/{operation}", "Operations_Result", NULL, NULL, SEE,
     arm_operation_result},
    {"GET", SUB "/resources", "Resources_List", NULL, OWN, ARM_ROUTE_FILTERED, arm_resources_list},
    {"GET", GROUP "/resources", "Resources_ListByResourceGroup", NULL, OWN, ARM_ROUTE_FILTERED,
     arm_resources_list},

    {"GET", AUTH "/roleAssignments", "RoleAssignments_ListForScope", NULL, NULL, RES,
     arm_role_assignments_list},
    {"GET", AUTH "/roleAssignments/{name}", "RoleAssignments_Get", NULL, NULL, RES,
     arm_role_assignments_get},
    {"PUT", AUTH "/roleAssignments/{name}", "RoleAssignments_Create", NULL, NULL, RES,
     arm_role_assignments_put},
    {"DELETE", AUTH "/roleAssignments/{name}", "RoleAssignments_Delete", NULL, NULL, RES,
     arm_role_assignments_delete},
    {"GET", AUTH "/roleDefinitions", "RoleDefinitions_List", NULL, NULL, RES,
     arm_role_definitions_list},
    {"GET", AUTH "/roleDefinitions/{name}", "RoleDefinitions_Get", NULL, NULL, RES,
     arm_role_definitions_get},
    {"PUT", AUTH "/roleDefinitions/{name}", "RoleDefinitions_CreateOrUpdate", NULL, NULL, RES,
     arm_role_definitions_put},
    {"DELETE", AUTH "/roleDefinitions/{name}", "RoleDefinitions_Delete", NULL, NULL, RES,
     arm_role_definitions_delete},
    {"GET", AUTH "/locks", "ManagementLocks_ListByScope", NULL, NULL, RES, arm_locks_list},
    {"GET", AUTH "/locks/{name}", "ManagementLocks_GetByScope", NULL, NULL, RES, arm_locks_get},
    {"PUT", AUTH "/locks/{name}", "ManagementLocks_CreateOrUpdateByScope", NULL, NULL, RES,
     arm_locks_put},
    {"DELETE", AUTH "/locks/{name}", "ManagementLocks_DeleteByScope", NULL, NULL, RES,
     arm_locks_delete},
    {"GET", MANAGEMENT, "ManagementGroups_List", NULL, NULL, RES | ARM_ROUTE_FILTERED,
     arm_management_groups_list},
    {"GET", MANAGEMENT "/{name}", "ManagementGroups_Get", NULL, NULL, RES,
     arm_management_groups_get},
    {"PUT", MANAGEMENT "/{name}", "ManagementGroups_CreateOrUpdate", NULL, NULL,
     RES | ARM_ROUTE_ANYONE, arm_management_groups_put},
    {"DELETE", MANAGEMENT "/{name}", "ManagementGroups_Delete", NULL, NULL, RES,
     arm_management_groups_delete},
    {"GET", MANAGEMENT "/{name}/descendants", "ManagementGroups_GetDescendants",
     "Microsoft.Management/managementGroups/descendants/read", NULL, RES,
     arm_management_groups_descendants},
    {"GET", MANAGEMENT "/{name}/subscriptions",
     "ManagementGroupSubscriptions_GetSubscriptionsUnderManagementGroup", NULL, NULL, RES,
     arm_management_members_list},
    {"GET", MANAGEMENT "/{name}/subscriptions/{subscription}",
     "ManagementGroupSubscriptions_GetSubscription", NULL, NULL, RES, arm_management_members_get},
    {"PUT", MANAGEMENT "/{name}/subscriptions/{subscription}",
     "ManagementGroupSubscriptions_Create", NULL, NULL, RES, arm_management_members_put},
    {"DELETE", MANAGEMENT "/{name}/subscriptions/{subscription}",
     "ManagementGroupSubscriptions_Delete", NULL, NULL, RES, arm_management_members_delete},
    {"GET", AUTH "/permissions", "Permissions_ListForScope", NULL, NULL, RES | ARM_ROUTE_ANYONE,
     arm_permissions_list},
    {"GET", "{scope}/providers/Microsoft.ManagedIdentity/identities/default",
     "SystemAssignedIdentities_GetByScope", NULL, NULL, RES, arm_identity_get},

    {"PUT", DEPLOY "/{name}", "Deployments_CreateOrUpdate", NULL, NULL, RES | ARM_ROUTE_BODY,
     arm_deployments_put},
    {"POST", DEPLOY "/{name}/validate", "Deployments_Validate", NULL, NULL, RES | ARM_ROUTE_BODY,
     arm_deployments_validate},
    {"POST", DEPLOY "/{name}/whatIf", "Deployments_WhatIf", NULL, NULL, RES | ARM_ROUTE_BODY,
     arm_deployments_what_if},
    {"POST", DEPLOY "/{name}/cancel", "Deployments_Cancel", NULL, NULL, RES,
     arm_deployments_cancel},
    {"POST", DEPLOY "/{name}/exportTemplate", "Deployments_ExportTemplate", NULL, NULL, RES,
     arm_deployments_export},
    {"GET", DEPLOY "/{name}", "Deployments_Get", NULL, NULL, RES, arm_deployments_get},
    {"HEAD", DEPLOY "/{name}", "Deployments_CheckExistence", NULL, NULL, RES, arm_deployments_head},
    {"DELETE", DEPLOY "/{name}", "Deployments_Delete", NULL, NULL, RES, arm_deployments_delete},
    {"GET", DEPLOY, "Deployments_List", NULL, NULL, RES, arm_deployments_list},
    {"GET", DEPLOY "/{name}/operationStatuses/{operation}", "Deployments_Status", NULL, NULL, RES,
     arm_deployments_status},
    {"GET", DEPLOY "/{name}/operations", "DeploymentOperations_List", NULL, NULL, RES,
     arm_deployment_operations_list},
    {"GET", DEPLOY "/{name}/operations/{operation}", "DeploymentOperations_Get", NULL, NULL, RES,
     arm_deployment_operations_get},
    {"GET", GROUP "/deployments/{name}/operations", "DeploymentOperations_ListByResourceGroup",
     ARM_DEPLOYMENT_READ, OWN, 0, arm_deployment_operations_list},
    {"GET", GROUP "/deployments/{name}/operations/{operation}",
     "DeploymentOperations_GetByResourceGroup", ARM_DEPLOYMENT_READ, OWN, 0,
     arm_deployment_operations_get},
    {"POST", "/providers/Microsoft.Resources/calculateTemplateHash",
     "Deployments_CalculateTemplateHash", NULL, OWN, ARM_ROUTE_ANYONE | ARM_ROUTE_BODY,
     arm_deployments_hash},

    {"GET", "{scope}/providers/{namespace}/**", "Resources_GetById", NULL, NULL, RES,
     arm_resource_handle},
    {"HEAD", "{scope}/providers/{namespace}/**", "Resources_CheckExistenceById", NULL, NULL, RES,
     arm_resource_handle},
    {"PUT", "{scope}/providers/{namespace}/**", "Resources_CreateOrUpdateById", NULL, NULL, RES,
     arm_resource_handle},
    {"PATCH", "{scope}/providers/{namespace}/**", "Resources_UpdateById", NULL, NULL, RES,
     arm_resource_handle},
    {"DELETE", "{scope}/providers/{namespace}/**", "Resources_DeleteById", NULL, NULL, RES,
     arm_resource_handle},
    {"POST", "{scope}/providers/{namespace}/**", "Resources_InvokeAction", NULL, NULL, RES,
     arm_resource_handle},
};

bool arm_route_info(size_t index, struct arm_route_info *out)
{
    if (index >= sizeof routes / sizeof *routes)
        return arm_msi_route_info(index - sizeof routes / sizeof *routes, out);
    *out =
        (struct arm_route_info){routes[index].method, routes[index].path, routes[index].operation};
    return true;
}

/* Compares one pattern segment ("{x}" or a word) with a part. */
static bool segment_matches(const char *pattern, size_t len, const char *part)
{
    return (len && *pattern == '{') || (strlen(part) == len && !strncasecmp(part, pattern, len));
}

/* Matches `pattern` against the parts from `at` to the end. */
static bool matches_from(const char *pattern, const struct arm_target *target, size_t at)
{
    while (*pattern == '/') {
        size_t len = strcspn(++pattern, "/");
        if (!strncmp(pattern, "**", len) && len == 2)
            return at < target->count;
        if (at >= target->count || !segment_matches(pattern, len, target->parts[at]))
            return false;
        at++;
        pattern += len;
    }
    return at == target->count;
}

static bool matches(const char *pattern, const struct arm_target *target)
{
    static const char scope[] = "{scope}";

    if (strncmp(pattern, scope, strlen(scope)))
        return matches_from(pattern, target, 0);
    return target->provider && matches_from(pattern + strlen(scope), target, target->first - 2);
}

const struct arm_route *arm_route_find(const char *method, const struct arm_target *target,
                                       bool *wrong_method)
{
    *wrong_method = false;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!matches(routes[i].path, target))
            continue;
        if (base_equal(routes[i].method, method))
            return &routes[i];
        *wrong_method = true;
    }
    return NULL;
}
