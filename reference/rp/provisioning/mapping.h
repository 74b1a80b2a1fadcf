/* reference/rp/provisioning/mapping.h: the name of the blob that holds the mapping of job->resource, for the pod's settings. */
#ifndef REFERENCE_RP_PROVISIONING_MAPPING_H
#define REFERENCE_RP_PROVISIONING_MAPPING_H

#include "reference/rp/worker/job.h"

const char *rp_mapping_blob(struct rp_job *job); /* in the job's arena */

#endif
