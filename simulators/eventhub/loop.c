/* Moves bytes between sockets and peers, on one thread, and wakes readers when events came. */
#include "simulators/eventhub/loop.h"

#include "simulators/eventhub/fault.h"
#include "simulators/eventhub/peer.h"
#include "simulators/kit/pki.h"

#include "common/log.h"
#include "common/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (64u << 10)
#define READS_MAX 16         /* of one connection in a row */
#define WRITE_MAX (4u << 20) /* bytes of one connection in a row */
#define CONNECTIONS_MAX 5000 /* Standard tier */
#define FAULT_LOOK_MS 20     /* while a rule holds a connection or starves a link */
#define TRACE_EVERY_MS 100   /* transfers of a connection are traced together */

enum { SLOT_WAKE, SLOT_TLS, SLOT_PLAIN, SLOTS };

struct connection {
    base_stream_t *stream;
    struct eh_peer *peer;
    bool dead;
};

struct dirty {
    struct eh_hub *hub; /* counted */
    int partition;
};

struct eh_loop {
    eh_t *eh;
    pthread_t thread;
    int listeners[2]; /* TLS, plain; -1: none */
    int ports[2];
    int wake_fd;
    atomic_bool stopping, signaled;
    pthread_mutex_t lock; /* the dirty list */
    struct dirty *dirty;
    size_t dirty_count, dirty_cap;
    /* the thread's own: */
    struct connection *connections;
    size_t count, cap;
    struct pollfd *polls;
    char *buffer;
};

static bool open_listener(struct eh_loop *loop, int which, int port, struct base_error *err);
static void loop_free(struct eh_loop *loop);
static void *run(void *context);
static void wait_for_work(struct eh_loop *loop);
static int64_t patience(struct eh_loop *loop, const struct connection *connection, int64_t now);
static void accept_all(struct eh_loop *loop, int which);
static void read_connection(struct eh_loop *loop, struct connection *connection);
static void keep_time(struct eh_loop *loop, struct connection *connection, int64_t now);
static void strike_all(struct eh_loop *loop);
static void pump_dirty(struct eh_loop *loop);
static void pump_partition(struct eh_loop *loop, const struct dirty *dirty);
static void write_connection(struct connection *connection);
static void close_dead(struct eh_loop *loop);
static void close_all(struct eh_loop *loop);
static void signal_loop(struct eh_loop *loop);

enum base_status eh_loop_start(eh_t *eh, int tls_port, int plain_port, struct base_error *err)
{
    struct eh_loop *loop = base_alloc(sizeof(*loop));
    loop->eh = eh;
    loop->listeners[0] = loop->listeners[1] = loop->ports[0] = loop->ports[1] = -1;
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->buffer = base_alloc(READ_SIZE);
    pthread_mutex_init(&loop->lock, NULL);
    if (loop->wake_fd < 0)
        (void)base_error_set(err, BASE_IO, NULL, "no eventfd: %s", strerror(errno));
    else if (open_listener(loop, 0, tls_port, err) && open_listener(loop, 1, plain_port, err)) {
        atomic_store(&eh->loop, loop);
        if (pthread_create(&loop->thread, NULL, run, loop) == 0)
            return BASE_OK;
        atomic_store(&eh->loop, NULL);
        (void)base_error_set(err, BASE_IO, NULL,
                             "the thread of the AMQP listeners cannot be started");
    }
    loop_free(loop);
    return err ? err->status : BASE_IO;
}

void eh_loop_stop(struct eh_loop *loop)
{
    if (!loop)
        return;
    atomic_store(&loop->stopping, true);
    signal_loop(loop);
    pthread_join(loop->thread, NULL);
    atomic_store(&loop->eh->loop, NULL);
    loop_free(loop);
}

int eh_loop_port(const struct eh_loop *loop, bool tls)
{
    return loop->ports[tls ? 0 : 1];
}

void eh_loop_wake(struct eh_loop *loop, struct eh_hub *hub, int partition)
{
    if (atomic_exchange(&hub->partitions[partition].dirty, true))
        return;
    pthread_mutex_lock(&loop->lock);
    if (loop->dirty_count == loop->dirty_cap) {
        loop->dirty_cap = loop->dirty_cap ? loop->dirty_cap * 2 : 32;
        loop->dirty = base_realloc(loop->dirty, loop->dirty_cap * sizeof(*loop->dirty));
    }
    loop->dirty[loop->dirty_count++] = (struct dirty){eh_hub_ref(hub), partition};
    pthread_mutex_unlock(&loop->lock);
    signal_loop(loop);
}

void eh_loop_look(struct eh_loop *loop)
{
    if (!loop)
        return;
    atomic_fetch_add(&loop->eh->generation, 1);
    signal_loop(loop);
}

/* -- start and end -- */

/* False: err is set. */
static bool open_listener(struct eh_loop *loop, int which, int port, struct base_error *err)
{
    if (port < 0)
        return true;
    int fd = base_listen(NULL, port, &loop->ports[which], err);
    loop->listeners[which] = fd;
    if (fd >= 0)
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd >= 0;
}

static void loop_free(struct eh_loop *loop)
{
    for (int i = 0; i < 2; i++)
        if (loop->listeners[i] >= 0)
            close(loop->listeners[i]);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    for (size_t i = 0; i < loop->dirty_count; i++)
        eh_hub_unref(loop->dirty[i].hub);
    pthread_mutex_destroy(&loop->lock);
    free(loop->dirty);
    free(loop->connections);
    free(loop->polls);
    free(loop->buffer);
    free(loop);
}

static void signal_loop(struct eh_loop *loop)
{
    uint64_t one = 1;
    if (!atomic_exchange(&loop->signaled, true) &&
        write(loop->wake_fd, &one, sizeof(one)) != sizeof(one))
        base_log(BASE_LOG_ERROR, "eventhub", NULL, "the AMQP thread cannot be woken: %s",
                 strerror(errno));
}

static void *run(void *context)
{
    struct eh_loop *loop = context;
    while (!atomic_load(&loop->stopping)) {
        wait_for_work(loop);
        int64_t now = base_monotonic_ms();
        size_t known = loop->count;
        for (size_t i = 0; i < known; i++)
            if (loop->polls[SLOTS + i].revents || !loop->polls[SLOTS + i].events)
                read_connection(loop, &loop->connections[i]);
        for (int which = 0; which < 2; which++)
            if (loop->polls[SLOT_TLS + which].revents)
                accept_all(loop, which);
        for (size_t i = 0; i < loop->count; i++)
            keep_time(loop, &loop->connections[i], now);
        strike_all(loop);
        pump_dirty(loop);
        for (size_t i = 0; i < loop->count; i++)
            write_connection(&loop->connections[i]);
        close_dead(loop);
    }
    close_all(loop);
    return NULL;
}

/* -- waiting -- */

static void wait_for_work(struct eh_loop *loop)
{
    int64_t now = base_monotonic_ms(), wait = 60000;
    uint64_t count;
    loop->polls = base_realloc(loop->polls, (SLOTS + loop->count) * sizeof(*loop->polls));
    loop->polls[SLOT_WAKE] = (struct pollfd){loop->wake_fd, POLLIN, 0};
    for (int i = 0; i < 2; i++)
        loop->polls[SLOT_TLS + i] = (struct pollfd){loop->listeners[i], POLLIN, 0};
    for (size_t i = 0; i < loop->count; i++) {
        struct connection *connection = &loop->connections[i];
        const void *data;
        bool want_write = amqp_connection_output(connection->peer->connection, &data) > 0;
        short events = base_stream_events(connection->stream, want_write);
        int64_t most = events ? patience(loop, connection, now) : 0;
        loop->polls[SLOTS + i] = (struct pollfd){base_stream_fd(connection->stream), events, 0};
        if (connection->peer->pause) { /* nobody listens: only the time is looked at */
            most = FAULT_LOOK_MS;
            loop->polls[SLOTS + i] = (struct pollfd){-1, POLLIN, 0};
        }
        wait = most < wait ? most : wait;
    }
    if (poll(loop->polls, SLOTS + loop->count, (int)wait) < 0)
        for (size_t i = 0; i < SLOTS + loop->count; i++)
            loop->polls[i].revents = 0;
    if (loop->polls[SLOT_WAKE].revents &&
        read(loop->wake_fd, &count, sizeof(count)) == sizeof(count))
        atomic_store(&loop->signaled, false);
}

/* Real ms until something is due for this connection. */
static int64_t patience(struct eh_loop *loop, const struct connection *connection, int64_t now)
{
    const struct eh_peer *peer = connection->peer;
    int64_t deadline = amqp_connection_deadline(peer->connection), wait = 60000;
    if (deadline >= 0 && deadline - now < wait)
        wait = deadline - now;
    if (peer->review_ms != INT64_MAX) {
        int64_t left = base_clock_real(sim_world_clock(loop->eh->world),
                                       peer->review_ms - sim_now_ms(loop->eh->world));
        wait = left < wait ? left : wait;
    }
    if (peer->starving && wait > FAULT_LOOK_MS)
        wait = FAULT_LOOK_MS;
    if (peer->busy && peer->busy_since + TRACE_EVERY_MS - now < wait)
        wait = peer->busy_since + TRACE_EVERY_MS - now;
    return wait < 0 ? 0 : wait;
}

/* -- work -- */

static void accept_all(struct eh_loop *loop, int which)
{
    for (;;) {
        int fd = accept4(loop->listeners[which], NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return;
        base_stream_t *stream =
            loop->count < CONNECTIONS_MAX
                ? base_stream_accept(fd, which == 0 ? sim_pki_certificate : NULL, loop->eh->world,
                                     NULL)
                : NULL;
        if (!stream) {
            if (loop->count >= CONNECTIONS_MAX)
                close(fd);
            continue;
        }
        if (loop->count == loop->cap) {
            loop->cap = loop->cap ? loop->cap * 2 : 16;
            loop->connections =
                base_realloc(loop->connections, loop->cap * sizeof(*loop->connections));
        }
        loop->connections[loop->count++] =
            (struct connection){stream, eh_peer_new(loop->eh, base_monotonic_ms()), false};
    }
}

static void read_connection(struct eh_loop *loop, struct connection *connection)
{
    struct eh_peer *peer = connection->peer;
    for (int i = 0; i < READS_MAX; i++) {
        long got = base_stream_read(connection->stream, loop->buffer, READ_SIZE);
        if (got == 0)
            return;
        if (got < 0) {
            amqp_connection_eof(peer->connection);
            connection->dead = true;
            return;
        }
        if (!peer->host[0])
            snprintf(peer->host, sizeof(peer->host), "%s",
                     base_stream_server_name(connection->stream));
        amqp_connection_input(peer->connection, loop->buffer, (size_t)got, base_monotonic_ms());
        if ((size_t)got < READ_SIZE / 4)
            return;
    }
}

static void keep_time(struct eh_loop *loop, struct connection *connection, int64_t now)
{
    struct eh_peer *peer = connection->peer;
    int64_t deadline = amqp_connection_deadline(peer->connection);
    bool pausing = eh_fault_pausing(peer);
    if (peer->broken && !connection->dead) {
        amqp_connection_eof(peer->connection);
        connection->dead = true;
    }
    if (connection->dead || pausing)
        return;
    if (peer->starving)
        eh_fault_feed(peer);
    if (deadline >= 0 && now >= deadline)
        amqp_connection_tick(peer->connection, now);
    if (peer->generation != atomic_load(&loop->eh->generation) ||
        sim_now_ms(loop->eh->world) >= peer->review_ms)
        eh_peer_review(peer);
    if (!peer->busy)
        peer->busy_since = now;
    else if (now - peer->busy_since >= TRACE_EVERY_MS)
        eh_peer_flush_trace(peer);
}

/* Somebody waits for faults at what is connected now. */
static void strike_all(struct eh_loop *loop)
{
    struct eh_strike *strike = atomic_exchange(&loop->eh->strike, NULL);
    if (!strike)
        return;
    for (size_t i = 0; i < loop->count; i++)
        if (!loop->connections[i].dead)
            eh_fault_strike(loop->connections[i].peer, strike);
    eh_fault_struck(loop->eh, strike);
    for (size_t i = 0; i < loop->count; i++)
        if (loop->connections[i].peer->broken)
            loop->connections[i].dead = true;
}

static void pump_dirty(struct eh_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct dirty *list = loop->dirty;
    size_t count = loop->dirty_count;
    loop->dirty = NULL;
    loop->dirty_count = loop->dirty_cap = 0;
    pthread_mutex_unlock(&loop->lock);
    for (size_t i = 0; i < count; i++) {
        atomic_store(&list[i].hub->partitions[list[i].partition].dirty, false);
        pump_partition(loop, &list[i]);
        eh_hub_unref(list[i].hub);
    }
    free(list);
}

static void pump_partition(struct eh_loop *loop, const struct dirty *dirty)
{
    struct eh_link *link = dirty->hub->partitions[dirty->partition].readers;
    bool more = false;
    for (struct eh_link *next; link; link = next) {
        next = link->next_reader;
        more = eh_receiver_pump(link) || more;
    }
    if (more)
        eh_loop_wake(loop, dirty->hub, dirty->partition);
}

static void write_connection(struct connection *connection)
{
    amqp_connection_t *amqp = connection->peer->connection;
    size_t total = 0;
    const void *data;
    while (!connection->dead && !connection->peer->pause && total < WRITE_MAX) {
        size_t len = amqp_connection_output(amqp, &data);
        long wrote = len ? base_stream_write(connection->stream, data, len) : 0;
        if (wrote < 0) {
            amqp_connection_eof(amqp);
            connection->dead = true;
        }
        if (wrote <= 0)
            break;
        amqp_connection_output_drop(amqp, (size_t)wrote);
        total += (size_t)wrote;
    }
    if (amqp_connection_is_done(amqp) && amqp_connection_output(amqp, &data) == 0)
        connection->dead = true;
}

static void close_dead(struct eh_loop *loop)
{
    size_t kept = 0;
    for (size_t i = 0; i < loop->count; i++) {
        struct connection *connection = &loop->connections[i];
        if (!connection->dead) {
            loop->connections[kept++] = *connection;
            continue;
        }
        eh_peer_free(connection->peer);
        base_stream_close(connection->stream);
    }
    loop->count = kept;
}

static void close_all(struct eh_loop *loop)
{
    for (size_t i = 0; i < loop->count; i++) {
        struct connection *connection = &loop->connections[i];
        eh_peer_flush_trace(connection->peer);
        amqp_connection_close(connection->peer->connection, AMQP_E_CONNECTION_FORCED,
                              "The connection was closed by the service: it is shutting down.");
        write_connection(connection);
        connection->dead = true;
    }
    close_dead(loop);
}
