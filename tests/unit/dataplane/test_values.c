/* Holds how numbers, dates and texts are spelled and read, as .NET 8 does, and where a device's data go. */
#include "vectors.h"

#include "reference/dataplane/measurement.h"
#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

static void test_doubles_are_shortest(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {80.0, "80"},
        {36.65, "36.65"},
        {1e21, "1E+21"},
        {0.00001, "1E-05"},
        {0.0001, "0.0001"},
        {123456789012345680.0, "1.2345678901234568E+17"},
        {1e14, "100000000000000"},
        {1e15, "1E+15"},
        {-0.0, "-0"},
        {1.9811999999999999, "1.9811999999999999"},
        {0.1 + 0.2, "0.30000000000000004"},
        {5e-324, "5E-324"},
        {1.7976931348623157e308, "1.7976931348623157E+308"},
        {-1234.5, "-1234.5"},
        {0.000012345, "1.2345E-05"},
        {120.5, "120.5"},
    };
    char text[DP_NUMBER_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dp_double_text(rows[i].value, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void test_decimals_keep_their_scale(void **state)
{
    static const struct {
        const char *in, *out; /* NULL: not a decimal */
    } rows[] = {
        {"97.50", "97.50"},
        {" 12,345 ", "12345"},
        {"-1", "-1"},
        {"5-", "-5"},
        {"5 - ", "-5"},
        {"- 5", NULL},
        {"-5-", NULL},
        {"1,,2", "12"},
        {",5", NULL},
        {"1.2,3", NULL},
        {".", NULL},
        {"+.5", "0.5"},
        {"1.", "1"},
        {"007", "7"},
        {"0.00", "0.00"},
        {"-0", "0"},
        {"1e3", NULL},
        {"", NULL},
        {"high", NULL},
        {"1.2.3", NULL},
        {"$5", NULL},
        {"--1", NULL},
        {"79228162514264337593543950335", "79228162514264337593543950335"},
        {"79228162514264337593543950336", NULL},
        {"0.12345678901234567890123456789", "0.1234567890123456789012345679"},
    };
    char out[DP_NUMBER_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool good = dp_decimal_parse(rows[i].in, out);
        assert_int_equal(good, rows[i].out != NULL);
        if (good)
            assert_string_equal(out, rows[i].out);
    }
}

static void check_date(const char *text, bool sniffed, const char *iso)
{
    struct dp_date date;
    char out[DP_DATE_TEXT] = "";
    bool sniff = dp_date_sniff(text, strlen(text), &date);

    if (sniff != sniffed)
        fail_msg("%s: sniffed %d", text, sniff);
    if (!sniff && !dp_date_parse(text, &date)) {
        if (iso)
            fail_msg("%s is no date", text);
        return;
    }
    dp_date_iso(date, out);
    if (!iso || strcmp(out, iso) != 0)
        fail_msg("%s -> %s, expected %s", text, out, iso ? iso : "nothing");
}

static void test_dates(void **state)
{
    (void)state;
    check_date("2024-03-05T08:15:30.2500000Z", true, "2024-03-05T08:15:30.25Z");
    check_date("2024-03-05T08:15:30+05:30", true, "2024-03-05T02:45:30+00:00");
    check_date("2024-03-05T08:15:30-0100", true, "2024-03-05T09:15:30+00:00");
    check_date("2024-03-05T24:00:00Z", true, "2024-03-06T00:00:00Z");
    check_date("2024-02-29T00:00:00", true, "2024-02-29T00:00:00");
    check_date("2023-02-29T00:00:00", false, NULL);
    check_date("2024-03-05T24:46:01Z", false, NULL);
    check_date("/Date(1709625600000)/", true, "2024-03-05T08:00:00Z");
    check_date("/Date(1709625600000+0200)/", true, "2024-03-05T08:00:00+00:00");
    check_date("2024-03-05T08:15:30.12345678Z", false, "2024-03-05T08:15:30.1234568+00:00");
    check_date("2024-03-05", false, "2024-03-05T00:00:00");
    check_date("2024-03-05 08:15", false, "2024-03-05T08:15:00");
    check_date("2024-03-05T08:15Z", false, "2024-03-05T08:15:00+00:00");
    check_date("03/05/2024 08:15:30", false, "2024-03-05T08:15:30");
    check_date("3/5/2024 8:15:30 PM", false, "2024-03-05T20:15:30");
    check_date("Tue, 05 Mar 2024 08:15:30 GMT", false, "2024-03-05T08:15:30+00:00");
    check_date("March 5, 2024", false, "2024-03-05T00:00:00");
    check_date("1709625600", false, NULL);
    check_date("yesterday", false, NULL);
    check_date("2024-13-01", false, NULL);
    check_date("2024-03-05T", false, NULL);
    check_date("03/05/2024 12:05 AM", false, "2024-03-05T00:05:00");
    check_date("03/05/2024 12:05 PM", false, "2024-03-05T12:05:00");
    check_date("03/05/2024 0:05 PM", false, "2024-03-05T12:05:00");
    check_date("03/05/2024 13:05 PM", false, "2024-03-05T13:05:00");
    check_date("03/05/2024 13:05 AM", false, NULL);
    check_date("Tue, 05 Mar 2024 08:15:30 GMT", false, "2024-03-05T08:15:30+00:00");
    check_date("Wed, 05 Mar 2024 08:15:30 GMT", false, NULL);
    check_date("Tuesday, 5 March 2024", false, "2024-03-05T00:00:00");
    check_date("2024-03-05T08:15:30.99999995Z", false, "2024-03-05T08:15:31+00:00");
    check_date("0001-01-01T00:00:00Z", true, "0001-01-01T00:00:00Z");
    check_date("9999-12-31T23:59:59.9999999Z", true, "9999-12-31T23:59:59.9999999Z");
    check_date("0001-01-01T00:00:00+01:00", true, "0001-01-01T00:00:00+00:00");
}

static void test_partition_keys(void **state)
{
    static const struct {
        const char *device, *key;
    } rows[] = {{"ox-7", "83"}, {"OX-7", "83"},    {"device123", "28"}, {"band-22", "40"},
                {"d1", "77"},   {"scale1", "217"}, {"abba", "32"},      {"aaabbb", "191"}};
    char key[4];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dp_partition_key(rows[i].device, key);
        assert_string_equal(key, rows[i].key);
    }
}

static void test_text_is_decoded_and_compared_as_utf16(void **state)
{
    static const unsigned char utf16[] = {0xFF, 0xFE, '1', 0, 0x3D, 0xD8, 0x00, 0xDE};
    struct base_arena arena;
    size_t len;

    (void)state;
    base_arena_init(&arena);
    assert_string_equal(dp_text_decode(&arena, utf16, sizeof utf16, &len), "1\xF0\x9F\x98\x80");
    assert_string_equal(dp_text_decode(&arena, "\xEF\xBB\xBFx\xFFy", 6, &len), "x\xEF\xBF\xBDy");
    assert_true(dp_text_compare("\xF0\x9F\x98\x80", 4, "\xEF\xBF\xBD", 3) <
                0); /* U+1F600 below U+FFFD */
    assert_true(dp_text_equal_nocase("\xC3\x84rzte", "\xC3\xA4RZTE"));
    assert_string_equal(dp_text_lower(&arena, "\xC3\x84X"), "\xC3\xA4x");
    base_arena_release(&arena);
}

static void check_json(const char *text, const char *expected)
{
    struct base_arena arena;
    struct base_error err = {0};
    struct base_buf out = {0};
    struct dp_token *token;

    base_arena_init(&arena);
    token = dp_read(&arena, text, strlen(text), DP_READ_BODY, &err);
    if (token)
        dp_token_write(&out, token);
    if (!token != !expected || (token && strcmp(out.data, expected) != 0))
        fail_msg("%s -> %s (%s)", text, token ? out.data : "error", err.message);
    base_buf_release(&out);
    base_arena_release(&arena);
}

static void test_lenient_reader(void **state)
{
    char deep[200];

    (void)state;
    check_json("{a:1,'b':2,\"c\":3,}", "{\"a\":1,\"b\":2,\"c\":3}");
    check_json("[1,,2,]", "[1,null,2]");
    check_json("[0x1F,010,.5,1.,-0,1e3]", "[31,8,0.5,1.0,0,1000.0]");
    check_json("[NaN,Infinity,-Infinity,undefined]", "[\"NaN\",\"Infinity\",\"-Infinity\",null]");
    check_json("// c\n/* d */ true", "true");
    check_json("new Date(1, 2)", "[1,2]");
    check_json("'\\u0041\\ud83d\\ude00\\ud800'", "\"A\xF0\x9F\x98\x80\xEF\xBF\xBD\"");
    check_json("99999999999999999999", "99999999999999999999");
    check_json("", "null");
    check_json("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}");
    check_json("+1", NULL);
    check_json("09", NULL);
    check_json("{", NULL);
    check_json("[1 2]", NULL);
    check_json("{\"a\" 1}", NULL);
    check_json("\"\\q\"", NULL);
    check_json("truex", NULL);
    check_json("/* ", NULL);
    memset(deep, '[', 65);
    memset(deep + 65, ']', 65);
    deep[130] = '\0';
    check_json(deep, NULL);
    deep[129] = '\0';
    memmove(deep, deep + 1, 129);
    check_json(deep + 0, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]"
                         "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
}

static void test_many_members_are_found(void **state)
{
    struct base_arena arena;
    struct base_error err = {0};
    struct base_buf text = {0};
    struct dp_token *token;

    (void)state;
    base_arena_init(&arena);
    base_buf_putc(&text, '{');
    for (int i = 0; i < 20000; i++)
        base_buf_printf(&text, "m%d:%d,", i % 15000, i);
    base_buf_putc(&text, '}');
    token = dp_read(&arena, text.data, text.len, DP_READ_WHOLE, &err);
    assert_non_null(token);
    assert_int_equal(token->children.count, 15000);
    assert_int_equal(dp_object_get(token, "m4999")->integer, 19999);
    assert_int_equal(dp_object_get(token, "m14999")->integer, 14999);
    assert_null(dp_object_get(token, "m15000"));
    base_buf_release(&text);
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_are_shortest),
        cmocka_unit_test(test_decimals_keep_their_scale),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_partition_keys),
        cmocka_unit_test(test_text_is_decoded_and_compared_as_utf16),
        cmocka_unit_test(test_lenient_reader),
        cmocka_unit_test(test_many_members_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
