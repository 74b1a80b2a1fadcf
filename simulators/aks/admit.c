/* Decides what admission does to a pod: its service account, token volume, tolerations and priority.
 * Source: the ServiceAccount, DefaultTolerationSeconds and Priority plugins, as recorded. */
#include "simulators/aks/strategy.h"

#include "simulators/aks/meta.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN_MOUNT "/var/run/secrets/kubernetes.io/serviceaccount"
#define TOLERATION_SECONDS 300

static bool service_account(const struct aks_change *change, cJSON *body, struct aks_fail *fail);
static void mount_token(const struct aks_change *change, cJSON *spec);
static cJSON *token_volume(const char *name);
static void tolerate(cJSON *spec, const char *key);
static bool priority(const struct aks_change *change, cJSON *body, struct aks_fail *fail);

bool aks_admit(const struct aks_change *change, cJSON *body, struct aks_fail *fail)
{
    if (change->kind->id != AKS_POD || change->old)
        return true;
    if (!service_account(change, body, fail) || !priority(change, body, fail))
        return false;
    tolerate(aks_member(body, "spec"), "node.kubernetes.io/not-ready");
    tolerate(aks_member(body, "spec"), "node.kubernetes.io/unreachable");
    return true;
}

static bool service_account(const struct aks_change *change, cJSON *body, struct aks_fail *fail)
{
    cJSON *spec = aks_member(body, "spec");
    const char *name = base_json_text(spec, "serviceAccountName"),
               *ns = aks_meta(body, "namespace");

    if (!name) {
        base_json_set_text(spec, "serviceAccountName", "default");
        base_json_set_text(spec, "serviceAccount", "default");
        name = "default";
    }
    const struct aks_object *account =
        aks_store_get(change->cluster, aks_kind_at(AKS_SERVICE_ACCOUNT), ns, name);
    if (!account)
        return aks_fail_forbidden(
            fail, change->kind, aks_meta(body, "name"),
            "error looking up service account %s/%s: serviceaccount \"%s\" not found", ns, name,
            name);
    const cJSON *secrets = cJSON_GetObjectItemCaseSensitive(account->body, "imagePullSecrets");
    if (secrets && !cJSON_GetObjectItemCaseSensitive(spec, "imagePullSecrets"))
        base_json_set(spec, "imagePullSecrets", base_json_copy(secrets));
    const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(spec, "automountServiceAccountToken");
    if (!wanted)
        wanted = cJSON_GetObjectItemCaseSensitive(account->body, "automountServiceAccountToken");
    if (!cJSON_IsFalse(wanted))
        mount_token(change, spec);
    return true;
}

static cJSON *list_member(cJSON *node, const char *name)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(node, name);

    if (!cJSON_IsArray(list)) {
        list = cJSON_CreateArray();
        base_json_set(node, name, list);
    }
    return list;
}

static void mount_token(const struct aks_change *change, cJSON *spec)
{
    static const char *const lists[] = {"initContainers", "containers"};
    struct base_buf name = {0};
    cJSON *container;

    base_buf_puts(&name, "kube-api-access-");
    aks_name_suffix(sim_world_random(change->cluster->aks->world), &name);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        cJSON_ArrayForEach(container, cJSON_GetObjectItemCaseSensitive(spec, lists[i]))
        {
            cJSON *mount = cJSON_CreateObject();
            base_json_set_text(mount, "name", name.data);
            base_json_set_bool(mount, "readOnly", true);
            base_json_set_text(mount, "mountPath", TOKEN_MOUNT);
            cJSON_AddItemToArray(list_member(container, "volumeMounts"), mount);
        }
    cJSON_AddItemToArray(list_member(spec, "volumes"), token_volume(name.data));
    base_buf_release(&name);
}

static cJSON *token_volume(const char *name)
{
    static const char form[] = "{\"projected\":{\"sources\":[{\"serviceAccountToken\":{"
                               "\"expirationSeconds\":3607,\"path\":\"token\"}},"
                               "{\"configMap\":{\"name\":\"kube-root-ca.crt\",\"items\":[{\"key\":"
                               "\"ca.crt\",\"path\":\"ca.crt\"}]}},"
                               "{\"downwardAPI\":{\"items\":[{\"path\":\"namespace\",\"fieldRef\":{"
                               "\"apiVersion\":\"v1\",\"fieldPath\":"
                               "\"metadata.namespace\"}}]}}],\"defaultMode\":420}}";
    cJSON *volume = cJSON_Parse(form);

    BUG_ON(!volume);
    base_json_set_text(volume, "name", name);
    return volume;
}

static void tolerate(cJSON *spec, const char *key)
{
    cJSON *toleration, *all = list_member(spec, "tolerations");

    cJSON_ArrayForEach(toleration, all)
    {
        const char *other = base_json_text(toleration, "key"),
                   *effect = base_json_text(toleration, "effect");
        if ((!other || base_equal(other, key)) && (!effect || base_equal(effect, "NoExecute")))
            return;
    }
    toleration = cJSON_CreateObject();
    base_json_set_text(toleration, "key", key);
    base_json_set_text(toleration, "operator", "Exists");
    base_json_set_text(toleration, "effect", "NoExecute");
    base_json_set_number(toleration, "tolerationSeconds", TOLERATION_SECONDS);
    cJSON_AddItemToArray(all, toleration);
}

static bool priority(const struct aks_change *change, cJSON *body, struct aks_fail *fail)
{
    static const struct {
        const char *name;
        double value;
    } classes[] = {{"system-cluster-critical", 2000000000}, {"system-node-critical", 2000001000}};
    cJSON *spec = aks_member(body, "spec");
    const char *class = base_json_text(spec, "priorityClassName");
    double value = class ? -1 : 0;

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (base_equal(class, classes[i].name))
            value = classes[i].value;
    if (value < 0)
        return aks_fail_forbidden(fail, change->kind, aks_meta(body, "name"),
                                  "no PriorityClass with name %s was found", class);
    double given = base_json_number(spec, "priority", value);
    if (given != value)
        return aks_fail_forbidden(fail, change->kind, aks_meta(body, "name"),
                                  "the integer value of priority (%.0f) must not be provided in "
                                  "pod spec; priority admission "
                                  "controller computed %.0f from the given PriorityClass name",
                                  given, value);
    base_json_set_number(spec, "priority", value);
    base_json_set_text(spec, "preemptionPolicy", "PreemptLowerPriority");
    return true;
}
