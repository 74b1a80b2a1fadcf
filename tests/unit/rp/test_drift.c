/* PRV-06 for what is more than gone: an identity that was made again, a certificate that somebody put another on top of. */
#include "rp_test.h"

#define WORKSPACE "{\"location\":\"westus2\"}"
#define RIGHTS "providers/microsoft.authorization/roleassignments/"
#define FORMER "12121212-1212-1212-1212-121212121212"

static void compare_all(struct test_world *w)
{
    w->clock.epoch_ms -= 2000 * 1000 / 499 + 1;
    while (rp_worker_start_check(&w->rp))
        settle(w);
}

static struct test_world *world_that_compares(void)
{
    struct test_world *w = world_new("{\"worker\":{\"reconcileSeconds\":1000}}");

    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    return w;
}

/* Rights that name this principal. */
static int rights_of(const struct test_world *w, const char *principal)
{
    const cJSON *thing;
    int count = 0;

    cJSON_ArrayForEach(thing, w->fake.things) count +=
        strstr(thing->string, RIGHTS) &&
        base_equal(base_json_text(thing, "properties.principalId"), principal);
    return count;
}

/* The identity was deleted and is made again as somebody else: what its predecessor might do is taken back, nothing stays on the vault. */
static void an_identity_that_is_made_again_gets_all_rights(void **state)
{
    struct test_world *w = world_that_compares();
    int rights = fake_left(&w->fake, RIGHTS);
    cJSON *thing;

    (void)state;
    assert_int_equal(rights, 4); /* account, vault; hub twice */
    cJSON_ArrayForEach(thing, w->fake.things) if (strstr(thing->string, RIGHTS))
        base_json_set_text(base_json_at(thing, "properties"), "principalId", FORMER);
    compare_all(w);
    assert_int_equal(rights_of(w, FORMER), 0);
    assert_int_equal(fake_left(&w->fake, RIGHTS), rights);
    assert_state(w, IC, "Succeeded");
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "DELETE", WS, NULL), 202);
    settle(w);
    assert_int_equal(fake_left(&w->fake, ""), 0);
    world_free(w);
}

static cJSON *certificate(struct test_world *w)
{
    cJSON *thing;

    cJSON_ArrayForEach(
        thing,
        w->fake.things) if (strstr(thing->string, "vault.azure.net/certificates/")) return thing;
    fail_msg("there is no certificate");
    return NULL;
}

static void a_certificate_of_somebody_else_is_covered_with_ours(void **state)
{
    struct test_world *w = world_that_compares();
    cJSON *attributes = cJSON_CreateObject();

    (void)state;
    assert_int_equal(fake_calls(&w->fake, "/import"), 1);
    compare_all(w);
    assert_int_equal(fake_calls(&w->fake, "/import"), 1);
    base_json_set_text(certificate(w), "x5t", "AAAAAAAAAAAAAAAAAAAAAAAAAAA");
    compare_all(w);
    assert_int_equal(fake_calls(&w->fake, "/import"), 2);
    base_json_set_bool(attributes, "enabled", false);
    base_json_set(certificate(w), "attributes", attributes);
    compare_all(w);
    assert_int_equal(fake_calls(&w->fake, "/import"), 3);
    compare_all(w);
    assert_int_equal(fake_calls(&w->fake, "/import"), 3);
    assert_state(w, IC, "Succeeded");
    world_free(w);
}

/* What a service fills in is no difference, in a list neither: AKS says much more about a pool of nodes than it was told. */
static void what_a_service_fills_in_is_left_alone(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"reconcileSeconds\":1000}}");
    cJSON *thing, *pool = NULL;

    (void)state;
    make(w, WS, "{\"location\":\"westus2\",\"sku\":{\"name\":\"Dedicated\"}}");
    cJSON_ArrayForEach(thing, w->fake.things) if (strstr(thing->string, "managedclusters/iomt-"))
        pool = base_json_at(thing, "properties.agentPoolProfiles.0");
    assert_non_null(pool);
    base_json_set_text(pool, "osDiskType", "Managed");
    compare_all(w);
    size_t written = 0;
    for (size_t i = 0; i < w->fake.traced; i++)
        written += strstr(w->fake.trace[i], "PUT ") && strstr(w->fake.trace[i], "managedclusters/");
    assert_int_equal(written, 1);
    base_json_set_number(pool, "count", 7); /* what was asked for is */
    compare_all(w);
    cJSON_ArrayForEach(thing, w->fake.things) if (strstr(thing->string, "managedclusters/iomt-"))
        assert_int_equal(base_json_number(thing, "properties.agentPoolProfiles.0.count", 0), 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identity_that_is_made_again_gets_all_rights),
        cmocka_unit_test(a_certificate_of_somebody_else_is_covered_with_ours),
        cmocka_unit_test(what_a_service_fills_in_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
