/* simulators/arm/deployments/scheduler_private.h: the state of all deployments; for scheduler.c, record.c, finish.c. */
#ifndef ARM_DEPLOYMENT_SCHEDULER_PRIVATE_H
#define ARM_DEPLOYMENT_SCHEDULER_PRIVATE_H

#include "simulators/arm/deployments/scheduler.h"
#include "simulators/arm/world.h"

#define ARM_DEPLOYMENT_THREADS 4

struct arm_deployments {
    struct arm *arm;
    arm_docs_t *records;    /* key: deployment id */
    arm_docs_t *operations; /* key: deployment id + "/operations/" + operation id */
    pthread_mutex_t
        lock; /* of what follows, and of the nodes' states; never held while calling out */
    pthread_cond_t wake;
    pthread_t threads[ARM_DEPLOYMENT_THREADS];
    size_t thread_count;
    bool stopping, resumed;
    uint64_t sequence; /* of operations */
    cJSON *secure;     /* lower-case deployment id -> {parameter: {value}}; never stored */
    struct arm_deployment
        *running; /* newest first, so that deployments within deployments get on */
};

/* step.c: works on a node that is BUSY: sends it, or asks how it stands. */
enum arm_step { ARM_STEP_AGAIN, ARM_STEP_DONE, ARM_STEP_FAILED };
struct arm_step_result {
    enum arm_step step;
    int64_t delay_ms; /* clock; of AGAIN */
    cJSON *result, *error;
};
struct arm_step_result arm_node_step(struct arm_deployment *deployment, struct arm_node *node);

/* finish.c: all nodes have ended and no worker has one. True: the deployment is over; false: nodes were added to it. Blocks. */
bool arm_deployment_finish(struct arm_deployment *deployment);

#endif
