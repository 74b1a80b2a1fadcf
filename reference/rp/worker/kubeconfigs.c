/* Decides which kubeconfigs and which open clients of clusters are kept between operations. */
#include "reference/rp/worker/kubeconfigs.h"

#include <stdlib.h>
#include <string.h>

static void drop_idle_locked(struct rp_kubeconfigs *cache, size_t at);

void rp_kubeconfigs_release(struct rp_kubeconfigs *cache)
{
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < cache->count; i++) {
        free(cache->items[i].cluster);
        free(cache->items[i].text);
    }
    free(cache->items);
    cache->items = NULL;
    cache->count = 0;
    while (cache->idle_count)
        drop_idle_locked(cache, cache->idle_count - 1);
    pthread_mutex_unlock(&cache->lock);
}

static struct rp_kubeconfig *find_locked(struct rp_kubeconfigs *cache, const char *cluster)
{
    for (size_t i = 0; i < cache->count; i++)
        if (!strcmp(cache->items[i].cluster, cluster))
            return &cache->items[i];
    return NULL;
}

const char *rp_kubeconfigs_find(struct rp_kubeconfigs *cache, const char *cluster,
                                struct base_arena *arena, uint64_t *version)
{
    pthread_mutex_lock(&cache->lock);
    const struct rp_kubeconfig *known = find_locked(cache, cluster);
    const char *text = known ? base_arena_strdup(arena, known->text) : NULL;
    *version = known ? known->version : 0;
    pthread_mutex_unlock(&cache->lock);
    return text;
}

uint64_t rp_kubeconfigs_keep(struct rp_kubeconfigs *cache, const char *cluster, const char *text)
{
    pthread_mutex_lock(&cache->lock);
    struct rp_kubeconfig *known = find_locked(cache, cluster);
    if (!known) {
        cache->items = base_realloc(cache->items, (cache->count + 1) * sizeof *cache->items);
        known = &cache->items[cache->count++];
        *known = (struct rp_kubeconfig){.cluster = base_strdup(cluster)};
    }
    for (size_t i = cache->idle_count; i-- > 0;)
        if (cache->idle[i].version == known->version)
            drop_idle_locked(cache, i);
    free(known->text);
    known->text = base_strdup(text);
    known->version = ++cache->versions;
    uint64_t version = known->version;
    pthread_mutex_unlock(&cache->lock);
    return version;
}

az_kubernetes_t *rp_kubeconfigs_take(struct rp_kubeconfigs *cache, uint64_t version)
{
    az_kubernetes_t *client = NULL;

    pthread_mutex_lock(&cache->lock);
    for (size_t i = cache->idle_count; i-- > 0 && !client;)
        if (cache->idle[i].version == version) {
            client = cache->idle[i].client;
            cache->idle[i].client = NULL;
            drop_idle_locked(cache, i);
        }
    pthread_mutex_unlock(&cache->lock);
    return client;
}

static bool known_locked(const struct rp_kubeconfigs *cache, uint64_t version)
{
    for (size_t i = 0; i < cache->count; i++)
        if (cache->items[i].version == version)
            return true;
    return false;
}

void rp_kubeconfigs_give(struct rp_kubeconfigs *cache, az_kubernetes_t *client, uint64_t version)
{
    if (!client)
        return;
    pthread_mutex_lock(&cache->lock);
    if (known_locked(cache, version)) {
        if (cache->idle_count == RP_KUBERNETES_IDLE)
            drop_idle_locked(cache, 0);
        cache->idle[cache->idle_count++] = (struct rp_kubernetes_idle){version, client};
        client = NULL;
    }
    pthread_mutex_unlock(&cache->lock);
    az_kubernetes_close(client);
}

static void drop_idle_locked(struct rp_kubeconfigs *cache, size_t at)
{
    az_kubernetes_close(cache->idle[at].client);
    cache->idle_count--;
    memmove(&cache->idle[at], &cache->idle[at + 1], (cache->idle_count - at) * sizeof *cache->idle);
}
