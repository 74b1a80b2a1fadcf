/* Holds the rules of identity resolution (facts §7): what each mode looks for, makes, refuses. DST-01, DAT-01. */
#include "vectors.h"

#include "fake_store.h"

struct fixture {
    struct fake_store fake;
    struct dp_store store;
    struct base_arena arena;
    struct dp_ids ids;
    struct base_error err;
};

static int set_up(void **state)
{
    struct fixture *f = base_alloc(sizeof *f);

    f->store = fake_store_port(&f->fake);
    base_arena_init(&f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    cJSON_Delete(f->fake.resources);
    base_arena_release(&f->arena);
    free(f);
    return 0;
}

static void add(struct fixture *f, const char *json)
{
    cJSON *resource = cJSON_Parse(json);

    assert_non_null(resource);
    (void)cJSON_AddItemToArray(f->fake.resources, resource);
}

static enum base_status resolve(struct fixture *f, enum dp_identity_mode mode, const char *patient,
                                const char *encounter)
{
    struct dp_identity identity = {mode, "urn:dev"};
    struct dp_measurement m = {
        .type = "t", .device_id = "d-1", .patient_id = patient, .encounter_id = encounter};

    base_error_clear(&f->err);
    return dp_identity_resolve(&identity, &f->store, &m, &f->arena, &f->ids, &f->err);
}

static void test_lookup_needs_a_device_and_its_patient(void **state)
{
    struct fixture *f = *state;

    assert_int_not_equal(resolve(f, DP_IDENTITY_LOOKUP, "p-1", NULL), BASE_OK);
    assert_string_equal(f->err.code, "DeviceNotFoundException");
    add(f, "{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"system\":\"urn:dev\","
           "\"value\":\"d-1\"}]}");
    assert_int_not_equal(resolve(f, DP_IDENTITY_LOOKUP, "p-1", NULL), BASE_OK);
    assert_string_equal(f->err.code, "PatientNotFoundException");
    assert_true(dp_error_is_handled(&f->err, false, false));
    base_json_set(cJSON_GetArrayItem(f->fake.resources, 0), "patient",
                  cJSON_Parse("{\"reference\":\"patient/77\"}"));
    assert_int_equal(resolve(f, DP_IDENTITY_LOOKUP, "ignored", NULL), BASE_OK);
    assert_string_equal(f->ids.patient, "77");
    assert_string_equal(f->ids.device, "x");
    assert_int_equal(f->fake.updates, 0);
}

static void test_encounter_is_looked_up_when_named(void **state)
{
    struct fixture *f = *state;

    add(f, "{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"system\":\"urn:dev\","
           "\"value\":\"d-1\"}],"
           "\"patient\":{\"reference\":\"Patient/1\"}}");
    assert_int_not_equal(resolve(f, DP_IDENTITY_LOOKUP, NULL, "e-1"), BASE_OK);
    assert_string_equal(f->err.code, "EncounterNotFoundException");
    assert_int_not_equal(resolve(f, DP_IDENTITY_LOOKUP_WITH_ENCOUNTER, NULL, NULL), BASE_OK);
    assert_string_equal(f->err.code, "EncounterIdentityNotDefinedException");
    add(f, "{\"resourceType\":\"Encounter\",\"id\":\"en\",\"identifier\":[{\"value\":\"e-1\"}]}");
    assert_int_equal(resolve(f, DP_IDENTITY_LOOKUP_WITH_ENCOUNTER, NULL, "e-1"), BASE_OK);
    assert_string_equal(f->ids.encounter, "en");
}

static void test_create_makes_what_is_missing_under_stable_ids(void **state)
{
    struct fixture *f = *state;

    assert_int_not_equal(resolve(f, DP_IDENTITY_CREATE, " ", NULL), BASE_OK);
    assert_string_equal(f->err.code, "PatientIdentityNotDefinedException");
    assert_int_equal(resolve(f, DP_IDENTITY_CREATE, "p-1", NULL), BASE_OK);
    assert_string_equal(f->ids.patient,
                        "71196abf6fa4b43a97d95c877afdd3a32605bcc749008947b5db0b39e0f70794");
    assert_string_equal(f->ids.device,
                        "49d062b797177174744ce6704d2388a933060296dbf600471fcf90e9059cae91");
    assert_int_equal(f->fake.updates, 2);
    assert_int_equal(resolve(f, DP_IDENTITY_CREATE, "somebody else", NULL), BASE_OK);
    assert_string_equal(f->ids.patient,
                        "71196abf6fa4b43a97d95c877afdd3a32605bcc749008947b5db0b39e0f70794");
    assert_int_equal(f->fake.updates, 2);
}

static void test_create_links_a_device_without_patient(void **state)
{
    struct fixture *f = *state;

    add(f, "{\"resourceType\":\"Device\",\"id\":\"x\",\"meta\":{\"versionId\":\"4\"},"
           "\"identifier\":[{\"system\":\"urn:dev\",\"value\":\"d-1\"}]}");
    assert_int_equal(resolve(f, DP_IDENTITY_CREATE, "p-1", NULL), BASE_OK);
    assert_string_equal(f->ids.device, "x");
    assert_string_equal(f->fake.last_if_match, "4");
    assert_non_null(base_json_text(cJSON_GetArrayItem(f->fake.resources, 0), "patient.reference"));
}

static void test_create_refuses_a_device_of_another(void **state)
{
    struct fixture *f = *state;

    add(f, "{\"resourceType\":\"Device\",\"id\":\"x\",\"identifier\":[{\"system\":\"urn:dev\","
           "\"value\":\"d-1\"}],"
           "\"patient\":{\"reference\":\"https://elsewhere/Patient/1\"}}");
    assert_int_not_equal(resolve(f, DP_IDENTITY_CREATE, "p-1", NULL), BASE_OK);
    assert_string_equal(f->err.code, "PatientDeviceMismatchException");
}

static void test_two_devices_of_one_identifier_are_an_error(void **state)
{
    struct fixture *f = *state;
    static const char *const one = "{\"resourceType\":\"Device\",\"id\":\"%s\",\"identifier\":[{"
                                   "\"system\":\"urn:dev\",\"value\":\"d-1\"}]}";

    add(f, base_arena_printf(&f->arena, one, "a"));
    add(f, base_arena_printf(&f->arena, one, "b"));
    assert_int_not_equal(resolve(f, DP_IDENTITY_CREATE, "p-1", NULL), BASE_OK);
    assert_string_equal(f->err.code, "MultipleResourceFoundException");
}

static void test_modes_have_names(void **state)
{
    enum dp_identity_mode mode;

    (void)state;
    assert_true(dp_identity_mode_parse("create", &mode));
    assert_int_equal(mode, DP_IDENTITY_CREATE);
    assert_true(dp_identity_mode_parse("R4DeviceAndPatientLookupIdentityService", &mode));
    assert_int_equal(mode, DP_IDENTITY_LOOKUP);
    assert_false(dp_identity_mode_parse("Update", &mode));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lookup_needs_a_device_and_its_patient),
        TEST(test_encounter_is_looked_up_when_named),
        TEST(test_create_makes_what_is_missing_under_stable_ids),
        TEST(test_create_links_a_device_without_patient),
        TEST(test_create_refuses_a_device_of_another),
        TEST(test_two_devices_of_one_identifier_are_an_error),
        cmocka_unit_test(test_modes_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
