/* azsim/seed.h: who lives in a new cloud: two tenants, two subscriptions, three applications with their roles. */
#ifndef AZSIM_SEED_H
#define AZSIM_SEED_H

#include "simulators/arm/arm.h"

/* On the first start: makes everything and writes {state}/bootstrap.json (mode 0600: it holds secrets), {state}/rp-application.pem,
 * {state}/rp-server.pem and {state}/rp-server-key.pem. Later starts: nothing. Fails: BASE_IO. */
BASE_MUST_USE enum base_status azsim_seed(sim_world_t *world, arm_t *arm, struct base_error *err);

#endif
