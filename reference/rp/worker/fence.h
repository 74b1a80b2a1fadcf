/* reference/rp/worker/fence.h: the last look at the lease before something outside is changed. */
#ifndef REFERENCE_RP_WORKER_FENCE_H
#define REFERENCE_RP_WORKER_FENCE_H

#include "reference/rp/worker/job.h"

/* An az_client's permit; `job` is a struct rp_job. All but GET and HEAD are made only while the lease is ours: a worker that lost it during the
 * look before (it hung, or was stopped) must not write what another has meanwhile removed. Fails: BASE_CANCELED, code LeaseLost, which ends the
 * turn; BASE_IO. One read of the database. */
enum base_status rp_job_permit(void *job, const char *method, const char *url,
                               struct base_error *err);

#endif
