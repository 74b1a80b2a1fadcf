/* Decides which handler answers a request to a cluster: who is asking, which path, which route. */
#include "simulators/aks/api.h"
#include "simulators/kit/trace.h"

#include "common/crypto.h"

#include <string.h>

enum shape { COLLECTION, ITEM, SUBRESOURCE };

static const struct route {
    enum shape shape;
    const char *method;
    const char *sub; /* NULL: none */
    const char *verb;
    aks_handler handler;
} routes[] = {
    {COLLECTION, "GET", NULL, "list", aks_list},
    {COLLECTION, "POST", NULL, "create", aks_post},
    {COLLECTION, "DELETE", NULL, "deletecollection", aks_remove_collection},
    {ITEM, "GET", NULL, "get", aks_get},
    {ITEM, "PUT", NULL, "update", aks_put},
    {ITEM, "PATCH", NULL, "patch", aks_patch},
    {ITEM, "DELETE", NULL, "delete", aks_remove},
    {SUBRESOURCE, "GET", "status", "get", aks_get},
    {SUBRESOURCE, "PUT", "status", "update", aks_put},
    {SUBRESOURCE, "PATCH", "status", "patch", aks_patch},
    {SUBRESOURCE, "PUT", "finalize", "update", aks_put},
    {SUBRESOURCE, "GET", "scale", "get", aks_scale_get},
    {SUBRESOURCE, "PUT", "scale", "update", aks_scale_put},
    {SUBRESOURCE, "PATCH", "scale", "patch", aks_scale_patch},
    {SUBRESOURCE, "GET", "log", "get", aks_log_get},
    {SUBRESOURCE, "POST", "binding", "create", aks_bind},
};

static const struct fixed {
    const char *path;
    bool anonymous;
    aks_handler handler;
} fixed[] = {
    {"/version", true, aks_version},     {"/healthz", true, aks_health},
    {"/livez", true, aks_health},        {"/readyz", true, aks_health},
    {"/openapi/v2", false, aks_openapi},
};

static void serve(struct aks_call *call);
static bool authenticate(struct aks_call *call);
static const struct fixed *find_fixed(const char *path);
static bool take_path(struct aks_call *call, const char **segments, size_t count);
static const struct route *find_route(struct aks_call *call);
static bool has_subresource(const struct aks_kind *kind, const char *sub);
static bool authorize(struct aks_call *call, const struct route *route);
static bool allow_path(struct aks_call *call);

void aks_api_handle(void *context, const struct base_http_request *request,
                    struct base_http_response *response)
{
    struct aks_fail fail = {0};
    struct aks_call call = {.aks = context,
                            .request = request,
                            .response = response,
                            .arena = request->arena,
                            .ns = "",
                            .name = "",
                            .sub = "",
                            .fail = &fail};

    aks_lock(call.aks);
    call.cluster = aks_cluster_by_host(call.aks, request->host);
    aks_unlock(call.aks);
    if (!call.cluster) {
        base_http_answer_text(response, 502, "text/plain; charset=utf-8",
                              "no cluster answers for this name\n");
        return;
    }
    call.query_count = base_query_parse(call.arena, request->query, true, &call.query);
    serve(&call);
    if (fail.code) {
        base_buf_clear(&response->body);
        aks_fail_answer(&fail, response);
    }
    aks_fail_release(&fail);
}

static void serve(struct aks_call *call)
{
    const char **segments;
    size_t count = base_path_split(call->arena, call->request->path, &segments);
    const struct fixed *plain = find_fixed(call->request->path);

    if (!authenticate(call))
        return;
    if (plain) {
        if (plain->anonymous || allow_path(call))
            plain->handler(call);
        return;
    }
    bool core = count >= 1 && base_equal(segments[0], "api"),
         grouped = count >= 1 && base_equal(segments[0], "apis");
    if (!core && !grouped) {
        if (allow_path(call))
            aks_paths(call);
        return;
    }
    if (count <= (core ? 2u : 3u)) {
        if (allow_path(call))
            aks_discovery(call);
        return;
    }
    if (!take_path(call, segments, count))
        return;
    const struct route *route = find_route(call);
    if (!authorize(call, route))
        return;
    if (!route) {
        aks_fail_method(call->fail);
        return;
    }
    if (aks_negotiate(call))
        route->handler(call);
}

/* A token that is sent must be good; none at all is system:anonymous. */
static bool authenticate(struct aks_call *call)
{
    const char *header = base_headers_get(call->request->headers, "Authorization");
    const char *token =
        header && base_starts_nocase(header, "Bearer ") ? header + strlen("Bearer ") : NULL;
    const struct aks_cluster *cluster = call->cluster;
    bool good;

    call->user = "system:anonymous";
    if (!token)
        return true;
    aks_lock(call->aks);
    good = strlen(token) == strlen(cluster->admin_token) &&
           (base_equal_constant_time(token, cluster->admin_token, strlen(token)) ||
            base_equal_constant_time(token, cluster->user_token, strlen(token)));
    aks_unlock(call->aks);
    if (!good)
        return aks_fail_plain(call->fail, "Unauthorized", "Unauthorized");
    call->user = "masterclient";
    sim_trace_caller(call->response, call->user);
    call->admin = true;
    return true;
}

static const struct fixed *find_fixed(const char *path)
{
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (base_equal(fixed[i].path, path))
            return &fixed[i];
    return NULL;
}

/* /api/v1/... or /apis/{group}/{version}/...; "namespaces/{ns}/{plural}" is one step deeper than "{plural}". */
static bool take_path(struct aks_call *call, const char **segments, size_t count)
{
    bool core = base_equal(segments[0], "api"), group_known = core;
    const char *group = core ? "" : segments[1], *version = segments[core ? 1 : 2];
    size_t at = core ? 2 : 3;

    for (int i = 0; i < AKS_KINDS; i++)
        group_known = group_known || base_equal(aks_kind_at((enum aks_kind_id)i)->group, group);
    if (!group_known)
        return aks_fail_no_page(call->fail);
    if (count >= at + 3 && base_equal(segments[at], "namespaces") &&
        aks_kind_by_plural(group, version, segments[at + 2])) {
        call->ns = segments[at + 1];
        at += 2;
    }
    call->kind = aks_kind_by_plural(group, version, segments[at]);
    if (!call->kind || (*call->ns && !call->kind->namespaced) || count > at + 3)
        return aks_fail_no_resource(call->fail);
    if (count > at + 1)
        call->name = segments[at + 1];
    if (count > at + 2)
        call->sub = segments[at + 2];
    if (*call->name && call->kind->namespaced && !*call->ns)
        return aks_fail_no_resource(call->fail);
    if (*call->sub && !has_subresource(call->kind, call->sub)) {
        if (call->kind->custom && call->admin)
            return aks_fail_not_found(call->fail, call->kind, call->name);
        return aks_fail_no_resource(call->fail);
    }
    return true;
}

static const struct route *find_route(struct aks_call *call)
{
    enum shape shape = *call->sub ? SUBRESOURCE : *call->name ? ITEM : COLLECTION;
    bool writes = !base_equal(call->request->method, "GET");

    if (shape == COLLECTION && writes && call->kind->namespaced &&
        !*call->ns) /* of all namespaces: only listed */
        return NULL;
    if (shape == COLLECTION && call->kind->no_collection &&
        base_equal(call->request->method, "DELETE"))
        return NULL;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (routes[i].shape == shape && base_equal(routes[i].method, call->request->method) &&
            (!routes[i].sub || base_equal(routes[i].sub, call->sub)))
            return &routes[i];
    return NULL;
}

static bool has_subresource(const struct aks_kind *kind, const char *sub)
{
    for (size_t i = 0; kind->subresources && kind->subresources[i]; i++)
        if (strncmp(kind->subresources[i], sub, strlen(sub)) == 0 &&
            kind->subresources[i][strlen(sub)] == ':')
            return true;
    return false;
}

/* Only administrators have rights: nobody else can be given any here. */
static bool authorize(struct aks_call *call, const struct route *route)
{
    const char *verb = route ? route->verb : "get";
    const char *ns = call->kind->id == AKS_NAMESPACE ? call->name : call->ns;

    if (call->admin)
        return true;
    if (route && route->handler == aks_list && aks_query_bool(call, "watch"))
        verb = "watch";
    const char *where = *ns ? base_arena_printf(call->arena, "in the namespace \"%s\"", ns)
                            : "at the cluster scope";
    return aks_fail_forbidden(call->fail, call->kind, call->name,
                              "User \"%s\" cannot %s resource \"%s%s%s\" in API group \"%s\" %s",
                              call->user, verb, call->kind->plural, *call->sub ? "/" : "",
                              call->sub, call->kind->group, where);
}

static bool allow_path(struct aks_call *call)
{
    char *verb = base_arena_strdup(call->arena, call->request->method);

    if (call->admin)
        return true;
    base_lower(verb);
    aks_fail_plain(call->fail, "Forbidden", "forbidden: User \"%s\" cannot %s path \"%s\"",
                   call->user, verb, call->request->path);
    return aks_fail_empty_details(call->fail);
}
