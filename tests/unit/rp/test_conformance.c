/* The examples of the contract that only ARM can ask (E21 to E58 of its conformance list): each test under its number. */
#include "rp_test.h"

#define WORKSPACE "{\"location\":\"westus2\",\"properties\":{}}"

static void put_state(struct test_world *w, const char *state)
{
    char body[200];

    snprintf(
        body, sizeof body,
        "{\"state\":\"%s\",\"registrationDate\":\"Mon, 05 Jan 2026 10:00:00 GMT\",\"properties\":{"
        "\"tenantId\":\"" TENANT "\",\"more\":[]}}",
        state);
    struct answer answer = call_version(w, "PUT", "/subscriptions/" SUB, body, "2.0");
    assert_int_equal(answer.status, 200);
    assert_string_equal(base_json_text(answer.body, "state"), state);
    answer_release(&answer);
}

/* provisioningState may be sent back as it was read; another is refused. */
static void e29_a_state_is_not_asked_for(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    assert_fault(
        call(w, "PUT", WS,
             "{\"location\":\"westus2\",\"properties\":{\"provisioningState\":\"Failed\"}}"),
        400, "InvalidParameter", "properties.provisioningState");
    assert_int_equal(
        status_of(
            w, "PUT", WS,
            "{\"location\":\"westus2\",\"properties\":{\"provisioningState\":\"Succeeded\"}}"),
        200);
    world_free(w);
}

/* The identity's URL is asked as ARM gave it, with the api-version added (the made-up Azure asserts the query). */
static void e31_the_identity_is_fetched(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    assert_true(fake_calls(&w->fake, "GET region.identity.azure.net/x/credentials") >= 1);
    world_free(w);
}

/* A failed creation says why at the operation and the resource; PUT goes on from there, DELETE takes it down. */
static void e50_a_failure_can_be_mended(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"attempts\":2}}");

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.fault.match = "eventhubs/";
    w->fake.fault.status = 500;
    w->fake.fault.code = "Broken";
    w->fake.fault.times = 1000;
    struct answer put = call(w, "PUT", IC, CONNECTOR);
    assert_int_equal(put.status, 201);
    settle(w);
    const char *url =
        strstr(base_headers_get(&put.headers, "Azure-AsyncOperation"), "/subscriptions/");
    struct answer look = call_version(w, "GET", url, NULL, "");
    assert_int_equal(look.status, 200);
    assert_string_equal(base_json_text(look.body, "status"), "Failed");
    assert_non_null(base_json_text(look.body, "error.code"));
    assert_non_null(base_json_text(look.body, "error.message"));
    assert_non_null(base_json_text(look.body, "endTime"));
    answer_release(&look);
    answer_release(&put);
    assert_state(w, IC, "Failed");
    w->fake.fault.times = 0;
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 200);
    settle(w);
    assert_state(w, IC, "Succeeded");
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "GET", IC, NULL), 404);
    world_free(w);
}

static void e52_e53_preconditions(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    w->headers[0] = "If-Match";
    w->headers[1] = "*";
    assert_fault(call(w, "PUT", IC, CONNECTOR), 412, "PreconditionFailed", "If-Match");
    w->headers[0] = NULL;
    make(w, IC, CONNECTOR);
    w->headers[0] = "If-None-Match";
    assert_fault(call(w, "PUT", IC, CONNECTOR), 412, "PreconditionFailed", "If-None-Match");
    w->headers[0] = "If-Match";
    w->headers[1] = "\"bogus\"";
    assert_fault(call(w, "PUT", IC, CONNECTOR), 412, "PreconditionFailed", "If-Match");
    assert_int_equal(status_of(w, "DELETE", WS "/iotconnectors/absent", NULL), 204);
    w->headers[1] = ""; /* as if it were not there */
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 200);
    world_free(w);
}

/* The etag of the body is the header's, and grows with each change only. */
static void e52_the_etag_is_the_one_to_send(void **state)
{
    struct test_world *w = world_new(NULL);
    char etag[64];

    (void)state;
    make(w, WS, WORKSPACE);
    struct answer get = call(w, "GET", WS, NULL);
    assert_string_equal(base_json_text(get.body, "etag"), base_headers_get(&get.headers, "ETag"));
    snprintf(etag, sizeof etag, "%s", base_json_text(get.body, "etag"));
    answer_release(&get);
    w->headers[0] = "If-Match";
    w->headers[1] = etag;
    assert_int_equal(status_of(w, "PATCH", WS, "{\"tags\":{\"a\":\"b\"}}"), 200);
    assert_fault(call(w, "PATCH", WS, "{\"tags\":{\"a\":\"c\"}}"), 412, "PreconditionFailed",
                 "If-Match");
    world_free(w);
}

static void e57_a_suspended_subscription_is_read_and_emptied(void **state)
{
    static const char *const STATES[] = {"Suspended", "Warned", "Unregistered"};
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
        put_state(w, STATES[i]);
        assert_fault(call(w, "PUT", IC, CONNECTOR), 409, "ReadOnlyDisabledSubscription", NULL);
        assert_fault(call(w, "PATCH", IC, "{\"tags\":{}}"), 409, "ReadOnlyDisabledSubscription",
                     NULL);
        assert_int_equal(status_of(w, "GET", IC, NULL), 200);
    }
    put_state(w, "Registered");
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 200);
    put_state(w, "Suspended");
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    world_free(w);
}

/* Until nothing is left to start and nothing runs. */
static void purge(struct test_world *w)
{
    settle(w);
    while (rp_worker_start_purge(&w->rp))
        settle(w);
}

/* No DELETE comes for what a deleted subscription held; what was being made meanwhile goes when it is done. */
static void e58_a_deleted_subscription_empties_itself(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    make(w, DEST, DESTINATION_TO(FHIR));
    assert_int_equal(status_of(w, "PUT", WS "/iotconnectors/ic2", CONNECTOR), 201);
    assert_false(rp_worker_start_purge(&w->rp));
    put_state(w, "Deleted");
    put_state(w, "Deleted"); /* a repeat is harmless */
    purge(w);
    assert_int_equal(status_of(w, "GET", WS, NULL), 404);
    assert_int_equal(status_of(w, "GET", IC, NULL), 404);
    assert_int_equal(fake_left(&w->fake, ""), 0);
    put_state(w, "Registered"); /* and it may come back */
    make(w, WS, WORKSPACE);
    world_free(w);
}

/* A removal that failed is tried again, but not at once. */
static void e58_a_failed_removal_is_tried_again(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"attempts\":2}}");

    (void)state;
    make(w, WS, WORKSPACE);
    put_state(w, "Deleted");
    w->fake.fault.match = "DELETE";
    w->fake.fault.status = 500;
    w->fake.fault.code = "Broken";
    w->fake.fault.times = 1000;
    purge(w);
    assert_state(w, WS, "Failed");
    w->fake.fault.times = 0;
    assert_false(rp_worker_start_purge(&w->rp));
    base_clock_sleep(&w->clock, 700 * 1000);
    purge(w);
    assert_int_equal(status_of(w, "GET", WS, NULL), 404);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e29_a_state_is_not_asked_for),
        cmocka_unit_test(e31_the_identity_is_fetched),
        cmocka_unit_test(e50_a_failure_can_be_mended),
        cmocka_unit_test(e52_e53_preconditions),
        cmocka_unit_test(e52_the_etag_is_the_one_to_send),
        cmocka_unit_test(e57_a_suspended_subscription_is_read_and_emptied),
        cmocka_unit_test(e58_a_deleted_subscription_empties_itself),
        cmocka_unit_test(e58_a_failed_removal_is_tried_again),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
