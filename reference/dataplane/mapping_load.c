/* Decides what is wrong with a mapping's JSON, in the words and the order of the original's loader. */
#include "reference/dataplane/mapping_load.h"

#include "reference/dataplane/number.h"
#include "reference/dataplane/reader.h"
#include "reference/dataplane/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 16

enum dp_presence { DP_ABSENT, DP_IS_NULL, DP_PRESENT };

static void check_required(struct dp_load *load, const struct dp_class *class,
                           const struct dp_token *object, const enum dp_presence *seen);
static size_t enter(struct dp_load *load, const char *name);
static void add_error(struct dp_load *load, const struct dp_mapping_error *error);

void dp_mapping_errors_release(struct dp_mapping_errors *errors)
{
    base_arena_release(&errors->arena);
    *errors = (struct dp_mapping_errors){0};
}

void dp_mapping_error_text(const struct dp_mapping_error *error, struct base_buf *out)
{
    if (error->line > 0)
        base_buf_printf(out, "Line Number: %d, Position: %d. ", error->line, error->position);
    if (error->index >= 0)
        base_buf_printf(out, "template[%d]%s%s: ", error->index, *error->member ? "." : "",
                        error->member);
    base_buf_puts(out, error->message);
}

const struct dp_token *dp_load_root(struct dp_load *load, const char *text, size_t len,
                                    const char *root)
{
    struct base_error err = {0};
    struct dp_token *token =
        dp_read(load->arena, text, len, DP_READ_WHOLE | DP_READ_DATES_TEXT, &err);
    const struct dp_member *list;
    const char *given;

    if (!token) {
        dp_load_error(load, NULL, "%s", err.message);
        return NULL;
    }
    if (token->type != DP_OBJECT) {
        dp_load_error(load, token, "Expected an object at the root of the mapping, found %s.",
                      dp_type_name(token->type));
        return NULL;
    }
    given = dp_load_type(load, token);
    if (!dp_type_is(given, root)) {
        dp_load_error(load, token, "Expected TemplateType value %s, actual %s.", root, given);
        return NULL;
    }
    list = dp_object_find_nocase(token, "template");
    if (!list || list->value->type != DP_ARRAY) {
        dp_load_error(load, list ? list->value : token,
                      "Expected an array for the template property value for template type %s.",
                      root);
        return NULL;
    }
    return list->value;
}

const char *dp_load_type(struct dp_load *load, const struct dp_token *element)
{
    const struct dp_member *member;
    const char *text;

    if (element->type != DP_OBJECT) {
        dp_load_error(load, element, "Expected an object with templateType and template, found %s.",
                      dp_type_name(element->type));
        return NULL;
    }
    member = dp_object_find_nocase(element, "templateType");
    text = member ? dp_scalar_text(load->arena, member->value) : NULL;
    return text ? text : "Not Found";
}

const struct dp_token *dp_load_template(struct dp_load *load, const struct dp_token *element,
                                        const char *canonical)
{
    const struct dp_member *member = dp_object_find_nocase(element, "template");

    if (member && member->value->type == DP_OBJECT)
        return member->value;
    dp_load_error(load, member ? member->value : element,
                  "Expected an object for the template property value for template type %s.",
                  canonical);
    return NULL;
}

bool dp_type_is(const char *given, const char *canonical)
{
    char longer[80];

    if (dp_text_equal_nocase(given, canonical))
        return true;
    (void)snprintf(longer, sizeof longer, "%.60sTemplate", given);
    return dp_text_equal_nocase(longer, canonical);
}

static const struct dp_field *find_field(const struct dp_class *class, const char *name)
{
    for (size_t i = 0; i < class->count; i++)
        if (dp_text_equal_nocase(class->fields[i].name, name))
            return &class->fields[i];
    return NULL;
}

void dp_populate(struct dp_load *load, const struct dp_class *class, const struct dp_token *object,
                 void *target)
{
    enum dp_presence seen[FIELDS_MAX] = {0};

    BUG_ON(class->count > FIELDS_MAX);
    for (size_t i = 0; i < object->children.count; i++) {
        const struct dp_member *member = &object->children.items[i];
        const struct dp_field *field = find_field(class, member->name.data);
        bool null = member->value->type == DP_NULL;
        size_t mark = enter(load, field ? field->name : member->name.data);
        if (!field && !class->tolerant)
            dp_load_error(load, member->value, "Could not find member '%s' on object of type '%s'.",
                          member->name.data, class->name);
        if (field)
            seen[field - class->fields] = null ? DP_IS_NULL : DP_PRESENT;
        if (field && field->read && (!null || field->reads_null))
            field->read(load, field, member->value, target);
        load->path[mark] = '\0';
    }
    check_required(load, class, object, seen);
}

void *dp_populate_list(struct dp_load *load, const struct dp_field *field,
                       const struct dp_token *value, const struct dp_class *class, size_t size,
                       size_t *count)
{
    char *items;

    (void)field;
    *count = 0;
    if (value->type != DP_ARRAY) {
        dp_load_bad_value(load, value, "an array");
        return NULL;
    }
    items = base_arena_alloc(load->arena, value->children.count * size + 1);
    for (size_t i = 0; i < value->children.count; i++) {
        const struct dp_token *item = value->children.items[i].value;
        char step[24];
        size_t mark = strlen(load->path);
        (void)snprintf(step, sizeof step, "[%zu]", i);
        (void)strncat(load->path, step, sizeof load->path - mark - 1);
        if (item->type != DP_OBJECT)
            dp_load_bad_value(load, item, class->name);
        else
            dp_populate(load, class, item, items + i * size);
        load->path[mark] = '\0';
    }
    *count = value->children.count;
    return items;
}

void dp_read_text(struct dp_load *load, const struct dp_field *field, const struct dp_token *value,
                  void *target)
{
    const char *text = dp_scalar_text(load->arena, value);

    if (!text)
        dp_load_bad_value(load, value, "System.String");
    *(const char **)((char *)target + field->offset) = text;
}

/* true, false, numbers (0 is false), and "true" or "false" in any case with blanks around. */
void dp_read_bool(struct dp_load *load, const struct dp_field *field, const struct dp_token *value,
                  void *target)
{
    bool *out = (bool *)((char *)target + field->offset);
    char word[16] = "";

    switch (value->type) {
    case DP_BOOL:
        *out = value->boolean;
        break;
    case DP_INT:
        *out = value->integer != 0;
        break;
    case DP_BIGINT:
        *out = true;
        break;
    case DP_FLOAT:
        *out = value->number != 0;
        break;
    case DP_STRING:
        (void)sscanf(value->text.data, " %15s", word);
        *out = dp_text_equal_nocase(word, "true");
        if ((!*out && !dp_text_equal_nocase(word, "false")) ||
            !dp_text_blank(strstr(value->text.data, word) + strlen(word)))
            dp_load_error(load, value, "Could not convert string to boolean: %.100s.",
                          value->text.data);
        break;
    default:
        dp_load_bad_value(load, value, "System.Boolean");
    }
}

const char *dp_scalar_text(struct base_arena *arena, const struct dp_token *value)
{
    char number[DP_NUMBER_TEXT];

    switch (value->type) {
    case DP_STRING:
    case DP_BIGINT:
        return value->text.data;
    case DP_INT:
        return base_arena_strndup(arena, number, dp_long_text(value->integer, number));
    case DP_FLOAT:
        dp_double_text(value->number, number);
        return base_arena_strdup(arena, number);
    case DP_BOOL:
        return value->boolean ? "True" : "False";
    default:
        return NULL;
    }
}

void dp_load_error(struct dp_load *load, const struct dp_token *at, const char *fmt, ...)
{
    struct base_buf text = {0};
    struct dp_mapping_error error = {.index = load->index};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    error.member = base_arena_strdup(&load->errors->arena, load->path);
    error.message = base_arena_strdup(&load->errors->arena, text.data);
    error.line = at ? at->line : 0;
    error.position = at ? at->column : 0;
    add_error(load, &error);
    base_buf_release(&text);
}

void dp_load_bad_value(struct dp_load *load, const struct dp_token *value, const char *type)
{
    struct base_buf json = {0};

    dp_token_write(&json, value);
    dp_load_error(load, value, "Error converting value %.200s to type '%s'.",
                  value->type == DP_NULL ? "{null}" : json.data, type);
    base_buf_release(&json);
}

/* Appends ".name" to the path; returns where it was, to go back. */
static size_t enter(struct dp_load *load, const char *name)
{
    size_t mark = strlen(load->path);

    (void)snprintf(load->path + mark, sizeof load->path - mark, "%s%s", mark ? "." : "", name);
    return mark;
}

static void check_required(struct dp_load *load, const struct dp_class *class,
                           const struct dp_token *object, const enum dp_presence *seen)
{
    for (size_t i = 0; i < class->count; i++) {
        const char *name = class->fields[i].name;
        size_t mark;
        if (!class->fields[i].required || seen[i] == DP_PRESENT)
            continue;
        mark = enter(load, name);
        dp_load_error(load, object,
                      seen[i] == DP_ABSENT
                          ? "Required property '%c%s' not found in JSON."
                          : "Required property '%c%s' expects a value but got null.",
                      toupper((unsigned char)name[0]), name + 1);
        load->path[mark] = '\0';
    }
}

static void add_error(struct dp_load *load, const struct dp_mapping_error *error)
{
    struct dp_mapping_errors *errors = load->errors;

    if (!errors->items)
        errors->items =
            base_arena_alloc(&errors->arena, (DP_MAPPING_ERRORS_MAX + 1) * sizeof *errors->items);
    if (errors->count < DP_MAPPING_ERRORS_MAX)
        errors->items[errors->count++] = *error;
    else if (errors->count == DP_MAPPING_ERRORS_MAX)
        errors->items[errors->count++] = (struct dp_mapping_error){
            .index = -1, .member = "", .message = "There are more errors."};
}
