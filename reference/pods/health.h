/* reference/pods/health.h: /healthz on 127.0.0.1: alive, what it does, how often (JSON); /metrics: the same by partition, for Prometheus. */
#ifndef REFERENCE_PODS_HEALTH_H
#define REFERENCE_PODS_HEALTH_H

#include "common/http_server.h"
#include "reference/pods/pod.h"

/* A base_http_handler; context is the pod. GET /healthz: 200 {"status":"ok","state":"starting"|"running","counters":{...}};
 * GET /metrics: 200 with metrics.h's text; anything else 404 or 405. */
void pod_health_handle(void *context, const struct base_http_request *request,
                       struct base_http_response *response);

#endif
