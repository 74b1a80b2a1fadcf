/* Decides under which names the counts of a pod can be read. */
#include "reference/pods/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXCEPTIONS 32
#define BOTH (POD_NORMALIZATION | POD_DESTINATION)
#define N POD_NORMALIZATION
#define D POD_DESTINATION

struct exception {
    char name[64];
    atomic_llong times[2]; /* unhandled, handled */
};
struct pod_series { /* of one partition; stays until the end */
    char partition[32];
    struct {
        atomic_llong sum, times;
        atomic_bool set; /* a gauge without a value is not told */
    } values[POD_METRICS];
    struct exception exceptions[EXCEPTIONS];
    atomic_size_t exception_count;
    struct pod_series *next;
};

enum shape { COUNTER, GAUGE, SUMMARY, LAG };
static const char *const shape_names[] = {"counter", "gauge", "summary", "gauge"};

/* Rows of one name stand together. */
static const struct row {
    int kinds;
    const char *name, *label;
    enum shape shape;
    enum pod_metric metric;
    int divisor;
    const char *help;
} table[] = {
    {N, "DeviceEvent", "", COUNTER, POD_METRIC_EVENTS, 1, "Events read from the customer's hub."},
    {N, "DeviceEventProcessingLatency", "", SUMMARY, POD_METRIC_LATENCY, 1000,
     "Seconds from an event's enqueued time to the end of its batch."},
    {N, "DeviceEventProcessingLatencyMs", "", SUMMARY, POD_METRIC_LATENCY, 1,
     "The same in milliseconds."},
    {N, "DeviceIngressSizeBytes", "", COUNTER, POD_METRIC_BYTES, 1, "Bytes of the events' bodies."},
    {N, "NormalizedEvent", "", COUNTER, POD_METRIC_NORMALIZED, 1,
     "Measurements made and sent to the normalized hub."},
    {N, "NormalizedEventGenerationTimeMs", "", SUMMARY, POD_METRIC_GENERATION, 1,
     "Milliseconds to apply the device mapping to an event."},
    {N, "DroppedEvent", "", COUNTER, POD_METRIC_DROPPED, 1, "Events that no template matched."},
    {N, "NormalizationTemplateGenerationMs", "", SUMMARY, POD_METRIC_TEMPLATE, 1,
     "Milliseconds to get the device mapping for a batch."},
    {N, "NormalizationTimePerBatchMs", "", SUMMARY, POD_METRIC_BATCH_TIME, 1,
     "Milliseconds for a batch, tries that failed included."},
    {N, "MeasurementBatchSize", "", SUMMARY, POD_METRIC_SENT, 1, "Measurements sent together."},
    {N, "MeasurementBatchSubmissionMs", "", SUMMARY, POD_METRIC_SENT_TIME, 1,
     "Milliseconds to send them."},
    {D, "Measurement", "", COUNTER, POD_METRIC_MEASUREMENTS, 1,
     "Measurements read from the normalized hub."},
    {D, "MeasurementGroup", "", COUNTER, POD_METRIC_GROUPS, 1,
     "Groups of measurements of one device and type."},
    {D, "MeasurementIngestionLatency", "", SUMMARY, POD_METRIC_INGESTION, 1000,
     "Seconds from the enqueued time at the customer's hub to the end of the measurement's batch."},
    {D, "MeasurementIngestionLatencyMs", "", SUMMARY, POD_METRIC_INGESTION, 1,
     "The same in milliseconds."},
    {D, "FhirResourceSaved", ",operation=\"created\"", COUNTER, POD_METRIC_CREATED, 1,
     "Observations saved."},
    {D, "FhirResourceSaved", ",operation=\"updated\"", COUNTER, POD_METRIC_UPDATED, 1, NULL},
    {D, "FhirResourceSaved", ",operation=\"no-operation\"", COUNTER, POD_METRIC_UNCHANGED, 1, NULL},
    {D, "FHIRResourceContention", "", COUNTER, POD_METRIC_CONTENTION, 1,
     "Writes that met another writer's."},
    {BOTH, "iomt_events_read", "", COUNTER, POD_METRIC_EVENTS, 1,
     "Events read from the pod's hub."},
    {BOTH, "iomt_batch_events", "", SUMMARY, POD_METRIC_BATCH_EVENTS, 1,
     "Events of a batch that was done."},
    {BOTH, "iomt_batch_time_ms", "", SUMMARY, POD_METRIC_BATCH_TIME, 1,
     "Milliseconds for a batch, tries that failed included."},
    {BOTH, "iomt_batch_retries", "", COUNTER, POD_METRIC_RETRIES, 1, "Batches tried again."},
    {BOTH, "iomt_poisoned_events", "", COUNTER, POD_METRIC_POISONED, 1,
     "Events or groups that cannot be used; each has a line in the log."},
    {BOTH, "iomt_partition_owned", "", GAUGE, POD_METRIC_OWNED, 1,
     "1: this replica reads the partition."},
    {BOTH, "iomt_last_read_sequence_number", "", GAUGE, POD_METRIC_LAST_READ, 1,
     "Of the event read last."},
    {BOTH, "iomt_last_done_sequence_number", "", GAUGE, POD_METRIC_LAST_DONE, 1,
     "Of the last event of the batch done last."},
    {BOTH, "iomt_last_enqueued_sequence_number", "", GAUGE, POD_METRIC_LAST_ENQUEUED, 1,
     "Of the partition's end, as told with the event read last."},
    {BOTH, "iomt_lag_events", "", LAG, POD_METRIC_LAST_ENQUEUED, 1,
     "Events of the partition that are not done."},
};

static struct pod_series *series_of(struct pod_metrics *metrics, const char *partition);
static struct exception *exception_of(struct pod_metrics *metrics, struct pod_series *series,
                                      const char *name);
static void write_row(const struct pod_metrics *metrics, const struct row *row,
                      struct base_buf *out);
static void write_exceptions(const struct pod_metrics *metrics, bool handled, struct base_buf *out);

void pod_metrics_init(struct pod_metrics *metrics)
{
    atomic_store(&metrics->first, NULL);
    (void)pthread_mutex_init(&metrics->lock, NULL);
}

void pod_metrics_release(struct pod_metrics *metrics)
{
    struct pod_series *next = NULL;

    for (struct pod_series *s = atomic_load(&metrics->first); s; s = next) {
        next = s->next;
        free(s);
    }
    atomic_store(&metrics->first, NULL);
    (void)pthread_mutex_destroy(&metrics->lock);
}

void pod_metrics_add(struct pod_metrics *metrics, const char *partition, enum pod_metric metric,
                     int64_t sum, int64_t times)
{
    struct pod_series *series = series_of(metrics, partition);

    atomic_fetch_add_explicit(&series->values[metric].sum, sum, memory_order_relaxed);
    atomic_fetch_add_explicit(&series->values[metric].times, times, memory_order_relaxed);
}

void pod_metrics_set(struct pod_metrics *metrics, const char *partition, enum pod_metric metric,
                     int64_t value)
{
    struct pod_series *series = series_of(metrics, partition);

    atomic_store(&series->values[metric].sum, value);
    atomic_store(&series->values[metric].set, true);
}

void pod_metrics_exception(struct pod_metrics *metrics, const char *partition, const char *name,
                           bool handled)
{
    struct exception *e = exception_of(metrics, series_of(metrics, partition), name);

    atomic_fetch_add(&e->times[handled], 1);
}

void pod_metrics_write(const struct pod_metrics *metrics, enum pod_kind kind, struct base_buf *out)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].kinds & (int)kind)
            write_row(metrics, &table[i], out);
    write_exceptions(metrics, true, out);
    write_exceptions(metrics, false, out);
}

static struct pod_series *series_find(struct pod_metrics *metrics, const char *partition)
{
    struct pod_series *s = atomic_load(&metrics->first);

    while (s && strncmp(s->partition, partition, sizeof s->partition - 1) != 0)
        s = s->next;
    return s;
}

static struct pod_series *series_of(struct pod_metrics *metrics, const char *partition)
{
    struct pod_series *series = series_find(metrics, partition);

    if (series)
        return series;
    (void)pthread_mutex_lock(&metrics->lock);
    series = series_find(metrics, partition);
    if (!series) {
        series = base_alloc(sizeof *series);
        (void)snprintf(series->partition, sizeof series->partition, "%s", partition);
        series->next = atomic_load(&metrics->first);
        atomic_store(&metrics->first, series);
    }
    (void)pthread_mutex_unlock(&metrics->lock);
    return series;
}

static struct exception *exception_find(struct pod_series *series, const char *name)
{
    size_t count = atomic_load(&series->exception_count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(series->exceptions[i].name, name) == 0)
            return &series->exceptions[i];
    return count == EXCEPTIONS ? &series->exceptions[EXCEPTIONS - 1] : NULL;
}

static struct exception *exception_of(struct pod_metrics *metrics, struct pod_series *series,
                                      const char *name)
{
    struct exception *e;
    char text[sizeof e->name];
    size_t count;

    (void)snprintf(text, sizeof text, "%s", *name ? name : "unknown");
    e = exception_find(series, text);
    if (e)
        return e;
    (void)pthread_mutex_lock(&metrics->lock);
    e = exception_find(series, text);
    if (!e) {
        count = atomic_load(&series->exception_count);
        e = &series->exceptions[count];
        memcpy(e->name, count == EXCEPTIONS - 1 ? "other" : text,
               count == EXCEPTIONS - 1 ? sizeof "other" : sizeof text);
        atomic_store(&series->exception_count, count + 1);
    }
    (void)pthread_mutex_unlock(&metrics->lock);
    return e;
}

static void write_head(const char *name, const char *help, enum shape shape, struct base_buf *out)
{
    base_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, shape_names[shape]);
}

static void write_number(struct base_buf *out, long long value, int divisor)
{
    if (divisor == 1)
        base_buf_printf(out, " %lld\n", value);
    else
        base_buf_printf(out, " %.3f\n", (double)value / divisor);
}

static void write_line(const struct pod_series *s, const struct row *row, struct base_buf *out)
{
    long long sum = atomic_load(&s->values[row->metric].sum);
    bool set = atomic_load(&s->values[row->metric].set);

    if ((row->shape == GAUGE || row->shape == LAG) && !set)
        return;
    if (row->shape == LAG) {
        if (!atomic_load(&s->values[POD_METRIC_LAST_DONE].set))
            return;
        sum -= atomic_load(&s->values[POD_METRIC_LAST_DONE].sum);
        sum = sum > 0 ? sum : 0;
    }
    base_buf_printf(out, "%s%s{partition=\"%s\"%s}", row->name, row->shape == SUMMARY ? "_sum" : "",
                    s->partition, row->label);
    write_number(out, sum, row->divisor);
    if (row->shape == SUMMARY)
        base_buf_printf(out, "%s_count{partition=\"%s\"%s} %lld\n", row->name, s->partition,
                        row->label, (long long)atomic_load(&s->values[row->metric].times));
}

static void write_row(const struct pod_metrics *metrics, const struct row *row,
                      struct base_buf *out)
{
    if (row->help)
        write_head(row->name, row->help, row->shape, out);
    for (const struct pod_series *s = atomic_load(&metrics->first); s; s = s->next)
        write_line(s, row, out);
}

/* As a label's value: codes come from services. */
static void write_escaped(struct base_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            base_buf_putc(out, '\\');
        base_buf_putc(out, (unsigned char)*text < ' ' ? '?' : *text);
    }
}

static void write_exceptions(const struct pod_metrics *metrics, bool handled, struct base_buf *out)
{
    const char *name = handled ? "HandledException" : "UnhandledException";

    write_head(name,
               handled ? "Failures that were logged and skipped."
                       : "Failures that made a batch be tried again.",
               COUNTER, out);
    for (const struct pod_series *s = atomic_load(&metrics->first); s; s = s->next)
        for (size_t i = 0; i < atomic_load(&s->exception_count); i++) {
            long long times = atomic_load(&s->exceptions[i].times[handled]);
            if (times == 0)
                continue;
            base_buf_printf(out, "%s{partition=\"%s\",name=\"", name, s->partition);
            write_escaped(out, s->exceptions[i].name);
            base_buf_printf(out, "\"} %lld\n", times);
        }
}
