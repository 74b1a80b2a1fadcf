/* reference/rp/metrics.h: numbers for operators, in Prometheus' text format: what this process counted, and what the database holds. */
#ifndef REFERENCE_RP_METRICS_H
#define REFERENCE_RP_METRICS_H

#include "common/db.h"
#include "common/text.h"

#include <stdint.h>

typedef struct rp_metrics rp_metrics_t;
rp_metrics_t *rp_metrics_new(void) BASE_MUST_USE;
void rp_metrics_free(rp_metrics_t *metrics);

/* All take NULL (nothing is counted) and any thread. Names and labels become part of a series; at most 1000 series are kept, further ones are
 * counted together as iomt_rp_series_dropped_total. */
void rp_metrics_operation_ended(rp_metrics_t *metrics, const char *kind, const char *status);
void rp_metrics_step(rp_metrics_t *metrics, const char *kind, const char *step, const char *outcome,
                     int64_t real_ms);
void rp_metrics_lease_lost(rp_metrics_t *metrics);
/* az_client.observe: an exchange with a service; status 0: no answer. */
void rp_metrics_call(void *metrics, const char *method, const char *url, int status);

/* Appends everything; `db` is asked for resources, operations and the queue at now_ms. */
BASE_MUST_USE enum base_status rp_metrics_print(rp_metrics_t *metrics, base_db_t *db,
                                                int64_t now_ms, struct base_buf *out,
                                                struct base_error *err);

#endif
