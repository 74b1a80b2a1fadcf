/* Says what Microsoft.HealthcareApis accepts behind ARM for its FHIR services, Gen 1 and Gen 2
 * (facts arm.md §3). */
#include "simulators/fhir/world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SHIPPED                                                                                    \
    "2025-04-01-preview", "2024-03-31", "2024-03-01", "2023-11-01", "2023-09-06", "2023-02-28",    \
        "2022-12-01", "2022-10-01-preview", "2022-06-01", "2022-05-15", "2022-04-01-preview",      \
        "2022-01-31-preview", "2021-11-01", "2021-06-01-preview"

static bool service_put(struct sim_resource_call *call, cJSON *body);
static void service_changed(void *context, const cJSON *body, bool removed);

static const char *const gen1_versions[] = {
    SHIPPED,      "2021-01-11", "2020-05-01-preview", "2020-03-30",
    "2020-03-15", "2019-09-16", "2018-08-20-preview", NULL};
static const char *const gen2_versions[] = {SHIPPED, NULL};

static const struct sim_resource_type types[] = {
    {.type = "Microsoft.HealthcareApis/services",
     .api_versions = gen1_versions,
     .tracked = true,
     .created = 201,
     .updated = 200,
     .deleted = 200,
     .put = service_put,
     .changed = service_changed},
    {.type = "Microsoft.HealthcareApis/workspaces/fhirservices",
     .api_versions = gen2_versions,
     .tracked = true,
     .created = 201,
     .updated = 200,
     .deleted = 200,
     .put = service_put,
     .changed = service_changed},
};

void fhir_arm_add(fhir_t *fhir)
{
    sim_provider_add(fhir->world, "Microsoft.HealthcareApis", types, sizeof types / sizeof *types,
                     fhir);
}

/* facts arm.md §3.3 */
static bool name_ok(struct sim_resource_call *call)
{
    const char *name = call->id.names[call->id.depth - 1];
    size_t len = strlen(name);
    bool good = len >= 3 && len <= 24 && isalnum((unsigned char)name[0]) &&
                isalnum((unsigned char)name[len - 1]);

    for (const char *at = name; *at && good; at++)
        good = isalnum((unsigned char)*at) || *at == '-';
    if (!good)
        sim_resource_refuse(call->response, 400, "InvalidParameter", "resourceName",
                            "The name '%s' is not valid: expected 3 to 24 letters, digits and "
                            "hyphens, with a letter or digit at both ends.",
                            name);
    return good;
}

/* Host names are global: another group's or subscription's service keeps its own. */
static bool host_free(struct sim_resource_call *call)
{
    char *host = fhir_service_host(call->path);
    struct fhir_service other;
    bool good = !fhir_service_find(call->context, call->request->arena, host, &other) ||
                base_equal_nocase(other.arm_id, call->path);

    if (!good)
        sim_resource_refuse(call->response, 409, "NameUnavailable", "resourceName",
                            "The name of the service is taken: %s is in use.", host);
    free(host);
    return good;
}

static bool kind_ok(struct sim_resource_call *call, cJSON *body)
{
    static const char *const kinds[] = {"fhir-R4", "fhir"}; /* the second is Gen 1's alone */
    size_t count = call->id.depth == 1 ? 2 : 1;
    const char *kind = base_json_text(body, "kind");

    for (size_t i = 0; kind && i < count; i++)
        if (base_equal_nocase(kind, kinds[i]))
            return true;
    sim_resource_refuse(call->response, 400, "InvalidParameter", "kind",
                        "The kind '%s' is not served here: expected fhir-R4.", kind ? kind : "");
    return false;
}

static cJSON *member(cJSON *object, const char *name)
{
    cJSON *node = base_json_at(object, name);

    if (cJSON_IsObject(node))
        return node;
    base_json_set(object, name, cJSON_CreateObject());
    return base_json_at(object, name);
}

static void default_text(cJSON *object, const char *name, const char *text)
{
    if (!base_json_at(object, name))
        base_json_set_text(object, name, text);
}

static bool authentication_ok(struct sim_resource_call *call, cJSON *properties)
{
    cJSON *settings = member(properties, "authenticationConfiguration");
    char *host = fhir_service_host(call->path), *audience = base_asprintf("https://%s", host);
    const char *tenant = base_is_uuid(call->tenant) ? call->tenant : "common";
    char *authority = base_asprintf("https://login.microsoftonline.com/%s", tenant);
    struct base_uri uri;

    default_text(settings, "authority", authority);
    default_text(settings, "audience", audience);
    if (!base_json_at(settings, "smartProxyEnabled"))
        base_json_set_bool(settings, "smartProxyEnabled", false);
    const char *given = base_json_text(settings, "authority");
    bool good = given && base_uri_parse(call->request->arena, given, &uri) &&
                base_json_text(settings, "audience");
    if (!good)
        sim_resource_refuse(call->response, 400, "InvalidParameter", "authenticationConfiguration",
                            "The authentication configuration is not valid: expected an authority "
                            "such as %s and an audience such as %s.",
                            authority, audience);
    free(authority);
    free(audience);
    free(host);
    return good;
}

static bool policies_ok(struct sim_resource_call *call, cJSON *properties)
{
    cJSON *policies = base_json_at(properties, "accessPolicies"), *policy;

    if (!policies)
        base_json_set(properties, "accessPolicies", cJSON_CreateArray());
    cJSON_ArrayForEach(policy, policies)
    {
        const char *id = base_json_text(policy, "objectId");
        if (id && base_is_uuid(id))
            continue;
        sim_resource_refuse(call->response, 400, "InvalidParameter", "accessPolicies",
                            "The access policy's objectId '%s' is not valid: expected a GUID.",
                            id ? id : "");
        return false;
    }
    return true;
}

static bool service_put(struct sim_resource_call *call, cJSON *body)
{
    cJSON *properties = member(body, "properties");
    char etag[33];

    if (!name_ok(call) || !kind_ok(call, body) || !host_free(call) ||
        !authentication_ok(call, properties) || !policies_ok(call, properties))
        return false;
    if (call->id.depth == 1 && !base_json_at(properties, "cosmosDbConfiguration"))
        base_json_set_number(member(properties, "cosmosDbConfiguration"), "offerThroughput", 1000);
    default_text(properties, "publicNetworkAccess", "Enabled");
    base_json_set_text(properties, "provisioningState", "Succeeded");
    base_random_hex(sim_world_random(call->world), etag, 32);
    base_json_set(body, "etag", base_json_textf("\"%s\"", etag));
    return true;
}

/* The store is a file of ours: when it refuses, nothing here can go on. */
static void service_changed(void *context, const cJSON *body, bool removed)
{
    struct base_error err = {0};
    enum base_status status = removed
                                  ? fhir_service_remove(context, base_json_text(body, "id"), &err)
                                  : fhir_service_put(context, body, &err);

    if (status != BASE_OK)
        BUG("the FHIR store refuses: %s", err.message);
}
