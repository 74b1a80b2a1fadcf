/* Decides what the query, the headers and the body of a request say. */
#include "simulators/aks/api.h"

#include "common/yaml.h"

#include <stdlib.h>
#include <string.h>

static const char *const true_words[] = {"1", "t", "T", "true", "True", "TRUE"};

static bool take_accept(struct aks_call *call, char *type);
static cJSON *yaml_body(const struct base_http_request *request, struct base_error *err);

const char *aks_query(const struct aks_call *call, const char *name)
{
    for (size_t i = 0; i < call->query_count; i++)
        if (base_equal(call->query[i].name, name))
            return call->query[i].value;
    return NULL;
}

bool aks_query_bool(const struct aks_call *call, const char *name)
{
    const char *text = aks_query(call, name);

    for (size_t i = 0; text && i < sizeof true_words / sizeof *true_words; i++)
        if (base_equal(text, true_words[i]))
            return true;
    return false;
}

bool aks_query_number(struct aks_call *call, const char *name, int64_t fallback, int64_t *out)
{
    const char *text = aks_query(call, name);

    *out = fallback;
    if (!text || !*text)
        return true;
    return base_parse_int64(text, out) ||
           aks_fail_plain(call->fail, "BadRequest",
                          "strconv.ParseInt: parsing \"%s\": invalid syntax", text);
}

bool aks_query_dry_run(struct aks_call *call, bool *out)
{
    static const char *const all[] = {"All", NULL};
    const char *text = aks_query(call, "dryRun");
    struct aks_causes causes = {0};

    *out = base_equal(text, "All");
    if (!text || !*text || *out)
        return true;
    aks_cause_unsupported_raw(&causes, "dryRun",
                              base_arena_printf(call->arena, "[]string{\"%s\"}", text), all);
    (void)aks_causes_check(&causes, "meta.k8s.io",
                           base_equal(call->request->method, "POST") ? "CreateOptions"
                                                                     : "UpdateOptions",
                           "", call->fail);
    aks_causes_release(&causes);
    return false;
}

bool aks_query_include(struct aks_call *call, enum aks_include *out)
{
    static const struct {
        const char *word;
        enum aks_include include;
    } words[] = {{"", AKS_INCLUDE_METADATA},
                 {"Metadata", AKS_INCLUDE_METADATA},
                 {"Object", AKS_INCLUDE_OBJECT},
                 {"None", AKS_INCLUDE_NONE}};
    const char *text = aks_query(call, "includeObject");

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (base_equal(text ? text : "", words[i].word)) {
            *out = words[i].include;
            return true;
        }
    return aks_fail_plain(call->fail, "BadRequest",
                          "Unable to convert to Table as requested: includeObject: Invalid value: "
                          "\"%s\": must be 'Metadata', "
                          "'Object', 'None', or empty",
                          text);
}

bool aks_query_selectors(struct aks_call *call, struct base_arena *arena,
                         struct aks_selector *labels, struct aks_selector *fields)
{
    const char *label_text = aks_query(call, "labelSelector"),
               *field_text = aks_query(call, "fieldSelector");

    return aks_label_selector_parse(arena, label_text ? label_text : "", labels, call->fail) &&
           aks_field_selector_parse(arena, field_text ? field_text : "", call->kind, fields,
                                    call->fail);
}

/* The first media type we can make wins, as in the real server. */
bool aks_negotiate(struct aks_call *call)
{
    const char *accept = base_headers_get(call->request->headers, "Accept");
    char *rest = NULL, *copy = base_arena_strdup(call->arena, accept && *accept ? accept : "*/*");

    for (char *type = strtok_r(copy, ",", &rest); type; type = strtok_r(NULL, ",", &rest))
        if (take_accept(call, type))
            return true;
    aks_fail_plain(call->fail, "NotAcceptable",
                   "only the following media types are accepted: application/json");
    return false;
}

static bool take_accept(struct aks_call *call, char *type)
{
    char *rest = NULL, *name = strtok_r(type, "; ", &rest);
    const char *as = "", *group = "";

    for (char *part; (part = strtok_r(NULL, "; ", &rest));) {
        if (strncmp(part, "as=", 3) == 0)
            as = part + 3;
        else if (strncmp(part, "g=", 2) == 0)
            group = part + 2;
    }
    if (!name || (!base_equal(name, "application/json") && !base_equal(name, "*/*") &&
                  !base_equal(name, "application/*")))
        return base_equal(call->sub, "log") && name && base_equal(name, "text/plain");
    call->form = AKS_FORM_OBJECT;
    if (!*as)
        return true;
    if (base_equal(as, "Table"))
        call->form = AKS_FORM_TABLE;
    else if (base_equal(as, "PartialObjectMetadata") || base_equal(as, "PartialObjectMetadataList"))
        call->form = AKS_FORM_PARTIAL;
    return call->form != AKS_FORM_OBJECT && base_equal(group, "meta.k8s.io");
}

const char *aks_content_type(const struct aks_call *call)
{
    const char *header = base_headers_get(call->request->headers, "Content-Type");
    char *type =
        base_arena_strndup(call->arena, header ? header : "", header ? strcspn(header, "; ") : 0);

    base_lower(type);
    return type;
}

cJSON *aks_request_body(struct aks_call *call, const struct aks_kind *kind)
{
    const struct base_http_request *request = call->request;
    const char *type = aks_content_type(call);
    struct base_error err = {0};
    bool yaml = base_equal(type, "application/yaml");
    cJSON *body;

    if (*type && !yaml && !base_equal(type, "application/json")) {
        aks_fail_plain(call->fail, "UnsupportedMediaType",
                       "the body of the request was in an unknown format - accepted media types "
                       "include: application/json, "
                       "application/yaml, application/vnd.kubernetes.protobuf");
        return NULL;
    }
    body = base_json_parse(request->body, request->body_len, &err);
    if (!body && yaml && request->body_len)
        body = yaml_body(request, &err);
    if (body && cJSON_IsNull(body)) {
        cJSON_Delete(body);
        body = cJSON_CreateObject();
    }
    if (body && !cJSON_IsObject(body)) {
        base_error_set(&err, BASE_INVALID, NULL,
                       "json: cannot unmarshal %s into Go value of type struct",
                       cJSON_IsArray(body)    ? "array"
                       : cJSON_IsString(body) ? "string"
                                              : "value");
        cJSON_Delete(body);
        body = NULL;
    }
    if (!body)
        aks_fail_plain(call->fail, "BadRequest",
                       "the object provided is unrecognized (must be of type %s): couldn't get "
                       "version/kind; json parse error: %s",
                       kind->kind, err.message);
    return body;
}

static cJSON *yaml_body(const struct base_http_request *request, struct base_error *err)
{
    base_error_clear(err);
    base_source_t *source = base_source_parse("body.yaml", request->body, request->body_len, err);
    cJSON *body = source ? base_json_copy(base_source_root(source)) : NULL;

    base_source_free(source);
    return body;
}

/* A custom resource must say what it is. */
bool aks_check_kind(const cJSON *body, const struct aks_kind *kind, struct aks_fail *fail)
{
    const char *name = base_json_text(body, "kind"), *version = base_json_text(body, "apiVersion");
    const char *slash = version ? strchr(version, '/') : NULL;

    if (kind->custom && (!name || !version))
        return aks_fail_plain(
            fail, "BadRequest",
            "%s in version \"v1\" cannot be handled as a %s: Object '%s' is missing", kind->kind,
            kind->kind, name ? "apiVersion" : "Kind");
    if (kind->custom && !base_equal(version, kind->api_version))
        return aks_fail_plain(
            fail, "BadRequest",
            "the API version in the data (%s) does not match the expected API version (%s)",
            version, kind->api_version);
    if (kind->custom && !base_equal(name, kind->kind)) {
        struct aks_causes causes = {0};
        aks_cause_invalid_text(&causes, "kind", name, "must be %s", kind->kind);
        (void)aks_causes_check(&causes, kind->group, name, base_json_text(body, "metadata.name"),
                               fail);
        aks_causes_release(&causes);
        return false;
    }
    if ((!name || !*name || base_equal(name, kind->kind)) &&
        (!version || !*version || base_equal(version, kind->api_version)))
        return true;
    return aks_fail_plain(fail, "BadRequest",
                          "%s in version \"%s\" cannot be handled as a %s: no kind \"%s\" is "
                          "registered for version \"%s\"",
                          name ? name : kind->kind,
                          slash     ? slash + 1
                          : version ? version
                                    : "v1",
                          kind->kind, name ? name : kind->kind,
                          version ? version : kind->api_version);
}
