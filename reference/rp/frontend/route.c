/* Decides which handler a request gets: client certificate, route, api-version, in this order. */
#include "reference/rp/frontend/call.h"
#include "reference/rp/frontend/frontend.h"
#include "reference/rp/gen1/handlers.h"
#include "common/log.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

#define NS "/providers/Microsoft.HealthcareApis"
#define SUB "/subscriptions/{s}"
#define GROUP SUB "/resourceGroups/{g}"
#define TOP GROUP NS "/<0>"
#define CHILD TOP "/{0}/<1>"
#define GRANDCHILD CHILD "/{1}/<2>"

/* {x}: captured; <n>: a spelling of the type's n-th segment; all else is compared without case. */
static const struct route {
    const char *method, *pattern;
    rp_handler handler;
    enum rp_type type;
    enum {
        OF_TYPE, /* the api-version must have the type */
        OURS,    /* any api-version that is served */
        ANY
    } version;
} ROUTES[] = {
    {"GET", NS "/operations", rp_operations_list, RP_WORKSPACE, ANY},
    {"GET", "/swagger/2020-11-01-preview/healthcare-apis.json", rp_swagger_show, RP_WORKSPACE, ANY},
    {"PUT", SUB, rp_subscription_notice, RP_WORKSPACE, ANY},
    {"POST", SUB NS "/checkNameAvailability", rp_name_check, RP_WORKSPACE, OURS},
    {"GET", SUB NS "/locations/{l}/operationstatuses/{o}", rp_operation_status, RP_WORKSPACE, OURS},
    {"GET", SUB NS "/locations/{l}/operationresults/{o}", rp_operation_result, RP_WORKSPACE, OURS},
    {"GET", SUB NS "/<0>", rp_resource_show_list, RP_WORKSPACE},
    {"GET", TOP, rp_resource_show_list, RP_WORKSPACE},
    {"GET", TOP "/{0}", rp_resource_show, RP_WORKSPACE},
    {"PUT", TOP "/{0}", rp_workspace_put, RP_WORKSPACE},
    {"PATCH", TOP "/{0}", rp_workspace_patch, RP_WORKSPACE},
    {"DELETE", TOP "/{0}", rp_workspace_delete, RP_WORKSPACE},
    {"GET", CHILD, rp_resource_show_list, RP_CONNECTOR},
    {"GET", CHILD "/{1}", rp_resource_show, RP_CONNECTOR},
    {"PUT", CHILD "/{1}", rp_connector_put, RP_CONNECTOR},
    {"PATCH", CHILD "/{1}", rp_connector_patch, RP_CONNECTOR},
    {"DELETE", CHILD "/{1}", rp_connector_delete, RP_CONNECTOR},
    {"GET", GRANDCHILD, rp_resource_show_list, RP_DESTINATION},
    {"GET", GRANDCHILD "/{2}", rp_resource_show, RP_DESTINATION},
    {"PUT", GRANDCHILD "/{2}", rp_destination_put, RP_DESTINATION},
    {"PATCH", GRANDCHILD "/{2}", rp_destination_patch, RP_DESTINATION},
    {"DELETE", GRANDCHILD "/{2}", rp_destination_delete, RP_DESTINATION},
    {"GET", GRANDCHILD, rp_resource_show_list, RP_MAPPING},
    {"GET", GRANDCHILD "/{2}", rp_resource_show, RP_MAPPING},
    {"PUT", GRANDCHILD "/{2}", rp_mapping_put, RP_MAPPING},
    {"PATCH", GRANDCHILD "/{2}", rp_mapping_patch, RP_MAPPING},
    {"DELETE", GRANDCHILD "/{2}", rp_mapping_delete, RP_MAPPING},
    {"GET", CHILD, rp_resource_show_list, RP_GEN1_CONNECTOR},
    {"GET", CHILD "/{1}", rp_resource_show, RP_GEN1_CONNECTOR},
    {"PUT", CHILD "/{1}", rp_gen1_connector_put, RP_GEN1_CONNECTOR},
    {"PATCH", CHILD "/{1}", rp_gen1_connector_patch, RP_GEN1_CONNECTOR},
    {"DELETE", CHILD "/{1}", rp_gen1_connector_delete, RP_GEN1_CONNECTOR},
    {"GET", GRANDCHILD, rp_resource_show_list, RP_GEN1_CONNECTION},
    {"GET", GRANDCHILD "/{2}", rp_resource_show, RP_GEN1_CONNECTION},
    {"PUT", GRANDCHILD "/{2}", rp_gen1_connection_put, RP_GEN1_CONNECTION},
    {"DELETE", GRANDCHILD "/{2}", rp_gen1_connection_delete, RP_GEN1_CONNECTION},
    {"POST", GRANDCHILD "/{2}/listKeys", rp_gen1_connection_keys, RP_GEN1_CONNECTION},
    {"GET", GRANDCHILD, rp_resource_show_list, RP_GEN1_MAPPING},
    {"GET", GRANDCHILD "/{2}", rp_resource_show, RP_GEN1_MAPPING},
    {"PUT", GRANDCHILD "/{2}", rp_gen1_mapping_put, RP_GEN1_MAPPING},
};
#define ROUTE_COUNT (sizeof ROUTES / sizeof *ROUTES)

static bool allowed_caller(const struct rp_call *call);
static void begin(struct rp_call *call);
static const struct route *find(struct rp_call *call, bool *other_method);
static bool match(struct rp_call *call, const struct route *route, const char **segments,
                  size_t count);
static bool check_version(struct rp_call *call, const struct route *route);
static void name_resource(struct rp_call *call);
static void spell_as_client(struct rp_call *call, const struct route *route);

void rp_frontend_handle(void *context, const struct base_http_request *request,
                        struct base_http_response *response)
{
    struct rp_call call = {
        .world = context, .request = request, .response = response, .arena = request->arena};
    bool other_method = false;

    begin(&call);
    if (!allowed_caller(&call)) {
        rp_answer_error(
            &call, 403, "Forbidden", NULL,
            "Only Azure Resource Manager may call this service: found client certificate \"%s\"",
            request->client_subject ? request->client_subject : "none");
        return;
    }
    const struct route *route = find(&call, &other_method);
    if (!route && other_method)
        rp_answer_error(&call, 405, "MethodNotAllowed", NULL, "%s is not possible on %s",
                        request->method, request->path);
    else if (!route)
        rp_answer_error(&call, 404, "InvalidResourceType", NULL,
                        "%s names no resource type of this provider; it has workspaces, "
                        "workspaces/iotconnectors, "
                        "workspaces/iotconnectors/destinations (fhirdestinations), "
                        "workspaces/iotconnectors/mappings, services/iomtconnectors, "
                        "services/iomtconnectors/connections and services/iomtconnectors/mappings",
                        request->path);
    else if (check_version(&call, route)) {
        call.type = route->type;
        spell_as_client(&call, route);
        name_resource(&call);
        route->handler(&call);
    }
    base_log(BASE_LOG_INFO, "frontend", call.correlation, "%s %s -> %d", request->method,
             request->path, response->status);
}

static bool allowed_caller(const struct rp_call *call)
{
    const struct rp_texts *subjects = &call->world->config->client_subjects;
    const char *subject = call->request->client_subject;

    for (size_t i = 0; subject && i < subjects->count; i++)
        if (base_equal_nocase(subjects->items[i], subject))
            return true;
    return false;
}

/* What every answer carries; where the client's own URL comes from. */
static void begin(struct rp_call *call)
{
    char id[BASE_UUID_TEXT];
    struct base_uri uri;
    const char *referer = rp_header(call, "referer"),
               *client_id = rp_header(call, "x-ms-client-request-id");

    base_uuid(call->world->random, id);
    base_headers_set(&call->response->headers, "x-ms-request-id", id);
    call->correlation = rp_header(call, "x-ms-correlation-request-id");
    if (!call->correlation)
        call->correlation = base_arena_strdup(call->arena, id);
    base_headers_set(&call->response->headers, "x-ms-correlation-request-id", call->correlation);
    if (client_id && base_equal_nocase(rp_header(call, "x-ms-return-client-request-id"), "true"))
        base_headers_set(&call->response->headers, "x-ms-client-request-id", client_id);
    call->home_tenant = rp_header(call, "x-ms-home-tenant-id");
    if (!call->home_tenant)
        call->home_tenant = rp_header(call, "x-ms-client-tenant-id");
    call->referer = referer ? referer : "";
    call->origin = call->world->config->arm_endpoint;
    if (referer && base_uri_parse(call->arena, referer, &uri))
        call->origin =
            uri.port && uri.port != 443
                ? base_arena_printf(call->arena, "%s://%s:%d", uri.scheme, uri.host, uri.port)
                : base_arena_printf(call->arena, "%s://%s", uri.scheme, uri.host);
}

static const struct route *find(struct rp_call *call, bool *other_method)
{
    const char **segments;
    size_t count = base_path_split(call->arena, call->request->path, &segments);

    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!match(call, &ROUTES[i], segments, count))
            continue;
        if (base_equal(ROUTES[i].method, call->request->method))
            return &ROUTES[i];
        *other_method = true;
    }
    return NULL;
}

static void capture(struct rp_call *call, char what, const char *segment)
{
    switch (what) {
    case 's':
        call->subscription = segment;
        break;
    case 'g':
        call->group = segment;
        break;
    case 'l':
        call->location = segment;
        break;
    case 'o':
        call->operation = segment;
        break;
    default:
        call->names[what - '0'] = segment;
    }
}

static bool match_segment(struct rp_call *call, const struct route *route, const char *pattern,
                          const char *segment)
{
    size_t len = strcspn(pattern, "/");

    if (pattern[0] == '{') {
        capture(call, pattern[1], segment);
        return true;
    }
    if (pattern[0] == '<') {
        call->type_words[pattern[1] - '0'] = segment;
        return rp_type_segment_spelled(route->type, pattern[1] - '0', segment);
    }
    return strlen(segment) == len && !strncasecmp(pattern, segment, len);
}

static bool match(struct rp_call *call, const struct route *route, const char **segments,
                  size_t count)
{
    const char *pattern = route->pattern;
    size_t i = 0;

    while (*pattern) {
        if (i >= count || !match_segment(call, route, ++pattern, segments[i++]))
            return false;
        pattern += strcspn(pattern, "/");
    }
    return i == count;
}

/* A destination's type word must be the version's own: two names, one stored document. */
static bool destination_word_fits(const struct rp_call *call)
{
    const char *word = call->type_words[2];

    return !word || base_starts_nocase(word, "fhir") == !call->version->design;
}

static bool check_version(struct rp_call *call, const struct route *route)
{
    const char *name = base_query_get(call->arena, call->request->query, "api-version");
    struct base_buf known = {0};

    if (route->version == ANY)
        return true;
    call->version = rp_version_find(name);
    rp_version_names(&known);
    if (!name || !*name)
        rp_answer_error(call, 400, "MissingApiVersionParameter", "api-version",
                        "The api-version query parameter is required; supported are: %s",
                        known.data);
    else if (!call->version)
        rp_answer_error(call, 400, "NoRegisteredProviderFound", "api-version",
                        "api-version \"%.40s\" is not supported; supported are: %s", name,
                        known.data);
    else if (route->version == OF_TYPE && !rp_version_has(call->version, route->type)) {
        rp_answer_error(call, 400, "NoRegisteredProviderFound", "api-version",
                        "api-version %s has no %s; supported are, of all types: %s",
                        call->version->name, rp_version_type(call->version, route->type),
                        known.data);
        call->version = NULL;
    } else if (route->type == RP_DESTINATION && !destination_word_fits(call)) {
        rp_answer_error(
            call, 404, "InvalidResourceType", NULL,
            "api-version %s has no type workspaces/iotconnectors/%s; it is called %s there",
            call->version->name, call->type_words[2], call->version->destination);
        call->version = NULL;
    }
    base_buf_release(&known);
    return call->version != NULL;
}

/* The referer holds the casing that the caller used; ARM may have changed it on the way. */
static void spell_as_client(struct rp_call *call, const struct route *route)
{
    struct rp_call theirs = {.world = call->world, .arena = call->arena};
    const char **segments;
    struct base_uri uri;

    if (!*call->referer || !base_uri_parse(call->arena, call->referer, &uri))
        return;
    size_t count = base_path_split(call->arena, uri.path, &segments);
    if (!match(&theirs, route, segments, count) ||
        !base_equal_nocase(theirs.subscription, call->subscription) ||
        !base_equal_nocase(theirs.group, call->group))
        return;
    for (int i = 0; i < RP_LEVELS; i++)
        if (!base_equal_nocase(theirs.names[i], call->names[i]))
            return;
    call->subscription = theirs.subscription;
    call->group = theirs.group;
    memcpy(call->names, theirs.names, sizeof call->names);
}

static void name_resource(struct rp_call *call)
{
    int level = rp_type_level(call->type);
    struct base_buf id = {0};
    char *key = NULL, *above = NULL;
    int named = -1;

    if (!call->group)
        return;
    base_buf_printf(&id, "/subscriptions/%s/resourceGroups/%s" NS, call->subscription, call->group);
    for (; named < level && call->names[named + 1]; named++) {
        above = key;
        base_buf_printf(&id, "/%s/%s", rp_type_segment(call->type, named + 1),
                        call->names[named + 1]);
        key = base_arena_strdup(call->arena, id.data);
        base_lower(key);
    }
    call->id = base_arena_strdup(call->arena, id.data);
    base_buf_release(&id);
    /* a collection stops above its own type: then the last one named is the parent */
    bool item = named == level;
    call->name = item ? call->names[level] : NULL;
    call->key = item ? key : NULL;
    call->above = item ? above : key;
    call->parent_key = level > 0 && rp_type_owned(call->type, level - 1) ? call->above : NULL;
}
