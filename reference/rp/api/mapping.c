/* Decides whether a mapping may be stored: the data plane's own loader must take it. */
#include "reference/rp/api/model.h"
#include "reference/dataplane/device_mapping.h"
#include "reference/dataplane/fhir_mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const MEMBERS[] = {"content", NULL};
static const struct {
    const char *member, *where, *content;
} KINDS[] = {
    [RP_DEVICE_MAPPING] = {"deviceMapping", "properties.deviceMapping",
                           "properties.deviceMapping.content"},
    [RP_FHIR_MAPPING] = {"fhirMapping", "properties.fhirMapping", "properties.fhirMapping.content"},
};

static bool loads(enum rp_mapping kind, const char *text, struct dp_mapping_errors *errors)
{
    size_t len = strlen(text);

    if (kind == RP_DEVICE_MAPPING) {
        dp_device_mapping_t *mapping = dp_device_mapping_load(text, len, errors);
        dp_device_mapping_free(mapping);
        return mapping != NULL;
    }
    dp_fhir_mapping_t *mapping = dp_fhir_mapping_load(text, len, errors);
    dp_fhir_mapping_free(mapping);
    return mapping != NULL;
}

/* "properties.deviceMapping.content.template[0].template.typeName" */
static void place(const char *content, const struct dp_mapping_error *error, char *out, size_t size)
{
    bool member = error->member && *error->member;

    if (error->index < 0)
        snprintf(out, size, "%s%s%s", content, member ? "." : "", member ? error->member : "");
    else
        snprintf(out, size, "%s.template[%d]%s%s", content, error->index,
                 member ? ".template." : "", member ? error->member : "");
}

static void report(const char *content, const struct dp_mapping_errors *errors,
                   struct rp_faults *faults)
{
    const struct dp_mapping_error *first = errors->count ? &errors->items[0] : NULL;
    char target[256];

    if (first)
        place(content, first, target, sizeof target);
    cJSON *fault =
        rp_fault(faults, "InvalidMapping", content, "%s: %zu error%s in the mapping; %s: %.300s",
                 content, errors->count, errors->count == 1 ? "" : "s",
                 first ? target : "the first", first ? first->message : "it cannot be loaded");
    for (size_t i = 0; i < errors->count; i++) {
        place(content, &errors->items[i], target, sizeof target);
        rp_fault_detail(fault, "InvalidMapping", target, errors->items[i].message);
    }
}

static void check(enum rp_mapping kind, const cJSON *content, const char *where,
                  struct rp_faults *faults)
{
    struct dp_mapping_errors errors = {0};
    char *text = base_json_print(content);

    if (!loads(kind, text, &errors))
        report(where, &errors, faults);
    free(text);
    dp_mapping_errors_release(&errors);
}

void rp_mapping_read(const cJSON *properties, enum rp_mapping kind, cJSON *desired,
                     struct rp_faults *faults)
{
    const cJSON *mapping = rp_need_object(properties, "properties", KINDS[kind].member, faults);

    if (!mapping)
        return;
    rp_refuse_unknown(mapping, KINDS[kind].where, MEMBERS, faults);
    const cJSON *content = rp_need_object(mapping, KINDS[kind].where, "content", faults);
    if (!content)
        return;
    check(kind, content, KINDS[kind].content, faults);
    cJSON *stored = cJSON_CreateObject();
    base_json_set(stored, "content", base_json_copy(content));
    base_json_set(desired, KINDS[kind].member, stored);
}

void rp_mapping_read_content(const cJSON *properties, enum rp_mapping kind, cJSON *desired,
                             struct rp_faults *faults)
{
    const cJSON *content = rp_need_object(properties, "properties", "content", faults);

    if (!content)
        return;
    check(kind, content, "properties.content", faults);
    base_json_set_text(desired, "mappingKind", kind == RP_DEVICE_MAPPING ? "device" : "fhir");
    base_json_set(desired, "content", base_json_copy(content));
}
