/* Decides that a connector goes with its destinations: the command takes them down first. */
#include "reference/rp/frontend/call.h"

void rp_connector_delete(struct rp_call *call)
{
    rp_delete(call, NULL);
}
