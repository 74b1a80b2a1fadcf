/* Faults on purpose over AMQP: links that are detached, connections that are closed or broken, messages that are refused or whose
 * answer is lost; and strikes at what is connected now. */
#include "fixture.h"

#include "simulators/kit/control.h"
#include "simulators/kit/fault.h"

#include <pthread.h>

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

static int fired(struct fixture *f, const char *rule)
{
    char *path = base_asprintf("/_sim/faults/%s", rule);
    cJSON *shown = NULL;
    assert_int_equal(control(f, "GET", path, NULL, &shown), 200);
    int count = (int)base_json_number(shown, "fired", -1);
    cJSON_Delete(shown);
    free(path);
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

/* Somebody who sees that a call is held, and lets it go. */
struct releaser {
    struct fixture *f;
    const char *call, *answer; /* NULL: heals the rule */
    bool seen;
};

static void *release(void *context)
{
    struct releaser *releaser = context;
    int64_t limit = base_monotonic_ms() + PATIENCE_MS;
    while (!releaser->seen && base_monotonic_ms() < limit) {
        cJSON *rule = NULL;
        (void)control(releaser->f, "GET", "/_sim/faults/held", NULL, &rule);
        releaser->seen = base_equal(base_json_text(rule, "parked.0.call"), releaser->call);
        cJSON_Delete(rule);
    }
    char *body = base_asprintf("{\"answer\":\"%s\"}", releaser->answer ? releaser->answer : "");
    (void)control(releaser->f, releaser->answer ? "POST" : "DELETE",
                  releaser->answer ? "/_sim/faults/held/release" : "/_sim/faults/held", body, NULL);
    free(body);
    return NULL;
}

static void a_connection_is_held_after_the_effect(void **state)
{
    static const char *const answers[] = {"send", NULL, "drop"};
    struct fixture *f = *state;
    struct client c;
    pthread_t thread;
    connect_owner(f, &c);
    struct test_link *sender = open_sender(&c, SEND0);
    for (size_t i = 0; i < 3; i++) {
        struct releaser releaser = {f, "eventhub.send", answers[i], false};
        arm_fault(f, "send", "\"name\":\"held\",\"do\":{\"park\":\"afterEffect\"}");
        assert_int_equal(pthread_create(&thread, NULL, release, &releaser), 0);
        enum amqp_outcome_kind outcome =
            send_batch(&c, sender, NULL, 1); /* the last one: until the connection is gone */
        pthread_join(thread, NULL);
        assert_true(releaser.seen);
        assert_int_equal(i < 2 ? outcome : AMQP_ACCEPTED, AMQP_ACCEPTED);
        (void)control(f, "DELETE", "/_sim/faults", NULL, NULL);
    }
    RUN_UNTIL(&c, c.closed); /* dropped */
    hang_up(&c);
    connect_user(f, &c); /* and yet the event is there */
    struct test_link *reader = open_receiver(&c, &(struct reading){.address = READ0});
    RUN_UNTIL(&c, reader->received == 3);
    arm_fault(f, "send", "\"name\":\"held\",\"do\":{\"park\":\"beforeEffect\"}"); /* does not fit */
    arm_fault(f, "send", "\"name\":\"slow\",\"do\":{\"delay\":\"50ms\"}");
    assert_int_equal(send_batch(&c, open_sender(&c, SEND0), NULL, 1), AMQP_ACCEPTED);
    assert_int_equal(fired(f, "slow"), 1);
    assert_int_equal(fired(f, "held"), 0);
    hang_up(&c);
}

/* What is under way has come when the answer to a later request has. */
static void catch_up(struct fixture *f, struct client *c)
{
    assert_int_equal(put_token(c, "jwt", "sb://" HOST "/hub1", f->token), 202);
}

static void a_sender_has_no_credit_until_the_rule_is_healed(void **state)
{
    struct fixture *f = *state;
    struct client c;
    struct amqp_attach attach;
    connect_owner(f, &c);
    struct test_link *sender = open_sender(&c, SEND0);
    arm_fault(f, "send", "\"name\":\"starve\",\"do\":\"noCredit\"");
    assert_int_equal(send_batch(&c, sender, NULL, 1), AMQP_ACCEPTED);
    RUN_UNTIL(&c, amqp_link_credit(sender->link) == 0);
    arm_fault(f, "credit", "\"name\":\"none\",\"do\":\"noCredit\"");
    amqp_attach_init(&attach, "second", AMQP_SENDER);
    attach.source.present = attach.target.present = true;
    attach.target.address = amqp_string(SEND0);
    struct test_link *second = open_link(&c, &attach);
    RUN_UNTIL(&c, second->attached);
    catch_up(f, &c);
    assert_int_equal(fired(f, "none"), 1);
    assert_false(amqp_link_sendable(second->link) || amqp_link_sendable(sender->link));
    assert_int_equal(control(f, "DELETE", "/_sim/faults/starve", NULL, NULL) / 100, 2);
    RUN_UNTIL(&c, amqp_link_sendable(sender->link));
    assert_int_equal(send_batch(&c, sender, NULL, 1), AMQP_ACCEPTED);
    assert_false(amqp_link_sendable(second->link));
    assert_int_equal(control(f, "DELETE", "/_sim/faults", NULL, NULL) / 100, 2);
    RUN_UNTIL(&c, amqp_link_sendable(second->link));
    hang_up(&c);
}

static void an_event_comes_twice(void **state)
{
    struct fixture *f = *state;
    struct amqp_message message;
    struct client c;
    connect_owner(f, &c);
    struct test_link *reader = open_receiver(&c, &(struct reading){.address = READ0});
    arm_fault(f, "receive", "\"nth\":2,\"do\":\"redeliver\"");
    assert_int_equal(send_batch(&c, open_sender(&c, SEND0), NULL, 3), AMQP_ACCEPTED);
    RUN_UNTIL(&c, reader->received == 4);
    static const int64_t order[] = {0, 1, 1, 2};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(event_at(reader, i, &message), order[i]);
    hang_up(&c);
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
        cmocka_unit_test_setup_teardown(a_connection_is_held_after_the_effect, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sender_has_no_credit_until_the_rule_is_healed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_event_comes_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(the_trace_names_call_and_fault, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
