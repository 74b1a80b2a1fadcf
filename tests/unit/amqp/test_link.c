/* Tests links: attach and refusal, messages of all sizes, credit, drain, windows, settlement, limits. */
#include "tests/unit/amqp/pair.h"

static const size_t chunks[] = {0, 1, 2, 3, 5, 7, 512};
#define CHUNKS (sizeof chunks / sizeof *chunks)

/* Starts a pair with one sending link of the client. */
static amqp_link_t *start_sender(struct pair *pair)
{
    pair_start(pair);
    amqp_session_t *session = amqp_session_begin(pair->client.connection, NULL);
    amqp_link_t *link = client_attach(session, "sender", AMQP_SENDER, "hub");

    pump(pair);
    assert_int_equal(pair->client.attached, 1);
    assert_true(amqp_link_sendable(link));
    return link;
}

static void test_ten_thousand_messages(void **state)
{
    struct pair pair = {0};
    uint64_t sum = 0;
    (void)state;

    amqp_link_t *link = start_sender(&pair);
    for (uint64_t i = 0; i < 10000;) {
        while (i < 10000 && amqp_link_sendable(link)) {
            assert_int_equal(send_text(link, "twenty bytes of body", 20, i), BASE_OK);
            sum += i++;
        }
        pump(&pair);
    }
    assert_int_equal(pair.server.messages, 10000);
    assert_int_equal(pair.server.bytes, 200000);
    assert_int_equal(pair.server.last_format, 0x80013700);
    assert_int_equal(pair.client.outcomes, 10000);
    assert_int_equal(pair.client.cookie_sum, sum);
    assert_int_equal(pair.client.outcome, AMQP_ACCEPTED);
    pair_end(&pair);
}

static void test_split_points(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHUNKS; i++) {
        struct pair pair = {.chunk = chunks[i]};
        amqp_link_t *link = start_sender(&pair);
        for (int n = 0; n < 50; n++)
            assert_int_equal(send_text(link, "0123456789", (size_t)n % 11, 1), BASE_OK);
        pump(&pair);
        assert_int_equal(pair.server.messages, 50);
        assert_int_equal(pair.client.outcomes, 50);
        amqp_link_detach(link, NULL, NULL);
        pump(&pair);
        assert_int_equal(pair.client.ended, 1);
        assert_int_equal(pair.server.ended, 1);
        pair_end(&pair);
    }
}

static char *pattern(size_t len)
{
    char *text = base_alloc(len + 1);

    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + i * i % 23);
    return text;
}

static void test_multi_frame_both_ways(void **state)
{
    static const size_t sizes[] = {0, 1, 440, 463, 464, 465, 512, 5000, 300000};
    (void)state;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int way = 0; way < 2; way++) {
            struct pair pair = {.chunk = 700};
            struct amqp_connection_config client = client_config(), server = server_config();
            client.max_frame_size = server.max_frame_size = 512;
            client.incoming_window = server.incoming_window =
                4; /* the window opens and shuts all the time */
            pair_start_with(&pair, &client, &server);
            amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
            (void)!client_attach(session, "l", way ? AMQP_RECEIVER : AMQP_SENDER, "hub");
            pump(&pair);
            if (way)
                amqp_link_flow(pair.client.link, 10, false);
            pump(&pair);
            struct side *from = way ? &pair.server : &pair.client,
                        *to = way ? &pair.client : &pair.server;
            char *text = pattern(sizes[i]);
            for (int n = 0; n < 3; n++) {
                assert_true(amqp_link_sendable(from->link));
                assert_int_equal(send_text(from->link, text, sizes[i], 1), BASE_OK);
                assert_int_equal(amqp_link_sendable(from->link),
                                 sizes[i] < 1000); /* else a rest waits */
                pump(&pair);
            }
            assert_int_equal(to->messages, 3);
            assert_int_equal(to->last_payload.len, sizes[i]);
            if (sizes[i])
                assert_memory_equal(to->last_payload.data, text, sizes[i]);
            assert_int_equal(from->outcomes, 3);
            free(text);
            pair_end(&pair);
        }
    }
}

static void test_refused_link(void **state)
{
    (void)state;
    for (int role = 0; role < 2; role++) {
        struct pair pair = {.server.refuse = AMQP_E_UNAUTHORIZED};
        pair_start(&pair);
        amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
        (void)!client_attach(session, "l", role ? AMQP_RECEIVER : AMQP_SENDER, "hub");
        pump(&pair);
        assert_int_equal(pair.client.attached, 0);
        assert_int_equal(pair.client.ended, 1);
        assert_string_equal(pair.client.link_error, AMQP_E_UNAUTHORIZED);
        assert_int_equal(pair.server.ended, 1);
        /* The name and the handle are free again. */
        pair.server.refuse = NULL;
        (void)!client_attach(session, "l", role ? AMQP_RECEIVER : AMQP_SENDER, "hub");
        pump(&pair);
        assert_int_equal(pair.client.attached, 1);
        pair_end(&pair);
    }
}

static void test_late_answer(void **state)
{
    struct pair pair = {.server.hold = true};
    (void)state;

    pair_start(&pair);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    amqp_link_t *link =
        client_attach(session, "in", AMQP_RECEIVER, "hub/ConsumerGroups/g/Partitions/0");
    amqp_link_flow(link, 5, false);
    pump(&pair);
    assert_int_equal(pair.client.attached, 0);
    const struct amqp_attach *remote = amqp_link_remote(pair.server.link);
    assert_true(amqp_value_is(&remote->source.address, "hub/ConsumerGroups/g/Partitions/0"));
    amqp_link_accept(pair.server.link, NULL);
    assert_true(amqp_link_sendable(pair.server.link)); /* credit came before */
    assert_int_equal(send_text(pair.server.link, "x", 1, 9), BASE_OK);
    pump(&pair);
    assert_int_equal(pair.client.attached, 1);
    assert_int_equal(pair.client.messages, 1);
    assert_int_equal(pair.server.cookie_sum, 9);
    /* A link that is given up before it was answered ends on both sides. */
    (void)!client_attach(session, "second", AMQP_SENDER, "hub");
    pump(&pair);
    amqp_link_t *second = pair.server.link;
    assert_int_equal(pair.server.requested, 2);
    amqp_link_detach(second, AMQP_E_NOT_FOUND, "gone");
    pump(&pair);
    assert_string_equal(pair.client.link_error, AMQP_E_NOT_FOUND);
    pair_end(&pair);
}

static void test_detach_with_error(void **state)
{
    struct pair pair = {0};
    (void)state;

    amqp_link_t *link = start_sender(&pair);
    assert_int_equal(send_text(link, "x", 1, 1), BASE_OK);
    amqp_link_detach(pair.server.link, AMQP_E_STOLEN, "somebody else reads now");
    pump(&pair);
    assert_string_equal(pair.client.link_error, AMQP_E_STOLEN);
    assert_int_equal(pair.server.ended, 1);
    assert_int_equal(pair.server.messages, 0); /* it came after the detach: dropped */
    assert_int_equal(pair.client.outcomes, 0);
    assert_true(amqp_connection_is_open(pair.client.connection));
    pair_end(&pair);
}

static void test_outcomes(void **state)
{
    struct pair pair = {.server.reject = "com.example:server-busy"};
    (void)state;

    amqp_link_t *link = start_sender(&pair);
    assert_int_equal(send_text(link, "x", 1, 1), BASE_OK);
    pump(&pair);
    assert_int_equal(pair.client.outcome, AMQP_REJECTED);
    assert_string_equal(pair.client.outcome_error, "com.example:server-busy");
    pair_end(&pair);

    pair = (struct pair){.server.mute = true};
    link = start_sender(&pair);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(send_text(link, "x", 1, i), BASE_OK);
    pump(&pair);
    assert_int_equal(pair.client.outcomes, 0);
    /* Out of order and in a run, each exactly once; what the server makes of 7 never arrives. */
    amqp_link_settle(pair.server.link, 5, &(struct amqp_outcome){.kind = AMQP_RELEASED});
    for (uint32_t i = 0; i < 5; i++)
        amqp_link_accept_delivery(pair.server.link, i);
    amqp_link_settle(pair.server.link, 6,
                     &(struct amqp_outcome){.kind = AMQP_MODIFIED, .delivery_failed = true});
    pump(&pair);
    assert_int_equal(pair.client.outcomes, 7);
    assert_int_equal(pair.client.cookie_sum, 21);
    amqp_link_accept_delivery(pair.server.link, 3);
    pump(&pair);
    assert_int_equal(pair.client.outcomes, 7);
    pair_end(&pair);
}

static void send_one(struct side *side, amqp_link_t *link)
{
    while (side->to_send && amqp_link_sendable(link)) {
        side->to_send--;
        assert_int_equal(send_text(link, "event", 5, 0), BASE_OK);
    }
    amqp_link_drained(link);
}

static void test_credit_and_drain(void **state)
{
    struct pair pair = {
        .server.on_credit = send_one, .server.to_send = 7, .server.settle_mode = AMQP_SND_SETTLED};
    (void)state;

    pair_start(&pair);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    amqp_link_t *link = client_attach(session, "in", AMQP_RECEIVER, "hub");
    pump(&pair);
    assert_int_equal(amqp_link_remote(link)->snd_settle_mode, AMQP_SND_SETTLED);
    assert_int_equal(pair.client.messages, 0);
    amqp_link_flow(link, 3, false);
    pump(&pair);
    assert_int_equal(pair.client.messages, 3);
    assert_int_equal(amqp_link_credit(link), 0);
    amqp_link_flow(link, 100, true); /* drain: four more, then the credit comes back */
    pump(&pair);
    assert_int_equal(pair.client.messages, 7);
    assert_int_equal(amqp_link_credit(link), 0);
    assert_int_equal(amqp_link_credit(pair.server.link), 0);
    assert_int_equal(pair.server.outcomes, 0); /* pre-settled */
    /* And afterwards all goes on as before. */
    pair.server.to_send = 2;
    amqp_link_flow(link, 5, false);
    pump(&pair);
    assert_int_equal(pair.client.messages, 9);
    assert_int_equal(amqp_link_credit(link), 3);
    pair_end(&pair);
}

static void test_cannot_send(void **state)
{
    struct pair pair = {.server.credit = 2, .server.mute = true};
    struct base_error err = {0};
    (void)state;

    amqp_link_t *link = start_sender(&pair);
    amqp_link_auto_credit(pair.server.link, 0);
    assert_int_equal(send_text(link, "a", 1, 0), BASE_OK);
    assert_int_equal(send_text(link, "b", 1, 0), BASE_OK);
    assert_false(amqp_link_sendable(link));
    assert_int_equal(send_text(link, "c", 1, 0), BASE_CONFLICT);
    pair_end(&pair);

    pair = (struct pair){0};
    link = start_sender(&pair);
    size_t size = amqp_link_remote(link)->max_message_size + 1;
    char *text = pattern(size);
    struct amqp_bytes part = {text, size};
    struct amqp_send message = {.parts = &part, .part_count = 1};
    assert_int_equal(amqp_link_send(link, &message, &err), BASE_TOO_LARGE);
    assert_string_equal(err.code, AMQP_E_MESSAGE_SIZE);
    free(text);
    pair_end(&pair);
}

static void test_output_is_bounded(void **state)
{
    struct pair pair = {
        .client.on_credit = send_one, .client.to_send = 5000, .server.credit = 100000};
    struct amqp_connection_config client = client_config(), server = server_config();
    const void *data;
    (void)state;

    client.max_output = 4096;
    pair_start_with(&pair, &client, &server);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    (void)!client_attach(session, "l", AMQP_SENDER, "hub");
    for (int i = 0; i < 3; i++) { /* up to the first credit */
        move(&pair, &pair.client, &pair.server);
        move(&pair, &pair.server, &pair.client);
    }
    while (pair.client.to_send) {
        assert_true(amqp_connection_output(pair.client.connection, &data) < 4096 + 200);
        if (!move(&pair, &pair.client, &pair.server))
            move(&pair, &pair.server, &pair.client);
    }
    pump(&pair);
    assert_int_equal(pair.server.messages, 5000);
    pair_end(&pair);
}

static void test_unsettled_is_bounded(void **state)
{
    struct pair pair = {.server.mute = true, .server.credit = 1000};
    struct amqp_connection_config client = client_config(), server = server_config();
    (void)state;

    client.max_unsettled = 10;
    pair_start_with(&pair, &client, &server);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    amqp_link_t *link = client_attach(session, "l", AMQP_SENDER, "hub");
    pump(&pair);
    for (int i = 0; i < 10; i++)
        assert_int_equal(send_text(link, "x", 1, 1), BASE_OK);
    assert_int_equal(send_text(link, "x", 1, 1), BASE_THROTTLED);
    pump(&pair);
    for (uint32_t i = 0; i < 10; i++)
        amqp_link_accept_delivery(pair.server.link, i);
    pump(&pair);
    assert_int_equal(pair.client.outcomes, 10);
    assert_int_equal(send_text(link, "x", 1, 1), BASE_OK);
    pair_end(&pair);
}

/* -- a peer that breaks the rules: raw frames from the "client" --------------------------------------------------- */

static void inject(struct pair *pair, const uint8_t *bytes, size_t len)
{
    amqp_connection_input(pair->server.connection, bytes, len, pair->now);
    pump(pair);
}
#define INJECT(pair, ...)                                                                          \
    inject(pair, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void test_session_violations(void **state)
{
    static const struct {
        const char *condition;
        uint8_t bytes[40];
    } cases[] = {
        /* transfer, flow, detach on handle 9 */
        {AMQP_E_UNATTACHED, {0,    0, 0, 22,   2, 0,    0, 0,    0, 0x53, 0x14,
                             0xc0, 9, 3, 0x52, 9, 0x52, 9, 0xa0, 1, 'x',  0x40}},
        {AMQP_E_UNATTACHED,
         {0, 0, 0, 20, 2, 0, 0, 0, 0, 0x53, 0x13, 0xc0, 7, 5, 0x43, 0x43, 0x43, 0x43, 0x52, 9}},
        {AMQP_E_UNATTACHED, {0, 0, 0, 16, 2, 0, 0, 0, 0, 0x53, 0x16, 0xc0, 3, 1, 0x52, 9}},
        /* attach with handle 0 again */
        {AMQP_E_HANDLE_IN_USE,
         {0, 0, 0, 18, 2, 0, 0, 0, 0, 0x53, 0x12, 0xc0, 5, 3, 0xa1, 0, 0x43, 0x41}},
        /* a second link of the same name */
        {AMQP_E_NOT_ALLOWED, {0,    0,    0,    34,   2,    0,    0,    0,    0,   0x53, 0x12, 0xc0,
                              21,   10,   0xa1, 6,    's',  'e',  'n',  'd',  'e', 'r',  0x52, 1,
                              0x42, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x52, 0,   0x40}},
        /* a delivery without id */
        {AMQP_E_INVALID_FIELD, {0, 0, 0, 15, 2, 0, 0, 0, 0, 0x53, 0x14, 0xc0, 2, 1, 0x43}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair = {0};
        uint8_t bytes[40];
        start_sender(&pair);
        memcpy(bytes, cases[i].bytes, sizeof bytes);
        inject(&pair, bytes, bytes[3]);
        if (strcmp(pair.client.session_error, cases[i].condition))
            fail_msg("case %zu: session '%s', connection '%s'", i, pair.client.session_error,
                     pair.client.close_error);
        assert_int_equal(pair.server.sessions_ended, 1);
        assert_int_equal(pair.server.ended, 1);
        assert_true(amqp_connection_is_open(pair.server.connection));
        pair_end(&pair);
    }
}

static void test_no_credit_no_transfer(void **state)
{
    struct pair pair = {0};
    (void)state;

    start_sender(&pair);
    amqp_link_auto_credit(pair.server.link, 0);
    amqp_link_flow(pair.server.link, 0, false);
    INJECT(&pair, 0, 0, 0, 20, 2, 0, 0, 0, 0, 0x53, 0x14, 0xc0, 7, 3, 0x43, 0x43, 0xa0, 1, 'x', 0);
    assert_string_equal(pair.client.link_error, AMQP_E_TRANSFER_LIMIT);
    pair_end(&pair);
}

static void test_smallest_window(void **state)
{
    struct pair pair = {0};
    struct amqp_connection_config client = client_config(), server = server_config();
    static const uint8_t transfer[] = {0,    0,    0, 20, 2,    0,    0,    0, 0,   0x53,
                                       0x14, 0xc0, 7, 3,  0x43, 0x43, 0xa0, 1, 'x', 0};
    (void)state;

    server.incoming_window = 1; /* refreshed when half is used: at 0, after the frame at hand */
    pair_start_with(&pair, &client, &server);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    (void)!client_attach(session, "sender", AMQP_SENDER, "hub");
    pump(&pair);
    inject(&pair, transfer, sizeof transfer); /* empty payload: still a frame and a delivery */
    assert_int_equal(pair.server.messages, 1);
    assert_true(amqp_connection_is_open(pair.server.connection));
    pair_end(&pair);
}

static void test_too_large_and_aborted(void **state)
{
    struct pair pair = {0};
    struct amqp_connection_config client = client_config(), server = server_config();
    (void)state;

    server.max_message_size = 3;
    pair_start_with(&pair, &client, &server);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    (void)!client_attach(session, "sender", AMQP_SENDER, "hub");
    pump(&pair);
    /* Two bytes with more to come, then aborted: as if nothing had been. */
    INJECT(&pair, 0, 0, 0, 25, 2, 0, 0, 0, 0, 0x53, 0x14, 0xc0, 10, 6, 0x43, 0x43, 0xa0, 1, 'x',
           0x40, 0x40, 0x41, 'a', 'b', 'c');
    INJECT(&pair, 0, 0, 0, 24, 2, 0, 0, 0, 0, 0x53, 0x14, 0xc0, 11, 10, 0x43, 0x40, 0x40, 0x40,
           0x40, 0x40, 0x40, 0x40, 0x40, 0x41);
    assert_int_equal(pair.server.messages, 0);
    assert_int_equal(pair.server.ended, 0);
    INJECT(&pair, 0, 0, 0, 24, 2, 0, 0, 0, 0, 0x53, 0x14, 0xc0, 7, 3, 0x43, 0x52, 1, 0xa0, 0, 'a',
           'b', 'c', 'd', 'e');
    assert_int_equal(pair.server.messages, 0);
    assert_string_equal(pair.client.link_error, AMQP_E_MESSAGE_SIZE);
    pair_end(&pair);
}

static void test_links_are_bounded(void **state)
{
    struct pair pair = {0};
    struct amqp_connection_config client = client_config(), server = server_config();
    char name[8];
    (void)state;

    server.links_max = 3;
    pair_start_with(&pair, &client, &server);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "l%d", i);
        assert_non_null(client_attach(session, name, AMQP_SENDER, "hub"));
    }
    pump(&pair);
    assert_string_equal(pair.client.session_error, AMQP_E_RESOURCE_LIMIT);
    assert_int_equal(pair.client.ended, 4);
    pair_end(&pair);
}

static void test_filters_and_capabilities_travel(void **state)
{
    struct pair pair = {.server.hold = true};
    struct base_buf filter = {0}, wanted = {0}, properties = {0};
    struct amqp_attach attach;
    struct amqp_value value, descriptor, inner;
    (void)state;

    pair_start(&pair);
    amqp_session_t *session = amqp_session_begin(pair.client.connection, NULL);
    size_t map = amqp_put_map(&filter);
    amqp_put_symbol(&filter, "apache.org:selector-filter:string");
    amqp_put_descriptor(&filter, 0x468C00000004);
    amqp_put_string(&filter, "x > '1'");
    amqp_put_end(&filter, map, 2);
    map = amqp_put_map(&properties);
    amqp_put_symbol(&properties, "com.example:epoch");
    amqp_put_long(&properties, 7);
    amqp_put_end(&properties, map, 2);
    amqp_put_symbols(&wanted, (const char *const[]){"com.example:metric", NULL});
    amqp_attach_init(&attach, "in", AMQP_RECEIVER);
    attach.source = (struct amqp_source){
        .present = true, .address = amqp_string("hub"), .filter = amqp_raw(&filter)};
    attach.target = (struct amqp_target){.present = true, .address = amqp_string("me")};
    attach.properties = amqp_raw(&properties);
    attach.desired_capabilities = amqp_raw(&wanted);
    attach.max_message_size = 1234;
    assert_non_null(amqp_link_attach(session, &attach, NULL));
    base_buf_release(&filter);
    base_buf_release(&properties);
    base_buf_release(&wanted);
    pump(&pair);

    const struct amqp_attach *remote = amqp_link_remote(pair.server.link);
    assert_true(amqp_map_get(&remote->source.filter, "apache.org:selector-filter:string", &value));
    assert_true(amqp_described(&value, &descriptor, &inner) && amqp_value_is(&inner, "x > '1'"));
    assert_true(amqp_map_get(&remote->properties, "com.example:epoch", &value) &&
                value.as.integer == 7);
    assert_true(amqp_symbols_have(&remote->desired_capabilities, "com.example:metric"));
    assert_int_equal(remote->max_message_size, 1234);
    struct amqp_attach reply;
    amqp_link_mirror(pair.server.link, &reply);
    reply.offered_capabilities = remote->desired_capabilities;
    amqp_link_accept(pair.server.link, &reply);
    pump(&pair);
    remote = amqp_link_remote(pair.client.link);
    assert_true(amqp_symbols_have(&remote->offered_capabilities, "com.example:metric"));
    assert_true(amqp_map_get(&remote->source.filter, "apache.org:selector-filter:string", &value));
    pair_end(&pair);
}

/* A peer that asks and asks, and never reads. */
static void test_flood_is_bounded(void **state)
{
    struct pair pair = {0};
    struct amqp_connection_config client = client_config(), server = server_config();
    static const uint8_t echo[24] = {0,    0,    0,    24,   2,    0,    0,    0,
                                     0,    0x53, 0x13, 0xc0, 11,   10,   0x43, 0x43,
                                     0x43, 0x43, 0x40, 0x40, 0x40, 0x40, 0x40, 0x41};
    const void *data;
    (void)state;

    server.max_output = server.max_buffered = 2000;
    pair_start_with(&pair, &client, &server);
    assert_non_null(amqp_session_begin(pair.client.connection, NULL));
    pump(&pair);
    for (int i = 0; i < 1000; i++) {
        amqp_connection_input(pair.server.connection, echo, sizeof echo, 0);
        assert_true(amqp_connection_output(pair.server.connection, &data) < 4100);
    }
    assert_string_equal(pair.server.close_error, AMQP_E_RESOURCE_LIMIT);
    assert_true(amqp_connection_is_done(pair.server.connection));
    pair_end(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_thousand_messages),
        cmocka_unit_test(test_split_points),
        cmocka_unit_test(test_multi_frame_both_ways),
        cmocka_unit_test(test_refused_link),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_detach_with_error),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_credit_and_drain),
        cmocka_unit_test(test_cannot_send),
        cmocka_unit_test(test_output_is_bounded),
        cmocka_unit_test(test_unsettled_is_bounded),
        cmocka_unit_test(test_session_violations),
        cmocka_unit_test(test_no_credit_no_transfer),
        cmocka_unit_test(test_smallest_window),
        cmocka_unit_test(test_too_large_and_aborted),
        cmocka_unit_test(test_links_are_bounded),
        cmocka_unit_test(test_filters_and_capabilities_travel),
        cmocka_unit_test(test_flood_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
