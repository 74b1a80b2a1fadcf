/* Decides which elements of a resource _summary and _elements leave. */
#include "simulators/fhir/search.h"

#include "simulators/fhir/structure.h"

#include <string.h>

#define SYSTEM "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"

static bool take_summary(struct fhir_call *call, const char *value, struct fhir_subset *out)
{
    static const char *const words[] = {
        [FHIR_SUMMARY_NONE] = "false", [FHIR_SUMMARY_TRUE] = "true",   [FHIR_SUMMARY_TEXT] = "text",
        [FHIR_SUMMARY_DATA] = "data",  [FHIR_SUMMARY_COUNT] = "count",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (base_equal_nocase(words[i], value)) {
            out->summary = (enum fhir_summary)i;
            return true;
        }
    fhir_refuse(
        call, FHIR_BAD_REQUEST,
        "The value '%.80s' of parameter '_summary' is not valid: expected true, text, data, "
        "count or false.",
        value);
    return false;
}

static bool take_elements(struct fhir_call *call, const char *value, struct fhir_subset *out)
{
    out->elements = value;
    if (*value)
        return true;
    fhir_refuse(call, FHIR_BAD_REQUEST,
                "The value of parameter '_elements' is empty: expected names of elements.");
    return false;
}

bool fhir_subset_option(struct fhir_call *call, const struct base_pair *pair,
                        struct fhir_subset *out, bool *good)
{
    if (!strcmp(pair->name, "_summary"))
        *good = take_summary(call, pair->value, out);
    else if (!strcmp(pair->name, "_elements"))
        *good = take_elements(call, pair->value, out);
    else
        return false;
    return true;
}

bool fhir_subset_wanted(const struct fhir_subset *subset)
{
    return subset->elements ||
           (subset->summary != FHIR_SUMMARY_NONE && subset->summary != FHIR_SUMMARY_COUNT);
}

static bool in_list(const char *list, const char *name, size_t len)
{
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
        if (!strncmp(at, name, len) && (at[len] == ',' || !at[len]))
            return true;
    return false;
}

static bool stays(const struct fhir_subset *subset, const struct fhir_element *elements,
                  const cJSON *member)
{
    const char *name = member->string + (member->string[0] == '_'), *type;
    size_t len;
    const struct fhir_element *element =
        elements ? fhir_element_find(elements, name, &type, &len) : NULL;
    unsigned flags = element ? element->flags : 0;

    if (in_list("resourceType,id,meta", name, strlen(name)))
        return true;
    if (subset->elements)
        return (flags & FHIR_REQUIRED) || in_list(subset->elements, name, strlen(name)) ||
               (element && in_list(subset->elements, element->name, strcspn(element->name, "[")));
    if (subset->summary == FHIR_SUMMARY_DATA)
        return strcmp(name, "text") != 0;
    if (subset->summary == FHIR_SUMMARY_TEXT)
        return !strcmp(name, "text") || (flags & FHIR_REQUIRED);
    return !elements || (flags & (FHIR_SUMMARY | FHIR_REQUIRED)) ||
           in_list("implicitRules,language", name, strlen(name));
}

static void tag(struct base_arena *arena, cJSON *resource)
{
    cJSON *meta = fhir_json_get(resource, "meta"), *tags = fhir_json_get(meta, "tag");
    cJSON *coding = fhir_json_object(arena);

    if (!meta) {
        meta = fhir_json_object(arena);
        fhir_json_add(resource, "meta", meta);
    }
    if (!cJSON_IsArray(tags)) {
        cJSON *list = fhir_json_array(arena);
        if (tags)
            fhir_json_add(list, NULL, fhir_json_copy(arena, tags));
        fhir_json_put(meta, "tag", list);
        tags = list;
    }
    fhir_json_add_text(arena, coding, "system", SYSTEM);
    fhir_json_add_text(arena, coding, "code", "SUBSETTED");
    fhir_json_add(tags, NULL, coding);
}

cJSON *fhir_subset_apply(struct base_arena *arena, const struct fhir_subset *subset,
                         const char *body)
{
    struct base_error err = {0};
    cJSON *resource = fhir_json_parse(arena, body, strlen(body), &err), *next;

    BUG_ON(!resource);
    const struct fhir_element *elements =
        fhir_elements(fhir_json_get_text(resource, "resourceType"));
    for (cJSON *at = resource->child; at; at = next) {
        next = at->next;
        if (!stays(subset, elements, at))
            fhir_json_unlink(resource, at);
    }
    tag(arena, resource);
    return resource;
}
