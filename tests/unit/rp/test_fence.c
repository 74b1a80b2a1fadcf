/* A worker that loses its lease during a call changes nothing outside afterwards, whichever call it was: only its next look at the
 * database could have told it. */
#include "rp_test.h"

#define WORKSPACE "{\"location\":\"westus2\"}"

static struct robber { /* takes the lease away once after each different call */
    struct test_world *w;
    cJSON *seen;
    bool armed, robbed; /* robbed: in the turn at hand */
    char after[400];
    int thefts;
} robber;

/* These change nothing. */
static bool is_look(const char *line)
{
    static const char *const LOOKS[] = {"GET ", "HEAD ", "POST login.",
                                        "/listclusterusercredential",
                                        /* a removal from the vault is one act of two calls */
                                        "DELETE kv1.vault.azure.net/deletedcertificates/"};

    for (size_t i = 0; i < sizeof LOOKS / sizeof *LOOKS; i++)
        if (strstr(line, LOOKS[i]))
            return true;
    return false;
}

/* Takes hold of every operation in another's name, as a worker does after the lease has ended. */
static void rob(const char *line)
{
    if (cJSON_GetObjectItemCaseSensitive(robber.seen, line))
        return;
    cJSON_AddTrueToObject(robber.seen, line);
    assert_int_equal(base_db_run(robber.w->rp.db, NULL, NULL,
                                 "UPDATE operation SET epoch=epoch+1, lease_until_ms=0 WHERE "
                                 "status='" RP_IN_PROGRESS "'",
                                 ""),
                     BASE_OK);
    snprintf(robber.after, sizeof robber.after, "%s", line);
    robber.robbed = true;
    robber.thefts++;
}

static void handle(void *context, const struct base_http_request *request,
                   struct base_http_response *response)
{
    struct test_world *w = context;

    fake_handle(&w->fake, request, response);
    const char *line = w->fake.trace[w->fake.traced - 1];
    if (robber.robbed && !is_look(line))
        fail_msg("a worker that lost its lease after \"%s\" did \"%s\"", robber.after, line);
    if (robber.armed && !robber.robbed)
        rob(line);
}

/* As settle, but each turn may be robbed once. */
static void settle_robbed(struct test_world *w)
{
    int64_t due = 0;

    for (int i = 0; i < 100000; i++) {
        robber.robbed = false;
        if (turn(w))
            continue;
        assert_int_equal(rp_operation_next_due(w->rp.db, &due, NULL), BASE_OK);
        if (due == INT64_MAX)
            return;
        base_clock_sleep(&w->clock, 100);
    }
    fail_msg("the worker never came to an end");
}

static void change(struct test_world *w, const char *method, const char *id, const char *body,
                   int status)
{
    assert_int_equal(status_of(w, method, id, body), status);
    robber.armed = true;
    settle_robbed(w);
    robber.armed = robber.robbed = false;
}

/* PRV-04, PRV-05 */
static void who_lost_its_lease_writes_nothing(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"dequeues\":100,\"attempts\":100}}");

    (void)state;
    robber = (struct robber){.w = w, .seen = cJSON_CreateObject()};
    base_http_client_free(w->rp.http);
    w->rp.http = base_http_client_new_loopback(handle, w);
    az_credential_free(w->rp.credential);
    const struct az_client az = rp_world_client(&w->rp, NULL);
    w->rp.credential = az_credential_certificate(
        &az, NULL, w->config.tenant_id, w->config.client_id, application_key(w->rp.random));
    change(w, "PUT", WS, "{\"location\":\"westus2\",\"sku\":{\"name\":\"Dedicated\"}}", 201);
    change(w, "PUT", IC, CONNECTOR, 201);
    change(w, "PUT", DEST, DESTINATION_TO(FHIR), 201);
    assert_state(w, DEST, "Succeeded");
    change(w, "DELETE", DEST, NULL, 202);
    change(w, "DELETE", IC, NULL, 202);
    change(w, "DELETE", WS, NULL, 202);
    assert_int_equal(fake_left(&w->fake, ""), 0);
    assert_true(robber.thefts > 60);
    cJSON_Delete(robber.seen);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_lost_its_lease_writes_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
