/* reference/pods/partition.h: one partition that is being read, in a thread of its own, until it is lost or the program stops: from
 * its checkpoint on, batch, stage, checkpoint, and again. For reader.c only. */
#ifndef REFERENCE_PODS_PARTITION_H
#define REFERENCE_PODS_PARTITION_H

#include "reference/pods/stage.h"

typedef struct pod_partition pod_partition_t;

/* Starts reading partition `id`; `max` events close a batch. Borrows everything for the partition's life. End it with
 * pod_partition_end. Functions of this header are the main thread's. */
pod_partition_t *pod_partition_start(struct pod *pod, const struct pod_stage *stage,
                                     az_eventhub_t *client, const char *id,
                                     size_t max) BASE_MUST_USE;
/* From the next look on so many events close a batch. */
void pod_partition_limit(pod_partition_t *partition, size_t max);
/* Another replica's now: nothing more is done or remembered. */
void pod_partition_lose(pod_partition_t *partition);
/* Is it lost, by pod_partition_lose or since the hub gave our place to another reader? */
bool pod_partition_lost(const pod_partition_t *partition);
/* Has its thread nothing more to do? */
bool pod_partition_ended(const pod_partition_t *partition);
/* Waits until its thread has ended, and frees it. Blocks. */
void pod_partition_end(pod_partition_t *partition);

#endif
