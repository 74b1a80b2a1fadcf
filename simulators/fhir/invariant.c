/* Decides the rules between elements: HL7's invariants of the types that the tables cover. */
#include "simulators/fhir/validate.h"

#include "simulators/fhir/value.h"

#include <string.h>

static bool has(const cJSON *object, const char *name)
{
    return fhir_json_get(object, name) != NULL;
}

static bool has_choice(const cJSON *object, const char *stem)
{
    size_t len = strlen(stem);

    for (const cJSON *at = object->child; at; at = at->next)
        if (!strncmp(at->string, stem, len) && at->string[len] >= 'A' && at->string[len] <= 'Z')
            return true;
    return false;
}

static bool share_coding(const cJSON *a, const cJSON *b)
{
    const cJSON *x, *y;

    cJSON_ArrayForEach(x, fhir_json_get(a, "coding"))
        cJSON_ArrayForEach(y, fhir_json_get(b, "coding"))
    {
        const char *code = fhir_json_get_text(x, "code");
        if (code && base_equal(code, fhir_json_get_text(y, "code")) &&
            base_equal(fhir_json_get_text(x, "system"), fhir_json_get_text(y, "system")))
            return true;
    }
    return false;
}

static bool obs_6(struct fhir_check *check, const cJSON *object)
{
    (void)check;
    return !has(object, "dataAbsentReason") || !has_choice(object, "value");
}

static bool obs_7(struct fhir_check *check, const cJSON *object)
{
    const cJSON *component;

    (void)check;
    cJSON_ArrayForEach(component, fhir_json_get(object, "component"))
    {
        if (has_choice(object, "value") &&
            share_coding(fhir_json_get(object, "code"), fhir_json_get(component, "code")))
            return false;
    }
    return true;
}

static bool obs_3(struct fhir_check *check, const cJSON *object)
{
    (void)check;
    return has(object, "low") || has(object, "high") || has(object, "text");
}

static bool qty_3(struct fhir_check *check, const cJSON *object)
{
    (void)check;
    return !has(object, "code") || has(object, "system");
}

static bool ext_1(struct fhir_check *check, const cJSON *object)
{
    (void)check;
    return has(object, "extension") != has_choice(object, "value");
}

static bool cpt_2(struct fhir_check *check, const cJSON *object)
{
    (void)check;
    return !has(object, "value") || has(object, "system");
}

static bool pat_1(struct fhir_check *check, const cJSON *object)
{
    (void)check;
    return has(object, "name") || has(object, "telecom") || has(object, "address") ||
           has(object, "organization");
}

static bool per_1(struct fhir_check *check, const cJSON *object)
{
    const char *start = fhir_json_get_text(object, "start"),
               *end = fhir_json_get_text(object, "end");
    int64_t low, high, last;

    (void)check;
    return !start || !end || !fhir_date_range(start, &low, &high) ||
           !fhir_date_range(end, &high, &last) || low <= last;
}

static bool is_contained(const struct fhir_check *check, const char *id)
{
    const cJSON *resource;

    cJSON_ArrayForEach(resource, fhir_json_get(check->root, "contained"))
    {
        if (base_equal(fhir_json_get_text(resource, "id"), id))
            return true;
    }
    return false;
}

static bool ref_1(struct fhir_check *check, const cJSON *object)
{
    const char *reference = fhir_json_get_text(object, "reference");

    return !reference || reference[0] != '#' || !reference[1] || is_contained(check, reference + 1);
}

/* Is "#id" referred to anywhere in the tree? */
static bool referred(const cJSON *node, const char *id)
{
    const char *reference = fhir_json_get_text(node, "reference");

    if (reference && reference[0] == '#' && !strcmp(reference + 1, id))
        return true;
    for (const cJSON *at = node->child; at; at = at->next)
        if (referred(at, id))
            return true;
    return false;
}

static bool dom_2(struct fhir_check *check, const cJSON *object)
{
    const cJSON *resource;

    (void)check;
    cJSON_ArrayForEach(resource, fhir_json_get(object, "contained"))
    {
        if (has(resource, "contained"))
            return false;
    }
    return true;
}

static bool dom_3(struct fhir_check *check, const cJSON *object)
{
    const cJSON *resource;

    cJSON_ArrayForEach(resource, fhir_json_get(object, "contained"))
    {
        const char *id = fhir_json_get_text(resource, "id");
        if (id && !referred(check->root, id))
            return false;
    }
    return true;
}

static const struct {
    const char *type; /* NULL: every resource */
    const char *key, *sentence;
    bool (*holds)(struct fhir_check *check, const cJSON *object);
} rules[] = {
    {"Observation", "obs-6", "dataAbsentReason stands only without a value", obs_6},
    {"Observation", "obs-7", "no value beside a component of the same code", obs_7},
    {"Observation.referenceRange", "obs-3", "expected low, high or text", obs_3},
    {"Quantity", "qty-3", "a code of a unit needs a system", qty_3},
    {"Extension", "ext-1", "expected either extensions or a value", ext_1},
    {"ContactPoint", "cpt-2", "a value needs a system", cpt_2},
    {"Patient.contact", "pat-1", "expected a name, telecom, address or organization", pat_1},
    {"Period", "per-1", "the start lies after the end", per_1},
    {"Reference", "ref-1", "the contained resource is missing", ref_1},
    {NULL, "dom-2", "a contained resource contains another", dom_2},
    {NULL, "dom-3", "a contained resource is not referred to", dom_3},
};

void fhir_check_invariants(struct fhir_check *check, const char *type, const cJSON *object,
                           const struct fhir_path *path)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules && check->strict; i++)
        if ((rules[i].type ? !strcmp(rules[i].type, type) : object == check->root) &&
            !rules[i].holds(check, object))
            fhir_issue_strict(check, "invariant", path, "%s: %s.", rules[i].key, rules[i].sentence);
}
