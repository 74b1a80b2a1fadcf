/* One REST call: retries, renewed tokens, error bodies, and what never gets into an error. */
#include "script.h"

#define URL "https://service.example/things/1"
#define QUERY "?sig=hidden-signature&oid=33333333"
#define SLOW 1000.0 /* a clock second is a real millisecond */

static enum base_status do_send(struct script *script, const char *method, struct base_error *err)
{
    struct base_http_answer answer = {0};
    struct az_call call = {.method = method, .url = URL, .resource = "https://service.example"};

    if (!strcmp(method, "POST") || !strcmp(method, "PATCH") || !strcmp(method, "PUT"))
        call.body = "{}";
    memset(err, 0, sizeof *err);
    enum base_status status = az_send(&script->az, script->credential, &call, &answer, err);
    base_http_answer_release(&answer);
    return status;
}

static void retry_after_is_kept_on_the_clock(void **state)
{
    static const char *const methods[] = {"GET", "PUT", "DELETE", "POST", "PATCH"};
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, SLOW);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        SCRIPT(&script, {429, NULL, {"Retry-After: 7"}, false}, {200});
        int64_t before = base_clock_ms(&script.clock);
        assert_int_equal(do_send(&script, methods[i], &err), BASE_OK);
        assert_true(base_clock_ms(&script.clock) - before >= 7000);
        assert_int_equal(err.status, BASE_OK);
        script_done(&script);
    }
    script_release(&script);
}

static void unavailable_is_retried_for_idempotent_methods(void **state)
{
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, SLOW);
    SCRIPT(&script, {503}, {503, NULL, {"Retry-After: 2"}, false}, {503}, {204});
    assert_int_equal(do_send(&script, "PUT", &err), BASE_OK);
    script_done(&script);
    RESCRIPT(&script, {503});
    assert_int_equal(do_send(&script, "POST", &err), BASE_UNAVAILABLE);
    assert_int_equal(err.http_status, 503);
    script_done(&script);
    script_release(&script);
}

static void a_lost_connection_is_retried_unless_it_may_have_acted(void **state)
{
    struct script script;
    struct base_error err;
    struct base_http_answer answer = {0};

    (void)state;
    script_init(&script, SLOW);
    SCRIPT(&script, {.drop = true}, {.drop = true}, {200});
    assert_int_equal(do_send(&script, "GET", &err), BASE_OK);
    script_done(&script);
    RESCRIPT(&script, {.drop = true});
    assert_int_equal(do_send(&script, "POST", &err), BASE_UNAVAILABLE);
    assert_int_equal(err.http_status, 0);
    script_done(&script);
    RESCRIPT(&script, {.drop = true});
    assert_int_equal(do_send(&script, "PATCH", &err), BASE_UNAVAILABLE);
    script_done(&script);
    RESCRIPT(&script, {.drop = true}, {503}, {200});
    struct az_call call = {.method = "POST", .url = URL, .body = "{}", .repeatable = true};
    assert_int_equal(az_send(&script.az, NULL, &call, &answer, &err), BASE_OK);
    script_done(&script);
    base_http_answer_release(&answer);
    script_release(&script);
}

static void it_gives_up_after_three_retries(void **state)
{
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, SLOW);
    SCRIPT(&script, {429}, {429}, {429},
           {429,
            "{\"error\":{\"code\":\"SubscriptionRequestsThrottled\",\"message\":\"slow down\"}}",
            {"Retry-After: 17"},
            false});
    assert_int_equal(do_send(&script, "GET", &err), BASE_THROTTLED);
    assert_int_equal(err.retry_after_s, 17);
    assert_string_equal(err.code, "SubscriptionRequestsThrottled");
    script_done(&script);
    RESCRIPT(&script, {.drop = true}, {.drop = true}, {.drop = true}, {.drop = true});
    assert_int_equal(do_send(&script, "GET", &err), BASE_UNAVAILABLE);
    script_done(&script);
    script_release(&script);
}

static void a_long_retry_after_is_the_callers(void **state)
{
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, SLOW);
    SCRIPT(&script, {429, NULL, {"Retry-After: 61"}, false});
    assert_int_equal(do_send(&script, "GET", &err), BASE_THROTTLED);
    assert_int_equal(err.retry_after_s, 61);
    script_done(&script);
    RESCRIPT(&script, {503, NULL, {"Retry-After: 99999999999"}, false});
    assert_int_equal(do_send(&script, "GET", &err), BASE_UNAVAILABLE);
    assert_int_equal(err.retry_after_s, 86400);
    script_done(&script);
    script_release(&script);
}

static void other_answers_are_not_retried(void **state)
{
    static const struct {
        int http;
        enum base_status status;
    } rows[] = {{400, BASE_INVALID},     {403, BASE_DENIED},      {404, BASE_NOT_FOUND},
                {409, BASE_CONFLICT},    {412, BASE_CONFLICT},    {413, BASE_TOO_LARGE},
                {500, BASE_UNAVAILABLE}, {501, BASE_UNSUPPORTED}, {302, BASE_INVALID}};
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, SLOW);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCRIPT(&script, {rows[i].http});
        assert_int_equal(do_send(&script, "GET", &err), rows[i].status);
        assert_int_equal(err.http_status, rows[i].http);
        assert_non_null(strstr(err.message, URL));
        script_done(&script);
    }
    script_release(&script);
}

static void a_refused_token_is_renewed_once(void **state)
{
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, SLOW);
    SCRIPT(&script, {200}, {401}, {200});
    assert_int_equal(do_send(&script, "GET", &err), BASE_OK);
    assert_int_equal(script.tokens, 1);
    assert_int_equal(do_send(&script, "POST", &err), BASE_OK);
    assert_int_equal(script.tokens, 2);
    assert_string_equal(call_header(&script, 1, "Authorization"), "Bearer token-1");
    assert_string_equal(call_header(&script, 2, "Authorization"), "Bearer token-2");
    script_done(&script);
    RESCRIPT(&script,
             {401, "{\"error\":{\"code\":\"InvalidAuthenticationToken\",\"message\":\"first\"}}"},
             {401, "{\"error\":{\"code\":\"ExpiredAuthenticationToken\",\"message\":\"second\"}}"});
    assert_int_equal(do_send(&script, "GET", &err), BASE_UNAUTHENTICATED);
    assert_string_equal(err.code, "ExpiredAuthenticationToken");
    assert_int_equal(err.http_status, 401);
    script_done(&script);
    script_release(&script);
}

/* Another audience's token is still good after a 401. */
static void only_the_refused_token_is_forgotten(void **state)
{
    struct script script;
    struct base_error err = {0};
    char *token;

    (void)state;
    script_init(&script, SLOW);
    SCRIPT(&script, {401}, {200});
    assert_int_equal(az_token(script.credential, NULL, "https://other", &token, &err), BASE_OK);
    assert_string_equal(token, "token-1");
    free(token);
    assert_int_equal(do_send(&script, "GET", &err), BASE_OK);
    assert_int_equal(script.tokens, 3);
    assert_int_equal(az_token(script.credential, NULL, "https://other", &token, &err), BASE_OK);
    assert_string_equal(token, "token-1");
    free(token);
    script_release(&script);
}

/* A token that cannot be had fails the call; the service is not asked, nor Entra four times four. */
static void a_token_that_cannot_be_had_is_asked_for_with_its_own_retries_only(void **state)
{
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, SLOW);
    script.script_tokens = true;
    SCRIPT(&script, {.drop = true}, {503}, {429}, {.drop = true});
    assert_int_equal(do_send(&script, "GET", &err), BASE_UNAVAILABLE);
    script_done(&script);
    script_release(&script);
}

static void error_bodies_of_all_shapes_are_read(void **state)
{
    static const struct {
        const char *body, *header;
        const char *code, *message, *target;
        int retry_after_s;
    } rows[] = {
        /* ARM */
        {"{\"error\":{\"code\":\"InvalidTemplate\",\"message\":\"no\",\"target\":\"properties.x\"}"
         "}",
         NULL, "InvalidTemplate", "no", "properties.x", 0},
        {"{\"error\":{\"code\":\"Conflict\"}}", NULL, "Conflict",
         "GET " URL " was answered with 400", "", 0},
        {"{\"error\":{\"code\":\"Forbidden\",\"message\":\"m\",\"innererror\":{\"code\":"
         "\"ForbiddenByRbac\"}}}",
         "Retry-After: 5", "Forbidden", "m", "", 5},
        {"{\"code\":\"BadRequest\",\"message\":\"plain\",\"target\":\"t\"}", NULL, "BadRequest",
         "plain", "t", 0},
        /* OAuth 2.0 */
        {"{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client "
         "secret.\",\"error_codes\":[7000215]}",
         NULL, "AADSTS7000215", "AADSTS7000215: Invalid client secret.", "", 0},
        {"{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}", NULL,
         "invalid_request", "Identity not found", "", 0},
        /* Kubernetes Status */
        {"{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"pods \\\"p\\\" not found\","
         "\"reason\":\"NotFound\",\"details\":{\"name\":\"p\",\"kind\":\"pods\"},\"code\":404}",
         NULL, "NotFound", "pods \"p\" not found", "p", 0},
        {"{\"kind\":\"Status\",\"message\":\"is invalid\",\"reason\":\"Invalid\",\"details\":{"
         "\"name\":\"p\",\"retryAfterSeconds\":3,\"causes\":[{\"field\":\"spec.replicas\","
         "\"message\":\"x\"}]},\"code\":422}",
         NULL, "Invalid", "is invalid", "spec.replicas", 3},
        {"{\"kind\":\"Status\",\"message\":\"without a reason\",\"code\":400}", NULL, "",
         "without a reason", "", 0},
        /* OperationOutcome */
        {"{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":"
         "\"conflict\",\"diagnostics\":\"The supplied version '3' did not match.\",\"expression\":["
         "\"Observation.status\"]}]}",
         NULL, "conflict", "The supplied version '3' did not match.", "Observation.status", 0},
        {"{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"code\":\"invalid\",\"details\":{"
         "\"text\":\"only text\"}}]}",
         NULL, "invalid", "only text", "", 0},
        /* XML */
        {"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>BlobNotFound</Code>"
         "<Message>The &lt;blob&gt; &#39;x&#x27; &amp; co\nRequestId:1</Message></Error>",
         NULL, "BlobNotFound", "The <blob> 'x' & co\nRequestId:1", "", 0},
        /* none of them */
        {"", "x-ms-error-code: ContainerNotFound", "ContainerNotFound",
         "GET " URL " was answered with 400", "", 0},
        {"<html>Bad gateway</html>", NULL, "", "GET " URL " was answered with 400", "", 0},
        {"[1,2]", NULL, "", "GET " URL " was answered with 400", "", 0},
        {"{\"error\":{\"code\":7}}", NULL, "", "GET " URL " was answered with 400", "", 0},
        {"{\"error", NULL, "", "GET " URL " was answered with 400", "", 0},
        {"<Error><Code>Cut", NULL, "", "GET " URL " was answered with 400", "", 0},
    };
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, SLOW);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCRIPT(&script, {400, rows[i].body, {rows[i].header}, false});
        assert_int_equal(do_send(&script, "GET", &err), BASE_INVALID);
        assert_int_equal(err.status, BASE_INVALID);
        assert_int_equal(err.http_status, 400);
        assert_string_equal(err.code, rows[i].code);
        assert_string_equal(err.message, rows[i].message);
        assert_string_equal(err.target, rows[i].target);
        assert_int_equal(err.retry_after_s, rows[i].retry_after_s);
    }
    script_release(&script);
}

/* What is longer than a field is cut; nothing overflows. */
static void long_error_texts_are_cut(void **state)
{
    struct script script;
    struct base_error err;
    char body[5000], text[2001];

    (void)state;
    script_init(&script, SLOW);
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    snprintf(body, sizeof body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", text, text);
    SCRIPT(&script, {400, body});
    assert_int_equal(do_send(&script, "GET", &err), BASE_INVALID);
    assert_int_equal(strlen(err.code), sizeof err.code - 1);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    script_release(&script);
}

static void a_token_that_comes_back_is_concealed(void **state)
{
    struct script script;
    struct base_error err;
    char body[2000], filler[1100];
    int room = (int)sizeof err.message - 1;

    (void)state;
    script_init(&script, SLOW);
    SCRIPT(&script, {400, "{\"error\":{\"code\":\"token-1\",\"message\":\"header was 'Bearer "
                          "token-1' (token-1)\",\"target\":\"token-1\"}}"});
    assert_int_equal(do_send(&script, "GET", &err), BASE_INVALID);
    assert_hidden(&err, "token-1");
    assert_string_equal(err.message, "header was 'Bearer ***' (***)");
    /* cut in the middle of the token */
    memset(filler, 'x', sizeof filler);
    snprintf(body, sizeof body, "{\"error\":{\"code\":\"c\",\"message\":\"%.*stoken-1 and more\"}}",
             room - 6, filler);
    const struct reply cut = {400, body, {NULL}, false};
    script_set(&script, &cut, 1);
    assert_int_equal(do_send(&script, "GET", &err), BASE_INVALID);
    assert_hidden(&err, "token-");
    script_release(&script);
}

static void a_header_that_comes_back_is_concealed(void **state)
{
    struct script script;
    struct base_error err = {0};
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};

    (void)state;
    script_init(&script, SLOW);
    base_headers_set(&headers, "Authorization", "Bearer cluster-password");
    SCRIPT(&script,
           {403, "{\"reason\":\"Forbidden\",\"message\":\"cluster-password is not good\"}"});
    struct az_call call = {.method = "GET", .url = URL, .headers = &headers};
    assert_int_equal(az_send(&script.az, NULL, &call, &answer, &err), BASE_DENIED);
    assert_string_equal(err.message, "*** is not good");
    assert_string_equal(base_headers_get(&headers, "Authorization"), "Bearer cluster-password");
    base_headers_release(&headers);
    base_http_answer_release(&answer);
    script_release(&script);
}

static void the_query_stays_out_of_errors(void **state)
{
    static const struct reply replies[] = {
        {404},
        {.drop = true},
        {500, "{\"error\":{\"code\":\"x\",\"message\":\"at " URL QUERY "\"}}"}};
    struct script script;
    struct base_http_answer answer = {0};

    (void)state;
    script_init(&script, SLOW);
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct base_error err = {0};
        struct az_call call = {.method = "POST", .url = URL QUERY, .body = "{}"};
        script_set(&script, &replies[i], 1);
        assert_int_not_equal(az_send(&script.az, NULL, &call, &answer, &err), BASE_OK);
        assert_hidden(&err, "hidden-signature");
        assert_hidden(&err, "33333333");
        assert_non_null(strstr(err.message, URL));
        assert_string_equal(script.calls[0].url, URL QUERY);
    }
    base_http_answer_release(&answer);
    script_release(&script);
}

static void calls_carry_the_headers_of_the_contract(void **state)
{
    struct script script;
    struct base_error err = {0};
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};

    (void)state;
    script_init(&script, SLOW);
    script.az.correlation = "corr-1";
    base_headers_set(&headers, "Accept", "text/plain");
    SCRIPT(&script, {200, "first"}, {200, "second"}, {200, NULL, {"A: 1"}, false});
    struct az_call call = {.method = "PUT", .url = URL, .body = "body", .headers = &headers};
    assert_int_equal(az_send(&script.az, NULL, &call, &answer, &err), BASE_OK);
    assert_string_equal(call_header(&script, 0, "Content-Type"), "application/json");
    assert_string_equal(call_header(&script, 0, "Accept"), "text/plain");
    assert_string_equal(call_header(&script, 0, "x-ms-correlation-request-id"), "corr-1");
    assert_true(base_is_uuid(call_header(&script, 0, "x-ms-client-request-id")));
    assert_null(call_header(&script, 0, "Authorization"));
    assert_string_equal(script.calls[0].body, "body");
    call = (struct az_call){.method = "GET", .url = URL};
    assert_int_equal(az_send(&script.az, NULL, &call, &answer, &err), BASE_OK);
    assert_string_equal(answer.body.data, "second");
    assert_string_equal(call_header(&script, 1, "Accept"), "application/json");
    assert_null(call_header(&script, 1, "Content-Type"));
    assert_string_not_equal(call_header(&script, 0, "x-ms-client-request-id"),
                            call_header(&script, 1, "x-ms-client-request-id"));
    call = (struct az_call){.method = "PUT", .url = URL, .body = "a\0b", .body_len = 3};
    assert_int_equal(az_send(&script.az, NULL, &call, &answer, &err), BASE_OK);
    assert_int_equal(script.calls[2].body_len, 3);
    assert_string_equal(base_headers_get(&answer.headers, "A"), "1");
    assert_int_equal(answer.body.len, 0);
    base_headers_release(&headers);
    base_http_answer_release(&answer);
    script_release(&script);
}

static bool gather(void *context, const void *data, size_t len)
{
    base_buf_append(context, data, len);
    return true;
}

static void a_stream_gets_the_body_and_never_a_refusal(void **state)
{
    struct script script;
    struct base_error err = {0};
    struct base_http_answer answer = {0};
    struct base_buf taken = {0};

    (void)state;
    script_init(&script, SLOW);
    SCRIPT(&script, {401, "old"}, {200, "event"});
    struct az_call call = {
        .method = "GET", .url = URL, .resource = "r", .on_data = gather, .on_data_context = &taken};
    assert_int_equal(az_send(&script.az, script.credential, &call, &answer, &err), BASE_OK);
    assert_string_equal(taken.data, "event");
    script_done(&script);
    base_buf_clear(&taken);
    RESCRIPT(&script, {429, "{\"reason\":\"TooManyRequests\",\"message\":\"busy\"}"});
    assert_int_equal(az_send(&script.az, script.credential, &call, &answer, &err), BASE_THROTTLED);
    assert_string_equal(err.code, "TooManyRequests");
    assert_int_equal(taken.len, 0);
    script_done(&script); /* what may have been delivered is not asked for again */
    base_buf_release(&taken);
    base_http_answer_release(&answer);
    script_release(&script);
}

static void the_first_error_wins(void **state)
{
    struct script script;
    struct base_error err = {0};
    struct base_http_answer answer = {0};

    (void)state;
    script_init(&script, SLOW);
    base_error_set(&err, BASE_IO, "Earlier", "an earlier error");
    SCRIPT(&script, {404}, {.drop = true});
    struct az_call call = {.method = "POST", .url = URL};
    assert_int_equal(az_send(&script.az, NULL, &call, &answer, &err), BASE_NOT_FOUND);
    assert_string_equal(err.code, "Earlier");
    assert_int_equal(az_send(&script.az, NULL, &call, &answer, NULL), BASE_UNAVAILABLE);
    call.url = "no url";
    assert_int_equal(az_send(&script.az, NULL, &call, &answer, NULL), BASE_INVALID);
    base_http_answer_release(&answer);
    script_release(&script);
}

static void cancel_and_refuse(void *context, const struct base_http_request *request,
                              struct base_http_response *response)
{
    base_http_client_t **client = context;

    (void)request;
    response->status = 429;
    base_headers_set(&response->headers, "Retry-After", "60");
    base_http_client_cancel(*client);
}

static void a_canceled_client_does_not_wait(void **state)
{
    struct script script;
    struct base_error err = {0};
    struct base_http_answer answer = {0};
    base_http_client_t *client = NULL;

    (void)state;
    script_init(&script, 1.0);
    struct az_client az = script.az;
    az.http = client = base_http_client_new_loopback(cancel_and_refuse, &client);
    struct az_call call = {.method = "GET", .url = URL QUERY};
    int64_t before = base_monotonic_ms();
    assert_int_equal(az_send(&az, NULL, &call, &answer, &err), BASE_CANCELED);
    assert_true(base_monotonic_ms() - before < 20000);
    assert_int_equal(err.status, BASE_CANCELED);
    assert_hidden(&err, "hidden-signature");
    base_http_answer_release(&answer);
    base_http_client_free(client);
    script_release(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_after_is_kept_on_the_clock),
        cmocka_unit_test(unavailable_is_retried_for_idempotent_methods),
        cmocka_unit_test(a_lost_connection_is_retried_unless_it_may_have_acted),
        cmocka_unit_test(it_gives_up_after_three_retries),
        cmocka_unit_test(a_long_retry_after_is_the_callers),
        cmocka_unit_test(other_answers_are_not_retried),
        cmocka_unit_test(a_refused_token_is_renewed_once),
        cmocka_unit_test(only_the_refused_token_is_forgotten),
        cmocka_unit_test(a_token_that_cannot_be_had_is_asked_for_with_its_own_retries_only),
        cmocka_unit_test(error_bodies_of_all_shapes_are_read),
        cmocka_unit_test(long_error_texts_are_cut),
        cmocka_unit_test(a_token_that_comes_back_is_concealed),
        cmocka_unit_test(a_header_that_comes_back_is_concealed),
        cmocka_unit_test(the_query_stays_out_of_errors),
        cmocka_unit_test(calls_carry_the_headers_of_the_contract),
        cmocka_unit_test(a_stream_gets_the_body_and_never_a_refusal),
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(a_canceled_client_does_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
