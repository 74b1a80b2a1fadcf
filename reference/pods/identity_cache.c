/* Decides how long resolved identities are believed. */
#include "reference/pods/identity_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 5000
#define SLOTS 16384 /* power of two, sparsely filled */
#define IDLE_MAX_MS (INT64_C(2) * 3600 * 1000)

struct entry {
    char *key, *patient, *device, *encounter;
    int64_t used_ms;
};

struct pod_identity_cache {
    const struct base_clock *clock;
    pthread_mutex_t lock;
    struct entry slots[SLOTS];
    size_t count;
};

static struct entry *find_locked(pod_identity_cache_t *cache, const char *key);
static void clear_locked(pod_identity_cache_t *cache);
static char *key_of(const struct dp_measurement *measurement);

pod_identity_cache_t *pod_identity_cache_new(const struct base_clock *clock)
{
    pod_identity_cache_t *cache = base_alloc(sizeof *cache);

    cache->clock = clock;
    (void)pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void pod_identity_cache_free(pod_identity_cache_t *cache)
{
    if (!cache)
        return;
    clear_locked(cache);
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache);
}

bool pod_identity_cache_get(pod_identity_cache_t *cache, const struct dp_measurement *measurement,
                            struct base_arena *arena, struct dp_ids *out)
{
    char *key = key_of(measurement);
    int64_t now = base_clock_ms(cache->clock);
    struct entry *entry;
    bool found;

    (void)pthread_mutex_lock(&cache->lock);
    entry = find_locked(cache, key);
    found = entry->key && now - entry->used_ms <= IDLE_MAX_MS;
    if (found) {
        entry->used_ms = now;
        *out = (struct dp_ids){base_arena_strdup(arena, entry->patient),
                               base_arena_strdup(arena, entry->device),
                               base_arena_strdup(arena, entry->encounter)};
    }
    (void)pthread_mutex_unlock(&cache->lock);
    free(key);
    return found;
}

static void fill(struct entry *entry, const struct dp_ids *ids, int64_t now)
{
    free(entry->patient);
    free(entry->device);
    free(entry->encounter);
    entry->patient = base_strdup(ids->patient);
    entry->device = base_strdup(ids->device);
    entry->encounter = base_strdup(ids->encounter);
    entry->used_ms = now;
}

void pod_identity_cache_put(pod_identity_cache_t *cache, const struct dp_measurement *measurement,
                            const struct dp_ids *ids)
{
    char *key = key_of(measurement);
    struct entry *entry;

    (void)pthread_mutex_lock(&cache->lock);
    if (cache->count == ENTRIES_MAX) /* rare, and costs only look-ups */
        clear_locked(cache);
    entry = find_locked(cache, key);
    if (!entry->key) {
        entry->key = key;
        key = NULL;
        cache->count++;
    }
    fill(entry, ids, base_clock_ms(cache->clock));
    (void)pthread_mutex_unlock(&cache->lock);
    free(key);
}

/* The entry of a key, or the free slot where it belongs. */
static struct entry *find_locked(pod_identity_cache_t *cache, const char *key)
{
    uint32_t hash = 2166136261u;

    for (const char *p = key; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    for (size_t i = hash & (SLOTS - 1);; i = (i + 1) & (SLOTS - 1))
        if (!cache->slots[i].key || strcmp(cache->slots[i].key, key) == 0)
            return &cache->slots[i];
}

static void clear_locked(pod_identity_cache_t *cache)
{
    static const struct dp_ids none;

    for (size_t i = 0; i < SLOTS; i++) {
        if (!cache->slots[i].key)
            continue;
        fill(&cache->slots[i], &none, 0);
        free(cache->slots[i].key);
        cache->slots[i].key = NULL;
    }
    cache->count = 0;
}

static char *key_of(const struct dp_measurement *measurement)
{
    return base_asprintf("%s\n%s", measurement->device_id,
                         measurement->encounter_id ? measurement->encounter_id : "");
}
