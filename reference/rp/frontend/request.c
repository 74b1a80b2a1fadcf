/* Decides how bodies, headers and preconditions of a request are read. */
#include "reference/rp/frontend/call.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *rp_header(const struct rp_call *call, const char *name)
{
    const char *value = base_headers_get(call->request->headers, name);

    return value && *value ? value : NULL;
}

cJSON *rp_body(struct rp_call *call)
{
    const char *type = rp_header(call, "Content-Type");
    struct base_error fault = {0};

    if (!type || !base_starts_nocase(type, "application/json")) {
        rp_answer_error(call, 415, "UnsupportedMediaType", "Content-Type",
                        "Content-Type: found \"%.80s\", expected application/json",
                        type ? type : "nothing");
        return NULL;
    }
    if ((int64_t)call->request->body_len > call->world->config->body_max) {
        rp_answer_error(call, 400, "InvalidResource", NULL,
                        "The body has %zu bytes; at most %lld are possible",
                        call->request->body_len, (long long)call->world->config->body_max);
        return NULL;
    }
    cJSON *body = base_json_parse(call->request->body, call->request->body_len, &fault);
    if (cJSON_IsObject(body))
        return body;
    rp_answer_error(call, 400, "InvalidRequestContent", NULL,
                    "The body must be one JSON object: %s",
                    body ? "found another kind of value" : fault.message);
    cJSON_Delete(body);
    return NULL;
}

cJSON *rp_system_data(const struct rp_call *call, const cJSON *stored)
{
    static const char *const MODIFIED[] = {"lastModifiedBy", "lastModifiedByType",
                                           "lastModifiedAt"};
    static const char *const CREATED[] = {"createdBy", "createdByType", "createdAt"};
    const char *text = rp_header(call, "x-ms-arm-resource-system-data");
    cJSON *sent = text ? cJSON_Parse(text) : NULL, *out = cJSON_CreateObject();
    char now[BASE_TIME_TEXT];

    base_time_iso(base_clock_ms(call->world->clock), now);
    for (size_t i = 0; i < 3; i++) {
        const char *made = base_json_text(stored, CREATED[i]),
                   *changed = base_json_text(sent, MODIFIED[i]);
        if (!changed && i == 2)
            changed = now;
        if (!made && !stored)
            made = base_json_text(sent, CREATED[i]);
        base_json_set_text(out, CREATED[i], made ? made : changed);
        base_json_set_text(out, MODIFIED[i], changed);
    }
    cJSON_Delete(sent);
    return out;
}

static bool etag_is(const char *header, const struct rp_resource *stored)
{
    char etag[32];

    snprintf(etag, sizeof etag, "\"%lld\"", stored ? (long long)stored->version : 0LL);
    return stored && (!strcmp(header, "*") || !strcmp(header, etag));
}

bool rp_precondition(struct rp_call *call, const struct rp_resource *stored)
{
    const char *match = rp_header(call, "If-Match"), *none = rp_header(call, "If-None-Match");

    if ((!match || etag_is(match, stored)) && (!none || !etag_is(none, stored)))
        return true;
    const char *is = stored ? base_arena_printf(call->arena, "exists with etag \"%lld\"",
                                                (long long)stored->version)
                            : "does not exist";
    rp_answer_error(call, 412, "PreconditionFailed", match ? "If-Match" : "If-None-Match",
                    "%s: found %.80s, but the resource %s", match ? "If-Match" : "If-None-Match",
                    match ? match : none, is);
    return false;
}

const char *rp_call_name(struct rp_call *call)
{
    return base_arena_printf(call->arena, "the %s '%s'", rp_type_word(call->type), call->name);
}
