/* amqp/connection.h: the AMQP 1.0 engine: one connection with its sessions and links, client or
 * server, without I/O.
 *
 * Bytes read from the peer go into amqp_connection_input; bytes for the peer are taken from
 * amqp_connection_output; time comes in as a parameter (monotonic real milliseconds). What happens
 * is told through a table of callbacks.
 *
 * Rules for all of it:
 *  - One thread at a time per connection; connections share nothing.
 *  - Callbacks run inside amqp_connection_input, _tick, _eof, _free, and (link_credit only)
 * _output_drop; never inside other calls. In a callback every function below is allowed except
 * _input, _tick, _eof, _output_drop and _free.
 *  - Everything that a callback receives is borrowed until it returns.
 *  - A session or link lives until its ended callback returns; that callback comes exactly once for
 * each, whoever ended it, at the latest from amqp_connection_free. So it is the place to release
 * what hangs on the context pointers.
 *  - A peer that breaks the protocol gets the close, end or detach with the specification's
 * condition, and the ended callbacks see the same error. Later input is ignored.
 *  - Not supported: transactions, resuming deliveries, rcv-settle-mode second (answered with
 * first), SASL security layers and mechanisms with more than one step. */
#ifndef AMQP_CONNECTION_H
#define AMQP_CONNECTION_H

#include "amqp/performative.h"

typedef struct amqp_connection amqp_connection_t;
typedef struct amqp_session amqp_session_t;
typedef struct amqp_link amqp_link_t;

enum amqp_side { AMQP_CLIENT, AMQP_SERVER };

/* One received message, whole. */
struct amqp_delivery {
    uint32_t id; /* for amqp_link_settle */
    struct amqp_bytes tag;
    uint32_t message_format;
    bool settled;              /* the sender wants no answer */
    struct amqp_bytes payload; /* the encoded sections; see amqp/message.h */
};

/* Any member may be NULL. `context` is the connection's; links and sessions have their own
 * (amqp_link_context). */
struct amqp_handlers {
    /* Server: a mechanism was chosen (one of the offered ones); `response` may be absent. Default:
     * AMQP_SASL_OK. */
    enum amqp_sasl_code (*sasl)(void *context, amqp_connection_t *connection,
                                struct amqp_bytes mechanism, struct amqp_bytes response);
    /* The peer's open arrived; ours is sent already. Call amqp_connection_close here to turn the
     * peer away. */
    void (*opened)(void *context, amqp_connection_t *connection, const struct amqp_open *remote);
    /* The end of the connection, exactly once, after all sessions and links ended. `error` NULL:
     * orderly. */
    void (*closed)(void *context, amqp_connection_t *connection, const struct amqp_error *error);

    /* A session is up: begun by the peer (answered already) or by us and answered. */
    void (*session_begun)(void *context, amqp_session_t *session);
    void (*session_ended)(void *context, amqp_session_t *session, const struct amqp_error *error);

    /* The peer attached a link: call amqp_link_accept or amqp_link_refuse, now or later. NULL (a
     * client): a link that nobody here asked for ends the session with amqp:not-allowed. */
    void (*link_requested)(void *context, amqp_link_t *link, const struct amqp_attach *remote);
    /* The peer answered our attach. Not called for a refusal (null source or target): link_ended
     * follows then. */
    void (*link_attached)(void *context, amqp_link_t *link, const struct amqp_attach *remote);
    /* Detached by either side, or its session or connection ended. `error` NULL: orderly. */
    void (*link_ended)(void *context, amqp_link_t *link, const struct amqp_error *error);

    /* Sending links: credit, window or room in the output came; send while amqp_link_sendable. Also
     * when drain was asked. */
    void (*link_credit)(void *context, amqp_link_t *link);
    /* Receiving links: a whole message. Unless delivery->settled, answer with amqp_link_settle, now
     * or later. */
    void (*message)(void *context, amqp_link_t *link, const struct amqp_delivery *delivery);
    /* Sending links: the receiver's verdict on a message sent unsettled; it is settled and
     * forgotten now. Messages still unsettled when the link ends get no call: link_ended says it
     * all. */
    void (*outcome)(void *context, amqp_link_t *link, uint64_t cookie,
                    const struct amqp_outcome *outcome);
};

/* Copied by amqp_connection_new. Zero means the value in brackets. */
struct amqp_connection_config {
    enum amqp_side side;
    const char *container_id; /* must be given */
    const char *hostname;     /* client: the name put into open and sasl-init; NULL: none */

    /* SASL. Server: the mechanisms offered, NULL-terminated (the names themselves are borrowed for
     * the life of the connection); NULL: SASL is refused. `sasl_optional` lets a client skip it. Client: the mechanism to choose and its initial response; NULL: no
     * SASL layer. */
    const char *const *sasl_mechanisms;
    bool sasl_optional;
    const char *sasl_mechanism;
    struct amqp_bytes sasl_response;

    uint32_t max_frame_size; /* [65536]; at least 512 */
    uint16_t channel_max;    /* [255] highest channel: sessions - 1 */
    uint32_t handle_max;     /* [255] highest handle: links per session - 1 */
    uint32_t links_max;      /* [1024] links of all sessions */
    int64_t idle_timeout_ms; /* [0: none] advertised; the peer is given up after twice that without
                                a byte */
    int64_t handshake_timeout_ms; /* [30000] until open arrived; negative: none */
    uint32_t incoming_window;     /* [5000] frames */
    size_t
        max_message_size; /* [1 MiB + 64 KiB] of a received message, where a link names no other */
    size_t max_output;    /* [4 MiB] bytes for the peer; amqp_link_sendable turns false beyond */
    size_t max_buffered;  /* [16 MiB] partly received or partly sent messages of all links. A peer
                             that lets more than max_output + max_buffered wait is given up */
    size_t max_unsettled; /* [8192] sent messages per session that wait for their outcome */

    struct amqp_value properties, offered_capabilities,
        desired_capabilities; /* of open; AMQP_NULL: none */
};

/* `handlers` is borrowed (a static table), `context` is passed to every callback. Never fails.
 * Output holds the protocol header of a client at once. now_ms starts the handshake time-out. */
amqp_connection_t *amqp_connection_new(const struct amqp_connection_config *config,
                                       const struct amqp_handlers *handlers, void *context,
                                       int64_t now_ms) BASE_MUST_USE;
void amqp_connection_free(
    amqp_connection_t *connection); /* NULL is fine; callbacks for what still lives */

/* Takes all of `data`, in pieces of any size. */
void amqp_connection_input(amqp_connection_t *connection, const void *data, size_t len,
                           int64_t now_ms);
/* The transport ended: everything that lives gets its ended callback (error amqp:connection:forced
 * unless close was exchanged). */
void amqp_connection_eof(amqp_connection_t *connection);
/* Bytes to be written to the peer; *data is valid until the next call that is not _output. Returns
 * their count. */
size_t amqp_connection_output(amqp_connection_t *connection, const void **data);
void amqp_connection_output_drop(amqp_connection_t *connection, size_t written);
/* When _tick must be called next (same clock as now_ms); -1: never. Changes with every call. */
int64_t amqp_connection_deadline(const amqp_connection_t *connection);
void amqp_connection_tick(amqp_connection_t *connection, int64_t now_ms);

/* Open has been exchanged and nobody closed. */
bool amqp_connection_is_open(const amqp_connection_t *connection);
/* Nothing more will come or go (once the output is written): close the socket. */
bool amqp_connection_is_done(const amqp_connection_t *connection);
/* Sends close; `condition` NULL: orderly. The closed callback comes when the peer answers, or with
 * eof or free. */
void amqp_connection_close(amqp_connection_t *connection, const char *condition,
                           const char *description);
void *amqp_connection_context(const amqp_connection_t *connection);
/* Of the peer's open, kept; "" before it arrived or when absent. */
const char *amqp_connection_remote_container(const amqp_connection_t *connection);
const char *amqp_connection_remote_hostname(const amqp_connection_t *connection);

/* -- sessions -- */

/* Sends begin (kept back until open was exchanged). Attach at once; no need to wait. NULL when
 * channel-max is reached or the connection is closing. */
amqp_session_t *amqp_session_begin(amqp_connection_t *connection, void *context) BASE_MUST_USE;
/* Sends end; its links end with it, when the peer answers. */
void amqp_session_end(amqp_session_t *session, const char *condition, const char *description);
amqp_connection_t *amqp_session_connection(const amqp_session_t *session);
void *amqp_session_context(const amqp_session_t *session);
void amqp_session_set_context(amqp_session_t *session, void *context);

/* -- links -- */

/* Attaches a link of our own: name, role, source and target of `attach` (see amqp_attach_init; set
 * .present and .address). NULL when handle-max or links_max is reached, or the session is ending.
 */
amqp_link_t *amqp_link_attach(amqp_session_t *session, const struct amqp_attach *attach,
                              void *context) BASE_MUST_USE;
/* Answers link_requested. `reply` NULL: the mirror of what was asked (see amqp_link_mirror). When answering late, look at
 * amqp_link_sendable afterwards: credit may have come already, and link_credit is not called for it. */
void amqp_link_accept(amqp_link_t *link, const struct amqp_attach *reply);
/* Fills `reply` with the mirror: same name, source, target and modes, role turned round, no
 * capabilities or properties. Views into the link. */
void amqp_link_mirror(const amqp_link_t *link, struct amqp_attach *reply);
/* Answers link_requested with an attach whose source or target is null, then detach with the error.
 */
void amqp_link_refuse(amqp_link_t *link, const char *condition, const char *description);
/* Sends detach (closed). link_ended comes with the peer's answer; no message or credit callback
 * comes before it. */
void amqp_link_detach(amqp_link_t *link, const char *condition, const char *description);

amqp_connection_t *amqp_link_connection(const amqp_link_t *link);
amqp_session_t *amqp_link_session(const amqp_link_t *link);
void *amqp_link_context(const amqp_link_t *link);
void amqp_link_set_context(amqp_link_t *link, void *context);
enum amqp_role amqp_link_role(const amqp_link_t *link); /* ours */
/* What the peer sent in its attach, kept for the life of the link; NULL before it came. */
const struct amqp_attach *amqp_link_remote(const amqp_link_t *link);
/* Attached on both sides and not being detached. */
bool amqp_link_is_up(const amqp_link_t *link);
uint32_t amqp_link_credit(const amqp_link_t *link); /* left: as granted to us, or by us */

/* Receiving: the peer may send `credit` more messages from now on (absolute, not added). `drain`:
 * use it up or give it back: then link credit falls to 0 by the peer's flow. */
void amqp_link_flow(amqp_link_t *link, uint32_t credit, bool drain);
/* Receiving: grants `credit` and keeps it topped up as messages arrive (a flow for every half). 0
 * stops that. */
void amqp_link_auto_credit(amqp_link_t *link, uint32_t credit);
/* Receiving: settles delivery `id` with this outcome. Runs of equal outcomes with consecutive ids
 * given within one callback or between two _output calls travel as one disposition. */
void amqp_link_settle(amqp_link_t *link, uint32_t id, const struct amqp_outcome *outcome);
void amqp_link_accept_delivery(amqp_link_t *link, uint32_t id);
void amqp_link_reject(amqp_link_t *link, uint32_t id, const char *condition,
                      const char *description);

/* Sending: a message may go now (up, credit, window open, output below max_output, no part of an
 * earlier one left). */
bool amqp_link_sendable(const amqp_link_t *link);
/* Sending: the peer asked to drain. Send what there is, then amqp_link_drained gives the rest of
 * the credit back. */
bool amqp_link_draining(const amqp_link_t *link);
void amqp_link_drained(amqp_link_t *link);

struct amqp_send {
    const struct amqp_bytes *parts; /* the payload is their concatenation; copied by the call */
    size_t part_count;
    uint32_t message_format;
    bool settled;    /* no outcome will come; forced when the link's snd-settle-mode is settled,
                        forbidden when unsettled */
    uint64_t cookie; /* comes back with the outcome */
};
/* Sends one message, split into frames as needed; frames beyond the peer's window wait inside
 * (bounded). Fails: BASE_CONFLICT (not amqp_link_sendable), BASE_TOO_LARGE (beyond the peer's
 * max-message-size; code amqp:link:message-size-exceeded), BASE_THROTTLED (max_unsettled or
 * max_buffered reached). */
BASE_MUST_USE enum base_status amqp_link_send(amqp_link_t *link, const struct amqp_send *message,
                                              struct base_error *err);

/* SASL PLAIN: parts of a response (authzid NUL user NUL password). False when it is not one. Views.
 */
bool amqp_sasl_plain_parse(struct amqp_bytes response, struct amqp_bytes *user,
                           struct amqp_bytes *password);
void amqp_sasl_plain_build(struct base_buf *out, const char *user, const char *password);

#endif
