/* Decides which YAML is read, and what value each piece of it stands for.
 *
 * libyaml gives events; a recursive descent over them (the depth is limited) builds the cJSON tree
 * and notes each node's place. What YAML 1.1 would change silently is either taken as the text it
 * is or refused with its place. */
#include "common/source_private.h"
#include "common/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
    base_source_t *source;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    bool have_event;
    int nodes;
    struct base_error *err;
    enum base_status status;
};

static bool advance(struct reader *reader);
static bool expect_start(struct reader *reader);
static bool expect_end(struct reader *reader);
static cJSON *read_node(struct reader *reader, int depth, const yaml_mark_t *key);
static bool refuse_parser_error(struct reader *reader);

enum base_status base_yaml_read(base_source_t *source, struct base_error *err)
{
    struct reader reader = {.source = source, .err = err};
    const unsigned char *text = (const unsigned char *)source->text;

    BUG_ON(!yaml_parser_initialize(&reader.parser));
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, text, source->len);
    if (expect_start(&reader))
        source->root = read_node(&reader, 1, NULL);
    if (source->root)
        (void)expect_end(&reader);
    if (reader.have_event)
        yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    return reader.status;
}

/* Refuses at a mark (which counts from 0). Always false, so that `return refuse(...)` reads well.
 */
#define REFUSE(reader, mark, width, ...)                                                           \
    ((reader)->status =                                                                            \
         base_source_refuse((reader)->source, BASE_INVALID, (int)(mark).line + 1,                  \
                            (int)(mark).column + 1, width, (reader)->err, __VA_ARGS__),            \
     false)

static int width_of(const yaml_event_t *event)
{
    bool one_line = event->start_mark.line == event->end_mark.line;
    return one_line ? (int)(event->end_mark.column - event->start_mark.column) : 1;
}

static bool advance(struct reader *reader)
{
    if (reader->have_event)
        yaml_event_delete(&reader->event);
    reader->have_event = yaml_parser_parse(&reader->parser, &reader->event);
    return reader->have_event || refuse_parser_error(reader);
}

static bool refuse_parser_error(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "this is not valid YAML";
    yaml_mark_t mark = parser->problem_mark;

    if (parser->error == YAML_READER_ERROR) { /* bad bytes: libyaml knows the offset only */
        const char *text = reader->source->text;
        memset(&mark, 0, sizeof mark);
        for (size_t i = 0; i < parser->problem_offset && i < reader->source->len; i++) {
            mark.column =
                text[i] == '\n' ? 0 : mark.column + (((unsigned char)text[i] & 0xc0) != 0x80);
            mark.line += text[i] == '\n';
        }
        return REFUSE(reader, mark, 1, "%s (byte %zu)", problem, parser->problem_offset);
    }
    if (parser->context && parser->context_mark.line != mark.line)
        return REFUSE(reader, mark, 1, "%s, %s that starts in line %zu", problem, parser->context,
                      parser->context_mark.line + 1);
    return REFUSE(reader, mark, 1, "%s%s%s", problem, parser->context ? ", " : "",
                  parser->context ? parser->context : "");
}

static bool expect_start(struct reader *reader)
{
    const yaml_event_t *event = &reader->event;

    if (!advance(reader) || !advance(reader)) /* the stream's start, then the document's */
        return false;
    if (event->type == YAML_STREAM_END_EVENT)
        return REFUSE(reader, event->start_mark, 1, "the file is empty, one value was expected");
    if (event->data.document_start.version_directive ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end)
        return REFUSE(reader, event->start_mark, width_of(event),
                      "%%-directives are not allowed here");
    return advance(reader);
}

static bool expect_end(struct reader *reader)
{
    if (!advance(reader) ||
        !advance(reader)) /* the document's end, then the stream's or a second document */
        return false;
    if (reader->event.type == YAML_STREAM_END_EVENT)
        return true;
    return REFUSE(reader, reader->event.start_mark, width_of(&reader->event),
                  "a second document begins here, one file holds one document");
}

static const char *anchor_of(const yaml_event_t *event)
{
    const yaml_char_t *anchor = event->type == YAML_SCALAR_EVENT ? event->data.scalar.anchor
                                : event->type == YAML_SEQUENCE_START_EVENT
                                    ? event->data.sequence_start.anchor
                                    : event->data.mapping_start.anchor;
    return (const char *)anchor;
}

static const char *tag_of(const yaml_event_t *event)
{
    const yaml_char_t *tag = event->type == YAML_SCALAR_EVENT ? event->data.scalar.tag
                             : event->type == YAML_SEQUENCE_START_EVENT
                                 ? event->data.sequence_start.tag
                                 : event->data.mapping_start.tag;
    return (const char *)tag;
}

/* What every node must keep to, whatever its kind. */
static bool admit(struct reader *reader, int depth)
{
    const yaml_event_t *event = &reader->event;
    yaml_mark_t mark = event->start_mark;

    if (event->type == YAML_ALIAS_EVENT)
        return REFUSE(
            reader, mark, width_of(event),
            "aliases are not allowed (*%s); what is used twice belongs into a fragment, see use:",
            (const char *)event->data.alias.anchor);
    if (anchor_of(event))
        return REFUSE(
            reader, mark, (int)strlen(anchor_of(event)) + 1,
            "anchors are not allowed (&%s); what is used twice belongs into a fragment, see use:",
            anchor_of(event));
    if (tag_of(event))
        return REFUSE(reader, mark, 1, "tags are not allowed (%s)", tag_of(event));
    if (++reader->nodes > BASE_YAML_NODES)
        return REFUSE(reader, mark, 1, "there are more than %d values in this file",
                      BASE_YAML_NODES);
    if (depth > BASE_YAML_DEPTH)
        return REFUSE(reader, mark, 1, "values are nested more than %d deep", BASE_YAML_DEPTH);
    return true;
}

/* Is it a number as RFC 8259 writes them? */
static bool is_json_number(const char *text)
{
    const char *p = text + (*text == '-');

    if (!isdigit((unsigned char)*p) || (*p == '0' && isdigit((unsigned char)p[1])))
        return false;
    p += strspn(p, "0123456789");
    if (*p == '.') {
        size_t digits = strspn(p + 1, "0123456789");
        if (!digits)
            return false;
        p += 1 + digits;
    }
    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '+' || p[1] == '-');
        size_t digits = strspn(p, "0123456789");
        if (!digits)
            return false;
        p += digits;
    }
    return *p == '\0';
}

static cJSON *read_number(struct reader *reader, const char *text)
{
    cJSON *number = cJSON_CreateNumber(strtod(text, NULL));
    char *printed = base_json_print(number);
    bool same = strcmp(printed, text) == 0;

    if (!same) {
        (void)REFUSE(reader, reader->event.start_mark, width_of(&reader->event),
                     "the number %.64s would become %s; quote it if it is text, or write %s", text,
                     printed, printed);
        cJSON_Delete(number);
        number = NULL;
    }
    free(printed);
    return number;
}

static cJSON *read_plain(struct reader *reader, const char *text)
{
    if (!*text) {
        (void)REFUSE(reader, reader->event.start_mark, 1,
                     "there is no value here; write null, \"\", {} or [] if nothing is meant");
        return NULL;
    }
    if (strcmp(text, "null") == 0)
        return cJSON_CreateNull();
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return cJSON_CreateBool(*text == 't');
    return is_json_number(text) ? read_number(reader, text) : cJSON_CreateString(text);
}

static bool admit_scalar(struct reader *reader)
{
    const yaml_event_t *event = &reader->event;
    size_t len = event->data.scalar.length;

    if (len > BASE_YAML_SCALAR)
        return REFUSE(reader, event->start_mark, 1,
                      "this text has %zu bytes, at most %d are allowed", len, BASE_YAML_SCALAR);
    if (memchr(event->data.scalar.value, '\0', len))
        return REFUSE(reader, event->start_mark, width_of(event),
                      "a NUL character cannot be part of a text");
    return true;
}

static cJSON *read_scalar(struct reader *reader)
{
    const char *text = (const char *)reader->event.data.scalar.value;

    if (!admit_scalar(reader))
        return NULL;
    return reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? read_plain(reader, text)
                                                                      : cJSON_CreateString(text);
}

static bool read_elements(struct reader *reader, int depth, cJSON *array)
{
    while (advance(reader)) {
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        cJSON *item = read_node(reader, depth + 1, NULL);
        if (!item)
            return false;
        cJSON_AddItemToArray(array, item);
    }
    return false;
}

static bool admit_key(struct reader *reader, const cJSON *object)
{
    const yaml_event_t *event = &reader->event;
    struct base_place first;

    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
        return REFUSE(reader, event->start_mark, 1,
                      "a key must be a text; quote a value that starts with '{' or '['");
    if (!admit(reader, 1) || !admit_scalar(reader))
        return false;
    const char *key = (const char *)event->data.scalar.value;
    if (strcmp(key, "<<") == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return REFUSE(reader, event->start_mark, 2, "merge keys (<<) are not allowed");
    const cJSON *old = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!old)
        return true;
    bool known = base_source_place(reader->source, old, &first);
    return REFUSE(reader, event->start_mark, width_of(event),
                  "the key '%.128s' is there twice, first in line %d", key,
                  known ? first.key_line : 0);
}

static bool read_members(struct reader *reader, int depth, cJSON *object)
{
    while (advance(reader)) {
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (!admit_key(reader, object))
            return false;
        yaml_mark_t at = reader->event.start_mark;
        char *key = base_strdup((const char *)reader->event.data.scalar.value);
        cJSON *value = advance(reader) ? read_node(reader, depth + 1, &at) : NULL;
        if (value)
            cJSON_AddItemToObject(object, key, value);
        free(key);
        if (!value)
            return false;
    }
    return false;
}

static cJSON *read_collection(struct reader *reader, int depth)
{
    bool array = reader->event.type == YAML_SEQUENCE_START_EVENT;
    cJSON *node = array ? cJSON_CreateArray() : cJSON_CreateObject();

    if (array ? read_elements(reader, depth, node) : read_members(reader, depth, node))
        return node;
    cJSON_Delete(node);
    return NULL;
}

static cJSON *read_node(struct reader *reader, int depth, const yaml_mark_t *key)
{
    yaml_mark_t mark = reader->event.start_mark;
    struct base_place place = {.line = (int)mark.line + 1, .column = (int)mark.column + 1};

    if (key) {
        place.key_line = (int)key->line + 1;
        place.key_column = (int)key->column + 1;
    }
    if (!admit(reader, depth))
        return NULL;
    cJSON *node = reader->event.type == YAML_SCALAR_EVENT ? read_scalar(reader)
                                                          : read_collection(reader, depth);
    if (node)
        base_source_put_place(reader->source, node, &place);
    return node;
}
