/* Decides the SASL layer: one mechanism, one response, one verdict (part 5 of the specification).
 */
#include "amqp/engine.h"

#include <string.h>

static void send_sasl(amqp_connection_t *connection, const struct amqp_shape *shape,
                      const void *from)
{
    size_t mark;
    struct base_buf *out = amqp_frame_begin(connection, AMQP_FRAME_SASL, 0, &mark);

    amqp_shape_write(out, shape, from);
    amqp_frame_end(connection, out, mark);
}

/* The server offers; the client waits for the offer. */
void amqp_sasl_start(amqp_connection_t *connection)
{
    struct base_buf names = {0};

    if (connection->config.side == AMQP_CLIENT)
        return;
    amqp_send_protocol_header(connection, 3);
    amqp_put_symbols(&names, connection->sasl_mechanisms);
    struct amqp_sasl_mechanisms offer = {.mechanisms = amqp_raw(&names)};
    send_sasl(connection, &amqp_shape_sasl_mechanisms, &offer);
    base_buf_release(&names);
}

static void refuse(amqp_connection_t *connection, const char *condition, const char *sentence)
{
    amqp_keep_error(&connection->end, condition, sentence);
    connection->doomed = true;
}

static bool is_offered(const amqp_connection_t *connection, struct amqp_bytes mechanism)
{
    for (const char **name = connection->sasl_mechanisms; *name; name++) {
        if (amqp_bytes_equal(mechanism, *name))
            return true;
    }
    return false;
}

static enum amqp_sasl_code verdict(amqp_connection_t *connection, const struct amqp_sasl_init *init)
{
    if (!is_offered(connection, init->mechanism))
        return AMQP_SASL_AUTH;
    if (!connection->handlers->sasl)
        return AMQP_SASL_OK;
    return connection->handlers->sasl(connection->context, connection, init->mechanism,
                                      init->response);
}

static void got_init(amqp_connection_t *connection, const struct amqp_value *list)
{
    struct base_error err = {0};
    struct amqp_sasl_init init;

    if (amqp_shape_read(&amqp_shape_sasl_init, list, &init, &err)) {
        refuse(connection, err.code, err.message);
        return;
    }
    struct amqp_sasl_outcome outcome = {.code = (uint8_t)verdict(connection, &init)};
    send_sasl(connection, &amqp_shape_sasl_outcome, &outcome);
    if (outcome.code != AMQP_SASL_OK) {
        refuse(connection, AMQP_E_UNAUTHORIZED,
               "the SASL mechanism or its credentials were refused");
        return;
    }
    connection->sasl_done = true;
    connection->stage = AMQP_STAGE_HEADER;
}

static void got_mechanisms(amqp_connection_t *connection, const struct amqp_value *list)
{
    struct base_error err = {0};
    struct amqp_sasl_mechanisms offer;

    if (amqp_shape_read(&amqp_shape_sasl_mechanisms, list, &offer, &err)) {
        refuse(connection, err.code, err.message);
        return;
    }
    if (!amqp_symbols_have(&offer.mechanisms, connection->sasl_mechanism)) {
        refuse(connection, AMQP_E_UNAUTHORIZED, "the peer does not offer our SASL mechanism");
        return;
    }
    struct amqp_sasl_init init = {
        .mechanism = amqp_bytes_of(connection->sasl_mechanism),
        .response = {connection->sasl_response.data, connection->sasl_response.len},
        .hostname = amqp_bytes_of(connection->hostname),
    };
    send_sasl(connection, &amqp_shape_sasl_init, &init);
}

static void got_outcome(amqp_connection_t *connection, const struct amqp_value *list)
{
    struct base_error err = {0};
    struct amqp_sasl_outcome outcome;

    if (amqp_shape_read(&amqp_shape_sasl_outcome, list, &outcome, &err)) {
        refuse(connection, err.code, err.message);
        return;
    }
    if (outcome.code != AMQP_SASL_OK) {
        bool credentials = outcome.code == AMQP_SASL_AUTH;
        refuse(connection, credentials ? AMQP_E_UNAUTHORIZED : AMQP_E_INTERNAL,
               credentials ? "the peer refused our SASL credentials"
                           : "the peer's SASL layer failed");
        return;
    }
    connection->sasl_done = true;
    connection->stage = AMQP_STAGE_HEADER;
    amqp_send_protocol_header(connection, 0);
    amqp_connection_send_open(connection);
}

void amqp_sasl_frame(amqp_connection_t *connection, struct amqp_bytes body)
{
    bool server = connection->config.side == AMQP_SERVER;
    struct amqp_cursor cursor;
    struct amqp_value list;
    uint64_t code;

    amqp_cursor_init(&cursor, body);
    if (!amqp_read_described(&cursor, &code, &list))
        refuse(connection, AMQP_E_DECODE, cursor.fault);
    else if (server && code == amqp_shape_sasl_init.code)
        got_init(connection, &list);
    else if (!server && code == amqp_shape_sasl_mechanisms.code)
        got_mechanisms(connection, &list);
    else if (!server && code == amqp_shape_sasl_outcome.code)
        got_outcome(connection, &list);
    else
        refuse(connection, AMQP_E_NOT_IMPLEMENTED,
               "a SASL frame that is not expected here (only one step is supported)");
}

bool amqp_sasl_plain_parse(struct amqp_bytes response, struct amqp_bytes *user,
                           struct amqp_bytes *password)
{
    if (!response.data)
        return false;
    const char *end = response.data + response.len;
    const char *first = memchr(response.data, 0, response.len);
    const char *second = first ? memchr(first + 1, 0, (size_t)(end - first - 1)) : NULL;

    if (!second)
        return false;
    *user = (struct amqp_bytes){first + 1, (size_t)(second - first - 1)};
    *password = (struct amqp_bytes){second + 1, (size_t)(end - second - 1)};
    return true;
}

void amqp_sasl_plain_build(struct base_buf *out, const char *user, const char *password)
{
    base_buf_putc(out, '\0');
    base_buf_puts(out, user);
    base_buf_putc(out, '\0');
    base_buf_puts(out, password);
}
