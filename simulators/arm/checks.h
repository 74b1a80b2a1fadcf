/* simulators/arm/checks.h: the steps of the front door. Each answers the refusal itself and returns false. Private to the room. */
#ifndef ARM_CHECKS_H
#define ARM_CHECKS_H

#include "simulators/arm/routes.h"

/* auth.c */
bool arm_check_token(struct arm_call *call);
bool arm_check_subscription(struct arm_call *call);
bool arm_check_rbac(struct arm_call *call);
/* checks.c */
bool arm_check_path(struct arm_call *call);
bool arm_check_version_present(struct arm_call *call);
bool arm_check_namespace(struct arm_call *call);
bool arm_check_type(struct arm_call *call);
bool arm_check_version(struct arm_call *call);
bool arm_check_group(struct arm_call *call);
bool arm_check_registration(struct arm_call *call);
/* content.c */
bool arm_check_body(struct arm_call *call);
bool arm_check_parent(struct arm_call *call);
/* `tags` is a JSON object of at most 50 texts with allowed names (facts of ARM, 1.5.2). */
bool arm_check_tags(struct arm_call *call, const cJSON *tags);
/* throttle.c */
bool arm_check_throttle(struct arm_call *call);
/* locks.c */
bool arm_check_lock(struct arm_call *call);

#endif
