/* simulators/arm/asked.h: which members of a resource clients asked for, as far as ARM passed their writes on; what a provider adds by itself
 * is not among them. Names only, never values. For what-if. Private to the room; thread-safe. */
#ifndef ARM_ASKED_H
#define ARM_ASKED_H

#include "simulators/arm/world.h"

/* A PUT of `body` succeeded: these members and no others. A PATCH: these as well, and those that are null no longer. */
void arm_asked_put(struct arm *arm, const char *id, const cJSON *body);
void arm_asked_patch(struct arm *arm, const char *id, const cJSON *body);
/* {member: true | {member: ...}} without tags and what ARM itself rules; NULL when nothing is known. The caller deletes it. */
cJSON *arm_asked_get(struct arm *arm, const char *id) BASE_MUST_USE;
/* The resource and all below it are gone. */
void arm_asked_gone(struct arm *arm, const char *id);

#endif
