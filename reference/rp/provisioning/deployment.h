/* reference/rp/provisioning/deployment.h: the Deployment of a pod: its settings are environment variables under the connector's own names. */
#ifndef REFERENCE_RP_PROVISIONING_DEPLOYMENT_H
#define REFERENCE_RP_PROVISIONING_DEPLOYMENT_H

#include "reference/rp/worker/job.h"

struct rp_pod {
    const char *kind; /* "normalization" or "destination" */
    const struct rp_pod_config *config;
    const cJSON *environment; /* array of {name, value} */
};
enum rp_outcome rp_deployment_ensure(struct rp_job *job, const struct rp_pod *pod,
                                     struct base_error *err);

/* Appends one variable. */
void rp_env_set(cJSON *environment, const char *name, const char *value);
/* What both kinds of pod are told: batching, storage, normalized hub, both identities; then the configuration's further variables. */
void rp_env_common(struct rp_job *job, const struct rp_pod_config *config,
                   const struct rp_resource *connector, cJSON *environment);

#endif
