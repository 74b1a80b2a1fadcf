/* aks/aks.h: Azure Kubernetes Service of one world: Microsoft.ContainerService/managedClusters on the ARM side, the Kubernetes API of
 * every cluster on *.azmk8s.io, the controllers behind it, and a kubelet that runs each container as a child process.
 *
 * Settings read (kit/world.h): "images" (lines NAME=PROGRAM: image name without tag -> local program), "proxy", "ca-file"
 * (environment of the containers), "kubelet" ("off": nothing is scheduled or run; the API and the controllers work).
 * Views: "pods" {cluster,namespace,name,phase,ready,restarts,image,owner}, "kubernetes" {cluster,kind,namespace,name,owner}.
 * Source: facts kubernetes.md and arm.md 4.7; what is served: COVERAGE.md. */
#ifndef AKS_AKS_H
#define AKS_AKS_H

#include "simulators/kit/world.h"

typedef struct aks aks_t;

/* Registers hosts, provider, views; loads what the store kept; starts the controllers and the kubelet, which starts the pods that
 * were there again. `world` is borrowed and must outlive the result. Call before requests come in. Fails: BASE_IO (no folder
 * for logs, no thread). */
BASE_MUST_USE aks_t *aks_add(sim_world_t *world, struct base_error *err);
/* Ends watches, stops every container (SIGTERM, then SIGKILL to its group) and the threads; when it
 * returns no process is left. Requests are still answered, from the objects as they are; objects stay in
 * the store. Blocks for up to 2 s and a bit. Twice, and NULL, are fine. */
void aks_stop(aks_t *aks);
/* Stops as well. No request may come in any more: stop the listeners between aks_stop and this. NULL
 * is fine. */
void aks_free(aks_t *aks);

#endif
