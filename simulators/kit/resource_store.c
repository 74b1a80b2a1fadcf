/* Decides how ARM resources are kept: sorted by lower-case id, so that what lies below a scope lies
 * together. */
#include "simulators/kit/resource_store.h"
#include "simulators/kit/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM "arm.resources"

struct sim_resources *sim_resources_new(void)
{
    struct sim_resources *store = base_alloc(sizeof *store);
    pthread_mutex_init(&store->lock, NULL);
    return store;
}

void sim_resources_release(struct sim_resources *store)
{
    for (size_t i = 0; i < store->count; i++) {
        free(store->entries[i].key);
        cJSON_Delete(store->entries[i].body);
    }
    for (size_t i = 0; i < SIM_OPERATIONS; i++)
        free(store->operations[i].id);
    free(store->entries);
    sim_settle_release(store);
    sim_going_release(store);
    pthread_mutex_destroy(&store->lock);
}

char *sim_resource_key(const char *id)
{
    char *key = base_strdup(id);
    size_t len = strlen(key);

    base_lower(key);
    while (len && key[len - 1] == '/')
        key[--len] = '\0';
    return key;
}

/* The first entry whose key is not below `key`. */
static size_t lower_bound(const struct sim_resources *store, const char *key)
{
    size_t low = 0, high = store->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(store->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct sim_entry *find_locked(struct sim_resources *store, const char *key)
{
    size_t at = lower_bound(store, key);
    return at < store->count && !strcmp(store->entries[at].key, key) ? &store->entries[at] : NULL;
}

void sim_resources_put(struct sim_resources *store, const char *id, cJSON *body,
                       const char *created_by)
{
    char *key = sim_resource_key(id);

    pthread_mutex_lock(&store->lock);
    struct sim_entry *entry = find_locked(store, key);
    if (entry) {
        cJSON_Delete(entry->body);
        entry->body = body;
        free(key);
    } else {
        size_t at = lower_bound(store, key);
        store->entries = base_realloc(store->entries, (store->count + 1) * sizeof *store->entries);
        memmove(&store->entries[at + 1], &store->entries[at],
                (store->count - at) * sizeof *store->entries);
        store->count++;
        entry = &store->entries[at];
        memset(entry, 0, sizeof *entry);
        entry->key = key;
        entry->body = body;
        snprintf(entry->created_by, sizeof entry->created_by, "%s", created_by ? created_by : "");
    }
    pthread_mutex_unlock(&store->lock);
}

bool sim_resources_remove(struct sim_resources *store, const char *id)
{
    char *key = sim_resource_key(id);

    pthread_mutex_lock(&store->lock);
    struct sim_entry *entry = find_locked(store, key);
    if (entry) {
        size_t at = (size_t)(entry - store->entries);
        free(entry->key);
        cJSON_Delete(entry->body);
        memmove(entry, entry + 1, (store->count - at - 1) * sizeof *entry);
        store->count--;
    }
    pthread_mutex_unlock(&store->lock);
    free(key);
    return entry != NULL;
}

cJSON *sim_resource_get(sim_world_t *world, const char *id)
{
    struct sim_resources *store = world->resources;
    char *key = sim_resource_key(id);

    pthread_mutex_lock(&store->lock);
    const struct sim_entry *entry = find_locked(store, key);
    cJSON *body = entry ? base_json_copy(entry->body) : NULL;
    pthread_mutex_unlock(&store->lock);
    free(key);
    return body;
}

cJSON *sim_resource_list(sim_world_t *world, const char *type, const char *scope)
{
    struct sim_resources *store = world->resources;
    char *key = sim_resource_key(scope ? scope : "");
    cJSON *list = cJSON_CreateArray();

    pthread_mutex_lock(&store->lock);
    for (size_t i = lower_bound(store, key); i < store->count; i++) {
        const struct sim_entry *entry = &store->entries[i];
        if (strncmp(entry->key, key, strlen(key)))
            break;
        if (sim_scope_covers(key, entry->key) &&
            (!type || base_equal_nocase(base_json_text(entry->body, "type"), type)))
            cJSON_AddItemToArray(list, base_json_copy(entry->body));
    }
    pthread_mutex_unlock(&store->lock);
    free(key);
    return list;
}

void sim_resource_creator(sim_world_t *world, const char *id, char out[BASE_UUID_TEXT])
{
    struct sim_resources *store = world->resources;
    char *key = sim_resource_key(id);

    pthread_mutex_lock(&store->lock);
    const struct sim_entry *entry = find_locked(store, key);
    snprintf(out, BASE_UUID_TEXT, "%s", entry ? entry->created_by : "");
    pthread_mutex_unlock(&store->lock);
    free(key);
    if (!entry)
        (void)sim_going_creator(world, id, out);
}

static void load(void *context, const char *key, const cJSON *document)
{
    (void)key;
    cJSON *body = base_json_copy(base_json_at(document, "body"));
    if (body)
        sim_resources_put(context, base_json_text(body, "id"), body,
                          base_json_text(document, "createdBy"));
}

struct sim_resources *sim_resources_open(sim_world_t *world)
{
    struct sim_resources *store = sim_resources_new();
    sim_store_each(world, ROOM, load, store);
    return store;
}

void sim_resource_keep(sim_world_t *world, const cJSON *body, const char *created_by)
{
    const char *id = base_json_text(body, "id");
    char *key = sim_resource_key(id), creator[BASE_UUID_TEXT];
    cJSON *document = cJSON_CreateObject();

    sim_resources_put(world->resources, id, base_json_copy(body), created_by);
    sim_resource_creator(world, id, creator);
    cJSON_AddItemToObject(document, "body", base_json_copy(body));
    base_json_set_text(document, "createdBy", creator);
    sim_store_put(world, ROOM, key, document);
    cJSON_Delete(document);
    free(key);
}

bool sim_resource_forget(sim_world_t *world, const char *id)
{
    char *key = sim_resource_key(id);
    bool found = sim_resources_remove(world->resources, id);

    sim_store_delete(world, ROOM, key);
    free(key);
    return found;
}

void sim_resource_put_raw(sim_world_t *world, cJSON *body, const char *created_by)
{
    sim_resource_keep(world, body, created_by);
    cJSON_Delete(body);
}
