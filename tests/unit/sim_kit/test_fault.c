/* Faults on purpose (HAR-12): which exchange a rule strikes, what becomes of it, what a wrong rule hears, and that a held one is let go. */
#include "simulators/kit/control.h"
#include "simulators/kit/fault.h"
#include "simulators/kit/trace.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct base_clock clock_;
static base_random_t *random_;
static atomic_int effects; /* calls that reached the service */

struct answer {
    struct base_http_response response;
    cJSON *body; /* of a JSON answer */
};

static void serve(void *context, const struct base_http_request *request,
                  struct base_http_response *response)
{
    (void)context;
    (void)request;
    atomic_fetch_add(&effects, 1);
    base_http_answer_text(response, 200, "application/json", "{\"value\":[1,2,3]}");
}

static const struct sim_route routes[] = {
    {"PutThing (v1)", "PUT", "/things/{name}", NULL, NULL},
    {"GetThing", "GET", "/things/{name}", NULL, NULL},
};

static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    (void)context;
    sim_call_by_route(request, "box", routes, 2, out);
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    (void)context;
    (void)request;
    base_http_answer_text(response, refusal->status, "text/box",
                          refusal->code ? refusal->code : "of the box");
}

static int setup(void **state)
{
    struct base_error err = {0};
    sim_world_t *world =
        sim_world_new(&(struct sim_world_config){.clock = &clock_, .random = random_}, &err);

    assert_non_null(world);
    atomic_store(&effects, 0);
    sim_host_add(world, "*.box.example", "box", serve, NULL);
    sim_host_add(world, "plain.example", "plain", serve, NULL);
    sim_fault_room_add(world, &(struct sim_fault_room){"box", about, refuse, NULL});
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    sim_world_free(*state);
    return 0;
}

/* ---- asking ---- */

static void ask(base_http_handler handler, sim_world_t *world, const char *method, const char *host,
                const char *path, const char *body, struct answer *out)
{
    static const struct base_headers none = {0};
    struct base_arena arena;
    const char *query = strchr(path, '?');

    base_arena_init(&arena);
    struct base_http_request request = {
        .method = method,
        .scheme = "https",
        .host = host,
        .path = base_arena_strndup(&arena, path, query ? (size_t)(query - path) : strlen(path)),
        .query = query ? query + 1 : "",
        .headers = &none,
        .body = body ? body : "",
        .body_len = body ? strlen(body) : 0,
        .peer = "",
        .arena = &arena};
    memset(out, 0, sizeof *out);
    handler(world, &request, &out->response);
    if (out->response.body.len)
        out->body = base_json_parse(out->response.body.data, out->response.body.len, NULL);
    base_arena_release(&arena);
}

static void done(struct answer *answer)
{
    cJSON_Delete(answer->body);
    base_http_response_release(&answer->response);
}

static int control(sim_world_t *world, const char *method, const char *path, const char *body)
{
    struct answer answer;

    ask(sim_control_handle, world, method, "control", path, body, &answer);
    int status = answer.response.status;
    done(&answer);
    return status;
}

static cJSON *shown(sim_world_t *world, const char *path)
{
    struct answer answer;

    ask(sim_control_handle, world, "GET", "control", path, NULL, &answer);
    assert_int_equal(answer.response.status, 200);
    cJSON *body = answer.body;
    answer.body = NULL;
    done(&answer);
    return body;
}

static void arm(sim_world_t *world, const char *rule)
{
    assert_int_equal(control(world, "POST", "/_sim/faults", rule), 201);
}

/* -1: the connection was reset. */
static int call(sim_world_t *world, const char *method, const char *host)
{
    struct answer answer;

    ask(sim_dispatch, world, method, host, "/things/a", NULL, &answer);
    int status = answer.response.drop ? -1 : answer.response.status;
    done(&answer);
    return status;
}

#define PUT_BOX(world) call(world, "PUT", "a.box.example")

/* ---- names ---- */

static void calls_are_named_by_their_service(void **state)
{
    PUT_BOX(*state);
    call(*state, "DELETE", "a.box.example");
    call(*state, "GET", "plain.example");
    cJSON *events = sim_trace_after(*state, 0, 10);

    assert_string_equal(base_json_text(events, "0.call"), "box.PutThing");
    assert_string_equal(base_json_text(events, "1.call"), "box.delete");
    assert_string_equal(base_json_text(events, "2.call"), "plain.get");
    assert_null(base_json_text(events, "0.fault"));
    cJSON_Delete(events);
}

/* ---- what a fault does ---- */

static void a_rule_strikes_the_nth_call_and_so_many_after_it(void **state)
{
    arm(*state, "{\"name\":\"x\",\"at\":\"box\",\"call\":\"box.put*\",\"nth\":2,\"times\":2,"
                "\"do\":\"refuse\"}");
    call(*state, "GET", "a.box.example"); /* another call */
    assert_int_equal(PUT_BOX(*state), 200);
    assert_int_equal(PUT_BOX(*state), 503);
    assert_int_equal(PUT_BOX(*state), 503);
    assert_int_equal(PUT_BOX(*state), 200);
    cJSON *rule = shown(*state, "/_sim/faults/x");
    assert_int_equal(base_json_number(rule, "matched", 0), 4);
    assert_int_equal(base_json_number(rule, "fired", 0), 2);
    cJSON_Delete(rule);
    assert_int_equal(atomic_load(&effects), 3); /* a refused call has none */
}

static void a_caller_can_be_named(void **state)
{
    arm(*state, "{\"at\":\"*\",\"call\":\"*\",\"caller\":\"somebody\",\"times\":\"always\","
                "\"do\":\"refuse\"}");
    assert_int_equal(PUT_BOX(*state), 200);
    assert_int_equal(control(*state, "DELETE", "/_sim/faults", NULL), 204);
    arm(*state, "{\"at\":\"*\",\"call\":\"*\",\"caller\":\"anony*\",\"do\":\"refuse\"}");
    assert_int_equal(PUT_BOX(*state), 503);
}

static void refusals_speak_as_the_service_does(void **state)
{
    struct answer answer;

    arm(*state, "{\"at\":\"box\",\"call\":\"*\",\"do\":{\"throttle\":{\"retryAfter\":7}}}");
    ask(sim_dispatch, *state, "PUT", "a.box.example", "/things/a", NULL, &answer);
    assert_int_equal(answer.response.status, 429);
    assert_string_equal(base_headers_get(&answer.response.headers, "Retry-After"), "7");
    assert_string_equal(answer.response.body.data, "of the box");
    done(&answer);
    arm(*state, "{\"at\":\"plain\",\"call\":\"*\",\"do\":{\"refuse\":{\"status\":412,\"code\":"
                "\"Odd\"}}}");
    ask(sim_dispatch, *state, "PUT", "plain.example", "/things/a", NULL, &answer);
    assert_int_equal(answer.response.status, 412);
    assert_string_equal(base_json_text(answer.body, "error.code"), "Odd");
    assert_null(base_headers_get(&answer.response.headers, "Retry-After"));
    done(&answer);
    arm(*state, "{\"at\":\"plain\",\"call\":\"*\",\"do\":\"expireToken\"}");
    assert_int_equal(call(*state, "PUT", "plain.example"), 401);
}

static void a_dropped_request_has_no_effect_a_dropped_answer_has(void **state)
{
    arm(*state, "{\"at\":\"box\",\"call\":\"*\",\"do\":\"dropRequest\"}");
    assert_int_equal(PUT_BOX(*state), -1);
    assert_int_equal(atomic_load(&effects), 0);
    arm(*state, "{\"at\":\"box\",\"call\":\"*\",\"do\":{\"dropAnswer\":true}}");
    assert_int_equal(PUT_BOX(*state), -1);
    assert_int_equal(atomic_load(&effects), 1);
    cJSON *events = sim_trace_after(*state, 0, 10);
    assert_string_equal(base_json_text(events, "0.fault"), "fault-1 (dropRequest)");
    assert_string_equal(base_json_text(events, "1.fault"), "fault-2 (dropAnswer)");
    cJSON_Delete(events);
}

static void between_simulators_a_reset_is_a_502(void **state)
{
    struct base_http_response answer = {0};

    arm(*state, "{\"at\":\"box\",\"call\":\"*\",\"caller\":\"aks\",\"do\":\"dropAnswer\"}");
    sim_call(*state, "aks", "PUT", "https://a.box.example/things/a", NULL, NULL, &answer);
    assert_int_equal(answer.status, 502);
    assert_false(answer.drop);
    base_http_response_release(&answer);
}

static void a_garbled_answer_is_cut(void **state)
{
    struct answer answer;

    arm(*state, "{\"at\":\"box\",\"call\":\"*\",\"do\":\"garble\"}");
    ask(sim_dispatch, *state, "GET", "a.box.example", "/things/a", NULL, &answer);
    assert_int_equal(answer.response.status, 200);
    assert_null(answer.body);
    done(&answer);
}

static void a_delayed_call_takes_its_time_on_the_clock(void **state)
{
    int64_t before = base_clock_ms(&clock_);

    arm(*state, "{\"at\":\"box\",\"call\":\"*\",\"do\":{\"delay\":\"2s\"}}");
    assert_int_equal(PUT_BOX(*state), 200);
    assert_true(base_clock_ms(&clock_) - before >= 1990);
}

/* ---- held calls ---- */

static void *put_box(void *world)
{
    return (void *)(intptr_t)PUT_BOX(world);
}

static int released(sim_world_t *world, const char *when, const char *answer, int effects_held)
{
    char rule[200], body[64];
    pthread_t thread;
    void *status;

    snprintf(rule, sizeof rule,
             "{\"name\":\"p\",\"at\":\"box\",\"call\":\"*\",\"do\":{\"park\":\"%s\"}}", when);
    snprintf(body, sizeof body, "{\"answer\":\"%s\"}", answer);
    atomic_store(&effects, 0);
    arm(world, rule);
    assert_int_equal(pthread_create(&thread, NULL, put_box, world), 0);
    cJSON *shows = shown(world, "/_sim/faults/p?parked=10000");
    assert_int_equal(cJSON_GetArraySize(base_json_at(shows, "parked")), 1);
    assert_string_equal(base_json_text(shows, "parked.0.call"), "box.PutThing");
    assert_string_equal(base_json_text(shows, "parked.0.when"), when);
    cJSON_Delete(shows);
    assert_int_equal(atomic_load(&effects), effects_held);
    assert_int_equal(*answer ? control(world, "POST", "/_sim/faults/p/release", body)
                             : control(world, "DELETE", "/_sim/faults/p", NULL),
                     *answer ? 200 : 204);
    pthread_join(thread, &status);
    control(world, "DELETE", "/_sim/faults", NULL);
    return (int)(intptr_t)status;
}

static void a_parked_call_waits_for_its_release(void **state)
{
    static const struct {
        const char *when, *answer;
        int status, held, in_the_end; /* effects while it is held, and afterwards */
    } cases[] = {
        {"afterEffect", "send", 200, 1, 1}, {"afterEffect", "drop", -1, 1, 1},
        {"afterEffect", "late", -1, 1, 1},  {"beforeEffect", "send", 200, 0, 1},
        {"beforeEffect", "drop", -1, 0, 0}, {"beforeEffect", "late", -1, 0, 1},
        {"beforeEffect", "", 200, 0, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(released(*state, cases[i].when, cases[i].answer, cases[i].held),
                         cases[i].status);
        assert_int_equal(atomic_load(&effects), cases[i].in_the_end);
    }
}

static void the_end_of_the_world_lets_everybody_go(void **state)
{
    pthread_t thread;
    void *status;

    arm(*state, "{\"name\":\"p\",\"at\":\"box\",\"call\":\"*\",\"do\":{\"park\":\"afterEffect\"}}");
    assert_int_equal(pthread_create(&thread, NULL, put_box, *state), 0);
    cJSON_Delete(shown(*state, "/_sim/faults?parked=10000"));
    sim_fault_stop(*state);
    pthread_join(thread, &status);
    assert_int_equal((int)(intptr_t)status, 200);
}

/* ---- rules ---- */

static void wrong_rules_are_told_what_is_wrong(void **state)
{
    static const struct {
        const char *rule, *target, *sentence;
    } cases[] = {
        {"[]", "the body", "the body is []; expected a JSON object"},
        {"{\"call\":\"*\",\"do\":\"refuse\"}", "at", "at is nothing; expected a glob*"},
        {"{\"at\":\"a\",\"do\":\"refuse\"}", "call", "call is nothing; expected a glob*"},
        {"{\"at\":\"a\",\"call\":\"*\"}", "do", "do is nothing; expected one of refuse, *"},
        {"{\"at\":\"a\",\"call\":\"*\",\"do\":\"explode\"}", "do", "do is \"explode\"; *"},
        {"{\"at\":\"a\",\"call\":\"*\",\"do\":\"park\"}", "do", "do is \"park\"; *"},
        {"{\"at\":\"a\",\"call\":\"*\",\"do\":{\"refuse\":true,\"delay\":\"1s\"}}", "do",
         "do is *"},
        {"{\"at\":\"a\",\"call\":\"*\",\"do\":{\"park\":\"now\"}}", "do.park",
         "do.park is \"now\"; expected \"beforeEffect\" or \"afterEffect\""},
        {"{\"at\":\"a\",\"call\":\"*\",\"do\":{\"delay\":\"soon\"}}", "do.delay",
         "do.delay is \"soon\"; *"},
        {"{\"at\":\"a\",\"call\":\"*\",\"do\":{\"refuse\":{\"status\":200}}}", "do.refuse.status",
         "do.refuse.status is 200; expected a whole number from 400 to 599"},
        {"{\"at\":\"a\",\"call\":\"*\",\"do\":{\"refuse\":{\"after\":1}}}", "after",
         "do.refuse has a member \"after\"; expected one of status, code, retryAfter"},
        {"{\"at\":\"a\",\"call\":\"*\",\"do\":{\"dropAnswer\":1}}", "do.dropAnswer",
         "do.dropAnswer is 1; expected true"},
        {"{\"at\":\"a\",\"call\":\"*\",\"nth\":0,\"do\":\"refuse\"}", "nth", "nth is 0; *"},
        {"{\"at\":\"a\",\"call\":\"*\",\"times\":\"often\",\"do\":\"refuse\"}", "times",
         "times is \"often\"; *"},
        {"{\"at\":\"a\",\"call\":\"*\",\"when\":1,\"do\":\"refuse\"}", "when",
         "the rule has a member \"when\"; expected one of name, *"},
        {"{\"name\":\"\",\"at\":\"a\",\"call\":\"*\",\"do\":\"refuse\"}", "name",
         "name is \"\"; *"},
        {"{\"now\":true,\"at\":\"box\",\"do\":\"detach\"}", "", "at is \"box\"; *"},
    };
    struct answer answer;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask(sim_control_handle, *state, "POST", "control", "/_sim/faults", cases[i].rule, &answer);
        assert_int_equal(answer.response.status, 400);
        const char *target = base_json_text(answer.body, "error.target");
        assert_string_equal(target ? target : "", cases[i].target);
        if (!base_glob_nocase(cases[i].sentence, base_json_text(answer.body, "error.message")))
            fail_msg("%s: %s", cases[i].rule, base_json_text(answer.body, "error.message"));
        done(&answer);
    }
    assert_false(sim_fault_armed(*state));
}

static void names_are_taken_once_and_unknown_ones_are_404(void **state)
{
    static const char rule[] = "{\"name\":\"x\",\"at\":\"a\",\"call\":\"*\",\"do\":\"refuse\"}";

    arm(*state, rule);
    assert_int_equal(control(*state, "POST", "/_sim/faults", rule), 409);
    assert_int_equal(control(*state, "GET", "/_sim/faults/y", NULL), 404);
    assert_int_equal(control(*state, "DELETE", "/_sim/faults/y", NULL), 404);
    assert_int_equal(control(*state, "POST", "/_sim/faults/y/release", "{\"answer\":\"send\"}"),
                     404);
    assert_int_equal(control(*state, "POST", "/_sim/faults/x/release", "{\"answer\":\"now\"}"),
                     400);
    assert_int_equal(control(*state, "POST", "/_sim/faults/x/explode", "{}"), 404);
    assert_int_equal(control(*state, "POST", "/_sim/faults", "{"), 400);
    assert_int_equal(control(*state, "DELETE", "/_sim/faults/x", NULL), 204);
    assert_false(sim_fault_armed(*state));
}

static void of_two_rules_the_first_strikes_and_the_second_waits(void **state)
{
    arm(*state, "{\"at\":\"box\",\"call\":\"*\",\"do\":{\"refuse\":{\"status\":409}}}");
    arm(*state, "{\"at\":\"box\",\"call\":\"*\",\"do\":{\"refuse\":{\"status\":412}}}");
    assert_int_equal(PUT_BOX(*state), 409);
    assert_int_equal(PUT_BOX(*state), 412);
    assert_int_equal(PUT_BOX(*state), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_are_named_by_their_service, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rule_strikes_the_nth_call_and_so_many_after_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_caller_can_be_named, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_speak_as_the_service_does, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dropped_request_has_no_effect_a_dropped_answer_has, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(between_simulators_a_reset_is_a_502, setup, teardown),
        cmocka_unit_test_setup_teardown(a_garbled_answer_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(a_delayed_call_takes_its_time_on_the_clock, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_parked_call_waits_for_its_release, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_the_world_lets_everybody_go, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_rules_are_told_what_is_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_taken_once_and_unknown_ones_are_404, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(of_two_rules_the_first_strikes_and_the_second_waits, setup,
                                        teardown),
    };

    base_clock_init(&clock_);
    clock_.epoch_ms = base_clock_ms(&clock_);
    clock_.rate = 100; /* two seconds take 20 ms */
    random_ = base_random_new("fault");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_random_free(random_);
    return failed;
}
