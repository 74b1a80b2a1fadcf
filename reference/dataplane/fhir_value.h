/* reference/dataplane/fhir_value.h: value[x] of Observations and components; for observation.c only. */
#ifndef REFERENCE_DATAPLANE_FHIR_VALUE_H
#define REFERENCE_DATAPLANE_FHIR_VALUE_H

#include "reference/dataplane/observation.h"

struct dp_span { /* ticks, both inclusive */
    int64_t start, end;
};

/* Adds value[x] made from the series to `owner` (an Observation or a component). */
BASE_MUST_USE enum base_status dp_value_create(const struct dp_fhir_value *value,
                                               const struct dp_series *series, struct dp_span span,
                                               cJSON *owner, struct base_error *err);
/* Merges the series into the value[x] of `owner`: SampledData is laid over `whole`, anything else replaced. */
BASE_MUST_USE enum base_status dp_value_merge(const struct dp_fhir_value *value,
                                              const struct dp_series *series, struct dp_span old,
                                              struct dp_span whole, cJSON *owner,
                                              struct base_error *err);
/* [{"system","code","display"}], members that are NULL left out. */
cJSON *dp_codings(const struct dp_codes *codes) BASE_MUST_USE;
/* Appends a coding to an array. */
void dp_coding_add(cJSON *codings, const char *system, const char *code, const char *display);

#endif
