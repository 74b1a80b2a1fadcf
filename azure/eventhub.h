/* azure/eventhub.h: Event Hubs over AMQP 1.0: hub properties, sending, receiving. One client = one
 * hub = one connection.
 *
 * A client has an I/O thread of its own (the connection, keep-alive, prefetch) and one for renewing
 * tokens. All functions are blocking calls for the caller's threads and are thread-safe: many
 * producers and consumers may share one client, each used by one thread at a time. Time-outs and
 * waits of this header are real milliseconds; token lifetimes go by the clock.
 *
 * Nothing reconnects behind the caller's back. When the connection or a link is lost, every call on
 * it fails with the cause; az_eventhub_retryable(err) says whether to close the consumer or
 * producer, wait and open it again (opening connects anew when needed), az_eventhub_stolen(err)
 * that another reader took the partition over.
 *
 * Errors: err->code is the AMQP condition as it came ("amqp:unauthorized-access",
 * "com.microsoft:server-busy"), or "" for what never reached the service. Status by condition:
 *   BASE_UNAUTHENTICATED  the token was refused ($cbs answered 401)
 *   BASE_DENIED           amqp:unauthorized-access on a link (no role, or no token for it): ask
 * again later, with a new token BASE_NOT_FOUND        amqp:not-found,
 * com.microsoft:entity-disabled: no such namespace, hub, group BASE_INVALID
 * com.microsoft:argument-error, argument-out-of-range, amqp:not-allowed, ...: the call is wrong
 *   BASE_CONFLICT         amqp:link:stolen, com.microsoft:producer-epoch-stolen
 *   BASE_TOO_LARGE        amqp:link:message-size-exceeded, amqp:resource-limit-exceeded (quota: a
 * sixth reader ...) BASE_THROTTLED        com.microsoft:server-busy (retry_after_s 4),
 * com.microsoft:container-close BASE_UNAVAILABLE      connection or link lost or forced shut,
 * amqp:internal-error, no connection (the sentence says which hop) BASE_TIMEOUT, BASE_CANCELED,
 * BASE_PROTOCOL Source: facts/eventhub.md §2, §6. */
#ifndef AZURE_EVENTHUB_H
#define AZURE_EVENTHUB_H

#include "amqp/message.h"
#include "azure/credential.h"

#define AZ_EVENTHUB_RESOURCE "https://eventhubs.azure.net"

typedef struct az_eventhub az_eventhub_t;
typedef struct az_producer az_producer_t;
typedef struct az_consumer az_consumer_t;

/* Gives a bearer JWT for the hub: *jwt is heap, taken over (free()). `audience` is what the token
 * will be used for
 * ("sb://ns.servicebus.windows.net/hub/ConsumerGroups/..."), for logs or per-entity choice; the
 * token's own audience is AZ_EVENTHUB_RESOURCE. May block (not on the I/O thread). Any thread,
 * several at once. */
typedef enum base_status (*az_eventhub_token)(void *context, const char *audience, char **jwt,
                                              struct base_error *err);

struct az_eventhub_config {
    /* "contoso.servicebus.windows.net"; "sb://.../" or "https://.../" around it is taken off;
     * "host:port" is honoured. */
    const char *fully_qualified_namespace;
    const char *hub;

    /* Exactly one: a credential; a token callback; a shared access key; a ready shared access
     * signature. */
    az_credential_t *
        credential; /* tokens for AZ_EVENTHUB_RESOURCE; borrowed; asked to forget after a refusal */
    az_eventhub_token token;
    void *token_context;
    const char *sas_key_name, *sas_key;
    const char *shared_access_signature; /* used as it is, never renewed */

    bool development_emulator; /* plain TCP, port 5672 (UseDevelopmentEmulator=true) */
    int port;                  /* 0: from the namespace, else 5671 (5672 with the emulator) */
    /* TCP and TLS go here instead (customEndpointAddress); AMQP keeps the namespace's name. NULL: no. */
    const char *connect_host;
    const char *ca_file, *proxy; /* as in common/stream.h: NULL: environment */

    const struct base_clock *clock; /* borrowed, must be given */
    base_random_t *random;          /* borrowed, must be given */
    const char *name;               /* prefix of the container id, for traces; NULL: "iomt-lab" */
    int timeout_ms;                 /* of each connect, token, attach, send, read; 0: 60000 */
};

/* Reads
 * "Endpoint=sb://ns/;SharedAccessKeyName=..;SharedAccessKey=..[;EntityPath=hub][;UseDevelopmentEmulator=true]"
 * (or SharedAccessSignature=..) into `config`; texts live in the arena; other members stay.
 * BASE_INVALID names the unknown or missing part. */
BASE_MUST_USE enum base_status az_eventhub_config_parse(struct base_arena *arena,
                                                        const char *connection_string,
                                                        struct az_eventhub_config *config,
                                                        struct base_error *err);

/* Makes the client (config is copied; what is named borrowed must outlive it). Connects only with
 * the first call that needs it. BASE_INVALID: a member is missing or two credentials are given. */
BASE_MUST_USE az_eventhub_t *az_eventhub_open(const struct az_eventhub_config *config,
                                              struct base_error *err);
/* Closes the connection politely (at most 1 s), ends the threads. Close producers and consumers
 * before. NULL is fine. */
void az_eventhub_close(az_eventhub_t *client);
/* Every call that waits, and all later ones, return BASE_CANCELED: for SIGTERM. Any thread; not
 * from a signal handler. */
void az_eventhub_cancel(az_eventhub_t *client);

bool az_eventhub_retryable(
    const struct base_error *err); /* the same call may succeed later, after reopening */
bool az_eventhub_stolen(const struct base_error *err); /* another consumer (or producer) with an
                                                          equal or higher epoch took over */

/* -- properties ($management) -- */

struct az_hub_properties {
    char *name;
    int64_t created_ms; /* since 1970; clock */
    char **partition_ids;
    size_t partition_count;
};
void az_hub_properties_release(struct az_hub_properties *properties);
BASE_MUST_USE enum base_status az_eventhub_properties(az_eventhub_t *client,
                                                      struct az_hub_properties *out,
                                                      struct base_error *err);

struct az_partition_properties {
    int64_t begin_sequence_number, last_enqueued_sequence_number; /* -1 when empty */
    char last_enqueued_offset[64];                                /* opaque text; "-1" when empty */
    int64_t last_enqueued_ms;
    bool is_empty;
};
BASE_MUST_USE enum base_status az_eventhub_partition_properties(az_eventhub_t *client,
                                                                const char *partition_id,
                                                                struct az_partition_properties *out,
                                                                struct base_error *err);

/* -- sending -- */

struct az_event_property {
    const char *name;
    struct amqp_value value; /* amqp_string("x"), amqp_long(1), amqp_bool(true) ... */
};
/* An event to be sent; all borrowed for the call. */
struct az_event_data {
    const void *body;
    size_t body_len;
    const char *content_type;                   /* NULL: none */
    const char *message_id, *correlation_id;    /* NULL: none */
    const struct az_event_property *properties; /* application properties */
    size_t property_count;
    const struct az_event_property
        *annotations; /* message annotations beyond the partition key (tests, IoT Hub shapes) */
    size_t annotation_count;
};

/* partition_id NULL: the service chooses (round robin, or by partition key). Attaches the link:
 * fails as listed above. */
BASE_MUST_USE az_producer_t *az_producer_open(az_eventhub_t *client, const char *partition_id,
                                              struct base_error *err);
void az_producer_close(az_producer_t *producer); /* NULL is fine */

/* A batch: all of its events go to one partition, or none does. partition_key NULL: none (must be
 * NULL for a producer with a partition id: BASE_INVALID at send). */
typedef struct az_event_batch az_event_batch_t;
az_event_batch_t *az_event_batch_new(const az_producer_t *producer,
                                     const char *partition_key) BASE_MUST_USE;
void az_event_batch_free(az_event_batch_t *batch);
/* False: it does not fit any more (the batch is unchanged); an event that does not fit an empty
 * batch is too large. */
BASE_MUST_USE bool az_event_batch_add(az_event_batch_t *batch, const struct az_event_data *event);
size_t az_event_batch_count(const az_event_batch_t *batch);
size_t az_event_batch_size(const az_event_batch_t *batch); /* bytes as sent */
void az_event_batch_clear(az_event_batch_t *batch);
/* Sends and waits for the service's verdict. An empty batch is BASE_OK. BASE_TIMEOUT and
 * BASE_UNAVAILABLE leave it open whether the events are stored. */
BASE_MUST_USE enum base_status az_producer_send_batch(az_producer_t *producer,
                                                      const az_event_batch_t *batch,
                                                      struct base_error *err);
/* A batch of these events at once. BASE_TOO_LARGE when they do not fit into one. */
BASE_MUST_USE enum base_status az_producer_send(az_producer_t *producer, const char *partition_key,
                                                const struct az_event_data *events, size_t count,
                                                struct base_error *err);

/* Where the service puts a partition key (index into the partition ids). key as UTF-8; count > 0.
 */
size_t az_partition_of_key(const char *key, size_t count);
int16_t az_partition_key_hash(const char *key);

/* -- receiving -- */

enum az_position_kind {
    AZ_POSITION_EARLIEST, /* the first event still kept */
    AZ_POSITION_LATEST,   /* only what comes after the link is attached */
    AZ_POSITION_OFFSET,   /* after .offset (at it when .inclusive) */
    AZ_POSITION_SEQUENCE, /* after .number (at it when .inclusive) */
    AZ_POSITION_ENQUEUED, /* enqueued after .number ms since 1970 (at it, too, when .inclusive) */
};
struct az_position {
    enum az_position_kind kind;
    const char *offset; /* opaque text from az_event.offset */
    int64_t number;
    bool inclusive;
};

struct az_consumer_config {
    const char *consumer_group; /* NULL: "$Default" */
    const char *partition_id;
    struct az_position position;
    bool exclusive; /* with an owner level: */
    int64_t epoch;  /* equal or higher displaces the present owner; readers without are refused */
    uint32_t prefetch;        /* events kept ready; 0: 300 */
    const char *identifier;   /* receiver name in the service's error texts; NULL: none */
    bool track_last_enqueued; /* fills az_consumer_last_enqueued */
};

struct az_event {           /* a received event; views into the batch */
    struct amqp_bytes body; /* all data sections joined; or the content of a string or binary value;
                               else the encoded value */
    enum amqp_body body_kind;
    int64_t sequence_number;
    const char *offset;        /* opaque text */
    int64_t enqueued_ms;       /* service's clock */
    const char *partition_key; /* NULL: none */
    struct amqp_value
        properties; /* application properties: MAP (amqp_map_get, amqp_map_next) or NULL */
    struct amqp_value annotations; /* all message annotations, x-opt-* too: MAP or NULL */
    struct amqp_properties amqp;   /* message id, content type ... */
};
struct az_events {
    struct az_event *items;
    size_t count;
    struct base_arena arena; /* owns everything above */
};
void az_events_release(struct az_events *events); /* zeroed is fine */

/* Attaches the link. `position` past the end is refused by the service: BASE_INVALID,
 * com.microsoft:argument-error. */
BASE_MUST_USE az_consumer_t *az_consumer_open(az_eventhub_t *client,
                                              const struct az_consumer_config *config,
                                              struct base_error *err);
void az_consumer_close(az_consumer_t *consumer); /* NULL is fine */
/* Waits up to wait_ms (0: looks; -1: until something comes) for the first event, then returns what
 * is there, at most `max`. No event within the wait is BASE_OK with count 0. `out` is overwritten:
 * release the previous one first. Events received before the link was lost are handed out before
 * the error. */
BASE_MUST_USE enum base_status az_consumer_receive(az_consumer_t *consumer, size_t max, int wait_ms,
                                                   struct az_events *out, struct base_error *err);

struct az_last_enqueued {
    int64_t sequence_number, enqueued_ms, retrieved_ms;
    char offset[64];
};
/* The partition's end as told with the last event. False: not asked for, or none yet. */
bool az_consumer_last_enqueued(const az_consumer_t *consumer, struct az_last_enqueued *out);

#endif
