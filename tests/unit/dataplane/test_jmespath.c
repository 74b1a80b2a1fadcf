/* Holds the JMESPath dialect to its rules, one row a rule: what an expression gives, or the exception it ends in. */
#include "jmespath_rows.h"

static void test_paths(void **state)
{
    static const struct row rows[] = {
        {"@.i", "Integer 7"},
        {" i ", "Integer 7"},
        {"o.a.p", "Integer 1"},
        {"o . a . p", "Integer 1"},
        {"i.p", "Null null"},
        {"\"quote\\\"d\"", "Integer 1"},
        {"\"line\\nfeed\"", "Integer 2"},
        {"\"\\u00e9\"", "Integer 3"},
        {"\"\xC3\xA9\"", "Integer 3"},
        {"a[0]", "Integer 3"},
        {"a[-3]", "Integer 3"},
        {"a[-4]", "Null null"},
        {"a[3]", "Null null"},
        {"a[99999999999]", "Integer 3"}, /* beyond 32 bits is read as 0 */
        {"s[0]", "Null null"},
        {"o[0]", "Null null"},
        {"a [ 1 ]", "Integer 1"},
        {"a[:2]", "Array [3,1]"},
        {"a[1:]", "Array [1,2]"},
        {"a[::2]", "Array [3,2]"},
        {"a[::-2]", "Array [2,3]"},
        {"a[-2:]", "Array [1,2]"},
        {"a[-10:2]", "Array [3,1]"},
        {"a[:-10:-1]", "Array [2,1,3]"},
        {"a[10::-2]", "Array [2,3]"},
        {"a[9::-2]", "Array [1]"}, /* steps are counted from the start that was written */
        {"a[2:1]", "Array []"},
        {"a[1:2147483647:2147483647]", "Array [1]"},
        {"a[-2147483648:2147483647:1]", "Array [3,1,2]"},
        {"s[1:2]", "Null null"},
        {"[i, s, zz]", "Array [7,\"text\",null]"},
        {"{x: i, \"y z\": zz}", "Object {\"x\":7,\"y z\":null}"},
        {"o.[a.p, b.p]", "Array [1,2]"},
        {"zz.[a]", "Null null"},
        {"n.{a: b}", "Null null"},
        {"o.[*]", "Array [[{\"p\":1},{\"p\":2},{},null]]"},
        {"o | a | p", "Integer 1"},
        {"zz | [@]", "Array [null]"},
        {"`[1, {\"a\": \"`\\``\"}]`[1].a", "!JsonReaderException"},
        {"`{\"a\": \"x\\`y\"}`.a", "String \"x`y\""},
        {"`\"2024-03-05T08:15:30Z\"`", "Date \"2024-03-05T08:15:30Z\""},
        {"'2024-03-05T08:15:30Z'", "String \"2024-03-05T08:15:30Z\""},
        {"'it\\'s'", "String \"it's\""},
        {"'a\\nb\\\\'", "String \"a\\\\nb\\\\\\\\\""},
        {"''", "String \"\""},
        {"` [1, 2.0, 1e3] `", "Array [1,2.0,1000.0]"},
        {"`12345678901234567890`", "Integer 12345678901234567890"},
    };

    (void)state;
    CHECK(rows);
}

static void test_projections(void **state)
{
    static const struct row rows[] = {
        {"rows[*].k", "Array [\"x\",\"y\",\"z\"]"},
        {"rows[*].v", "Array [5,null]"}, /* a null that was written stays, a missing one goes */
        {"rows[*].v.x", "Array []"},
        {"rows[*]", "Array [{\"k\":\"x\",\"v\":5,\"l\":[1,2]},{\"k\":\"y\",\"v\":null,\"l\":[3]},"
                    "{\"k\":\"z\",\"l\":[[4],null]},6]"},
        {"rows[].k", "Array [\"x\",\"y\",\"z\"]"},
        {"rows[3:].k", "Array []"},
        {"rows[3:]", "Array [null,6]"},
        {"rows[*].l[*]", "Array [[1,2],[3],[[4]]]"},
        {"rows[*].l[]", "Array [1,2,3,[4]]"},
        {"rows[*].l[][]", "Array [1,2,3,4]"},
        {"rows[*].l[0]", "Array [1,3,[4]]"},
        {"rows[*].l | [0]", "Array [1,2]"},
        {"(rows[*].l)[0]", "Array [1,3,[4]]"}, /* parentheses do not end a projection */
        {"rows[*].l[?@ > `1`]", "Array [[2],[3],[]]"},
        {"rows[*].[k, v]", "Array [[\"x\",5],[\"y\",null],[\"z\",null],[null,null]]"},
        {"a[*].[@]", "Array [[3],[1],[2]]"},
        {"rows[?k].{n: k}", "Array [{\"n\":\"x\"},{\"n\":\"y\"},{\"n\":\"z\"}]"},
        {"rows | [*].k", "Array [\"x\",\"y\",\"z\"]"},
        {"rows | [*][k]", "Array [[\"x\"],[\"y\"],[\"z\"],[null]]"},
        {"rows[*][k]", "!Exception"},
        {"o.*.p", "Array [1,2]"},
        {"o.*", "Array [{\"p\":1},{\"p\":2},{},null]"},
        {"*.a.p", "Array [1]"},
        {"a.*", "Null null"},
        {"o[*]", "Null null"},
        {"s[]", "Null null"},
        {"s[?@]", "Null null"},
        {"nested[]", "Array [1,[2,3],4,5]"},
        {"nested[][]", "Array [1,2,3,4,5]"},
        {"empty[]", "Array []"},
        {"rows[?v == null].k", "Array [\"y\",\"z\"]"}, /* null is a name here, of nothing */
        {"rows[?v == `null`].k", "Array [\"y\",\"z\"]"},
        {"rows[?!v].k", "Array [\"y\",\"z\"]"},
        {"rows[*].length(@)", "!Exception"},
        {"rows[?l].length(l)", "Array [2,1,2]"},
        {"rows[?l].to_number(k)", "Array []"},
        {"rows[*].k || i", "Array [\"x\",\"y\",\"z\"]"},
        {"empty[*].k || i", "Integer 7"},
        {"rows[*].k && i", "Integer 7"},
        {"!empty[*]", "Boolean true"},
        {"rows[*].k == ['x','y','z']", "Boolean true"},
        {"length(rows[*].k)", "Integer 3"},
        {"[rows[*].k]", "Array [[\"x\",\"y\",\"z\"]]"},
    };

    (void)state;
    CHECK(rows);
}

static void test_logic(void **state)
{
    static const struct row rows[] = {
        {"!i", "Boolean false"},
        {"!`0`", "Boolean false"},
        {"!e", "Boolean true"},
        {"!none", "Boolean true"},
        {"!zz", "Boolean true"},
        {"!!i", "Boolean true"},
        {"!d", "Boolean false"},
        {"e || zz || s", "String \"text\""},
        {"zz && i", "Null null"},
        {"e && i", "String \"\""},
        {"zz || t && i", "Integer 7"},
        {"t || zz && zz", "Boolean true"},
        {"i == `7` && s == 'text'", "Boolean true"},
        {"!i == `false`", "Boolean true"},
        {"!(i == `8`)", "Boolean true"},
        {"i != `7.0`", "Boolean true"},
        {"i >= `7.0`", "Boolean true"},
        {"big > i", "!InvalidCastException"},
        {"big == `12345678901234567890`", "Boolean true"},
        {"s > i", "Null null"},
        {"t > t", "Null null"},
        {"a > a", "Null null"},
        {"'a' < 'b'", "Boolean true"},
        {"'B' < 'a'", "Boolean true"},
        {"n < s", "Boolean true"},
        {"s < n", "Boolean false"},
        {"zz <= n", "Boolean true"},
        {"zz > n", "Boolean false"},
        {"s >= n", "Boolean true"},
        {"d > '03/05/2024 08:15'", "Boolean true"},
        {"d < d2", "Boolean true"}, /* as texts: 03/05/2024 and 12/30/2023 */
        {"d == d", "Boolean true"},
        {"`{\"a\":1,\"b\":[2]}` == `{\"b\":[2],\"a\":1}`", "Boolean true"},
        {"`[1,2]` == `[2,1]`", "Boolean false"},
        {"`[1]` == `[1.0]`", "Boolean false"},
        {"`{\"a\":1}` == `{\"a\":1,\"b\":1}`", "Boolean false"},
        {"n == zz", "Boolean true"},
        {"(zz || i) | @ == `7`", "Boolean true"},
        {"zz | `1` || `2`", "Integer 1"},
    };

    (void)state;
    CHECK(rows);
}

static void test_number_functions(void **state)
{
    static const struct row rows[] = {
        {"abs(`-2.5`)", "Float 2.5"},
        {"abs(`-2147483647`)", "Integer 2147483647"},
        {"abs(`2147483648`)", "!OverflowException"},
        {"abs(`-2147483648`)", "!OverflowException"},
        {"abs(big)", "!InvalidCastException"},
        {"abs('1')", "!Exception"},
        {"ceil(`-1.5`)", "Integer -1"},
        {"floor(`-1.5`)", "Integer -2"},
        {"floor(i)", "Integer 7"},
        {"ceil(`1e300`)", "!OverflowException"},
        {"avg(a)", "Float 2.0"},
        {"avg(empty)", "Null null"},
        {"avg(mixed)", "!Exception"},
        {"avg(i)", "!Exception"},
        {"sum(empty)", "Integer 0"},
        {"sum(`[1.5,2.5]`)", "Integer 4"},
        {"sum(`[1.5,2]`)", "Float 3.5"},
        {"max(`[1,2.5]`)", "Float 2.5"},
        {"max(`[1.5,2]`)", "Float 2.0"},
        {"min(a)", "Integer 1"},
        {"max(empty)", "Null null"},
        {"max(words)", "String \"B\""},
        {"min(words)", "String \"_\""},
        {"max(mixed)", "!Exception"},
        {"max(`[true]`)", "!Exception"},
        {"max(dates[*].d)", "String \"12/30/2023 00:00:00\""},
        {"to_number(' 7')", "Integer 7"},
        {"to_number('7 ')", "Integer 7"},
        {"to_number('+7')", "Integer 7"},
        {"to_number('-7')", "Integer -7"},
        {"to_number('1,000')", "Null null"},
        {"to_number('7.0')", "Float 7.0"},
        {"to_number('9223372036854775808')", "Float 9.223372036854776E+18"},
        {"to_number('')", "Null null"},
        {"to_number('0x10')", "Null null"},
        {"to_number(f)", "Float 2.5"},
        {"to_number(t)", "Null null"},
        {"to_number(a)", "Null null"},
        {"to_number(d)", "Null null"},
    };

    (void)state;
    CHECK(rows);
}

static void test_text_functions(void **state)
{
    static const struct row rows[] = {
        {"contains(s, 'ex')", "Boolean true"},
        {"contains(s, '')", "Boolean true"},
        {"contains(s, i)", "Boolean false"},
        {"contains('a7', i)", "Boolean true"},
        {"contains(s, n)", "!ArgumentNullException"},
        {"contains(s, a)", "!InvalidCastException"},
        {"contains(d, '03')", "Boolean false"},
        {"contains(a, `1.0`)", "Boolean false"},
        {"contains(mixed, n)", "Boolean true"},
        {"contains(o, 'a')", "!Exception"},
        {"starts_with(s, 'te')", "Boolean true"},
        {"starts_with(s, 'texts')", "Boolean false"},
        {"ends_with(s, 'xt')", "Boolean true"},
        {"ends_with(d, ':30')", "Boolean true"},
        {"starts_with(s, i)", "!Exception"},
        {"starts_with(s, n)", "!ArgumentNullException"},
        {"join(', ', words[:2])", "String \"b, B\""},
        {"join('', empty)", "String \"\""},
        {"join('-', mixed)", "!Exception"},
        {"join('-', dates[*].d)", "String \"01/02/2024 00:00:00-12/30/2023 00:00:00\""},
        {"length(emoji)", "Integer 4"},
        {"length(d)", "Integer 19"},
        {"length(o)", "Integer 4"},
        {"length(i)", "!Exception"},
        {"length(zz)", "!Exception"},
        {"reverse(a)", "Array [2,1,3]"},
        {"reverse('abc')", "String \"cba\""},
        {"reverse(reverse(emoji)) == emoji", "Boolean true"},
        {"to_string(d)", "Date \"2024-03-05T08:15:30.25Z\""},
        {"to_string(`1.0`)", "String \"1.0\""},
        {"to_string(n)", "String \"null\""},
        {"to_string(o.a)", "String \"{\\\"p\\\":1}\""},
        {"to_string(a[*])", "String \"[3,1,2]\""},
        {"type(d)", "String \"string\""},
        {"type(big)", "String \"number\""},
        {"type(zz)", "String \"null\""},
        {"type(t)", "String \"boolean\""},
        {"type(a)", "String \"array\""},
        {"type(none)", "String \"object\""},
        {"type(&i)", "!Exception"},
        {"insertString(emoji, 'X', `3`)", "String \"a\xF0\x9F\x98\x80Xb\""},
        {"insertString('', '', `0`)", "String \"\""},
        {"insertString('', '', `1`)", "!ArgumentOutOfRangeException"},
        {"insertString('', '', `2147483648`)", "!OverflowException"},
        {"insertString('', '', `9223372036854775808`)", "!InvalidCastException"},
        {"fromUnixTimestamp(`9223372036854775808`)", "!InvalidCastException"},
        {"insertString(s, 'X', `1.0`)", "!Exception"},
        {"insertString(s, d, `0`)", "!Exception"},
    };

    (void)state;
    CHECK(rows);
}

static void test_list_functions(void **state)
{
    static const struct row rows[] = {
        {"keys(o)", "Array [\"a\",\"b\",\"c\",\"d\"]"},
        {"values(o.a)", "Array [1]"},
        {"keys(a)", "!Exception"},
        {"keys(zz)", "!Exception"},
        {"to_array(n)", "Array [null]"},
        {"to_array(a)", "Array [3,1,2]"},
        {"map(&k, rows)", "Array [\"x\",\"y\",\"z\",null,null]"},
        {"map(&v, rows[?k])", "Array [5,null,null]"},
        {"map(k, rows)", "!Exception"},
        {"map(&k, o)", "!Exception"},
        {"map(&(@ == `1` || @), a)", "Array [3,true,2]"},
        {"not_null(zz, n)", "Null null"},
        {"not_null(n, e)", "String \"\""},
        {"merge(o.a, `{\"q\":2}`, `{\"p\":3}`)", "Object {\"p\":3,\"q\":2}"},
        {"merge(`{\"a\":[1],\"o\":{\"x\":1},\"k\":1}`, "
         "`{\"a\":[2],\"o\":{\"y\":2},\"k\":null,\"z\":null}`)",
         "Object {\"a\":[1,2],\"o\":{\"x\":1,\"y\":2},\"k\":1,\"z\":null}"},
        {"merge(a)", "!Exception"},
        {"merge(o, n)", "!InvalidCastException"},
        {"sort(a)", "Array [1,2,3]"},
        {"sort(`[2.5,1]`)", "Array [1,2.5]"},
        {"sort(`[1,3000000000]`)", "!OverflowException"},
        {"sort(`[3000000000.5,1]`)", "Array [1,3000000000.5]"},
        {"sort(words)", "Array [\"_\",\"1\",\"a\",\"A\",\"b\",\"B\"]"},
        {"sort(mixed)", "!Exception"},
        {"sort(empty)", "Array []"},
        {"sort(`[true,false]`)", "Array [false,true]"},
        {"sort(nested)", "!Exception"},
        {"sort(`[[1]]`)", "!InvalidCastException"},
        {"sort_by(nums[1:2], &w)", "Array [{\"w\":9}]"},
        {"sort_by(nums, &w)", "!Exception"},
        {"sort_by(rows[?k], &k)[*].k", "Array [\"x\",\"y\",\"z\"]"},
        {"sort_by(rows[?k], &v)", "!Exception"},
        {"sort_by(words[*].{w: @}, &w)[*].w", "Array [\"1\",\"A\",\"B\",\"_\",\"a\",\"b\"]"},
        {"sort_by(dates, &d)[0].d", "Date \"2023-12-30T00:00:00Z\""},
        {"sort_by(a, &`1`)", "Array [3,1,2]"},
        {"sort_by(a, 'x')", "!Exception"},
        {"max_by(nums, &w).w", "String \"1,000\""},
        {"min_by(nums, &w).w", "Integer 9"},
        {"max_by(rows[?k], &k)", "!Exception"},
        {"max_by(rows[0:1], &zz).k", "String \"x\""}, /* one element is not looked at */
        {"max_by(empty, &w)", "!InvalidOperationException"},
        {"max_by(rows[?k], &`1`).k", "String \"z\""},
        {"min_by(rows[?k], &`1`).k", "String \"z\""},
        {"max_by(o, &w)", "!Exception"},
    };

    (void)state;
    CHECK(rows);
}

static void test_own_functions(void **state)
{
    static const struct row rows[] = {
        {"add(i, f)", "Float 9.5"},
        {"add(i, big)", "!InvalidCastException"},
        {"add(zz, i)", "!Exception"},
        {"add(&i, i)", "!Exception"},
        {"subtract(`-9223372036854775808`, `1`)", "Integer 9223372036854775807"},
        {"multiply(`4611686018427387904`, `2`)", "Integer -9223372036854775808"},
        {"divide(`7`, `-2`)", "Integer -3"},
        {"divide(`-9223372036854775808`, `-1`)", "!OverflowException"},
        {"divide(`0.0`, `0`)", "Float \"NaN\""},
        {"divide(`-1.0`, `0`)", "Float \"-Infinity\""},
        {"pow(`3`, `-1`)", "Integer 0"},
        {"pow(`-2`, `63`)", "Integer -9223372036854775808"},
        {"pow(`0`, `-1`)", "!OverflowException"},
        {"pow(`2.0`, `3`)", "Float 8.0"},
        {"fromUnixTimestamp(`253402300799`)", "Date \"9999-12-31T23:59:59Z\""},
        {"fromUnixTimestamp(`253402300800`)", "!ArgumentOutOfRangeException"},
        {"fromUnixTimestamp(`-62135596800`)", "Date \"0001-01-01T00:00:00Z\""},
        {"fromUnixTimestamp(`-62135596801`)", "!ArgumentOutOfRangeException"},
        {"fromUnixTimestampMs(`253402300799999`)", "Date \"9999-12-31T23:59:59.999Z\""},
        {"fromUnixTimestampMs(`253402300800000`)", "!ArgumentOutOfRangeException"},
        {"fromUnixTimestampMs('1')", "!Exception"},
        {"fromunixtimestamp(i)", "!Exception"},
    };

    (void)state;
    CHECK(rows);
}

static void test_syntax(void **state)
{
    static const char *const wrong[] = {
        "",
        " ",
        ".",
        "a.",
        "a..b",
        ".a",
        "a b",
        "a[",
        "a]",
        "a[]]",
        "a[b]",
        "a['b']",
        "[a",
        "[]a",
        "[ ]x",
        "a[ ]",
        "a[1",
        "a[1 2]",
        "a[1:2:3:4]",
        "a[::0]",
        "a[1,2]",
        "a.[0]",
        "a.[]",
        "a.{}",
        "{}",
        "{a}",
        "{a:}",
        "{a:b,}",
        "{'a':b}",
        "{a:b,a:c}",
        "[a,]",
        "a.'b'",
        "a.`1`",
        "a.@",
        "a.!b",
        "a.\"b\"(c)",
        "\"a\"(b)",
        "a ||",
        "|| a",
        "a |",
        "a && && b",
        "a & b",
        "a = b",
        "a === b",
        "a == ",
        "!",
        "(a",
        "a)",
        "()",
        "&a",
        "f(",
        "length(",
        "length(a",
        "length(a,)",
        "length(,a)",
        "length a",
        "length()",
        "length(a,b)",
        "merge()",
        "not_null()",
        "upper(a)",
        "items(a)",
        "to_object(a)",
        "Length(a)",
        "$",
        "$.a",
        "a-b",
        "a#b",
        "1",
        "-1",
        "a.1",
        "\"a",
        "'a",
        "'a\\'",
        "`1",
        "`a`",
        "``",
        "` `",
        "`'a'`",
        "`{a:1}`",
        "`[1,]`",
        "`01`",
        "`+1`",
        "`.5`",
        "`NaN`",
        "`undefined`",
        "`1 2`",
        "`/**/1`",
        "`\"\t\"`",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud83d\"",
        "\"\\udc00\"",
        "\"a\nb\"",
        "a[*",
        "a[?",
        "a[?]",
        "a[?b",
        "a *",
        "a {b: c}",
        "\xC3\xA9",
        "a,b",
        "a:b",
        "map(&)",
        "[&a]",
    };
    struct base_error err;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        dp_jmes_t *made;
        err = (struct base_error){0};
        made = dp_jmes_compile(wrong[i], strlen(wrong[i]), &err);
        if (made)
            print_message("compiles: %s\n", wrong[i]);
        assert_null(made);
        assert_int_equal(err.status, BASE_INVALID);
        assert_true(err.message[0] != '\0');
    }
    err = (struct base_error){0};
    assert_null(dp_jmes_compile("a\0b", 3, &err));
    assert_string_equal(err.code, "Exception");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),          cmocka_unit_test(test_projections),
        cmocka_unit_test(test_logic),          cmocka_unit_test(test_number_functions),
        cmocka_unit_test(test_text_functions), cmocka_unit_test(test_list_functions),
        cmocka_unit_test(test_own_functions),  cmocka_unit_test(test_syntax),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
