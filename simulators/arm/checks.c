/* Decides whether what the path names exists: route, namespace, type, version, group, registration. */
#include "simulators/arm/checks.h"
#include "simulators/arm/regions.h"

#include <string.h>

bool arm_check_path(struct arm_call *call)
{
    const struct base_http_request *request = call->request;
    bool wrong_method;

    if (!arm_path_parse(call->arena, request->method, request->path, &call->target))
        return arm_refuse(call->response, call->target.error, NULL, "%s", call->target.message);
    call->resource = call->target.id;
    call->route = arm_route_find(request->method, &call->target, &wrong_method);
    if (call->route)
        return true;
    if (wrong_method)
        return arm_refuse(call->response, ARM_METHOD_NOT_ALLOWED, NULL,
                          "The requested resource does not support http method '%s'.",
                          request->method);
    if (!call->target.subscription)
        return arm_refuse(
            call->response, ARM_MISSING_SUBSCRIPTION, NULL,
            "The request did not have a subscription or a valid tenant level resource provider.");
    return arm_refuse(call->response, ARM_NOT_FOUND, NULL,
                      "No operation of this Azure Resource Manager matches %s '%s'.",
                      request->method, call->target.path);
}

bool arm_check_version_present(struct arm_call *call)
{
    const char *version = arm_call_query(call, "api-version");

    if (version && *version) {
        call->api_version = version;
        return true;
    }
    return call->route->flags & ARM_ROUTE_ANONYMOUS ||
           arm_refuse(
               call->response, ARM_MISSING_API_VERSION, NULL,
               "The api-version query parameter (?api-version=) is required for all requests.");
}

static bool is_resource(const struct arm_call *call)
{
    return call->route->flags & ARM_ROUTE_RESOURCE;
}

bool arm_check_namespace(struct arm_call *call)
{
    const char *provider = call->target.provider;

    if (!provider || arm_namespace_known(call->arm, provider))
        return true;
    return arm_refuse(call->response, ARM_INVALID_NAMESPACE, NULL,
                      "The resource namespace '%s' is invalid.", provider);
}

/* The resource's id with the type spelled as the type is. */
static const char *canonical_id(struct arm_call *call)
{
    const struct arm_target *target = &call->target;
    const char *type = strchr(call->type.name, '/'), **parts;
    size_t end = target->first + 2 * target->depth - (target->collection ? 2 : 0);

    if (!type || base_equal_nocase(target->type, call->type.name))
        return target->id;
    parts = base_arena_alloc(call->arena, target->count * sizeof *parts);
    memcpy(parts, target->parts, target->count * sizeof *parts);
    for (size_t i = target->first; i < target->first + 2 * target->depth && type; i += 2) {
        size_t len = strcspn(++type, "/");
        parts[i] = base_arena_strndup(call->arena, type, len);
        type = type[len] ? type + len : NULL;
    }
    return target->collection && target->depth == 1 ? target->id
                                                    : arm_path_join(call->arena, parts, end);
}

bool arm_check_type(struct arm_call *call)
{
    const struct arm_target *target = &call->target;

    if (!is_resource(call))
        return true;
    if (!target->type)
        return arm_type_of_namespace(call->arm, call->arena, target->provider, &call->type);
    if (!arm_type_find(call->arm, call->arena, target->type, &call->type))
        return arm_refuse(
            call->response, ARM_INVALID_TYPE, NULL,
            "The resource type '%s' could not be found in the namespace '%s' for api version '%s'.",
            target->type + strlen(target->provider) + 1, target->provider, call->api_version);
    call->resource = canonical_id(call);
    return true;
}

static void enumerate(struct base_buf *out, const char *const *versions)
{
    for (size_t i = 0; versions && versions[i]; i++)
        base_buf_printf(out, "%s%s", i ? ", " : "", versions[i]);
}

/* The location a request names, for the sentence only. */
static const char *asked_location(const struct arm_call *call)
{
    cJSON *body = base_http_request_json(call->request, NULL);
    const char *location = base_arena_strdup(call->arena, base_json_text(body, "location"));

    cJSON_Delete(body);
    return location ? location : "global";
}

static const char *supported_locations(const struct arm_call *call)
{
    struct base_buf list = {0};

    if (call->type.tracked)
        arm_region_enumerate(&list);
    const char *text = base_arena_strdup(call->arena, list.data ? list.data : "");
    base_buf_release(&list);
    return text;
}

bool arm_check_version(struct arm_call *call)
{
    const char *const *versions = is_resource(call) ? call->type.versions : call->route->versions;
    const char *lenient = sim_setting(call->arm->world, "lenient-api-versions");
    struct base_buf list = {0};

    if (call->route->flags & ARM_ROUTE_ANONYMOUS)
        return true;
    bool any = !versions || base_equal_nocase(lenient, "true");
    if (any ? arm_version_well_formed(call->api_version)
            : arm_version_listed(versions, call->api_version))
        return true;
    enumerate(&list, versions);
    if (is_resource(call) && call->type.home != ARM_HOME_SELF && call->target.type)
        arm_refuse(call->response, ARM_NO_REGISTERED_PROVIDER, NULL,
                   "No registered resource provider found for location '%s' and API version '%s' "
                   "for type '%s'. The supported api-versions are '%s'. The supported locations "
                   "are '%s'.",
                   asked_location(call), call->api_version,
                   call->target.type + strlen(call->target.provider) + 1,
                   list.data ? list.data : "any of the form YYYY-MM-DD", supported_locations(call));
    else
        arm_refuse(call->response, ARM_INVALID_API_VERSION, NULL,
                   "The api-version '%s' is invalid. The supported versions are '%s'.",
                   call->api_version, list.data ? list.data : "any of the form YYYY-MM-DD");
    base_buf_release(&list);
    return false;
}

bool arm_check_group(struct arm_call *call)
{
    if (!call->target.group)
        return true;
    cJSON *group =
        arm_docs_get(call->arm->groups, arm_path_join(call->arena, call->target.parts, 4));
    bool deleting = base_equal(base_json_text(group, "properties.provisioningState"), "Deleting");

    call->group_id = base_arena_strdup(call->arena, base_json_text(group, "id"));
    cJSON_Delete(group);
    if (call->route->flags & ARM_ROUTE_GROUP)
        return true;
    if (!call->group_id)
        return arm_refuse(call->response, ARM_GROUP_NOT_FOUND, NULL,
                          "Resource group '%s' could not be found.", call->target.group);
    if (deleting && arm_call_writes(call) && !base_equal(call->request->method, "DELETE"))
        return arm_refuse(
            call->response, ARM_GROUP_BEING_DELETED, NULL,
            "The resource group '%s' is in deprovisioning state and cannot perform this operation.",
            call->target.group);
    return true;
}

bool arm_check_registration(struct arm_call *call)
{
    static const char *const always[] = {"Microsoft.Resources", "Microsoft.Authorization"};
    const char *provider = call->target.provider;

    if (!is_resource(call) || !call->target.subscription || !arm_call_writes(call) ||
        base_equal(call->request->method, "DELETE"))
        return true;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (base_equal_nocase(provider, always[i]))
            return true;
    cJSON *registration =
        arm_docs_get(call->arm->registrations,
                     base_arena_printf(call->arena, "%s/%s", call->target.subscription, provider));
    cJSON_Delete(registration);
    if (registration)
        return true;
    const char *message = base_arena_printf(
        call->arena,
        "The subscription is not registered to use namespace '%s'. Register it with POST "
        "/subscriptions/%s/providers/%s/register.",
        call->type.provider, call->target.subscription, call->type.provider);
    arm_refuse(call->response, ARM_MISSING_REGISTRATION, NULL, "%s", message);
    arm_refuse_detail(call->response, arm_error_code(ARM_MISSING_REGISTRATION), call->type.provider,
                      message);
    return false;
}
