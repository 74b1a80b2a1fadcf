/* reference/rp/frontend/frontend.h: the RP as ARM sees it: a pure function (world, clock, request) -> response. It validates, writes
 * desired state and operation document in one transaction, and answers; it never makes anything outside. (One look
 * outside: whether a destination's FHIR service exists.) */
#ifndef REFERENCE_RP_FRONTEND_H
#define REFERENCE_RP_FRONTEND_H

#include "common/http_server.h"
#include "reference/rp/world.h"

/* A base_http_handler; context: struct rp_world *. Any thread. */
void rp_frontend_handle(void *world, const struct base_http_request *request,
                        struct base_http_response *response);

#endif
