/* simulators/arm/identity.h: the principals of managed identities that belong to a resource (facts of ARM, 2.1). Private to the
 * room; thread-safe. */
#ifndef ARM_IDENTITY_H
#define ARM_IDENTITY_H

#include "simulators/arm/forward.h"

/* Does identity.type of a body or resource hold SystemAssigned (alone, or in a comma list with or without blanks, in any case)? */
bool arm_identity_system(const cJSON *body);
/* The system-assigned identity of a resource; false when it has none. */
bool arm_identity_find(struct arm *arm, struct base_arena *arena, const char *id,
                       struct arm_identity *out);
/* Finds or makes the identity of call->resource, in the call's tenant. True when it was made. `location` may be NULL. */
bool arm_identity_ensure(struct arm_call *call, const char *location, struct arm_identity *out);
/* Deletes principal and certificates; false when there was none. */
bool arm_identity_remove(struct arm *arm, const char *id);
/* The same for a resource and all below it. */
void arm_identity_remove_below(struct arm *arm, const char *scope);

/* Registers Microsoft.ManagedIdentity (user_assigned.c). */
void arm_user_assigned_add(struct arm *arm);

#endif
