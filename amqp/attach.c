/* Decides what the peer's attach, detach and flow do to a link. */
#include "amqp/engine.h"

#include <stdlib.h>
#include <string.h>

amqp_link_t *amqp_link_by_remote(amqp_session_t *session, uint64_t handle)
{
    return handle < session->remote_handle_slots ? session->remote_handles[handle] : NULL;
}

static void map_remote_handle(amqp_link_t *link, uint32_t handle)
{
    amqp_session_t *session = link->session;
    uint32_t count = session->remote_handle_slots;

    if (handle >= count) {
        session->remote_handles =
            base_realloc(session->remote_handles, (handle + 1u) * sizeof(amqp_link_t *));
        memset(session->remote_handles + count, 0, (handle + 1u - count) * sizeof(amqp_link_t *));
        session->remote_handle_slots = handle + 1;
    }
    session->remote_handles[handle] = link;
    link->remote_handle = handle;
}

static amqp_link_t *find_link(amqp_session_t *session, struct amqp_bytes name, enum amqp_role role,
                              bool answered)
{
    for (uint32_t i = 0; i < session->link_slots; i++) {
        amqp_link_t *link = session->links[i];
        if (link && link->role == role && link->attach_received == answered &&
            amqp_bytes_equal(name, link->name))
            return link;
    }
    return NULL;
}

/* Our waiting link of that name, or a new one for the peer's; an older one of the same name is stolen (§2.6.1). */
static amqp_link_t *link_for(amqp_session_t *session, const struct amqp_attach *attach)
{
    enum amqp_role ours = attach->role == AMQP_SENDER ? AMQP_RECEIVER : AMQP_SENDER;
    amqp_link_t *link = find_link(session, attach->name, ours, false);

    if (link && link->local)
        return link;
    amqp_link_t *old = find_link(session, attach->name, ours, true);
    if (old && !old->detach_sent) {
        amqp_session_fail(session, AMQP_E_NOT_ALLOWED, "a link named '%s' is attached already",
                          old->name);
        return NULL;
    }
    if (!session->connection->handlers->link_requested) {
        amqp_session_fail(session, AMQP_E_NOT_ALLOWED,
                          "nobody here takes links, nor asked for one named '%.*s'",
                          (int)attach->name.len, attach->name.data);
        return NULL;
    }
    link = amqp_link_new(session, attach->name, ours);
    if (!link)
        amqp_session_fail(session, AMQP_E_RESOURCE_LIMIT,
                          "too many links (of this session, or of the connection)");
    return link;
}

/* Keeps the peer's attach for the life of the link: the views must look into the copy. */
static void keep_attach(amqp_link_t *link, const struct amqp_value *list)
{
    struct amqp_value copy;
    struct amqp_cursor cursor;

    base_buf_clear(&link->remote_frame);
    amqp_put_value(&link->remote_frame, list);
    amqp_cursor_init(&cursor, (struct amqp_bytes){link->remote_frame.data, link->remote_frame.len});
    BUG_ON(!amqp_read(&cursor, &copy) ||
           amqp_shape_read(&amqp_shape_attach, &copy, &link->remote, NULL));
}

static void take_remote_terms(amqp_link_t *link)
{
    const struct amqp_attach *remote = &link->remote;

    link->attach_received = true;
    if (link->role == AMQP_RECEIVER) {
        link->delivery_count =
            remote->initial_delivery_count < 0 ? 0 : (uint32_t)remote->initial_delivery_count;
        link->refused_by_peer = link->local && !remote->source.present;
    } else {
        link->max_out = remote->max_message_size;
        link->refused_by_peer = link->local && !remote->target.present;
    }
    if (link->local && remote->snd_settle_mode <= AMQP_SND_MIXED &&
        link->snd_settle_mode == AMQP_SND_MIXED)
        link->snd_settle_mode = remote->snd_settle_mode;
}

static bool good_attach(amqp_session_t *session, const struct amqp_attach *attach)
{
    amqp_connection_t *connection = session->connection;

    if (attach->handle > connection->config.handle_max) {
        amqp_connection_fail(connection, AMQP_E_FRAMING,
                             "attach with handle %u, at most %u expected", attach->handle,
                             connection->config.handle_max);
        return false;
    }
    if (amqp_link_by_remote(session, attach->handle)) {
        amqp_session_fail(session, AMQP_E_HANDLE_IN_USE, "attach with handle %u, which is in use",
                          attach->handle);
        return false;
    }
    if (attach->snd_settle_mode > AMQP_SND_MIXED || attach->rcv_settle_mode > AMQP_RCV_SECOND) {
        amqp_session_fail(session, AMQP_E_INVALID_FIELD, "attach with an unknown settle mode");
        return false;
    }
    if (attach->role == AMQP_SENDER && attach->initial_delivery_count < 0) {
        amqp_session_fail(session, AMQP_E_INVALID_FIELD,
                          "attach: a sender must name its initial-delivery-count");
        return false;
    }
    return true;
}

void amqp_link_got_attach(amqp_session_t *session, const struct amqp_value *list)
{
    amqp_connection_t *connection = session->connection;
    const struct amqp_handlers *handlers = connection->handlers;
    struct base_error err = {0};
    struct amqp_attach attach;

    if (amqp_shape_read(&amqp_shape_attach, list, &attach, &err)) {
        amqp_connection_fail(connection, err.code, "%s", err.message);
        return;
    }
    if (!good_attach(session, &attach))
        return;
    amqp_link_t *link = link_for(session, &attach);
    if (!link)
        return;
    keep_attach(link, list);
    map_remote_handle(link, attach.handle);
    take_remote_terms(link);
    if (link->detach_sent || link->refused_by_peer)
        return;
    if (link->local) {
        if (handlers->link_attached)
            handlers->link_attached(connection->context, link, &link->remote);
    } else if (link->remote.target.coordinator) {
        amqp_link_refuse(link, AMQP_E_NOT_IMPLEMENTED, "transactions are not served here");
    } else {
        handlers->link_requested(connection->context, link, &link->remote);
    }
}

void amqp_link_got_detach(amqp_session_t *session, const struct amqp_value *list)
{
    struct base_error err = {0};
    struct amqp_detach detach;

    if (amqp_shape_read(&amqp_shape_detach, list, &detach, &err)) {
        amqp_connection_fail(session->connection, err.code, "%s", err.message);
        return;
    }
    amqp_link_t *link = amqp_link_by_remote(session, detach.handle);
    if (!link) {
        amqp_session_fail(session, AMQP_E_UNATTACHED, "detach of handle %u, which is not attached",
                          detach.handle);
        return;
    }
    if (amqp_link_awaits_answer(link))
        amqp_link_refuse(link, NULL, NULL);
    else if (!link->detach_sent)
        amqp_link_send_detach(link, &(struct amqp_error){0});
    amqp_link_finish(link, detach.error.condition.data ? &detach.error : NULL);
}

void amqp_link_got_flow(amqp_link_t *link, const struct amqp_flow *flow)
{
    if (link->role == AMQP_RECEIVER) {
        /* The sender went ahead without sending: it gave credit back (drain). */
        int32_t ahead = flow->delivery_count < 0
                            ? 0
                            : (int32_t)((uint32_t)flow->delivery_count - link->delivery_count);
        if (ahead <= 0)
            return;
        link->credit = (uint32_t)ahead < link->credit ? link->credit - (uint32_t)ahead : 0;
        link->delivery_count = (uint32_t)flow->delivery_count;
        link->drain = link->drain && link->credit > 0;
        return;
    }
    if (flow->link_credit < 0)
        return;
    uint32_t counted =
        flow->delivery_count < 0 ? 0 : (uint32_t)flow->delivery_count; /* our initial count is 0 */
    int64_t credit = flow->link_credit - (int32_t)(link->delivery_count - counted);

    link->credit = credit > 0 ? (uint32_t)credit : 0;
    link->drain = flow->drain;
}
