/* Decides how measurements are packed into messages of the normalized hub. */
#include "reference/pods/send.h"

#include "common/log.h"
#include "reference/pods/compressed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS 256 /* partition keys "0" to "255" */

struct pod_sender {
    struct pod *pod;
    az_eventhub_t *hub;
    az_producer_t *producer;   /* NULL: to be opened */
    pod_group_writer_t *group; /* NULL: no compression */
};
struct sending { /* of one list */
    pod_sender_t *sender;
    const char *partition;
    const struct dp_measurement **sorted; /* by key, within a key in order */
    size_t first[KEYS + 1];               /* where each key begins */
    az_event_batch_t *batch;              /* of the key at hand */
    struct base_error *err;
};

static void sort_by_key(struct sending *sending, const struct dp_measurements *list);
static enum base_status send_key(struct sending *sending, int key);
static enum base_status send_singly(struct sending *sending, size_t from, size_t to);
static enum base_status send_group(struct sending *sending, size_t from, size_t to);

pod_sender_t *pod_sender_new(struct pod *pod, az_eventhub_t *hub)
{
    pod_sender_t *sender = base_alloc(sizeof *sender);

    sender->pod = pod;
    sender->hub = hub;
    if (pod->settings.compress)
        sender->group = pod_group_writer_new();
    return sender;
}

void pod_sender_free(pod_sender_t *sender)
{
    az_producer_close(sender->producer);
    pod_group_writer_free(sender->group);
    free(sender);
}

enum base_status pod_sender_send(pod_sender_t *sender, const char *partition,
                                 const struct dp_measurements *list, struct base_error *err)
{
    struct sending sending = {.sender = sender, .partition = partition, .err = err};
    enum base_status status = BASE_OK;

    if (list->count == 0)
        return BASE_OK;
    if (!sender->producer)
        sender->producer = az_producer_open(sender->hub, NULL, err);
    if (!sender->producer)
        return err->status;
    sort_by_key(&sending, list);
    for (int key = 0; status == BASE_OK && key < KEYS; key++)
        if (sending.first[key] < sending.first[key + 1])
            status = send_key(&sending, key);
    free(sending.sorted);
    if (status != BASE_OK) {
        az_producer_close(sender->producer);
        sender->producer = NULL;
    }
    return status;
}

static int key_of(const struct dp_measurement *measurement)
{
    char text[4];

    dp_partition_key(measurement->device_id, text);
    return atoi(text);
}

/* By counting: the order within a key stays. */
static void sort_by_key(struct sending *sending, const struct dp_measurements *list)
{
    size_t next[KEYS];

    sending->sorted = base_alloc(list->count * sizeof *sending->sorted);
    for (size_t i = 0; i < list->count; i++)
        sending->first[key_of(&list->items[i]) + 1]++;
    for (int key = 0; key < KEYS; key++) {
        sending->first[key + 1] += sending->first[key];
        next[key] = sending->first[key];
    }
    for (size_t i = 0; i < list->count; i++)
        sending->sorted[next[key_of(&list->items[i])]++] = &list->items[i];
}

static enum base_status send_key(struct sending *sending, int key)
{
    pod_sender_t *sender = sending->sender;
    size_t from = sending->first[key], to = sending->first[key + 1];
    char text[4];
    enum base_status status;

    (void)snprintf(text, sizeof text, "%d", key & 0xFF);
    sending->batch = az_event_batch_new(sender->producer, text);
    status = sender->group ? send_group(sending, from, to) : send_singly(sending, from, to);
    az_event_batch_free(sending->batch);
    return status;
}

static enum base_status send_batch(struct sending *sending, size_t measurements)
{
    struct pod *pod = sending->sender->pod;
    int64_t started_ms = base_clock_ms(&pod->clock);
    enum base_status status =
        az_producer_send_batch(sending->sender->producer, sending->batch, sending->err);

    if (status != BASE_OK)
        return status;
    pod_metrics_add(&pod->metrics, sending->partition, POD_METRIC_SENT_TIME,
                    base_clock_ms(&pod->clock) - started_ms, 1);
    pod_metrics_add(&pod->metrics, sending->partition, POD_METRIC_SENT, (int64_t)measurements, 1);
    return BASE_OK;
}

static void lose(struct sending *sending, size_t bytes)
{
    struct pod *pod = sending->sender->pod;

    pod_count(pod, POD_POISONED, 1);
    pod_metrics_add(&pod->metrics, sending->partition, POD_METRIC_POISONED, 1, 1);
    base_log(BASE_LOG_ERROR, POD_ROOM, NULL,
             "a measurement of %zu bytes from partition %s does not fit a message of the "
             "normalized hub and is dropped",
             bytes, sending->partition);
}

/* Adds one message; a full batch is sent first. What does not fit an empty batch is lost, and said. */
static enum base_status add_one(struct sending *sending, const struct base_buf *message)
{
    const struct az_event_data data = {.body = message->data, .body_len = message->len};
    size_t count = az_event_batch_count(sending->batch);
    enum base_status status;

    if (az_event_batch_add(sending->batch, &data))
        return BASE_OK;
    if (count > 0) {
        status = send_batch(sending, count);
        if (status != BASE_OK)
            return status;
        az_event_batch_clear(sending->batch);
        if (az_event_batch_add(sending->batch, &data))
            return BASE_OK;
    }
    lose(sending, message->len);
    return BASE_OK;
}

static enum base_status send_singly(struct sending *sending, size_t from, size_t to)
{
    struct base_buf message = {0};
    enum base_status status = BASE_OK;

    for (size_t i = from; status == BASE_OK && i < to; i++) {
        base_buf_clear(&message);
        dp_measurement_write(&message, sending->sorted[i]);
        status = add_one(sending, &message);
    }
    if (status == BASE_OK)
        status = send_batch(sending, az_event_batch_count(sending->batch));
    base_buf_release(&message);
    return status;
}

/* True: the batch holds one message with all of them. */
static bool pack_group(struct sending *sending, size_t from, size_t to, size_t *bytes)
{
    pod_group_writer_t *group = sending->sender->group;
    const struct az_event_data *message;

    *bytes = POD_GROUP_MAX;
    pod_group_writer_reset(group);
    az_event_batch_clear(sending->batch);
    for (size_t i = from; i < to; i++)
        if (!pod_group_writer_add(group, sending->sorted[i]))
            return false;
    message = pod_group_writer_finish(group);
    *bytes = message->body_len;
    return az_event_batch_add(sending->batch, message);
}

static enum base_status send_group(struct sending *sending, size_t from, size_t to)
{
    size_t middle = from + (to - from) / 2, bytes;
    enum base_status status;

    if (pack_group(sending, from, to, &bytes))
        return send_batch(sending, to - from);
    if (to - from == 1) {
        lose(sending, bytes);
        return BASE_OK;
    }
    status = send_group(sending, from, middle);
    return status == BASE_OK ? send_group(sending, middle, to) : status;
}
