/* Decides what is left of an object after the server's decoder: types checked, unknown and empty fields gone, canonical texts. */
#include "simulators/aks/schema.h"

#include "common/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64
#define PATH_TEXT 512

struct decoder {
    const char *kind;
    struct base_buf *unknown;
    struct aks_fail *fail;       /* built-in kinds */
    struct aks_causes *causes;   /* custom resources; NULL for built-in kinds */
    const struct aks_type *type; /* the one being decoded, for messages */
    char path[PATH_TEXT];
    size_t depth;
};

static bool object(struct decoder *d, const struct aks_type *type, cJSON *node);
static void require_members(struct decoder *d, const struct aks_type *type, const cJSON *node);
static bool member(struct decoder *d, const struct aks_type *type, cJSON *node, cJSON *child);
static bool field_value(struct decoder *d, const struct aks_field *field, cJSON *node);
static bool element(struct decoder *d, const struct aks_field *field, cJSON *node);
static bool scalar(struct decoder *d, const struct aks_field *field, cJSON *node);
static bool kept(const struct decoder *d, const struct aks_field *field, const cJSON *node);
static void add_missing(const struct aks_type *type, cJSON *node);
static cJSON *zero_value(const struct aks_field *field);
static bool mismatch(struct decoder *d, const cJSON *node, const char *wanted);
static size_t push(struct decoder *d, const char *fmt, ...) BASE_PRINTF(2, 3);

bool aks_decode(const struct aks_type *type, const char *kind, cJSON *body,
                struct base_buf *unknown, struct aks_fail *fail)
{
    struct decoder d = {.kind = kind, .unknown = unknown, .fail = fail};

    return object(&d, type, body);
}

void aks_prune_custom(const struct aks_type *type, cJSON *body, struct base_buf *unknown,
                      struct aks_causes *causes)
{
    struct decoder d = {.kind = "", .unknown = unknown, .causes = causes};

    (void)object(&d, type, body);
}

static bool object(struct decoder *d, const struct aks_type *type, cJSON *node)
{
    bool good = true;

    if (d->depth == DEPTH_MAX)
        return mismatch(d, node, "something less deep");
    d->depth++;
    for (cJSON *child = node->child, *next; child && good; child = next) {
        next = child->next;
        good = member(d, type, node, child) || d->causes;
    }
    d->depth--;
    if (good && !d->causes)
        add_missing(type, node);
    else if (d->causes && d->depth > 0)
        require_members(d, type, node);
    return good;
}

/* In a custom resource "!" says that a member must be there (embedded objects name their kind). */
static void require_members(struct decoder *d, const struct aks_type *type, const cJSON *node)
{
    for (size_t i = 0; i < type->count; i++) {
        const char *text = base_json_text(node, type->fields[i].name);
        if (type->fields[i].always && (!text || !*text))
            aks_cause_required(d->causes,
                               aks_path(d->causes, "%s.%s", d->path, type->fields[i].name),
                               "must not be empty");
    }
}

/* Past the fields of its type, the root has apiVersion and kind; the metadata of a custom resource is not of its own schema. */
static bool member(struct decoder *d, const struct aks_type *type, cJSON *node, cJSON *child)
{
    bool root = d->depth == 1, good = true;
    const struct aks_field *field = aks_type_field(type, child->string);

    if (root && (base_equal(child->string, "apiVersion") || base_equal(child->string, "kind")))
        return true;
    if (root && d->causes && base_equal(child->string, "metadata"))
        return true;
    size_t at = push(d, *d->path ? ".%s" : "%s", child->string);
    if (field) {
        d->type = type;
        good = field_value(d, field, child);
    } else if (d->unknown) {
        base_buf_printf(d->unknown, "%s\n", d->path);
    }
    d->path[at] = '\0';
    if (good && !(field && kept(d, field, child)))
        cJSON_Delete(cJSON_DetachItemViaPointer(node, child));
    return good;
}

static bool field_value(struct decoder *d, const struct aks_field *field, cJSON *node)
{
    int index = 0;
    bool good = true;
    cJSON *child;

    if (cJSON_IsNull(node))
        return true; /* what null means: kept() */
    if (!field->shape)
        return element(d, field, node);
    if (field->shape == '[' && !cJSON_IsArray(node))
        return mismatch(d, node, d->causes ? "array" : "slice");
    if (field->shape == '{' && !cJSON_IsObject(node))
        return mismatch(d, node, d->causes ? "object" : "map[string]string");
    cJSON_ArrayForEach(child, node)
    {
        const struct aks_type *outer = d->type;
        size_t at = field->shape == '{' ? push(d, ".%s", child->string)
                    : d->causes         ? push(d, "%s", "")
                                        : push(d, "[%d]", index++);
        good = element(d, field, child) && good;
        d->path[at] = '\0';
        d->type = outer;
        if (!good && !d->causes)
            return false;
    }
    return good;
}

static bool element(struct decoder *d, const struct aks_field *field, cJSON *node)
{
    if (field->scalar)
        return scalar(d, field, node);
    if (cJSON_IsNull(node) && !d->causes) { /* Go: the zero value of the struct */
        node->type = cJSON_Object;
        add_missing(field->type, node);
        return true;
    }
    if (!cJSON_IsObject(node))
        return mismatch(d, node, d->causes ? "object" : field->type->name);
    return object(d, field->type, node);
}

static void become_text(cJSON *node, const char *text)
{
    char *copy = cJSON_malloc(strlen(text) + 1);

    BUG_ON(!copy);
    memcpy(copy, text, strlen(text) + 1);
    cJSON_free(node->valuestring);
    node->type = cJSON_String;
    node->valuestring = copy;
}

static bool refuse(struct decoder *d, const char *why)
{
    if (d->fail)
        aks_fail_plain(d->fail, "BadRequest", "%s in version \"v1\" cannot be handled as a %s: %s",
                       d->kind, d->kind, why);
    return false;
}

static bool quantity(struct decoder *d, cJSON *node)
{
    char number[64], *canonical = NULL;
    const char *text = cJSON_GetStringValue(node);

    if (cJSON_IsNumber(node)) {
        snprintf(number, sizeof number, "%.15g", node->valuedouble);
        text = number;
    }
    if (!text || !aks_quantity_canonical(text, &canonical))
        return refuse(d, "quantities must match the regular expression "
                         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    become_text(node, canonical);
    free(canonical);
    return true;
}

/* Go's decoder takes the standard alphabet with padding only, and line ends. */
static bool bytes(struct decoder *d, cJSON *node)
{
    struct base_buf raw = {0};
    const char *text = cJSON_GetStringValue(node);
    size_t len = text ? strlen(text) : 0;

    if (!text)
        return mismatch(d, node, "[]uint8");
    bool good = len % 4 == 0 && !strpbrk(text, "-_ ") && base_base64_decode(&raw, text, len);
    base_buf_release(&raw);
    return good || refuse(d, "illegal base64 data at input byte 0");
}

static bool time_value(struct decoder *d, cJSON *node)
{
    char text[BASE_TIME_TEXT];
    int64_t ms;

    if (!cJSON_IsString(node))
        return mismatch(d, node, "Time");
    if (!base_time_parse(node->valuestring, &ms)) {
        char why[PATH_TEXT];
        snprintf(why, sizeof why,
                 "parsing time \"%.60s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse",
                 node->valuestring);
        return refuse(d, why);
    }
    if (ms % 1000 == 0 && !strchr(node->valuestring, '.')) { /* MicroTime keeps its fraction */
        base_time_iso_s(ms, text);
        become_text(node, text);
    }
    return true;
}

static bool whole(const cJSON *node)
{
    return cJSON_IsNumber(node) && floor(node->valuedouble) == node->valuedouble;
}

static bool scalar(struct decoder *d, const struct aks_field *field, cJSON *node)
{
    if (cJSON_IsNull(node) && !d->causes) {
        if (field->scalar == 's' || field->scalar == 'y')
            become_text(node, "");
        return true;
    }
    switch (field->scalar) {
    case 's':
        return cJSON_IsString(node) || mismatch(d, node, "string");
    case 'i':
        return whole(node) || mismatch(d, node, d->causes ? "integer" : "int32");
    case 'b':
        return cJSON_IsBool(node) || mismatch(d, node, d->causes ? "boolean" : "bool");
    case 'x':
        return cJSON_IsString(node) || whole(node) || mismatch(d, node, "IntOrString");
    case 't':
        return time_value(d, node);
    case 'q':
        return quantity(d, node);
    case 'y':
        return bytes(d, node);
    default:
        return true;
    }
}

/* Does the encoder write it? */
static bool kept(const struct decoder *d, const struct aks_field *field, const cJSON *node)
{
    if (d->causes)
        return field->pointer || !cJSON_IsNull(node);
    if (cJSON_IsNull(node))
        return false; /* what is always written comes back as its zero value */
    if (field->always || field->pointer)
        return true;
    if (field->shape)
        return node->child != NULL;
    return !((cJSON_IsString(node) && !*node->valuestring) ||
             (cJSON_IsNumber(node) && node->valuedouble == 0) || cJSON_IsFalse(node));
}

static void add_missing(const struct aks_type *type, cJSON *node)
{
    for (size_t i = 0; i < type->count; i++)
        if (type->fields[i].always && !cJSON_GetObjectItemCaseSensitive(node, type->fields[i].name))
            cJSON_AddItemToObject(node, type->fields[i].name, zero_value(&type->fields[i]));
}

static cJSON *zero_value(const struct aks_field *field)
{
    if (field->shape || field->scalar == 't')
        return cJSON_CreateNull();
    switch (field->scalar) {
    case 's':
        return cJSON_CreateString("");
    case 'b':
        return cJSON_CreateFalse();
    case 'i':
    case 'x':
        return cJSON_CreateNumber(0);
    default:
        break;
    }
    cJSON *value = cJSON_CreateObject();
    add_missing(field->type, value);
    return value;
}

static const char *json_name(const cJSON *node, bool custom)
{
    if (cJSON_IsString(node))
        return "string";
    if (cJSON_IsNumber(node))
        return custom && whole(node) ? "integer" : "number";
    if (cJSON_IsBool(node))
        return custom ? "boolean" : "bool";
    return cJSON_IsArray(node) ? "array" : cJSON_IsObject(node) ? "object" : "null";
}

static bool mismatch(struct decoder *d, const cJSON *node, const char *wanted)
{
    const char *found = json_name(node, d->causes != NULL);
    char why[PATH_TEXT + 128];

    if (d->causes) {
        aks_cause_invalid_text(d->causes, aks_path(d->causes, "%s", d->path), found,
                               "%s in body must be of type %s: \"%s\"", d->path, wanted, found);
        return false;
    }
    snprintf(why, sizeof why, "json: cannot unmarshal %s into Go struct field %s.%s of type %s",
             found, d->type ? d->type->name : d->kind, d->path, wanted);
    return refuse(d, why);
}

/* Lengthens the path; returns where to cut it again. A path that is too long is cut short. */
static size_t push(struct decoder *d, const char *fmt, ...)
{
    size_t at = strlen(d->path);
    va_list args;

    va_start(args, fmt);
    vsnprintf(d->path + at, sizeof d->path - at, fmt, args);
    va_end(args);
    return at;
}
