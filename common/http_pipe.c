/* Decides when a streamed body flows, waits and ends. */
#include "common/http_pipe.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 200 /* how often a waiting side looks whether peer and server are still there */

struct base_http_pipe {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool started, finished,
        broken; /* finished: the function returned; broken: nobody reads any more */
    struct base_buf waiting;
    int socket;
    const atomic_bool *stopping;
    void (*stream)(void *context, base_http_write write, void *sink);
    void *context;
    void (*context_free)(void *context);
};

static void start_locked(base_http_pipe_t *pipe);
static void *run(void *context);
static bool pipe_write(void *sink, const void *data, size_t len);
static void look_locked(base_http_pipe_t *pipe);
static void wait_locked(base_http_pipe_t *pipe);

base_http_pipe_t *base_http_pipe_new_take(struct base_http_response *response, int socket,
                                          const atomic_bool *stopping)
{
    base_http_pipe_t *pipe = base_alloc(sizeof *pipe);
    pthread_condattr_t attributes;

    pthread_mutex_init(&pipe->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pipe->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pipe->socket = socket;
    pipe->stopping = stopping;
    pipe->stream = response->stream;
    pipe->context = response->stream_context;
    pipe->context_free = response->stream_free;
    response->stream = NULL;
    response->stream_context = NULL;
    response->stream_free = NULL;
    return pipe;
}

size_t base_http_pipe_read(base_http_pipe_t *pipe, char *out, size_t most)
{
    size_t len;

    pthread_mutex_lock(&pipe->lock);
    start_locked(pipe);
    while (!pipe->waiting.len && !pipe->finished && !pipe->broken)
        wait_locked(pipe);
    len = pipe->waiting.len < most ? pipe->waiting.len : most;
    if (pipe->broken)
        len = 0;
    if (len) {
        memcpy(out, pipe->waiting.data, len);
        base_buf_drop(&pipe->waiting, len);
        pthread_cond_broadcast(&pipe->changed);
    }
    pthread_mutex_unlock(&pipe->lock);
    return len;
}

void base_http_pipe_free(base_http_pipe_t *pipe)
{
    if (!pipe)
        return;
    pthread_mutex_lock(&pipe->lock);
    pipe->broken = true;
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->lock);
    if (pipe->started)
        pthread_join(pipe->thread, NULL);
    if (pipe->context_free)
        pipe->context_free(pipe->context);
    base_buf_release(&pipe->waiting);
    pthread_cond_destroy(&pipe->changed);
    pthread_mutex_destroy(&pipe->lock);
    free(pipe);
}

static void start_locked(base_http_pipe_t *pipe)
{
    if (pipe->started || pipe->broken)
        return;
    pipe->started = pthread_create(&pipe->thread, NULL, run, pipe) == 0;
    pipe->broken = !pipe->started;
}

static void *run(void *context)
{
    base_http_pipe_t *pipe = context;

    pipe->stream(pipe->context, pipe_write, pipe);
    pthread_mutex_lock(&pipe->lock);
    pipe->finished = true;
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->lock);
    return NULL;
}

static bool pipe_write(void *sink, const void *data, size_t len)
{
    base_http_pipe_t *pipe = sink;
    const char *from = data;

    pthread_mutex_lock(&pipe->lock);
    look_locked(pipe);
    while (len && !pipe->broken) {
        size_t room = BASE_HTTP_PIPE_MAX - pipe->waiting.len;
        size_t part = len < room ? len : room;
        if (!part) {
            wait_locked(pipe);
            continue;
        }
        base_buf_append(&pipe->waiting, from, part);
        from += part;
        len -= part;
        pthread_cond_broadcast(&pipe->changed);
    }
    bool alive = !pipe->broken;
    pthread_mutex_unlock(&pipe->lock);
    return alive;
}

/* A peer that closed its side is gone: HTTP clients do not half-close while they read an endless
 * answer. */
static void look_locked(base_http_pipe_t *pipe)
{
    struct pollfd peer = {.fd = pipe->socket, .events = POLLRDHUP};

    if (atomic_load(pipe->stopping) || poll(&peer, 1, 0) > 0) {
        pipe->broken = true;
        pthread_cond_broadcast(&pipe->changed);
    }
}

static void wait_locked(base_http_pipe_t *pipe)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (pthread_cond_timedwait(&pipe->changed, &pipe->lock, &until) == ETIMEDOUT)
        look_locked(pipe);
}
