/* Decides that a workspace in use stays (WS-04). */
#include "reference/rp/frontend/call.h"

static bool in_use(struct rp_call *call, const struct rp_resource *workspace)
{
    return rp_children_forbid(call, workspace, RP_CONNECTOR);
}

void rp_workspace_delete(struct rp_call *call)
{
    rp_delete(call, in_use);
}
