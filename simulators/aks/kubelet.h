/* aks/kubelet.h: runs the containers of bound pods as child processes, and tells the API how they fare.
 *
 * Source: facts kubernetes.md 5. All children are started from the kubelet's one thread, because a parent-death signal follows the thread. */
#ifndef AKS_KUBELET_H
#define AKS_KUBELET_H

#include "simulators/aks/room.h"

typedef struct aks_kubelet aks_kubelet_t;

/* Starts the thread. Fails: BASE_IO. */
BASE_MUST_USE aks_kubelet_t *aks_kubelet_start(struct aks *aks, struct base_error *err);
/* Ends every container (SIGTERM; SIGKILL after 2 s real) and the thread. Objects stay as they are. NULL is fine. No lock held. */
void aks_kubelet_stop(aks_kubelet_t *kubelet);
void aks_kubelet_wake(aks_kubelet_t *kubelet); /* any thread */

/* {folder}/{ns}_{pod}_{container}.log; previous: of the run before. Release with free(). */
char *aks_log_path(const struct aks *aks, const char *ns, const char *pod, const char *container,
                   bool previous) BASE_MUST_USE;
/* Binds a pod to a node, with its condition. Lock held. False + fail. */
bool aks_pod_bind(struct aks_cluster *cluster, const char *ns, const char *name, const char *node,
                  bool dry_run, struct aks_fail *fail);

#endif
