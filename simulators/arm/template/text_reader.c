/* Decides what template text means: JSON, and what clients write beyond it. */
#include "simulators/arm/template/text_private.h"

#include "simulators/arm/template/function.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    arm_text_t *out;
    const char *at, *end;
    int depth;
    struct base_error *err;
};

static cJSON *read_value(struct reader *r);
static bool skip_blanks(struct reader *r);
static void *expected(struct reader *r, const char *what);

cJSON *arm_text_grammar(arm_text_t *text, struct base_error *err)
{
    struct reader r = {text, text->text, text->text + text->len, 0, err};
    cJSON *root;

    if (text->len >= 3 && !memcmp(text->text, "\xEF\xBB\xBF", 3))
        r.at += 3;
    root = skip_blanks(&r) ? read_value(&r) : NULL;
    if (root && skip_blanks(&r) && (r.at >= r.end || expected(&r, "the end of the text")))
        return root;
    cJSON_Delete(root);
    return NULL;
}

/* ---- refusals ---- */

static void *refuse(struct reader *r, const char *fmt, ...) BASE_PRINTF(2, 3);
static void *refuse(struct reader *r, const char *fmt, ...)
{
    char sentence[400];
    int line, column;
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    arm_text_line(r->out, (size_t)(r->at - r->out->text), &line, &column);
    base_error_set(r->err, BASE_INVALID, "InvalidTemplate",
                   "Unexpected template text: %s. Line %d, position %d.", sentence, line, column);
    return NULL;
}

static void *expected(struct reader *r, const char *what)
{
    if (r->at >= r->end)
        return refuse(r, "%s was expected, the text ends", what);
    return refuse(r, "%s was expected, '%c' was found", what,
                  isprint((unsigned char)*r->at) ? *r->at : '?');
}

/* ---- blanks and comments ---- */

static bool skip_comment(struct reader *r)
{
    const char *start = r->at;

    if (r->at + 1 < r->end && r->at[1] == '/') {
        while (r->at < r->end && *r->at != '\n')
            r->at++;
        return true;
    }
    if (r->at + 1 >= r->end || r->at[1] != '*')
        return expected(r, "a value or a comment"), false;
    for (r->at += 2; r->at + 1 < r->end; r->at++)
        if (r->at[0] == '*' && r->at[1] == '/') {
            r->at += 2;
            return true;
        }
    r->at = start;
    return refuse(r, "a comment has no end"), false;
}

static bool skip_blanks(struct reader *r)
{
    while (r->at < r->end) {
        if (*r->at == '/') {
            if (!skip_comment(r))
                return false;
        } else if (*r->at && strchr(" \t\r\n", *r->at)) {
            r->at++;
        } else {
            break;
        }
    }
    return true;
}

/* ---- strings ---- */

static bool hex4(const char *at, const char *end, unsigned *out)
{
    char digits[5] = "", *stop;

    if (end - at < 4)
        return false;
    memcpy(digits, at, 4);
    *out = (unsigned)strtoul(digits, &stop, 16);
    return stop == digits + 4 && isxdigit((unsigned char)digits[0]);
}

static void put_utf8(unsigned code, struct base_buf *out)
{
    if (code < 0x80) {
        base_buf_putc(out, (char)code);
        return;
    }
    if (code < 0x800) {
        base_buf_putc(out, (char)(0xC0 | code >> 6));
    } else if (code < 0x10000) {
        base_buf_putc(out, (char)(0xE0 | code >> 12));
        base_buf_putc(out, (char)(0x80 | (code >> 6 & 0x3F)));
    } else {
        base_buf_putc(out, (char)(0xF0 | code >> 18));
        base_buf_putc(out, (char)(0x80 | (code >> 12 & 0x3F)));
        base_buf_putc(out, (char)(0x80 | (code >> 6 & 0x3F)));
    }
    base_buf_putc(out, (char)(0x80 | (code & 0x3F)));
}

/* \uXXXX, `at` behind the u; pairs of surrogates make one character. */
static bool read_unicode(struct reader *r, struct base_buf *out)
{
    unsigned code, low;

    if (!hex4(r->at, r->end, &code))
        return expected(r, "four hexadecimal digits"), false;
    r->at += 4;
    if (code >= 0xD800 && code < 0xDC00) {
        if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u' ||
            !hex4(r->at + 2, r->end, &low) || low < 0xDC00 || low > 0xDFFF)
            return expected(r, "the second half of a surrogate pair"), false;
        r->at += 6;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (!code || (code >= 0xDC00 && code <= 0xDFFF)) {
        return refuse(r, "the character \\u%04x cannot stand in a string", code), false;
    }
    put_utf8(code, out);
    return true;
}

static bool read_escape(struct reader *r, struct base_buf *out)
{
    static const char letters[] = "\"\\/bfnrt'", values[] = "\"\\/\b\f\n\r\t'";
    const char *found;

    if (++r->at >= r->end)
        return expected(r, "the end of a string"), false;
    if (*r->at == 'u') {
        r->at++;
        return read_unicode(r, out);
    }
    found = *r->at ? strchr(letters, *r->at) : NULL;
    if (!found)
        return expected(r, "an escaped character"), false;
    base_buf_putc(out, values[found - letters]);
    r->at++;
    return true;
}

/* Line ends may stand in it as they are. The caller releases `out` in any case. */
static bool read_text(struct reader *r, struct base_buf *out)
{
    const char *start = r->at++;

    base_buf_puts(out, "");
    for (;;) {
        size_t plain = 0;
        while (r->at + plain < r->end && !strchr("\"\\", r->at[plain]))
            plain++;
        base_buf_append(out, r->at, plain);
        r->at += plain;
        if (r->at >= r->end) {
            r->at = start;
            return refuse(r, "a string has no end"), false;
        }
        if (*r->at == '"') {
            r->at++;
            return true;
        }
        if (!*r->at)
            return refuse(r, "a NUL character cannot stand in a string"), false;
        if (!read_escape(r, out))
            return false;
    }
}

static cJSON *read_string(struct reader *r)
{
    struct base_buf text = {0};
    cJSON *node = read_text(r, &text) ? cJSON_CreateString(text.data) : NULL;

    base_buf_release(&text);
    return node;
}

/* ---- numbers and words ---- */

static const char *digits(const char *at, const char *end)
{
    while (at < end && isdigit((unsigned char)*at))
        at++;
    return at;
}

static cJSON *new_number(const char *text)
{
    char printed[40];
    double value = strtod(text, NULL);
    int64_t whole;

    if (base_parse_int64(text, &whole) && strcmp(text, "-0") != 0)
        return arm_template_new_int(whole);
    (void)snprintf(printed, sizeof(printed), "%.15g", value);
    return strcmp(printed, text) ? cJSON_CreateRaw(text) : cJSON_CreateNumber(value);
}

static cJSON *read_number(struct reader *r)
{
    const char *start = r->at, *at = start + (*start == '-'), *whole = at;
    char text[64];

    at = digits(at, r->end);
    if (at == whole || (*whole == '0' && at - whole > 1))
        return expected(r, "a number");
    if (at < r->end && *at == '.')
        at = digits(at + 1, r->end);
    if (at < r->end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < r->end && (*at == '+' || *at == '-');
        at = digits(at, r->end);
    }
    if (!isdigit((unsigned char)at[-1]) || (size_t)(at - start) >= sizeof(text))
        return expected(r, "a number");
    memcpy(text, start, (size_t)(at - start));
    text[at - start] = '\0';
    if (!isfinite(strtod(text, NULL)))
        return refuse(r, "the number '%s' is too great", text);
    r->at = at;
    return new_number(text);
}

static cJSON *read_word(struct reader *r)
{
    static const struct {
        const char *word;
        int type;
    } words[] = {{"true", cJSON_True}, {"false", cJSON_False}, {"null", cJSON_NULL}};

    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(words[i].word);
        if ((size_t)(r->end - r->at) >= len && !memcmp(r->at, words[i].word, len)) {
            r->at += len;
            return words[i].type == cJSON_NULL ? cJSON_CreateNull()
                                               : cJSON_CreateBool(words[i].type == cJSON_True);
        }
    }
    return expected(r, "a value");
}

/* ---- objects and arrays ---- */

/* Behind a value: true, and *more says whether a comma announces another. */
static bool read_comma(struct reader *r, char close, bool *more)
{
    if (!skip_blanks(r))
        return false;
    *more = r->at < r->end && *r->at == ',';
    if (*more) {
        r->at++;
        return skip_blanks(r);
    }
    if (r->at >= r->end || *r->at != close)
        return expected(r, close == '}' ? "',' or '}'" : "',' or ']'"), false;
    r->at++;
    return true;
}

static bool read_elements(struct reader *r, cJSON *array)
{
    bool more = true;

    while (more) {
        cJSON *value = read_value(r);
        if (!value)
            return false;
        cJSON_AddItemToArray(array, value);
        if (!read_comma(r, ']', &more))
            return false;
    }
    return true;
}

/* In quotes, or a bare word: az writes `template:`. */
static bool read_name(struct reader *r, struct base_buf *name)
{
    const char *start = r->at;

    if (r->at < r->end && *r->at == '"')
        return read_text(r, name);
    while (r->at < r->end && (isalnum((unsigned char)*r->at) || *r->at == '_' || *r->at == '$'))
        r->at++;
    if (r->at == start || isdigit((unsigned char)*start)) {
        r->at = start;
        expected(r, "the name of a member");
        return false;
    }
    base_buf_append(name, start, (size_t)(r->at - start));
    return true;
}

static bool read_member(struct reader *r, cJSON *object, struct arm_index *names)
{
    struct base_buf name = {0};
    const char *start = r->at;
    cJSON *value = NULL;

    if (!read_name(r, &name) || !skip_blanks(r))
        goto done;
    if (r->at >= r->end || *r->at != ':') {
        expected(r, "':'");
        goto done;
    }
    r->at++;
    value = skip_blanks(r) ? read_value(r) : NULL;
    if (!value)
        goto done;
    cJSON_AddItemToObject(object, name.data, value);
    if (arm_index_put_name(names, value)) {
        r->at = start;
        refuse(r, "the member '%.100s' is there twice; names are compared without case", name.data);
        value = NULL;
    }
done:
    base_buf_release(&name);
    return value != NULL;
}

static bool read_members(struct reader *r, cJSON *object)
{
    struct arm_index names = {0};
    bool more = true, good = true;

    while (more && good)
        good = read_member(r, object, &names) && read_comma(r, '}', &more);
    arm_index_release(&names);
    return good;
}

static cJSON *read_container(struct reader *r)
{
    bool object = *r->at == '{', good = true;
    cJSON *node;

    if (r->depth >= ARM_TEMPLATE_DEPTH)
        return refuse(r, "it is nested more than %d levels deep", ARM_TEMPLATE_DEPTH);
    r->depth++;
    r->at++;
    node = object ? cJSON_CreateObject() : cJSON_CreateArray();
    good = skip_blanks(r);
    if (good && r->at < r->end && *r->at == (object ? '}' : ']'))
        r->at++;
    else
        good = good && (object ? read_members(r, node) : read_elements(r, node));
    r->depth--;
    if (good)
        return node;
    cJSON_Delete(node);
    return NULL;
}

static cJSON *read_value(struct reader *r)
{
    size_t offset = (size_t)(r->at - r->out->text);
    cJSON *node;

    if (r->at >= r->end)
        return expected(r, "a value");
    if (*r->at == '{' || *r->at == '[')
        node = read_container(r);
    else if (*r->at == '"')
        node = read_string(r);
    else if (*r->at == '-' || isdigit((unsigned char)*r->at))
        node = read_number(r);
    else
        node = read_word(r);
    if (node)
        arm_text_put(r->out, node, offset);
    return node;
}
