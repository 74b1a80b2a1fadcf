/* amqp/message.h: the sections of an AMQP message (part 3 of the specification, §3.2), taken apart
 * and put together.
 *
 * A parsed message is views into the payload; nothing is copied. The message-format number travels
 * in the transfer, not here: what a format other than 0 means is the caller's. */
#ifndef AMQP_MESSAGE_H
#define AMQP_MESSAGE_H

#include "amqp/codec.h"

/* Section descriptors. */
#define AMQP_SECTION_HEADER 0x70u
#define AMQP_SECTION_DELIVERY_ANNOTATIONS 0x71u
#define AMQP_SECTION_MESSAGE_ANNOTATIONS 0x72u
#define AMQP_SECTION_PROPERTIES 0x73u
#define AMQP_SECTION_APPLICATION_PROPERTIES 0x74u
#define AMQP_SECTION_DATA 0x75u
#define AMQP_SECTION_SEQUENCE 0x76u
#define AMQP_SECTION_VALUE 0x77u
#define AMQP_SECTION_FOOTER 0x78u

enum amqp_body {
    AMQP_BODY_NONE,
    AMQP_BODY_DATA,     /* one or more data sections */
    AMQP_BODY_SEQUENCE, /* one or more sequence sections */
    AMQP_BODY_VALUE,
};

struct amqp_header {
    bool present;
    bool durable;
    uint8_t priority; /* 4 when absent */
    int64_t ttl_ms;   /* -1: absent */
    bool first_acquirer;
    uint32_t delivery_count;
};

struct amqp_properties {
    bool present;
    struct amqp_value message_id; /* ulong, uuid, binary or string */
    struct amqp_bytes user_id, to, subject, reply_to;
    struct amqp_value correlation_id;
    struct amqp_bytes content_type, content_encoding;      /* symbols */
    struct amqp_value absolute_expiry_time, creation_time; /* timestamps */
    struct amqp_bytes group_id;
    int64_t group_sequence; /* -1: absent */
    struct amqp_bytes reply_to_group_id;
};

struct amqp_message {
    struct amqp_header header;
    struct amqp_value delivery_annotations, message_annotations; /* MAP or NULL */
    struct amqp_properties properties;
    struct amqp_value application_properties; /* MAP or NULL */
    enum amqp_body body;
    struct amqp_bytes data;   /* content of the first data section */
    uint32_t body_sections;   /* how many data or sequence sections; 1 for a value */
    struct amqp_value value;  /* BODY_VALUE: the value; BODY_SEQUENCE: the first list */
    struct amqp_value footer; /* MAP or NULL */

    /* Encoded spans, for whoever stores or re-wraps (set by parse, ignored by build): */
    struct amqp_bytes
        bare; /* from properties to the last body section: what nobody on the way may change */
    struct amqp_bytes sections; /* the body sections alone, still encoded */
};

/* Empties `message`: no sections, defaults as the specification says. */
void amqp_message_init(struct amqp_message *message);

/* Takes the payload of one delivery apart; every section is walked to its depth. Sections must come
 * in order, each at most once (data and sequence excepted). Fails: BASE_PROTOCOL, code
 * "amqp:decode-error", a sentence naming the section and what was wrong. An empty payload is an
 * error. Symbolic descriptors (amqp:data:binary ...) are understood too. */
BASE_MUST_USE enum base_status
amqp_message_parse(struct amqp_bytes payload, struct amqp_message *message, struct base_error *err);

/* Data sections one after the other: for (at = message.sections; amqp_message_next_data(&at,
 * &data);). */
bool amqp_message_next_data(struct amqp_bytes *at, struct amqp_bytes *data);

/* Appends all sections that are present (maps may be AMQP_RAW); the body is one section: `data` or
 * `value`. */
void amqp_message_build(struct base_buf *out, const struct amqp_message *message);

/* Single sections, for whoever builds piece by piece (in the order of the specification). */
void amqp_put_section_header(struct base_buf *out, const struct amqp_header *header);
void amqp_put_section_properties(struct base_buf *out, const struct amqp_properties *properties);
void amqp_put_section_data(struct base_buf *out, const void *data, size_t len);
/* Annotations, application-properties, value, footer: the descriptor and the value. */
void amqp_put_section(struct base_buf *out, uint64_t section, const struct amqp_value *value);

#endif
