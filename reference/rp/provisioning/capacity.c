/* Decides which subscription, cluster and Key Vault a workspace gets: the first of each pool that has room. */
#include "reference/rp/provisioning/capacity.h"
#include "reference/rp/storage/allocation.h"
#include "common/text.h"

#include <string.h>

static enum base_status choose(base_db_t *db, const char *owner, const char *kind,
                               const struct rp_pool *pool, const struct rp_pool_item **out,
                               struct base_error *err)
{
    char item[512];
    int64_t count = 0;
    enum base_status status = rp_allocation_get(db, owner, kind, item, sizeof item, err);

    for (size_t i = 0; status == BASE_OK && i < pool->count; i++)
        if (!strcmp(pool->items[i].id, item)) {
            *out = &pool->items[i];
            return BASE_OK;
        }
    if (status == BASE_OK)
        return base_error_set(err, BASE_INVALID, "CapacityGone",
                              "the %s %s is no longer in the configuration", kind, item);
    for (size_t i = 0; status == BASE_NOT_FOUND && i < pool->count; i++) {
        if (rp_allocation_count(db, kind, pool->items[i].id, &count, err) != BASE_OK)
            return err->status;
        if (pool->items[i].most && count >= pool->items[i].most)
            continue;
        *out = &pool->items[i];
        return rp_allocation_add(db, owner, kind, pool->items[i].id, err);
    }
    if (status != BASE_NOT_FOUND)
        return status;
    return base_error_set(err, BASE_TOO_LARGE, "CapacityExhausted",
                          "no %s of this region has room for another workspace", kind);
}

static enum base_status acquire(void *context, base_db_t *db, const char *owner, const char *region,
                                bool dedicated, struct rp_allocated *out, struct base_error *err)
{
    const struct rp_config *config = context;
    const struct rp_region *pools = rp_config_region(config, region);
    const struct rp_pool_item *subscription = NULL, *cluster = NULL, *vault = NULL;

    if (!pools)
        return base_error_set(err, BASE_INVALID, "CapacityExhausted",
                              "there is no capacity in region %s", region);
    enum base_status status =
        choose(db, owner, "subscription", &pools->subscriptions, &subscription, err);
    if (status == BASE_OK && !dedicated)
        status = choose(db, owner, "cluster", &pools->clusters, &cluster, err);
    if (status == BASE_OK)
        status = choose(db, owner, "vault", &pools->vaults, &vault, err);
    if (status == BASE_OK)
        *out = (struct rp_allocated){subscription->id, cluster ? cluster->id : "", vault->id,
                                     vault->uri};
    return status;
}

static enum base_status give_back(void *context, base_db_t *db, const char *owner,
                                  struct base_error *err)
{
    (void)context;
    return rp_allocation_release(db, owner, err);
}

struct rp_capacity rp_capacity_pools(const struct rp_config *config)
{
    return (struct rp_capacity){
        .acquire = acquire, .give_back = give_back, .context = (void *)config};
}

enum rp_outcome rp_capacity_ensure(struct rp_job *job, struct base_error *err)
{
    const struct rp_capacity *capacity = job->world->capacity;
    cJSON *metadata = job->resource.metadata;
    struct rp_allocated given;

    if (base_json_at(metadata, "allocation"))
        return RP_STEP_DONE;
    bool dedicated = base_equal(base_json_text(job->resource.desired, "sku.name"), "Dedicated");
    if (rp_job_begin(job, err) != BASE_OK)
        return RP_STEP_FAILED;
    enum base_status status = capacity->acquire(
        capacity->context, job->world->db, job->resource.uid,
        base_json_text(job->resource.desired, "location"), dedicated, &given, err);
    if (status == BASE_OK) {
        cJSON *allocation = cJSON_CreateObject();
        base_json_set_text(allocation, "subscription", given.subscription);
        base_json_set_text(allocation, "cluster", given.cluster);
        base_json_set_text(allocation, "vault", given.vault);
        base_json_set_text(allocation, "vaultUri", given.vault_uri);
        base_json_set(metadata, "allocation", allocation);
        status = rp_resource_save_metadata(job->world->db, &job->resource, 0, err);
    }
    return rp_outcome_of(rp_job_end(job, status, err));
}
