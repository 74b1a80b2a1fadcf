/* Decides a session: its channel numbers, its windows, and how it ends. */
#include "amqp/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTGOING_WINDOW                                                                            \
    65536 /* advertised only: we send as far as the peer's incoming window goes */

static amqp_session_t *new_session(amqp_connection_t *connection, void *context);
static void send_begin(amqp_session_t *session);
static void send_end(amqp_session_t *session, const struct amqp_error *error);

/* -- the application's side -- */

amqp_session_t *amqp_session_begin(amqp_connection_t *connection, void *context)
{
    if (connection->doomed || connection->finished || connection->close_sent ||
        connection->close_received)
        return NULL;
    amqp_session_t *session = new_session(connection, context);
    /* Before SASL is done nothing of the AMQP layer may be written: begin waits in `held`, behind open. */
    if (session)
        send_begin(session);
    return session;
}

void amqp_session_end(amqp_session_t *session, const char *condition, const char *description)
{
    struct amqp_error error = amqp_error_of(condition, description);

    if (condition && !session->end_sent)
        amqp_keep_error(&session->end, condition, description);
    send_end(session, &error);
}

void amqp_session_fail(amqp_session_t *session, const char *condition, const char *fmt, ...)
{
    char description[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(description, sizeof description, fmt, args);
    va_end(args);
    amqp_session_end(session, condition, description);
}

amqp_connection_t *amqp_session_connection(const amqp_session_t *session)
{
    return session->connection;
}

void *amqp_session_context(const amqp_session_t *session)
{
    return session->context;
}

void amqp_session_set_context(amqp_session_t *session, void *context)
{
    session->context = context;
}

/* -- frames -- */

static void map_remote_channel(amqp_session_t *session, uint16_t channel)
{
    amqp_connection_t *connection = session->connection;
    uint32_t count = connection->remote_channel_count;

    if (channel >= count) {
        uint32_t grown = channel + 1u;
        connection->remote_channels =
            base_realloc(connection->remote_channels, grown * sizeof(amqp_session_t *));
        memset(connection->remote_channels + count, 0, (grown - count) * sizeof(amqp_session_t *));
        connection->remote_channel_count = grown;
    }
    connection->remote_channels[channel] = session;
    session->remote_channel = channel;
}

/* The session that a begin belongs to: ours when it is an answer, else a new one. NULL: the connection failed. */
static amqp_session_t *session_for(amqp_connection_t *connection, const struct amqp_begin *begin)
{
    uint64_t channel = (uint64_t)begin->remote_channel;

    if (begin->remote_channel < 0) {
        amqp_session_t *session = new_session(connection, NULL);
        if (!session)
            amqp_connection_fail(connection, AMQP_E_RESOURCE_LIMIT, "more than %u sessions",
                                 connection->config.channel_max + 1u);
        return session;
    }
    amqp_session_t *session =
        channel < connection->session_count ? connection->sessions[channel] : NULL;
    if (!session || session->begin_received) {
        amqp_connection_fail(connection, AMQP_E_NOT_ALLOWED,
                             "begin answers channel %llu, which waits for no answer",
                             (unsigned long long)channel);
        return NULL;
    }
    return session;
}

void amqp_session_got_begin(amqp_connection_t *connection, uint16_t channel,
                            const struct amqp_value *list)
{
    struct base_error err = {0};
    struct amqp_begin begin;

    if (amqp_shape_read(&amqp_shape_begin, list, &begin, &err)) {
        amqp_connection_fail(connection, err.code, "%s", err.message);
        return;
    }
    if (channel > connection->config.channel_max) {
        amqp_connection_fail(connection, AMQP_E_FRAMING, "begin on channel %u, at most %u expected",
                             channel, connection->config.channel_max);
        return;
    }
    if (channel < connection->remote_channel_count && connection->remote_channels[channel]) {
        amqp_connection_fail(connection, AMQP_E_NOT_ALLOWED, "begin on channel %u, which is in use",
                             channel);
        return;
    }
    amqp_session_t *session = session_for(connection, &begin);
    if (!session)
        return;
    session->begin_received = true;
    session->next_incoming_id = begin.next_outgoing_id;
    session->remote_incoming_window = begin.incoming_window;
    session->remote_handle_max = begin.handle_max;
    map_remote_channel(session, channel);
    if (begin.remote_channel < 0)
        send_begin(session);
    if (connection->handlers->session_begun && !session->end_sent)
        connection->handlers->session_begun(connection->context, session);
    if (!session->end_sent)
        amqp_session_kick(session);
}

void amqp_session_got_end(amqp_session_t *session, const struct amqp_value *list)
{
    struct base_error err = {0};
    struct amqp_error error;

    if (amqp_shape_read(&amqp_shape_end, list, &error, &err)) {
        amqp_connection_fail(session->connection, err.code, "%s", err.message);
        return;
    }
    amqp_forget_remote_channel(session);
    send_end(session, &(struct amqp_error){0});
    amqp_session_finish(session, error.condition.data ? &error : NULL);
}

static void got_session_flow(amqp_session_t *session, const struct amqp_flow *flow)
{
    /* Before our begin reached the peer it knows no id of ours: the first one is 0 (see new_session). */
    uint32_t seen = flow->next_incoming_id < 0 ? 0 : (uint32_t)flow->next_incoming_id;
    int32_t room = (int32_t)(seen + flow->incoming_window - session->next_outgoing_id);

    if (flow->incoming_window > INT32_MAX)
        room = INT32_MAX;
    session->remote_incoming_window = room > 0 ? (uint32_t)room : 0;
}

void amqp_session_got_flow(amqp_session_t *session, const struct amqp_value *list)
{
    amqp_connection_t *connection = session->connection;
    struct base_error err = {0};
    struct amqp_flow flow;
    amqp_link_t *link = NULL;

    if (amqp_shape_read(&amqp_shape_flow, list, &flow, &err)) {
        amqp_connection_fail(connection, err.code, "%s", err.message);
        return;
    }
    if (flow.handle >= 0 && !(link = amqp_link_by_remote(session, (uint64_t)flow.handle))) {
        amqp_session_fail(session, AMQP_E_UNATTACHED, "flow on handle %lld, which is not attached",
                          (long long)flow.handle);
        return;
    }
    got_session_flow(session, &flow);
    if (link && !link->detach_sent)
        amqp_link_got_flow(link, &flow);
    if (flow.echo && !session->end_sent)
        amqp_session_send_flow(session, link && !link->detach_sent ? link : NULL, false);
    if (!session->end_sent)
        amqp_session_kick(session);
}

void amqp_session_send_flow(amqp_session_t *session, amqp_link_t *link, bool echo)
{
    struct amqp_flow flow;

    amqp_shape_defaults(&amqp_shape_flow, &flow);
    session->incoming_window = session->connection->config.incoming_window;
    flow.next_incoming_id = session->begin_received ? (int64_t)session->next_incoming_id : -1;
    flow.incoming_window = session->incoming_window;
    flow.next_outgoing_id = session->next_outgoing_id;
    flow.outgoing_window = OUTGOING_WINDOW;
    flow.echo = echo;
    if (link) {
        flow.handle = link->handle;
        flow.delivery_count =
            link->role == AMQP_SENDER || link->attach_received ? (int64_t)link->delivery_count : -1;
        flow.link_credit = link->credit;
        flow.drain = link->drain;
    }
    amqp_send_frame(session->connection, session->channel, &amqp_shape_flow, &flow);
}

/* Messages cut off by the window first, then whoever waits for credit. */
void amqp_session_kick(amqp_session_t *session)
{
    for (uint32_t i = 0; i < session->link_slots; i++) {
        amqp_link_t *link = session->links[i];
        if (!link || link->role != AMQP_SENDER || link->detach_sent)
            continue;
        amqp_transfer_rest(link);
        amqp_link_tell_credit(link);
    }
}

/* -- life -- */

static uint32_t free_channel(const amqp_connection_t *connection)
{
    uint32_t channel = 0;

    while (channel < connection->session_count && connection->sessions[channel])
        channel++;
    return channel;
}

static amqp_session_t *new_session(amqp_connection_t *connection, void *context)
{
    uint32_t channel = free_channel(connection);

    if (channel > connection->config.channel_max || channel > connection->remote_channel_max)
        return NULL;
    amqp_session_t *session = base_alloc(sizeof *session);
    session->connection = connection;
    session->context = context;
    session->channel = (uint16_t)channel;
    session->remote_channel = -1;
    session->incoming_window = connection->config.incoming_window;
    session->remote_handle_max = UINT32_MAX;
    if (channel == connection->session_count) {
        connection->sessions =
            base_realloc(connection->sessions, (channel + 1) * sizeof(amqp_session_t *));
        connection->session_count = channel + 1;
    }
    connection->sessions[channel] = session;
    return session;
}

static void send_begin(amqp_session_t *session)
{
    const struct amqp_connection_config *config = &session->connection->config;
    struct amqp_begin begin;

    amqp_shape_defaults(&amqp_shape_begin, &begin);
    begin.remote_channel = session->remote_channel;
    begin.next_outgoing_id = session->next_outgoing_id;
    begin.incoming_window = session->incoming_window;
    begin.outgoing_window = OUTGOING_WINDOW;
    begin.handle_max = config->handle_max;
    amqp_send_frame(session->connection, session->channel, &amqp_shape_begin, &begin);
}

static void send_end(amqp_session_t *session, const struct amqp_error *error)
{
    amqp_connection_t *connection = session->connection;

    if (session->end_sent || connection->close_sent || connection->doomed)
        return;
    session->end_sent = true;
    amqp_send_frame(connection, session->channel, &amqp_shape_end, error);
}

void amqp_forget_remote_channel(amqp_session_t *session)
{
    if (session->remote_channel < 0)
        return;
    session->connection->remote_channels[session->remote_channel] = NULL;
    session->remote_channel = -1;
}

void amqp_session_finish(amqp_session_t *session, const struct amqp_error *error)
{
    amqp_connection_t *connection = session->connection;
    struct amqp_error own = amqp_kept(&session->end);
    const struct amqp_error *cause = error ? error : session->end.set ? &own : NULL;

    session->end_sent = true; /* nothing goes out any more */
    for (uint32_t i = 0; i < session->link_slots; i++) {
        if (session->links[i])
            amqp_link_finish(session->links[i], cause);
    }
    if (connection->handlers->session_ended)
        connection->handlers->session_ended(connection->context, session, cause);
    if (connection->run.session == session)
        connection->run.session = NULL;
    amqp_forget_remote_channel(session);
    connection->sessions[session->channel] = NULL;
    free(session->links);
    free(session->remote_handles);
    free(session->unsettled);
    free(session);
}
