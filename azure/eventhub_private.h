/* azure/eventhub_private.h (eventhub*.c only): one connection, its links, and who waits for them.
 *
 * One lock per client guards everything below it, the AMQP engine included. The I/O thread (eventhub_io.c) holds it while it
 * moves bytes and while callbacks run; callers hold it while they touch the engine, and wait on `changed` for what callbacks
 * record. Names ending in _locked want the lock held; those that say so give it up for a while. */
#ifndef AZURE_EVENTHUB_PRIVATE_H
#define AZURE_EVENTHUB_PRIVATE_H

#include "amqp/connection.h"
#include "azure/eventhub.h"
#include "common/stream.h"

#include <pthread.h>

#define AZ_BATCH_FORMAT 0x80013700u
#define AZ_DEFAULT_MESSAGE_MAX (1024 * 1024) /* when the service names none */

enum az_link_state { AZ_LINK_CLOSED, AZ_LINK_ATTACHING, AZ_LINK_UP, AZ_LINK_ENDED };

/* A link and the session it lives in. First member of whatever uses one. */
struct az_link {
    az_eventhub_t *client;
    amqp_link_t *link;       /* NULL before and after its life */
    amqp_session_t *session; /* the same */
    enum az_link_state state;
    struct base_error error; /* why it ended */
    void (*message)(struct az_link *link, const struct amqp_delivery *delivery);
    void (*outcome)(struct az_link *link, uint64_t cookie, const struct amqp_outcome *outcome);
};

/* Request and response over a pair of links ($cbs, $management). */
struct az_reply {
    int status;
    char condition[64];
    char description[512];
    struct base_buf payload; /* the whole message */
    struct amqp_value value; /* its body, if it is a value: a view into payload */
};
struct az_pending {
    uint64_t id;
    unsigned generation; /* of the links it was sent on */
    bool done;
    struct az_reply *reply;
    struct az_pending *next;
};
struct az_rpc {
    struct az_link sender, receiver; /* `sender` first */
    const char *node;
    char reply_to[64]; /* address of the present pair */
    bool opening;
    unsigned generation; /* counts openings */
    uint64_t last_id;
    struct az_pending *pending;
};

/* What we hold a token for on this connection. */
struct az_audience {
    char *name;
    char *token; /* the last one put */
    int users;
    int64_t renew_at_ms; /* clock; 0: nothing to renew */
    struct az_audience *next;
};

struct az_eventhub {
    /* Fixed after open. */
    struct az_eventhub_config config; /* texts are copies */
    char *host, *endpoint; /* "ns.servicebus.windows.net"; with its port if one was given */
    int port, timeout_ms;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* monotonic */
    pthread_t io_thread, renew_thread;
    bool threads_started, canceled, stopping;
    int wake_fd; /* eventfd: the I/O thread looks again */

    bool connecting;
    base_stream_t *stream; /* the I/O thread's once `amqp` is set */
    amqp_connection_t *amqp;
    struct base_error lost; /* why the last connection ended */
    uint64_t serial;        /* names and cookies */

    struct az_rpc cbs, management;
    struct az_audience *audiences;
};

/* -- eventhub_io.c -- */
BASE_MUST_USE enum base_status az_io_start(az_eventhub_t *client, struct base_error *err);
void az_io_stop(az_eventhub_t *client);
void az_io_wake(az_eventhub_t *client);
/* Makes sure of an open connection; gives the lock up while it connects. */
BASE_MUST_USE enum base_status az_connect_locked(az_eventhub_t *client, int64_t until,
                                                 struct base_error *err);

/* -- eventhub_wait.c -- */
int64_t az_until(const az_eventhub_t *client); /* now + the client's time-out, monotonic ms */
/* Waits for a change. Fails: BASE_TIMEOUT past `until` (`what` names what did not come), BASE_CANCELED. */
BASE_MUST_USE enum base_status az_wait_locked(az_eventhub_t *client, int64_t until,
                                              const char *what, struct base_error *err);

/* The same without errors: returns at a change, or at `until` (INT64_MAX: only at a change). */
void az_sleep_locked(az_eventhub_t *client, int64_t until);

/* -- eventhub_error.c -- */
/* Records a condition and its text as status, code, message, retry_after_s. */
enum base_status az_condition_error(struct base_error *err, const char *condition,
                                    const char *description, const char *what);
enum base_status az_amqp_error(struct base_error *err, const struct amqp_error *error,
                               const char *what);
enum base_status az_copy_error(struct base_error *err, const struct base_error *from);

/* -- eventhub_link.c -- */
extern const struct amqp_handlers az_link_handlers; /* context: the client */
/* Attaches in a session of its own (session NULL) or in that of another link; waits for the answer. */
BASE_MUST_USE enum base_status az_link_open_locked(struct az_link *link, amqp_session_t *session,
                                                   const struct amqp_attach *attach, int64_t until,
                                                   struct base_error *err);
void az_link_close_locked(struct az_link *link);

/* -- eventhub_rpc.c -- */
BASE_MUST_USE enum base_status az_rpc_open_locked(struct az_rpc *rpc, int64_t until,
                                                  struct base_error *err);
struct az_request {
    const struct az_event_property *properties; /* terminated by a NULL name */
    struct amqp_value body;
    int64_t until;
};
/* Sends a request and waits for its reply. A status that is not 2xx is an error. az_reply_release in any case. */
BASE_MUST_USE enum base_status az_rpc_call_locked(struct az_rpc *rpc,
                                                  const struct az_request *request,
                                                  struct az_reply *reply, struct base_error *err);
void az_reply_release(struct az_reply *reply);

/* -- eventhub_auth.c -- */
/* Connects, gets a token for the entity ("hub/Partitions/0") and puts it to $cbs; keeps it renewed until az_unauthorize.
 * Gives the lock up meanwhile. */
BASE_MUST_USE enum base_status az_authorize_locked(az_eventhub_t *client, const char *entity,
                                                   int64_t until, struct base_error *err);
void az_unauthorize_locked(az_eventhub_t *client, const char *entity);
/* The token last put for the entity; "" if none. Until the lock is given up. */
const char *az_token_of_locked(const az_eventhub_t *client, const char *entity);
void az_audience_free(struct az_audience *audience);
void *az_renew_run(void *client); /* the renewing thread */
void az_sas_build(struct base_buf *out, const char *resource, const char *key_name, const char *key,
                  int64_t expires_s);

/* -- eventhub_event.c -- */
/* Takes a delivery's payload (copied into the arena) apart. Fails: BASE_PROTOCOL. */
BASE_MUST_USE enum base_status az_event_read(struct base_arena *arena, struct amqp_bytes payload,
                                             struct az_event *out, struct base_error *err);

#endif
