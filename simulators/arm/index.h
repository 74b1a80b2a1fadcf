/* simulators/arm/index.h: what ARM knows of resources, wherever they are kept. Resources of providers behind an endpoint are
 * learned from their answers, and forgotten when the provider says they are gone (facts of ARM, 1.2 step 16, 1.13). */
#ifndef ARM_INDEX_H
#define ARM_INDEX_H

#include "simulators/arm/types.h"

/* The stored body of a provider in the process, or the entry of the index ({id,name,type,location,tags,...}); a copy, NULL when
 * there is none. Blocks on the provider when a deletion of this resource was accepted and its end is not known yet. */
cJSON *arm_resource_known(struct arm *arm, const char *id) BASE_MUST_USE;
/* All tracked resources at or below `scope` (NULL: everywhere), in order of id; copies. Blocks as above. */
cJSON *arm_resources_known(struct arm *arm, const char *scope) BASE_MUST_USE;

/* A tracked resource was seen in an answer of its provider. `creator`: object id, kept from the first time. */
void arm_index_learn(struct arm *arm, const char *id, const cJSON *body, const char *api_version,
                     const char *creator);
/* Its provider accepted a deletion (202). */
void arm_index_deleting(struct arm *arm, const char *id);
/* Asks the providers after everything that was under way when ARM last heard of it: deletions, creations, updates. */
void arm_index_settle(struct arm *arm);
/* Tracked resources below `id` that another provider keeps than the resource itself: it cannot look after them when it deletes its
 * own. Appends their ids, comma-separated, to `out`; false when there are none. */
bool arm_foreign_children(struct arm *arm, const char *id, enum arm_home home,
                          struct base_buf *out);
/* The resource and all below it are gone: index, system-assigned identities, role assignments. */
void arm_resource_gone(struct arm *arm, const char *id);
/* Object id of who made it; "" when unknown. */
void arm_resource_creator(struct arm *arm, const char *id, char out[BASE_UUID_TEXT]);

#endif
