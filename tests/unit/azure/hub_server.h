/* tests/unit/azure/hub_server.h: the least Event Hubs server that the client can be tested against: one hub, four
 * partitions, $cbs, $management, batches, positions, and switches for everything that goes wrong. */
#ifndef TEST_AZURE_HUB_SERVER_H
#define TEST_AZURE_HUB_SERVER_H

#include "amqp/connection.h"
#include "amqp/message.h"
#include "azure/eventhub.h"
#include "common/stream.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PARTITIONS 4
#define PEERS 16
#define EVENTS 40000

struct stored {
    char *bare;
    size_t len;
    char *key; /* NULL: none */
};

struct hub;
struct peer {
    struct hub *hub;
    base_stream_t *stream;
    amqp_connection_t *amqp;
    char tokens[32][200]; /* audiences with a token */
    int token_count;
};

struct reader { /* a receiving or sending link of the client */
    struct peer *peer;
    amqp_link_t *link;
    struct reader *next;
    int partition; /* -1: any (senders) */
    size_t at;     /* readers: next index */
    bool sends, metric, reply_cbs, reply_management, request;
};

struct hub {
    int listen_fd, port, wake_fd;
    base_tls_certificate certificate;
    void *certificate_context;
    pthread_t thread;
    pthread_mutex_t lock; /* what tests set and read */
    bool stop;
    struct peer peers[PEERS];
    struct reader *readers;
    struct stored *events[PARTITIONS];
    size_t counts[PARTITIONS];
    int next_partition;
    /* Switches. */
    const char *reject; /* condition for the next `reject_times` sends */
    int reject_times;
    int cbs_status;             /* 0: 202 */
    const char *refuse;         /* condition for event links */
    const char *detach_readers; /* condition: detach all readers now */
    bool drop_all;              /* cut every connection now */
    bool garbage;               /* send readers one message that is none */
    /* Counters. */
    int put_tokens, connections;
    char last_token[2048], last_type[64];
};

static inline struct reader *find_reader(struct hub *hub, const amqp_link_t *link)
{
    struct reader *at = hub->readers;

    while (at && at->link != link)
        at = at->next;
    return at;
}

/* -- replies -- */

static inline void reply_to(struct hub *hub, struct peer *peer, const struct amqp_message *request,
                            bool cbs, int status, const char *description,
                            const struct amqp_value *value)
{
    struct base_buf map = {0}, out = {0};
    struct amqp_message reply;
    struct reader *to = hub->readers;

    while (to && !(to->peer == peer && (cbs ? to->reply_cbs : to->reply_management)))
        to = to->next;
    if (!to)
        return;
    amqp_message_init(&reply);
    reply.properties.present = true;
    reply.properties.correlation_id = request->properties.message_id;
    size_t mark = amqp_put_map(&map);
    amqp_put_string(&map, "status-code");
    amqp_put_int(&map, status);
    amqp_put_string(&map, "status-description");
    amqp_put_string(&map, description);
    amqp_put_end(&map, mark, 4);
    reply.application_properties = amqp_raw(&map);
    reply.body = AMQP_BODY_VALUE;
    reply.value = value ? *value : amqp_null();
    amqp_message_build(&out, &reply);
    struct amqp_bytes part = {out.data, out.len};
    struct amqp_send send = {.parts = &part, .part_count = 1, .settled = true};
    assert_int_equal(amqp_link_send(to->link, &send, NULL), BASE_OK);
    base_buf_release(&map);
    base_buf_release(&out);
}

static inline void got_put_token(struct hub *hub, struct peer *peer,
                                 const struct amqp_message *message)
{
    struct amqp_value name, type;
    int status = hub->cbs_status ? hub->cbs_status : 202;

    assert_true(amqp_map_get(&message->application_properties, "name", &name));
    assert_true(amqp_map_get(&message->application_properties, "type", &type));
    hub->put_tokens++;
    snprintf(hub->last_token, sizeof hub->last_token, "%.*s", (int)message->value.bytes.len,
             message->value.bytes.data);
    snprintf(hub->last_type, sizeof hub->last_type, "%.*s", (int)type.bytes.len, type.bytes.data);
    if (status == 202 && peer->token_count < 32)
        snprintf(peer->tokens[peer->token_count++], 200, "%.*s", (int)name.bytes.len,
                 name.bytes.data);
    reply_to(hub, peer, message, true, status,
             status == 202 ? "Accepted" : "InvalidToken: the test says so", NULL);
}

static inline void put_hub(struct base_buf *map)
{
    size_t mark = amqp_put_map(map);

    amqp_put_string(map, "name");
    amqp_put_string(map, "hub1");
    amqp_put_string(map, "created_at");
    amqp_put_timestamp(map, 1700000000000);
    amqp_put_string(map, "partition_ids");
    amqp_put_strings(map, (const char *const[]){"0", "1", "2", "3"}, PARTITIONS);
    amqp_put_end(map, mark, 6);
}

static inline void put_partition(struct hub *hub, struct base_buf *map, int partition)
{
    size_t mark = amqp_put_map(map);
    int64_t count = (int64_t)hub->counts[partition];
    char offset[32];

    snprintf(offset, sizeof offset, "%lld", count ? (long long)(count - 1) * 100 : -1LL);
    amqp_put_string(map, "begin_sequence_number");
    amqp_put_long(map, count ? 0 : -1);
    amqp_put_string(map, "last_enqueued_sequence_number");
    amqp_put_long(map, count - 1);
    amqp_put_string(map, "last_enqueued_offset");
    amqp_put_string(map, offset);
    amqp_put_string(map, "last_enqueued_time_utc");
    amqp_put_timestamp(map, 1700000000000 + count);
    amqp_put_string(map, "is_partition_empty");
    amqp_put_bool(map, count == 0);
    amqp_put_end(map, mark, 10);
}

static inline void got_read(struct hub *hub, struct peer *peer, const struct amqp_message *message)
{
    struct amqp_value partition;
    struct base_buf map = {0};

    if (amqp_map_get(&message->application_properties, "partition", &partition)) {
        int id = partition.bytes.len == 1 ? partition.bytes.data[0] - '0' : -1;
        if (id < 0 || id >= PARTITIONS) {
            reply_to(hub, peer, message, false, 404, "The messaging entity could not be found",
                     NULL);
            return;
        }
        put_partition(hub, &map, id);
    } else {
        put_hub(&map);
    }
    struct amqp_value value = amqp_raw(&map);
    reply_to(hub, peer, message, false, 200, "OK", &value);
    base_buf_release(&map);
}

/* -- events -- */

static inline void store(struct hub *hub, int partition, struct amqp_bytes encoded)
{
    struct amqp_message event;
    struct amqp_value key;
    size_t index = hub->counts[partition];

    assert_int_equal(amqp_message_parse(encoded, &event, NULL), BASE_OK);
    assert_true(index < EVENTS);
    struct stored *to = &hub->events[partition][index];
    to->bare = base_strndup(event.bare.data, event.bare.len);
    to->len = event.bare.len;
    if (amqp_map_get(&event.message_annotations, "x-opt-partition-key", &key))
        to->key = amqp_bytes_dup(key.bytes);
    hub->counts[partition]++;
}

static inline void got_batch(struct hub *hub, struct reader *from,
                             const struct amqp_delivery *delivery)
{
    struct amqp_message envelope;
    struct amqp_value key;
    struct amqp_bytes at, data;
    int partition = from->partition;

    assert_int_equal(delivery->message_format, 0x80013700);
    if (hub->reject_times > 0) {
        hub->reject_times--;
        amqp_link_reject(from->link, delivery->id, hub->reject,
                         "The test rejects this. Error code : 50002.");
        return;
    }
    assert_int_equal(amqp_message_parse(delivery->payload, &envelope, NULL), BASE_OK);
    if (amqp_map_get(&envelope.message_annotations, "x-opt-partition-key", &key)) {
        char *text = amqp_bytes_dup(key.bytes);
        partition = (int)az_partition_of_key(text, PARTITIONS);
        free(text);
    }
    if (partition < 0)
        partition = hub->next_partition++ % PARTITIONS;
    at = envelope.sections;
    while (amqp_message_next_data(&at, &data))
        store(hub, partition, data);
    amqp_link_accept_delivery(from->link, delivery->id);
}

static inline void send_event(struct hub *hub, struct reader *to)
{
    const struct stored *event = &hub->events[to->partition][to->at];
    struct base_buf head = {0};
    char offset[32];

    if (to->metric) {
        amqp_put_descriptor(&head, AMQP_SECTION_DELIVERY_ANNOTATIONS);
        size_t map = amqp_put_map(&head);
        amqp_put_symbol(&head, "last_enqueued_sequence_number");
        amqp_put_long(&head, (int64_t)hub->counts[to->partition] - 1);
        amqp_put_symbol(&head, "last_enqueued_offset");
        amqp_put_string(&head, "o9");
        amqp_put_end(&head, map, 4);
    }
    snprintf(offset, sizeof offset, "%zu", to->at * 100);
    amqp_put_descriptor(&head, AMQP_SECTION_MESSAGE_ANNOTATIONS);
    size_t map = amqp_put_map(&head);
    amqp_put_symbol(&head, "x-opt-sequence-number");
    amqp_put_long(&head, (int64_t)to->at);
    amqp_put_symbol(&head, "x-opt-offset");
    amqp_put_string(&head, offset);
    amqp_put_symbol(&head, "x-opt-enqueued-time");
    amqp_put_timestamp(&head, 1700000000000 + (int64_t)to->at);
    if (event->key) {
        amqp_put_symbol(&head, "x-opt-partition-key");
        amqp_put_string(&head, event->key);
    }
    amqp_put_end(&head, map, event->key ? 8 : 6);
    struct amqp_bytes parts[2] = {{head.data, head.len}, {event->bare, event->len}};
    struct amqp_send send = {.parts = parts, .part_count = 2, .settled = true};
    assert_int_equal(amqp_link_send(to->link, &send, NULL), BASE_OK);
    to->at++;
    base_buf_release(&head);
}

static inline void serve_readers(struct hub *hub)
{
    for (struct reader *at = hub->readers; at; at = at->next) {
        if (!at->sends || at->partition < 0)
            continue;
        if (hub->garbage && amqp_link_sendable(at->link)) {
            struct amqp_bytes part = {"\x01garbage", 8};
            struct amqp_send send = {.parts = &part, .part_count = 1, .settled = true};
            assert_int_equal(amqp_link_send(at->link, &send, NULL), BASE_OK);
            hub->garbage = false;
        }
        while (at->at < hub->counts[at->partition] && amqp_link_sendable(at->link))
            send_event(hub, at);
        if (hub->detach_readers)
            amqp_link_detach(at->link, hub->detach_readers,
                             "New receiver with higher epoch of '1' is created.");
    }
    hub->detach_readers = NULL;
}

/* -- callbacks -- */

static inline bool has_token(const struct peer *peer, const char *address)
{
    for (int i = 0; i < peer->token_count; i++) {
        const char *path = strstr(peer->tokens[i], "//");
        path = path ? strchr(path + 2, '/') : NULL;
        if (path && strcmp(path + 1, address) == 0)
            return true;
    }
    return false;
}

static inline void read_position(struct reader *reader, const struct amqp_attach *remote,
                                 struct hub *hub)
{
    struct amqp_value filter, descriptor, text;
    char selector[200];
    long long number;
    char compare[3];

    if (!amqp_map_get(&remote->source.filter, "apache.org:selector-filter:string", &filter))
        return;
    assert_true(amqp_described(&filter, &descriptor, &text));
    assert_true(descriptor.as.number == 0x468C00000004);
    snprintf(selector, sizeof selector, "%.*s", (int)text.bytes.len, text.bytes.data);
    if (strcmp(selector, "amqp.annotation.x-opt-offset > '@latest'") == 0)
        reader->at = hub->counts[reader->partition];
    else if (sscanf(selector, "amqp.annotation.x-opt-offset %2[>=] '%lld'", compare, &number) == 2)
        reader->at = number < 0 ? 0 : (size_t)number / 100 + (strcmp(compare, ">") == 0);
    else if (sscanf(selector, "amqp.annotation.x-opt-sequence-number %2[>=] '%lld'", compare,
                    &number) == 2)
        reader->at = (size_t)number + (strcmp(compare, ">") == 0);
    else if (sscanf(selector, "amqp.annotation.x-opt-enqueued-time %2[>=] '%lld'", compare,
                    &number) == 2)
        reader->at = (size_t)(number - 1700000000000) + (strcmp(compare, ">") == 0);
    else
        fail_msg("selector '%s'", selector);
}

static inline void hub_requested(void *context, amqp_link_t *link, const struct amqp_attach *remote)
{
    struct peer *peer = context;
    struct hub *hub = peer->hub;
    struct reader *reader = base_alloc(sizeof *reader);
    const struct amqp_value *value =
        remote->role == AMQP_SENDER ? &remote->target.address : &remote->source.address;
    char *address = amqp_bytes_dup(value->bytes);
    struct amqp_attach reply;
    int partition = -1;

    reader->peer = peer;
    reader->link = link;
    reader->partition = -1;
    reader->sends = remote->role == AMQP_RECEIVER;
    reader->metric = amqp_symbols_have(&remote->desired_capabilities,
                                       "com.microsoft:enable-receiver-runtime-metric");
    reader->next = hub->readers;
    hub->readers = reader;
    bool cbs = strcmp(address, "$cbs") == 0, management = strcmp(address, "$management") == 0;
    reader->reply_cbs = cbs && reader->sends;
    reader->reply_management = management && reader->sends;
    reader->request = (cbs || management) && !reader->sends;
    const char *at = strstr(address, "Partitions/");
    if (at)
        partition = atoi(at + 11);
    amqp_link_mirror(link, &reply);
    reply.max_message_size = 1048576;
    if (!cbs && !management && hub->refuse)
        amqp_link_refuse(link, hub->refuse, "The messaging entity could not be found");
    else if (!cbs && !has_token(peer, management ? "hub1/$management" : address))
        amqp_link_refuse(link, "amqp:unauthorized-access",
                         "Unauthorized access. 'Listen' claim(s) are required");
    else if (partition >= PARTITIONS)
        amqp_link_refuse(link, "com.microsoft:argument-out-of-range",
                         "The specified partition is invalid");
    else
        amqp_link_accept(link, &reply);
    reader->partition = partition < PARTITIONS ? partition : -1;
    if (reader->sends && reader->partition >= 0)
        read_position(reader, remote, hub);
    if (!reader->sends)
        amqp_link_auto_credit(link, 100);
    free(address);
}

static inline void hub_ended(void *context, amqp_link_t *link, const struct amqp_error *error)
{
    struct peer *peer = context;
    struct reader **at = &peer->hub->readers;
    (void)error;

    while (*at && (*at)->link != link)
        at = &(*at)->next;
    struct reader *found = *at;
    assert_non_null(found);
    *at = found->next;
    free(found);
}

static inline void hub_message(void *context, amqp_link_t *link,
                               const struct amqp_delivery *delivery)
{
    struct peer *peer = context;
    struct reader *from = find_reader(peer->hub, link);
    struct amqp_message message;
    struct amqp_value operation;

    if (!from->request) {
        got_batch(peer->hub, from, delivery);
        return;
    }
    assert_int_equal(amqp_message_parse(delivery->payload, &message, NULL), BASE_OK);
    assert_true(amqp_map_get(&message.application_properties, "operation", &operation));
    if (amqp_value_is(&operation, "put-token"))
        got_put_token(peer->hub, peer, &message);
    else
        got_read(peer->hub, peer, &message);
    if (!delivery->settled)
        amqp_link_accept_delivery(link, delivery->id);
}

static const struct amqp_handlers hub_handlers = {
    .link_requested = hub_requested,
    .link_ended = hub_ended,
    .message = hub_message,
};

/* -- the loop -- */

static inline void drop_peer(struct peer *peer)
{
    amqp_connection_free(peer->amqp);
    base_stream_close(peer->stream);
    memset(peer, 0, sizeof *peer);
}

static inline void accept_peer(struct hub *hub)
{
    static const char *const mechanisms[] = {"MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL", NULL};
    struct amqp_connection_config config = {
        .side = AMQP_SERVER, .container_id = "hub", .sasl_mechanisms = mechanisms};
    int fd = accept(hub->listen_fd, NULL, NULL);

    if (fd < 0)
        return;
    for (int i = 0; i < PEERS; i++) {
        struct peer *peer = &hub->peers[i];
        if (peer->amqp)
            continue;
        peer->hub = hub;
        peer->stream = base_stream_accept(fd, hub->certificate, hub->certificate_context, NULL);
        peer->amqp = amqp_connection_new(&config, &hub_handlers, peer, base_monotonic_ms());
        hub->connections++;
        return;
    }
    fail_msg("too many connections");
}

static inline bool flush_peer(struct peer *peer)
{
    const void *data;
    size_t len;

    while ((len = amqp_connection_output(peer->amqp, &data)) > 0) {
        long moved = base_stream_write(peer->stream, data, len);
        if (moved < 0)
            return false;
        if (moved == 0)
            return true;
        amqp_connection_output_drop(peer->amqp, (size_t)moved);
    }
    return true;
}

static inline void turn_peer(struct peer *peer)
{
    char buffer[32768];
    bool alive = true;

    for (;;) {
        long got = base_stream_read(peer->stream, buffer, sizeof buffer);
        if (got <= 0) {
            alive = got == 0;
            break;
        }
        amqp_connection_input(peer->amqp, buffer, (size_t)got, base_monotonic_ms());
    }
    serve_readers(peer->hub);
    alive = flush_peer(peer) && alive;
    if (!alive || peer->hub->drop_all || amqp_connection_is_done(peer->amqp))
        drop_peer(peer);
}

static inline void *hub_run(void *context)
{
    struct hub *hub = context;
    struct pollfd fds[PEERS + 2];

    for (;;) {
        int count = 2;
        const void *data;
        fds[0] = (struct pollfd){.fd = hub->listen_fd, .events = POLLIN};
        fds[1] = (struct pollfd){.fd = hub->wake_fd, .events = POLLIN};
        pthread_mutex_lock(&hub->lock);
        for (int i = 0; i < PEERS; i++) {
            if (hub->peers[i].amqp)
                turn_peer(&hub->peers[i]);
        }
        hub->drop_all = false;
        for (int i = 0; i < PEERS; i++) {
            struct peer *peer = &hub->peers[i];
            if (peer->amqp)
                fds[count++] = (struct pollfd){
                    .fd = base_stream_fd(peer->stream),
                    .events = base_stream_events(peer->stream,
                                                 amqp_connection_output(peer->amqp, &data) > 0)};
        }
        bool stop = hub->stop;
        pthread_mutex_unlock(&hub->lock);
        if (stop)
            return NULL;
        poll(fds, (nfds_t)count, -1);
        uint64_t ignored;
        if (fds[1].revents && read(hub->wake_fd, &ignored, sizeof ignored) < 0)
            return NULL;
        pthread_mutex_lock(&hub->lock);
        if (fds[0].revents)
            accept_peer(hub);
        pthread_mutex_unlock(&hub->lock);
    }
}

static inline void hub_wake(struct hub *hub)
{
    uint64_t one = 1;

    assert_int_equal(write(hub->wake_fd, &one, sizeof one), sizeof one);
}

static inline struct hub *hub_start(base_tls_certificate certificate, void *context)
{
    struct hub *hub = base_alloc(sizeof *hub);

    hub->certificate = certificate;
    hub->certificate_context = context;
    hub->listen_fd = base_listen(NULL, 0, &hub->port, NULL);
    hub->wake_fd = eventfd(0, 0);
    assert_true(hub->listen_fd >= 0);
    for (int i = 0; i < PARTITIONS; i++)
        hub->events[i] = base_alloc(EVENTS * sizeof **hub->events);
    pthread_mutex_init(&hub->lock, NULL);
    assert_int_equal(pthread_create(&hub->thread, NULL, hub_run, hub), 0);
    return hub;
}

static inline void hub_stop(struct hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->stop = true;
    pthread_mutex_unlock(&hub->lock);
    hub_wake(hub);
    pthread_join(hub->thread, NULL);
    for (int i = 0; i < PEERS; i++) {
        if (hub->peers[i].amqp)
            drop_peer(&hub->peers[i]);
    }
    for (int i = 0; i < PARTITIONS; i++) {
        for (size_t n = 0; n < hub->counts[i]; n++) {
            free(hub->events[i][n].bare);
            free(hub->events[i][n].key);
        }
        free(hub->events[i]);
    }
    close(hub->listen_fd);
    close(hub->wake_fd);
    pthread_mutex_destroy(&hub->lock);
    free(hub);
}

#endif
