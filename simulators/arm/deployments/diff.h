/* simulators/arm/deployments/diff.h: what a PUT would change, as what-if tells it. Private to the room. */
#ifndef ARM_DEPLOYMENT_DIFF_H
#define ARM_DEPLOYMENT_DIFF_H

#include "common/json.h"

/* [{path, propertyChangeType: Create|Delete|Modify|Array|NoEffect, before?, after?, children?}] from a resource as GET shows it to the
 * body that would be PUT; empty: nothing to tell. A PUT replaces: members that the body does not name are Delete when somebody asked for
 * them (`asked`, asked.h; NULL: nobody knows), and the provider's own, passed over, when not; so are tags, whoever gave them. What the
 * body says of members that only the provider writes is NoEffect. Locations are compared as regions. The caller deletes it. */
BASE_MUST_USE cJSON *arm_diff(const cJSON *current, const cJSON *wanted, const cJSON *asked);
/* Is there more in it than NoEffect? */
bool arm_diff_changes(const cJSON *delta);

#endif
