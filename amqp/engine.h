/* amqp/engine.h (this room only): the state behind amqp/connection.h.
 *
 * connection.c owns the life of it all and time; frames.c cuts bytes into frames; sasl.c runs the
 * SASL layer; session.c windows and flow; link.c attach and detach; transfer.c messages in and out;
 * settle.c what became of them. Nothing below the frame loop frees a session or link save the
 * handlers of end and detach: they are the last to touch it. */
#ifndef AMQP_ENGINE_H
#define AMQP_ENGINE_H

#include "amqp/connection.h"
#include "amqp/wire.h"

#define AMQP_FRAME_AMQP 0
#define AMQP_FRAME_SASL 1
#define AMQP_FRAME_HEADER 8
#define AMQP_FRAME_LEAST 512 /* the specification's least max-frame-size */
#define AMQP_FRAME_SENT_MAX                                                                        \
    (1024 * 1024)               /* we never send a larger one, whatever the peer allows            \
                                 */
#define AMQP_CLOSE_WAIT_MS 5000 /* for the answer to our close */

/* An error that outlives the frame it came with. */
struct amqp_kept_error {
    bool set;
    char condition[96];
    char description[512];
};
void amqp_keep_error(struct amqp_kept_error *kept, const char *condition, const char *description);
struct amqp_error amqp_kept(const struct amqp_kept_error *kept); /* views; absent when not set */

enum amqp_stage {
    AMQP_STAGE_SASL_HEADER, /* the peer's SASL protocol header comes next */
    AMQP_STAGE_SASL,        /* SASL frames */
    AMQP_STAGE_HEADER,      /* the peer's AMQP protocol header comes next */
    AMQP_STAGE_FRAMES,
};

/* A run of deliveries that were settled alike and are not told yet. */
struct amqp_settle_run {
    amqp_session_t *session; /* NULL: none */
    uint32_t first, last;
    enum amqp_outcome_kind kind;
};

struct amqp_connection {
    struct amqp_connection_config config; /* texts and values below are copies */
    char *container_id, *hostname, *sasl_mechanism;
    struct base_buf sasl_response, open_properties, open_offered, open_desired;
    const char **sasl_mechanisms;
    const struct amqp_handlers *handlers;
    void *context;

    enum amqp_stage stage;
    struct base_buf in;  /* a header or frame that is not complete */
    struct base_buf out; /* for the peer, from out_head on */
    size_t out_head;
    struct base_buf held; /* frames that wait for the peer's open */
    size_t held_largest;
    bool output_full; /* somebody could not send because of max_output */

    bool sasl_done, open_sent, open_received, close_sent, close_received;
    bool doomed;   /* broken or refused: finished at the next chance */
    bool finished; /* everything ended, closed was called */
    struct amqp_kept_error end;
    struct base_error fault; /* of the frame at hand */

    int64_t now, started, last_in, last_out, close_at;
    char *remote_container, *remote_hostname;
    uint32_t remote_max_frame;
    uint32_t remote_channel_max;
    int64_t remote_idle_ms; /* -1: none */

    amqp_session_t **sessions; /* by our channel; NULL: free */
    uint32_t session_count;    /* slots */
    amqp_session_t **remote_channels;
    uint32_t remote_channel_count;
    size_t link_count;
    size_t buffered;
    struct amqp_settle_run run;
};

/* A message that was sent and waits for its outcome. */
struct amqp_unsettled {
    uint32_t id;
    amqp_link_t *link; /* NULL: forgotten */
    uint64_t cookie;
};

struct amqp_session {
    amqp_connection_t *connection;
    void *context;
    uint16_t channel;
    int32_t remote_channel; /* -1: not known yet */
    bool begin_received, end_sent;
    struct amqp_kept_error end;

    uint32_t next_outgoing_id, next_delivery_id; /* transfer frames; deliveries */
    uint32_t remote_incoming_window;
    uint32_t next_incoming_id, incoming_window;
    uint32_t remote_handle_max;

    amqp_link_t **links; /* by our handle; NULL: free */
    uint32_t link_slots;
    amqp_link_t **remote_handles;
    uint32_t remote_handle_slots;

    struct amqp_unsettled *unsettled; /* ids ascend; from unsettled_head on */
    size_t unsettled_head, unsettled_len, unsettled_cap, unsettled_live;
    bool unsettled_full; /* somebody could not send because of max_unsettled */
};

struct amqp_link {
    amqp_session_t *session;
    void *context;
    char *name;
    enum amqp_role role; /* ours */
    uint32_t handle;
    int64_t remote_handle; /* -1: not known, or given back */
    bool local;            /* attached by us first */
    bool attach_sent, attach_received, detach_sent, refused_by_peer;
    struct amqp_kept_error end;

    struct base_buf remote_frame; /* the peer's attach, which `remote` looks into */
    struct amqp_attach remote;
    uint8_t snd_settle_mode;

    uint32_t delivery_count, credit;
    bool drain;
    uint32_t auto_credit;

    size_t max_in;    /* receiving: bytes of a message */
    uint64_t max_out; /* sending: the peer's max-message-size; 0: none */

    /* Sending: the rest of a message that the window cut off. */
    struct base_buf rest;
    size_t rest_at;
    /* Receiving: a message in several frames. */
    bool assembling;
    struct base_buf parts;
    char tag[32];
    struct amqp_delivery delivery; /* id, tag, format, settled */
};

/* -- frames.c -- */
/* Starts a frame in the right buffer; a run of settlements goes out before it. Returns the buffer
 * and its mark. */
struct base_buf *amqp_frame_begin(amqp_connection_t *connection, uint8_t type, uint16_t channel,
                                  size_t *mark);
void amqp_frame_end(amqp_connection_t *connection, struct base_buf *out, size_t mark);
void amqp_send_frame(amqp_connection_t *connection, uint16_t channel,
                     const struct amqp_shape *shape, const void *from);
void amqp_send_protocol_header(amqp_connection_t *connection, uint8_t id);
void amqp_frames_input(amqp_connection_t *connection, const char *data, size_t len);

/* -- connection.c -- */
/* Tells the peer (close) when that is possible, and dooms the connection. */
void amqp_connection_fail(amqp_connection_t *connection, const char *condition, const char *fmt,
                          ...) BASE_PRINTF(3, 4);
void amqp_connection_send_open(amqp_connection_t *connection);
void amqp_connection_got_open(amqp_connection_t *connection, const struct amqp_value *list);
void amqp_connection_got_close(amqp_connection_t *connection, const struct amqp_value *list);

/* -- config.c */
void amqp_config_copy(amqp_connection_t *connection, const struct amqp_connection_config *config);

/* -- sasl.c -- */
void amqp_sasl_start(amqp_connection_t *connection); /* after the SASL headers were exchanged */
void amqp_sasl_frame(amqp_connection_t *connection, struct amqp_bytes body);

/* -- session.c -- */
void amqp_session_got_begin(amqp_connection_t *connection, uint16_t channel,
                            const struct amqp_value *list);
void amqp_session_got_end(amqp_session_t *session, const struct amqp_value *list);
void amqp_session_got_flow(amqp_session_t *session, const struct amqp_value *list);
/* Ends the session towards the peer with an error of ours. */
void amqp_session_fail(amqp_session_t *session, const char *condition, const char *fmt, ...)
    BASE_PRINTF(3, 4);
/* Ended callbacks for links and session, memory. `error` NULL: the session's own, or orderly. */
void amqp_session_finish(amqp_session_t *session, const struct amqp_error *error);
void amqp_session_send_flow(amqp_session_t *session, amqp_link_t *link, bool echo);
void amqp_session_kick(amqp_session_t *session); /* window or room came: go on sending */
void amqp_forget_remote_channel(amqp_session_t *session);

/* -- link.c -- */
amqp_link_t *amqp_link_new(amqp_session_t *session, struct amqp_bytes name, enum amqp_role role);
void amqp_link_send_attach(amqp_link_t *link, const struct amqp_attach *attach);
void amqp_link_send_detach(amqp_link_t *link, const struct amqp_error *error);
bool amqp_link_awaits_answer(
    const amqp_link_t *link); /* asked for by the peer, not answered by us */
void amqp_link_tell_credit(amqp_link_t *link);
/* Ended callback, memory. */
void amqp_link_finish(amqp_link_t *link, const struct amqp_error *error);

/* -- attach.c -- */
void amqp_link_got_attach(amqp_session_t *session, const struct amqp_value *list);
void amqp_link_got_detach(amqp_session_t *session, const struct amqp_value *list);
void amqp_link_got_flow(amqp_link_t *link, const struct amqp_flow *flow);
amqp_link_t *amqp_link_by_remote(amqp_session_t *session, uint64_t handle);

/* -- transfer.c, settle.c -- */
void amqp_transfer_got(amqp_session_t *session, const struct amqp_value *list,
                       struct amqp_bytes payload);
void amqp_transfer_rest(amqp_link_t *link); /* sends more of link->rest as the window allows */
void amqp_disposition_got(amqp_session_t *session, const struct amqp_value *list);
void amqp_unsettled_add(amqp_session_t *session, uint32_t id, amqp_link_t *link, uint64_t cookie);
void amqp_unsettled_forget(amqp_link_t *link);
bool amqp_unsettled_room(amqp_session_t *session);
void amqp_settle_flush(amqp_connection_t *connection);

#endif
