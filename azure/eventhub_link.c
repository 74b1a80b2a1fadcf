/* Decides how a link of ours is opened and ended, and who hears what happens on it. */
#include "azure/eventhub_private.h"

#include <string.h>

/* -- what the engine tells (lock held, I/O thread) ----------------------------------------------------------------- */

static void changed(az_eventhub_t *client)
{
    pthread_cond_broadcast(&client->changed);
}

static void on_opened(void *context, amqp_connection_t *connection, const struct amqp_open *remote)
{
    (void)connection, (void)remote;
    changed(context);
}

static void on_closed(void *context, amqp_connection_t *connection, const struct amqp_error *error)
{
    az_eventhub_t *client = context;
    (void)connection;

    base_error_clear(&client->lost);
    if (error)
        az_amqp_error(&client->lost, error, "connection");
    else
        base_error_set(&client->lost, BASE_UNAVAILABLE, NULL, "the connection to %s was closed",
                       client->endpoint);
    changed(client);
}

static void on_attached(void *context, amqp_link_t *amqp, const struct amqp_attach *remote)
{
    struct az_link *link = amqp_link_context(amqp);
    (void)remote;

    if (link)
        link->state = AZ_LINK_UP;
    changed(context);
}

static void on_ended(void *context, amqp_link_t *amqp, const struct amqp_error *error)
{
    struct az_link *link = amqp_link_context(amqp);

    if (!link)
        return;
    if (error)
        az_amqp_error(&link->error, error, "link");
    else
        base_error_set(&link->error, BASE_UNAVAILABLE, NULL, "the service closed the link");
    link->state = AZ_LINK_ENDED;
    amqp_session_end(link->session, NULL, NULL);
    link->link = NULL;
    link->session = NULL;
    changed(context);
}

static void on_credit(void *context, amqp_link_t *amqp)
{
    (void)amqp;
    changed(context);
}

static void on_message(void *context, amqp_link_t *amqp, const struct amqp_delivery *delivery)
{
    struct az_link *link = amqp_link_context(amqp);

    if (link && link->message)
        link->message(link, delivery);
    if (!delivery->settled)
        amqp_link_accept_delivery(amqp, delivery->id);
    changed(context);
}

static void on_outcome(void *context, amqp_link_t *amqp, uint64_t cookie,
                       const struct amqp_outcome *outcome)
{
    struct az_link *link = amqp_link_context(amqp);

    if (link && link->outcome)
        link->outcome(link, cookie, outcome);
    changed(context);
}

const struct amqp_handlers az_link_handlers = {
    .opened = on_opened,
    .closed = on_closed,
    .link_attached = on_attached,
    .link_ended = on_ended,
    .link_credit = on_credit,
    .message = on_message,
    .outcome = on_outcome,
};

/* -- callers ------------------------------------------------------------------------------------------------------- */

static enum base_status attach_locked(struct az_link *link, amqp_session_t *session,
                                      const struct amqp_attach *attach, struct base_error *err)
{
    az_eventhub_t *client = link->client;

    base_error_clear(&link->error);
    link->link = NULL;
    link->session = session;
    if (!session && client->amqp)
        link->session = amqp_session_begin(client->amqp, NULL);
    if (link->session)
        link->link = amqp_link_attach(link->session, attach, link);
    if (link->link) {
        link->state = AZ_LINK_ATTACHING;
        az_io_wake(client);
        return BASE_OK;
    }
    if (link->session)
        amqp_session_end(link->session, NULL, NULL);
    link->session = NULL;
    return base_error_set(err, BASE_UNAVAILABLE, NULL,
                          "no more links can be opened on the connection to %s", client->endpoint);
}

enum base_status az_link_open_locked(struct az_link *link, amqp_session_t *session,
                                     const struct amqp_attach *attach, int64_t until,
                                     struct base_error *err)
{
    enum base_status status = attach_locked(link, session, attach, err);

    while (!status && link->state == AZ_LINK_ATTACHING)
        status = az_wait_locked(link->client, until, "attach", err);
    if (!status && link->state == AZ_LINK_ENDED)
        status = az_copy_error(err, &link->error);
    if (status)
        az_link_close_locked(link);
    return status;
}

void az_link_close_locked(struct az_link *link)
{
    if (link->link) {
        amqp_link_set_context(link->link, NULL);
        amqp_link_detach(link->link, NULL, NULL);
        amqp_session_end(link->session, NULL, NULL);
        az_io_wake(link->client);
    }
    link->link = NULL;
    link->session = NULL;
    link->state = AZ_LINK_CLOSED;
}
