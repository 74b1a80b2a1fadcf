/* Fuzzes JSONPath: any expression over any document is either refused in words or selects tokens that print, the same ones each time,
 * within the work that it was given. Input: the expression, a line feed, the document. */
#include "fuzz.h"

#include "reference/dataplane/jsonpath.h"

#define WORK 20000ul

struct selected {
    struct base_buf text;
    size_t count;
    const struct dp_token *last;
};

static enum base_status add(void *context, const struct dp_token *token)
{
    struct selected *selected = context;

    FUZZ_CHECK(token, "selected nothing");
    selected->count++;
    selected->last = token;
    if (selected->text.len < 4096)
        dp_token_write(&selected->text, token);
    return BASE_OK;
}

static enum base_status walk(const dp_path_t *path, const struct dp_token *root,
                             struct base_arena *arena, struct selected *out)
{
    struct dp_work work = {arena, WORK};
    struct base_error err = {0};
    enum base_status status = dp_path_each(path, root, &work, add, out, &err);

    FUZZ_CHECK(work.left <= WORK, "more work left than given");
    FUZZ_CHECK(out->count <= WORK, "%zu tokens from %lu units of work", out->count, WORK);
    if (status != BASE_OK)
        fuzz_error(&err);
    return status;
}

static void check_one(const dp_path_t *path, const struct dp_token *root, struct base_arena *arena,
                      const struct selected *all)
{
    struct dp_work work = {arena, WORK};
    struct base_error err = {0};
    const struct dp_token *one = NULL;
    enum base_status status = dp_path_one(path, root, &work, &one, &err);

    if (status == BASE_OK)
        FUZZ_CHECK(all->count <= 1 && one == all->last, "one of %zu", all->count);
    else
        FUZZ_CHECK(all->count > 1 && strcmp(err.code, "JsonException") == 0, "%s with %zu",
                   err.code, all->count);
}

static void evaluate(const dp_path_t *path, const struct fuzz_split *in, struct base_arena *arena)
{
    struct selected first = {{0}}, second = {{0}};
    char *copy = fuzz_exact(in->document, in->document_len);
    struct base_error err = {0};
    struct dp_token *root = dp_read(arena, copy, in->document_len, DP_READ_BODY, &err);

    free(copy);
    if (root) {
        enum base_status status = walk(path, root, arena, &first);
        FUZZ_CHECK(walk(path, root, arena, &second) == status, "another end the second time");
        FUZZ_CHECK(first.count == second.count && first.text.len == second.text.len,
                   "another result the second time");
        if (status == BASE_OK)
            check_one(path, root, arena, &first);
    }
    base_buf_release(&first.text);
    base_buf_release(&second.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_error err = {0};
    struct fuzz_split in;
    struct base_arena arena;
    dp_path_t *path;

    base_arena_init(&arena);
    if (fuzz_split(data, size, &arena, &in)) {
        path = dp_path_compile(in.expression, &err);
        if (path)
            evaluate(path, &in, &arena);
        else
            fuzz_error(&err);
        dp_path_free(path);
    }
    base_arena_release(&arena);
    return 0;
}
