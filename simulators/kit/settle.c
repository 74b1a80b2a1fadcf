/* Decides how long a new resource is not ready yet, and what is seen of it until then. */
#include "simulators/kit/internal.h"
#include "simulators/kit/resource_store.h"
#include "simulators/kit/setting.h"

#include <stdlib.h>

struct sim_settling {
    struct sim_settling *next;
    char *id;
    int64_t until_ms;
};

void sim_settle_release(struct sim_resources *store)
{
    for (struct sim_settling *item = store->settling, *next; item; item = next) {
        next = item->next;
        free(item->id);
        free(item);
    }
    store->settling = NULL;
}

/* Forgets those that are ready by now, and `id` (NULL: no one else). */
static void prune_locked(struct sim_resources *store, const char *id, int64_t now)
{
    struct sim_settling **link = &store->settling, *item;

    while ((item = *link)) {
        if (item->until_ms > now && !base_equal_nocase(item->id, id)) {
            link = &item->next;
            continue;
        }
        *link = item->next;
        free(item->id);
        free(item);
    }
}

bool sim_settle_start(struct sim_resource_call *call)
{
    struct sim_resources *store = call->world->resources;
    const char *setting = call->type->delay;
    int64_t now = sim_now_ms(call->world), ms = setting ? sim_setting_ms(call->world, setting) : 0;

    pthread_mutex_lock(&store->lock);
    prune_locked(store, call->path, now);
    if (ms > 0) {
        struct sim_settling *item = base_alloc(sizeof *item);
        item->id = base_strdup(call->path);
        item->until_ms = now + ms;
        item->next = store->settling;
        store->settling = item;
    }
    pthread_mutex_unlock(&store->lock);
    return ms > 0;
}

bool sim_settle_pending(sim_world_t *world, const char *id)
{
    struct sim_resources *store = world->resources;
    int64_t now = sim_now_ms(world);
    bool pending = false;

    pthread_mutex_lock(&store->lock);
    for (const struct sim_settling *item = store->settling; item && !pending; item = item->next)
        pending = item->until_ms > now && base_equal_nocase(item->id, id);
    pthread_mutex_unlock(&store->lock);
    return pending;
}

void sim_settle_show(sim_world_t *world, cJSON *body)
{
    cJSON *properties = base_json_at(body, "properties");

    if (properties && sim_settle_pending(world, base_json_text(body, "id")))
        base_json_set_text(properties, "provisioningState", "Creating");
}

bool sim_settle_refuse(struct sim_resource_call *call, const char *id)
{
    if (!sim_settle_pending(call->world, id))
        return false;
    sim_resource_refuse(call->response, 409, "Conflict", NULL,
                        "Another conflicting operation is in progress: the resource '%s' is still "
                        "being created. Retry when its provisioningState is Succeeded.",
                        id);
    return true;
}
