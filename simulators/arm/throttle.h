/* simulators/arm/throttle.h: the buckets' beginning and end; the check itself is declared in checks.h. */
#ifndef ARM_THROTTLE_H
#define ARM_THROTTLE_H

#include "simulators/arm/world.h"

/* Declares the settings arm-reads, arm-writes, arm-deletes. */
void arm_throttle_add(struct arm *arm);
void arm_throttle_release(struct arm *arm);

#endif
