/* Sending and receiving over azure/eventhub.h: properties, positions, batches, keys, many threads. */
#include "hub_world.h"

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
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_send_and_receive),
        cmocka_unit_test(test_all_that_an_event_carries),
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_batches_and_keys),
        cmocka_unit_test(test_runtime_metric),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
