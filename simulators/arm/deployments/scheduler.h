/* simulators/arm/deployments/scheduler.h: deployments that run: a few threads for all resources of all deployments. Private to the
 * room. All functions are thread-safe. */
#ifndef ARM_DEPLOYMENT_SCHEDULER_H
#define ARM_DEPLOYMENT_SCHEDULER_H

#include "simulators/arm/deployments/deployment.h"

struct arm_deployments;

struct arm_deployments *arm_deployments_new(struct arm *arm) BASE_MUST_USE;
/* Ends and joins the threads; deployments under way go on when ARM is next added. NULL is fine. */
void arm_deployments_free(struct arm_deployments *deployments);
/* Goes on with what an earlier run left; only the first call does something. */
void arm_deployments_resume(struct arm *arm);

/* Takes a compiled deployment over, writes its record and begins. False: one of that id is running; it stays the caller's. */
BASE_MUST_USE bool arm_deployments_start(struct arm_deployment *deployment);
/* False: it is not running. In-flight requests are not taken back. Deployments within it are canceled as well. */
bool arm_deployments_stop(struct arm *arm, const char *id);
bool arm_deployments_running(struct arm *arm, const char *id);
/* The scope was deleted: its records go. */
void arm_deployments_gone(struct arm *arm, const char *scope);

/* What a node of a running deployment came to, a copy; NULL when it is not known. */
cJSON *arm_scheduler_result(const struct arm_deployment *deployment,
                            const struct arm_node *node) BASE_MUST_USE;

#endif
