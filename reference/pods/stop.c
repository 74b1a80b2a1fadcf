/* Decides how long what is at hand may take when the program is to stop. */
#include "reference/pods/stop.h"

#include "common/log.h"
#include "common/process.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define LEAVE_S 5 /* real: to give up the partitions */

struct pod_stop_watch {
    struct pod *pod;
    const struct pod_stage *stage;
    az_eventhub_t *client;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
};

static void *watch_main(void *context);

pod_stop_watch_t *pod_stop_watch_start(struct pod *pod, const struct pod_stage *stage,
                                       az_eventhub_t *client)
{
    pod_stop_watch_t *watch = base_alloc(sizeof *watch);

    watch->pod = pod;
    watch->stage = stage;
    watch->client = client;
    (void)pthread_mutex_init(&watch->lock, NULL);
    (void)pthread_cond_init(&watch->ended, NULL);
    if (pthread_create(&watch->thread, NULL, watch_main, watch) != 0)
        BUG("no thread to see the stop");
    return watch;
}

void pod_stop_watch_end(pod_stop_watch_t *watch)
{
    (void)pthread_mutex_lock(&watch->lock);
    watch->done = true;
    (void)pthread_cond_signal(&watch->ended);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_join(watch->thread, NULL);
    (void)pthread_cond_destroy(&watch->ended);
    (void)pthread_mutex_destroy(&watch->lock);
    free(watch);
}

/* Until all is done, or `seconds` passed. True: it is done. */
static bool wait_done(pod_stop_watch_t *watch, int64_t seconds)
{
    struct timespec limit;
    bool done;

    (void)clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += seconds;
    (void)pthread_mutex_lock(&watch->lock);
    while (!watch->done && pthread_cond_timedwait(&watch->ended, &watch->lock, &limit) != ETIMEDOUT)
        ;
    done = watch->done;
    (void)pthread_mutex_unlock(&watch->lock);
    return done;
}

static void cancel_work(pod_stop_watch_t *watch)
{
    base_http_client_cancel(watch->pod->http);
    if (watch->stage->cancel)
        watch->stage->cancel(watch->stage->shared);
}

static void *watch_main(void *context)
{
    pod_stop_watch_t *watch = context;
    struct pod *pod = watch->pod;

    (void)base_stop_wait(-1);
    az_eventhub_cancel(watch->client);
    if (!atomic_load(&pod->running)) {
        cancel_work(watch);
    } else if (!wait_done(watch, pod->settings.stop_s)) {
        base_log(BASE_LOG_WARN, POD_ROOM, NULL,
                 "the batches at hand take too long; they come again at the next start");
        cancel_work(watch);
    }
    if (!wait_done(watch, LEAVE_S))
        base_http_client_cancel(pod->store);
    return NULL;
}
