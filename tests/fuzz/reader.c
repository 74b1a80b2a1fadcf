/* Fuzzes the token reader: what it accepts prints to a text that it reads as the same tokens; what it refuses it explains; it reads
 * nothing past the end, wherever the text is cut. */
#include "fuzz.h"

#include <math.h>

static size_t depth_of(const struct dp_token *token)
{
    size_t deepest = 0;

    if (!dp_is_container(token))
        return 0;
    for (size_t i = 0; i < token->children.count; i++) {
        size_t depth = depth_of(token->children.items[i].value);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

/* JSON has no word for these: they print as their nearest relative. */
static bool becomes(const struct dp_token *token, enum dp_type read_again)
{
    if (token->type == DP_CONSTRUCTOR)
        return read_again == DP_ARRAY;
    if (token->type == DP_FLOAT && !isfinite(token->number))
        return read_again == DP_STRING;
    return token->type == read_again;
}

static void check_same(const struct dp_token *a, const struct dp_token *b)
{
    FUZZ_CHECK(becomes(a, b->type), "%s became %s", dp_type_name(a->type), dp_type_name(b->type));
    if (a->type == DP_INT)
        FUZZ_CHECK(a->integer == b->integer, "integers differ");
    if (a->type == DP_FLOAT && b->type == DP_FLOAT)
        FUZZ_CHECK(memcmp(&a->number, &b->number, sizeof a->number) == 0, "%.17g became %.17g",
                   a->number, b->number);
    if (a->type == DP_DATE)
        FUZZ_CHECK(a->date.ticks == b->date.ticks && a->date.kind == b->date.kind, "dates differ");
    if (!dp_is_container(a))
        return;
    FUZZ_CHECK(a->children.count == b->children.count, "%zu children became %zu", a->children.count,
               b->children.count);
    for (size_t i = 0; i < a->children.count; i++)
        check_same(a->children.items[i].value, b->children.items[i].value);
}

static struct dp_token *read_exact(struct base_arena *arena, const void *data, size_t len,
                                   unsigned flags)
{
    struct base_error err = {0};
    char *copy = fuzz_exact(data, len);
    struct dp_token *token = dp_read(arena, copy, len, flags, &err);

    free(copy);
    if (!token) {
        fuzz_error(&err);
        FUZZ_CHECK(strcmp(err.code, "JsonReaderException") == 0, "code %s", err.code);
        return NULL;
    }
    FUZZ_CHECK(err.status == BASE_OK, "accepted with an error: %s", err.message);
    FUZZ_CHECK(depth_of(token) <= DP_DEPTH_MAX, "too deep");
    return token;
}

static void check_round_trip(struct base_arena *arena, const struct dp_token *token, unsigned flags)
{
    struct base_buf first = {0}, second = {0};
    struct dp_token *again;

    dp_token_write(&first, token);
    again = read_exact(arena, first.data, first.len, flags | DP_READ_WHOLE);
    FUZZ_CHECK(again, "the printed text does not read");
    /* Names that differ in a lone surrogate only become one name, U+FFFD. */
    if (!strstr(first.data, "\xEF\xBF\xBD")) {
        check_same(token, again);
        dp_token_write(&second, again);
        FUZZ_CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0,
                   "printed %s, then %s", first.data, second.data);
    }
    base_buf_release(&first);
    base_buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned flags[] = {DP_READ_BODY, DP_READ_WHOLE,
                                     DP_READ_WHOLE | DP_READ_DATES_TEXT};
    size_t step = size / 24 + 1;
    struct base_arena arena;

    base_arena_init(&arena);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        struct dp_token *token = read_exact(&arena, data, size, flags[i]);
        if (token)
            check_round_trip(&arena, token, flags[i] & DP_READ_DATES_TEXT);
    }
    for (size_t cut = 0; cut < size; cut += step)
        (void)read_exact(&arena, data, cut, DP_READ_WHOLE);
    base_arena_release(&arena);
    return 0;
}
