/* runner/schema.h: does a JSON value fit a schema of a Swagger 2.0 document? The part of the language that Azure's descriptions use: type,
 * properties, required, additionalProperties, items, enum, allOf, $ref, lengths, ranges, pattern, format (uuid, date-time, uri), readOnly,
 * x-ms-mutability, x-nullable. */
#ifndef RUNNER_SCHEMA_H
#define RUNNER_SCHEMA_H

#include "common/json.h"

enum run_schema_side {
    RUN_REQUEST, /* readOnly members are not required; null is absent; words of an enum in any case */
    RUN_ANSWER, /* what cannot be read (x-ms-mutability without "read") must not be there */
};

/* All borrowed. `document` is where #/definitions/... leads. False + sentence: the place in the value, what was found, what was expected.
 * A schema that cannot be followed (an unknown $ref, a loop) is false as well. */
BASE_MUST_USE bool run_schema_fits(const cJSON *document, const cJSON *schema, const cJSON *value,
                                   enum run_schema_side side, char *sentence, size_t size);

#endif
