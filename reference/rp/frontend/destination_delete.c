/* Decides that nothing keeps a destination from being deleted. */
#include "reference/rp/frontend/call.h"

void rp_destination_delete(struct rp_call *call)
{
    rp_delete(call, NULL);
}
