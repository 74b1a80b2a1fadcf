/* Decides how an event that cannot be used is made visible. */
#include "reference/pods/stage.h"

#include "common/log.h"

void pod_poison(struct pod *pod, const char *partition, const struct az_event *event,
                const char *fate, const struct base_error *err)
{
    char reason[400];

    pod_count(pod, POD_POISONED, 1);
    pod_metrics_add(&pod->metrics, partition, POD_METRIC_POISONED, 1, 1);
    base_log(BASE_LOG_WARN, POD_ROOM, NULL,
             "event %s: partition %s, offset %s, sequence number %lld: %s%s%s%s", fate, partition,
             event->offset ? event->offset : "?", (long long)event->sequence_number,
             pod_reason(err, reason), *err->target ? " (template " : "", err->target,
             *err->target ? ")" : "");
}
