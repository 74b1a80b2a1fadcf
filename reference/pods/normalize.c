/* Decides what becomes of a batch of events: measurements sent by device, bad events seen and skipped, or the batch held back. */
#include "reference/pods/normalize.h"

#include "common/log.h"
#include "reference/pods/event_tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS 256 /* partition keys "0" to "255" */

struct normalizer { /* of one partition */
    struct pod_normalization *shared;
    az_producer_t *producer; /* NULL: to be opened */
    int64_t logged_to;       /* up to this sequence number bad events are in the log; -1: none */
};

struct sending { /* measurements of one batch, by key */
    struct normalizer *state;
    const struct pod_events *events;
    const struct dp_measurements *list;
    size_t *next;                   /* list of measurement places for each key, in order */
    size_t first[KEYS], last[KEYS]; /* 1 + place; 0: none */
};

static void *open_state(void *shared);
static void close_state(void *state);
static void cancel(void *shared);
static enum base_status run(void *state, const struct pod_events *events, enum pod_part *part,
                            struct base_error *err);
static enum base_status measure(struct normalizer *state, const struct pod_events *events,
                                const dp_device_mapping_t *mapping, struct base_arena *arena,
                                struct dp_measurements *list, struct base_error *err);
static enum base_status send_all(struct normalizer *state, const struct pod_events *events,
                                 const struct dp_measurements *list, struct base_arena *arena,
                                 struct base_error *err);
static enum base_status send_key(struct sending *sending, int key, struct base_error *err);

struct pod_stage pod_normalization_stage(struct pod_normalization *shared)
{
    return (struct pod_stage){open_state, run, close_state, cancel, shared};
}

static void *open_state(void *shared)
{
    struct normalizer *state = base_alloc(sizeof *state);

    state->shared = shared;
    state->logged_to = -1;
    return state;
}

static void close_state(void *state)
{
    struct normalizer *normalizer = state;

    az_producer_close(normalizer->producer);
    free(normalizer);
}

static void cancel(void *shared)
{
    az_eventhub_cancel(((struct pod_normalization *)shared)->normalized);
}

/* `times`: what took so long together. */
static void add_time(struct pod *pod, const struct pod_events *events, enum pod_metric metric,
                     int64_t started_ms, size_t times)
{
    pod_metrics_add(&pod->metrics, events->partition, metric,
                    base_clock_ms(&pod->clock) - started_ms, (int64_t)times);
}

static void count_done(struct pod *pod, const struct pod_events *events,
                       const struct dp_measurements *list)
{
    pod_count(pod, POD_MEASUREMENTS, (long long)list->count);
    pod_metrics_add(&pod->metrics, events->partition, POD_METRIC_NORMALIZED, (int64_t)list->count,
                    1);
}

static enum base_status run(void *state, const struct pod_events *events, enum pod_part *part,
                            struct base_error *err)
{
    struct normalizer *normalizer = state;
    struct pod *pod = normalizer->shared->pod;
    struct pod_mapping *mapping = NULL;
    struct dp_measurements list = {0};
    struct base_arena arena;
    int64_t started_ms;
    enum base_status status;

    base_arena_init(&arena);
    *part = POD_PART_TEMPLATES;
    started_ms = base_clock_ms(&pod->clock);
    status = pod_mappings_acquire(normalizer->shared->mappings, &mapping, err);
    add_time(pod, events, POD_METRIC_TEMPLATE, started_ms, 1);
    if (status == BASE_OK)
        status = measure(normalizer, events, mapping->device, &arena, &list, err);
    if (status == BASE_OK) {
        *part = POD_PART_NORMALIZED;
        status = send_all(normalizer, events, &list, &arena, err);
    }
    if (status == BASE_OK)
        count_done(pod, events, &list);
    else
        pod_mappings_doubt(normalizer->shared->mappings);
    pod_mappings_release(normalizer->shared->mappings, mapping);
    base_arena_release(&arena);
    return status;
}

static enum base_status measure_one(const struct az_event *event,
                                    const dp_device_mapping_t *mapping, struct base_arena *arena,
                                    struct dp_measurements *list, struct base_error *err)
{
    size_t before = list->count;
    struct dp_token *envelope = NULL;
    enum base_status status = pod_envelope(arena, event, &envelope, err);

    if (status == BASE_OK)
        status = dp_device_mapping_evaluate(mapping, envelope, arena, list, err);
    for (size_t i = before; i < list->count; i++) {
        list->items[i].has_ingestion = true;
        list->items[i].ingestion = dp_date_from_ms(event->enqueued_ms);
    }
    return status;
}

/* A failure that the policy handles loses the rest of its event only; another one holds the whole batch back. */
static enum base_status measure(struct normalizer *state, const struct pod_events *events,
                                const dp_device_mapping_t *mapping, struct base_arena *arena,
                                struct dp_measurements *list, struct base_error *err)
{
    struct pod *pod = state->shared->pod;
    int64_t started_ms = base_clock_ms(&pod->clock), dropped = 0;

    for (size_t i = 0; i < events->count; i++) {
        const struct az_event *event = events->items[i];
        struct base_error cause = {0};
        size_t before = list->count;
        bool handled;
        enum base_status status = measure_one(event, mapping, arena, list, &cause);
        if (status == BASE_OK) {
            dropped += list->count == before;
            continue;
        }
        handled = dp_error_is_handled(&cause, true, pod->settings.discard);
        if (event->sequence_number > state->logged_to) {
            pod_poison(pod, events->partition, event,
                       handled ? "skipped" : "blocks its partition until the mapping is changed",
                       &cause);
            if (handled)
                pod_metrics_exception(&pod->metrics, events->partition, cause.code, true);
        }
        state->logged_to =
            event->sequence_number > state->logged_to ? event->sequence_number : state->logged_to;
        if (handled)
            continue;
        *err = cause;
        return status;
    }
    add_time(pod, events, POD_METRIC_GENERATION, started_ms, events->count);
    pod_count(pod, POD_DROPPED, dropped);
    pod_metrics_add(&pod->metrics, events->partition, POD_METRIC_DROPPED, dropped, 1);
    return BASE_OK;
}

static void sort_by_key(struct sending *sending)
{
    for (size_t i = 0; i < sending->list->count; i++) {
        char text[4];
        int key;
        dp_partition_key(sending->list->items[i].device_id, text);
        key = atoi(text);
        if (sending->first[key])
            sending->next[sending->last[key] - 1] = i + 1;
        else
            sending->first[key] = i + 1;
        sending->last[key] = i + 1;
    }
}

static enum base_status send_all(struct normalizer *state, const struct pod_events *events,
                                 const struct dp_measurements *list, struct base_arena *arena,
                                 struct base_error *err)
{
    struct sending *sending = base_arena_alloc(arena, sizeof *sending);
    enum base_status status = BASE_OK;

    if (list->count == 0)
        return BASE_OK;
    *sending = (struct sending){.state = state, .events = events, .list = list};
    sending->next = base_arena_alloc(arena, list->count * sizeof *sending->next);
    sort_by_key(sending);
    if (!state->producer) {
        state->producer = az_producer_open(state->shared->normalized, NULL, err);
        if (!state->producer)
            return err->status;
    }
    for (int key = 0; status == BASE_OK && key < KEYS; key++)
        if (sending->first[key])
            status = send_key(sending, key, err);
    if (status != BASE_OK) {
        az_producer_close(state->producer);
        state->producer = NULL;
    }
    return status;
}

static enum base_status send_batch(struct sending *sending, const az_event_batch_t *batch,
                                   struct base_error *err)
{
    struct pod *pod = sending->state->shared->pod;
    int64_t started_ms = base_clock_ms(&pod->clock);
    enum base_status status = az_producer_send_batch(sending->state->producer, batch, err);

    if (status == BASE_OK) {
        add_time(pod, sending->events, POD_METRIC_SENT_TIME, started_ms, 1);
        pod_metrics_add(&pod->metrics, sending->events->partition, POD_METRIC_SENT,
                        (int64_t)az_event_batch_count(batch), 1);
    }
    return status;
}

/* Adds one measurement; a full batch is sent first. What does not fit an empty batch is lost, and said. */
static enum base_status add_one(struct sending *sending, az_event_batch_t *batch,
                                const struct base_buf *message, struct base_error *err)
{
    struct az_event_data data = {.body = message->data, .body_len = message->len};
    struct pod *pod = sending->state->shared->pod;
    enum base_status status;

    if (az_event_batch_add(batch, &data))
        return BASE_OK;
    if (az_event_batch_count(batch) > 0) {
        status = send_batch(sending, batch, err);
        if (status != BASE_OK)
            return status;
        az_event_batch_clear(batch);
        if (az_event_batch_add(batch, &data))
            return BASE_OK;
    }
    pod_count(pod, POD_POISONED, 1);
    pod_metrics_add(&pod->metrics, sending->events->partition, POD_METRIC_POISONED, 1, 1);
    base_log(BASE_LOG_ERROR, POD_ROOM, NULL,
             "a measurement of %zu bytes from partition %s does not fit a message of the "
             "normalized hub and is dropped",
             message->len, sending->events->partition);
    return BASE_OK;
}

static enum base_status send_key(struct sending *sending, int key, struct base_error *err)
{
    char text[4];
    az_event_batch_t *batch;
    struct base_buf message = {0};
    enum base_status status = BASE_OK;

    (void)snprintf(text, sizeof text, "%d", key & 0xFF);
    batch = az_event_batch_new(sending->state->producer, text);
    for (size_t at = sending->first[key]; status == BASE_OK && at; at = sending->next[at - 1]) {
        base_buf_clear(&message);
        dp_measurement_write(&message, &sending->list->items[at - 1]);
        status = add_one(sending, batch, &message, err);
    }
    if (status == BASE_OK)
        status = send_batch(sending, batch, err);
    az_event_batch_free(batch);
    base_buf_release(&message);
    return status;
}
