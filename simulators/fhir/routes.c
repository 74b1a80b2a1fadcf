/* Decides which operations the data plane has, and which right each needs (facts fhir.md §1). */
#include "simulators/fhir/call.h"

#include <string.h>

#define OPEN (&(const struct fhir_right){NULL, true})
#define TOKEN (&(const struct fhir_right){NULL, false})
#define RIGHT(action) (&(const struct fhir_right){action, false})
#define READ RIGHT("read")
#define WRITE RIGHT("write")
#define DELETE RIGHT("delete")
#define EXPORT RIGHT("export/action")

static const struct sim_route routes[] = {
    {"capabilities", "GET", "/metadata", fhir_metadata, OPEN},
    {"versions", "GET", "/$versions", fhir_versions, OPEN},
    {"smart-configuration", "GET", "/.well-known/smart-configuration", fhir_smart, OPEN},
    {"health-check", "GET", "/health/check", fhir_health, OPEN},
    {"batch-transaction", "POST", "", fhir_bundle_post, TOKEN},
    {"search-system", "GET", "", fhir_search, READ},
    {"search-system", "POST", "/_search", fhir_search, READ},
    {"history-system", "GET", "/_history", fhir_history, READ},
    {"export", "GET", "/$export", fhir_unbuilt, EXPORT},
    {"export-patient", "GET", "/Patient/$export", fhir_unbuilt, EXPORT},
    {"convert-data", "POST", "/$convert-data", fhir_unbuilt, RIGHT("convertData/action")},
    {"reindex", "POST", "/$reindex", fhir_unbuilt, RIGHT("reindex/action")},
    {"import", "POST", "/$import", fhir_unbuilt, RIGHT("import/action")},
    {"create", "POST", "/{type}", fhir_create, WRITE},
    {"search-type", "GET", "/{type}", fhir_search, READ},
    {"conditional-update", "PUT", "/{type}", fhir_conditional_update, WRITE},
    {"conditional-patch", "PATCH", "/{type}", fhir_conditional_patch, WRITE},
    {"conditional-delete", "DELETE", "/{type}", fhir_conditional_delete, DELETE},
    {"search-type", "POST", "/{type}/_search", fhir_search, READ},
    {"history-type", "GET", "/{type}/_history", fhir_history, READ},
    {"validate", "POST", "/{type}/$validate", fhir_validate_only, RIGHT("resourceValidate/action")},
    {"read", "GET", "/{type}/{id}", fhir_read, READ},
    {"update", "PUT", "/{type}/{id}", fhir_update, WRITE},
    {"patch", "PATCH", "/{type}/{id}", fhir_patch, WRITE},
    {"delete", "DELETE", "/{type}/{id}", fhir_delete, DELETE},
    {"history-instance", "GET", "/{type}/{id}/_history", fhir_history, READ},
    {"vread", "GET", "/{type}/{id}/_history/{version}", fhir_vread, READ},
    {"purge-history", "DELETE", "/{type}/{id}/$purge-history", fhir_purge_history,
     RIGHT("hardDelete/action")},
    {"validate", "POST", "/{type}/{id}/$validate", fhir_validate_only,
     RIGHT("resourceValidate/action")},
    {"everything", "GET", "/Patient/{id}/$everything", fhir_unbuilt, READ},
    {"search-compartment", "GET", "/{type}/{id}/{other}", fhir_unbuilt, READ},
};

const struct sim_route *fhir_routes(size_t *count)
{
    *count = sizeof routes / sizeof *routes;
    return routes;
}

void fhir_unbuilt(void *context)
{
    struct fhir_call *call = context;

    fhir_refuse(call, FHIR_UNBUILT, "The operation '%s' of the FHIR service is not simulated.",
                call->route->operation);
}

static bool find_route(struct fhir_call *call)
{
    struct sim_route_match match;

    if (sim_route_find(call->arena, routes, sizeof routes / sizeof *routes, call->method,
                       call->path, &match)) {
        call->route = match.route;
        memcpy(call->captures, match.values, sizeof call->captures);
        return true;
    }
    if (match.other_method)
        fhir_refuse(call, FHIR_NO_METHOD, "The method %s is not supported here: expected %s.",
                    call->method, match.other_method);
    else
        fhir_refuse(call, FHIR_NO_ROUTE, "The requested route was not found.");
    return false;
}

static bool check_type(struct fhir_call *call)
{
    if (!strstr(call->route->pattern, "{type}"))
        return true;
    call->type = fhir_type_number(call->captures[0]);
    call->kind = fhir_kind(call->service.number, call->type);
    if (call->type >= 0)
        return true;
    fhir_refuse(call, FHIR_NO_TYPE, "Resource type '%s' is not supported.", call->captures[0]);
    return false;
}

static bool check_right(struct fhir_call *call)
{
    const struct fhir_right *right = call->route->more;

    return right->open || ((call->caller || fhir_authenticate(call)) &&
                           (!right->action || fhir_authorize(call, right->action)));
}

bool fhir_call_route(struct fhir_call *call)
{
    return find_route(call) && check_right(call) && check_type(call) && fhir_common_ok(call);
}
