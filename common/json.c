/* Decides how cJSON is used everywhere: strict parse with positions, dotted paths, owned setters.
 */
#include "common/json.h"
#include "common/text.h"
#include "common/file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void line_and_column(const char *text, size_t offset, int *line, int *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        } else {
            ++*column;
        }
    }
}

static cJSON *parse_named(const char *name, const char *text, size_t len, struct base_error *err)
{
    const char *end = NULL;
    int line, column;
    char *copy = base_strndup(text, len); /* cJSON wants a NUL to stop at */
    cJSON *node = cJSON_ParseWithLengthOpts(copy, len + 1, &end, false);

    size_t offset = end ? (size_t)(end - copy) : 0;
    if (node)
        while (offset < len && isspace((unsigned char)copy[offset]))
            offset++;
    if (node && offset >= len) {
        free(copy);
        return node;
    }
    if (offset > len)
        offset = len;
    line_and_column(copy, offset, &line, &column);
    base_error_set(err, BASE_INVALID, "InvalidJson", "%s%s%d:%d: %s", name ? name : "line ",
                   name ? ":" : "", line, column,
                   node ? "there is text after the JSON value" : "this is not valid JSON");
    cJSON_Delete(node);
    free(copy);
    return NULL;
}

cJSON *base_json_parse(const char *text, size_t len, struct base_error *err)
{
    return parse_named(NULL, text ? text : "", text ? len : 0, err);
}

cJSON *base_json_load(const char *path, struct base_error *err)
{
    struct base_buf text = {0};
    cJSON *node = NULL;

    if (base_file_read(path, &text, err) == BASE_OK)
        node = parse_named(path, text.data ? text.data : "", text.len, err);
    base_buf_release(&text);
    return node;
}

static cJSON *walk(const cJSON *node, const char *dotted, bool nocase)
{
    char name[256];

    while (node && *dotted) {
        size_t len = strcspn(dotted, ".");
        if (len >= sizeof name)
            return NULL;
        memcpy(name, dotted, len);
        name[len] = '\0';
        dotted += len + (dotted[len] == '.');
        if (cJSON_IsArray(node))
            node = isdigit((unsigned char)name[0]) ? cJSON_GetArrayItem(node, atoi(name)) : NULL;
        else
            node = nocase ? cJSON_GetObjectItem(node, name)
                          : cJSON_GetObjectItemCaseSensitive(node, name);
    }
    return (cJSON *)node;
}

cJSON *base_json_at(const cJSON *node, const char *dotted)
{
    return walk(node, dotted, false);
}

cJSON *base_json_at_nocase(const cJSON *node, const char *dotted)
{
    return walk(node, dotted, true);
}

const char *base_json_text(const cJSON *node, const char *dotted)
{
    cJSON *item = walk(node, dotted, false);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

double base_json_number(const cJSON *node, const char *dotted, double fallback)
{
    cJSON *item = walk(node, dotted, false);
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

bool base_json_true(const cJSON *node, const char *dotted)
{
    return cJSON_IsTrue(walk(node, dotted, false));
}

void base_json_set(cJSON *object, const char *name, cJSON *item)
{
    if (cJSON_GetObjectItemCaseSensitive(object, name))
        cJSON_ReplaceItemInObjectCaseSensitive(object, name, item);
    else
        cJSON_AddItemToObject(object, name, item);
}

void base_json_set_text(cJSON *object, const char *name, const char *text)
{
    if (text)
        base_json_set(object, name, cJSON_CreateString(text));
    else
        cJSON_DeleteItemFromObjectCaseSensitive(object, name);
}

void base_json_set_number(cJSON *object, const char *name, double number)
{
    base_json_set(object, name, cJSON_CreateNumber(number));
}

void base_json_set_bool(cJSON *object, const char *name, bool value)
{
    base_json_set(object, name, cJSON_CreateBool(value));
}

void base_json_insert(cJSON *array, int index, cJSON *item)
{
    int after = cJSON_GetArraySize(array) - index;

    BUG_ON(index < 0 || after < 0);
    cJSON_AddItemToArray(array, item);
    for (; after > 0; after--) /* what stood behind moves behind again */
        cJSON_AddItemToArray(array, cJSON_DetachItemFromArray(array, index));
}

cJSON *base_json_textf(const char *fmt, ...)
{
    struct base_buf buf = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&buf, fmt, args);
    va_end(args);
    cJSON *item = cJSON_CreateString(buf.data);
    base_buf_release(&buf);
    return item;
}

char *base_json_print(const cJSON *node)
{
    char *text = cJSON_PrintUnformatted(node);
    BUG_ON(!text);
    return text;
}

char *base_json_print_pretty(const cJSON *node)
{
    char *text = cJSON_Print(node);
    BUG_ON(!text);
    return text;
}

void base_json_append(struct base_buf *out, const cJSON *node)
{
    char *text = base_json_print(node);
    base_buf_puts(out, text);
    free(text);
}

cJSON *base_json_copy(const cJSON *node)
{
    return node ? cJSON_Duplicate(node, true) : NULL;
}

cJSON *base_json_merge_patch(const cJSON *target, const cJSON *patch)
{
    if (!cJSON_IsObject(patch))
        return base_json_copy(patch);
    cJSON *result = cJSON_IsObject(target) ? base_json_copy(target) : cJSON_CreateObject();
    for (const cJSON *change = patch->child; change; change = change->next) {
        if (cJSON_IsNull(change)) {
            cJSON_DeleteItemFromObjectCaseSensitive(result, change->string);
        } else {
            const cJSON *old = cJSON_GetObjectItemCaseSensitive(result, change->string);
            base_json_set(result, change->string, base_json_merge_patch(old, change));
        }
    }
    return result;
}

/* One reference token of RFC 6901, with ~1 and ~0 undone. */
static const char *pointer_token(const char *pointer, char *out, size_t size)
{
    size_t len = 0;

    for (; *pointer && *pointer != '/'; pointer++) {
        char c = *pointer;
        if (c == '~' && (pointer[1] == '0' || pointer[1] == '1'))
            c = *++pointer == '0' ? '~' : '/';
        if (len + 1 < size)
            out[len++] = c;
    }
    out[len] = '\0';
    return pointer;
}

cJSON *base_json_pointer(const cJSON *node, const char *pointer)
{
    char token[512];

    while (node && *pointer) {
        int64_t index;
        if (*pointer != '/')
            return NULL;
        pointer = pointer_token(pointer + 1, token, sizeof token);
        if (!cJSON_IsArray(node))
            node = cJSON_GetObjectItemCaseSensitive(node, token);
        else if (base_parse_int64(token, &index) && index >= 0 && (token[0] != '0' || !token[1]))
            node = cJSON_GetArrayItem(node, (int)index);
        else
            node = NULL;
    }
    return (cJSON *)node;
}

bool base_json_equal(const cJSON *a, const cJSON *b)
{
    return cJSON_Compare(a, b, true);
}
