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

static bool media_ok(struct fhir_call *call, const char *const *known)
{
    const char *type = fhir_header(call, "Content-Type");

    if (call->body) /* in a bundle */
        return true;
    for (size_t i = 0; type && known[i]; i++) {
        size_t len = strlen(known[i]);
        if (base_starts_nocase(type, known[i]) && strchr("; \t", type[len]))
            return true;
    }
    fhir_refuse(call, FHIR_NO_MEDIA,
                "The \"content-type\" header '%s' is not supported: expected %s.", type ? type : "",
                known[0]);
    return false;
}

cJSON *fhir_take_json(struct fhir_call *call, const char *const *media)
{
    struct base_error err = {0};

    if (!media_ok(call, media) || call->body)
        return call->answer.status ? NULL : call->body;
    if (!call->raw_len) {
        fhir_refuse(call, FHIR_BAD_REQUEST, "The body is empty.");
        return NULL;
    }
    cJSON *body = fhir_json_parse(call->arena, call->raw, call->raw_len, &err);
    if (!body)
        fhir_refuse(call, FHIR_BAD_SHAPE, "The body is not valid JSON: %s.", err.message);
    return body;
}

cJSON *fhir_take_resource(struct fhir_call *call)
{
    static const char *const media[] = {"application/fhir+json", "application/json", "text/json",
                                        NULL};
    cJSON *resource = fhir_take_json(call, media);

    return resource && fhir_validate(call, resource) && fhir_resolve_references(call, resource)
               ? resource
               : NULL;
}

/* ---- what goes for every request ---- */

static bool wants_json(const char *accept)
{
    return !accept || !*accept || strcasestr(accept, "json") || strstr(accept, "*/*") ||
           strcasestr(accept, "application/*");
}

static bool format_ok(struct fhir_call *call)
{
    const char *format = fhir_param(call, "_format"), *accept = fhir_header(call, "Accept");

    if (format ? wants_json(format) && *format : wants_json(accept))
        return true;
    fhir_refuse(call, FHIR_NO_FORMAT, "The requested format '%s' is not supported: expected %s.",
                format ? format : accept, "application/fhir+json");
    return false;
}

static bool pretty_ok(struct fhir_call *call)
{
    const char *pretty = fhir_param(call, "_pretty");

    if (!pretty || base_equal_nocase(pretty, "true") || base_equal_nocase(pretty, "false"))
        return true;
    fhir_refuse(call, FHIR_BAD_REQUEST,
                "The value '%s' of parameter '_pretty' is not valid: expected true or false.",
                pretty);
    return false;
}

static bool return_ok(struct fhir_call *call)
{
    static const char *const known[] = {"minimal", "representation", "OperationOutcome"};
    const char *wanted = fhir_prefer(call, "return");

    for (size_t i = 0; wanted && i < sizeof known / sizeof *known; i++)
        if (base_equal_nocase(known[i], wanted))
            return true;
    if (!wanted)
        return true;
    fhir_refuse(call, FHIR_BAD_REQUEST,
                "The Prefer return '%s' is not valid: expected minimal, representation or "
                "OperationOutcome.",
                wanted);
    return false;
}

bool fhir_common_ok(struct fhir_call *call)
{
    return format_ok(call) && pretty_ok(call) && return_ok(call);
}
