/* eventhub/peer.h: one AMQP connection of a client and its links. Everything here runs on the loop thread. */
#ifndef EVENTHUB_PEER_H
#define EVENTHUB_PEER_H

#include "amqp/connection.h"
#include "simulators/eventhub/address.h"
#include "simulators/eventhub/auth.h"
#include "simulators/eventhub/text.h"
#include "simulators/kit/fault.h"
#include "simulators/kit/trace.h"

struct eh_peer;
struct eh_link;

struct eh_node {      /* what a kind of link does */
    const char *role; /* in the view: "sender", "receiver", "$cbs", "$management" */
    /* Checks and answers an attach. Fills `link`; NULL: accepted; else the description of the refusal (heap) and
     * *condition. */
    char *(*attach)(struct eh_link *link, const struct amqp_attach *remote, const char **condition);
    void (*message)(struct eh_link *link,
                    const struct amqp_delivery *delivery); /* from the peer; NULL: none come */
    void (*credit)(struct eh_link *link);                  /* to the peer; NULL: none go */
};

struct eh_link {
    struct eh_peer *peer;
    amqp_link_t *link;
    const struct eh_node *node;
    struct eh_address address;
    bool attached; /* accepted by us, and not being detached */
    /* send and receive: */
    struct eh_hub *hub; /* counted */
    int partition;      /* -1: any */
    char group[64];     /* as spelled in the hub */
    char identity[128];
    char *claim_path; /* lower case: what a claim must cover */
    /* receive: */
    int64_t next;       /* sequence number of the next event to send */
    int64_t after;      /* events enqueued up to this time are skipped */
    int64_t epoch;      /* -1: none */
    char receiver[128]; /* its name, "nil" when it gave none */
    bool metric;
    /* send: */
    char starved_by[128];        /* the rule that keeps it without credit; "": none */
    struct eh_link *next_reader; /* in its partition */
    /* for the trace, since the last flush: */
    size_t events, transfers;
    int64_t last_sequence;
    /* $cbs, $management: replies that wait for credit */
    struct base_buf *replies;
    size_t reply_count;
    struct eh_link *next_of_peer;
    struct eh_link *next_live, *previous_live; /* under eh->link_lock */
};
#define EH_REPLIES_MAX 100
#define EH_SENDER_CREDIT 1000

struct eh_peer {
    eh_t *eh;
    amqp_connection_t *connection;
    char host[256]; /* SNI of the TLS handshake; "" when plain */
    char space[64]; /* the namespace, lower case; "" before open */
    struct eh_claims claims;
    struct eh_link *links;
    char *user, *password;      /* SASL PLAIN, until open says which namespace it is for */
    struct eh_batch batch;      /* reused for each message */
    bool busy;                  /* links have something for the trace */
    int64_t busy_since;         /* real ms, when it became busy; the loop's */
    int64_t review_ms;          /* clock: when a token expires */
    unsigned generation;        /* of the world when the links were last looked at */
    sim_fault_pause_t *pause;   /* holds the connection; NULL: nothing does */
    bool starving;              /* a link has no credit on purpose */
    bool broken;                /* the socket is to be closed without a word */
    char fault[SIM_FAULT_TEXT]; /* what struck it: for the next entry of the trace; "": nothing */
};

/* A connection that was just accepted. `now_ms`: base_monotonic_ms(). */
struct eh_peer *eh_peer_new(eh_t *eh, int64_t now_ms) BASE_MUST_USE;
void eh_peer_free(struct eh_peer *peer);
/* Detaches links whose hub or group is gone, whose hub is disabled, or whose token expired. */
void eh_peer_review(struct eh_peer *peer);
/* When the next token of the peer expires (clock ms); INT64_MAX: never. */
int64_t eh_peer_expiry(const struct eh_peer *peer);
/* Writes down what links moved since the last flush. */
void eh_peer_flush_trace(struct eh_peer *peer);

/* link.c */
/* Detaches with an error of ours; takes `description` (heap) over. */
void eh_link_end(struct eh_link *link, const char *condition, char *description);
/* An entry of the trace about this link. `detail` is JSON or NULL; `condition` NULL: it went well. */
void eh_link_trace(const struct eh_link *link, const char *method, const char *condition,
                   const char *detail);
extern const struct amqp_handlers eh_peer_handlers;
/* The callbacks that concern links. */
void eh_link_requested(void *context, amqp_link_t *link, const struct amqp_attach *remote);
void eh_link_ended(void *context, amqp_link_t *link, const struct amqp_error *error);
void eh_link_credit(void *context, amqp_link_t *link);
void eh_link_message(void *context, amqp_link_t *link, const struct amqp_delivery *delivery);
cJSON *eh_view_links(void *eh) BASE_MUST_USE;
/* Finds the hub of a link's address and its partition. NULL: found; else as eh_node.attach. */
char *eh_link_find_hub(struct eh_link *link, const char **condition);
/* Is one of `any_of` granted? NULL: yes (identity and claim path are filled); else as eh_node.attach. */
char *eh_link_authorize(struct eh_link *link, unsigned any_of, const char **condition);
/* Accepts with the mirror of what was asked, plus `max_size` and a capability (NULL: none). */
void eh_link_accept(struct eh_link *link, uint64_t max_size, const char *capability);

/* The kinds. */
extern const struct eh_node eh_node_cbs, eh_node_management, eh_node_sender, eh_node_receiver;

/* reply.c: answers of $cbs and $management. */
struct eh_reply {
    int status;
    const char *description;
    const char *condition;        /* NULL when it went well */
    const struct base_buf *value; /* encoded body value; NULL: null */
};
/* Answers `request`, which came on `link`, on the link that the peer opened for the answers. */
void eh_reply_send(struct eh_link *link, const struct amqp_message *request,
                   const struct eh_reply *reply);
void eh_reply_credit(struct eh_link *link);
/* A text out of the application properties of a request, into the arena; NULL when absent. */
const char *eh_request_text(struct base_arena *arena, const struct amqp_message *request,
                            const char *name);

/* receiver.c: sends what there is. False: nothing more can go now; true: more could (the budget is used up). */
bool eh_receiver_pump(struct eh_link *link);
/* The link leaves its partition. */
void eh_receiver_leave(struct eh_link *link);

#endif
