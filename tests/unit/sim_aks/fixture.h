/* A world with one AKS cluster, made through the provider as ARM would; requests go straight to the world's handler. */
#ifndef TEST_SIM_AKS_FIXTURE_H
#define TEST_SIM_AKS_FIXTURE_H

#include "simulators/aks/aks.h"
#include "simulators/kit/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED __attribute__((unused))
#define ACCOUNT "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g"
#define PROVIDER "Microsoft.ContainerService"
#define CLUSTER ACCOUNT "/providers/" PROVIDER "/managedClusters/c1"
#define MERGE "application/merge-patch+json"
#define WAIT_S "30"

struct lab {
    struct base_clock clock;
    base_random_t *random;
    sim_world_t *world;
    aks_t *aks;
    char *fqdn, *token; /* of the cluster's administrator */
};
struct answer {
    int status;
    struct base_headers headers;
    cJSON *body; /* NULL when it is not JSON */
    struct base_buf text;
};

static UNUSED void answer_release(struct answer *answer)
{
    base_headers_release(&answer->headers);
    cJSON_Delete(answer->body);
    base_buf_release(&answer->text);
    *answer = (struct answer){0};
}

static bool keep_chunk(void *sink, const void *data, size_t len)
{
    base_buf_append(sink, data, len);
    return true;
}

/* Runs a handler; a stream is read to its end. */
static struct answer ask(struct lab *lab, void *provider, const struct base_http_request *form)
{
    struct base_arena arena;
    struct base_http_response response = {0};
    struct base_http_request request = *form;
    struct base_error err = {0};
    struct answer answer = {0};

    base_arena_init(&arena);
    request.arena = &arena;
    request.scheme = "https";
    request.peer = "";
    if (provider)
        sim_provider_handle(provider, &request, &response);
    else
        sim_dispatch(lab->world, &request, &response);
    base_headers_copy(&answer.headers, &response.headers);
    answer.status = response.status;
    if (response.body.len)
        base_buf_append(&answer.text, response.body.data, response.body.len);
    if (response.stream)
        response.stream(response.stream_context, keep_chunk, &answer.text);
    if (response.stream_free)
        response.stream_free(response.stream_context);
    response.stream = NULL;
    response.stream_free = NULL;
    if (answer.text.len)
        answer.body = base_json_parse(answer.text.data, answer.text.len, &err);
    base_http_response_release(&response);
    base_arena_release(&arena);
    return answer;
}

/* A request to the Kubernetes API; `type` NULL: no Content-Type; the path may hold a query. */
static UNUSED struct answer api_as(struct lab *lab, const char *token, const char *method,
                                   const char *path, const char *type, const char *body)
{
    struct base_headers headers = {0};
    const char *mark = strchr(path, '?');
    char *plain = base_strndup(path, mark ? (size_t)(mark - path) : strlen(path));

    if (token)
        base_headers_addf(&headers, "Authorization", "Bearer %s", token);
    base_headers_add(&headers, "Accept", "application/json");
    if (type)
        base_headers_add(&headers, "Content-Type", type);
    struct base_http_request request = {.method = method,
                                        .host = lab->fqdn,
                                        .path = plain,
                                        .query = mark ? mark + 1 : "",
                                        .headers = &headers,
                                        .body = body ? body : "",
                                        .body_len = body ? strlen(body) : 0};
    struct answer answer = ask(lab, NULL, &request);
    base_headers_release(&headers);
    free(plain);
    return answer;
}

static UNUSED struct answer api(struct lab *lab, const char *method, const char *path,
                                const char *body)
{
    return api_as(lab, lab->token, method, path,
                  strcmp(method, "PATCH") == 0 ? MERGE
                  : body                       ? "application/json"
                                               : NULL,
                  body);
}

/* The same for those who want the status only. */
static UNUSED int api_status(struct lab *lab, const char *method, const char *path,
                             const char *body)
{
    struct answer answer = api(lab, method, path, body);
    int status = answer.status;

    answer_release(&answer);
    return status;
}

static UNUSED struct answer arm(struct lab *lab, const char *method, const char *path,
                                const char *body)
{
    struct base_headers headers = {0};
    struct base_http_request request = {.method = method,
                                        .host = "management.azure.com",
                                        .path = path,
                                        .query = "api-version=2024-05-01",
                                        .headers = &headers,
                                        .body = body ? body : "",
                                        .body_len = body ? strlen(body) : 0};

    return ask(lab, sim_provider_find(lab->world, PROVIDER), &request);
}

/* Reads server and token out of a kubeconfig. */
static UNUSED void lab_sign_in(struct lab *lab)
{
    struct answer answer = arm(lab, "POST", CLUSTER "/listClusterAdminCredential", NULL);
    struct base_buf config = {0};
    const char *value = base_json_text(answer.body, "kubeconfigs.0.value");

    assert_int_equal(answer.status, 200);
    assert_true(base_base64_decode(&config, value, strlen(value)));
    char *token = strstr(config.data, "token: "), *server = strstr(config.data, "server: https://");
    assert_non_null(token);
    assert_non_null(server);
    free(lab->token);
    free(lab->fqdn);
    lab->token = base_strndup(token + 7, strcspn(token + 7, "\n"));
    server += strlen("server: https://");
    lab->fqdn = base_strndup(server, strcspn(server, ":"));
    base_buf_release(&config);
    answer_release(&answer);
}

struct lab_config {
    double rate;           /* of the clock; 0: 1 */
    const char *state_dir; /* NULL: in memory */
    const char *kubelet, *images;
};

static UNUSED struct lab *lab_open(const struct lab_config *config)
{
    struct lab *lab = base_alloc(sizeof *lab);
    struct base_error err = {0};

    base_clock_init(&lab->clock);
    lab->clock.rate = config->rate > 0 ? config->rate : 1;
    lab->clock.epoch_ms = base_clock_ms(&(struct base_clock){.rate = 1});
    lab->random = base_random_new("aks");
    lab->world = sim_world_new(&(struct sim_world_config){.clock = &lab->clock,
                                                          .random = lab->random,
                                                          .state_dir = config->state_dir},
                               &err);
    assert_non_null(lab->world);
    if (config->kubelet)
        sim_setting_set(lab->world, "kubelet", config->kubelet);
    if (config->images)
        sim_setting_set(lab->world, "images", config->images);
    lab->aks = aks_add(lab->world, &err);
    if (!lab->aks)
        fail_msg("%s", err.message);
    struct answer made = arm(lab, "GET", CLUSTER, NULL);
    if (made.status == 404) {
        answer_release(&made);
        made = arm(lab, "PUT", CLUSTER,
                   "{\"location\":\"westus2\",\"properties\":{\"dnsPrefix\":\"shared\"}}");
        assert_int_equal(made.status, 201);
    }
    answer_release(&made);
    lab_sign_in(lab);
    return lab;
}

static UNUSED void lab_close(struct lab *lab)
{
    aks_free(lab->aks);
    sim_world_free(lab->world);
    base_random_free(lab->random);
    free(lab->fqdn);
    free(lab->token);
    free(lab);
}

/* Waiting without naps: a watch that ends when the object (or its absence) is as wanted. */
struct awaited {
    bool (*good)(const cJSON *object, const void *what); /* object NULL: was deleted */
    const void *what;
    struct base_buf line;
    cJSON *found;
    bool met;
};

static bool await_chunk(void *sink, const void *data, size_t len)
{
    struct awaited *awaited = sink;
    char *end;

    base_buf_append(&awaited->line, data, len);
    while (!awaited->met && awaited->line.len &&
           (end = memchr(awaited->line.data, '\n', awaited->line.len))) {
        struct base_error err = {0};
        cJSON *event =
            base_json_parse(awaited->line.data, (size_t)(end - awaited->line.data), &err);
        const char *type = base_json_text(event, "type");
        const cJSON *object =
            type && strcmp(type, "DELETED") == 0 ? NULL : base_json_at(event, "object");
        awaited->met = awaited->good(object, awaited->what);
        if (awaited->met)
            awaited->found = object ? base_json_copy(object) : NULL;
        cJSON_Delete(event);
        base_buf_drop(&awaited->line, (size_t)(end - awaited->line.data) + 1);
    }
    return !awaited->met;
}

/* What is there already; *revision: of the list, to watch from. */
static bool await_list(struct lab *lab, const char *collection, const char *selector,
                       struct awaited *awaited, char **revision)
{
    char *path = base_asprintf("%s?%s", collection, selector);
    struct answer list = api(lab, "GET", path, NULL);
    const cJSON *item, *items = base_json_at(list.body, "items");

    assert_int_equal(list.status, 200);
    if (!items->child)
        awaited->met = awaited->good(NULL, awaited->what);
    cJSON_ArrayForEach(item, items)
    {
        if (awaited->met || !awaited->good(item, awaited->what))
            continue;
        awaited->met = true;
        awaited->found = base_json_copy(item);
    }
    *revision = base_strdup(base_json_text(list.body, "metadata.resourceVersion"));
    answer_release(&list);
    free(path);
    return awaited->met;
}

/* collection: "/api/v1/namespaces/default/pods"; selector: "fieldSelector=metadata.name%3Dx", or "". The object; the caller deletes
 * it. Fails the test after WAIT_S seconds. */
static UNUSED cJSON *await(struct lab *lab, const char *collection, const char *selector,
                           bool (*good)(const cJSON *, const void *), const void *what)
{
    struct awaited awaited = {.good = good, .what = what};
    struct base_headers headers = {0};
    struct base_arena arena;
    struct base_http_response response = {0};
    char *revision;

    if (await_list(lab, collection, selector, &awaited, &revision)) {
        free(revision);
        return awaited.found;
    }
    char *query = base_asprintf("watch=true&timeoutSeconds=" WAIT_S "&resourceVersion=%s&%s",
                                revision, selector);
    base_arena_init(&arena);
    base_headers_addf(&headers, "Authorization", "Bearer %s", lab->token);
    struct base_http_request request = {.method = "GET",
                                        .scheme = "https",
                                        .host = lab->fqdn,
                                        .path = collection,
                                        .query = query,
                                        .headers = &headers,
                                        .body = "",
                                        .peer = "",
                                        .arena = &arena};
    sim_dispatch(lab->world, &request, &response);
    assert_non_null(response.stream);
    response.stream(response.stream_context, await_chunk, &awaited);
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    base_buf_release(&awaited.line);
    free(query);
    free(revision);
    if (!awaited.met)
        fail_msg("waited %s s in vain at %s?%s for %s", WAIT_S, collection, selector,
                 what ? (const char *)what : "the end");
    return awaited.found;
}

/* `what`: "dotted.path=value" (value compared as text; "path=" : absent). */
static UNUSED bool field_is(const cJSON *object, const void *what)
{
    const char *is = strchr(what, '=');
    char *path = base_strndup(what, (size_t)(is - (const char *)what)), number[32];
    const cJSON *node = object ? base_json_at(object, path) : NULL;
    const char *text = cJSON_GetStringValue(node);

    if (cJSON_IsNumber(node)) {
        snprintf(number, sizeof number, "%.0f", node->valuedouble);
        text = number;
    } else if (cJSON_IsBool(node)) {
        text = cJSON_IsTrue(node) ? "true" : "false";
    } else if (node && !text) {
        text = "{}";
    }
    free(path);
    return object && strcmp(text ? text : "", is + 1) == 0;
}

static UNUSED bool is_gone(const cJSON *object, const void *what)
{
    (void)what;
    return object == NULL;
}

/* Until the object of that name is so; the caller need not look at it. */
static UNUSED void await_field(struct lab *lab, const char *collection, const char *name,
                               const char *what)
{
    char *selector = base_asprintf("fieldSelector=metadata.name%%3D%s", name);

    cJSON_Delete(await(lab, collection, selector, field_is, what));
    free(selector);
}

#endif
