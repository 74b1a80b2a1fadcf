/* Reads what a request asks for beside its path: headers, parameters, the resource in its body. */
#include "simulators/fhir/call.h"

#include <ctype.h>
#include <string.h>

const char *fhir_header(const struct fhir_call *call, const char *name)
{
    return base_headers_get(call->headers, name);
}

const char *fhir_param(const struct fhir_call *call, const char *name)
{
    return base_query_get(call->arena, call->query, name);
}

const char *fhir_prefer(const struct fhir_call *call, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < call->headers->count; i++) {
        if (!base_equal_nocase(call->headers->items[i].name, "Prefer"))
            continue;
        for (const char *at = call->headers->items[i].value; *at;) {
            at += strspn(at, " \t,;");
            size_t end = strcspn(at, ",;");
            if (end > len && base_starts_nocase(at, name) && at[len] == '=') {
                char *value = base_arena_strndup(call->arena, at + len + 1, end - len - 1);
                value[strcspn(value, " \t")] = '\0';
                return value;
            }
            at += end;
        }
    }
    return NULL;
}

bool fhir_if_match(struct fhir_call *call, int64_t *version)
{
    const char *text = fhir_header(call, "If-Match");
    size_t len = text ? strlen(text) : 0;

    *version = -1;
    if (!text)
        return true;
    if (len < 4 || strncmp(text, "W/\"", 3) || text[len - 1] != '"') {
        fhir_refuse(call, FHIR_BAD_REQUEST, "WeakETag '%s' must be in the weak ETag format.", text);
        return false;
    }
    const char *number = base_arena_strndup(call->arena, text + 3, len - 4);
    if (!base_parse_int64(number, version) || *version < 1)
        *version = 0; /* well formed, but no version of ours */
    return true;
}

static bool media_ok(struct fhir_call *call)
{
    static const char *const known[] = {"application/fhir+json", "application/json", "text/json"};
    const char *type = fhir_header(call, "Content-Type");

    if (call->body) /* in a bundle */
        return true;
    for (size_t i = 0; type && i < sizeof known / sizeof *known; i++) {
        size_t len = strlen(known[i]);
        if (base_starts_nocase(type, known[i]) && strchr("; \t", type[len]))
            return true;
    }
    fhir_refuse(
        call, FHIR_NO_MEDIA,
        "The \"content-type\" header '%s' is not supported: expected application/fhir+json.",
        type ? type : "");
    return false;
}

cJSON *fhir_take_resource(struct fhir_call *call)
{
    struct base_error err = {0};
    cJSON *resource = call->body;

    if (!media_ok(call))
        return NULL;
    if (!resource && !call->raw_len) {
        fhir_refuse(call, FHIR_BAD_REQUEST, "The body is empty: expected a resource.");
        return NULL;
    }
    if (!resource)
        resource = fhir_json_parse(call->arena, call->raw, call->raw_len, &err);
    if (!resource) {
        fhir_refuse(call, FHIR_BAD_SHAPE, "The body is not valid JSON: %s.", err.message);
        return NULL;
    }
    return fhir_validate(call, resource) ? resource : NULL;
}
