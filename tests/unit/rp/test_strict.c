/* What is written so that two readers could understand it differently, or would be ignored, is refused; and a failure says why for as long
 * as the resource is there. */
#include "rp_test.h"
#include "reference/rp/api/json_text.h"

#define WORKSPACE "{\"location\":\"westus2\"}"
#define BAD "InvalidParameter"

struct row {
    const char *id, *body, *code, *target;
};

static void refused(struct test_world *w, const char *method, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_fault(call(w, method, rows[i].id, rows[i].body), 400, rows[i].code, rows[i].target);
}
#define REFUSED(w, method, rows) refused(w, method, rows, sizeof rows / sizeof *rows)

static void utf8_is_read_as_rfc_3629_says(void **state)
{
    static const struct {
        const char *text;
        size_t good;
    } ROWS[] = {{"", 0},
                {"abc", 3},
                {"a\xc3\xa9", 3},
                {"\xe2\x82\xac", 3},
                {"\xf0\x9f\x98\x80", 4},
                {"a\xff", 1},
                {"a\xc3", 1},
                {"\xc0\xaf", 0},
                {"\xe0\x80\x80", 0},
                {"\xed\xa0\x80", 0},
                {"\xf4\x90\x80\x80", 0},
                {"\xf0\x8f\xbf\xbf", 0},
                {"b\xe2\x82", 1},
                {"\x80", 0}};
    char text[] = "a\xe2\x82\"b\xc3", whole[] = "\xc3\xa9";

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_int_equal(rp_utf8_span(ROWS[i].text, strlen(ROWS[i].text)), ROWS[i].good);
    rp_utf8_keep_whole(text);
    assert_string_equal(text, "a\"b");
    rp_utf8_keep_whole(whole);
    assert_string_equal(whole, "\xc3\xa9");
}

static void bodies_are_read_alike_by_everybody(void **state)
{
    static const struct row ROWS[] = {
        {WS, "{\"location\":\"westus2\",\"location\":\"eastus\"}", "InvalidRequestContent", NULL},
        {WS, "{\"location\":\"westus2\",\"tags\":{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}}",
         "InvalidRequestContent", NULL},
        {WS, "{\"location\":\"westus2\",\"dependsOn\":[{\"a\":1,\"a\":1}]}",
         "InvalidRequestContent", NULL},
        {WS, "{\"location\":\"westus2\",\"tags\":{\"a\":\"x\\u0000y\"}}", "InvalidRequestContent",
         NULL},
        {WS, "{\"location\":\"westus2\",\"tags\":{\"a\":\"\xff\"}}", "InvalidRequestContent", NULL},
        {WS, "{\"location\":\"westus2\",\"tags\":{\"a\":\"\xc3\"}}", "InvalidRequestContent", NULL},
    };
    static const struct {
        const char *type;
        int status;
    } TYPES[] = {{"application/json; charset=utf-8", 201},
                 {"Application/JSON;charset=\"UTF-8\"", 200},
                 {"application/json; charset=iso-8859-1", 415},
                 {"application/json; charset=utf-80", 415},
                 {"application/jsonx", 415},
                 {"application/json-patch+json", 415}};
    struct test_world *w = world_new(NULL);

    (void)state;
    REFUSED(w, "PUT", ROWS);
    struct answer answer = call(w, "PUT", WS, ROWS[1].body);
    assert_non_null(strstr(base_json_text(answer.body, "error.message"), "tags.a is there twice"));
    answer_release(&answer);
    w->headers[0] = "Content-Type";
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        w->headers[1] = TYPES[i].type;
        assert_int_equal(status_of(w, "PUT", WS, WORKSPACE), TYPES[i].status);
        settle(w);
    }
    w->headers[0] = NULL; /* an escaped backslash before u0000 is no NUL */
    assert_int_equal(
        status_of(w, "PUT", WS, "{\"location\":\"westus2\",\"tags\":{\"a\":\"x\\\\u0000\"}}"), 200);
    world_free(w);
}

/* An object of 100,000 members is looked through in no time, and one that is there twice is found. */
static void a_member_is_found_twice_among_many(void **state)
{
    struct base_buf text = {0};
    char sentence[300];

    (void)state;
    base_buf_puts(&text, "{\"tags\":{");
    for (int i = 0; i < 100000; i++)
        base_buf_printf(&text, "\"m%d\":1,", i);
    base_buf_puts(&text, "\"m4711\":1}}");
    cJSON *body = cJSON_Parse(text.data);
    assert_false(rp_json_members_once(body, sentence, sizeof sentence));
    assert_string_equal(sentence, "the member tags.m4711 is there twice");
    cJSON_Delete(body);
    base_buf_release(&text);
}

static void nothing_is_ignored(void **state)
{
#define L "\"location\":\"westus2\","
#define P L "\"properties\":"
    static const struct row ROWS[] = {
        {WS, "{" L "\"sku\":\"Dedicated\"}", BAD, "sku"},
        {WS, "{" L "\"sku\":{\"name\":\"Consumption\",\"capacity\":5}}", BAD, "sku.capacity"},
        {WS, "{" L "\"sku\":{}}", BAD, "sku.name"},
        {WS, "{" L "\"kind\":\"\"}", BAD, "kind"},
        {WS, "{" L "\"etag\":5}", BAD, "etag"},
        {WS, "{" L "\"systemData\":5}", BAD, "systemData"},
        {WS, "{" L "\"dependsOn\":5}", BAD, "dependsOn"},
        {WS, "{" L "\"tags\":{\"a\\tb\":\"1\"}}", BAD, "tags.a\tb"},
        {WS, "{" L "\"tags\":{\"a\":\"1\",\"A\":\"2\"}}", BAD, "tags.a"},
        {WS, "{" P "{\"privateEndpointConnections\":[{\"id\":\"x\"}]}}", BAD,
         "properties.privateEndpointConnections"},
        {WS, "{" P "{\"privateEndpointConnections\":5}}", BAD,
         "properties.privateEndpointConnections"},
        {WS, "{" P "{\"provisioningError\":{\"code\":\"x\",\"message\":\"y\"}}}", BAD,
         "properties.provisioningError"},
        {IC,
         "{" L "\"identity\":{\"type\":\"SystemAssigned\",\"userAssignedIdentities\":[]},"
         "\"properties\":{" INGESTION ",\"deviceMapping\":{\"content\":" MAPPING "}}}",
         BAD, "identity.userAssignedIdentities"},
        {IC,
         "{" L "\"identity\":{\"type\":\"SystemAssigned\"},\"properties\":{"
         "\"ingestionEndpointConfiguration\":{\"eventHubName\":\"hub\","
         "\"fullyQualifiedEventHubNamespace\":\"a-.servicebus.windows.net\"},"
         "\"deviceMapping\":{\"content\":" MAPPING "}}}",
         BAD, "properties.ingestionEndpointConfiguration.fullyQualifiedEventHubNamespace"},
    };
    static const struct row PATCHES[] = {
        {WS, "{\"bogus\":1}", BAD, "bogus"},
        {WS, "{\"sku\":{\"name\":\"Dedicated\"}}", BAD, "sku"},
        {WS, "{\"identity\":null}", BAD, "identity"},
    };
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    REFUSED(w, "PUT", ROWS);
    REFUSED(w, "PATCH", PATCHES);
    assert_fault(call(w, "PATCH", WS, "{\"location\":\"eastus2\"}"), 400,
                 "LocationNotAvailableForResourceType", "location");
    assert_int_equal(status_of(w, "PATCH", WS, "{\"location\":\"West US 2\"}"), 200);
    assert_int_equal(status_of(w, "PUT", WS, "{" L "\"sku\":null,\"tags\":null}"), 200);
    static const char *const LISTS[] = {"$filter=name%20eq%20'x'", "$orderby=name", "$skip=1"};
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        char target[200];
        snprintf(target, sizeof target,
                 "/subscriptions/" SUB "/providers/Microsoft.HealthcareApis/workspaces?%s",
                 LISTS[i]);
        assert_fault(call(w, "GET", target, NULL), 400, BAD, NULL);
    }
    assert_fault(call(w, "POST",
                      "/subscriptions/" SUB
                      "/providers/Microsoft.HealthcareApis/checkNameAvailability",
                      "{\"name\":\"abc\",\"type\":\"Microsoft.HealthcareApis/workspaces\","
                      "\"location\":\"x\"}"),
                 400, BAD, "location");
    world_free(w);
}

/* What is asked with our token, and what becomes a host name, is made of names and nothing else. */
static void ids_are_names_and_slashes(void **state)
{
    static const char *const BADS[] = {
        FHIR "?x=1",
        FHIR "#x",
        FHIR "%3fx",
        FHIR "@evil",
        WS "/fhirservices/fs1.evil.com",
        FHIR "/..",
        WS "%2f../fhirservices/fs1",
        WS "/fhirservices/\xc3\xa9\xc3\xa9\xc3\xa9",
        "/subscriptions/" SUB
        "/resourceGroups/rg1?/providers/Microsoft.HealthcareApis/workspaces/ws1/fhirservices/fs1",
        WS "/fhirservices/aaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct test_world *w = world_new(NULL);
    char body[4096];

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    for (size_t i = 0; i < sizeof BADS / sizeof *BADS; i++) {
        snprintf(body, sizeof body, DESTINATION_TO("%s"), BADS[i]);
        assert_fault(call(w, "PUT", DEST, body), 400, BAD, "properties.fhirServiceResourceId");
    }
    make(w, DEST, DESTINATION_TO(FHIR "/"));
    world_free(w);
}

static void a_missing_parent_is_named_as_it_was_spelled(void **state)
{
    static const char *const TARGETS[] = {IC, WS "/iotconnectors"};
    struct test_world *w = world_new(NULL);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct answer answer = call(w, i ? "GET" : "PUT", TARGETS[i], i ? NULL : CONNECTOR);
        assert_int_equal(answer.status, 404);
        assert_non_null(
            strstr(base_json_text(answer.body, "error.message"), "parent " WS " was not found"));
        answer_release(&answer);
    }
    world_free(w);
}

/* Limits count characters; what is cut out of a request into a sentence is cut between characters. */
static void texts_are_counted_in_characters(void **state)
{
    struct test_world *w = world_new(NULL);
    char value[2 * 257 + 1] = "", body[1024], wrong[4 * 100 + 1] = "";

    (void)state;
    for (int i = 0; i < 256; i++)
        strcat(value, "\xc3\xa9");
    snprintf(body, sizeof body, "{\"location\":\"westus2\",\"tags\":{\"a\":\"%s\"}}", value);
    assert_int_equal(status_of(w, "PUT", WS, body), 201);
    settle(w);
    strcat(value, "\xc3\xa9");
    snprintf(body, sizeof body, "{\"location\":\"westus2\",\"tags\":{\"a\":\"%s\"}}", value);
    assert_fault(call(w, "PUT", WS, body), 400, BAD, "tags.a");
    for (int i = 0; i < 90; i++)
        strcat(wrong, "\xe2\x82\xac");
    for (size_t shift = 0; shift < 3; shift++) {
        snprintf(body, sizeof body, "{\"location\":\"%.*s%s\"}", (int)shift, "xx", wrong);
        struct answer answer = call(w, "PUT", WS, body);
        const char *message = base_json_text(answer.body, "error.message");
        assert_int_equal(answer.status, 400);
        assert_int_equal(rp_utf8_span(message, strlen(message)), strlen(message));
        answer_release(&answer);
        snprintf(body, sizeof body, "{\"location\":\"westus2\",\"tags\":{\"%.*s%s\":5}}",
                 (int)shift, "xx", wrong);
        answer = call(w, "PUT", WS, body);
        message = base_json_text(answer.body, "error.target");
        assert_int_equal(answer.status, 400);
        assert_int_equal(rp_utf8_span(message, strlen(message)), strlen(message));
        answer_release(&answer);
    }
    world_free(w);
}

/* RFC 9110 13.1: lists, weak tags, and the header that fails is the one that is named. */
static void preconditions_are_lists(void **state)
{
    static const struct {
        const char *name, *value;
        int status;
    } ROWS[] = {{"If-Match", "\"999\", \"2\"", 200},      {"If-Match", "\"2\",\"7\"", 200},
                {"If-Match", "\"22\", \"7\"", 412},       {"If-Match", "W/\"2\"", 412},
                {"If-None-Match", "W/\"2\"", 412},        {"If-None-Match", "\"7\" , \"2\"", 412},
                {"If-None-Match", "\"7\", W/\"8\"", 200}, {"If-Match", "", 200}};
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE); /* etag "2" */
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        w->headers[0] = ROWS[i].name;
        w->headers[1] = ROWS[i].value;
        assert_int_equal(status_of(w, "PUT", WS, WORKSPACE), ROWS[i].status);
    }
    w->headers[0] = "If-Match";
    w->headers[1] = "\"2\"";
    w->headers[2] = "If-None-Match";
    w->headers[3] = "*";
    assert_fault(call(w, "PUT", WS, WORKSPACE), 412, "PreconditionFailed", "If-None-Match");
    world_free(w);
}

static void fail_hubs(struct test_world *w, int status)
{
    w->fake.fault.match = "eventhubs/";
    w->fake.fault.status = status;
    w->fake.fault.code = "InternalServerError";
    w->fake.fault.times = status ? -1 : 0;
}

static void assert_reason(struct test_world *w, const char *code, const char *part)
{
    struct answer answer = call(w, "GET", IC, NULL);
    const char *found = base_json_text(answer.body, "properties.provisioningError.code"),
               *message = base_json_text(answer.body, "properties.provisioningError.message");

    if (!base_equal(found, code) || (part && (!message || !strstr(message, part))))
        fail_msg("found %s: %s, expected %s: ...%s...", found ? found : "no reason",
                 message ? message : "", code ? code : "none", part ? part : "");
    answer_release(&answer);
    answer = call_version(w, "GET", IC, NULL, "2021-11-01"); /* its description is others' */
    assert_null(base_json_at(answer.body, "properties.provisioningError"));
    answer_release(&answer);
}

/* Issue 4: after giving up the resource is Failed, and says why: also when the operation's own record has expired. */
static void a_failure_says_why_as_long_as_it_lasts(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"attempts\":2}}");

    (void)state;
    make(w, WS, WORKSPACE);
    fail_hubs(w, 500);
    assert_int_equal(status_of(w, "PUT", IC, CONNECTOR), 201);
    assert_reason(w, NULL, NULL);
    settle(w);
    assert_state(w, IC, "Failed");
    assert_reason(w, "InternalServerError", "the event hub for normalized data");
    assert_int_equal(rp_operation_forget(w->rp.db, INT64_MAX, NULL), BASE_OK);
    assert_reason(w, "InternalServerError", "the event hub for normalized data");

    struct answer get = call(w, "GET", IC, NULL); /* what is read can be written back */
    char *body = base_json_print(get.body);
    assert_int_equal(status_of(w, "PUT", IC, body), 200);
    assert_reason(w, NULL, NULL); /* it is tried again */
    free(body);
    answer_release(&get);
    settle(w);
    assert_reason(w, "InternalServerError", NULL);
    fail_hubs(w, 0);
    assert_int_equal(status_of(w, "PATCH", IC, "{\"tags\":{\"again\":\"1\"}}"), 202);
    settle(w);
    assert_state(w, IC, "Succeeded");
    assert_reason(w, NULL, NULL);
    world_free(w);
}

/* A comparison that cannot put things right says why on the resource, and takes it back. */
static void a_difference_says_why(void **state)
{
    struct test_world *w = world_new("{\"worker\":{\"attempts\":2,\"reconcileSeconds\":1000}}");

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    fail_hubs(w, 403);
    w->clock.epoch_ms -= 2000 * 1000 / 499 + 1;
    while (rp_worker_start_check(&w->rp))
        settle(w);
    assert_state(w, IC, "Failed");
    assert_reason(w, "InternalServerError", "the event hub for normalized data");
    fail_hubs(w, 0);
    w->clock.epoch_ms -= 2000 * 1000 / 499 + 1;
    while (rp_worker_start_check(&w->rp))
        settle(w);
    assert_state(w, IC, "Succeeded");
    assert_reason(w, NULL, NULL);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_read_as_rfc_3629_says),
        cmocka_unit_test(bodies_are_read_alike_by_everybody),
        cmocka_unit_test(a_member_is_found_twice_among_many),
        cmocka_unit_test(nothing_is_ignored),
        cmocka_unit_test(ids_are_names_and_slashes),
        cmocka_unit_test(a_missing_parent_is_named_as_it_was_spelled),
        cmocka_unit_test(texts_are_counted_in_characters),
        cmocka_unit_test(preconditions_are_lists),
        cmocka_unit_test(a_failure_says_why_as_long_as_it_lasts),
        cmocka_unit_test(a_difference_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
