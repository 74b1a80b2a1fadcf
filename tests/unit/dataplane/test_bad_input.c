/* Broken mappings, events and expressions end in an error, never in a crash, a leak or unbounded work. */
#include "vectors.h"

#include "reference/dataplane/device_mapping.h"
#include "reference/dataplane/fhir_mapping.h"
#include "reference/dataplane/jsonpath.h"

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Changes, drops or doubles a few bytes; the same for the same seed. */
static void mutate(struct base_buf *out, const char *text, size_t len, uint32_t *seed)
{
    static const char bytes[] = "\"'{}[]():,.@$?*/\\0e-\xC3\xFF\0 nt";

    base_buf_clear(out);
    for (size_t i = 0; i < len; i++) {
        uint32_t dice = next_random(seed) % 60;
        if (dice == 0)
            continue;
        base_buf_putc(out, dice == 1 ? bytes[next_random(seed) % (sizeof bytes - 1)] : text[i]);
        if (dice == 2)
            base_buf_putc(out, text[i]);
    }
}

static void run_device(const char *mapping_text, size_t mapping_len, const char *event,
                       size_t event_len)
{
    struct dp_mapping_errors errors = {0};
    dp_device_mapping_t *mapping = dp_device_mapping_load(mapping_text, mapping_len, &errors);
    struct base_arena arena;
    struct base_error err = {0};
    struct dp_measurements list = {0};
    struct dp_token *envelope = NULL;
    struct base_buf out = {0};

    base_arena_init(&arena);
    assert_true((mapping != NULL) == (errors.count == 0));
    if (mapping &&
        dp_envelope_make(&arena, event, event_len, NULL, NULL, &envelope, &err) == BASE_OK)
        (void)!dp_device_mapping_evaluate(mapping, envelope, &arena, &list, &err);
    for (size_t i = 0; i < list.count; i++)
        dp_measurement_write(&out, &list.items[i]);
    for (size_t i = 0; i < errors.count; i++)
        dp_mapping_error_text(&errors.items[i], &out);
    base_buf_release(&out);
    dp_device_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
    base_arena_release(&arena);
}

static void test_mutated_vectors(void **state)
{
    struct base_arena arena;
    struct base_buf mapping = {0}, event = {0};
    const struct dp_token *device, *fhir;
    uint32_t seed = 7;

    (void)state;
    base_arena_init(&arena);
    device = vectors_load(&arena, "iomt-device-vectors.json");
    fhir = vectors_load(&arena, "iomt-fhir-vectors.json");
    for (size_t i = 0; i < device->children.count * 20; i++) {
        const struct dp_token *vector = device->children.items[i % device->children.count].value;
        const char *text = vectors_json(&arena, dp_object_get(vector, "deviceMapping"));
        const char *body =
            vectors_json(&arena, dp_object_get(dp_object_get(vector, "event"), "Body"));
        mutate(&mapping, text, strlen(text), &seed);
        mutate(&event, body, strlen(body), &seed);
        run_device(mapping.data ? mapping.data : "", mapping.len, body, strlen(body));
        run_device(text, strlen(text), event.data ? event.data : "", event.len);
    }
    for (size_t i = 0; i < fhir->children.count * 20; i++) {
        const struct dp_token *vector = fhir->children.items[i % fhir->children.count].value;
        const char *text = vectors_json(&arena, dp_object_get(vector, "fhirMapping"));
        struct dp_mapping_errors errors = {0};
        mutate(&mapping, text, strlen(text), &seed);
        dp_fhir_mapping_free(dp_fhir_mapping_load(mapping.data, mapping.len, &errors));
        dp_mapping_errors_release(&errors);
    }
    base_buf_release(&mapping);
    base_buf_release(&event);
    base_arena_release(&arena);
}

static enum base_status ignore_token(void *context, const struct dp_token *token)
{
    (void)context;
    (void)token;
    return BASE_OK;
}

/* Each "..*" multiplies the tokens: without a limit this would run for years. */
static void test_work_is_bounded(void **state)
{
    struct base_arena arena;
    struct dp_work work = {&arena, 100000};
    struct base_error err = {0};
    struct base_buf text = {0};
    dp_path_t *path;
    struct dp_token *token;

    (void)state;
    base_arena_init(&arena);
    for (int i = 0; i < 60; i++)
        base_buf_puts(&text, "..*");
    path = dp_path_compile(text.data, &err);
    assert_non_null(path);
    token = dp_read(&arena, "[[1,2],[3,[4,5]]]", 17, DP_READ_WHOLE, &err);
    assert_int_equal(dp_path_each(path, token, &work, ignore_token, NULL, &err), BASE_TOO_LARGE);
    assert_string_equal(err.code, "WorkLimitExceeded");
    dp_path_free(path);
    base_buf_release(&text);
    base_arena_release(&arena);
}

static void test_regular_expressions_are_bounded(void **state)
{
    struct base_arena arena;
    struct dp_work work = {&arena, 100000};
    struct base_error err = {0};
    dp_path_t *path = dp_path_compile("$[?(@ =~ /^(a+)+$/)]", &err);
    static const char text[] =
        "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"]";
    struct dp_token *token;

    (void)state;
    base_arena_init(&arena);
    token = dp_read(&arena, text, sizeof text - 1, DP_READ_WHOLE, &err);
    assert_int_equal(dp_path_each(path, token, &work, ignore_token, NULL, &err), BASE_TOO_LARGE);
    assert_string_equal(err.code, "RegexMatchTimeoutException");
    dp_path_free(path);
    base_arena_release(&arena);
}

static void test_members_given_twice(void **state)
{
    static const char text[] =
        "{\"templateType\":\"CollectionContent\",\"template\":[{\"templateType\":"
        "\"JsonPathContent\",\"template\":{"
        "\"typeName\":\"a\",\"TYPENAME\":\"b\",\"typeMatchExpression\":\"$..[?(@x =~ "
        "/a/)]\",\"TypeMatchExpression\":"
        "\"$..[?(@x =~ /b/)]\",\"deviceIdExpression\":\"$.d\",\"timestampExpression\":\"$.t\","
        "\"values\":[{\"valueName\":\"v\",\"valueExpression\":\"$.x\"}],\"Values\":[]}}]}";

    (void)state;
    run_device(text, sizeof text - 1, "{\"x\":\"b\"}", 9);
}

static void test_errors_name_their_place(void **state)
{
    static const char text[] =
        "{\"templateType\":\"CollectionContent\",\n \"template\":[{\"templateType\":"
        "\"JsonPathContent\",\n  \"template\":{\"typeName\":\"a\",\"typeMatchExpression\":\"$\","
        "\"deviceIdExpression\":\"$.d\",\n   \"timestampExpression\":\"$.t\",\"values\":"
        "[{\"valueName\":\"v\",\n  \"required\":\"yes\",\"valueExpression\":\"$.x\"}]}}]}";
    struct dp_mapping_errors errors = {0};
    struct base_buf line = {0};

    (void)state;
    assert_null(dp_device_mapping_load(text, sizeof text - 1, &errors));
    assert_int_equal(errors.count, 1);
    dp_mapping_error_text(&errors.items[0], &line);
    assert_string_equal(
        line.data,
        "Line Number: 5, Position: 14. template[0].values[0].required: Could not convert "
        "string to boolean: yes.");
    base_buf_release(&line);
    dp_mapping_errors_release(&errors);
}

/* Found by fuzzing: the message of an unknown value type is its name, and a name may begin with a NUL. */
static void test_a_blank_value_type_is_named(void **state)
{
    static const char text[] = "{\"templateType\":\"CollectionFhir\",\"template\":[{"
                               "\"templateType\":\"CodeValueFhir\",\"template\":{"
                               "\"typeName\":\"t\",\"codes\":[],\"value\":{\"valueType\":"
                               "\"\\u0000String\",\"valueName\":\"v\"}}}]}";
    struct dp_mapping_errors errors = {0};

    (void)state;
    assert_null(dp_fhir_mapping_load(text, sizeof text - 1, &errors));
    assert_int_equal(errors.count, 1);
    assert_true(errors.items[0].message[0] != '\0');
    dp_mapping_errors_release(&errors);
}

/* Each row: what stands where the template's value should be, and the first error, or NULL. */
static void test_values_of_fhir_templates(void **state)
{
    static const char *const rows[][2] = {
        {"{\"valueType\":\"String\",\"extra\":1}", NULL},
        {"{\"ValueType\":\"string\",\"valueType\":\"None\"}", NULL},
        {"{\"VALUETYPE\":\"String\"}", "Property ValueType is missing."},
        {"null", "Cannot access child value on Newtonsoft.Json.Linq.JValue."},
        {"5", "Cannot access child value on Newtonsoft.Json.Linq.JValue."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dp_mapping_errors errors = {0};
        char *text = base_asprintf("{\"templateType\":\"CollectionFhir\",\"template\":[{"
                                   "\"templateType\":\"CodeValueFhir\",\"template\":{"
                                   "\"typeName\":\"t\",\"codes\":[],\"value\":%s}}]}",
                                   rows[i][0]);
        dp_fhir_mapping_t *mapping = dp_fhir_mapping_load(text, strlen(text), &errors);
        if (rows[i][1])
            assert_string_equal(errors.count ? errors.items[0].message : "", rows[i][1]);
        else
            assert_non_null(mapping);
        dp_fhir_mapping_free(mapping);
        dp_mapping_errors_release(&errors);
        free(text);
    }
}

/* Each row: what stands where an expression of CalculatedContent should be, and the first error, or NULL. */
static void test_expressions_of_calculated_templates(void **state)
{
    static const char *const rows[][2] = {
        {"\"Body.d\"", NULL},
        {"{\"value\":\"d\",\"language\":\" jmespath \"}", NULL},
        {"{\"VALUE\":\"d\",\"Language\":1,\"extra\":[]}", NULL},
        {"{\"value\":\"d\",\"language\":\"0\"}", NULL},
        {"{\"value\":\"d\",\"language\":null}", NULL},
        {"{\"value\":5,\"language\":\"JsonPath\"}", NULL},
        {"{\"value\":[],\"language\":\"JsonPath\"}", "Error converting value []"},
        {"{\"value\":null}", "Required property 'Value' expects a value but got null."},
        {"{}", "Required property 'Value' not found in JSON."},
        {"{\"value\":\"d\",\"language\":\"XPath\"}", "Error converting value \"XPath\""},
        {"{\"value\":\"a[\",\"language\":\"JmesPath\"}",
         "The following JmesPath expression could not be parsed"},
        {"{\"value\":\"a[\",\"language\":\"JsonPath\"}", NULL},
        {"5", "Error converting value 5"},
        {"\"d\",\"defaultExpressionLanguage\":null", "Cannot convert null value to"},
        {"\"d\",\"DefaultExpressionLanguage\":\"1\"",
         "The following JmesPath expression could not be parsed: $."},
        {"null", "Required property 'DeviceIdExpression' expects a value but got null."},
        {"\"\"", "Required property 'DeviceIdExpression' expects a value but got null."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dp_mapping_errors errors = {0};
        char *text = base_asprintf("{\"templateType\":\"CollectionContent\",\"template\":[{"
                                   "\"templateType\":\"CalculatedContent\",\"template\":{"
                                   "\"typeName\":\"t\",\"typeMatchExpression\":\"$\","
                                   "\"timestampExpression\":\"$.t\",\"values\":[],"
                                   "\"deviceIdExpression\":%s}}]}",
                                   rows[i][0]);
        dp_device_mapping_t *mapping = dp_device_mapping_load(text, strlen(text), &errors);
        const char *error = errors.count ? errors.items[0].message : "";
        if (rows[i][1] ? strncmp(error, rows[i][1], strlen(rows[i][1])) != 0 : !mapping)
            fail_msg("%s: \"%s\", expected \"%s\"", rows[i][0], error,
                     rows[i][1] ? rows[i][1] : "");
        dp_device_mapping_free(mapping);
        dp_mapping_errors_release(&errors);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutated_vectors),
        cmocka_unit_test(test_work_is_bounded),
        cmocka_unit_test(test_regular_expressions_are_bounded),
        cmocka_unit_test(test_members_given_twice),
        cmocka_unit_test(test_errors_name_their_place),
        cmocka_unit_test(test_a_blank_value_type_is_named),
        cmocka_unit_test(test_values_of_fhir_templates),
        cmocka_unit_test(test_expressions_of_calculated_templates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
