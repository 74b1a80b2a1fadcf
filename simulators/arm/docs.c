/* Decides how ARM keeps its documents: sorted by lower-case key, written through to the store. */
#include "simulators/arm/docs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *key;
    cJSON *document;
};
struct arm_docs {
    sim_world_t *world;
    const char *room;
    pthread_mutex_t lock;
    struct entry *entries;
    size_t count;
};

static char *key_of(const char *key);
static size_t lower_bound(const arm_docs_t *docs, const char *key);
static struct entry *find_locked(const arm_docs_t *docs, const char *key);
static void put_locked(arm_docs_t *docs, char *key, cJSON *document);

static void load(void *context, const char *key, const cJSON *document)
{
    put_locked(context, base_strdup(key), base_json_copy(document));
}

arm_docs_t *arm_docs_new(sim_world_t *world, const char *room)
{
    arm_docs_t *docs = base_alloc(sizeof *docs);

    docs->world = world;
    docs->room = room;
    pthread_mutex_init(&docs->lock, NULL);
    if (room)
        sim_store_each(world, room, load, docs);
    return docs;
}

void arm_docs_free(arm_docs_t *docs)
{
    if (!docs)
        return;
    for (size_t i = 0; i < docs->count; i++) {
        free(docs->entries[i].key);
        cJSON_Delete(docs->entries[i].document);
    }
    free(docs->entries);
    pthread_mutex_destroy(&docs->lock);
    free(docs);
}

cJSON *arm_docs_get(arm_docs_t *docs, const char *key)
{
    char *folded = key_of(key);

    pthread_mutex_lock(&docs->lock);
    const struct entry *entry = find_locked(docs, folded);
    cJSON *copy = entry ? base_json_copy(entry->document) : NULL;
    pthread_mutex_unlock(&docs->lock);
    free(folded);
    return copy;
}

void arm_docs_put(arm_docs_t *docs, const char *key, cJSON *document)
{
    char *folded = key_of(key);

    pthread_mutex_lock(&docs->lock);
    if (docs->room)
        sim_store_put(docs->world, docs->room, folded, document);
    put_locked(docs, folded, document);
    pthread_mutex_unlock(&docs->lock);
}

bool arm_docs_remove(arm_docs_t *docs, const char *key)
{
    char *folded = key_of(key);

    pthread_mutex_lock(&docs->lock);
    struct entry *entry = find_locked(docs, folded);
    if (entry) {
        if (docs->room)
            sim_store_delete(docs->world, docs->room, folded);
        free(entry->key);
        cJSON_Delete(entry->document);
        memmove(entry, entry + 1,
                (size_t)(docs->entries + docs->count - entry - 1) * sizeof *entry);
        docs->count--;
    }
    pthread_mutex_unlock(&docs->lock);
    free(folded);
    return entry != NULL;
}

bool arm_docs_update(arm_docs_t *docs, const char *key,
                     void (*change)(void *context, cJSON *document), void *context)
{
    char *folded = key_of(key);

    pthread_mutex_lock(&docs->lock);
    struct entry *entry = find_locked(docs, folded);
    if (entry) {
        change(context, entry->document);
        if (docs->room)
            sim_store_put(docs->world, docs->room, folded, entry->document);
    }
    pthread_mutex_unlock(&docs->lock);
    free(folded);
    return entry != NULL;
}

cJSON *arm_docs_list(arm_docs_t *docs, const char *scope)
{
    char *folded = key_of(scope ? scope : "");
    size_t len = strlen(folded);
    cJSON *list = cJSON_CreateArray();

    pthread_mutex_lock(&docs->lock);
    for (size_t i = lower_bound(docs, folded); i < docs->count; i++) {
        const char *key = docs->entries[i].key;
        if (strncmp(key, folded, len))
            break;
        if (!len || !key[len] || key[len] == '/')
            cJSON_AddItemToArray(list, base_json_copy(docs->entries[i].document));
    }
    pthread_mutex_unlock(&docs->lock);
    free(folded);
    return list;
}

size_t arm_docs_count(arm_docs_t *docs)
{
    pthread_mutex_lock(&docs->lock);
    size_t count = docs->count;
    pthread_mutex_unlock(&docs->lock);
    return count;
}

static char *key_of(const char *key)
{
    char *folded = base_strdup(key);
    size_t len = strlen(folded);

    base_lower(folded);
    while (len && folded[len - 1] == '/')
        folded[--len] = '\0';
    return folded;
}

/* The first entry whose key is not below `key`. */
static size_t lower_bound(const arm_docs_t *docs, const char *key)
{
    size_t low = 0, high = docs->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(docs->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct entry *find_locked(const arm_docs_t *docs, const char *key)
{
    size_t at = lower_bound(docs, key);
    return at < docs->count && !strcmp(docs->entries[at].key, key) ? &docs->entries[at] : NULL;
}

/* Takes key and document over. */
static void put_locked(arm_docs_t *docs, char *key, cJSON *document)
{
    struct entry *old = find_locked(docs, key);

    if (old) {
        cJSON_Delete(old->document);
        old->document = document;
        free(key);
        return;
    }
    size_t at = lower_bound(docs, key);
    docs->entries = base_realloc(docs->entries, (docs->count + 1) * sizeof *docs->entries);
    memmove(&docs->entries[at + 1], &docs->entries[at], (docs->count - at) * sizeof *docs->entries);
    docs->entries[at] = (struct entry){key, document};
    docs->count++;
}
