/* Decides how many requests of a kind a caller has left: token buckets for each subscription and principal (facts of ARM, 1.14).
 * The count is shown to clients; refusing with 429 is not decided here yet. */
#include "simulators/arm/checks.h"
#include "simulators/arm/throttle.h"

#include <stdio.h>
#include <stdlib.h>

#define BUCKETS_MAX 256

static const struct {
    const char *name;
    double burst, per_second;
} kinds[] = {{"reads", 250, 25}, {"writes", 200, 10}, {"deletes", 200, 10}};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct arm_bucket {
    struct arm_bucket *next; /* most recently used first */
    char key[2 * BASE_UUID_TEXT];
    double left[KINDS];
    int64_t at_ms;
};

static struct arm_bucket *find_locked(struct arm *arm, const char *key, int64_t now)
{
    struct arm_bucket **link = &arm->buckets, *bucket;
    size_t count = 0;

    for (; *link && !base_equal((*link)->key, key) && ++count < BUCKETS_MAX; link = &(*link)->next)
        ;
    bucket = *link;
    if (bucket) { /* found, or the one used longest ago */
        *link = bucket->next;
    } else {
        bucket = base_alloc(sizeof *bucket);
    }
    if (!base_equal(bucket->key, key)) {
        snprintf(bucket->key, sizeof bucket->key, "%s", key);
        bucket->at_ms = now;
        for (size_t i = 0; i < KINDS; i++)
            bucket->left[i] = kinds[i].burst;
    }
    bucket->next = arm->buckets;
    arm->buckets = bucket;
    return bucket;
}

static void refill(struct arm_bucket *bucket, int64_t now)
{
    double seconds = (double)(now - bucket->at_ms) / 1000;

    for (size_t i = 0; i < KINDS && seconds > 0; i++) {
        bucket->left[i] += seconds * kinds[i].per_second;
        if (bucket->left[i] > kinds[i].burst)
            bucket->left[i] = kinds[i].burst;
    }
    bucket->at_ms = now;
}

bool arm_check_throttle(struct arm_call *call)
{
    struct arm *arm = call->arm;
    int64_t now = sim_now_ms(arm->world);
    size_t kind = !arm_call_writes(call) ? 0 : base_equal(call->request->method, "DELETE") ? 2 : 1;
    char key[2 * BASE_UUID_TEXT];

    if (call->route->flags & ARM_ROUTE_ANONYMOUS)
        return true;
    snprintf(key, sizeof key, "%s/%s", call->target.subscription ? call->target.subscription : "",
             call->caller.token.object_id);
    pthread_mutex_lock(&arm->lock);
    struct arm_bucket *bucket = find_locked(arm, key, now);
    refill(bucket, now);
    if (bucket->left[kind] >= 1)
        bucket->left[kind] -= 1;
    call->remaining = (int)bucket->left[kind];
    pthread_mutex_unlock(&arm->lock);
    return true;
}

void arm_throttle_release(struct arm *arm)
{
    for (struct arm_bucket *bucket = arm->buckets, *next; bucket; bucket = next) {
        next = bucket->next;
        free(bucket);
    }
    arm->buckets = NULL;
}
