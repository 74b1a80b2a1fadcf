/* simulators/arm/deployments/diff.h: what a PUT would change, as what-if tells it. Private to the room. */
#ifndef ARM_DEPLOYMENT_DIFF_H
#define ARM_DEPLOYMENT_DIFF_H

#include "common/json.h"

/* [{path, propertyChangeType: Create|Delete|Modify|Array, before?, after?, children?}] from a resource as GET shows it to the body that
 * would be PUT; empty: no change. Members that the body does not name are taken to be the provider's own and are passed over, save tags,
 * which a PUT replaces. Locations are compared as regions. The caller deletes it. */
BASE_MUST_USE cJSON *arm_diff(const cJSON *current, const cJSON *wanted);

#endif
