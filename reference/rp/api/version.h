/* reference/rp/api/version.h: the api-versions that are served, what each calls a destination, and what each may patch. A
 * version belongs to a request, never to a resource: all work on the same stored resources (VER-01, VER-03). */
#ifndef REFERENCE_RP_API_VERSION_H
#define REFERENCE_RP_API_VERSION_H

#include "reference/rp/storage/resource.h"

struct rp_version {
    const char *name;
    const char *destination; /* its type segment: "destinations" or "fhirdestinations" */
    bool design; /* the seed's API: destinationType, properties may be patched, sku and kind */
};

/* Case is ignored; NULL: not served. */
const struct rp_version *rp_version_find(const char *name);
/* "2020-11-01-preview, 2021-11-01, ..." */
void rp_version_names(struct base_buf *out);

/* "Microsoft.HealthcareApis/workspaces/iotconnectors", as this version calls it. Static. */
const char *rp_version_type(const struct rp_version *version, enum rp_type type);
/* True when `text` is a spelling of the type: case is ignored, "workspace" and "destination" are the seed's other words. */
bool rp_type_spelled(const char *text, enum rp_type type);
/* The id as this version shows it, in the arena. */
const char *rp_version_id(struct base_arena *arena, const struct rp_version *version,
                          const char *id);
/* "workspace", "connector", "destination": for sentences. */
const char *rp_type_word(enum rp_type type);

#endif
