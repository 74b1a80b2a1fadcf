/* Decides which thread does which piece of work. */
#include "reference/pods/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct job { /* on the stack of who runs it */
    void (*work)(void *context, size_t index);
    void *context;
    size_t count, next; /* pieces; the next one to begin */
    size_t active, lanes;
    pthread_cond_t idle; /* nobody is at it any more */
    struct job *after;
};

struct pod_pool {
    pthread_mutex_t lock;
    pthread_cond_t wanted; /* there may be work for a helper, or the end has come */
    struct job *jobs;      /* with pieces that are not begun; the first is helped next */
    bool ending;
    size_t count;
    pthread_t *threads;
};

static void *helper_main(void *context);
static void append_locked(pod_pool_t *pool, struct job *job);
static void remove_locked(pod_pool_t *pool, struct job *job);
static void do_one_locked(pod_pool_t *pool, struct job *job);

pod_pool_t *pod_pool_new(size_t threads)
{
    pod_pool_t *pool = base_alloc(sizeof *pool);

    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->wanted, NULL);
    pool->threads = base_alloc((threads + 1) * sizeof *pool->threads);
    while (pool->count < threads) {
        if (pthread_create(&pool->threads[pool->count], NULL, helper_main, pool) != 0)
            BUG("no thread for the pool");
        pool->count++;
    }
    return pool;
}

void pod_pool_free(pod_pool_t *pool)
{
    if (!pool)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    BUG_ON(pool->jobs);
    pool->ending = true;
    (void)pthread_cond_broadcast(&pool->wanted);
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++)
        (void)pthread_join(pool->threads[i], NULL);
    (void)pthread_cond_destroy(&pool->wanted);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

void pod_pool_run(pod_pool_t *pool, size_t count, size_t lanes,
                  void (*work)(void *context, size_t index), void *context)
{
    struct job job = {.work = work, .context = context, .count = count, .lanes = lanes};

    if (count == 0)
        return;
    (void)pthread_cond_init(&job.idle, NULL);
    (void)pthread_mutex_lock(&pool->lock);
    append_locked(pool, &job);
    for (size_t i = 1; i < count && i < lanes; i++)
        (void)pthread_cond_signal(&pool->wanted);
    while (job.next < job.count || job.active > 0)
        if (job.next < job.count && job.active < job.lanes)
            do_one_locked(pool, &job);
        else
            (void)pthread_cond_wait(&job.idle, &pool->lock);
    (void)pthread_mutex_unlock(&pool->lock);
    (void)pthread_cond_destroy(&job.idle);
}

/* The first job that may have one more lane; it goes to the end, so that all are helped in turn. */
static struct job *choose_locked(pod_pool_t *pool)
{
    struct job *job = pool->jobs;

    while (job && job->active >= job->lanes)
        job = job->after;
    if (job) {
        remove_locked(pool, job);
        append_locked(pool, job);
    }
    return job;
}

static void *helper_main(void *context)
{
    pod_pool_t *pool = context;

    (void)pthread_mutex_lock(&pool->lock);
    while (!pool->ending) {
        struct job *job = choose_locked(pool);
        if (job)
            do_one_locked(pool, job);
        else
            (void)pthread_cond_wait(&pool->wanted, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void append_locked(pod_pool_t *pool, struct job *job)
{
    struct job **at = &pool->jobs;

    while (*at)
        at = &(*at)->after;
    job->after = NULL;
    *at = job;
}

static void remove_locked(pod_pool_t *pool, struct job *job)
{
    struct job **at = &pool->jobs;

    while (*at != job)
        at = &(*at)->after;
    *at = job->after;
}

/* The lock is not held during the work itself. Who ends a piece wakes the owner: its job may be over, or have a lane free. */
static void do_one_locked(pod_pool_t *pool, struct job *job)
{
    size_t index = job->next++;

    job->active++;
    if (job->next == job->count)
        remove_locked(pool, job);
    (void)pthread_mutex_unlock(&pool->lock);
    job->work(job->context, index);
    (void)pthread_mutex_lock(&pool->lock);
    job->active--;
    (void)pthread_cond_signal(&job->idle);
}
