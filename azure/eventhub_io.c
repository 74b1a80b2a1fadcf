/* Decides how bytes get in and out of a client: its connection, and the thread that keeps it moving. */
#include "azure/eventhub_private.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define READ_BYTES 65536
#define READS_MAX 16 /* reads before callers get a turn at the lock */
#define IDLE_MS 60000
#define CLOSE_WAIT_MS 1000

static void *io_run(void *argument);

enum base_status az_io_start(az_eventhub_t *client, struct base_error *err)
{
    if (client->threads_started)
        return BASE_OK;
    int wrong = pthread_create(&client->io_thread, NULL, io_run, client);

    if (wrong)
        return base_error_set(err, BASE_IO, NULL, "cannot start a thread: %s", strerror(wrong));
    wrong = pthread_create(&client->renew_thread, NULL, az_renew_run, client);
    if (!wrong) {
        client->threads_started = true;
        return BASE_OK;
    }
    client->stopping = true;
    az_io_wake(client);
    pthread_mutex_unlock(&client->lock);
    pthread_join(client->io_thread, NULL);
    pthread_mutex_lock(&client->lock);
    client->stopping = false;
    return base_error_set(err, BASE_IO, NULL, "cannot start a thread: %s", strerror(wrong));
}

void az_io_wake(az_eventhub_t *client)
{
    uint64_t one = 1;

    if (write(client->wake_fd, &one, sizeof one) < 0)
        BUG_ON(errno != EAGAIN); /* it is full: awake already */
}

/* Asks for an orderly close, waits a little, then ends the threads. */
void az_io_stop(az_eventhub_t *client)
{
    int64_t until = base_monotonic_ms() + CLOSE_WAIT_MS;
    bool canceled;

    pthread_mutex_lock(&client->lock);
    canceled = client->canceled;
    client->canceled = false; /* we want to wait, if only for the goodbye */
    if (client->amqp)
        amqp_connection_close(client->amqp, NULL, NULL);
    az_io_wake(client);
    while (client->amqp && !az_wait_locked(client, until, "close", NULL))
        continue;
    client->canceled = canceled;
    client->stopping = true;
    az_io_wake(client);
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
    if (client->threads_started) {
        pthread_join(client->io_thread, NULL);
        pthread_join(client->renew_thread, NULL);
    }
}

/* -- connecting (a caller's thread) -------------------------------------------------------------------------------- */

static bool is_canceled(void *context)
{
    az_eventhub_t *client = context;
    bool canceled;

    pthread_mutex_lock(&client->lock);
    canceled = client->canceled;
    pthread_mutex_unlock(&client->lock);
    return canceled;
}

static base_stream_t *open_stream(az_eventhub_t *client, int64_t until, struct base_error *err)
{
    const struct az_eventhub_config *config = &client->config;
    int64_t left = until - base_monotonic_ms();
    struct base_stream_connect to = {
        .host = config->connect_host ? config->connect_host : client->host,
        .port = client->port,
        .tls = !config->development_emulator,
        .ca_file = config->ca_file,
        .proxy = config->development_emulator && !config->proxy ? "" : config->proxy,
        .timeout_ms = left > 1 ? (int)left : 1,
        .stopped = is_canceled,
        .context = client,
    };

    return base_stream_open(&to, err);
}

static void make_amqp(az_eventhub_t *client)
{
    char container[128], tail[17];
    struct amqp_connection_config config = {
        .side = AMQP_CLIENT,
        .container_id = container,
        .hostname = client->host,
        .sasl_mechanism = "ANONYMOUS", /* authorization is $cbs, per entity */
        .idle_timeout_ms = IDLE_MS,
        .handshake_timeout_ms = client->timeout_ms,
        .incoming_window = 2048,
    };

    base_random_hex(client->config.random, tail, 16);
    snprintf(container, sizeof container, "%s-%s", client->config.name, tail);
    client->amqp = amqp_connection_new(&config, &az_link_handlers, client, base_monotonic_ms());
}

static enum base_status connect_locked(az_eventhub_t *client, int64_t until, struct base_error *err)
{
    pthread_mutex_unlock(&client->lock);
    base_stream_t *stream = open_stream(client, until, err);
    pthread_mutex_lock(&client->lock);
    if (!stream)
        return err ? err->status : BASE_UNAVAILABLE;
    client->stream = stream;
    base_error_clear(&client->lost);
    make_amqp(client);
    az_io_wake(client);
    enum base_status status = BASE_OK;
    while (!status && client->amqp && !amqp_connection_is_open(client->amqp))
        status = az_wait_locked(client, until, "connect", err);
    return status || client->amqp ? status : az_copy_error(err, &client->lost);
}

enum base_status az_connect_locked(az_eventhub_t *client, int64_t until, struct base_error *err)
{
    struct base_error own = {0}; /* err may be NULL, and the status is needed */
    enum base_status status = az_io_start(client, &own);

    while (!status &&
           (client->connecting || (client->amqp && !amqp_connection_is_open(client->amqp))))
        status = az_wait_locked(client, until, "connect", &own);
    if (!status && client->canceled)
        status = base_error_set(&own, BASE_CANCELED, NULL, "connect: we were asked to stop");
    if (!status && !client->amqp) {
        client->connecting = true;
        status = connect_locked(client, until, &own);
        client->connecting = false;
        pthread_cond_broadcast(&client->changed);
    }
    return status ? az_copy_error(err, &own) : BASE_OK;
}

/* -- the I/O thread ------------------------------------------------------------------------------------------------- */

/* False: the stream is gone. */
static bool write_all_locked(az_eventhub_t *client)
{
    const void *data;
    size_t len;

    while ((len = amqp_connection_output(client->amqp, &data)) > 0) {
        long moved = base_stream_write(client->stream, data, len);
        if (moved < 0)
            return false;
        if (moved == 0)
            return true;
        amqp_connection_output_drop(client->amqp, (size_t)moved);
    }
    return true;
}

static bool read_some_locked(az_eventhub_t *client, char *buffer)
{
    for (int i = 0; i < READS_MAX; i++) {
        long got = base_stream_read(client->stream, buffer, READ_BYTES);
        if (got < 0)
            return false;
        if (got == 0)
            return true;
        amqp_connection_input(client->amqp, buffer, (size_t)got, base_monotonic_ms());
    }
    return true;
}

static void drop_connection_locked(az_eventhub_t *client)
{
    amqp_connection_free(client->amqp); /* tells every link that is left */
    base_stream_close(client->stream);
    client->amqp = NULL;
    client->stream = NULL;
    pthread_cond_broadcast(&client->changed);
}

/* One round; returns the poll time-out, and the stream's events (0 with a time-out of 0: go on at once). */
static int turn_locked(az_eventhub_t *client, char *buffer, short *events)
{
    const void *data;

    if (!client->amqp)
        return -1;
    int64_t deadline = amqp_connection_deadline(client->amqp), now = base_monotonic_ms();
    if (deadline >= 0 && now >= deadline)
        amqp_connection_tick(client->amqp, now);
    bool alive =
        write_all_locked(client) && read_some_locked(client, buffer) && write_all_locked(client);
    size_t waiting = amqp_connection_output(client->amqp, &data);
    if (!alive || (amqp_connection_is_done(client->amqp) && !waiting)) {
        drop_connection_locked(client);
        return -1;
    }
    *events = base_stream_events(client->stream, waiting > 0);
    if (!*events)
        return 0;
    deadline = amqp_connection_deadline(client->amqp);
    int64_t left = deadline - base_monotonic_ms();
    return deadline < 0 ? -1 : left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void drain_wake_fd(az_eventhub_t *client)
{
    uint64_t count;

    if (read(client->wake_fd, &count, sizeof count) < 0)
        BUG_ON(errno != EAGAIN);
}

static void *io_run(void *argument)
{
    az_eventhub_t *client = argument;
    char *buffer = base_alloc(READ_BYTES);

    for (;;) {
        struct pollfd fds[2] = {{.fd = client->wake_fd, .events = POLLIN}, {.fd = -1}};
        pthread_mutex_lock(&client->lock);
        int wait_ms = turn_locked(client, buffer, &fds[1].events);
        bool stop = client->stopping;
        if (client->stream && client->amqp)
            fds[1].fd = base_stream_fd(client->stream);
        if (stop && client->amqp)
            drop_connection_locked(client);
        pthread_mutex_unlock(&client->lock);
        if (stop)
            break;
        poll(fds, 2, wait_ms);
        drain_wake_fd(client);
    }
    free(buffer);
    return NULL;
}
