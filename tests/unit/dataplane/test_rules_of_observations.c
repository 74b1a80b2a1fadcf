/* Holds the rules of Observations that no vector holds: what each value type and each kind of period makes of odd templates, values and
 * existing Observations. */
#include "vectors.h"

#include "reference/dataplane/observation.h"

#define TIME(text) "2024-03-05T08:" text "Z"
#define EXISTING(rest) "{\"resourceType\":\"Observation\"," rest "}"
#define SAMPLED "{\"valueType\":\"SampledData\",\"valueName\":\"v\",\"defaultPeriod\":"
#define PERIOD                                                                                     \
    "\"effectivePeriod\":{\"start\":\"" TIME("00:00") "\",\"end\":\"" TIME("00:03") "\"},"

static const struct {
    const char *what, *members;  /* of the template, after codes and typeName */
    const char *measurements;    /* "time=value;time=value" of property v */
    const char *existing;        /* NULL: none */
    const char *path, *expected; /* a text or JSON at the path; or, without a path, the exception */
} rows[] = {
    {"correlation: the span of its values", "\"periodInterval\":-1,\"value\":" SAMPLED "1000}",
     TIME("00:05") "=5;" TIME("00:02") "=2", NULL, "valueSampledData.data", "2 E E 5"},
    {"a name of a period, blanks around",
     "\"periodInterval\":\" correlationid \",\"value\":" SAMPLED "1000}",
     TIME("00:05") "=5;" TIME("00:02") "=2", NULL, "valueSampledData.data", "2 E E 5"},
    {"the last value of a cell", "\"periodInterval\":-1,\"value\":" SAMPLED "2000}",
     TIME("00:00") "=1;" TIME("00:01") "=2;" TIME("00:02") "=3", NULL, "valueSampledData.data",
     "2 3"},
    {"a value on the edge is the next cell's", "\"periodInterval\":-1,\"value\":" SAMPLED "1000}",
     TIME("00:00") "=1;" TIME("00:00.9999999") "=2;" TIME("00:01") "=3", NULL,
     "valueSampledData.data", "2 3"},
    {"parts of ticks are cut off", "\"periodInterval\":-1,\"value\":" SAMPLED "333.33339}",
     TIME("00:00") "=1;" TIME("00:00.3333333") "=2", NULL, "valueSampledData.data", "1 2"},
    {"a period given as text", "\"periodInterval\":-1,\"value\":" SAMPLED "\"1,000.0\"}",
     TIME("00:00") "=1;" TIME("00:01") "=2", NULL, "valueSampledData.data", "1 2"},
    {"blanks at the end go", "\"periodInterval\":-1,\"value\":" SAMPLED "1000}",
     TIME("00:00") "=1;" TIME("00:01") "=2 ", NULL, "valueSampledData.data", "1 2"},
    {"one instant", "\"periodInterval\":0,\"value\":" SAMPLED "1000}", TIME("00:00.5") "=1", NULL,
     "effectivePeriod",
     "{\"start\":\"2024-03-05T08:00:00.5000000Z\",\"end\":\"2024-03-05T08:00:00.5000000Z\"}"},
    {"one hour", "\"periodInterval\":60,\"value\":" SAMPLED "3600000}", TIME("59:59.9999999") "=1",
     NULL, "effectivePeriod",
     "{\"start\":\"2024-03-05T08:00:00.0000000Z\",\"end\":\"2024-03-05T08:59:59.9999999Z\"}"},
    {"one day", "\"periodInterval\":\"1440\",\"value\":" SAMPLED "3600000}", TIME("59:59") "=1",
     NULL, "valueSampledData.data", "E E E E E E E E 1 E E E E E E E E E E E E E E E"},
    {"a quantity keeps its scale", "\"value\":{\"valueType\":\"quantity\",\"valueName\":\"v\"}",
     TIME("00:00") "= 1,097.50 ", NULL, "valueQuantity.value", "1097.50"},
    {"a quantity with a blank after its sign",
     "\"value\":{\"valueType\":\"Quantity\",\"valueName\":\"v\"}", TIME("00:00") "=- 5", NULL, NULL,
     "InvalidQuantityFhirValueException"},
    {"a quantity of two values",
     "\"periodInterval\":60,\"value\":{\"valueType\":\"Quantity\",\"valueName\":\"v\"}",
     TIME("00:00") "=5;" TIME("00:01") "=5", NULL, NULL, "InvalidQuantityFhirValueException"},
    {"a text of two values",
     "\"periodInterval\":60,\"value\":{\"valueType\":\"String\",\"valueName\":\"v\"}",
     TIME("00:00") "=5;" TIME("00:01") "=5", NULL, NULL, "InvalidOperationException"},
    {"a concept of two values",
     "\"periodInterval\":60,\"value\":{\"valueType\":\"CodeableConcept\",\"valueName\":\"v\","
     "\"text\":\"t\",\"codes\":[]}",
     TIME("00:00") "=5;" TIME("00:01") "=6", NULL, "valueCodeableConcept.text", "t"},
    {"a concept without codes",
     "\"value\":{\"valueType\":\"CodeableConcept\",\"valueName\":\"v\",\"text\":\"t\"}",
     TIME("00:00") "=5", NULL, NULL, "ArgumentNullException"},
    {"a value of another property", "\"value\":{\"valueType\":\"Quantity\",\"valueName\":\"V\"}",
     TIME("00:00") "=x", NULL, "status", "final"},
    {"a component without value", "\"components\":[{\"codes\":[]}]", TIME("00:00") "=5", NULL, NULL,
     "NullReferenceException"},
    {"a component without valueName",
     "\"components\":[{\"codes\":[],\"value\":{\"valueType\":\"String\"}}]", TIME("00:00") "=5",
     NULL, NULL, "ArgumentNullException"},
    {"a component",
     "\"components\":[{\"codes\":[],\"value\":{\"valueType\":\"String\",\"valueName\":\"v\"}}]",
     TIME("00:00") "=5", NULL, "component.0.valueString", "5"},
    {"a period that is none", "\"periodInterval\":61", TIME("00:00") "=5", NULL, NULL,
     "FhirDataMappingException"},
    /* merging */
    {"new wins at equal times", "\"value\":" SAMPLED "1000}", TIME("00:01") "=9",
     EXISTING(PERIOD "\"valueSampledData\":{\"data\":\"1 2 3 4\"}"), "valueSampledData.data",
     "1 9 3 4"},
    {"the period grows to the right", "\"value\":" SAMPLED "1000}", TIME("00:05") "=9",
     EXISTING(PERIOD "\"valueSampledData\":{\"data\":\"1 2 3 4\"}"), "valueSampledData.data",
     "1 2 3 4 E 9"},
    {"the period grows to the left", "\"value\":" SAMPLED "1000}", "2024-03-05T07:59:58Z=9",
     EXISTING(PERIOD "\"valueSampledData\":{\"data\":\"1 E 3 4\"}"), "valueSampledData.data",
     "9 E 1 E 3 4"},
    {"old cells take the template's period", "\"value\":" SAMPLED "2000}", TIME("00:02") "=9",
     EXISTING(PERIOD "\"valueSampledData\":{\"period\":1000,\"data\":\"1 2 3 4\"}"),
     "valueSampledData.data", "1 9"},
    {"from an instant", "\"value\":" SAMPLED "1000}", TIME("00:02") "=9",
     EXISTING("\"effectiveDateTime\":\"" TIME("00:00") "\",\"valueSampledData\":{\"data\":\"1\"}"),
     "valueSampledData.data", "1 E 9"},
    {"an empty stream", "\"value\":" SAMPLED "1000}", TIME("00:02") "=9",
     EXISTING(PERIOD "\"valueSampledData\":{\"data\":\" \"}"), NULL, "ArgumentException"},
    {"no stream", "\"value\":" SAMPLED "1000}", TIME("00:02") "=9",
     EXISTING(PERIOD "\"valueSampledData\":{\"period\":1}"), NULL, "ArgumentNullException"},
    {"no effective time", "\"value\":" SAMPLED "1000}", TIME("00:02") "=9",
     EXISTING("\"valueSampledData\":{\"data\":\"1\"}"), NULL, "ArgumentNullException"},
    {"another effective time", "\"value\":" SAMPLED "1000}", TIME("00:02") "=9",
     EXISTING("\"effectiveTiming\":{},\"valueSampledData\":{\"data\":\"1\"}"), NULL,
     "NotSupportedException"},
    {"another type of value", "\"value\":{\"valueType\":\"String\",\"valueName\":\"v\"}",
     TIME("00:00") "=5", EXISTING(PERIOD "\"valueQuantity\":{\"value\":5}"), NULL,
     "NotSupportedException"},
    {"the same text again", "\"value\":{\"valueType\":\"String\",\"valueName\":\"v\"}",
     TIME("00:00") "=5",
     EXISTING("\"status\":\"final\",\"effectivePeriod\":{\"start\":\"2024-03-05T08:00:00."
              "0000000Z\",\"end\":\"2024-03-05T08:00:00.0000000Z\"},\"valueString\":\"5\""),
     NULL, "unchanged"},
    {"a component that was not there is laid over the old period",
     "\"components\":[{\"codes\":[],\"value\":" SAMPLED "1000}}]", TIME("00:05") "=9",
     EXISTING(PERIOD "\"status\":\"final\""), "component.0.valueSampledData.data", "E E E E"},
    {"a component with the connector's coding",
     "\"components\":[{\"codes\":[],\"value\":" SAMPLED "1000}}]", TIME("00:05") "=9",
     EXISTING(PERIOD "\"component\":[{\"code\":{\"coding\":[{\"system\":\"x\",\"code\":\"v\"}]},"
                     "\"valueSampledData\":{\"data\":\"7\"}},"
                     "{\"code\":{\"coding\":[{\"system\":\"" DP_CONNECTOR_SYSTEM
                     "\",\"code\":\"v\"}]},\"valueSampledData\":{\"data\":\"1 2\"}}]"),
     "component.1.valueSampledData.data", "1 2 E E E 9"},
    {"a category goes when the template has none",
     "\"value\":{\"valueType\":\"String\",\"valueName\":\"v\"}", TIME("00:00") "=5",
     EXISTING(PERIOD "\"category\":[{\"text\":\"c\"}],\"valueString\":\"5\""), "status", "amended"},
};

static void measure(struct base_arena *arena, const char *text, struct dp_measurements *batch)
{
    char *rest = base_arena_strdup(arena, text), *item;

    while ((item = strsep(&rest, ";")) != NULL) {
        char *value = strchr(item, '=');
        struct dp_measurement *m = dp_measurements_add(arena, batch);
        *value++ = '\0';
        m->type = "t";
        m->device_id = "d";
        m->correlation_id = "c";
        assert_true(dp_date_parse(item, &m->occurrence));
        m->properties = base_arena_alloc(arena, sizeof *m->properties);
        m->properties[0] = (struct dp_property){"v", value};
        m->property_count = 1;
    }
}

/* The Observation after all groups; NULL on failure. */
static cJSON *observe(const struct dp_fhir_template *template, struct base_arena *arena,
                      const struct dp_measurements *batch, const char *existing,
                      struct base_error *err)
{
    static const struct dp_ids ids = {"p", "d", NULL};
    cJSON *observation = existing ? cJSON_Parse(existing) : NULL, *merged = NULL;
    struct dp_observation_groups parts;
    struct dp_groups groups;
    enum base_status status;

    assert_true(!existing || observation);
    dp_group_measurements(arena, batch, &groups);
    status = dp_group_by_period(arena, &groups.items[0], template, &parts, err);
    if (status == BASE_OK && !existing)
        return dp_observation_create(template, &parts.items[0], &ids, 0, err);
    if (status == BASE_OK)
        status = dp_observation_merge(template, &parts.items[0], observation, &merged, err);
    if (status == BASE_OK && !merged)
        (void)strcpy(err->code, "unchanged");
    cJSON_Delete(observation);
    return merged;
}

static char *answer(size_t i)
{
    struct dp_mapping_errors errors = {0};
    struct base_error err = {0};
    struct dp_measurements batch = {0};
    struct base_arena arena;
    dp_fhir_mapping_t *mapping;
    cJSON *observation;
    const cJSON *found;
    char *text, *got;

    base_arena_init(&arena);
    text = base_arena_printf(
        &arena,
        "{\"templateType\":\"CollectionFhir\",\"template\":[{\"templateType\":\"CodeValueFhir\","
        "\"template\":{\"typeName\":\"t\",\"codes\":[],%s}}]}",
        rows[i].members);
    mapping = dp_fhir_mapping_load(text, strlen(text), &errors);
    if (!mapping)
        fail_msg("%s: %s", rows[i].what, errors.items[0].message);
    measure(&arena, rows[i].measurements, &batch);
    observation = observe(dp_fhir_mapping_at(mapping, 0), &arena, &batch, rows[i].existing, &err);
    found = observation && rows[i].path ? base_json_at(observation, rows[i].path) : NULL;
    got = cJSON_IsString(found) ? base_strdup(found->valuestring)
          : found               ? cJSON_PrintUnformatted(found)
                                : base_strdup(observation ? "an Observation" : err.code);
    cJSON_Delete(observation);
    dp_fhir_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
    base_arena_release(&arena);
    return got;
}

static void test_every_row(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = answer(i);
        if (strcmp(got, rows[i].expected) != 0) {
            print_message("%s: %s, expected %s\n", rows[i].what, got, rows[i].expected);
            failed++;
        }
        free(got);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_row)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
