/* Decides how one partition is read: where it begins, when its batch is handed on, what is remembered. */
#include "reference/pods/partition.h"

#include "common/log.h"
#include "common/process.h"
#include "reference/pods/batch.h"
#include "reference/pods/checkpoint.h"
#include "reference/pods/identity.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 1000  /* real: the longest wait for events, so that a stop is seen */
#define GRACE_MS 5000 /* clock: how late an event may still be when a window has ended */

struct chunk { /* events that came together; goes when the last of them is done */
    struct az_events events;
    size_t left;
};
struct item {
    struct chunk *chunk;
    const struct az_event *event;
};

struct pod_partition { /* one thread's */
    struct pod *pod;
    const struct pod_stage *stage;
    az_eventhub_t *client;
    const char *id;
    struct base_buf checkpoint_name;
    char position[64]; /* offset after which to read on; "": the beginning */
    az_consumer_t *consumer;
    struct pod_batch batch;
    void *state;
    struct pod_trouble reading, working; /* the hub; the stage */
    pthread_t thread;
    atomic_size_t max; /* events that close a batch */
    atomic_bool lost;  /* another replica's now: nothing more is done or remembered */
    atomic_bool ended; /* the thread has nothing more to do */
};

static void *partition_main(void *context);
static bool load_checkpoint(struct pod_partition *p);
static bool open_consumer(struct pod_partition *p);
static bool read_some(struct pod_partition *p);
static bool flush(void *context, const struct pod_batch_item *items, size_t count);
static void drop_rest(struct pod_partition *p);

static struct pod_batch_rules rules_of(const struct pod_settings *s, size_t max)
{
    int64_t idle_ms = s->idle_s * 1000;

    return (struct pod_batch_rules){.span_ms = s->flush_s * 1000,
                                    .idle_ms = idle_ms,
                                    .grace_ms = idle_ms < GRACE_MS ? idle_ms : GRACE_MS,
                                    .max = max};
}

pod_partition_t *pod_partition_start(struct pod *pod, const struct pod_stage *stage,
                                     az_eventhub_t *client, const char *id, size_t max)
{
    const struct pod_settings *s = &pod->settings;
    const struct pod_batch_rules rules = rules_of(s, max);
    pod_partition_t *p = base_alloc(sizeof *p);

    p->pod = pod;
    p->stage = stage;
    p->client = client;
    p->id = id;
    p->reading.pod = p->working.pod = pod;
    p->working.batch = true;
    atomic_store(&p->max, max);
    pod_checkpoint_name(s, s->input.namespace, s->input.hub, id, &p->checkpoint_name);
    pod_batch_init(&p->batch, &rules, base_clock_ms(&pod->clock));
    if (pthread_create(&p->thread, NULL, partition_main, p) != 0)
        BUG("no thread for partition %s", id);
    return p;
}

void pod_partition_limit(pod_partition_t *p, size_t max)
{
    atomic_store(&p->max, max);
}

void pod_partition_lose(pod_partition_t *p)
{
    atomic_store(&p->lost, true);
}

bool pod_partition_lost(const pod_partition_t *p)
{
    return atomic_load(&p->lost);
}

bool pod_partition_ended(const pod_partition_t *p)
{
    return atomic_load(&p->ended);
}

void pod_partition_end(pod_partition_t *p)
{
    (void)pthread_join(p->thread, NULL);
    drop_rest(p);
    free(p);
}

static bool going_on(const struct pod_partition *p)
{
    return !base_stopping() && !atomic_load(&p->lost);
}

static void *partition_main(void *context)
{
    struct pod_partition *p = context;

    p->state = p->stage->open(p->stage->shared);
    if (load_checkpoint(p))
        while (going_on(p))
            if (p->consumer || open_consumer(p))
                (void)read_some(p);
    if (!atomic_load(&p->lost))
        (void)pod_batch_drain(&p->batch, flush, p);
    az_consumer_close(p->consumer);
    p->stage->close(p->state);
    atomic_store(&p->ended, true);
    return NULL;
}

static bool load_checkpoint(struct pod_partition *p)
{
    while (going_on(p)) {
        struct base_error err = {0};
        struct pod_checkpoint checkpoint;
        if (pod_checkpoint_read(p->pod, p->checkpoint_name.data, &checkpoint, &err) == BASE_OK) {
            memcpy(p->position, checkpoint.offset, sizeof p->position);
            return true;
        }
        if (!pod_trouble_wait(&p->reading, POD_PART_CHECKPOINTS, &err))
            return false;
    }
    return false;
}

/* An offset that the hub refuses belongs to a hub of the same name that is gone. */
static bool offset_refused(struct pod_partition *p, const struct base_error *err)
{
    if (!*p->position || err->status != BASE_INVALID || !strstr(err->code, "argument"))
        return false;
    base_log(BASE_LOG_WARN, POD_ROOM, NULL,
             "partition %s: the hub does not know offset %s (%s): the hub was made anew; reading "
             "from its beginning",
             p->id, p->position, err->message);
    p->position[0] = '\0';
    return true;
}

static bool open_consumer(struct pod_partition *p)
{
    const struct pod_settings *s = &p->pod->settings;
    struct az_consumer_config config = {
        .consumer_group = s->input.group,
        .partition_id = p->id,
        .identifier = pod_program_name(s->kind),
        .prefetch = (uint32_t)(p->batch.rules.max < 1000 ? p->batch.rules.max * 2 : 2000),
        .track_last_enqueued = true,
        .exclusive = true}; /* epoch 0: who takes a partition over displaces us */
    struct base_error err = {0};
    enum pod_part part;

    config.position.kind = *p->position ? AZ_POSITION_OFFSET : AZ_POSITION_EARLIEST;
    config.position.offset = p->position;
    if (pod_input_ready(p->pod, &part, &err) == BASE_OK)
        p->consumer = az_consumer_open(p->client, &config, &err);
    if (p->consumer) {
        pod_trouble_over(&p->reading);
        return true;
    }
    if (part == POD_PART_INPUT && err.status == BASE_UNAUTHENTICATED && p->pod->external)
        pod_identity_doubt(p->pod->external);
    if (!offset_refused(p, &err))
        (void)pod_trouble_wait(&p->reading, part, &err);
    return false;
}

static int receive_wait(const struct pod_partition *p)
{
    const struct base_clock *clock = &p->pod->clock;
    int64_t wait_ms = pod_batch_wait(&p->batch, base_clock_ms(clock));
    int64_t real_ms = wait_ms < 0 ? LOOK_MS : base_clock_real(clock, wait_ms);

    return real_ms < LOOK_MS ? (int)real_ms : LOOK_MS;
}

/* One user less; the last one frees it. */
static void chunk_put(struct chunk *chunk)
{
    if (--chunk->left > 0)
        return;
    az_events_release(&chunk->events);
    free(chunk);
}

static void count_chunk(struct pod_partition *p, const struct az_events *events)
{
    struct pod_metrics *metrics = &p->pod->metrics;
    struct az_last_enqueued end;
    int64_t bytes = 0;

    for (size_t i = 0; i < events->count; i++)
        bytes += (int64_t)events->items[i].body.len;
    pod_count(p->pod, POD_EVENTS, (long long)events->count);
    pod_count(p->pod, POD_BYTES, bytes);
    pod_metrics_add(metrics, p->id, POD_METRIC_EVENTS, (int64_t)events->count, 1);
    pod_metrics_add(metrics, p->id, POD_METRIC_BYTES, bytes, 1);
    pod_metrics_set(metrics, p->id, POD_METRIC_LAST_READ,
                    events->items[events->count - 1].sequence_number);
    if (az_consumer_last_enqueued(p->consumer, &end))
        pod_metrics_set(metrics, p->id, POD_METRIC_LAST_ENQUEUED, end.sequence_number);
}

/* The chunk has a user of its own until the end: its events may all be done before. */
static bool take_chunk(struct pod_partition *p, struct chunk *chunk)
{
    bool going = true;

    chunk->left = chunk->events.count + 1;
    count_chunk(p, &chunk->events);
    for (size_t i = 0; i < chunk->events.count; i++) {
        struct item *item = base_alloc(sizeof *item);
        *item = (struct item){chunk, &chunk->events.items[i]};
        (void)snprintf(p->position, sizeof p->position, "%s", item->event->offset);
        going = pod_batch_add(&p->batch, item, item->event->enqueued_ms, flush, p) && going;
    }
    chunk_put(chunk);
    pod_batch_heard(&p->batch, base_clock_ms(&p->pod->clock));
    return going;
}

/* The hub knows first. What is at hand comes again to the new owner; should the blob still name us, we come back. */
static void displaced(struct pod_partition *p, const struct base_error *err)
{
    char reason[400];

    atomic_store(&p->lost, true);
    base_log(BASE_LOG_INFO, POD_ROOM, NULL, "partition %s was taken over by another reader: %s",
             p->id, pod_reason(err, reason));
}

/* Receives what is there, hands on what is due. False after a failure. */
static bool read_some(struct pod_partition *p)
{
    struct chunk *chunk = base_alloc(sizeof *chunk);
    struct base_error err = {0};
    size_t max = p->batch.rules.max = atomic_load(&p->max);
    size_t room = max > p->batch.count ? max - p->batch.count : 1;
    enum base_status status =
        az_consumer_receive(p->consumer, room, receive_wait(p), &chunk->events, &err);

    chunk->left = 1;
    if (status != BASE_OK) {
        chunk_put(chunk);
        az_consumer_close(p->consumer);
        p->consumer = NULL;
        if (az_eventhub_stolen(&err))
            displaced(p, &err);
        else
            (void)pod_trouble_wait(&p->reading, POD_PART_INPUT, &err);
        return false;
    }
    if (chunk->events.count > 0)
        return take_chunk(p, chunk);
    chunk_put(chunk);
    return pod_batch_tick(&p->batch, base_clock_ms(&p->pod->clock), flush, p);
}

/* Tries until the stage has taken the batch; false: the program is to stop. */
static bool work_off(struct pod_partition *p, const struct pod_events *events)
{
    for (;;) {
        struct base_error err = {0};
        enum pod_part part = POD_PART_TEMPLATES;
        if (p->stage->run(p->state, events, &part, &err) == BASE_OK) {
            pod_trouble_over(&p->working);
            return true;
        }
        pod_count(p->pod, POD_RETRIES, 1);
        pod_metrics_add(&p->pod->metrics, p->id, POD_METRIC_RETRIES, 1, 1);
        pod_metrics_exception(&p->pod->metrics, p->id,
                              *err.code ? err.code : base_status_name(err.status), false);
        if (!pod_trouble_wait(&p->working, part, &err)) {
            pod_trouble_note(p->pod, part, &err);
            return false;
        }
        if (atomic_load(&p->lost))
            return false;
    }
}

/* A checkpoint that fails is said, not tried again: the next one stands for it, and a repeated event changes nothing. */
static void remember(struct pod_partition *p, const struct az_event *last)
{
    struct pod_checkpoint checkpoint = {.sequence_number = last->sequence_number,
                                        .enqueued_ms = last->enqueued_ms};
    struct base_error err = {0};

    (void)snprintf(checkpoint.offset, sizeof checkpoint.offset, "%s", last->offset);
    if (pod_checkpoint_write(p->pod, p->checkpoint_name.data, &checkpoint, &err) != BASE_OK)
        pod_trouble_note(p->pod, POD_PART_CHECKPOINTS, &err);
}

static void count_batch(struct pod_partition *p, const struct pod_events *batch, int64_t started_ms)
{
    struct pod_metrics *metrics = &p->pod->metrics;
    int64_t now = base_clock_ms(&p->pod->clock), latency = 0, count = (int64_t)batch->count;

    for (size_t i = 0; i < batch->count; i++)
        latency += now - batch->items[i]->enqueued_ms;
    pod_count(p->pod, POD_BATCHES, 1);
    pod_metrics_add(metrics, p->id, POD_METRIC_LATENCY, latency, count);
    pod_metrics_add(metrics, p->id, POD_METRIC_BATCH_TIME, now - started_ms, 1);
    pod_metrics_add(metrics, p->id, POD_METRIC_BATCH_EVENTS, count, 1);
    pod_metrics_set(metrics, p->id, POD_METRIC_LAST_DONE,
                    batch->items[batch->count - 1]->sequence_number);
}

static bool flush(void *context, const struct pod_batch_item *items, size_t count)
{
    struct pod_partition *p = context;
    int64_t started_ms = base_clock_ms(&p->pod->clock);
    const struct az_event **events = base_alloc(count * sizeof *events);
    bool done;

    for (size_t i = 0; i < count; i++)
        events[i] = ((const struct item *)items[i].item)->event;
    done = work_off(p, &(struct pod_events){p->id, events, count});
    if (done && !atomic_load(&p->lost)) {
        count_batch(p, &(struct pod_events){p->id, events, count}, started_ms);
        remember(p, events[count - 1]);
    }
    for (size_t i = 0; done && i < count; i++) {
        struct item *item = items[i].item;
        chunk_put(item->chunk);
        free(item);
    }
    free(events);
    return done;
}

/* What could not be handed on before the stop comes again at the next start. */
static void drop_rest(struct pod_partition *p)
{
    for (size_t i = 0; i < p->batch.count; i++) {
        struct item *item = p->batch.items[i].item;
        chunk_put(item->chunk);
        free(item);
    }
    pod_batch_release(&p->batch);
    base_buf_release(&p->checkpoint_name);
}
