/* Takes a received message or batch apart into events, and encodes an event as the log keeps it. */
#include "simulators/eventhub/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "x-opt-partition-key"

/* What only the service may say. */
static const char *const reserved[] = {"x-opt-sequence-number", "x-opt-offset",
                                       "x-opt-enqueued-time",   KEY,
                                       "x-opt-publisher",       "x-opt-partition-id"};

static enum base_status add_event(struct eh_batch *batch, struct amqp_bytes payload,
                                  struct base_error *err);
static void push(struct eh_batch *batch, const struct amqp_message *message);
static enum base_status take_key(struct eh_batch *batch, const struct amqp_value *annotations,
                                 struct base_error *err);
static enum base_status wrong(struct base_error *err, const char *text);
static bool is_reserved(const struct amqp_value *key);
static uint32_t put_client_annotations(struct base_buf *out, const struct amqp_value *annotations);

void eh_batch_release(struct eh_batch *batch)
{
    free(batch->items);
    *batch = (struct eh_batch){0};
}

enum base_status eh_batch_read(struct eh_batch *batch, struct amqp_bytes payload, uint32_t format,
                               struct base_error *err)
{
    struct amqp_message envelope;
    struct amqp_bytes at, data;

    batch->count = 0;
    batch->key = batch->publisher = (struct amqp_bytes){0};
    if (format == 0)
        return add_event(batch, payload, err);
    if (format != EH_BATCH_FORMAT)
        return base_error_set(
            err, BASE_UNSUPPORTED, "amqp:not-implemented",
            "The message-format 0x%08x is not supported; expected 0 or 0x80013700.", format);
    if (amqp_message_parse(payload, &envelope, err) != BASE_OK ||
        take_key(batch, &envelope.message_annotations, err) != BASE_OK)
        return err->status;
    if (envelope.body != AMQP_BODY_DATA)
        return wrong(err, "A batch message must hold data sections, one for each event.");
    for (at = envelope.sections; amqp_message_next_data(&at, &data);)
        if (add_event(batch, data, err) != BASE_OK)
            return err->status;
    return BASE_OK;
}

void eh_event_encode(struct base_buf *out, const struct eh_batch *batch,
                     const struct eh_event *event, const struct eh_stamp *stamp)
{
    char offset[24];
    snprintf(offset, sizeof(offset), "%lld", (long long)stamp->offset);
    amqp_put_descriptor(out, AMQP_SECTION_MESSAGE_ANNOTATIONS);
    size_t map = amqp_put_map(out);
    uint32_t items = 6;
    amqp_put_symbol(out, "x-opt-sequence-number");
    amqp_put_long(out, stamp->sequence);
    amqp_put_symbol(out, "x-opt-offset");
    amqp_put_string(out, offset);
    amqp_put_symbol(out, "x-opt-enqueued-time");
    amqp_put_timestamp(out, stamp->time_ms);
    if (batch->key.data) {
        amqp_put_symbol(out, KEY);
        amqp_put_string_n(out, batch->key.data, batch->key.len);
        items += 2;
    }
    if (batch->publisher.data) {
        amqp_put_symbol(out, "x-opt-publisher");
        amqp_put_string_n(out, batch->publisher.data, batch->publisher.len);
        items += 2;
    }
    items += put_client_annotations(out, &event->annotations);
    amqp_put_end(out, map, items);
    if (event->bare.len > 0)
        base_buf_append(out, event->bare.data, event->bare.len);
    if (event->footer.type == AMQP_MAP)
        amqp_put_section(out, AMQP_SECTION_FOOTER, &event->footer);
}

/* -- reading -- */

static enum base_status add_event(struct eh_batch *batch, struct amqp_bytes payload,
                                  struct base_error *err)
{
    struct amqp_message message;
    if (amqp_message_parse(payload, &message, err) != BASE_OK ||
        take_key(batch, &message.message_annotations, err) != BASE_OK)
        return err->status;
    push(batch, &message);
    return BASE_OK;
}

static void push(struct eh_batch *batch, const struct amqp_message *message)
{
    if (batch->count == batch->cap) {
        batch->cap = batch->cap ? batch->cap * 2 : 64;
        batch->items = base_realloc(batch->items, batch->cap * sizeof(*batch->items));
    }
    batch->items[batch->count++] =
        (struct eh_event){message->bare, message->message_annotations, message->footer};
}

/* All keys of a batch must be the same: it lands whole on one partition. */
static enum base_status take_key(struct eh_batch *batch, const struct amqp_value *annotations,
                                 struct base_error *err)
{
    struct amqp_value value;
    struct amqp_bytes key;
    if (annotations->type != AMQP_MAP || !amqp_map_get(annotations, KEY, &value) ||
        value.type == AMQP_NULL)
        return BASE_OK;
    if (!amqp_value_text(&value, &key))
        return wrong(err, "The annotation x-opt-partition-key must be a string.");
    if (key.len > EH_KEY_MAX)
        return wrong(err, "The partition key is longer than 128 characters.");
    if (batch->key.data &&
        (batch->key.len != key.len || memcmp(batch->key.data, key.data, key.len) != 0))
        return wrong(err, "All events of a batch must have the same partition key.");
    batch->key = key;
    return BASE_OK;
}

static enum base_status wrong(struct base_error *err, const char *text)
{
    return base_error_set(err, BASE_INVALID, "com.microsoft:argument-error", "%s", text);
}

/* -- writing -- */

static bool is_reserved(const struct amqp_value *key)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (amqp_value_is(key, reserved[i]))
            return true;
    return false;
}

/* Returns how many values (keys too) were written. */
static uint32_t put_client_annotations(struct base_buf *out, const struct amqp_value *annotations)
{
    struct amqp_items items;
    struct amqp_value key, value;
    uint32_t count = 0;
    if (annotations->type != AMQP_MAP)
        return 0;
    amqp_items_init(&items, annotations);
    while (amqp_map_next(&items, &key, &value)) {
        if (is_reserved(&key))
            continue;
        amqp_put_value(out, &key);
        amqp_put_value(out, &value);
        count += 2;
    }
    return count;
}
