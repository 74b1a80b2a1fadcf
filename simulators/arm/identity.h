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
/* May one more identity be made in the tenant now (setting identity-rate)? 0: yes, and it is counted; else after how many seconds. */
BASE_MUST_USE int arm_identity_wait_s(struct arm *arm, const char *tenant);
/* Finds or makes the identity of call->resource, in the call's tenant; *made tells. `location` may be NULL. False: the tenant has had
 * its identities of this second; answered 429 with Retry-After. */
BASE_MUST_USE bool arm_identity_ensure(struct arm_call *call, const char *location,
                                       struct arm_identity *out, bool *made);
/* Deletes principal and certificates; false when there was none. */
bool arm_identity_remove(struct arm *arm, const char *id);
/* The same for a resource and all below it. */
void arm_identity_remove_below(struct arm *arm, const char *scope);

/* Registers Microsoft.ManagedIdentity (user_assigned.c). */
void arm_user_assigned_add(struct arm *arm);

#endif
