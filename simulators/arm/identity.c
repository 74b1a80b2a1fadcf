/* Decides when the principal of a resource's system-assigned identity is made, found and deleted. */
#include "simulators/arm/identity.h"
#include "simulators/arm/regions.h"
#include "simulators/arm/routes.h"
#include "simulators/kit/rate.h"
#include "simulators/kit/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool word_is(const char *text, size_t len, const char *word)
{
    while (len && *text == ' ')
        text++, len--;
    while (len && text[len - 1] == ' ')
        len--;
    return strlen(word) == len && !strncasecmp(text, word, len);
}

bool arm_identity_system(const cJSON *body)
{
    const char *type = cJSON_GetStringValue(base_json_at_nocase(body, "identity.type"));

    while (type && *type) {
        size_t len = strcspn(type, ",");
        if (word_is(type, len, "SystemAssigned"))
            return true;
        type += len + (type[len] == ',');
    }
    return false;
}

static const char *credentials_url(struct base_arena *arena, const cJSON *document)
{
    struct base_buf path = {0};
    const struct arm_region *region = arm_region_find(base_json_text(document, "location"));

    base_uri_encode(&path, base_json_text(document, "resourceId"), "/");
    const char *url = base_arena_printf(
        arena, "https://control-%s.identity.azure.net%s/credentials?tid=%s&oid=%s&aid=%s",
        region ? region->name : "global", path.data, base_json_text(document, "tenantId"),
        base_json_text(document, "principalId"), base_json_text(document, "clientId"));
    base_buf_release(&path);
    return url;
}

static void fill(struct base_arena *arena, const cJSON *document, struct arm_identity *out)
{
    snprintf(out->principal, sizeof out->principal, "%s", base_json_text(document, "principalId"));
    snprintf(out->client, sizeof out->client, "%s", base_json_text(document, "clientId"));
    snprintf(out->tenant, sizeof out->tenant, "%s", base_json_text(document, "tenantId"));
    out->url = credentials_url(arena, document);
}

bool arm_identity_find(struct arm *arm, struct base_arena *arena, const char *id,
                       struct arm_identity *out)
{
    cJSON *document = arm_docs_get(arm->identities, id);

    if (document)
        fill(arena, document, out);
    cJSON_Delete(document);
    return document != NULL;
}

static void make(struct arm *arm, const char *id, const char *tenant, const char *location)
{
    struct sim_principal principal = {.kind = SIM_PRINCIPAL_MANAGED_IDENTITY};
    const struct arm_region *region = arm_region_find(location);
    cJSON *document = cJSON_CreateObject();

    snprintf(principal.tenant, sizeof principal.tenant, "%s", tenant);
    snprintf(principal.name, sizeof principal.name, "%s", strrchr(id, '/') + 1);
    snprintf(principal.resource_id, sizeof principal.resource_id, "%s", id);
    sim_principal_put(arm->world, &principal);
    base_json_set_text(document, "resourceId", id);
    base_json_set_text(document, "principalId", principal.object_id);
    base_json_set_text(document, "clientId", principal.client_id);
    base_json_set_text(document, "tenantId", tenant);
    base_json_set_text(document, "location", region ? region->name : "global");
    arm_docs_put(arm->identities, id, document);
}

int arm_identity_wait_s(struct arm *arm, const char *tenant)
{
    int64_t most = sim_setting_number(arm->world, "identity-rate");
    char key[64];

    if (most <= 0)
        return 0;
    snprintf(key, sizeof key, "managedidentity/%s", tenant);
    return sim_rate_take(arm->world, key, most);
}

static bool refuse_identity(struct arm_call *call, int wait_s)
{
    base_headers_addf(&call->response->headers, "Retry-After", "%d", wait_s);
    return arm_refuse(
        call->response, ARM_IDENTITY_THROTTLED, NULL,
        "Identity operation for resource '%s' failed with error 'Failed to perform "
        "resource identity operation. Status: 'TooManyRequests'. The tenant '%s' asks "
        "for identities too fast; retry after %d seconds.'.",
        call->resource, call->tenant, wait_s);
}

bool arm_identity_ensure(struct arm_call *call, const char *location, struct arm_identity *out,
                         bool *made)
{
    struct arm *arm = call->arm;
    int wait_s = 0;

    pthread_mutex_lock(&arm->identity_lock);
    *made = !arm_identity_find(arm, call->arena, call->resource, out);
    if (*made)
        wait_s = arm_identity_wait_s(arm, call->tenant);
    if (*made && !wait_s) {
        make(arm, call->resource, call->tenant, location);
        (void)arm_identity_find(arm, call->arena, call->resource, out);
    }
    pthread_mutex_unlock(&arm->identity_lock);
    return !wait_s || refuse_identity(call, wait_s);
}

bool arm_identity_remove(struct arm *arm, const char *id)
{
    pthread_mutex_lock(&arm->identity_lock);
    cJSON *document = arm_docs_get(arm->identities, id);
    if (document) {
        arm_docs_remove(arm->identities, id);
        arm_docs_remove(arm->credentials, base_json_text(document, "principalId"));
        (void)sim_principal_remove(arm->world, base_json_text(document, "principalId"));
    }
    pthread_mutex_unlock(&arm->identity_lock);
    cJSON_Delete(document);
    return document != NULL;
}

void arm_identity_remove_below(struct arm *arm, const char *scope)
{
    cJSON *doomed = arm_docs_list(arm->identities, scope), *document;

    cJSON_ArrayForEach(document, doomed)
        arm_identity_remove(arm, base_json_text(document, "resourceId"));
    cJSON_Delete(doomed);
}

/* GET {scope}/providers/Microsoft.ManagedIdentity/identities/default */
void arm_identity_get(struct arm_call *call)
{
    struct arm_identity identity;
    cJSON *body, *properties;

    if (!arm_identity_find(call->arm, call->arena, call->target.scope, &identity)) {
        arm_refuse(call->response, ARM_RESOURCE_NOT_FOUND, NULL,
                   "The resource '%s' has no system-assigned identity.", call->target.scope);
        return;
    }
    cJSON *document = arm_docs_get(call->arm->identities, call->target.scope);
    body = cJSON_CreateObject();
    base_json_set_text(body, "id", call->target.id);
    base_json_set_text(body, "name", "default");
    base_json_set_text(body, "type", "Microsoft.ManagedIdentity/identities");
    base_json_set_text(body, "location", base_json_text(document, "location"));
    properties = cJSON_AddObjectToObject(body, "properties");
    base_json_set_text(properties, "tenantId", identity.tenant);
    base_json_set_text(properties, "principalId", identity.principal);
    base_json_set_text(properties, "clientId", identity.client);
    base_json_set_text(properties, "clientSecretUrl", identity.url);
    base_http_answer_json_take(call->response, 200, body);
    cJSON_Delete(document);
}
