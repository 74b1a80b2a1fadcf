/* Decides what a search finds and where an update goes, in memory. */
#include "reference/map/store.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

struct map_store_key { /* of an id, or of an identifier's value; several may lead to one resource */
    uint64_t hash;
    size_t resource; /* index + 1; 0: free */
};

static enum base_status search(void *context, const char *type, const char *system,
                               const char *value, cJSON **out, struct base_error *err);
static enum base_status update(void *context, const cJSON *resource, const char *if_version,
                               cJSON **out, struct base_error *err);

struct dp_store map_store_port(struct map_store *store)
{
    return (struct dp_store){store, search, update};
}

void map_store_release(struct map_store *store)
{
    for (size_t i = 0; i < store->count; i++)
        cJSON_Delete(store->resources[i]);
    free(store->resources);
    free(store->made);
    free(store->keys);
    *store = (struct map_store){0};
}

/* FNV-1a */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

static void insert_key(struct map_store *store, struct map_store_key key)
{
    size_t at = key.hash & (store->key_size - 1);

    while (store->keys[at].resource)
        at = (at + 1) & (store->key_size - 1);
    store->keys[at] = key;
    store->key_count++;
}

static void grow_keys(struct map_store *store)
{
    struct map_store_key *old = store->keys;
    size_t size = store->key_size;

    store->key_size = size ? size * 2 : 64;
    store->keys = base_alloc(store->key_size * sizeof *store->keys);
    store->key_count = 0;
    for (size_t i = 0; i < size; i++)
        if (old[i].resource)
            insert_key(store, old[i]);
    free(old);
}

static void add_key(struct map_store *store, const char *text, size_t index)
{
    if (!text)
        return;
    if ((store->key_count + 1) * 2 > store->key_size)
        grow_keys(store);
    insert_key(store, (struct map_store_key){hash_of(text), index + 1});
}

void map_store_put(struct map_store *store, cJSON *resource)
{
    const cJSON *identifier;

    if (store->count == store->capacity) {
        store->capacity = store->capacity ? store->capacity * 2 : 16;
        store->resources =
            base_realloc(store->resources, store->capacity * sizeof *store->resources);
        store->made = base_realloc(store->made, store->capacity * sizeof *store->made);
    }
    store->resources[store->count] = resource;
    store->made[store->count] = false;
    add_key(store, base_json_text(resource, "id"), store->count);
    cJSON_ArrayForEach(identifier, cJSON_GetObjectItemCaseSensitive(resource, "identifier"))
        add_key(store, base_json_text(identifier, "value"), store->count);
    store->count++;
}

static bool has_identifier(const cJSON *resource, const char *type, const char *system,
                           const char *value)
{
    const cJSON *identifier;

    if (!base_equal(base_json_text(resource, "resourceType"), type))
        return false;
    cJSON_ArrayForEach(identifier, cJSON_GetObjectItemCaseSensitive(resource, "identifier"))
    {
        if (base_equal(base_json_text(identifier, "value"), value) &&
            (!system || base_equal(base_json_text(identifier, "system"), system)))
            return true;
    }
    return false;
}

/* Walks the resources whose key has the hash of `text`: *slot starts at 0. Returns index + 1, 0 at the end. */
static size_t next_of(const struct map_store *store, const char *text, size_t *slot)
{
    uint64_t hash = hash_of(text);

    if (!store->key_size)
        return 0;
    for (;; (*slot)++) {
        const struct map_store_key *key = &store->keys[(hash + *slot) & (store->key_size - 1)];
        if (!key->resource)
            return 0;
        if (key->hash == hash) {
            (*slot)++;
            return key->resource;
        }
    }
}

static enum base_status search(void *context, const char *type, const char *system,
                               const char *value, cJSON **out, struct base_error *err)
{
    struct map_store *store = context;
    size_t slot = 0, found, last = 0;

    (void)err;
    *out = cJSON_CreateArray();
    while ((found = next_of(store, value, &slot)) > 0) {
        const cJSON *resource = store->resources[found - 1];
        if (found != last && has_identifier(resource, type, system, value))
            (void)cJSON_AddItemToArray(*out, base_json_copy(resource));
        last = found;
    }
    return BASE_OK;
}

static enum base_status update(void *context, const cJSON *resource, const char *if_version,
                               cJSON **out, struct base_error *err)
{
    struct map_store *store = context;
    const char *id = base_json_text(resource, "id");
    size_t slot = 0, found;

    (void)if_version;
    (void)err;
    *out = NULL;
    while ((found = next_of(store, id ? id : "", &slot)) > 0)
        if (base_equal(base_json_text(store->resources[found - 1], "id"), id)) {
            cJSON_Delete(store->resources[found - 1]);
            store->resources[found - 1] = base_json_copy(resource);
            return BASE_OK;
        }
    map_store_put(store, base_json_copy(resource));
    store->made[store->count - 1] = true;
    return BASE_OK;
}
