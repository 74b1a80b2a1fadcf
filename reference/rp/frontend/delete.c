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

/* In a transaction. *changed: commit. BASE_OK with operation->id "" when there is nothing to wait for. */
static enum base_status start(struct rp_call *call, struct rp_resource *resource,
                              struct rp_operation *operation, bool *changed, struct base_error *err)
{
    if (rp_type_is_document(resource->type)) { /* nothing is outside: it goes at once */
        *changed = true;
        return rp_resource_remove(call->world->db, resource->key, err);
    }
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
    } else if (go_on && !operation.id[0]) {
        call->response->status = 200;
    } else if (go_on) {
        rp_answer_tracking(call, &operation);
        call->response->status = 202;
        if (changed && call->world->wake)
            call->world->wake(call->world->wake_context);
    }
    rp_resource_release(&resource);
    rp_operation_release(&operation);
}

bool rp_children_forbid(struct rp_call *call, const struct rp_resource *resource, enum rp_type type)
{
    struct rp_resource *children = NULL;
    struct base_error err = {0};
    struct base_buf names = {0};
    size_t count = 0;

    if (rp_resource_children(call->world->db, resource->key, &children, &count, &err) != BASE_OK) {
        rp_answer_failure(call, &err);
        return true;
    }
    for (size_t i = 0; i < count; i++)
        if (children[i].type == type)
            base_buf_printf(&names, "%s%s", names.len ? ", " : "", children[i].id);
    bool forbid = names.len > 0;
    if (forbid)
        rp_answer_error(call, 409, "CannotDeleteResource", NULL,
                        "The %s '%s' cannot be deleted while it has %ss; delete these first: %s",
                        rp_type_word(resource->type), rp_resource_name(resource),
                        rp_type_word(type), names.data);
    base_buf_release(&names);
    rp_resources_free(children, count);
    return forbid;
}
