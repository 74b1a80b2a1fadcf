/* reference/rp/provisioning/provisioning.h: the things outside, one file for each: an `ensure` that brings it to what it should be
 * (look, compare, write), and a `remove` that takes an intent down (404 is success). All are steps: they may be run again at any time. */
#ifndef REFERENCE_RP_PROVISIONING_H
#define REFERENCE_RP_PROVISIONING_H

#include "reference/rp/worker/job.h"

#define RP_AKS_API_VERSION "2022-11-01"

/* Workspace. */
enum rp_outcome rp_group_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome rp_group_remove(struct rp_job *job, struct rp_intent *intent,
                                struct base_error *err);
enum rp_outcome rp_storage_ensure(struct rp_job *job,
                                  struct base_error *err); /* metadata.storage{id, blobEndpoint} */
enum rp_outcome rp_storage_remove(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err);
enum rp_outcome rp_template_container_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome rp_checkpoint_container_ensure(struct rp_job *job,
                                               struct base_error *err); /* of a connector */
enum rp_outcome rp_container_remove(struct rp_job *job, struct rp_intent *intent,
                                    struct base_error *err);
enum rp_outcome rp_identity_ensure(
    struct rp_job *job,
    struct base_error *err); /* metadata.internalIdentity{id, clientId, principalId} */
enum rp_outcome rp_identity_remove(struct rp_job *job, struct rp_intent *intent,
                                   struct base_error *err);
enum rp_outcome
rp_cluster_ensure(struct rp_job *job,
                  struct base_error *err); /* metadata.cluster: shared or dedicated */
enum rp_outcome rp_cluster_remove(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err);
enum rp_outcome rp_kubernetes_namespace_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome rp_kubernetes_namespace_remove(struct rp_job *job, struct rp_intent *intent,
                                               struct base_error *err);
enum rp_outcome rp_pod_identity_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome rp_pod_identity_remove(struct rp_job *job, struct rp_intent *intent,
                                       struct base_error *err);

/* Role assignments of the workspace's internal identity (ID-01, ID-02): the GUID is generated and stored in the metadata of
 * job->resource (roleAssignments.<slot>) before its first use; a hash conflict is survived with a new one. */
struct rp_role {
    const char *slot;  /* "storage" */
    const char *role;  /* GUID of the built-in role */
    const char *scope; /* ARM id */
};
enum rp_outcome rp_role_ensure(struct rp_job *job, const struct rp_role *role,
                               struct base_error *err);
enum rp_outcome rp_role_remove(struct rp_job *job, struct rp_intent *intent,
                               struct base_error *err);

/* Connector. */
enum rp_outcome
rp_namespace_ensure(struct rp_job *job,
                    struct base_error *err); /* metadata.eventHubNamespace{id, host} */
enum rp_outcome rp_namespace_release(struct rp_job *job, struct rp_intent *intent,
                                     struct base_error *err);
enum rp_outcome rp_namespace_remove(struct rp_job *job, struct rp_intent *intent,
                                    struct base_error *err);
enum rp_outcome rp_hub_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome rp_hub_remove(struct rp_job *job, struct rp_intent *intent, struct base_error *err);
enum rp_outcome rp_source_ensure(
    struct rp_job *job,
    struct base_error *err); /* metadata.source{hash, generation, prefix, ...}, IC-08 */
/* Deletes checkpoints and ownership of earlier sources, once only the present pods are there. */
enum rp_outcome rp_source_forget(struct rp_job *job, struct base_error *err);
enum rp_outcome
rp_certificate_ensure(struct rp_job *job,
                      struct base_error *err); /* metadata.certificate{...}, IC-05 */
enum rp_outcome rp_certificate_remove(struct rp_job *job, struct rp_intent *intent,
                                      struct base_error *err);
enum rp_outcome rp_device_mapping_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome
rp_normalization_ensure(struct rp_job *job,
                        struct base_error *err); /* metadata.aks{uid, name, namespace} */

/* Destination. */
enum rp_outcome rp_consumer_group_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome rp_consumer_group_remove(struct rp_job *job, struct rp_intent *intent,
                                         struct base_error *err);
enum rp_outcome rp_fhir_mapping_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome rp_destination_pod_ensure(struct rp_job *job, struct base_error *err);

/* Both. */
enum rp_outcome rp_mapping_remove(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err);
enum rp_outcome rp_deployment_remove(struct rp_job *job, struct rp_intent *intent,
                                     struct base_error *err);
enum rp_outcome rp_deployment_running(struct rp_job *job, struct base_error *err);
/* Are the pods of an earlier template gone? */
enum rp_outcome rp_deployment_alone(struct rp_job *job, struct base_error *err);

/* The Kubernetes API of `cluster` (ARM id), opened once a job; its kubeconfig is kept by the worker thread. NULL + err otherwise. */
az_kubernetes_t *rp_kubernetes_open(struct rp_job *job, const char *cluster,
                                    struct base_error *err);
/* After a call that failed: a refused credential is forgotten, so that the next try fetches a new one. */
void rp_kubernetes_failed(struct rp_job *job, const struct base_error *err);

#endif
