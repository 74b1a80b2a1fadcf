/* Decides which hosts the room answers for and which operation a request is. */
#include "simulators/entra/call.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char *const hosts[] = {"login.microsoftonline.com", "login.microsoft.com",
                                    "login.windows.net", "sts.windows.net"};

static const struct sim_route routes[] = {
    {"GetInstanceDiscovery", "GET", "/common/discovery/instance", entra_instance},
    {"GetUserRealm", "GET", "/common/userrealm/{user}", entra_user_realm},
    {"GetOpenIdConfiguration (AD FS)", "GET", "/adfs/.well-known/openid-configuration",
     entra_configuration_adfs},
    {"GetOpenIdConfiguration (AD FS)", "GET", "/adfs/{tenant}/.well-known/openid-configuration",
     entra_configuration_adfs},
    {"GetKeys (AD FS)", "GET", "/adfs/discovery/keys", entra_keys},
    {"GetToken (AD FS)", "POST", "/adfs/oauth2/token", entra_token_adfs},
    {"GetOpenIdConfiguration (v2.0)", "GET", "/{tenant}/v2.0/.well-known/openid-configuration",
     entra_configuration_v2},
    {"GetOpenIdConfiguration (v1.0)", "GET", "/{tenant}/.well-known/openid-configuration",
     entra_configuration_v1},
    {"GetKeys (v2.0)", "GET", "/{tenant}/discovery/v2.0/keys", entra_keys},
    {"GetKeys (v1.0)", "GET", "/{tenant}/discovery/keys", entra_keys},
    {"GetToken (v2.0)", "POST", "/{tenant}/oauth2/v2.0/token", entra_token_v2},
    {"GetToken (v1.0)", "POST", "/{tenant}/oauth2/token", entra_token_v1},
};

static const struct sim_route identity_routes[] = {
    {"GetManagedIdentityToken", "GET", "/metadata/identity/oauth2/token", entra_identity_token},
};

static cJSON *view(void *context);

entra_t *entra_add(sim_world_t *world, struct base_error *err)
{
    entra_t *entra = base_alloc(sizeof *entra);

    (void)err;
    entra->world = world;
    for (size_t i = 0; i < COUNT(hosts); i++)
        sim_host_add(world, hosts[i], "entra", entra_handle, entra);
    sim_host_add(world, "169.254.169.254", "imds", entra_handle_identity, entra);
    entra_fault_add(entra);
    sim_view_add(world, "entra", view, entra);
    return entra;
}

void entra_free(entra_t *entra)
{
    free(entra);
}

const struct sim_route *entra_routes(size_t *count)
{
    *count = COUNT(routes);
    return routes;
}

const struct sim_route *entra_identity_routes(size_t *count)
{
    *count = COUNT(identity_routes);
    return identity_routes;
}

void entra_handle(void *entra, const struct base_http_request *request,
                  struct base_http_response *response)
{
    struct sim_route_match match;
    struct entra_call call = {.world = ((entra_t *)entra)->world,
                              .request = request,
                              .response = response,
                              .arena = request->arena,
                              .match = &match};

    if (sim_route_find(request->arena, routes, COUNT(routes), request->method, request->path,
                       &match)) {
        match.route->run(&call);
        entra_add_headers(&call);
    } else if (match.other_method) {
        entra_refuse(&call, 900561, match.other_method, request->method);
    } else {
        base_http_answer_text(response, 404, "text/plain",
                              "There is no such endpoint at this authority.\n");
    }
}

void entra_handle_identity(void *entra, const struct base_http_request *request,
                           struct base_http_response *response)
{
    struct sim_route_match match;
    struct entra_call call = {.world = ((entra_t *)entra)->world,
                              .request = request,
                              .response = response,
                              .arena = request->arena,
                              .match = &match};

    if (sim_route_find(request->arena, identity_routes, COUNT(identity_routes), request->method,
                       request->path, &match))
        match.route->run(&call);
    else
        base_http_answer_text(response, match.other_method ? 405 : 404, "application/json",
                              match.other_method ? "{\"error\":\"Method not allowed\"}"
                                                 : "{\"error\":\"Not found\"}");
}

bool entra_is_authority(const struct entra_call *call, const char *host)
{
    size_t len = strcspn(call->request->host, ":");

    for (size_t i = 0; i < COUNT(hosts); i++)
        if (base_equal_nocase(hosts[i], host))
            return true;
    return strlen(host) == len && base_starts_nocase(call->request->host, host);
}

static void add_to_view(void *context, const struct sim_principal *principal)
{
    static const char *const kinds[] = {"Application", "ManagedIdentity", "User"};
    cJSON *entry = cJSON_CreateObject();

    base_json_set_text(entry, "tenant", principal->tenant);
    base_json_set_text(entry, "objectId", principal->object_id);
    base_json_set_text(entry, "clientId", principal->client_id);
    base_json_set_text(entry, "kind", kinds[principal->kind]);
    base_json_set_text(entry, "name", principal->name);
    base_json_set_text(entry, "resourceId", principal->resource_id);
    cJSON_AddItemToArray(context, entry);
}

static cJSON *view(void *context)
{
    cJSON *list = cJSON_CreateArray();

    sim_principal_each(((entra_t *)context)->world, add_to_view, list);
    return list;
}
