/* Decides whether a value has the type and keeps the constraints of a declaration. */
#include "simulators/arm/template/schema.h"

#include "simulators/arm/template/function.h"
#include "simulators/arm/template/parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REF_MAX 32 /* references and levels below each other */

static const struct type {
    const char *name, *shown, *json;
    bool secure;
} types[] = {
    {"string", "String", "String", false}, {"securestring", "SecureString", "String", true},
    {"int", "Int", "Integer", false},      {"bool", "Bool", "Boolean", false},
    {"object", "Object", "Object", false}, {"secureobject", "SecureObject", "Object", true},
    {"array", "Array", "Array", false}};

static const struct type *find_type(const char *name)
{
    for (size_t i = 0; name && i < sizeof(types) / sizeof(types[0]); i++)
        if (!strcasecmp(types[i].name, name))
            return &types[i];
    return NULL;
}

const char *arm_parameter_type(const char *type)
{
    return find_type(type) ? find_type(type)->shown : NULL;
}

bool arm_parameter_type_secure(const char *type)
{
    return find_type(type) && find_type(type)->secure;
}

bool arm_parameter_type_fits(const char *type, const cJSON *value)
{
    const struct type *row = find_type(type);

    if (!row)
        return false;
    if (!strcmp(row->name, "secureobject")) /* what a secret or a caller has is anything */
        return cJSON_IsObject(value) || cJSON_IsArray(value);
    return !strcmp(row->json, arm_template_type(value));
}

static bool refuse(struct base_error *err, const char *fmt, ...) BASE_PRINTF(2, 3);
static bool refuse(struct base_error *err, const char *fmt, ...)
{
    char sentence[900];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    base_error_set(err, BASE_INVALID, "InvalidTemplate", "%s", sentence);
    return false;
}

/* ---- references ---- */

static const cJSON *definition_of(const struct arm_schema_context *context, const char *ref)
{
    static const char prefix[] = "#/definitions/";

    if (strncmp(ref, prefix, sizeof(prefix) - 1) != 0)
        return NULL;
    return arm_template_member(context->definitions, ref + sizeof(prefix) - 1);
}

cJSON *arm_schema_resolve(const struct arm_schema_context *context, const cJSON *declaration,
                          struct base_error *err)
{
    cJSON *result = base_json_copy(declaration);

    for (int depth = 0;; depth++) {
        const char *ref = cJSON_GetStringValue(arm_template_member(result, "$ref"));
        const cJSON *named = ref ? definition_of(context, ref) : NULL, *child;
        cJSON *merged;
        if (!ref)
            return result;
        if (!cJSON_IsObject(named) || depth >= REF_MAX) {
            refuse(err, "The template definition reference '%.200s' %s.", ref,
                   named ? "never ends" : "is not found");
            break;
        }
        merged = base_json_copy(named);
        cJSON_DeleteItemFromObjectCaseSensitive(result, "$ref");
        cJSON_ArrayForEach(child, result)
            base_json_set(merged, child->string, base_json_copy(child));
        cJSON_Delete(result);
        result = merged;
    }
    cJSON_Delete(result);
    return NULL;
}

/* ---- constraints ---- */

struct check {
    const struct arm_schema_context *context;
    const char *name;
    struct base_error *err;
    bool secure;
    int depth;
};

static bool check_value(struct check *c, const cJSON *declaration, const cJSON *value);

static bool in_list(const cJSON *list, const cJSON *value)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, list)
    {
        if (cJSON_IsString(child) && cJSON_IsString(value)
                ? !strcasecmp(child->valuestring, value->valuestring)
                : arm_value_equal(child, value))
            return true;
    }
    return false;
}

/* An array may be one of the allowed values itself, or made of them. */
static bool is_allowed(const cJSON *list, const cJSON *value)
{
    const cJSON *child;

    if (in_list(list, value))
        return true;
    if (!cJSON_IsArray(value))
        return false;
    cJSON_ArrayForEach(child, value) if (!in_list(list, child)) return false;
    return true;
}

static void list_text(const cJSON *list, struct base_buf *out)
{
    const cJSON *child;

    base_buf_puts(out, "");
    cJSON_ArrayForEach(child, list)
    {
        if (out->len > 300)
            break;
        base_buf_puts(out, child == list->child ? "" : ",");
        arm_value_text(child, out);
    }
}

static bool check_allowed(struct check *c, const cJSON *declaration, const cJSON *value)
{
    const cJSON *list = arm_template_member(declaration, "allowedValues");
    struct base_buf allowed = {0}, found = {0};

    if (!list || is_allowed(list, value))
        return true;
    list_text(list, &allowed);
    arm_value_text(value, &found);
    refuse(
        c->err,
        "The provided value for the template parameter '%.100s' is not valid. The value '%.200s' "
        "is not part of the allowed value(s): '%.300s'.",
        c->name,
        c->secure    ? "(secure)"
        : found.data ? found.data
                     : "",
        allowed.data);
    base_buf_release(&allowed);
    base_buf_release(&found);
    return false;
}

/* One bound: `actual` against the member of that name, if it is declared. */
static bool check_bound(struct check *c, const cJSON *declaration, const char *member,
                        int64_t actual)
{
    const cJSON *bound = arm_template_member(declaration, member);
    bool least = !strncmp(member, "min", 3), length = strstr(member, "Length") != NULL;
    int64_t limit;

    if (!bound)
        return true;
    if (!arm_template_int(bound, &limit))
        return refuse(c->err,
                      "The member '%s' of the template parameter '%.100s' must be a whole number, "
                      "'%s' was found.",
                      member, c->name, arm_template_type(bound));
    if (least ? actual >= limit : actual <= limit)
        return true;
    return refuse(
        c->err,
        "The provided value for the template parameter '%.100s' is not valid. %s should be "
        "%s than or equal to '%lld', it is '%lld'.",
        c->name, length ? "Length of the value" : "The value", least ? "greater" : "less",
        (long long)limit, (long long)actual);
}

static bool check_bounds(struct check *c, const cJSON *declaration, const cJSON *value)
{
    int64_t number;

    if (arm_template_int(value, &number))
        return check_bound(c, declaration, "minValue", number) &&
               check_bound(c, declaration, "maxValue", number);
    if (!cJSON_IsString(value) && !cJSON_IsArray(value))
        return true;
    number =
        cJSON_IsString(value) ? (int64_t)arm_units(value->valuestring) : cJSON_GetArraySize(value);
    return check_bound(c, declaration, "minLength", number) &&
           check_bound(c, declaration, "maxLength", number);
}

static bool check_type(struct check *c, const cJSON *declaration, const cJSON *value)
{
    const char *name = cJSON_GetStringValue(arm_template_member(declaration, "type"));
    const struct type *type = find_type(name);

    if (!name || (type && arm_parameter_type_fits(name, value)))
        return true;
    if (!type)
        return refuse(c->err, "'%.60s' of '%.100s' is not a type of a template parameter.", name,
                      c->name);
    return refuse(c->err,
                  "The provided value for the template parameter '%.100s' is not valid. Template "
                  "parameter JToken type is not valid. Expected '%s'. Actual '%s'. Please see "
                  "https://aka.ms/arm-create-parameter-file for usage details.",
                  c->name, type->json, arm_template_type(value));
}

/* ---- what is inside (languageVersion 2.0) ---- */

static bool check_inside(struct check *c, const cJSON *schema, const cJSON *value,
                         const char *member)
{
    struct check inner = *c;
    char name[200];
    cJSON *resolved;
    bool good;

    (void)snprintf(name, sizeof(name), "%.120s.%.60s", c->name, member);
    inner.name = name;
    inner.depth++;
    if (inner.depth > REF_MAX)
        return refuse(c->err, "The template parameter '%.100s' is nested too deeply.", c->name);
    resolved = arm_schema_resolve(c->context, schema, c->err);
    good = resolved && check_value(&inner, resolved, value);
    cJSON_Delete(resolved);
    return good;
}

static bool check_elements(struct check *c, const cJSON *declaration, const cJSON *value)
{
    const cJSON *items = arm_template_member(declaration, "items"),
                *prefix = arm_template_member(declaration, "prefixItems"), *child;
    int index = 0;

    prefix = prefix ? prefix->child : NULL;
    cJSON_ArrayForEach(child, value)
    {
        const cJSON *schema = prefix ? prefix : items;
        char at[24];
        (void)snprintf(at, sizeof(at), "%d", index++);
        if (cJSON_IsFalse(schema))
            return refuse(c->err,
                          "The template parameter '%.100s' has more elements than declared.",
                          c->name);
        if (cJSON_IsObject(schema) && !check_inside(c, schema, child, at))
            return false;
        prefix = prefix ? prefix->next : NULL;
    }
    return true;
}

static bool check_declared(struct check *c, const cJSON *property, const cJSON *value)
{
    const cJSON *member = arm_template_member(value, property->string);
    cJSON *resolved;
    bool nullable;

    if (member)
        return check_inside(c, property, member, property->string);
    resolved = arm_schema_resolve(c->context, property, c->err);
    if (!resolved)
        return false;
    nullable = cJSON_IsTrue(arm_template_member(resolved, "nullable"));
    cJSON_Delete(resolved);
    return nullable ||
           refuse(c->err,
                  "The provided value for the template parameter '%.100s' is not valid. "
                  "Required property '%.100s' is not provided.",
                  c->name, property->string);
}

static bool check_members(struct check *c, const cJSON *declaration, const cJSON *value)
{
    const cJSON *properties = arm_template_member(declaration, "properties"),
                *others = arm_template_member(declaration, "additionalProperties"), *child;

    cJSON_ArrayForEach(child, properties) if (!check_declared(c, child, value)) return false;
    cJSON_ArrayForEach(child, value)
    {
        if (!others || arm_template_member(properties, child->string))
            continue;
        if (cJSON_IsFalse(others))
            return refuse(c->err,
                          "The provided value for the template parameter '%.100s' is not valid. "
                          "Property '%.100s' is not declared.",
                          c->name, child->string);
        if (cJSON_IsObject(others) && !check_inside(c, others, child, child->string))
            return false;
    }
    return true;
}

/* {propertyName, mapping: {value: schema}}: which schema an object must keep. */
static bool check_discriminated(struct check *c, const cJSON *declaration, const cJSON *value)
{
    const cJSON *discriminator = arm_template_member(declaration, "discriminator"),
                *mapping = arm_template_member(discriminator, "mapping");
    const char *property = cJSON_GetStringValue(arm_template_member(discriminator, "propertyName")),
               *chosen =
                   property ? cJSON_GetStringValue(arm_template_member(value, property)) : NULL;
    const cJSON *schema = chosen ? cJSON_GetObjectItemCaseSensitive(mapping, chosen) : NULL;

    if (!discriminator)
        return true;
    if (schema)
        return check_inside(c, schema, value, chosen);
    return refuse(c->err,
                  "The provided value for the template parameter '%.100s' is not valid. The "
                  "discriminator property '%.100s' has the value '%.100s', which is not mapped.",
                  c->name, property ? property : "", chosen ? chosen : "");
}

static bool check_value(struct check *c, const cJSON *declaration, const cJSON *value)
{
    if (cJSON_IsNull(value) && cJSON_IsTrue(arm_template_member(declaration, "nullable")))
        return true;
    if (!check_type(c, declaration, value) || !check_allowed(c, declaration, value) ||
        !check_bounds(c, declaration, value))
        return false;
    if (cJSON_IsArray(value))
        return check_elements(c, declaration, value);
    return !cJSON_IsObject(value) ||
           (check_members(c, declaration, value) && check_discriminated(c, declaration, value));
}

bool arm_schema_check(const struct arm_schema_context *context, const cJSON *declaration,
                      const cJSON *value, const char *name, struct base_error *err)
{
    struct base_error own = {0};
    struct check c = {context, name, err ? err : &own, false, 0};

    c.secure =
        arm_parameter_type_secure(cJSON_GetStringValue(arm_template_member(declaration, "type")));
    return check_value(&c, declaration, value);
}
