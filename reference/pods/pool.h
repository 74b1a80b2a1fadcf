/* reference/pods/pool.h: a few threads that help those who have independent pieces of work. Thread-safe: several may be helped at once. */
#ifndef REFERENCE_PODS_POOL_H
#define REFERENCE_PODS_POOL_H

#include "common/mem.h"

typedef struct pod_pool pod_pool_t;

/* `threads` helpers, asleep until there is work. */
pod_pool_t *pod_pool_new(size_t threads) BASE_MUST_USE;
/* Nobody may be inside pod_pool_run. NULL is fine. */
void pod_pool_free(pod_pool_t *pool);
/* Calls work(context, index) once for each index below `count`, begun in this order, at most `lanes` at the same time; returns when all
 * are done. The caller's thread is one of the lanes, so that it goes on also when all helpers are with others. */
void pod_pool_run(pod_pool_t *pool, size_t count, size_t lanes,
                  void (*work)(void *context, size_t index), void *context);

#endif
