/* Decides what is taken down because its subscription is no more: no DELETE comes for it (RPC 1.12). */
#include "reference/rp/operations.h"
#include "reference/rp/worker/worker.h"

#define RETRY_MS (600 * 1000LL) /* a removal that failed is tried again so much later */

bool rp_worker_start_purge(const struct rp_world *world)
{
    struct rp_resource resource = {0};
    struct rp_operation operation = {0};
    struct base_error err = {0};

    if (base_db_begin(world->db, &err) != BASE_OK)
        return false;
    enum base_status status =
        rp_resource_to_purge(world->db, base_clock_ms(world->clock) - RETRY_MS, &resource, &err);
    if (status == BASE_OK)
        status = rp_operation_start(world, resource.uid, &resource, "delete", &operation, &err);
    if (status == BASE_OK)
        status = rp_resource_update(world->db, &resource, &err);
    if (status == BASE_OK)
        status = base_db_commit(world->db, &err);
    else
        base_db_rollback(world->db);
    rp_resource_release(&resource);
    rp_operation_release(&operation);
    return status == BASE_OK;
}
