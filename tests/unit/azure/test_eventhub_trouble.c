/* azure/eventhub.h when things go wrong or change: refusals, lost links, cancelled calls, renewed tokens, TLS, nobody there. */
#include "hub_world.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_listens),  cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_stolen_and_lost), cmocka_unit_test(test_unreadable_event),
        cmocka_unit_test(test_cancel),          cmocka_unit_test(test_shared_access_key),
        cmocka_unit_test(test_renewal),         cmocka_unit_test(test_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
