/* Decides where each value of template text stands. */
#include "simulators/arm/template/text_private.h"

#include "simulators/arm/template/function.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void find_lines(arm_text_t *text);
static int by_address(const void *a, const void *b);

arm_text_t *arm_text_read(const char *text, size_t len, struct base_error *err)
{
    arm_text_t *out;

    if (len > ARM_TEMPLATE_BYTES) {
        base_error_set(err, BASE_TOO_LARGE, "InvalidTemplate",
                       "The template limit '%d' bytes exceeded: it has '%zu'.", ARM_TEMPLATE_BYTES,
                       len);
        return NULL;
    }
    out = base_alloc(sizeof(*out));
    out->text = base_strndup(text, len);
    out->len = len;
    find_lines(out);
    out->root = arm_text_grammar(out, err);
    if (!out->root) {
        arm_text_free(out);
        return NULL;
    }
    qsort(out->places, out->count, sizeof(*out->places), by_address);
    return out;
}

void arm_text_free(arm_text_t *text)
{
    if (!text)
        return;
    cJSON_Delete(text->root);
    free(text->places);
    free(text->lines);
    free(text->text);
    free(text);
}

cJSON *arm_text_root(const arm_text_t *text)
{
    return text->root;
}

cJSON *arm_text_parse(const char *text, size_t len, struct base_error *err)
{
    arm_text_t *read = arm_text_read(text, len, err);
    cJSON *root = read ? read->root : NULL;

    if (read)
        read->root = NULL;
    arm_text_free(read);
    return root;
}

/* ---- where things stand ---- */

void arm_text_line(const arm_text_t *text, size_t offset, int *line, int *column)
{
    size_t low = 0, high = text->line_count;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (text->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    *line = (int)low + 1;
    *column = (int)arm_units_before(text->text + text->lines[low], offset - text->lines[low]) + 1;
}

void arm_text_put(arm_text_t *text, const cJSON *node, size_t offset)
{
    if (text->count == text->cap) {
        text->cap = text->cap ? text->cap * 2 : 64;
        text->places = base_realloc(text->places, text->cap * sizeof(*text->places));
    }
    text->places[text->count++] = (struct arm_text_placed){node, offset};
}

static void find_lines(arm_text_t *text)
{
    size_t cap = 64;

    text->lines = base_alloc(cap * sizeof(*text->lines));
    text->line_count = 1;
    for (size_t i = 0; i < text->len; i++) {
        if (text->text[i] != '\n')
            continue;
        if (text->line_count == cap) {
            cap *= 2;
            text->lines = base_realloc(text->lines, cap * sizeof(*text->lines));
        }
        text->lines[text->line_count++] = i + 1;
    }
}

static int by_address(const void *a, const void *b)
{
    const struct arm_text_placed *left = a, *right = b;

    return (uintptr_t)left->node < (uintptr_t)right->node ? -1 : left->node != right->node;
}

bool arm_text_place(const arm_text_t *text, const cJSON *node, int *line, int *column)
{
    struct arm_text_placed like = {node, 0}, *found = NULL;

    if (text->count)
        found = bsearch(&like, text->places, text->count, sizeof(like), by_address);
    if (!found)
        return false;
    arm_text_line(text, found->offset, line, column);
    return true;
}

/* The next step of "a.b[2].c"; names may hold dots, so the longest member that fits wins. */
static const cJSON *step(const cJSON *node, const char **path)
{
    const cJSON *child, *best = NULL;
    size_t longest = 0;

    if (**path == '[') {
        char *end;
        long index = strtol(*path + 1, &end, 10);
        child = *end == ']' ? cJSON_GetArrayItem(node, (int)index) : NULL;
        *path = child ? end + 1 : *path;
        return child;
    }
    *path += **path == '.';
    if (!cJSON_IsObject(node))
        return NULL;
    cJSON_ArrayForEach(child, node)
    {
        size_t len = strlen(child->string);
        bool fits = !strncasecmp(*path, child->string, len) && strchr(".[", (*path)[len]);
        if (fits && (!best || len > longest)) {
            best = child;
            longest = len;
        }
    }
    *path += longest;
    return best;
}

const cJSON *arm_text_find(const arm_text_t *text, const char *path)
{
    const cJSON *node = text->root, *next;

    while (*path && (next = step(node, &path)))
        node = next;
    return node;
}

void arm_text_error_place(const struct base_error *err, int *line, int *column)
{
    const char *at = strstr(err->message, ". Line ");

    *line = *column = 0;
    if (!at || sscanf(at, ". Line %d, position %d.", line, column) != 2)
        *line = *column = 0;
}
