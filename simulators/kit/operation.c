/* Decides how an asynchronous write is followed: the work is done already, its Location tells the result and its Azure-AsyncOperation the
 * state until newer ones push them out. */
#include "simulators/kit/internal.h"
#include "simulators/kit/resource_store.h"
#include "simulators/kit/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t delay_ms(const struct sim_resource_call *call, bool deleting)
{
    const char *setting = deleting ? call->type->deletion_delay : call->type->delay;

    return setting ? sim_setting_ms(call->world, setting) : 0;
}

/* Takes the next place in the ring. */
static void record(struct sim_resource_call *call, const char *verb, char name[BASE_UUID_TEXT])
{
    struct sim_resources *store = call->world->resources;

    base_uuid(call->world->random, name);
    pthread_mutex_lock(&store->lock);
    struct sim_operation *operation = &store->operations[store->next_operation++ % SIM_OPERATIONS];
    free(operation->id);
    operation->id = base_strdup(call->path);
    operation->deleting = base_equal(verb, "DELETE");
    operation->started_ms = sim_now_ms(call->world);
    operation->ends_ms = operation->started_ms + delay_ms(call, operation->deleting);
    memcpy(operation->name, name, BASE_UUID_TEXT);
    pthread_mutex_unlock(&store->lock);
}

/* "https://HOST/subscriptions/.../locations/global/operationresults/NAME?api-version=..." as a header. */
static void add_link(struct sim_resource_call *call, const char *verb, const char *header,
                     const char *surface)
{
    const char *referer = base_headers_get(call->request->headers, "referer");
    const char *version = base_query_get(call->request->arena, call->request->query, "api-version");
    struct base_uri uri;
    char name[BASE_UUID_TEXT];

    if (!referer || !base_uri_parse(call->request->arena, referer, &uri))
        uri = (struct base_uri){.scheme = "https", .host = "management.azure.com"};
    record(call, verb, name);
    base_headers_addf(&call->response->headers, header,
                      "%s://%s/subscriptions/%s/providers/%s/locations/global/%s/%s?api-version=%s",
                      uri.scheme, uri.host, call->id.subscription ? call->id.subscription : "",
                      call->id.provider, surface, name, version ? version : "");
    base_headers_set(&call->response->headers, "Retry-After", "1");
}

void sim_operation_start(struct sim_resource_call *call, const char *verb)
{
    add_link(call, verb, "Location", "operationresults");
    call->response->status = 202;
}

void sim_operation_name(struct sim_resource_call *call, const char *verb)
{
    add_link(call, verb, "Azure-AsyncOperation", "operations");
}

/* Not yet: the same place again. */
static void not_yet(struct sim_resource_call *call)
{
    const char *referer = base_headers_get(call->request->headers, "referer");

    if (referer)
        base_headers_set(&call->response->headers, "Location", referer);
    base_headers_set(&call->response->headers, "Retry-After", "1");
    call->response->status = 202;
}

/* A copy, its id free(); false when it is not known (any more). */
static bool find(struct sim_resources *store, const char *name, struct sim_operation *out)
{
    bool found = false;

    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < SIM_OPERATIONS && !found && name; i++) {
        found = store->operations[i].id && base_equal_nocase(store->operations[i].name, name);
        if (found) {
            *out = store->operations[i];
            out->id = base_strdup(out->id);
        }
    }
    pthread_mutex_unlock(&store->lock);
    return found;
}

static bool pending(sim_world_t *world, const struct sim_operation *operation)
{
    cJSON *going = operation->deleting ? sim_going_get(world, operation->id) : NULL;
    bool under_way = operation->deleting ? going != NULL : sim_settle_pending(world, operation->id);

    cJSON_Delete(going);
    return under_way;
}

static void unknown(struct sim_resource_call *call, const char *name)
{
    sim_resource_refuse(call->response, 404, "NotFound", NULL, "The operation '%s' was not found.",
                        name ? name : "");
}

void sim_operation_answer(struct sim_resource_call *call)
{
    const char *name = call->id.names[call->id.depth - 1];
    struct sim_operation operation = {.id = NULL};
    bool found = find(call->world->resources, name, &operation);
    cJSON *body = found && !operation.deleting ? sim_resource_get(call->world, operation.id) : NULL;

    if (!found)
        unknown(call, name);
    else if (pending(call->world, &operation))
        not_yet(call);
    else if (operation.deleting)
        call->response->status = 200;
    else if (body)
        base_http_answer_json(call->response, 200, body);
    else
        sim_resource_refuse(call->response, 404, "ResourceNotFound", NULL,
                            "The resource of the operation '%s' is gone.", name);
    cJSON_Delete(body);
    free(operation.id);
}

void sim_operation_status(struct sim_resource_call *call)
{
    const char *name = call->id.names[call->id.depth - 1];
    struct sim_operation operation = {.id = NULL};
    char start[BASE_TIME_TEXT], end[BASE_TIME_TEXT];

    if (!find(call->world->resources, name, &operation)) {
        unknown(call, name);
        return;
    }
    bool under_way = pending(call->world, &operation);
    cJSON *body = cJSON_CreateObject();
    base_time_iso(operation.started_ms, start);
    int64_t now = sim_now_ms(call->world);
    base_time_iso(operation.ends_ms < now ? operation.ends_ms : now, end);
    base_json_set_text(body, "name", operation.name);
    base_json_set_text(body, "status", under_way ? "InProgress" : "Succeeded");
    base_json_set_text(body, "startTime", start);
    if (under_way)
        base_headers_set(&call->response->headers, "Retry-After", "1");
    else
        base_json_set_text(body, "endTime", end);
    base_http_answer_json_take(call->response, 200, body);
    free(operation.id);
}
