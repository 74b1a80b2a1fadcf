/* What the worker begins of itself: comparisons with the world, and how they give way. */
#include "rp_test.h"

#define WORKSPACE "{\"location\":\"westus2\",\"properties\":{}}"
#define PERIOD "{\"worker\":{\"reconcileSeconds\":600,\"attempts\":2}}"

static void make_all(struct test_world *w)
{
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    make(w, DEST, DESTINATION_TO(FHIR));
}

static void pass_period(struct test_world *w)
{
    w->clock.epoch_ms -= 601 * 1000 / 499 + 1;
}

/* All that is due. */
static int checks(struct test_world *w)
{
    int count = 0;

    while (rp_worker_start_check(&w->rp)) {
        count++;
        settle(w);
    }
    return count;
}

/* Behind the RP's back. Returns how many things went. */
static int lose(struct fake *fake, const char *match)
{
    int lost = 0;

    for (cJSON *thing = fake->things->child, *next; thing; thing = next) {
        next = thing->next;
        if (!strstr(thing->string, match) || strstr(thing->string, "fhirservices"))
            continue;
        cJSON_Delete(cJSON_DetachItemViaPointer(fake->things, thing));
        lost++;
    }
    return lost;
}

/* PRV-06: whatever goes behind the RP's back comes back within the period, and nothing else changes. */
static void what_is_lost_comes_back(void **state)
{
    static const char *const LOST[] = {
        "/consumergroups/",
        "/deployments/normalization-",
        "/deployments/destination-",
        "/roleassignments/",
        "/template/",
        "/eventhubs/",
        "microsoft.eventhub/namespaces",
        "kv1.vault.azure.net/certificates/",
        "userassignedidentities",
        "k.azmk8s.io",
        "",
    };
    struct test_world *w = world_new(PERIOD);

    (void)state;
    make_all(w);
    int all = fake_left(&w->fake, "");
    assert_int_equal(checks(w), 0);
    for (size_t i = 0; i < sizeof LOST / sizeof *LOST; i++) {
        assert_true(lose(&w->fake, LOST[i]) > 0);
        pass_period(w);
        assert_int_equal(checks(w), 3);
        if (fake_left(&w->fake, "") != all)
            fail_msg("%s: %d things are there, expected %d", LOST[i], fake_left(&w->fake, ""), all);
        assert_state(w, IC, "Succeeded");
    }
    world_free(w);
}

/* Nothing changed, nothing is written. */
static void a_comparison_only_looks(void **state)
{
    struct test_world *w = world_new(PERIOD);
    struct answer before, after;

    (void)state;
    make_all(w);
    size_t puts = fake_calls(&w->fake, "PUT "), patches = fake_calls(&w->fake, "PATCH ");
    before = call(w, "GET", IC, NULL);
    pass_period(w);
    assert_int_equal(checks(w), 3);
    after = call(w, "GET", IC, NULL);
    assert_string_equal(base_headers_get(&before.headers, "ETag"),
                        base_headers_get(&after.headers, "ETag"));
    assert_int_equal(fake_calls(&w->fake, "PUT "), puts);
    assert_int_equal(fake_calls(&w->fake, "PATCH "), patches);
    answer_release(&before);
    answer_release(&after);
    world_free(w);
}

/* A drift that cannot be put right is told by the state, until it can. */
static void what_cannot_be_put_right_is_reported(void **state)
{
    struct test_world *w = world_new(PERIOD);

    (void)state;
    make_all(w);
    assert_true(lose(&w->fake, "/consumergroups/") > 0);
    w->fake.fault.match = "/consumergroups/";
    w->fake.fault.times = -1;
    w->fake.fault.status = 403;
    w->fake.fault.code = "AuthorizationFailed";
    pass_period(w);
    assert_int_equal(checks(w), 3);
    assert_state(w, DEST, "Failed");
    assert_state(w, IC, "Succeeded");
    w->fake.fault.times = 0;
    pass_period(w);
    assert_int_equal(checks(w), 3);
    assert_state(w, DEST, "Succeeded");
    assert_int_equal(fake_left(&w->fake, "/consumergroups/"), 1);
    world_free(w);
}

/* A request that comes while a comparison runs is taken; the comparison ends first. */
static void a_comparison_gives_way(void **state)
{
    struct test_world *w = world_new(PERIOD);

    (void)state;
    make_all(w);
    pass_period(w);
    assert_true(rp_worker_start_check(&w->rp)); /* the workspace: what is below waits for it */
    assert_false(rp_worker_start_check(&w->rp));
    settle(w);
    assert_true(rp_worker_start_check(&w->rp));
    assert_state(w, IC, "Succeeded");
    assert_int_equal(
        status_of(
            w, "PATCH", IC,
            "{\"properties\":{\"ingestionEndpointConfiguration\":{\"consumerGroup\":\"other\"}}}"),
        202);
    assert_int_equal(status_of(w, "DELETE", DEST, NULL), 202);
    settle(w);
    assert_state(w, IC, "Succeeded");
    assert_int_equal(status_of(w, "GET", DEST, NULL), 404);
    assert_int_equal(fake_left(&w->fake, "/consumergroups/"), 0);
    pass_period(w);
    assert_true(rp_worker_start_check(&w->rp));
    settle(w);
    assert_true(rp_worker_start_check(&w->rp)); /* the connector's own stops for its deletion */
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    (void)checks(w);
    assert_int_equal(fake_left(&w->fake, "microsoft.eventhub"), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lost_comes_back),
        cmocka_unit_test(a_comparison_only_looks),
        cmocka_unit_test(what_cannot_be_put_right_is_reported),
        cmocka_unit_test(a_comparison_gives_way),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
