/* Decides what the server fills in where a client left a field out. Source: facts kubernetes.md 4, recorded from kube-apiserver. */
#include "simulators/aks/strategy.h"

#include "simulators/aks/meta.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MODE 420 /* 0644 */
#define TOKEN_SECONDS 3600

static void pod_spec(cJSON *spec);
static void container(cJSON *node, bool host_network);
static void probe(cJSON *node);
static void http_get(cJSON *node);
static void volume(cJSON *node);
static void projected(cJSON *node);
static void field_refs(cJSON *items);
static void requests_from_limits(cJSON *spec);

static void set_text(cJSON *node, const char *name, const char *text)
{
    if (!cJSON_GetObjectItemCaseSensitive(node, name))
        base_json_set_text(node, name, text);
}

static void set_number(cJSON *node, const char *name, double number)
{
    if (!cJSON_GetObjectItemCaseSensitive(node, name))
        base_json_set_number(node, name, number);
}

void aks_default_namespace(cJSON *body)
{
    set_text(aks_member(body, "status"), "phase", "Active");
}

void aks_default_secret(cJSON *body)
{
    set_text(body, "type", "Opaque");
}

void aks_default_pod(cJSON *body)
{
    cJSON *spec = aks_member(body, "spec");

    pod_spec(spec);
    requests_from_limits(spec);
    if (!cJSON_GetObjectItemCaseSensitive(spec, "enableServiceLinks"))
        base_json_set_bool(spec, "enableServiceLinks", true);
}

/* Deployments as apps/v1 has them; the template of a ReplicaSet gets what a pod template gets. */
void aks_default_deployment(cJSON *body)
{
    cJSON *spec = aks_member(body, "spec"), *strategy = aks_member(spec, "strategy");

    set_number(spec, "replicas", 1);
    set_text(strategy, "type", "RollingUpdate");
    if (base_equal(base_json_text(strategy, "type"), "RollingUpdate")) {
        cJSON *rolling = aks_member(strategy, "rollingUpdate");
        set_text(rolling, "maxUnavailable", "25%");
        set_text(rolling, "maxSurge", "25%");
    }
    set_number(spec, "revisionHistoryLimit", 10);
    set_number(spec, "progressDeadlineSeconds", 600);
    pod_spec(aks_member(aks_member(spec, "template"), "spec"));
}

void aks_default_replica_set(cJSON *body)
{
    cJSON *spec = aks_member(body, "spec");

    set_number(spec, "replicas", 1);
    pod_spec(aks_member(aks_member(spec, "template"), "spec"));
}

static void pod_spec(cJSON *spec)
{
    static const char *const lists[] = {"containers", "initContainers"};
    bool host = base_json_true(spec, "hostNetwork");
    const char *account = base_json_text(spec, "serviceAccountName"),
               *old = base_json_text(spec, "serviceAccount");
    cJSON *node;

    set_text(spec, "dnsPolicy", "ClusterFirst");
    set_text(spec, "restartPolicy", "Always");
    set_text(spec, "schedulerName", "default-scheduler");
    set_number(spec, "terminationGracePeriodSeconds", 30);
    if (!cJSON_GetObjectItemCaseSensitive(spec, "securityContext"))
        cJSON_AddObjectToObject(spec, "securityContext");
    if (account || old) { /* the old name mirrors the new one */
        char *name = base_strdup(account ? account : old);
        base_json_set_text(spec, "serviceAccountName", name);
        base_json_set_text(spec, "serviceAccount", name);
        free(name);
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(spec, lists[i]))
            container(node, host);
    cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(spec, "volumes")) volume(node);
}

/* "latest" or no tag at all is pulled always. A digest counts as a tag. */
static const char *pull_policy(const char *image)
{
    const char *slash = image ? strrchr(image, '/') : NULL, *name = slash ? slash + 1 : image;
    const char *tag = name ? strrchr(name, ':') : NULL;

    if (image && strchr(image, '@'))
        return "IfNotPresent";
    return !tag || base_equal(tag, ":latest") ? "Always" : "IfNotPresent";
}

static void container(cJSON *node, bool host_network)
{
    static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
    static const char *const hooks[] = {"lifecycle.postStart.httpGet", "lifecycle.preStop.httpGet"};
    cJSON *entry;

    set_text(node, "imagePullPolicy", pull_policy(base_json_text(node, "image")));
    set_text(node, "terminationMessagePath", "/dev/termination-log");
    set_text(node, "terminationMessagePolicy", "File");
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(node, "ports"))
    {
        set_text(entry, "protocol", "TCP");
        if (host_network)
            set_number(entry, "hostPort", base_json_number(entry, "containerPort", 0));
    }
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        probe(cJSON_GetObjectItemCaseSensitive(node, probes[i]));
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        http_get(base_json_at(node, hooks[i]));
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(node, "env"))
    {
        cJSON *field = base_json_at(entry, "valueFrom.fieldRef");
        if (field)
            set_text(field, "apiVersion", "v1");
    }
}

static void probe(cJSON *node)
{
    if (!node)
        return;
    set_number(node, "timeoutSeconds", 1);
    set_number(node, "periodSeconds", 10);
    set_number(node, "successThreshold", 1);
    set_number(node, "failureThreshold", 3);
    http_get(cJSON_GetObjectItemCaseSensitive(node, "httpGet"));
}

static void http_get(cJSON *node)
{
    if (!node)
        return;
    set_text(node, "path", "/");
    set_text(node, "scheme", "HTTP");
}

static void volume(cJSON *node)
{
    static const char *const with_mode[] = {"secret", "configMap", "downwardAPI", "projected"};
    cJSON *host_path = cJSON_GetObjectItemCaseSensitive(node, "hostPath");

    if (cJSON_GetArraySize(node) == 1) /* a name alone */
        cJSON_AddObjectToObject(node, "emptyDir");
    for (size_t i = 0; i < sizeof with_mode / sizeof *with_mode; i++) {
        cJSON *source = cJSON_GetObjectItemCaseSensitive(node, with_mode[i]);
        if (source)
            set_number(source, "defaultMode", FILE_MODE);
    }
    field_refs(base_json_at(node, "downwardAPI.items"));
    projected(base_json_at(node, "projected.sources"));
    if (host_path)
        set_text(host_path, "type", "");
}

static void projected(cJSON *sources)
{
    cJSON *source;

    cJSON_ArrayForEach(source, sources)
    {
        cJSON *token = cJSON_GetObjectItemCaseSensitive(source, "serviceAccountToken");
        if (token)
            set_number(token, "expirationSeconds", TOKEN_SECONDS);
        field_refs(base_json_at(source, "downwardAPI.items"));
    }
}

static void field_refs(cJSON *items)
{
    cJSON *item;

    cJSON_ArrayForEach(item, items)
    {
        cJSON *field = cJSON_GetObjectItemCaseSensitive(item, "fieldRef");
        if (field)
            set_text(field, "apiVersion", "v1");
    }
}

/* Of pods only, not of templates. */
static void requests_from_limits(cJSON *spec)
{
    static const char *const lists[] = {"containers", "initContainers"};
    cJSON *node, *limit;

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(spec, lists[i]))
        {
            cJSON *resources = cJSON_GetObjectItemCaseSensitive(node, "resources");
            cJSON_ArrayForEach(limit, cJSON_GetObjectItemCaseSensitive(resources, "limits"))
                set_text(aks_member(resources, "requests"), limit->string,
                         cJSON_GetStringValue(limit));
        }
}
