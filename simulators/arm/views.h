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
/* What a call of ARM to a provider is called in traces and rules, by its path and query: as the call of ARM's client is
 * ("healthcareapis.workspaces.put"), else "provider.<method>". `out` holds 128 bytes. */
void arm_fault_name(struct arm *arm, const char *method, const char *path_and_query, char *out);

#endif
