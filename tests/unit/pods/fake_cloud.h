/* tests/unit/pods/fake_cloud.h: just enough HTTP cloud behind the loopback transport: tokens, one blob account, one FHIR service. */
#ifndef TESTS_UNIT_PODS_FAKE_CLOUD_H
#define TESTS_UNIT_PODS_FAKE_CLOUD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/pod.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_BLOBS 24

struct fake_blob {
    char *path; /* "/container/name", decoded; NULL: free */
    char *body;
    struct base_headers metadata;
    int version;
    int64_t modified_ms;
};
struct fake_cloud {
    const struct base_clock *clock;
    pthread_mutex_t lock;
    struct fake_blob blobs[FAKE_BLOBS];
    cJSON *resources;  /* of the FHIR service */
    int fhir_refusals; /* answer so many FHIR calls with fhir_status */
    int fhir_status;
    int fhir_writes;
    /* answers the FHIR calls instead, without the lock; NULL: what is here */
    void (*fhir)(void *context, const struct base_http_request *request,
                 struct base_http_response *response);
    void *fhir_context;
};

static struct fake_blob *fake_find(struct fake_cloud *cloud, const char *path)
{
    for (size_t i = 0; i < FAKE_BLOBS; i++)
        if (cloud->blobs[i].path && strcmp(cloud->blobs[i].path, path) == 0)
            return &cloud->blobs[i];
    return NULL;
}

static struct fake_blob *fake_put(struct fake_cloud *cloud, const char *path, const char *body)
{
    struct fake_blob *blob = fake_find(cloud, path);

    for (size_t i = 0; !blob && i < FAKE_BLOBS; i++)
        if (!cloud->blobs[i].path)
            blob = &cloud->blobs[i];
    if (!blob)
        fail_msg("no room for blob %s", path);
    if (!blob->path)
        blob->path = base_strdup(path);
    free(blob->body);
    blob->body = base_strdup(body);
    blob->version++;
    return blob;
}

static void fake_take_metadata(struct fake_blob *blob, const struct base_http_request *request)
{
    base_headers_release(&blob->metadata);
    memset(&blob->metadata, 0, sizeof blob->metadata);
    for (size_t i = 0; i < request->headers->count; i++)
        if (base_starts_nocase(request->headers->items[i].name, "x-ms-meta-"))
            base_headers_add(&blob->metadata, request->headers->items[i].name,
                             request->headers->items[i].value);
}

static void fake_list_one(const struct fake_blob *blob, const char *name, struct base_buf *out)
{
    char modified[BASE_TIME_TEXT];

    base_time_http(blob->modified_ms, modified);
    base_buf_printf(out,
                    "<Blob><Name>%s</Name><Properties><Last-Modified>%s</Last-Modified><Etag>%d"
                    "</Etag></Properties><Metadata>",
                    name, modified, blob->version);
    for (size_t i = 0; i < blob->metadata.count; i++)
        base_buf_printf(out, "<%s>%s</%s>", blob->metadata.items[i].name + sizeof "x-ms-meta-" - 1,
                        blob->metadata.items[i].value,
                        blob->metadata.items[i].name + sizeof "x-ms-meta-" - 1);
    base_buf_puts(out, "</Metadata></Blob>");
}

/* Does If-Match or If-None-Match: * forbid the write? 0: no, else the status. */
static int fake_condition(const struct fake_blob *blob, const struct base_http_request *request)
{
    const char *match = base_headers_get(request->headers, "If-Match"),
               *none = base_headers_get(request->headers, "If-None-Match");
    int version = match ? atoi(*match == '"' ? match + 1 : match) : 0;

    if (none && blob)
        return 409;
    return match && (!blob || blob->version != version) ? 412 : 0;
}

static void fake_list(struct fake_cloud *cloud, const struct base_http_request *request,
                      struct base_http_response *response)
{
    const char *prefix = base_query_get(request->arena, request->query, "prefix");
    size_t skip = strlen(request->path) + 1;

    response->status = 200;
    base_buf_puts(&response->body, "<?xml version=\"1.0\"?><EnumerationResults><Blobs>");
    for (size_t i = 0; i < FAKE_BLOBS; i++)
        if (cloud->blobs[i].path &&
            strncmp(cloud->blobs[i].path + skip, prefix, strlen(prefix)) == 0)
            fake_list_one(&cloud->blobs[i], cloud->blobs[i].path + skip, &response->body);
    base_buf_puts(&response->body, "</Blobs><NextMarker/></EnumerationResults>");
}

static void fake_blob_read(struct fake_blob *blob, const struct base_http_request *request,
                           struct base_http_response *response)
{
    char etag[32];
    const char *known = base_headers_get(request->headers, "If-None-Match");

    (void)snprintf(etag, sizeof etag, "\"%d\"", blob->version);
    response->status = known && strcmp(known, etag) == 0 ? 304 : 200;
    base_headers_copy(&response->headers, &blob->metadata);
    base_headers_set(&response->headers, "ETag", etag);
    if (response->status == 200 && strcmp(request->method, "GET") == 0)
        base_buf_puts(&response->body, blob->body);
}

/* `blob`: its metadata only; NULL: all of it. */
static void fake_write(struct fake_cloud *cloud, const char *path, struct fake_blob *blob,
                       const struct base_http_request *request, struct base_http_response *response)
{
    char etag[32];

    response->status = blob ? 200 : 201;
    if (blob)
        blob->version++;
    else
        blob = fake_put(cloud, path, request->body);
    fake_take_metadata(blob, request);
    blob->modified_ms = cloud->clock ? base_clock_ms(cloud->clock) : 0;
    (void)snprintf(etag, sizeof etag, "\"%d\"", blob->version);
    base_headers_set(&response->headers, "ETag", etag);
}

static void fake_blob_call(struct fake_cloud *cloud, const struct base_http_request *request,
                           struct base_http_response *response)
{
    struct base_buf path = {0};
    struct fake_blob *blob;
    bool metadata = strstr(request->query, "comp=metadata") != NULL;

    (void)base_uri_decode(&path, request->path, strlen(request->path), false);
    blob = fake_find(cloud, path.data);
    if (strstr(request->query, "comp=list")) {
        fake_list(cloud, request, response);
    } else if (strcmp(request->method, "PUT") == 0 && (blob || !metadata)) {
        response->status = fake_condition(blob, request);
        if (!response->status)
            fake_write(cloud, path.data, metadata ? blob : NULL, request, response);
    } else if (!blob) {
        base_http_answer_text(response, 404, "application/xml",
                              "<Error><Code>BlobNotFound</Code></Error>");
    } else if (strcmp(request->method, "DELETE") == 0) {
        free(blob->path);
        blob->path = NULL;
        response->status = 202;
    } else {
        fake_blob_read(blob, request, response);
    }
    base_buf_release(&path);
}

static bool fake_matches(const cJSON *resource, const char *type, const char *token)
{
    const cJSON *identifier;
    const char *bar = strchr(token, '|');

    if (!base_equal(base_json_text(resource, "resourceType"), type))
        return false;
    cJSON_ArrayForEach(identifier, cJSON_GetObjectItemCaseSensitive(resource, "identifier"))
    {
        if (base_equal(base_json_text(identifier, "value"), bar ? bar + 1 : token))
            return true;
    }
    return false;
}

static void fake_fhir_search(struct fake_cloud *cloud, const struct base_http_request *request,
                             struct base_http_response *response)
{
    const char *token = base_query_get(request->arena, request->query, "identifier");
    cJSON *bundle = cJSON_CreateObject(), *entries = cJSON_AddArrayToObject(bundle, "entry"),
          *entry;

    base_json_set_text(bundle, "resourceType", "Bundle");
    const cJSON *resource;

    cJSON_ArrayForEach(resource,
                       cloud->resources) if (fake_matches(resource, request->path + 1, token))
    {
        entry = cJSON_CreateObject();
        base_json_set(entry, "resource", base_json_copy(resource));
        (void)cJSON_AddItemToArray(entries, entry);
    }
    base_http_answer_json_take(response, 200, bundle);
}

static void fake_fhir_put(struct fake_cloud *cloud, const struct base_http_request *request,
                          struct base_http_response *response)
{
    cJSON *resource = cJSON_Parse(request->body), *present, *found = NULL;

    cJSON_ArrayForEach(present, cloud->resources) if (base_equal(base_json_text(present, "id"),
                                                                 base_json_text(resource, "id")))
        found = present;
    cloud->fhir_writes++;
    base_http_answer_json(response, found ? 200 : 201, resource);
    if (found)
        (void)cJSON_ReplaceItemViaPointer(cloud->resources, found, resource);
    else
        (void)cJSON_AddItemToArray(cloud->resources, resource);
}

static void fake_fhir_call(struct fake_cloud *cloud, const struct base_http_request *request,
                           struct base_http_response *response)
{
    if (cloud->fhir_refusals > 0) {
        cloud->fhir_refusals--;
        base_http_answer_json_take(
            response, cloud->fhir_status,
            cJSON_Parse("{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"code\":\"forbidden\","
                        "\"diagnostics\":\"Authorization failed.\"}]}"));
    } else if (strcmp(request->method, "PUT") == 0) {
        fake_fhir_put(cloud, request, response);
    } else {
        fake_fhir_search(cloud, request, response);
    }
}

static void fake_cloud_handle(void *context, const struct base_http_request *request,
                              struct base_http_response *response)
{
    struct fake_cloud *cloud = context;

    if (cloud->fhir && strstr(request->host, "fhir")) {
        cloud->fhir(cloud->fhir_context, request, response);
        return;
    }
    (void)pthread_mutex_lock(&cloud->lock);
    if (strcmp(request->path, "/metadata/identity/oauth2/token") == 0)
        base_http_answer_json_take(
            response, 200,
            cJSON_Parse(
                "{\"access_token\":\"t\",\"expires_in\":\"86400\",\"token_type\":\"Bearer\"}"));
    else if (strstr(request->host, "fhir"))
        fake_fhir_call(cloud, request, response);
    else
        fake_blob_call(cloud, request, response);
    (void)pthread_mutex_unlock(&cloud->lock);
}

/* A pod whose HTTP goes to the fake cloud, on a clock that is 1000 times as fast. */
static void fake_pod_open(struct pod *pod, struct fake_cloud *cloud, enum pod_kind kind)
{
    memset(cloud, 0, sizeof *cloud);
    (void)pthread_mutex_init(&cloud->lock, NULL);
    cloud->resources = cJSON_CreateArray();
    cloud->fhir_status = 403;
    memset(pod, 0, sizeof *pod);
    base_clock_init(&pod->clock);
    pod->clock.epoch_ms = base_clock_ms(&pod->clock);
    pod->clock.rate = 1000;
    cloud->clock = &pod->clock;
    pod->settings = (struct pod_settings){
        .kind = kind,
        .input = {.namespace = "in.servicebus.windows.net", .hub = "telemetry"},
        .normalized = {.namespace = "norm.servicebus.windows.net", .hub = "normalized"},
        .flush_s = 1,
        .idle_s = 60,
        .stop_s = 1,
        .max_events = 10,
        .checkpoint_prefix = "c1",
        .checkpoint_container = "https://acct.blob.core.windows.net/checkpoint",
        .template_container = "https://acct.blob.core.windows.net/template",
        .template_name = "mapping.json",
        .fhir_url = "https://ws-fhir.fhir.azurehealthcareapis.com",
        .identity = {.mode = DP_IDENTITY_CREATE},
        .log_level = "error",
    };
    pod->http = base_http_client_new_loopback(fake_cloud_handle, cloud);
    pod_open(pod);
}

static void fake_pod_close(struct pod *pod, struct fake_cloud *cloud)
{
    pod_close(pod);
    for (size_t i = 0; i < FAKE_BLOBS; i++) {
        free(cloud->blobs[i].path);
        free(cloud->blobs[i].body);
        base_headers_release(&cloud->blobs[i].metadata);
    }
    cJSON_Delete(cloud->resources);
    (void)pthread_mutex_destroy(&cloud->lock);
}

#define FAKE_DEVICE_MAPPING                                                                        \
    "{\"templateType\":\"CollectionContent\",\"template\":[{\"templateType\":\"JsonPathContent\"," \
    "\"template\":{"                                                                               \
    "\"typeName\":\"heartrate\",\"typeMatchExpression\":\"$..[?(@heartrate)]\","                   \
    "\"deviceIdExpression\":\"$.deviceid\","                                                       \
    "\"timestampExpression\":\"$.at\",\"patientIdExpression\":\"$.patient\",\"values\":[{"         \
    "\"required\":\"true\","                                                                       \
    "\"valueExpression\":\"$.heartrate\",\"valueName\":\"hr\"}]}}]}"
#define FAKE_FHIR_MAPPING                                                                          \
    "{\"templateType\":\"CollectionFhir\",\"template\":[{\"templateType\":\"CodeValueFhir\","      \
    "\"template\":{"                                                                               \
    "\"codes\":[{\"code\":\"8867-4\",\"system\":\"http://loinc.org\"}],\"periodInterval\":60,"     \
    "\"typeName\":\"heartrate\",\"value\":{\"defaultPeriod\":5000,\"unit\":\"count/"               \
    "min\",\"valueName\":\"hr\","                                                                  \
    "\"valueType\":\"SampledData\"}}}]}"

#endif
