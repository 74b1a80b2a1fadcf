/* Decides how ARM sends a request of its own through its front door. */
#include "simulators/arm/deployments/ask.h"
#include "simulators/arm/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void arm_reply_release(struct arm_reply *reply)
{
    cJSON_Delete(reply->body);
    base_headers_release(&reply->headers);
    *reply = (struct arm_reply){0};
}

/* "https://host/path?query" or an id -> raw path and query, in the arena. */
static void split_target(struct base_arena *arena, const char *target, const char *api_version,
                         struct base_http_request *request)
{
    if (api_version) {
        struct base_buf path = {0};
        base_uri_encode(&path, *target ? target : "/", "/");
        request->path = base_arena_strdup(arena, path.data);
        request->query = base_arena_printf(arena, "api-version=%s", api_version);
        base_buf_release(&path);
        return;
    }
    const char *host = strstr(target, "://"), *path = host ? strchr(host + 3, '/') : target;
    const char *mark = path ? strchr(path, '?') : NULL;
    request->path = !path  ? "/"
                    : mark ? base_arena_strndup(arena, path, (size_t)(mark - path))
                           : path;
    request->query = mark ? mark + 1 : "";
}

void arm_ask(struct arm *arm, const struct arm_deployer *who, const char *method,
             const char *target, const char *api_version, const cJSON *body,
             struct arm_reply *reply)
{
    struct base_arena arena;
    struct base_headers headers = {0};
    struct base_http_response response = {0};
    char *text = body ? base_json_print(body) : NULL;
    struct base_http_request request = {
        .method = method,
        .scheme = "https",
        .host = ARM_HOST,
        .headers = &headers,
        .body = text ? text : "",
        .body_len = text ? strlen(text) : 0,
        .peer = "",
        .arena = &arena,
    };

    *reply = (struct arm_reply){0};
    base_arena_init(&arena);
    split_target(&arena, target, api_version, &request);
    if (text)
        base_headers_add(&headers, "Content-Type", "application/json; charset=utf-8");
    base_headers_add(&headers, "x-ms-correlation-request-id", who->correlation);
    arm_handle_as(arm, who, &request, &response);
    reply->status = response.status;
    if (response.body.len)
        reply->body = base_json_parse(response.body.data, response.body.len, NULL);
    base_headers_copy(&reply->headers, &response.headers);
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    free(text);
}

const char *arm_status_word(int status)
{
    static const struct {
        int status;
        const char *word;
    } words[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "NoContent"},
        {400, "BadRequest"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "NotFound"},
        {405, "MethodNotAllowed"},
        {409, "Conflict"},
        {412, "PreconditionFailed"},
        {415, "UnsupportedMediaType"},
        {429, "TooManyRequests"},
        {500, "InternalServerError"},
        {501, "NotImplemented"},
        {502, "BadGateway"},
        {503, "ServiceUnavailable"},
        {504, "GatewayTimeout"},
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].status == status)
            return words[i].word;
    return status < 400 ? "OK" : status < 500 ? "BadRequest" : "InternalServerError";
}

cJSON *arm_reply_error(const struct arm_reply *reply)
{
    const cJSON *error = base_json_at(reply->body, "error");
    cJSON *made;

    if (base_json_text(error, "code"))
        return base_json_copy(error);
    if (base_json_text(reply->body, "code"))
        return base_json_copy(reply->body);
    made = cJSON_CreateObject();
    base_json_set_text(made, "code", arm_status_word(reply->status));
    base_json_set(
        made, "message",
        base_json_textf("The resource provider answered HTTP %d without an error.", reply->status));
    return made;
}

/* ---- who ---- */

static const char *keep(struct base_arena *arena, const char *text)
{
    return base_arena_strdup(arena, text ? text : "");
}

void arm_deployer_copy(struct base_arena *arena, const struct arm_deployer *from,
                       struct arm_deployer *to)
{
    struct arm_deployer copy = *from;

    copy.caller.acr = keep(arena, from->caller.acr);
    copy.caller.issuer = keep(arena, from->caller.issuer);
    copy.caller.audience = keep(arena, from->caller.audience);
    copy.caller.kind = keep(arena, from->caller.kind);
    copy.correlation = keep(arena, from->correlation);
    copy.tenant = keep(arena, from->tenant);
    *to = copy;
}

cJSON *arm_deployer_document(const struct arm_deployer *who)
{
    cJSON *document = cJSON_CreateObject();

    base_json_set_text(document, "tenant", who->caller.token.tenant);
    base_json_set_text(document, "objectId", who->caller.token.object_id);
    base_json_set_text(document, "clientId", who->caller.token.client_id);
    base_json_set_text(document, "name", who->caller.token.name);
    base_json_set_text(document, "resourceId", who->caller.token.resource_id);
    base_json_set_text(document, "acr", who->caller.acr);
    base_json_set_text(document, "issuer", who->caller.issuer);
    base_json_set_text(document, "audience", who->caller.audience);
    base_json_set_text(document, "kind", who->caller.kind);
    base_json_set_text(document, "correlation", who->correlation);
    base_json_set_text(document, "homeTenant", who->tenant);
    base_json_set_number(document, "level", who->level);
    return document;
}

void arm_deployer_load(struct base_arena *arena, const cJSON *document, struct arm_deployer *out)
{
    struct sim_caller *token = &out->caller.token;
    const struct {
        const char *name;
        char *to;
        size_t size;
    } texts[] = {
        {"tenant", token->tenant, sizeof token->tenant},
        {"objectId", token->object_id, sizeof token->object_id},
        {"clientId", token->client_id, sizeof token->client_id},
        {"name", token->name, sizeof token->name},
        {"resourceId", token->resource_id, sizeof token->resource_id},
    };

    *out = (struct arm_deployer){0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = base_json_text(document, texts[i].name);
        snprintf(texts[i].to, texts[i].size, "%s", text ? text : "");
    }
    out->caller.acr = keep(arena, base_json_text(document, "acr"));
    out->caller.issuer = keep(arena, base_json_text(document, "issuer"));
    out->caller.audience = keep(arena, base_json_text(document, "audience"));
    out->caller.kind = keep(arena, base_json_text(document, "kind"));
    out->correlation = keep(arena, base_json_text(document, "correlation"));
    out->tenant = keep(arena, base_json_text(document, "homeTenant"));
    out->level = (int)base_json_number(document, "level", 1);
}
