/* aks/room.h: the state of the room, shared by its files. One lock guards all of it; whoever waits for a change waits on `changed`.
 *
 * Lock order: a provider's lock (kit/resource.h) -> this lock -> the kit's own. While this lock is held nothing calls sim_call(), a
 * sim_resource_* function or a handler. The kubelet's own state belongs to its thread alone. */
#ifndef AKS_ROOM_H
#define AKS_ROOM_H

#include "simulators/aks/aks.h"
#include "simulators/aks/store.h"
#include "simulators/kit/world.h"

#include <pthread.h>

#define AKS_TOKEN_TEXT 129
#define AKS_NODE_POD_MAX 250

struct aks_cluster {
    struct aks *aks;
    char *id;       /* ARM id, as first written */
    char *name;     /* of the ARM resource */
    char *fqdn;     /* mycluster-0123abcd.hcp.westus2.azmk8s.io */
    char *location; /* as ARM has it */
    char admin_token[AKS_TOKEN_TEXT], user_token[AKS_TOKEN_TEXT];
    int nodes;
    bool gone; /* deleted; the struct stays for those who still hold it */

    struct aks_table tables[AKS_KINDS];
    struct aks_history history;
    uint64_t revision, reserved; /* given out; written to the store as given out */
    bool stale;                  /* something changed that a controller may care about */
    bool collect;                /* something happened that the garbage collector must look at */
    int64_t due_ms; /* clock time at which the controllers must look again; INT64_MAX: never */
};

struct aks {
    sim_world_t *world;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* on the monotonic clock */
    bool stopping;
    struct aks_cluster **clusters; /* never shrinks before aks_free */
    size_t cluster_count;
    unsigned streams; /* watches and log follows under way */
    pthread_t controllers;
    bool controllers_run;
    struct aks_kubelet *kubelet; /* NULL when off */
    char *log_dir;
    bool log_dir_temporary;
    uint64_t events;            /* recorded; makes their names differ */
    struct aks_victim *victims; /* pods to be killed; of those who wait for it */
};

void aks_lock(struct aks *aks);
void aks_unlock(struct aks *aks);
/* Wakes watches, controllers and the kubelet. Lock held. */
void aks_changed(struct aks *aks);
/* Waits for a change, at most so many real milliseconds. Lock held; is let go meanwhile. */
void aks_wait(struct aks *aks, int64_t real_ms);
int64_t aks_now(const struct aks *aks); /* clock ms */

/* Lock held. NULL when unknown or gone. `host` may carry a port. */
struct aks_cluster *aks_cluster_by_host(struct aks *aks, const char *host);
struct aks_cluster *aks_cluster_by_id(struct aks *aks, const char *id);
/* Makes a cluster with its nodes and system namespaces and keeps it. Lock held. */
struct aks_cluster *aks_cluster_make(struct aks *aks, const char *id, const char *dns_prefix,
                                     const char *location, int nodes);
/* Marks it gone, forgets its objects. Lock held. */
void aks_cluster_end(struct aks_cluster *cluster);
void aks_cluster_save(const struct aks_cluster *cluster); /* its own record, not its objects */
void aks_clusters_load(struct aks *aks);
void aks_clusters_free(struct aks *aks);
/* Makes and removes Node objects until there are `nodes`. Lock held. */
void aks_cluster_scale(struct aks_cluster *cluster, int nodes);

/* The ARM side (arm.c). */
void aks_arm_add(struct aks *aks);
/* The kubeconfig of a cluster, YAML. Lock held. Release with free(). */
char *aks_kubeconfig(const struct aks_cluster *cluster, bool admin) BASE_MUST_USE;
/* The handler of *.azmk8s.io (api.c); context: the room. */
void aks_api_handle(void *aks, const struct base_http_request *request,
                    struct base_http_response *response);
void aks_views_add(struct aks *aks);
/* fault.c: how the calls of this room are named, and refused on purpose. */
void aks_fault_add(struct aks *aks);
/* kill.c: the control path POST /_sim/pods/kill. */
void aks_kill_add(struct aks *aks);
/* The view "podLogs": one entry a line, the run before included: {namespace, pod, image, message, ...the line's own members}. context: the
 * room. */
cJSON *aks_view_logs(void *context) BASE_MUST_USE;

#endif
