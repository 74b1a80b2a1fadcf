/* reference/pods/metrics.h: what a pod counts for each partition, and its Prometheus text (names of facts/iomt-dataplane.md §9.4; what
 * the open-source connector has no name for begins with iomt_). Adding is a walk over the partitions and one atomic addition. */
#ifndef REFERENCE_PODS_METRICS_H
#define REFERENCE_PODS_METRICS_H

#include "common/mem.h"
#include "reference/pods/settings.h"

#include <pthread.h>
#include <stdatomic.h>

enum pod_metric { /* times in clock milliseconds */
                  POD_METRIC_EVENTS,
                  POD_METRIC_BYTES,
                  POD_METRIC_LATENCY,    /* enqueued -> done with, of each event */
                  POD_METRIC_NORMALIZED, /* measurements made */
                  POD_METRIC_GENERATION, /* of the measurements of an event */
                  POD_METRIC_DROPPED,
                  POD_METRIC_TEMPLATE, /* getting the mapping for a batch */
                  POD_METRIC_BATCH_TIME,
                  POD_METRIC_BATCH_EVENTS,
                  POD_METRIC_SENT, /* measurements sent together */
                  POD_METRIC_SENT_TIME,
                  POD_METRIC_MEASUREMENTS, /* read */
                  POD_METRIC_GROUPS,
                  POD_METRIC_INGESTION, /* enqueued at the customer's hub -> saved */
                  POD_METRIC_CREATED,
                  POD_METRIC_UPDATED,
                  POD_METRIC_UNCHANGED,
                  POD_METRIC_CONTENTION,
                  POD_METRIC_POISONED,
                  POD_METRIC_RETRIES,
                  POD_METRIC_OWNED,
                  POD_METRIC_LAST_READ,
                  POD_METRIC_LAST_DONE,
                  POD_METRIC_LAST_ENQUEUED,
                  POD_METRICS
};

struct pod_series;
struct pod_metrics {
    _Atomic(struct pod_series *) first;
    pthread_mutex_t lock; /* for a partition or an exception that is new */
};

void pod_metrics_init(struct pod_metrics *metrics);
void pod_metrics_release(struct pod_metrics *metrics);
/* Any thread. `times`: how often that was (what makes the sum an average). */
void pod_metrics_add(struct pod_metrics *metrics, const char *partition, enum pod_metric metric,
                     int64_t sum, int64_t times);
/* For what is a state, not a count. */
void pod_metrics_set(struct pod_metrics *metrics, const char *partition, enum pod_metric metric,
                     int64_t value);
/* An exception by its name; past 32 different ones of a partition they are counted as "other". */
void pod_metrics_exception(struct pod_metrics *metrics, const char *partition, const char *name,
                           bool handled);
/* Prometheus text format 0.0.4, of what this kind of pod counts. */
void pod_metrics_write(const struct pod_metrics *metrics, enum pod_kind kind, struct base_buf *out);

#endif
