/* Decides what a received message says as an event. */
#include "azure/eventhub_private.h"

#include <string.h>

static int64_t annotation_number(const struct amqp_value *annotations, const char *name,
                                 int64_t fallback)
{
    struct amqp_value value;
    int64_t number;

    return amqp_map_get(annotations, name, &value) && amqp_value_int64(&value, &number) ? number
                                                                                        : fallback;
}

/* As text; NULL when absent. Older services send offsets as numbers. */
static const char *annotation_text(struct base_arena *arena, const struct amqp_value *annotations,
                                   const char *name)
{
    struct amqp_value value;
    struct amqp_bytes text;
    int64_t number;

    if (!amqp_map_get(annotations, name, &value))
        return NULL;
    if (amqp_value_text(&value, &text))
        return base_arena_strndup(arena, text.data, text.len);
    return amqp_value_int64(&value, &number) ? base_arena_printf(arena, "%lld", (long long)number)
                                             : NULL;
}

/* Several data sections are one body in pieces. */
static struct amqp_bytes join_data(struct base_arena *arena, const struct amqp_message *message)
{
    struct amqp_bytes at = message->sections, data;
    char *joined = base_arena_alloc(arena, message->sections.len + 1);
    size_t len = 0;

    while (amqp_message_next_data(&at, &data)) {
        memcpy(joined + len, data.data, data.len);
        len += data.len;
    }
    return (struct amqp_bytes){joined, len};
}

static struct amqp_bytes body_of(struct base_arena *arena, const struct amqp_message *message)
{
    if (message->body == AMQP_BODY_DATA)
        return message->body_sections == 1 ? message->data : join_data(arena, message);
    if (message->body == AMQP_BODY_VALUE &&
        (message->value.type == AMQP_STRING || message->value.type == AMQP_BINARY))
        return message->value.bytes;
    return message->sections.data ? message->sections : (struct amqp_bytes){"", 0};
}

/* Without what concerns the transport only, which no event shows: a batch waits in memory, and the service's word on how far the
 * partition is comes with each event anew. What is malformed stays, to be found by who reads the message. */
static struct amqp_bytes without_delivery(struct amqp_bytes payload)
{
    struct amqp_cursor cursor;
    struct amqp_value value;
    uint64_t code;

    amqp_cursor_init(&cursor, payload);
    while (amqp_read_described(&cursor, &code, &value) &&
           (code == AMQP_SECTION_HEADER || code == AMQP_SECTION_DELIVERY_ANNOTATIONS) &&
           amqp_check(&value, NULL) && amqp_cursor_more(&cursor))
        payload = (struct amqp_bytes){(const char *)cursor.at, (size_t)(cursor.end - cursor.at)};
    return payload;
}

enum base_status az_event_read(struct base_arena *arena, struct amqp_bytes payload,
                               struct az_event *out, struct base_error *err)
{
    struct amqp_message message;
    const struct amqp_value *annotations = &message.message_annotations;

    payload = without_delivery(payload);
    payload.data = base_arena_strndup(arena, payload.data, payload.len);
    enum base_status status = amqp_message_parse(payload, &message, err);
    if (status)
        return status;
    const char *offset = annotation_text(arena, annotations, "x-opt-offset");
    *out = (struct az_event){
        .body = body_of(arena, &message),
        .body_kind = message.body,
        .sequence_number = annotation_number(annotations, "x-opt-sequence-number", -1),
        .offset = offset ? offset : "",
        .enqueued_ms = annotation_number(annotations, "x-opt-enqueued-time", 0),
        .partition_key = annotation_text(arena, annotations, "x-opt-partition-key"),
        .properties = message.application_properties,
        .annotations = message.message_annotations,
        .amqp = message.properties,
    };
    return BASE_OK;
}
