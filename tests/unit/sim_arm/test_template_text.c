/* The lenient reader of template text: what it takes beyond JSON, what it refuses, and where things stand (E104). */
#include "tests/unit/sim_arm/template.h"

static const struct {
    const char *text, *value;
} good[] = {
    {"{}", "{}"},
    {" [ ] ", "[]"},
    {"\xEF\xBB\xBF{\"a\":1}", "{\"a\":1}"},
    {"// first\r\n{\r\n  \"a\": 1, // one\r\n  /* two\r\n lines */ \"b\": [1,/**/2]\r\n}\r\n// "
     "last",
     "{\"a\":1,\"b\":[1,2]}"},
    {"{\"a\":\"x\n  y\"}", "{\"a\":\"x\\n  y\"}"},
    {"\"http://a/*b*/\"", "\"http://a/*b*/\""},
    {"{\"z\":1,\"a\":2,\"m\":3}", "{\"z\":1,\"a\":2,\"m\":3}"},
    {"[1.0,-0,1e3,0.5,123456789012345678,-1.50]", "[1.0,-0,1e3,0.5,123456789012345678,-1.50]"},
    {"\"\\u00e9\\ud83d\\ude00\\/\\n\"", "\"é😀/\\n\""},
    {"[true,false,null]", "[true,false,null]"},
};

static const struct {
    const char *text, *sentence;
    int line, column;
} bad[] = {
    {"", "a value was expected, the text ends", 1, 1},
    {"{", "the name of a member was expected", 1, 2},
    {"{\n  \"a\": 1,\n  \"A\": 2\n}", "the member 'A' is there twice", 3, 3},
    {"{\"a\" 1}", "':' was expected, '1' was found", 1, 6},
    {"{\"a\":1,}", "the name of a member was expected, '}' was found", 1, 8},
    {"[1 2]", "',' or ']' was expected, '2' was found", 1, 4},
    {"[1,]", "a value was expected, ']' was found", 1, 4},
    {"{} x", "the end of the text was expected, 'x' was found", 1, 4},
    {"/* never", "a comment has no end", 1, 1},
    {"\"never", "a string has no end", 1, 1},
    {"\"é\\q\"", "an escaped character was expected, 'q' was found", 1, 4},
    {"\"\\u0000\"", "cannot stand in a string", 1, 8},
    {"\"\\ud800\"", "the second half of a surrogate pair", 1, 8},
    {"\"\\uZZZZ\"", "four hexadecimal digits", 1, 4},
    {"01", "a number was expected", 1, 1},
    {"-", "a number was expected", 1, 1},
    {"1.", "a number was expected", 1, 1},
    {"1e999", "too great", 1, 1},
    {"nul", "a value was expected, 'n' was found", 1, 1},
    {"{\"a\":undefined}", "a value was expected, 'u' was found", 1, 6},
    {"/", "a value or a comment was expected", 1, 1},
};

static void reads_more_than_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cJSON *value = parse(good[i].text);
        char *printed = base_json_print(value);
        assert_string_equal(printed, good[i].value);
        free(printed);
        cJSON_Delete(value);
    }
}

static void refuses_with_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct base_error err = {0};
        int line, column;
        cJSON *value = arm_text_parse(bad[i].text, strlen(bad[i].text), &err);
        if (value || !strstr(err.message, bad[i].sentence))
            fail_msg("%s: %s", bad[i].text, err.message);
        assert_string_equal(err.code, "InvalidTemplate");
        arm_text_error_place(&err, &line, &column);
        if (line != bad[i].line || column != bad[i].column)
            fail_msg("%s: %s", bad[i].text, err.message);
    }
}

static void every_cut_is_refused_or_read(void **state)
{
    static const char text[] = "{ // c\r\n \"a\": [1, -2.5e3, \"x\\u00e9\\n\"], /* y */ \"b\": "
                               "{\"c\": null, \"d\": true}}";

    (void)state;
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        struct base_error err = {0};
        char *cut = base_strndup(text, len);
        cJSON *value = arm_text_parse(cut, len, &err);
        assert_null(value);
        assert_int_equal(err.status, BASE_INVALID);
        free(cut);
    }
}

static void knows_where_values_stand(void **state)
{
    static const char text[] = "{\n  \"resources\": [\n    {\"é\": 1, \"x.y\": {\"z\": 2}}\n  ]\n}";
    struct base_error err = {0};
    arm_text_t *read = arm_text_read(text, sizeof(text) - 1, &err);
    const cJSON *node;
    int line, column;

    (void)state;
    assert_non_null(read);
    node = arm_text_find(read, "resources[0].x.y.z");
    assert_int_equal(node->valueint, 2);
    assert_true(arm_text_place(read, node, &line, &column));
    assert_int_equal(line, 3);
    assert_int_equal(column, 27);
    node = arm_text_find(read, "Resources[0].nothing.here");
    assert_true(arm_text_place(read, node, &line, &column));
    assert_int_equal(column, 5);
    assert_false(arm_text_place(read, (const cJSON *)&err, &line, &column));
    arm_text_free(read);
}

static void nesting_and_size_have_limits(void **state)
{
    struct base_error err = {0};
    char *deep = base_alloc(5000001);
    cJSON *value;

    (void)state;
    memset(deep, '[', 200);
    assert_null(arm_text_parse(deep, 200, &err));
    assert_non_null(strstr(err.message, "nested more than 100 levels"));
    memset(deep, ']', 200);
    memset(deep, '[', 100);
    value = arm_text_parse(deep, 200, &err);
    assert_non_null(value);
    cJSON_Delete(value);
    memset(deep, ' ', 5000000);
    base_error_clear(&err);
    assert_null(arm_text_parse(deep, 5000000, &err));
    assert_int_equal(err.status, BASE_TOO_LARGE);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_more_than_json),         cmocka_unit_test(refuses_with_the_place),
        cmocka_unit_test(every_cut_is_refused_or_read), cmocka_unit_test(knows_where_values_stand),
        cmocka_unit_test(nesting_and_size_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
