/* Decides how many operations are worked on at once, when a worker sleeps, and how leases outlive long calls. */
#include "reference/rp/worker/worker.h"
#include "common/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_REAL_MS 1000 /* a sleeping worker looks at least this often */
#define LOOK_SHARED_REAL_MS                                                                        \
    100 /* where another process may store operations, which wakes nobody here */

struct worker {
    rp_workers_t *pool;
    pthread_t thread;
    char owner[64];                 /* process, number of the thread, something nobody else has */
    char operation[BASE_UUID_TEXT]; /* whose lease is held; "" for none; under the pool's lock */
    int64_t epoch;
    bool ended;
};
struct rp_workers {
    const struct rp_world *world;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t wakes;
    bool stopping;
    struct worker *workers;
    size_t count;
    struct rp_kubeconfigs kubeconfigs;
    pthread_t heartbeat;
};

static void *run_worker(void *worker);
static void *run_heartbeat(void *pool);
static void wait_for_work(rp_workers_t *pool, int64_t real_ms, uint64_t seen);
static bool wait_for_end(rp_workers_t *pool, int64_t real_ms);

static void name_worker(const struct rp_world *world, size_t number, char owner[64])
{
    char unique[BASE_UUID_TEXT];

    base_uuid(world->random, unique);
    snprintf(owner, 64, "%ld.%zu.%.8s", (long)getpid(), number, unique);
}

rp_workers_t *rp_workers_start(const struct rp_world *world)
{
    rp_workers_t *pool = base_alloc(sizeof *pool);
    pthread_condattr_t attributes;

    pool->world = world;
    pool->count = (size_t)world->config->workers;
    pool->workers = base_alloc(pool->count * sizeof *pool->workers);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_mutex_init(&pool->kubeconfigs.lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    for (size_t i = 0; i < pool->count; i++) {
        pool->workers[i].pool = pool;
        name_worker(world, i, pool->workers[i].owner);
        BUG_ON(pthread_create(&pool->workers[i].thread, NULL, run_worker, &pool->workers[i]) != 0);
    }
    BUG_ON(pthread_create(&pool->heartbeat, NULL, run_heartbeat, pool) != 0);
    return pool;
}

void rp_workers_wake(void *context)
{
    rp_workers_t *pool = context;

    pthread_mutex_lock(&pool->lock);
    pool->wakes++;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

static bool all_ended(const rp_workers_t *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        if (!pool->workers[i].ended)
            return false;
    return true;
}

void rp_workers_stop(rp_workers_t *pool, int grace_ms)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    if (!wait_for_end(pool, grace_ms))
        base_http_client_cancel(pool->world->http);
    for (size_t i = 0; i < pool->count; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_join(pool->heartbeat, NULL);
    rp_kubeconfigs_release(&pool->kubeconfigs);
    pthread_mutex_destroy(&pool->kubeconfigs.lock);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

static bool stopping(void *context)
{
    struct worker *worker = context;

    pthread_mutex_lock(&worker->pool->lock);
    bool stop = worker->pool->stopping;
    pthread_mutex_unlock(&worker->pool->lock);
    return stop;
}

static void holding(void *context, const struct rp_operation *operation)
{
    struct worker *worker = context;

    pthread_mutex_lock(&worker->pool->lock);
    worker->operation[0] = '\0';
    if (operation) {
        memcpy(worker->operation, operation->id, sizeof worker->operation);
        worker->epoch = operation->epoch;
    }
    pthread_mutex_unlock(&worker->pool->lock);
}

/* Real milliseconds until the next operation or renewal may be due. */
static int64_t next_look(const struct rp_world *world)
{
    int64_t due, now = base_clock_ms(world->clock);

    int64_t most = world->shared ? LOOK_SHARED_REAL_MS : LOOK_REAL_MS;

    if (rp_operation_next_due(world->db, &due, NULL) != BASE_OK || due == INT64_MAX)
        return most;
    int64_t wait = due <= now ? 1 : base_clock_real(world->clock, due - now);
    return wait < most ? wait : most;
}

static void *run_worker(void *context)
{
    struct worker *worker = context;
    rp_workers_t *pool = worker->pool;
    const struct rp_turn turn = {.world = pool->world,
                                 .owner = worker->owner,
                                 .kubeconfigs = &pool->kubeconfigs,
                                 .stopping = stopping,
                                 .holding = holding,
                                 .context = worker};

    while (!stopping(worker)) {
        pthread_mutex_lock(&pool->lock);
        uint64_t seen = pool->wakes;
        pthread_mutex_unlock(&pool->lock);
        if (!rp_worker_turn(&turn) && !rp_worker_start_renewal(pool->world) &&
            !rp_worker_start_purge(pool->world) && !rp_worker_start_check(pool->world))
            wait_for_work(pool, next_look(pool->world), seen);
    }
    pthread_mutex_lock(&pool->lock);
    worker->ended = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static struct timespec after(int64_t real_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += real_ms / 1000;
    until.tv_nsec += real_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

/* Until there is work (more wakes than `seen`), a stop was asked for, or real_ms passed. */
static void wait_for_work(rp_workers_t *pool, int64_t real_ms, uint64_t seen)
{
    const struct timespec until = after(real_ms);

    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping && pool->wakes == seen &&
           pthread_cond_timedwait(&pool->changed, &pool->lock, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&pool->lock);
}

/* Until all workers ended, or real_ms passed. True: they ended. */
static bool wait_for_end(rp_workers_t *pool, int64_t real_ms)
{
    const struct timespec until = after(real_ms);
    bool ended;

    pthread_mutex_lock(&pool->lock);
    while (!(ended = all_ended(pool)) &&
           pthread_cond_timedwait(&pool->changed, &pool->lock, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&pool->lock);
    return ended;
}

/* A call out may take longer than a lease lasts; as long as its worker lives, the lease is lengthened. */
static void *run_heartbeat(void *context)
{
    rp_workers_t *pool = context;
    const struct rp_world *world = pool->world;
    int64_t lease_ms = world->config->lease_s * 1000;

    while (!wait_for_end(pool, base_clock_real(world->clock, lease_ms / 3))) {
        for (size_t i = 0; i < pool->count; i++) {
            struct rp_operation held = {0};
            pthread_mutex_lock(&pool->lock);
            memcpy(held.id, pool->workers[i].operation, sizeof held.id);
            held.epoch = pool->workers[i].epoch;
            pthread_mutex_unlock(&pool->lock);
            struct base_error lost = {0};
            int64_t until = base_clock_ms(world->clock) + lease_ms;
            if (held.id[0] && rp_lease_renew(world->db, &held, until, &lost) != BASE_OK)
                base_log(BASE_LOG_DEBUG, "worker", NULL, "%s",
                         lost.message); /* its worker notices as well */
        }
    }
    return NULL;
}
