/* reference/rp/worker/kubeconfigs.h: how the clusters are talked to, kept between operations: a connection to one costs more than a call.
 * Shared by the workers of a process; every function may be called on any thread. */
#ifndef REFERENCE_RP_WORKER_KUBECONFIGS_H
#define REFERENCE_RP_WORKER_KUBECONFIGS_H

#include "azure/kubernetes.h"

#include <pthread.h>

#define RP_KUBERNETES_IDLE 8 /* open clients that nobody uses; the one unused for longest goes */

/* Starts zeroed, but for an initialised lock. */
struct rp_kubeconfigs {
    pthread_mutex_t lock;
    struct rp_kubeconfig {
        char *cluster, *text;
        uint64_t version; /* never twice */
    } * items;
    size_t count;
    uint64_t versions;
    struct rp_kubernetes_idle {
        uint64_t version; /* of the kubeconfig it was opened with */
        az_kubernetes_t *client;
    } idle[RP_KUBERNETES_IDLE]; /* newest last */
    size_t idle_count;
};
void rp_kubeconfigs_release(struct rp_kubeconfigs *cache); /* forgets all; it may be used on */

/* The kubeconfig of a cluster, copied into `arena`, and its version; NULL: not known. */
const char *rp_kubeconfigs_find(struct rp_kubeconfigs *cache, const char *cluster,
                                struct base_arena *arena, uint64_t *version);
/* Remembers `text`, in place of what was known of that cluster. Returns its version. */
uint64_t rp_kubeconfigs_keep(struct rp_kubeconfigs *cache, const char *cluster, const char *text);
/* A client that was opened with that version and is used by nobody; it is the caller's. NULL: there is none. */
az_kubernetes_t *rp_kubeconfigs_take(struct rp_kubeconfigs *cache, uint64_t version) BASE_MUST_USE;
/* Gives a client (NULL is fine) away: kept when its kubeconfig is still the one known, else closed. */
void rp_kubeconfigs_give(struct rp_kubeconfigs *cache, az_kubernetes_t *client, uint64_t version);

#endif
