/* amqp/performative.h: the frame bodies of AMQP 1.0 (parts 2 and 5) as plain structs.
 *
 * Absent fields: texts have data == NULL, values have type AMQP_NULL, optional numbers are -1;
 * others hold the specification's default. Decoded structs are views into the frame. When a struct
 * is filled to be sent, maps and capabilities may be AMQP_RAW values made with amqp/codec.h. */
#ifndef AMQP_PERFORMATIVE_H
#define AMQP_PERFORMATIVE_H

#include "amqp/codec.h"

/* Error conditions of the specification (§2.8.15 to 2.8.18). */
#define AMQP_E_INTERNAL "amqp:internal-error"
#define AMQP_E_NOT_FOUND "amqp:not-found"
#define AMQP_E_UNAUTHORIZED "amqp:unauthorized-access"
#define AMQP_E_DECODE "amqp:decode-error"
#define AMQP_E_RESOURCE_LIMIT "amqp:resource-limit-exceeded"
#define AMQP_E_NOT_ALLOWED "amqp:not-allowed"
#define AMQP_E_INVALID_FIELD "amqp:invalid-field"
#define AMQP_E_NOT_IMPLEMENTED "amqp:not-implemented"
#define AMQP_E_RESOURCE_LOCKED "amqp:resource-locked"
#define AMQP_E_PRECONDITION "amqp:precondition-failed"
#define AMQP_E_RESOURCE_DELETED "amqp:resource-deleted"
#define AMQP_E_ILLEGAL_STATE "amqp:illegal-state"
#define AMQP_E_FRAME_SIZE "amqp:frame-size-too-small"
#define AMQP_E_CONNECTION_FORCED "amqp:connection:forced"
#define AMQP_E_FRAMING "amqp:connection:framing-error"
#define AMQP_E_REDIRECT "amqp:connection:redirect"
#define AMQP_E_WINDOW "amqp:session:window-violation"
#define AMQP_E_ERRANT_LINK "amqp:session:errant-link"
#define AMQP_E_HANDLE_IN_USE "amqp:session:handle-in-use"
#define AMQP_E_UNATTACHED "amqp:session:unattached-handle"
#define AMQP_E_DETACH_FORCED "amqp:link:detach-forced"
#define AMQP_E_TRANSFER_LIMIT "amqp:link:transfer-limit-exceeded"
#define AMQP_E_MESSAGE_SIZE "amqp:link:message-size-exceeded"
#define AMQP_E_LINK_REDIRECT "amqp:link:redirect"
#define AMQP_E_STOLEN "amqp:link:stolen"

struct amqp_error {
    struct amqp_bytes condition; /* absent: no error */
    struct amqp_bytes description;
    struct amqp_value info; /* map */
};
struct amqp_error amqp_error_of(const char *condition, const char *description); /* borrowed */

enum amqp_role { AMQP_SENDER = 0, AMQP_RECEIVER = 1 };
enum { AMQP_SND_UNSETTLED = 0, AMQP_SND_SETTLED = 1, AMQP_SND_MIXED = 2 };
enum { AMQP_RCV_FIRST = 0, AMQP_RCV_SECOND = 1 };

struct amqp_open {
    struct amqp_bytes container_id, hostname;
    uint32_t max_frame_size; /* default 2^32 - 1 */
    uint16_t channel_max;    /* default 65535 */
    int64_t idle_timeout_ms; /* -1: none */
    struct amqp_value outgoing_locales, incoming_locales, offered_capabilities,
        desired_capabilities, properties;
};

struct amqp_begin {
    int64_t remote_channel; /* -1 in a begin that is not an answer */
    uint32_t next_outgoing_id, incoming_window, outgoing_window;
    uint32_t handle_max; /* default 2^32 - 1 */
    struct amqp_value offered_capabilities, desired_capabilities, properties;
};

struct amqp_source {
    bool present;              /* false: null (a refused attach) */
    struct amqp_value address; /* usually a string */
    uint32_t durable;
    struct amqp_bytes expiry_policy; /* absent: session-end */
    uint32_t timeout_s;
    bool dynamic;
    struct amqp_value dynamic_node_properties;
    struct amqp_bytes distribution_mode;
    struct amqp_value filter; /* map symbol -> described value */
    struct amqp_value default_outcome, outcomes, capabilities;
};

struct amqp_target {
    bool present;
    struct amqp_value address;
    uint32_t durable;
    struct amqp_bytes expiry_policy;
    uint32_t timeout_s;
    bool dynamic;
    struct amqp_value dynamic_node_properties, capabilities;
    bool coordinator; /* a transaction coordinator (part 4): not a target that we can serve */
};

struct amqp_attach {
    struct amqp_bytes name;
    uint32_t handle;         /* the engine's business; ignored when sent by the application */
    enum amqp_role role;     /* of the one who sends the attach */
    uint8_t snd_settle_mode; /* AMQP_SND_*; default mixed */
    uint8_t rcv_settle_mode; /* AMQP_RCV_* */
    struct amqp_source source;
    struct amqp_target target;
    struct amqp_value
        unsettled; /* map; resuming deliveries is not supported: received, and ignored */
    bool incomplete_unsettled;
    int64_t initial_delivery_count; /* senders; -1: absent */
    uint64_t max_message_size;      /* 0: no limit */
    struct amqp_value offered_capabilities, desired_capabilities, properties;
};
/* No name, no source, no target, every default. */
void amqp_attach_init(struct amqp_attach *attach, const char *name, enum amqp_role role);

struct amqp_flow {
    int64_t next_incoming_id; /* -1: absent */
    uint32_t incoming_window, next_outgoing_id, outgoing_window;
    int64_t handle, delivery_count, link_credit, available; /* -1: absent */
    bool drain, echo;
    struct amqp_value properties;
};

struct amqp_transfer {
    uint32_t handle;
    int64_t delivery_id; /* -1: absent (later frames of a delivery) */
    struct amqp_bytes delivery_tag;
    int64_t message_format; /* -1: absent */
    bool settled, more;
    int64_t rcv_settle_mode; /* -1: absent */
    struct amqp_value state;
    bool resume, aborted, batchable;
};

struct amqp_disposition {
    bool role; /* true: sent by the receiver of the deliveries */
    uint32_t first;
    int64_t last; /* -1: the same as first */
    bool settled;
    struct amqp_value state;
    bool batchable;
};

struct amqp_detach {
    uint32_t handle;
    bool closed;
    struct amqp_error error;
};

/* What became of a delivery (§3.4). */
enum amqp_outcome_kind {
    AMQP_NO_OUTCOME, /* settled without a state */
    AMQP_RECEIVED,   /* not final */
    AMQP_ACCEPTED,
    AMQP_REJECTED,
    AMQP_RELEASED,
    AMQP_MODIFIED,
    AMQP_UNKNOWN_OUTCOME,
};
struct amqp_outcome {
    enum amqp_outcome_kind kind;
    struct amqp_error error;                  /* REJECTED */
    bool delivery_failed, undeliverable_here; /* MODIFIED */
    struct amqp_value message_annotations;    /* MODIFIED */
};
const char *amqp_outcome_name(enum amqp_outcome_kind kind); /* "accepted" ... */

enum amqp_sasl_code {
    AMQP_SASL_OK = 0,
    AMQP_SASL_AUTH = 1, /* bad credentials */
    AMQP_SASL_SYS = 2,
    AMQP_SASL_SYS_PERM = 3,
    AMQP_SASL_SYS_TEMP = 4,
};

#endif
