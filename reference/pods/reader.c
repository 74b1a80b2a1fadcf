/* Decides who reads which partitions: those that are this replica's by the blobs of ownership. */
#include "reference/pods/reader.h"

#include "common/log.h"
#include "common/process.h"
#include "reference/pods/checkpoint.h"
#include "reference/pods/identity.h"
#include "reference/pods/ownership.h"
#include "reference/pods/partition.h"
#include "reference/pods/stop.h"

#include <stdlib.h>
#include <strings.h>

/* What the main thread knows: the partitions of the hub, and which of them are this replica's. */
struct share {
    struct pod *pod;
    const struct pod_stage *stage;
    az_eventhub_t *client;
    pod_partition_t **partitions; /* by place; NULL: not read here */
    struct pod_ownership ownership;
    size_t told; /* so many partitions are in the log as ours; (size_t)-1: nothing was said */
    bool warned; /* of a reader that is none of this connector's */
};

static bool learn_hub(struct pod *pod, az_eventhub_t *client, struct az_hub_properties *out);
static void share(struct share *share);
static void share_end(struct share *share);

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

/* The blobs name us, and yet the hub gave our place away: two that take turns can keep one from ever ending a batch. */
static void warn_of_stranger(struct share *share, const char *id)
{
    const struct pod_settings *s = &share->pod->settings;

    if (share->warned)
        return;
    share->warned = true;
    base_log(BASE_LOG_WARN, POD_ROOM, NULL,
             "partition %s of event hub %s: consumer group %s has another reader, which is not of "
             "this connector; give each its own consumer group",
             id, s->input.hub, s->input.group ? s->input.group : "$Default");
}

/* One place: reading begins when it is ours, ends when it is not. A thread that is still ending is waited for in a later round. */
static void follow_place(struct share *share, size_t place, size_t max)
{
    const char *id = share->ownership.partitions[place];
    pod_partition_t **p = &share->partitions[place];
    bool ours = share->ownership.owned[place].owned;

    if (*p && !ours)
        pod_partition_lose(*p);
    if (*p && pod_partition_ended(*p)) {
        if (ours && pod_partition_lost(*p))
            warn_of_stranger(share, id);
        pod_partition_end(*p);
        *p = NULL;
    }
    if (!*p && ours)
        *p = pod_partition_start(share->pod, share->stage, share->client, id, max);
    else if (ours)
        pod_partition_limit(*p, max);
    pod_metrics_set(&share->pod->metrics, id, POD_METRIC_OWNED, ours);
}

static void follow_ownership(struct share *share)
{
    size_t owned = count_owned(share);
    size_t max = owned ? most_events(&share->pod->settings, owned) : 0;

    for (size_t i = 0; i < share->ownership.count; i++)
        follow_place(share, i, max);
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
        if (share->partitions[i])
            pod_partition_end(share->partitions[i]);
    if (pod_ownership_give_up(&share->ownership, &err) != BASE_OK)
        pod_trouble_note(share->pod, POD_PART_CHECKPOINTS, &err);
    pod_ownership_release(&share->ownership);
    free(share->partitions);
}

static enum base_status ask_hub(struct pod *pod, az_eventhub_t *client,
                                struct az_hub_properties *out, enum pod_part *part,
                                struct base_error *err)
{
    const struct pod_settings *s = &pod->settings;
    int deleted = 0;
    enum base_status status = pod_input_ready(pod, part, err);

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
