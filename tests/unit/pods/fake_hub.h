/* tests/unit/pods/fake_hub.h: azure/eventhub.h answered from memory, so that the pods run without sockets. These definitions take the
 * place of the library's. One hub with one partition to read, one to write. */
#ifndef TESTS_UNIT_PODS_FAKE_HUB_H
#define TESTS_UNIT_PODS_FAKE_HUB_H

#include "azure/eventhub.h"
#include "common/process.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake_hub {
    pthread_mutex_t lock;
    const char *bodies[32]; /* events of the partition; offset = 10 * (place + 1) */
    size_t count;
    int64_t enqueued_ms;
    int refuse_open;     /* so many consumers are refused the link */
    int lose_link_after; /* events; 0: never */
    int steal_after;     /* events: another reader takes the partition over; 0: never */
    int refuse_offset;   /* offsets are answered with argument-error */
    int refuse_send;
    int too_large;              /* bytes; 0: no limit */
    char started_at[64];        /* position of the last consumer: "" from the beginning */
    struct base_buf sent;       /* "key: body\n"; of a group "key: group of N bytes\n" */
    struct base_buf groups[16]; /* the bodies of groups */
    size_t group_count;
    size_t opened;
} hub = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct az_eventhub {
    atomic_bool canceled;
};
struct az_consumer {
    az_eventhub_t *client;
    size_t at;
};
struct az_producer {
    az_eventhub_t *client;
};
struct az_event_batch {
    char key[8];
    struct base_buf text;
    struct base_buf group;
    size_t count;
};

az_eventhub_t *az_eventhub_open(const struct az_eventhub_config *config, struct base_error *err)
{
    (void)config;
    (void)err;
    return base_alloc(sizeof(struct az_eventhub));
}

void az_eventhub_close(az_eventhub_t *client)
{
    free(client);
}

void az_eventhub_cancel(az_eventhub_t *client)
{
    atomic_store(&client->canceled, true);
}

enum base_status az_eventhub_config_parse(struct base_arena *arena, const char *connection_string,
                                          struct az_eventhub_config *config, struct base_error *err)
{
    (void)arena;
    (void)connection_string;
    (void)config;
    return base_error_set(err, BASE_UNSUPPORTED, NULL, "not in this fake");
}

enum base_status az_eventhub_properties(az_eventhub_t *client, struct az_hub_properties *out,
                                        struct base_error *err)
{
    (void)client;
    (void)err;
    out->partition_ids = base_alloc(sizeof(char *));
    out->partition_ids[0] = base_strdup("0");
    out->partition_count = 1;
    return BASE_OK;
}

void az_hub_properties_release(struct az_hub_properties *properties)
{
    for (size_t i = 0; i < properties->partition_count; i++)
        free(properties->partition_ids[i]);
    free(properties->partition_ids);
}

az_consumer_t *az_consumer_open(az_eventhub_t *client, const struct az_consumer_config *config,
                                struct base_error *err)
{
    az_consumer_t *consumer = NULL;

    (void)pthread_mutex_lock(&hub.lock);
    if (hub.refuse_open > 0) {
        hub.refuse_open--;
        (void)base_error_set(err, BASE_DENIED, "amqp:unauthorized-access",
                             "Unauthorized access. 'Listen' claim is needed.");
    } else if (hub.refuse_offset && config->position.kind == AZ_POSITION_OFFSET) {
        (void)base_error_set(err, BASE_INVALID, "com.microsoft:argument-error",
                             "The supplied offset is invalid.");
    } else {
        consumer = base_alloc(sizeof *consumer);
        consumer->client = client;
        (void)snprintf(hub.started_at, sizeof hub.started_at, "%s",
                       config->position.kind == AZ_POSITION_OFFSET ? config->position.offset : "");
        consumer->at = (size_t)atoi(hub.started_at) / 10;
        hub.opened++;
    }
    (void)pthread_mutex_unlock(&hub.lock);
    return consumer;
}

void az_consumer_close(az_consumer_t *consumer)
{
    free(consumer);
}

static void fake_event(struct az_events *out, size_t place)
{
    struct az_event *event = &out->items[out->count++];

    *event = (struct az_event){.sequence_number = (int64_t)place, .enqueued_ms = hub.enqueued_ms};
    event->body.data = base_arena_strdup(&out->arena, hub.bodies[place]);
    event->body.len = strlen(hub.bodies[place]);
    event->offset = base_arena_printf(&out->arena, "%zu", (place + 1) * 10);
}

enum base_status az_consumer_receive(az_consumer_t *consumer, size_t max, int wait_ms,
                                     struct az_events *out, struct base_error *err)
{
    bool nothing;

    memset(out, 0, sizeof *out);
    if (atomic_load(&consumer->client->canceled))
        return base_error_set(err, BASE_CANCELED, NULL, "canceled");
    (void)pthread_mutex_lock(&hub.lock);
    base_arena_init(&out->arena);
    if (hub.lose_link_after && consumer->at >= (size_t)hub.lose_link_after) {
        hub.lose_link_after = 0;
        (void)pthread_mutex_unlock(&hub.lock);
        return base_error_set(err, BASE_UNAVAILABLE, "amqp:connection:forced",
                              "The connection was lost.");
    }
    if (hub.steal_after && !hub.lose_link_after && consumer->at >= (size_t)hub.steal_after) {
        hub.steal_after = 0;
        (void)pthread_mutex_unlock(&hub.lock);
        return base_error_set(err, BASE_CONFLICT, "amqp:link:stolen",
                              "New receiver with higher epoch of '0' is created.");
    }
    out->items = base_arena_alloc(&out->arena, (max + 1) * sizeof *out->items);
    while (consumer->at < hub.count && out->count < max &&
           (!hub.lose_link_after || consumer->at < (size_t)hub.lose_link_after) &&
           (!hub.steal_after || consumer->at < (size_t)hub.steal_after))
        fake_event(out, consumer->at++);
    nothing = out->count == 0;
    (void)pthread_mutex_unlock(&hub.lock);
    if (nothing && wait_ms > 0) /* what a socket would do */
        (void)base_stop_wait(wait_ms < 5 ? wait_ms : 5);
    return BASE_OK;
}

bool az_eventhub_stolen(const struct base_error *err)
{
    return err->status == BASE_CONFLICT;
}

bool az_consumer_last_enqueued(const az_consumer_t *consumer, struct az_last_enqueued *out)
{
    (void)consumer;
    *out = (struct az_last_enqueued){.sequence_number = (int64_t)hub.count - 1};
    return hub.count > 0;
}

void az_events_release(struct az_events *events)
{
    base_arena_release(&events->arena);
    memset(events, 0, sizeof *events);
}

az_producer_t *az_producer_open(az_eventhub_t *client, const char *partition_id,
                                struct base_error *err)
{
    az_producer_t *producer = base_alloc(sizeof *producer);

    (void)partition_id;
    (void)err;
    producer->client = client;
    return producer;
}

void az_producer_close(az_producer_t *producer)
{
    free(producer);
}

az_event_batch_t *az_event_batch_new(const az_producer_t *producer, const char *partition_key)
{
    az_event_batch_t *batch = base_alloc(sizeof *batch);

    (void)producer;
    (void)snprintf(batch->key, sizeof batch->key, "%s", partition_key);
    return batch;
}

void az_event_batch_free(az_event_batch_t *batch)
{
    base_buf_release(&batch->text);
    base_buf_release(&batch->group);
    free(batch);
}

bool az_event_batch_add(az_event_batch_t *batch, const struct az_event_data *event)
{
    if (hub.too_large && batch->text.len + event->body_len > (size_t)hub.too_large)
        return false;
    if (event->content_type) {
        base_buf_printf(&batch->text, "%s: group of %zu bytes\n", batch->key, event->body_len);
        base_buf_append(&batch->group, event->body, event->body_len);
    } else {
        base_buf_printf(&batch->text, "%s: %.*s\n", batch->key, (int)event->body_len,
                        (const char *)event->body);
    }
    batch->count++;
    return true;
}

size_t az_event_batch_count(const az_event_batch_t *batch)
{
    return batch->count;
}

void az_event_batch_clear(az_event_batch_t *batch)
{
    base_buf_clear(&batch->text);
    base_buf_clear(&batch->group);
    batch->count = 0;
}

enum base_status az_producer_send_batch(az_producer_t *producer, const az_event_batch_t *batch,
                                        struct base_error *err)
{
    enum base_status status = BASE_OK;

    (void)producer;
    (void)pthread_mutex_lock(&hub.lock);
    if (hub.refuse_send > 0) {
        hub.refuse_send--;
        status =
            base_error_set(err, BASE_UNAVAILABLE, "amqp:internal-error", "The service is away.");
    } else if (batch->count > 0) {
        base_buf_append(&hub.sent, batch->text.data, batch->text.len);
        if (batch->group.len && hub.group_count < 16)
            base_buf_append(&hub.groups[hub.group_count++], batch->group.data, batch->group.len);
    }
    (void)pthread_mutex_unlock(&hub.lock);
    return status;
}

#endif
