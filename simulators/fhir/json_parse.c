/* Decides what a JSON text is, and keeps its numbers as they were written. */
#include "simulators/fhir/json.h"

#include <ctype.h>
#include <string.h>

struct reader {
    struct base_arena *arena;
    const char *start, *at, *end;
    struct base_error *err;
    int depth;
};

static cJSON *read_value(struct reader *reader);
static cJSON *read_object(struct reader *reader);
static cJSON *read_array(struct reader *reader);
static cJSON *read_number(struct reader *reader);
static cJSON *read_word(struct reader *reader);
static char *read_text(struct reader *reader);
static bool read_escape(struct reader *reader, char **out);
static bool read_unicode(struct reader *reader, char **out);
static void *fail(struct reader *reader, const char *what);

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
        reader->at++;
}

static char peek(const struct reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

cJSON *fhir_json_parse(struct base_arena *arena, const char *text, size_t len,
                       struct base_error *err)
{
    struct reader reader = {arena, text, text, text + len, err, 0};

    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        reader.at += 3;
    cJSON *value = read_value(&reader);
    if (!value)
        return NULL;
    skip_blanks(&reader);
    return reader.at == reader.end ? value : fail(&reader, "text after the end of the value");
}

static void *fail(struct reader *reader, const char *what)
{
    size_t line = 1, column = 1;

    for (const char *at = reader->start; at < reader->at; at++) {
        column = *at == '\n' ? 1 : column + 1;
        line += *at == '\n';
    }
    base_error_set(reader->err, BASE_INVALID, "InvalidJson", "%s, line %zu, position %zu", what,
                   line, column);
    return NULL;
}

static cJSON *read_value(struct reader *reader)
{
    cJSON *value = NULL;

    skip_blanks(reader);
    if (++reader->depth > FHIR_JSON_DEPTH)
        return fail(reader, "the value is nested too deeply");
    if (peek(reader) == '{')
        value = read_object(reader);
    else if (peek(reader) == '[')
        value = read_array(reader);
    else if (peek(reader) == '"') {
        const char *text = read_text(reader);
        value = text ? base_arena_alloc(reader->arena, sizeof *value) : NULL;
        if (value) {
            value->type = cJSON_String;
            value->valuestring = (char *)text;
        }
    } else if (peek(reader) == '-' || (peek(reader) >= '0' && peek(reader) <= '9'))
        value = read_number(reader);
    else
        value = read_word(reader);
    reader->depth--;
    return value;
}

static bool known_member(const cJSON *object, const char *name)
{
    for (const cJSON *at = object->child; at; at = at->next)
        if (!strcmp(at->string, name))
            return true;
    return false;
}

static cJSON *read_object(struct reader *reader)
{
    cJSON *object = fhir_json_object(reader->arena);

    reader->at++;
    for (skip_blanks(reader); peek(reader) != '}'; skip_blanks(reader)) {
        if (object->child && peek(reader) != ',')
            return fail(reader, "expected ',' or '}'");
        reader->at += object->child != NULL;
        skip_blanks(reader);
        if (peek(reader) != '"')
            return fail(reader, "expected the name of a member in quotes");
        char *name = read_text(reader);
        if (!name)
            return NULL;
        if (known_member(object, name))
            return fail(reader, "a member stands twice");
        skip_blanks(reader);
        if (peek(reader) != ':')
            return fail(reader, "expected ':'");
        reader->at++;
        cJSON *value = read_value(reader);
        if (!value)
            return NULL;
        fhir_json_add(object, name, value);
    }
    reader->at++;
    return object;
}

static cJSON *read_array(struct reader *reader)
{
    cJSON *array = fhir_json_array(reader->arena);

    reader->at++;
    for (skip_blanks(reader); peek(reader) != ']'; skip_blanks(reader)) {
        if (array->child && peek(reader) != ',')
            return fail(reader, "expected ',' or ']'");
        reader->at += array->child != NULL;
        cJSON *value = read_value(reader);
        if (!value)
            return NULL;
        fhir_json_add(array, NULL, value);
    }
    reader->at++;
    return array;
}

static size_t digits(struct reader *reader)
{
    const char *start = reader->at;

    while (peek(reader) >= '0' && peek(reader) <= '9')
        reader->at++;
    return (size_t)(reader->at - start);
}

static cJSON *read_number(struct reader *reader)
{
    const char *start = reader->at;

    reader->at += peek(reader) == '-';
    const char *first = reader->at;
    size_t whole = digits(reader);
    bool good = whole == 1 || (whole > 1 && *first != '0');
    if (good && peek(reader) == '.') {
        reader->at++;
        good = digits(reader) > 0;
    }
    if (good && (peek(reader) == 'e' || peek(reader) == 'E')) {
        reader->at++;
        reader->at += peek(reader) == '+' || peek(reader) == '-';
        good = digits(reader) > 0;
    }
    if (!good)
        return fail(reader, "a number is malformed");
    cJSON *node = base_arena_alloc(reader->arena, sizeof *node);
    node->type = cJSON_Raw;
    node->valuestring = base_arena_strndup(reader->arena, start, (size_t)(reader->at - start));
    return node;
}

static cJSON *read_word(struct reader *reader)
{
    static const struct {
        const char *word;
        int type;
    } words[] = {{"true", cJSON_True}, {"false", cJSON_False}, {"null", cJSON_NULL}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i].word);
        if ((size_t)(reader->end - reader->at) >= len && !memcmp(reader->at, words[i].word, len)) {
            cJSON *node = base_arena_alloc(reader->arena, sizeof *node);
            node->type = words[i].type;
            reader->at += len;
            return node;
        }
    }
    return fail(reader, reader->at == reader->end ? "the text ends before the value does"
                                                  : "an unexpected character");
}

/* The text in quotes, unescaped: never longer than it was. */
static char *read_text(struct reader *reader)
{
    const char *close = ++reader->at;

    while (close < reader->end && *close != '"')
        close += *close == '\\' && close + 1 < reader->end ? 2 : 1;
    if (close >= reader->end)
        return fail(reader, "a text has no end");
    char *text = base_arena_alloc(reader->arena, (size_t)(close - reader->at) + 1), *out = text;
    while (reader->at < close) {
        if ((unsigned char)*reader->at < 0x20)
            return fail(reader, "a control character in a text");
        if (*reader->at != '\\')
            *out++ = *reader->at++;
        else if (!read_escape(reader, &out))
            return fail(reader, "an unknown escape in a text");
    }
    *out = '\0';
    reader->at++;
    return text;
}

static bool read_escape(struct reader *reader, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = strchr(from, reader->at[1]);

    if (reader->at[1] == 'u')
        return read_unicode(reader, out);
    if (!found || !*found)
        return false;
    *(*out)++ = to[found - from];
    reader->at += 2;
    return true;
}

static bool hex4(const struct reader *reader, const char *at, unsigned *out)
{
    *out = 0;
    if (reader->end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return false;
    for (int i = 2; i < 6; i++) {
        if (!isxdigit((unsigned char)at[i]))
            return false;
        *out = *out * 16 +
               (unsigned)(isdigit((unsigned char)at[i]) ? at[i] - '0' : (at[i] | 0x20) - 'a' + 10);
    }
    return true;
}

static bool read_unicode(struct reader *reader, char **out)
{
    unsigned code, low;

    if (!hex4(reader, reader->at, &code) || code == 0)
        return false;
    reader->at += 6;
    if (code >= 0xd800 && code < 0xe000) {
        if (code >= 0xdc00 || !hex4(reader, reader->at, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        reader->at += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code < 0x80) {
        *(*out)++ = (char)code;
    } else if (code < 0x800) {
        *(*out)++ = (char)(0xc0 | code >> 6);
        *(*out)++ = (char)(0x80 | (code & 0x3f));
    } else {
        if (code >= 0x10000) {
            *(*out)++ = (char)(0xf0 | code >> 18);
            *(*out)++ = (char)(0x80 | ((code >> 12) & 0x3f));
        } else {
            *(*out)++ = (char)(0xe0 | code >> 12);
        }
        *(*out)++ = (char)(0x80 | ((code >> 6) & 0x3f));
        *(*out)++ = (char)(0x80 | (code & 0x3f));
    }
    return true;
}
