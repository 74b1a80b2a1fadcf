/* Decides which index rows a resource has: walks each parameter's path and reads the values there. */
#include "simulators/fhir/extract.h"

#include "simulators/fhir/params.h"
#include "simulators/fhir/structure.h"
#include "simulators/fhir/types.h"
#include "simulators/fhir/value.h"

#include <stdio.h>
#include <string.h>

#define PART "component" /* the element whose items are parts */

struct walk { /* one parameter's way through one resource */
    struct base_arena *arena;
    const char *base;
    int param, part;
    struct fhir_rows *rows;
};

static void follow(struct walk *walk, const cJSON *node, const char *path);
static void take_token(struct walk *walk, const cJSON *node);
static void take_string(struct walk *walk, const cJSON *node);
static void take_date(struct walk *walk, const cJSON *node);
static void take_quantity(struct walk *walk, const cJSON *node);
static void take_reference(struct walk *walk, const cJSON *node);
static void take_uri(struct walk *walk, const cJSON *node);

static void (*const takers[])(struct walk *walk, const cJSON *node) = {
    [FHIR_P_TOKEN] = take_token,         [FHIR_P_STRING] = take_string,
    [FHIR_P_DATE] = take_date,           [FHIR_P_QUANTITY] = take_quantity,
    [FHIR_P_REFERENCE] = take_reference, [FHIR_P_URI] = take_uri,
};

static bool applies(const struct fhir_param *param, const char *type)
{
    if (!param->path)
        return false;
    if (param->type)
        return !strcmp(param->type, type);
    return param->name[0] == '_' || !fhir_elements(type);
}

void fhir_extract(struct base_arena *arena, const char *base, const cJSON *resource,
                  struct fhir_rows *out)
{
    const char *type = fhir_json_get_text(resource, "resourceType");

    for (int i = 0; i < fhir_param_count; i++) {
        struct walk walk = {arena, base, i, 0, out};
        if (!applies(&fhir_params[i], type))
            continue;
        for (const char *path = fhir_params[i].path; *path;) {
            follow(&walk, resource, path);
            path += strcspn(path, ",");
            path += *path == ',';
        }
    }
}

static bool same_row(const struct fhir_row *x, const struct fhir_row *y)
{
    return x->kind == y->kind && x->param == y->param && x->part == y->part && x->low == y->low &&
           x->high == y->high && x->number == y->number && !strcmp(x->a, y->a) &&
           !strcmp(x->b, y->b) && !strcmp(x->c, y->c);
}

bool fhir_rows_hold(const struct fhir_rows *rows, const struct fhir_row *row)
{
    for (size_t i = 0; i < rows->count; i++)
        if (same_row(&rows->items[i], row))
            return true;
    return false;
}

static void add_row(struct walk *walk, struct fhir_row row)
{
    struct fhir_rows *rows = walk->rows;

    row.param = walk->param;
    row.part = walk->part;
    row.a = row.a ? row.a : "";
    row.b = row.b ? row.b : "";
    row.c = row.c ? row.c : "";
    if (fhir_rows_hold(rows, &row))
        return;
    if (rows->count == rows->cap) {
        rows->cap = rows->cap ? 2 * rows->cap : 32;
        struct fhir_row *items = base_arena_alloc(walk->arena, rows->cap * sizeof *items);
        if (rows->count)
            memcpy(items, rows->items, rows->count * sizeof *items);
        rows->items = items;
    }
    rows->items[rows->count++] = row;
}

static const cJSON *member(const cJSON *object, const char *name, size_t len)
{
    if (!cJSON_IsObject(object))
        return NULL;
    for (const cJSON *at = object->child; at; at = at->next)
        if (!strncmp(at->string, name, len) && !at->string[len])
            return at;
    return NULL;
}

/* "[system=phone]" behind a name: only items with that member. */
static bool kept(const cJSON *item, const char *filter)
{
    size_t name = strcspn(filter, "=");

    if (*filter != '[')
        return true;
    const cJSON *value = member(item, filter + 1, name - 1);
    size_t len = strcspn(filter + name + 1, "]");
    return cJSON_IsString(value) && !strncmp(value->valuestring, filter + name + 1, len) &&
           !value->valuestring[len];
}

static void arrive(struct walk *walk, const cJSON *node, const char *rest)
{
    if (*rest == '.')
        follow(walk, node, rest + 1);
    else
        takers[fhir_params[walk->param].kind](walk, node);
}

static void follow(struct walk *walk, const cJSON *node, const char *path)
{
    size_t len = strcspn(path, ".,[");
    const cJSON *found = member(node, path, len), *item;
    const char *filter = path + len,
               *rest = filter + (*filter == '[' ? strcspn(filter, "]") + 1 : 0);
    bool parts = len == strlen(PART) && !strncmp(path, PART, len);

    if (!found || cJSON_IsNull(found))
        return;
    if (!cJSON_IsArray(found)) {
        if (parts)
            walk->part = 1;
        if (kept(found, filter))
            arrive(walk, found, rest);
        return;
    }
    cJSON_ArrayForEach(item, found)
    {
        walk->part += parts;
        if (kept(item, filter))
            arrive(walk, item, rest);
    }
}

static void add_text(struct walk *walk, const char *text)
{
    if (text && *text)
        add_row(walk, (struct fhir_row){
                          .kind = FHIR_STRING, .a = fhir_fold(walk->arena, text), .b = text});
}

static void add_coding(struct walk *walk, const cJSON *coding)
{
    const char *code = fhir_json_get_text(coding, "code");
    const char *system = fhir_json_get_text(coding, "system");

    if (code || system)
        add_row(walk, (struct fhir_row){.kind = FHIR_TOKEN, .a = code, .b = system});
    add_text(walk, fhir_json_get_text(coding, "display"));
}

/* A code, a boolean, or that someone has died (deceasedDateTime). */
static void take_primitive(struct walk *walk, const cJSON *node)
{
    const struct fhir_param *param = &fhir_params[walk->param];
    struct fhir_row row = {.kind = FHIR_TOKEN, .a = node->valuestring, .b = param->system};

    if (cJSON_IsBool(node) || !strcmp(param->name, "deceased")) {
        row.a = cJSON_IsFalse(node) ? "false" : "true";
        row.b = "http://hl7.org/fhir/special-values";
    }
    if (row.a && *row.a)
        add_row(walk, row);
}

/* CodeableConcept, Identifier, ContactPoint (its use is the system), Coding or a primitive. */
static void take_token(struct walk *walk, const cJSON *node)
{
    const cJSON *codings = fhir_json_get(node, "coding"), *coding;
    const char *value = fhir_json_get_text(node, "value");
    bool contact = fhir_listed("telecom|phone|email", fhir_params[walk->param].name,
                               strlen(fhir_params[walk->param].name));

    if (!cJSON_IsObject(node)) {
        take_primitive(walk, node);
        return;
    }
    if (cJSON_IsObject(codings))
        add_coding(walk, codings);
    else
        cJSON_ArrayForEach(coding, codings) add_coding(walk, coding);
    if (value)
        add_row(walk, (struct fhir_row){.kind = FHIR_TOKEN,
                                        .a = value,
                                        .b = fhir_json_get_text(node, contact ? "use" : "system")});
    else
        add_coding(walk, node);
    add_text(walk, fhir_json_get_text(node, "text"));
    add_text(walk, fhir_json_get_text(fhir_json_get(node, "type"), "text"));
}

/* A text, or the texts of a HumanName or an Address. */
static void take_string(struct walk *walk, const cJSON *node)
{
    const cJSON *item;

    if (cJSON_IsString(node))
        add_text(walk, node->valuestring);
    for (const cJSON *at = cJSON_IsObject(node) ? node->child : NULL; at; at = at->next) {
        if (!strcmp(at->string, "use") || !strcmp(at->string, "type") || !strcmp(at->string, "id"))
            continue;
        if (cJSON_IsString(at))
            add_text(walk, at->valuestring);
        if (cJSON_IsArray(at))
            cJSON_ArrayForEach(item, at) add_text(walk, cJSON_GetStringValue(item));
    }
}

/* A date, dateTime or instant, or a Period, open at either end. */
static void take_date(struct walk *walk, const cJSON *node)
{
    struct fhir_row row = {.kind = FHIR_DATE, .low = INT64_MIN, .high = INT64_MAX};
    const char *start = fhir_json_get_text(node, "start"), *end = fhir_json_get_text(node, "end");
    int64_t other;

    if (cJSON_IsString(node)) {
        if (fhir_date_range(node->valuestring, &row.low, &row.high))
            add_row(walk, row);
        return;
    }
    if ((start || end) && (!start || fhir_date_range(start, &row.low, &other)) &&
        (!end || fhir_date_range(end, &other, &row.high)))
        add_row(walk, row);
}

static void take_quantity(struct walk *walk, const cJSON *node)
{
    const cJSON *value = fhir_json_get(node, "value");
    struct fhir_row row = {.kind = FHIR_QUANTITY,
                           .a = fhir_json_get_text(node, "code"),
                           .b = fhir_json_get_text(node, "system")};
    double low, high;

    if (value && value->valuestring &&
        fhir_decimal_range(value->valuestring, &row.number, &low, &high))
        add_row(walk, row);
}

void fhir_reference_parse(struct base_arena *arena, const char *base, const char *text,
                          struct fhir_reference *out)
{
    size_t own = strlen(base), end = strlen(text);
    const char *rest = !strncmp(text, base, own) && text[own] == '/' ? text + own + 1 : text;
    const char *history = strstr(rest, "/_history/");
    char *copy = base_arena_strndup(
        arena, rest, history ? (size_t)(history - rest) : end - (size_t)(rest - text));
    char *id = strrchr(copy, '/');

    *out = (struct fhir_reference){.id = copy, .type = "", .base = ""};
    if (!id)
        return;
    *id++ = '\0';
    char *type = strrchr(copy, '/');
    if (fhir_type_number(type ? type + 1 : copy) < 0) {
        id[-1] = '/'; /* no Type/id at its end: the whole is the id */
        return;
    }
    out->id = id;
    out->type = type ? type + 1 : copy;
    if (type) {
        *type = '\0';
        out->base = copy;
    }
}

static void take_reference(struct walk *walk, const cJSON *node)
{
    const struct fhir_param *param = &fhir_params[walk->param];
    const char *text = fhir_json_get_text(node, "reference");
    const cJSON *identifier = fhir_json_get(node, "identifier");
    struct fhir_reference reference;

    if (identifier)
        add_row(walk, (struct fhir_row){.kind = FHIR_TOKEN,
                                        .a = fhir_json_get_text(identifier, "value"),
                                        .b = fhir_json_get_text(identifier, "system")});
    if (!text || !*text || *text == '#')
        return;
    fhir_reference_parse(walk->arena, walk->base, text, &reference);
    if (!*reference.type && !strchr(text, ':') && param->targets && !strchr(param->targets, '|'))
        reference.type = param->targets;
    add_row(walk, (struct fhir_row){.kind = FHIR_REFERENCE,
                                    .a = reference.id,
                                    .b = reference.type,
                                    .c = reference.base});
}

static void take_uri(struct walk *walk, const cJSON *node)
{
    if (cJSON_IsString(node) && *node->valuestring)
        add_row(walk, (struct fhir_row){.kind = FHIR_TOKEN, .a = node->valuestring});
}
