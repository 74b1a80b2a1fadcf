/* Decides what is remembered, and which entry makes room for another. */
#include "reference/pods/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;          /* in its bucket */
    struct entry *newer, *older; /* by last use */
    int64_t since_ms;            /* put, or (sliding) last used */
    uint32_t hash;
    size_t key_len, value_len;
    char bytes[]; /* the key and a NUL, then the value */
};

struct pod_cache {
    struct pod_cache_config config;
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t bucket_count; /* power of two */
    struct entry *newest, *oldest;
    size_t count, bytes;
};

static uint32_t hash_of(const char *key);
static struct entry *find_locked(pod_cache_t *cache, const char *key);
static void use_locked(pod_cache_t *cache, struct entry *entry);
static void unlink_locked(pod_cache_t *cache, struct entry *entry);
static void remove_locked(pod_cache_t *cache, struct entry *entry);

pod_cache_t *pod_cache_new(const struct pod_cache_config *config)
{
    pod_cache_t *cache = base_alloc(sizeof *cache);

    cache->config = *config;
    cache->bucket_count = 64;
    while (cache->bucket_count < config->entries)
        cache->bucket_count *= 2;
    cache->buckets = base_alloc(cache->bucket_count * sizeof(struct entry *));
    (void)pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void pod_cache_free(pod_cache_t *cache)
{
    if (!cache)
        return;
    while (cache->oldest)
        remove_locked(cache, cache->oldest);
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache->buckets);
    free(cache);
}

bool pod_cache_get(pod_cache_t *cache, const char *key, struct base_buf *out)
{
    struct entry *entry;

    (void)pthread_mutex_lock(&cache->lock);
    entry = find_locked(cache, key);
    if (entry) {
        if (cache->config.sliding)
            entry->since_ms = base_clock_ms(cache->config.clock);
        use_locked(cache, entry);
        base_buf_append(out, entry->bytes + entry->key_len + 1, entry->value_len);
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return entry != NULL;
}

static size_t size_of(const struct entry *entry)
{
    return sizeof *entry + entry->key_len + 1 + entry->value_len;
}

static struct entry *make(const char *key, const void *value, size_t len)
{
    size_t key_len = strlen(key);
    struct entry *entry = base_alloc(sizeof *entry + key_len + 1 + len);

    entry->hash = hash_of(key);
    entry->key_len = key_len;
    entry->value_len = len;
    memcpy(entry->bytes, key, key_len + 1);
    if (len)
        memcpy(entry->bytes + key_len + 1, value, len);
    return entry;
}

static void insert_locked(pod_cache_t *cache, struct entry *entry)
{
    struct entry **bucket = &cache->buckets[entry->hash & (cache->bucket_count - 1)];

    entry->next = *bucket;
    *bucket = entry;
    entry->since_ms = base_clock_ms(cache->config.clock);
    cache->count++;
    cache->bytes += size_of(entry);
    use_locked(cache, entry);
}

void pod_cache_put(pod_cache_t *cache, const char *key, const void *value, size_t len)
{
    struct entry *entry = make(key, value, len), *old;
    bool fits = size_of(entry) <= cache->config.bytes && cache->config.entries > 0;

    (void)pthread_mutex_lock(&cache->lock);
    old = find_locked(cache, key);
    if (old)
        remove_locked(cache, old);
    while (fits && (cache->count >= cache->config.entries ||
                    cache->bytes + size_of(entry) > cache->config.bytes))
        remove_locked(cache, cache->oldest);
    if (fits)
        insert_locked(cache, entry);
    (void)pthread_mutex_unlock(&cache->lock);
    if (!fits)
        free(entry);
}

void pod_cache_renew(pod_cache_t *cache, const char *key)
{
    struct entry *entry;

    (void)pthread_mutex_lock(&cache->lock);
    entry = find_locked(cache, key);
    if (entry)
        entry->since_ms = base_clock_ms(cache->config.clock);
    (void)pthread_mutex_unlock(&cache->lock);
}

void pod_cache_drop(pod_cache_t *cache, const char *key)
{
    struct entry *entry;

    (void)pthread_mutex_lock(&cache->lock);
    entry = find_locked(cache, key);
    if (entry)
        remove_locked(cache, entry);
    (void)pthread_mutex_unlock(&cache->lock);
}

size_t pod_cache_count(pod_cache_t *cache)
{
    size_t count;

    (void)pthread_mutex_lock(&cache->lock);
    count = cache->count;
    (void)pthread_mutex_unlock(&cache->lock);
    return count;
}

static uint32_t hash_of(const char *key)
{
    uint32_t hash = 2166136261u;

    for (const char *p = key; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    return hash;
}

/* One whose time is over is removed and not found. */
static struct entry *find_locked(pod_cache_t *cache, const char *key)
{
    uint32_t hash = hash_of(key);
    struct entry *entry = cache->buckets[hash & (cache->bucket_count - 1)];

    while (entry && (entry->hash != hash || strcmp(entry->bytes, key) != 0))
        entry = entry->next;
    if (entry && base_clock_ms(cache->config.clock) - entry->since_ms >= cache->config.life_ms) {
        remove_locked(cache, entry);
        return NULL;
    }
    return entry;
}

static void use_locked(pod_cache_t *cache, struct entry *entry)
{
    if (cache->newest == entry)
        return;
    unlink_locked(cache, entry);
    entry->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = entry;
    cache->newest = entry;
    if (!cache->oldest)
        cache->oldest = entry;
}

/* Out of the order of use; nothing happens to one that is not in it yet. */
static void unlink_locked(pod_cache_t *cache, struct entry *entry)
{
    if (entry->newer)
        entry->newer->older = entry->older;
    else if (cache->newest == entry)
        cache->newest = entry->older;
    if (entry->older)
        entry->older->newer = entry->newer;
    else if (cache->oldest == entry)
        cache->oldest = entry->newer;
    entry->newer = entry->older = NULL;
}

static void remove_locked(pod_cache_t *cache, struct entry *entry)
{
    struct entry **at = &cache->buckets[entry->hash & (cache->bucket_count - 1)];

    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    unlink_locked(cache, entry);
    cache->count--;
    cache->bytes -= size_of(entry);
    free(entry);
}
