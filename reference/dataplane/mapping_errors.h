/* reference/dataplane/mapping_errors.h: all that is wrong with a mapping, at once (facts/iomt-dataplane.md §8). */
#ifndef REFERENCE_DATAPLANE_MAPPING_ERRORS_H
#define REFERENCE_DATAPLANE_MAPPING_ERRORS_H

#include "common/mem.h"

struct dp_mapping_error {
    int index; /* of the template in the collection; -1: the root */
    const char
        *member; /* "values[0].valueExpression"; "" when it concerns the whole template or root */
    int line, position;  /* 1-based, in the mapping's text; 0 when unknown */
    const char *message; /* "Required property 'TypeName' not found in JSON." */
};

/* Zero-initialise (= {0}); release after use, also after success. */
struct dp_mapping_errors {
    struct base_arena arena; /* owns all texts */
    struct dp_mapping_error *items;
    size_t count;
};
#define DP_MAPPING_ERRORS_MAX 200 /* further ones are counted into the last message */

void dp_mapping_errors_release(struct dp_mapping_errors *errors);
/* Appends "Line Number: 3, Position: 14. template[0].typeName: <message>" (the parts that are known). */
void dp_mapping_error_text(const struct dp_mapping_error *error, struct base_buf *out);

#endif
