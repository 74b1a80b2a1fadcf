/* reference/rp/api/version.h: the api-versions that are served, the types that each has, what it calls them, and what it may patch. A
 * version belongs to a request, never to a resource: all of a generation work on the same stored resources (VER-01, VER-03, VER-05). */
#ifndef REFERENCE_RP_API_VERSION_H
#define REFERENCE_RP_API_VERSION_H

#include "reference/rp/storage/resource.h"

struct rp_version {
    const char *name;
    const char *destination; /* its type segment: "destinations" or "fhirdestinations" */
    bool design; /* the seed's API: destinationType, properties may be patched, sku and kind */
    bool gen1;   /* has services/iomtconnectors, and nothing else */
};

/* Case is ignored; NULL: not served. */
const struct rp_version *rp_version_find(const char *name);
/* "2020-11-01-preview, 2021-11-01, ..." */
void rp_version_names(struct base_buf *out);
/* Does this version have the type? */
bool rp_version_has(const struct rp_version *version, enum rp_type type);

/* "Microsoft.HealthcareApis/workspaces/iotconnectors", as this version calls it. Static. */
const char *rp_version_type(const struct rp_version *version, enum rp_type type);
/* True when `text` is a spelling of the type: case is ignored, "workspace" and "destination" are the seed's other words. */
bool rp_type_spelled(const char *text, enum rp_type type);
/* The id as this version shows it, in the arena. */
const char *rp_version_id(struct base_arena *arena, const struct rp_version *version,
                          const char *id);

/* "workspace", "connector", "destination": for sentences, and the kinds of operation documents. */
const char *rp_type_word(enum rp_type type);
/* How many names stand above its own: 0 for a workspace. */
int rp_type_level(enum rp_type type);
/* The type segment at a level of its path, as ids are stored: "workspaces". */
const char *rp_type_segment(enum rp_type type, int level);
/* True when `segment` is a spelling of it. */
bool rp_type_segment_spelled(enum rp_type type, int level, const char *segment);
/* False for a level that another provider owns: Gen 1's services. */
bool rp_type_owned(enum rp_type type, int level);
/* True when nothing is made outside for it: it is written and deleted at once. */
bool rp_type_is_document(enum rp_type type);

#endif
