/* Decides what a template sees of an event's properties: names, types, order. */
#include "reference/pods/event_tokens.h"

#include "common/text.h"

#include <stdio.h>
#include <string.h>

static struct dp_token *token_of(struct base_arena *arena, const struct amqp_value *value);
static void add_map(struct base_arena *arena, struct dp_token *object,
                    const struct amqp_value *map);
static void add_properties(struct base_arena *arena, struct dp_token *object,
                           const struct amqp_properties *p);
static void add_known(struct base_arena *arena, struct dp_token *object,
                      const struct az_event *event);

enum base_status pod_envelope(struct base_arena *arena, const struct az_event *event,
                              struct dp_token **out, struct base_error *err)
{
    struct dp_token *properties = dp_token_new(arena, DP_OBJECT),
                    *system = dp_token_new(arena, DP_OBJECT);

    add_map(arena, properties, &event->properties);
    add_properties(arena, system, &event->amqp);
    add_map(arena, system, &event->annotations);
    add_known(arena, system, event);
    return dp_envelope_make(arena, event->body.data ? event->body.data : "", event->body.len,
                            properties, system, out, err);
}

bool pod_event_flag(const struct az_event *event, const char *name)
{
    struct amqp_value value;

    return amqp_map_get(&event->properties, name, &value) && value.type == AMQP_BOOLEAN &&
           value.as.boolean;
}

static void set(struct base_arena *arena, struct dp_token *object, const char *name,
                struct dp_token *value)
{
    (void)dp_object_set(arena, object, name, strlen(name), value);
}

static struct dp_token *uuid_token(struct base_arena *arena, const uint8_t octets[16])
{
    char text[40];
    int at = 0;

    for (int i = 0; i < 16; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%02x",
                       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", octets[i]);
    return dp_token_text(arena, text);
}

/* Strings stay strings (no date sniffing), symbols become strings, timestamps UTC dates; what has no JSON form is null. */
static struct dp_token *token_of(struct base_arena *arena, const struct amqp_value *value)
{
    int64_t integer;

    switch (value->type) {
    case AMQP_BOOLEAN:
        return dp_token_bool(arena, value->as.boolean);
    case AMQP_FLOAT:
    case AMQP_DOUBLE:
        return dp_token_float(arena, value->as.real);
    case AMQP_TIMESTAMP:
        return dp_token_date(arena, dp_date_from_ms(value->as.integer));
    case AMQP_UUID:
        return uuid_token(arena, value->as.octets);
    case AMQP_STRING:
    case AMQP_SYMBOL:
    case AMQP_BINARY:
        return dp_token_text_len(arena, value->bytes.data ? value->bytes.data : "",
                                 value->bytes.len);
    default:
        return amqp_value_int64(value, &integer) ? dp_token_int(arena, integer)
                                                 : dp_token_new(arena, DP_NULL);
    }
}

static void add_map(struct base_arena *arena, struct dp_token *object, const struct amqp_value *map)
{
    struct amqp_items items;
    struct amqp_value key, value;
    struct amqp_bytes name;

    if (map->type != AMQP_MAP)
        return;
    amqp_items_init(&items, map);
    while (amqp_map_next(&items, &key, &value))
        if (amqp_value_text(&key, &name))
            (void)dp_object_set(arena, object, name.data, name.len, token_of(arena, &value));
}

static void add_bytes(struct base_arena *arena, struct dp_token *object, const char *name,
                      struct amqp_bytes bytes)
{
    if (bytes.data)
        set(arena, object, name, dp_token_text_len(arena, bytes.data, bytes.len));
}

/* Message and correlation ids of every type are text. */
static void add_id(struct base_arena *arena, struct dp_token *object, const char *name,
                   const struct amqp_value *id)
{
    int64_t number;

    if (id->type == AMQP_NULL)
        return;
    if (amqp_value_int64(id, &number))
        set(arena, object, name,
            dp_token_text(arena, base_arena_printf(arena, "%lld", (long long)number)));
    else
        set(arena, object, name, token_of(arena, id));
}

static void add_time(struct base_arena *arena, struct dp_token *object, const char *name,
                     const struct amqp_value *time)
{
    if (time->type == AMQP_TIMESTAMP)
        set(arena, object, name, token_of(arena, time));
}

static void add_properties(struct base_arena *arena, struct dp_token *object,
                           const struct amqp_properties *p)
{
    if (!p->present)
        return;
    add_id(arena, object, "message-id", &p->message_id);
    add_bytes(arena, object, "user-id", p->user_id);
    add_bytes(arena, object, "to", p->to);
    add_bytes(arena, object, "subject", p->subject);
    add_bytes(arena, object, "reply-to", p->reply_to);
    add_id(arena, object, "correlation-id", &p->correlation_id);
    add_bytes(arena, object, "content-type", p->content_type);
    add_bytes(arena, object, "content-encoding", p->content_encoding);
    add_time(arena, object, "absolute-expiry-time", &p->absolute_expiry_time);
    add_time(arena, object, "creation-time", &p->creation_time);
    add_bytes(arena, object, "group-id", p->group_id);
    if (p->group_sequence >= 0)
        set(arena, object, "group-sequence", dp_token_int(arena, p->group_sequence));
    add_bytes(arena, object, "reply-to-group-id", p->reply_to_group_id);
}

/* The offset travels as text and is an integer for the original. */
static void add_known(struct base_arena *arena, struct dp_token *object,
                      const struct az_event *event)
{
    int64_t offset;

    set(arena, object, "x-opt-sequence-number", dp_token_int(arena, event->sequence_number));
    if (event->offset)
        set(arena, object, "x-opt-offset",
            base_parse_int64(event->offset, &offset) ? dp_token_int(arena, offset)
                                                     : dp_token_text(arena, event->offset));
    set(arena, object, "x-opt-enqueued-time",
        dp_token_date(arena, dp_date_from_ms(event->enqueued_ms)));
    if (event->partition_key)
        set(arena, object, "x-opt-partition-key", dp_token_text(arena, event->partition_key));
}
