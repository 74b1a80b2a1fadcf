/* simulators/arm/management_groups.h: the tree of management groups. Private to the room. */
#ifndef ARM_MANAGEMENT_GROUPS_H
#define ARM_MANAGEMENT_GROUPS_H

#include "simulators/arm/call.h"

/* A new subscription is below its tenant's root group, which is made with the first one. One that has a place keeps it. */
void arm_management_root(struct arm *arm, const char *tenant, const char *subscription);

/* Microsoft.Management, rows of the route table: each answers `call`, also when it refuses. Any thread. */
void arm_management_groups_list(struct arm_call *call);
void arm_management_groups_get(struct arm_call *call);
void arm_management_groups_put(struct arm_call *call);
void arm_management_groups_delete(struct arm_call *call);
void arm_management_groups_descendants(struct arm_call *call);
void arm_management_members_list(struct arm_call *call);
void arm_management_members_get(struct arm_call *call);
void arm_management_members_put(struct arm_call *call);
void arm_management_members_delete(struct arm_call *call);

#endif
