/* reference/pods/compressed.h: a group of measurements as one message of the normalized hub (facts/iomt-dataplane.md §4.2, §5.1): gzip of
 * a JSON array, content type application/gzip, application property IsMeasurementGroup true. Written by one pod, read by the other. */
#ifndef REFERENCE_PODS_COMPRESSED_H
#define REFERENCE_PODS_COMPRESSED_H

#include "azure/eventhub.h"
#include "reference/dataplane/measurement.h"

#define POD_GROUP_MAX (16u << 20) /* bytes of a group's JSON; more is neither written nor read */

/* Collects the measurements of one message. Not thread-safe; use it again for the next message after a reset. */
typedef struct pod_group_writer pod_group_writer_t;
pod_group_writer_t *pod_group_writer_new(void) BASE_MUST_USE;
void pod_group_writer_free(pod_group_writer_t *writer); /* NULL is fine */
void pod_group_writer_reset(pod_group_writer_t *writer);
/* False: the group would pass POD_GROUP_MAX; it is unchanged. */
BASE_MUST_USE bool pod_group_writer_add(pod_group_writer_t *writer,
                                        const struct dp_measurement *measurement);
size_t pod_group_writer_count(const pod_group_writer_t *writer);
/* The message, complete with content type and property; the writer's until its reset or end. Nothing can be added any more. */
const struct az_event_data *pod_group_writer_finish(pod_group_writer_t *writer);

/* Is the message a group (compressed or not)? */
bool pod_event_is_group(const struct az_event *event);
/* Reads a message of any form: one measurement, an array of them, a compressed array; appends to `list`, in the arena, what is kept of
 * it (a tenth of what the reading takes, which goes into `scratch`; reset it between calls). BASE_INVALID with code
 * "MeasurementProcessingException" or "MeasurementGroupProcessingException", and the list unchanged: no measurement, no gzip, cut off,
 * damaged, or a group past POD_GROUP_MAX, which is not unpacked further than that. */
BASE_MUST_USE enum base_status pod_event_measurements(struct base_arena *arena,
                                                      struct base_arena *scratch,
                                                      const struct az_event *event,
                                                      struct dp_measurements *list,
                                                      struct base_error *err);

#endif
