/* Tests the life of connections and sessions: handshakes at every split point, refusals, time-outs, broken peers. */
#include "tests/unit/amqp/pair.h"

static const size_t chunks[] = {0, 1, 2, 3, 5, 7, 512};
#define CHUNKS (sizeof chunks / sizeof *chunks)

static void test_handshake_and_close(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHUNKS; i++) {
        struct pair pair = {.chunk = chunks[i]};
        pair_start(&pair);
        assert_non_null(
            amqp_session_begin(pair.client.connection, NULL)); /* kept back until open */
        pump(&pair);
        assert_int_equal(pair.client.opened, 1);
        assert_int_equal(pair.server.opened, 1);
        assert_string_equal(pair.server.remote_hostname, "host.example");
        assert_int_equal(pair.client.sessions_begun, 1);
        assert_int_equal(pair.server.sessions_begun, 1);
        assert_true(amqp_connection_is_open(pair.client.connection));
        amqp_connection_close(pair.client.connection, NULL, NULL);
        pump(&pair);
        assert_true(amqp_connection_is_done(pair.client.connection));
        assert_true(amqp_connection_is_done(pair.server.connection));
        assert_int_equal(pair.server.sessions_ended, 1);
        assert_string_equal(pair.client.close_error, "none");
        assert_string_equal(pair.server.close_error, "none");
        pair_end(&pair);
        assert_int_equal(pair.client.closed, 1);
        assert_int_equal(pair.server.closed, 1);
    }
}

static void test_close_with_error(void **state)
{
    struct pair pair = {0};
    (void)state;

    pair_start(&pair);
    pump(&pair);
    amqp_connection_close(pair.server.connection, AMQP_E_CONNECTION_FORCED, "going down");
    pump(&pair);
    assert_string_equal(pair.client.close_error, AMQP_E_CONNECTION_FORCED);
    assert_true(amqp_connection_is_done(pair.server.connection));
    pair_end(&pair);
}

static void expect_sasl(const char *mechanism, const char *password, enum amqp_sasl_code verdict,
                        const char *error)
{
    struct pair pair = {.server.verdict = verdict};
    struct amqp_connection_config client = client_config(), server = server_config();
    struct base_buf response = {0};

    client.sasl_mechanism = mechanism;
    if (password) {
        amqp_sasl_plain_build(&response, "user", password);
        client.sasl_response = (struct amqp_bytes){response.data, response.len};
    }
    pair_start_with(&pair, &client, &server);
    pump(&pair);
    assert_int_equal(pair.client.opened, error ? 0 : 1);
    if (error)
        assert_string_equal(pair.client.close_error, error);
    pair_end(&pair);
    base_buf_release(&response);
}

static void test_sasl(void **state)
{
    (void)state;
    expect_sasl("PLAIN", "secret", AMQP_SASL_OK, NULL);
    expect_sasl("PLAIN", "wrong", AMQP_SASL_OK, AMQP_E_UNAUTHORIZED);
    expect_sasl("MSSBCBS", NULL, AMQP_SASL_OK, NULL);
    expect_sasl("EXTERNAL", NULL, AMQP_SASL_OK, NULL);
    expect_sasl("EXTERNAL", NULL, AMQP_SASL_SYS_TEMP, AMQP_E_INTERNAL);
    expect_sasl("SCRAM-SHA-256", NULL, AMQP_SASL_OK, AMQP_E_UNAUTHORIZED);
}

static void test_without_sasl(void **state)
{
    (void)state;
    for (int optional = 0; optional < 2; optional++) {
        struct pair pair = {0};
        struct amqp_connection_config client = client_config(), server = server_config();
        client.sasl_mechanism = NULL;
        server.sasl_optional = optional;
        pair_start_with(&pair, &client, &server);
        pump(&pair);
        assert_int_equal(pair.client.opened, optional);
        if (!optional)
            assert_string_equal(pair.client.close_error,
                                AMQP_E_FRAMING); /* the server answered with its SASL header */
        pair_end(&pair);
    }
}

/* Bytes that are no AMQP, straight into a server. */
static void expect_answer(const char *bytes, size_t len, const char *answer, size_t answer_len)
{
    struct side side = {0};
    struct amqp_connection_config config = server_config();
    const void *out;

    side.connection = amqp_connection_new(&config, &handlers, &side, 0);
    amqp_connection_input(side.connection, bytes, len, 0);
    assert_int_equal(amqp_connection_output(side.connection, &out), answer_len);
    assert_memory_equal(out, answer, answer_len);
    assert_true(amqp_connection_is_done(side.connection));
    assert_string_equal(side.close_error, AMQP_E_FRAMING);
    amqp_connection_free(side.connection);
    assert_int_equal(side.closed, 1);
}

static void test_wrong_headers(void **state)
{
    (void)state;
    expect_answer("GET / HTTP/1.1\r\n\r\n", 18, "AMQP\x03\x01\x00\x00", 8);
    expect_answer("AMQP\x00\x00\x09\x01", 8, "AMQP\x03\x01\x00\x00", 8); /* AMQP 0-9-1 */
    expect_answer("AMQP\x02\x01\x00\x00", 8, "AMQP\x03\x01\x00\x00", 8); /* TLS inside AMQP */
}

/* An open connection, then raw bytes from the "client" to the server. */
static void expect_broken(const uint8_t *bytes, size_t len, const char *condition)
{
    struct pair pair = {0};

    pair_start(&pair);
    assert_non_null(amqp_session_begin(pair.client.connection, NULL));
    pump(&pair);
    amqp_connection_input(pair.server.connection, bytes, len, 0);
    if (strcmp(pair.server.close_error, condition))
        fail_msg("'%s' instead of '%s'", pair.server.close_error, condition);
    assert_true(amqp_connection_is_done(pair.server.connection));
    pump(&pair);
    assert_string_equal(pair.client.close_error, condition);
    pair_end(&pair);
}

#define BROKEN(condition, ...)                                                                     \
    expect_broken((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), condition)

static void test_broken_frames(void **state)
{
    (void)state;
    BROKEN(AMQP_E_FRAMING, 0, 0, 0, 4, 2, 0, 0, 0);      /* shorter than its header */
    BROKEN(AMQP_E_FRAMING, 0x7f, 0, 0, 0, 2, 0, 0, 0);   /* larger than max-frame-size */
    BROKEN(AMQP_E_FRAMING, 0, 0, 0, 8, 1, 0, 0, 0);      /* data offset inside the header */
    BROKEN(AMQP_E_FRAMING, 0, 0, 0, 8, 9, 0, 0, 0);      /* data offset past the end */
    BROKEN(AMQP_E_FRAMING, 0, 0, 0, 8, 2, 1, 0, 0);      /* a SASL frame after SASL */
    BROKEN(AMQP_E_DECODE, 0, 0, 0, 9, 2, 0, 0, 0, 0x40); /* body is not described */
    BROKEN(AMQP_E_DECODE, 0, 0, 0, 11, 2, 0, 0, 0, 0, 0x53, 0x10); /* cut after the descriptor */
    BROKEN(AMQP_E_NOT_IMPLEMENTED, 0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x99,
           0x45); /* unknown performative */
    BROKEN(AMQP_E_ILLEGAL_STATE, 0, 0, 0, 16, 2, 0, 0, 0, 0, 0x53, 0x10, 0xc0, 3, 1, 0xa1,
           0); /* second open */
    BROKEN(AMQP_E_INVALID_FIELD, 0, 0, 0, 12, 2, 0, 0, 1, 0, 0x53, 0x11,
           0x45); /* begin without fields */
    BROKEN(AMQP_E_DECODE, 0, 0, 0, 16, 2, 0, 0, 1, 0, 0x53, 0x11, 0xc0, 3, 1, 0xa1,
           0); /* remote-channel a string */
    BROKEN(AMQP_E_NOT_ALLOWED, 0, 0, 0, 17, 2, 0, 0, 9, 0, 0x53, 0x16, 0xc0, 4, 1, 0x52, 0,
           0x40); /* detach on channel 9 */
    BROKEN(AMQP_E_DECODE, 0, 0, 0, 14, 2, 0, 0, 0, 0, 0x53, 0x18, 0xc0, 1,
           9); /* close with nine fields in no bytes */
}

static void test_frames_before_open(void **state)
{
    struct pair pair = {0};
    struct amqp_connection_config client = client_config(), server = server_config();
    static const uint8_t begin[] = {
        'A', 'M', 'Q', 'P', 0,    1,    0,    0, 0, 0,    0,    17,  2,
        0,   0,   0,   0,   0x53, 0x11, 0xc0, 4, 4, 0x40, 0x43, 0x43}; /* cut, yet told by its code first */
    (void)state;

    server.sasl_mechanisms = NULL;
    pair_start_with(&pair, &client, &server);
    amqp_connection_input(pair.server.connection, begin, sizeof begin, 0);
    assert_true(amqp_connection_is_done(pair.server.connection));
    pair_end(&pair);
}

static void test_channel_max(void **state)
{
    struct pair pair = {0};
    struct amqp_connection_config client = client_config(), server = server_config();
    (void)state;

    server.channel_max = 1;
    pair_start_with(&pair, &client, &server);
    pump(&pair);
    assert_non_null(amqp_session_begin(pair.client.connection, NULL));
    assert_non_null(amqp_session_begin(pair.client.connection, NULL));
    assert_null(amqp_session_begin(pair.client.connection, NULL));
    pump(&pair);
    assert_int_equal(pair.client.sessions_begun, 2);
    /* A channel is free again after end. */
    amqp_session_end(pair.client.session, AMQP_E_INTERNAL, "test");
    pump(&pair);
    assert_string_equal(pair.server.session_error, AMQP_E_INTERNAL);
    assert_non_null(amqp_session_begin(pair.client.connection, NULL));
    pump(&pair);
    assert_int_equal(pair.client.sessions_begun, 3);
    pair_end(&pair);
    assert_int_equal(pair.client.sessions_ended, 3);
}

static void test_idle_timeouts(void **state)
{
    struct pair pair = {.now = 1000};
    struct amqp_connection_config client = client_config(), server = server_config();
    (void)state;

    server.idle_timeout_ms = 2000;
    client.idle_timeout_ms = 60000;
    pair_start_with(&pair, &client, &server);
    pump(&pair);
    /* The client must say something every second. */
    assert_int_equal(amqp_connection_deadline(pair.client.connection), 2000);
    pair.now = 2000;
    amqp_connection_tick(pair.client.connection, pair.now);
    pump(&pair);
    assert_int_equal(amqp_connection_deadline(pair.client.connection), 3000);
    assert_true(amqp_connection_is_open(pair.server.connection));
    /* It falls silent: the server gives it up 4 s after the last byte. */
    assert_int_equal(amqp_connection_deadline(pair.server.connection), 6000);
    amqp_connection_tick(pair.server.connection, 5999);
    assert_true(amqp_connection_is_open(pair.server.connection));
    amqp_connection_tick(pair.server.connection, 6000);
    assert_true(amqp_connection_is_done(pair.server.connection));
    pump(&pair);
    assert_string_equal(pair.client.close_error, AMQP_E_RESOURCE_LIMIT);
    assert_int_equal(amqp_connection_deadline(pair.server.connection), -1);
    pair_end(&pair);
}

static void test_handshake_timeout(void **state)
{
    struct side side = {0};
    struct amqp_connection_config config = server_config();
    (void)state;

    side.connection = amqp_connection_new(&config, &handlers, &side, 500);
    assert_int_equal(amqp_connection_deadline(side.connection), 30500);
    amqp_connection_tick(side.connection, 30500);
    assert_int_equal(side.closed, 1);
    amqp_connection_free(side.connection);
}

static void test_lost_transport(void **state)
{
    struct pair pair = {0};
    (void)state;

    pair_start(&pair);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    assert_non_null(client_attach(session, "l", AMQP_SENDER, "hub"));
    pump(&pair);
    amqp_connection_eof(pair.client.connection);
    assert_string_equal(pair.client.link_error, AMQP_E_CONNECTION_FORCED);
    assert_string_equal(pair.client.close_error, AMQP_E_CONNECTION_FORCED);
    assert_null(amqp_session_begin(pair.client.connection, NULL));
    pair_end(&pair);
    assert_int_equal(pair.client.ended, 1);
    assert_int_equal(pair.server.ended, 1);
}

/* Garbage of every kind after a good handshake: the server ends, it never crashes. */
static void test_mutated_streams(void **state)
{
    uint32_t random = 99;
    (void)state;

    for (int round = 0; round < 3000; round++) {
        struct pair pair = {0};
        const void *data;
        pair_start(&pair);
        amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
        pump(&pair);
        amqp_link_t *link = client_attach(session, "l", AMQP_SENDER, "hub");
        if (round % 2)
            pump(&pair);
        if (round % 2)
            (void)!send_text(link, "0123456789", 10, 0);
        else
            amqp_link_detach(link, AMQP_E_INTERNAL, "x");
        size_t len = amqp_connection_output(pair.client.connection, &data);
        char *copy = malloc(len);
        memcpy(copy, data, len);
        for (int flips = 1 + round % 4; flips; flips--) {
            random = random * 1664525u + 1013904223u;
            copy[(random >> 8) % len] = (char)(random >> 24);
        }
        amqp_connection_input(pair.server.connection, copy, len, 0);
        free(copy);
        amqp_connection_output_drop(pair.client.connection, len);
        pump(&pair);
        pair_end(&pair);
        assert_int_equal(pair.server.closed, 1);
        assert_int_equal(pair.client.closed, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_and_close),
        cmocka_unit_test(test_close_with_error),
        cmocka_unit_test(test_sasl),
        cmocka_unit_test(test_without_sasl),
        cmocka_unit_test(test_wrong_headers),
        cmocka_unit_test(test_broken_frames),
        cmocka_unit_test(test_frames_before_open),
        cmocka_unit_test(test_channel_max),
        cmocka_unit_test(test_idle_timeouts),
        cmocka_unit_test(test_handshake_timeout),
        cmocka_unit_test(test_lost_transport),
        cmocka_unit_test(test_mutated_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
