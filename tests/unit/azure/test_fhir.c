/* A FHIR service: searches over pages, updates with conditions, OperationOutcome errors. */
#include "azure/fhir.h"

#include "script.h"

#define FHIR "https://ws-svc.fhir.azurehealthcareapis.com"
#define OUTCOME(code, text)                                                                        \
    "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"" code   \
    "\",\"diagnostics\":\"" text "\"}]}"
#define MATCH(id)                                                                                  \
    "{\"fullUrl\":\"x\",\"resource\":{\"resourceType\":\"Device\",\"id\":\"" id                    \
    "\"},\"search\":{\"mode\":\"match\"}}"

struct world {
    struct script script;
    struct az_fhir fhir;
};

static int setup(void **state)
{
    struct world *world = base_alloc(sizeof *world);

    script_init(&world->script, 1000);
    world->fhir = (struct az_fhir){
        .az = world->script.az, .credential = world->script.credential, .url = FHIR "/"};
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

static enum base_status search_it(struct world *world, cJSON **out, struct base_error *err)
{
    memset(err, 0, sizeof *err);
    *out = (cJSON *)world;
    return az_fhir_search(&world->fhir, "Device", "identifier", "http://sys|a b&c", out, err);
}

static void a_search_follows_next_links(void **state)
{
    struct world *world = *state;
    struct base_error err;
    cJSON *out;

    SCRIPT(&world->script,
           {200, "{\"resourceType\":\"Bundle\",\"link\":[{\"relation\":\"self\",\"url\":\"" FHIR
                 "/self\"},{\"relation\":\"next\",\"url\":\"" FHIR
                 "/Device?identifier=x&ct=abc%3D\"}],\"entry\":[" MATCH("1") "," MATCH(
                     "2") ",{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"p\"},\"search\":{"
                          "\"mode\":\"include\"}}]}"},
           {200, "{\"resourceType\":\"Bundle\",\"link\":[{\"relation\":\"next\",\"url\":\"" FHIR
                 "/page3\"}]}"},
           {200, "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"id\":\"3\"}}]}"});
    assert_int_equal(search_it(world, &out, &err), BASE_OK);
    script_done(&world->script);
    assert_call(&world->script, 0, "GET", FHIR "/Device?identifier=http%3A%2F%2Fsys%7Ca%20b%26c");
    assert_call(&world->script, 1, "GET", FHIR "/Device?identifier=x&ct=abc%3D");
    assert_call(&world->script, 2, "GET", FHIR "/page3");
    assert_string_equal(call_header(&world->script, 2, "Authorization"), "Bearer token-1");
    assert_string_equal(call_header(&world->script, 0, "Accept"), "application/fhir+json");
    char *scope = form_field(world->script.last_token.body, "scope");
    assert_string_equal(scope, FHIR "/.default"); /* the service's URL, without a slash */
    free(scope);
    assert_int_equal(cJSON_GetArraySize(out), 3);
    assert_string_equal(base_json_text(out, "0.id"), "1");
    assert_string_equal(base_json_text(out, "1.id"), "2");
    assert_string_equal(base_json_text(out, "2.id"), "3");
    cJSON_Delete(out);
}

static void nothing_found_is_an_empty_array(void **state)
{
    struct world *world = *state;
    struct base_error err;
    cJSON *out;

    SCRIPT(&world->script, {200, "{\"resourceType\":\"Bundle\",\"total\":0}"});
    assert_int_equal(search_it(world, &out, &err), BASE_OK);
    assert_int_equal(cJSON_GetArraySize(out), 0);
    cJSON_Delete(out);
}

static void a_search_that_goes_wrong_gives_nothing(void **state)
{
    static const char good[] = "{\"resourceType\":\"Bundle\",\"link\":[{\"relation\":\"next\","
                               "\"url\":\"" FHIR "/2\"}],\"entry\":[" MATCH("1") "]}";
    static const struct {
        struct reply second;
        enum base_status status;
        const char *code;
    } rows[] = {
        {{403, OUTCOME("forbidden", "no role")}, BASE_DENIED, "forbidden"},
        {{500, OUTCOME("exception", "x")}, BASE_UNAVAILABLE, "exception"},
        {{200, "{\"resourceType\":\"Device\"}"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, "[]"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, "cut{"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, "{\"resourceType\":\"Bundle\",\"entry\":[{\"search\":{\"mode\":\"match\"}}]}"},
         BASE_PROTOCOL,
         "InvalidAnswer"},
        {{200, "{\"resourceType\":\"Bundle\",\"link\":[{\"relation\":\"next\",\"url\":"
               "\"https://evil.example/2\"}]}"},
         BASE_PROTOCOL,
         "InvalidLink"},
    };
    static const struct reply endless = {200, good, {NULL}, false};
    struct world *world = *state;
    struct base_error err;
    cJSON *out;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct reply replies[] = {{200, good, {NULL}, false}, rows[i].second};
        script_set(&world->script, replies, 2);
        assert_int_equal(search_it(world, &out, &err), rows[i].status);
        assert_string_equal(err.code, rows[i].code);
        assert_null(out);
        script_done(&world->script);
    }
    script_set(&world->script, NULL, 0);
    world->script.repeat = &endless;
    assert_int_equal(search_it(world, &out, &err), BASE_TOO_LARGE);
    assert_null(out);
}

static void a_resource_is_read(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *out;

    SCRIPT(&world->script, {200, "{\"id\":\"a\"}"}, {404, OUTCOME("not-found", "no such")}, {410},
           {401, OUTCOME("login", "m")}, {401, OUTCOME("login", "m")});
    assert_int_equal(az_fhir_read(&world->fhir, "Patient", "a/b c", &out, &err), BASE_OK);
    assert_call(&world->script, 0, "GET", FHIR "/Patient/a%2Fb%20c");
    cJSON_Delete(out);
    assert_int_equal(az_fhir_read(&world->fhir, "Patient", "a", &out, &err), BASE_NOT_FOUND);
    assert_string_equal(err.code, "not-found");
    assert_string_equal(err.message, "no such");
    assert_null(out);
    assert_int_equal(az_fhir_read(&world->fhir, "Patient", "a", &out, NULL), BASE_NOT_FOUND);
    base_error_clear(&err);
    assert_int_equal(az_fhir_read(&world->fhir, "Patient", "a", &out, &err), BASE_UNAUTHENTICATED);
    assert_string_equal(err.code, "login");
    script_done(&world->script);
}

static void an_update_carries_its_version(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *resource = cJSON_Parse("{\"resourceType\":\"Observation\",\"id\":\"o1\"}"), *out;

    SCRIPT(&world->script, {200, "{\"meta\":{\"versionId\":\"4\"}}"}, {201, "{}"});
    assert_int_equal(az_fhir_update(&world->fhir, resource, "3", &out, &err), BASE_OK);
    assert_call(&world->script, 0, "PUT", FHIR "/Observation/o1");
    assert_string_equal(call_header(&world->script, 0, "If-Match"), "W/\"3\"");
    assert_string_equal(call_header(&world->script, 0, "Content-Type"), "application/fhir+json");
    assert_string_equal(world->script.calls[0].body,
                        "{\"resourceType\":\"Observation\",\"id\":\"o1\"}");
    assert_string_equal(base_json_text(out, "meta.versionId"), "4");
    cJSON_Delete(out);
    assert_int_equal(az_fhir_update(&world->fhir, resource, NULL, NULL, &err), BASE_OK);
    assert_null(call_header(&world->script, 1, "If-Match"));
    cJSON_Delete(resource);
}

static void a_lost_race_is_a_conflict(void **state)
{
    static const struct {
        struct reply reply;
        enum base_status status;
        const char *code;
    } rows[] = {
        {{412, OUTCOME("required", "The supplied version '3' did not match.")},
         BASE_CONFLICT,
         "required"},
        {{409, OUTCOME("conflict", "m")}, BASE_CONFLICT, "conflict"},
        {{400, OUTCOME("invalid", "m")}, BASE_INVALID, "invalid"},
        {{422, OUTCOME("processing", "m")}, BASE_INVALID, "processing"},
        {{404, OUTCOME("not-found", "m")}, BASE_NOT_FOUND, "not-found"},
    };
    struct world *world = *state;
    cJSON *resource = cJSON_Parse("{\"resourceType\":\"Observation\",\"id\":\"o1\"}");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        cJSON *out = (cJSON *)world;
        script_set(&world->script, &rows[i].reply, 1);
        assert_int_equal(az_fhir_update(&world->fhir, resource, "3", &out, &err), rows[i].status);
        assert_string_equal(err.code, rows[i].code);
        assert_int_equal(err.http_status, rows[i].reply.status);
        assert_null(out);
    }
    cJSON_Delete(resource);
}

static void numbers_stay_as_the_service_wrote_them(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *found, *stored;

    world->fhir.exact_numbers = true;
    SCRIPT(&world->script,
           {200, "{\"resourceType\":\"Bundle\",\"total\":1,\"entry\":[{\"resource\":{"
                 "\"resourceType\":\"Observation\",\"id\":\"o1\",\"v\":72.0}}]}"},
           {200, "{\"v\":1.50}"}, {200, ""});
    assert_int_equal(search_it(world, &found, &err), BASE_OK);
    assert_int_equal(
        az_fhir_update(&world->fhir, cJSON_GetArrayItem(found, 0), NULL, &stored, &err), BASE_OK);
    assert_string_equal(world->script.calls[1].body,
                        "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"v\":72.0}");
    assert_string_equal(base_json_at(stored, "v")->valuestring, "1.50");
    cJSON_Delete(stored);
    assert_int_equal(
        az_fhir_update(&world->fhir, cJSON_GetArrayItem(found, 0), NULL, &stored, &err), BASE_OK);
    assert_null(stored);
    cJSON_Delete(found);
}

static void an_update_needs_type_and_id(void **state)
{
    static const char *const texts[] = {"{\"id\":\"x\"}", "{\"resourceType\":\"Device\"}", "[]"};
    struct world *world = *state;

    for (size_t i = 0; i < 3; i++) {
        struct base_error err = {0};
        cJSON *resource = cJSON_Parse(texts[i]), *out = (cJSON *)world;
        assert_int_equal(az_fhir_update(&world->fhir, resource, NULL, &out, &err), BASE_INVALID);
        assert_null(out);
        cJSON_Delete(resource);
    }
    assert_int_equal(world->script.count, 0);
}

static void metadata_tells_whether_it_is_there(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};

    SCRIPT(&world->script, {200, "{\"resourceType\":\"CapabilityStatement\"}"}, {404});
    assert_int_equal(az_fhir_metadata(&world->fhir, &err), BASE_OK);
    assert_call(&world->script, 0, "GET", FHIR "/metadata?_summary=true");
    assert_int_equal(az_fhir_metadata(&world->fhir, &err), BASE_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_search_follows_next_links),
        TEST(nothing_found_is_an_empty_array),
        TEST(a_search_that_goes_wrong_gives_nothing),
        TEST(a_resource_is_read),
        TEST(an_update_carries_its_version),
        TEST(a_lost_race_is_a_conflict),
        TEST(numbers_stay_as_the_service_wrote_them),
        TEST(an_update_needs_type_and_id),
        TEST(metadata_tells_whether_it_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
