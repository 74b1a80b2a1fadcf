/* Azure Resource Manager: URLs, writes, long-running operations, lists. */
#include "azure/arm.h"

#include "script.h"

#define ARM "https://management.azure.com"
#define ID "/subscriptions/s/resourceGroups/g/providers/Microsoft.X/things/t"
#define VERSION "2021-11-01"
#define THING ARM ID "?api-version=" VERSION
#define STATUS ARM "/subscriptions/s/providers/Microsoft.X/locations/l/operationStatuses/o?t=1&h=2"
#define RESULT ARM "/subscriptions/s/providers/Microsoft.X/locations/l/operationresults/o"

struct world {
    struct script script;
    struct az_arm arm;
};

static int setup(void **state)
{
    struct world *world = base_alloc(sizeof *world);

    script_init(&world->script, 1000);
    world->arm = (struct az_arm){.az = world->script.az, .credential = world->script.credential};
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    script_release(&world->script);
    free(world);
    return 0;
}

static void ids_are_encoded_for_the_wire(void **state)
{
    static const struct {
        const char *path, *url;
    } rows[] = {
        {ID, ID "?api-version=" VERSION},
        {"/g/my group/\xc3\xbc \xe2\x82\xac",
         "/g/my%20group/%C3%BC%20%E2%82%AC?api-version=" VERSION},
        {"/g/100%", "/g/100%25?api-version=" VERSION},
        {"/g/50%off/5%2", "/g/50%25off/5%252?api-version=" VERSION},
        {"/g/already%20there%2Fx", "/g/already%20there%2Fx?api-version=" VERSION},
        {"/g/(a)_b-c.d~e", "/g/(a)_b-c.d~e?api-version=" VERSION},
        {"/g/hash#mark/\"q\"<>\\^`{|}[]",
         "/g/hash%23mark/%22q%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D?api-version=" VERSION},
        {"/g/a+b,c;d=e@f:g!h*i&j'k", "/g/a+b,c;d=e@f:g!h*i&j'k?api-version=" VERSION},
        {"/x?$filter=name eq 'a b'&$top=5",
         "/x?$filter=name%20eq%20'a%20b'&$top=5&api-version=" VERSION},
        {"/x?$filter=principalId%20eq%20'p'",
         "/x?$filter=principalId%20eq%20'p'&api-version=" VERSION},
        {"/line\nbreak\ttab\x7f", "/line%0Abreak%09tab%7F?api-version=" VERSION},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *out = NULL;
        char *url = base_asprintf(ARM "%s", rows[i].url);
        SCRIPT(&world->script, {200, "{}"});
        assert_int_equal(az_arm_get(&world->arm, rows[i].path, VERSION, &out, NULL), BASE_OK);
        assert_call(&world->script, 0, "GET", url);
        cJSON_Delete(out);
        free(url);
    }
}

static void a_resource_is_read(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *out;

    world->arm.endpoint = "https://arm.example/";
    world->arm.tenant = "customer-tenant";
    SCRIPT(&world->script, {200, "{\"name\":\"t\"}"});
    assert_int_equal(az_arm_get(&world->arm, ID, VERSION, &out, &err), BASE_OK);
    assert_string_equal(base_json_text(out, "name"), "t");
    cJSON_Delete(out);
    assert_call(&world->script, 0, "GET", "https://arm.example" ID "?api-version=" VERSION);
    assert_string_equal(call_header(&world->script, 0, "Authorization"), "Bearer token-1");
    assert_non_null(strstr(world->script.last_token.url, "/customer-tenant/"));
    char *scope = form_field(world->script.last_token.body, "scope");
    assert_string_equal(scope, "https://management.azure.com//.default");
    free(scope);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    static const struct {
        struct reply reply;
        enum base_status status;
        const char *code;
    } rows[] = {
        {{404, "{\"error\":{\"code\":\"ResourceNotFound\",\"message\":\"no\"}}"},
         BASE_NOT_FOUND,
         "ResourceNotFound"},
        {{401, "{\"error\":{\"code\":\"InvalidAuthenticationTokenTenant\",\"message\":\"no\"}}"},
         BASE_UNAUTHENTICATED,
         "InvalidAuthenticationTokenTenant"},
        {{200, "<html>"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, "{} {}"}, BASE_PROTOCOL, "InvalidAnswer"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        cJSON *out = (cJSON *)world;
        script_set(&world->script, &rows[i].reply, 1);
        world->script.repeat = &rows[i].reply;
        assert_int_equal(az_arm_get(&world->arm, ID, VERSION, &out, &err), rows[i].status);
        assert_int_equal(err.status, rows[i].status);
        assert_string_equal(err.code, rows[i].code);
        assert_null(out);
    }
}

static enum base_status write_it(struct world *world, const char *method, cJSON **out,
                                 struct az_arm_operation *operation, struct base_error *err)
{
    cJSON *body = !strcmp(method, "DELETE") ? NULL : cJSON_Parse("{\"location\":\"westus2\"}");

    memset(err, 0, sizeof *err);
    memset(operation, 0xee, sizeof *operation);
    enum base_status status =
        az_arm_write(&world->arm, method, ID, VERSION, body, out, operation, err);
    cJSON_Delete(body);
    return status;
}

static void a_write_that_was_done_at_once_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct az_arm_operation operation;
    struct base_error err;
    cJSON *out;
    bool done = false;

    SCRIPT(&world->script,
           {201, "{\"properties\":{\"provisioningState\":\"Succeeded\"}}", {"Location: " RESULT}},
           {200, "{\"id\":\"x\"}"});
    assert_int_equal(write_it(world, "PUT", &out, &operation, &err), BASE_OK);
    assert_string_equal(base_json_text(out, "properties.provisioningState"), "Succeeded");
    cJSON_Delete(out);
    assert_string_equal(operation.url, "");
    assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), BASE_OK);
    assert_true(done);
    assert_string_equal(world->script.calls[0].body, "{\"location\":\"westus2\"}");
    assert_int_equal(write_it(world, "PATCH", NULL, &operation, &err), BASE_OK);
    assert_string_equal(operation.url, "");
    script_done(&world->script);
}

static void an_async_operation_is_followed_to_its_end(void **state)
{
    struct world *world = *state;
    struct az_arm_operation operation;
    struct base_error err;
    cJSON *out;
    bool done = true;

    SCRIPT(&world->script,
           {201,
            "{\"properties\":{\"provisioningState\":\"Creating\"}}",
            {"Azure-AsyncOperation: " STATUS, "Location: " RESULT, "Retry-After: 15"}},
           {200, "{\"status\":\"InProgress\"}", {"Retry-After: 3"}}, {202, NULL},
           {200, "{\"status\":\"Deleted\"}"}, /* any other word goes on */
           {200, "{\"status\":\"succeeded\",\"properties\":{}}"});
    assert_int_equal(write_it(world, "PUT", &out, &operation, &err), BASE_OK);
    cJSON_Delete(out);
    assert_string_equal(operation.url, STATUS);
    assert_true(operation.status_body);
    assert_int_equal(operation.retry_after_s, 15);
    for (int i = 0; i < 3; i++) {
        done = true;
        assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), BASE_OK);
        assert_false(done);
        assert_int_equal(operation.retry_after_s, i == 0 ? 3 : 0);
    }
    assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), BASE_OK);
    assert_true(done);
    assert_call(&world->script, 4, "GET", STATUS);
    script_done(&world->script);
}

static void an_operation_without_a_word_is_judged_by_its_status(void **state)
{
    struct world *world = *state;
    struct az_arm_operation operation = {.url = STATUS, .status_body = true};
    bool done = true;

    SCRIPT(&world->script, {202, "{}"}, {200, "{}"}, {204});
    assert_int_equal(az_arm_poll(&world->arm, &operation, &done, NULL), BASE_OK);
    assert_false(done);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(az_arm_poll(&world->arm, &operation, &done, NULL), BASE_OK);
        assert_true(done);
    }
}

static void a_failed_operation_tells_its_own_error(void **state)
{
    static const struct {
        const char *body;
        enum base_status status;
        const char *code, *message, *target;
    } rows[] = {
        {"{\"status\":\"Failed\",\"error\":{\"code\":\"QuotaExceeded\",\"message\":\"too "
         "many\",\"target\":\"sku\"}}",
         BASE_INVALID, "QuotaExceeded", "too many", "sku"},
        {"{\"status\":\"Failed\"}", BASE_INVALID, "Failed", "the operation gave no reason", ""},
        {"{\"status\":\"Canceled\",\"error\":{\"code\":\"OperationPreempted\",\"message\":\"m\"}}",
         BASE_CANCELED, "OperationPreempted", "m", ""},
        {"{\"status\":\"Cancelled\"}", BASE_CANCELED, "Cancelled", "the operation gave no reason",
         ""},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct az_arm_operation operation = {.url = STATUS, .status_body = true};
        struct base_error err = {0};
        bool done = false;
        SCRIPT(&world->script, {200, rows[i].body});
        assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), rows[i].status);
        assert_true(done);
        assert_string_equal(err.code, rows[i].code);
        assert_string_equal(err.message, rows[i].message);
        assert_string_equal(err.target, rows[i].target);
        assert_int_equal(err.http_status, 0);
    }
}

/* 4xx and 5xx say that the status could not be read, not that the job failed. */
static void a_status_that_cannot_be_read_is_told_apart(void **state)
{
    struct world *world = *state;
    struct az_arm_operation operation = {.url = STATUS, .status_body = true};
    struct base_error err = {0};
    bool done = true;

    SCRIPT(&world->script, {404, "{\"error\":{\"code\":\"NotFound\",\"message\":\"gone\"}}"});
    assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), BASE_NOT_FOUND);
    assert_false(done);
    assert_int_equal(err.http_status, 404);
    assert_string_equal(operation.url, STATUS);
}

static void a_location_is_followed_until_it_stops_saying_202(void **state)
{
    static const int ends[] = {200, 204, 201};
    struct world *world = *state;
    struct az_arm_operation operation;
    struct base_error err;
    bool done;

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        SCRIPT(&world->script, {202, NULL, {"Location: " RESULT, "Retry-After: 10"}},
               {202, NULL, {"Location: " RESULT "?moved=1", "Retry-After: 2"}}, {202}, {ends[i]});
        assert_int_equal(write_it(world, "DELETE", NULL, &operation, &err), BASE_OK);
        assert_string_equal(operation.url, RESULT);
        assert_false(operation.status_body);
        assert_int_equal(operation.retry_after_s, 10);
        assert_int_equal(world->script.calls[0].body_len, 0);
        for (int look = 0; look < 3; look++) {
            assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), BASE_OK);
            assert_int_equal(done, look == 2);
            assert_string_equal(operation.url, RESULT "?moved=1");
        }
        script_done(&world->script);
    }
}

/* A write without headers goes on while the resource itself says so. */
static void a_resource_on_its_way_is_looked_at_itself(void **state)
{
    struct world *world = *state;
    struct az_arm_operation operation;
    struct base_error err;
    bool done;

    SCRIPT(&world->script, {201, "{\"properties\":{\"provisioningState\":\"Accepted\"}}"},
           {200, "{\"properties\":{\"provisioningState\":\"Creating\"}}"},
           {200, "{\"properties\":{\"provisioningState\":\"Succeeded\"}}"});
    assert_int_equal(write_it(world, "PUT", NULL, &operation, &err), BASE_OK);
    assert_string_equal(operation.url, THING);
    assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), BASE_OK);
    assert_false(done);
    assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), BASE_OK);
    assert_true(done);
    assert_call(&world->script, 2, "GET", THING);
    RESCRIPT(&world->script, {200, "{\"properties\":{\"provisioningState\":\"Updating\"}}"},
             {200, "{\"properties\":{\"provisioningState\":\"Failed\"}}"});
    assert_int_equal(write_it(world, "PATCH", NULL, &operation, &err), BASE_OK);
    assert_int_equal(az_arm_poll(&world->arm, &operation, &done, &err), BASE_INVALID);
    assert_string_equal(err.code, "Failed");
    assert_true(done);
}

static void a_delete_of_what_is_absent_is_done(void **state)
{
    static const struct reply replies[] = {
        {204}, {404, "{\"error\":{\"code\":\"ResourceGroupNotFound\",\"message\":\"m\"}}"}, {200}};
    struct world *world = *state;
    struct az_arm_operation operation;
    struct base_error err;

    for (size_t i = 0; i < 3; i++) {
        cJSON *out = (cJSON *)world;
        script_set(&world->script, &replies[i], 1);
        assert_int_equal(write_it(world, "DELETE", &out, &operation, &err), BASE_OK);
        assert_null(out);
        assert_string_equal(operation.url, "");
        assert_int_equal(err.status, BASE_OK);
    }
    RESCRIPT(&world->script, {404, "{\"error\":{\"code\":\"NotFound\",\"message\":\"m\"}}"});
    assert_int_equal(write_it(world, "PUT", NULL, &operation, &err), BASE_NOT_FOUND);
    assert_int_equal(err.status, BASE_NOT_FOUND);
}

static void a_refused_write_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct az_arm_operation operation;
    struct base_error err;
    cJSON *out = (cJSON *)world;

    SCRIPT(&world->script,
           {409, "{\"error\":{\"code\":\"Conflict\",\"message\":\"busy\"}}", {"Retry-After: 8"}});
    assert_int_equal(write_it(world, "PUT", &out, &operation, &err), BASE_CONFLICT);
    assert_int_equal(err.retry_after_s, 8);
    assert_null(out);
    assert_string_equal(operation.url, "");
    RESCRIPT(&world->script, {200, "{\"cut"});
    out = (cJSON *)world;
    assert_int_equal(write_it(world, "PUT", &out, &operation, &err), BASE_PROTOCOL);
    assert_null(out);
}

/* Real ones have 4 KB; what does not fit is not cut and followed. */
static void long_operation_urls_are_kept_whole_or_refused(void **state)
{
    struct world *world = *state;
    struct az_arm_operation operation;
    struct base_error err;
    char *filler = base_alloc(9001);

    memset(filler, 'h', 9000);
    for (int i = 0; i < 2; i++) {
        char *header =
            base_asprintf("Azure-AsyncOperation: " STATUS "%.*s", i ? 9000 : 6000, filler);
        const struct reply reply = {202, NULL, {header}, false};
        script_set(&world->script, &reply, 1);
        assert_int_equal(write_it(world, "DELETE", NULL, &operation, &err),
                         i ? BASE_TOO_LARGE : BASE_OK);
        assert_int_equal(strlen(operation.url), i ? 0 : strlen(STATUS) + 6000);
        free(header);
    }
    free(filler);
}

static void links_to_other_hosts_get_no_token(void **state)
{
    static const char *const bad[] = {"https://evil.example/x",
                                      "http://management.azure.com/x",
                                      "https://management.azure.com.evil.example/x",
                                      "https://management.azure.com:8443/x",
                                      "https://evilmanagement.azure.com/x",
                                      "/relative",
                                      "//management.azure.com/x",
                                      "nonsense"};
    static const char *const good[] = {"https://management.azure.com:443/x?y",
                                       "HTTPS://Management.Azure.Com/x",
                                       "https://westus2.management.azure.com/x"};
    struct world *world = *state;
    struct az_arm_operation operation;
    struct base_error err;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *header = base_asprintf("Location: %s", bad[i]);
        SCRIPT(&world->script, {202, NULL, {header}});
        assert_int_equal(write_it(world, "DELETE", NULL, &operation, &err), BASE_PROTOCOL);
        assert_string_equal(err.code, "InvalidLink");
        free(header);
        struct az_arm_operation stored = {.status_body = true};
        bool done;
        snprintf(stored.url, sizeof stored.url, "%s", bad[i]);
        assert_int_equal(az_arm_poll(&world->arm, &stored, &done, NULL), BASE_PROTOCOL);
        script_done(&world->script);
        char *page = base_asprintf("{\"value\":[1],\"nextLink\":\"%s\"}", bad[i]);
        const struct reply first = {200, page, {NULL}, false};
        cJSON *list;
        script_set(&world->script, &first, 1);
        assert_int_equal(az_arm_list(&world->arm, ID, VERSION, &list, NULL), BASE_PROTOCOL);
        assert_null(list);
        script_done(&world->script);
        free(page);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char *header = base_asprintf("Location: %s", good[i]);
        SCRIPT(&world->script, {202, NULL, {header}});
        assert_int_equal(write_it(world, "DELETE", NULL, &operation, &err), BASE_OK);
        assert_string_equal(operation.url, good[i]);
        free(header);
    }
}

static enum base_status wait_for(struct world *world, const char *method, int real_ms, cJSON **out,
                                 struct base_error *err)
{
    cJSON *body = cJSON_CreateObject();

    memset(err, 0, sizeof *err);
    enum base_status status =
        az_arm_write_wait(&world->arm, method, ID, VERSION, body, real_ms, out, err);
    cJSON_Delete(body);
    return status;
}

static void waiting_ends_with_the_resource(void **state)
{
    struct world *world = *state;
    struct base_error err;
    cJSON *out;

    SCRIPT(&world->script,
           {201, "{\"x\":\"before\"}", {"Azure-AsyncOperation: " STATUS, "Retry-After: 4"}},
           {200, "{\"status\":\"Running\"}", {"Retry-After: 4"}}, {200, "{\"status\":\"Running\"}"},
           {200, "{\"status\":\"Succeeded\"}"}, {200, "{\"x\":\"after\"}"});
    int64_t before = base_clock_ms(&world->script.clock);
    assert_int_equal(wait_for(world, "PUT", 60000, &out, &err), BASE_OK);
    assert_true(base_clock_ms(&world->script.clock) - before >= 4000);
    assert_string_equal(base_json_text(out, "x"), "after");
    cJSON_Delete(out);
    assert_call(&world->script, 4, "GET", THING);
    script_done(&world->script);
    RESCRIPT(&world->script, {202, NULL, {"Location: " RESULT}}, {202}, {204});
    out = (cJSON *)world;
    assert_int_equal(wait_for(world, "DELETE", 60000, &out, &err), BASE_OK);
    assert_null(out);
    script_done(&world->script);
    RESCRIPT(&world->script, {200, "{\"x\":\"at once\"}"});
    assert_int_equal(wait_for(world, "PUT", 60000, &out, &err), BASE_OK);
    assert_string_equal(base_json_text(out, "x"), "at once");
    cJSON_Delete(out);
}

/* An action's result comes from the operation, not from a GET of the action. */
static void waiting_for_an_action_ends_with_its_result(void **state)
{
    struct world *world = *state;
    struct base_error err;
    cJSON *out;

    SCRIPT(&world->script, {202, NULL, {"Location: " RESULT}}, {202}, {200, "{\"key\":\"k\"}"});
    assert_int_equal(wait_for(world, "POST", 60000, &out, &err), BASE_OK);
    assert_string_equal(base_json_text(out, "key"), "k");
    cJSON_Delete(out);
    script_done(&world->script);
    RESCRIPT(&world->script, {202, NULL, {"Azure-AsyncOperation: " STATUS}},
             {200, "{\"status\":\"Succeeded\",\"properties\":{\"key\":\"k\"}}"});
    assert_int_equal(wait_for(world, "POST", 60000, &out, &err), BASE_OK);
    assert_string_equal(base_json_text(out, "key"), "k");
    cJSON_Delete(out);
    script_done(&world->script);
}

static void waiting_may_fail_or_take_too_long(void **state)
{
    static const struct reply running = {200, "{\"status\":\"Running\"}", {NULL}, false};
    struct world *world = *state;
    struct base_error err;
    cJSON *out = (cJSON *)world;

    SCRIPT(&world->script, {201, "{\"x\":1}", {"Azure-AsyncOperation: " STATUS}},
           {200, "{\"status\":\"Failed\",\"error\":{\"code\":\"C\",\"message\":\"m\"}}"});
    assert_int_equal(wait_for(world, "PUT", 60000, &out, &err), BASE_INVALID);
    assert_string_equal(err.code, "C");
    assert_null(out);
    RESCRIPT(&world->script, {201, "{\"x\":1}", {"Azure-AsyncOperation: " STATUS}});
    world->script.repeat = &running;
    out = (cJSON *)world;
    assert_int_equal(wait_for(world, "PUT", 5, &out, &err), BASE_TIMEOUT);
    assert_non_null(strstr(err.message, "was not done within 5 ms"));
    assert_null(out);
    world->script.repeat = NULL;
    RESCRIPT(&world->script, {404});
    assert_int_equal(wait_for(world, "PUT", 5, NULL, &err), BASE_NOT_FOUND);
}

static void a_list_is_all_its_pages(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *out;

    SCRIPT(&world->script,
           {200, "{\"value\":[1,2],\"nextLink\":\"" ARM "/next?$skipToken=a%20b\"}"},
           {200, "{\"value\":[],\"nextLink\":\"" ARM "/last\"}"},
           {200, "{\"value\":[3],\"nextLink\":\"\"}"});
    assert_int_equal(az_arm_list(&world->arm, ID, VERSION, &out, &err), BASE_OK);
    char *text = base_json_print(out);
    assert_string_equal(text, "[1,2,3]");
    free(text);
    cJSON_Delete(out);
    assert_call(&world->script, 0, "GET", THING);
    assert_call(&world->script, 1, "GET", ARM "/next?$skipToken=a%20b");
    assert_call(&world->script, 2, "GET", ARM "/last");
    script_done(&world->script);
    RESCRIPT(&world->script, {200, "{\"value\":[],\"nextLink\":null}"});
    assert_int_equal(az_arm_list(&world->arm, ID, VERSION, &out, &err), BASE_OK);
    assert_int_equal(cJSON_GetArraySize(out), 0);
    cJSON_Delete(out);
}

static void a_list_that_is_none_or_has_no_end_is_an_error(void **state)
{
    static const char *const bodies[] = {"{}", "{\"value\":{}}", "[]", "{\"value\":null}", "x", ""};
    static const struct reply again = {
        200, "{\"value\":[1],\"nextLink\":\"" ARM "/again\"}", {NULL}, false};
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *out;

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        base_error_clear(&err);
        SCRIPT(&world->script, {200, bodies[i]});
        assert_int_equal(az_arm_list(&world->arm, ID, VERSION, &out, &err), BASE_PROTOCOL);
        assert_string_equal(err.code, "InvalidAnswer");
        assert_null(out);
    }
    base_error_clear(&err);
    script_set(&world->script, NULL, 0);
    world->script.repeat = &again;
    assert_int_equal(az_arm_list(&world->arm, ID, VERSION, &out, &err), BASE_TOO_LARGE);
    assert_null(out);
    assert_int_equal(world->script.count, 1000);
    world->script.repeat = NULL;
    RESCRIPT(&world->script, {200, "{\"value\":[1],\"nextLink\":\"" ARM "/next\"}"},
             {403, "{\"error\":{\"code\":\"AuthorizationFailed\",\"message\":\"m\"}}"});
    base_error_clear(&err);
    assert_int_equal(az_arm_list(&world->arm, ID, VERSION, &out, &err), BASE_DENIED);
    assert_null(out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ids_are_encoded_for_the_wire),
        TEST(a_resource_is_read),
        TEST(what_cannot_be_read_is_an_error),
        TEST(a_write_that_was_done_at_once_leaves_nothing),
        TEST(an_async_operation_is_followed_to_its_end),
        TEST(an_operation_without_a_word_is_judged_by_its_status),
        TEST(a_failed_operation_tells_its_own_error),
        TEST(a_status_that_cannot_be_read_is_told_apart),
        TEST(a_location_is_followed_until_it_stops_saying_202),
        TEST(a_resource_on_its_way_is_looked_at_itself),
        TEST(a_delete_of_what_is_absent_is_done),
        TEST(a_refused_write_leaves_nothing),
        TEST(long_operation_urls_are_kept_whole_or_refused),
        TEST(links_to_other_hosts_get_no_token),
        TEST(waiting_ends_with_the_resource),
        TEST(waiting_for_an_action_ends_with_its_result),
        TEST(waiting_may_fail_or_take_too_long),
        TEST(a_list_is_all_its_pages),
        TEST(a_list_that_is_none_or_has_no_end_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
