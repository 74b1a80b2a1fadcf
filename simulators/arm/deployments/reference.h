/* simulators/arm/deployments/reference.h: what reference(), list*() and the like find while a deployment runs. Private to the room. */
#ifndef ARM_DEPLOYMENT_REFERENCE_H
#define ARM_DEPLOYMENT_REFERENCE_H

#include "simulators/arm/deployments/deployment.h"

struct arm_reference_context {
    struct arm_deployment *deployment;
    const struct arm_node *node; /* who asks; NULL: an output */
    bool dry;                    /* what-if: nothing of the template was made */
};
/* Callbacks; context: struct arm_reference_context. They block on providers and take the scheduler's lock. */
extern const struct arm_template_host arm_reference_host;
/* What can be told before the run: providers and roles. */
extern const struct arm_template_host arm_reference_early_host;

#endif
