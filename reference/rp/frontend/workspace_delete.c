/* Decides that a workspace in use stays (WS-04). */
#include "reference/rp/frontend/call.h"

static bool in_use(struct rp_call *call, const struct rp_resource *workspace)
{
    struct rp_resource *connectors = NULL;
    struct base_error err = {0};
    struct base_buf names = {0};
    size_t count = 0;

    if (rp_resource_children(call->world->db, workspace->key, &connectors, &count, &err) !=
        BASE_OK) {
        rp_answer_failure(call, &err);
        return true;
    }
    for (size_t i = 0; i < count; i++)
        base_buf_printf(&names, "%s%s", i ? ", " : "", connectors[i].id);
    if (count)
        rp_answer_error(
            call, 409, "CannotDeleteResource", NULL,
            "The workspace '%s' cannot be deleted while it has connectors; delete these first: %s",
            rp_resource_name(workspace), names.data);
    base_buf_release(&names);
    rp_resources_free(connectors, count);
    return count > 0;
}

void rp_workspace_delete(struct rp_call *call)
{
    rp_delete(call, in_use);
}
