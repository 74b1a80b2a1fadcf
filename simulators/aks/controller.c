/* Decides when the controllers look, and in which order. */
#include "simulators/aks/controller.h"

#include "simulators/aks/meta.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MS 60000 /* real; nothing is due: look again then anyway */

void *aks_controllers_run(void *context)
{
    struct aks *aks = context;

    aks_lock(aks);
    while (!aks->stopping) {
        int64_t now = aks_now(aks), next = INT64_MAX;
        bool worked = false;
        for (size_t i = 0; i < aks->cluster_count; i++) {
            struct aks_cluster *cluster = aks->clusters[i];
            if (cluster->gone)
                continue;
            if (cluster->stale || cluster->collect || now >= cluster->due_ms) {
                cluster->stale = false;
                aks_reconcile(cluster);
                worked = true;
            }
            next = cluster->due_ms < next ? cluster->due_ms : next;
        }
        if (worked) { /* let others in between two passes */
            aks_unlock(aks);
            aks_lock(aks);
            continue;
        }
        int64_t wait =
            next == INT64_MAX ? IDLE_MS : base_clock_real(sim_world_clock(aks->world), next - now);
        aks_wait(aks, wait < IDLE_MS ? wait : IDLE_MS);
    }
    aks_unlock(aks);
    return NULL;
}

void aks_reconcile(struct aks_cluster *cluster)
{
    cluster->due_ms = INT64_MAX;
    aks_reconcile_namespaces(cluster);
    if (cluster->collect)
        aks_collect_garbage(cluster);
    aks_reconcile_deployments(cluster);
    aks_reconcile_replica_sets(cluster);
    if (cluster->aks->kubelet) { /* off: others may play these parts */
        aks_schedule(cluster);
        aks_reconcile_identities(cluster);
    }
    aks_expire_events(cluster);
}

void aks_reconcile_at(struct aks_cluster *cluster, int64_t clock_ms)
{
    if (clock_ms < cluster->due_ms)
        cluster->due_ms = clock_ms;
}

bool aks_pod_ready(const cJSON *pod, int64_t *since_ms)
{
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(pod, "status");
    bool ready = aks_condition_true(status, "Ready");

    if (since_ms)
        *since_ms = ready ? aks_time_at(aks_condition(status, "Ready"), "lastTransitionTime", 0)
                          : INT64_MAX;
    return ready;
}
