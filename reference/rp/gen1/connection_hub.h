/* reference/rp/gen1/connection_hub.h: what a connection has outside, as steps. */
#ifndef REFERENCE_RP_GEN1_CONNECTION_HUB_H
#define REFERENCE_RP_GEN1_CONNECTION_HUB_H

#include "reference/rp/worker/job.h"

enum rp_outcome rp_gen1_hub_ensure(struct rp_job *job, struct base_error *err);
enum rp_outcome rp_gen1_rule_ensure(struct rp_job *job,
                                    struct base_error *err); /* metadata.rule: ARM id */

#endif
