/* Decides which resource types and api-versions are known from the start. */
#include "simulators/arm/manifest.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define HEALTH "Microsoft.HealthcareApis"
/* What the reference RP serves; tests/unit/azsim_world/test_manifest.c compares. */
#define SHIPPED "2024-03-31", "2023-11-01", "2022-06-01", "2022-05-15", "2021-11-01"
#define GEN2 LIST(SHIPPED, "2020-11-01-preview")
#define GEN1 LIST("2020-05-01-preview")

const char *const arm_versions_resources[] = {
    "2026-06-01", "2025-04-01", "2025-03-01", "2024-11-01", "2024-08-01", "2024-07-01",
    "2024-03-01", "2023-07-01", "2022-09-01", "2022-06-01", "2021-04-01", "2021-01-01",
    "2020-10-01", "2020-08-01", "2020-06-01", "2019-10-01", "2019-08-01", "2019-07-01",
    "2019-05-10", "2019-05-01", "2018-05-01", "2018-02-01", "2017-05-10", "2016-09-01",
    "2016-06-01", "2015-11-01", "2015-01-01", NULL,
};
const char *const arm_versions_subscriptions[] = {
    "2022-12-01", "2022-09-01", "2021-10-01", "2021-04-01", "2021-01-01",
    "2020-01-01", "2019-11-01", "2019-06-01", "2018-06-01", "2016-06-01",
    "2015-11-01", "2015-01-01", "2014-04-01", NULL,
};
static const char *const authorization[] = {
    "2022-04-01",
    "2021-04-01-preview",
    "2020-10-01-preview",
    "2020-08-01-preview",
    "2020-04-01-preview",
    "2018-09-01-preview",
    "2018-07-01",
    "2018-01-01-preview",
    "2017-10-01-preview",
    "2015-07-01",
    NULL,
};

static const char *const management[] = {
    "2023-04-01", "2021-04-01",         "2020-10-01", "2020-05-01",
    "2020-02-01", "2018-03-01-preview", NULL,
};

const struct arm_manifest_row arm_manifest[] = {
    {"Microsoft.Resources", "tenants", arm_versions_subscriptions, false, false},
    {"Microsoft.Resources", "subscriptions", arm_versions_subscriptions, false, false},
    {"Microsoft.Resources", "subscriptions/locations", arm_versions_subscriptions, false, false},
    {"Microsoft.Resources", "providers", arm_versions_resources, false, false},
    {"Microsoft.Resources", "resourceGroups", arm_versions_resources, false, false},
    {"Microsoft.Resources", "resources", arm_versions_resources, false, false},
    {"Microsoft.Resources", "deployments", arm_versions_resources, false, false},
    {"Microsoft.Resources", "deployments/operations", arm_versions_resources, false, false},
    {"Microsoft.Resources", "deployments/operationStatuses", arm_versions_resources, false, false},
    {"Microsoft.Authorization", "roleAssignments", authorization, false, false},
    {"Microsoft.Authorization", "roleDefinitions", authorization, false, false},
    {"Microsoft.Authorization", "permissions", authorization, false, false},
    {"Microsoft.Authorization", "locks",
     LIST("2020-05-01", "2017-04-01", "2016-09-01", "2015-01-01"), false, false},
    {"Microsoft.Management", "managementGroups", management, false, false},
    {"Microsoft.Management", "managementGroups/subscriptions", management, false, false},
    {"Microsoft.Management", "managementGroups/descendants", management, false, false},
    {"Microsoft.ManagedIdentity", "identities",
     LIST("2024-11-30", "2023-01-31", "2022-01-31-preview", "2018-11-30"), false, false},
    {HEALTH, "workspaces", GEN2, true, true},
    {HEALTH, "workspaces/iotconnectors", GEN2, true, true},
    {HEALTH, "workspaces/iotconnectors/fhirdestinations", LIST(SHIPPED), false, true},
    {HEALTH, "workspaces/iotconnectors/destinations", LIST("2020-11-01-preview"), false, true},
    {HEALTH, "workspaces/iotconnectors/mappings", LIST("2020-11-01-preview"), false, true},
    {HEALTH, "services/iomtconnectors", GEN1, true, true},
    {HEALTH, "services/iomtconnectors/connections", GEN1, false, true},
    {HEALTH, "services/iomtconnectors/mappings", GEN1, false, true},
};
const size_t arm_manifest_count = sizeof arm_manifest / sizeof *arm_manifest;

/* The seed's texts write both forms. */
const struct arm_manifest_alias arm_manifest_aliases[] = {
    {HEALTH, "workspace", "workspaces"},
    {HEALTH, "destination", "destinations"},
};
const size_t arm_manifest_alias_count = sizeof arm_manifest_aliases / sizeof *arm_manifest_aliases;
