/* simulators/arm/front.h: the handlers of ARM's two hosts. Private to the room; context: struct arm. */
#ifndef ARM_FRONT_H
#define ARM_FRONT_H

#include "simulators/arm/world.h"

void arm_handle(void *arm, const struct base_http_request *request,
                struct base_http_response *response);
/* The same for a request that a deployment sends: nobody's token is looked at, everything else is (deployments/ask.c). */
struct arm_deployer;
void arm_handle_as(struct arm *arm, const struct arm_deployer *who,
                   const struct base_http_request *request, struct base_http_response *response);
/* Managed-identity data plane (msi.c). */
void arm_msi_handle(void *arm, const struct base_http_request *request,
                    struct base_http_response *response);
/* The data plane's rows of the route table; false past the end. */
bool arm_msi_route_info(size_t index, struct arm_route_info *out);

#endif
