/* tests/unit/amqp/pair.h: a client engine and a server engine back to back in one process, with records of what was told. */
#ifndef TEST_AMQP_PAIR_H
#define TEST_AMQP_PAIR_H

#include "amqp/connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What one side was told. Counters, and the last error of each kind. */
struct side {
    amqp_connection_t *connection;
    const char *name;
    int opened, closed, sessions_begun, sessions_ended, requested, attached, ended, messages,
        outcomes;
    char close_error[96], link_error[96], session_error[96];
    enum amqp_outcome_kind outcome;
    char outcome_error[96];
    uint64_t cookie_sum;
    size_t bytes;
    uint32_t last_format;
    amqp_link_t *link; /* the last one asked for or attached; NULL once it ended */
    amqp_session_t *session;
    char remote_hostname[64];
    struct base_buf last_payload;
    /* Server behaviour. */
    const char *refuse;  /* condition: refuse links */
    const char *reject;  /* condition: reject messages */
    bool hold;           /* neither accept nor refuse in the callback */
    bool mute;           /* do not settle messages */
    uint32_t credit;     /* receiving links: automatic credit */
    uint8_t settle_mode; /* of the reply */
    enum amqp_sasl_code verdict;
    void (*on_credit)(struct side *side, amqp_link_t *link);
    int to_send;
};

struct pair {
    struct side client, server;
    size_t chunk; /* bytes moved at once; 0: all */
    int64_t now;
};

static inline void keep(char *to, const struct amqp_error *error)
{
    snprintf(to, 96, "%.*s", error ? (int)error->condition.len : 4,
             error ? error->condition.data : "none");
}

static enum amqp_sasl_code on_sasl(void *context, amqp_connection_t *connection,
                                   struct amqp_bytes mechanism, struct amqp_bytes response)
{
    struct side *side = context;
    struct amqp_bytes user, password;
    (void)connection;

    if (amqp_bytes_equal(mechanism, "PLAIN") &&
        (!amqp_sasl_plain_parse(response, &user, &password) ||
         !amqp_bytes_equal(password, "secret")))
        return AMQP_SASL_AUTH;
    return side->verdict;
}

static void on_opened(void *context, amqp_connection_t *connection, const struct amqp_open *remote)
{
    struct side *side = context;

    side->opened++;
    (void)remote;
    snprintf(side->remote_hostname, sizeof side->remote_hostname, "%s",
             amqp_connection_remote_hostname(connection));
}

static void on_closed(void *context, amqp_connection_t *connection, const struct amqp_error *error)
{
    struct side *side = context;
    (void)connection;

    side->closed++;
    keep(side->close_error, error);
}

static void on_session_begun(void *context, amqp_session_t *session)
{
    struct side *side = context;

    side->sessions_begun++;
    side->session = session;
}

static void on_session_ended(void *context, amqp_session_t *session, const struct amqp_error *error)
{
    struct side *side = context;

    side->sessions_ended++;
    keep(side->session_error, error);
    if (side->session == session)
        side->session = NULL;
}

static void on_requested(void *context, amqp_link_t *link, const struct amqp_attach *remote)
{
    struct side *side = context;
    struct amqp_attach reply;
    (void)remote;

    side->requested++;
    side->link = link;
    if (side->hold)
        return;
    if (side->refuse) {
        amqp_link_refuse(link, side->refuse, "refused by the test");
        return;
    }
    amqp_link_mirror(link, &reply);
    if (side->settle_mode)
        reply.snd_settle_mode = side->settle_mode;
    amqp_link_accept(link, &reply);
    if (amqp_link_role(link) == AMQP_RECEIVER && side->credit)
        amqp_link_auto_credit(link, side->credit);
}

static void on_attached(void *context, amqp_link_t *link, const struct amqp_attach *remote)
{
    struct side *side = context;
    (void)remote;

    side->attached++;
    side->link = link;
}

static void on_ended(void *context, amqp_link_t *link, const struct amqp_error *error)
{
    struct side *side = context;

    side->ended++;
    keep(side->link_error, error);
    if (side->link == link)
        side->link = NULL;
}

static void on_link_credit(void *context, amqp_link_t *link)
{
    struct side *side = context;

    if (side->on_credit)
        side->on_credit(side, link);
}

static void on_message(void *context, amqp_link_t *link, const struct amqp_delivery *delivery)
{
    struct side *side = context;

    side->messages++;
    side->bytes += delivery->payload.len;
    side->last_format = delivery->message_format;
    base_buf_clear(&side->last_payload);
    base_buf_append(&side->last_payload, delivery->payload.data, delivery->payload.len);
    if (delivery->settled || side->mute)
        return;
    if (side->reject)
        amqp_link_reject(link, delivery->id, side->reject, "rejected by the test");
    else
        amqp_link_accept_delivery(link, delivery->id);
}

static void on_outcome(void *context, amqp_link_t *link, uint64_t cookie,
                       const struct amqp_outcome *outcome)
{
    struct side *side = context;
    (void)link;

    side->outcomes++;
    side->cookie_sum += cookie;
    side->outcome = outcome->kind;
    keep(side->outcome_error, outcome->error.condition.data ? &outcome->error : NULL);
}

static const struct amqp_handlers handlers = {
    .sasl = on_sasl,
    .opened = on_opened,
    .closed = on_closed,
    .session_begun = on_session_begun,
    .session_ended = on_session_ended,
    .link_requested = on_requested,
    .link_attached = on_attached,
    .link_ended = on_ended,
    .link_credit = on_link_credit,
    .message = on_message,
    .outcome = on_outcome,
};

static const struct amqp_handlers client_handlers = {
    .opened = on_opened,
    .closed = on_closed,
    .session_begun = on_session_begun,
    .session_ended = on_session_ended,
    .link_attached = on_attached,
    .link_ended = on_ended,
    .link_credit = on_link_credit,
    .message = on_message,
    .outcome = on_outcome,
};

static const char *const offered[] = {"MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL", NULL};

static inline struct amqp_connection_config client_config(void)
{
    return (struct amqp_connection_config){.side = AMQP_CLIENT,
                                           .container_id = "client",
                                           .hostname = "host.example",
                                           .sasl_mechanism = "ANONYMOUS"};
}

static inline struct amqp_connection_config server_config(void)
{
    return (struct amqp_connection_config){
        .side = AMQP_SERVER, .container_id = "server", .sasl_mechanisms = offered};
}

/* Moves what is waiting from one engine to the other; true when something moved. */
static inline bool move(struct pair *pair, struct side *from, struct side *to)
{
    const void *data;
    size_t len = amqp_connection_output(from->connection, &data);
    size_t part = pair->chunk && pair->chunk < len ? pair->chunk : len;

    if (!len)
        return false;
    char *exact = malloc(part); /* so that the sanitizer sees every byte read too far */
    memcpy(exact, data, part);
    amqp_connection_output_drop(from->connection, part);
    amqp_connection_input(to->connection, exact, part, pair->now);
    free(exact);
    return true;
}

static inline void pump(struct pair *pair)
{
    bool moved = true;

    while (moved) {
        moved = move(pair, &pair->client, &pair->server);
        moved = move(pair, &pair->server, &pair->client) || moved;
    }
}

static inline void pair_start_with(struct pair *pair, const struct amqp_connection_config *client,
                                   const struct amqp_connection_config *server)
{
    pair->client.name = "client";
    pair->server.name = "server";
    if (!pair->server.credit)
        pair->server.credit = 100;
    pair->client.connection =
        amqp_connection_new(client, &client_handlers, &pair->client, pair->now);
    pair->server.connection = amqp_connection_new(server, &handlers, &pair->server, pair->now);
}

static inline void pair_start(struct pair *pair)
{
    struct amqp_connection_config client = client_config(), server = server_config();

    pair_start_with(pair, &client, &server);
}

static inline void pair_end(struct pair *pair)
{
    amqp_connection_free(pair->client.connection);
    amqp_connection_free(pair->server.connection);
    base_buf_release(&pair->client.last_payload);
    base_buf_release(&pair->server.last_payload);
}

/* Attaches a link from the client to `address` (its target when sending, its source when receiving). */
static inline amqp_link_t *client_attach(amqp_session_t *session, const char *name,
                                         enum amqp_role role, const char *address)
{
    struct amqp_attach attach;

    amqp_attach_init(&attach, name, role);
    attach.source.present = attach.target.present = true;
    attach.source.address = amqp_string(role == AMQP_RECEIVER ? address : "me");
    attach.target.address = amqp_string(role == AMQP_SENDER ? address : "me");
    return amqp_link_attach(session, &attach, NULL);
}

static inline enum base_status send_text(amqp_link_t *link, const char *text, size_t len,
                                         uint64_t cookie)
{
    struct amqp_bytes parts[2] = {{text, len / 2}, {text + len / 2, len - len / 2}};
    struct amqp_send message = {
        .parts = parts, .part_count = 2, .message_format = 0x80013700, .cookie = cookie};

    return amqp_link_send(link, &message, NULL);
}

#endif
