/* reference/rp/provisioning/kubernetes_object.h: what all objects in a cluster have in common: intent, apply, removal. */
#ifndef REFERENCE_RP_PROVISIONING_KUBERNETES_OBJECT_H
#define REFERENCE_RP_PROVISIONING_KUBERNETES_OBJECT_H

#include "reference/rp/worker/job.h"

#define RP_OWNER_ANNOTATION "iomt.azure.com/owner"

/* {"apiVersion", "kind", "metadata": {"name", "namespace"?, "annotations": {owner}}}; namespace NULL: none. */
cJSON *rp_kubernetes_object(const char *api_version, const char *kind, const char *name,
                            const char *namespace, const char *owner_id) BASE_MUST_USE;

/* Plans the intent (kind, slot "", detail {cluster}) of job->resource, then applies. *found (may be NULL) when DONE. */
enum rp_outcome rp_kubernetes_ensure(struct rp_job *job, const char *intent_kind, const char *path,
                                     const cJSON *object, cJSON **found, struct base_error *err);
/* Deletes, then AGAIN until it is really gone. A cluster that is gone took its objects along. */
enum rp_outcome rp_kubernetes_remove(struct rp_job *job, struct rp_intent *intent,
                                     struct base_error *err);

#endif
