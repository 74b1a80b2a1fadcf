/* Decides which managed identity gets a token at the instance metadata endpoint (IMDS, api-version 2018-02-01). */
#include "simulators/entra/call.h"

#include <stdlib.h>
#include <string.h>

#define LIFETIME_S 86399 /* managed identities' tokens live a day */

static const char *const selectors[] = {"client_id", "object_id", "msi_res_id"};

static void refuse(struct entra_call *call, const char *error, const char *description);
static bool find_identity(struct entra_call *call, struct sim_principal *out);
static void answer(struct entra_call *call, const struct sim_principal *identity,
                   const char *resource);

void entra_identity_token(void *context)
{
    struct entra_call *call = context;
    const char *metadata = base_headers_get(call->request->headers, "Metadata");
    const char *resource = base_query_get(call->arena, call->request->query, "resource");
    struct sim_principal identity;

    if (!metadata || !base_equal_nocase(metadata, "true"))
        refuse(call, "invalid_request", "Required metadata header not specified");
    else if (base_headers_get(call->request->headers, "X-Forwarded-For"))
        refuse(call, "invalid_request", "X-Forwarded-For header is not allowed");
    else if (!resource || !*resource)
        refuse(call, "invalid_request", "Required audience parameter not specified");
    else if (find_identity(call, &identity)) {
        call->client = identity;
        if (entra_resource_known(call, resource))
            answer(call, &identity, resource);
        else
            refuse(call, "invalid_resource",
                   base_arena_printf(
                       call->arena,
                       "AADSTS500011: The resource principal named %s was not found in the tenant "
                       "named %s.",
                       resource, identity.tenant));
    }
}

static void refuse(struct entra_call *call, const char *error, const char *description)
{
    cJSON *body = cJSON_CreateObject();

    base_json_set_text(body, "error", error);
    base_json_set_text(body, "error_description", description);
    base_http_answer_json_take(call->response, 400, body);
}

struct search {
    const char *client_id;
    struct sim_principal *out;
    bool found;
};

static void try_principal(void *context, const struct sim_principal *principal)
{
    struct search *search = context;

    if (principal->kind != SIM_PRINCIPAL_MANAGED_IDENTITY ||
        !base_equal_nocase(principal->client_id, search->client_id))
        return;
    *search->out = *principal;
    search->found = true;
}

static bool look_up(struct entra_call *call, const char *selector, const char *value,
                    struct sim_principal *out)
{
    struct search search = {.client_id = value, .out = out};

    if (base_equal(selector, "object_id"))
        return sim_principal_by_object(call->world, value, out);
    if (base_equal(selector, "msi_res_id"))
        return sim_principal_by_resource(call->world, value, out);
    sim_principal_each(call->world, try_principal, &search);
    return search.found;
}

/* A machine of this world has no identity of its own: one selector is needed, and only one is taken. An unknown identity
 * is a 400: to a 404 clients would ask again for a minute. */
static bool find_identity(struct entra_call *call, struct sim_principal *out)
{
    const char *selector = NULL, *value = NULL;

    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        const char *given = base_query_get(call->arena, call->request->query, selectors[i]);
        if (given && value) {
            refuse(call, "invalid_request",
                   "client_id, object_id and msi_res_id exclude one another");
            return false;
        }
        if (given) {
            selector = selectors[i];
            value = given;
        }
    }
    if (!value) {
        refuse(call, "invalid_request",
               "Multiple user assigned identities exist, please specify the clientId / resourceId "
               "of the identity "
               "in the token request");
        return false;
    }
    if (look_up(call, selector, value, out) && out->kind == SIM_PRINCIPAL_MANAGED_IDENTITY)
        return true;
    refuse(call, "invalid_request", "Identity not found");
    return false;
}

static void answer(struct entra_call *call, const struct sim_principal *identity,
                   const char *resource)
{
    int64_t now = sim_now_ms(call->world) / 1000;
    cJSON *body = cJSON_CreateObject();
    char *token = sim_token_mint(
        call->world,
        &(struct sim_token_request){
            .principal = identity, .audience = resource, .app_acr = "2", .lifetime_s = LIFETIME_S});

    base_json_set_text(body, "access_token", token);
    base_json_set_text(body, "client_id", identity->client_id);
    base_json_set(body, "expires_in", base_json_textf("%d", LIFETIME_S));
    base_json_set(body, "expires_on", base_json_textf("%lld", (long long)now + LIFETIME_S));
    base_json_set(body, "ext_expires_in", base_json_textf("%d", LIFETIME_S));
    base_json_set(body, "not_before", base_json_textf("%lld", (long long)now));
    base_json_set_text(body, "resource", resource);
    base_json_set_text(body, "token_type", "Bearer");
    base_http_answer_json_take(call->response, 200, body);
    free(token);
}
