/* A world for tests of the RP: its configuration, a database, and a small made-up Azure behind the loopback client. Requests go straight
 * to the handler; nothing listens. */
#ifndef TESTS_UNIT_RP_TEST_H
#define TESTS_UNIT_RP_TEST_H

#include "common/log.h"
#include "reference/rp/frontend/frontend.h"
#include "reference/rp/provisioning/capacity.h"
#include "reference/rp/storage/intent.h"
#include "reference/rp/storage/operation.h"
#include "reference/rp/storage/resource.h"
#include "reference/rp/worker/worker.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SUB "00000000-0000-0000-0000-000000000001"
#define TENANT "11111111-1111-1111-1111-111111111111"
#define PRINCIPAL "22222222-2222-2222-2222-222222222222"
#define INTERNAL "55555555-5555-5555-5555-555555555555"
#define WS                                                                                         \
    "/subscriptions/" SUB "/resourceGroups/rg1/providers/Microsoft.HealthcareApis/workspaces/ws1"
#define IC WS "/iotconnectors/ic1"
#define DEST IC "/destinations/dest1"
#define FHIR WS "/fhirservices/fs1"
#define V "2020-11-01-preview"
#define MAPPING                                                                                    \
    "{\"templateType\":\"CollectionContent\",\"template\":[{\"templateType\":\"JsonPathContent\"," \
    "\"template\":{"                                                                               \
    "\"typeName\":\"heartrate\",\"typeMatchExpression\":\"$..[?(@heartrate)]\","                   \
    "\"deviceIdExpression\":\"$.deviceid\","                                                       \
    "\"timestampExpression\":\"$.measurementdatetime\",\"values\":[{\"required\":\"true\","        \
    "\"valueExpression\":"                                                                         \
    "\"$.heartrate\",\"valueName\":\"hr\"}]}}]}"
#define INGESTION                                                                                  \
    "\"ingestionEndpointConfiguration\":{\"eventHubName\":\"EventHub\",\"consumerGroup\":"         \
    "\"consumerGroupA\","                                                                          \
    "\"fullyQualifiedEventHubNamespace\":\"myeventhub.servicesbus.windows.net\"}"
#define CONNECTOR_WITH(mapping)                                                                    \
    "{\"location\":\"US West "                                                                     \
    "2\",\"identity\":{\"type\":\"SystemAssigned\"},\"properties\":{" INGESTION                    \
    ",\"deviceMapping\":{\"content\":" mapping "}}}"
#define CONNECTOR CONNECTOR_WITH(MAPPING)
#define FHIR_MAPPING                                                                               \
    "{\"templateType\":\"CollectionFhirTemplate\",\"template\":[{\"templateType\":"                \
    "\"CodeValueFhir\",\"template\":{"                                                             \
    "\"codes\":[{\"code\":\"8867-4\",\"system\":\"http://loinc.org\",\"display\":\"Heart "         \
    "rate\"}],"                                                                                    \
    "\"periodInterval\":60,\"typeName\":\"heartrate\",\"value\":{\"defaultPeriod\":5000,\"unit\":" \
    "\"count/min\","                                                                               \
    "\"valueName\":\"hr\",\"valueType\":\"SampledData\"}}}]}"
#define DESTINATION_TO(id)                                                                         \
    "{\"location\":\"US West 2\",\"properties\":{\"destinationType\":\"FhirService\","             \
    "\"resourceIdentityResolutionType\":\"Create\",\"fhirServiceResourceId\":\"" id                \
    "\",\"fhirMapping\":{\"content\":" FHIR_MAPPING "}}}"

#define TRACE_MAX 2000
struct fake { /* the made-up Azure: things by lower-case host + path */
    cJSON *things;
    char *trace[TRACE_MAX];       /* "PUT management.azure.com/subscriptions/..." without tokens */
    int64_t traced_ms[TRACE_MAX]; /* when, by the clock */
    size_t traced;
    const struct base_clock *clock;
    struct
    { /* the next `times` calls whose trace holds `match` are answered so; status 0: dropped after the effect */
        const char *match, *code;
        int status, times, retry_after_s; /* 0: none named */
    } fault;
    base_random_t *random;
    char *pfx;           /* base64 of the external identity's credential */
    int64_t imported_ms; /* not before of what the vault was given last */
    int64_t renew_after_ms;
    bool stuck_pods;  /* deployments never get their pods up */
    bool strips_tags; /* a policy takes the tags off namespaces, which take their time */
};

struct test_world {
    struct rp_config config;
    struct base_clock clock;
    struct rp_capacity capacity;
    struct rp_world rp;
    struct fake fake;
    struct rp_kubeconfigs kubeconfigs;
    const char *subject;     /* of the client certificate; default ARM's */
    const char *headers[16]; /* further request headers: name, value, ..., NULL */
};
struct answer {
    int status;
    struct base_headers headers;
    cJSON *body;
};

static void answer_release(struct answer *answer)
{
    base_headers_release(&answer->headers);
    cJSON_Delete(answer->body);
    memset(answer, 0, sizeof *answer);
}

/* --- the made-up Azure --- */

static const char *fake_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

static void fake_error(struct base_http_response *response, int status, const char *code)
{
    cJSON *body = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(body, "error");

    base_json_set_text(error, "code", code);
    base_json_set_text(error, "message", "made up");
    if (status == 404 || status == 409) /* Kubernetes reads these */
        base_json_set_text(body, "reason", code);
    base_http_answer_json_take(response, status, body);
}

static void fake_token(struct base_http_response *response)
{
    cJSON *body = cJSON_CreateObject();

    base_json_set_text(body, "access_token", "token");
    base_json_set_text(body, "token_type", "Bearer");
    base_json_set_number(body, "expires_in", 1e9);
    base_http_answer_json_take(response, 200, body);
}

/* E31: the query of the URL that ARM gave is kept, and the api-version added. */
static void assert_identity_query(const char *query)
{
    static const char *const PARTS[] = {"tid=" TENANT, "oid=" PRINCIPAL, "aid=1",
                                        "api-version=2024-01-01"};
    size_t length = 0;

    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        const char *at = strstr(query, PARTS[i]);
        const char *end = at ? at + strlen(PARTS[i]) : NULL;
        if (!at || (at > query && at[-1] != '&') || (*end && *end != '&'))
            fail_msg("the query is \"%s\"; expected %s in it", query, PARTS[i]);
        length += strlen(PARTS[i]) + (i > 0);
    }
    assert_int_equal(strlen(query), length); /* and nothing else */
}

static void fake_identity(struct fake *fake, const struct base_http_request *request,
                          struct base_http_response *response)
{
    cJSON *body = cJSON_CreateObject();
    char text[BASE_TIME_TEXT];

    if (!base_headers_get(request->headers, "Authorization")) {
        cJSON_Delete(body);
        base_headers_set(&response->headers, "WWW-Authenticate",
                         "Bearer authorization=\"https://login.microsoftonline.com/" TENANT "\"");
        fake_error(response, 401, "Unauthorized");
        return;
    }
    assert_identity_query(request->query);
    base_json_set_text(body, "client_id", "66666666-6666-6666-6666-666666666666");
    base_json_set_text(body, "object_id", PRINCIPAL);
    base_json_set_text(body, "tenant_id", TENANT);
    base_json_set_text(body, "authentication_endpoint", "https://login.microsoftonline.com");
    base_json_set_text(body, "client_secret", fake->pfx);
    base_time_iso_s(fake->renew_after_ms, text);
    base_json_set_text(body, "renew_after", text);
    base_json_set_text(body, "cannot_renew_after", text);
    base_http_answer_json_take(response, 200, body);
}

/* What services add to what they are given. */
static void fake_complete(struct fake *fake, cJSON *thing, const char *key)
{
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(thing, "properties");

    if (strstr(key, "azmk8s")) {
        cJSON *metadata = base_json_at(thing, "metadata");
        base_json_set_text(metadata, "uid", "77777777-7777-7777-7777-777777777777");
        base_json_set_number(metadata, "generation", 1);
        if (strstr(key, "/deployments/")) {
            cJSON *status = cJSON_CreateObject();
            base_json_set_number(status, "observedGeneration", 1);
            base_json_set_number(status, "updatedReplicas", fake->stuck_pods ? 0 : 1);
            base_json_set_number(status, "availableReplicas", fake->stuck_pods ? 0 : 1);
            base_json_set(thing, "status", status);
        }
        return;
    }
    if (!properties)
        properties = cJSON_AddObjectToObject(thing, "properties");
    if (fake->strips_tags && strstr(key, "microsoft.eventhub/namespaces/"))
        cJSON_DeleteItemFromObjectCaseSensitive(thing, "tags");
    base_json_set_text(thing, "name", fake_name(key));
    base_json_set_text(properties, "provisioningState", "Succeeded");
    if (strstr(key, "userassignedidentities")) {
        base_json_set_text(properties, "clientId", "88888888-8888-8888-8888-888888888888");
        base_json_set_text(properties, "principalId", "99999999-9999-9999-9999-999999999999");
    }
}

static void fake_put(struct fake *fake, const char *key, const struct base_http_request *request,
                     struct base_http_response *response, bool merge)
{
    cJSON *old = cJSON_GetObjectItemCaseSensitive(fake->things, key);
    cJSON *body = request->body_len ? cJSON_Parse(request->body) : cJSON_CreateObject();
    cJSON *thing = merge && old ? base_json_merge_patch(old, body) : base_json_copy(body);

    cJSON_Delete(body);
    if (!thing) /* a blob */
        thing = cJSON_CreateObject();
    fake_complete(fake, thing, key);
    for (size_t i = 0; i < request->headers->count; i++)
        if (base_starts_nocase(request->headers->items[i].name, "x-ms-meta-"))
            base_json_set_text(thing, request->headers->items[i].name,
                               request->headers->items[i].value);
    if ((!old || fake->strips_tags) &&
        (strstr(key, "storageaccounts/") || strstr(key, "microsoft.eventhub/namespaces/")) &&
        !strstr(key, "blobservices") && !strstr(key, "eventhubs")) {
        base_headers_addf(&response->headers, "Azure-AsyncOperation",
                          "https://management.azure.com/subscriptions/" INTERNAL
                          "/operation?api-version=1");
        base_headers_set(&response->headers, "Retry-After", "1");
    }
    base_http_answer_json(response, old ? 200 : 201, thing);
    base_json_set(fake->things, key, thing);
}

static int64_t fake_not_before(const char *pfx)
{
    struct base_buf der = {0};
    int64_t from_ms = 0, to_ms;

    assert_true(base_base64_decode(&der, pfx, strlen(pfx)));
    base_key_t *key = base_key_from_pkcs12(der.data, der.len, "", NULL);
    assert_non_null(key);
    base_key_validity(key, &from_ms, &to_ms);
    base_key_free(key);
    base_buf_release(&der);
    return from_ms;
}

static void fake_import(struct fake *fake, const char *key, const struct base_http_request *request,
                        struct base_http_response *response)
{
    char *name = base_strndup(key, strlen(key) - strlen("/import"));
    cJSON *bundle = cJSON_CreateObject(), *body = cJSON_Parse(request->body);

    fake->imported_ms = fake_not_before(base_json_text(body, "value"));
    cJSON_Delete(body);
    base_json_set(bundle, "sid",
                  base_json_textf("https://kv1.vault.azure.net/secrets/%s/v1", fake_name(name)));
    base_http_answer_json(response, 200, bundle);
    base_json_set(fake->things, name, bundle);
    free(name);
}

static void fake_get(struct fake *fake, const char *key, const struct base_http_request *request,
                     struct base_http_response *response)
{
    const cJSON *thing = cJSON_GetObjectItemCaseSensitive(fake->things, key), *child;

    if (!thing) {
        fake_error(response, 404, "NotFound");
        return;
    }
    cJSON_ArrayForEach(child, thing) if (base_starts_nocase(child->string, "x-ms-meta-"))
        base_headers_set(&response->headers, child->string, child->valuestring);
    if (strcmp(request->method, "HEAD"))
        base_http_answer_json(response, 200, thing);
    else
        response->status = 200;
}

static void fake_kubeconfig(struct base_http_response *response)
{
    static const char TEXT[] =
        "{\"apiVersion\":\"v1\",\"kind\":\"Config\",\"current-context\":\"c\",\"contexts\":[{"
        "\"name\":\"c\",\"context\":"
        "{\"cluster\":\"k\",\"user\":\"u\"}}],\"clusters\":[{\"name\":\"k\",\"cluster\":{"
        "\"server\":"
        "\"https://k.azmk8s.io\"}}],\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"t\"}}]}";
    struct base_buf value = {0};
    cJSON *body = cJSON_CreateObject(), *item = cJSON_CreateObject();

    base_base64_encode(&value, TEXT, strlen(TEXT));
    base_json_set_text(item, "name", "clusterUser");
    base_json_set_text(item, "value", value.data);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(body, "kubeconfigs"), item);
    base_http_answer_json_take(response, 200, body);
    base_buf_release(&value);
}

static void fake_serve(struct fake *fake, const char *key, const struct base_http_request *request,
                       struct base_http_response *response)
{
    const char *method = request->method;

    if (strstr(key, "login.microsoftonline.com"))
        fake_token(response);
    else if (strstr(key, ".identity.azure.net"))
        fake_identity(fake, request, response);
    else if (strstr(key, "listclusterusercredential"))
        fake_kubeconfig(response);
    else if (base_ends_nocase(key, "/listkeys"))
        base_http_answer_text(response, 200, "application/json",
                              "{\"keyName\":\"devices\",\"primaryKey\":\"k1\","
                              "\"primaryConnectionString\":\"Endpoint=sb://one\","
                              "\"secondaryConnectionString\":\"Endpoint=sb://two\"}");
    else if (strstr(key, "/operation"))
        base_http_answer_text(response, 200, "application/json", "{\"status\":\"Succeeded\"}");
    else if (base_ends_nocase(key, "/import"))
        fake_import(fake, key, request, response);
    else if (base_ends_nocase(key, "/pods"))
        base_http_answer_text(response, 200, "application/json", "{\"items\":[]}");
    else if (!strcmp(method, "POST")) { /* Kubernetes: the name is in the body */
        cJSON *body = cJSON_Parse(request->body);
        char *at = base_asprintf("%s/%s", key, base_json_text(body, "metadata.name"));
        cJSON_Delete(body);
        fake_put(fake, at, request, response, false);
        free(at);
    } else if (!strcmp(method, "PUT") || !strcmp(method, "PATCH"))
        fake_put(fake, key, request, response, !strcmp(method, "PATCH"));
    else if (!strcmp(method, "DELETE")) {
        bool there = cJSON_GetObjectItemCaseSensitive(fake->things, key) != NULL;
        cJSON_DeleteItemFromObjectCaseSensitive(fake->things, key);
        if (there)
            base_http_answer_text(response, 200, "application/json", "{}");
        else
            fake_error(response, 404, "NotFound");
    } else
        fake_get(fake, key, request, response);
}

static void fake_handle(void *context, const struct base_http_request *request,
                        struct base_http_response *response)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER; /* workers are threads */
    struct fake *fake = context;
    char *key = base_asprintf("%s%s", request->host, request->path);
    bool faulty;

    pthread_mutex_lock(&one_at_a_time);

    base_lower(key);
    char *line = base_asprintf("%s %s", request->method, key);
    faulty = fake->fault.times && strstr(line, fake->fault.match);
    assert_true(fake->traced < TRACE_MAX);
    fake->traced_ms[fake->traced] = base_clock_ms(fake->clock);
    fake->trace[fake->traced++] = line;
    if (faulty && fake->fault.times > 0)
        fake->fault.times--;
    if (faulty && fake->fault.status) {
        fake_error(response, fake->fault.status, fake->fault.code);
        if (fake->fault.retry_after_s)
            base_headers_addf(&response->headers, "Retry-After", "%d", fake->fault.retry_after_s);
    } else {
        fake_serve(fake, key, request, response);
        response->drop = faulty;
    }
    pthread_mutex_unlock(&one_at_a_time);
    free(key);
}

static size_t fake_calls(const struct fake *fake, const char *match)
{
    size_t count = 0;

    for (size_t i = 0; i < fake->traced; i++)
        count += strstr(fake->trace[i], match) != NULL;
    return count;
}

/* Things of the provider's side whose key holds `match`; "" for all but the FHIR service. */
static int fake_left(const struct fake *fake, const char *match)
{
    const cJSON *thing;
    int count = 0;

    cJSON_ArrayForEach(thing, fake->things) count +=
        strstr(thing->string, match) && !strstr(thing->string, "fhirservices");
    return count;
}

/* --- the RP's world --- */

static void world_open_db(struct test_world *w, const char *path)
{
    struct base_error err = {0};

    w->rp.db = rp_store_open(path, &err);
    assert_non_null(w->rp.db);
}

/* The external identity gets another certificate. */
static void fake_certify(struct fake *fake, int64_t not_before_ms)
{
    const struct base_certificate_request request = {.common_name = "connector",
                                                     .not_before_ms = not_before_ms,
                                                     .not_after_ms = 4102444800000LL};
    struct base_buf der = {0}, text = {0};
    base_key_t *key = base_key_new_ec();

    base_key_certify(key, NULL, &request, fake->random);
    assert_int_equal(base_key_pkcs12(key, "", &der, NULL), BASE_OK);
    base_base64_encode(&text, der.data, der.len);
    free(fake->pfx);
    fake->pfx = base_buf_take(&text);
    base_buf_release(&der);
    base_key_free(key);
}

static void fake_init(struct fake *fake)
{
    fake->things = cJSON_CreateObject();
    fake->random = base_random_new("fake");
    fake->renew_after_ms = 4102444800000LL;
    fake_certify(fake, 0);
    base_json_set(
        fake->things,
        "management.azure.com/subscriptions/" SUB
        "/resourcegroups/rg1/providers/microsoft.healthcareapis/workspaces/ws1/fhirservices/fs1",
        cJSON_CreateObject());
}

/* Making an RSA key takes long: once a program. */
static base_key_t *application_key(base_random_t *random)
{
    const struct base_certificate_request request = {
        .common_name = "rp", .not_before_ms = 0, .not_after_ms = 4102444800000LL};
    static char pem[8192];

    if (!*pem) {
        struct base_buf text = {0};
        base_key_t *key = base_key_new_rsa(2048);
        base_key_certify(key, NULL, &request, random);
        base_key_pem(key, &text);
        base_key_chain_pem(key, &text);
        snprintf(pem, sizeof pem, "%s", text.data);
        base_buf_release(&text);
        base_key_free(key);
    }
    return base_key_from_pem(pem, strlen(pem), NULL);
}

/* `changes`: JSON that is merged into the configuration; NULL: none. */
static struct test_world *world_new(const char *changes)
{
    struct test_world *w = base_alloc(sizeof *w);
    struct base_error err = {0};
    cJSON *document = base_json_load(PROJECT_ROOT "/reference/rp/example-config.json", &err);
    cJSON *patch = cJSON_Parse(changes ? changes : "{}"),
          *merged = base_json_merge_patch(document, patch);

    cJSON_Delete(document);
    cJSON_Delete(patch);
    assert_int_equal(rp_config_read(merged, "/nowhere", &w->config, &err), BASE_OK);
    base_clock_init(&w->clock);
    w->clock.epoch_ms = base_clock_ms(&w->clock);
    w->clock.rate = 500; /* waits of seconds cost two milliseconds */
    base_log_setup("test", &w->clock, getenv("RP_TEST_LOG") ? BASE_LOG_DEBUG : BASE_LOG_ERROR);
    fake_init(&w->fake);
    w->fake.clock = &w->clock;
    w->capacity = rp_capacity_pools(&w->config);
    w->subject = "arm.management.azure.com";
    w->rp = (struct rp_world){.config = &w->config,
                              .clock = &w->clock,
                              .random = base_random_new("test"),
                              .capacity = &w->capacity,
                              .http = base_http_client_new_loopback(fake_handle, &w->fake)};
    const struct az_client az = rp_world_client(&w->rp, NULL);
    w->rp.credential = az_credential_certificate(
        &az, NULL, w->config.tenant_id, w->config.client_id, application_key(w->rp.random));
    world_open_db(w, ":memory:");
    return w;
}

static void world_free(struct test_world *w)
{
    for (size_t i = 0; i < w->fake.traced; i++)
        free(w->fake.trace[i]);
    cJSON_Delete(w->fake.things);
    free(w->fake.pfx);
    base_random_free(w->fake.random);
    rp_kubeconfigs_release(&w->kubeconfigs);
    az_credential_free(w->rp.credential);
    base_http_client_free(w->rp.http);
    base_random_free(w->rp.random);
    base_db_close(w->rp.db);
    rp_config_release(&w->config);
    free(w);
}

/* One request as ARM sends it. `target`: path, perhaps with a query; the api-version is added. body NULL: none. */
static struct answer call_version(struct test_world *w, const char *method, const char *target,
                                  const char *body, const char *version)
{
    struct base_arena arena;
    struct base_headers headers = {0};
    struct base_http_response response = {0};
    struct answer answer = {0};

    base_arena_init(&arena);
    const char *mark = strchr(target, '?');
    char *path =
        base_arena_strndup(&arena, target, mark ? (size_t)(mark - target) : strlen(target));
    char *query =
        base_arena_printf(&arena, "%s%s%s", mark ? mark + 1 : "", mark ? "&" : "",
                          *version ? base_arena_printf(&arena, "api-version=%s", version) : "");
    base_headers_addf(&headers, "referer", "https://arm.test%s?%s", path, query);
    base_headers_set(&headers, "x-ms-home-tenant-id", TENANT);
    base_headers_set(&headers, "x-ms-correlation-request-id", "corr");
    base_headers_set(
        &headers, "x-ms-arm-resource-system-data",
        "{\"createdBy\":\"nurse\",\"createdByType\":\"User\",\"createdAt\":\"2026-01-01T00:00:"
        "00Z\","
        "\"lastModifiedBy\":\"nurse\",\"lastModifiedByType\":\"User\",\"lastModifiedAt\":"
        "\"2026-01-01T00:00:00Z\"}");
    if (body) {
        base_headers_set(&headers, "Content-Type", "application/json");
        if (strstr(body, "SystemAssigned")) {
            base_headers_set(&headers, "x-ms-identity-url",
                             "https://region.identity.azure.net/x/credentials?tid=" TENANT
                             "&oid=" PRINCIPAL "&aid=1");
            base_headers_set(&headers, "x-ms-identity-principal-id", PRINCIPAL);
        }
    }
    for (size_t i = 0; w->headers[i]; i += 2)
        base_headers_set(&headers, w->headers[i], w->headers[i + 1]);
    const struct base_http_request request = {.method = method,
                                              .scheme = "https",
                                              .host = "127.0.0.1:1",
                                              .path = path,
                                              .query = query,
                                              .headers = &headers,
                                              .body = body ? body : "",
                                              .body_len = body ? strlen(body) : 0,
                                              .peer = "",
                                              .client_subject = w->subject,
                                              .arena = &arena};
    rp_frontend_handle(&w->rp, &request, &response);
    answer.status = response.status;
    base_headers_copy(&answer.headers, &response.headers);
    answer.body = response.body.len ? cJSON_Parse(response.body.data) : NULL;
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    return answer;
}

static struct answer call(struct test_world *w, const char *method, const char *target,
                          const char *body)
{
    return call_version(w, method, target, body, V);
}

/* The status alone. */
static int status_of(struct test_world *w, const char *method, const char *target, const char *body)
{
    struct answer answer = call(w, method, target, body);
    int status = answer.status;

    answer_release(&answer);
    return status;
}

static bool turn(struct test_world *w)
{
    const struct rp_turn t = {.world = &w->rp, .owner = "tester", .kubeconfigs = &w->kubeconfigs};

    return rp_worker_turn(&t);
}

/* Works until nothing runs any more. */
static void settle(struct test_world *w)
{
    int64_t due = 0;

    for (int i = 0; i < 100000; i++) {
        if (turn(w))
            continue;
        assert_int_equal(rp_operation_next_due(w->rp.db, &due, NULL), BASE_OK);
        if (due == INT64_MAX)
            return;
        base_clock_sleep(&w->clock, 100);
    }
    fail_msg("the worker never came to an end");
}

static void assert_state(struct test_world *w, const char *id, const char *state)
{
    struct answer answer = call(w, "GET", id, NULL);

    assert_int_equal(answer.status, 200);
    assert_string_equal(base_json_text(answer.body, "properties.provisioningState"), state);
    answer_release(&answer);
}

static void assert_fault(struct answer answer, int status, const char *code, const char *target)
{
    const char *found = base_json_text(answer.body, "error.code"),
               *at = base_json_text(answer.body, "error.target");

    if (answer.status != status || !base_equal(found, code) || (target && !base_equal(at, target)))
        fail_msg("found %d %s at %s (%s), expected %d %s at %s", answer.status, found ? found : "-",
                 at ? at : "-", base_json_text(answer.body, "error.message"), status, code,
                 target ? target : "-");
    assert_non_null(base_json_text(answer.body, "error.message"));
    answer_release(&answer);
}

/* PUT, then works until it is done and Succeeded. */
static void make(struct test_world *w, const char *id, const char *body)
{
    struct answer answer = call(w, "PUT", id, body);

    if (answer.status != 201)
        fail_msg("PUT %s: %d %s", id, answer.status, base_json_text(answer.body, "error.message"));
    answer_release(&answer);
    settle(w);
    assert_state(w, id, "Succeeded");
}

static inline void use_all(void)
{
    (void)call, (void)make, (void)assert_fault, (void)fake_calls, (void)fake_left, (void)world_new,
        (void)world_free, (void)status_of, (void)call_version, (void)turn;
}

#endif
