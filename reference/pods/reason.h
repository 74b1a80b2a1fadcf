/* reference/pods/reason.h: what the log lines of a pod have in common. */
#ifndef REFERENCE_PODS_REASON_H
#define REFERENCE_PODS_REASON_H

#include "common/error.h"

#define POD_ROOM "pods"

/* Code and sentence of an error as they may be logged: without measured values. Returns `out`. */
const char *pod_reason(const struct base_error *err, char out[400]);

#endif
