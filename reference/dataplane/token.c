/* Decides how tokens are built, found by name and written out. */
#include "reference/dataplane/token.h"

#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

#include <math.h>
#include <string.h>

/* An object of more than this many members gets a hash index: a body of 100,000 members must not cost 100,000². */
#define INDEX_FROM 16

static void *grow(struct base_arena *arena, struct dp_children *children);
static uint32_t hash_name(const char *name, size_t len);
static void index_add(struct base_arena *arena, struct dp_children *children, size_t place);
static void write_number(struct base_buf *out, double number);

struct dp_token *dp_token_new(struct base_arena *arena, enum dp_type type)
{
    struct dp_token *token = base_arena_alloc(arena, sizeof *token);

    token->type = type;
    return token;
}

struct dp_token *dp_token_text(struct base_arena *arena, const char *text)
{
    return text ? dp_token_text_len(arena, text, strlen(text)) : dp_token_new(arena, DP_NULL);
}

struct dp_token *dp_token_text_len(struct base_arena *arena, const char *text, size_t len)
{
    struct dp_token *token = dp_token_new(arena, DP_STRING);

    token->text = (struct dp_text){base_arena_strndup(arena, text, len), len};
    return token;
}

struct dp_token *dp_token_int(struct base_arena *arena, int64_t value)
{
    struct dp_token *token = dp_token_new(arena, DP_INT);

    token->integer = value;
    return token;
}

struct dp_token *dp_token_float(struct base_arena *arena, double value)
{
    struct dp_token *token = dp_token_new(arena, DP_FLOAT);

    token->number = value;
    return token;
}

struct dp_token *dp_token_bool(struct base_arena *arena, bool value)
{
    struct dp_token *token = dp_token_new(arena, DP_BOOL);

    token->boolean = value;
    return token;
}

struct dp_token *dp_token_date(struct base_arena *arena, struct dp_date date)
{
    struct dp_token *token = dp_token_new(arena, DP_DATE);

    token->date = date;
    return token;
}

struct dp_member *dp_object_set(struct base_arena *arena, struct dp_token *object, const char *name,
                                size_t len, struct dp_token *value)
{
    struct dp_children *children = &object->children;
    struct dp_member *member = (struct dp_member *)dp_object_find(object, name, len);

    if (!member) {
        member = grow(arena, children);
        member->name = (struct dp_text){base_arena_strndup(arena, name, len), len};
        index_add(arena, children, children->count - 1);
    }
    member->value = value;
    return member;
}

void dp_array_add(struct base_arena *arena, struct dp_token *array, struct dp_token *value)
{
    struct dp_member *member = grow(arena, &array->children);

    member->value = value;
}

const struct dp_member *dp_object_find(const struct dp_token *object, const char *name, size_t len)
{
    const struct dp_children *children = &object->children;

    if (object->type != DP_OBJECT)
        return NULL;
    if (children->index) {
        size_t mask = children->index_size - 1;
        for (size_t i = hash_name(name, len) & mask; children->index[i]; i = (i + 1) & mask) {
            const struct dp_member *member = &children->items[children->index[i] - 1];
            if (member->name.len == len && memcmp(member->name.data, name, len) == 0)
                return member;
        }
        return NULL;
    }
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].name.len == len &&
            memcmp(children->items[i].name.data, name, len) == 0)
            return &children->items[i];
    return NULL;
}

const struct dp_token *dp_object_get(const struct dp_token *object, const char *name)
{
    const struct dp_member *member = object ? dp_object_find(object, name, strlen(name)) : NULL;

    return member ? member->value : NULL;
}

const struct dp_member *dp_object_find_nocase(const struct dp_token *object, const char *name)
{
    const struct dp_member *member = dp_object_find(object, name, strlen(name));

    if (member || object->type != DP_OBJECT)
        return member;
    for (size_t i = 0; i < object->children.count; i++)
        if (dp_text_equal_nocase(object->children.items[i].name.data, name))
            return &object->children.items[i];
    return NULL;
}

bool dp_is_container(const struct dp_token *token)
{
    return token->type >= DP_ARRAY;
}

bool dp_text_same(const struct dp_text *a, const struct dp_text *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

bool dp_token_is_text(const struct dp_token *token, const char *text)
{
    return token && token->type == DP_STRING && strcmp(token->text.data, text) == 0;
}

const char *dp_type_name(enum dp_type type)
{
    static const char *const names[] = {"Null",   "Boolean", "Integer", "Integer",     "Float",
                                        "String", "Date",    "Array",   "Constructor", "Object"};
    return names[type];
}

void dp_token_write(struct base_buf *out, const struct dp_token *token)
{
    bool object = token->type == DP_OBJECT;
    char date[DP_DATE_TEXT], number[DP_NUMBER_TEXT];

    switch (token->type) {
    case DP_NULL:
        base_buf_puts(out, "null");
        break;
    case DP_BOOL:
        base_buf_puts(out, token->boolean ? "true" : "false");
        break;
    case DP_INT:
        base_buf_append(out, number, dp_long_text(token->integer, number));
        break;
    case DP_BIGINT:
        base_buf_puts(out, token->text.data);
        break;
    case DP_FLOAT:
        write_number(out, token->number);
        break;
    case DP_STRING:
        dp_write_string(out, token->text.data, token->text.len);
        break;
    case DP_DATE:
        dp_date_iso(token->date, date);
        base_buf_printf(out, "\"%s\"", date);
        break;
    case DP_ARRAY:
    case DP_CONSTRUCTOR:
    case DP_OBJECT:
        base_buf_putc(out, object ? '{' : '[');
        for (size_t i = 0; i < token->children.count; i++) {
            const struct dp_member *member = &token->children.items[i];
            if (i)
                base_buf_putc(out, ',');
            if (object) {
                dp_write_string(out, member->name.data, member->name.len);
                base_buf_putc(out, ':');
            }
            dp_token_write(out, member->value);
        }
        base_buf_putc(out, object ? '}' : ']');
        break;
    }
}

/* Bytes that stand for themselves: the usual case goes in one piece. */
static size_t plain_run(const char *text, const char *end)
{
    const char *at = text;

    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f && *at != '"' &&
           *at != '\\')
        at++;
    return (size_t)(at - text);
}

void dp_write_string(struct base_buf *out, const char *text, size_t len)
{
    static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *end = text + len;

    base_buf_putc(out, '"');
    while (text < end) {
        size_t run = plain_run(text, end);
        base_buf_append(out, text, run);
        text += run;
        if (text == end)
            break;
        uint32_t code = dp_utf8_next(&text, end);
        const char *found = code && code < 0x80 ? strchr(escaped, (int)code) : NULL;
        if (found)
            base_buf_printf(out, "\\%c", letters[found - escaped]);
        else if (code < 0x20)
            base_buf_printf(out, "\\u%04x", (unsigned)code);
        else
            dp_utf8_put(out, code >= 0xD800 && code < 0xE000 ? DP_REPLACEMENT : code);
    }
    base_buf_putc(out, '"');
}

/* Room for one child more; arenas cannot give back, so the array doubles. */
static void *grow(struct base_arena *arena, struct dp_children *children)
{
    if (children->count == children->capacity) {
        size_t capacity = children->capacity ? children->capacity * 2 : 4;
        struct dp_member *items = base_arena_alloc(arena, capacity * sizeof *items);
        if (children->count)
            memcpy(items, children->items, children->count * sizeof *items);
        children->items = items;
        children->capacity = capacity;
    }
    return &children->items[children->count++];
}

static uint32_t hash_name(const char *name, size_t len)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static void index_put(struct dp_children *children, size_t place)
{
    const struct dp_text *name = &children->items[place].name;
    size_t mask = children->index_size - 1, i = hash_name(name->data, name->len) & mask;

    while (children->index[i])
        i = (i + 1) & mask;
    children->index[i] = (uint32_t)place + 1;
}

static void index_add(struct base_arena *arena, struct dp_children *children, size_t place)
{
    if (children->count < INDEX_FROM)
        return;
    if (children->count * 2 > children->index_size) {
        children->index_size = children->capacity * 4;
        children->index = base_arena_alloc(arena, children->index_size * sizeof *children->index);
        for (size_t i = 0; i < children->count; i++)
            index_put(children, i);
        return;
    }
    index_put(children, place);
}

static void write_number(struct base_buf *out, double number)
{
    char text[DP_NUMBER_TEXT];

    dp_double_text(number, text);
    if (isnan(number) || isinf(number))
        base_buf_printf(out, "\"%s\"", text);
    else
        base_buf_printf(out, "%s%s", text, strpbrk(text, ".E") ? "" : ".0");
}
