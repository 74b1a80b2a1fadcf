/* Decides where a frame starts and ends, in both directions, and which handler gets it. */
#include "amqp/engine.h"

#include <string.h>

static const uint8_t protocol_name[4] = {'A', 'M', 'Q', 'P'};

static void take_header(amqp_connection_t *connection, const uint8_t *header);
static void take_frame(amqp_connection_t *connection, const uint8_t *frame, size_t size);
static size_t wanted(amqp_connection_t *connection, const uint8_t *data, size_t len);

/* -- out -- */

static struct base_buf *start(amqp_connection_t *connection, struct base_buf *out, uint8_t type,
                              uint16_t channel, size_t *mark)
{
    const char header[AMQP_FRAME_HEADER] = {
        0, 0, 0, 0, 2, (char)type, (char)(channel >> 8), (char)channel};

    amqp_settle_flush(connection);
    *mark = out->len;
    base_buf_append(out, header, sizeof header);
    return out;
}

struct base_buf *amqp_frame_begin(amqp_connection_t *connection, uint8_t type, uint16_t channel,
                                  size_t *mark)
{
    return start(connection, &connection->out, type, channel, mark);
}

void amqp_frame_end(amqp_connection_t *connection, struct base_buf *out, size_t mark)
{
    size_t size = out->len - mark;

    for (int i = 0; i < 4; i++)
        out->data[mark + (size_t)i] = (char)(size >> (24 - 8 * i));
    connection->last_out = connection->now;
}

void amqp_send_frame(amqp_connection_t *connection, uint16_t channel,
                     const struct amqp_shape *shape, const void *from)
{
    bool hold =
        !connection->open_received && shape != &amqp_shape_open && shape != &amqp_shape_close;
    size_t mark;

    if (connection->close_sent && shape != &amqp_shape_close)
        return;
    struct base_buf *out = hold ? &connection->held : &connection->out;
    start(connection, out, AMQP_FRAME_AMQP, channel, &mark);
    amqp_shape_write(out, shape, from);
    amqp_frame_end(connection, out, mark);
    size_t size = out->len - mark;
    if (hold && size > connection->held_largest)
        connection->held_largest = size;
    if (size <= connection->remote_max_frame)
        return;
    out->len = mark;
    amqp_connection_fail(connection, AMQP_E_FRAME_SIZE,
                         "a %s frame does not fit the peer's max-frame-size %u", shape->name,
                         connection->remote_max_frame);
}

void amqp_send_protocol_header(amqp_connection_t *connection, uint8_t id)
{
    const uint8_t header[8] = {'A', 'M', 'Q', 'P', id, 1, 0, 0};

    base_buf_append(&connection->out, header, sizeof header);
    connection->last_out = connection->now;
}

/* -- in -- */

static bool deaf(const amqp_connection_t *connection)
{
    return connection->doomed || connection->finished || connection->close_received;
}

static void take(amqp_connection_t *connection, const uint8_t *data, size_t size)
{
    if (connection->stage == AMQP_STAGE_HEADER || connection->stage == AMQP_STAGE_SASL_HEADER)
        take_header(connection, data);
    else
        take_frame(connection, data, size);
}

/* Completes what is kept from earlier calls; returns how many bytes of `data` that took. */
static size_t complete_kept(amqp_connection_t *connection, const char *data, size_t len)
{
    struct base_buf *in = &connection->in;
    size_t used = 0;

    while (in->len && used < len && !deaf(connection)) {
        size_t need = wanted(connection, (const uint8_t *)in->data, in->len);
        size_t part = need - in->len < len - used ? need - in->len : len - used;
        base_buf_append(in, data + used, part);
        used += part;
        if (in->len < need || wanted(connection, (const uint8_t *)in->data, in->len) > in->len)
            continue;
        if (!deaf(connection))
            take(connection, (const uint8_t *)in->data, in->len);
        base_buf_clear(in);
    }
    return used;
}

void amqp_frames_input(amqp_connection_t *connection, const char *data, size_t len)
{
    size_t at = complete_kept(connection, data, len);

    while (at < len && !deaf(connection)) {
        const uint8_t *from = (const uint8_t *)data + at;
        size_t need = wanted(connection, from, len - at);
        if (deaf(connection))
            return;
        if (need > len - at) {
            base_buf_append(&connection->in, from, len - at);
            return;
        }
        take(connection, from, need);
        at += need;
    }
}

static uint32_t load32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Size of the unit that starts here: more than `len` while it is not whole. Fails the connection on
 * a size out of bounds. */
static size_t wanted(amqp_connection_t *connection, const uint8_t *data, size_t len)
{
    if (connection->stage == AMQP_STAGE_HEADER || connection->stage == AMQP_STAGE_SASL_HEADER)
        return 8;
    if (len < 4)
        return 4;
    uint32_t size = load32(data);

    if (size < AMQP_FRAME_HEADER || size > connection->config.max_frame_size) {
        amqp_connection_fail(connection, AMQP_E_FRAMING, "a frame of %u bytes, %u to %u expected",
                             size, (unsigned)AMQP_FRAME_HEADER, connection->config.max_frame_size);
        return len;
    }
    return size;
}

/* Answers a header that is not the right one with the one that is, as §2.2 asks, and gives up. */
static void refuse_header(amqp_connection_t *connection, uint8_t id, const uint8_t *got)
{
    if (connection->config.side == AMQP_SERVER)
        amqp_send_protocol_header(connection, id);
    amqp_keep_error(&connection->end, AMQP_E_FRAMING,
                    memcmp(got, protocol_name, 4)
                        ? "the peer does not speak AMQP"
                        : "the peer asks for another protocol layer or version");
    connection->doomed = true;
}

static void begin_sasl(amqp_connection_t *connection)
{
    connection->stage = AMQP_STAGE_SASL;
    amqp_sasl_start(connection);
}

static void begin_frames(amqp_connection_t *connection)
{
    connection->stage = AMQP_STAGE_FRAMES;
    if (connection->config.side == AMQP_SERVER)
        amqp_send_protocol_header(connection, 0);
}

static void take_header(amqp_connection_t *connection, const uint8_t *header)
{
    const struct amqp_connection_config *config = &connection->config;
    bool server = config->side == AMQP_SERVER;
    bool sasl = connection->stage == AMQP_STAGE_SASL_HEADER;
    static const uint8_t version[3] = {1, 0, 0};
    bool good = memcmp(header, protocol_name, 4) == 0 && memcmp(header + 5, version, 3) == 0;

    if (good && header[4] == 3 && sasl)
        begin_sasl(connection);
    else if (good && header[4] == 0 && (!sasl || (server && config->sasl_optional)))
        begin_frames(connection);
    else
        refuse_header(connection, sasl ? 3 : 0, header);
}

static amqp_session_t *session_of(amqp_connection_t *connection, uint16_t channel)
{
    return channel < connection->remote_channel_count ? connection->remote_channels[channel] : NULL;
}

/* Frames of a session that we have ended are dropped until the peer's end. */
static void take_session_frame(amqp_session_t *session, uint64_t code,
                               const struct amqp_value *list, struct amqp_bytes payload)
{
    if (code == amqp_shape_end.code)
        amqp_session_got_end(session, list);
    else if (session->end_sent)
        return;
    else if (code == amqp_shape_attach.code)
        amqp_link_got_attach(session, list);
    else if (code == amqp_shape_flow.code)
        amqp_session_got_flow(session, list);
    else if (code == amqp_shape_transfer.code)
        amqp_transfer_got(session, list, payload);
    else if (code == amqp_shape_disposition.code)
        amqp_disposition_got(session, list);
    else
        amqp_link_got_detach(session, list);
}

static void dispatch(amqp_connection_t *connection, uint16_t channel, uint64_t code,
                     const struct amqp_value *list, struct amqp_bytes payload)
{
    if (code < amqp_shape_open.code || code > amqp_shape_close.code) {
        amqp_connection_fail(connection, AMQP_E_NOT_IMPLEMENTED,
                             "a frame body with the unknown descriptor 0x%llx",
                             (unsigned long long)code);
        return;
    }
    if (connection->close_sent && code != amqp_shape_close.code)
        return;
    if (code == amqp_shape_open.code) {
        amqp_connection_got_open(connection, list);
        return;
    }
    if (!connection->open_received) {
        amqp_connection_fail(connection, AMQP_E_ILLEGAL_STATE, "a frame came before open");
        return;
    }
    if (code == amqp_shape_close.code) {
        amqp_connection_got_close(connection, list);
        return;
    }
    if (code == amqp_shape_begin.code) {
        amqp_session_got_begin(connection, channel, list);
        return;
    }
    amqp_session_t *session = session_of(connection, channel);
    if (session)
        take_session_frame(session, code, list, payload);
    else
        amqp_connection_fail(connection, AMQP_E_NOT_ALLOWED,
                             "a frame on channel %u, where no session was begun", channel);
}

/* Symbolic descriptors of performatives are legal, if never seen. */
static bool symbolic_code(const struct amqp_value *descriptor, uint64_t *code)
{
    static const struct amqp_shape *const shapes[] = {
        &amqp_shape_open,   &amqp_shape_begin,    &amqp_shape_attach,
        &amqp_shape_flow,   &amqp_shape_transfer, &amqp_shape_disposition,
        &amqp_shape_detach, &amqp_shape_end,      &amqp_shape_close,
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (!amqp_shape_is(shapes[i], descriptor))
            continue;
        *code = shapes[i]->code;
        return true;
    }
    return false;
}

static void take_body(amqp_connection_t *connection, uint16_t channel, struct amqp_bytes body)
{
    struct amqp_cursor cursor;
    struct amqp_value descriptor, list;
    uint64_t code = 0;

    amqp_cursor_init(&cursor, body);
    if (*cursor.at != 0x00)
        cursor.fault = "a frame body is not a described value";
    else
        cursor.at++;
    if (!amqp_read(&cursor, &descriptor) || !amqp_read(&cursor, &list)) {
        amqp_connection_fail(connection, AMQP_E_DECODE, "%s", cursor.fault);
        return;
    }
    if (descriptor.type == AMQP_ULONG)
        code = descriptor.as.number;
    else if (!symbolic_code(&descriptor, &code))
        code = 0;
    struct amqp_bytes payload = {(const char *)cursor.at, (size_t)(cursor.end - cursor.at)};
    dispatch(connection, channel, code, &list, payload);
}

static void take_frame(amqp_connection_t *connection, const uint8_t *frame, size_t size)
{
    size_t offset = (size_t)frame[4] * 4;
    uint8_t type = connection->stage == AMQP_STAGE_SASL ? AMQP_FRAME_SASL : AMQP_FRAME_AMQP;

    if (offset < AMQP_FRAME_HEADER || offset > size) {
        amqp_connection_fail(connection, AMQP_E_FRAMING,
                             "a frame of %zu bytes with a data offset of %zu", size, offset);
        return;
    }
    if (frame[5] != type) {
        amqp_connection_fail(connection, AMQP_E_FRAMING, "a frame of type %u, %u expected",
                             frame[5], type);
        return;
    }
    struct amqp_bytes body = {(const char *)frame + offset, size - offset};
    uint16_t channel = (uint16_t)(frame[6] << 8 | frame[7]);
    if (type == AMQP_FRAME_SASL)
        amqp_sasl_frame(connection, body);
    else if (body.len)
        take_body(connection, channel, body);
}
