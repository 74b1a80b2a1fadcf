/* Decides what becomes of a batch of events: measurements sent by device, bad events seen and skipped, or the batch held back. */
#include "reference/pods/normalize.h"

#include "common/log.h"
#include "reference/pods/compressed.h"
#include "reference/pods/event_tokens.h"
#include "reference/pods/send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct normalizer { /* of one partition */
    struct pod_normalization *shared;
    pod_sender_t *sender;
    int64_t logged_to; /* up to this sequence number bad events are in the log; -1: none */
};

static void *open_state(void *shared);
static void close_state(void *state);
static void cancel(void *shared);
static enum base_status run(void *state, const struct pod_events *events, enum pod_part *part,
                            struct base_error *err);
static enum base_status measure(struct normalizer *state, const struct pod_events *events,
                                const dp_device_mapping_t *mapping, struct base_arena *arena,
                                struct dp_measurements *list, struct base_error *err);

struct pod_stage pod_normalization_stage(struct pod_normalization *shared)
{
    return (struct pod_stage){open_state, run, close_state, cancel, shared};
}

static void *open_state(void *shared)
{
    struct normalizer *state = base_alloc(sizeof *state);

    state->shared = shared;
    state->sender = pod_sender_new(state->shared->pod, state->shared->normalized);
    state->logged_to = -1;
    return state;
}

static void close_state(void *state)
{
    struct normalizer *normalizer = state;

    pod_sender_free(normalizer->sender);
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
        status = pod_sender_send(normalizer->sender, events->partition, &list, err);
    }
    if (status == BASE_OK)
        count_done(pod, events, &list);
    else
        pod_mappings_doubt(normalizer->shared->mappings);
    pod_mappings_release(normalizer->shared->mappings, mapping);
    base_arena_release(&arena);
    return status;
}

/* What an event and its evaluation need goes with the next one: a batch holds only what was measured. */
static enum base_status measure_one(const struct az_event *event,
                                    const dp_device_mapping_t *mapping, struct base_arena *scratch,
                                    struct base_arena *arena, struct dp_measurements *list,
                                    struct base_error *err)
{
    struct dp_measurements made = {0};
    struct dp_token *envelope = NULL;

    base_arena_reset(scratch);
    enum base_status status = pod_envelope(scratch, event, &envelope, err);
    if (status == BASE_OK)
        status = dp_device_mapping_evaluate(mapping, envelope, scratch, &made, err);
    for (size_t i = 0; i < made.count; i++) {
        made.items[i].has_ingestion = true;
        made.items[i].ingestion = dp_date_from_ms(event->enqueued_ms);
        dp_measurements_keep(arena, list, &made.items[i]);
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
    struct base_arena scratch;

    base_arena_init(&scratch);
    dp_measurements_reserve(arena, list, events->count);
    for (size_t i = 0; i < events->count; i++) {
        const struct az_event *event = events->items[i];
        struct base_error cause = {0};
        size_t before = list->count;
        bool handled;
        enum base_status status = measure_one(event, mapping, &scratch, arena, list, &cause);
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
        base_arena_release(&scratch);
        return status;
    }
    base_arena_release(&scratch);
    add_time(pod, events, POD_METRIC_GENERATION, started_ms, events->count);
    pod_count(pod, POD_DROPPED, dropped);
    pod_metrics_add(&pod->metrics, events->partition, POD_METRIC_DROPPED, dropped, 1);
    return BASE_OK;
}
