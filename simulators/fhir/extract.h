/* fhir/extract.h: from a resource to the rows of the search index. */
#ifndef FHIR_EXTRACT_H
#define FHIR_EXTRACT_H

#include "simulators/fhir/json.h"
#include "simulators/fhir/rows.h"

/* Appends the rows of all parameters of the resource's type. `base` ("https://host") tells local
 * references from foreign ones. Rows and texts live in the arena or in the resource. */
void fhir_extract(struct base_arena *arena, const char *base, const cJSON *resource,
                  struct fhir_rows *out);

/* A reference's text taken apart: "Patient/1", "Patient/1/_history/2", "{base}/Patient/1", a foreign
 * URL, or anything else as a bare id. Texts live in the arena; type and base "" when not known. */
struct fhir_reference {
    const char *id, *type, *base;
};
void fhir_reference_parse(struct base_arena *arena, const char *base, const char *text,
                          struct fhir_reference *out);

#endif
