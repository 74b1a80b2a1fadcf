/* Decides how messages become transfer frames, and frames messages. */
#include "amqp/engine.h"

#include <string.h>

#define TRANSFER_MAX 40 /* bytes of a transfer performative as we write it, at most */

/* -- out -- */

bool amqp_link_sendable(const amqp_link_t *link)
{
    amqp_connection_t *connection = link->session->connection;

    if (link->role != AMQP_SENDER || !amqp_link_is_up(link) || !link->credit || link->rest.len ||
        !link->session->remote_incoming_window)
        return false;
    if (connection->out.len - connection->out_head < connection->config.max_output)
        return true;
    connection->output_full = true;
    return false;
}

static uint8_t *put_uint(uint8_t *at, uint32_t number)
{
    if (number < 256) {
        *at++ = 0x52;
    } else {
        *at++ = 0x70;
        *at++ = (uint8_t)(number >> 24);
        *at++ = (uint8_t)(number >> 16);
        *at++ = (uint8_t)(number >> 8);
    }
    *at++ = (uint8_t)number;
    return at;
}

/* The first frame of a delivery names it; its tag is its number. Written by hand: this is the hot path. */
static uint8_t *put_first(uint8_t *at, uint32_t id, uint32_t format, bool settled)
{
    const uint8_t tag[6] = {
        0xa0, 4, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id};

    at = put_uint(at, id);
    memcpy(at, tag, sizeof tag);
    at = put_uint(at + sizeof tag, format);
    *at++ = settled ? 0x41 : 0x42;
    return at;
}

static uint8_t *put_later(uint8_t *at)
{
    memset(at, 0x40, 4); /* delivery-id, delivery-tag, message-format, settled: null */
    return at + 4;
}

/* One transfer frame up to its payload; `first` NULL: a later frame of the delivery. */
static struct base_buf *begin_transfer(amqp_link_t *link, const struct amqp_send *first,
                                       uint32_t id, bool more, size_t *mark)
{
    struct base_buf *out =
        amqp_frame_begin(link->session->connection, AMQP_FRAME_AMQP, link->session->channel, mark);
    uint8_t bytes[TRANSFER_MAX] = {0x00, 0x53, 0x14, 0xc0, 0, 6};
    uint8_t *at = put_uint(bytes + 6, link->handle);

    at = first ? put_first(at, id, first->message_format, first->settled) : put_later(at);
    *at++ = more ? 0x41 : 0x42;
    bytes[4] = (uint8_t)(at - bytes - 5);
    base_buf_append(out, bytes, (size_t)(at - bytes));
    link->session->remote_incoming_window--;
    link->session->next_outgoing_id++;
    return out;
}

static size_t frame_room(const amqp_link_t *link)
{
    return link->session->connection->remote_max_frame - AMQP_FRAME_HEADER - TRANSFER_MAX;
}

/* A reader over the parts of a message. */
struct gather {
    const struct amqp_bytes *part;
    size_t left;   /* parts */
    size_t offset; /* in the first of them */
};

static void append_parts(struct base_buf *out, struct gather *from, size_t len)
{
    while (len) {
        size_t have = from->part->len - from->offset, take = have < len ? have : len;
        base_buf_append(out, from->part->data + from->offset, take);
        len -= take;
        from->offset += take;
        if (from->offset == from->part->len && from->left > 1) {
            from->part++;
            from->left--;
            from->offset = 0;
        }
    }
}

static size_t total_len(const struct amqp_send *message)
{
    size_t total = 0;

    for (size_t i = 0; i < message->part_count; i++)
        total += message->parts[i].len;
    return total;
}

static enum base_status check_send(amqp_link_t *link, const struct amqp_send *message, size_t total,
                                   struct base_error *err)
{
    amqp_session_t *session = link->session;
    const struct amqp_connection *connection = session->connection;

    if (!amqp_link_sendable(link))
        return base_error_set(err, BASE_CONFLICT, NULL, "link '%s' cannot send now", link->name);
    if (link->max_out && total > link->max_out)
        return base_error_set(err, BASE_TOO_LARGE, AMQP_E_MESSAGE_SIZE,
                              "a message of %zu bytes, the peer takes %llu", total,
                              (unsigned long long)link->max_out);
    if (!message->settled && !amqp_unsettled_room(session))
        return base_error_set(err, BASE_THROTTLED, NULL,
                              "%zu messages wait for their outcome already",
                              session->unsettled_live);
    if (total / frame_room(link) >= session->remote_incoming_window &&
        connection->buffered + total > connection->config.max_buffered)
        return base_error_set(err, BASE_THROTTLED, NULL,
                              "%zu bytes wait for the peer's window already", connection->buffered);
    return BASE_OK;
}

/* What the window did not let through waits in link->rest. */
static void keep_rest(amqp_link_t *link, struct gather *from, size_t len)
{
    append_parts(&link->rest, from, len);
    link->rest_at = 0;
    link->session->connection->buffered += len;
}

enum base_status amqp_link_send(amqp_link_t *link, const struct amqp_send *message,
                                struct base_error *err)
{
    amqp_connection_t *connection = link->session->connection;
    struct gather from = {.part = message->parts, .left = message->part_count};
    struct amqp_send first = *message;
    size_t total = total_len(message), room = frame_room(link), mark;

    first.settled = link->snd_settle_mode == AMQP_SND_SETTLED ||
                    (link->snd_settle_mode == AMQP_SND_MIXED && message->settled);
    enum base_status status = check_send(link, &first, total, err);
    if (status)
        return status;
    uint32_t id = link->session->next_delivery_id++;
    link->delivery_count++;
    link->credit--;
    if (!first.settled)
        amqp_unsettled_add(link->session, id, link, message->cookie);
    for (bool start = true; start || (total && link->session->remote_incoming_window);
         start = false) {
        size_t part = total < room ? total : room;
        struct base_buf *out = begin_transfer(link, start ? &first : NULL, id, part < total, &mark);
        append_parts(out, &from, part);
        amqp_frame_end(connection, out, mark);
        total -= part;
    }
    if (total)
        keep_rest(link, &from, total);
    return BASE_OK;
}

void amqp_transfer_rest(amqp_link_t *link)
{
    amqp_session_t *session = link->session;
    size_t room = frame_room(link), mark;

    while (link->rest_at < link->rest.len && session->remote_incoming_window &&
           !link->detach_sent) {
        size_t left = link->rest.len - link->rest_at, part = left < room ? left : room;
        struct base_buf *out = begin_transfer(link, NULL, 0, part < left, &mark);
        base_buf_append(out, link->rest.data + link->rest_at, part);
        amqp_frame_end(session->connection, out, mark);
        link->rest_at += part;
    }
    if (!link->rest.len || link->rest_at < link->rest.len)
        return;
    session->connection->buffered -= link->rest.len;
    base_buf_release(&link->rest);
}

/* -- in -- */

static void drop_parts(amqp_link_t *link)
{
    link->session->connection->buffered -= link->parts.len;
    link->assembling = false;
    if (link->parts.cap > 65536)
        base_buf_release(&link->parts);
    else
        base_buf_clear(&link->parts);
}

/* A delivery starts: it must have an id and a tag, and use up credit. False: the link or session was told off. */
static bool start_delivery(amqp_link_t *link, const struct amqp_transfer *transfer)
{
    if (transfer->delivery_id < 0 || !transfer->delivery_tag.data ||
        transfer->delivery_tag.len > sizeof link->tag) {
        amqp_session_fail(link->session, AMQP_E_INVALID_FIELD,
                          "transfer: a delivery starts with a delivery-id and a delivery-tag of at "
                          "most 32 bytes");
        return false;
    }
    if (!link->credit) {
        amqp_link_detach(link, AMQP_E_TRANSFER_LIMIT, "a message came without link credit");
        return false;
    }
    if (transfer->resume) {
        amqp_link_detach(link, AMQP_E_NOT_IMPLEMENTED, "deliveries cannot be resumed here");
        return false;
    }
    link->credit--;
    link->delivery_count++;
    link->assembling = true;
    memcpy(link->tag, transfer->delivery_tag.data, transfer->delivery_tag.len);
    link->delivery = (struct amqp_delivery){
        .id = (uint32_t)transfer->delivery_id,
        .tag = {link->tag, transfer->delivery_tag.len},
        .message_format = transfer->message_format < 0 ? 0 : (uint32_t)transfer->message_format,
    };
    return true;
}

static bool same_delivery(amqp_link_t *link, const struct amqp_transfer *transfer)
{
    if (transfer->delivery_id < 0 || (uint32_t)transfer->delivery_id == link->delivery.id)
        return true;
    amqp_session_fail(link->session, AMQP_E_NOT_ALLOWED,
                      "transfer: delivery %lld begins before delivery %u ended",
                      (long long)transfer->delivery_id, link->delivery.id);
    return false;
}

/* False: too large. */
static bool fits(amqp_link_t *link, size_t more)
{
    amqp_connection_t *connection = link->session->connection;

    if (more > link->max_in || link->parts.len > link->max_in - more) {
        drop_parts(link);
        amqp_link_detach(link, AMQP_E_MESSAGE_SIZE,
                         "a message is larger than this link's max-message-size");
        return false;
    }
    if (connection->buffered + more <= connection->config.max_buffered)
        return true;
    amqp_connection_fail(connection, AMQP_E_RESOURCE_LIMIT,
                         "unfinished messages of more than %zu bytes",
                         connection->config.max_buffered);
    return false;
}

static void keep_part(amqp_link_t *link, struct amqp_bytes payload)
{
    base_buf_append(&link->parts, payload.data, payload.len);
    link->session->connection->buffered += payload.len;
}

static void deliver(amqp_link_t *link, struct amqp_bytes payload)
{
    amqp_connection_t *connection = link->session->connection;

    link->delivery.payload =
        link->parts.len ? (struct amqp_bytes){link->parts.data, link->parts.len} : payload;
    if (connection->handlers->message)
        connection->handlers->message(connection->context, link, &link->delivery);
    drop_parts(link);
    if (link->auto_credit && link->credit <= link->auto_credit / 2)
        amqp_link_flow(link, link->auto_credit, false);
}

static void take_transfer(amqp_link_t *link, const struct amqp_transfer *transfer,
                          struct amqp_bytes payload)
{
    if (link->assembling ? !same_delivery(link, transfer) : !start_delivery(link, transfer))
        return;
    if (transfer->aborted) {
        drop_parts(link);
        return;
    }
    if (!fits(link, payload.len))
        return;
    link->delivery.settled = link->delivery.settled || transfer->settled;
    if (transfer->more || link->parts.len)
        keep_part(link, payload);
    if (!transfer->more)
        deliver(link, payload);
}

void amqp_transfer_got(amqp_session_t *session, const struct amqp_value *list,
                       struct amqp_bytes payload)
{
    amqp_connection_t *connection = session->connection;
    struct amqp_transfer transfer;

    if (amqp_shape_read(&amqp_shape_transfer, list, &transfer, &connection->fault)) {
        amqp_connection_fail(connection, connection->fault.code, "%s", connection->fault.message);
        return;
    }
    amqp_link_t *link = amqp_link_by_remote(session, transfer.handle);
    session->incoming_window--; /* never 0 here: it is opened again below, at half */
    session->next_incoming_id++;
    if (!link)
        amqp_session_fail(session, AMQP_E_UNATTACHED,
                          "transfer on handle %u, which is not attached", transfer.handle);
    else if (link->role != AMQP_RECEIVER)
        amqp_session_fail(session, AMQP_E_NOT_ALLOWED,
                          "transfer on handle %u, where we are the sender", transfer.handle);
    else if (!link->detach_sent)
        take_transfer(link, &transfer, payload);
    if (!session->end_sent && session->incoming_window <= connection->config.incoming_window / 2)
        amqp_session_send_flow(session, NULL, false);
}
