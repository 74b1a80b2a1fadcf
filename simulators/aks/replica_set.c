/* Decides which pods a ReplicaSet makes, adopts and deletes, and what its status says. */
#include "simulators/aks/controller.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"
#include "simulators/aks/selector.h"

#include <stdlib.h>
#include <string.h>

#define COMPONENT "replicaset-controller"
#define BURST 500 /* pods made or deleted in one pass */

struct counts {
    int active, labeled, ready, available;
};

static void reconcile(struct aks_cluster *cluster, const struct aks_object *set);
static struct aks_objects own_pods(struct aks_cluster *cluster, const struct aks_object *set);
static bool adopt(struct aks_cluster *cluster, const struct aks_object *set,
                  const struct aks_object *pod);
static char *make_pods(struct aks_cluster *cluster, const struct aks_object *set, int count);
static cJSON *pod_from_template(const cJSON *set);
static void delete_pods(struct aks_cluster *cluster, const struct aks_object *set,
                        struct aks_objects *pods, int count);
static int deletion_order(const void *a, const void *b);
static struct counts count_pods(struct aks_cluster *cluster, const struct aks_object *set,
                                const struct aks_objects *pods);
static void write_status(struct aks_cluster *cluster, const struct aks_object *set,
                         const struct counts *counts, const char *failure);

void aks_reconcile_replica_sets(struct aks_cluster *cluster)
{
    struct aks_objects all = aks_store_list(cluster, aks_kind_at(AKS_REPLICA_SET), NULL);

    for (size_t i = 0; i < all.count; i++) {
        const struct aks_object *now =
            aks_store_get(cluster, all.items[i]->kind, all.items[i]->namespace, all.items[i]->name);
        if (now)
            reconcile(cluster, now);
    }
    aks_objects_release(&all);
}

static void reconcile(struct aks_cluster *cluster, const struct aks_object *set)
{
    struct aks_object *held = aks_object_hold((struct aks_object *)set);
    struct aks_objects pods = own_pods(cluster, set);
    int wanted = (int)base_json_number(set->body, "spec.replicas", 1),
        missing = wanted - (int)pods.count;
    char *failure = NULL;

    if (aks_deleting(set->body))
        missing = 0;
    struct counts counts = count_pods(cluster, set, &pods);
    if (missing > 0)
        failure = make_pods(cluster, set, missing < BURST ? missing : BURST);
    else if (missing < 0)
        delete_pods(cluster, set, &pods, -missing < BURST ? -missing : BURST);
    write_status(cluster, held, &counts, failure);
    free(failure);
    aks_objects_release(&pods);
    aks_object_drop(held);
}

/* The active ones: not ended, not being deleted. */
static struct aks_objects own_pods(struct aks_cluster *cluster, const struct aks_object *set)
{
    struct aks_objects all = aks_store_list(cluster, aks_kind_at(AKS_POD), set->namespace);
    const cJSON *selector = base_json_at(set->body, "spec.selector");
    size_t kept = 0;

    for (size_t i = 0; i < all.count; i++) {
        const cJSON *body = all.items[i]->body;
        const char *phase = base_json_text(body, "status.phase");
        bool matches = aks_label_object_matches(selector, base_json_at(body, "metadata.labels"));
        bool active =
            !aks_deleting(body) && !base_equal(phase, "Succeeded") && !base_equal(phase, "Failed");
        bool mine = aks_controlled_by(body, aks_meta(set->body, "uid"));
        if (active && matches && !mine && !aks_controller_of(body) && !aks_deleting(set->body))
            mine = adopt(cluster, set, all.items[i]);
        if (active && matches && mine)
            all.items[kept++] = all.items[i];
        else
            aks_object_drop(all.items[i]);
    }
    all.count = kept;
    return all;
}

static bool adopt(struct aks_cluster *cluster, const struct aks_object *set,
                  const struct aks_object *pod)
{
    cJSON *body = base_json_copy(pod->body), *metadata = aks_metadata(body);
    cJSON *references = cJSON_GetObjectItemCaseSensitive(metadata, "ownerReferences");

    if (!references)
        references = cJSON_AddArrayToObject(metadata, "ownerReferences");
    cJSON_AddItemToArray(references, aks_owner_reference(set->body));
    return aks_update_quietly(cluster, pod->kind, "", body);
}

/* The sentence of the first failure, or NULL. Release with free(). */
static char *make_pods(struct aks_cluster *cluster, const struct aks_object *set, int count)
{
    struct aks_write write = {
        .cluster = cluster, .kind = aks_kind_at(AKS_POD), .ns = set->namespace, .sub = ""};
    char *failure = NULL;

    for (int i = 0; i < count && !failure; i++) {
        struct aks_fail fail = {0};
        struct aks_object *made = aks_create(&write, pod_from_template(set->body), &fail);
        if (made) {
            aks_record(cluster, set->body, COMPONENT, "Normal", "SuccessfulCreate",
                       "Created pod: %s", made->name);
        } else {
            failure = base_strdup(fail.message);
            aks_record(cluster, set->body, COMPONENT, "Warning", "FailedCreate",
                       "Error creating: %s", failure);
            aks_reconcile_at(cluster, aks_now(cluster->aks) + 10000);
        }
        aks_object_drop(made);
        aks_fail_release(&fail);
    }
    return failure;
}

static cJSON *pod_from_template(const cJSON *set)
{
    static const char *const copied[] = {"labels", "annotations", "finalizers"};
    cJSON *pod = cJSON_CreateObject(), *metadata = aks_metadata(pod);
    char *prefix = base_asprintf("%s-", aks_meta(set, "name"));

    base_json_set_text(metadata, "generateName", prefix);
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(
            base_json_at(set, "spec.template.metadata"), copied[i]);
        if (value)
            base_json_set(metadata, copied[i], base_json_copy(value));
    }
    cJSON_AddItemToArray(cJSON_AddArrayToObject(metadata, "ownerReferences"),
                         aks_owner_reference(set));
    base_json_set(pod, "spec", base_json_copy(base_json_at(set, "spec.template.spec")));
    free(prefix);
    return pod;
}

static void delete_pods(struct aks_cluster *cluster, const struct aks_object *set,
                        struct aks_objects *pods, int count)
{
    qsort(pods->items, pods->count, sizeof *pods->items, deletion_order);
    for (int i = 0; i < count && (size_t)i < pods->count; i++)
        if (aks_delete_quietly(cluster, pods->items[i], "Background", NULL))
            aks_record(cluster, set->body, COMPONENT, "Normal", "SuccessfulDelete",
                       "Deleted pod: %s", pods->items[i]->name);
}

static double restarts(const cJSON *pod)
{
    const cJSON *status, *all = base_json_at(pod, "status.containerStatuses");
    double most = 0;

    cJSON_ArrayForEach(status, all)
    {
        double count = base_json_number(status, "restartCount", 0);
        most = count > most ? count : most;
    }
    return most;
}

static int phase_rank(const cJSON *pod)
{
    const char *phase = base_json_text(pod, "status.phase");

    return base_equal(phase, "Running") ? 2 : base_equal(phase, "Unknown") ? 1 : 0;
}

/* First to go: unbound, pending, not ready, ready for the shortest time, most restarts, youngest. */
static int deletion_order(const void *a, const void *b)
{
    const cJSON *left = (*(struct aks_object *const *)a)->body,
                *right = (*(struct aks_object *const *)b)->body;
    bool left_bound = base_json_text(left, "spec.nodeName") != NULL,
         right_bound = base_json_text(right, "spec.nodeName") != NULL;
    int64_t left_since, right_since;
    bool left_ready = aks_pod_ready(left, &left_since),
         right_ready = aks_pod_ready(right, &right_since);

    if (left_bound != right_bound)
        return left_bound ? 1 : -1;
    if (phase_rank(left) != phase_rank(right))
        return phase_rank(left) - phase_rank(right);
    if (left_ready != right_ready)
        return left_ready ? 1 : -1;
    if (left_since != right_since)
        return left_since < right_since ? 1 : -1;
    if (restarts(left) != restarts(right))
        return restarts(left) < restarts(right) ? 1 : -1;
    return -strcmp(aks_meta(left, "creationTimestamp"), aks_meta(right, "creationTimestamp"));
}

static struct counts count_pods(struct aks_cluster *cluster, const struct aks_object *set,
                                const struct aks_objects *pods)
{
    int64_t min_ready_ms = (int64_t)base_json_number(set->body, "spec.minReadySeconds", 0) * 1000,
            now = aks_now(cluster->aks);
    const cJSON *wanted, *labels = base_json_at(set->body, "spec.template.metadata.labels");
    struct counts counts = {.active = (int)pods->count};

    for (size_t i = 0; i < pods->count; i++) {
        bool labeled = true;
        int64_t since;
        cJSON_ArrayForEach(wanted, labels)
        {
            labeled = labeled && base_equal(aks_label(pods->items[i]->body, wanted->string),
                                            cJSON_GetStringValue(wanted));
        }
        counts.labeled += labeled;
        if (!aks_pod_ready(pods->items[i]->body, &since))
            continue;
        counts.ready++;
        if (now >= since + min_ready_ms)
            counts.available++;
        else
            aks_reconcile_at(cluster, since + min_ready_ms);
    }
    return counts;
}

static void set_count(cJSON *status, const char *name, int count)
{
    if (count)
        base_json_set_number(status, name, count);
    else
        cJSON_DeleteItemFromObjectCaseSensitive(status, name);
}

static void write_status(struct aks_cluster *cluster, const struct aks_object *set,
                         const struct counts *counts, const char *failure)
{
    struct aks_condition failed = {
        .type = "ReplicaFailure", .status = "True", .reason = "FailedCreate", .message = failure};
    cJSON *body = base_json_copy(set->body), *status = aks_member(body, "status");

    base_json_set_number(status, "replicas", counts->active);
    set_count(status, "fullyLabeledReplicas", counts->labeled);
    set_count(status, "readyReplicas", counts->ready);
    set_count(status, "availableReplicas", counts->available);
    base_json_set_number(status, "observedGeneration",
                         base_json_number(set->body, "metadata.generation", 1));
    if (failure)
        aks_condition_set(status, &failed, aks_now(cluster->aks));
    else
        cJSON_DeleteItemFromObjectCaseSensitive(status, "conditions");
    if (base_json_equal(set->body, body))
        cJSON_Delete(body);
    else
        (void)aks_update_quietly(cluster, set->kind, "status", body);
}
