/* Decides what the worker begins of itself: cleaning up after a deleted subscription, renewals, comparisons with the world. */
#include "reference/rp/operations.h"
#include "reference/rp/worker/worker.h"
#include "common/log.h"

#include <string.h>

#define PURGE_RETRY_MS (600 * 1000LL) /* a removal that failed is tried again so much later */

typedef enum base_status (*pick)(base_db_t *db, int64_t at_ms, struct rp_resource *out,
                                 struct base_error *err);

/* A first look without a transaction: an idle worker takes no lock that others want. */
static bool any_due(const struct rp_world *world, pick find, int64_t at_ms)
{
    struct rp_resource resource = {0};
    struct base_error err = {0};
    enum base_status status = find(world->db, at_ms, &resource, &err);

    rp_resource_release(&resource);
    return status == BASE_OK;
}

/* A deletion is told to the customer by the state; the others are quiet. */
static enum base_status begin(const struct rp_world *world, struct rp_resource *resource,
                              const char *verb, struct base_error *err)
{
    struct rp_operation operation = {0};
    enum base_status status =
        rp_operation_start(world, resource->uid, resource, verb, &operation, err);

    rp_operation_release(&operation);
    if (status != BASE_OK)
        return status;
    return strcmp(verb, "delete") ? rp_resource_hold(world->db, resource, err)
                                  : rp_resource_update(world->db, resource, err);
}

static bool start(const struct rp_world *world, pick find, const char *verb, int64_t ago_ms)
{
    int64_t at_ms = base_clock_ms(world->clock) - ago_ms;
    struct rp_resource resource = {0};
    struct base_error err = {0};

    if (!any_due(world, find, at_ms) || base_db_begin(world->db, &err) != BASE_OK)
        return false;
    enum base_status status = find(world->db, at_ms, &resource, &err);
    if (status == BASE_OK)
        status = begin(world, &resource, verb, &err);
    if (status == BASE_OK)
        status = base_db_commit(world->db, &err);
    else
        base_db_rollback(world->db);
    if (status != BASE_OK && status != BASE_NOT_FOUND)
        base_log(BASE_LOG_ERROR, "worker", resource.uid, "no %s could be started: %s", verb,
                 err.message);
    rp_resource_release(&resource);
    return status == BASE_OK;
}

bool rp_worker_start_renewal(const struct rp_world *world)
{
    return start(world, rp_resource_to_renew, "renew", 0);
}

/* No DELETE comes for what a deleted subscription held (RPC 1.12). */
bool rp_worker_start_purge(const struct rp_world *world)
{
    return start(world, rp_resource_to_purge, "delete", PURGE_RETRY_MS);
}

bool rp_worker_start_check(const struct rp_world *world)
{
    return world->config->reconcile_s && start(world, rp_resource_to_check, "reconcile", 0);
}
