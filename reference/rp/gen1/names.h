/* reference/rp/gen1/names.h: names of what a Gen 1 connector has outside; the rest are Gen 2's (gen2/names.h), the connector standing for its
 * own workspace. */
#ifndef REFERENCE_RP_GEN1_NAMES_H
#define REFERENCE_RP_GEN1_NAMES_H

#include "reference/rp/worker/job.h"

#define RP_EVENT_HUBS_API_VERSION "2024-01-01"

/* ARM id of the hub of the connection in hand, in the job's arena. Needs the connector's namespace. */
const char *rp_gen1_hub(struct rp_job *job);

#endif
