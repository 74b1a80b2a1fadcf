/* The examples of the contract that only ARM can ask, or that the made-up Azure sees best (E22 to E69 of its conformance list): each test
 * under its number. */
#include "rp_test.h"

#include "common/http_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>

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

/* What the client may ask of an operation, without the host. */
static char *operation_of(const struct answer *answer)
{
    const char *url = base_headers_get(&answer->headers, "Azure-AsyncOperation");

    assert_non_null(url);
    return base_strdup(strstr(url, "/subscriptions/"));
}

/* GET with what ARM adds to the URL; 200 always. */
static struct answer look_at(struct test_world *w, const char *operation)
{
    char *target = base_asprintf("%s&t=1&c=x&s=y&h=z", operation);
    struct answer look = call_version(w, "GET", target, NULL, "");

    assert_int_equal(look.status, 200);
    assert_string_equal(strrchr(base_json_text(look.body, "id"), '/') + 1,
                        base_json_text(look.body, "name"));
    free(target);
    return look;
}

/* While it runs an operation has a state and no result. */
static void e22_an_operation_is_watched(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer put = call(w, "PUT", WS, WORKSPACE);
    char *operation = operation_of(&put);
    struct answer look = look_at(w, operation);

    (void)state;
    assert_string_equal(base_json_text(look.body, "status"), "InProgress");
    assert_null(base_json_at(look.body, "properties"));
    assert_null(base_json_at(look.body, "endTime"));
    answer_release(&look);
    settle(w);
    look = look_at(w, operation);
    assert_string_equal(base_json_text(look.body, "status"), "Succeeded");
    answer_release(&look);
    answer_release(&put);
    free(operation);
    world_free(w);
}

/* An operation belongs to its subscription. */
static void e51_another_subscription_does_not_see_it(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer put = call(w, "PUT", WS, WORKSPACE);
    char *operation = operation_of(&put);

    (void)state;
    assert_int_equal(strncmp(operation, "/subscriptions/" SUB, strlen("/subscriptions/" SUB)), 0);
    operation[strlen("/subscriptions/" SUB) - 1] = '2';
    assert_fault(call_version(w, "GET", operation, NULL, ""), 404, "NotFound", NULL);
    settle(w);
    assert_fault(call_version(w, "GET", operation, NULL, ""), 404, "NotFound", NULL);
    answer_release(&put);
    free(operation);
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

/* Asks for IC, which fails; returns the operation's path. */
static char *fail_connector(struct test_world *w, int status)
{
    struct answer put = call(w, "PUT", IC, CONNECTOR);
    char *operation = operation_of(&put);

    assert_int_equal(put.status, status);
    settle(w);
    assert_state(w, IC, "Failed");
    answer_release(&put);
    return operation;
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
    char *operation = fail_connector(w, 201);
    struct answer look = call_version(w, "GET", operation, NULL, "");
    assert_int_equal(look.status, 200);
    assert_string_equal(base_json_text(look.body, "status"), "Failed");
    assert_non_null(base_json_text(look.body, "error.code"));
    assert_non_null(base_json_text(look.body, "error.message"));
    assert_non_null(base_json_text(look.body, "endTime"));
    assert_null(base_json_at(look.body, "properties"));
    answer_release(&look);
    free(operation);
    w->fake.fault.times = 0; /* Failed: DELETE works */
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "GET", IC, NULL), 404);
    w->fake.fault.times = 1000; /* Failed again: so does PUT */
    free(fail_connector(w, 201));
    w->fake.fault.times = 0;
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 200);
    settle(w);
    assert_state(w, IC, "Succeeded");
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

/* ---- over a socket ---- */

static void serve_as_arm(void *context, const struct base_http_request *request,
                         struct base_http_response *response)
{
    struct test_world *w = context;
    struct base_http_request from_arm = *request;

    from_arm.client_subject = w->subject; /* as mutual TLS would say */
    rp_frontend_handle(&w->rp, &from_arm, response);
}

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* The answer's head and body; the status is returned. Content-Length says how much there is. */
static int read_answer(int fd)
{
    char head[8192];
    size_t length = 0;
    char *end = NULL;

    while (!end) {
        assert_true(length + 1 < sizeof head);
        assert_int_equal(recv(fd, head + length, 1, 0), 1);
        head[++length] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    const char *field = strcasestr(head, "\r\nContent-Length:");
    assert_non_null(field);
    for (long left = atol(field + strlen("\r\nContent-Length:")); left > 0;) {
        char part[4096];
        ssize_t got = recv(fd, part, left < (long)sizeof part ? (size_t)left : sizeof part, 0);
        assert_true(got > 0);
        left -= got;
    }
    return atoi(head + strlen("HTTP/1.1 "));
}

static int put_workspace(int fd, const char *type, size_t length)
{
    char *body = base_alloc(length + 1);
    char *head = base_asprintf(
        "PUT " WS "?api-version=2021-11-01 HTTP/1.1\r\nHost: rp\r\nContent-Type: %s\r\n"
        "referer: https://arm.test" WS "?api-version=2021-11-01\r\nContent-Length: %zu\r\n\r\n",
        type, length);

    memset(body, ' ', length);
    memcpy(body, WORKSPACE, strlen(WORKSPACE));
    assert_int_equal(send(fd, head, strlen(head), MSG_NOSIGNAL), strlen(head));
    for (size_t sent = 0; sent < length;) {
        ssize_t put = send(fd, body + sent, length - sent, MSG_NOSIGNAL);
        assert_true(put > 0);
        sent += (size_t)put;
    }
    free(head);
    free(body);
    return read_answer(fd);
}

/* Bodies that are none are refused, and the connection stays usable. */
static void e54_a_refused_body_leaves_the_connection(void **state)
{
    struct test_world *w = world_new(NULL);
    struct base_error err = {0};
    const struct base_http_listen listen = {
        .handler = serve_as_arm, .context = w, .body_max = (size_t)w->config.body_max + 1};
    base_http_server_t *server = base_http_server_start(&listen, &err);

    (void)state;
    assert_non_null(server);
    int fd = connect_to(base_http_server_port(server));
    assert_int_equal(put_workspace(fd, "text/plain", strlen(WORKSPACE)), 415);
    int status = put_workspace(fd, "application/json", 2 << 20);
    assert_true(status == 400 || status == 413);
    assert_int_equal(put_workspace(fd, "application/json", strlen(WORKSPACE)), 201);
    close(fd);
    base_http_server_stop(server);
    settle(w);
    assert_state(w, WS, "Succeeded");
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
    /* the type is tracked: its identity is ARM's to take back */
    assert_int_equal(fake_calls(&w->fake, "DELETE region.identity.azure.net"), 0);
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

/* ---- the data plane of identities ---- */

#define CREDENTIALS "GET region.identity.azure.net/x/credentials"

/* When the renewal is due the credential is fetched again, and the vault gets the younger one. */
static void e67_a_due_credential_is_fetched_again(void **state)
{
    const int64_t day_ms = 24 * 3600 * 1000;
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.renew_after_ms = base_clock_ms(&w->clock) + day_ms;
    make(w, IC, CONNECTOR);
    size_t fetched = fake_calls(&w->fake, CREDENTIALS);
    int64_t first = w->fake.imported_ms;
    assert_false(rp_worker_start_renewal(&w->rp));
    w->clock.ahead_ms += day_ms + 1000;
    fake_certify(&w->fake, first + day_ms);
    w->fake.renew_after_ms = base_clock_ms(&w->clock) + day_ms;
    assert_true(rp_worker_start_renewal(&w->rp));
    settle(w);
    assert_true(fake_calls(&w->fake, CREDENTIALS) > fetched);
    assert_int_equal(fake_calls(&w->fake, "/import"), 2);
    assert_int_equal(w->fake.imported_ms, first + day_ms);
    assert_state(w, IC, "Succeeded");
    world_free(w);
}

/* No two looks at the credential are closer than what Retry-After asked for. */
static void assert_patience(const struct fake *fake, int64_t least_ms)
{
    int64_t last = 0;

    for (size_t i = 0; i < fake->traced; i++) {
        if (strncmp(fake->trace[i], CREDENTIALS, strlen(CREDENTIALS)))
            continue;
        if (last && fake->traced_ms[i] - last < least_ms)
            fail_msg("asked again after %lld ms; expected %lld at least",
                     (long long)(fake->traced_ms[i] - last), (long long)least_ms);
        last = fake->traced_ms[i];
    }
}

/* While the data plane asks for patience the connector is Creating, and nobody asks sooner than told. */
static void e69_a_busy_identity_service_is_waited_for(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    w->fake.fault.match = CREDENTIALS;
    w->fake.fault.status = 429;
    w->fake.fault.code = "TooManyRequests";
    w->fake.fault.retry_after_s = 3;
    w->fake.fault.times = -1;
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 201);
    while (fake_calls(&w->fake, CREDENTIALS) < 10) {
        if (!turn(w))
            base_clock_sleep(&w->clock, 100);
        assert_state(w, IC, "Creating");
    }
    assert_patience(&w->fake, 3000);
    w->fake.fault.times = 0;
    settle(w);
    assert_state(w, IC, "Succeeded");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e29_a_state_is_not_asked_for),
        cmocka_unit_test(e22_an_operation_is_watched),
        cmocka_unit_test(e51_another_subscription_does_not_see_it),
        cmocka_unit_test(e31_the_identity_is_fetched),
        cmocka_unit_test(e50_a_failure_can_be_mended),
        cmocka_unit_test(e52_e53_preconditions),
        cmocka_unit_test(e52_the_etag_is_the_one_to_send),
        cmocka_unit_test(e54_a_refused_body_leaves_the_connection),
        cmocka_unit_test(e57_a_suspended_subscription_is_read_and_emptied),
        cmocka_unit_test(e58_a_deleted_subscription_empties_itself),
        cmocka_unit_test(e58_a_failed_removal_is_tried_again),
        cmocka_unit_test(e67_a_due_credential_is_fetched_again),
        cmocka_unit_test(e69_a_busy_identity_service_is_waited_for),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
