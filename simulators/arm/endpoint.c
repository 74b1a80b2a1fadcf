/* Decides how ARM reaches a provider outside this process: mutual TLS with a certificate of the world's CA. */
#include "simulators/arm/endpoint.h"

#include "common/file.h"
#include "common/log.h"
#include "simulators/arm/views.h"
#include "simulators/kit/fault_out.h"
#include "simulators/kit/pki.h"
#include "simulators/kit/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLIENT_NAME "arm.management.azure.com"

struct arm_endpoint {
    struct arm_endpoint *next;
    char *provider, *url; /* url: without trailing slash */
    base_http_client_t *client;
    int uses; /* calls under way, plus one while it is in the list */
};

static base_http_client_t *make_client(struct arm *arm, const char *url, const char *ca_file,
                                       struct base_error *err);
static void install(struct arm *arm, const char *provider, const char *url,
                    base_http_client_t *client);
static void give(struct arm *arm, struct arm_endpoint *endpoint);

enum base_status arm_endpoint_set(arm_t *arm, const char *provider, const char *url,
                                  const char *ca_file, struct base_error *err)
{
    base_http_client_t *client = NULL;
    struct base_arena arena;
    struct base_uri uri;
    enum base_status status = BASE_OK;

    base_arena_init(&arena);
    if (url && (!base_uri_parse(&arena, url, &uri) || !*uri.host || !base_equal(uri.path, "/") ||
                *uri.query || !(base_equal(uri.scheme, "https") || base_equal(uri.scheme, "http"))))
        status = base_error_set(
            err, BASE_INVALID, "InvalidEndpoint",
            "\"%s\" is not an endpoint: expected https://HOST:PORT or http://HOST:PORT", url);
    if (status == BASE_OK && url) {
        client = make_client(arm, url, ca_file, err);
        status = client ? BASE_OK : BASE_IO;
    }
    if (status == BASE_OK)
        install(arm, provider, url, client);
    base_arena_release(&arena);
    return status;
}

void arm_endpoint_set_handler(arm_t *arm, const char *provider, base_http_handler handler,
                              void *context)
{
    install(arm, provider, "https://provider.invalid",
            base_http_client_new_loopback(handler, context));
}

static struct arm_endpoint *find_locked(struct arm *arm, const char *provider)
{
    struct arm_endpoint *endpoint = arm->endpoints;

    while (endpoint && !base_equal_nocase(endpoint->provider, provider))
        endpoint = endpoint->next;
    return endpoint;
}

static struct arm_endpoint *take(struct arm *arm, const char *provider)
{
    pthread_mutex_lock(&arm->lock);
    struct arm_endpoint *endpoint = find_locked(arm, provider);
    if (endpoint)
        endpoint->uses++;
    pthread_mutex_unlock(&arm->lock);
    return endpoint;
}

bool arm_endpoint_known(struct arm *arm, const char *provider)
{
    pthread_mutex_lock(&arm->lock);
    bool known = find_locked(arm, provider) != NULL;
    pthread_mutex_unlock(&arm->lock);
    return known;
}

static void trace(struct arm *arm, const struct base_http_call *call,
                  const struct base_http_answer *answer, int64_t started_ms, const char *name,
                  const char *struck)
{
    sim_trace_add(arm->world,
                  &(struct sim_exchange){
                      .service = "provider",
                      .caller = "arm",
                      .method = call->method,
                      .url = call->url,
                      .status = answer->status,
                      .started_ms = started_ms,
                      .took_ms = (double)(sim_now_ms(arm->world) - started_ms),
                      .request = call->body_len ? call->body : NULL,
                      .answer = answer->body.len ? answer->body.data : NULL,
                      .correlation = base_headers_get(call->headers, "x-ms-correlation-request-id"),
                      .call = name,
                      .fault = *struck ? struck : NULL,
                  });
}

enum base_status arm_endpoint_send(struct arm *arm, const char *provider,
                                   const struct base_http_call *call,
                                   struct base_http_answer *answer, struct base_error *err)
{
    struct arm_endpoint *endpoint = take(arm, provider);
    struct base_http_call full = *call;
    int64_t started_ms = sim_now_ms(arm->world);
    char name[128], struck[SIM_FAULT_TEXT];

    if (!endpoint)
        return base_error_set(err, BASE_UNAVAILABLE, NULL,
                              "no endpoint is known for the resource provider %s", provider);
    char *url = base_asprintf("%s%s", endpoint->url, call->url);
    full.url = url;
    full.timeout_ms = ARM_PROVIDER_TIMEOUT_MS;
    arm_fault_name(arm, call->method, call->url, name);
    const struct sim_fault_way_out way = {endpoint->client, "provider", name, "arm"};
    enum base_status status = sim_fault_send(arm->world, &way, &full, answer, struck, err);
    if (status == BASE_OK && answer->body.len > ARM_PROVIDER_ANSWER_MAX)
        status = base_error_set(err, BASE_TOO_LARGE, NULL,
                                "the answer has %zu bytes; at most %u are allowed",
                                answer->body.len, ARM_PROVIDER_ANSWER_MAX);
    trace(arm, &full, answer, started_ms, name, struck);
    free(url);
    give(arm, endpoint);
    return status;
}

cJSON *arm_endpoint_list(struct arm *arm)
{
    cJSON *list = cJSON_CreateArray();

    pthread_mutex_lock(&arm->lock);
    for (const struct arm_endpoint *endpoint = arm->endpoints; endpoint;
         endpoint = endpoint->next) {
        cJSON *item = cJSON_CreateObject();
        base_json_set_text(item, "namespace", endpoint->provider);
        base_json_set_text(item, "endpoint", endpoint->url);
        cJSON_AddItemToArray(list, item);
    }
    pthread_mutex_unlock(&arm->lock);
    return list;
}

void arm_endpoint_cancel(struct arm *arm)
{
    pthread_mutex_lock(&arm->lock);
    for (struct arm_endpoint *endpoint = arm->endpoints; endpoint; endpoint = endpoint->next)
        base_http_client_cancel(endpoint->client);
    pthread_mutex_unlock(&arm->lock);
}

void arm_endpoint_release(struct arm *arm)
{
    struct base_error err = {0};

    while (arm->endpoints)
        install(arm, arm->endpoints->provider, NULL, NULL);
    if (arm->folder && arm->folder_is_ours && base_dir_remove(arm->folder, &err) != BASE_OK)
        base_log(BASE_LOG_WARN, "arm", NULL, "%s", err.message);
    free(arm->folder);
    arm->folder = NULL;
}

/* ---- the client certificate ---- */

static bool make_folder(struct arm *arm, struct base_error *err)
{
    const char *state = sim_world_state_dir(arm->world), *temp = getenv("TMPDIR");

    if (state) {
        arm->folder = base_asprintf("%s/arm", state);
        return base_dir_make(arm->folder, err) == BASE_OK;
    }
    arm->folder = base_asprintf("%s/iomt-arm-XXXXXX", temp && *temp ? temp : "/tmp");
    arm->folder_is_ours = mkdtemp(arm->folder) != NULL;
    if (!arm->folder_is_ours)
        base_error_set(err, BASE_IO, NULL, "cannot make the folder %s", arm->folder);
    return arm->folder_is_ours;
}

static bool write_file(const char *folder, const char *name, const void *data, size_t len,
                       struct base_error *err)
{
    char *path = base_asprintf("%s/%s", folder, name);
    bool good = base_file_write(path, data, len, 0600, err) == BASE_OK;

    free(path);
    return good;
}

/* ca.pem, client.pem and client.key. */
static bool write_certificates(struct arm *arm, struct base_error *err)
{
    base_key_t *key = sim_pki_issue(arm->world, CLIENT_NAME, NULL, true);
    const char *ca = sim_ca_pem(arm->world);
    struct base_buf chain = {0}, private = {0};

    base_key_chain_pem(key, &chain);
    base_key_pem(key, &private);
    bool good = write_file(arm->folder, "ca.pem", ca, strlen(ca), err) &&
                write_file(arm->folder, "client.pem", chain.data, chain.len, err) &&
                write_file(arm->folder, "client.key", private.data, private.len, err);
    base_buf_release(&chain);
    base_buf_release(&private);
    base_key_free(key);
    return good;
}

/* The folder holds the certificates of this run, made when first needed. */
static bool prepare_locked(struct arm *arm, struct base_error *err)
{
    if (arm->folder)
        return true;
    if (make_folder(arm, err) && write_certificates(arm, err))
        return true;
    free(arm->folder);
    arm->folder = NULL;
    return false;
}

static base_http_client_t *make_client(struct arm *arm, const char *url, const char *ca_file,
                                       struct base_error *err)
{
    base_http_client_t *client = NULL;
    bool tls = base_starts_nocase(url, "https:");
    char *ca = NULL, *cert = NULL, *key = NULL;

    pthread_mutex_lock(&arm->lock);
    bool good = !tls || prepare_locked(arm, err);
    if (good && tls) {
        ca = base_asprintf("%s/ca.pem", arm->folder);
        cert = base_asprintf("%s/client.pem", arm->folder);
        key = base_asprintf("%s/client.key", arm->folder);
    }
    pthread_mutex_unlock(&arm->lock);
    if (good)
        client = base_http_client_new(&(struct base_http_client_config){
            .ca_file = ca_file ? ca_file : ca,
            .proxy = "",
            .client_cert = cert,
            .client_key = key,
            .timeout_ms = ARM_PROVIDER_TIMEOUT_MS,
        });
    free(ca);
    free(cert);
    free(key);
    return client;
}

/* ---- the list ---- */

/* Replaces the provider's endpoint; client NULL only removes it. Takes the client over. */
static void install(struct arm *arm, const char *provider, const char *url,
                    base_http_client_t *client)
{
    struct arm_endpoint *fresh = NULL, *old, **link;

    if (client) {
        fresh = base_alloc(sizeof *fresh);
        fresh->provider = base_strdup(provider);
        fresh->url = base_strndup(url, strlen(url) - base_ends_nocase(url, "/"));
        fresh->client = client;
        fresh->uses = 1;
    }
    pthread_mutex_lock(&arm->lock);
    for (link = &arm->endpoints; *link && !base_equal_nocase((*link)->provider, provider);)
        link = &(*link)->next;
    old = *link;
    if (old)
        *link = old->next;
    if (fresh) {
        fresh->next = arm->endpoints;
        arm->endpoints = fresh;
    }
    pthread_mutex_unlock(&arm->lock);
    if (old)
        give(arm, old);
}

static void give(struct arm *arm, struct arm_endpoint *endpoint)
{
    pthread_mutex_lock(&arm->lock);
    bool last = --endpoint->uses == 0;
    pthread_mutex_unlock(&arm->lock);
    if (!last)
        return;
    base_http_client_free(endpoint->client);
    free(endpoint->provider);
    free(endpoint->url);
    free(endpoint);
}
