/* What the JMESPath tests share: a document, and rows of expressions with what they give. */
#ifndef TEST_DATAPLANE_JMESPATH_ROWS_H
#define TEST_DATAPLANE_JMESPATH_ROWS_H

#include "vectors.h"
#include "reference/dataplane/jmespath.h"

static const char document[] =
    "{\"n\":null,\"i\":7,\"big\":12345678901234567890,\"f\":2.5,\"s\":\"text\",\"e\":\"\",\"t\":"
    "true,"
    "\"d\":\"2024-03-05T08:15:30.25Z\",\"d2\":\"2023-12-31T00:00:00+02:00\","
    "\"a\":[3,1,2],\"mixed\":[1,\"x\",null,true],\"words\":[\"b\",\"B\",\"a\",\"A\",\"_\",\"1\"],"
    "\"rows\":[{\"k\":\"x\",\"v\":5,\"l\":[1,2]},{\"k\":\"y\",\"v\":null,\"l\":[3]},"
    "{\"k\":\"z\",\"l\":[[4],null]},null,6],"
    "\"o\":{\"a\":{\"p\":1},\"b\":{\"p\":2},\"c\":{},\"d\":null},"
    "\"nested\":[[1,[2,3]],[],[null,4],5],\"empty\":[],\"none\":{},"
    "\"quote\\\"d\":1,\"line\\nfeed\":2,\"\\u00e9\":3,\"emoji\":\"a\\ud83d\\ude00b\","
    "\"nums\":[{\"w\":\"10\"},{\"w\":9},{\"w\":\"1,000\"},{\"w\":\"1e2\"}],"
    "\"dates\":[{\"d\":\"2024-01-02T00:00:00Z\"},{\"d\":\"2023-12-30T00:00:00Z\"}]}";

struct row {
    const char *expression;
    const char *gives; /* "<Type> <json>", or "!<code of the exception>" */
};

static unsigned long budget = DP_WORK_DEFAULT;

static inline char *run(struct base_arena *arena, const struct dp_token *root,
                        const char *expression, size_t len)
{
    struct dp_work work = {arena, budget};
    struct base_error err = {0};
    struct base_buf json = {0};
    const struct dp_token *out = NULL;
    dp_jmes_t *compiled = dp_jmes_compile(expression, len, &err);
    char *text;

    if (compiled && dp_jmes_evaluate(compiled, root, &work, &out, &err) == BASE_OK)
        dp_token_write(&json, out);
    text = err.code[0] ? base_arena_printf(arena, "!%s", err.code)
                       : base_arena_printf(arena, "%s %s", dp_type_name(out->type), json.data);
    dp_jmes_free(compiled);
    base_buf_release(&json);
    return text;
}

static inline void check(const struct row *rows, size_t count)
{
    struct base_arena arena;
    struct base_error err = {0};
    struct dp_token *root;
    int failed = 0;

    base_arena_init(&arena);
    root = dp_read(&arena, document, sizeof document - 1, DP_READ_WHOLE, &err);
    assert_non_null(root);
    for (size_t i = 0; i < count; i++) {
        const char *got = run(&arena, root, rows[i].expression, strlen(rows[i].expression));
        if (strcmp(got, rows[i].gives) == 0)
            continue;
        print_message("FAILED %s\n  got %s\n  expected %s\n", rows[i].expression, got,
                      rows[i].gives);
        failed++;
    }
    base_arena_release(&arena);
    assert_int_equal(failed, 0);
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

#endif
