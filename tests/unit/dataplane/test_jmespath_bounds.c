/* What a person is told of a wrong JMESPath, what counts as a match, and that no expression is endless. */
#include "jmespath_rows.h"

static void test_messages(void **state)
{
    static const struct row rows[] = {
        {"zz()", "Error: unknown-function, no function named zz has been registered."},
        {"length(a, b)",
         "Error: invalid-arity, the function length expects 1 argument but 2 were supplied."},
        {"length()",
         "Error: invalid-arity, the function length expects 1 argument but none were supplied."},
        {"add()",
         "Error: invalid-arity, the function add expects 2 arguments but none were supplied."},
        {"merge()", "Error: invalid-arity, the function merge expects 1 argument or more but none "
                    "were supplied."},
        {"a[::0]", "Error: invalid-value, a slice projection step cannot be 0."},
        {"a.[?b]x", "Error: syntax after dot [?"},
        {"abc def", "Error(1, 5): syntax, near 'def': expected an operator or the end."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        assert_null(dp_jmes_compile(rows[i].expression, strlen(rows[i].expression), &err));
        assert_string_equal(err.message, rows[i].gives);
    }
}

struct seen {
    int count;
    char types[8][12];
};

static enum base_status note(void *context, const struct dp_token *token)
{
    struct seen *seen = context;

    (void)snprintf(seen->types[seen->count++], sizeof *seen->types, "%s",
                   dp_type_name(token->type));
    return seen->count == 8 ? BASE_CANCELED : BASE_OK;
}

static void test_matches(void **state)
{
    static const struct {
        const char *expression;
        int matches;
        const char *first;
    } rows[] = {
        {"a", 1, "Array"},
        {"a[*]", 3, "Integer"},
        {"a[*] | @", 1, "Array"},
        {"zz", 0, NULL},
        {"n", 0, NULL},
        {"!i", 1, "Boolean"},
        {"rows[*].v", 2, "Integer"},
        {"rows[3:]", 2, "Null"},
        {"o.*", 4, "Object"},
        {"empty", 1, "Array"},
        {"empty[*]", 0, NULL},
        {"[a]", 1, "Array"},
        {"to_array(a)", 1, "Array"},
        {"rows[*].l[*]", 3, "Array"},
        {"e", 1, "String"},
    };
    struct base_arena arena;
    struct base_error err = {0};
    struct dp_token *root;

    (void)state;
    base_arena_init(&arena);
    root = dp_read(&arena, document, sizeof document - 1, DP_READ_WHOLE, &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dp_work work = {&arena, DP_WORK_DEFAULT};
        struct seen seen = {0};
        dp_jmes_t *made = dp_jmes_compile(rows[i].expression, strlen(rows[i].expression), &err);
        assert_non_null(made);
        assert_int_equal(dp_jmes_each(made, root, &work, note, &seen, &err), BASE_OK);
        assert_int_equal(seen.count, rows[i].matches);
        if (rows[i].first)
            assert_string_equal(seen.types[0], rows[i].first);
        dp_jmes_free(made);
    }
    base_arena_release(&arena);
}

static void test_single_values(void **state)
{
    static const struct row rows[] = {
        {"i", "Integer"},
        {"zz", "nothing"},
        {"n", "nothing"},
        {"a", "Array"},
        {"a[*]", "!TemplateExpressionException"},
        {"a[:1]", "Array"},
        {"a[:1] | [0]", "Integer"},
        {"empty[*]", "Array"},
    };
    struct base_arena arena;
    struct base_error err = {0};
    struct dp_token *root;

    (void)state;
    base_arena_init(&arena);
    root = dp_read(&arena, document, sizeof document - 1, DP_READ_WHOLE, &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dp_work work = {&arena, DP_WORK_DEFAULT};
        const struct dp_token *out = NULL;
        struct base_error cause = {0};
        dp_jmes_t *made = dp_jmes_compile(rows[i].expression, strlen(rows[i].expression), &err);
        assert_non_null(made);
        if (dp_jmes_one(made, root, &work, &out, &cause) != BASE_OK)
            assert_string_equal(cause.code, rows[i].gives + 1);
        else
            assert_string_equal(out ? dp_type_name(out->type) : "nothing", rows[i].gives);
        dp_jmes_free(made);
    }
    base_arena_release(&arena);
}

/* `part` so many times, then `end`; evaluated. */
static char *run_repeated(struct base_arena *arena, const char *start, const char *part, int times,
                          const char *end)
{
    struct base_buf text = {0};
    struct base_error err = {0};
    struct dp_token *root = dp_read(arena, document, sizeof document - 1, DP_READ_WHOLE, &err);
    char *got;

    base_buf_puts(&text, start);
    for (int i = 0; i < times; i++)
        base_buf_puts(&text, part);
    base_buf_puts(&text, end);
    got = run(arena, root, text.data, text.len);
    base_buf_release(&text);
    return got;
}

/* Small expressions that would make results of astronomic size, and expressions of astronomic depth. */
static void test_bounds(void **state)
{
    static const struct {
        const char *start, *part;
        int times;
        const char *end, *gives;
    } rows[] = {
        {"s", " | [@,@]", 60, "", "!WorkLimitExceeded"},
        {"s", " | [@,@]", 60, " | to_string(@)", "!WorkLimitExceeded"},
        {"s", " | [@,@]", 60, " | [@ == @]", "!WorkLimitExceeded"},
        {"s", " | [@,@][]", 60, "", "!WorkLimitExceeded"},
        {"s", " | insertString(@,@,`0`)", 60, "", "!WorkLimitExceeded"},
        {"s", " | join('', [@,@])", 60, "", "!WorkLimitExceeded"},
        {"a", " | map(&@, [@,@][])", 60, "", "!WorkLimitExceeded"},
        {"{a:a}", " | {a:@,b:@} | merge(a,b,a,b)", 60, " | to_string(@)", "!WorkLimitExceeded"},
        {"a", " | sort([@,@,@,@][])", 60, "", "!WorkLimitExceeded"},
        {"s", " | [@,@]", 60, " | length(@)", "Integer 2"},
        {"", "(", 100000, "", "!Exception"},
        {"", "[", 100000, "", "!Exception"},
        {"", "!", 100000, "i", "!Exception"},
        {"", "{a:", 100000, "i", "!Exception"},
        {"i", ".i", 100000, "", "!Exception"},
        {"i", "[0]", 100000, "", "!Exception"},
        {"i", " || i", 100000, "", "!Exception"},
        {"", "to_array(", 100000, "", "!Exception"},
        {"`", "[", 100000, "`", "!JsonReaderException"},
        {"@", "[]", 200, "", "Null null"},
        {"", "!", 200, "i", "Boolean true"},
    };
    struct base_arena arena;

    (void)state;
    budget = DP_WORK_DEFAULT / 20;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got;
        base_arena_init(&arena);
        got = run_repeated(&arena, rows[i].start, rows[i].part, rows[i].times, rows[i].end);
        if (strcmp(got, rows[i].gives) != 0)
            print_message("%s%s...: %s\n", rows[i].start, rows[i].part, got);
        assert_string_equal(got, rows[i].gives);
        base_arena_release(&arena);
    }
    budget = DP_WORK_DEFAULT;
}

/* Random words of the language, valid now and then: an answer or an error, never a crash. */
static void test_random_expressions(void **state)
{
    static const char *const words[] = {
        "a",         "rows",  "o",       "i",        "d",        ".",          "[",     "]",
        "[*]",       "[]",    "[?",      "*",        "@",        "&",          "&&",    "||",
        "|",         "!",     "==",      "<",        ">=",       "(",          ")",     "{",
        "}",         ":",     ",",       "'x'",      "`1`",      "`[1,2]`",    "\"k\"", "-1",
        "2",         "[1:]",  "[::-1]",  "sort_by(", "max(",     "to_string(", "map(&", "merge(",
        "join('-',", "sort(", "length(", "add(",     "reverse(", "keys(",      "\\",    "`",
        "'",         "\"",
    };
    struct base_arena arena, scratch;
    struct base_error err = {0};
    const struct dp_token *root;
    uint32_t seed = 11;

    (void)state;
    base_arena_init(&arena);
    base_arena_init(&scratch);
    root = dp_read(&arena, document, sizeof document - 1, DP_READ_WHOLE, &err);
    for (int i = 0; i < 5000; i++) {
        struct base_buf text = {0};
        int count = 1 + (int)((seed >> 8) % 12);
        for (int k = 0; k < count; k++) {
            seed = seed * 1664525u + 1013904223u;
            base_buf_puts(&text, words[(seed >> 8) % (sizeof words / sizeof *words)]);
        }
        (void)run(&scratch, root, text.data, text.len);
        base_buf_release(&text);
        base_arena_reset(&scratch);
    }
    base_arena_release(&scratch);
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),           cmocka_unit_test(test_matches),
        cmocka_unit_test(test_single_values),      cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_random_expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
