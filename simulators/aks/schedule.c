/* Decides on which node a pod runs: the one with the fewest pods that its node selector fits. */
#include "simulators/aks/controller.h"

#include "simulators/aks/kubelet.h"
#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <stdlib.h>

static void schedule(struct aks_cluster *cluster, const struct aks_object *pod,
                     const struct aks_objects *nodes);
static bool fits(const struct aks_object *pod, const struct aks_object *node);
static size_t pods_on(struct aks_cluster *cluster, const char *node);
static void report_unschedulable(struct aks_cluster *cluster, const struct aks_object *pod,
                                 size_t nodes);

void aks_schedule(struct aks_cluster *cluster)
{
    struct aks_objects pods = aks_store_list(cluster, aks_kind_at(AKS_POD), NULL),
                       nodes = aks_store_list(cluster, aks_kind_at(AKS_NODE), NULL);

    for (size_t i = 0; i < pods.count; i++) {
        const cJSON *body = pods.items[i]->body;
        const char *node = base_json_text(body, "spec.nodeName");
        if ((!node || !*node) && !aks_deleting(body) &&
            base_equal(base_json_text(body, "spec.schedulerName"), "default-scheduler"))
            schedule(cluster, pods.items[i], &nodes);
    }
    aks_objects_release(&pods);
    aks_objects_release(&nodes);
}

static void schedule(struct aks_cluster *cluster, const struct aks_object *pod,
                     const struct aks_objects *nodes)
{
    const struct aks_object *best = NULL;
    size_t fewest = AKS_NODE_POD_MAX;
    struct aks_fail fail = {0};

    for (size_t i = 0; i < nodes->count; i++) {
        if (!fits(pod, nodes->items[i]))
            continue;
        size_t count = pods_on(cluster, nodes->items[i]->name);
        if (count < fewest) {
            fewest = count;
            best = nodes->items[i];
        }
    }
    if (!best)
        report_unschedulable(cluster, pod, nodes->count);
    else if (aks_pod_bind(cluster, pod->namespace, pod->name, best->name, false, &fail))
        aks_record(cluster, pod->body, "default-scheduler", "Normal", "Scheduled",
                   "Successfully assigned %s/%s to %s", pod->namespace, pod->name, best->name);
    aks_fail_release(&fail);
}

static bool fits(const struct aks_object *pod, const struct aks_object *node)
{
    const cJSON *wanted, *selector = base_json_at(pod->body, "spec.nodeSelector");

    cJSON_ArrayForEach(wanted, selector)
    {
        if (!base_equal(aks_label(node->body, wanted->string), cJSON_GetStringValue(wanted)))
            return false;
    }
    return !base_json_true(node->body, "spec.unschedulable");
}

static size_t pods_on(struct aks_cluster *cluster, const char *node)
{
    const struct aks_table *pods = &cluster->tables[AKS_POD];
    size_t count = 0;

    for (size_t i = 0; i < pods->count; i++)
        count += base_equal(base_json_text(pods->items[i]->body, "spec.nodeName"), node);
    return count;
}

static void report_unschedulable(struct aks_cluster *cluster, const struct aks_object *pod,
                                 size_t nodes)
{
    char *message = base_asprintf("0/%zu nodes are available: %zu node(s) didn't match Pod's node "
                                  "affinity/selector or were full or "
                                  "unschedulable.",
                                  nodes, nodes);
    struct aks_condition condition = {.type = "PodScheduled",
                                      .status = "False",
                                      .reason = "Unschedulable",
                                      .message = message,
                                      .probe_time = true};
    cJSON *body = base_json_copy(pod->body);

    if (!aks_condition(cJSON_GetObjectItemCaseSensitive(body, "status"), "PodScheduled"))
        aks_record(cluster, pod->body, "default-scheduler", "Warning", "FailedScheduling", "%s",
                   message);
    aks_condition_set(aks_member(body, "status"), &condition, aks_now(cluster->aks));
    if (base_json_equal(body, pod->body))
        cJSON_Delete(body);
    else
        (void)aks_update_quietly(cluster, pod->kind, "status", body);
    free(message);
}
