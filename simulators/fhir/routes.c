/* Decides which operations the data plane has, and which right each needs (facts fhir.md §1). */
#include "simulators/fhir/call.h"

#include <ctype.h>
#include <string.h>

#define NONE (&(const struct fhir_right){NULL})
#define READ (&(const struct fhir_right){"read"})
#define WRITE (&(const struct fhir_right){"write"})
#define DELETE (&(const struct fhir_right){"delete"})

static const struct sim_route routes[] = {
    {"capabilities", "GET", "/metadata", fhir_metadata, NONE},
    {"create", "POST", "/{type}", fhir_create, WRITE},
    {"search-type", "GET", "/{type}", fhir_search, READ},
    {"read", "GET", "/{type}/{id}", fhir_read, READ},
    {"update", "PUT", "/{type}/{id}", fhir_update, WRITE},
    {"delete", "DELETE", "/{type}/{id}", fhir_delete, DELETE},
    {"vread", "GET", "/{type}/{id}/_history/{version}", fhir_vread, READ},
};

const struct sim_route *fhir_routes(size_t *count)
{
    *count = sizeof routes / sizeof *routes;
    return routes;
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

    return !right->action ||
           ((call->caller || fhir_authenticate(call)) && fhir_authorize(call, right->action));
}

bool fhir_call_route(struct fhir_call *call)
{
    return find_route(call) && check_right(call) && check_type(call);
}
