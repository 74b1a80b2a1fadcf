/* Decides how message sections are written. */
#include "amqp/message.h"

static void put_text(struct base_buf *out, enum amqp_type type, struct amqp_bytes text)
{
    struct amqp_value value = {.type = text.data ? type : AMQP_NULL, .bytes = text};

    amqp_put_value(out, &value);
}

void amqp_message_build(struct base_buf *out, const struct amqp_message *message)
{
    const struct amqp_value *annotations = &message->message_annotations;

    if (message->header.present)
        amqp_put_section_header(out, &message->header);
    if (message->delivery_annotations.type != AMQP_NULL)
        amqp_put_section(out, AMQP_SECTION_DELIVERY_ANNOTATIONS, &message->delivery_annotations);
    if (annotations->type != AMQP_NULL)
        amqp_put_section(out, AMQP_SECTION_MESSAGE_ANNOTATIONS, annotations);
    if (message->properties.present)
        amqp_put_section_properties(out, &message->properties);
    if (message->application_properties.type != AMQP_NULL)
        amqp_put_section(out, AMQP_SECTION_APPLICATION_PROPERTIES,
                         &message->application_properties);
    if (message->body == AMQP_BODY_DATA)
        amqp_put_section_data(out, message->data.data, message->data.len);
    if (message->body == AMQP_BODY_SEQUENCE)
        amqp_put_section(out, AMQP_SECTION_SEQUENCE, &message->value);
    if (message->body == AMQP_BODY_VALUE)
        amqp_put_section(out, AMQP_SECTION_VALUE, &message->value);
    if (message->footer.type != AMQP_NULL)
        amqp_put_section(out, AMQP_SECTION_FOOTER, &message->footer);
}

void amqp_put_section_header(struct base_buf *out, const struct amqp_header *header)
{
    amqp_put_descriptor(out, AMQP_SECTION_HEADER);
    size_t mark = amqp_put_list(out);

    amqp_put_bool(out, header->durable);
    amqp_put_ubyte(out, header->priority);
    if (header->ttl_ms >= 0)
        amqp_put_uint(out, header->ttl_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)header->ttl_ms);
    else
        amqp_put_null(out);
    amqp_put_bool(out, header->first_acquirer);
    amqp_put_uint(out, header->delivery_count);
    amqp_put_end(out, mark, 5);
}

void amqp_put_section_properties(struct base_buf *out, const struct amqp_properties *properties)
{
    amqp_put_descriptor(out, AMQP_SECTION_PROPERTIES);
    size_t mark = amqp_put_list(out);

    amqp_put_value(out, &properties->message_id);
    put_text(out, AMQP_BINARY, properties->user_id);
    put_text(out, AMQP_STRING, properties->to);
    put_text(out, AMQP_STRING, properties->subject);
    put_text(out, AMQP_STRING, properties->reply_to);
    amqp_put_value(out, &properties->correlation_id);
    put_text(out, AMQP_SYMBOL, properties->content_type);
    put_text(out, AMQP_SYMBOL, properties->content_encoding);
    amqp_put_value(out, &properties->absolute_expiry_time);
    amqp_put_value(out, &properties->creation_time);
    put_text(out, AMQP_STRING, properties->group_id);
    if (properties->group_sequence >= 0)
        amqp_put_uint(out, (uint32_t)properties->group_sequence);
    else
        amqp_put_null(out);
    put_text(out, AMQP_STRING, properties->reply_to_group_id);
    amqp_put_end(out, mark, 13);
}

void amqp_put_section_data(struct base_buf *out, const void *data, size_t len)
{
    amqp_put_descriptor(out, AMQP_SECTION_DATA);
    amqp_put_binary(out, data, len);
}

void amqp_put_section(struct base_buf *out, uint64_t section, const struct amqp_value *value)
{
    amqp_put_descriptor(out, section);
    amqp_put_value(out, value);
}
