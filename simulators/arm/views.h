/* simulators/arm/views.h: what is behind the curtain, and the control paths. Private to the room. */
#ifndef ARM_VIEWS_H
#define ARM_VIEWS_H

#include "simulators/arm/world.h"

/* Views "arm", "roleAssignments" and "identities". */
void arm_views_add(struct arm *arm);
/* PUT, GET, DELETE /_sim/providers/[{namespace}] and POST /_sim/arm/hash-conflicts. */
void arm_control_add(struct arm *arm);
/* fault.c: how the calls of this room are named, and refused on purpose. */
void arm_fault_add(struct arm *arm);

#endif
