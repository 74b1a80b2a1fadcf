/* Replays the JSONPath and JMESPath vectors: every expression gives the tokens, in type and text, or the exception that the original gives. */
#include "vectors.h"

#include "reference/dataplane/jmespath.h"

struct results {
    struct base_buf text;
};

static enum base_status add_result(void *context, const struct dp_token *token)
{
    struct results *results = context;

    base_buf_printf(&results->text, "%s ", dp_type_name(token->type));
    dp_token_write(&results->text, token);
    base_buf_putc(&results->text, '\n');
    return BASE_OK;
}

static void add_one(struct base_buf *out, const struct dp_token *one)
{
    base_buf_printf(out, "%s %s\n", vectors_text(one, "type"), vectors_text(one, "json"));
}

static void add_expected(struct base_buf *out, const struct dp_token *results)
{
    for (size_t i = 0; i < results->children.count; i++)
        add_one(out, results->children.items[i].value);
}

static enum base_status run_jsonpath(const char *expression, const struct dp_token *document,
                                     struct dp_work *work, struct results *got,
                                     struct base_error *err)
{
    dp_path_t *path = dp_path_compile(expression, err);
    enum base_status status =
        path ? dp_path_each(path, document, work, add_result, got, err) : BASE_INVALID;

    dp_path_free(path);
    return status;
}

static enum base_status run_jmespath(const char *expression, const struct dp_token *document,
                                     struct dp_work *work, struct results *got,
                                     struct base_error *err)
{
    dp_jmes_t *compiled = dp_jmes_compile(expression, strlen(expression), err);
    const struct dp_token *result = NULL;
    enum base_status status =
        compiled ? dp_jmes_evaluate(compiled, document, work, &result, err) : BASE_INVALID;

    if (status == BASE_OK)
        status = add_result(got, result);
    dp_jmes_free(compiled);
    return status;
}

static bool replay(const struct dp_token *document, const struct dp_token *vector)
{
    const char *expression = vectors_text(vector, "expression");
    bool jmespath = strcmp(vectors_text(vector, "language"), "JmesPath") == 0;
    const struct dp_token *error = dp_object_get(vector, "error");
    struct base_arena arena;
    struct dp_work work = {&arena, DP_WORK_DEFAULT};
    struct base_error err = {0};
    struct results got = {0};
    struct base_buf expected = {0};
    enum base_status status;
    bool same;

    base_arena_init(&arena);
    status = (jmespath ? run_jmespath : run_jsonpath)(expression, document, &work, &got, &err);
    if (error) {
        same = status != BASE_OK && strcmp(err.code, vectors_text(error, "exception")) == 0;
        base_buf_printf(&expected, "%s: %s", vectors_text(error, "exception"),
                        vectors_text(error, "message"));
    } else {
        if (jmespath)
            add_one(&expected, dp_object_get(vector, "result"));
        else
            add_expected(&expected, dp_object_get(vector, "results"));
        same = status == BASE_OK &&
               strcmp(got.text.len ? got.text.data : "", expected.len ? expected.data : "") == 0;
    }
    if (!same)
        print_message("FAILED %s\n  got %s %s %s\n  expected %s\n", expression, err.code,
                      err.message, got.text.len ? got.text.data : "",
                      expected.len ? expected.data : "");
    base_buf_release(&got.text);
    base_buf_release(&expected);
    base_arena_release(&arena);
    return same;
}

static void test_path_vectors(void **state)
{
    struct base_arena arena;
    struct vectors_tally tally = {0};
    struct base_error err = {0};
    const struct dp_token *file, *cases;
    const struct dp_token *text;
    struct dp_token *document;

    (void)state;
    base_arena_init(&arena);
    file = vectors_load(&arena, "iomt-path-vectors.json");
    cases = dp_object_get(file, "cases");
    text = dp_object_get(file, "document");
    document = dp_read(&arena, text->text.data, text->text.len, DP_READ_BODY, &err);
    assert_non_null(document);
    for (size_t i = 0; i < cases->children.count; i++) {
        const struct dp_token *vector = cases->children.items[i].value;
        if (replay(document, vector))
            tally.passed++;
        else
            tally.failed++;
    }
    vectors_report("path vectors", &tally);
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_path_vectors)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
