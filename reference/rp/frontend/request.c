/* Decides how bodies, headers and preconditions of a request are read. */
#include "reference/rp/api/json_text.h"
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

/* "application/json", perhaps with parameters; of these a charset must be UTF-8 (RFC 8259). */
static bool is_json(const char *type)
{
    size_t len = strlen("application/json");

    if (!type || !base_starts_nocase(type, "application/json"))
        return false;
    type += len;
    type += strspn(type, " \t");
    if (*type && *type != ';')
        return false;
    const char *charset = strcasestr(type, "charset=");
    if (!charset)
        return true;
    charset += strlen("charset=");
    charset += *charset == '"';
    return strcspn(charset, "\"; \t") == strlen("utf-8") && base_starts_nocase(charset, "utf-8");
}

cJSON *rp_body(struct rp_call *call)
{
    const char *type = rp_header(call, "Content-Type");
    struct base_error fault = {0};
    char sentence[320];

    if (!is_json(type)) {
        rp_answer_error(call, 415, "UnsupportedMediaType", "Content-Type",
                        "Content-Type: found \"%.80s\", expected application/json in UTF-8",
                        type ? type : "nothing");
        return NULL;
    }
    if ((int64_t)call->request->body_len > call->world->config->body_max) {
        rp_answer_error(call, 400, "InvalidResource", NULL,
                        "The body has %zu bytes; at most %lld are possible",
                        call->request->body_len, (long long)call->world->config->body_max);
        return NULL;
    }
    cJSON *body = NULL;
    bool good =
        rp_json_text_good(call->request->body, call->request->body_len, sentence, sizeof sentence);
    if (good)
        body = base_json_parse(call->request->body, call->request->body_len, &fault);
    if (cJSON_IsObject(body) && rp_json_members_once(body, sentence, sizeof sentence))
        return body;
    if (good && !cJSON_IsObject(body))
        snprintf(sentence, sizeof sentence, "%.300s",
                 body ? "found another kind of value" : fault.message);
    rp_answer_error(call, 400, "InvalidRequestContent", NULL,
                    "The body must be one JSON object: %s", sentence);
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

/* One of a list of tags, or "*" (RFC 9110 13.1). A weak tag never matches where content is changed, but is as good for None-Match. */
static bool etag_is(const char *header, const struct rp_resource *stored, bool weak)
{
    char etag[32];

    if (!stored)
        return false;
    snprintf(etag, sizeof etag, "\"%lld\"", (long long)stored->version);
    for (const char *at = header; *at; at += strcspn(at, ",")) {
        at += strspn(at, ", \t");
        if (weak && !strncmp(at, "W/", 2))
            at += 2;
        size_t len = strcspn(at, ", \t");
        if ((len == 1 && *at == '*') || (len == strlen(etag) && !strncmp(at, etag, len)))
            return true;
    }
    return false;
}

bool rp_precondition(struct rp_call *call, const struct rp_resource *stored)
{
    const char *match = rp_header(call, "If-Match"), *none = rp_header(call, "If-None-Match");
    bool match_fails = match && !etag_is(match, stored, false);

    if (!match_fails && (!none || !etag_is(none, stored, true)))
        return true;
    const char *is = stored ? base_arena_printf(call->arena, "exists with etag \"%lld\"",
                                                (long long)stored->version)
                            : "does not exist";
    const char *name = match_fails ? "If-Match" : "If-None-Match";
    rp_answer_error(call, 412, "PreconditionFailed", name, "%s: found %.80s, but the resource %s",
                    name, match_fails ? match : none, is);
    return false;
}

const char *rp_call_name(struct rp_call *call)
{
    return base_arena_printf(call->arena, "the %s '%s'", rp_type_word(call->type), call->name);
}
