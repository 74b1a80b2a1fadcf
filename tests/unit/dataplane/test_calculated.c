/* CalculatedContent in both languages: which expression is read how, what it sees, and how it fails. */
#include "vectors.h"

#include "reference/dataplane/device_mapping.h"

#define OPEN                                                                                       \
    "{\"templateType\":\"CollectionContent\",\"template\":[{\"templateType\":"                     \
    "\"CalculatedContent\",\"template\":{"
#define CLOSE "}}]}"

/* A mapping and an event -> the measurements, one a line, then "!<code> <message>" after a failure. */
static char *run(struct base_arena *arena, const char *mapping_text, const char *body)
{
    struct dp_mapping_errors errors = {0};
    dp_device_mapping_t *mapping =
        dp_device_mapping_load(mapping_text, strlen(mapping_text), &errors);
    struct dp_measurements list = {0};
    struct dp_token *envelope = NULL;
    struct base_error err = {0};
    struct base_buf out = {0};
    char *text;

    for (size_t i = 0; i < errors.count; i++) {
        dp_mapping_error_text(&errors.items[i], &out);
        base_buf_putc(&out, '\n');
    }
    if (mapping &&
        dp_envelope_make(arena, body, strlen(body), NULL, NULL, &envelope, &err) == BASE_OK)
        base_ignore(dp_device_mapping_evaluate(mapping, envelope, arena, &list, &err));
    for (size_t i = 0; i < list.count; i++) {
        base_buf_printf(&out, "%s", list.items[i].device_id);
        for (size_t k = 0; k < list.items[i].property_count; k++)
            base_buf_printf(&out, " %s=%s", list.items[i].properties[k].name,
                            list.items[i].properties[k].value);
        base_buf_putc(&out, '\n');
    }
    if (err.code[0])
        base_buf_printf(&out, "!%s %s\n", err.code, err.message);
    text = base_arena_strdup(arena, out.data ? out.data : "");
    base_buf_release(&out);
    dp_device_mapping_free(mapping);
    dp_mapping_errors_release(&errors);
    return text;
}

static void expect(const char *mapping, const char *body, const char *gives)
{
    struct base_arena arena;

    base_arena_init(&arena);
    assert_string_equal(run(&arena, mapping, body), gives);
    base_arena_release(&arena);
}

#define EVENT                                                                                      \
    "{\"id\":\"d1\",\"at\":\"2024-03-05T08:00:00Z\",\"matchedToken\":1,\"rows\":[{\"v\":1},{"      \
    "\"v\":null},null,{\"w\":2}]}"

/* The default is for strings and for objects without a language; objects may choose, by name in any case or by number. */
static void test_languages(void **state)
{
    (void)state;
    expect(OPEN "\"defaultExpressionLanguage\":\"jmesPATH\",\"typeName\":\"t\","
                "\"typeMatchExpression\":\"Body.rows[?v]\","
                "\"deviceIdExpression\":{\"value\":\"$.Body.id\",\"language\":0},"
                "\"timestampExpression\":\"Body.at\","
                "\"values\":[{\"valueName\":\"a\",\"valueExpression\":{\"value\":\"add("
                "matchedToken.v, `1`)\"}},"
                "{\"valueName\":\"b\",\"valueExpression\":{\"value\":\"$.matchedToken.v\","
                "\"language\":\"JSONPATH\"}}]" CLOSE,
           EVENT, "d1 a=2 b=1\n");
    expect(
        OPEN
        "\"typeName\":\"t\",\"typeMatchExpression\":{\"value\":\"Body.rows[3:]\",\"language\":1},"
        "\"deviceIdExpression\":\"$.Body.id\",\"timestampExpression\":\"$.Body.at\",\"values\":[{"
        "\"valueName\":\"a\","
        "\"valueExpression\":\"$.matchedToken.w\"}]" CLOSE,
        EVENT, "d1 a=2\n");
    expect(OPEN "\"defaultExpressionLanguage\":1,\"typeName\":\"t\",\"typeMatchExpression\":\"Body."
                "id\",\"deviceIdExpression\":"
                "\"matchedToken\",\"timestampExpression\":\"Body.at\",\"correlationIdExpression\":"
                "\"Body.matchedToken\","
                "\"values\":[]" CLOSE,
           EVENT, "d1\n");
}

/* Nulls that were written match too; values that are null, blank or no scalar go, unless they are required. */
static void test_values(void **state)
{
#define HEAD                                                                                       \
    OPEN "\"defaultExpressionLanguage\":\"JmesPath\",\"typeName\":\"t\",\"deviceIdExpression\":"   \
         "\"Body.id\",\"timestampExpression\":\"Body.at\","
    (void)state;
    expect(HEAD "\"typeMatchExpression\":\"Body.rows[*].v\",\"values\":[{\"valueName\":\"v\","
                "\"valueExpression\":\"matchedToken\"}]" CLOSE,
           EVENT, "d1 v=1\nd1\n");
    expect(HEAD "\"typeMatchExpression\":\"Body.rows[2:3]\",\"values\":[{\"valueName\":\"v\","
                "\"valueExpression\":\"type(matchedToken)\"}]" CLOSE,
           EVENT, "d1 v=null\n");
    expect(HEAD "\"typeMatchExpression\":\"Body.nothing || Body.rows[?zz]\",\"values\":[]" CLOSE,
           EVENT, "");
    expect(HEAD "\"typeMatchExpression\":\"Body.id == "
                "'x'\",\"values\":[{\"valueName\":\"v\",\"valueExpression\":\"[Body.id]\"},"
                "{\"valueName\":\"w\",\"valueExpression\":\"Body.rows[:1].v\"},{\"valueName\":"
                "\"at\",\"valueExpression\":\"Body.at\"}]" CLOSE,
           EVENT, "d1 at=03/05/2024 08:00:00\n");
    expect(HEAD "\"typeMatchExpression\":\"@\",\"values\":[{\"valueName\":\"v\",\"required\":true,"
                "\n \"valueExpression\":\"Body.zz\"}]" CLOSE,
           EVENT,
           "!IncompatibleDataException Line Number: 2, Position: 20. Unable to extract required "
           "value for [v] using Body.zz\n");
    expect(HEAD "\"typeMatchExpression\":\"@\",\"values\":[{\"valueName\":\"v\",\n "
                "\"valueExpression\":\"Body.rows[*]\"}]" CLOSE,
           EVENT,
           "!TemplateExpressionException Line Number: 2, Position: 20. Multiple tokens were "
           "returned using expression "
           "Body.rows[*]: 3 tokens were returned where one is expected.\n");
    expect(HEAD "\"typeMatchExpression\":\"Body.rows[*]\",\"values\":[{\"valueName\":\"v\","
                "\"valueExpression\":\"abs(matchedToken.v)\"}]" CLOSE,
           EVENT, "d1 v=1\n!Exception Error: invalid-type, function abs only accepts numbers.\n");
}

/* All that is wrong is told at once, each with its template, member, line and column. */
static void test_load_errors(void **state)
{
    (void)state;
    expect(
        OPEN
        "\"typeName\":\"t\",\"typeMatchExpression\":\"$.x\",\n\"deviceIdExpression\":{\"language\":"
        "\"JmesPath\",\n"
        "  \"value\":\"a..b\"},\"timestampExpression\":\"$.y\",\"values\":[{\"valueName\":\"v\",\n"
        "\"valueExpression\":{\"value\":\"lower(a)\",\"language\":\"jmespath\"}}]" CLOSE,
        "{}",
        "Line Number: 3, Position: 11. template[0].deviceIdExpression: The following JmesPath "
        "expression could not be "
        "parsed: a..b. Cause: Error: syntax after dot .\n"
        "Line Number: 4, Position: 28. template[0].values[0].valueExpression: The following "
        "JmesPath expression could not "
        "be parsed: lower(a). Cause: Error: unknown-function, no function named lower has been "
        "registered.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_load_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
