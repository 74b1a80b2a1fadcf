/* Decides how many connectors a workspace may have (IC-07). */
#include "reference/rp/frontend/call.h"

static struct rp_write_rules rules(const struct rp_call *call)
{
    return (struct rp_write_rules){.limit = call->world->config->connectors_per_workspace,
                                   .limit_text = "A workspace can have at most"};
}

void rp_connector_put(struct rp_call *call)
{
    const struct rp_write_rules these = rules(call);

    rp_write_put(call, &these);
}

void rp_connector_patch(struct rp_call *call)
{
    const struct rp_write_rules these = rules(call);

    rp_write_patch(call, &these);
}
