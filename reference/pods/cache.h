/* reference/pods/cache.h: texts that are believed for a while, by key: bounded in number and in bytes; the one unused for longest goes
 * first. Thread-safe. */
#ifndef REFERENCE_PODS_CACHE_H
#define REFERENCE_PODS_CACHE_H

#include "common/clock.h"

typedef struct pod_cache pod_cache_t;
struct pod_cache_config {
    const struct base_clock *clock; /* borrowed for its life */
    size_t entries, bytes;          /* at most; bytes of keys and values together */
    int64_t life_ms;                /* clock */
    bool sliding;                   /* counted from the last use, not from when it was put */
};

pod_cache_t *pod_cache_new(const struct pod_cache_config *config) BASE_MUST_USE;
void pod_cache_free(pod_cache_t *cache); /* NULL is fine */
/* Appends the value to `out`. False: there is none, or not any more. */
BASE_MUST_USE bool pod_cache_get(pod_cache_t *cache, const char *key, struct base_buf *out);
/* Copies both; replaces what is there. What alone is larger than all bytes is not kept. */
void pod_cache_put(pod_cache_t *cache, const char *key, const void *value, size_t len);
/* Its life begins anew, if it is there. */
void pod_cache_renew(pod_cache_t *cache, const char *key);
void pod_cache_drop(pod_cache_t *cache, const char *key);
size_t pod_cache_count(pod_cache_t *cache);

#endif
