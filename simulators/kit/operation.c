/* Decides how a 202 is followed: the work is done already, its Location tells the result until newer ones push it out. */
#include "simulators/kit/internal.h"
#include "simulators/kit/resource_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes the next place in the ring. */
static void record(sim_world_t *world, const char *verb, const char *id, char name[BASE_UUID_TEXT])
{
    struct sim_resources *store = world->resources;

    base_uuid(world->random, name);
    pthread_mutex_lock(&store->lock);
    struct sim_operation *operation = &store->operations[store->next_operation++ % SIM_OPERATIONS];
    free(operation->id);
    operation->id = base_strdup(id);
    operation->deleting = base_equal(verb, "DELETE");
    memcpy(operation->name, name, BASE_UUID_TEXT);
    pthread_mutex_unlock(&store->lock);
}

void sim_operation_start(struct sim_resource_call *call, const char *verb)
{
    const char *referer = base_headers_get(call->request->headers, "referer");
    const char *version = base_query_get(call->request->arena, call->request->query, "api-version");
    struct base_uri uri;
    char name[BASE_UUID_TEXT];

    if (!referer || !base_uri_parse(call->request->arena, referer, &uri))
        uri = (struct base_uri){.scheme = "https", .host = "management.azure.com"};
    record(call->world, verb, call->path, name);
    base_headers_addf(
        &call->response->headers, "Location",
        "%s://%s/subscriptions/%s/providers/%s/locations/global/operationresults/%s?api-version=%s",
        uri.scheme, uri.host, call->id.subscription ? call->id.subscription : "", call->id.provider,
        name, version ? version : "");
    base_headers_set(&call->response->headers, "Retry-After", "1");
    call->response->status = 202;
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

/* The id the operation is about, NULL when it is not known (any more); free(). */
static char *find(struct sim_resources *store, const char *name, bool *deleting)
{
    char *id = NULL;

    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < SIM_OPERATIONS && !id; i++) {
        if (store->operations[i].id && base_equal_nocase(store->operations[i].name, name)) {
            id = base_strdup(store->operations[i].id);
            *deleting = store->operations[i].deleting;
        }
    }
    pthread_mutex_unlock(&store->lock);
    return id;
}

void sim_operation_answer(struct sim_resource_call *call)
{
    const char *name = call->id.names[call->id.depth - 1];
    bool deleting = false;
    char *id = name ? find(call->world->resources, name, &deleting) : NULL;
    cJSON *body = id && !deleting ? sim_resource_get(call->world, id) : NULL;

    if (id && !deleting && sim_settle_pending(call->world, id))
        not_yet(call);
    else if (id && deleting)
        call->response->status = 200;
    else if (body)
        base_http_answer_json(call->response, 200, body);
    else
        sim_resource_refuse(call->response, 404, id ? "ResourceNotFound" : "NotFound", NULL,
                            id ? "The resource of the operation '%s' is gone."
                               : "The operation '%s' was not found.",
                            name ? name : "");
    cJSON_Delete(body);
    free(id);
}
