/* Decides how a JSON Patch changes a payload. */
#include "runner/patch.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

struct spot { /* where a pointer's last token points */
    cJSON *parent;
    char *token; /* unescaped */
};

static void unescape(char *token)
{
    char *out = token;

    for (; *token; token++)
        *out++ = *token != '~' ? *token : *++token == '1' ? '/' : '~';
    *out = '\0';
}

static bool find_spot(cJSON *document, const char *pointer, struct spot *out)
{
    const char *slash = pointer ? strrchr(pointer, '/') : NULL;

    if (!slash)
        return false;
    char *parent = base_strndup(pointer, (size_t)(slash - pointer));
    out->parent = base_json_pointer(document, parent);
    free(parent);
    out->token = base_strdup(slash + 1);
    unescape(out->token);
    if (cJSON_IsObject(out->parent) || cJSON_IsArray(out->parent))
        return true;
    free(out->token);
    return false;
}

static bool put(cJSON **document, const char *pointer, cJSON *value, bool replace)
{
    struct spot spot;
    int64_t index;
    bool done = true;

    if (pointer && !*pointer) {
        cJSON_Delete(*document);
        *document = value;
        return true;
    }
    if (!find_spot(*document, pointer, &spot)) {
        cJSON_Delete(value);
        return false;
    }
    int size = cJSON_GetArraySize(spot.parent);
    if (cJSON_IsObject(spot.parent))
        base_json_set(spot.parent, spot.token, value);
    else if (!strcmp(spot.token, "-") && !replace)
        cJSON_AddItemToArray(spot.parent, value);
    else if (base_parse_int64(spot.token, &index) && index >= 0 && index < size + !replace)
        replace ? (void)cJSON_ReplaceItemInArray(spot.parent, (int)index, value)
                : base_json_insert(spot.parent, (int)index, value);
    else
        done = false;
    if (!done)
        cJSON_Delete(value);
    free(spot.token);
    return done;
}

static cJSON *take(cJSON *document, const char *pointer)
{
    cJSON *item = pointer && *pointer ? base_json_pointer(document, pointer) : NULL;
    struct spot spot;

    if (!item || !find_spot(document, pointer, &spot))
        return NULL;
    free(spot.token);
    return cJSON_DetachItemViaPointer(spot.parent, item);
}

static bool apply(cJSON **document, const cJSON *operation)
{
    const char *op = base_json_text(operation, "op"), *path = base_json_text(operation, "path");
    const char *from = base_json_text(operation, "from");
    const cJSON *value = base_json_at(operation, "value");

    if (base_equal(op, "add") && value)
        return put(document, path, base_json_copy(value), false);
    if (base_equal(op, "replace") && value && base_json_pointer(*document, path ? path : "?"))
        return put(document, path, base_json_copy(value), true);
    if (base_equal(op, "test"))
        return value && path && base_json_equal(base_json_pointer(*document, path), value);
    if (base_equal(op, "remove") || base_equal(op, "move")) {
        cJSON *item = take(*document, base_equal(op, "move") ? from : path);
        if (item && base_equal(op, "move"))
            return put(document, path, item, false);
        cJSON_Delete(item);
        return item != NULL;
    }
    if (base_equal(op, "copy") && from && base_json_pointer(*document, from))
        return put(document, path, base_json_copy(base_json_pointer(*document, from)), false);
    return false;
}

enum base_status run_json_patch(cJSON **document, const cJSON *operations, struct base_error *err)
{
    int index = 0;

    for (const cJSON *operation = operations->child; operation;
         operation = operation->next, index++) {
        if (!apply(document, operation)) {
            char *text = base_json_print(operation);
            enum base_status status = base_error_set(
                err, BASE_INVALID, NULL, "$patch: operation %d cannot be applied: %s", index, text);
            free(text);
            return status;
        }
    }
    return BASE_OK;
}
