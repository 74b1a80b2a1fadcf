/* Decides what every namespace holds from its first moment, and how a terminating one is emptied. */
#include "simulators/aks/controller.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"
#include "simulators/kit/pki.h"

#include <stdlib.h>
#include <string.h>

static void furnish(struct aks_cluster *cluster, const char *ns);
static void empty(struct aks_cluster *cluster, const struct aks_object *ns);
static void finalize(struct aks_cluster *cluster, const struct aks_object *ns);

void aks_reconcile_namespaces(struct aks_cluster *cluster)
{
    struct aks_objects all = aks_store_list(cluster, aks_kind_at(AKS_NAMESPACE), NULL);

    for (size_t i = 0; i < all.count; i++) {
        if (aks_deleting(all.items[i]->body))
            empty(cluster, all.items[i]);
        else
            furnish(cluster, all.items[i]->name);
    }
    aks_objects_release(&all);
}

/* The default service account, and the CA that token volumes show. */
static void furnish(struct aks_cluster *cluster, const char *ns)
{
    static const struct {
        enum aks_kind_id kind;
        const char *name;
    } furniture[] = {{AKS_SERVICE_ACCOUNT, "default"}, {AKS_CONFIG_MAP, "kube-root-ca.crt"}};

    for (size_t i = 0; i < sizeof furniture / sizeof *furniture; i++) {
        const struct aks_kind *kind = aks_kind_at(furniture[i].kind);
        if (aks_store_get(cluster, kind, ns, furniture[i].name))
            continue;
        cJSON *body = cJSON_CreateObject();
        base_json_set_text(aks_metadata(body), "name", furniture[i].name);
        base_json_set_text(aks_metadata(body), "namespace", ns);
        if (furniture[i].kind == AKS_CONFIG_MAP)
            base_json_set_text(aks_member(body, "data"), "ca.crt", sim_ca_pem(cluster->aks->world));
        (void)aks_create_quietly(cluster, kind, body);
    }
}

/* Deletes what is in it (pods within their grace); when nothing is left, the finalizer "kubernetes" goes. */
static void empty(struct aks_cluster *cluster, const struct aks_object *ns)
{
    size_t left = 0;

    if (!base_json_at(ns->body, "spec.finalizers.0"))
        return;
    for (int k = 0; k < AKS_KINDS; k++) {
        const struct aks_kind *kind = aks_kind_at((enum aks_kind_id)k);
        if (!kind->namespaced)
            continue;
        struct aks_objects content = aks_store_list(cluster, kind, ns->name);
        for (size_t i = 0; i < content.count; i++)
            if (!aks_deleting(content.items[i]->body))
                (void)aks_delete_quietly(cluster, content.items[i], "Background", NULL);
        aks_objects_release(&content);
        left += aks_store_count(cluster, kind, ns->name);
    }
    if (!left)
        finalize(cluster, ns);
}

static void finalize(struct aks_cluster *cluster, const struct aks_object *ns)
{
    cJSON *body = base_json_copy(ns->body), *finalizers = base_json_at(body, "spec.finalizers"),
          *rest = cJSON_CreateArray(), *entry;

    cJSON_ArrayForEach(entry, finalizers)
    {
        if (!base_equal(cJSON_GetStringValue(entry), "kubernetes"))
            cJSON_AddItemToArray(rest, base_json_copy(entry));
    }
    if (rest->child)
        base_json_set(aks_member(body, "spec"), "finalizers", base_json_copy(rest));
    else
        cJSON_DeleteItemFromObjectCaseSensitive(aks_member(body, "spec"), "finalizers");
    cJSON_Delete(rest);
    (void)aks_update_quietly(cluster, ns->kind, "finalize", body);
}
