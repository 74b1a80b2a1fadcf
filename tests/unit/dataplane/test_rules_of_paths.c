/* Holds the rules of JSONPath that no vector holds: what the original's parser makes of odd texts, and how it compares. */
#include "vectors.h"

#include "reference/dataplane/jsonpath.h"

static const char document[] = "{\"list\":[10,20,30,40],\"a\":1,\"b\":{\"a\":2,\"c\":[{\"a\":3},{"
                               "\"a\":4.5}]},\" a\":7,\" \":{\"a\":8},\"$\":9,"
                               "\"t\":\"2024-03-05T08:15:30.25Z\",\"s\":\"78\",\"word\":\"abc\","
                               "\"big\":\"99999999999999999999\",\"grouped\":\"1,234.5\","
                               "\"yes\":\" True \",\"flag\":true,\"n\":null,\"tab\\t\":5}";

static const struct {
    const char *expression, *expected; /* results, one after another; or the exception */
} rows[] = {
    /* the main path */
    {" $.a", "1"},
    {" a", "7"},
    {"a ", "1"},
    {"  ", "*"},
    {"", "*"},
    {" .a", "8"},
    {" $", "IndexOutOfRangeException"},
    {"$ ", "9"},
    {"$$", ""},
    {"$.", "JsonException"},
    {"$. ", "*"},
    {"$..", "JsonException"},
    {"$.a .b", "JsonException"},
    {"$.a)", "JsonException"},
    {"$.a\t", "1"},
    {"$['tab\\t']", "5"},
    {"$...a", "1 2 3 4.5 8"},
    {"$.b..a", "2 3 4.5"},
    {"$..['a','a']", "1 1 2 2 3 3 4.5 4.5 8 8"},
    {"$['a','a']", "1 1"},
    {"$.list[0]x", "JsonException"},
    /* indexers */
    {"$.list(1)", "20"},
    {"$.list[ 1 ]", "20"},
    {"$.list[1 2]", "JsonException"},
    {"$.list[]", "JsonException"},
    {"$.list[ ]", "JsonException"},
    {"$.list[", "JsonException"},
    {"$.list[ ", "IndexOutOfRangeException"},
    {"$.list[* ", "IndexOutOfRangeException"},
    {"$.list[1*]", "10 20 30 40"},
    {"$.list[1,*]", "10 20 30 40"},
    {"$.list[*1]", "JsonException"},
    {"$.list[1,]", "JsonException"},
    {"$.list[0:2,1]", "30 20"},
    {"$.list[1,0:2]", "20 30"},
    {"$.list[0:,1]", "JsonException"},
    {"$.list[1:3]", "20 30"},
    {"$.list[ 1 : 3 ]", "20 30"},
    {"$.list[::2]", "10 30"},
    {"$.list[::-1]", "40 30 20 10"},
    {"$.list[-1:]", "40"},
    {"$.list[:-3]", "10"},
    {"$.list[3:0:-2]", "40 20"},
    {"$.list[:]", "10 20 30 40"},
    {"$.list[9:]", ""},
    {"$.list[-9:2]", "10 20"},
    {"$.list[0:4:1:3]", "10 40"},
    {"$.list[0:4:2:]", "10 30"},
    {"$.list[::0]", "JsonException"},
    {"$.none[::0]", "JsonException"},
    {"$.list[-]", "FormatException"},
    {"$.list[1-2]", "FormatException"},
    {"$.list[4294967296]", "OverflowException"},
    {"$.list[-1]", "ArgumentOutOfRangeException"},
    {"$.list[x]", "JsonException"},
    {"$.list[9]", ""},
    {"$.a[0]", ""},
    /* filters */
    {"$.list[?(@ > 15)]", "20 30 40"},
    {"$.list[?(@ > 15 && @ < 35)]", "20 30"},
    {"$.list[?(@ > 15 @ < 15)]", "10"},
    {"$.list[?(@ == 10 'x')]", "10 20 30 40"},
    {"$.list[?(@ > 5 &&|| @ == 1)]", "10 20 30 40"},
    {"$.list[?(@ > 35 || @ < 15 && @ == 10)]", "10 40"},
    {"$.list[?(@ < 15 && @ == 11 || @ == 10)]", "10"},
    {"$.list[?(@ == 10&&@ == 10)]", "JsonException"},
    {"$.list[?(@ == 1e1)]", "10"},
    {"$.list[?(@ == 1,0.0)]", "10"},
    {"$.list[?(@ == 1,0)]", "JsonException"},
    {"$.list[?(@ == -)]", "JsonException"},
    {"$.list[?(", "JsonException"},
    {"$.list[?( ", "IndexOutOfRangeException"},
    {"$.list[?(@ == 5", "IndexOutOfRangeException"},
    {"$.list[?(@ == ", "IndexOutOfRangeException"},
    {"$.list[?(@ ==", "IndexOutOfRangeException"},
    {"$.list[?(@ =", "JsonException"},
    {"$.list[?(@.a &&", "IndexOutOfRangeException"},
    {"$.list[?(@.a ||", "JsonException"},
    {"$.list[?(@.a & @.b)]", "JsonException"},
    {"$.list[?(@.a)", "JsonException"},
    {"$.list[?(@.a) ", "IndexOutOfRangeException"},
    {"$.list[?(@.a", "JsonException"},
    {"$.list[? (@.a)]", "JsonException"},
    {"$.list[?(!@.a)]", "JsonException"},
    {"$.list[?(1)]", "10 20 30 40"},
    {"$.list[?($.b.a == 2)]", "10 20 30 40"},
    {"$.list[?($b.a == 2)]", "10 20 30 40"},
    {"$.list[?(@ == $.a)]", ""},
    {"$.list[?(@ < $.list[1])]", "10"},
    {"$.list[?(@ <> 10)]", "20 30 40"},
    {"$.list[?(@ !== 10)]", "20 30 40"},
    {"$.list[?(@ === 10.0)]", "10"},
    {"$.list[?($.s > 77)]", "10 20 30 40"},
    {"$.list[?($.s == 78)]", ""},
    {"$.list[?($.word > 1)]", "FormatException"},
    {"$.list[?($.a < $.word)]", "FormatException"},
    {"$.list[?($.a < $.big)]", "OverflowException"},
    {"$.list[?(1234.4 < $.grouped)]", "10 20 30 40"},
    {"$.list[?($.flag <= $.yes)]", "10 20 30 40"},
    {"$.list[?($.flag > $.word)]", "FormatException"},
    {"$.list[?($.flag > $.t)]", "InvalidCastException"},
    {"$.list[?($.t > 5)]", "InvalidCastException"},
    {"$.list[?($.t > '2024-03-05')]", "10 20 30 40"},
    {"$.list[?('2024-03-05' < $.t)]", "InvalidCastException"},
    {"$.list[?($.t == '2024-03-05T08:15:30.25Z')]", "10 20 30 40"},
    {"$.list[?($.t == '2024-03-05T08:15:30.250Z')]", ""},
    {"$.list[?('2024-03-05T08:15:30.25Z' == $.t)]", ""},
    {"$.list[?($.t === '2024-03-05T08:15:30.25Z')]", ""},
    {"$.list[?($.n < 1)]", "10 20 30 40"},
    {"$.list[?($.n == null)]", "10 20 30 40"},
    {"$.list[?($.none == null)]", ""},
    {"$.list[?($.none != 1)]", ""},
    {"$.list[?($.b != 1)]", "10 20 30 40"},
    {"$.list[?($.b !== 1)]", ""},
    {"$.list[?($.b == $.b)]", ""},
    {"$.list[?($.word =~ /^A.c$/i)]", "10 20 30 40"},
    {"$.list[?($.word =~ /a b c/x)]", ""},
    {"$.list[?($.word =~ /(a)(?<n>b)c/x)]", "10 20 30 40"},
    {"$.list[?($.word =~ 'abc')]", "ArgumentOutOfRangeException"},
    {"$.list[?($.word =~ 'x/')]", "10 20 30 40"},
    {"$.list[?($.t =~ /2024/)]", ""},
    {"$.list[?($.word =~ /a/b)]", "10 20 30 40"},
    {"$.list[?($.word =~ /a)]", "JsonException"},
    {"$.list[?(@ == 'a\\x')]", "JsonException"},
    {"$[?(@.a)]", ""},
    {"$.b.c[?(@.a)].a", "3 4.5"},
    {"$..[?(@.a)].a", "1 2 3 4.5 8"},
    {"$..[?(@.a == 4.5)].a", "4.5"},
};

static enum base_status add_result(void *context, const struct dp_token *token)
{
    struct base_buf *out = context;

    base_buf_puts(out, out->len ? " " : "");
    if (dp_object_find(token, "list", 4))
        base_buf_puts(out, "*");
    else
        dp_token_write(out, token);
    return BASE_OK;
}

static void test_every_row(void **state)
{
    struct base_arena arena;
    struct base_error none = {0};
    struct dp_token *root;
    int failed = 0;

    (void)state;
    base_arena_init(&arena);
    root = dp_read(&arena, document, sizeof document - 1, DP_READ_WHOLE, &none);
    assert_non_null(root);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dp_work work = {&arena, 10000};
        struct base_error err = {0};
        struct base_buf got = {0};
        dp_path_t *path = dp_path_compile(rows[i].expression, &err);
        base_buf_puts(&got, "");
        if (!path || dp_path_each(path, root, &work, add_result, &got, &err) != BASE_OK) {
            base_buf_clear(&got);
            base_buf_puts(&got, err.code);
        }
        if (strcmp(got.data, rows[i].expected) != 0) {
            print_message("%-40s gives %s (%s), expected %s\n", rows[i].expression, got.data,
                          err.message, rows[i].expected);
            failed++;
        }
        base_buf_release(&got);
        dp_path_free(path);
    }
    base_arena_release(&arena);
    assert_int_equal(failed, 0);
}

static enum base_status count_match(void *context, const struct dp_token *token)
{
    (void)token;
    ++*(unsigned long *)context;
    return BASE_OK;
}

static unsigned long nodes_of(const struct dp_token *token)
{
    unsigned long count = 1;

    for (size_t i = 0; dp_is_container(token) && i < token->children.count; i++)
        count += nodes_of(token->children.items[i].value);
    return count;
}

/* Each node is tested once: one unit of work for the path's start, for each node one for the test and one for the look at its member,
 * for each hit two more (the member, and the match handed on). */
static void visits_of(const char *text)
{
    struct base_arena arena;
    struct base_error err = {0};
    dp_path_t *path = dp_path_compile("$..[?(@.x)]", &err);
    struct dp_work work = {&arena, DP_WORK_DEFAULT};
    unsigned long matches = 0;
    struct dp_token *root;

    base_arena_init(&arena);
    root = dp_read(&arena, text, strlen(text), DP_READ_WHOLE, &err);
    assert_non_null(root);
    assert_int_equal(dp_path_each(path, root, &work, count_match, &matches, &err), BASE_OK);
    assert_int_equal(DP_WORK_DEFAULT - work.left, 1 + 2 * nodes_of(root) + 2 * matches);
    dp_path_free(path);
    base_arena_release(&arena);
}

static void test_a_recursive_filter_visits_a_node_once(void **state)
{
    struct base_buf deep = {0};

    (void)state;
    visits_of("{}");
    visits_of("{\"Body\":{\"x\":1,\"y\":[1,2,{\"x\":{\"x\":null}}]},\"Properties\":{},"
              "\"SystemProperties\":{}}");
    visits_of("[[[[[[[[1]]]]]]],{\"a\":{\"b\":{\"c\":{\"x\":[{\"x\":1},{\"x\":2}]}}}}]");
    for (int i = 0; i < 60; i++)
        base_buf_puts(&deep, "{\"x\":");
    base_buf_puts(&deep, "[1,2,3]");
    for (int i = 0; i < 60; i++)
        base_buf_puts(&deep, "}");
    visits_of(deep.data);
    base_buf_release(&deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_a_recursive_filter_visits_a_node_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
