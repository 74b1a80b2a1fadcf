/* Decides what a connection remembers of its configuration, and what zero means in it. */
#include "amqp/engine.h"

#include <string.h>

static struct amqp_value copy_value(struct base_buf *into, const struct amqp_value *value)
{
    if (value->type != AMQP_NULL)
        amqp_put_value(into, value);
    return amqp_raw(into);
}

static const char **copy_names(const char *const *names)
{
    size_t count = 0;

    if (!names)
        return NULL;
    while (names[count])
        count++;
    const char **copy = base_alloc((count + 1) * sizeof *copy);
    memcpy(copy, names, count * sizeof *copy); /* the names themselves are the caller's constants */
    return copy;
}

static void set_defaults(struct amqp_connection_config *config)
{
    if (config->max_frame_size < AMQP_FRAME_LEAST)
        config->max_frame_size = config->max_frame_size ? AMQP_FRAME_LEAST : 65536;
    if (!config->channel_max)
        config->channel_max = 255;
    if (!config->handle_max)
        config->handle_max = 255;
    if (!config->links_max)
        config->links_max = 1024;
    if (!config->handshake_timeout_ms)
        config->handshake_timeout_ms = 30000;
    if (!config->incoming_window)
        config->incoming_window = 5000;
    if (!config->max_message_size)
        config->max_message_size = 1024 * 1024 + 65536;
    if (!config->max_output)
        config->max_output = 4u << 20;
    if (!config->max_buffered)
        config->max_buffered = 16u << 20;
    if (!config->max_unsettled)
        config->max_unsettled = 8192;
}

void amqp_config_copy(amqp_connection_t *connection, const struct amqp_connection_config *config)
{
    struct amqp_connection_config *own = &connection->config;

    *own = *config;
    connection->container_id = base_strdup(config->container_id);
    connection->hostname = base_strdup(config->hostname);
    connection->sasl_mechanism = base_strdup(config->sasl_mechanism);
    connection->sasl_mechanisms = copy_names(config->sasl_mechanisms);
    if (config->sasl_response.data)
        base_buf_append(&connection->sasl_response, config->sasl_response.data,
                        config->sasl_response.len);
    own->properties = copy_value(&connection->open_properties, &config->properties);
    own->offered_capabilities =
        copy_value(&connection->open_offered, &config->offered_capabilities);
    own->desired_capabilities =
        copy_value(&connection->open_desired, &config->desired_capabilities);
    set_defaults(own);
}
