/* Decides how batches are sent: the link, its credit, and waiting for the verdict. */
#include "azure/eventhub_batch.h"
#include "azure/eventhub_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A batch on its way; lives on the sender's stack, known to the producer by its cookie. */
struct sending {
    uint64_t cookie;
    bool done;
    enum amqp_outcome_kind kind;
    struct base_error error; /* of a rejection */
    struct sending *next;
};

struct az_producer {
    struct az_link link; /* first */
    char *entity;        /* "hub" or "hub/Partitions/0" */
    bool partition;
    size_t message_max;
    uint64_t last_cookie;
    struct sending *sending;
};

static void got_outcome(struct az_link *link, uint64_t cookie, const struct amqp_outcome *outcome)
{
    az_producer_t *producer = (az_producer_t *)link;

    for (struct sending *at = producer->sending; at; at = at->next) {
        if (at->cookie != cookie)
            continue;
        at->done = true;
        at->kind = outcome->kind;
        if (outcome->error.condition.data)
            az_amqp_error(&at->error, &outcome->error, "send");
    }
}

static enum base_status attach_locked(az_producer_t *producer, int64_t until,
                                      struct base_error *err)
{
    struct amqp_attach attach;
    char name[64];

    snprintf(name, sizeof name, "producer-%llu",
             (unsigned long long)++producer->link.client->serial);
    amqp_attach_init(&attach, name, AMQP_SENDER);
    attach.snd_settle_mode = AMQP_SND_UNSETTLED;
    attach.source = (struct amqp_source){.present = true, .address = amqp_string(name)};
    attach.target = (struct amqp_target){.present = true, .address = amqp_string(producer->entity)};
    enum base_status status = az_link_open_locked(&producer->link, NULL, &attach, until, err);
    if (status)
        return status;
    uint64_t most = amqp_link_remote(producer->link.link)->max_message_size;
    producer->message_max = most && most < SIZE_MAX ? (size_t)most : AZ_DEFAULT_MESSAGE_MAX;
    return BASE_OK;
}

az_producer_t *az_producer_open(az_eventhub_t *client, const char *partition_id,
                                struct base_error *err)
{
    az_producer_t *producer = base_alloc(sizeof *producer);
    int64_t until = az_until(client);

    producer->link.client = client;
    producer->link.outcome = got_outcome;
    producer->partition = partition_id != NULL;
    producer->entity = partition_id
                           ? base_asprintf("%s/Partitions/%s", client->config.hub, partition_id)
                           : base_strdup(client->config.hub);
    pthread_mutex_lock(&client->lock);
    enum base_status status = az_authorize_locked(client, producer->entity, until, err);
    if (!status) {
        status = attach_locked(producer, until, err);
        if (status)
            az_unauthorize_locked(client, producer->entity);
    }
    pthread_mutex_unlock(&client->lock);
    if (!status)
        return producer;
    free(producer->entity);
    free(producer);
    return NULL;
}

void az_producer_close(az_producer_t *producer)
{
    if (!producer)
        return;
    az_eventhub_t *client = producer->link.client;

    pthread_mutex_lock(&client->lock);
    az_link_close_locked(&producer->link);
    az_unauthorize_locked(client, producer->entity);
    pthread_mutex_unlock(&client->lock);
    free(producer->entity);
    free(producer);
}

az_event_batch_t *az_event_batch_new(const az_producer_t *producer, const char *partition_key)
{
    return az_event_batch_make(producer->message_max, partition_key);
}

/* -- sending -------------------------------------------------------------------------------------------------------- */

static enum base_status wait_credit_locked(az_producer_t *producer, int64_t until,
                                           struct base_error *err)
{
    struct az_link *link = &producer->link;
    enum base_status status = BASE_OK;

    while (!status && link->state == AZ_LINK_UP && !amqp_link_sendable(link->link))
        status = az_wait_locked(link->client, until, "send: no credit", err);
    if (!status && link->state != AZ_LINK_UP)
        status = az_copy_error(err, &link->error);
    return status;
}

static void unlink_sending(az_producer_t *producer, const struct sending *sending)
{
    struct sending **at = &producer->sending;

    while (*at != sending)
        at = &(*at)->next;
    *at = sending->next;
}

static enum base_status judge(const struct sending *sending, struct base_error *err)
{
    switch (sending->kind) {
    case AMQP_ACCEPTED:
    case AMQP_NO_OUTCOME:
        return BASE_OK;
    case AMQP_REJECTED:
        if (sending->error.status)
            return az_copy_error(err, &sending->error);
        return base_error_set(err, BASE_INVALID, NULL,
                              "send: the service rejected the batch without a reason");
    default:
        return base_error_set(err, BASE_UNAVAILABLE, NULL, "send: the service %s the batch",
                              amqp_outcome_name(sending->kind));
    }
}

static enum base_status send_locked(az_producer_t *producer, const az_event_batch_t *batch,
                                    struct base_error *err)
{
    struct az_link *link = &producer->link;
    int64_t until = az_until(link->client);
    struct sending sending = {.cookie = ++producer->last_cookie, .next = producer->sending};
    struct amqp_bytes part = {batch->payload.data, batch->payload.len};
    struct amqp_send message = {.parts = &part,
                                .part_count = 1,
                                .message_format = AZ_BATCH_FORMAT,
                                .cookie = sending.cookie};
    enum base_status status = wait_credit_locked(producer, until, err);

    if (!status)
        status = amqp_link_send(link->link, &message, err);
    if (status)
        return status;
    producer->sending = &sending;
    az_io_wake(link->client);
    while (!status && !sending.done && link->state == AZ_LINK_UP)
        status = az_wait_locked(link->client, until, "send", err);
    unlink_sending(producer, &sending);
    if (sending.done)
        return judge(&sending, err);
    return status ? status : az_copy_error(err, &link->error);
}

enum base_status az_producer_send_batch(az_producer_t *producer, const az_event_batch_t *batch,
                                        struct base_error *err)
{
    az_eventhub_t *client = producer->link.client;

    if (!batch->count)
        return BASE_OK;
    if (producer->partition && batch->partition_key)
        return base_error_set(
            err, BASE_INVALID, NULL,
            "send: a partition key cannot be used by a producer that has a partition id (%s)",
            producer->entity);
    pthread_mutex_lock(&client->lock);
    enum base_status status = send_locked(producer, batch, err);
    pthread_mutex_unlock(&client->lock);
    return status;
}

enum base_status az_producer_send(az_producer_t *producer, const char *partition_key,
                                  const struct az_event_data *events, size_t count,
                                  struct base_error *err)
{
    az_event_batch_t *batch = az_event_batch_new(producer, partition_key);
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < count && !status; i++) {
        if (!az_event_batch_add(batch, &events[i]))
            status =
                base_error_set(err, BASE_TOO_LARGE, "amqp:link:message-size-exceeded",
                               "send: event %zu of %zu does not fit into one batch of %zu bytes",
                               i + 1, count, batch->max);
    }
    if (!status)
        status = az_producer_send_batch(producer, batch, err);
    az_event_batch_free(batch);
    return status;
}
