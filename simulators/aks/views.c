/* Decides what the `world` verb sees of the clusters. */
#include "simulators/aks/room.h"

#include "simulators/aks/meta.h"

#define OWNER "iomt.azure.com/owner"

static cJSON *pods_view(void *context);
static cJSON *kubernetes_view(void *context);
static void add_pod(cJSON *list, const struct aks_cluster *cluster, const cJSON *body);
static const char *owner_of(struct aks_cluster *cluster, const cJSON *body);

void aks_views_add(struct aks *aks)
{
    sim_view_add(aks->world, "pods", pods_view, aks);
    sim_view_add(aks->world, "kubernetes", kubernetes_view, aks);
    sim_view_add(aks->world, "podLogs", aks_view_logs, aks);
}

static cJSON *pods_view(void *context)
{
    struct aks *aks = context;
    cJSON *list = cJSON_CreateArray();

    aks_lock(aks);
    for (size_t c = 0; c < aks->cluster_count; c++) {
        struct aks_cluster *cluster = aks->clusters[c];
        const struct aks_table *pods = &cluster->tables[AKS_POD];
        for (size_t i = 0; i < pods->count; i++) {
            add_pod(list, cluster, pods->items[i]->body);
            cJSON *entry = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
            base_json_set_text(entry, "owner", owner_of(cluster, pods->items[i]->body));
        }
    }
    aks_unlock(aks);
    return list;
}

static void add_pod(cJSON *list, const struct aks_cluster *cluster, const cJSON *body)
{
    const cJSON *status, *statuses = base_json_at(body, "status.containerStatuses");
    cJSON *entry = cJSON_CreateObject();
    double restarts = 0;

    cJSON_ArrayForEach(status, statuses)
    {
        restarts += base_json_number(status, "restartCount", 0);
    }
    base_json_set_text(entry, "cluster", cluster->name);
    base_json_set_text(entry, "namespace", aks_meta(body, "namespace"));
    base_json_set_text(entry, "name", aks_meta(body, "name"));
    base_json_set_text(entry, "phase",
                       aks_deleting(body) ? "Terminating" : base_json_text(body, "status.phase"));
    base_json_set_bool(
        entry, "ready",
        aks_condition_true(cJSON_GetObjectItemCaseSensitive(body, "status"), "Ready"));
    base_json_set_number(entry, "restarts", restarts);
    base_json_set_text(entry, "image", base_json_text(body, "spec.containers.0.image"));
    cJSON_AddItemToArray(list, entry);
}

static cJSON *kubernetes_view(void *context)
{
    struct aks *aks = context;
    cJSON *list = cJSON_CreateArray();

    aks_lock(aks);
    for (size_t c = 0; c < aks->cluster_count; c++) {
        struct aks_cluster *cluster = aks->clusters[c];
        for (size_t k = 0; k < AKS_KINDS; k++) {
            if (k == AKS_EVENT)
                continue;
            for (size_t i = 0; i < cluster->tables[k].count; i++) {
                const struct aks_object *object = cluster->tables[k].items[i];
                cJSON *entry = cJSON_CreateObject();
                base_json_set_text(entry, "cluster", cluster->name);
                base_json_set_text(entry, "kind", object->kind->kind);
                base_json_set_text(entry, "namespace", object->namespace);
                base_json_set_text(entry, "name", object->name);
                base_json_set_text(entry, "owner", owner_of(cluster, object->body));
                cJSON_AddItemToArray(list, entry);
            }
        }
    }
    aks_unlock(aks);
    return list;
}

/* The annotation of the object, or of what controls it. */
static const char *owner_of(struct aks_cluster *cluster, const cJSON *body)
{
    for (int depth = 0; body && depth < 3; depth++) {
        const char *owner = aks_annotation(body, OWNER);
        if (owner)
            return owner;
        const cJSON *controller = aks_controller_of(body);
        const struct aks_kind *kind = aks_kind_by_name(base_json_text(controller, "apiVersion"),
                                                       base_json_text(controller, "kind"));
        const char *name = base_json_text(controller, "name");
        const struct aks_object *parent =
            kind && name ? aks_store_get(cluster, kind, aks_meta(body, "namespace"), name) : NULL;
        body = parent ? parent->body : NULL;
    }
    return NULL;
}
