/* simulators/arm/locks.h: management locks (facts of ARM, 1.15). They are inherited downwards; a deletion is also held up by a
 * lock on something inside of what would be deleted. Private to the room. */
#ifndef ARM_LOCKS_H
#define ARM_LOCKS_H

#include "simulators/arm/call.h"

/* A lock at, above or (deletions) below `scope` that forbids the call: CanNotDelete forbids deletions, ReadOnly every write. A copy to be
 * freed with cJSON_Delete; NULL when nothing forbids it. */
cJSON *arm_lock_against(struct arm *arm, const char *scope, bool deletion) BASE_MUST_USE;
/* The scope a lock (as stored) is on: the part of its id before its own provider. In the arena. */
const char *arm_lock_scope(struct base_arena *arena, const cJSON *lock);
/* The resource is gone, and with it the locks on it and below it. */
void arm_locks_gone(struct arm *arm, const char *scope);

/* Microsoft.Authorization/locks, rows of the route table: each answers `call`, also when it refuses. Any thread. */
void arm_locks_list(struct arm_call *call);
void arm_locks_get(struct arm_call *call);
void arm_locks_put(struct arm_call *call);
void arm_locks_delete(struct arm_call *call);

#endif
