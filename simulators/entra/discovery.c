/* Decides what the authority says about itself: OpenID configuration, keys, instances, user realms. */
#include "simulators/entra/call.h"

#include <string.h>

static bool resolve(struct entra_call *call, const char *segment, const char **tenant);
static cJSON *configuration(struct entra_call *call, const char *authorize, const char *token,
                            const char *keys);
static void set_url(cJSON *body, const char *name, struct entra_call *call, const char *path);

void entra_configuration_v2(void *context)
{
    struct entra_call *call = context;
    const char *tenant;

    if (!resolve(call, call->match->values[0], &tenant))
        return;
    cJSON *body =
        configuration(call, base_arena_printf(call->arena, "/%s/oauth2/v2.0/authorize", tenant),
                      base_arena_printf(call->arena, "/%s/oauth2/v2.0/token", tenant),
                      base_arena_printf(call->arena, "/%s/discovery/v2.0/keys", tenant));
    base_json_set(body, "issuer",
                  base_json_textf("https://" SIM_AUTHORITY_HOST "/%s/v2.0", tenant));
    base_http_answer_json_take(call->response, 200, body);
}

void entra_configuration_v1(void *context)
{
    struct entra_call *call = context;
    const char *tenant;

    if (!resolve(call, call->match->values[0], &tenant))
        return;
    cJSON *body =
        configuration(call, base_arena_printf(call->arena, "/%s/oauth2/authorize", tenant),
                      base_arena_printf(call->arena, "/%s/oauth2/token", tenant),
                      base_arena_printf(call->arena, "/%s/discovery/keys", tenant));
    base_json_set(body, "issuer", base_json_textf("https://sts.windows.net/%s/", tenant));
    base_http_answer_json_take(call->response, 200, body);
}

/* /adfs is how clients that insist on checking the authority's name can be brought to leave that out. */
void entra_configuration_adfs(void *context)
{
    struct entra_call *call = context;
    const char *tenant = NULL;

    if (call->match->values[0] && !resolve(call, call->match->values[0], &tenant))
        return;
    cJSON *body =
        configuration(call, "/adfs/oauth2/authorize", "/adfs/oauth2/token", "/adfs/discovery/keys");
    if (tenant)
        base_json_set(body, "issuer", base_json_textf("https://sts.windows.net/%s/", tenant));
    else
        set_url(body, "issuer", call, "/adfs");
    base_http_answer_json_take(call->response, 200, body);
}

void entra_keys(void *context)
{
    struct entra_call *call = context;
    const char *tenant;

    if (call->match->values[0] && !resolve(call, call->match->values[0], &tenant))
        return;
    base_http_answer_json_take(call->response, 200, sim_token_jwks(call->world));
}

void entra_instance(void *context)
{
    struct entra_call *call = context;
    const char *endpoint =
        base_query_get(call->arena, call->request->query, "authorization_endpoint");
    const char **parts;
    struct base_uri uri;

    if (!endpoint) {
        entra_refuse(call, 900144, "authorization_endpoint");
        return;
    }
    if (!base_uri_parse(call->arena, endpoint, &uri) || !base_equal(uri.scheme, "https") ||
        !entra_is_authority(call, uri.host)) {
        entra_refuse(call, 50049);
        return;
    }
    size_t count = base_path_split(call->arena, uri.path, &parts);
    bool v2 = strstr(uri.path, "/v2.0/") != NULL;
    cJSON *body = cJSON_CreateObject(), *metadata, *entry, *aliases;
    set_url(body, "tenant_discovery_endpoint", call,
            base_arena_printf(call->arena, "/%s/%s.well-known/openid-configuration",
                              count ? parts[0] : "common", v2 ? "v2.0/" : ""));
    base_json_set_text(body, "api-version", "1.1");
    metadata = cJSON_AddArrayToObject(body, "metadata");
    cJSON_AddItemToArray(metadata, entry = cJSON_CreateObject());
    base_json_set_text(entry, "preferred_network", SIM_AUTHORITY_HOST);
    base_json_set_text(entry, "preferred_cache", "login.windows.net");
    aliases = cJSON_AddArrayToObject(entry, "aliases");
    cJSON_AddItemToArray(aliases, cJSON_CreateString(SIM_AUTHORITY_HOST));
    cJSON_AddItemToArray(aliases, cJSON_CreateString("login.windows.net"));
    cJSON_AddItemToArray(aliases, cJSON_CreateString("login.microsoft.com"));
    cJSON_AddItemToArray(aliases, cJSON_CreateString("sts.windows.net"));
    base_http_answer_json_take(call->response, 200, body);
}

void entra_user_realm(void *context)
{
    struct entra_call *call = context;
    const char *at = strchr(call->match->values[0], '@');
    char tenant[BASE_UUID_TEXT];
    cJSON *body = cJSON_CreateObject();
    bool managed = at && sim_tenant_find(call->world, at + 1, tenant);

    base_json_set_text(body, "ver", "1.0");
    base_json_set_text(body, "account_type", managed ? "Managed" : "Unknown");
    if (managed)
        base_json_set_text(body, "domain_name", at + 1);
    base_json_set_text(body, "cloud_instance_name", "microsoftonline.com");
    base_json_set_text(body, "cloud_audience_urn", "urn:federation:MicrosoftOnline");
    base_http_answer_json_take(call->response, 200, body);
}

/* The tenant of a path segment: its GUID, or the placeholder that the real one writes for the endpoints of all tenants. */
static bool resolve(struct entra_call *call, const char *segment, const char **tenant)
{
    static const char *const shared[] = {"common", "organizations", "consumers"};
    char id[BASE_UUID_TEXT];

    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (base_equal_nocase(segment, shared[i])) {
            *tenant = "{tenantid}";
            return true;
        }
    if (!sim_tenant_find(call->world, segment, id)) {
        entra_refuse(call, 90002, segment);
        cJSON *body = base_json_parse(call->response->body.data, call->response->body.len, NULL);
        base_json_set_text(body, "error", "invalid_tenant"); /* only discovery says it so */
        base_http_answer_json_take(call->response, call->response->status, body);
        return false;
    }
    *tenant = base_arena_strdup(call->arena, id);
    return true;
}

static void set_url(cJSON *body, const char *name, struct entra_call *call, const char *path)
{
    base_json_set(body, name,
                  base_json_textf("%s://%s%s", call->request->scheme, call->request->host, path));
}

static cJSON *texts(const char *const *values)
{
    cJSON *list = cJSON_CreateArray();

    for (; *values; values++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*values));
    return list;
}

#define TEXTS(...) texts((const char *const[]){__VA_ARGS__, NULL})

static cJSON *configuration(struct entra_call *call, const char *authorize, const char *token,
                            const char *keys)
{
    cJSON *body = cJSON_CreateObject();

    set_url(body, "token_endpoint", call, token);
    base_json_set(body, "token_endpoint_auth_methods_supported",
                  TEXTS("client_secret_post", "private_key_jwt", "client_secret_basic"));
    set_url(body, "jwks_uri", call, keys);
    base_json_set(body, "response_modes_supported", TEXTS("query", "fragment", "form_post"));
    base_json_set(body, "subject_types_supported", TEXTS("pairwise"));
    base_json_set(body, "id_token_signing_alg_values_supported", TEXTS("RS256"));
    base_json_set(body, "response_types_supported", TEXTS("code", "id_token", "code id_token"));
    base_json_set(body, "scopes_supported", TEXTS("openid", "profile", "email", "offline_access"));
    base_json_set(body, "grant_types_supported", TEXTS("client_credentials"));
    base_json_set(body, "claims_supported",
                  TEXTS("sub", "iss", "aud", "exp", "iat", "nbf", "tid", "oid", "ver"));
    set_url(body, "authorization_endpoint", call, authorize);
    base_json_set_text(body, "tenant_region_scope", "WW");
    base_json_set_text(body, "cloud_instance_name", "microsoftonline.com");
    base_json_set_text(body, "cloud_graph_host_name", "graph.windows.net");
    base_json_set_text(body, "msgraph_host", "graph.microsoft.com");
    return body;
}
