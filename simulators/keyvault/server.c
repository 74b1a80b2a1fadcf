/* Decides in which order a data-plane request is looked at: vault, token, path, version, name, right, body, operation. */
#include "simulators/keyvault/call.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const versions[] = {"2015-06-01",   "2016-10-01", "7.?",
                                       "7.?-preview*", "2025-*-*",   "2026-*-*"};

static void add_headers(struct kv_call *call);
static bool find_vault(struct kv_call *call, cJSON **body);
static bool find_operation(struct kv_call *call, struct sim_route_match *match);
static bool check_version(struct kv_call *call);
static bool check_name(struct kv_call *call);
static bool read_body(struct kv_call *call, cJSON **body);
static void run(struct kv_call *call, const struct sim_route *route);

void kv_handle(void *context, const struct base_http_request *request,
               struct base_http_response *response)
{
    struct kv_call call = {
        .kv = context, .request = request, .response = response, .arena = request->arena};
    struct sim_route_match match;
    cJSON *vault_body = NULL, *body = NULL;

    call.now_ms = sim_now_ms(call.kv->world);
    if (find_vault(&call, &vault_body) && kv_authenticate(&call) && find_operation(&call, &match) &&
        check_version(&call) && check_name(&call) && kv_authorize(&call) && read_body(&call, &body))
        run(&call, match.route);
    add_headers(&call);
    cJSON_Delete(vault_body);
    cJSON_Delete(body);
}

static void add_headers(struct kv_call *call)
{
    struct base_headers *headers = &call->response->headers;
    const char *client = base_headers_get(call->request->headers, "x-ms-client-request-id");
    const char *region = base_json_text(call->vault_body, "location");
    char id[BASE_UUID_TEXT];

    base_uuid(sim_world_random(call->kv->world), id);
    base_headers_set(headers, "Cache-Control", "no-cache");
    base_headers_set(headers, "x-ms-request-id", id);
    base_headers_set(headers, "x-ms-keyvault-region", region ? region : "");
    base_headers_set(headers, "x-ms-keyvault-service-version", "1.9.2354.1");
    if (client)
        base_headers_set(headers, "x-ms-client-request-id", client);
}

static bool find_vault(struct kv_call *call, cJSON **body)
{
    kv_t *kv = call->kv;

    call->vault_name =
        base_arena_strndup(call->arena, call->request->host, strcspn(call->request->host, ".:"));
    pthread_mutex_lock(&kv->lock);
    const struct kv_vault *vault = kv_vault_find(kv, call->vault_name);
    *body = vault && !vault->deleted_ms ? base_json_copy(vault->body) : NULL;
    pthread_mutex_unlock(&kv->lock);
    call->vault_body = *body;
    if (!*body)
        kv_refuse(call, "NoVault", call->vault_name);
    return *body != NULL;
}

static bool find_operation(struct kv_call *call, struct sim_route_match *match)
{
    size_t count;
    const struct sim_route *routes = kv_routes(&count);

    if (sim_route_find(call->arena, routes, count, call->request->method, call->request->path,
                       match)) {
        call->right = match->route->more;
        call->name = match->values[0];
        call->version = match->values[1];
        return true;
    }
    if (match->other_method)
        kv_refuse(call, "NoMethod", call->request->method, match->other_method);
    else
        kv_refuse(call, "NoPath", call->request->path);
    return false;
}

static bool check_version(struct kv_call *call)
{
    const char *version = base_query_get(call->arena, call->request->query, "api-version");

    for (size_t i = 0; version && i < sizeof versions / sizeof *versions; i++)
        if (base_glob_nocase(versions[i], version))
            return true;
    if (version)
        kv_refuse(call, "BadVersion", version);
    else
        kv_refuse(call, "NoVersion");
    return false;
}

static bool check_name(struct kv_call *call)
{
    size_t len = call->name ? strlen(call->name) : 1;
    bool good =
        len >= 1 && len <= 127 && !strstr(call->request->path, "%00"); /* it would end the name */

    for (const char *p = call->name; p && *p && good; p++)
        good = isalnum((unsigned char)*p) || *p == '-';
    if (!good)
        kv_refuse(call, "BadName", call->name);
    return good;
}

static bool read_body(struct kv_call *call, cJSON **body)
{
    struct base_error err = {0};

    *body = base_http_request_json(call->request, &err);
    call->body = *body;
    if (err.status == BASE_OK && (!*body || cJSON_IsObject(*body)))
        return true;
    kv_refuse(call, "BadJson", err.status == BASE_OK ? "it is another kind of value" : err.message);
    return false;
}

static void run(struct kv_call *call, const struct sim_route *route)
{
    kv_t *kv = call->kv;

    pthread_mutex_lock(&kv->lock);
    call->vault = kv_vault_find(kv, call->vault_name);
    if (call->vault && !call->vault->deleted_ms)
        route->run(call);
    else
        kv_refuse(call, "NoVault", call->vault_name);
    pthread_mutex_unlock(&kv->lock);
}
