/* What a line of events may be, and what a person is told about events, templates and mappings that do not fit. */
#include "../dataplane/vectors.h"

#include "reference/map/check.h"
#include "reference/map/device.h"
#include "reference/map/envelope.h"

static const char device_text[] =
    "{\"templateType\":\"CollectionContent\",\"template\":[\n"
    "{\"templateType\":\"CalculatedContent\",\"template\":{\"typeName\":\"spo2\",\n"
    "\"typeMatchExpression\":\"$..[?(@spo2 && @unit)]\",\n"
    "\"deviceIdExpression\":\"$.matchedToken.unit\",\n"
    "\"timestampExpression\":\"$.matchedToken.at\",\n"
    "\"values\":[{\"valueName\":\"sat\",\"valueExpression\":\"$.matchedToken.list[-1]\"}]}},\n"
    "{\"templateType\":\"CalculatedContent\",\"template\":{\"typeName\":\"hr\",\n"
    "\"typeMatchExpression\":{\"value\":\"Body.telemetry.hr\",\"language\":\"JmesPath\"},\n"
    "\"deviceIdExpression\":\"$.Body.unit\",\"timestampExpression\":\"$.Body.at\",\n"
    "\"values\":[]}}]}";

struct fixture {
    struct base_arena arena;
    dp_device_mapping_t *mapping;
    struct base_buf line;
};

static int set_up(void **state)
{
    struct fixture *f = base_alloc(sizeof *f);
    struct dp_mapping_errors errors = {0};

    base_arena_init(&f->arena);
    f->mapping = dp_device_mapping_load(device_text, strlen(device_text), &errors);
    assert_non_null(f->mapping);
    dp_mapping_errors_release(&errors);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    dp_device_mapping_free(f->mapping);
    base_buf_release(&f->line);
    base_arena_release(&f->arena);
    free(f);
    return 0;
}

static const char *told(struct fixture *f, const char *line, bool body_only)
{
    struct base_error err = {0};
    struct map_event event;

    base_buf_clear(&f->line);
    if (map_event_run(f->mapping, line, strlen(line), body_only, &f->arena, &event, &err) !=
        BASE_OK)
        return base_arena_printf(&f->arena, "%s", err.message);
    map_event_json(f->mapping, &event, 7, true, &f->arena, &f->line);
    return f->line.data;
}

static void test_lines_that_are_no_events(void **state)
{
    static const struct {
        const char *line, *begins;
    } cases[] = {
        {"[1]", "1: expected an event"},
        {"{\"Boy\":1}", "2: unknown member \"Boy\""},
        {"{\"Body\":1", "10: expected ',' or '}'"},
        {"{\"Body\":}", "9: expected a value"},
        {"{\"Body\":\"x}", "9: the text that begins here does not end"},
        {"{\"Body\" 1}", "9: expected ':'"},
        {"{\"Body\":1} x", "12: expected the end of the line"},
        {"{\"Body\":1,\"BodyText\":\"2\"}", "22: an event has Body or BodyText"},
        {"{\"BodyText\":2}", "13: BodyText must be a text"},
        {"{\"Properties\":[]}", "15: Properties must be an object"},
        {"{\"Properties\":{\"a\":nope}}", "20: "},
        {"{\"SystemProperties\":{\"a\":{\"@timestamp\":\"never\"}}}", "26: \"@timestamp\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = told(*state, cases[i].line, false);
        if (strncmp(got, cases[i].begins, strlen(cases[i].begins)) != 0)
            fail_msg("%s: got %s, want %s", cases[i].line, got, cases[i].begins);
    }
}

static void test_a_body_keeps_its_faults_and_depth(void **state)
{
    char deep[200] = "{\"Body\":";

    for (int i = 0; i < 64; i++)
        (void)strcat(deep, "[");
    for (int i = 0; i < 64; i++)
        (void)strcat(deep, "]");
    (void)strcat(deep, "}");
    assert_null(strstr(told(*state, deep, false), "error"));
    assert_non_null(strstr(told(*state, "{\"Body\":nope}", false), "\"stage\":\"parse\""));
    assert_non_null(strstr(told(*state, "nope", true), "\"stage\":\"parse\""));
    assert_null(strstr(told(*state, "{\"Body\":{/* } */a:'}',},}", false), "error"));
}

static void test_explanations(void **state)
{
    const char *got = told(*state, "{\"unt\":1,\"spo2\":97,\"telemetry\":{}}", true);

    assert_non_null(strstr(got, "$..[?(@spo2 )] alone selects 1"));
    assert_non_null(strstr(got, "$..[?( @unit)] alone selects 0"));
    assert_non_null(strstr(got, "the Body is Object with unt, spo2, telemetry"));
    assert_non_null(strstr(got, "Body.telemetry selects Object with no members"));
    got = told(*state, "{\"unit\":1,\"spo2\":97}", true);
    assert_non_null(strstr(got, "selects 1 token"));
    assert_non_null(
        strstr(got, "TimestampExpression ($.matchedToken.at) finds nothing; $.matchedToken selects "
                    "Object with unit, spo2; stopped"));
    got = told(*state, "{\"unit\":1,\"spo2\":97,\"AT\":1}", true);
    assert_non_null(strstr(got, "; its member is written AT, not at; stopped"));
    assert_non_null(strstr(got, "not reached: the failure of an earlier template"));
}

/* The engine names no place for what an evaluation itself throws; the command finds it. */
static void test_faults_have_a_place(void **state)
{
    const char *got =
        told(*state, "{\"unit\":1,\"spo2\":97,\"at\":\"2024-03-05T08:15:30Z\",\"list\":[1]}", true);

    assert_non_null(strstr(got, "\"exception\":\"ArgumentOutOfRangeException\""));
    assert_non_null(strstr(got, "\"line\":6,\"position\":"));
    got = told(*state, "{\"unit\":1,\"spo2\":97,\"at\":5}", true);
    assert_non_null(strstr(got, "\"line\":5,\"position\":"));
    assert_null(strstr(got, "Line Number"));
}

static void test_cross_checks(void **state)
{
    static const char text[] =
        "{\"templateType\":\"CollectionFhir\",\"template\":[{\"templateType\":\"CodeValueFhir\","
        "\"template\":{\"typeName\":\"SPO2\",\"codes\":[],\"value\":{\"valueType\":\"String\","
        "\"valueName\":\"saturation\"}}}]}";
    struct fixture *f = *state;
    struct dp_mapping_errors errors = {0};
    struct map_warnings warnings = {0};
    dp_fhir_mapping_t *fhir = dp_fhir_mapping_load(text, strlen(text), &errors);

    assert_non_null(fhir);
    map_cross_check(f->mapping, fhir, &f->arena, &warnings);
    assert_int_equal(warnings.count, 2);
    assert_non_null(strstr(warnings.items[0], "sat"));
    assert_non_null(strstr(warnings.items[1], "hr"));
    dp_fhir_mapping_free(fhir);
    dp_mapping_errors_release(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_that_are_no_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_body_keeps_its_faults_and_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_explanations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_faults_have_a_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cross_checks, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
