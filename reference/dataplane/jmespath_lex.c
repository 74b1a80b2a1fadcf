/* Decides where the words of a JMESPath expression begin and end, and which texts they stand for. */
#include "reference/dataplane/jmespath_parts.h"

#include "reference/dataplane/text.h"

#include <stdlib.h>
#include <string.h>

static size_t literal_length(const char *at, const char *end);
static size_t raw_length(const char *at, const char *end);
static size_t quoted_length(const char *at, const char *end);
static size_t number_length(const char *at, const char *end);
static size_t name_length(const char *at, const char *end);
static bool unwrap_unicode(const char *at, const char *end, struct base_buf *out);

/* Marks of one or two characters, longer ones first. */
static const struct {
    const char *text;
    enum dp_jmes_word word;
} marks[] = {
    {"&&", DP_WORD_AND},
    {"||", DP_WORD_OR},
    {"==", DP_WORD_EQUAL},
    {"!=", DP_WORD_NOT_EQUAL},
    {">=", DP_WORD_GREATER_EQUAL},
    {"<=", DP_WORD_LESS_EQUAL},
    {"[?", DP_WORD_FILTER},
    {"[]", DP_WORD_FLATTEN},
    {"!", DP_WORD_NOT},
    {":", DP_WORD_COLON},
    {",", DP_WORD_COMMA},
    {".", DP_WORD_DOT},
    {"|", DP_WORD_PIPE},
    {">", DP_WORD_GREATER},
    {"<", DP_WORD_LESS},
    {"*", DP_WORD_STAR},
    {"@", DP_WORD_CURRENT},
    {"&", DP_WORD_REFERENCE},
    {"{", DP_WORD_BRACE_OPEN},
    {"}", DP_WORD_BRACE_CLOSE},
    {"[", DP_WORD_BRACKET_OPEN},
    {"]", DP_WORD_BRACKET_CLOSE},
    {"(", DP_WORD_PAREN_OPEN},
    {")", DP_WORD_PAREN_CLOSE},
};

/* Words of any length; 0 means: not one of mine. */
static const struct {
    size_t (*length)(const char *at, const char *end);
    enum dp_jmes_word word;
} runs[] = {
    {name_length, DP_WORD_NAME}, {number_length, DP_WORD_NUMBER}, {literal_length, DP_WORD_LITERAL},
    {raw_length, DP_WORD_RAW},   {quoted_length, DP_WORD_QUOTED},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct dp_jmes_lexeme dp_jmes_lex(const char *at, const char *end)
{
    while (at < end && strchr(" \b\f\n\r\t", *at) && *at)
        at++;
    if (at == end)
        return (struct dp_jmes_lexeme){DP_WORD_END, at, 0};
    for (size_t i = 0; i < COUNT(runs); i++) {
        size_t len = runs[i].length(at, end);
        if (len)
            return (struct dp_jmes_lexeme){runs[i].word, at, len};
    }
    for (size_t i = 0; i < COUNT(marks); i++) {
        size_t len = strlen(marks[i].text);
        if ((size_t)(end - at) >= len && memcmp(at, marks[i].text, len) == 0)
            return (struct dp_jmes_lexeme){marks[i].word, at, len};
    }
    return (struct dp_jmes_lexeme){DP_WORD_BAD, at, 1};
}

int dp_jmes_number(const struct dp_jmes_lexeme *lexeme)
{
    long long value = lexeme->len > 11 ? 0 : strtoll(lexeme->start, NULL, 10);

    /* Longer texts may have leading zeros; those are read to their end as well. */
    if (lexeme->len > 11) {
        char digits[24] = "";
        bool negative = *lexeme->start == '-';
        size_t skip = negative;
        while (skip + 1 < lexeme->len && lexeme->start[skip] == '0')
            skip++;
        if (lexeme->len - skip <= 10) {
            memcpy(digits, lexeme->start + skip, lexeme->len - skip);
            value = strtoll(digits, NULL, 10) * (negative ? -1 : 1);
        }
    }
    return value < INT32_MIN || value > INT32_MAX ? 0 : (int)value;
}

struct dp_text dp_jmes_raw(struct base_arena *arena, const struct dp_jmes_lexeme *lexeme)
{
    struct base_buf text = {0};
    struct dp_text out;

    base_buf_append(&text, lexeme->start + 1, lexeme->len - 2);
    dp_jmes_replace(&text, "\\'", "'");
    out =
        (struct dp_text){base_arena_strndup(arena, text.len ? text.data : "", text.len), text.len};
    base_buf_release(&text);
    return out;
}

/* The original replaces one escape after the other in the whole text, so "\\n" ends as a line feed; so do we. */
bool dp_jmes_quoted(struct base_arena *arena, const struct dp_jmes_lexeme *lexeme,
                    struct dp_text *out, struct base_error *err)
{
    static const char *const escapes[][2] = {{"\\\"", "\""}, {"\\\\", "\\"}, {"\\/", "/"},
                                             {"\\b", "\b"},  {"\\f", "\f"},  {"\\n", "\n"},
                                             {"\\r", "\r"},  {"\\v", "\v"},  {"\\t", "\t"}};
    struct base_buf text = {0};
    bool good = unwrap_unicode(lexeme->start + 1, lexeme->start + lexeme->len - 1, &text);

    for (size_t i = 0; good && i < COUNT(escapes); i++)
        dp_jmes_replace(&text, escapes[i][0], escapes[i][1]);
    if (good)
        *out = (struct dp_text){base_arena_strndup(arena, text.len ? text.data : "", text.len),
                                text.len};
    else
        (void)base_error_set(err, BASE_INVALID, "Exception",
                             "Error: syntax, half a surrogate pair in %.*s.",
                             lexeme->len > 200 ? 200 : (int)lexeme->len, lexeme->start);
    base_buf_release(&text);
    return good;
}

static size_t name_length(const char *at, const char *end)
{
    const char *p = at;

    while (p < end && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_' ||
                       (p > at && *p >= '0' && *p <= '9')))
        p++;
    return (size_t)(p - at);
}

static size_t number_length(const char *at, const char *end)
{
    const char *p = at + (*at == '-');

    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p > at + (*at == '-') ? (size_t)(p - at) : 0;
}

/* Up to the first back-tick that has no backslash before it; where there is none, the last that has one. */
static size_t literal_length(const char *at, const char *end)
{
    size_t last = 0;

    if (*at != '`')
        return 0;
    for (const char *p = at + 1; p < end; p++) {
        if (*p != '`')
            continue;
        last = (size_t)(p - at) + 1;
        if (p[-1] != '\\')
            break;
    }
    return last;
}

static size_t raw_length(const char *at, const char *end)
{
    if (*at != '\'')
        return 0;
    for (const char *p = at + 1; p < end; p++) {
        if (*p == '\'')
            return (size_t)(p - at) + 1;
        if (*p == '\\')
            p++;
    }
    return 0;
}

bool dp_jmes_is_hex(const char *at, const char *end, int count)
{
    return end - at >= count && strspn(at, "0123456789abcdefABCDEF") >= (size_t)count;
}

static size_t quoted_length(const char *at, const char *end)
{
    if (*at != '"')
        return 0;
    for (const char *p = at + 1; p < end; p++) {
        if (*p == '"')
            return (size_t)(p - at) + 1;
        if (*p != '\0' && strchr("\b\f\n\r\t", *p))
            return 0;
        if (*p != '\\')
            continue;
        p++;
        if (p == end || *p == '\0' || !strchr("\"\\/bfnrtu", *p) ||
            (*p == 'u' && !dp_jmes_is_hex(p + 1, end, 4)))
            return 0;
    }
    return 0;
}

void dp_jmes_replace(struct base_buf *text, const char *from, const char *to)
{
    struct base_buf out = {0};
    size_t len = strlen(from);

    for (size_t i = 0; i < text->len;) {
        if (text->len - i >= len && memcmp(text->data + i, from, len) == 0) {
            base_buf_puts(&out, to);
            i += len;
        } else {
            base_buf_putc(&out, text->data[i++]);
        }
    }
    base_buf_release(text);
    *text = out;
}

static uint32_t hex4(const char *at)
{
    char digits[5] = {at[0], at[1], at[2], at[3], '\0'};

    return (uint32_t)strtoul(digits, NULL, 16);
}

/* \uXXXX only; other escapes stay. False for half a pair. */
static bool unwrap_unicode(const char *at, const char *end, struct base_buf *out)
{
    uint32_t high = 0;

    while (at < end) {
        uint32_t code;
        bool low;
        if (*at != '\\' || at[1] != 'u') {
            base_buf_append(out, at, *at == '\\' ? 2 : 1);
            at += *at == '\\' ? 2 : 1;
            continue;
        }
        code = hex4(at + 2);
        at += 6;
        low = code >= 0xDC00 && code < 0xE000;
        if (low != (high != 0))
            return false;
        if (code >= 0xD800 && code < 0xDC00) {
            high = code;
            continue;
        }
        dp_utf8_put(out, low ? 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) : code);
        high = 0;
    }
    return high == 0;
}
