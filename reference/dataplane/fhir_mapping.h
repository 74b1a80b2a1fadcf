/* reference/dataplane/fhir_mapping.h: FHIR mappings (facts/iomt-dataplane.md §6.1, §6.2, §8).
 *
 * A loaded mapping is immutable and may be used by many threads at a time. Plain data: look inside. */
#ifndef REFERENCE_DATAPLANE_FHIR_MAPPING_H
#define REFERENCE_DATAPLANE_FHIR_MAPPING_H

#include "reference/dataplane/mapping_errors.h"

#include <stdint.h>

enum dp_value_type {
    DP_VALUE_SAMPLED_DATA,
    DP_VALUE_QUANTITY,
    DP_VALUE_CODEABLE_CONCEPT,
    DP_VALUE_STRING
};

struct dp_code { /* each NULL when absent */
    const char *code, *system, *display;
};
struct dp_codes {
    struct dp_code *items;
    size_t count;
};

struct dp_fhir_value {
    enum dp_value_type type;
    const char *name;          /* property of the measurement; NULL or blank: none */
    const char *unit;          /* SampledData, Quantity */
    const char *system, *code; /* Quantity */
    const char *text;          /* CodeableConcept */
    struct dp_codes codes;     /* CodeableConcept */
    const char *
        period; /* SampledData: milliseconds as decimal text; NULL when absent: each group then fails */
    int64_t period_ticks;
};

struct dp_category {
    const char *text;
    struct dp_codes codes;
};
struct dp_component {
    struct dp_codes codes;
    struct dp_fhir_value *value; /* NULL when absent: each group then fails */
};

struct dp_fhir_template {
    const char *type_name;
    int64_t period; /* minutes: -1 correlation id, 0 single, 60, 1440; others fail at run time */
    struct dp_codes codes;
    struct dp_category *categories;
    size_t category_count;
    struct dp_fhir_value *value; /* NULL: none */
    struct dp_component *components;
    size_t component_count;
};

typedef struct dp_fhir_mapping dp_fhir_mapping_t;

/* Loads a mapping ({"templateType":"CollectionFhir","template":[...]}). NULL when anything is wrong: `errors` then holds
 * everything that is. */
BASE_MUST_USE dp_fhir_mapping_t *dp_fhir_mapping_load(const char *text, size_t len,
                                                      struct dp_mapping_errors *errors);
void dp_fhir_mapping_free(dp_fhir_mapping_t *mapping); /* NULL is fine */
size_t dp_fhir_mapping_count(const dp_fhir_mapping_t *mapping);
const struct dp_fhir_template *dp_fhir_mapping_at(const dp_fhir_mapping_t *mapping, size_t index);
/* The template for a measurement type, without case. Fails: BASE_NOT_FOUND, "FhirDataMappingException". Borrowed. */
BASE_MUST_USE enum base_status dp_fhir_mapping_find(const dp_fhir_mapping_t *mapping,
                                                    const char *type,
                                                    const struct dp_fhir_template **out,
                                                    struct base_error *err);

#endif
