/* Decides what a strategic merge patch makes of a document. The order of merged lists is that of the server's own library
 * (apimachinery strategicpatch: normalizeElementOrder): elements of the patch in the patch's order, elements only the server has in
 * theirs, interleaved by where they stood. */
#include "simulators/aks/patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64
#define DIRECTIVE "$patch"
#define RETAIN "$retainKeys"
#define ORDER "$setElementOrder/"
#define DELETE_FROM "$deleteFromPrimitiveList/"

struct merge {
    struct aks_fail *fail;
    int depth;
};

static cJSON *merge_map(struct merge *m, const struct aks_type *type, const cJSON *original,
                        const cJSON *patch);
static bool merge_member(struct merge *m, const struct aks_field *field, cJSON *out,
                         const cJSON *patch_value);
static cJSON *merge_list(struct merge *m, const struct aks_field *field, const cJSON *original,
                         const cJSON *patch);
static cJSON *merge_elements(struct merge *m, const struct aks_field *field, const cJSON *original,
                             const cJSON *patch);
static bool merge_one(struct merge *m, const struct aks_field *field, cJSON *merged,
                      const cJSON *element);
static cJSON *ordered(const char *key, cJSON *merged, const cJSON *wanted, const cJSON *before);
static bool retain_keys(struct merge *m, cJSON *out, const cJSON *patch);
static void delete_from(cJSON *out, const cJSON *directive);
static bool set_order(const struct aks_type *type, cJSON *out, const cJSON *original,
                      const cJSON *patch, const cJSON *directive);
static int position(const cJSON *list, const char *key, const cJSON *element);
static bool directive_error(struct merge *m, const char *fmt, ...) BASE_PRINTF(2, 3);

cJSON *aks_strategic_merge(const struct aks_type *type, const cJSON *original, const cJSON *patch,
                           struct aks_fail *fail)
{
    struct merge m = {.fail = fail};

    return merge_map(&m, type, original, patch);
}

static bool is_directive(const char *name)
{
    return base_equal(name, DIRECTIVE) || base_equal(name, RETAIN) ||
           strncmp(name, ORDER, strlen(ORDER)) == 0 ||
           strncmp(name, DELETE_FROM, strlen(DELETE_FROM)) == 0;
}

/* A copy without directives and nulls: what is added where nothing was. */
static cJSON *cleaned(const cJSON *node)
{
    cJSON *copy = base_json_copy(node);

    for (cJSON *child = copy->child, *next; child; child = next) {
        next = child->next;
        bool drop = child->string && (is_directive(child->string) || cJSON_IsNull(child));
        cJSON *value = drop || !child->child ? NULL : cleaned(child);
        if (drop)
            cJSON_Delete(cJSON_DetachItemViaPointer(copy, child));
        else if (value && child->string) {
            char *name = base_strdup(child->string);
            base_json_set(copy, name, value);
            free(name);
        } else if (value)
            (void)cJSON_ReplaceItemViaPointer(copy, child, value);
    }
    return copy;
}

static cJSON *merge_map(struct merge *m, const struct aks_type *type, const cJSON *original,
                        const cJSON *patch)
{
    const char *directive = base_json_text(patch, DIRECTIVE);
    const cJSON *member;
    bool good = true;

    if (++m->depth > DEPTH_MAX) {
        directive_error(m, "the patch is nested more than %d levels deep", DEPTH_MAX);
        return NULL;
    }
    if (directive && !base_equal(directive, "replace") && !base_equal(directive, "delete") &&
        !base_equal(directive, "merge")) {
        directive_error(m, "Unknown patch type: %s found in map", directive);
        return NULL;
    }
    if (directive && !base_equal(directive, "merge")) {
        m->depth--;
        return base_equal(directive, "delete") ? cJSON_CreateObject() : cleaned(patch);
    }
    cJSON *out = original ? base_json_copy(original) : cJSON_CreateObject();
    good = retain_keys(m, out, patch);
    for (member = patch->child; good && member; member = member->next)
        if (strncmp(member->string, DELETE_FROM, strlen(DELETE_FROM)) == 0)
            delete_from(out, member);
    for (member = patch->child; good && member; member = member->next)
        if (!is_directive(member->string))
            good = merge_member(m, aks_type_field(type, member->string), out, member);
    for (member = patch->child; good && member; member = member->next)
        if (strncmp(member->string, ORDER, strlen(ORDER)) == 0)
            good = set_order(type, out, original, patch, member) ||
                   directive_error(m, "bad %s", member->string);
    m->depth--;
    if (good)
        return out;
    cJSON_Delete(out);
    return NULL;
}

static bool merge_member(struct merge *m, const struct aks_field *field, cJSON *out,
                         const cJSON *patch_value)
{
    const char *name = patch_value->string;
    const cJSON *old = cJSON_GetObjectItemCaseSensitive(out, name);
    cJSON *merged;

    if (cJSON_IsNull(patch_value)) {
        cJSON_DeleteItemFromObjectCaseSensitive(out, name);
        return true;
    }
    if (cJSON_IsObject(patch_value))
        merged = merge_map(m, field && !field->shape ? field->type : NULL,
                           cJSON_IsObject(old) ? old : NULL, patch_value);
    else if (cJSON_IsArray(patch_value) && field && field->merge_key)
        merged = merge_list(m, field, cJSON_IsArray(old) ? old : NULL, patch_value);
    else
        merged = cleaned(patch_value);
    if (!merged)
        return false;
    base_json_set(out, name, merged);
    return true;
}

static cJSON *merge_list(struct merge *m, const struct aks_field *field, const cJSON *original,
                         const cJSON *patch)
{
    cJSON *merged;
    const cJSON *element;

    if (!field->merge_key[0]) { /* scalars: a set */
        merged = original ? base_json_copy(original) : cJSON_CreateArray();
        cJSON_ArrayForEach(element, patch)
        {
            if (position(merged, "", element) < 0)
                cJSON_AddItemToArray(merged, base_json_copy(element));
        }
    } else {
        bool replaced = false;
        cJSON_ArrayForEach(element, patch)
        {
            replaced = replaced || base_equal(base_json_text(element, DIRECTIVE), "replace");
        }
        merged = merge_elements(m, field, replaced ? NULL : original, patch);
    }
    return merged ? ordered(field->merge_key, merged, patch, original) : NULL;
}

static cJSON *merge_elements(struct merge *m, const struct aks_field *field, const cJSON *original,
                             const cJSON *patch)
{
    cJSON *merged = original ? base_json_copy(original) : cJSON_CreateArray();
    const cJSON *element;

    cJSON_ArrayForEach(element, patch)
    {
        if (!merge_one(m, field, merged, element)) {
            cJSON_Delete(merged);
            return NULL;
        }
    }
    return merged;
}

/* One element of the patch into the list: deletes, replaces or adds the one of its key. */
static bool merge_one(struct merge *m, const struct aks_field *field, cJSON *merged,
                      const cJSON *element)
{
    const char *directive = base_json_text(element, DIRECTIVE);
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(element, field->merge_key);

    if (!cJSON_IsObject(element))
        return directive_error(m, "expected a map in the list %s", field->name);
    if (base_equal(directive, "replace"))
        return true;
    if (directive && !base_equal(directive, "delete") && !base_equal(directive, "merge"))
        return directive_error(m, "Unknown patch type: %s found in list %s", directive,
                               field->name);
    if (!key)
        return directive_error(m, "map in list %s does not contain declared merge key: %s",
                               field->name, field->merge_key);
    int at = position(merged, field->merge_key, element);
    if (base_equal(directive, "delete")) {
        for (; at >= 0; at = position(merged, field->merge_key, element))
            cJSON_DeleteItemFromArray(merged, at);
        return true;
    }
    cJSON *value =
        merge_map(m, field->type, at >= 0 ? cJSON_GetArrayItem(merged, at) : NULL, element);
    if (!value)
        return false;
    if (at >= 0)
        (void)cJSON_ReplaceItemInArray(merged, at, value);
    else
        cJSON_AddItemToArray(merged, value);
    return true;
}

static int compare_position(const void *a, const void *b)
{
    const int *left = a, *right = b;

    return *left - *right;
}

/* Splits `merged` into those of `wanted` (sorted by it) and the rest (as in `before`), and weaves the two. Takes merged. */
static cJSON *ordered(const char *key, cJSON *merged, const cJSON *wanted, const cJSON *before)
{
    size_t count = (size_t)cJSON_GetArraySize(merged), left = 0, right = 0;
    struct ranked {
        int rank;
        cJSON *node;
    } *server = base_alloc((count + 1) * sizeof *server),
      *patch = base_alloc((count + 1) * sizeof *patch);
    cJSON *out = cJSON_CreateArray();

    while (merged->child) {
        cJSON *node = cJSON_DetachItemFromArray(merged, 0);
        int rank = position(wanted, key, node);
        if (rank >= 0)
            patch[right++] = (struct ranked){rank, node};
        else
            server[left++] = (struct ranked){position(before, key, node), node};
    }
    qsort(server, left, sizeof *server, compare_position);
    qsort(patch, right, sizeof *patch, compare_position);
    for (size_t i = 0, j = 0; i < left || j < right;) {
        bool take_server = j == right;
        if (i < left && j < right) {
            int was = position(before, key, patch[j].node);
            take_server = server[i].rank >= 0 && was >= 0 && server[i].rank < was;
        }
        cJSON_AddItemToArray(out, take_server ? server[i++].node : patch[j++].node);
    }
    free(server);
    free(patch);
    cJSON_Delete(merged);
    return out;
}

/* Members of the old object that the patch does not list go. */
static bool retain_keys(struct merge *m, cJSON *out, const cJSON *patch)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(patch, RETAIN), *member;

    if (!keys)
        return true;
    if (!cJSON_IsArray(keys))
        return directive_error(m, "invalid patch format of %s", RETAIN);
    cJSON_ArrayForEach(member, patch)
    {
        cJSON *name = cJSON_CreateString(member->string);
        bool listed =
            is_directive(member->string) || cJSON_IsNull(member) || position(keys, "", name) >= 0;
        cJSON_Delete(name);
        if (!listed)
            return directive_error(m, "member %s is not in the list of %s", member->string, RETAIN);
    }
    for (cJSON *child = out->child, *next; child; child = next) {
        next = child->next;
        cJSON *name = cJSON_CreateString(child->string);
        if (position(keys, "", name) < 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(out, child));
        cJSON_Delete(name);
    }
    return true;
}

static void delete_from(cJSON *out, const cJSON *directive)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(out, directive->string + strlen(DELETE_FROM));
    const cJSON *element;

    cJSON_ArrayForEach(element, directive)
    {
        for (int at; list && (at = position(list, "", element)) >= 0;)
            cJSON_DeleteItemFromArray(list, at);
    }
}

static bool set_order(const struct aks_type *type, cJSON *out, const cJSON *original,
                      const cJSON *patch, const cJSON *directive)
{
    const char *name = directive->string + strlen(ORDER);
    const struct aks_field *field = aks_type_field(type, name);
    const cJSON *before = cJSON_GetObjectItemCaseSensitive(original, name), *element;
    cJSON *list = cJSON_GetObjectItemCaseSensitive(out, name);

    if (!cJSON_IsArray(directive) || !field || !field->merge_key)
        return false;
    cJSON_ArrayForEach(element, cJSON_GetObjectItemCaseSensitive(
                                    patch, name)) /* all of the patch must have a place in it */
    {
        if (!base_json_text(element, DIRECTIVE) &&
            position(directive, field->merge_key, element) < 0)
            return false;
    }
    if (cJSON_IsArray(list))
        base_json_set(out, name,
                      ordered(field->merge_key, base_json_copy(list), directive, before));
    return true;
}

/* Where the element of the same key (scalars: the same value) is; -1 when nowhere. */
static int position(const cJSON *list, const char *key, const cJSON *element)
{
    const cJSON *wanted = *key ? cJSON_GetObjectItemCaseSensitive(element, key) : element, *other;
    int at = 0;

    cJSON_ArrayForEach(other, list)
    {
        const cJSON *value = *key ? cJSON_GetObjectItemCaseSensitive(other, key) : other;
        if (wanted && value && base_json_equal(wanted, value))
            return at;
        at++;
    }
    return -1;
}

static bool directive_error(struct merge *m, const char *fmt, ...)
{
    char text[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return aks_fail_plain(m->fail, "", "%s", text);
}
