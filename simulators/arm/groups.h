/* simulators/arm/groups.h: resource groups and their deletion. Private to the room. */
#ifndef ARM_GROUPS_H
#define ARM_GROUPS_H

#include "simulators/arm/call.h"

/* The group as clients see it; a copy of `group` without ARM's own members. */
cJSON *arm_group_shown(const cJSON *group) BASE_MUST_USE;

/* Begins to delete a group that was marked Deleting with this operation id, in a thread of its own. */
void arm_group_delete_start(struct arm *arm, const char *id, const char *operation);
/* Goes on with deletions that an earlier run began; only the first call does something. */
void arm_groups_resume(struct arm *arm);
/* Ends and joins all deletion threads. */
void arm_group_delete_stop(struct arm *arm);

#endif
