/* Decides what a JSON Patch (RFC 6902) makes of a document. */
#include "simulators/aks/patch.h"

#include <stdlib.h>
#include <string.h>

struct place { /* where a pointer leads */
    cJSON *parent;
    char *key;    /* member name, or the index as text */
    cJSON *found; /* NULL when there is nothing yet */
};

static bool apply(cJSON **document, const cJSON *operation, struct base_buf *why);
static bool locate(cJSON *document, const char *pointer, struct place *out);
static bool op_add(cJSON **document, const char *path, cJSON *value);
static bool op_remove(cJSON **document, const char *path, cJSON **removed);
static bool op_replace(cJSON **document, const char *path, cJSON *value);
static bool op_from(cJSON **document, const char *path, const char *from, bool move);
static bool op_test(cJSON *document, const char *path, const cJSON *value);
static bool index_of(const char *text, int *index);
static char *unescape(const char *token, size_t len);

bool aks_json_patch(cJSON **document, const cJSON *operations, struct base_buf *why)
{
    const cJSON *operation;

    if (!cJSON_IsArray(operations)) {
        base_buf_puts(why, "a JSON patch is a list of operations");
        return false;
    }
    if (cJSON_GetArraySize(operations) > AKS_PATCH_OPERATIONS) {
        base_buf_printf(why, "more than %d operations", AKS_PATCH_OPERATIONS);
        return false;
    }
    cJSON_ArrayForEach(operation, operations)
    {
        if (!apply(document, operation, why))
            return false;
    }
    return true;
}

static bool apply(cJSON **document, const cJSON *operation, struct base_buf *why)
{
    const char *op = base_json_text(operation, "op"), *path = base_json_text(operation, "path");
    const char *from = base_json_text(operation, "from");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(operation, "value");
    bool good = false;

    if (!op || !path) {
        base_buf_puts(why, "an operation needs op and path");
        return false;
    }
    if (base_equal(op, "remove"))
        good = op_remove(document, path, NULL);
    else if (base_equal(op, "move") || base_equal(op, "copy"))
        good = from && op_from(document, path, from, base_equal(op, "move"));
    else if (base_equal(op, "test"))
        good = op_test(*document, path, value);
    else if (base_equal(op, "add"))
        good = value && op_add(document, path, base_json_copy(value));
    else if (base_equal(op, "replace"))
        good = value && op_replace(document, path, base_json_copy(value));
    if (!good)
        base_buf_printf(why, "%s operation does not apply: doc is missing or differs at path: %s",
                        op, path);
    return good;
}

/* The parent must exist. "" (the whole document) has neither parent nor key. */
static bool locate(cJSON *document, const char *pointer, struct place *out)
{
    cJSON *node = document;

    *out = (struct place){0};
    if (!*pointer) {
        out->found = document;
        return true;
    }
    if (*pointer != '/')
        return false;
    for (const char *token = pointer + 1;; token++) {
        size_t len = strcspn(token, "/");
        char *key = unescape(token, len);
        cJSON *next = NULL;
        int index;
        if (cJSON_IsObject(node))
            next = cJSON_GetObjectItemCaseSensitive(node, key);
        else if (cJSON_IsArray(node) && index_of(key, &index))
            next = cJSON_GetArrayItem(node, index);
        token += len;
        if (!*token) {
            *out = (struct place){node, key, next};
            return cJSON_IsObject(node) || cJSON_IsArray(node);
        }
        free(key);
        if (!next)
            return false;
        node = next;
    }
}

/* Takes value, also when it fails. */
static bool op_add(cJSON **document, const char *path, cJSON *value)
{
    struct place place;
    bool good = locate(*document, path, &place);
    int index, size = cJSON_GetArraySize(place.parent);

    if (good && !place.key) {
        cJSON_Delete(*document);
        *document = value;
        return true;
    }
    if (good && cJSON_IsObject(place.parent)) {
        base_json_set(place.parent, place.key, value);
    } else if (good && base_equal(place.key, "-")) {
        cJSON_AddItemToArray(place.parent, value);
    } else {
        good = good && index_of(place.key, &index) && index <= size;
        if (good)
            base_json_insert(place.parent, index, value);
        else
            cJSON_Delete(value);
    }
    free(place.key);
    return good;
}

/* Hands the removed node over when `removed` is given. */
static bool op_remove(cJSON **document, const char *path, cJSON **removed)
{
    struct place place;
    bool good = locate(*document, path, &place) && place.found && place.parent;

    if (good) {
        cJSON *node = cJSON_DetachItemViaPointer(place.parent, place.found);
        if (removed)
            *removed = node;
        else
            cJSON_Delete(node);
    }
    free(place.key);
    return good;
}

/* Takes value, also when it fails. A missing member is added, as by the server's library. */
static bool op_replace(cJSON **document, const char *path, cJSON *value)
{
    struct place place;
    bool good = locate(*document, path, &place) && (place.found || cJSON_IsObject(place.parent));

    if (!good) {
        cJSON_Delete(value);
    } else if (!place.parent) {
        cJSON_Delete(*document);
        *document = value;
    } else if (cJSON_IsObject(place.parent)) {
        base_json_set(place.parent, place.key, value);
    } else {
        (void)cJSON_ReplaceItemViaPointer(place.parent, place.found, value);
    }
    free(place.key);
    return good;
}

static bool op_from(cJSON **document, const char *path, const char *from, bool move)
{
    cJSON *node = NULL;
    size_t len = strlen(from);

    if (move && strncmp(path, from, len) == 0 && path[len] == '/') /* into itself */
        return false;
    if (move)
        return op_remove(document, from, &node) && op_add(document, path, node);
    const cJSON *source = *from ? base_json_pointer(*document, from) : *document;
    return source && op_add(document, path, base_json_copy(source));
}

/* Absent counts as null, as in the server's library. */
static bool op_test(cJSON *document, const char *path, const cJSON *value)
{
    const cJSON *found = *path ? base_json_pointer(document, path) : document;

    if (!found || cJSON_IsNull(found))
        return !value || cJSON_IsNull(value);
    return value && base_json_equal(found, value);
}

static bool index_of(const char *text, int *index)
{
    int64_t number;

    if ((text[0] == '0' && text[1]) || strspn(text, "0123456789") != strlen(text) ||
        !base_parse_int64(text, &number) || number > 1000000)
        return false;
    *index = (int)number;
    return true;
}

static char *unescape(const char *token, size_t len)
{
    struct base_buf out = {0};

    for (size_t i = 0; i < len; i++) {
        bool escaped =
            token[i] == '~' && i + 1 < len && (token[i + 1] == '0' || token[i + 1] == '1');
        base_buf_putc(&out, !escaped ? token[i] : token[i + 1] == '0' ? '~' : '/');
        i += escaped;
    }
    return base_buf_take(&out);
}
