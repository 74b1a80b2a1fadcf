/* Decides what PUT and PATCH of a workspace need beyond the common rules: nothing. */
#include "reference/rp/frontend/call.h"

static const struct rp_write_rules RULES = {0};

void rp_workspace_put(struct rp_call *call)
{
    rp_write_put(call, &RULES);
}

void rp_workspace_patch(struct rp_call *call)
{
    rp_write_patch(call, &RULES);
}
