/* Decides the life of a connection: open, close, time-outs, and what its end means for all that
 * hangs on it. */
#include "amqp/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void conclude(amqp_connection_t *connection);
static void check_output(amqp_connection_t *connection);

amqp_connection_t *amqp_connection_new(const struct amqp_connection_config *config,
                                       const struct amqp_handlers *handlers, void *context,
                                       int64_t now_ms)
{
    amqp_connection_t *connection = base_alloc(sizeof *connection);

    BUG_ON(!config->container_id);
    amqp_config_copy(connection, config);
    connection->handlers = handlers;
    connection->context = context;
    connection->now = connection->started = connection->last_in = connection->last_out = now_ms;
    connection->remote_max_frame = AMQP_FRAME_SENT_MAX;
    connection->remote_channel_max = UINT16_MAX;
    connection->remote_idle_ms = -1;
    bool client = config->side == AMQP_CLIENT;
    bool sasl = client ? config->sasl_mechanism != NULL : config->sasl_mechanisms != NULL;
    connection->stage = sasl ? AMQP_STAGE_SASL_HEADER : AMQP_STAGE_HEADER;
    if (client)
        amqp_send_protocol_header(connection, sasl ? 3 : 0);
    if (client && !sasl)
        amqp_connection_send_open(connection);
    return connection;
}

void amqp_connection_free(amqp_connection_t *connection)
{
    if (!connection)
        return;
    amqp_connection_eof(connection);
    free(connection->container_id);
    free(connection->hostname);
    free(connection->sasl_mechanism);
    free(connection->sasl_mechanisms);
    free(connection->remote_container);
    free(connection->remote_hostname);
    free(connection->sessions);
    free(connection->remote_channels);
    base_buf_release(&connection->sasl_response);
    base_buf_release(&connection->open_properties);
    base_buf_release(&connection->open_offered);
    base_buf_release(&connection->open_desired);
    base_buf_release(&connection->in);
    base_buf_release(&connection->out);
    base_buf_release(&connection->held);
    free(connection);
}

void amqp_connection_input(amqp_connection_t *connection, const void *data, size_t len,
                           int64_t now_ms)
{
    connection->now = now_ms;
    if (len)
        connection->last_in = now_ms;
    amqp_frames_input(connection, data, len);
    check_output(connection);
    conclude(connection);
}

void amqp_connection_eof(amqp_connection_t *connection)
{
    if (!connection->close_sent && !connection->close_received)
        amqp_keep_error(&connection->end, AMQP_E_CONNECTION_FORCED, "the connection was lost");
    connection->doomed = true;
    conclude(connection);
}

size_t amqp_connection_output(amqp_connection_t *connection, const void **data)
{
    amqp_settle_flush(connection);
    *data = connection->out.data + connection->out_head;
    return connection->out.len - connection->out_head;
}

void amqp_connection_output_drop(amqp_connection_t *connection, size_t written)
{
    struct base_buf *out = &connection->out;

    BUG_ON(written > out->len - connection->out_head);
    connection->out_head += written;
    if (connection->out_head == out->len) {
        base_buf_clear(out);
        connection->out_head = 0;
    } else if (connection->out_head > 65536 && connection->out_head > out->len / 2) {
        base_buf_drop(out, connection->out_head);
        connection->out_head = 0;
    }
    if (!connection->output_full ||
        out->len - connection->out_head > connection->config.max_output / 2)
        return;
    connection->output_full = false;
    for (uint32_t i = 0; i < connection->session_count && !connection->finished; i++) {
        if (connection->sessions[i])
            amqp_session_kick(connection->sessions[i]);
    }
}

/* A peer that asks for answers and reads none of them is given up: what was written for it is thrown away. */
static void check_output(amqp_connection_t *connection)
{
    const struct amqp_connection_config *config = &connection->config;

    if (connection->out.len - connection->out_head <= config->max_output + config->max_buffered)
        return;
    base_buf_release(&connection->out);
    connection->out_head = 0;
    connection->close_sent = true; /* in the middle of a frame there is no place for it */
    amqp_keep_error(&connection->end, AMQP_E_RESOURCE_LIMIT,
                    "the peer does not read what we write");
    connection->doomed = true;
}

/* -- time -- */

static void sooner(int64_t *deadline, int64_t at)
{
    if (*deadline < 0 || at < *deadline)
        *deadline = at;
}

int64_t amqp_connection_deadline(const amqp_connection_t *connection)
{
    const struct amqp_connection_config *config = &connection->config;
    int64_t deadline = -1;

    if (connection->finished)
        return -1;
    if (connection->doomed)
        return connection->now;
    if (!connection->open_received && config->handshake_timeout_ms > 0)
        sooner(&deadline, connection->started + config->handshake_timeout_ms);
    if (config->idle_timeout_ms > 0)
        sooner(&deadline, connection->last_in + 2 * config->idle_timeout_ms);
    if (connection->close_sent)
        sooner(&deadline, connection->close_at);
    else if (connection->remote_idle_ms > 0)
        sooner(&deadline, connection->last_out + connection->remote_idle_ms / 2);
    return deadline;
}

static void send_empty_frame(amqp_connection_t *connection)
{
    size_t mark;
    struct base_buf *out = amqp_frame_begin(connection, AMQP_FRAME_AMQP, 0, &mark);

    amqp_frame_end(connection, out, mark);
}

void amqp_connection_tick(amqp_connection_t *connection, int64_t now_ms)
{
    const struct amqp_connection_config *config = &connection->config;

    connection->now = now_ms;
    if (connection->finished)
        return;
    if (!connection->open_received && config->handshake_timeout_ms > 0 &&
        now_ms >= connection->started + config->handshake_timeout_ms)
        amqp_connection_fail(connection, AMQP_E_CONNECTION_FORCED, "no open came within %lld ms",
                             (long long)config->handshake_timeout_ms);
    if (config->idle_timeout_ms > 0 && now_ms >= connection->last_in + 2 * config->idle_timeout_ms)
        amqp_connection_fail(connection, AMQP_E_RESOURCE_LIMIT,
                             "local idle time-out of %lld ms expired",
                             (long long)config->idle_timeout_ms);
    if (connection->close_sent && now_ms >= connection->close_at)
        connection->doomed = true;
    if (!connection->close_sent && !connection->doomed && connection->remote_idle_ms > 0 &&
        now_ms >= connection->last_out + connection->remote_idle_ms / 2)
        send_empty_frame(connection);
    conclude(connection);
}

/* -- open and close -- */

bool amqp_connection_is_open(const amqp_connection_t *connection)
{
    return connection->open_sent && connection->open_received && !connection->close_sent &&
           !connection->close_received && !connection->doomed && !connection->finished;
}

bool amqp_connection_is_done(const amqp_connection_t *connection)
{
    return connection->finished;
}

void *amqp_connection_context(const amqp_connection_t *connection)
{
    return connection->context;
}

const char *amqp_connection_remote_container(const amqp_connection_t *connection)
{
    return connection->remote_container ? connection->remote_container : "";
}

const char *amqp_connection_remote_hostname(const amqp_connection_t *connection)
{
    return connection->remote_hostname ? connection->remote_hostname : "";
}

void amqp_connection_send_open(amqp_connection_t *connection)
{
    const struct amqp_connection_config *config = &connection->config;
    struct amqp_open open;

    amqp_shape_defaults(&amqp_shape_open, &open);
    open.container_id = amqp_bytes_of(connection->container_id);
    open.hostname = amqp_bytes_of(connection->hostname);
    open.max_frame_size = config->max_frame_size;
    open.channel_max = config->channel_max;
    open.idle_timeout_ms = config->idle_timeout_ms > 0 ? config->idle_timeout_ms : -1;
    open.properties = config->properties;
    open.offered_capabilities = config->offered_capabilities;
    open.desired_capabilities = config->desired_capabilities;
    amqp_send_frame(connection, 0, &amqp_shape_open, &open);
    connection->open_sent = true;
}

/* The close frame, after an open where none was sent; nothing while no frames are spoken. */
static void send_close(amqp_connection_t *connection, const struct amqp_error *error)
{
    if (connection->stage != AMQP_STAGE_FRAMES || connection->close_sent)
        return;
    if (!connection->open_sent)
        amqp_connection_send_open(connection);
    connection->close_sent = true;
    connection->close_at = connection->now + AMQP_CLOSE_WAIT_MS;
    amqp_send_frame(connection, 0, &amqp_shape_close, error);
}

void amqp_connection_close(amqp_connection_t *connection, const char *condition,
                           const char *description)
{
    struct amqp_error error = amqp_error_of(condition, description);

    if (connection->close_sent || connection->doomed || connection->finished)
        return;
    if (condition)
        amqp_keep_error(&connection->end, condition, description);
    send_close(connection, &error);
    if (!connection->close_sent)
        connection->doomed = true;
}

void amqp_connection_fail(amqp_connection_t *connection, const char *condition, const char *fmt,
                          ...)
{
    char description[512];
    va_list args;

    if (connection->doomed || connection->finished)
        return;
    connection->doomed = true;
    va_start(args, fmt);
    vsnprintf(description, sizeof description, fmt, args);
    va_end(args);
    amqp_keep_error(&connection->end, condition, description);
    struct amqp_error error = amqp_error_of(condition, description);
    send_close(connection, &error);
}

/* What is acceptable in an open; fails the connection otherwise. */
static bool good_open(amqp_connection_t *connection, const struct amqp_open *open)
{
    if (open->max_frame_size < AMQP_FRAME_LEAST) {
        amqp_connection_fail(connection, AMQP_E_INVALID_FIELD,
                             "open: max-frame-size is %u, at least %u expected",
                             open->max_frame_size, (unsigned)AMQP_FRAME_LEAST);
        return false;
    }
    for (uint32_t i = (uint32_t)open->channel_max + 1; i < connection->session_count; i++) {
        if (!connection->sessions[i])
            continue;
        amqp_connection_fail(connection, AMQP_E_NOT_ALLOWED, "the peer allows channels to %u only",
                             open->channel_max);
        return false;
    }
    return true;
}

void amqp_connection_got_open(amqp_connection_t *connection, const struct amqp_value *list)
{
    struct base_error err = {0};
    struct amqp_open open;

    if (connection->open_received) {
        amqp_connection_fail(connection, AMQP_E_ILLEGAL_STATE, "a second open");
        return;
    }
    if (amqp_shape_read(&amqp_shape_open, list, &open, &err)) {
        amqp_connection_fail(connection, err.code, "%s", err.message);
        return;
    }
    if (!good_open(connection, &open))
        return;
    connection->open_received = true;
    connection->remote_container = amqp_bytes_dup(open.container_id);
    connection->remote_hostname = amqp_bytes_dup(open.hostname);
    if (open.max_frame_size < AMQP_FRAME_SENT_MAX)
        connection->remote_max_frame = open.max_frame_size;
    connection->remote_channel_max = open.channel_max;
    connection->remote_idle_ms = open.idle_timeout_ms;
    if (!connection->open_sent)
        amqp_connection_send_open(connection);
    if (connection->held_largest > connection->remote_max_frame) {
        amqp_connection_fail(connection, AMQP_E_FRAME_SIZE,
                             "a frame of %zu bytes does not fit the peer's max-frame-size",
                             connection->held_largest);
        return;
    }
    base_buf_append(&connection->out, connection->held.data, connection->held.len);
    base_buf_release(&connection->held);
    if (connection->handlers->opened)
        connection->handlers->opened(connection->context, connection, &open);
}

void amqp_connection_got_close(amqp_connection_t *connection, const struct amqp_value *list)
{
    struct base_error err = {0};
    struct amqp_error error;

    if (amqp_shape_read(&amqp_shape_close, list, &error, &err)) {
        amqp_connection_fail(connection, err.code, "%s", err.message);
        return;
    }
    if (error.condition.data) {
        char *condition = amqp_bytes_dup(error.condition),
             *description = amqp_bytes_dup(error.description);
        connection->end.set = false;
        amqp_keep_error(&connection->end, condition, description);
        free(condition);
        free(description);
    }
    connection->close_received = true;
    send_close(connection, &(struct amqp_error){0});
}

/* -- the end -- */

/* Ends everything, once, when the connection is broken or close has been exchanged. */
static void conclude(amqp_connection_t *connection)
{
    if (connection->finished || !(connection->doomed || connection->close_received))
        return;
    amqp_settle_flush(connection);
    connection->doomed = true;
    struct amqp_error error = amqp_kept(&connection->end);
    const struct amqp_error *cause = connection->end.set ? &error : NULL;

    for (uint32_t i = 0; i < connection->session_count; i++) {
        if (connection->sessions[i])
            amqp_session_finish(connection->sessions[i], cause);
    }
    connection->finished = true;
    if (connection->handlers->closed)
        connection->handlers->closed(connection->context, connection, cause);
}

void amqp_keep_error(struct amqp_kept_error *kept, const char *condition, const char *description)
{
    if (kept->set)
        return;
    kept->set = true;
    snprintf(kept->condition, sizeof kept->condition, "%s", condition);
    snprintf(kept->description, sizeof kept->description, "%s", description ? description : "");
}

struct amqp_error amqp_kept(const struct amqp_kept_error *kept)
{
    if (!kept->set)
        return (struct amqp_error){0};
    return amqp_error_of(kept->condition, kept->description);
}
