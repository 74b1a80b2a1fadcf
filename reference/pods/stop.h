/* reference/pods/stop.h: sees the request to stop while the others are in blocking calls, so that a stop takes a bounded time. */
#ifndef REFERENCE_PODS_STOP_H
#define REFERENCE_PODS_STOP_H

#include "reference/pods/stage.h"

typedef struct pod_stop_watch pod_stop_watch_t;

/* At the stop: the reading from `client` ends at once; other calls when the batches at hand have had settings.stop_s, or at once when
 * the pod reads no partition yet; the giving up of partitions LEAVE_S later. Borrows all three until its end. */
pod_stop_watch_t *pod_stop_watch_start(struct pod *pod, const struct pod_stage *stage,
                                       az_eventhub_t *client) BASE_MUST_USE;
/* All is done: ends the watching. The stop must have been asked for. */
void pod_stop_watch_end(pod_stop_watch_t *watch);

#endif
