/* Settings of a running world are checked and put back; delays, lags and rates do what they say, on a clock that the test moves. */
#include "simulators/kit/control.h"
#include "simulators/kit/directory.h"
#include "simulators/kit/rate.h"
#include "simulators/kit/rbac.h"
#include "simulators/kit/resource.h"
#include "simulators/kit/setting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define GROUP "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/g"
#define BOXES GROUP "/providers/Test.Boxes/boxes"
#define BOX BOXES "/b1"
#define ALICE "aaaaaaaa-0000-4000-8000-000000000001"
#define READER "acdd72a7-3385-48ef-bd42-f606fba81ae7"

struct fixture {
    struct base_clock clock;
    base_random_t *random;
    sim_world_t *world;
    char status[300]; /* path of the last Azure-AsyncOperation */
};

static const char *const colours[] = {"red", "blue", NULL};
static const struct sim_setting_row rows[] = {
    {"box-delay", SIM_SETTING_DURATION, 0, 60000, NULL, "Boxes take their time."},
    {"box-deletion-delay", SIM_SETTING_DURATION, 0, 60000, NULL, "Boxes go slowly."},
    {"box-count", SIM_SETTING_NUMBER, 1, 10, NULL, "So many boxes."},
    {"box-colour", SIM_SETTING_WORD, 0, 0, colours, "The colour of boxes."},
};
static const char *const versions[] = {"2020-01-01", NULL};
static const struct sim_resource_type types[] = {
    {.type = "Test.Boxes/boxes",
     .api_versions = versions,
     .tracked = true,
     .created = 202,
     .updated = 200,
     .deleted = 200,
     .async_create = true,
     .async_delete = true,
     .async_status = true,
     .delay = "box-delay",
     .deletion_delay = "box-deletion-delay"},
    {.type = "Test.Boxes/boxes/lids",
     .api_versions = versions,
     .created = 201,
     .updated = 200,
     .deleted = 200},
};

static int setup(void **state)
{
    struct fixture *f = base_alloc(sizeof *f);
    struct base_error err = {0};

    f->clock = (struct base_clock){.rate = 0.001, .epoch_ms = 1700000000000};
    f->random = base_random_new("settings");
    f->world =
        sim_world_new(&(struct sim_world_config){.clock = &f->clock, .random = f->random}, &err);
    assert_non_null(f->world);
    sim_setting_declare(f->world, rows, sizeof rows / sizeof *rows);
    base_ignore(sim_provider_add(f->world, "Test.Boxes", types, 2, NULL));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    sim_world_free(f->world);
    base_random_free(f->random);
    free(f);
    return 0;
}

/* The body goes to *out when it is not NULL. */
static int ask(struct fixture *f, base_http_handler handler, void *context, const char *method,
               const char *path, const char *body, cJSON **out)
{
    struct base_arena arena;
    struct base_headers headers = {0};
    struct base_http_response response = {0};

    base_arena_init(&arena);
    base_headers_add(&headers, "referer", "https://management.azure.com/somewhere");
    struct base_http_request request = {.method = method,
                                        .scheme = "https",
                                        .host = "management.azure.com",
                                        .path = path,
                                        .query = "api-version=2020-01-01",
                                        .headers = &headers,
                                        .body = body ? body : "",
                                        .body_len = body ? strlen(body) : 0,
                                        .peer = "",
                                        .arena = &arena};
    handler(context, &request, &response);
    int status = response.status;
    const char *state = base_headers_get(&response.headers, "Azure-AsyncOperation");
    struct base_uri state_uri;
    if (state && base_uri_parse(&arena, state, &state_uri))
        snprintf(f->status, sizeof f->status, "%s", state_uri.path);
    if (out && base_headers_get(&response.headers, "Location") && !response.body.len) {
        struct base_uri uri;
        assert_true(base_uri_parse(&arena, base_headers_get(&response.headers, "Location"), &uri));
        *out = cJSON_CreateString(uri.path);
    } else if (out) {
        *out =
            response.body.len ? base_json_parse(response.body.data, response.body.len, NULL) : NULL;
    }
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    return status;
}

static int control(struct fixture *f, const char *method, const char *path, const char *body,
                   cJSON **out)
{
    return ask(f, sim_control_handle, f->world, method, path, body, out);
}

static int boxes(struct fixture *f, const char *method, const char *path, const char *body,
                 cJSON **out)
{
    return ask(f, sim_provider_handle, sim_provider_find(f->world, "Test.Boxes"), method, path,
               body, out);
}

static void settings_are_checked(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name, *body;
        int status;
    } tries[] = {
        {"box-delay", "{\"value\":\"5s\"}", 200},
        {"box-delay", "{\"value\":\"2m\"}", 400},
        {"box-delay", "{\"value\":\"soon\"}", 400},
        {"box-delay", "{\"value\":5}", 400},
        {"box-delay", "{}", 400},
        {"box-delay", "", 400},
        {"box-count", "{\"value\":8}", 200},
        {"box-count", "{\"value\":\"9\"}", 200},
        {"box-count", "{\"value\":0}", 400},
        {"box-count", "{\"value\":11}", 400},
        {"box-count", "{\"value\":1.5}", 400},
        {"box-colour", "{\"value\":\"blue\"}", 200},
        {"box-colour", "{\"value\":\"green\"}", 400},
        {"box-size", "{\"value\":1}", 404},
    };

    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        char *path = base_asprintf("/_sim/settings/%s", tries[i].name);
        assert_int_equal(control(f, "PUT", path, tries[i].body, NULL), tries[i].status);
        free(path);
    }
    assert_int_equal(sim_setting_ms(f->world, "box-delay"), 5000);
    assert_int_equal(sim_setting_number(f->world, "box-count"), 9);
    assert_string_equal(sim_setting(f->world, "box-colour"), "blue");
}

static void settings_are_put_back(void **state)
{
    struct fixture *f = *state;
    cJSON *list;

    sim_setting_set(f->world, "box-count", "3");
    assert_int_equal(control(f, "PUT", "/_sim/settings/box-count", "{\"value\":8}", NULL), 200);
    assert_int_equal(control(f, "PUT", "/_sim/settings/box-count", "{\"value\":9}", NULL), 200);
    assert_int_equal(control(f, "PUT", "/_sim/settings/box-delay", "{\"value\":\"5s\"}", NULL),
                     200);
    assert_int_equal(control(f, "DELETE", "/_sim/settings", NULL, NULL), 204);
    assert_int_equal(sim_setting_number(f->world, "box-count"), 3);
    assert_int_equal(sim_setting_ms(f->world, "box-delay"), 0);
    assert_null(sim_setting(f->world, "box-delay"));
    assert_int_equal(control(f, "GET", "/_sim/settings", NULL, &list), 200);
    assert_true(cJSON_GetArraySize(base_json_at(list, "value")) >= 5); /* the kit's own, too */
    cJSON_Delete(list);
}

static void a_new_resource_settles(void **state)
{
    struct fixture *f = *state;
    cJSON *body, *location;

    sim_setting_set(f->world, "box-delay", "5s");
    assert_int_equal(boxes(f, "PUT", BOX, "{\"location\":\"westus2\"}", &location), 202);
    assert_int_equal(boxes(f, "GET", BOX, NULL, &body), 200);
    assert_string_equal(base_json_text(body, "properties.provisioningState"), "Creating");
    cJSON_Delete(body);
    assert_int_equal(boxes(f, "GET", location->valuestring, NULL, NULL), 202);
    assert_int_equal(boxes(f, "PUT", BOX "/lids/l1", "{}", NULL), 409);
    assert_int_equal(boxes(f, "PUT", BOX, "{\"location\":\"westus2\"}", NULL), 409);
    f->clock.ahead_ms += 5000;
    assert_int_equal(boxes(f, "GET", location->valuestring, NULL, NULL), 200);
    assert_int_equal(boxes(f, "PUT", BOX "/lids/l1", "{}", NULL), 201);
    assert_int_equal(boxes(f, "PUT", BOX, "{\"location\":\"westus2\"}", NULL), 200);
    cJSON_Delete(location);
}

static void a_deleted_resource_goes_slowly(void **state)
{
    struct fixture *f = *state;
    cJSON *body, *location;

    sim_setting_set(f->world, "box-deletion-delay", "5s");
    assert_int_equal(boxes(f, "PUT", BOX, "{\"location\":\"westus2\"}", NULL), 202);
    assert_int_equal(boxes(f, "PUT", BOX "/lids/l1", "{}", NULL), 201);
    assert_int_equal(boxes(f, "DELETE", BOX, NULL, &location), 202);
    assert_int_equal(boxes(f, "GET", BOX, NULL, &body), 200);
    assert_string_equal(base_json_text(body, "properties.provisioningState"), "Deleting");
    cJSON_Delete(body);
    assert_int_equal(boxes(f, "HEAD", BOX, NULL, NULL), 204);
    assert_int_equal(boxes(f, "GET", BOXES, NULL, &body), 200);
    assert_string_equal(base_json_text(body, "value.0.properties.provisioningState"), "Deleting");
    cJSON_Delete(body);
    assert_int_equal(boxes(f, "GET", location->valuestring, NULL, NULL), 202);
    assert_int_equal(boxes(f, "GET", BOX "/lids/l1", NULL, NULL), 404);
    assert_int_equal(boxes(f, "PUT", BOX "/lids/l1", "{}", NULL), 409);
    assert_int_equal(boxes(f, "PUT", BOX, "{\"location\":\"westus2\"}", NULL), 409);
    assert_int_equal(boxes(f, "PATCH", BOX, "{\"tags\":{}}", NULL), 409);
    assert_int_equal(boxes(f, "POST", BOX "/open", NULL, NULL), 409);
    assert_int_equal(boxes(f, "DELETE", BOX, NULL, NULL), 202); /* once more: the same end */
    body = sim_resource_going(f->world, NULL, GROUP);
    assert_int_equal(cJSON_GetArraySize(body), 1);
    cJSON_Delete(body);
    f->clock.ahead_ms += 5000;
    assert_int_equal(boxes(f, "GET", location->valuestring, NULL, NULL), 200);
    assert_int_equal(boxes(f, "GET", BOX, NULL, NULL), 404);
    assert_int_equal(boxes(f, "DELETE", BOX, NULL, NULL), 204);
    assert_int_equal(boxes(f, "PUT", BOX, "{\"location\":\"westus2\"}", NULL), 202);
    assert_int_equal(boxes(f, "DELETE", BOX, NULL, NULL), 202);
    assert_int_equal(boxes(f, "GET", BOX, NULL, NULL), 200);
    sim_setting_set(f->world, "box-deletion-delay", NULL); /* nobody has to wait for the end */
    assert_int_equal(boxes(f, "GET", BOX, NULL, NULL), 404);
    cJSON_Delete(location);
}

static void an_operation_tells_its_state(void **state)
{
    struct fixture *f = *state;
    cJSON *body;

    sim_setting_set(f->world, "box-delay", "5s");
    sim_setting_set(f->world, "box-deletion-delay", "5s");
    assert_int_equal(boxes(f, "PUT", BOX, "{\"location\":\"westus2\"}", NULL), 202);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(boxes(f, "GET", f->status, NULL, &body), 200);
        assert_string_equal(base_json_text(body, "status"), "InProgress");
        assert_null(base_json_text(body, "endTime"));
        cJSON_Delete(body);
        f->clock.ahead_ms += 5000;
        assert_int_equal(boxes(f, "GET", f->status, NULL, &body), 200);
        assert_string_equal(base_json_text(body, "status"), "Succeeded");
        assert_non_null(base_json_text(body, "startTime"));
        assert_non_null(base_json_text(body, "endTime"));
        assert_non_null(strstr(f->status, base_json_text(body, "name")));
        cJSON_Delete(body);
        if (i == 0)
            assert_int_equal(boxes(f, "DELETE", BOX, NULL, NULL), 202);
    }
}

static void assign(struct fixture *f, const char *name)
{
    struct sim_assignment a = {.scope = GROUP, .role = READER, .principal = ALICE};

    strcpy(a.name, name);
    sim_assignment_put(f->world, &a);
}

static bool may_read(struct fixture *f)
{
    return sim_rbac_allows(f->world, ALICE, "Test.Boxes/boxes/read", false, BOX);
}

static void a_role_takes_effect_later(void **state)
{
    struct fixture *f = *state;

    sim_setting_set(f->world, "role-assignment-lag", "1m");
    assign(f, "aaaaaaaa-0000-4000-8000-0000000000a1");
    assert_false(may_read(f));
    f->clock.ahead_ms += 59000;
    assign(f, "aaaaaaaa-0000-4000-8000-0000000000a1"); /* the same again does not begin anew */
    assert_false(may_read(f));
    f->clock.ahead_ms += 1000;
    assert_true(may_read(f));
}

static void a_principal_is_known_later(void **state)
{
    struct fixture *f = *state;
    struct sim_principal before = {0}, after = {0};

    sim_principal_put(f->world, &before);
    sim_setting_set(f->world, "principal-lag", "10s");
    sim_principal_put(f->world, &after);
    assert_true(before.known_ms <= sim_now_ms(f->world));
    assert_true(after.known_ms >= sim_now_ms(f->world) + 9000);
}

static void a_rate_holds_for_each_key(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 8; i++)
        assert_int_equal(sim_rate_take(f->world, "a", 8), 0);
    assert_int_equal(sim_rate_take(f->world, "a", 8), 1);
    assert_int_equal(sim_rate_take(f->world, "b", 8), 0);
    f->clock.ahead_ms += 250;
    assert_int_equal(sim_rate_take(f->world, "a", 8), 0);
    assert_int_equal(sim_rate_take(f->world, "a", 8), 0);
    assert_int_equal(sim_rate_take(f->world, "a", 8), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(settings_are_checked),         TEST(settings_are_put_back),
        TEST(a_new_resource_settles),       TEST(a_deleted_resource_goes_slowly),
        TEST(an_operation_tells_its_state), TEST(a_role_takes_effect_later),
        TEST(a_principal_is_known_later),   TEST(a_rate_holds_for_each_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
