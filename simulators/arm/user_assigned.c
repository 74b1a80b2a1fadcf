/* Decides what Microsoft.ManagedIdentity/userAssignedIdentities does: a resource with a principal of its own. */
#include "simulators/arm/assignments.h"
#include "simulators/arm/identity.h"
#include "simulators/kit/setting.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE "Microsoft.ManagedIdentity/userAssignedIdentities"
#define NAME_MAX_LEN 128

static const struct sim_setting_row settings[] = {
    {"identity-rate", SIM_SETTING_NUMBER, 1, 1000, NULL,
     "So many new managed identities a second a tenant, user-assigned and system-assigned together "
     "(Azure: about 8); more are answered 429 with Retry-After."},
};

/* Ids of this type answer with lower-case "resourcegroups", as recorded (facts of ARM, 4.4). */
static void lower_groups(cJSON *body)
{
    char *id = base_strdup(base_json_text(body, "id"));
    char *at = strcasestr(id, "/resourceGroups/");

    if (at)
        memcpy(at, "/resourcegroups/", strlen("/resourcegroups/"));
    base_json_set_text(body, "id", id);
    free(id);
}

/* A letter or digit first, then letters, digits, hyphens and underscores. */
static bool name_good(const char *name)
{
    size_t len = strlen(name);

    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '-' && *at != '_')
            return false;
    return len >= 3 && len <= NAME_MAX_LEN && isalnum((unsigned char)name[0]);
}

/* Seed, "Managed Identities": about 8 a second a tenant (ID-03). */
static bool too_many(struct sim_resource_call *call)
{
    int wait_s = call->resource ? 0 : arm_identity_wait_s(call->context, call->tenant);

    if (!wait_s)
        return false;
    sim_resource_refuse(
        call->response, 429, "TooManyRequests", NULL,
        "The request was throttled: more than %d identities a second were asked for "
        "in the tenant '%s'. Retry after %d seconds.",
        (int)sim_setting_number(call->world, "identity-rate"), call->tenant, wait_s);
    base_headers_addf(&call->response->headers, "Retry-After", "%d", wait_s);
    return true;
}

static bool put(struct sim_resource_call *call, cJSON *body)
{
    struct sim_principal principal = {.kind = SIM_PRINCIPAL_MANAGED_IDENTITY};
    cJSON *properties = base_json_at(body, "properties");
    const char *name = base_json_text(body, "name");

    if (!name_good(name)) {
        sim_resource_refuse(call->response, 400, "InvalidParameter", "name",
                            "The identity name '%.140s' is invalid; expected 3 to %d letters, "
                            "digits, hyphens and underscores, a letter or digit first.",
                            name, NAME_MAX_LEN);
        return false;
    }
    if (too_many(call))
        return false;
    lower_groups(body);
    if (!sim_principal_by_resource(call->world, base_json_text(body, "id"), &principal)) {
        snprintf(principal.tenant, sizeof principal.tenant, "%s", call->tenant);
        snprintf(principal.name, sizeof principal.name, "%s", name);
        snprintf(principal.resource_id, sizeof principal.resource_id, "%s",
                 base_json_text(body, "id"));
        sim_principal_put(call->world, &principal);
    }
    base_json_set_text(properties, "tenantId", principal.tenant);
    base_json_set_text(properties, "principalId", principal.object_id);
    base_json_set_text(properties, "clientId", principal.client_id);
    if (!call->resource)
        base_headers_set(&call->response->headers, "Location", base_json_text(body, "id"));
    return true;
}

static void changed(void *context, const cJSON *body, bool removed)
{
    struct arm *arm = context;
    const char *principal = base_json_text(body, "properties.principalId");

    if (!removed || !principal)
        return;
    arm_docs_remove(arm->credentials, principal);
    (void)sim_principal_remove(arm->world, principal);
}

static const char *const versions[] = {
    "2024-11-30",         "2023-07-31-preview", "2023-01-31",         "2022-01-31-preview",
    "2021-09-30-preview", "2018-11-30",         "2015-08-31-preview", NULL};
static const struct sim_resource_type types[] = {{
    .type = TYPE,
    .api_versions = versions,
    .tracked = true,
    .created = 201,
    .updated = 200,
    .deleted = 200,
    .put = put,
    .changed = changed,
}};

void arm_user_assigned_add(struct arm *arm)
{
    sim_setting_declare(arm->world, settings, sizeof settings / sizeof *settings);
    arm_assignment_settings(arm);
    (void)sim_provider_add(arm->world, "Microsoft.ManagedIdentity", types,
                           sizeof types / sizeof *types, arm);
}
