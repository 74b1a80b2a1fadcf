/* The AMQP side: tokens and links, sending, receiving, positions, epochs, properties (facts eventhub.md §2). */
#include "fixture.h"

#define READ0 "hub1/ConsumerGroups/$default/Partitions/0"
#define READ1 "hub1/ConsumerGroups/$Default/Partitions/1"

static void roles(void **state)
{
    struct fixture *f = *state;
    struct client c;
    dial(f, &c, &(struct dial){.mechanism = "ANONYMOUS"});
    struct test_link *link = open_sender(&c, "hub1");
    assert_string_equal(link->condition, "amqp:unauthorized-access"); /* no token at all */
    assert_int_equal(put_token(&c, "jwt", "sb://" HOST "/hub1", "x.y.z"), 401);
    assert_int_equal(put_token(&c, "jwt", "sb://" HOST "/hub1", f->token), 202);
    link = open_sender(&c, "hub1");
    assert_string_equal(link->condition, "amqp:unauthorized-access"); /* no role */
    assert_non_null(strstr(link->description, "'Send' claim(s) are required"));
    assign(f, HUB_ID, "Azure Event Hubs Data Sender");
    link = open_sender(&c, "hub1"); /* the same token, now with the role */
    assert_false(link->ended);
    assert_int_equal(link->max_size, 1048576);
    link = open_receiver(&c, &(struct reading){.address = READ0});
    assert_string_equal(link->condition, "amqp:unauthorized-access");
    assert_non_null(strstr(link->description, "'Listen' claim(s) are required"));
    assign(f, HUB_ID "/consumergroups/$Default", "Azure Event Hubs Data Receiver");
    link = open_receiver(&c, &(struct reading){.address = READ0});
    assert_false(link->ended);
    char *other = mint(f, "https://vault.azure.net", 3600);
    assert_int_equal(put_token(&c, "jwt", "sb://" HOST "/hub1", other), 401);
    free(other);
    cJSON *rows = sim_view_get(f->world, "eventhubLinks");
    assert_int_equal(cJSON_GetArraySize(rows), 2);
    assert_string_equal(base_json_text(rows, "0.identity"), "user");
    cJSON_Delete(rows);
    hang_up(&c);
}

static void shared_keys(void **state)
{
    struct fixture *f = *state;
    struct client c;
    cJSON *keys;
    struct base_buf mac64 = {0}, token = {0}, plain = {0};
    unsigned char mac[32];
    char *text = base_asprintf("sb%%3A%%2F%%2F" HOST "%%2Fhub1\n%lld",
                               (long long)base_clock_s(&f->clock) + 600);
    assert_int_equal(arm(f, "POST",
                         SPACE_ID "/authorizationRules/RootManageSharedAccessKey/listKeys", NULL,
                         &keys),
                     200);
    const char *key = base_json_text(keys, "primaryKey");
    base_hmac_sha256(key, strlen(key), text, strlen(text), mac);
    base_base64_encode(&mac64, mac, sizeof(mac));
    base_buf_printf(&token, "SharedAccessSignature sr=sb%%3A%%2F%%2F" HOST "%%2Fhub1&sig=");
    base_uri_encode(&token, mac64.data, NULL);
    base_buf_printf(&token, "&se=%s&skn=RootManageSharedAccessKey", strchr(text, '\n') + 1);
    dial(f, &c, &(struct dial){0});
    assert_int_equal(
        put_token(&c, "servicebus.windows.net:sastoken", "sb://" HOST ":5671/hub1/x", token.data),
        202);
    assert_int_equal(
        put_token(&c, "servicebus.windows.net:sastoken", "sb://" HOST "/hub1", token.data), 202);
    assert_false(open_sender(&c, "hub1")->ended);
    assert_int_equal(
        put_token(&c, "servicebus.windows.net:sastoken", "sb://" HOST "/other", token.data), 401);
    assert_int_equal(put_token(&c, "something", "sb://" HOST "/hub1", token.data), 400);
    token.data[token.len - strlen("RootManageSharedAccessKey") - 30] ^= 1;
    assert_int_equal(
        put_token(&c, "servicebus.windows.net:sastoken", "sb://" HOST "/hub1", token.data), 401);
    hang_up(&c);
    amqp_sasl_plain_build(&plain, "RootManageSharedAccessKey", key);
    dial(f, &c, &(struct dial){.mechanism = "PLAIN", .response = {plain.data, plain.len}});
    assert_false(open_sender(&c, "hub1")->ended);
    hang_up(&c);
    base_buf_clear(&plain);
    amqp_sasl_plain_build(&plain, "RootManageSharedAccessKey", "wrong");
    dial(f, &c, &(struct dial){.mechanism = "PLAIN", .response = {plain.data, plain.len}});
    RUN_UNTIL(&c, c.closed);
    assert_string_equal(c.condition, "amqp:unauthorized-access");
    hang_up(&c);
    cJSON_Delete(keys);
    base_buf_release(&mac64);
    base_buf_release(&token);
    base_buf_release(&plain);
    free(text);
}

static void send_receive(void **state)
{
    struct fixture *f = *state;
    struct client c;
    struct amqp_message message;
    struct amqp_value value;
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    connect_user(f, &c);
    struct test_link *reader =
        open_receiver(&c, &(struct reading){.address = READ1, .metric = true});
    assert_true(reader->metric);
    struct test_link *sender = open_sender(&c, "hub1/Partitions/1");
    assert_int_equal(send_batch(&c, sender, NULL, 5), AMQP_ACCEPTED);
    RUN_UNTIL(&c, reader->received == 5);
    for (int i = 0; i < 5; i++) {
        char body[16];
        snprintf(body, sizeof(body), "e%d", i);
        assert_int_equal(event_at(reader, (size_t)i, &message), i);
        assert_true(amqp_bytes_equal(message.data, body));
    }
    assert_true(
        amqp_map_get(&message.delivery_annotations, "last_enqueued_sequence_number", &value));
    assert_int_equal(value.as.integer, 4);
    assert_int_equal(send_batch(&c, sender, "key", 1),
                     AMQP_REJECTED); /* a key on a partition link */
    assert_string_equal(sender->condition, "com.microsoft:argument-error");
    struct test_link *hub = open_sender(&c, "hub1");
    assert_int_equal(send_batch(&c, hub, "131", 1), AMQP_ACCEPTED); /* hash 30562: partition 0 */
    struct test_link *reader0 = open_receiver(&c, &(struct reading){.address = READ0});
    RUN_UNTIL(&c, reader0->received == 1);
    assert_int_equal(event_at(reader0, 0, &message), 0);
    assert_true(amqp_map_get(&message.message_annotations, "x-opt-partition-key", &value));
    assert_true(amqp_value_is(&value, "131"));
    assert_int_equal(send_batch(&c, hub, NULL, 1), AMQP_ACCEPTED); /* in turn: one each */
    assert_int_equal(send_batch(&c, hub, NULL, 1), AMQP_ACCEPTED);
    RUN_UNTIL(&c, reader0->received == 2 && reader->received == 6);
    hang_up(&c);
}

static void large_flow(void **state)
{
    struct fixture *f = *state;
    struct client c;
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    connect_user(f, &c);
    struct test_link *sender = open_sender(&c, "hub1/Partitions/0");
    for (int i = 0; i < 20; i++)
        assert_int_equal(send_batch(&c, sender, NULL, 1000), AMQP_ACCEPTED);
    struct test_link *reader = open_receiver(&c, &(struct reading){.address = READ0});
    RUN_UNTIL(&c, reader->received == 20000);
    hang_up(&c);
}

static void positions(void **state)
{
    struct fixture *f = *state;
    struct client c;
    struct amqp_message message;
    char offset[64], selector[128];
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    connect_user(f, &c);
    struct test_link *sender = open_sender(&c, "hub1/Partitions/0");
    (void)send_batch(&c, sender, NULL, 10);
    struct test_link *all = open_receiver(&c, &(struct reading){.address = READ0});
    RUN_UNTIL(&c, all->received == 10);
    (void)event_at(all, 6, &message);
    struct amqp_value value;
    assert_true(amqp_map_get(&message.message_annotations, "x-opt-offset", &value));
    copy_bytes(offset, sizeof(offset), value.bytes);
    static const struct {
        const char *selector;
        size_t count;
    } cases[] = {{"amqp.annotation.x-opt-offset > '%s'", 3},
                 {"amqp.annotation.x-opt-offset >= '%s'", 4},
                 {"amqp.annotation.x-opt-sequence-number > '7'", 2},
                 {"amqp.annotation.x-opt-sequence-number >= '7'", 3},
                 {"amqp.annotation.x-opt-sequence-number > '9'", 0},
                 {"amqp.annotation.x-opt-offset > '@latest'", 0},
                 {"amqp.annotation.x-opt-enqueued-time > '9999999999999'", 0},
                 {"amqp.annotation.x-opt-enqueued-time > '1'", 10},
                 {"amqp.annotation.x-opt-offset > '-1'", 10}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(selector, sizeof(selector), cases[i].selector, offset);
#pragma GCC diagnostic pop
        struct test_link *link =
            open_receiver(&c, &(struct reading){.address = READ0, .selector = selector});
        assert_false(link->ended);
        RUN_UNTIL(&c, link->received >= cases[i].count);
        amqp_link_flow(link->link, 100,
                       true); /* whatever is left comes before the credit goes back */
        RUN_UNTIL(&c, amqp_link_credit(link->link) == 0);
        assert_int_equal(link->received, cases[i].count);
        amqp_link_detach(link->link, NULL, NULL);
        RUN_UNTIL(&c, link->ended);
    }
    struct test_link *beyond = open_receiver(
        &c, &(struct reading){.address = READ0,
                              .selector = "amqp.annotation.x-opt-sequence-number > '10'"});
    assert_string_equal(beyond->condition, "com.microsoft:argument-error");
    assert_non_null(strstr(beyond->description, "The last sequence number in the system is '9'"));
    hang_up(&c);
}

static void names(void **state)
{
    static const struct {
        const char *address, *condition;
    } cases[] = {
        {"nohub/ConsumerGroups/$Default/Partitions/0", "amqp:not-found"},
        {"hub1/ConsumerGroups/nope/Partitions/0", "amqp:not-found"},
        {"hub1/ConsumerGroups/$Default/Partitions/2", "com.microsoft:argument-out-of-range"},
        {"hub1/ConsumerGroups/$Default/Partitions/x", "com.microsoft:argument-out-of-range"},
        {"hub1", "amqp:not-found"}};
    struct fixture *f = *state;
    struct client c;
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    connect_user(f, &c);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(
            open_receiver(&c, &(struct reading){.address = cases[i].address})->condition,
            cases[i].condition);
    struct test_link *link = open_sender(&c, "nohub");
    assert_string_equal(link->condition, "amqp:not-found");
    assert_non_null(strstr(link->description,
                           "The messaging entity 'sb://" HOST "/nohub' could not be found."));
    hang_up(&c);
    dial(f, &c, &(struct dial){.host = "nowhere.servicebus.windows.net"});
    RUN_UNTIL(&c, c.closed);
    assert_string_equal(c.condition, "amqp:not-found");
    hang_up(&c);
    dial(f, &c, &(struct dial){.host = "space1.servicesbus.windows.net"}); /* the seed's spelling */
    assert_int_equal(put_token(&c, "jwt", "sb://space1.servicesbus.windows.net/hub1", f->token),
                     202);
    hang_up(&c);
}

static void epochs(void **state)
{
    struct fixture *f = *state;
    struct client c;
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    connect_user(f, &c);
    struct test_link *plain[5];
    for (int i = 0; i < 5; i++)
        plain[i] = open_receiver(&c, &(struct reading){.address = READ0, .name = "plain"});
    struct test_link *sixth = open_receiver(&c, &(struct reading){.address = READ0});
    assert_string_equal(sixth->condition, "amqp:resource-limit-exceeded");
    assert_non_null(strstr(sixth->description, "which is 5"));
    struct test_link *owner =
        open_receiver(&c, &(struct reading){.address = READ0, .epoch = 1, .name = "first"});
    RUN_UNTIL(&c, plain[0]->ended && plain[4]->ended);
    assert_string_equal(plain[0]->condition, "amqp:link:stolen");
    struct test_link *late = open_receiver(&c, &(struct reading){.address = READ0});
    assert_string_equal(late->condition, "amqp:link:stolen");
    assert_non_null(strstr(late->description, "non-epoch receiver is not allowed"));
    struct test_link *equal =
        open_receiver(&c, &(struct reading){.address = READ0, .epoch = 1, .name = "second"});
    RUN_UNTIL(&c, owner->ended);
    assert_string_equal(owner->condition, "amqp:link:stolen");
    assert_non_null(strstr(owner->description, "New receiver 'second'"));
    assert_false(equal->ended);
    struct test_link *higher = open_receiver(&c, &(struct reading){.address = READ0, .epoch = 6});
    RUN_UNTIL(&c, equal->ended);
    struct test_link *lower = open_receiver(&c, &(struct reading){.address = READ0, .epoch = 2});
    assert_string_equal(lower->condition, "amqp:link:stolen");
    assert_non_null(strstr(lower->description, "with a higher epoch '5' already exists"));
    assert_false(higher->ended);
    hang_up(&c);
}

static const struct base_buf *last_reply(const struct test_link *in)
{
    return &in->messages[in->received - 1];
}

static void management(void **state)
{
    static const char *const hub[] = {
        "operation", "READ", "name", "HUB1", "type", "com.microsoft:eventhub", NULL};
    static const char *const partition[] = {"operation", "READ", "name",
                                            "hub1",      "type", "com.microsoft:partition",
                                            "partition", "1",    NULL};
    static const char *const bad[] = {"operation", "READ", "name",
                                      "hub1",      "type", "com.microsoft:partition",
                                      "partition", "9",    NULL};
    static const char *const other[] = {
        "operation", "WRITE", "name", "hub1", "type", "com.microsoft:eventhub", NULL};
    static const char *const gone[] = {
        "operation", "READ", "name", "nohub", "type", "com.microsoft:eventhub", NULL};
    struct fixture *f = *state;
    struct client c;
    struct test_link *in, *out;
    struct amqp_message message;
    struct amqp_value value;
    connect_user(f, &c);
    open_pair(&c, "$management", &out, &in);
    assert_int_equal(request(&c, out, in, hub, NULL), 401);
    const char *with_token[] = {"operation",      "READ",   "name",
                                "hub1",           "type",   "com.microsoft:eventhub",
                                "security_token", f->token, NULL};
    assert_int_equal(request(&c, out, in, with_token, NULL), 401); /* a good token, but no role */
    assign(f, HUB_ID, "Azure Event Hubs Data Sender");
    assert_int_equal(request(&c, out, in, hub, NULL), 200);
    assert_int_equal(
        amqp_message_parse((struct amqp_bytes){last_reply(in)->data, last_reply(in)->len}, &message,
                           NULL),
        BASE_OK);
    assert_true(amqp_map_get(&message.value, "partition_count", &value));
    assert_int_equal(value.as.integer, 2);
    assert_true(amqp_map_get(&message.value, "partition_ids", &value));
    assert_int_equal(value.type, AMQP_ARRAY);
    assert_int_equal(value.count, 2);
    (void)send_batch(&c, open_sender(&c, "hub1/Partitions/1"), NULL, 3);
    assert_int_equal(request(&c, out, in, partition, NULL), 200);
    assert_int_equal(
        amqp_message_parse((struct amqp_bytes){last_reply(in)->data, last_reply(in)->len}, &message,
                           NULL),
        BASE_OK);
    assert_true(amqp_map_get(&message.value, "last_enqueued_sequence_number", &value));
    assert_int_equal(value.as.integer, 2);
    assert_true(amqp_map_get(&message.value, "is_partition_empty", &value));
    assert_false(value.as.boolean);
    assert_int_equal(request(&c, out, in, bad, NULL), 400);
    assert_int_equal(request(&c, out, in, gone, NULL), 404);
    assert_int_equal(request(&c, out, in, other, NULL), 501);
    hang_up(&c);
}

static void deleted_under_links(void **state)
{
    struct fixture *f = *state;
    struct client c;
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    assert_int_equal(arm(f, "PUT", HUB_ID "/consumergroups/cg", "{}", NULL), 200);
    connect_user(f, &c);
    struct test_link *sender = open_sender(&c, "hub1");
    struct test_link *grouped =
        open_receiver(&c, &(struct reading){.address = "hub1/ConsumerGroups/cg/Partitions/0"});
    struct test_link *reader = open_receiver(&c, &(struct reading){.address = READ0});
    assert_int_equal(arm(f, "DELETE", HUB_ID "/consumergroups/cg", NULL, NULL), 200);
    RUN_UNTIL(&c, grouped->ended);
    assert_string_equal(grouped->condition, "amqp:not-found");
    assert_false(reader->ended);
    assert_int_equal(arm(f, "PUT", HUB_ID,
                         "{\"properties\":{\"partitionCount\":2,\"status\":\"SendDisabled\"}}",
                         NULL),
                     200);
    RUN_UNTIL(&c, sender->ended);
    assert_string_equal(sender->condition, "com.microsoft:entity-disabled");
    assert_false(reader->ended);
    assert_int_equal(arm(f, "DELETE", HUB_ID, NULL, NULL), 200);
    RUN_UNTIL(&c, reader->ended);
    assert_string_equal(reader->condition, "amqp:not-found");
    assert_int_equal(arm(f, "PUT", HUB_ID, "{\"properties\":{\"partitionCount\":2}}", NULL), 200);
    reader =
        open_receiver(&c, &(struct reading){.address = READ0}); /* the new hub is another one */
    assert_false(reader->ended);
    hang_up(&c);
}

static void expired_token(void **state)
{
    struct fixture *f = *state;
    struct client c;
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    char *brief = mint(f, "https://eventhubs.azure.net", 100);
    dial(f, &c, &(struct dial){0});
    assert_int_equal(put_token(&c, "jwt", "sb://" HOST "/hub1", brief), 202);
    struct test_link *link = open_sender(&c, "hub1");
    RUN_UNTIL(&c, link->ended);
    assert_string_equal(link->condition, "amqp:unauthorized-access");
    free(brief);
    hang_up(&c);
}

static void rejected(void **state)
{
    struct fixture *f = *state;
    struct client c;
    struct base_error err = {0};
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    connect_user(f, &c);
    struct test_link *link = open_sender(&c, "hub1");
    const struct amqp_bytes junk = {"\x00\x53\x75junk", 7};
    assert_int_equal(
        amqp_link_send(link->link, &(struct amqp_send){.parts = &junk, .part_count = 1}, &err),
        BASE_OK);
    RUN_UNTIL(&c, link->outcomes == 1);
    assert_int_equal(link->outcome, AMQP_REJECTED);
    assert_string_equal(link->condition, "amqp:decode-error");
    struct amqp_attach attach;
    amqp_attach_init(&attach, "idempotent", AMQP_SENDER);
    attach.source.present = attach.target.present = true;
    attach.target.address = amqp_string("hub1");
    attach.desired_capabilities = amqp_symbol("com.microsoft:idempotent-producer");
    struct test_link *refused = open_link(&c, &attach);
    RUN_UNTIL(&c, refused->ended);
    assert_string_equal(refused->condition, "amqp:not-implemented");
    hang_up(&c);
}

static void restart(void **state)
{
    struct fixture *f = *state;
    struct client c;
    struct amqp_message message;
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    dial(f, &c, &(struct dial){.tls = true});
    assert_int_equal(put_token(&c, "jwt", "sb://" HOST "/", f->token), 202);
    (void)send_batch(&c, open_sender(&c, "hub1/Partitions/1"), NULL, 3);
    hang_up(&c);
    world_close(f);
    world_open(f);
    dial(f, &c, &(struct dial){.tls = true});
    assert_int_equal(put_token(&c, "jwt", "sb://" HOST "/", f->token), 202);
    (void)send_batch(&c, open_sender(&c, "hub1/Partitions/1"), NULL, 1);
    struct test_link *reader = open_receiver(&c, &(struct reading){.address = READ1});
    RUN_UNTIL(&c, reader->received == 4);
    assert_int_equal(event_at(reader, 0, &message), 0);
    assert_int_equal(event_at(reader, 3, &message), 3);
    hang_up(&c);
    cJSON *rows = sim_view_get(f->world, "eventhubs");
    assert_int_equal((int)base_json_number(rows, "0.partitions.1.last", -2), 3);
    assert_int_equal((int)base_json_number(rows, "0.partitions.0.last", -2), -1);
    assert_string_equal(base_json_text(rows, "0.consumerGroups.0"), "$Default");
    cJSON_Delete(rows);
}

static void traced(void **state)
{
    struct fixture *f = *state;
    struct client c;
    bool attach = false, token = false, transfer = false, refused = false;
    assign(f, HUB_ID, "Azure Event Hubs Data Sender");
    connect_user(f, &c);
    (void)send_batch(&c, open_sender(&c, "hub1"), NULL, 7);
    (void)open_receiver(&c, &(struct reading){.address = READ0});
    hang_up(&c);
    eh_free(f->eh); /* ends the thread: all is written */
    f->eh = NULL;
    cJSON *rows = sim_trace_after(f->world, 0, 1000), *row;
    cJSON_ArrayForEach(row, rows)
    {
        const char *method = base_json_text(row, "method");
        int status = (int)base_json_number(row, "status", 0);
        attach = attach || (base_equal(method, "attach") && status == 200);
        refused = refused || (base_equal(method, "attach") && status == 401);
        token = token || (base_equal(method, "put-token") && status == 202);
        transfer =
            transfer ||
            (base_equal(method, "transfer") && base_json_number(row, "answer.events", 0) == 7) ||
            (base_equal(method, "transfer") && base_json_text(row, "answer") &&
             strstr(base_json_text(row, "answer"), "\"events\":7"));
    }
    cJSON_Delete(rows);
    assert_true(attach && token && transfer && refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(roles, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(send_receive, setup, teardown),
        cmocka_unit_test_setup_teardown(large_flow, setup, teardown),
        cmocka_unit_test_setup_teardown(positions, setup, teardown),
        cmocka_unit_test_setup_teardown(names, setup, teardown),
        cmocka_unit_test_setup_teardown(epochs, setup, teardown),
        cmocka_unit_test_setup_teardown(management, setup, teardown),
        cmocka_unit_test_setup_teardown(deleted_under_links, setup, teardown),
        cmocka_unit_test_setup_teardown(expired_token, setup_fast, teardown),
        cmocka_unit_test_setup_teardown(rejected, setup, teardown),
        cmocka_unit_test_setup_teardown(restart, setup_folder, teardown),
        cmocka_unit_test_setup_teardown(traced, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
