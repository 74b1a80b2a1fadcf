/* kit/control.h: the control API of a world, plain HTTP on loopback, for `iomt` and for people.
 *   GET /_sim/health            200 {"status":"ready"}
 *   GET /_sim/trace?after=N     {"value":[exchanges]}
 *   GET /_sim/world[/{view}]    what is behind the curtain; the kit's own view is "refusals":
 *                               [{service,caller,method,status,count}] of all answers 401 and 403 in the trace
 *   /_sim/faults                faults on purpose: kit/fault.h
 *   /_sim/settings              delays, lags and quotas: kit/setting.h
 * Rooms add their own paths with sim_control_add. */
#ifndef KIT_CONTROL_H
#define KIT_CONTROL_H

#include "simulators/kit/world.h"

/* `method` NULL: any. `path` is a prefix ("/_sim/providers/"). */
void sim_control_add(sim_world_t *world, const char *method, const char *path,
                     base_http_handler handler, void *context);
/* The handler (context: the world). Unknown path: 404 with the list of paths. */
void sim_control_handle(void *world, const struct base_http_request *request,
                        struct base_http_response *response);

#endif
