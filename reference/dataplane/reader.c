/* Decides which texts are JSON for the connector, and which token each value becomes. */
#include "reference/dataplane/reader.h"

#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 380 /* characters of an integer, as the original */

struct dp_reader {
    struct base_arena *arena;
    const char *at, *end, *line_start;
    int line, depth;
    unsigned flags;
    struct dp_text last; /* the string that was read: a part of the text, or the scratch buffer */
    struct base_buf scratch; /* of strings that are not written as they are, and of long numbers */
    struct base_error *err;
};

struct dp_word_value { /* values spelled as words */
    const char *word;
    enum dp_type type;
    bool boolean;
    double number;
};

static struct dp_token *read_value(struct dp_reader *in);
static struct dp_token *read_object(struct dp_reader *in);
static struct dp_token *read_array(struct dp_reader *in, char close, enum dp_type type);
static struct dp_token *read_constructor(struct dp_reader *in);
static struct dp_token *read_string_token(struct dp_reader *in);
static struct dp_token *read_number(struct dp_reader *in);
static struct dp_token *read_word(struct dp_reader *in);
static bool read_name(struct dp_reader *in);
static bool read_string(struct dp_reader *in);
static bool read_long_string(struct dp_reader *in);
static bool skip_blanks(struct dp_reader *in);
static struct dp_token *fail(struct dp_reader *in, const char *what);
static struct dp_token *fail_at(struct dp_reader *in, const char *what);
static struct dp_token *place(const struct dp_reader *in, struct dp_token *token);

struct dp_token *dp_read(struct base_arena *arena, const void *text, size_t len, unsigned flags,
                         struct base_error *err)
{
    struct dp_reader in = {.arena = arena, .line = 1, .flags = flags, .err = err};
    struct dp_token *token = NULL;
    size_t decoded;

    in.at = in.line_start = dp_text_decode(arena, text, len, &decoded);
    in.end = in.at + decoded;
    if (!skip_blanks(&in))
        goto done;
    token = in.at == in.end ? place(&in, dp_token_new(arena, DP_NULL)) : read_value(&in);
    if (!token || !(flags & DP_READ_WHOLE))
        goto done;
    if (!skip_blanks(&in))
        token = NULL;
    else if (in.at < in.end)
        token = fail_at(&in, "Additional text encountered after finished reading JSON content");
done:
    base_buf_release(&in.scratch);
    return token;
}

static int column(const struct dp_reader *in)
{
    return (int)(in->at - in->line_start) + 1;
}

static struct dp_token *fail(struct dp_reader *in, const char *what)
{
    (void)base_error_set(in->err, BASE_INVALID, "JsonReaderException", "%s. Line %d, position %d.",
                         what, in->line, column(in));
    return NULL;
}

/* Names the character at the cursor, or the end of the text. */
static struct dp_token *fail_at(struct dp_reader *in, const char *what)
{
    const char *next = in->at;

    if (in->at >= in->end)
        return fail(in, "Unexpected end of JSON content");
    (void)dp_utf8_next(&next, in->end);
    (void)base_error_set(in->err, BASE_INVALID, "JsonReaderException",
                         "%s: %.*s. Line %d, position %d.", what, (int)(next - in->at), in->at,
                         in->line, column(in));
    return NULL;
}

static struct dp_token *place(const struct dp_reader *in, struct dp_token *token)
{
    token->line = in->line;
    token->column = column(in);
    return token;
}

static void newline(struct dp_reader *in)
{
    in->line++;
    in->line_start = in->at;
}

static bool skip_comment(struct dp_reader *in)
{
    bool block = in->at + 1 < in->end && in->at[1] == '*';

    if (!block && !(in->at + 1 < in->end && in->at[1] == '/')) {
        (void)fail_at(in, "Error parsing comment. Expected: * or /, got");
        return false;
    }
    for (in->at += 2; in->at < in->end; in->at++) {
        if (block && in->at[0] == '*' && in->at + 1 < in->end && in->at[1] == '/') {
            in->at += 2;
            return true;
        }
        if (!block && (*in->at == '\n' || *in->at == '\r'))
            return true;
        if (*in->at == '\n') {
            in->at++;
            newline(in);
            in->at--;
        }
    }
    if (block)
        (void)fail(in, "Unexpected end while parsing comment");
    return !block;
}

static void skip_white(struct dp_reader *in)
{
    while (in->at < in->end) {
        const char *next = in->at;
        if ((*next > ' ' && *next < 0x7f) || !dp_is_blank(dp_utf8_next(&next, in->end)))
            return;
        in->at = next;
        if (next[-1] == '\n')
            newline(in);
    }
}

/* White space and comments. */
static bool skip_blanks(struct dp_reader *in)
{
    for (;;) {
        skip_white(in);
        if (in->at == in->end || *in->at != '/')
            return true;
        if (!skip_comment(in))
            return false;
    }
}

static struct dp_token *read_value(struct dp_reader *in)
{
    char c = in->at < in->end ? *in->at : '\0';

    if (in->at >= in->end)
        return fail_at(in, "");
    if (c == '{')
        return read_object(in);
    if (c == '[')
        return read_array(in, ']', DP_ARRAY);
    if (c == '"' || c == '\'')
        return read_string_token(in);
    if ((c >= '0' && c <= '9') || c == '.' ||
        (c == '-' && (in->at + 1 == in->end || in->at[1] != 'I')))
        return read_number(in);
    if (c == ',') /* a value left out */
        return place(in, dp_token_new(in->arena, DP_NULL));
    return read_word(in);
}

static bool enter(struct dp_reader *in)
{
    if (++in->depth <= DP_DEPTH_MAX)
        return true;
    (void)fail(in, "The reader's MaxDepth of 64 has been exceeded");
    return false;
}

/* One "name: value" pair; the cursor stands at the name. */
static bool read_member(struct dp_reader *in, struct dp_token *object)
{
    int line = in->line, name_column = column(in);
    struct dp_member *member;
    struct dp_token *value;
    struct dp_text name;

    if (!read_name(in))
        return false;
    name.len = in->last.len;
    name.data = base_arena_strndup(in->arena, in->last.data, in->last.len);
    skip_white(in); /* a comment may not stand here */
    if (in->at == in->end || *in->at != ':') {
        (void)fail_at(in, "Invalid character after parsing property name. Expected ':' but got");
        return false;
    }
    in->at++;
    if (!skip_blanks(in))
        return false;
    value = read_value(in);
    if (!value)
        return false;
    member = dp_object_set(in->arena, object, name.data, name.len, value);
    member->line = line;
    member->column = name_column;
    return true;
}

static struct dp_token *read_object(struct dp_reader *in)
{
    struct dp_token *object = place(in, dp_token_new(in->arena, DP_OBJECT));

    if (!enter(in))
        return NULL;
    in->at++;
    for (;;) {
        if (!skip_blanks(in))
            return NULL;
        if (in->at < in->end && *in->at == '}')
            break;
        if (!read_member(in, object) || !skip_blanks(in))
            return NULL;
        if (in->at < in->end && *in->at == ',')
            in->at++;
        else if (in->at == in->end || *in->at != '}')
            return fail_at(in, "After parsing a value an unexpected character was encountered");
    }
    in->at++;
    in->depth--;
    return object;
}

/* Elements up to `close`; two commas in a row make an undefined element, a comma before `close` none. */
static struct dp_token *read_array(struct dp_reader *in, char close, enum dp_type type)
{
    struct dp_token *array = place(in, dp_token_new(in->arena, type));

    if (!enter(in))
        return NULL;
    in->at++;
    for (;;) {
        struct dp_token *value;
        if (!skip_blanks(in))
            return NULL;
        if (in->at < in->end && *in->at == close)
            break;
        value = read_value(in);
        if (!value || !skip_blanks(in))
            return NULL;
        dp_array_add(in->arena, array, value);
        if (in->at < in->end && *in->at == ',')
            in->at++;
        else if (in->at == in->end || *in->at != close)
            return fail_at(in, "After parsing a value an unexpected character was encountered");
    }
    in->at++;
    in->depth--;
    return array;
}

static bool is_name_char(uint32_t code)
{
    return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
           (code >= 'A' && code <= 'Z') || code == '_' || code == '$' ||
           (code >= 0x80 && !dp_is_blank(code));
}

/* new X(a, b): kept as a constructor token, which nothing converts. */
static struct dp_token *read_constructor(struct dp_reader *in)
{
    struct dp_token *made;
    int line = in->line, start = column(in);

    in->at += 3;
    skip_white(in);
    while (in->at < in->end && is_name_char((unsigned char)*in->at))
        in->at++;
    skip_white(in);
    if (in->at == in->end || *in->at != '(')
        return fail_at(in, "Unexpected character while parsing constructor");
    made = read_array(in, ')', DP_CONSTRUCTOR);
    if (made) {
        made->line = line;
        made->column = start;
    }
    return made;
}

static struct dp_token *read_string_token(struct dp_reader *in)
{
    int line = in->line, start = column(in);
    struct dp_date date;
    struct dp_token *token;

    if (!read_string(in))
        return NULL;
    if (!(in->flags & DP_READ_DATES_TEXT) && dp_date_sniff(in->last.data, in->last.len, &date))
        token = dp_token_date(in->arena, date);
    else
        token = dp_token_text_len(in->arena, in->last.data, in->last.len);
    token->line = line;
    token->column = start;
    return token;
}

static bool read_unquoted_name(struct dp_reader *in)
{
    const char *start = in->at;

    while (in->at < in->end) {
        const char *next = in->at;
        uint32_t code = dp_utf8_next(&next, in->end);
        if (code == ':' || dp_is_blank(code))
            break;
        if (!is_name_char(code)) {
            (void)fail_at(in, "Invalid JavaScript property identifier character");
            return false;
        }
        in->at = next;
    }
    in->last = (struct dp_text){start, (size_t)(in->at - start)};
    return true;
}

/* A member's name, quoted or not. */
static bool read_name(struct dp_reader *in)
{
    if (in->at < in->end && (*in->at == '"' || *in->at == '\''))
        return read_string(in);
    if (in->at == in->end || !is_name_char((unsigned char)*in->at)) {
        (void)fail_at(in, "Invalid property identifier character");
        return false;
    }
    return read_unquoted_name(in);
}

static bool read_hex4(struct dp_reader *in, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++, in->at++) {
        char c = in->at < in->end ? *in->at : '\0';
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (digit < 0) {
            (void)fail_at(in, "Invalid Unicode escape sequence");
            return false;
        }
        *code = *code << 4 | (uint32_t)digit;
    }
    return true;
}

/* After "\u": joins a surrogate pair; a lone half becomes U+FFFD. */
static bool read_unicode(struct dp_reader *in)
{
    uint32_t code, low;
    const char *back;

    if (!read_hex4(in, &code))
        return false;
    back = in->at;
    if (code >= 0xD800 && code < 0xDC00 && in->end - in->at >= 6 && in->at[0] == '\\' &&
        in->at[1] == 'u') {
        in->at += 2;
        if (!read_hex4(in, &low))
            return false;
        if (low >= 0xDC00 && low < 0xE000)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        else
            in->at = back;
    }
    dp_utf8_put(&in->scratch, code >= 0xD800 && code < 0xE000 ? DP_REPLACEMENT : code);
    return true;
}

static bool read_escape(struct dp_reader *in)
{
    static const char letters[] = "btnfr\\\"'/", values[] = "\b\t\n\f\r\\\"'/";
    const char *found;

    in->at++;
    if (in->at == in->end) {
        (void)fail(in, "Unterminated string. Expected delimiter");
        return false;
    }
    if (*in->at == 'u') {
        in->at++;
        return read_unicode(in);
    }
    found = *in->at ? strchr(letters, *in->at) : NULL;
    if (!found) {
        (void)fail_at(in, "Bad JSON escape sequence: \\");
        return false;
    }
    base_buf_putc(&in->scratch, values[found - letters]);
    in->at++;
    return true;
}

/* A quoted string. Most are written as they are: nothing is copied then. */
static bool read_string(struct dp_reader *in)
{
    const char *at = in->at + 1;
    char quote = *in->at;

    while (at < in->end && *at != quote && *at != '\\' && *at != '\n')
        at++;
    if (at == in->end || *at != quote)
        return read_long_string(in);
    in->last = (struct dp_text){in->at + 1, (size_t)(at - in->at) - 1};
    in->at = at + 1;
    return true;
}

/* One with escapes or raw line breaks, which are allowed, into the scratch buffer. */
static bool read_long_string(struct dp_reader *in)
{
    char quote = *in->at++;

    base_buf_clear(&in->scratch);
    while (in->at < in->end && *in->at != quote) {
        const char *run = in->at;
        while (in->at < in->end && *in->at != quote && *in->at != '\\' && *in->at != '\n')
            in->at++;
        base_buf_append(&in->scratch, run, (size_t)(in->at - run));
        if (in->at == in->end || *in->at == quote)
            break;
        if (*in->at == '\\') {
            if (!read_escape(in))
                return false;
        } else {
            base_buf_putc(&in->scratch, *in->at++);
            newline(in);
        }
    }
    if (in->at == in->end) {
        (void)fail(in, "Unterminated string. Expected delimiter");
        return false;
    }
    in->at++;
    in->last = (struct dp_text){in->scratch.len ? in->scratch.data : "", in->scratch.len};
    return true;
}

static bool is_number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || (c | 32) == 'x' ||
           ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static struct dp_token *make_integer(struct dp_reader *in, const char *text, int base)
{
    struct dp_token *token;
    char *end;
    long long value;

    if (base == 16 && !isxdigit((unsigned char)text[2]))
        return fail(in, "Input string is not a valid number");
    errno = 0;
    value = base == 10 ? strtoll(text, &end, 10)
                       : (long long)strtoull(base == 16 ? text + 2 : text, &end, base);
    if (*end || end == text)
        return fail(in, "Input string is not a valid number");
    if (errno == 0)
        return dp_token_int(in->arena, value);
    if (base != 10)
        return fail(in, "Input string is not a valid number");
    if (strlen(text) > NUMBER_MAX)
        return fail(in, "JSON integer is too large to parse");
    token = dp_token_new(in->arena, DP_BIGINT);
    token->text = (struct dp_text){base_arena_strdup(in->arena, text), strlen(text)};
    return token;
}

/* A leading 0 that is not alone and not before a point or exponent makes the integer hexadecimal or octal. */
static struct dp_token *make_number(struct dp_reader *in, const char *text)
{
    size_t digits = strspn(text + (text[0] == '-'), "0123456789");
    double value;

    if (text[0] == '0' && text[1] && !strchr(".eE", text[1]))
        return make_integer(in, text, (text[1] | 32) == 'x' ? 16 : 8);
    if (digits && !text[digits + (text[0] == '-')])
        return make_integer(in, text, 10);
    if (!dp_parse_double(text, &value))
        return fail(in, "Input string is not a valid number");
    return dp_token_float(in->arena, value);
}

/* Up to 18 decimal digits without a leading zero; NULL: something else. */
static struct dp_token *make_plain_integer(struct dp_reader *in, const char *text, size_t len)
{
    bool negative = *text == '-';
    int64_t value = 0;

    if (len - negative == 0 || len - negative > 18 || (text[negative] == '0' && len > 1))
        return NULL;
    for (size_t i = negative; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return NULL;
        value = value * 10 + (text[i] - '0');
    }
    return dp_token_int(in->arena, negative ? -value : value);
}

static struct dp_token *read_number(struct dp_reader *in)
{
    int line = in->line, start = column(in);
    const char *text = in->at, *next;
    struct dp_token *token;

    while (in->at < in->end && is_number_char(*in->at))
        in->at++;
    next = in->at;
    if (in->at < in->end && !strchr(",}])/", *in->at) && !dp_is_blank(dp_utf8_next(&next, in->end)))
        return fail_at(in, "Unexpected character encountered while parsing number");
    token = make_plain_integer(in, text, (size_t)(in->at - text));
    if (!token) {
        base_buf_clear(&in->scratch);
        base_buf_append(&in->scratch, text, (size_t)(in->at - text));
        token = make_number(in, in->scratch.data);
    }
    if (token) {
        token->line = line;
        token->column = start;
    }
    return token;
}

static struct dp_token *read_word(struct dp_reader *in)
{
    static const struct dp_word_value words[] = {
        {"true", DP_BOOL, true, 0},
        {"false", DP_BOOL, false, 0},
        {"null", DP_NULL, false, 0},
        {"undefined", DP_NULL, false, 0},
        {"NaN", DP_FLOAT, false, NAN},
        {"Infinity", DP_FLOAT, false, INFINITY},
        {"-Infinity", DP_FLOAT, false, -INFINITY},
    };
    struct dp_token *token;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i].word);
        const char *next = in->at + len;
        if ((size_t)(in->end - in->at) < len || memcmp(in->at, words[i].word, len) != 0)
            continue;
        if (next < in->end && !strchr(",}])/", *next) && !dp_is_blank(dp_utf8_next(&next, in->end)))
            break;
        token = place(in, dp_token_new(in->arena, words[i].type));
        if (token->type == DP_BOOL)
            token->boolean = words[i].boolean;
        if (token->type == DP_FLOAT)
            token->number = words[i].number;
        in->at += len;
        return token;
    }
    if (in->end - in->at > 4 && memcmp(in->at, "new ", 4) == 0)
        return read_constructor(in);
    return fail_at(in, "Unexpected character encountered while parsing value");
}
