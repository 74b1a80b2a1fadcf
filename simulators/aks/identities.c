/* Decides which pods have which Azure identity: what aad-pod-identity's MIC writes into AzureAssignedIdentity objects.
 * Source: facts kubernetes.md 6; names and namespaces of the objects as in MIC's makeAssignedIDs. */
#include "simulators/aks/controller.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <stdlib.h>
#include <string.h>

#define BEHAVIOR "aadpodidentity.k8s.io/Behavior"

struct wanted {  /* the assignments there should be */
    char **keys; /* "ns/name" */
    size_t count;
};

static void assign_pod(struct aks_cluster *cluster, const struct aks_object *pod,
                       struct wanted *wanted);
static bool applies(const struct aks_object *pod, const struct aks_object *binding,
                    const struct aks_object *identity, const char *label);
static void assign(struct aks_cluster *cluster, const struct aks_object *pod,
                   const struct aks_object *binding, const struct aks_object *identity,
                   struct wanted *wanted);
static bool is_wanted(const struct wanted *wanted, const struct aks_object *assignment);

void aks_reconcile_identities(struct aks_cluster *cluster)
{
    struct aks_objects pods = aks_store_list(cluster, aks_kind_at(AKS_POD), NULL);
    struct aks_objects there = aks_store_list(cluster, aks_kind_at(AKS_ASSIGNED_IDENTITY), NULL);
    struct wanted wanted = {0};

    for (size_t i = 0; i < pods.count; i++)
        if (aks_label(pods.items[i]->body, "aadpodidbinding") && !aks_deleting(pods.items[i]->body))
            assign_pod(cluster, pods.items[i], &wanted);
    for (size_t i = 0; i < there.count; i++)
        if (!is_wanted(&wanted, there.items[i]))
            (void)aks_delete_quietly(cluster, there.items[i], NULL, NULL);
    for (size_t i = 0; i < wanted.count; i++)
        free(wanted.keys[i]);
    free(wanted.keys);
    aks_objects_release(&pods);
    aks_objects_release(&there);
}

static void assign_pod(struct aks_cluster *cluster, const struct aks_object *pod,
                       struct wanted *wanted)
{
    struct aks_objects bindings = aks_store_list(cluster, aks_kind_at(AKS_IDENTITY_BINDING), NULL);
    const char *label = aks_label(pod->body, "aadpodidbinding");

    for (size_t i = 0; i < bindings.count; i++) {
        const struct aks_object *binding = bindings.items[i];
        const char *name = base_json_text(binding->body, "spec.azureIdentity");
        const struct aks_object *identity =
            name ? aks_store_get(cluster, aks_kind_at(AKS_IDENTITY), binding->namespace, name)
                 : NULL;
        if (identity && applies(pod, binding, identity, label))
            assign(cluster, pod, binding, identity, wanted);
    }
    aks_objects_release(&bindings);
}

static bool namespaced(const struct aks_object *identity)
{
    const char *behavior = aks_annotation(identity->body, BEHAVIOR);

    return behavior && base_equal_nocase(behavior, "namespaced");
}

static bool applies(const struct aks_object *pod, const struct aks_object *binding,
                    const struct aks_object *identity, const char *label)
{
    return base_equal(base_json_text(binding->body, "spec.selector"), label) &&
           (!namespaced(identity) || base_equal(pod->namespace, identity->namespace));
}

static cJSON *embedded(const cJSON *body)
{
    static const char *const kept[] = {"name", "namespace", "uid"};
    cJSON *copy = base_json_copy(body), *metadata = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        base_json_set_text(metadata, kept[i], aks_meta(body, kept[i]));
    base_json_set(copy, "metadata", metadata);
    return copy;
}

static void assign(struct aks_cluster *cluster, const struct aks_object *pod,
                   const struct aks_object *binding, const struct aks_object *identity,
                   struct wanted *wanted)
{
    const struct aks_kind *kind = aks_kind_at(AKS_ASSIGNED_IDENTITY);
    const char *ns = namespaced(identity) ? identity->namespace : "default",
               *node = base_json_text(pod->body, "spec.nodeName");
    char *name = base_asprintf("%s-%s-%s", pod->name, pod->namespace, identity->name);

    wanted->keys = base_realloc(wanted->keys, (wanted->count + 1) * sizeof *wanted->keys);
    wanted->keys[wanted->count++] = base_asprintf("%s/%s", ns, name);
    const struct aks_object *there = aks_store_get(cluster, kind, ns, name);
    cJSON *body = there ? base_json_copy(there->body) : cJSON_CreateObject(),
          *spec = aks_member(body, "spec");
    base_json_set_text(aks_metadata(body), "name", name);
    base_json_set_text(aks_metadata(body), "namespace", ns);
    base_json_set(aks_metadata_map(body, "labels"), "podname", base_json_textf("%.63s", pod->name));
    base_json_set(aks_metadata_map(body, "labels"), "podns",
                  base_json_textf("%.63s", pod->namespace));
    base_json_set(spec, "azureIdentityRef", embedded(identity->body));
    base_json_set(spec, "azureBindingRef", embedded(binding->body));
    base_json_set_text(spec, "pod", pod->name);
    base_json_set_text(spec, "podNamespace", pod->namespace);
    if (node)
        base_json_set_text(spec, "nodename", node);
    base_json_set_text(aks_member(body, "status"), "status", node ? "Assigned" : "Created");
    if (there && base_json_equal(there->body, body))
        cJSON_Delete(body);
    else if (there)
        (void)aks_update_quietly(cluster, kind, "", body);
    else
        (void)aks_create_quietly(cluster, kind, body);
    free(name);
}

static bool is_wanted(const struct wanted *wanted, const struct aks_object *assignment)
{
    char *key = base_asprintf("%s/%s", assignment->namespace, assignment->name);
    bool found = false;

    for (size_t i = 0; i < wanted->count && !found; i++)
        found = base_equal(wanted->keys[i], key);
    free(key);
    return found;
}
