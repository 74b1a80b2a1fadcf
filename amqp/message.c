/* Decides which sections make a message, and in which order they stand. */
#include "amqp/message.h"

#include <string.h>

/* Sections in the order of §3.2; `rank` is the place, and what may repeat says so. */
struct section {
    const char *symbol, *name;
    uint64_t code;
    enum amqp_type type;
    bool repeats, any_type;
};
static const struct section sections[] = {
    {"amqp:header:list", "header", AMQP_SECTION_HEADER, AMQP_LIST, false, false},
    {"amqp:delivery-annotations:map", "delivery-annotations", AMQP_SECTION_DELIVERY_ANNOTATIONS,
     AMQP_MAP, false, false},
    {"amqp:message-annotations:map", "message-annotations", AMQP_SECTION_MESSAGE_ANNOTATIONS,
     AMQP_MAP, false, false},
    {"amqp:properties:list", "properties", AMQP_SECTION_PROPERTIES, AMQP_LIST, false, false},
    {"amqp:application-properties:map", "application-properties",
     AMQP_SECTION_APPLICATION_PROPERTIES, AMQP_MAP, false, false},
    {"amqp:data:binary", "data", AMQP_SECTION_DATA, AMQP_BINARY, true, false},
    {"amqp:amqp-sequence:list", "amqp-sequence", AMQP_SECTION_SEQUENCE, AMQP_LIST, true, false},
    {"amqp:amqp-value:*", "amqp-value", AMQP_SECTION_VALUE, AMQP_NULL, false, true},
    {"amqp:footer:map", "footer", AMQP_SECTION_FOOTER, AMQP_MAP, false, false},
};
#define SECTIONS (sizeof sections / sizeof *sections)

static const struct section *find_section(const struct amqp_value *descriptor);
static enum base_status take_section(struct amqp_message *message, const struct section *section,
                                     const struct amqp_value *value, struct base_error *err);
static enum base_status fault(struct base_error *err, const char *section, const char *sentence);

void amqp_message_init(struct amqp_message *message)
{
    memset(message, 0, sizeof *message);
    message->header.priority = 4;
    message->header.ttl_ms = -1;
    message->properties.group_sequence = -1;
}

static bool is_body(const struct section *section)
{
    return section->code >= AMQP_SECTION_DATA && section->code <= AMQP_SECTION_VALUE;
}

static void extend(struct amqp_bytes *span, const char *start, const char *end)
{
    if (!span->data)
        span->data = start;
    span->len = (size_t)(end - span->data);
}

static bool in_order(const struct section *section, const struct section *last,
                     const struct amqp_message *message)
{
    if (!last)
        return true;
    if (is_body(section) && message->body != AMQP_BODY_NONE)
        return section == last && section->repeats;
    return section > last;
}

/* A data section that holds null: not in the specification, but rhea sends a null body so. */
static void null_is_empty(struct amqp_value *value)
{
    if (value->type == AMQP_NULL)
        *value = (struct amqp_value){.type = AMQP_BINARY, .bytes = {"", 0}};
}

enum base_status amqp_message_parse(struct amqp_bytes payload, struct amqp_message *message,
                                    struct base_error *err)
{
    const struct section *last = NULL;
    struct amqp_cursor cursor;
    struct amqp_value descriptor, value;

    amqp_message_init(message);
    amqp_cursor_init(&cursor, payload);
    if (!amqp_cursor_more(&cursor))
        return fault(err, "message", "it has no sections");
    while (amqp_cursor_more(&cursor)) {
        const char *start = (const char *)cursor.at;
        if (*cursor.at++ != 0x00)
            return fault(err, "message", "a section does not start with a descriptor");
        if (!amqp_read(&cursor, &descriptor) || !amqp_read(&cursor, &value))
            break;
        const struct section *section = find_section(&descriptor);
        if (section && section->code == AMQP_SECTION_DATA)
            null_is_empty(&value);
        if (!section)
            return fault(err, "message", "a section has an unknown descriptor");
        if (!in_order(section, last, message))
            return fault(err, section->name, "the section is out of order or there twice");
        if (take_section(message, section, &value, err))
            return BASE_PROTOCOL;
        if (section->code >= AMQP_SECTION_PROPERTIES && section->code <= AMQP_SECTION_VALUE)
            extend(&message->bare, start, (const char *)cursor.at);
        if (is_body(section))
            extend(&message->sections, start, (const char *)cursor.at);
        last = section;
    }
    return cursor.fault ? fault(err, last ? last->name : "message", cursor.fault) : BASE_OK;
}

bool amqp_message_next_data(struct amqp_bytes *at, struct amqp_bytes *data)
{
    struct amqp_cursor cursor;
    struct amqp_value descriptor, value;

    amqp_cursor_init(&cursor, *at);
    if (!amqp_cursor_more(&cursor) || *cursor.at++ != 0x00)
        return false;
    if (!amqp_read(&cursor, &descriptor) || !amqp_read(&cursor, &value))
        return false;
    null_is_empty(&value);
    if (value.type != AMQP_BINARY)
        return false;
    *data = value.bytes;
    *at = (struct amqp_bytes){(const char *)cursor.at, (size_t)(cursor.end - cursor.at)};
    return true;
}

/* -- reading -- */

static enum base_status fault(struct base_error *err, const char *section, const char *sentence)
{
    return base_error_set(err, BASE_PROTOCOL, "amqp:decode-error", "%s: %s", section, sentence);
}

static const struct section *find_section(const struct amqp_value *descriptor)
{
    if (descriptor->type == AMQP_ULONG) {
        uint64_t rank = descriptor->as.number - AMQP_SECTION_HEADER;
        return rank < SECTIONS ? &sections[rank] : NULL;
    }
    for (size_t i = 0; descriptor->type == AMQP_SYMBOL && i < SECTIONS; i++) {
        if (amqp_value_is(descriptor, sections[i].symbol))
            return &sections[i];
    }
    return NULL;
}

static bool take_uint(const struct amqp_value *value, enum amqp_type type, uint64_t *out)
{
    if (value->type == type)
        *out = value->as.number;
    return value->type == type || value->type == AMQP_NULL;
}

static bool take_flag(const struct amqp_value *value, bool *out)
{
    if (value->type == AMQP_BOOLEAN)
        *out = value->as.boolean;
    return value->type == AMQP_BOOLEAN || value->type == AMQP_NULL;
}

static bool take_text(const struct amqp_value *value, enum amqp_type type, struct amqp_bytes *out)
{
    if (value->type == type)
        *out = value->bytes;
    return value->type == type || value->type == AMQP_NULL;
}

/* Up to `most` items into `out`, the missing ones as null. */
static bool list_items(const struct amqp_value *list, struct amqp_value *out, size_t most)
{
    struct amqp_items items;

    memset(out, 0, most * sizeof *out);
    amqp_items_init(&items, list);
    for (size_t i = 0; i < most && amqp_items_next(&items, &out[i]); i++)
        continue;
    return list->count <= most && !items.cursor.fault;
}

static bool take_header(const struct amqp_value *list, struct amqp_header *header)
{
    struct amqp_value at[5];
    uint64_t priority = 4, ttl = UINT64_MAX, count = 0;

    header->present = true;
    if (!list_items(list, at, 5) || !take_flag(&at[0], &header->durable) ||
        !take_uint(&at[1], AMQP_UBYTE, &priority) || !take_uint(&at[2], AMQP_UINT, &ttl) ||
        !take_flag(&at[3], &header->first_acquirer) || !take_uint(&at[4], AMQP_UINT, &count))
        return false;
    header->priority = (uint8_t)priority;
    header->ttl_ms = ttl == UINT64_MAX ? -1 : (int64_t)ttl;
    header->delivery_count = (uint32_t)count;
    return true;
}

static bool is_message_id(const struct amqp_value *value)
{
    return value->type == AMQP_NULL || value->type == AMQP_ULONG || value->type == AMQP_UUID ||
           value->type == AMQP_BINARY || value->type == AMQP_STRING;
}

static bool is_time(const struct amqp_value *value)
{
    return value->type == AMQP_NULL || value->type == AMQP_TIMESTAMP;
}

static bool take_properties(const struct amqp_value *list, struct amqp_properties *to)
{
    struct amqp_value at[13];
    uint64_t sequence = UINT64_MAX;

    to->present = true;
    if (!list_items(list, at, 13) || !is_message_id(&at[0]) || !is_message_id(&at[5]) ||
        !is_time(&at[8]) || !is_time(&at[9]))
        return false;
    to->message_id = at[0];
    to->correlation_id = at[5];
    to->absolute_expiry_time = at[8];
    to->creation_time = at[9];
    bool good = take_text(&at[1], AMQP_BINARY, &to->user_id) &&
                take_text(&at[2], AMQP_STRING, &to->to) &&
                take_text(&at[3], AMQP_STRING, &to->subject) &&
                take_text(&at[4], AMQP_STRING, &to->reply_to) &&
                take_text(&at[6], AMQP_SYMBOL, &to->content_type) &&
                take_text(&at[7], AMQP_SYMBOL, &to->content_encoding) &&
                take_text(&at[10], AMQP_STRING, &to->group_id) &&
                take_uint(&at[11], AMQP_UINT, &sequence) &&
                take_text(&at[12], AMQP_STRING, &to->reply_to_group_id);
    to->group_sequence = sequence == UINT64_MAX ? -1 : (int64_t)sequence;
    return good;
}

static void take_body(struct amqp_message *message, const struct section *section,
                      const struct amqp_value *value)
{
    if (message->body_sections++)
        return;
    message->body = section->code == AMQP_SECTION_DATA       ? AMQP_BODY_DATA
                    : section->code == AMQP_SECTION_SEQUENCE ? AMQP_BODY_SEQUENCE
                                                             : AMQP_BODY_VALUE;
    if (message->body == AMQP_BODY_DATA)
        message->data = value->bytes;
    else
        message->value = *value;
}

static enum base_status take_section(struct amqp_message *message, const struct section *section,
                                     const struct amqp_value *value, struct base_error *err)
{
    const char *sentence;

    if (!section->any_type && value->type != section->type)
        return base_error_set(err, BASE_PROTOCOL, "amqp:decode-error",
                              "%s: is of type %s, %s expected", section->name,
                              amqp_type_name(value->type), amqp_type_name(section->type));
    if (!amqp_check(value, &sentence))
        return fault(err, section->name, sentence);
    switch (section->code) {
    case AMQP_SECTION_HEADER:
        return take_header(value, &message->header)
                   ? BASE_OK
                   : fault(err, section->name, "a field has a wrong type");
    case AMQP_SECTION_PROPERTIES:
        return take_properties(value, &message->properties)
                   ? BASE_OK
                   : fault(err, section->name, "a field has a wrong type");
    case AMQP_SECTION_DELIVERY_ANNOTATIONS:
        message->delivery_annotations = *value;
        return BASE_OK;
    case AMQP_SECTION_MESSAGE_ANNOTATIONS:
        message->message_annotations = *value;
        return BASE_OK;
    case AMQP_SECTION_APPLICATION_PROPERTIES:
        message->application_properties = *value;
        return BASE_OK;
    case AMQP_SECTION_FOOTER:
        message->footer = *value;
        return BASE_OK;
    default:
        take_body(message, section, value);
        return BASE_OK;
    }
}
