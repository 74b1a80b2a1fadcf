/* reference/pods/reader.h: reads those partitions of the pod's hub that are this replica's (ownership.h), each in a thread: batch, stage,
 * checkpoint, and again. */
#ifndef REFERENCE_PODS_READER_H
#define REFERENCE_PODS_READER_H

#include "reference/pods/stage.h"

/* Runs until the program is to stop (common/process.h), then finishes the batches at hand, gives the
 * partitions up and returns. Refusals and outages are
 * waited out. Main thread. Blocks. */
void pod_read_all(struct pod *pod, const struct pod_stage *stage, az_eventhub_t *client);

/* A client for one of the pod's hubs; `external`: as the connector's identity. BASE_INVALID: a bad connection string. */
BASE_MUST_USE az_eventhub_t *pod_hub_open(struct pod *pod, struct pod_hub_settings *hub,
                                          bool external, struct base_arena *arena,
                                          struct base_error *err);

#endif
