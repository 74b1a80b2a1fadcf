/* Faults on purpose over AMQP: links that are detached, connections that are closed or broken, messages that are refused or whose
 * answer is lost; and strikes at what is connected now. */
#include "fixture.h"

#include "simulators/kit/control.h"
#include "simulators/kit/fault.h"

#define READ0 "hub1/ConsumerGroups/$default/Partitions/0"
#define SEND0 "hub1/Partitions/0"

static int control(struct fixture *f, const char *method, const char *path, const char *text,
                   cJSON **answer)
{
    static const struct base_headers none = {0};
    struct base_http_response response = {0};
    struct base_arena arena;
    base_arena_init(&arena);
    const struct base_http_request request = {.method = method,
                                              .scheme = "http",
                                              .host = "control",
                                              .path = path,
                                              .query = "",
                                              .headers = &none,
                                              .body = text ? text : "",
                                              .body_len = text ? strlen(text) : 0,
                                              .peer = "",
                                              .arena = &arena};
    sim_control_handle(f->world, &request, &response);
    if (answer)
        *answer = base_json_parse(response.body.data, response.body.len, NULL);
    int status = response.status;
    base_http_response_release(&response);
    base_arena_release(&arena);
    return status;
}

static void arm_fault(struct fixture *f, const char *call, const char *more)
{
    char *text = base_asprintf("{\"at\":\"eventhub\",\"call\":\"eventhub.%s\",%s}", call, more);
    assert_int_equal(control(f, "POST", "/_sim/faults", text, NULL), 201);
    free(text);
}

static int struck(struct fixture *f, const char *rule)
{
    cJSON *answer;
    assert_int_equal(control(f, "POST", "/_sim/faults", rule, &answer), 200);
    int count = (int)base_json_number(answer, "struck", -1);
    cJSON_Delete(answer);
    return count;
}

static void connect_owner(struct fixture *f, struct client *c)
{
    assign(f, SPACE_ID, "Azure Event Hubs Data Owner");
    connect_user(f, c);
}

static void a_message_is_refused_or_its_answer_lost(void **state)
{
    struct fixture *f = *state;
    struct client c;
    connect_owner(f, &c);
    struct test_link *sender = open_sender(&c, SEND0);
    arm_fault(f, "send", "\"nth\":2,\"do\":\"refuse\"");
    assert_int_equal(send_batch(&c, sender, NULL, 1), AMQP_ACCEPTED);
    assert_int_equal(send_batch(&c, sender, NULL, 1), AMQP_REJECTED);
    assert_string_equal(sender->condition, "com.microsoft:server-busy");
    assert_int_equal(send_batch(&c, sender, NULL, 1), AMQP_ACCEPTED);
    arm_fault(f, "send", "\"do\":\"dropAnswer\"");
    (void)send_batch(&c, sender, NULL, 1);
    RUN_UNTIL(&c, c.closed);
    hang_up(&c);
    connect_user(f, &c);
    arm_fault(f, "send", "\"do\":\"dropRequest\"");
    (void)send_batch(&c, open_sender(&c, SEND0), NULL, 1);
    RUN_UNTIL(&c, c.closed);
    hang_up(&c);
    connect_user(f, &c); /* what was lost is there, what was refused or dropped is not */
    struct test_link *reader = open_receiver(&c, &(struct reading){.address = READ0});
    RUN_UNTIL(&c, reader->received == 3);
    assert_int_equal(send_batch(&c, open_sender(&c, SEND0), NULL, 1), AMQP_ACCEPTED);
    RUN_UNTIL(&c, reader->received == 4);
    hang_up(&c);
}

static void a_reader_is_detached_before_the_nth_event(void **state)
{
    struct fixture *f = *state;
    struct client c;
    connect_owner(f, &c);
    struct test_link *reader = open_receiver(&c, &(struct reading){.address = READ0});
    arm_fault(f, "receive", "\"caller\":\"user\",\"nth\":3,\"do\":\"detach\"");
    assert_int_equal(send_batch(&c, open_sender(&c, SEND0), NULL, 5), AMQP_ACCEPTED);
    RUN_UNTIL(&c, reader->ended);
    assert_int_equal(reader->received, 2);
    assert_string_equal(reader->condition, "amqp:link:detach-forced");
    reader = open_receiver(&c, &(struct reading){.address = READ0});
    RUN_UNTIL(&c, reader->received == 5);
    arm_fault(f, "receive", "\"do\":{\"closeConnection\":{\"condition\":\"com.microsoft:x\"}}");
    (void)send_batch(&c, open_sender(&c, SEND0), NULL, 1); /* taken, perhaps not told */
    RUN_UNTIL(&c, c.closed);
    assert_string_equal(c.condition, "com.microsoft:x");
    hang_up(&c);
}

static void attaches_tokens_and_opens_are_refused(void **state)
{
    struct fixture *f = *state;
    struct client c;
    connect_owner(f, &c);
    arm_fault(f, "attach", "\"do\":\"throttle\"");
    assert_string_equal(open_sender(&c, SEND0)->condition, "com.microsoft:server-busy");
    assert_false(open_sender(&c, SEND0)->ended);
    arm_fault(f, "putToken", "\"do\":\"expireToken\"");
    assert_int_equal(put_token(&c, "jwt", "sb://" HOST "/hub1", f->token), 401);
    assert_int_equal(put_token(&c, "jwt", "sb://" HOST "/hub1", f->token), 202);
    hang_up(&c);
    arm_fault(f, "open", "\"do\":{\"closeConnection\":{\"condition\":\"amqp:internal-error\"}}");
    dial(f, &c, &(struct dial){.mechanism = "ANONYMOUS"});
    RUN_UNTIL(&c, c.closed);
    assert_string_equal(c.condition, "amqp:internal-error");
    hang_up(&c);
}

static void what_is_connected_now_is_struck_at_once(void **state)
{
    struct fixture *f = *state;
    struct client c;
    connect_owner(f, &c);
    struct test_link *reader = open_receiver(&c, &(struct reading){.address = READ0});
    struct test_link *sender = open_sender(&c, SEND0);
    assert_int_equal(
        struck(f, "{\"now\":true,\"at\":\"eventhub\",\"hub\":\"other\",\"do\":\"detach\"}"), 0);
    assert_int_equal(struck(f, "{\"now\":true,\"at\":\"eventhub\",\"namespace\":\"" HOST
                               "\",\"group\":\"$def*\",\"do\":\"detach\"}"),
                     1);
    RUN_UNTIL(&c, reader->ended);
    assert_false(sender->ended);
    assert_int_equal(
        struck(f, "{\"now\":true,\"at\":\"eventhub\",\"hub\":\"hub1\",\"do\":\"closeConnection\"}"),
        1);
    RUN_UNTIL(&c, c.closed);
    assert_string_equal(c.condition, "amqp:connection:forced");
    hang_up(&c);
    connect_user(f, &c);
    (void)open_sender(&c, SEND0);
    assert_int_equal(struck(f, "{\"now\":true,\"at\":\"eventhub\",\"do\":\"dropRequest\"}"), 1);
    RUN_UNTIL(&c, c.closed);
    hang_up(&c);
    assert_int_equal(control(f, "POST", "/_sim/faults",
                             "{\"now\":true,\"at\":\"eventhub\",\"do\":\"refuse\"}", NULL),
                     400);
    assert_int_equal(control(f, "POST", "/_sim/faults",
                             "{\"now\":true,\"at\":\"eventhub\",\"hub\":3,\"do\":\"detach\"}",
                             NULL),
                     400);
}

static void the_trace_names_call_and_fault(void **state)
{
    struct fixture *f = *state;
    struct client c;
    bool found = false;
    connect_owner(f, &c);
    arm_fault(f, "send", "\"name\":\"busy\",\"do\":\"refuse\"");
    (void)send_batch(&c, open_sender(&c, SEND0), NULL, 1);
    hang_up(&c);
    cJSON *rows = sim_trace_after(f->world, 0, 1000), *row;
    cJSON_ArrayForEach(row, rows)
    {
        found = found || (base_equal(base_json_text(row, "call"), "eventhub.send") &&
                          base_equal(base_json_text(row, "fault"), "busy (refuse)"));
    }
    cJSON_Delete(rows);
    assert_true(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_is_refused_or_its_answer_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_is_detached_before_the_nth_event, setup, teardown),
        cmocka_unit_test_setup_teardown(attaches_tokens_and_opens_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_connected_now_is_struck_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(the_trace_names_call_and_fault, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
