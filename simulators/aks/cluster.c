/* Decides what a cluster is made of, and how it is kept. */
#include "simulators/aks/room.h"

#include "common/crypto.h"
#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLUSTER_ROOM "aks.clusters"
#define NODES_MAX 10

static const char *const system_namespaces[] = {"default", "kube-node-lease", "kube-public",
                                                "kube-system"};

static struct aks_cluster *add(struct aks *aks, const char *id);
static void make_node(struct aks_cluster *cluster, int index);
static char *node_name(const struct aks_cluster *cluster, int index);
static cJSON *node_status(const struct aks_cluster *cluster, const char *name);
static void load_one(void *context, const char *key, const cJSON *document);

struct aks_cluster *aks_cluster_by_host(struct aks *aks, const char *host)
{
    size_t len = strcspn(host, ":");

    for (size_t i = 0; i < aks->cluster_count; i++) {
        struct aks_cluster *cluster = aks->clusters[i];
        if (!cluster->gone && strlen(cluster->fqdn) == len &&
            strncmp(cluster->fqdn, host, len) == 0)
            return cluster;
    }
    return NULL;
}

struct aks_cluster *aks_cluster_by_id(struct aks *aks, const char *id)
{
    for (size_t i = 0; i < aks->cluster_count; i++)
        if (!aks->clusters[i]->gone && base_equal_nocase(aks->clusters[i]->id, id))
            return aks->clusters[i];
    return NULL;
}

struct aks_cluster *aks_cluster_make(struct aks *aks, const char *id, const char *dns_prefix,
                                     const char *location, int nodes)
{
    struct aks_cluster *cluster = add(aks, id);
    base_random_t *random = sim_world_random(aks->world);
    char hash[9], *prefix = base_strdup(dns_prefix), *region = base_strdup(location);

    base_random_hex(random, hash, 8);
    base_random_hex(random, cluster->admin_token, AKS_TOKEN_TEXT - 1);
    base_random_hex(random, cluster->user_token, AKS_TOKEN_TEXT - 1);
    base_lower(prefix);
    base_lower(region);
    for (char *from = region, *to = region;; from++) { /* "West US 2" -> "westus2" */
        if (*from != ' ')
            *to++ = *from;
        if (!*from)
            break;
    }
    cluster->location = region;
    cluster->fqdn = base_asprintf("%s-%s.hcp.%s.azmk8s.io", prefix, hash, region);
    aks_cluster_save(cluster);
    for (size_t i = 0; i < sizeof system_namespaces / sizeof *system_namespaces; i++) {
        cJSON *body = cJSON_CreateObject();
        base_json_set_text(aks_metadata(body), "name", system_namespaces[i]);
        (void)aks_create_quietly(cluster, aks_kind_at(AKS_NAMESPACE), body);
    }
    aks_cluster_scale(cluster, nodes);
    free(prefix);
    return cluster;
}

void aks_cluster_end(struct aks_cluster *cluster)
{
    cluster->gone = true;
    aks_store_forget(cluster);
    sim_store_delete(cluster->aks->world, CLUSTER_ROOM, cluster->fqdn);
    aks_store_clear(cluster);
    aks_changed(cluster->aks);
}

void aks_cluster_scale(struct aks_cluster *cluster, int nodes)
{
    const struct aks_kind *kind = aks_kind_at(AKS_NODE);

    nodes = nodes < 1 ? 1 : nodes > NODES_MAX ? NODES_MAX : nodes;
    for (int i = 0; i < NODES_MAX; i++) {
        char *name = node_name(cluster, i);
        struct aks_object *node = aks_store_get(cluster, kind, "", name);
        if (i < nodes && !node)
            make_node(cluster, i);
        else if (i >= nodes && node)
            (void)aks_delete_quietly(cluster, node, NULL, NULL);
        free(name);
    }
    cluster->nodes = nodes;
    aks_cluster_save(cluster);
}

void aks_cluster_save(const struct aks_cluster *cluster)
{
    cJSON *document = cJSON_CreateObject();

    base_json_set_text(document, "id", cluster->id);
    base_json_set_text(document, "fqdn", cluster->fqdn);
    base_json_set_text(document, "location", cluster->location);
    base_json_set_text(document, "adminToken", cluster->admin_token);
    base_json_set_text(document, "userToken", cluster->user_token);
    base_json_set_number(document, "nodes", cluster->nodes);
    base_json_set_number(document, "reserved", (double)cluster->reserved);
    sim_store_put(cluster->aks->world, CLUSTER_ROOM, cluster->fqdn, document);
    cJSON_Delete(document);
}

void aks_clusters_load(struct aks *aks)
{
    sim_store_each(aks->world, CLUSTER_ROOM, load_one, aks);
    for (size_t i = 0; i < aks->cluster_count; i++)
        aks_store_load(aks->clusters[i]);
}

void aks_clusters_free(struct aks *aks)
{
    for (size_t i = 0; i < aks->cluster_count; i++) {
        struct aks_cluster *cluster = aks->clusters[i];
        aks_store_clear(cluster);
        free(cluster->history.ring);
        free(cluster->id);
        free(cluster->name);
        free(cluster->fqdn);
        free(cluster->location);
        free(cluster);
    }
    free(aks->clusters);
}

static struct aks_cluster *add(struct aks *aks, const char *id)
{
    struct aks_cluster *cluster = base_alloc(sizeof *cluster);
    const char *slash = strrchr(id, '/');

    cluster->aks = aks;
    cluster->id = base_strdup(id);
    cluster->name = base_strdup(slash ? slash + 1 : id);
    aks_store_init(cluster);
    aks->clusters = base_realloc(aks->clusters, (aks->cluster_count + 1) * sizeof *aks->clusters);
    aks->clusters[aks->cluster_count++] = cluster;
    return cluster;
}

/* aks-<pool>-<8 digits>-vmss<6 characters>, as AKS names the nodes of a scale set. */
static char *node_name(const struct aks_cluster *cluster, int index)
{
    unsigned char digest[32];

    base_sha256(cluster->id, strlen(cluster->id), digest);
    unsigned number =
        ((unsigned)digest[0] << 16 | (unsigned)digest[1] << 8 | digest[2]) % 90000000 + 10000000;
    return base_asprintf("aks-nodepool1-%u-vmss%06d", number, index);
}

static void make_node(struct aks_cluster *cluster, int index)
{
    char *name = node_name(cluster, index);
    cJSON *body = cJSON_CreateObject(), *labels;

    base_json_set_text(aks_metadata(body), "name", name);
    labels = aks_metadata_map(body, "labels");
    base_json_set_text(labels, "kubernetes.io/hostname", name);
    base_json_set_text(labels, "kubernetes.io/os", "linux");
    base_json_set_text(labels, "kubernetes.io/arch", "amd64");
    base_json_set_text(labels, "kubernetes.io/role", "agent");
    base_json_set_text(labels, "agentpool", "nodepool1");
    base_json_set_text(labels, "kubernetes.azure.com/agentpool", "nodepool1");
    base_json_set_text(labels, "topology.kubernetes.io/region", cluster->location);
    base_json_set(body, "status", node_status(cluster, name));
    (void)aks_create_quietly(cluster, aks_kind_at(AKS_NODE), body);
    free(name);
}

static cJSON *node_status(const struct aks_cluster *cluster, const char *name)
{
    static const char *const room[][2] = {{"cpu", "2"}, {"memory", "8Gi"}, {"pods", "250"}};
    static const char *const info[][2] = {{"kubeletVersion", "v1.31.9"},
                                          {"kubeProxyVersion", "v1.31.9"},
                                          {"osImage", "child processes of azsim"},
                                          {"containerRuntimeVersion", "process://1"},
                                          {"operatingSystem", "linux"},
                                          {"architecture", "amd64"},
                                          {"kernelVersion", "host"}};
    static const char *const addresses[][2] = {{"InternalIP", "127.0.0.1"}, {"Hostname", NULL}};
    struct aks_condition ready = {.type = "Ready",
                                  .status = "True",
                                  .reason = "KubeletReady",
                                  .message = "kubelet is posting ready status"};
    cJSON *status = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(status, "addresses");

    for (size_t i = 0; i < sizeof room / sizeof *room; i++) {
        base_json_set_text(aks_member(status, "capacity"), room[i][0], room[i][1]);
        base_json_set_text(aks_member(status, "allocatable"), room[i][0], room[i][1]);
    }
    for (size_t i = 0; i < sizeof info / sizeof *info; i++)
        base_json_set_text(aks_member(status, "nodeInfo"), info[i][0], info[i][1]);
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        cJSON *address = cJSON_CreateObject();
        base_json_set_text(address, "type", addresses[i][0]);
        base_json_set_text(address, "address", addresses[i][1] ? addresses[i][1] : name);
        cJSON_AddItemToArray(list, address);
    }
    aks_condition_set(status, &ready, aks_now(cluster->aks));
    return status;
}

static void load_one(void *context, const char *key, const cJSON *document)
{
    struct aks *aks = context;
    const char *id = base_json_text(document, "id"),
               *admin = base_json_text(document, "adminToken");
    const char *user = base_json_text(document, "userToken"),
               *location = base_json_text(document, "location");

    if (!id || !admin || !user)
        return;
    struct aks_cluster *cluster = add(aks, id);
    cluster->fqdn = base_strdup(key);
    cluster->location = base_strdup(location ? location : "");
    snprintf(cluster->admin_token, sizeof cluster->admin_token, "%s", admin);
    snprintf(cluster->user_token, sizeof cluster->user_token, "%s", user);
    cluster->nodes = (int)base_json_number(document, "nodes", 1);
    cluster->reserved = (uint64_t)base_json_number(document, "reserved", 0);
}
