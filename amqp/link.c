/* Decides a link: its name and handles, attach and detach, and its credit. */
#include "amqp/engine.h"

#include <stdlib.h>
#include <string.h>

/* -- the application's side -- */

amqp_link_t *amqp_link_attach(amqp_session_t *session, const struct amqp_attach *attach,
                              void *context)
{
    if (session->end_sent || session->connection->close_sent || session->connection->doomed)
        return NULL;
    amqp_link_t *link = amqp_link_new(session, attach->name, attach->role);

    if (!link)
        return NULL;
    link->context = context;
    link->local = true;
    amqp_link_send_attach(link, attach);
    return link;
}

void amqp_link_mirror(const amqp_link_t *link, struct amqp_attach *reply)
{
    amqp_attach_init(reply, link->name, link->role);
    reply->snd_settle_mode = link->remote.snd_settle_mode;
    reply->source = link->remote.source;
    reply->target = link->remote.target;
}

bool amqp_link_awaits_answer(const amqp_link_t *link)
{
    return !link->local && !link->attach_sent && !link->detach_sent;
}

void amqp_link_accept(amqp_link_t *link, const struct amqp_attach *reply)
{
    struct amqp_attach mirror;

    if (!amqp_link_awaits_answer(link) || link->session->end_sent)
        return;
    amqp_link_mirror(link, &mirror);
    amqp_link_send_attach(link, reply ? reply : &mirror);
    if (link->role == AMQP_RECEIVER && link->credit)
        amqp_session_send_flow(link->session, link, false);
}

void amqp_link_refuse(amqp_link_t *link, const char *condition, const char *description)
{
    struct amqp_attach reply;

    if (!amqp_link_awaits_answer(link))
        return;
    amqp_link_mirror(link, &reply);
    if (link->role == AMQP_SENDER)
        reply.source = (struct amqp_source){0};
    else
        reply.target = (struct amqp_target){0};
    if (!link->session->end_sent)
        amqp_link_send_attach(link, &reply);
    link->attach_sent = true;
    amqp_link_detach(link, condition, description);
}

void amqp_link_detach(amqp_link_t *link, const char *condition, const char *description)
{
    struct amqp_error error = amqp_error_of(condition, description);

    if (link->detach_sent)
        return;
    if (condition)
        amqp_keep_error(&link->end, condition, description);
    if (amqp_link_awaits_answer(link)) {
        amqp_link_refuse(link, condition, description);
        return;
    }
    amqp_link_send_detach(link, &error);
}

amqp_connection_t *amqp_link_connection(const amqp_link_t *link)
{
    return link->session->connection;
}

amqp_session_t *amqp_link_session(const amqp_link_t *link)
{
    return link->session;
}

void *amqp_link_context(const amqp_link_t *link)
{
    return link->context;
}

void amqp_link_set_context(amqp_link_t *link, void *context)
{
    link->context = context;
}

enum amqp_role amqp_link_role(const amqp_link_t *link)
{
    return link->role;
}

const struct amqp_attach *amqp_link_remote(const amqp_link_t *link)
{
    return link->attach_received ? &link->remote : NULL;
}

bool amqp_link_is_up(const amqp_link_t *link)
{
    return link->attach_sent && link->attach_received && !link->detach_sent &&
           !link->refused_by_peer && !link->session->end_sent &&
           amqp_connection_is_open(link->session->connection);
}

uint32_t amqp_link_credit(const amqp_link_t *link)
{
    return link->credit;
}

void amqp_link_flow(amqp_link_t *link, uint32_t credit, bool drain)
{
    if (link->role != AMQP_RECEIVER || link->detach_sent || link->session->end_sent)
        return;
    link->credit = credit;
    link->drain = drain;
    if (link->attach_sent)
        amqp_session_send_flow(link->session, link, false);
}

void amqp_link_auto_credit(amqp_link_t *link, uint32_t credit)
{
    link->auto_credit = credit;
    if (credit)
        amqp_link_flow(link, credit, false);
}

bool amqp_link_draining(const amqp_link_t *link)
{
    return link->role == AMQP_SENDER && link->drain && link->credit > 0;
}

void amqp_link_drained(amqp_link_t *link)
{
    if (!amqp_link_draining(link) || link->detach_sent || link->session->end_sent)
        return;
    link->delivery_count += link->credit;
    link->credit = 0;
    amqp_session_send_flow(link->session, link, false);
}

void amqp_link_tell_credit(amqp_link_t *link)
{
    const amqp_connection_t *connection = link->session->connection;

    if (connection->handlers->link_credit && (amqp_link_sendable(link) || amqp_link_draining(link)))
        connection->handlers->link_credit(connection->context, link);
}

/* -- life -- */

static uint32_t free_handle(const amqp_session_t *session)
{
    uint32_t handle = 0;

    while (handle < session->link_slots && session->links[handle])
        handle++;
    return handle;
}

amqp_link_t *amqp_link_new(amqp_session_t *session, struct amqp_bytes name, enum amqp_role role)
{
    amqp_connection_t *connection = session->connection;
    uint32_t handle = free_handle(session);

    if (handle > connection->config.handle_max || handle > session->remote_handle_max ||
        connection->link_count >= connection->config.links_max)
        return NULL;
    amqp_link_t *link = base_alloc(sizeof *link);
    link->session = session;
    link->name = amqp_bytes_dup(name);
    link->role = role;
    link->handle = handle;
    link->remote_handle = -1;
    link->snd_settle_mode = AMQP_SND_MIXED;
    if (handle == session->link_slots) {
        session->links = base_realloc(session->links, (handle + 1) * sizeof(amqp_link_t *));
        session->link_slots = handle + 1;
    }
    session->links[handle] = link;
    connection->link_count++;
    return link;
}

void amqp_link_send_attach(amqp_link_t *link, const struct amqp_attach *attach)
{
    const struct amqp_connection_config *config = &link->session->connection->config;
    struct amqp_attach own = *attach;

    own.name = amqp_bytes_of(link->name);
    own.handle = link->handle;
    own.role = link->role;
    own.rcv_settle_mode = AMQP_RCV_FIRST;
    own.initial_delivery_count = link->role == AMQP_SENDER ? (int64_t)link->delivery_count : -1;
    if (link->role == AMQP_RECEIVER && !own.max_message_size)
        own.max_message_size = config->max_message_size;
    link->max_in = own.max_message_size > config->max_buffered ? config->max_message_size
                                                               : (size_t)own.max_message_size;
    link->snd_settle_mode = own.snd_settle_mode;
    link->attach_sent = true;
    amqp_send_frame(link->session->connection, link->session->channel, &amqp_shape_attach, &own);
}

void amqp_link_send_detach(amqp_link_t *link, const struct amqp_error *error)
{
    struct amqp_detach detach = {.handle = link->handle, .closed = true, .error = *error};

    link->detach_sent = true;
    if (link->session->end_sent || link->session->connection->close_sent ||
        link->session->connection->doomed)
        return;
    amqp_send_frame(link->session->connection, link->session->channel, &amqp_shape_detach, &detach);
}

static void release_link(amqp_link_t *link)
{
    amqp_session_t *session = link->session;

    session->connection->buffered -= link->rest.len + link->parts.len;
    if (link->remote_handle >= 0)
        session->remote_handles[link->remote_handle] = NULL;
    session->links[link->handle] = NULL;
    session->connection->link_count--;
    base_buf_release(&link->remote_frame);
    base_buf_release(&link->rest);
    base_buf_release(&link->parts);
    free(link->name);
    free(link);
}

void amqp_link_finish(amqp_link_t *link, const struct amqp_error *error)
{
    amqp_connection_t *connection = link->session->connection;
    struct amqp_error own = amqp_kept(&link->end);
    const struct amqp_error *cause = error ? error : link->end.set ? &own : NULL;

    link->detach_sent = true;
    amqp_unsettled_forget(link);
    if (connection->handlers->link_ended)
        connection->handlers->link_ended(connection->context, link, cause);
    release_link(link);
}
