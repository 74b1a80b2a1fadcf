/* Decides which numbers an operator gets, and how they are written. */
#include "reference/rp/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERIES_MAX 1000
#define LABELS_MAX 256

enum metric { OPERATIONS_ENDED, STEP_SECONDS, STEP_COUNT, LEASES_LOST, CALLS, DROPPED };
static const struct {
    const char *name, *family, *type, *help;
} METRICS[] = {
    [OPERATIONS_ENDED] = {"iomt_rp_operations_ended_total", "iomt_rp_operations_ended_total",
                          "counter", "operations that ended here, by kind and status"},
    [STEP_SECONDS] = {"iomt_rp_step_seconds_sum", "iomt_rp_step_seconds", "summary",
                      "real time spent in steps, by kind of operation, step and outcome"},
    [STEP_COUNT] = {"iomt_rp_step_seconds_count", "iomt_rp_step_seconds", NULL, NULL},
    [LEASES_LOST] = {"iomt_rp_leases_lost_total", "iomt_rp_leases_lost_total", "counter",
                     "leases that another worker took over"},
    [CALLS] = {"iomt_rp_calls_total", "iomt_rp_calls_total", "counter",
               "exchanges with services, by service, method and status (0: no answer)"},
    [DROPPED] = {"iomt_rp_series_dropped_total", "iomt_rp_series_dropped_total", "counter",
                 "counts that found no room"},
};
#define METRIC_COUNT (sizeof METRICS / sizeof *METRICS)

struct series {
    enum metric metric;
    char *labels; /* kind="connector.create" */
    double value;
};
struct rp_metrics {
    pthread_mutex_t lock;
    struct series series[SERIES_MAX];
    size_t count;
    double dropped;
};

static void add(rp_metrics_t *metrics, enum metric metric, const char *labels, double value);
static const char *service_of(const char *url);
static enum base_status print_gauges(base_db_t *db, int64_t now_ms, struct base_buf *out,
                                     struct base_error *err);

rp_metrics_t *rp_metrics_new(void)
{
    rp_metrics_t *metrics = base_alloc(sizeof *metrics);

    pthread_mutex_init(&metrics->lock, NULL);
    return metrics;
}

void rp_metrics_free(rp_metrics_t *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->count; i++)
        free(metrics->series[i].labels);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

void rp_metrics_operation_ended(rp_metrics_t *metrics, const char *kind, const char *status)
{
    char labels[LABELS_MAX];

    snprintf(labels, sizeof labels, "kind=\"%s\",status=\"%s\"", kind, status);
    add(metrics, OPERATIONS_ENDED, labels, 1);
}

void rp_metrics_step(rp_metrics_t *metrics, const char *kind, const char *step, const char *outcome,
                     int64_t real_ms)
{
    char labels[LABELS_MAX];

    snprintf(labels, sizeof labels, "kind=\"%s\",step=\"%s\",outcome=\"%s\"", kind, step, outcome);
    add(metrics, STEP_SECONDS, labels, (double)real_ms / 1000);
    add(metrics, STEP_COUNT, labels, 1);
}

void rp_metrics_lease_lost(rp_metrics_t *metrics)
{
    add(metrics, LEASES_LOST, "", 1);
}

void rp_metrics_call(void *metrics, const char *method, const char *url, int status)
{
    char labels[LABELS_MAX];

    snprintf(labels, sizeof labels, "service=\"%s\",method=\"%s\",status=\"%d\"", service_of(url),
             method, status);
    add(metrics, CALLS, labels, 1);
}

enum base_status rp_metrics_print(rp_metrics_t *metrics, base_db_t *db, int64_t now_ms,
                                  struct base_buf *out, struct base_error *err)
{
    pthread_mutex_lock(&metrics->lock);
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        if (METRICS[m].type)
            base_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", METRICS[m].family, METRICS[m].help,
                            METRICS[m].family, METRICS[m].type);
        for (size_t i = 0; i < metrics->count; i++) {
            const struct series *series = &metrics->series[i];
            if (series->metric != m)
                continue;
            base_buf_printf(out, *series->labels ? "%s{%s} %.10g\n" : "%s%s %.10g\n",
                            METRICS[m].name, series->labels, series->value);
        }
    }
    base_buf_printf(out, "%s %.10g\n", METRICS[DROPPED].name, metrics->dropped);
    pthread_mutex_unlock(&metrics->lock);
    return print_gauges(db, now_ms, out, err);
}

static void add(rp_metrics_t *metrics, enum metric metric, const char *labels, double value)
{
    size_t at = 0;

    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->lock);
    while (at < metrics->count && (metrics->series[at].metric != metric ||
                                   strcmp(metrics->series[at].labels, labels) != 0))
        at++;
    if (at < SERIES_MAX) {
        if (at == metrics->count)
            metrics->series[metrics->count++] = (struct series){metric, base_strdup(labels), 0};
        metrics->series[at].value += value;
    } else {
        metrics->dropped++;
    }
    pthread_mutex_unlock(&metrics->lock);
}

/* Which service a URL belongs to: by its host's suffix. */
static const char *service_of(const char *url)
{
    static const struct {
        const char *suffix, *service;
    } SERVICES[] = {
        {"management.azure.com", "arm"},         {"login.microsoftonline.com", "entra"},
        {".identity.azure.net", "identity"},     {".vault.azure.net", "keyvault"},
        {".blob.core.windows.net", "blob"},      {".azmk8s.io", "aks"},
        {".servicebus.windows.net", "eventhub"},
    };
    const char *host = strstr(url, "://"), *end;
    size_t len;

    host = host ? host + 3 : url;
    end = host + strcspn(host, ":/?");
    for (size_t i = 0; i < sizeof SERVICES / sizeof *SERVICES; i++) {
        len = strlen(SERVICES[i].suffix);
        if ((size_t)(end - host) >= len && !strncmp(end - len, SERVICES[i].suffix, len))
            return SERVICES[i].service;
    }
    return "other";
}

/* --- from the database: the same in every process that shares it --- */

struct gauge {
    const char *name, *help, *sql; /* rows: labels, value; ?1 is now */
};
static const struct gauge GAUGES[] = {
    {"iomt_rp_resources", "stored resources by type and state",
     "SELECT 'type=\"'||CASE type WHEN 0 THEN 'workspace' WHEN 1 THEN 'connector' WHEN 2 THEN "
     "'destination' ELSE 'type'||type END||'\",state=\"'||state||'\"', count(*) FROM resource "
     "WHERE ?1=?1 GROUP BY type, state"},
    {"iomt_rp_operations", "operation documents by kind and status",
     "SELECT 'kind=\"'||kind||'\",status=\"'||status||'\"', count(*) FROM operation WHERE ?1=?1 "
     "GROUP BY kind, status"},
    {"iomt_rp_queue_depth", "operations that are due and that no worker holds",
     "SELECT '', count(*) FROM operation WHERE status='InProgress' AND due_ms<=?1 AND "
     "lease_until_ms<=?1"},
    {"iomt_rp_leases", "operations that a worker holds",
     "SELECT '', count(*) FROM operation WHERE status='InProgress' AND lease_until_ms>?1"},
    {"iomt_rp_oldest_operation_seconds", "age of the oldest operation in progress",
     "SELECT '', coalesce((?1-min(created_ms))/1000.0, 0) FROM operation WHERE "
     "status='InProgress'"},
    {"iomt_rp_drifted_resources", "resources whose world could not be put right",
     "SELECT '', count(*) FROM resource WHERE ?1=?1 AND json_extract(metadata, '$.drift') IS NOT "
     "NULL"},
};

static enum base_status print_gauge(base_db_t *db, const struct gauge *gauge, int64_t now_ms,
                                    struct base_buf *out, struct base_error *err)
{
    struct base_db_statement rows;
    enum base_status status = base_db_query(db, &rows, err, gauge->sql, "i", now_ms);

    if (status != BASE_OK)
        return status;
    base_buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", gauge->name, gauge->help, gauge->name);
    while (base_db_next(&rows, err)) {
        const char *labels = base_db_text(&rows, 0);
        base_buf_printf(out, *labels ? "%s{%s} %s\n" : "%s%s %s\n", gauge->name, labels,
                        base_db_text(&rows, 1));
    }
    base_db_done(&rows);
    return BASE_OK;
}

static enum base_status print_gauges(base_db_t *db, int64_t now_ms, struct base_buf *out,
                                     struct base_error *err)
{
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < sizeof GAUGES / sizeof *GAUGES; i++)
        status = print_gauge(db, &GAUGES[i], now_ms, out, err);
    return status;
}
