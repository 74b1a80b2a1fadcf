/* Decides how partitions are read: where each begins, when its batch is handed on, what is remembered. */
#include "reference/pods/reader.h"

#include "common/log.h"
#include "common/process.h"
#include "reference/pods/batch.h"
#include "reference/pods/checkpoint.h"
#include "reference/pods/identity.h"
#include "reference/pods/ownership.h"
#include "reference/pods/stop.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

struct partition { /* one thread's */
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
    bool started;      /* the main thread's: there is a thread to be joined */
    atomic_size_t max; /* events that close a batch */
    atomic_bool lost;  /* another replica's now: nothing more is done or remembered */
    atomic_bool ended; /* the thread has nothing more to do */
};

/* What the main thread knows: the partitions of the hub, and which of them are this replica's. */
struct share {
    struct pod *pod;
    const struct pod_stage *stage;
    az_eventhub_t *client;
    struct partition *partitions;
    struct pod_ownership ownership;
    size_t told; /* so many partitions are in the log as ours; (size_t)-1: nothing was said */
    bool warned; /* of a reader that is none of this connector's */
};

static bool learn_hub(struct pod *pod, az_eventhub_t *client, struct az_hub_properties *out);
static void *partition_main(void *context);
static bool load_checkpoint(struct partition *p);
static bool open_consumer(struct partition *p);
static bool read_some(struct partition *p);
static bool flush(void *context, const struct pod_batch_item *items, size_t count);
static void share(struct share *share);
static void share_end(struct share *share);
static void drop_rest(struct partition *p);

void pod_read_all(struct pod *pod, const struct pod_stage *stage, az_eventhub_t *client)
{
    pod_stop_watch_t *watch = pod_stop_watch_start(pod, stage, client);
    struct az_hub_properties hub = {0};
    struct share mine = {.pod = pod, .stage = stage, .client = client, .told = (size_t)-1};

    if (learn_hub(pod, client, &hub)) {
        mine.partitions = base_alloc((hub.partition_count + 1) * sizeof *mine.partitions);
        pod_ownership_init(&mine.ownership, pod, (const char *const *)hub.partition_ids,
                           hub.partition_count);
        share(&mine);
        share_end(&mine);
    }
    pod_stop_watch_end(watch);
    az_hub_properties_release(&hub);
}

az_eventhub_t *pod_hub_open(struct pod *pod, struct pod_hub_settings *hub, bool external,
                            struct base_arena *arena, struct base_error *err)
{
    struct az_eventhub_config config = {
        .clock = &pod->clock, .random = pod->random, .name = pod_program_name(pod->settings.kind)};

    if (hub->auth && strcasecmp(hub->auth, "ConnectionString") == 0) {
        if (az_eventhub_config_parse(arena, hub->connection, &config, err) != BASE_OK)
            return NULL;
        hub->namespace = config.fully_qualified_namespace;
        hub->hub = config.hub ? config.hub : hub->hub;
        config.hub = hub->hub;
    } else {
        config.fully_qualified_namespace = hub->namespace;
        config.hub = hub->hub;
        if (external && pod->external) {
            config.token = pod_identity_hub_token;
            config.token_context = pod->external;
        } else {
            config.credential = pod->internal;
        }
    }
    return az_eventhub_open(&config, err);
}

static size_t count_owned(const struct share *share)
{
    size_t count = 0;

    for (size_t i = 0; i < share->ownership.count; i++)
        count += share->ownership.owned[i].owned;
    return count;
}

/* MaxEventsAllPartitions is shared out among what this replica has now. */
static size_t most_events(const struct pod_settings *s, size_t owned)
{
    size_t max = (size_t)s->max_events, all = (size_t)s->max_events_all;

    return all / owned > max ? all / owned : max;
}

static struct pod_batch_rules rules_of(const struct pod_settings *s, size_t max)
{
    int64_t idle_ms = s->idle_s * 1000;

    return (struct pod_batch_rules){.span_ms = s->flush_s * 1000,
                                    .idle_ms = idle_ms,
                                    .grace_ms = idle_ms < GRACE_MS ? idle_ms : GRACE_MS,
                                    .max = max};
}

static void start_partition(struct share *share, size_t place, size_t max)
{
    const struct pod_settings *s = &share->pod->settings;
    const struct pod_batch_rules rules = rules_of(s, max);
    struct partition *p = &share->partitions[place];

    memset(p, 0, sizeof *p);
    p->pod = share->pod;
    p->stage = share->stage;
    p->client = share->client;
    p->id = share->ownership.partitions[place];
    p->reading.pod = p->working.pod = share->pod;
    p->working.batch = true;
    atomic_store(&p->max, max);
    pod_checkpoint_name(s, s->input.namespace, s->input.hub, p->id, &p->checkpoint_name);
    pod_batch_init(&p->batch, &rules, base_clock_ms(&share->pod->clock));
    if (pthread_create(&p->thread, NULL, partition_main, p) != 0)
        BUG("no thread for partition %s", p->id);
    p->started = true;
}

static void end_partition(struct partition *p)
{
    (void)pthread_join(p->thread, NULL);
    drop_rest(p);
    p->started = false;
}

/* The blobs name us, and yet the hub gave our place away: two that take turns can keep one from ever ending a batch. */
static void warn_of_stranger(struct share *share, const struct partition *p)
{
    const struct pod_settings *s = &share->pod->settings;

    if (share->warned)
        return;
    share->warned = true;
    base_log(BASE_LOG_WARN, POD_ROOM, NULL,
             "partition %s of event hub %s: consumer group %s has another reader, which is not of "
             "this connector; give each its own consumer group",
             p->id, s->input.hub, s->input.group ? s->input.group : "$Default");
}

/* Starts what is ours now and ends what is not. A thread that is still ending is waited for in a later round. */
static void follow_ownership(struct share *share)
{
    size_t owned = count_owned(share);

    for (size_t i = 0; i < share->ownership.count; i++) {
        struct partition *p = &share->partitions[i];
        bool ours = share->ownership.owned[i].owned;
        if (p->started && !ours)
            atomic_store(&p->lost, true);
        if (p->started && atomic_load(&p->ended)) {
            if (ours && atomic_load(&p->lost))
                warn_of_stranger(share, p);
            end_partition(p);
        }
        if (!p->started && ours)
            start_partition(share, i, most_events(&share->pod->settings, owned));
        else if (ours)
            atomic_store(&p->max, most_events(&share->pod->settings, owned));
        pod_metrics_set(&share->pod->metrics, share->ownership.partitions[i], POD_METRIC_OWNED,
                        ours);
    }
}

static void tell_share(struct share *share)
{
    const struct pod_settings *s = &share->pod->settings;
    size_t owned = count_owned(share);

    if (owned == share->told)
        return;
    share->told = owned;
    base_log(BASE_LOG_INFO, POD_ROOM, NULL,
             "reads %zu of %zu partitions of event hub %s of %s, consumer group %s, as replica %s",
             owned, share->ownership.count, s->input.hub, s->input.namespace,
             s->input.group ? s->input.group : "$Default", share->ownership.id);
}

static void share(struct share *share)
{
    struct pod_trouble trouble = {.pod = share->pod};

    while (!base_stopping()) {
        struct base_error err = {0};
        enum base_status status = pod_ownership_balance(&share->ownership, &err);
        if (status == BASE_OK) /* before the first event: a stop then waits for the batch at hand */
            atomic_store(&share->pod->running, true);
        follow_ownership(share);
        if (status != BASE_OK) {
            (void)pod_trouble_wait(&trouble, POD_PART_CHECKPOINTS, &err);
            continue;
        }
        pod_trouble_over(&trouble);
        tell_share(share);
        (void)base_stop_wait(pod_ownership_wait(&share->ownership));
    }
}

/* The batches at hand are finished first; then others may have the partitions. */
static void share_end(struct share *share)
{
    struct base_error err = {0};

    for (size_t i = 0; i < share->ownership.count; i++)
        if (share->partitions[i].started)
            end_partition(&share->partitions[i]);
    if (pod_ownership_give_up(&share->ownership, &err) != BASE_OK)
        pod_trouble_note(share->pod, POD_PART_CHECKPOINTS, &err);
    pod_ownership_release(&share->ownership);
    free(share->partitions);
}

/* The certificate first, so that a missing right on the vault is not taken for one on the hub. */
static enum base_status identity_ready(struct pod *pod, enum pod_part *part, struct base_error *err)
{
    az_credential_t *credential;
    enum base_status status;

    *part = POD_PART_INPUT;
    if (pod->settings.kind != POD_NORMALIZATION || !pod->external)
        return BASE_OK;
    *part = POD_PART_VAULT;
    status = pod_identity_acquire(pod->external, &credential, err);
    if (status == BASE_OK) {
        pod_identity_release(pod->external, credential);
        *part = POD_PART_INPUT;
    }
    return status;
}

static enum base_status ask_hub(struct pod *pod, az_eventhub_t *client,
                                struct az_hub_properties *out, enum pod_part *part,
                                struct base_error *err)
{
    const struct pod_settings *s = &pod->settings;
    int deleted = 0;
    enum base_status status = identity_ready(pod, part, err);

    if (status == BASE_OK)
        status = az_eventhub_properties(client, out, err);
    if (status == BASE_OK) {
        *part = POD_PART_CHECKPOINTS;
        status = pod_checkpoint_forget_others(pod, s->input.namespace, s->input.hub, &deleted, err);
        if (status != BASE_OK)
            az_hub_properties_release(out);
    }
    if (deleted > 0)
        base_log(BASE_LOG_INFO, POD_ROOM, NULL,
                 "the source hub has changed: %d checkpoints of another one deleted", deleted);
    return status;
}

/* Asks until the hub answers; false: the program is to stop. */
static bool learn_hub(struct pod *pod, az_eventhub_t *client, struct az_hub_properties *out)
{
    struct pod_trouble trouble = {.pod = pod};

    while (!base_stopping()) {
        struct base_error err = {0};
        enum pod_part part = POD_PART_INPUT;
        *out = (struct az_hub_properties){0};
        if (ask_hub(pod, client, out, &part, &err) == BASE_OK) {
            pod_trouble_over(&trouble);
            return true;
        }
        if (err.status == BASE_UNAUTHENTICATED && pod->external)
            pod_identity_doubt(pod->external);
        if (!pod_trouble_wait(&trouble, part, &err))
            return false;
    }
    return false;
}

static bool going_on(const struct partition *p)
{
    return !base_stopping() && !atomic_load(&p->lost);
}

static void *partition_main(void *context)
{
    struct partition *p = context;

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

static bool load_checkpoint(struct partition *p)
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
static bool offset_refused(struct partition *p, const struct base_error *err)
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

static bool open_consumer(struct partition *p)
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
    if (identity_ready(p->pod, &part, &err) == BASE_OK)
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

static int receive_wait(const struct partition *p)
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

static void count_chunk(struct partition *p, const struct az_events *events)
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
static bool take_chunk(struct partition *p, struct chunk *chunk)
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
static void displaced(struct partition *p, const struct base_error *err)
{
    char reason[400];

    atomic_store(&p->lost, true);
    base_log(BASE_LOG_INFO, POD_ROOM, NULL, "partition %s was taken over by another reader: %s",
             p->id, pod_reason(err, reason));
}

/* Receives what is there, hands on what is due. False after a failure. */
static bool read_some(struct partition *p)
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
static bool work_off(struct partition *p, const struct pod_events *events)
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
static void remember(struct partition *p, const struct az_event *last)
{
    struct pod_checkpoint checkpoint = {.sequence_number = last->sequence_number,
                                        .enqueued_ms = last->enqueued_ms};
    struct base_error err = {0};

    (void)snprintf(checkpoint.offset, sizeof checkpoint.offset, "%s", last->offset);
    if (pod_checkpoint_write(p->pod, p->checkpoint_name.data, &checkpoint, &err) != BASE_OK)
        pod_trouble_note(p->pod, POD_PART_CHECKPOINTS, &err);
}

static void count_batch(struct partition *p, const struct pod_events *batch, int64_t started_ms)
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
    struct partition *p = context;
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
static void drop_rest(struct partition *p)
{
    for (size_t i = 0; i < p->batch.count; i++) {
        struct item *item = p->batch.items[i].item;
        chunk_put(item->chunk);
        free(item);
    }
    pod_batch_release(&p->batch);
    base_buf_release(&p->checkpoint_name);
}
