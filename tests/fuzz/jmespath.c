/* Fuzzes JMESPath: any expression over any document is either refused in words or gives a result that prints, the same one each time,
 * within the work that it was given. Input: the expression, a line feed, the document. */
#include "fuzz.h"

#include "reference/dataplane/jmespath.h"

#define WORK 20000ul
#define NODES_MAX 200000ul /* of a result, shared ones counted each time they print */

/* A result shares its parts; printed, they are many. */
static void count_nodes(const struct dp_token *token, unsigned long *count)
{
    ++*count;
    FUZZ_CHECK(*count <= NODES_MAX, "a result that cannot be printed");
    if (dp_is_container(token))
        for (size_t i = 0; i < token->children.count; i++)
            count_nodes(token->children.items[i].value, count);
}

static enum base_status evaluate_once(const dp_jmes_t *expression, const struct dp_token *root,
                                      struct base_arena *arena, struct base_buf *out)
{
    struct dp_work work = {arena, WORK};
    struct base_error err = {0};
    const struct dp_token *result = NULL;
    enum base_status status = dp_jmes_evaluate(expression, root, &work, &result, &err);
    unsigned long count = 0;

    FUZZ_CHECK(work.left <= WORK, "more work left than given");
    if (status != BASE_OK) {
        fuzz_error(&err);
        base_buf_puts(out, err.code);
        return status;
    }
    FUZZ_CHECK(result, "no result");
    count_nodes(result, &count);
    dp_token_write(out, result);
    return status;
}

static enum base_status add(void *context, const struct dp_token *token)
{
    size_t *count = context;

    FUZZ_CHECK(token, "a match of nothing");
    ++*count;
    return BASE_OK;
}

/* What `each` and `one` say of the same result. */
static void check_doors(const dp_jmes_t *expression, const struct dp_token *root,
                        struct base_arena *arena)
{
    struct dp_work work = {arena, 2 * WORK};
    struct base_error err = {0};
    const struct dp_token *one = NULL;
    enum base_status status;
    size_t count = 0;

    if (dp_jmes_each(expression, root, &work, add, &count, &err) != BASE_OK)
        return;
    work.left = 2 * WORK;
    status = dp_jmes_one(expression, root, &work, &one, &err);
    if (status != BASE_OK)
        FUZZ_CHECK(count > 1 && strcmp(err.code, "TemplateExpressionException") == 0, "%s with %zu",
                   err.code, count);
    else if (!one)
        FUZZ_CHECK(count == 0, "nothing of %zu", count);
}

static void evaluate(const dp_jmes_t *expression, const struct fuzz_split *in,
                     struct base_arena *arena)
{
    struct base_buf first = {0}, second = {0};
    char *copy = fuzz_exact(in->document, in->document_len);
    struct base_error err = {0};
    struct dp_token *root = dp_read(arena, copy, in->document_len, DP_READ_BODY, &err);

    free(copy);
    if (root) {
        enum base_status status = evaluate_once(expression, root, arena, &first);
        FUZZ_CHECK(evaluate_once(expression, root, arena, &second) == status,
                   "another end the second time");
        FUZZ_CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0,
                   "first %s, then %s", first.data, second.data);
        if (status == BASE_OK)
            check_doors(expression, root, arena);
    }
    base_buf_release(&first);
    base_buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_error err = {0};
    struct fuzz_split in;
    struct base_arena arena;
    dp_jmes_t *expression;
    char *copy;

    base_arena_init(&arena);
    if (fuzz_split(data, size, &arena, &in)) {
        copy = fuzz_exact(in.expression, in.expression_len);
        expression = dp_jmes_compile(copy, in.expression_len, &err);
        free(copy);
        if (expression)
            evaluate(expression, &in, &arena);
        else
            fuzz_error(&err);
        dp_jmes_free(expression);
    }
    base_arena_release(&arena);
    return 0;
}
