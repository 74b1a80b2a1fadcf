/* Decides how the lines of the schema become types that can be looked up. */
#include "simulators/aks/schema.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TYPES_MAX 256
#define FIELDS_MAX 64

static pthread_once_t parsed = PTHREAD_ONCE_INIT;
static struct aks_type types[TYPES_MAX];
static size_t type_count;

static void parse_all(void);
static void take_first(cJSON *node, cJSON *to, const char *name);
static void parse_line(struct aks_type *type, const char *line);
static void parse_field(struct aks_field *field, char *word);
static struct aks_type *find(const char *name);

const struct aks_type *aks_type_find(const char *name)
{
    pthread_once(&parsed, parse_all);
    return find(name);
}

const struct aks_field *aks_type_field(const struct aks_type *type, const char *name)
{
    for (size_t i = 0; type && i < type->count; i++)
        if (base_equal(type->fields[i].name, name))
            return &type->fields[i];
    return NULL;
}

void aks_sort_fields(const struct aks_type *type, cJSON *body)
{
    static const char *const heads[] = {"kind", "apiVersion"};
    cJSON sorted = {.type = cJSON_Object}, *child, *element;

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (!aks_type_field(type, heads[i]))
            take_first(body, &sorted, heads[i]);
    for (size_t i = 0; i < type->count; i++)
        take_first(body, &sorted, type->fields[i].name);
    while (body->child)
        cJSON_AddItemToArray(&sorted, cJSON_DetachItemViaPointer(body, body->child));
    body->child = sorted.child;
    cJSON_ArrayForEach(child, body)
    {
        const struct aks_field *field = aks_type_field(type, child->string);
        if (!field || !field->type || field->scalar)
            continue;
        if (!field->shape && cJSON_IsObject(child))
            aks_sort_fields(field->type, child);
        for (element = field->shape ? child->child : NULL; element; element = element->next)
            if (cJSON_IsObject(element))
                aks_sort_fields(field->type, element);
    }
}

static void take_first(cJSON *node, cJSON *to, const char *name)
{
    cJSON *member = cJSON_GetObjectItemCaseSensitive(node, name);

    if (member) /* keeps its name */
        cJSON_AddItemToArray(to, cJSON_DetachItemViaPointer(node, member));
}

/* Names first, so that a line may use a type that comes after it. */
static void parse_all(void)
{
    for (size_t i = 0; aks_schema_lines[i]; i++) {
        BUG_ON(type_count == TYPES_MAX);
        types[type_count++].name =
            base_strndup(aks_schema_lines[i], strcspn(aks_schema_lines[i], " "));
    }
    for (size_t i = 0; i < type_count; i++)
        parse_line(&types[i], aks_schema_lines[i]);
}

static void parse_line(struct aks_type *type, const char *line)
{
    char *copy = base_strdup(line), *rest = NULL;
    struct aks_field fields[FIELDS_MAX] = {0};

    (void)strtok_r(copy, " ", &rest);
    for (char *word; (word = strtok_r(NULL, " ", &rest));) {
        BUG_ON(type->count == FIELDS_MAX);
        parse_field(&fields[type->count++], word);
    }
    type->fields = base_alloc((type->count + 1) * sizeof *fields);
    memcpy(type->fields, fields, type->count * sizeof *fields);
    free(copy);
}

static void parse_field(struct aks_field *field, char *word)
{
    char *is = strchr(word, '='), *marks = is + 1 + strcspn(is + 1, "!?~@");

    field->name = base_strndup(word, (size_t)(is - word));
    field->always = memchr(marks, '!', strlen(marks)) != NULL;
    field->pointer = strchr(marks, '?') != NULL;
    field->retain = strchr(marks, '~') != NULL;
    char *key = strchr(marks, '@');
    if (key)
        field->merge_key = base_strdup(key + 1);
    *marks = '\0';
    char *kind = is + 1;
    if (*kind == '[' || *kind == '{') {
        field->shape = *kind++;
        kind[strlen(kind) - 1] = '\0';
    }
    if (kind[0] && !kind[1] && !isupper((unsigned char)kind[0]))
        field->scalar = kind[0];
    else if (!(field->type = find(kind)))
        BUG("schema: field %s has the unknown type %s", field->name, kind);
}

static struct aks_type *find(const char *name)
{
    for (size_t i = 0; i < type_count; i++)
        if (base_equal(types[i].name, name))
            return &types[i];
    return NULL;
}
