/* The seed's own mappings, as they stand, from the customer's event to the Observation, and again: nothing changes. DAT-01, DAT-02. */
#include "vectors.h"

#include "fake_store.h"
#include "reference/dataplane/device_mapping.h"

static const char device_mapping[] =
    "{\"templateType\":\"CollectionContent\",\"template\":[{\"templateType\":\"JsonPathContent\","
    "\"template\":{"
    "\"typeName\":\"heartrate\",\"typeMatchExpression\":\"$..[?(@heartrate)]\","
    "\"deviceIdExpression\":\"$.deviceid\","
    "\"timestampExpression\":\"$.measurementdatetime\",\"patientIdExpression\":\"$.patientid\","
    "\"values\":[{"
    "\"required\":\"true\",\"valueExpression\":\"$.heartrate\",\"valueName\":\"hr\"}]}}]}";
static const char fhir_mapping[] =
    "{\"templateType\":\"CollectionFhirTemplate\",\"template\":[{\"templateType\":"
    "\"CodeValueFhir\",\"template\":{"
    "\"codes\":[{\"code\":\"8867-4\",\"system\":\"http://loinc.org\",\"display\":\"Heart rate\"}],"
    "\"periodInterval\":60,\"typeName\":\"heartrate\",\"value\":{\"defaultPeriod\":5000,\"unit\":"
    "\"count/min\","
    "\"valueName\":\"hr\",\"valueType\":\"SampledData\"}}}]}";

static const char *const events[] = {
    "{\"heartrate\":78,\"deviceid\":\"device-1\",\"patientid\":\"patient-1\","
    "\"measurementdatetime\":\"2020-12-01T08:00:00Z\"}",
    "{\"heartrate\":80,\"deviceid\":\"device-1\",\"patientid\":\"patient-1\","
    "\"measurementdatetime\":\"2020-12-01T08:00:05Z\"}",
};

/* First stage: the message that goes to the normalized hub. */
static void normalize(struct base_arena *arena, const char *event, struct base_buf *message)
{
    struct dp_mapping_errors errors = {0};
    struct base_error err = {0};
    dp_device_mapping_t *mapping =
        dp_device_mapping_load(device_mapping, strlen(device_mapping), &errors);
    struct dp_measurements list = {0};
    struct dp_token *envelope = NULL;

    assert_non_null(mapping);
    assert_int_equal(dp_envelope_make(arena, event, strlen(event), NULL, NULL, &envelope, &err),
                     BASE_OK);
    assert_int_equal(dp_device_mapping_evaluate(mapping, envelope, arena, &list, &err), BASE_OK);
    assert_int_equal(list.count, 1);
    list.items[0].has_ingestion = true;
    list.items[0].ingestion = dp_date_from_ms(1606809600000);
    dp_measurement_write(message, &list.items[0]);
    dp_device_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
}

/* Second stage: one batch of messages against the store. Returns how many changes it made. */
static int transform(struct base_arena *arena, const struct dp_measurements *batch,
                     const struct dp_store *store)
{
    struct dp_mapping_errors errors = {0};
    struct base_error err = {0};
    dp_fhir_mapping_t *mapping = dp_fhir_mapping_load(fhir_mapping, strlen(fhir_mapping), &errors);
    struct dp_identity identity = {DP_IDENTITY_CREATE, NULL};
    const struct dp_fhir_template *template = NULL;
    struct dp_observation_groups parts;
    struct dp_groups groups;
    struct dp_ids ids;
    int changes = 0;

    assert_non_null(mapping);
    dp_group_measurements(arena, batch, &groups);
    assert_int_equal(groups.count, 1);
    assert_int_equal(
        dp_identity_resolve(&identity, store, groups.items[0].first, arena, &ids, &err), BASE_OK);
    assert_int_equal(dp_fhir_mapping_find(mapping, "heartrate", &template, &err), BASE_OK);
    assert_int_equal(dp_group_by_period(arena, &groups.items[0], template, &parts, &err), BASE_OK);
    for (size_t i = 0; i < parts.count; i++) {
        enum dp_saved saved = DP_SAVED_NO_OPERATION;
        assert_int_equal(
            dp_observation_save(store, template, &parts.items[i], &ids, 0, &saved, &err), BASE_OK);
        changes += saved != DP_SAVED_NO_OPERATION;
    }
    dp_fhir_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
    return changes;
}

static void test_event_to_observation(void **state)
{
    struct fake_store fake = {0};
    struct dp_store store = fake_store_port(&fake);
    struct dp_measurements batch = {0};
    struct base_arena arena;
    struct base_error err = {0};
    const cJSON *observation;

    (void)state;
    base_arena_init(&arena);
    for (size_t i = 0; i < 2; i++) {
        struct base_buf message = {0};
        normalize(&arena, events[i], &message);
        assert_int_equal(
            dp_measurement_read(&arena, message.data, message.len, false, &batch, &err), BASE_OK);
        base_buf_release(&message);
    }
    assert_int_equal(transform(&arena, &batch, &store), 1);
    assert_int_equal(cJSON_GetArraySize(fake.resources), 3); /* Patient, Device, Observation */
    observation = cJSON_GetArrayItem(fake.resources, 2);
    assert_string_equal(base_json_text(observation, "status"), "final");
    assert_string_equal(base_json_text(observation, "code.coding.0.code"), "8867-4");
    assert_int_equal(strncmp(base_json_text(observation, "valueSampledData.data"), "78 80 E E", 9),
                     0);
    assert_string_equal(base_json_text(observation, "effectivePeriod.end"),
                        "2020-12-01T08:59:59.9999999Z");
    assert_int_equal(transform(&arena, &batch, &store), 0); /* delivered twice: nothing changes */
    cJSON_Delete(fake.resources);
    base_arena_release(&arena);
}

static void test_a_conflict_is_read_and_tried_again(void **state)
{
    struct fake_store fake = {.conflicts = 2};
    struct dp_store store = fake_store_port(&fake);
    struct dp_mapping_errors errors = {0};
    dp_fhir_mapping_t *mapping = dp_fhir_mapping_load(fhir_mapping, strlen(fhir_mapping), &errors);
    struct dp_sample sample = {DP_TICKS_UNIX, "1"};
    struct dp_series series = {"hr", &sample, 1, 1};
    struct dp_observation_group group = {DP_TICKS_UNIX, DP_TICKS_UNIX, "heartrate",
                                         "s",           &series,       1};
    struct dp_ids ids = {"p", "d", NULL};
    struct base_error err = {0};
    enum dp_saved saved;

    (void)state;
    assert_int_equal(
        dp_observation_save(&store, dp_fhir_mapping_at(mapping, 0), &group, &ids, 0, &saved, &err),
        BASE_OK);
    assert_int_equal(fake.updates, 3);
    assert_int_equal(fake.searches, 3);
    fake.conflicts = 9;
    sample.text = "2";
    assert_int_equal(
        dp_observation_save(&store, dp_fhir_mapping_at(mapping, 0), &group, &ids, 0, &saved, &err),
        BASE_CONFLICT);
    assert_false(dp_error_is_handled(&err, false, true));
    dp_fhir_mapping_free(mapping);
    cJSON_Delete(fake.resources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_to_observation),
        cmocka_unit_test(test_a_conflict_is_read_and_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
