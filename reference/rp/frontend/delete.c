/* Decides what DELETE does: 204 when absent, the running deletion when there is one, else a new operation, which follows what runs on the
 * resource after having asked it to stop. */
#include "reference/rp/frontend/call.h"
#include "reference/rp/operations.h"

#include <string.h>

/* True when there is something to do, or an operation to point to; otherwise answered. */
static bool may_delete(struct rp_call *call, struct rp_resource *resource,
                       bool (*blocked)(struct rp_call *, const struct rp_resource *))
{
    if (!rp_precondition(call, resource))
        return false;
    return !strcmp(resource->state, RP_DELETING) || !blocked || !blocked(call, resource);
}

/* In a transaction. *changed: commit. BASE_OK with operation->id "" when it was answered already. */
static enum base_status start(struct rp_call *call, struct rp_resource *resource,
                              struct rp_operation *operation, bool *changed, struct base_error *err)
{
    if (!strcmp(resource->state, RP_DELETING))
        return rp_operation_get(call->world->db, resource->operation, operation, err);
    *changed = true;
    enum base_status status =
        rp_operation_start(call->world, call->correlation, resource, "delete", operation, err);
    return status == BASE_OK ? rp_resource_update(call->world->db, resource, err) : status;
}

void rp_delete(struct rp_call *call,
               bool (*blocked)(struct rp_call *call, const struct rp_resource *resource))
{
    base_db_t *db = call->world->db;
    struct base_error err = {0};
    struct rp_resource resource = {0};
    struct rp_operation operation = {0};
    bool changed = false, go_on = false;

    enum base_status status = base_db_begin(db, &err);
    if (status != BASE_OK) {
        rp_answer_failure(call, &err);
        return;
    }
    status = rp_resource_get(db, call->key, &resource, &err);
    if (status == BASE_OK) {
        go_on = may_delete(call, &resource, blocked);
        if (go_on)
            status = start(call, &resource, &operation, &changed, &err);
    }
    if (status == BASE_OK && changed)
        status = base_db_commit(db, &err);
    else
        base_db_rollback(db);

    if (status == BASE_NOT_FOUND && !resource.key) {
        call->response->status = 204;
    } else if (status != BASE_OK) {
        rp_answer_failure(call, &err);
    } else if (go_on) {
        rp_answer_tracking(call, &operation);
        call->response->status = 202;
        if (changed && call->world->wake)
            call->world->wake(call->world->wake_context);
    }
    rp_resource_release(&resource);
    rp_operation_release(&operation);
}
