/* Holds that pieces of work are each done once, in parallel but not too much so, for several callers at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/pool.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define PIECES 300

struct job {
    pod_pool_t *pool;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int inside, most, hold_until;
    size_t lanes;
    int done[PIECES];
    size_t last; /* 1 + index begun last, while only one lane runs */
    bool in_order;
};

static void init(struct job *job, pod_pool_t *pool, size_t lanes)
{
    memset(job, 0, sizeof *job);
    job->pool = pool;
    job->lanes = lanes;
    job->in_order = true;
    (void)pthread_mutex_init(&job->lock, NULL);
    (void)pthread_cond_init(&job->changed, NULL);
}

static void piece(void *context, size_t index)
{
    struct job *job = context;
    struct timespec limit;
    int outcome = 0;

    (void)clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 5;
    (void)pthread_mutex_lock(&job->lock);
    job->inside++;
    job->most = job->inside > job->most ? job->inside : job->most;
    (void)pthread_cond_broadcast(&job->changed);
    while (job->most < job->hold_until && outcome != ETIMEDOUT)
        outcome = pthread_cond_timedwait(&job->changed, &job->lock, &limit);
    job->in_order = job->in_order && index == job->last;
    job->last = index + 1;
    job->done[index]++;
    job->inside--;
    (void)pthread_mutex_unlock(&job->lock);
}

static void *run(void *context)
{
    struct job *job = context;

    pod_pool_run(job->pool, PIECES, job->lanes, piece, job);
    for (size_t i = 0; i < PIECES; i++)
        assert_int_equal(job->done[i], 1);
    assert_int_equal(job->inside, 0);
    assert_true(job->most <= (int)job->lanes);
    return NULL;
}

static void test_lanes_run_at_the_same_time(void **state)
{
    pod_pool_t *pool = pod_pool_new(9);
    struct job job;

    (void)state;
    init(&job, pool, 6);
    job.hold_until = 6;
    (void)run(&job);
    assert_int_equal(job.most, 6);
    pod_pool_run(pool, 0, 6, piece, &job);
    pod_pool_free(pool);
}

static void test_one_lane_keeps_the_order(void **state)
{
    pod_pool_t *pool = pod_pool_new(3);
    struct job job;

    (void)state;
    init(&job, pool, 1);
    (void)run(&job);
    assert_true(job.in_order);
    pod_pool_free(pool);
}

static void test_several_callers_share_the_helpers(void **state)
{
    for (size_t helpers = 0; helpers < 4; helpers++) {
        pod_pool_t *pool = pod_pool_new(helpers);
        struct job jobs[5];
        pthread_t threads[5];
        for (size_t i = 0; i < 5; i++) {
            init(&jobs[i], pool, i + 1);
            assert_int_equal(pthread_create(&threads[i], NULL, run, &jobs[i]), 0);
        }
        for (size_t i = 0; i < 5; i++)
            (void)pthread_join(threads[i], NULL);
        pod_pool_free(pool);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes_run_at_the_same_time),
        cmocka_unit_test(test_one_lane_keeps_the_order),
        cmocka_unit_test(test_several_callers_share_the_helpers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
