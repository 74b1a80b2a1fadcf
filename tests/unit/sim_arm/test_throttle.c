/* Token buckets: counts that go down, refusals once somebody has set a size, time that fills them again (facts of ARM, 1.14; E19). */
#include "tests/unit/sim_arm/fixture.h"

#define BOX RG "/providers/Contoso.Kit/boxes/b?api-version=2022-01-01"

static int set(struct fixture *f, const char *name, const char *value)
{
    char *path = base_asprintf("/_sim/settings/%s", name),
         *body = base_asprintf("{\"value\":\"%s\"}", value);
    int status = send_to(f, "control", NULL, "PUT", path, body, NULL);
    free(path);
    free(body);
    return status;
}

/* Time stands as good as still, and goes on with clock.ahead_ms. */
static void hold_time(struct fixture *f)
{
    struct base_clock wall;

    base_clock_init(&wall);
    f->clock = (struct base_clock){.rate = 0.001, .epoch_ms = base_clock_ms(&wall)};
}

static int put(struct fixture *f, const char *token)
{
    return send_as(f, token, "PUT", S "/resourcegroups/rg1?" R, "{\"location\":\"westus2\"}");
}

static int left(struct fixture *f)
{
    return atoi(header(f, "x-ms-ratelimit-remaining-subscription-writes"));
}

static void nobody_is_refused_by_default(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 210; i++)
        assert_in_range(put(f, f->owner), 200, 201);
    assert_in_range(left(f), 0, 199);
}

static void the_bucket_is_emptied(void **state)
{
    struct fixture *f = *state;
    hold_time(f);
    assert_int_equal(set(f, "arm-writes", "4"), 200);
    for (int i = 3; i >= 0; i--) {
        assert_in_range(put(f, f->owner), 200, 201);
        assert_int_equal(left(f), i);
    }
    assert_refused(f, put(f, f->owner), 429, "SubscriptionRequestsThrottled");
    assert_in_range(atoi(header(f, "Retry-After")), 1, 5); /* a token in five seconds */
    assert_int_equal(left(f), 0);
    assert_string_equal(header(f, "x-ms-failure-cause"), "gateway");
    /* other kinds and other principals have buckets of their own */
    assert_status(f, ask(f, "GET", S "?" R, NULL), 200);
    struct sim_principal second = principal(f, "second", TENANT);
    grant(f, &second, "Owner", S);
    char *token = bearer(f, &second, "https://management.azure.com");
    assert_status(f, put(f, token), 200);
    free(token);
    /* what is refused earlier costs nothing: the role comes before the bucket */
    assert_refused(f, put(f, f->reader), 403, "AuthorizationFailed");
    assert_int_equal(set(f, "arm-writes", "0"), 400);
    assert_int_equal(send_to(f, "control", NULL, "DELETE", "/_sim/settings", NULL, NULL), 204);
    assert_status(f, put(f, f->owner), 200);
}

/* E19, with the bucket that Azure has. */
static void the_201st_write_is_refused(void **state)
{
    struct fixture *f = *state;
    hold_time(f);
    assert_int_equal(set(f, "arm-writes", "200"), 200);
    for (int i = 199; i >= 0; i--) {
        assert_in_range(put(f, f->owner), 200, 201);
        assert_int_equal(left(f), i);
    }
    assert_refused(f, put(f, f->owner), 429, "SubscriptionRequestsThrottled");
    assert_string_equal(header(f, "Retry-After"), "1"); /* ten tokens a second */
}

static void time_fills_it(void **state)
{
    struct fixture *f = *state;
    hold_time(f);
    assert_int_equal(set(f, "arm-deletes", "1"), 200);
    assert_status(f, put(f, f->owner), 201);
    assert_status(f, ask(f, "DELETE", BOX, NULL), 204);
    assert_refused(f, ask(f, "DELETE", BOX, NULL), 429, "SubscriptionRequestsThrottled");
    int seconds = atoi(header(f, "Retry-After"));
    f->clock.ahead_ms += (seconds - 2) * 1000;
    assert_refused(f, ask(f, "DELETE", BOX, NULL), 429, "SubscriptionRequestsThrottled");
    f->clock.ahead_ms += 2000;
    assert_status(f, ask(f, "DELETE", BOX, NULL), 204);
}

/* Facts 2.3: about 8 a second a tenant, of both kinds. */
static void identities_have_a_rate(void **state)
{
    static const char with[] =
        "{\"location\":\"westus2\",\"identity\":{\"type\":\"SystemAssigned\"}}";
    static const char user[] = RG
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/uai%d?api-version=2018-11-30";
    struct fixture *f = *state;
    struct sim_principal principal;
    char target[200];

    hold_time(f);
    make_connector(f);
    assert_int_equal(set(f, "identity-rate", "2"), 200);
    snprintf(target, sizeof target, user, 1);
    assert_status(f, ask(f, "PUT", target, "{\"location\":\"westus2\"}"), 201);
    assert_status(f, ask(f, "PUT", W "/iotconnectors/ic2?" V, with), 201);
    assert_refused(f, ask(f, "PUT", W "/iotconnectors/ic3?" V, with), 429,
                   "FailedIdentityOperation");
    assert_int_equal(atoi(header(f, "Retry-After")), 1);
    assert_string_equal(header(f, "x-ms-failure-cause"), "gateway");
    assert_false(sim_principal_by_resource(f->world, W "/iotconnectors/ic3", &principal));
    assert_non_null(strstr(base_json_text(last_call(f, "PUT"), "path"), "ic2")); /* not asked */
    snprintf(target, sizeof target, user, 2);
    assert_refused(f, ask(f, "PUT", target, "{\"location\":\"westus2\"}"), 429, "TooManyRequests");
    assert_status(f, ask(f, "PUT", C "?" V, with), 200); /* it has one */
    f->clock.ahead_ms += 1000;
    assert_status(f, ask(f, "PUT", W "/iotconnectors/ic3?" V, with), 201);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(nobody_is_refused_by_default), T(the_bucket_is_emptied),
        T(the_201st_write_is_refused),   T(time_fills_it),
        T(identities_have_a_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
