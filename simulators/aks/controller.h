/* aks/controller.h: what kube-controller-manager, the scheduler and aad-pod-identity's MIC do: bring the objects of a cluster towards what
 * they say. Level-triggered: each pass looks at everything and does what is missing. All functions need the lock; a pass that
 * changed something is followed by another. Source: facts kubernetes.md 4; the algorithms are those of kube-controller-manager. */
#ifndef AKS_CONTROLLER_H
#define AKS_CONTROLLER_H

#include "simulators/aks/room.h"

/* The thread: waits for changes and due times, until aks->stopping. Context: the room. */
void *aks_controllers_run(void *aks);
/* One pass over a cluster; sets its due_ms. */
void aks_reconcile(struct aks_cluster *cluster);
/* The controllers must look again at this clock time at the latest. */
void aks_reconcile_at(struct aks_cluster *cluster, int64_t clock_ms);

void aks_reconcile_namespaces(struct aks_cluster *cluster);
void aks_collect_garbage(struct aks_cluster *cluster);
void aks_reconcile_deployments(struct aks_cluster *cluster);
void aks_reconcile_replica_sets(struct aks_cluster *cluster);
void aks_reconcile_identities(struct aks_cluster *cluster);
void aks_schedule(struct aks_cluster *cluster);

/* Records an event about an object; a repeated one counts up. `type` "Normal" or "Warning". */
void aks_record(struct aks_cluster *cluster, const cJSON *about, const char *component,
                const char *type, const char *reason, const char *fmt, ...) BASE_PRINTF(6, 7);
void aks_expire_events(struct aks_cluster *cluster);

/* Is a pod ready, and since when (clock ms; INT64_MAX when it is not)? */
bool aks_pod_ready(const cJSON *pod, int64_t *since_ms);

#endif
