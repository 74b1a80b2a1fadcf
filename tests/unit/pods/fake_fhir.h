/* tests/unit/pods/fake_fhir.h: a FHIR service behind the fake cloud, that keeps versions and numbers, refuses on request, and counts how
 * many it serves at the same time. */
#ifndef TESTS_UNIT_PODS_FAKE_FHIR_H
#define TESTS_UNIT_PODS_FAKE_FHIR_H

#include "fake_cloud.h"

#include "common/http.h"
#include "common/text.h"

#include <errno.h>
#include <time.h>

#define FAKE_RULES 4

struct fake_rule {              /* calls that are refused */
    const char *method, *match; /* match: part of "path?query body"; NULL: any */
    int status, times;          /* times < 0: always */
    int retry_after;            /* seconds; 0: not said */
};
struct fake_fhir {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    cJSON *resources;
    struct fake_rule rules[FAKE_RULES];
    struct base_buf log; /* "GET Observation <identifier>\n", "PUT Observation/<id> 200\n" */
    int searches, puts;  /* of Observations */
    int inside, most;    /* calls at the same time */
    int hold_until;      /* calls wait until so many are inside (5 s at most); 0: they do not */
    int refused;
    const struct base_clock *clock;
    int64_t refused_ms, answered_ms; /* clock: of the last refusal, of the last answer */
    base_http_client_t *cancel_after_put;
};

static cJSON *fake_fhir_parse(const char *text)
{
    cJSON *node = cJSON_Parse(text);

    if (!node)
        fail_msg("not JSON: %s", text);
    base_json_keep_numbers(node, text);
    return node;
}

static cJSON *fake_fhir_find(struct fake_fhir *fhir, const char *type, const char *id)
{
    cJSON *resource;

    cJSON_ArrayForEach(resource, fhir->resources)
    {
        if (base_equal(base_json_text(resource, "resourceType"), type) &&
            base_equal(base_json_text(resource, "id"), id))
            return resource;
    }
    return NULL;
}

/* Another writer's work, or what is there before the test. */
static void fake_fhir_store(struct fake_fhir *fhir, cJSON *resource)
{
    cJSON *old = fake_fhir_find(fhir, base_json_text(resource, "resourceType"),
                                base_json_text(resource, "id")),
          *meta = cJSON_CreateObject();
    const char *version = base_json_text(old, "meta.versionId");
    char text[16];

    (void)snprintf(text, sizeof text, "%d", version ? atoi(version) + 1 : 1);
    base_json_set_text(meta, "versionId", text);
    base_json_set(resource, "meta", meta);
    if (old)
        (void)cJSON_ReplaceItemViaPointer(fhir->resources, old, resource);
    else
        (void)cJSON_AddItemToArray(fhir->resources, resource);
}

static struct fake_rule *fake_fhir_rule(struct fake_fhir *fhir, const char *method,
                                        const char *text)
{
    for (size_t i = 0; i < FAKE_RULES; i++) {
        struct fake_rule *rule = &fhir->rules[i];
        if (rule->times && (!rule->method || strcmp(rule->method, method) == 0) &&
            (!rule->match || strstr(text, rule->match)))
            return rule;
    }
    return NULL;
}

static void fake_fhir_refuse(struct base_http_response *response, int status, int retry_after)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%d", retry_after);
    if (retry_after)
        base_headers_set(&response->headers, "Retry-After", text);
    base_http_answer_json_take(
        response, status,
        cJSON_Parse("{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"code\":\"exception\","
                    "\"diagnostics\":\"refused on purpose\"}]}"));
}

static void fake_fhir_search_locked(struct fake_fhir *fhir, const struct base_http_request *request,
                                    struct base_http_response *response)
{
    const char *token = base_query_get(request->arena, request->query, "identifier");
    cJSON *bundle = cJSON_CreateObject(), *entries = cJSON_AddArrayToObject(bundle, "entry");
    const cJSON *resource;

    fhir->searches += strcmp(request->path, "/Observation") == 0;
    base_buf_printf(&fhir->log, "GET %s %s\n", request->path + 1, token);
    base_json_set_text(bundle, "resourceType", "Bundle");
    cJSON_ArrayForEach(resource,
                       fhir->resources) if (fake_matches(resource, request->path + 1, token))
    {
        cJSON *entry = cJSON_CreateObject();
        base_json_set(entry, "resource", base_json_copy(resource));
        (void)cJSON_AddItemToArray(entries, entry);
    }
    base_http_answer_json_take(response, 200, bundle);
}

static void fake_fhir_put_locked(struct fake_fhir *fhir, const struct base_http_request *request,
                                 struct base_http_response *response)
{
    cJSON *resource = fake_fhir_parse(request->body),
          *old = fake_fhir_find(fhir, base_json_text(resource, "resourceType"),
                                base_json_text(resource, "id"));
    const char *match = base_headers_get(request->headers, "If-Match");
    char expected[32];

    fhir->puts += base_starts_nocase(request->path, "/Observation/");
    (void)snprintf(expected, sizeof expected, "W/\"%s\"",
                   old ? base_json_text(old, "meta.versionId") : "");
    if (match && strcmp(match, expected) != 0) {
        cJSON_Delete(resource);
        fake_fhir_refuse(response, old ? 412 : 404, 0);
    } else {
        fake_fhir_store(fhir, resource);
        base_http_answer_json(response, old ? 200 : 201, resource);
    }
    base_buf_printf(&fhir->log, "PUT %s %d\n", request->path + 1, response->status);
    if (fhir->cancel_after_put)
        base_http_client_cancel(fhir->cancel_after_put);
}

static void fake_fhir_enter_locked(struct fake_fhir *fhir)
{
    struct timespec limit;
    int outcome = 0;

    (void)clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 5;
    fhir->inside++;
    fhir->most = fhir->inside > fhir->most ? fhir->inside : fhir->most;
    (void)pthread_cond_broadcast(&fhir->changed);
    while (fhir->most < fhir->hold_until && outcome != ETIMEDOUT)
        outcome = pthread_cond_timedwait(&fhir->changed, &fhir->lock, &limit);
}

static void fake_fhir_handle(void *context, const struct base_http_request *request,
                             struct base_http_response *response)
{
    struct fake_fhir *fhir = context;
    const char *text =
        base_arena_printf(request->arena, "%s?%s %s", request->path, request->query, request->body);
    struct fake_rule *rule;

    (void)pthread_mutex_lock(&fhir->lock);
    fake_fhir_enter_locked(fhir);
    rule = fake_fhir_rule(fhir, request->method, text);
    if (rule) {
        rule->times -= rule->times > 0;
        fhir->refused++;
        fhir->refused_ms = base_clock_ms(fhir->clock);
        fake_fhir_refuse(response, rule->status, rule->retry_after);
    } else {
        fhir->answered_ms = base_clock_ms(fhir->clock);
        if (strcmp(request->method, "PUT") == 0)
            fake_fhir_put_locked(fhir, request, response);
        else
            fake_fhir_search_locked(fhir, request, response);
    }
    fhir->inside--;
    (void)pthread_mutex_unlock(&fhir->lock);
}

static void fake_fhir_open(struct fake_fhir *fhir, struct fake_cloud *cloud)
{
    memset(fhir, 0, sizeof *fhir);
    (void)pthread_mutex_init(&fhir->lock, NULL);
    (void)pthread_cond_init(&fhir->changed, NULL);
    fhir->resources = cJSON_CreateArray();
    fhir->clock = cloud->clock;
    cloud->fhir = fake_fhir_handle;
    cloud->fhir_context = fhir;
}

static void fake_fhir_close(struct fake_fhir *fhir)
{
    cJSON_Delete(fhir->resources);
    base_buf_release(&fhir->log);
    (void)pthread_cond_destroy(&fhir->changed);
    (void)pthread_mutex_destroy(&fhir->lock);
}

#endif
