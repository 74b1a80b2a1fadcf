/* simulators/arm/assignments.h: role assignments beyond what the kit holds of them. Private to the room. */
#ifndef ARM_ASSIGNMENTS_H
#define ARM_ASSIGNMENTS_H

#include "simulators/arm/call.h"

/* The rules of a new or repeated assignment (facts of ARM, 4.5); answers the refusal. The caller holds arm->assignment_lock.
 * *repeat: the very same assignment is there already. */
bool arm_assignment_check(struct arm_call *call, const struct sim_assignment *wanted, bool *repeat);
/* Declares what may be changed of them while the world runs (kit/setting.h). */
void arm_assignment_settings(struct arm *arm);
/* "/subscriptions/{s}/providers/Microsoft.Authorization/roleDefinitions/{guid}" for a scope, in the arena. */
const char *arm_role_id(struct base_arena *arena, const char *scope, const char *role);
/* The guid at the end of an id as clients write them ("…/roleDefinitions/{guid}", "…/roleDefinition/{guid}"); NULL when it is none. */
const char *arm_role_guid(const char *id);
/* The next `count` assignments with a new guid, or (guid not NULL) that guid for ever, meet a hash conflict: a test's hook. */
void arm_assignment_arm_conflicts(struct arm *arm, unsigned count, const char *guid);

#endif
