/* Decides which headers a resource provider gets: the client's without the reserved ones, and ARM's own. */
#include "simulators/arm/forward.h"

#include <stdlib.h>
#include <string.h>

/* Dropped from what clients send: hop-by-hop, credentials, and what only ARM may say. */
static const char *const dropped[] = {
    "authorization",
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "accept-encoding",
    "referer",
    "x-ms-home-tenant-id",
    "x-ms-correlation-request-id",
    "x-ms-routing-request-id",
    "x-ms-management-group-ancestors",
};
static const char *const dropped_prefixes[] = {"x-ms-client-", "x-ms-arm-", "x-ms-identity-"};
static const char *const kept[] = {"x-ms-client-request-id", "x-ms-client-session-id"};

static bool in_list(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (base_equal_nocase(name, list[i]))
            return true;
    return false;
}

#define IN(name, list) in_list(name, list, sizeof(list) / sizeof *(list))

static bool passes(const char *name)
{
    if (IN(name, kept))
        return true;
    for (size_t i = 0; i < sizeof dropped_prefixes / sizeof *dropped_prefixes; i++)
        if (base_starts_nocase(name, dropped_prefixes[i]))
            return false;
    return !IN(name, dropped);
}

static void add_caller(const struct arm_forward *forward, struct base_headers *out)
{
    const struct arm_caller *caller = forward->caller;
    const struct sim_caller *token = &caller->token;
    const struct {
        const char *name, *value;
    } rows[] = {
        {"x-ms-client-principal-name", token->name},
        {"x-ms-client-principal-id", token->object_id},
        {"x-ms-client-object-id", token->object_id},
        {"x-ms-client-tenant-id", token->tenant},
        {"x-ms-client-app-id", token->client_id},
        {"x-ms-client-app-id-acr", caller->acr},
        {"x-ms-client-audience", caller->audience},
        {"x-ms-client-issuer", caller->issuer},
        {"x-ms-client-identity-provider", caller->issuer},
        {"x-ms-client-authorization-source", "RoleBased"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value && *rows[i].value)
            base_headers_add(out, rows[i].name, rows[i].value);
    if (forward->peer && *forward->peer)
        base_headers_add(
            out, "x-ms-client-ip-address",
            base_arena_strndup(forward->arena, forward->peer, strcspn(forward->peer, ":")));
}

/* Users by name, everybody else by application id, as ARM does. */
static void add_system_data(const struct arm_forward *forward, struct base_headers *out)
{
    const struct arm_caller *caller = forward->caller;
    const char *by =
        base_equal(caller->kind, "User") ? caller->token.name : caller->token.client_id;
    cJSON *data = cJSON_CreateObject();
    char now[BASE_TIME_TEXT];

    base_time_iso(sim_now_ms(forward->arm->world), now);
    if (forward->creates) {
        base_json_set_text(data, "createdBy", by);
        base_json_set_text(data, "createdByType", caller->kind);
        base_json_set_text(data, "createdAt", now);
    }
    base_json_set_text(data, "lastModifiedBy", by);
    base_json_set_text(data, "lastModifiedByType", caller->kind);
    base_json_set_text(data, "lastModifiedAt", now);
    char *text = base_json_print(data);
    base_headers_add(out, "x-ms-arm-resource-system-data", text);
    free(text);
    cJSON_Delete(data);
}

void arm_rpc_headers(const struct arm_forward *forward, struct base_headers *out)
{
    for (size_t i = 0; forward->headers && i < forward->headers->count; i++)
        if (passes(forward->headers->items[i].name))
            base_headers_add(out, forward->headers->items[i].name,
                             forward->headers->items[i].value);
    base_headers_add(out, "referer", forward->referer);
    base_headers_add(out, "x-ms-correlation-request-id", forward->correlation);
    base_headers_add(out, "x-ms-routing-request-id", forward->routing);
    if (forward->tenant)
        base_headers_add(out, "x-ms-home-tenant-id", forward->tenant);
    if (forward->body_len && !base_headers_get(out, "Content-Type"))
        base_headers_add(out, "Content-Type", "application/json; charset=utf-8");
    if (forward->caller) {
        add_caller(forward, out);
        if (!base_equal(forward->method, "GET"))
            add_system_data(forward, out);
    }
    if (forward->identity) {
        base_headers_add(out, "x-ms-identity-url", forward->identity->url);
        base_headers_add(out, "x-ms-identity-principal-id", forward->identity->principal);
    }
}
