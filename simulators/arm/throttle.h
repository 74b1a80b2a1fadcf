/* simulators/arm/throttle.h: the buckets' end of life; the check itself is declared in checks.h. */
#ifndef ARM_THROTTLE_H
#define ARM_THROTTLE_H

#include "simulators/arm/world.h"

void arm_throttle_release(struct arm *arm);

#endif
