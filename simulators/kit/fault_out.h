/* kit/fault_out.h: faults at calls that a simulator makes to a program outside the world, as ARM does to a resource provider. */
#ifndef KIT_FAULT_OUT_H
#define KIT_FAULT_OUT_H

#include "common/http_client.h"
#include "simulators/kit/fault.h"

struct sim_fault_way_out { /* who calls whom; borrowed for the call */
    base_http_client_t *client;
    const char *service, *call, *caller; /* as rules name them: "provider", its operation, "arm" */
};
/* base_http_send, unless a rule of docs/faults.md strikes the call: then `struck` (SIM_FAULT_TEXT bytes; "" else) names it for the
 * trace, and the call is refused in the other side's stead (in the error form of ARM), reset (BASE_UNAVAILABLE) before its effect or
 * after, delayed, held, or its answer is cut. Fails as base_http_send. Blocks. */
BASE_MUST_USE enum base_status sim_fault_send(sim_world_t *world,
                                              const struct sim_fault_way_out *way,
                                              const struct base_http_call *call,
                                              struct base_http_answer *answer, char *struck,
                                              struct base_error *err);

#endif
