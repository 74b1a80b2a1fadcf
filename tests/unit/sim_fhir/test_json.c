/* The JSON of resources: numbers keep their text, bad texts are refused with a place. */
#include "fixture.h"

#include "simulators/fhir/json.h"

static struct base_arena arena;

static int open_arena(void **state)
{
    (void)state;
    base_arena_init(&arena);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    base_arena_release(&arena);
    return 0;
}

static cJSON *parse(const char *text)
{
    struct base_error err = {0};
    cJSON *node = fhir_json_parse(&arena, text, strlen(text), &err);

    if (!node)
        fail_msg("%s: %s", text, err.message);
    return node;
}

static void assert_prints(const char *text, const char *expected)
{
    struct base_buf out = {0};

    fhir_json_print(&out, parse(text), false);
    assert_string_equal(out.data, expected);
    base_buf_release(&out);
}

static void texts_survive(void **state)
{
    static const char *const same[] = {
        "1.0",
        "-0",
        "1.00",
        "97.50",
        "3E-3",
        "1e+2",
        "[]",
        "{}",
        "null",
        "\"\"",
        "[1,\"a\",true,null,{\"b\":[false]}]",
        "{\"a\":{\"b\":1.10},\"c\":\"\\\"\\\\\\n\\u0001\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_prints(same[i], same[i]);
    assert_prints(" { \"a\" : [ 1 , 2 ] } ", "{\"a\":[1,2]}");
    assert_prints("\"\\u00e9\\ud83e\\uddea\\/\"", "\"\xc3\xa9\xf0\x9f\xa7\xaa/\"");
    assert_prints("\xef\xbb\xbf{}", "{}");
}

static void bad_texts(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "tru",
        "nul",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\t\"",
        "{} {}",
        "{'a':1}",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "\"\\u0000\"",
        "NaN",
        "{\"a\":1,,}",
        "\"\\ud800\\u0041\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct base_error err = {0};
        if (fhir_json_parse(&arena, bad[i], strlen(bad[i]), &err))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(err.status, BASE_INVALID);
        assert_non_null(strstr(err.message, "line 1"));
    }
}

static void depth_is_limited(void **state)
{
    char text[2 * FHIR_JSON_DEPTH + 8];
    struct base_error err = {0};

    (void)state;
    memset(text, '[', FHIR_JSON_DEPTH);
    memset(text + FHIR_JSON_DEPTH, ']', FHIR_JSON_DEPTH);
    assert_non_null(fhir_json_parse(&arena, text, 2 * FHIR_JSON_DEPTH, &err));
    memset(text, '[', FHIR_JSON_DEPTH + 1);
    assert_null(fhir_json_parse(&arena, text, FHIR_JSON_DEPTH + 1, &err));
    assert_non_null(strstr(err.message, "deep"));
}

static void equality(void **state)
{
    (void)state;
    assert_true(fhir_json_equal(parse("{\"a\":1,\"b\":[1,2]}"), parse("{\"b\":[1,2],\"a\":1}")));
    assert_false(fhir_json_equal(parse("{\"a\":1}"), parse("{\"a\":1.0}")));
    assert_false(fhir_json_equal(parse("{\"a\":1}"), parse("{\"a\":1,\"b\":2}")));
    assert_false(fhir_json_equal(parse("[1,2]"), parse("[2,1]")));
    assert_false(fhir_json_equal(parse("[1]"), parse("[1,2]")));
    assert_false(fhir_json_equal(parse("\"1\""), parse("1")));
    assert_false(fhir_json_equal(parse("true"), parse("false")));
}

static void editing(void **state)
{
    cJSON *object = parse("{\"a\":1,\"b\":2,\"c\":3}");
    struct base_buf out = {0};

    (void)state;
    fhir_json_put(object, "a", fhir_json_text(&arena, "x"));
    fhir_json_put(object, "d", fhir_json_bool(&arena, true));
    fhir_json_unlink(object, fhir_json_get(object, "c"));
    fhir_json_insert(object, object->child, "z", fhir_json_integer(&arena, -7));
    fhir_json_unlink(object, fhir_json_get(object, "d"));
    fhir_json_add(object, "e", fhir_json_array(&arena));
    fhir_json_print(&out, object, false);
    assert_string_equal(out.data, "{\"z\":-7,\"a\":\"x\",\"b\":2,\"e\":[]}");
    assert_ptr_equal(object->child->prev, fhir_json_get(object, "e"));
    base_buf_clear(&out);
    fhir_json_print(&out, parse("{\"a\":[1,{}]}"), true);
    assert_string_equal(out.data, "{\n  \"a\": [\n    1,\n    {}\n  ]\n}");
    base_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_survive, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(bad_texts, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(depth_is_limited, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(equality, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(editing, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
