/* reference/pods/send.h: measurements to the normalized hub, by device (facts/iomt-dataplane.md §4.2): those of one partition key together,
 * each as a message of its own, or (settings.compress) all of them as one compressed group. */
#ifndef REFERENCE_PODS_SEND_H
#define REFERENCE_PODS_SEND_H

#include "azure/eventhub.h"
#include "reference/dataplane/measurement.h"
#include "reference/pods/pod.h"

/* One thread's at a time. Connects with the first measurement. */
typedef struct pod_sender pod_sender_t;
pod_sender_t *pod_sender_new(struct pod *pod, az_eventhub_t *hub) BASE_MUST_USE; /* borrows both */
void pod_sender_free(pod_sender_t *sender);
/* Sends all of the list; `partition` is where they came from, for the counts. What does not fit a message of the hub even alone is logged,
 * counted and lost; a compressed group that does not fit goes in halves. After a failure some may have been sent: the whole list is to
 * be sent again. Fails as az_producer_send_batch. Blocks. */
BASE_MUST_USE enum base_status pod_sender_send(pod_sender_t *sender, const char *partition,
                                               const struct dp_measurements *list,
                                               struct base_error *err);

#endif
