/* aks/deployment.h: a deployment and its replica sets while they are reconciled. Lock held. */
#ifndef AKS_DEPLOYMENT_H
#define AKS_DEPLOYMENT_H

#include "simulators/aks/controller.h"

#define AKS_REVISION "deployment.kubernetes.io/revision"
#define AKS_HISTORY_NOTE "deployment.kubernetes.io/revision-history"
#define AKS_DESIRED "deployment.kubernetes.io/desired-replicas"
#define AKS_MAX "deployment.kubernetes.io/max-replicas"
#define AKS_TEMPLATE_HASH "pod-template-hash"
#define AKS_DEPLOYMENT_COMPONENT "deployment-controller"

struct aks_rollout {
    struct aks_cluster *cluster;
    struct aks_object *deployment; /* held; as last written */
    struct aks_objects sets;       /* its own, oldest first; held */
    struct aks_object *fresh; /* the one of the present template; one of `sets`; NULL: none yet */
    int desired, surge, unavailable;
    bool rolling, paused;
    const char *progress; /* reason of what just happened to the new set; NULL: nothing */
};

/* Makes the new set when there is none and `make` says so; gives it its revision. False when something was written: look again. */
bool aks_rollout_fresh(struct aks_rollout *rollout, bool make);
/* Changes the size of a set, with an event. True when it was another one. */
bool aks_rollout_scale(struct aks_rollout *rollout, struct aks_object *set, int replicas);
/* Pause, or a change of replicas: sizes follow in proportion. */
void aks_rollout_resize(struct aks_rollout *rollout);
/* Writes the status. `progressing`: judge the progress (not while paused or scaling). */
void aks_rollout_status(struct aks_rollout *rollout, bool progressing);
bool aks_rollout_complete(const struct aks_rollout *rollout);

int aks_set_replicas(const struct aks_object *set);  /* spec */
int aks_set_available(const struct aks_object *set); /* status */

#endif
