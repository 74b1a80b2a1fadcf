/* Tests azure/eventhub.h against a small server of its own: properties, sending, receiving, tokens, and what goes wrong. */
#include "tests/unit/azure/hub_server.h"

#include "common/crypto.h"
#include "common/file.h"

struct world {
    struct hub *hub;
    struct base_clock clock;
    base_random_t *random;
    az_eventhub_t *client;
    struct base_error err;
    int64_t token_life_s;
    _Atomic int tokens_made; /* callers of several threads */
};

static char *make_jwt(struct world *world, int64_t expires_s)
{
    struct base_buf text = {0}, claims = {0};

    base_buf_printf(&claims, "{\"aud\":\"https://eventhubs.azure.net\",\"exp\":%lld}",
                    (long long)expires_s);
    base_base64url_encode(&text, "{\"alg\":\"RS256\"}", 15);
    base_buf_putc(&text, '.');
    base_base64url_encode(&text, claims.data, claims.len);
    base_buf_printf(&text, ".sig%d", world->tokens_made);
    base_buf_release(&claims);
    return base_buf_take(&text);
}

static enum base_status give_token(void *context, const char *audience, char **jwt,
                                   struct base_error *err)
{
    struct world *world = context;
    (void)err;

    assert_true(strncmp(audience, "sb://127.0.0.1", 14) == 0);
    world->tokens_made++;
    *jwt = make_jwt(world, base_clock_s(&world->clock) + world->token_life_s);
    return BASE_OK;
}

static struct az_eventhub_config base_config(struct world *world)
{
    return (struct az_eventhub_config){.fully_qualified_namespace = "sb://127.0.0.1/",
                                       .hub = "hub1",
                                       .port = world->hub->port,
                                       .token = give_token,
                                       .token_context = world,
                                       .development_emulator = true,
                                       .clock = &world->clock,
                                       .random = world->random,
                                       .timeout_ms = 5000};
}

static struct world *open_world_with(void (*change)(struct az_eventhub_config *config))
{
    struct world *world = base_alloc(sizeof *world);

    world->hub = hub_start(NULL, NULL);
    base_clock_init(&world->clock);
    world->random = base_random_new("seed");
    world->token_life_s = 3600;
    struct az_eventhub_config config = base_config(world);
    if (change)
        change(&config);
    world->client = az_eventhub_open(&config, &world->err);
    assert_non_null(world->client);
    return world;
}

static struct world *open_world(void)
{
    return open_world_with(NULL);
}

static void close_world(struct world *world)
{
    az_eventhub_close(world->client);
    hub_stop(world->hub);
    base_random_free(world->random);
    free(world);
}

static void good(struct world *world, enum base_status status)
{
    if (status != BASE_OK)
        fail_msg("%s: %s: %s", base_status_name(status), world->err.code, world->err.message);
}

static void bad(struct world *world, enum base_status status, enum base_status expected,
                const char *code)
{
    if (status != expected || strcmp(world->err.code, code))
        fail_msg("%s instead of %s: '%s' instead of '%s': %s", base_status_name(status),
                 base_status_name(expected), world->err.code, code, world->err.message);
}

static az_producer_t *producer(struct world *world, const char *partition)
{
    az_producer_t *made = az_producer_open(world->client, partition, &world->err);

    if (!made)
        fail_msg("%s: %s", world->err.code, world->err.message);
    return made;
}

static void send_numbers(struct world *world, az_producer_t *to, const char *key, int first,
                         int count)
{
    az_event_batch_t *batch = az_event_batch_new(to, key);
    char body[32];

    for (int i = first; i < first + count; i++) {
        snprintf(body, sizeof body, "{\"n\":%d}", i);
        struct az_event_data event = {.body = body, .body_len = strlen(body)};
        if (az_event_batch_add(batch, &event))
            continue;
        good(world, az_producer_send_batch(to, batch, &world->err));
        az_event_batch_clear(batch);
        assert_true(az_event_batch_add(batch, &event));
    }
    good(world, az_producer_send_batch(to, batch, &world->err));
    az_event_batch_free(batch);
}

static az_consumer_t *consumer_at(struct world *world, const char *partition,
                                  struct az_position position)
{
    struct az_consumer_config config = {
        .partition_id = partition, .position = position, .prefetch = 50};
    az_consumer_t *made = az_consumer_open(world->client, &config, &world->err);

    if (!made)
        fail_msg("%s: %s", world->err.code, world->err.message);
    return made;
}

/* -- tests ----------------------------------------------------------------------------------------------------------- */

static void test_properties(void **state)
{
    struct world *world = open_world();
    struct az_hub_properties hub;
    struct az_partition_properties partition;
    (void)state;

    good(world, az_eventhub_properties(world->client, &hub, &world->err));
    assert_string_equal(hub.name, "hub1");
    assert_int_equal(hub.partition_count, 4);
    assert_string_equal(hub.partition_ids[3], "3");
    assert_true(hub.created_ms == 1700000000000);
    az_hub_properties_release(&hub);
    good(world, az_eventhub_partition_properties(world->client, "2", &partition, &world->err));
    assert_true(partition.is_empty && partition.begin_sequence_number == -1);
    assert_string_equal(partition.last_enqueued_offset, "-1");
    bad(world, az_eventhub_partition_properties(world->client, "9", &partition, &world->err),
        BASE_NOT_FOUND, "amqp:not-found");
    assert_int_equal(world->hub->connections, 1);
    close_world(world);
}

static void test_send_and_receive(void **state)
{
    struct world *world = open_world();
    struct az_events events;
    int seen = 0;
    (void)state;

    az_producer_t *to = producer(world, "1");
    az_consumer_t *from =
        consumer_at(world, "1", (struct az_position){.kind = AZ_POSITION_EARLIEST});
    send_numbers(world, to, NULL, 0, 1000);
    while (seen < 1000) {
        good(world, az_consumer_receive(from, 64, 5000, &events, &world->err));
        assert_in_range(events.count, 1, 64);
        for (size_t i = 0; i < events.count; i++, seen++) {
            char body[32];
            snprintf(body, sizeof body, "{\"n\":%d}", seen);
            assert_true(amqp_bytes_equal(events.items[i].body, body));
            assert_int_equal(events.items[i].sequence_number, seen);
            assert_true(events.items[i].enqueued_ms == 1700000000000 + seen);
            assert_null(events.items[i].partition_key);
        }
        az_events_release(&events);
    }
    good(world, az_consumer_receive(from, 64, 10, &events,
                                    &world->err)); /* nothing more: an empty answer */
    assert_int_equal(events.count, 0);
    az_events_release(&events);
    az_consumer_close(from);
    az_producer_close(to);
    close_world(world);
}

static void test_all_that_an_event_carries(void **state)
{
    struct world *world = open_world();
    struct az_events events;
    struct amqp_value value;
    const struct az_event_property properties[] = {
        {"iothub-creation-time-utc", amqp_string("2026-01-01T00:00:00Z")}, {"count", amqp_long(3)}};
    const struct az_event_property annotations[] = {
        {"iothub-connection-device-id", amqp_string("dev-1")}};
    struct az_event_data event = {.body = "{}",
                                  .body_len = 2,
                                  .content_type = "application/json",
                                  .message_id = "m-1",
                                  .correlation_id = "c-1",
                                  .properties = properties,
                                  .property_count = 2,
                                  .annotations = annotations,
                                  .annotation_count = 1};
    (void)state;

    az_producer_t *to = producer(world, NULL);
    good(world, az_producer_send(to, "key-7", &event, 1, &world->err));
    char id[2] = {(char)('0' + az_partition_of_key("key-7", PARTITIONS)), 0};
    az_consumer_t *from =
        consumer_at(world, id, (struct az_position){.kind = AZ_POSITION_EARLIEST});
    good(world, az_consumer_receive(from, 10, 5000, &events, &world->err));
    assert_int_equal(events.count, 1);
    const struct az_event *got = &events.items[0];
    assert_true(amqp_bytes_equal(got->body, "{}"));
    assert_string_equal(got->partition_key, "key-7");
    assert_string_equal(got->offset, "0");
    assert_true(amqp_bytes_equal(got->amqp.content_type, "application/json"));
    assert_true(amqp_value_is(&got->amqp.message_id, "m-1") &&
                amqp_value_is(&got->amqp.correlation_id, "c-1"));
    assert_true(amqp_map_get(&got->properties, "count", &value) && value.as.integer == 3);
    assert_true(amqp_map_get(&got->annotations, "x-opt-partition-key", &value));
    az_events_release(&events);
    az_consumer_close(from);
    az_producer_close(to);
    close_world(world);
}

static int64_t first_sequence(struct world *world, struct az_position position)
{
    struct az_events events;

    az_consumer_t *from = consumer_at(world, "0", position);
    good(world, az_consumer_receive(from, 1, 200, &events, &world->err));
    int64_t sequence = events.count ? events.items[0].sequence_number : -1;
    az_events_release(&events);
    az_consumer_close(from);
    return sequence;
}

static void test_positions(void **state)
{
    struct world *world = open_world();
    (void)state;

    az_producer_t *to = producer(world, "0");
    send_numbers(world, to, NULL, 0, 10);
    assert_int_equal(first_sequence(world, (struct az_position){.kind = AZ_POSITION_EARLIEST}), 0);
    assert_int_equal(first_sequence(world, (struct az_position){.kind = AZ_POSITION_LATEST}), -1);
    assert_int_equal(
        first_sequence(world, (struct az_position){.kind = AZ_POSITION_OFFSET, .offset = "300"}),
        4);
    assert_int_equal(first_sequence(world, (struct az_position){.kind = AZ_POSITION_OFFSET,
                                                                .offset = "300",
                                                                .inclusive = true}),
                     3);
    assert_int_equal(
        first_sequence(world, (struct az_position){.kind = AZ_POSITION_SEQUENCE, .number = 5}), 6);
    assert_int_equal(first_sequence(world, (struct az_position){.kind = AZ_POSITION_ENQUEUED,
                                                                .number = 1700000000007,
                                                                .inclusive = true}),
                     7);
    struct az_consumer_config wrong = {
        .partition_id = "0", .position = {.kind = AZ_POSITION_OFFSET, .offset = "'; drop"}};
    assert_null(az_consumer_open(world->client, &wrong, &world->err));
    assert_int_equal(world->err.status, BASE_INVALID);
    az_producer_close(to);
    close_world(world);
}

static void test_batches_and_keys(void **state)
{
    struct world *world = open_world();
    char *large = base_alloc(400000);
    (void)state;

    memset(large, 'x', 400000);
    struct az_event_data event = {.body = large, .body_len = 400000};
    az_producer_t *to = producer(world, NULL), *fixed = producer(world, "3");
    az_event_batch_t *batch = az_event_batch_new(to, NULL);
    good(world, az_producer_send_batch(to, batch, &world->err)); /* an empty one: nothing to do */
    assert_true(az_event_batch_add(batch, &event) && az_event_batch_add(batch, &event));
    assert_false(az_event_batch_add(batch, &event)); /* past 1 MiB */
    assert_int_equal(az_event_batch_count(batch), 2);
    assert_in_range(az_event_batch_size(batch), 800000, 1048576);
    good(world, az_producer_send_batch(to, batch, &world->err));
    az_event_batch_free(batch);
    struct az_event_data three[] = {event, event, event};
    bad(world, az_producer_send(to, NULL, three, 3, &world->err), BASE_TOO_LARGE,
        "amqp:link:message-size-exceeded");
    base_error_clear(&world->err);
    event.body_len = 3;
    bad(world, az_producer_send(fixed, "k", &event, 1, &world->err), BASE_INVALID, "");
    base_error_clear(&world->err);
    for (int i = 0; i < 4; i++) /* no key: one partition after the other; a key: always the same */
        good(world, az_producer_send(to, NULL, &event, 1, &world->err));
    for (int i = 0; i < 4; i++)
        good(world, az_producer_send(to, "same", &event, 1, &world->err));
    pthread_mutex_lock(&world->hub->lock);
    size_t most = 0, sum = 0;
    for (int i = 0; i < PARTITIONS; i++) {
        sum += world->hub->counts[i];
        most = world->hub->counts[i] > most ? world->hub->counts[i] : most;
    }
    pthread_mutex_unlock(&world->hub->lock);
    assert_int_equal(sum, 10);
    assert_true(most >= 5);
    az_producer_close(to);
    az_producer_close(fixed);
    free(large);
    close_world(world);
}

static void test_refusals(void **state)
{
    struct world *world = open_world();
    struct az_event_data event = {.body = "x", .body_len = 1};
    struct az_consumer_config wrong = {.partition_id = "7"};
    (void)state;

    assert_null(az_consumer_open(world->client, &wrong, &world->err));
    bad(world, world->err.status, BASE_INVALID, "com.microsoft:argument-out-of-range");
    assert_false(az_eventhub_retryable(&world->err));
    base_error_clear(&world->err);

    az_producer_t *to = producer(world, NULL);
    pthread_mutex_lock(&world->hub->lock);
    world->hub->reject = "com.microsoft:server-busy";
    world->hub->reject_times = 1;
    pthread_mutex_unlock(&world->hub->lock);
    bad(world, az_producer_send(to, NULL, &event, 1, &world->err), BASE_THROTTLED,
        "com.microsoft:server-busy");
    assert_int_equal(world->err.retry_after_s, 4);
    assert_true(az_eventhub_retryable(&world->err));
    base_error_clear(&world->err);
    good(world, az_producer_send(to, NULL, &event, 1, &world->err));
    az_producer_close(to);

    pthread_mutex_lock(&world->hub->lock);
    world->hub->refuse = "amqp:not-found";
    pthread_mutex_unlock(&world->hub->lock);
    assert_null(az_producer_open(world->client, NULL, &world->err));
    bad(world, world->err.status, BASE_NOT_FOUND, "amqp:not-found");
    base_error_clear(&world->err);

    pthread_mutex_lock(&world->hub->lock);
    world->hub->refuse = NULL;
    world->hub->cbs_status = 401;
    pthread_mutex_unlock(&world->hub->lock);
    assert_null(az_producer_open(world->client, NULL, &world->err));
    bad(world, world->err.status, BASE_UNAUTHENTICATED, "amqp:unauthorized-access");
    assert_int_equal(world->err.http_status, 401);
    close_world(world);
}

static void test_stolen_and_lost(void **state)
{
    struct world *world = open_world();
    struct az_events events;
    (void)state;

    az_consumer_t *from =
        consumer_at(world, "0", (struct az_position){.kind = AZ_POSITION_EARLIEST});
    pthread_mutex_lock(&world->hub->lock);
    world->hub->detach_readers = "amqp:link:stolen";
    pthread_mutex_unlock(&world->hub->lock);
    hub_wake(world->hub);
    bad(world, az_consumer_receive(from, 10, -1, &events, &world->err), BASE_CONFLICT,
        "amqp:link:stolen");
    assert_true(az_eventhub_stolen(&world->err));
    assert_false(az_eventhub_retryable(&world->err));
    az_consumer_close(from);
    base_error_clear(&world->err);

    /* The connection breaks: what came before is handed out, then the error; opening again connects again. */
    az_producer_t *to = producer(world, "0");
    from = consumer_at(world, "0", (struct az_position){.kind = AZ_POSITION_EARLIEST});
    send_numbers(world, to, NULL, 0, 3);
    good(world, az_consumer_receive(from, 1, 5000, &events, &world->err));
    assert_int_equal(events.count, 1);
    az_events_release(&events);
    pthread_mutex_lock(&world->hub->lock);
    world->hub->drop_all = true;
    pthread_mutex_unlock(&world->hub->lock);
    hub_wake(world->hub);
    size_t rest = 0;
    enum base_status status;
    while ((status = az_consumer_receive(from, 10, -1, &events, &world->err)) == BASE_OK) {
        rest += events.count;
        az_events_release(&events);
    }
    assert_int_equal(rest, 2);
    assert_int_equal(status, BASE_UNAVAILABLE);
    assert_true(az_eventhub_retryable(&world->err));
    base_error_clear(&world->err);
    struct az_event_data event = {.body = "x", .body_len = 1};
    bad(world, az_producer_send(to, NULL, &event, 1, &world->err), BASE_UNAVAILABLE,
        "amqp:connection:forced");
    base_error_clear(&world->err);
    az_consumer_close(from);
    az_producer_close(to);
    from = consumer_at(world, "0", (struct az_position){.kind = AZ_POSITION_SEQUENCE, .number = 1});
    good(world, az_consumer_receive(from, 10, 5000, &events, &world->err));
    assert_int_equal(events.items[0].sequence_number, 2);
    az_events_release(&events);
    az_consumer_close(from);
    assert_int_equal(world->hub->connections, 2);
    close_world(world);
}

static void test_unreadable_event(void **state)
{
    struct world *world = open_world();
    struct az_events events;
    (void)state;

    az_producer_t *to = producer(world, "0");
    send_numbers(world, to, NULL, 0, 3);
    pthread_mutex_lock(&world->hub->lock);
    world->hub->garbage = true;
    pthread_mutex_unlock(&world->hub->lock);
    az_consumer_t *from =
        consumer_at(world, "0", (struct az_position){.kind = AZ_POSITION_EARLIEST});
    bad(world, az_consumer_receive(from, 10, 5000, &events, &world->err), BASE_PROTOCOL,
        "amqp:decode-error");
    az_events_release(&events);
    base_error_clear(&world->err);
    size_t seen = 0;
    while (seen < 3) { /* it is told once, and what follows is not lost */
        good(world, az_consumer_receive(from, 10, 5000, &events, &world->err));
        seen += events.count;
        az_events_release(&events);
    }
    az_consumer_close(from);
    az_producer_close(to);
    close_world(world);
}

static void *cancel_soon(void *context)
{
    struct world *world = context;

    az_eventhub_cancel(world->client);
    return NULL;
}

static void test_cancel(void **state)
{
    struct world *world = open_world();
    struct az_events events;
    pthread_t thread;
    (void)state;

    az_consumer_t *from = consumer_at(world, "0", (struct az_position){.kind = AZ_POSITION_LATEST});
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, world), 0);
    bad(world, az_consumer_receive(from, 10, -1, &events, &world->err), BASE_CANCELED, "");
    pthread_join(thread, NULL);
    az_consumer_close(from);
    base_error_clear(&world->err);
    assert_null(az_producer_open(world->client, NULL, &world->err));
    assert_int_equal(world->err.status, BASE_CANCELED);
    close_world(world);
}

static void use_sas(struct az_eventhub_config *config)
{
    config->token = NULL;
    config->sas_key_name = "RootManageSharedAccessKey";
    config->sas_key = "SAS_KEY_VALUE";
}

static void test_shared_access_key(void **state)
{
    struct world *world = open_world_with(use_sas);
    struct base_buf expected = {0};
    char *expires;
    (void)state;

    az_producer_t *to = producer(world, "0");
    pthread_mutex_lock(&world->hub->lock);
    assert_string_equal(world->hub->last_type, "servicebus.windows.net:sastoken");
    expires = strstr(world->hub->last_token, "&se=");
    assert_non_null(expires);
    base_buf_puts(&expected,
                  "SharedAccessSignature sr=sb%3A%2F%2F127.0.0.1%2Fhub1%2FPartitions%2F0&sig=");
    assert_memory_equal(world->hub->last_token, expected.data, expected.len);
    /* The signature is over what was sent, with the bytes of the key as they are. */
    unsigned char digest[32];
    struct base_buf text = {0}, signature = {0}, encoded = {0};
    base_buf_printf(&text, "sb%%3A%%2F%%2F127.0.0.1%%2Fhub1%%2FPartitions%%2F0\n%lld",
                    atoll(expires + 4));
    base_hmac_sha256("SAS_KEY_VALUE", 13, text.data, text.len, digest);
    base_base64_encode(&signature, digest, 32);
    base_uri_encode(&encoded, signature.data, NULL);
    assert_memory_equal(world->hub->last_token + expected.len, encoded.data, encoded.len);
    assert_non_null(strstr(world->hub->last_token, "&skn=RootManageSharedAccessKey"));
    pthread_mutex_unlock(&world->hub->lock);
    base_buf_release(&expected);
    base_buf_release(&text);
    base_buf_release(&signature);
    base_buf_release(&encoded);
    az_producer_close(to);
    close_world(world);
}

/* A clock 2000 times as fast. */
static void make_fast(struct az_eventhub_config *config)
{
    struct base_clock *clock = (struct base_clock *)config->clock;

    clock->epoch_ms = base_clock_ms(clock);
    clock->rate = 2000;
}

static void test_renewal(void **state)
{
    struct world *world = open_world_with(make_fast);
    struct az_events events;
    int tokens = 0;
    (void)state;

    world->token_life_s = 600; /* renewed after six minutes: 180 ms */
    az_consumer_t *from = consumer_at(world, "0", (struct az_position){.kind = AZ_POSITION_LATEST});
    for (int i = 0; i < 100 && tokens < 4;
         i++) { /* every round waits for an event that does not come */
        good(world, az_consumer_receive(from, 1, 50, &events, &world->err));
        az_events_release(&events);
        pthread_mutex_lock(&world->hub->lock);
        tokens = world->hub->put_tokens;
        pthread_mutex_unlock(&world->hub->lock);
    }
    assert_true(tokens >= 4);
    assert_int_equal(world->hub->connections, 1);
    az_consumer_close(from);
    close_world(world);
}

static void test_runtime_metric(void **state)
{
    struct world *world = open_world();
    struct az_consumer_config config = {.partition_id = "0",
                                        .track_last_enqueued = true,
                                        .identifier = "me",
                                        .exclusive = true,
                                        .epoch = 3};
    struct az_last_enqueued end;
    struct az_events events;
    (void)state;

    az_producer_t *to = producer(world, "0");
    send_numbers(world, to, NULL, 0, 5);
    az_consumer_t *from = az_consumer_open(world->client, &config, &world->err);
    assert_non_null(from);
    good(world, az_consumer_receive(from, 5, 5000, &events, &world->err));
    az_events_release(&events);
    assert_true(az_consumer_last_enqueued(from, &end));
    assert_int_equal(end.sequence_number, 4);
    assert_string_equal(end.offset, "o9");
    az_consumer_close(from);
    az_producer_close(to);
    close_world(world);
}

/* -- many threads on one client -------------------------------------------------------------------------------------- */

struct worker {
    struct world *world;
    char partition[2];
    int seen;
};

static void *produce_and_consume(void *context)
{
    struct worker *worker = context;
    struct world *world = worker->world;
    struct base_error err = {0};
    struct az_consumer_config config = {.partition_id = worker->partition};
    struct az_events events;
    struct az_event_data event = {.body = "0123456789", .body_len = 10};
    az_producer_t *to = az_producer_open(world->client, worker->partition, &err);
    az_consumer_t *from = az_consumer_open(world->client, &config, &err);

    for (int i = 0; to && from && i < 200; i++) {
        if (az_producer_send(to, NULL, &event, 1, &err))
            break;
    }
    while (from && !err.status && worker->seen < 200) {
        if (az_consumer_receive(from, 100, 5000, &events, &err))
            break;
        worker->seen += (int)events.count;
        az_events_release(&events);
    }
    az_consumer_close(from);
    az_producer_close(to);
    return NULL;
}

static void test_threads(void **state)
{
    struct world *world = open_world();
    struct worker workers[PARTITIONS];
    pthread_t threads[PARTITIONS];
    (void)state;

    for (int i = 0; i < PARTITIONS; i++) {
        workers[i] = (struct worker){.world = world, .partition = {(char)('0' + i), 0}};
        assert_int_equal(pthread_create(&threads[i], NULL, produce_and_consume, &workers[i]), 0);
    }
    for (int i = 0; i < PARTITIONS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].seen, 200);
    }
    assert_int_equal(world->hub->connections, 1);
    close_world(world);
}

/* -- TLS ------------------------------------------------------------------------------------------------------------- */

struct identity {
    struct base_buf chain, key;
};

static bool give_certificate(void *context, const char *name, const char **chain_pem,
                             const char **key_pem)
{
    struct identity *identity = context;
    (void)name;

    *chain_pem = identity->chain.data;
    *key_pem = identity->key.data;
    return true;
}

static base_key_t *make_key(const base_key_t *issuer, struct base_clock *clock,
                            base_random_t *random)
{
    static const char *const names[] = {"localhost", "127.0.0.1", NULL};
    base_key_t *key = base_key_new_ec();
    struct base_certificate_request request = {.common_name = issuer ? "localhost" : "test CA",
                                               .dns_names = issuer ? names : NULL,
                                               .not_before_ms = base_clock_ms(clock) - 3600000,
                                               .not_after_ms = base_clock_ms(clock) + 3600000,
                                               .ca = issuer == NULL};

    base_key_certify(key, issuer, &request, random);
    return key;
}

static void test_tls(void **state)
{
    struct world world = {.token_life_s = 3600};
    struct identity identity = {0};
    struct base_buf ca_pem = {0};
    char folder[] = "/tmp/test_eventhub_XXXXXX", ca_file[64];
    (void)state;

    base_clock_init(&world.clock);
    world.random = base_random_new("tls");
    base_key_t *ca = make_key(NULL, &world.clock, world.random),
               *leaf = make_key(ca, &world.clock, world.random);
    base_key_chain_pem(leaf, &identity.chain);
    base_key_pem(leaf, &identity.key);
    base_key_chain_pem(ca, &ca_pem);
    assert_non_null(mkdtemp(folder));
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", folder);
    assert_int_equal(base_file_write(ca_file, ca_pem.data, ca_pem.len, 0600, NULL), BASE_OK);
    world.hub = hub_start(give_certificate, &identity);
    struct az_eventhub_config config = base_config(&world);
    config.development_emulator = false;
    config.ca_file = ca_file;
    config.proxy = "";
    world.client = az_eventhub_open(&config, &world.err);
    assert_non_null(world.client);
    az_producer_t *to = producer(&world, "0");
    send_numbers(&world, to, NULL, 0, 20000); /* some 600 KB through TLS */
    az_consumer_t *from =
        consumer_at(&world, "0", (struct az_position){.kind = AZ_POSITION_EARLIEST});
    struct az_events events;
    for (size_t seen = 0; seen < 20000; seen += events.count, az_events_release(&events))
        good(&world, az_consumer_receive(from, 1000, 5000, &events, &world.err));
    az_consumer_close(from);
    az_producer_close(to);
    az_eventhub_close(world.client);
    hub_stop(world.hub);
    base_key_free(ca);
    base_key_free(leaf);
    base_random_free(world.random);
    base_buf_release(&identity.chain);
    base_buf_release(&identity.key);
    base_buf_release(&ca_pem);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
}

/* -- without a server ------------------------------------------------------------------------------------------------ */

static void test_nobody_listens(void **state)
{
    struct world *world = open_world();
    struct az_eventhub_config config = base_config(world);
    int port, fd = base_listen(NULL, 0, &port, NULL);
    (void)state;

    close(fd);
    config.port = port;
    az_eventhub_t *client = az_eventhub_open(&config, NULL);
    assert_null(az_producer_open(client, NULL, &world->err));
    assert_int_equal(world->err.status, BASE_UNAVAILABLE);
    assert_true(az_eventhub_retryable(&world->err));
    az_eventhub_close(client);
    close_world(world);
}

static void test_configuration(void **state)
{
    struct base_arena arena;
    struct base_error err = {0};
    struct az_eventhub_config config = {0};
    (void)state;

    base_arena_init(&arena);
    assert_int_equal(
        az_eventhub_config_parse(&arena,
                                 "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;"
                                 "SharedAccessKey=abc=;EntityPath=hub;UseDevelopmentEmulator=true;",
                                 &config, &err),
        BASE_OK);
    assert_string_equal(config.fully_qualified_namespace, "sb://ns.servicebus.windows.net/");
    assert_string_equal(config.sas_key, "abc=");
    assert_string_equal(config.hub, "hub");
    assert_true(config.development_emulator);
    static const struct {
        const char *text, *word;
    } wrong[] = {
        {"Endpoint=sb://x/;Colour=blue;SharedAccessKeyName=n;SharedAccessKey=k", "Colour"},
        {"SharedAccessKeyName=n;SharedAccessKey=k", "Endpoint"},
        {"Endpoint=sb://x/", "SharedAccessKey"},
        {"Endpoint=sb://x/;nonsense", "name=value"},
        {"Endpoint=sb://x/;UseDevelopmentEmulator=perhaps", "perhaps"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        config = (struct az_eventhub_config){0};
        base_error_clear(&err);
        assert_int_equal(az_eventhub_config_parse(&arena, wrong[i].text, &config, &err),
                         BASE_INVALID);
        assert_non_null(strstr(err.message, wrong[i].word));
    }
    base_arena_release(&arena);
    struct base_clock clock;
    base_random_t *random = base_random_new("x");
    base_clock_init(&clock);
    config = (struct az_eventhub_config){
        .fully_qualified_namespace = "ns", .hub = "h", .clock = &clock, .random = random};
    base_error_clear(&err);
    assert_null(az_eventhub_open(&config, &err));
    assert_non_null(strstr(err.message, "credential"));
    base_random_free(random);
}

/* The vectors that the SDKs' own tests share (facts/eventhub.md §6). */
static void test_partition_hash(void **state)
{
    (void)state;
    assert_int_equal(az_partition_key_hash("7"), -15263);
    assert_int_equal(az_partition_key_hash("131"), 30562);
    assert_int_equal(az_partition_key_hash("FWfAT"), -22341);
    for (size_t count = 1; count <= 32; count++)
        assert_true(az_partition_of_key("7", count) < count &&
                    az_partition_of_key("", count) < count);
    assert_int_equal(az_partition_of_key("7", 4), 15263 % 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partition_hash),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_send_and_receive),
        cmocka_unit_test(test_all_that_an_event_carries),
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_batches_and_keys),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_stolen_and_lost),
        cmocka_unit_test(test_unreadable_event),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_shared_access_key),
        cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_runtime_metric),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
