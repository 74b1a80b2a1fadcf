/* Decides how scenario sources are loaded, where their nodes stand, and how a spot in them is
 * shown. */
#include "common/source_private.h"
#include "common/file.h"
#include "common/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_BEFORE 100 /* characters of a long line that are shown before and after the spot */
#define SHOWN_AFTER 60

static enum base_status read_json(base_source_t *source, struct base_error *err);
static void sort_places(base_source_t *source);

base_source_t *base_source_load(const char *path, struct base_error *err)
{
    struct base_buf text = {0};
    base_source_t *source = NULL;

    if (!base_ends_nocase(path, ".yaml") && !base_ends_nocase(path, ".yml") &&
        !base_ends_nocase(path, ".json"))
        base_error_set(err, BASE_UNSUPPORTED, "UnknownFileType",
                       "%s: a name that ends in .yaml, .yml or .json was expected", path);
    else if (base_file_read(path, &text, err) == BASE_OK)
        source = base_source_parse(path, text.data ? text.data : "", text.len, err);
    if (!source)
        base_error_target(err, "%s", path);
    base_buf_release(&text);
    return source;
}

base_source_t *base_source_parse(const char *name, const char *text, size_t len,
                                 struct base_error *err)
{
    base_source_t *source = base_alloc(sizeof *source);

    source->name = base_strdup(name);
    source->text = base_strndup(text, len);
    source->len = len;
    enum base_status status =
        base_ends_nocase(name, ".json") ? read_json(source, err) : base_yaml_read(source, err);
    sort_places(source);
    if (status == BASE_OK)
        return source;
    base_source_free(source);
    return NULL;
}

void base_source_free(base_source_t *source)
{
    if (!source)
        return;
    cJSON_Delete(source->root);
    free(source->places);
    free(source->name);
    free(source->text);
    free(source);
}

cJSON *base_source_root(const base_source_t *source)
{
    return source->root;
}

const char *base_source_name(const base_source_t *source)
{
    return source->name;
}

static int by_address(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct placed *)a)->node;
    uintptr_t right = (uintptr_t)((const struct placed *)b)->node;
    return left < right ? -1 : left > right;
}

bool base_source_place(const base_source_t *source, const cJSON *node, struct base_place *out)
{
    const struct placed wanted = {.node = node}, *found = NULL;

    if (source->sorted && source->count)
        found = bsearch(&wanted, source->places, source->count, sizeof wanted, by_address);
    for (size_t i = 0; !source->sorted && !found && i < source->count; i++)
        found = source->places[i].node == node ? &source->places[i] : NULL;
    if (found)
        *out = found->place;
    return found != NULL;
}

/* The start of a line, or the end of the text when it has fewer. */
static const char *line_start(const base_source_t *source, int line)
{
    const char *at = source->text, *end = source->text + source->len;

    while (--line > 0 && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return at;
}

static const char *next_character(const char *at)
{
    at++;
    while (((unsigned char)*at & 0xc0) == 0x80)
        at++;
    return at;
}

/* Copies the characters [from, to) of a line; blanks keeps only the white space of it, as the
 * carets' indent. */
static void put_characters(struct base_buf *out, const char *line, int from, int to, bool blanks)
{
    for (int i = 1; i < to && *line && *line != '\n' && *line != '\r'; i++) {
        const char *next = next_character(line);
        if (i >= from && !blanks)
            base_buf_append(out, line, (size_t)(next - line));
        else if (i >= from)
            base_buf_putc(out, *line == '\t' ? '\t' : ' ');
        line = next;
    }
}

void base_source_show(const base_source_t *source, int line, int column, int width,
                      const char *sentence, struct base_buf *out)
{
    const char *text = line_start(source, line);
    int from = column > SHOWN_BEFORE ? column - SHOWN_BEFORE : 1;
    int room = SHOWN_AFTER;
    char number[16];

    base_buf_printf(out, "%s:%d:%d: %s\n", source->name, line, column, sentence);
    snprintf(number, sizeof number, "%4d", line);
    base_buf_printf(out, "%s | ", number);
    put_characters(out, text, from, column + room, false);
    base_buf_printf(out, "\n%*s | ", (int)strlen(number), "");
    put_characters(out, text, from, column, true);
    for (int i = 0; i < (width < 1 ? 1 : width) && i < room; i++)
        base_buf_putc(out, '^');
    base_buf_putc(out, '\n');
}

enum base_status base_source_refuse(const base_source_t *source, enum base_status status, int line,
                                    int column, int width, struct base_error *err, const char *fmt,
                                    ...)
{
    struct base_buf sentence = {0}, shown = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&sentence, fmt, args);
    va_end(args);
    base_source_show(source, line, column, width, sentence.data, &shown);
    shown.data[shown.len - 1] = '\0'; /* the last newline is the printer's business */
    base_error_set(err, status, "InvalidSource", "%s", shown.data);
    base_buf_release(&sentence);
    base_buf_release(&shown);
    return status;
}

void base_source_put_place(base_source_t *source, const cJSON *node, const struct base_place *place)
{
    if (source->count == source->cap) {
        source->cap = source->cap ? source->cap * 2 : 64;
        source->places = base_realloc(source->places, source->cap * sizeof *source->places);
    }
    source->places[source->count++] = (struct placed){node, *place};
}

static void sort_places(base_source_t *source)
{
    if (source->count)
        qsort(source->places, source->count, sizeof *source->places, by_address);
    source->sorted = true;
}

static void spot_of(const base_source_t *source, const char *at, int *line, int *column)
{
    *line = *column = 1;
    for (const char *p = source->text; p < at; p = next_character(p)) {
        *column = *p == '\n' ? 1 : *column + 1;
        *line += *p == '\n';
    }
}

/* JSON's own traps: a name given twice, and trees past the limits. NULL when there is nothing
 * wrong. */
static char *json_fault(const cJSON *node, int depth, int *nodes)
{
    char *fault = NULL;
    const cJSON *child;

    if (++*nodes > BASE_YAML_NODES)
        return base_asprintf("there are more than %d values", BASE_YAML_NODES);
    if (depth > BASE_YAML_DEPTH)
        return base_asprintf("values are nested more than %d deep", BASE_YAML_DEPTH);
    if (cJSON_IsString(node) && strlen(node->valuestring) > BASE_YAML_SCALAR)
        return base_asprintf("a string has more than %d bytes", BASE_YAML_SCALAR);
    cJSON_ArrayForEach(child, node)
    {
        if (cJSON_IsObject(node) && cJSON_GetObjectItemCaseSensitive(node, child->string) != child)
            return base_asprintf("the name \"%s\" is there twice in one object", child->string);
        if ((fault = json_fault(child, depth + 1, nodes)))
            return fault;
    }
    return NULL;
}

static enum base_status read_json(base_source_t *source, struct base_error *err)
{
    const char *end = NULL;
    int line, column, nodes = 0;

    source->root = cJSON_ParseWithLengthOpts(source->text, source->len + 1, &end, false);
    const char *start = source->text;
    while (isspace((unsigned char)*start))
        start++;
    while (source->root && isspace((unsigned char)*end))
        end++;
    bool complete = source->root && end == source->text + source->len;
    spot_of(source, complete || !end ? start : end, &line, &column);
    if (!complete)
        return base_source_refuse(source, BASE_INVALID, line, column, 1, err, "%s",
                                  source->root ? "there is text after the JSON value"
                                               : "this is not valid JSON");
    struct base_place place = {.line = line, .column = column};
    base_source_put_place(source, source->root, &place);
    char *fault = json_fault(source->root, 1, &nodes);
    if (!fault)
        return BASE_OK;
    base_source_refuse(source, BASE_INVALID, line, column, 1, err, "%s", fault);
    free(fault);
    return BASE_INVALID;
}
