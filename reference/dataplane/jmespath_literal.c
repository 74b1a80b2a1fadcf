/* Decides what is JSON between back-ticks, and which token it is. */
#include "reference/dataplane/jmespath_parts.h"

#include "reference/dataplane/reader.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool json_value(const char **at, const char *end, int depth);

/* Strict JSON first, then the connector's reader, which turns ISO texts into dates here too. */
struct dp_token *dp_jmes_literal(struct base_arena *arena, const struct dp_jmes_lexeme *lexeme,
                                 struct base_error *err)
{
    struct base_buf text = {0};
    struct dp_token *token = NULL;
    const char *at, *end;

    base_buf_append(&text, lexeme->start + 1, lexeme->len - 2);
    dp_jmes_replace(&text, "\\`", "`");
    at = text.len ? text.data : "";
    end = at + text.len;
    if (json_value(&at, end, 0) && at == end)
        token = dp_read(arena, text.data, text.len, DP_READ_WHOLE, err);
    else if (at < end)
        (void)base_error_set(err, BASE_INVALID, "JsonReaderException",
                             "Error: syntax, the literal %.*s is not JSON: unexpected '%c' at its "
                             "character %d. A text is written `\"...\"` or '...'.",
                             text.len > 200 ? 200 : (int)lexeme->len, lexeme->start, *at,
                             (int)(end - at) > 0 ? (int)(text.len - (size_t)(end - at)) + 1 : 0);
    else
        (void)base_error_set(err, BASE_INVALID, "JsonReaderException",
                             "Error: syntax, the literal %.*s is not JSON: it ends too early.",
                             text.len > 200 ? 200 : (int)lexeme->len, lexeme->start);
    base_buf_release(&text);
    return token;
}

static void json_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t' || **at == '\r' || **at == '\n'))
        (*at)++;
}

static bool json_string(const char **at, const char *end)
{
    for ((*at)++; *at < end; (*at)++) {
        unsigned char c = (unsigned char)**at;
        if (c == '"') {
            (*at)++;
            return true;
        }
        if (c < 0x20)
            return false;
        if (c != '\\')
            continue;
        (*at)++;
        if (*at == end || !strchr("\"\\/bfnrtu", **at) || !**at ||
            (**at == 'u' && !dp_jmes_is_hex(*at + 1, end, 4)))
            return false;
    }
    return false;
}

static bool json_digits(const char **at, const char *end)
{
    const char *from = *at;

    while (*at < end && **at >= '0' && **at <= '9')
        (*at)++;
    return *at > from;
}

static bool json_number(const char **at, const char *end)
{
    bool zero;

    if (**at == '-')
        (*at)++;
    zero = *at < end && **at == '0';
    if (zero)
        (*at)++;
    else if (!json_digits(at, end))
        return false;
    if (*at < end && **at == '.') {
        (*at)++;
        (void)json_digits(at, end); /* the original's checker takes "1." */
    } else if (zero) {
        return true;
    }
    if (*at < end && (**at == 'e' || **at == 'E')) {
        (*at)++;
        if (*at < end && (**at == '+' || **at == '-'))
            (*at)++;
        return json_digits(at, end);
    }
    return true;
}

/* The rest of an array or an object after its opening mark. */
static bool json_members(const char **at, const char *end, bool object, int depth)
{
    char close = object ? '}' : ']';

    (*at)++;
    json_blanks(at, end);
    if (*at < end && **at == close) {
        (*at)++;
        return true;
    }
    for (;;) {
        json_blanks(at, end);
        if (object && (*at == end || **at != '"' || !json_string(at, end)))
            return false;
        json_blanks(at, end);
        if (object && (*at == end || *(*at)++ != ':'))
            return false;
        if (!json_value(at, end, depth + 1) || *at == end)
            return false;
        if (**at == close) {
            (*at)++;
            return true;
        }
        if (**at != ',')
            return false;
        (*at)++;
    }
}

static bool json_value(const char **at, const char *end, int depth)
{
    static const char *const words[] = {"true", "false", "null"};
    bool good = false;

    json_blanks(at, end);
    if (*at == end || depth > DP_DEPTH_MAX)
        return false;
    if (**at == '"')
        good = json_string(at, end);
    else if (**at == '[' || **at == '{')
        good = json_members(at, end, **at == '{', depth);
    else if (**at == '-' || (**at >= '0' && **at <= '9'))
        good = json_number(at, end);
    for (size_t i = 0; !good && i < COUNT(words); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(end - *at) < len || memcmp(*at, words[i], len) != 0)
            continue;
        *at += len;
        good = true;
    }
    if (good)
        json_blanks(at, end);
    return good;
}
