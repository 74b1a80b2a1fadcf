/* Decides whether a body is a resource of the type that the path names. */
#include "simulators/fhir/validate.h"

#include "simulators/fhir/structure.h"

#include <stdio.h>
#include <string.h>

static void check_resource(struct fhir_check *check, const cJSON *resource,
                           const struct fhir_path *path);
static void check_object(struct fhir_check *check, const char *type, const cJSON *object,
                         const struct fhir_path *path);
static void check_member(struct fhir_check *check, const struct fhir_element *elements,
                         const cJSON *member, const struct fhir_path *path);
static void check_common(struct fhir_check *check, const cJSON *member,
                         const struct fhir_path *path);
static void check_values(struct fhir_check *check, const char *type,
                         const struct fhir_element *element, const cJSON *member,
                         const struct fhir_path *path);
static void check_value(struct fhir_check *check, const char *type,
                        const struct fhir_element *element, const cJSON *value,
                        const struct fhir_path *path);
static void check_required(struct fhir_check *check, const char *type, const cJSON *object,
                           const struct fhir_path *path);

static bool start(struct fhir_call *call, cJSON *resource)
{
    const char *type = fhir_json_get_text(resource, "resourceType");
    const char *expected = fhir_type_name(call->type);

    if (!cJSON_IsObject(resource) || !type)
        fhir_refuse(call, FHIR_BAD_SHAPE, "The body is not a resource: it has no resourceType.");
    else if (!base_equal(type, expected))
        fhir_refuse_at(call, FHIR_BAD_REQUEST, "resourceType",
                       "Resource type in the URL must match resourceType in the resource: found "
                       "'%s', expected '%s'.",
                       type, expected);
    return type && base_equal(type, expected);
}

bool fhir_validate(struct fhir_call *call, cJSON *resource)
{
    const char *level = sim_setting(call->fhir->world, "fhir-validation");
    struct fhir_check check = {
        .call = call, .root = resource, .strict = base_equal(level, "strict")};

    if (!start(call, resource))
        return false;
    check.outcome = fhir_outcome(call);
    check_resource(&check, resource, &(struct fhir_path){NULL, fhir_type_name(call->type), -1});
    if (check.issues) {
        call->answer =
            (struct fhir_answer){.status = 400, .body = "", .tree = check.outcome, .outcome = true};
        return false;
    }
    if (!fhir_json_get(resource, "meta"))
        fhir_json_insert(resource, resource->child->next, "meta", fhir_json_object(call->arena));
    return true;
}

/* $validate: what is wrong, or that nothing is, as a success. */
void fhir_validate_only(void *context)
{
    struct fhir_call *call = context;
    bool good = fhir_take_resource(call) != NULL;

    if (good) {
        cJSON *outcome = fhir_outcome(call);
        fhir_outcome_add(call, outcome, "information", "informational", "All OK", NULL);
        call->answer = (struct fhir_answer){.status = 200, .tree = outcome};
    } else if (call->answer.status == 400 && (call->body || call->raw_len)) {
        call->answer.status = 200;
    }
}

static const char *path_text(struct base_arena *arena, const struct fhir_path *path)
{
    const char *above = path->above ? path_text(arena, path->above) : NULL;

    if (path->index >= 0)
        return base_arena_printf(arena, "%s[%d]", above, path->index);
    return above ? base_arena_printf(arena, "%s.%s", above, path->name) : path->name;
}

static void add_issue(struct fhir_check *check, const char *code, const struct fhir_path *path,
                      const char *fmt, va_list args)
{
    char text[512];

    if (check->issues++ >= FHIR_ISSUES_MAX)
        return;
    vsnprintf(text, sizeof text, fmt, args);
    fhir_outcome_add(check->call, check->outcome, "error", code, text,
                     path_text(check->call->arena, path));
}

void fhir_issue(struct fhir_check *check, const char *code, const struct fhir_path *path,
                const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add_issue(check, code, path, fmt, args);
    va_end(args);
}

void fhir_issue_strict(struct fhir_check *check, const char *code, const struct fhir_path *path,
                       const char *fmt, ...)
{
    va_list args;

    if (!check->strict)
        return;
    va_start(args, fmt);
    add_issue(check, code, path, fmt, args);
    va_end(args);
}

/* Types without a table are looked at only as far as all resources are alike. */
static void check_resource(struct fhir_check *check, const cJSON *resource,
                           const struct fhir_path *path)
{
    const char *type = fhir_json_get_text(resource, "resourceType");
    const cJSON *id = fhir_json_get(resource, "id"), *meta = fhir_json_get(resource, "meta");

    if (!type || fhir_type_number(type) < 0) {
        fhir_issue(check, "structure", path, "The resourceType '%s' is not a type of FHIR R4.",
                   type ? type : "");
        return;
    }
    if (id && (!cJSON_IsString(id) || !fhir_id_ok(id->valuestring)))
        fhir_issue(check, "invalid", &(struct fhir_path){path, "id", -1},
                   "The id must be a text of 1 to 64 letters, digits, '-' and '.'.");
    if (fhir_elements(type))
        check_object(check, type, resource, path);
    else if (meta)
        check_value(check, "Meta", NULL, meta, &(struct fhir_path){path, "meta", -1});
}

static void check_object(struct fhir_check *check, const char *type, const cJSON *object,
                         const struct fhir_path *path)
{
    const struct fhir_element *elements = fhir_elements(type);

    if (!cJSON_IsObject(object)) {
        fhir_issue(check, "structure", path, "Expected an object of type %s.", type);
        return;
    }
    if (!object->child)
        fhir_issue_strict(check, "invariant", path, "ele-1: an element must not be empty.");
    for (const cJSON *member = object->child; member && elements; member = member->next)
        check_member(check, elements, member, path);
    if (elements)
        check_required(check, type, object, path);
    fhir_check_invariants(check, type, object, path);
}

static bool is_common(const char *name)
{
    static const char *const names[] = {
        "id",   "extension", "modifierExtension", "resourceType", "meta", "implicitRules",
        "text", "contained", "language",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

/* `_x` carries id and extensions of the primitive x. */
static void check_sibling(struct fhir_check *check, const struct fhir_element *elements,
                          const cJSON *member, const struct fhir_path *path)
{
    const char *type;
    size_t len;
    const cJSON *item;

    if (!is_common(member->string + 1) &&
        !fhir_element_find(elements, member->string + 1, &type, &len)) {
        fhir_issue(check, "structure", path, "The property '%s' is unknown.", member->string);
        return;
    }
    if (!cJSON_IsArray(member)) {
        if (!cJSON_IsObject(member))
            fhir_issue(check, "structure", path, "Expected an object in '%s'.", member->string);
        return;
    }
    cJSON_ArrayForEach(item, member)
    {
        if (!cJSON_IsObject(item) && !cJSON_IsNull(item))
            fhir_issue(check, "structure", path, "Expected objects or null in '%s'.",
                       member->string);
    }
}

static void check_member(struct fhir_check *check, const struct fhir_element *elements,
                         const cJSON *member, const struct fhir_path *path)
{
    const struct fhir_path where = {path, member->string, -1};
    const char *type;
    size_t len;
    const struct fhir_element *element;

    if (member->string[0] == '_') {
        check_sibling(check, elements, member, &where);
        return;
    }
    element = fhir_element_find(elements, member->string, &type, &len);
    if (element) {
        char *name = base_arena_strndup(check->call->arena, type, len);
        check_values(check, name, element, member, &where);
    } else if (is_common(member->string)) {
        check_common(check, member, &where);
    } else {
        fhir_issue(check, "structure", &where, "The property '%s' is unknown.", member->string);
    }
}

/* What every element or every resource has. */
static void check_common(struct fhir_check *check, const cJSON *member,
                         const struct fhir_path *path)
{
    static const struct {
        const char *name, *type;
        unsigned flags;
    } table[] = {
        {"extension", "Extension", FHIR_MANY},
        {"modifierExtension", "Extension", FHIR_MANY},
        {"meta", "Meta", 0},
        {"implicitRules", "uri", 0},
        {"language", "code", 0},
        {"text", "Narrative", 0},
    };
    const cJSON *item;
    int number = 0;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, member->string)) {
            struct fhir_element element = {member->string, table[i].type, table[i].flags, NULL};
            check_values(check, table[i].type, &element, member, path);
        }
    if (!strcmp(member->string, "contained"))
        cJSON_ArrayForEach(item, member)
            check_resource(check, item, &(struct fhir_path){path, NULL, number++});
}

static void check_values(struct fhir_check *check, const char *type,
                         const struct fhir_element *element, const cJSON *member,
                         const struct fhir_path *path)
{
    const cJSON *item;
    int index = 0;

    if (cJSON_IsNull(member)) {
        fhir_issue_strict(check, "structure", path, "null stands only in arrays.");
        return;
    }
    if (!cJSON_IsArray(member)) {
        if (element->flags & FHIR_MANY)
            fhir_issue_strict(check, "structure", path, "Expected an array.");
        check_value(check, type, element, member, path);
        return;
    }
    if (!(element->flags & FHIR_MANY)) {
        fhir_issue(check, "structure", path, "Expected a single value, found an array.");
        return;
    }
    if (!member->child)
        fhir_issue_strict(check, "structure", path, "An array must not be empty.");
    cJSON_ArrayForEach(item, member)
    {
        const struct fhir_path where = {path, NULL, index++};
        if (!cJSON_IsNull(item) || !fhir_is_primitive(type))
            check_value(check, type, element, item, &where);
    }
}

static void check_value(struct fhir_check *check, const char *type,
                        const struct fhir_element *element, const cJSON *value,
                        const struct fhir_path *path)
{
    /* "*": the member's own ending names the type, its first letter raised */
    char *lower = base_arena_strdup(check->call->arena, type);

    if (element && !strcmp(element->types, "*"))
        lower[0] |= 0x20;
    if (fhir_is_primitive(lower)) {
        if (cJSON_IsObject(value) || cJSON_IsArray(value))
            fhir_issue(check, "structure", path, "Expected a value of type %s.", lower);
        else
            fhir_check_primitive(check, lower, value, path);
        if (element && element->codes && cJSON_IsString(value) &&
            !fhir_listed(element->codes, value->valuestring, strlen(value->valuestring)))
            fhir_issue(check, "code-invalid", path, "The code '%s' is not one of %s.",
                       value->valuestring, element->codes);
        return;
    }
    check_object(check, type, value, path);
}

static size_t count_members(const cJSON *object, const struct fhir_element *element,
                            const struct fhir_element *elements)
{
    size_t count = 0, len;
    const char *type;

    for (const cJSON *at = object->child; at; at = at->next) {
        const char *name = at->string[0] == '_' ? at->string + 1 : at->string;
        bool twin = at->string[0] == '_' && fhir_json_get(object, name);
        if (!twin && !cJSON_IsNull(at) && fhir_element_find(elements, name, &type, &len) == element)
            count++;
    }
    return count;
}

/* Microsoft's service looks for required elements at the top only; a SampledData without its own is
 * of no use to anyone, so it is refused as well. */
static void check_required(struct fhir_check *check, const char *type, const cJSON *object,
                           const struct fhir_path *path)
{
    const struct fhir_element *elements = fhir_elements(type);
    bool always = object == check->root || !strcmp(type, "SampledData");

    for (const struct fhir_element *at = elements; at->name; at++) {
        bool choice = strchr(at->name, '[') != NULL;
        size_t count =
            choice || (at->flags & FHIR_REQUIRED) ? count_members(object, at, elements) : 1;
        if (!count && (at->flags & FHIR_REQUIRED) && (always || check->strict))
            fhir_issue(check, "required", &(struct fhir_path){path, at->name, -1},
                       "Element '%s' with minimum cardinality 1 is missing.", at->name);
        if (count > 1)
            fhir_issue(check, "structure", &(struct fhir_path){path, at->name, -1},
                       "Only one of '%s' is allowed, found %zu.", at->name, count);
    }
}
