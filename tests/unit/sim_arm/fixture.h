/* A world with ARM, a key set, a subscription of the customer's tenant, principals with roles, a provider in the process
 * (Contoso.Kit) and one outside it (Microsoft.HealthcareApis), played by a handler. */
#ifndef TEST_SIM_ARM_FIXTURE_H
#define TEST_SIM_ARM_FIXTURE_H

#include "simulators/arm/arm.h"
#include "simulators/kit/control.h"
#include "simulators/kit/rbac.h"
#include "simulators/kit/resource.h"
#include "simulators/kit/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUB "00000000-0000-0000-0000-000000000001"
#define OTHER_SUB "00000000-0000-0000-0000-000000000002"
#define TENANT "11111111-1111-1111-1111-111111111111"
#define OTHER_TENANT "11111111-1111-1111-1111-222222222222"
#define S "/subscriptions/" SUB
#define RG S "/resourceGroups/rg1"
#define HEALTH "Microsoft.HealthcareApis"
#define W RG "/providers/" HEALTH "/workspaces/ws1"
#define C W "/iotconnectors/ic1"
#define V "api-version=2021-11-01"
#define R "api-version=2021-04-01"

/* The provider outside: keeps what is put, refuses to delete parents, deletes in two steps. */
struct fake_rp {
    pthread_mutex_t lock;
    cJSON *resources; /* lower-case path -> body */
    cJSON *calls;     /* [{method,path,query,headers{},body}] */
    bool async_delete, endless, stubborn, wrong_location;
    int refuse_put; /* status of the next PUTs; 0: none */
};

struct fixture {
    struct base_clock clock;
    base_random_t *random;
    sim_world_t *world;
    arm_t *arm;
    struct fake_rp rp;
    struct base_arena arena;
    char *owner, *reader, *stranger, *foreign; /* bearer tokens */
    struct sim_principal owner_principal, reader_principal;
    struct base_http_response response; /* of the last request */
    cJSON *body;                        /* of the last answer; NULL when it had none */
};

static __attribute__((unused)) void jwks(void *context, const struct base_http_request *request,
                                         struct base_http_response *response)
{
    (void)request;
    base_http_answer_json_take(response, 200, sim_token_jwks(context));
}

/* ---- the provider outside ---- */

static __attribute__((unused)) void record(struct fake_rp *rp,
                                           const struct base_http_request *request)
{
    cJSON *call = cJSON_CreateObject(), *headers;

    base_json_set_text(call, "method", request->method);
    base_json_set_text(call, "path", request->path);
    base_json_set_text(call, "query", request->query);
    base_json_set_text(call, "body", request->body);
    headers = cJSON_AddObjectToObject(call, "headers");
    for (size_t i = 0; i < request->headers->count; i++) {
        char *name = base_strdup(request->headers->items[i].name);
        base_lower(name);
        base_json_set_text(headers, name, request->headers->items[i].value);
        free(name);
    }
    cJSON_AddItemToArray(rp->calls, call);
}

static __attribute__((unused)) bool has_children(struct fake_rp *rp, const char *key)
{
    const cJSON *item;
    size_t len = strlen(key);

    cJSON_ArrayForEach(item, rp->resources) if (!strncmp(item->string, key, len) &&
                                                item->string[len] == '/') return true;
    return false;
}

static __attribute__((unused)) void rp_put(struct fake_rp *rp, const char *key,
                                           const struct base_http_request *request,
                                           struct base_http_response *response)
{
    cJSON *body = base_http_request_json(request, NULL),
          *old = cJSON_GetObjectItem(rp->resources, key);
    const char *principal = base_headers_get(request->headers, "x-ms-identity-principal-id");
    cJSON *properties = base_json_at(body, "properties");

    if (rp->refuse_put) {
        sim_resource_refuse(response, rp->refuse_put, "Refused", NULL, "no");
        cJSON_Delete(body);
        return;
    }
    if (!properties)
        properties = cJSON_AddObjectToObject(body, "properties");
    base_json_set_text(body, "id", request->path);
    base_json_set_text(body, "name", strrchr(request->path, '/') + 1);
    base_json_set_text(body, "type",
                       strstr(request->path, "iotconnectors") ? HEALTH "/workspaces/iotconnectors"
                                                              : HEALTH "/workspaces");
    base_json_set_text(properties, "provisioningState", "Succeeded");
    if (principal && base_json_at(body, "identity"))
        base_json_set_text(base_json_at(body, "identity"), "principalId", principal);
    if (rp->wrong_location)
        base_headers_add(&response->headers, "Location", "https://rp.internal/operations/1");
    base_http_answer_json(response, old ? 200 : 201, body);
    base_json_set(rp->resources, key, body);
}

static __attribute__((unused)) void rp_delete(struct fake_rp *rp, const char *key,
                                              struct base_http_response *response)
{
    cJSON *old = cJSON_GetObjectItem(rp->resources, key);

    if (!old) {
        response->status = 204;
    } else if (rp->stubborn || has_children(rp, key)) {
        sim_resource_refuse(response, 409, "CannotDeleteResource", NULL, "it has children");
    } else if (rp->async_delete) {
        base_json_set_text(base_json_at(old, "properties"), "provisioningState", "Deleting");
        base_headers_add(&response->headers, "Location",
                         "https://management.azure.com" S "/providers/" HEALTH
                         "/locations/westus2/operationresults/o1?" V);
        response->status = 202;
    } else {
        cJSON_DeleteItemFromObject(rp->resources, key);
        response->status = 200;
    }
}

/* A GET of something that is being deleted finds it the first time, and no more afterwards. */
static __attribute__((unused)) void rp_get(struct fake_rp *rp, const char *key,
                                           struct base_http_response *response)
{
    cJSON *old = cJSON_GetObjectItem(rp->resources, key);

    if (!old) {
        sim_resource_refuse(response, 404, "ResourceNotFound", NULL, "absent");
        return;
    }
    base_http_answer_json(response, 200, old);
    if (base_equal(base_json_text(old, "properties.provisioningState"), "Deleting") && !rp->endless)
        cJSON_DeleteItemFromObject(rp->resources, key);
}

static __attribute__((unused)) void rp_handle(void *context,
                                              const struct base_http_request *request,
                                              struct base_http_response *response)
{
    struct fake_rp *rp = context;
    char *key = base_strdup(request->path);

    base_lower(key);
    pthread_mutex_lock(&rp->lock);
    record(rp, request);
    if (strstr(key, "/operationresults/"))
        response->status = 204;
    else if (base_equal(request->method, "PUT") && !strstr(key, "/providers/"))
        base_http_answer_text(response, 200, "application/json", request->body);
    else if (base_equal(request->method, "PUT") || base_equal(request->method, "PATCH"))
        rp_put(rp, key, request, response);
    else if (base_equal(request->method, "DELETE"))
        rp_delete(rp, key, response);
    else if (base_equal(request->method, "POST"))
        base_http_answer_text(response, 200, "application/json", "{\"nameAvailable\":true}");
    else
        rp_get(rp, key, response);
    pthread_mutex_unlock(&rp->lock);
    free(key);
}

/* Copy of the last recorded call of a method; NULL when there was none. Lives until the fixture's end. */
static __attribute__((unused)) const cJSON *last_call(struct fixture *f, const char *method)
{
    const cJSON *found = NULL, *call;

    pthread_mutex_lock(&f->rp.lock);
    cJSON_ArrayForEach(call, f->rp.calls) if (base_equal(base_json_text(call, "method"), method))
        found = call;
    pthread_mutex_unlock(&f->rp.lock);
    return found;
}

static __attribute__((unused)) int count_calls(struct fixture *f, const char *method)
{
    const cJSON *call;
    int count = 0;

    pthread_mutex_lock(&f->rp.lock);
    cJSON_ArrayForEach(call, f->rp.calls) count +=
        base_equal(base_json_text(call, "method"), method);
    pthread_mutex_unlock(&f->rp.lock);
    return count;
}

static __attribute__((unused)) const char *header_of(const cJSON *call, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItem(base_json_at(call, "headers"), name));
}

/* ---- the world ---- */

static __attribute__((unused)) struct sim_principal principal(struct fixture *f, const char *name,
                                                              const char *tenant)
{
    struct sim_principal p = {.kind = SIM_PRINCIPAL_APPLICATION};

    snprintf(p.name, sizeof p.name, "%s", name);
    snprintf(p.tenant, sizeof p.tenant, "%s", tenant);
    sim_principal_put(f->world, &p);
    return p;
}

static __attribute__((unused)) char *bearer(struct fixture *f, const struct sim_principal *p,
                                            const char *audience)
{
    char *token = sim_token_mint(f->world, &(struct sim_token_request){p, audience, "1", 3600});
    char *header = base_asprintf("Bearer %s", token);

    free(token);
    return header;
}

static __attribute__((unused)) void grant(struct fixture *f, const struct sim_principal *p,
                                          const char *role, const char *scope)
{
    struct sim_assignment a = {.created_ms = 1, .updated_ms = 1};

    base_uuid(f->random, a.name);
    snprintf(a.scope, sizeof a.scope, "%s", scope);
    snprintf(a.role, sizeof a.role, "%s", sim_role_find(role)->guid);
    snprintf(a.principal, sizeof a.principal, "%s", p->object_id);
    sim_assignment_put(f->world, &a);
}

static __attribute__((unused)) void open_world(struct fixture *f, const char *state_dir)
{
    static const char *const kit_versions[] = {"2022-01-01", "2021-01-01", NULL};
    static const struct sim_resource_type kit_types[] = {
        {.type = "Contoso.Kit/boxes",
         .api_versions = kit_versions,
         .tracked = true,
         .created = 201,
         .updated = 200,
         .deleted = 200},
        {.type = "Contoso.Kit/boxes/lids",
         .api_versions = kit_versions,
         .tracked = true,
         .created = 201,
         .updated = 200,
         .deleted = 200},
        {.type = HEALTH "/services",
         .api_versions = kit_versions,
         .tracked = true,
         .created = 201,
         .updated = 200,
         .deleted = 200,
         .async_delete = true},
        {.type = HEALTH "/workspaces/fhirservices",
         .api_versions = kit_versions,
         .tracked = true,
         .created = 201,
         .updated = 200,
         .deleted = 200},
    };
    struct base_error err = {0};

    f->world = sim_world_new(&(struct sim_world_config){&f->clock, f->random, state_dir}, &err);
    if (!f->world)
        fail_msg("%s", err.message);
    sim_host_add(f->world, "login.microsoftonline.com", "entra", jwks, f->world);
    f->arm = arm_add(f->world, &err);
    assert_non_null(f->arm);
    (void)sim_provider_add(f->world, "Contoso.Kit", kit_types, 2, NULL);
    (void)sim_provider_add(f->world, HEALTH, kit_types + 2, 2, NULL);
    arm_endpoint_set_handler(f->arm, HEALTH, rp_handle, &f->rp);
}

static __attribute__((unused)) void free_tokens(struct fixture *f)
{
    free(f->owner);
    free(f->reader);
    free(f->stranger);
    free(f->foreign);
}

static __attribute__((unused)) void seed(struct fixture *f)
{
    static const char *const namespaces[] = {HEALTH, "Contoso.Kit", "Microsoft.ManagedIdentity"};

    free_tokens(f);
    sim_tenant_add(f->world, TENANT, "customer.example");
    sim_tenant_add(f->world, OTHER_TENANT, "provider.example");
    arm_subscription_put(f->arm, SUB, "Customer", TENANT);
    arm_subscription_put(f->arm, OTHER_SUB, "Provider", OTHER_TENANT);
    for (size_t i = 0; i < 3; i++)
        arm_namespace_register(f->arm, SUB, namespaces[i]);
    f->owner_principal = principal(f, "customer", TENANT);
    f->reader_principal = principal(f, "auditor", TENANT);
    struct sim_principal stranger = principal(f, "stranger", TENANT),
                         foreign = principal(f, "foreign", OTHER_TENANT);
    grant(f, &f->owner_principal, "Owner", S);
    grant(f, &f->reader_principal, "Reader", S);
    f->owner = bearer(f, &f->owner_principal, "https://management.azure.com/");
    f->reader = bearer(f, &f->reader_principal, "https://management.core.windows.net/");
    f->stranger = bearer(f, &stranger, "https://management.azure.com");
    f->foreign = bearer(f, &foreign, "https://management.azure.com");
}

static __attribute__((unused)) int fixture_setup(void **state)
{
    struct fixture *f = base_alloc(sizeof *f);

    base_clock_init(&f->clock);
    f->random = base_random_new(NULL);
    f->rp.resources = cJSON_CreateObject();
    f->rp.calls = cJSON_CreateArray();
    pthread_mutex_init(&f->rp.lock, NULL);
    base_arena_init(&f->arena);
    open_world(f, NULL);
    seed(f);
    *state = f;
    return 0;
}

static __attribute__((unused)) int fixture_teardown(void **state)
{
    struct fixture *f = *state;

    arm_free(f->arm);
    sim_world_free(f->world);
    base_http_response_release(&f->response);
    cJSON_Delete(f->body);
    cJSON_Delete(f->rp.resources);
    cJSON_Delete(f->rp.calls);
    pthread_mutex_destroy(&f->rp.lock);
    base_arena_release(&f->arena);
    free_tokens(f);
    base_random_free(f->random);
    free(f);
    return 0;
}

/* ---- requests ---- */

/* `target`: path and query on `host`; `headers`: "Name: value" lines, NULL for none. Returns the status. */
static __attribute__((unused)) int send_to(struct fixture *f, const char *host, const char *token,
                                           const char *method, const char *target, const char *body,
                                           const char *const *headers)
{
    struct base_headers list = {0};
    const char *mark = strchr(target, '?');

    base_http_response_release(&f->response);
    cJSON_Delete(f->body);
    if (token)
        base_headers_add(&list, "Authorization", token);
    for (; headers && *headers; headers++) {
        char *name = base_strndup(*headers, strcspn(*headers, ":"));
        base_headers_add(&list, name, *headers + strlen(name) + 2);
        free(name);
    }
    struct base_http_request request = {
        .method = method,
        .scheme = "https",
        .host = host,
        .path =
            base_arena_strndup(&f->arena, target, mark ? (size_t)(mark - target) : strlen(target)),
        .query = mark ? mark + 1 : "",
        .headers = &list,
        .body = body ? body : "",
        .body_len = body ? strlen(body) : 0,
        .peer = "10.1.2.3:4444",
        .arena = &f->arena,
    };
    if (strcmp(host, "control"))
        sim_dispatch(f->world, &request, &f->response);
    else
        sim_control_handle(f->world, &request, &f->response);
    base_headers_release(&list);
    f->body = f->response.body.len
                  ? base_json_parse(f->response.body.data, f->response.body.len, NULL)
                  : NULL;
    return f->response.status;
}

static __attribute__((unused)) int send_as(struct fixture *f, const char *token, const char *method,
                                           const char *target, const char *body)
{
    return send_to(f, "management.azure.com", token, method, target, body, NULL);
}

static __attribute__((unused)) int ask(struct fixture *f, const char *method, const char *target,
                                       const char *body)
{
    return send_as(f, f->owner, method, target, body);
}

static __attribute__((unused)) const char *code(struct fixture *f)
{
    return base_json_text(f->body, "error.code");
}

static __attribute__((unused)) const char *header(struct fixture *f, const char *name)
{
    return base_headers_get(&f->response.headers, name);
}

#define assert_refused(f, call, status_, code_)                                                    \
    do {                                                                                           \
        int status__ = (call);                                                                     \
        if (status__ != (status_) || !base_equal(code(f), (code_)))                                \
            fail_msg("answered %d %s, expected %d %s: %s", status__, code(f) ? code(f) : "-",      \
                     (status_), (code_), (f)->response.body.data ? (f)->response.body.data : "");  \
    } while (0)
#define assert_status(f, call, status_)                                                            \
    do {                                                                                           \
        int status__ = (call);                                                                     \
        if (status__ != (status_))                                                                 \
            fail_msg("answered %d, expected %d: %s", status__, (status_),                          \
                     (f)->response.body.data ? (f)->response.body.data : "");                      \
    } while (0)

static __attribute__((unused)) void make_group(struct fixture *f)
{
    assert_status(f, ask(f, "PUT", S "/resourcegroups/rg1?" R, "{\"location\":\"West US 2\"}"),
                  201);
}

static __attribute__((unused)) void make_connector(struct fixture *f)
{
    make_group(f);
    assert_status(f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\"}"), 201);
    assert_status(f,
                  ask(f, "PUT", C "?" V,
                      "{\"location\":\"US West 2\",\"identity\":{\"type\":\"SystemAssigned\"}}"),
                  201);
}

#endif
