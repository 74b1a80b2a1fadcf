/* Decides how many requests of a kind a caller has left: token buckets for each subscription and principal (facts of ARM, 1.14).
 * The count is always shown; a request is refused only when the world's setting says how large the bucket is. It fills in the
 * world's time, as fast for its size as Azure's. What a deployment does is not counted. */
#include "simulators/arm/checks.h"
#include "simulators/arm/throttle.h"
#include "simulators/kit/setting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BUCKETS_MAX 256
#define SETTING_MAX 100000

struct rate {
    double burst, per_second;
};
static const struct {
    const char *name;
    struct rate rate; /* Azure's */
} kinds[] = {{"read", {250, 25}}, {"write", {200, 10}}, {"delete", {200, 10}}};
static const struct sim_setting_row settings[] = {
    /* in the order of kinds */
    {"arm-reads", SIM_SETTING_NUMBER, 1, SETTING_MAX, NULL,
     "A principal has so many reads of a subscription at once (Azure: 250); more are refused."},
    {"arm-writes", SIM_SETTING_NUMBER, 1, SETTING_MAX, NULL,
     "A principal has so many writes to a subscription at once (Azure: 200); more are refused."},
    {"arm-deletes", SIM_SETTING_NUMBER, 1, SETTING_MAX, NULL,
     "A principal has so many deletions in a subscription at once (Azure: 200); more are refused."},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct arm_bucket {
    struct arm_bucket *next; /* most recently used first */
    char key[2 * BASE_UUID_TEXT];
    double used[KINDS]; /* tokens taken and not yet given back */
    double size[KINDS]; /* as it was last; of another size it begins full */
    int64_t at_ms[KINDS];
};

static bool read_rate(struct arm *arm, size_t kind, struct rate *out);
static struct arm_bucket *find_locked(struct arm *arm, const char *key, int64_t now);
static void refill(struct arm_bucket *bucket, size_t kind, struct rate rate, int64_t now);
static bool refuse(struct arm_call *call, size_t kind, double seconds);

bool arm_check_throttle(struct arm_call *call)
{
    struct arm *arm = call->arm;
    size_t kind = !arm_call_writes(call) ? 0 : base_equal(call->request->method, "DELETE") ? 2 : 1;
    char key[2 * BASE_UUID_TEXT];
    struct rate rate;
    bool limited = read_rate(arm, kind, &rate);

    if (call->route->flags & ARM_ROUTE_ANONYMOUS || call->behalf)
        return true;
    snprintf(key, sizeof key, "%s/%s", call->target.subscription ? call->target.subscription : "",
             call->caller.token.object_id);
    pthread_mutex_lock(&arm->lock);
    int64_t now = sim_now_ms(arm->world);
    struct arm_bucket *bucket = find_locked(arm, key, now);
    refill(bucket, kind, rate, now);
    double left = rate.burst - bucket->used[kind];
    bool good = left >= 1 || !limited;
    if (left >= 1)
        bucket->used[kind] += 1;
    call->remaining = left >= 1 ? (int)(left - 1) : 0;
    pthread_mutex_unlock(&arm->lock);
    return good || refuse(call, kind, (1 - left) / rate.per_second);
}

void arm_throttle_add(struct arm *arm)
{
    sim_setting_declare(arm->world, settings, sizeof settings / sizeof *settings);
}

void arm_throttle_release(struct arm *arm)
{
    for (struct arm_bucket *bucket = arm->buckets, *next; bucket; bucket = next) {
        next = bucket->next;
        free(bucket);
    }
    arm->buckets = NULL;
}

/* False: nobody is refused, and the rate is Azure's. */
static bool read_rate(struct arm *arm, size_t kind, struct rate *out)
{
    double burst = (double)sim_setting_number(arm->world, settings[kind].name);

    *out = kinds[kind].rate;
    if (burst < 1)
        return false;
    out->per_second *= burst / out->burst;
    out->burst = burst;
    return true;
}

static struct arm_bucket *find_locked(struct arm *arm, const char *key, int64_t now)
{
    struct arm_bucket **link = &arm->buckets, *bucket;
    size_t count = 0;

    for (; *link && !base_equal((*link)->key, key) && ++count < BUCKETS_MAX; link = &(*link)->next)
        ;
    bucket = *link;
    if (bucket) /* found, or the one used longest ago */
        *link = bucket->next;
    else
        bucket = base_alloc(sizeof *bucket);
    if (!base_equal(bucket->key, key)) {
        snprintf(bucket->key, sizeof bucket->key, "%s", key);
        for (size_t i = 0; i < KINDS; i++) {
            bucket->used[i] = 0;
            bucket->at_ms[i] = now;
        }
    }
    bucket->next = arm->buckets;
    arm->buckets = bucket;
    return bucket;
}

static void refill(struct arm_bucket *bucket, size_t kind, struct rate rate, int64_t now)
{
    double seconds = (double)(now - bucket->at_ms[kind]) / 1000;
    double used = bucket->used[kind] - (seconds > 0 ? seconds * rate.per_second : 0);

    bucket->used[kind] = used < 0 || bucket->size[kind] != rate.burst ? 0 : used;
    bucket->size[kind] = rate.burst;
    bucket->at_ms[kind] = now;
}

static bool refuse(struct arm_call *call, size_t kind, double seconds)
{
    int wait = (int)ceil(seconds);

    base_headers_addf(&call->response->headers, "Retry-After", "%d", wait < 1 ? 1 : wait);
    return arm_refuse(
        call->response, ARM_THROTTLED, NULL,
        "Number of '%s' requests for subscription '%s' actor '%s' exceeded. Please try again after "
        "'%d' seconds after additional tokens are available.",
        kinds[kind].name, call->target.subscription ? call->target.subscription : "",
        call->caller.token.object_id, wait < 1 ? 1 : wait);
}
