/* reference/pods/batch.h: when the events of one partition are handed on (facts/iomt-dataplane.md §9.1). Pure: time comes in.
 *
 * The window ends `span_ms` after the enqueued time of the first event. An event enqueued after it closes the batch of all that were
 * enqueued within, and moves the end by whole spans until it lies behind the event; so many events as `max` close one of the first
 * `max`. Time is the events' own, with one exception: when no event has come for `idle_ms` of the clock, and the window has been over
 * for more than `grace_ms`, its events are handed on (the window stays where it is). Items are opaque and stay the caller's. */
#ifndef REFERENCE_PODS_BATCH_H
#define REFERENCE_PODS_BATCH_H

#include "common/mem.h"

struct pod_batch_rules {
    int64_t span_ms; /* at least 1 */
    int64_t idle_ms, grace_ms;
    size_t max; /* at least 1 */
};
struct pod_batch_item {
    void *item;
    int64_t enqueued_ms;
};
struct
    pod_batch { /* look inside; change only through the functions, but for rules.max, which may change between two events */
    struct pod_batch_rules rules;
    struct pod_batch_item *items;
    size_t count, capacity;
    int64_t end_ms;   /* of the window */
    int64_t heard_ms; /* clock: when an event came last, or the last idle tick was */
    bool open;        /* there is a window */
};

/* Is handed the oldest `count` items. False: it could not take them; they stay, and nothing more is flushed now. */
typedef bool (*pod_batch_flush)(void *context, const struct pod_batch_item *items, size_t count);

void pod_batch_init(struct pod_batch *batch, const struct pod_batch_rules *rules, int64_t now_ms);
void pod_batch_release(struct pod_batch *batch);
/* Adds one item and flushes what is due by enqueued time, then by count. False when a flush was refused. */
bool pod_batch_add(struct pod_batch *batch, void *item, int64_t enqueued_ms, pod_batch_flush flush,
                   void *context);
/* Events came, and have been worked on: the idle time begins anew. */
void pod_batch_heard(struct pod_batch *batch, int64_t now_ms);
/* To be called while no event comes: the idle rule. False when a flush was refused. */
bool pod_batch_tick(struct pod_batch *batch, int64_t now_ms, pod_batch_flush flush, void *context);
/* Flushes all there is, in batches of at most `max`: before the end of the program. */
bool pod_batch_drain(struct pod_batch *batch, pod_batch_flush flush, void *context);
/* Clock milliseconds until pod_batch_tick has something to do; -1: nothing waits. */
int64_t pod_batch_wait(const struct pod_batch *batch, int64_t now_ms);

#endif
