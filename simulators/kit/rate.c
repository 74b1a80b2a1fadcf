/* Decides whether one more is allowed in this second. */
#include "simulators/kit/rate.h"
#include "simulators/kit/internal.h"

#include <stdlib.h>

struct bucket {
    struct bucket *next;
    char *key;
    double left;
    int64_t at_ms;
};
struct sim_rates {
    pthread_mutex_t lock;
    struct bucket *buckets; /* as many as there are tenants or subscriptions */
};

struct sim_rates *sim_rates_open(void)
{
    struct sim_rates *rates = base_alloc(sizeof *rates);

    pthread_mutex_init(&rates->lock, NULL);
    return rates;
}

void sim_rates_close(struct sim_rates *rates)
{
    if (!rates)
        return;
    for (struct bucket *bucket = rates->buckets, *next; bucket; bucket = next) {
        next = bucket->next;
        free(bucket->key);
        free(bucket);
    }
    pthread_mutex_destroy(&rates->lock);
    free(rates);
}

static struct bucket *find_locked(struct sim_rates *rates, const char *key, double most,
                                  int64_t now)
{
    struct bucket *bucket = rates->buckets;

    while (bucket && !base_equal_nocase(bucket->key, key))
        bucket = bucket->next;
    if (bucket)
        return bucket;
    bucket = base_alloc(sizeof *bucket);
    *bucket = (struct bucket){.next = rates->buckets, .key = base_strdup(key), .left = most};
    bucket->at_ms = now;
    rates->buckets = bucket;
    return bucket;
}

int sim_rate_take(sim_world_t *world, const char *key, int64_t per_second)
{
    double most = (double)per_second;
    int64_t now = sim_now_ms(world);
    int wait_s = 0;

    pthread_mutex_lock(&world->rates->lock);
    struct bucket *bucket = find_locked(world->rates, key, most, now);
    bucket->left += (double)(now - bucket->at_ms) / 1000 * most;
    bucket->at_ms = now;
    if (bucket->left > most)
        bucket->left = most;
    if (bucket->left >= 1)
        bucket->left -= 1;
    else
        wait_s = 1 + (int)((1 - bucket->left) / most);
    pthread_mutex_unlock(&world->rates->lock);
    return wait_s;
}
