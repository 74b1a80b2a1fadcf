/* reference/rp/operators.h: what those who run the RP may ask it over plain HTTP, on a port that ARM never reaches: GET /metrics (Prometheus
 * text), GET /healthz (200 while the database answers, else 503). */
#ifndef REFERENCE_RP_OPERATORS_H
#define REFERENCE_RP_OPERATORS_H

#include "common/http.h"

/* base_http_handler; context is a struct rp_world with metrics. Any thread. */
void rp_operators_handle(void *context, const struct base_http_request *request,
                         struct base_http_response *response);

#endif
