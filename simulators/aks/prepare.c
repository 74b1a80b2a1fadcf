/* Decides which fields of a write the server sets itself, and which it keeps as they were. Source: the registry strategies of
 * kube-apiserver (PrepareForCreate, PrepareForUpdate), as recorded. */
#include "simulators/aks/strategy.h"

#include "simulators/aks/meta.h"

#include <stdlib.h>
#include <string.h>

static void keep_member(cJSON *body, const cJSON *old, const char *name);
static void pod_status_write(const struct aks_change *change, cJSON *body);

/* Phase and finalizers of the spec follow from what happens, not from what is written; /finalize writes the finalizers. */
void aks_prepare_namespace(const struct aks_change *change, cJSON *body)
{
    cJSON *spec = aks_member(body, "spec"), *finalizer, *all;
    bool there = false;

    if (change->old) {
        if (!base_equal(change->sub, "finalize"))
            keep_member(body, change->old, "spec");
        if (!base_equal(change->sub, "status"))
            keep_member(body, change->old, "status");
        return;
    }
    base_json_set(body, "status", cJSON_CreateObject());
    base_json_set_text(aks_member(body, "status"), "phase", "Active");
    all = cJSON_GetObjectItemCaseSensitive(spec, "finalizers");
    if (!cJSON_IsArray(all)) {
        all = cJSON_CreateArray();
        base_json_set(spec, "finalizers", all);
    }
    cJSON_ArrayForEach(finalizer, all) there =
        there || base_equal(cJSON_GetStringValue(finalizer), "kubernetes");
    if (!there)
        cJSON_AddItemToArray(all, cJSON_CreateString("kubernetes"));
}

void aks_prepare_node(const struct aks_change *change, cJSON *body)
{
    if (change->old)
        keep_member(body, change->old, base_equal(change->sub, "status") ? "spec" : "status");
}

void aks_prepare_pod(const struct aks_change *change, cJSON *body)
{
    if (change->old) {
        if (base_equal(change->sub, "status"))
            pod_status_write(change, body);
        else if (!*change->sub)
            keep_member(body, change->old, "status");
        return;
    }
    cJSON *status = cJSON_CreateObject();
    base_json_set_text(status, "phase", "Pending");
    base_json_set_text(status, "qosClass",
                       aks_pod_qos(cJSON_GetObjectItemCaseSensitive(body, "spec")));
    base_json_set(body, "status", status);
}

/* stringData is written only: it goes into data. */
void aks_prepare_secret(const struct aks_change *change, cJSON *body)
{
    cJSON *plain = cJSON_DetachItemFromObjectCaseSensitive(body, "stringData"), *entry;

    (void)change;
    cJSON_ArrayForEach(entry, plain)
    {
        struct base_buf encoded = {0};
        const char *text = cJSON_GetStringValue(entry);
        base_base64_encode(&encoded, text, strlen(text));
        base_json_set_text(aks_member(body, "data"), entry->string,
                           encoded.len ? encoded.data : "");
        base_buf_release(&encoded);
    }
    cJSON_Delete(plain);
}

/* Deployments and ReplicaSets: the status is written only by its subresource, which leaves spec and labels alone. */
void aks_prepare_workload(const struct aks_change *change, cJSON *body)
{
    if (!change->old) {
        base_json_set(body, "status", cJSON_CreateObject());
        if (change->kind->id == AKS_REPLICA_SET)
            base_json_set_number(aks_member(body, "status"), "replicas", 0);
    } else if (base_equal(change->sub, "status")) {
        keep_member(body, change->old, "spec");
        keep_member(aks_metadata(body), cJSON_GetObjectItemCaseSensitive(change->old, "metadata"),
                    "labels");
    } else {
        keep_member(body, change->old, "status");
    }
}

const char *aks_pod_qos(const cJSON *spec)
{
    static const char *const names[] = {"cpu", "memory"};
    const cJSON *node, *containers = cJSON_GetObjectItemCaseSensitive(spec, "containers");
    bool any = false, guaranteed = true;

    cJSON_ArrayForEach(node, containers)
    {
        const cJSON *limits = base_json_at(node, "resources.limits"),
                    *requests = base_json_at(node, "resources.requests");
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            const char *limit = base_json_text(limits, names[i]),
                       *request = base_json_text(requests, names[i]);
            any = any || aks_quantity_compare(limit, NULL) > 0 ||
                  aks_quantity_compare(request, NULL) > 0;
            guaranteed =
                guaranteed && limit && request && aks_quantity_compare(limit, request) == 0;
        }
    }
    return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
}

static void keep_member(cJSON *body, const cJSON *old, const char *name)
{
    const cJSON *was = cJSON_GetObjectItemCaseSensitive(old, name);

    if (was)
        base_json_set(body, name, base_json_copy(was));
    else
        cJSON_DeleteItemFromObjectCaseSensitive(body, name);
}

static void pod_status_write(const struct aks_change *change, cJSON *body)
{
    cJSON *metadata = aks_metadata(body);
    const char *qos = base_json_text(change->old, "status.qosClass");

    keep_member(body, change->old, "spec");
    keep_member(metadata, cJSON_GetObjectItemCaseSensitive(change->old, "metadata"),
                "ownerReferences");
    if (qos)
        base_json_set_text(aks_member(body, "status"), "qosClass", qos);
}
