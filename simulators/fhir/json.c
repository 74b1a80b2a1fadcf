/* Decides how nodes of a resource are linked, compared and written out. */
#include "simulators/fhir/json.h"

#include <string.h>

#define TYPE(node) ((node)->type & 0xff)

static cJSON *node_of(struct base_arena *arena, int type, char *text)
{
    cJSON *node = base_arena_alloc(arena, sizeof *node);

    node->type = type;
    node->valuestring = text;
    return node;
}

cJSON *fhir_json_object(struct base_arena *arena)
{
    return node_of(arena, cJSON_Object, NULL);
}

cJSON *fhir_json_array(struct base_arena *arena)
{
    return node_of(arena, cJSON_Array, NULL);
}

cJSON *fhir_json_text(struct base_arena *arena, const char *text)
{
    return node_of(arena, cJSON_String, base_arena_strdup(arena, text));
}

cJSON *fhir_json_number(struct base_arena *arena, const char *text)
{
    return node_of(arena, cJSON_Raw, base_arena_strdup(arena, text));
}

cJSON *fhir_json_integer(struct base_arena *arena, int64_t number)
{
    return node_of(arena, cJSON_Raw, base_arena_printf(arena, "%lld", (long long)number));
}

cJSON *fhir_json_bool(struct base_arena *arena, bool value)
{
    return node_of(arena, value ? cJSON_True : cJSON_False, NULL);
}

cJSON *fhir_json_verbatim(struct base_arena *arena, const char *text)
{
    return node_of(arena, cJSON_Raw, (char *)text);
}

cJSON *fhir_json_copy(struct base_arena *arena, const cJSON *node)
{
    if (!node)
        return NULL;
    cJSON *copy = node_of(arena, node->type, node->valuestring);
    for (const cJSON *at = node->child; at; at = at->next)
        fhir_json_add(copy, at->string, fhir_json_copy(arena, at));
    return copy;
}

void fhir_json_add(cJSON *parent, const char *name, cJSON *item)
{
    fhir_json_insert(parent, NULL, name, item);
}

void fhir_json_add_text(struct base_arena *arena, cJSON *parent, const char *name, const char *text)
{
    if (text)
        fhir_json_add(parent, name, fhir_json_text(arena, text));
}

/* cJSON's order: the first child's prev is the last child, the last child's next is NULL. */
void fhir_json_insert(cJSON *parent, cJSON *before, const char *name, cJSON *item)
{
    cJSON *first = parent->child;

    item->string = (char *)name;
    item->next = before;
    if (!first) {
        item->prev = item;
        parent->child = item;
        return;
    }
    cJSON *at = before ? before : first;
    item->prev = at->prev;
    if (before != first)
        at->prev->next = item;
    at->prev = item;
    if (before == first)
        parent->child = item;
}

void fhir_json_replace(cJSON *parent, cJSON *old, cJSON *item)
{
    const char *name = old->string;
    cJSON *before = old->next;

    fhir_json_unlink(parent, old);
    fhir_json_insert(parent, before, name, item);
}

void fhir_json_put(cJSON *object, const char *name, cJSON *item)
{
    cJSON *old = fhir_json_get(object, name);

    if (old)
        fhir_json_replace(object, old, item);
    else
        fhir_json_add(object, name, item);
}

void fhir_json_unlink(cJSON *parent, cJSON *item)
{
    if (item == parent->child)
        parent->child = item->next;
    else
        item->prev->next = item->next;
    if (item->next)
        item->next->prev = item->prev;
    else if (parent->child)
        parent->child->prev = item->prev;
    item->next = item->prev = NULL;
}

cJSON *fhir_json_get(const cJSON *object, const char *name)
{
    cJSON *at = object && TYPE(object) == cJSON_Object ? object->child : NULL;

    while (at && strcmp(at->string, name))
        at = at->next;
    return at;
}

const char *fhir_json_get_text(const cJSON *object, const char *name)
{
    const cJSON *node = fhir_json_get(object, name);
    return node && TYPE(node) == cJSON_String ? node->valuestring : NULL;
}

bool fhir_json_is_number(const cJSON *node)
{
    return node && TYPE(node) == cJSON_Raw;
}

static bool equal_members(const cJSON *a, const cJSON *b)
{
    size_t left = 0, right = 0;

    for (const cJSON *at = a->child; at; at = at->next, left++) {
        const cJSON *other = fhir_json_get(b, at->string);
        if (!other || !fhir_json_equal(at, other))
            return false;
    }
    for (const cJSON *at = b->child; at; at = at->next)
        right++;
    return left == right;
}

bool fhir_json_equal(const cJSON *a, const cJSON *b)
{
    if (TYPE(a) != TYPE(b))
        return false;
    if (TYPE(a) == cJSON_String || TYPE(a) == cJSON_Raw)
        return !strcmp(a->valuestring, b->valuestring);
    if (TYPE(a) == cJSON_Object)
        return equal_members(a, b);
    const cJSON *left = a->child, *right = b->child;
    for (; left && right; left = left->next, right = right->next)
        if (!fhir_json_equal(left, right))
            return false;
    return !left && !right;
}

static void print_text(struct base_buf *out, const char *text)
{
    base_buf_putc(out, '"');
    for (const char *at = text; *at;) {
        size_t plain = 0;
        while ((unsigned char)at[plain] >= 0x20 && at[plain] != '"' && at[plain] != '\\')
            plain++;
        base_buf_append(out, at, plain);
        at += plain;
        if (!*at)
            break;
        const char *named = strchr("\"\"\\\\\bb\ff\nn\rr\tt", *at);
        if (named)
            base_buf_printf(out, "\\%c", named[1]);
        else
            base_buf_printf(out, "\\u%04x", (unsigned char)*at);
        at++;
    }
    base_buf_putc(out, '"');
}

static void print_break(struct base_buf *out, int level)
{
    if (level < 0)
        return;
    base_buf_putc(out, '\n');
    while (level--)
        base_buf_puts(out, "  ");
}

/* `level` is negative for text without line breaks. */
static void print_node(struct base_buf *out, const cJSON *node, int level)
{
    static const char *const words[] = {[cJSON_True] = "true", [cJSON_False] = "false"};
    bool object = TYPE(node) == cJSON_Object;
    int below = level < 0 ? -1 : level + 1;

    if (TYPE(node) == cJSON_String) {
        print_text(out, node->valuestring);
    } else if (object || TYPE(node) == cJSON_Array) {
        base_buf_putc(out, object ? '{' : '[');
        for (const cJSON *at = node->child; at; at = at->next) {
            print_break(out, below);
            if (object) {
                print_text(out, at->string);
                base_buf_puts(out, level < 0 ? ":" : ": ");
            }
            print_node(out, at, below);
            if (at->next)
                base_buf_putc(out, ',');
        }
        if (node->child)
            print_break(out, level);
        base_buf_putc(out, object ? '}' : ']');
    } else if (TYPE(node) == cJSON_Raw) {
        base_buf_puts(out, node->valuestring);
    } else {
        base_buf_puts(out, TYPE(node) == cJSON_NULL ? "null" : words[TYPE(node)]);
    }
}

void fhir_json_print(struct base_buf *out, const cJSON *node, bool pretty)
{
    print_node(out, node, pretty ? 0 : -1);
}
