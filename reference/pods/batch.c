/* Decides when a batch of events is closed. */
#include "reference/pods/batch.h"

#include <stdlib.h>
#include <string.h>

static bool flush_first(struct pod_batch *batch, size_t count, pod_batch_flush flush,
                        void *context);
static bool flush_window(struct pod_batch *batch, pod_batch_flush flush, void *context);

void pod_batch_init(struct pod_batch *batch, const struct pod_batch_rules *rules, int64_t now_ms)
{
    *batch = (struct pod_batch){.rules = *rules, .heard_ms = now_ms};
}

void pod_batch_release(struct pod_batch *batch)
{
    free(batch->items);
    memset(batch, 0, sizeof *batch);
}

bool pod_batch_add(struct pod_batch *batch, void *item, int64_t enqueued_ms, pod_batch_flush flush,
                   void *context)
{
    int64_t span_ms = batch->rules.span_ms;

    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity ? batch->capacity * 2 : 16;
        batch->items = base_realloc(batch->items, batch->capacity * sizeof *batch->items);
    }
    batch->items[batch->count++] = (struct pod_batch_item){item, enqueued_ms};
    if (!batch->open) {
        batch->open = true;
        batch->end_ms = enqueued_ms + span_ms;
    }
    if (enqueued_ms > batch->end_ms) {
        if (!flush_window(batch, flush, context))
            return false;
        batch->end_ms += ((enqueued_ms - batch->end_ms) / span_ms + 1) * span_ms;
    }
    return batch->count < batch->rules.max || flush_first(batch, batch->rules.max, flush, context);
}

void pod_batch_heard(struct pod_batch *batch, int64_t now_ms)
{
    batch->heard_ms = now_ms;
}

bool pod_batch_tick(struct pod_batch *batch, int64_t now_ms, pod_batch_flush flush, void *context)
{
    if (now_ms - batch->heard_ms < batch->rules.idle_ms)
        return true;
    batch->heard_ms = now_ms;
    return batch->count == 0 || batch->end_ms >= now_ms - batch->rules.grace_ms ||
           flush_window(batch, flush, context);
}

bool pod_batch_drain(struct pod_batch *batch, pod_batch_flush flush, void *context)
{
    while (batch->count > 0)
        if (!flush_first(batch, batch->count < batch->rules.max ? batch->count : batch->rules.max,
                         flush, context))
            return false;
    return true;
}

int64_t pod_batch_wait(const struct pod_batch *batch, int64_t now_ms)
{
    if (batch->count == 0)
        return -1;
    int64_t due_ms = batch->heard_ms + batch->rules.idle_ms;
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

/* All items enqueued up to the window's end; they stand at the front. */
static bool flush_window(struct pod_batch *batch, pod_batch_flush flush, void *context)
{
    size_t count = 0;

    while (count < batch->count && batch->items[count].enqueued_ms <= batch->end_ms)
        count++;
    return flush_first(batch, count, flush, context);
}

static bool flush_first(struct pod_batch *batch, size_t count, pod_batch_flush flush, void *context)
{
    if (count == 0)
        return true;
    if (!flush(context, batch->items, count))
        return false;
    batch->count -= count;
    memmove(batch->items, batch->items + count, batch->count * sizeof *batch->items);
    return true;
}
