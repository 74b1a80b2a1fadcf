/* reference/dataplane/device_mapping.h: device mappings: from an event to measurements (facts/iomt-dataplane.md §2, §8).
 *
 * A loaded mapping is immutable and may be used by many threads at a time. */
#ifndef REFERENCE_DATAPLANE_DEVICE_MAPPING_H
#define REFERENCE_DATAPLANE_DEVICE_MAPPING_H

#include "reference/dataplane/mapping_errors.h"
#include "reference/dataplane/measurement.h"
#include "reference/dataplane/token.h"

typedef struct dp_device_mapping dp_device_mapping_t;

/* Loads a mapping ({"templateType":"CollectionContent","template":[...]}). NULL when anything is wrong: `errors` then holds
 * everything that is. JMESPath is judged here (syntax, functions, counts of arguments); JSONPath syntax is not, as in the
 * original: it fails with each event. */
BASE_MUST_USE dp_device_mapping_t *dp_device_mapping_load(const char *text, size_t len,
                                                          struct dp_mapping_errors *errors);
void dp_device_mapping_free(dp_device_mapping_t *mapping);          /* NULL is fine */
size_t dp_device_mapping_count(const dp_device_mapping_t *mapping); /* templates */

/* The envelope that templates see: {Body, Properties, SystemProperties}. `properties` and `system` are objects (NULL: empty),
 * taken in as they are. Fails: BASE_INVALID, code "InvalidDataFormatException". */
BASE_MUST_USE enum base_status dp_envelope_make(struct base_arena *arena, const void *body,
                                                size_t len, struct dp_token *properties,
                                                struct dp_token *system, struct dp_token **out,
                                                struct base_error *err);

/* Appends the measurements of one event. After a failure `out` holds those made before it; the failing match and all that
 * follows are lost, as in the original. err->code is the original exception ("IncompatibleDataException",
 * "TemplateExpressionException", "FormatException", ...), err->target the type name of the template.
 * Ingestion times are the caller's to set. Everything lives in the arena or, like names and literals, in the mapping. */
BASE_MUST_USE enum base_status dp_device_mapping_evaluate(const dp_device_mapping_t *mapping,
                                                          const struct dp_token *envelope,
                                                          struct base_arena *arena,
                                                          struct dp_measurements *out,
                                                          struct base_error *err);

#endif
