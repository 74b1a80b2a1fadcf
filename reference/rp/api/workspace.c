/* Decides what a workspace may say about itself. */
#include "reference/rp/api/model.h"
#include "common/text.h"

#include <string.h>

static const char *const PROPERTIES[] = {"provisioningState", "provisioningError",
                                         "publicNetworkAccess", "privateEndpointConnections", NULL};
static const char *const ACCESS[] = {"Enabled", "Disabled"};
static const char *const SKUS[] = {"Consumption", "Dedicated"}; /* WS-03 */

/* Canonical word of a two-word list; NULL when it is neither. */
static const char *one_of(const char *const words[2], const cJSON *node)
{
    for (size_t i = 0; cJSON_IsString(node) && i < 2; i++)
        if (base_equal_nocase(words[i], node->valuestring))
            return words[i];
    return NULL;
}

static void read_sku(const struct rp_reading *in, cJSON *desired, struct rp_faults *faults)
{
    const cJSON *sku = cJSON_GetObjectItemCaseSensitive(in->body, "sku");
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(sku, "name");
    const char *had = in->current ? base_json_text(in->current->desired, "sku.name") : NULL;
    static const char *const MEMBERS[] = {"name", NULL};
    bool given = sku && !cJSON_IsNull(sku);
    const char *wanted = given ? one_of(SKUS, name) : had ? had : SKUS[0];

    if (given && !cJSON_IsObject(sku)) {
        rp_fault(faults, RP_BAD, "sku",
                 "sku: found %s, expected {\"name\": \"Consumption\"} or "
                 "{\"name\": \"Dedicated\"}",
                 rp_found(sku));
        return;
    }
    rp_refuse_unknown(given ? sku : NULL, "sku", MEMBERS, faults);
    if (!wanted) {
        rp_fault(faults, RP_BAD, "sku.name",
                 "sku.name: found %s, expected Consumption or Dedicated", rp_found(name));
        return;
    }
    if (had && strcmp(had, wanted))
        rp_fault(faults, "PropertyChangeNotAllowed", "sku.name",
                 "sku.name: found \"%s\"; it is \"%s\" and cannot change", wanted, had);
    base_json_set(desired, "sku", cJSON_CreateObject());
    base_json_set_text(base_json_at(desired, "sku"), "name", wanted);
}

static void read_kind(const struct rp_reading *in, cJSON *desired, struct rp_faults *faults)
{
    const cJSON *kind = cJSON_GetObjectItemCaseSensitive(in->body, "kind");

    if (!in->version->design && in->current) /* what is not seen is not changed */
        base_json_set_text(desired, "kind", base_json_text(in->current->desired, "kind"));
    if (!kind || cJSON_IsNull(kind))
        return;
    if (!cJSON_IsString(kind) || !*kind->valuestring || strlen(kind->valuestring) > 64)
        rp_fault(faults, RP_BAD, "kind", "kind: found %s, expected a short text", rp_found(kind));
    else
        base_json_set_text(desired, "kind", kind->valuestring);
}

void rp_workspace_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                       struct rp_faults *faults)
{
    const cJSON *access = cJSON_GetObjectItemCaseSensitive(properties, "publicNetworkAccess"),
                *endpoints =
                    cJSON_GetObjectItemCaseSensitive(properties, "privateEndpointConnections");

    rp_refuse_unknown(properties, "properties", PROPERTIES, faults);
    if (endpoints && !cJSON_IsNull(endpoints) &&
        (!cJSON_IsArray(endpoints) || cJSON_GetArraySize(endpoints)))
        rp_fault(faults, RP_BAD, "properties.privateEndpointConnections",
                 "properties.privateEndpointConnections is read-only: found %s, expected nothing",
                 rp_found(endpoints));
    read_sku(in, desired, faults);
    read_kind(in, desired, faults);
    if (!access || cJSON_IsNull(access))
        return;
    if (!one_of(ACCESS, access))
        rp_fault(faults, RP_BAD, "properties.publicNetworkAccess",
                 "properties.publicNetworkAccess: found %s, expected Enabled or Disabled",
                 rp_found(access));
    else
        base_json_set_text(desired, "publicNetworkAccess", one_of(ACCESS, access));
}

void rp_workspace_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                       cJSON *properties)
{
    const char *access = base_json_text(desired, "publicNetworkAccess"),
               *kind = base_json_text(desired, "kind");

    if (kind && version->design)
        base_json_set_text(out, "kind", kind);
    if (version->design)
        base_json_set(out, "sku", base_json_copy(base_json_at(desired, "sku")));
    if (access)
        base_json_set_text(properties, "publicNetworkAccess", access);
}
