/* reference/rp/provisioning/capacity.h: who hands out internal subscriptions, AKS clusters and Key Vaults (PRV-02). The seed expects a service
 * behind this interface; the default reads pools from the configuration. What is handed out is stored with the workspace. */
#ifndef REFERENCE_RP_PROVISIONING_CAPACITY_H
#define REFERENCE_RP_PROVISIONING_CAPACITY_H

#include "reference/rp/worker/job.h"

struct rp_allocated { /* texts live as long as the provider */
    const char *subscription, *cluster, *vault, *vault_uri;
};
struct rp_capacity {
    /* In the caller's transaction; the same owner gets the same again. BASE_TOO_LARGE, code "CapacityExhausted", names what ran out.
     * `dedicated`: a shared cluster is not needed (cluster ""). */
    enum base_status (*acquire)(void *context, base_db_t *db, const char *owner, const char *region,
                                bool dedicated, struct rp_allocated *out, struct base_error *err);
    enum base_status (*give_back)(void *context, base_db_t *db, const char *owner,
                                  struct base_error *err);
    void *context;
};
/* Pools of a configuration, which must outlive the provider. */
struct rp_capacity rp_capacity_pools(const struct rp_config *config);

/* Step: the workspace's metadata gets allocation{subscription, cluster, vault, vaultUri}. */
enum rp_outcome rp_capacity_ensure(struct rp_job *job, struct base_error *err);

#endif
