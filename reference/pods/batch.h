/* reference/pods/batch.h: when the events of one partition are handed on (facts/iomt-dataplane.md §9.1). Pure: time comes in.
 *
 * A batch closes when it holds `max` items, when an item's enqueued time passes the window that the first one opened, and when the
 * clock passes it. Items are opaque and stay the caller's. */
#ifndef REFERENCE_PODS_BATCH_H
#define REFERENCE_PODS_BATCH_H

#include "common/mem.h"

struct pod_batch_item {
    void *item;
    int64_t enqueued_ms;
};
struct pod_batch { /* look inside; change only through the functions */
    struct pod_batch_item *items;
    size_t count, capacity;
    int64_t span_ms, end_ms; /* length and end of the window */
    bool open;               /* there is a window */
    size_t max;
};

/* Is handed the oldest `count` items. False: it could not take them; they stay, and nothing more is flushed now. */
typedef bool (*pod_batch_flush)(void *context, const struct pod_batch_item *items, size_t count);

void pod_batch_init(struct pod_batch *batch, int64_t span_ms, size_t max);
void pod_batch_release(struct pod_batch *batch);
/* Adds one item and flushes what is due by count or by enqueued time. False when a flush was refused. */
bool pod_batch_add(struct pod_batch *batch, void *item, int64_t enqueued_ms, pod_batch_flush flush,
                   void *context);
/* Flushes when the clock has passed the window's end. False when a flush was refused. */
bool pod_batch_tick(struct pod_batch *batch, int64_t now_ms, pod_batch_flush flush, void *context);
/* Flushes all there is, in batches of at most `max`: before the end of the program. */
bool pod_batch_drain(struct pod_batch *batch, pod_batch_flush flush, void *context);
/* Clock milliseconds until pod_batch_tick has something to do; -1: nothing waits. */
int64_t pod_batch_wait(const struct pod_batch *batch, int64_t now_ms);

#endif
