/* Decides who asks, and whether the vault's permission model lets them. */
#include "simulators/keyvault/call.h"
#include "simulators/kit/rbac.h"

#include <string.h>

#define ACTIONS "Microsoft.KeyVault/vaults/"

static const char *resource_of(struct kv_call *call);
static void challenge(struct kv_call *call);
static bool refuse_token(struct kv_call *call, const struct base_error *err, const char *resource);
static const char *caller_text(struct kv_call *call);
static bool by_role(struct kv_call *call);
static bool by_policy(struct kv_call *call);

/* The challenge comes before anything else is looked at: clients send their first request without body and token on
 * purpose, to learn where tokens come from. */
bool kv_authenticate(struct kv_call *call)
{
    const char *authorization = base_headers_get(call->request->headers, "Authorization");
    const char *resource = resource_of(call),
               *tenant = base_json_text(call->vault_body, "properties.tenantId");
    const char *audiences[] = {resource, "https://vault.azure.net", "https://*.vault.azure.net",
                               NULL};
    struct base_error err = {0};

    challenge(call);
    if (!authorization || (!base_starts_nocase(authorization, "Bearer ") &&
                           !base_starts_nocase(authorization, "PoP "))) {
        kv_refuse(call, "NoToken");
        return false;
    }
    if (sim_token_check(call->kv->world, authorization, audiences, &call->caller, &err) != BASE_OK)
        return refuse_token(call, &err, resource);
    if (!base_equal_nocase(call->caller.tenant, tenant)) {
        kv_refuse(call, "BadIssuer", tenant ? tenant : "", call->caller.tenant);
        return false;
    }
    base_headers_set(&call->response->headers, "WWW-Authenticate", NULL);
    return true;
}

bool kv_authorize(struct kv_call *call)
{
    return base_json_true(call->vault_body, "properties.enableRbacAuthorization") ? by_role(call)
                                                                                  : by_policy(call);
}

/* Clients check that the request's host lies below the challenge's resource: the host without its first label. */
static const char *resource_of(struct kv_call *call)
{
    const char *host = call->request->host, *dot = strchr(host, '.');

    if (!dot || base_ends_nocase(host, ".vault.azure.net") || !strchr(dot + 1, '.'))
        return "https://vault.azure.net";
    return base_arena_printf(call->arena, "https://%s", dot + 1);
}

static void challenge(struct kv_call *call)
{
    const char *tenant = base_json_text(call->vault_body, "properties.tenantId");

    base_headers_set(&call->response->headers, "WWW-Authenticate",
                     base_arena_printf(call->arena,
                                       "Bearer authorization=\"https://" SIM_AUTHORITY_HOST
                                       "/%s\", resource=\"%s\"",
                                       tenant ? tenant : "common", resource_of(call)));
}

static bool refuse_token(struct kv_call *call, const struct base_error *err, const char *resource)
{
    if (base_equal(err->code, "InvalidAudience"))
        kv_refuse(call, "BadAudience", resource, err->message);
    else
        kv_refuse(call, base_equal(err->code, "ExpiredToken") ? "ExpiredToken" : "BadToken",
                  err->message);
    return false;
}

static const char *caller_text(struct kv_call *call)
{
    return base_arena_printf(call->arena, "appid=%s;oid=%s;iss=https://sts.windows.net/%s/",
                             call->caller.client_id, call->caller.object_id, call->caller.tenant);
}

static bool by_role(struct kv_call *call)
{
    const char *id = base_json_text(call->vault_body, "id"),
               *location = base_json_text(call->vault_body, "location");
    const char *action = base_arena_printf(call->arena, ACTIONS "%s/%s", call->right->collection,
                                           call->right->action);
    const char *scope = call->name ? base_arena_printf(call->arena, "%s/%s/%s", id,
                                                       call->right->collection, call->name)
                                   : id;

    if (sim_rbac_allows(call->kv->world, call->caller.object_id, action, true, scope))
        return true;
    kv_refuse(call, "ByRbac", caller_text(call), action, scope,
              base_arena_printf(call->arena, "%s;location=%s", call->vault_name,
                                location ? location : ""));
    return false;
}

static bool grants(const cJSON *policy, const struct kv_right *right)
{
    const cJSON *permission;

    cJSON_ArrayForEach(
        permission,
        base_json_at_nocase(base_json_at_nocase(policy, "permissions"),
                            right->collection)) if (cJSON_IsString(permission) &&
                                                    (base_equal_nocase(permission->valuestring,
                                                                       right->permission) ||
                                                     base_equal_nocase(permission->valuestring,
                                                                       "all"))) return true;
    return false;
}

static bool by_policy(struct kv_call *call)
{
    const char *location = base_json_text(call->vault_body, "location");
    const cJSON *policy;

    cJSON_ArrayForEach(
        policy,
        base_json_at(
            call->vault_body,
            "properties.accessPolicies")) if (base_equal_nocase(base_json_text(policy, "objectId"),
                                                                call->caller.object_id) &&
                                              grants(policy, call->right)) return true;
    kv_refuse(call, "ByPolicy", caller_text(call), call->right->collection, call->right->permission,
              base_arena_printf(call->arena, "%s;location=%s", call->vault_name,
                                location ? location : ""));
    return false;
}
