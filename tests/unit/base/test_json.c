/* What everybody does with cJSON: strict parsing with places, walking, merging, pointing. */
#include "common/json.h"

#include "common/file.h"
#include "harness.h"

#include <unistd.h>

static cJSON *parse(const char *text)
{
    struct base_error err = {0};
    cJSON *node = base_json_parse(text, strlen(text), &err);
    if (!node)
        fail_msg("%s: %s", text, err.message);
    return node;
}

static void wrong_texts_have_a_place(void **state)
{
    static const struct {
        const char *text;
        size_t len; /* 0: up to the NUL */
        const char *place;
    } cases[] = {
        {"", 0, "1:1"},     {"{\"a\":1} x", 0, "1:9"}, {"{\n  \"a\": }", 0, "2:8"},
        {"[1,", 0, "1:"},   {"{} {}", 0, "1:4"},       {"1\0 ", 3, "1:2"},
        {"\"abc", 0, "1:"}, {"{\"a\" 1}", 0, "1:"},    {"nul", 0, "1:1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_error err = {0};
        if (base_json_parse(cases[i].text, cases[i].len ? cases[i].len : strlen(cases[i].text),
                            &err))
            fail_msg("accepted %s", cases[i].text);
        assert_int_equal(err.status, BASE_INVALID);
        if (!strstr(err.message, cases[i].place))
            fail_msg("%s: expected %s in %s", cases[i].text, cases[i].place, err.message);
    }
    char deep[3001];
    memset(deep, '[', 3000);
    deep[3000] = '\0';
    assert_null(base_json_parse(deep, 3000, NULL));
    assert_null(base_json_parse(NULL, 0, NULL));
}

static void good_texts_parse(void **state)
{
    static const char *const good[] = {"1",    " {} \n", "[]", "\"\\u00e4\\ud83d\\ude00\"",
                                       "null", "true"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cJSON_Delete(parse(good[i]));
    cJSON *cut = base_json_parse("[1]]", 3, NULL); /* the length counts */
    assert_non_null(cut);
    cJSON_Delete(cut);
}

static void files_load_with_their_path(void **state)
{
    char path[] = "/tmp/test_json_XXXXXX";
    struct base_error err = {0};

    (void)state;
    close(mkstemp(path));
    assert_int_equal(base_file_write(path, "{\n?", 3, 0600, NULL), BASE_OK);
    assert_null(base_json_load(path, &err));
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, ":2:")); /* cJSON points one past a missing member name */
    assert_int_equal(base_file_write(path, "{\"a\":[1]}", 9, 0600, NULL), BASE_OK);
    cJSON *node = base_json_load(path, NULL);
    assert_true(base_json_number(node, "a.0", 0) == 1);
    cJSON_Delete(node);
    unlink(path);
    base_error_clear(&err);
    assert_null(base_json_load(path, &err));
    assert_int_equal(err.status, BASE_NOT_FOUND);
}

static void walking_reads_what_is_there(void **state)
{
    cJSON *node = parse("{\"a\":{\"B\":[{\"c\":\"x\"},2,true]},\"n\":null,\"t\":\"true\"}");

    (void)state;
    assert_string_equal(base_json_text(node, "a.B.0.c"), "x");
    assert_null(base_json_text(node, "a.b.0.c"));
    assert_string_equal(base_json_at_nocase(node, "A.b.0.C")->valuestring, "x");
    assert_null(base_json_text(node, "a.B.1"));
    assert_true(base_json_number(node, "a.B.1", -1) == 2);
    assert_true(base_json_number(node, "a.B.7", -1) == -1);
    assert_true(base_json_true(node, "a.B.2"));
    assert_false(base_json_true(node, "t"));
    assert_true(cJSON_IsNull(base_json_at(node, "n")));
    assert_null(base_json_at(node, "n.x"));
    assert_null(base_json_at(node, "a.B.x"));
    assert_null(base_json_at(NULL, "a"));
    assert_ptr_equal(base_json_at(node, ""), node);
    cJSON_Delete(node);
}

static void setting_replaces(void **state)
{
    cJSON *node = cJSON_CreateObject();

    (void)state;
    base_json_set_text(node, "a", "1");
    base_json_set_number(node, "b", 2);
    base_json_set_bool(node, "c", true);
    base_json_set_text(node, "A", "upper");
    base_json_set(node, "a", base_json_textf("%d%s", 3, "x"));
    base_json_set_text(node, "b", NULL);
    base_json_set_text(node, "missing", NULL);
    char *text = base_json_print(node);
    assert_string_equal(text, "{\"a\":\"3x\",\"c\":true,\"A\":\"upper\"}");
    struct base_buf out = {0};
    base_json_append(&out, node);
    assert_string_equal(out.data, text);
    free(text);
    text = base_json_print_pretty(node);
    assert_non_null(strchr(text, '\n'));
    free(text);
    base_buf_release(&out);
    cJSON_Delete(node);
}

/* RFC 7396, appendix A. */
static void merge_patch_follows_the_rfc(void **state)
{
    static const char *const cases[][3] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
        {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
        {"{\"a\":\"foo\"}", "null", "null"},
        {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *target = parse(cases[i][0]), *patch = parse(cases[i][1]),
              *expected = parse(cases[i][2]);
        cJSON *result = base_json_merge_patch(target, patch);
        if (!base_json_equal(result, expected))
            fail_msg("%s patched with %s", cases[i][0], cases[i][1]);
        cJSON *unchanged = parse(cases[i][0]);
        assert_true(base_json_equal(target, unchanged));
        cJSON_Delete(unchanged);
        cJSON_Delete(target);
        cJSON_Delete(patch);
        cJSON_Delete(expected);
        cJSON_Delete(result);
    }
}

/* RFC 6901, section 5. */
static void pointers_follow_the_rfc(void **state)
{
    static const struct {
        const char *pointer;
        int value; /* -1: absent */
    } cases[] = {{"/", 0},       {"/a~1b", 1},    {"/c%d", 2}, {"/e^f", 3},    {"/g|h", 4},
                 {"/i\\j", 5},   {"/k\"l", 6},    {"/ ", 7},   {"/m~0n", 8},   {"/foo/1", 9},
                 {"/foo/2", -1}, {"/foo/01", -1}, {"foo", -1}, {"/foo/-", -1}, {"/a/b", -1}};
    cJSON *node = parse("{\"foo\":[\"bar\",9],\"\":0,\"a/"
                        "b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,"
                        "\" \":7,\"m~n\":8}");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *found = base_json_pointer(node, cases[i].pointer);
        int value = found ? found->valueint : -1;
        if (value != cases[i].value)
            fail_msg("%s gave %d", cases[i].pointer, value);
    }
    assert_ptr_equal(base_json_pointer(node, ""), node);
    cJSON_Delete(node);
}

static void equality_ignores_order_of_members(void **state)
{
    cJSON *a = parse("{\"a\":1,\"b\":[1,2]}"), *b = parse("{\"b\":[1,2],\"a\":1}"),
          *c = parse("{\"A\":1,\"b\":[1,2]}"), *d = parse("{\"a\":1,\"b\":[2,1]}");

    (void)state;
    assert_true(base_json_equal(a, b));
    assert_false(base_json_equal(a, c));
    assert_false(base_json_equal(a, d));
    assert_null(base_json_copy(NULL));
    cJSON_Delete(a);
    cJSON_Delete(b);
    cJSON_Delete(c);
    cJSON_Delete(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_texts_have_a_place),
        cmocka_unit_test(good_texts_parse),
        cmocka_unit_test(files_load_with_their_path),
        cmocka_unit_test(walking_reads_what_is_there),
        cmocka_unit_test(setting_replaces),
        cmocka_unit_test(merge_patch_follows_the_rfc),
        cmocka_unit_test(pointers_follow_the_rfc),
        cmocka_unit_test(equality_ignores_order_of_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
