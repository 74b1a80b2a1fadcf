/* One stored document behind all versions (VER-01, VER-03): what each shows, takes, and leaves alone. */
#include "rp_test.h"

#define SHIPPED_DEST IC "/fhirdestinations/dest1"
#define SHIPPED_DESTINATION                                                                        \
    "{\"location\":\"westus2\",\"properties\":{\"resourceIdentityResolutionType\":\"Create\","     \
    "\"fhirServiceResourceId\":\"" FHIR "\",\"fhirMapping\":{\"content\":" FHIR_MAPPING "}}}"

static const char *const SHIPPED[] = {"2021-11-01", "2022-05-15", "2022-06-01", "2023-11-01",
                                      "2024-03-31"};
#define SHIPPED_COUNT (sizeof SHIPPED / sizeof *SHIPPED)

/* sku and kind are the seed's: a shipped version neither shows nor takes them, and its PUT leaves them. */
static void a_workspace_keeps_what_a_version_does_not_see(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS,
         "{\"location\":\"westus2\",\"kind\":\"fhir-R4\",\"sku\":{\"name\":\"Dedicated\"},"
         "\"properties\":{}}");
    for (size_t i = 0; i < SHIPPED_COUNT; i++) {
        struct answer get = call_version(w, "GET", WS, NULL, SHIPPED[i]);
        assert_null(base_json_at(get.body, "sku"));
        assert_null(base_json_at(get.body, "kind"));
        answer_release(&get);
        get = call_version(w, "PUT", WS, "{\"location\":\"westus2\",\"tags\":{\"a\":\"b\"}}",
                           SHIPPED[i]);
        assert_int_equal(get.status, 200);
        answer_release(&get);
        assert_fault(
            call_version(w, "PUT", WS, "{\"location\":\"westus2\",\"kind\":\"x\"}", SHIPPED[i]),
            400, "InvalidParameter", "kind");
        get = call_version(w, "PATCH", WS, "{\"tags\":{\"c\":\"d\"}}", SHIPPED[i]);
        assert_int_equal(get.status, 200);
        answer_release(&get);
        assert_fault(call_version(w, "PATCH", WS,
                                  "{\"properties\":{\"publicNetworkAccess\":\"Disabled\"}}",
                                  SHIPPED[i]),
                     400, "InvalidParameter", "properties");
    }
    struct answer get = call(w, "GET", WS, NULL);
    assert_string_equal(base_json_text(get.body, "sku.name"), "Dedicated");
    assert_string_equal(base_json_text(get.body, "kind"), "fhir-R4");
    answer_release(&get);
    world_free(w);
}

static void a_connector_is_the_same_in_all(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, "{\"location\":\"westus2\"}");
    make(w, IC, CONNECTOR);
    struct answer design = call(w, "GET", IC, NULL);
    for (size_t i = 0; i < SHIPPED_COUNT; i++) {
        struct answer get = call_version(w, "GET", IC, NULL, SHIPPED[i]);
        assert_true(base_json_equal(get.body, design.body));
        char *body = base_json_print(get.body);
        answer_release(&get);
        get = call_version(w, "PUT", IC, body, SHIPPED[i]);
        assert_int_equal(get.status, 200);
        answer_release(&get);
        free(body);
        get = call_version(w, "PATCH", IC, "{\"identity\":{\"type\":\"SystemAssigned\"}}",
                           SHIPPED[i]);
        assert_int_equal(get.status, 200);
        answer_release(&get);
    }
    answer_release(&design);
    world_free(w);
}

/* fhirdestinations have neither destinationType nor tags; tags set through the other name stay. */
static void destinations_by_either_name(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, "{\"location\":\"westus2\"}");
    make(w, IC, CONNECTOR);
    for (size_t i = 0; i < SHIPPED_COUNT; i++) {
        struct answer got = call_version(w, "PUT", SHIPPED_DEST, SHIPPED_DESTINATION, SHIPPED[i]);
        assert_int_equal(got.status, 201);
        assert_string_equal(base_json_text(got.body, "id"), SHIPPED_DEST);
        answer_release(&got);
        settle(w);
        assert_int_equal(status_of(w, "PATCH", DEST, "{\"tags\":{\"ward\":\"7\"}}"), 200);
        got = call_version(w, "PUT", SHIPPED_DEST, SHIPPED_DESTINATION, SHIPPED[i]);
        assert_int_equal(got.status, 200);
        assert_null(base_json_at(got.body, "tags"));
        assert_null(base_json_at(got.body, "properties.destinationType"));
        assert_string_equal(base_json_text(got.body, "location"), "westus2");
        answer_release(&got);
        got = call(w, "GET", DEST, NULL);
        assert_string_equal(base_json_text(got.body, "tags.ward"), "7");
        assert_string_equal(base_json_text(got.body, "properties.destinationType"), "FhirService");
        answer_release(&got);
        assert_fault(call_version(w, "PUT", SHIPPED_DEST, DESTINATION_TO(FHIR), SHIPPED[i]), 400,
                     "InvalidParameter", "properties.destinationType");
        got = call_version(w, "DELETE", SHIPPED_DEST, NULL, SHIPPED[i]);
        assert_int_equal(got.status, 202);
        answer_release(&got);
        settle(w);
        assert_int_equal(status_of(w, "GET", DEST, NULL), 404);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workspace_keeps_what_a_version_does_not_see),
        cmocka_unit_test(a_connector_is_the_same_in_all),
        cmocka_unit_test(destinations_by_either_name),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
