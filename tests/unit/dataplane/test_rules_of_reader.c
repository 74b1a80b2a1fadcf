/* Holds the rules of the token reader that no vector holds, and that no text, wherever it is cut, is read past its end. */
#include "vectors.h"

static const struct {
    const char *text, *expected; /* type and JSON; NULL: refused */
} rows[] = {
    /* numbers */
    {"0", "Integer 0"},
    {"-0", "Integer 0"},
    {"-0.0", "Float -0.0"},
    {"-012", "Integer -12"},
    {"010", "Integer 8"},
    {"09", NULL},
    {"00", "Integer 0"},
    {"0x1f", "Integer 31"},
    {"0X1F", "Integer 31"},
    {"-0x1F", NULL},
    {"0x", NULL},
    {"0xFFFFFFFFFFFFFFFF", "Integer -1"},
    {"0x10000000000000000", NULL},
    {"01777777777777777777777", "Integer -1"},
    {"1e5", "Float 100000.0"},
    {"1E400", "Float \"Infinity\""},
    {"1e-400", "Float 0.0"},
    {".5", "Float 0.5"},
    {"5.", "Float 5.0"},
    {".", NULL},
    {"-", NULL},
    {"+1", NULL},
    {"1+1", NULL},
    {"1a", NULL},
    {"1.2.3", NULL},
    {"9223372036854775807", "Integer 9223372036854775807"},
    {"9223372036854775808", "Integer 9223372036854775808"},
    {"-9223372036854775808", "Integer -9223372036854775808"},
    {"1e15", "Float 1E+15"},
    {"123456789012345.6", "Float 123456789012345.6"},
    {"0.00001", "Float 1E-05"},
    /* words */
    {"true", "Boolean true"},
    {"True", NULL},
    {"nul", NULL},
    {"NaN", "Float \"NaN\""},
    {"-Infinity", "Float \"-Infinity\""},
    {"-Inf", NULL},
    {"undefined", "Null null"},
    /* containers */
    {"[1,,2]", "Array [1,null,2]"},
    {"[,]", "Array [null]"},
    {"[1,]", "Array [1]"},
    {"[,1]", "Array [null,1]"},
    {"[1 2]", NULL},
    {"{,}", NULL},
    {"{\"a\":1,}", "Object {\"a\":1}"},
    {"{\"a\":,}", "Object {\"a\":null}"},
    {"{\"a\":}", NULL},
    {"{\"a\":1,,}", NULL},
    {"{a:1,'b':2,_c$1:3}", "Object {\"a\":1,\"b\":2,\"_c$1\":3}"},
    {"{a-b:1}", NULL},
    {"{1:2}", "Object {\"1\":2}"},
    {"{\"a\":1,\"b\":2,\"a\":3}", "Object {\"a\":3,\"b\":2}"},
    {"{\"a\" 1}", NULL},
    {"{\"a\" /*c*/ : 1}", NULL},
    {"{/*c*/\"a\":/*d*/1/*e*/}", "Object {\"a\":1}"},
    {"// c\r1", "Integer 1"},
    {"// c\n1", "Integer 1"},
    {"/* c", NULL},
    {"/ 1", NULL},
    {"new Date(1,2)", "Constructor [1,2]"},
    {"new Date[1]", NULL},
    {"[1", NULL},
    {"]", NULL},
    /* texts */
    {"'it\\'s'", "String \"it's\""},
    {"\"a\nb\"", "String \"a\\nb\""},
    {"\"\\u0041\\u00e9\"", "String \"A\xC3\xA9\""},
    {"\"\\ud83d\\ude00\"", "String \"\xF0\x9F\x98\x80\""},
    {"\"\\ud83d\"", "String \"\xEF\xBF\xBD\""},
    {"\"\\ud83d\\ud83d\\ude00\"", "String \"\xEF\xBF\xBD\xF0\x9F\x98\x80\""},
    {"\"\\ude00x\"", "String \"\xEF\xBF\xBDx\""},
    {"{\"\\ud800\":1,\"\\udfff\":2}", "Object {\"\xEF\xBF\xBD\":2}"},
    {"\"\\u12\"", NULL},
    {"\"\\x\"", NULL},
    {"\"a", NULL},
    /* dates */
    {"\"2024-03-05T08:15:30\"", "Date \"2024-03-05T08:15:30\""},
    {"\"2024-03-05T08:15:30z\"", "Date \"2024-03-05T08:15:30Z\""},
    {"\"2024-03-05T08:15:30.1000000Z\"", "Date \"2024-03-05T08:15:30.1Z\""},
    {"\"2024-03-05T08:15:30.12345678Z\"", "String"},
    {"\"2024-03-05T08:15:30.12345678\"", "String"},
    {"\"2024-03-05T08:15:30.123456789\"", "Date \"2024-03-05T08:15:30.1234567\""},
    {"\"2024-03-05T08:15:30.\"", "String"},
    {"\"2024-03-05T08:15:30 \"", "String"},
    {"\"2024-03-05T08:15:30+05\"", "Date \"2024-03-05T03:15:30+00:00\""},
    {"\"2024-03-05T08:15:30+0530\"", "Date \"2024-03-05T02:45:30+00:00\""},
    {"\"2024-03-05T08:15:30+05:30\"", "Date \"2024-03-05T02:45:30+00:00\""},
    {"\"2024-03-05T08:15:30-05:30\"", "Date \"2024-03-05T13:45:30+00:00\""},
    {"\"2024-03-05T08:15:30+05:\"", "Date \"2024-03-05T03:15:30+00:00\""},
    {"\"2024-03-05T08:15:30+05:3\"", "String"},
    {"\"2024-03-05T08:15:30+5\"", "String"},
    {"\"2024-03-05T08:15:30+05:99\"", "Date \"2024-03-05T01:36:30+00:00\""},
    {"\"2024-03-05T08:15:30Z+01\"", "String"},
    {"\"2024-03-05T24:00:00\"", "Date \"2024-03-06T00:00:00\""},
    {"\"2024-03-05T24:00:00.5\"", "String"},
    {"\"2024-03-05T24:00:01\"", "String"},
    {"\"2024-02-30T00:00:00Z\"", "String"},
    {"\"2023-02-29T00:00:00Z\"", "String"},
    {"\"0000-01-01T00:00:00Z\"", "String"},
    {"\"0001-01-01T00:00:00+05:00\"", "Date \"0001-01-01T00:00:00+00:00\""},
    {"\"9999-12-31T23:59:59-05:00\"", "Date \"9999-12-31T23:59:59.9999999+00:00\""},
    {"\"2024-03-05T08:15\"", "String"},
    {"\"2024-03-05 08:15:30\"", "String"},
    {"\"2024-03-05t08:15:30\"", "String"},
    {"\"2024-03-05\"", "String"},
    {"\"/Date(1709625600000)/\"", "Date \"2024-03-05T08:00:00Z\""},
    {"\"/Date(-1)/\"", "Date \"1969-12-31T23:59:59.999Z\""},
    {"\"/Date(1709625600000+0100)/\"", "Date \"2024-03-05T08:00:00+00:00\""},
    {"\"/Date(1709625600000-01)/\"", "Date \"2024-03-05T08:00:00+00:00\""},
    {"\"/Date(1709625600000+01:00)/\"", "String"},
    {"\"/Date(+5)/\"", "String"},
    {"\"/Date( 5)/\"", "String"},
    {"\"/Date(5Z)/\"", "String"},
    {"\"/Date()/\"", "String"},
};

/* Reads from a block of exactly this size, so that a byte read past the end is seen. */
static struct dp_token *read_exact(struct base_arena *arena, const char *text, size_t len,
                                   unsigned flags, struct base_error *err)
{
    char *copy = malloc(len ? len : 1);
    struct dp_token *token;

    assert_non_null(copy);
    memcpy(copy, text, len);
    token = dp_read(arena, copy, len, flags, err);
    free(copy);
    return token;
}

static void test_every_row(void **state)
{
    struct base_arena arena;
    int failed = 0;

    (void)state;
    base_arena_init(&arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = rows[i].text, *expected = rows[i].expected;
        struct base_error err = {0};
        struct base_buf got = {0};
        struct dp_token *token = read_exact(&arena, text, strlen(text), DP_READ_WHOLE, &err);
        base_buf_puts(&got, token ? dp_type_name(token->type) : "refused");
        if (token && !(expected && strcmp(expected, "String") == 0)) {
            base_buf_putc(&got, ' ');
            dp_token_write(&got, token);
        }
        if (strcmp(got.data, expected ? expected : "refused") != 0) {
            print_message("%s gives %s (%s), expected %s\n", text, got.data, err.message,
                          expected ? expected : "refused");
            failed++;
        }
        base_buf_release(&got);
    }
    base_arena_release(&arena);
    assert_int_equal(failed, 0);
}

/* A text cut anywhere is read or refused in words, and what is read prints to a text that is read again. */
static void check_cuts(struct base_arena *arena, const char *text, size_t len)
{
    for (size_t cut = 0; cut <= len; cut++)
        for (unsigned flags = 0; flags < 4; flags++) {
            struct base_error err = {0};
            struct base_buf printed = {0};
            struct dp_token *token;
            base_arena_reset(arena);
            token = read_exact(arena, text, cut, flags, &err);
            assert_int_equal(token == NULL, err.status != BASE_OK);
            if (token) {
                dp_token_write(&printed, token);
                assert_non_null(read_exact(arena, printed.data, printed.len, DP_READ_WHOLE, &err));
            } else {
                assert_string_equal(err.code, "JsonReaderException");
                assert_true(err.message[0] != '\0');
            }
            base_buf_release(&printed);
        }
}

static void test_every_truncation(void **state)
{
    static const char *const more[] = {
        "{\"a\":[1,2.5,\"x\\u00e9\\ud83d\\ude00\",null,true,{\"b\":\"2024-03-05T08:15:30.25+01:"
        "00\"}],c:'d'} // e",
        "[-Infinity,NaN,undefined,0x1F,/* c */ new Date(1, {\"x\":[]}), .5e-3]",
        "\xEF\xBB\xBF{\"\xC3\xA9\":\"\xE2\x82\xAC\xF0\x9F\x98\x80\"}",
        "\"/Date(1709625600000+0100)/\"",
    };
    static const char utf16[] = "\xFF\xFE[\0\"\0\x3D\xD8\x00\xDE\"\0,\0"
                                "1\0]\0";
    static const char utf32[] = "\x00\x00\xFE\xFF\0\0\0[\0\0\0"
                                "1\0\0\0]";
    struct base_arena arena;

    (void)state;
    base_arena_init(&arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_cuts(&arena, rows[i].text, strlen(rows[i].text));
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        check_cuts(&arena, more[i], strlen(more[i]));
    check_cuts(&arena, utf16, sizeof utf16 - 1);
    check_cuts(&arena, utf32, sizeof utf32 - 1);
    base_arena_release(&arena);
}

/* The bodies of all vectors, joined from pieces of any size, are the same tokens: the reader takes whole texts, so a piece may end
 * anywhere in what is joined. */
static void test_joined_from_pieces(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 5, 7, 512};
    struct base_arena arena, scratch;
    const struct dp_token *vectors;

    (void)state;
    base_arena_init(&arena);
    base_arena_init(&scratch);
    vectors = vectors_load(&arena, "iomt-device-vectors.json");
    for (size_t i = 0; i < vectors->children.count; i++) {
        const struct dp_token *event = dp_object_get(vectors->children.items[i].value, "event");
        const struct dp_token *body = event ? dp_object_get(event, "Body") : NULL;
        const char *text = body ? vectors_json(&arena, body) : "";
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            struct base_buf joined = {0};
            struct base_error err = {0};
            struct dp_token *whole, *pieces;
            for (size_t at = 0; at < strlen(text); at += sizes[k])
                base_buf_append(&joined, text + at, strnlen(text + at, sizes[k]));
            base_arena_reset(&scratch);
            whole = dp_read(&scratch, text, strlen(text), DP_READ_WHOLE, &err);
            pieces = read_exact(&scratch, joined.data ? joined.data : "", joined.len, DP_READ_WHOLE,
                                &err);
            assert_non_null(whole);
            assert_non_null(pieces);
            assert_string_equal(vectors_json(&scratch, whole), vectors_json(&scratch, pieces));
            base_buf_release(&joined);
        }
    }
    base_arena_release(&scratch);
    base_arena_release(&arena);
}

static void test_depth_is_bounded(void **state)
{
    struct base_arena arena;
    struct base_error err = {0};
    char text[140];

    (void)state;
    base_arena_init(&arena);
    memset(text, '[', 70);
    memset(text + 70, ']', 70);
    assert_non_null(read_exact(&arena, text + 6, 128, DP_READ_WHOLE, &err));
    assert_null(read_exact(&arena, text + 5, 130, DP_READ_WHOLE, &err));
    assert_non_null(strstr(err.message, "MaxDepth of 64"));
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_joined_from_pieces),
        cmocka_unit_test(test_depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
