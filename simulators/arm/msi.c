/* Decides what the data plane of managed identities answers: credentials of an identity whose URL ARM gave to a provider
 * (facts of ARM, 2.2). */
#include "simulators/arm/credentials.h"
#include "simulators/arm/front.h"
#include "simulators/arm/identity.h"

#include <stdio.h>
#include <string.h>

#define TAIL "/credentials"
#define AUDIENCE "https://identity.azure.net"

struct msi_call {
    struct arm *arm;
    const struct base_http_request *request;
    struct base_http_response *response;
    const char *resource;                 /* id out of the path */
    const char *tenant, *object, *client; /* tid, oid, aid of the query */
};

static void get(struct msi_call *call);
static void post(struct msi_call *call);
static void delete_identity(struct msi_call *call);
static bool check_query(struct msi_call *call);
static bool check_token(struct msi_call *call);

static const struct {
    const char *method, *operation;
    void (*handle)(struct msi_call *call);
} operations[] = {
    {"GET", "SystemAssignedCredentials_Get", get},
    {"POST", "UserAssignedCredentials_Get", post},
    {"DELETE", "SystemAssignedIdentity_Delete", delete_identity},
};

bool arm_msi_route_info(size_t index, struct arm_route_info *out)
{
    if (index >= sizeof operations / sizeof *operations)
        return false;
    *out = (struct arm_route_info){operations[index].method, "{identity URL}",
                                   operations[index].operation};
    return true;
}

static bool refuse(struct msi_call *call, int status, const char *code, const char *message)
{
    sim_resource_refuse(call->response, status, code, NULL, "%s", message);
    return false;
}

void arm_msi_handle(void *context, const struct base_http_request *request,
                    struct base_http_response *response)
{
    struct msi_call call = {.arm = context, .request = request, .response = response};

    base_headers_set(
        &response->headers, "x-ms-request-id",
        base_arena_printf(request->arena, "%lld", (long long)sim_now_ms(call.arm->world)));
    if (!check_query(&call) || !check_token(&call))
        return;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (base_equal(operations[i].method, request->method)) {
            operations[i].handle(&call);
            return;
        }
    }
    refuse(&call, 405, "MethodNotAllowed",
           "The method is not allowed here: expected GET, POST or DELETE.");
}

/* ---- checks ---- */

static bool read_path(struct msi_call *call)
{
    const char *path = call->request->path;
    struct base_buf plain = {0};
    size_t tail = strlen(TAIL);
    bool good = base_uri_decode(&plain, path, strlen(path), false) && plain.len > tail &&
                base_ends_nocase(plain.data, TAIL);

    if (good)
        call->resource = base_arena_strndup(call->request->arena, plain.data, plain.len - tail);
    base_buf_release(&plain);
    return good;
}

static bool check_query(struct msi_call *call)
{
    static const char *const versions[] = {"2024-01-01", "2023-09-30", NULL};
    const char *query = call->request->query, *version;

    if (!read_path(call))
        return refuse(call, 404, "NotFound",
                      "There is no such path: expected {resource id}" TAIL ".");
    version = base_query_get(call->request->arena, query, "api-version");
    if (!version || !arm_version_listed(versions, version))
        return refuse(
            call, 400, version ? "InvalidApiVersion" : "MissingApiVersion",
            "The query parameter api-version is required; supported are 2024-01-01, 2023-09-30.");
    call->tenant = base_query_get(call->request->arena, query, "tid");
    call->object = base_query_get(call->request->arena, query, "oid");
    call->client = base_query_get(call->request->arena, query, "aid");
    if (!call->tenant || !call->object || !call->client || !base_is_uuid(call->tenant))
        return refuse(call, 400, "InvalidIdentityUrl",
                      "The query parameters tid, oid and aid of the identity URL are missing: the "
                      "URL must be used with "
                      "the query it was given with.");
    return true;
}

/* The first call carries no token: the challenge names the tenant whose authority is to be asked. */
static bool check_token(struct msi_call *call)
{
    const char *setting = sim_setting(call->arm->world, "identity-audience");
    const char *audiences[] = {setting ? setting : AUDIENCE, NULL};
    struct base_error err = {0};
    struct sim_caller caller;
    char message[1200];

    if (sim_token_check(call->arm->world, base_headers_get(call->request->headers, "Authorization"),
                        audiences, &caller, &err) == BASE_OK) {
        if (base_equal_nocase(caller.tenant, call->tenant))
            return true;
        snprintf(err.message, sizeof err.message,
                 "the token is of tenant %s, the identity of tenant %s", caller.tenant,
                 call->tenant);
    }
    snprintf(message, sizeof message, "Authentication failed: %s.", err.message);
    base_headers_addf(&call->response->headers, "WWW-Authenticate",
                      "Bearer authorization=\"%s/%s\"", ARM_AUTHORITY, call->tenant);
    return refuse(call, 401, "Unauthorized", message);
}

static bool find(struct msi_call *call, struct arm_identity *identity)
{
    if (!arm_identity_find(call->arm, call->request->arena, call->resource, identity))
        return refuse(call, 404, "IdentityNotFound", "The resource has no managed identity.");
    if (!base_equal_nocase(identity->tenant, call->tenant) ||
        !base_equal_nocase(identity->principal, call->object) ||
        !base_equal_nocase(identity->client, call->client))
        return refuse(
            call, 404, "IdentityNotFound",
            "The identity URL is of an earlier identity of this resource, which is deleted.");
    return true;
}

static void answer(struct msi_call *call, cJSON *credentials, const struct base_error *err)
{
    if (credentials)
        base_http_answer_json_take(call->response, 200, credentials);
    else
        refuse(call, 500, "InternalServerError", err->message);
}

/* ---- operations ---- */

static void get(struct msi_call *call)
{
    struct arm_identity identity;
    struct base_error err = {0};

    if (find(call, &identity))
        answer(call, arm_credentials(call->arm, &identity, &err), &err);
}

/* Credentials of one user-assigned identity; NULL when it does not exist. */
static cJSON *explicit_identity(struct msi_call *call, const char *id, struct base_error *err)
{
    struct sim_principal principal;
    struct arm_identity identity = {.url = ""};
    cJSON *credentials;

    if (!sim_principal_by_resource(call->arm->world, id, &principal))
        return NULL;
    snprintf(identity.principal, sizeof identity.principal, "%s", principal.object_id);
    snprintf(identity.client, sizeof identity.client, "%s", principal.client_id);
    snprintf(identity.tenant, sizeof identity.tenant, "%s", principal.tenant);
    identity.url = base_arena_printf(call->request->arena, "https://%s%s?%s", call->request->host,
                                     call->request->path, call->request->query);
    credentials = arm_credentials(call->arm, &identity, err);
    if (credentials)
        base_json_set_text(credentials, "resource_id", id);
    return credentials;
}

static void post(struct msi_call *call)
{
    struct base_error err = {0};
    cJSON *body = base_http_request_json(call->request, &err), *list = cJSON_CreateArray(), *result;
    const cJSON *ids = base_json_at(body, "identityIds"), *id;
    bool good = cJSON_IsArray(ids) && ids->child;

    if (!good)
        refuse(call, 400, "InvalidRequestContent",
               "The body must hold identityIds, a list of resource ids.");
    cJSON_ArrayForEach(id, ids)
    {
        cJSON *item =
            good && cJSON_IsString(id) ? explicit_identity(call, id->valuestring, &err) : NULL;
        if (item)
            cJSON_AddItemToArray(list, item);
        else if (good)
            good = refuse(call, 404, "IdentityNotFound", "One of the identityIds does not exist.");
    }
    if (good) {
        result = cJSON_CreateObject();
        cJSON_AddItemToObject(result, "explicit_identities", list);
        base_http_answer_json_take(call->response, 200, result);
    } else {
        cJSON_Delete(list);
    }
    cJSON_Delete(body);
}

static void delete_identity(struct msi_call *call)
{
    struct arm_identity identity;
    bool there = arm_identity_find(call->arm, call->request->arena, call->resource, &identity) &&
                 base_equal_nocase(identity.principal, call->object);

    call->response->status = there && arm_identity_remove(call->arm, call->resource) ? 200 : 204;
}
