/* Decides whether a text matches a regular expression of a filter, in bounded time and memory. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "reference/dataplane/jsonpath_parts.h"

#include <pcre2.h>
#include <string.h>

#define MATCH_STEPS_MAX 1000000u
#define MATCH_KIB_MAX 8192u

struct dp_regex {
    pcre2_code *code; /* NULL: it does not compile, see error */
    struct base_error error;
    struct dp_regex *next;
};

static pcre2_code *compile(const struct dp_text *text, struct base_error *err);
static uint32_t options_of(const char *flags, size_t len);
static void *arena_malloc(size_t size, void *arena);
static void arena_free(void *block, void *arena);

struct dp_regex *dp_regex_new(struct base_arena *arena, const struct dp_text *text,
                              struct dp_regex *next)
{
    struct dp_regex *regex = base_arena_alloc(arena, sizeof *regex);

    regex->code = compile(text, &regex->error);
    regex->next = next;
    return regex;
}

void dp_regex_release(struct dp_regex *first)
{
    for (; first; first = first->next)
        pcre2_code_free(first->code);
}

enum base_status dp_regex_search(const struct dp_regex *regex, const struct dp_text *subject,
                                 struct dp_work *work, bool *found, struct base_error *err)
{
    pcre2_general_context *memory =
        pcre2_general_context_create(arena_malloc, arena_free, work->arena);
    pcre2_match_context *limits = pcre2_match_context_create(memory);
    pcre2_match_data *data;
    int count;

    if (!regex->code)
        return base_error_set(err, regex->error.status, regex->error.code, "%s",
                              regex->error.message);
    data = pcre2_match_data_create(1, memory);
    (void)pcre2_set_match_limit(limits, MATCH_STEPS_MAX);
    (void)pcre2_set_heap_limit(limits, MATCH_KIB_MAX);
    count = pcre2_match(regex->code, (PCRE2_SPTR)subject->data, subject->len, 0, 0, data, limits);
    *found = count >= 0;
    if (count >= 0 || count == PCRE2_ERROR_NOMATCH)
        return BASE_OK;
    return base_error_set(err, BASE_TOO_LARGE, "RegexMatchTimeoutException",
                          "The regular expression takes too long on this text (PCRE2 error %d).",
                          count);
}

enum base_status dp_regex_search_text(const struct dp_text *pattern, const struct dp_text *subject,
                                      struct dp_work *work, bool *found, struct base_error *err)
{
    struct dp_regex *regex = dp_regex_new(work->arena, pattern, NULL);
    enum base_status status = dp_regex_search(regex, subject, work, found, err);

    dp_regex_release(regex);
    return status;
}

/* "/pattern/flags": what stands between the first character and the last slash. */
static pcre2_code *compile(const struct dp_text *text, struct base_error *err)
{
    const char *slash = memrchr(text->data, '/', text->len);
    pcre2_code *code;
    size_t at, flags;
    int error;

    if (!slash || slash == text->data) {
        (void)base_error_set(err, BASE_INVALID, "ArgumentOutOfRangeException",
                             "The right side of =~ must be written /pattern/flags, found '%.100s'.",
                             text->data);
        return NULL;
    }
    flags = text->len - (size_t)(slash - text->data) - 1;
    code = pcre2_compile((PCRE2_SPTR)(text->data + 1), (size_t)(slash - text->data) - 1,
                         PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C |
                             options_of(slash + 1, flags),
                         &error, &at, NULL);
    if (!code) {
        PCRE2_UCHAR what[128] = "";
        (void)pcre2_get_error_message(error, what, sizeof what);
        (void)base_error_set(err, BASE_INVALID, "RegexParseException",
                             "Invalid pattern '%.200s' at offset %zu: %s.", text->data, at,
                             (char *)what);
    }
    return code;
}

static uint32_t options_of(const char *flags, size_t len)
{
    static const struct {
        char flag;
        uint32_t option;
    } table[] = {{'i', PCRE2_CASELESS},
                 {'m', PCRE2_MULTILINE},
                 {'s', PCRE2_DOTALL},
                 {'x', PCRE2_NO_AUTO_CAPTURE}}; /* the original's x is ExplicitCapture */
    uint32_t options = 0;

    for (size_t i = 0; i < len; i++)
        for (size_t k = 0; k < 4; k++)
            options |= flags[i] == table[k].flag ? table[k].option : 0;
    return options;
}

static void *arena_malloc(size_t size, void *arena)
{
    return base_arena_alloc(arena, size);
}

static void arena_free(void *block, void *arena)
{
    (void)block;
    (void)arena;
}
