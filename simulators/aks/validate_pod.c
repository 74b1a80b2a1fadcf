/* Decides whether the spec of a pod is valid, and what of a pod may be changed. Sentences as kube-apiserver's, recorded. */
#include "simulators/aks/strategy.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/names.h"

#include <stdlib.h>
#include <string.h>

#define PORT_MAX 65535
#define ID_MAX 2147483647.0

static void validate_containers(const cJSON *spec, const char *list, const char *path,
                                struct aks_causes *causes);
static void validate_container(const cJSON *spec, const cJSON *node, const char *path,
                               struct aks_causes *causes);
static void validate_ports(const cJSON *ports, const char *path, struct aks_causes *causes);
static void validate_env(const cJSON *env, const char *path, struct aks_causes *causes);
static void validate_source(const cJSON *entry, const char *path, struct aks_causes *causes);
static void validate_resources(const cJSON *resources, const char *path, struct aks_causes *causes);
static void validate_mounts(const cJSON *spec, const cJSON *mounts, const char *path,
                            struct aks_causes *causes);
static void validate_probe(const cJSON *probe, const char *path, struct aks_causes *causes);
static void validate_tolerations(const cJSON *tolerations, const char *path,
                                 struct aks_causes *causes);
static void validate_affinity(const cJSON *affinity, const char *path, struct aks_causes *causes);
static bool same_spec(const cJSON *old, const cJSON *now);

static const char *const restart_policies[] = {"Always", "OnFailure", "Never", NULL};
static const char *const dns_policies[] = {"ClusterFirst", "ClusterFirstWithHostNet", "Default",
                                           "None", NULL};
static const char *const pull_policies[] = {"Always", "IfNotPresent", "Never", NULL};
static const char *const protocols[] = {"SCTP", "TCP", "UDP", NULL};

void aks_validate_pod(const struct aks_change *change, const cJSON *body, struct aks_causes *causes)
{
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(body, "spec");

    if (change->old && base_equal(change->sub, "status"))
        return;
    aks_validate_pod_spec(spec, "spec", causes);
    if (change->old && !*change->sub &&
        !same_spec(cJSON_GetObjectItemCaseSensitive(change->old, "spec"), spec))
        aks_cause_forbidden(
            causes, "spec",
            "pod updates may not change fields other than `spec.containers[*].image`, "
            "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` "
            "(only additions "
            "to existing tolerations)");
}

void aks_validate_pod_spec(const cJSON *spec, const char *path, struct aks_causes *causes)
{
    const cJSON *user = base_json_at(spec, "securityContext.runAsUser");
    const cJSON *containers = cJSON_GetObjectItemCaseSensitive(spec, "containers");

    aks_validate_volumes(spec, path, causes);
    if (!containers || !containers->child)
        aks_cause_required(causes, aks_path(causes, "%s.containers", path), "");
    validate_containers(spec, "containers", path, causes);
    validate_containers(spec, "initContainers", path, causes);
    aks_validate_one_of(spec, "restartPolicy", path, restart_policies, causes);
    aks_validate_one_of(spec, "dnsPolicy", path, dns_policies, causes);
    aks_validate_not_negative(spec, "terminationGracePeriodSeconds", path, causes);
    validate_tolerations(cJSON_GetObjectItemCaseSensitive(spec, "tolerations"),
                         aks_path(causes, "%s.tolerations", path), causes);
    validate_affinity(cJSON_GetObjectItemCaseSensitive(spec, "affinity"),
                      aks_path(causes, "%s.affinity", path), causes);
    if (user && (user->valuedouble < 0 || user->valuedouble > ID_MAX))
        aks_cause_invalid(causes, aks_path(causes, "%s.securityContext.runAsUser", path), user,
                          "must be between 0 and 2147483647, inclusive");
    aks_validate_labels(cJSON_GetObjectItemCaseSensitive(spec, "nodeSelector"),
                        aks_path(causes, "%s.nodeSelector", path), causes);
}

static bool listed_before(const cJSON *list, const cJSON *node, const char *member)
{
    const char *name = base_json_text(node, member), *other;

    for (const cJSON *before = list->child; before != node; before = before->next)
        if (name && (other = base_json_text(before, member)) && base_equal(name, other))
            return true;
    return false;
}

static void validate_containers(const cJSON *spec, const char *list, const char *path,
                                struct aks_causes *causes)
{
    const cJSON *node, *all = cJSON_GetObjectItemCaseSensitive(spec, list);
    int index = 0;

    cJSON_ArrayForEach(node, all)
    {
        const char *at = aks_path(causes, "%s.%s[%d]", path, list, index++);
        validate_container(spec, node, at, causes);
        if (listed_before(all, node, "name"))
            aks_cause_duplicate(causes, aks_path(causes, "%s.name", at),
                                base_json_text(node, "name"));
    }
}

static void validate_container(const cJSON *spec, const cJSON *node, const char *path,
                               struct aks_causes *causes)
{
    static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
    const char *name = base_json_text(node, "name"), *image = base_json_text(node, "image");
    struct base_buf wrong = {0};

    if (!name || !*name) {
        aks_cause_required(causes, aks_path(causes, "%s.name", path), "");
    } else {
        aks_check_label(name, &wrong);
        aks_causes_from_names(causes, aks_path(causes, "%s.name", path), name, &wrong);
    }
    if (!image || !*image)
        aks_cause_required(causes, aks_path(causes, "%s.image", path), "");
    else if (image[strspn(image, " ")] == '\0' || strpbrk(image, " \t\n"))
        aks_cause_invalid_text(causes, aks_path(causes, "%s.image", path), image,
                               "must not have leading or trailing whitespace");
    aks_validate_one_of(node, "imagePullPolicy", path, pull_policies, causes);
    validate_ports(cJSON_GetObjectItemCaseSensitive(node, "ports"),
                   aks_path(causes, "%s.ports", path), causes);
    validate_env(cJSON_GetObjectItemCaseSensitive(node, "env"), aks_path(causes, "%s.env", path),
                 causes);
    validate_mounts(spec, cJSON_GetObjectItemCaseSensitive(node, "volumeMounts"),
                    aks_path(causes, "%s.volumeMounts", path), causes);
    validate_resources(cJSON_GetObjectItemCaseSensitive(node, "resources"),
                       aks_path(causes, "%s.resources", path), causes);
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        validate_probe(cJSON_GetObjectItemCaseSensitive(node, probes[i]),
                       aks_path(causes, "%s.%s", path, probes[i]), causes);
}

static void validate_ports(const cJSON *ports, const char *path, struct aks_causes *causes)
{
    const cJSON *port;
    int index = 0;

    cJSON_ArrayForEach(port, ports)
    {
        const char *at = aks_path(causes, "%s[%d]", path, index++),
                   *name = base_json_text(port, "name");
        const cJSON *number = cJSON_GetObjectItemCaseSensitive(port, "containerPort");
        if (name) {
            struct base_buf wrong = {0};
            aks_check_port_name(name, &wrong);
            aks_causes_from_names(causes, aks_path(causes, "%s.name", at), name, &wrong);
            if (listed_before(ports, port, "name"))
                aks_cause_duplicate(causes, aks_path(causes, "%s.name", at), name);
        }
        if (!number || number->valuedouble == 0)
            aks_cause_required(causes, aks_path(causes, "%s.containerPort", at), "");
        else if (number->valuedouble < 1 || number->valuedouble > PORT_MAX)
            aks_cause_invalid(causes, aks_path(causes, "%s.containerPort", at), number,
                              "must be between 1 and 65535, inclusive");
        aks_validate_one_of(port, "protocol", at, protocols, causes);
    }
}

static void validate_env(const cJSON *env, const char *path, struct aks_causes *causes)
{
    const cJSON *entry;
    int index = 0;

    cJSON_ArrayForEach(entry, env)
    {
        const char *at = aks_path(causes, "%s[%d]", path, index++),
                   *name = base_json_text(entry, "name");
        struct base_buf wrong = {0};
        if (!name || !*name) {
            aks_cause_required(causes, aks_path(causes, "%s.name", at), "");
        } else {
            aks_check_env_name(name, &wrong);
            aks_causes_from_names(causes, aks_path(causes, "%s.name", at), name, &wrong);
        }
        validate_source(entry, at, causes);
    }
}

static void validate_source(const cJSON *entry, const char *path, struct aks_causes *causes)
{
    static const char *const selectors[] = {"configMapKeyRef", "secretKeyRef"};
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(entry, "valueFrom");
    const char *value = base_json_text(entry, "value");

    if (!source)
        return;
    if (value && *value)
        aks_cause_invalid_text(causes, aks_path(causes, "%s.valueFrom", path), "",
                               "may not be specified when `value` is not empty");
    if (cJSON_GetArraySize(source) == 0)
        aks_cause_invalid_text(causes, aks_path(causes, "%s.valueFrom", path), "",
                               "must specify one of: `fieldRef`, `resourceFieldRef`, "
                               "`configMapKeyRef` or `secretKeyRef`");
    if (cJSON_GetArraySize(source) > 1)
        aks_cause_invalid_text(causes, aks_path(causes, "%s.valueFrom", path), "",
                               "may not have more than one field specified at a time");
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        const cJSON *selector = cJSON_GetObjectItemCaseSensitive(source, selectors[i]);
        const char *key = base_json_text(selector, "key");
        if (selector && (!key || !*key))
            aks_cause_required(causes, aks_path(causes, "%s.valueFrom.%s.key", path, selectors[i]),
                               "");
    }
}

static void validate_resources(const cJSON *resources, const char *path, struct aks_causes *causes)
{
    static const char *const lists[] = {"limits", "requests"};
    const cJSON *entry, *limits = cJSON_GetObjectItemCaseSensitive(resources, "limits");

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(resources, lists[i]))
        {
            const char *limit = base_json_text(limits, entry->string),
                       *text = cJSON_GetStringValue(entry);
            const char *at = aks_path(causes, "%s.%s[%s]", path, lists[i], entry->string);
            if (aks_quantity_compare(text, NULL) < 0)
                aks_cause_invalid_text(causes, at, text, "must be greater than or equal to 0");
            if (i == 1 && limit && aks_quantity_compare(text, limit) > 0)
                aks_cause_invalid_text(causes, aks_path(causes, "%s.requests", path), text,
                                       "must be less than or equal to %s limit", entry->string);
        }
}

static void validate_mounts(const cJSON *spec, const cJSON *mounts, const char *path,
                            struct aks_causes *causes)
{
    const cJSON *mount, *volume;
    int index = 0;

    cJSON_ArrayForEach(mount, mounts)
    {
        const char *at = aks_path(causes, "%s[%d]", path, index++),
                   *name = base_json_text(mount, "name");
        const char *where = base_json_text(mount, "mountPath");
        bool found = false;
        cJSON_ArrayForEach(volume, cJSON_GetObjectItemCaseSensitive(spec, "volumes"))
        {
            found = found || (base_equal(base_json_text(volume, "name"), name) &&
                              cJSON_GetArraySize(volume) == 2);
        }
        if (!name || !*name)
            aks_cause_required(causes, aks_path(causes, "%s.name", at), "");
        else if (!found)
            aks_cause_not_found(causes, aks_path(causes, "%s.name", at), name);
        if (!where || !*where)
            aks_cause_required(causes, aks_path(causes, "%s.mountPath", at), "");
        else if (listed_before(mounts, mount, "mountPath"))
            aks_cause_invalid_text(causes, aks_path(causes, "%s.mountPath", at), where,
                                   "must be unique");
    }
}

static void validate_probe(const cJSON *probe, const char *path, struct aks_causes *causes)
{
    static const char *const handlers[] = {"exec", "httpGet", "tcpSocket", "grpc"};
    static const char *const numbers[] = {"initialDelaySeconds", "timeoutSeconds", "periodSeconds",
                                          "successThreshold", "failureThreshold"};
    int given = 0;

    if (!probe)
        return;
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        if (!cJSON_GetObjectItemCaseSensitive(probe, handlers[i]))
            continue;
        if (given++)
            aks_cause_forbidden(causes, aks_path(causes, "%s.%s", path, handlers[i]),
                                "may not specify more than 1 handler type");
    }
    if (!given)
        aks_cause_required(causes, path, "must specify a handler type");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        aks_validate_not_negative(probe, numbers[i], path, causes);
    if (base_json_number(probe, "successThreshold", 1) != 1 && !strstr(path, "readinessProbe"))
        aks_cause_invalid(causes, aks_path(causes, "%s.successThreshold", path),
                          cJSON_GetObjectItemCaseSensitive(probe, "successThreshold"), "must be 1");
}

static void validate_tolerations(const cJSON *tolerations, const char *path,
                                 struct aks_causes *causes)
{
    const cJSON *toleration;
    int index = 0;

    cJSON_ArrayForEach(toleration, tolerations)
    {
        const char *at = aks_path(causes, "%s[%d]", path, index++),
                   *key = base_json_text(toleration, "key");
        const char *word = base_json_text(toleration, "operator"),
                   *value = base_json_text(toleration, "value");
        if (base_equal(word, "Exists") && value && *value)
            aks_cause_invalid_go(causes, aks_path(causes, "%s.operator", at), "core.Toleration",
                                 toleration, "value must be empty when `operator` is 'Exists'");
        if (!key && !base_equal(word, "Exists"))
            aks_cause_invalid_text(causes, aks_path(causes, "%s.operator", at), word ? word : "",
                                   "operator must be Exists when `key` is empty, which means "
                                   "\"match all values and all keys\"");
    }
}

/* A term without a topology can never be met. */
static void validate_affinity(const cJSON *affinity, const char *path, struct aks_causes *causes)
{
    static const char *const kinds[] = {"podAffinity", "podAntiAffinity"};
    static const char required[] = "requiredDuringSchedulingIgnoredDuringExecution";
    const cJSON *term;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int index = 0;
        cJSON_ArrayForEach(term,
                           cJSON_GetObjectItemCaseSensitive(
                               cJSON_GetObjectItemCaseSensitive(affinity, kinds[i]), required))
        {
            const char *at =
                aks_path(causes, "%s.%s.%s[%d].topologyKey", path, kinds[i], required, index++);
            const char *key = base_json_text(term, "topologyKey");
            struct base_buf wrong = {0};
            if (!key || !*key)
                aks_cause_required(causes, at, "can not be empty");
            aks_check_qualified(key ? key : "", &wrong);
            aks_causes_from_names(causes, at, key ? key : "", &wrong);
        }
    }
}

/* Images, the deadline and further tolerations may change. */
static bool same_spec(const cJSON *old, const cJSON *now)
{
    static const char *const lists[] = {"containers", "initContainers"};
    static const char *const free_members[] = {"activeDeadlineSeconds", "tolerations",
                                               "terminationGracePeriodSeconds"};
    cJSON *copies[2] = {base_json_copy(old), base_json_copy(now)}, *node;

    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
            cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(copies[c], lists[i]))
                cJSON_DeleteItemFromObjectCaseSensitive(node, "image");
        for (size_t i = 0; i < sizeof free_members / sizeof *free_members; i++)
            cJSON_DeleteItemFromObjectCaseSensitive(copies[c], free_members[i]);
    }
    bool same = base_json_equal(copies[0], copies[1]);
    cJSON_Delete(copies[0]);
    cJSON_Delete(copies[1]);
    return same;
}
