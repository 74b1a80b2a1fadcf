/* Decides how events are packed into one batch: an envelope whose data sections are whole messages. */
#include "azure/eventhub_batch.h"

#include <stdlib.h>
#include <string.h>

#define PARTITION_KEY "x-opt-partition-key"
#define SECTION_HEAD 8 /* descriptor and size of a data section, at most */

/* Name -> value; `symbols`: annotation keys are symbols, application property names are strings. */
static void put_pairs(struct base_buf *out, const struct az_event_property *pairs, size_t count,
                      bool symbols, const char *partition_key)
{
    size_t mark = amqp_put_map(out);

    if (partition_key) {
        amqp_put_symbol(out, PARTITION_KEY);
        amqp_put_string(out, partition_key);
    }
    for (size_t i = 0; i < count; i++) {
        if (symbols)
            amqp_put_symbol(out, pairs[i].name);
        else
            amqp_put_string(out, pairs[i].name);
        amqp_put_value(out, &pairs[i].value);
    }
    amqp_put_end(out, mark, 2 * (uint32_t)(count + (partition_key != NULL)));
}

static void put_header(struct base_buf *out)
{
    struct amqp_header header = {.present = true, .durable = true, .priority = 4, .ttl_ms = -1};

    amqp_put_section_header(out, &header);
}

static void put_properties(struct base_buf *out, const struct az_event_data *event)
{
    struct amqp_message message;

    if (!event->content_type && !event->message_id && !event->correlation_id)
        return;
    amqp_message_init(&message);
    message.properties.message_id = amqp_string(event->message_id);
    message.properties.correlation_id = amqp_string(event->correlation_id);
    message.properties.content_type = amqp_bytes_of(event->content_type);
    amqp_put_section_properties(out, &message.properties);
}

static void put_event(struct base_buf *out, const struct az_event_data *event,
                      const char *partition_key)
{
    if (partition_key)
        put_header(out);
    if (partition_key || event->annotation_count) {
        amqp_put_descriptor(out, AMQP_SECTION_MESSAGE_ANNOTATIONS);
        put_pairs(out, event->annotations, event->annotation_count, true, partition_key);
    }
    put_properties(out, event);
    if (event->property_count) {
        amqp_put_descriptor(out, AMQP_SECTION_APPLICATION_PROPERTIES);
        put_pairs(out, event->properties, event->property_count, false, NULL);
    }
    amqp_put_section_data(out, event->body ? event->body : "", event->body ? event->body_len : 0);
}

static void put_envelope(az_event_batch_t *batch)
{
    if (!batch->partition_key)
        return;
    put_header(&batch->payload);
    amqp_put_descriptor(&batch->payload, AMQP_SECTION_MESSAGE_ANNOTATIONS);
    put_pairs(&batch->payload, NULL, 0, true, batch->partition_key);
}

az_event_batch_t *az_event_batch_make(size_t max, const char *partition_key)
{
    az_event_batch_t *batch = base_alloc(sizeof *batch);

    batch->max = max;
    batch->partition_key = base_strdup(partition_key);
    put_envelope(batch);
    return batch;
}

void az_event_batch_free(az_event_batch_t *batch)
{
    if (!batch)
        return;
    base_buf_release(&batch->payload);
    base_buf_release(&batch->event);
    free(batch->partition_key);
    free(batch);
}

bool az_event_batch_add(az_event_batch_t *batch, const struct az_event_data *event)
{
    base_buf_clear(&batch->event);
    put_event(&batch->event, event, batch->partition_key);
    if (batch->payload.len + batch->event.len + SECTION_HEAD > batch->max)
        return false;
    amqp_put_section_data(&batch->payload, batch->event.data, batch->event.len);
    batch->count++;
    return true;
}

size_t az_event_batch_count(const az_event_batch_t *batch)
{
    return batch->count;
}

size_t az_event_batch_size(const az_event_batch_t *batch)
{
    return batch->payload.len;
}

void az_event_batch_clear(az_event_batch_t *batch)
{
    base_buf_clear(&batch->payload);
    batch->count = 0;
    put_envelope(batch);
}
