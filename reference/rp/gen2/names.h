/* reference/rp/gen2/names.h: names outside, all derived from the resource's uid, which never changes and is never used again: a retry
 * finds its own, and nobody else's. */
#ifndef REFERENCE_RP_GEN2_NAMES_H
#define REFERENCE_RP_GEN2_NAMES_H

#include "reference/rp/worker/job.h"

/* The uid without hyphens: 32 hex digits. In the arena. */
const char *rp_name_uid(struct base_arena *arena, const char *uid);

/* ARM ids and names of a workspace's things; in the job's arena. All need the workspace's capacity. */
const char *rp_name_group(struct rp_job *job);    /* resource group */
const char *rp_name_storage(struct rp_job *job);  /* storage account */
const char *rp_name_identity(struct rp_job *job); /* user-assigned identity */
const char *rp_name_cluster(struct rp_job *job);  /* a dedicated AKS cluster */
const char *
rp_name_namespace(struct rp_job *job,
                  const char *generation); /* Event Hub namespace: the n-th of its life */
const char *
rp_name_kubernetes(struct rp_job *job); /* Kubernetes namespace, also the pod-identity selector */
/* Of a connector or destination (job->resource). */
const char *
rp_name_plain(struct rp_job *job,
              const struct rp_resource *resource); /* hub, consumer group, certificate */
const char *rp_name_deployment(struct rp_job *job,
                               const char *kind); /* "normalization-myconnector-<12 hex>" */
const char *rp_name_hub(struct rp_job *job,
                        const struct rp_resource *connector); /* ARM id of its hub */

#endif
