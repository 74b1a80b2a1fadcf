/* Decides what Microsoft.ContainerService accepts behind ARM: managed clusters, their agent pools, their credentials.
 * Source: facts arm.md 4.7. */
#include "simulators/aks/room.h"

#include "simulators/aks/meta.h"
#include "simulators/kit/pki.h"
#include "simulators/kit/resource.h"
#include "simulators/kit/setting.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "Microsoft.ContainerService"
#define KUBERNETES_VERSION "1.31.9"
#define NAME_MAX_LEN 63

static bool cluster_put(struct sim_resource_call *call, cJSON *body);
static bool cluster_remove(struct sim_resource_call *call);
static bool cluster_action(struct sim_resource_call *call);
static bool pool_put(struct sim_resource_call *call, cJSON *body);
static void pool_changed(void *context, const cJSON *body, bool removed);
static bool name_good(const char *name);
static void complete(struct aks_cluster *cluster, cJSON *body);
static int node_count(const cJSON *body);
static void credentials(struct sim_resource_call *call, struct aks_cluster *cluster, bool admin);

static const char *const api_versions[] = {
    "2026-02-01", "2025-10-01", "2025-07-01", "2025-05-01", "2025-01-01", "2024-09-01",
    "2024-05-01", "2024-02-01", "2023-10-01", "2023-05-01", "2022-11-01", "2022-09-01",
    "2022-04-01", "2021-10-01", "2021-05-01", "2020-09-01", NULL};

static const char *const cluster_actions[] = {"listClusterUserCredential",
                                              "listClusterAdminCredential", NULL};
#define DELAY "cluster-creation-delay"
#define DELETION_DELAY "cluster-deletion-delay"
static const struct sim_setting_row settings[] = {
    {DELAY, SIM_SETTING_DURATION, 0, 3600000, NULL,
     "A new managed cluster is Creating for so long, and gives no credentials meanwhile."},
    {DELETION_DELAY, SIM_SETTING_DURATION, 0, 3600000, NULL,
     "A deleted managed cluster is Deleting for so long."},
};

static const struct sim_resource_type types[] = {
    {.type = NAMESPACE "/managedClusters",
     .api_versions = api_versions,
     .tracked = true,
     .created = 201,
     .updated = 200,
     .deleted = 202,
     .async_delete = true,
     .put = cluster_put,
     .async_status = true,
     .delay = DELAY,
     .deletion_delay = DELETION_DELAY,
     .remove = cluster_remove,
     .action = cluster_action,
     .actions = cluster_actions},
    {.type = NAMESPACE "/managedClusters/agentPools",
     .api_versions = api_versions,
     .created = 201,
     .updated = 200,
     .deleted = 202,
     .async_delete = true,
     .async_status = true,
     .put = pool_put,
     .changed = pool_changed},
};

void aks_arm_add(struct aks *aks)
{
    sim_setting_declare(aks->world, settings, sizeof settings / sizeof *settings);
    (void)sim_provider_add(aks->world, NAMESPACE, types, sizeof types / sizeof *types, aks);
}

/* YAML as AKS writes it; the user is authenticated by token (no client certificates here). */
char *aks_kubeconfig(const struct aks_cluster *cluster, bool admin)
{
    struct base_buf out = {0}, ca = {0};
    const char *pem = sim_ca_pem(cluster->aks->world), *role = admin ? "Admin" : "User";
    const char *context = admin ? "-admin" : "";

    base_base64_encode(&ca, pem, strlen(pem));
    base_buf_printf(&out,
                    "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    "
                    "certificate-authority-data: %s\n    server: https://%s:443\n"
                    "  name: %s\n",
                    ca.data, cluster->fqdn, cluster->name);
    base_buf_printf(&out,
                    "contexts:\n- context:\n    cluster: %s\n    user: cluster%s_%s\n  name: "
                    "%s%s\ncurrent-context: %s%s\n",
                    cluster->name, role, cluster->name, cluster->name, context, cluster->name,
                    context);
    base_buf_printf(&out, "preferences: {}\nusers:\n- name: cluster%s_%s\n  user:\n    token: %s\n",
                    role, cluster->name, admin ? cluster->admin_token : cluster->user_token);
    base_buf_release(&ca);
    return base_buf_take(&out);
}

static bool cluster_put(struct sim_resource_call *call, cJSON *body)
{
    struct aks *aks = call->context;
    cJSON *properties = aks_member(body, "properties");
    const char *prefix = base_json_text(properties, "dnsPrefix"),
               *name = base_json_text(body, "name");
    const char *location = base_json_text(body, "location");
    int nodes = node_count(body);

    if (!name || !name_good(name)) {
        sim_resource_refuse(call->response, 400, "InvalidParameter", "resourceName",
                            "The value of parameter resourceName is invalid: '%s'. Expected 1 to "
                            "63 alphanumerics, underscores and hyphens, "
                            "starting and ending with an alphanumeric.",
                            name ? name : "");
        return false;
    }
    if (nodes < 0) {
        sim_resource_refuse(call->response, 400, "InvalidParameter", "agentPoolProfiles.count",
                            "The value of parameter agentPoolProfiles.count is invalid: expected a "
                            "number between 0 and 1000.");
        return false;
    }
    if (prefix && !name_good(prefix)) {
        sim_resource_refuse(call->response, 400, "InvalidParameter", "dnsPrefix",
                            "The value of parameter dnsPrefix is invalid: '%s'.", prefix);
        return false;
    }
    aks_lock(aks);
    struct aks_cluster *cluster = aks_cluster_by_id(aks, base_json_text(body, "id"));
    if (!cluster)
        cluster = aks_cluster_make(aks, base_json_text(body, "id"), prefix ? prefix : name,
                                   location ? location : "westus2", nodes);
    else
        aks_cluster_scale(cluster, nodes);
    complete(cluster, body);
    aks_unlock(aks);
    return true;
}

static bool cluster_remove(struct sim_resource_call *call)
{
    struct aks *aks = call->context;

    aks_lock(aks);
    struct aks_cluster *cluster = aks_cluster_by_id(aks, base_json_text(call->resource, "id"));
    if (cluster)
        aks_cluster_end(cluster);
    aks_unlock(aks);
    return true;
}

static bool cluster_action(struct sim_resource_call *call)
{
    static const struct {
        const char *name;
        bool admin;
    } actions[] = {{"listClusterUserCredential", false}, {"listClusterAdminCredential", true}};
    struct aks *aks = call->context;

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (!base_equal_nocase(call->id.action, actions[i].name))
            continue;
        aks_lock(aks);
        struct aks_cluster *cluster = aks_cluster_by_id(aks, base_json_text(call->resource, "id"));
        if (cluster)
            credentials(call, cluster, actions[i].admin);
        aks_unlock(aks);
        if (!cluster)
            sim_resource_refuse(call->response, 404, "ResourceNotFound", NULL,
                                "The Resource '%s' was not found.", call->path);
        return cluster != NULL;
    }
    sim_resource_refuse(call->response, 404, "InvalidResourceType", NULL,
                        "The action '%s' is not supported for type managedClusters.",
                        call->id.action);
    return false;
}

static bool pool_put(struct sim_resource_call *call, cJSON *body)
{
    cJSON *properties = aks_member(body, "properties");
    double count = base_json_number(properties, "count", 1);

    if (count < 0 || count > 1000) {
        sim_resource_refuse(call->response, 400, "InvalidParameter", "agentPool.count",
                            "The value of parameter agentPool.count is invalid: %.0f.", count);
        return false;
    }
    base_json_set_number(properties, "count", count);
    base_json_set_text(properties, "provisioningState", "Succeeded");
    base_json_set_text(aks_member(properties, "powerState"), "code", "Running");
    return true;
}

/* The nodes of the cluster are those of its pools. */
static void pool_changed(void *context, const cJSON *body, bool removed)
{
    struct aks *aks = context;
    char *id = base_strdup(base_json_text(body, "id")), *pools = strstr(id, "/agentPools/");

    if (pools)
        *pools = '\0';
    aks_lock(aks);
    struct aks_cluster *cluster = aks_cluster_by_id(aks, id);
    if (cluster)
        aks_cluster_scale(cluster,
                          removed ? 1 : (int)base_json_number(body, "properties.count", 1));
    aks_unlock(aks);
    free(id);
}

static bool name_good(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
            return false;
    return len >= 1 && len <= NAME_MAX_LEN && isalnum((unsigned char)name[0]) &&
           isalnum((unsigned char)name[len - 1]);
}

/* Lock held. */
static void complete(struct aks_cluster *cluster, cJSON *body)
{
    cJSON *properties = aks_member(body, "properties"), *sku = aks_member(body, "sku"), *pool;
    const char *version = base_json_text(properties, "kubernetesVersion");

    if (!base_json_text(sku, "name")) {
        base_json_set_text(sku, "name", "Base");
        base_json_set_text(sku, "tier", "Free");
    }
    base_json_set_text(properties, "provisioningState", "Succeeded");
    base_json_set_text(aks_member(properties, "powerState"), "code", "Running");
    if (!version)
        base_json_set_text(properties, "kubernetesVersion", KUBERNETES_VERSION);
    base_json_set_text(properties, "currentKubernetesVersion", KUBERNETES_VERSION);
    if (!base_json_text(properties, "dnsPrefix"))
        base_json_set_text(properties, "dnsPrefix", cluster->name);
    base_json_set_text(properties, "fqdn", cluster->fqdn);
    cJSON_ArrayForEach(pool, cJSON_GetObjectItemCaseSensitive(properties, "agentPoolProfiles"))
    {
        base_json_set_text(pool, "provisioningState", "Succeeded");
        base_json_set_text(aks_member(pool, "powerState"), "code", "Running");
    }
    if (!base_json_text(properties, "nodeResourceGroup")) {
        char *group = base_asprintf("MC_%s_%s", cluster->name, cluster->location);
        base_json_set_text(properties, "nodeResourceGroup", group);
        free(group);
    }
}

/* The sum of the pools; 1 when there is none; -1 when a count is wrong. */
static int node_count(const cJSON *body)
{
    const cJSON *pool, *pools = base_json_at(body, "properties.agentPoolProfiles");
    double count = 0;

    cJSON_ArrayForEach(pool, pools)
    {
        double of_pool = base_json_number(pool, "count", 1);
        if (of_pool < 0 || of_pool > 1000)
            return -1;
        count += of_pool;
    }
    return pools && pools->child ? (int)count : 1;
}

/* Lock held. */
static void credentials(struct sim_resource_call *call, struct aks_cluster *cluster, bool admin)
{
    char *config = aks_kubeconfig(cluster, admin);
    struct base_buf encoded = {0};
    cJSON *answer = cJSON_CreateObject(), *entry = cJSON_CreateObject();

    base_base64_encode(&encoded, config, strlen(config));
    base_json_set_text(entry, "name", admin ? "clusterAdmin" : "clusterUser");
    base_json_set_text(entry, "value", encoded.data);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(answer, "kubeconfigs"), entry);
    base_http_answer_json_take(call->response, 200, answer);
    base_buf_release(&encoded);
    free(config);
}
