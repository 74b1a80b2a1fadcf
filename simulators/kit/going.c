/* Decides what is seen of a resource while it is being deleted. What it had is gone already; its name is not free yet. */
#include "simulators/kit/internal.h"
#include "simulators/kit/resource_store.h"
#include "simulators/kit/setting.h"

#include <stdio.h>
#include <stdlib.h>

struct sim_going {
    struct sim_going *next;
    cJSON *body;
    char created_by[BASE_UUID_TEXT];
    const char *setting; /* how long; asked each time, so that a shorter one ends it */
    int64_t started_ms;
};

static void free_one(struct sim_going *item)
{
    cJSON_Delete(item->body);
    free(item);
}

void sim_going_release(struct sim_resources *store)
{
    for (struct sim_going *item = store->going, *next; item; item = next) {
        next = item->next;
        free_one(item);
    }
    store->going = NULL;
}

/* Forgets those that are gone by now. */
static void prune_locked(sim_world_t *world)
{
    struct sim_resources *store = world->resources;
    int64_t now = sim_now_ms(world);

    struct sim_going **link = &store->going, *item;

    while ((item = *link)) {
        if (item->started_ms + sim_setting_ms(world, item->setting) > now) {
            link = &item->next;
            continue;
        }
        *link = item->next;
        free_one(item);
    }
}

static const struct sim_going *find_locked(sim_world_t *world, const char *id)
{
    prune_locked(world);
    for (const struct sim_going *item = world->resources->going; item; item = item->next)
        if (base_equal_nocase(base_json_text(item->body, "id"), id))
            return item;
    return NULL;
}

void sim_going_start(struct sim_resource_call *call, const char *created_by)
{
    struct sim_resources *store = call->world->resources;
    const char *setting = call->type->deletion_delay;

    if (!setting || sim_setting_ms(call->world, setting) <= 0)
        return;
    struct sim_going *item = base_alloc(sizeof *item);
    item->body = base_json_copy(call->resource);
    item->setting = setting;
    item->started_ms = sim_now_ms(call->world);
    snprintf(item->created_by, sizeof item->created_by, "%s", created_by);
    if (base_json_at(item->body, "properties"))
        base_json_set_text(base_json_at(item->body, "properties"), "provisioningState", "Deleting");
    pthread_mutex_lock(&store->lock);
    prune_locked(call->world);
    item->next = store->going;
    store->going = item;
    pthread_mutex_unlock(&store->lock);
}

cJSON *sim_going_get(sim_world_t *world, const char *id)
{
    struct sim_resources *store = world->resources;

    pthread_mutex_lock(&store->lock);
    const struct sim_going *item = find_locked(world, id);
    cJSON *body = item ? base_json_copy(item->body) : NULL;
    pthread_mutex_unlock(&store->lock);
    return body;
}

bool sim_going_creator(sim_world_t *world, const char *id, char out[BASE_UUID_TEXT])
{
    struct sim_resources *store = world->resources;

    pthread_mutex_lock(&store->lock);
    const struct sim_going *item = find_locked(world, id);
    if (item)
        snprintf(out, BASE_UUID_TEXT, "%s", item->created_by);
    pthread_mutex_unlock(&store->lock);
    return item != NULL;
}

cJSON *sim_resource_going(sim_world_t *world, const char *type, const char *scope)
{
    struct sim_resources *store = world->resources;
    cJSON *list = cJSON_CreateArray();

    pthread_mutex_lock(&store->lock);
    prune_locked(world);
    for (const struct sim_going *item = store->going; item; item = item->next)
        if ((!type || base_equal_nocase(base_json_text(item->body, "type"), type)) &&
            (!scope || sim_scope_covers(scope, base_json_text(item->body, "id"))))
            cJSON_AddItemToArray(list, base_json_copy(item->body));
    pthread_mutex_unlock(&store->lock);
    return list;
}

bool sim_going_refuse(struct sim_resource_call *call, const char *id)
{
    cJSON *body = sim_going_get(call->world, id);

    if (body)
        sim_resource_refuse(
            call->response, 409, "Conflict", NULL,
            "Another conflicting operation is in progress: the resource '%s' is being deleted.",
            id);
    cJSON_Delete(body);
    return body != NULL;
}
