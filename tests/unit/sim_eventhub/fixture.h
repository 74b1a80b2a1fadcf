/* A world with a namespace, a hub and a user; ARM requests; a small AMQP client on the engine, over loopback sockets. */
#ifndef TEST_EVENTHUB_FIXTURE_H
#define TEST_EVENTHUB_FIXTURE_H

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "amqp/connection.h"
#include "amqp/message.h"
#include "common/file.h"
#include "common/http_client.h"
#include "common/stream.h"
#include "simulators/eventhub/eventhub.h"
#include "simulators/kit/pki.h"
#include "simulators/kit/trace.h"
#include "tests/unit/simulator.h"

#define SPACES                                                                                     \
    "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/"             \
    "Microsoft.EventHub/namespaces/"
#define SPACE_ID SPACES "space1"
#define HUB_ID SPACE_ID "/eventhubs/hub1"
#define HOST "space1.servicebus.windows.net"
#define PATIENCE_MS 20000

struct fixture {
    struct base_clock clock;
    base_random_t *random;
    char *folder;
    sim_world_t *world;
    eh_t *eh;
    struct sim_principal user;
    char *token;
};

static inline void world_open(struct fixture *f)
{
    struct base_error err = {0};
    f->world = sim_world_new(&(struct sim_world_config){&f->clock, f->random, f->folder}, &err);
    assert_non_null(f->world);
    f->eh = eh_add(f->world, &err);
    assert_non_null(f->eh);
    add_authority(f->world);
    assert_int_equal(eh_serve_start(f->eh, 0, 0, &err), BASE_OK);
}

static inline void world_close(struct fixture *f)
{
    eh_free(f->eh);
    sim_world_free(f->world);
}

static inline int arm(struct fixture *f, const char *method, const char *path, const char *body,
                      cJSON **out)
{
    return ask_provider(
        f->world, &(struct provider_ask){"Microsoft.EventHub", "2024-01-01", method, path, body},
        out);
}

static inline void assign(struct fixture *f, const char *scope, const char *role)
{
    give_role(f->world, &f->user, scope, role);
}

static inline char *mint(struct fixture *f, const char *audience, int lifetime_s)
{
    return sim_token_mint(f->world,
                          &(struct sim_token_request){&f->user, audience, "1", lifetime_s});
}

static inline int setup_with(void **state, bool folder, double rate)
{
    struct fixture *f = base_alloc(sizeof(*f));
    char template[] = "/tmp/eh-test-XXXXXX";
    base_clock_init(&f->clock);
    f->clock = (struct base_clock){rate, base_clock_ms(&f->clock)};
    f->random = base_random_new("eventhub");
    if (folder)
        f->folder = base_strdup(mkdtemp(template));
    world_open(f);
    f->user = add_user(f->world);
    assert_int_equal(arm(f, "PUT", SPACE_ID, "{\"location\":\"westus2\"}", NULL), 201);
    assert_int_equal(arm(f, "PUT", HUB_ID, "{\"properties\":{\"partitionCount\":2}}", NULL), 200);
    f->token = mint(f, "https://eventhubs.azure.net", 3600);
    *state = f;
    return 0;
}

static inline int setup(void **state)
{
    return setup_with(state, false, 1.0);
}

static inline int setup_folder(void **state)
{
    return setup_with(state, true, 1.0);
}

/* 200 times as fast as the wall. */
static inline int setup_fast(void **state)
{
    return setup_with(state, false, 200.0);
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    world_close(f);
    if (f->folder)
        assert_int_equal(base_dir_remove(f->folder, NULL), BASE_OK);
    base_random_free(f->random);
    free(f->folder);
    free(f->token);
    free(f);
    return 0;
}

/* -- the client -- */

struct test_link {
    amqp_link_t *link; /* NULL once ended */
    bool attached, ended;
    char condition[96], description[512];
    uint64_t max_size;
    bool metric;
    struct base_buf messages[64]; /* the first 64 payloads */
    size_t received;
    size_t outcomes;
    enum amqp_outcome_kind outcome; /* of the last one */
};

struct client {
    base_stream_t *stream;
    amqp_connection_t *connection;
    amqp_session_t *session;
    struct test_link links[16];
    size_t count;
    bool opened, closed;
    char condition[96];
    struct test_link *cbs_in, *cbs_out;
};

static inline void on_opened(void *context, amqp_connection_t *connection,
                             const struct amqp_open *remote)
{
    (void)connection;
    (void)remote;
    ((struct client *)context)->opened = true;
}

static inline void copy_bytes(char *out, size_t size, struct amqp_bytes bytes)
{
    snprintf(out, size, "%.*s", (int)bytes.len, bytes.data ? bytes.data : "");
}

static inline void on_closed(void *context, amqp_connection_t *connection,
                             const struct amqp_error *error)
{
    struct client *client = context;
    (void)connection;
    client->closed = true;
    if (error)
        copy_bytes(client->condition, sizeof(client->condition), error->condition);
}

static inline void on_attached(void *context, amqp_link_t *link, const struct amqp_attach *remote)
{
    struct test_link *own = amqp_link_context(link);
    (void)context;
    own->attached = true;
    own->max_size = remote->max_message_size;
    own->metric = amqp_symbols_have(&remote->offered_capabilities,
                                    "com.microsoft:enable-receiver-runtime-metric");
}

static inline void on_ended(void *context, amqp_link_t *link, const struct amqp_error *error)
{
    struct test_link *own = amqp_link_context(link);
    (void)context;
    own->ended = true;
    own->link = NULL;
    if (!error)
        return;
    copy_bytes(own->condition, sizeof(own->condition), error->condition);
    copy_bytes(own->description, sizeof(own->description), error->description);
}

static inline void on_message(void *context, amqp_link_t *link,
                              const struct amqp_delivery *delivery)
{
    struct test_link *own = amqp_link_context(link);
    (void)context;
    assert_true(delivery->settled);
    if (own->received < 64)
        base_buf_append(&own->messages[own->received], delivery->payload.data,
                        delivery->payload.len);
    own->received++;
}

static inline void on_outcome(void *context, amqp_link_t *link, uint64_t cookie,
                              const struct amqp_outcome *outcome)
{
    struct test_link *own = amqp_link_context(link);
    (void)context;
    (void)cookie;
    own->outcomes++;
    own->outcome = outcome->kind;
    copy_bytes(own->condition, sizeof(own->condition), outcome->error.condition);
}

static const struct amqp_handlers client_handlers = {
    .opened = on_opened,
    .closed = on_closed,
    .link_attached = on_attached,
    .link_ended = on_ended,
    .message = on_message,
    .outcome = on_outcome,
};

/* Moves bytes until `done` (a condition on the client) holds or nothing can come any more. */
static inline void run_client(struct client *client, int wait_ms)
{
    char buffer[16384];
    const void *data;
    size_t len = amqp_connection_output(client->connection, &data);
    struct pollfd fd = {base_stream_fd(client->stream), base_stream_events(client->stream, len > 0),
                        0};
    if (fd.events)
        (void)poll(&fd, 1, wait_ms);
    while ((len = amqp_connection_output(client->connection, &data)) > 0) {
        long wrote = base_stream_write(client->stream, data, len);
        if (wrote <= 0)
            break;
        amqp_connection_output_drop(client->connection, (size_t)wrote);
    }
    long got = base_stream_read(client->stream, buffer, sizeof(buffer));
    if (got > 0)
        amqp_connection_input(client->connection, buffer, (size_t)got, base_monotonic_ms());
    else if (got < 0)
        amqp_connection_eof(client->connection);
}

#define RUN_UNTIL(client, condition_)                                                              \
    do {                                                                                           \
        int64_t limit_ = base_monotonic_ms() + PATIENCE_MS;                                        \
        while (!(condition_) && base_monotonic_ms() < limit_)                                      \
            run_client(client, 50);                                                                \
        assert_true(condition_);                                                                   \
    } while (0)

struct dial {
    bool tls;
    const char *host, *mechanism;
    struct amqp_bytes response;
};

static inline void dial(struct fixture *f, struct client *client, const struct dial *how)
{
    struct base_error err = {0};
    char *ca = NULL;
    *client = (struct client){0};
    if (how->tls) {
        ca = base_asprintf("%s/ca.pem", f->folder);
        assert_int_equal(
            base_file_write(ca, sim_ca_pem(f->world), strlen(sim_ca_pem(f->world)), 0600, NULL),
            BASE_OK);
    }
    int port = how->tls ? eh_tls_port(f->eh) : eh_plain_port(f->eh);
    client->stream =
        base_stream_open(&(struct base_stream_connect){.host = how->tls ? "localhost" : "127.0.0.1",
                                                       .port = port,
                                                       .tls = how->tls,
                                                       .ca_file = ca,
                                                       .proxy = ""},
                         &err);
    free(ca);
    assert_non_null(client->stream);
    client->connection = amqp_connection_new(
        &(struct amqp_connection_config){.side = AMQP_CLIENT,
                                         .container_id = "test",
                                         .hostname = how->host ? how->host : HOST,
                                         .sasl_mechanism =
                                             how->mechanism ? how->mechanism : "MSSBCBS",
                                         .sasl_response = how->response},
        &client_handlers, client, base_monotonic_ms());
    client->session = amqp_session_begin(client->connection, NULL);
}

static inline void hang_up(struct client *client)
{
    amqp_connection_free(client->connection);
    base_stream_close(client->stream);
    for (size_t i = 0; i < client->count; i++)
        for (size_t k = 0; k < 64; k++)
            base_buf_release(&client->links[i].messages[k]);
}

static inline struct test_link *open_link(struct client *client, const struct amqp_attach *attach)
{
    struct test_link *link = &client->links[client->count++];
    assert_true(client->count <= 16);
    link->link = amqp_link_attach(client->session, attach, link);
    assert_non_null(link->link);
    return link;
}

static inline struct test_link *open_sender(struct client *client, const char *address)
{
    struct amqp_attach attach;
    char name[128];
    snprintf(name, sizeof(name), "%s-%zu", address, client->count);
    amqp_attach_init(&attach, name, AMQP_SENDER);
    attach.source.present = attach.target.present = true;
    attach.target.address = amqp_string(address);
    struct test_link *link = open_link(client, &attach);
    RUN_UNTIL(client, link->ended || (link->attached && amqp_link_sendable(link->link)));
    return link;
}

struct reading {
    const char *address, *selector, *name;
    int64_t epoch; /* 0: none; else epoch + 1 */
    bool metric;
};

static inline struct test_link *open_receiver(struct client *client, const struct reading *how)
{
    struct amqp_attach attach;
    struct base_buf filter = {0}, properties = {0};
    char name[128];
    snprintf(name, sizeof(name), "%s-%zu", how->address, client->count);
    amqp_attach_init(&attach, name, AMQP_RECEIVER);
    attach.source.present = attach.target.present = true;
    attach.source.address = amqp_string(how->address);
    if (how->selector) {
        size_t mark = amqp_put_map(&filter);
        amqp_put_symbol(&filter, "apache.org:selector-filter:string");
        amqp_put_descriptor(&filter, 0x468C00000004);
        amqp_put_string(&filter, how->selector);
        amqp_put_end(&filter, mark, 2);
        attach.source.filter = amqp_raw(&filter);
    }
    size_t mark = amqp_put_map(&properties);
    uint32_t items = 0;
    if (how->name) {
        amqp_put_symbol(&properties, "com.microsoft:receiver-name");
        amqp_put_string(&properties, how->name);
        items += 2;
    }
    if (how->epoch) {
        amqp_put_symbol(&properties, "com.microsoft:epoch");
        amqp_put_long(&properties, how->epoch - 1);
        items += 2;
    }
    amqp_put_end(&properties, mark, items);
    attach.properties = amqp_raw(&properties);
    if (how->metric)
        attach.desired_capabilities = amqp_symbol("com.microsoft:enable-receiver-runtime-metric");
    struct test_link *link = open_link(client, &attach);
    base_buf_release(&filter);
    base_buf_release(&properties);
    RUN_UNTIL(client, link->ended || link->attached);
    if (link->link)
        amqp_link_auto_credit(link->link, 1000);
    return link;
}

/* Sends a request with these application properties (name, value, ..., NULL) on a link pair and gives the status; the reply
 * is the last message of `in`. */
static inline int request(struct client *client, struct test_link *out, struct test_link *in,
                          const char *const *properties, const char *body)
{
    struct amqp_message message;
    struct base_buf map = {0}, payload = {0};
    struct amqp_value value;
    struct base_error err = {0};
    uint32_t items = 0;
    size_t before = in->received, mark = amqp_put_map(&map);
    for (; properties[items]; items++)
        amqp_put_string(&map, properties[items]);
    amqp_put_end(&map, mark, items);
    amqp_message_init(&message);
    message.properties.present = true;
    message.properties.message_id = amqp_string("m1");
    message.properties.reply_to = amqp_link_remote(in->link)->name;
    message.application_properties = amqp_raw(&map);
    message.body = AMQP_BODY_VALUE;
    message.value = amqp_string(body);
    amqp_message_build(&payload, &message);
    const struct amqp_bytes part = {payload.data, payload.len};
    assert_int_equal(
        amqp_link_send(out->link, &(struct amqp_send){.parts = &part, .part_count = 1}, &err),
        BASE_OK);
    base_buf_release(&map);
    base_buf_release(&payload);
    RUN_UNTIL(client, in->received > before);
    const struct base_buf *reply = &in->messages[in->received - 1];
    assert_int_equal(
        amqp_message_parse((struct amqp_bytes){reply->data, reply->len}, &message, &err), BASE_OK);
    assert_true(amqp_value_is(&message.properties.correlation_id, "m1"));
    assert_true(amqp_map_get(&message.application_properties, "status-code", &value));
    return (int)value.as.integer;
}

static inline void open_pair(struct client *client, const char *address, struct test_link **out,
                             struct test_link **in)
{
    struct amqp_attach attach;
    char name[64];
    snprintf(name, sizeof(name), "replies-%s", address);
    amqp_attach_init(&attach, name, AMQP_RECEIVER);
    attach.source.present = attach.target.present = true;
    attach.source.address = amqp_string(address);
    *in = open_link(client, &attach);
    amqp_link_auto_credit((*in)->link, 10);
    *out = open_sender(client, address);
}

/* put-token; returns the status. */
static inline int put_token(struct client *client, const char *type, const char *audience,
                            const char *token)
{
    const char *const properties[] = {"operation", "put-token", "type", type,
                                      "name",      audience,    NULL};
    if (!client->cbs_in)
        open_pair(client, "$cbs", &client->cbs_out, &client->cbs_in);
    return request(client, client->cbs_out, client->cbs_in, properties, token);
}

static inline void connect_user(struct fixture *f, struct client *client)
{
    dial(f, client, &(struct dial){0});
    assert_int_equal(put_token(client, "jwt", "sb://" HOST "/", f->token), 202);
}

/* A batch of `count` events with bodies "e0".. in one transfer; waits for the verdict. */
static inline enum amqp_outcome_kind send_batch(struct client *client, struct test_link *link,
                                                const char *key, int count)
{
    struct base_buf payload = {0}, event = {0}, map = {0};
    struct base_error err = {0};
    size_t before = link->outcomes;
    if (key) {
        size_t mark = amqp_put_map(&map);
        amqp_put_symbol(&map, "x-opt-partition-key");
        amqp_put_string(&map, key);
        amqp_put_end(&map, mark, 2);
        struct amqp_value value = amqp_raw(&map);
        amqp_put_section(&payload, AMQP_SECTION_MESSAGE_ANNOTATIONS, &value);
    }
    for (int i = 0; i < count; i++) {
        char body[16];
        snprintf(body, sizeof(body), "e%d", i);
        base_buf_clear(&event);
        amqp_put_section_data(&event, body, strlen(body));
        amqp_put_section_data(&payload, event.data, event.len);
    }
    const struct amqp_bytes part = {payload.data, payload.len};
    assert_int_equal(
        amqp_link_send(
            link->link,
            &(struct amqp_send){.parts = &part, .part_count = 1, .message_format = 0x80013700},
            &err),
        BASE_OK);
    base_buf_release(&payload);
    base_buf_release(&event);
    base_buf_release(&map);
    RUN_UNTIL(client, link->outcomes > before || link->ended);
    return link->outcome;
}

/* Integer annotation of the n-th message received; body into `body`. */
static inline int64_t event_at(struct test_link *link, size_t index, struct amqp_message *message)
{
    const struct base_buf *raw = &link->messages[index];
    struct amqp_value value;
    assert_int_equal(amqp_message_parse((struct amqp_bytes){raw->data, raw->len}, message, NULL),
                     BASE_OK);
    assert_true(amqp_map_get(&message->message_annotations, "x-opt-sequence-number", &value));
    return value.as.integer;
}

#endif
