/* Decides what people and programs outside the cloud may tell ARM through the control API. */
#include "simulators/arm/views.h"
#include "simulators/arm/assignments.h"
#include "simulators/arm/endpoint.h"
#include "simulators/arm/registration.h"
#include "simulators/arm/types.h"
#include "simulators/kit/control.h"

#include <stdlib.h>
#include <string.h>

#define PROVIDERS "/_sim/providers"
#define CONFLICTS "/_sim/arm/hash-conflicts"

static bool refuse(struct base_http_response *response, int status, const char *code,
                   const char *target, const char *message)
{
    sim_resource_refuse(response, status, code, target, "%s", message);
    return false;
}

static bool check_version_list(const cJSON *versions)
{
    const cJSON *version;

    cJSON_ArrayForEach(version,
                       versions) if (!cJSON_IsString(version) ||
                                     !arm_version_well_formed(version->valuestring)) return false;
    return cJSON_IsArray(versions) && versions->child;
}

static bool check_manifest(const cJSON *types, struct base_http_response *response)
{
    const cJSON *row;

    if (!cJSON_IsArray(types))
        return refuse(response, 400, "InvalidManifest", "resourceTypes",
                      "resourceTypes must be an array");
    cJSON_ArrayForEach(row, types)
    {
        const char *name = base_json_text(row, "resourceType");
        if (!name || !*name || !check_version_list(base_json_at(row, "apiVersions")))
            return refuse(response, 400, "InvalidManifest", "resourceTypes",
                          "each of resourceTypes needs resourceType (\"a/b\") and apiVersions (a "
                          "list of YYYY-MM-DD)");
    }
    return true;
}

static void keep_manifest(struct arm *arm, const char *provider, const cJSON *types)
{
    cJSON *manifest = cJSON_CreateObject();

    base_json_set_text(manifest, "namespace", provider);
    base_json_set(manifest, "resourceTypes", base_json_copy(types));
    arm_docs_put(arm->manifests, provider, manifest);
}

/* {"endpoint":"https://127.0.0.1:PORT","caFile"?:PATH,"resourceTypes"?:[{resourceType,apiVersions[],tracked}]} */
static void put_provider(struct arm *arm, const char *provider, const cJSON *body,
                         struct base_http_response *response)
{
    const char *endpoint = base_json_text(body, "endpoint");
    const cJSON *types = base_json_at(body, "resourceTypes");
    struct base_error err = {0};

    if (!endpoint) {
        refuse(response, 400, "InvalidEndpoint", "endpoint",
               "expected "
               "{\"endpoint\":\"https://HOST:PORT\",\"caFile\"?:PATH,\"resourceTypes\"?:[...]}");
        return;
    }
    if (types && !check_manifest(types, response))
        return;
    if (!types && !arm_namespace_known(arm, provider)) {
        refuse(response, 400, "InvalidManifest", "resourceTypes",
               "this namespace is new here: resourceTypes must say what it has");
        return;
    }
    if (arm_endpoint_set(arm, provider, endpoint, base_json_text(body, "caFile"), &err) !=
        BASE_OK) {
        refuse(response, err.status == BASE_INVALID ? 400 : 500, "InvalidEndpoint", "endpoint",
               err.message);
        return;
    }
    if (types)
        keep_manifest(arm, provider, types);
    arm_registration_forget_told(arm, provider);
    cJSON *answer = cJSON_CreateObject();
    base_json_set_text(answer, "namespace", provider);
    base_json_set_text(answer, "endpoint", endpoint);
    base_http_answer_json_take(response, 200, answer);
}

static void delete_provider(struct arm *arm, const char *provider,
                            struct base_http_response *response)
{
    struct base_error err = {0};

    if (arm_endpoint_set(arm, provider, NULL, NULL, &err) != BASE_OK) {
        refuse(response, 500, "InvalidEndpoint", NULL, err.message);
        return;
    }
    arm_docs_remove(arm->manifests, provider);
    response->status = 204;
}

static void providers(void *context, const struct base_http_request *request,
                      struct base_http_response *response)
{
    const char *provider = request->path + strlen(PROVIDERS);
    struct base_error err = {0};

    provider += *provider == '/';
    if (base_equal(request->method, "GET")) {
        cJSON *answer = cJSON_CreateObject();
        cJSON_AddItemToObject(answer, "value", arm_endpoint_list(context));
        base_http_answer_json_take(response, 200, answer);
    } else if (!*provider || strchr(provider, '/')) {
        refuse(response, 404, "NotFound", NULL, "expected " PROVIDERS "/{namespace}");
    } else if (base_equal(request->method, "DELETE")) {
        delete_provider(context, provider, response);
    } else if (base_equal(request->method, "PUT")) {
        cJSON *body = base_http_request_json(request, &err);
        if (err.status != BASE_OK)
            refuse(response, 400, "InvalidRequestContent", NULL, err.message);
        else
            put_provider(context, provider, body, response);
        cJSON_Delete(body);
    } else {
        refuse(response, 405, "MethodNotAllowed", NULL, "expected GET, PUT or DELETE");
    }
}

/* {"count":N} the next N new assignments, {"name":GUID} that one for ever. */
static void conflicts(void *context, const struct base_http_request *request,
                      struct base_http_response *response)
{
    struct base_error err = {0};
    cJSON *body = base_http_request_json(request, &err);
    const char *name = base_json_text(body, "name");
    double count = base_json_number(body, "count", 0);

    if (err.status != BASE_OK || (name && !base_is_uuid(name)) ||
        (!name && (count < 1 || count > 1000))) {
        refuse(response, 400, "InvalidRequestContent", NULL,
               "expected {\"count\":1..1000} or {\"name\":GUID}");
    } else {
        arm_assignment_arm_conflicts(context, (unsigned)count, name);
        response->status = 204;
    }
    cJSON_Delete(body);
}

void arm_control_add(struct arm *arm)
{
    sim_control_add(arm->world, NULL, PROVIDERS, providers, arm);
    sim_control_add(arm->world, "POST", CONFLICTS, conflicts, arm);
}
