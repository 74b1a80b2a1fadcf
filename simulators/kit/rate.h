/* kit/rate.h: how much of something may be asked for in a second: token buckets, one for each key. Time of the world's clock;
 * lost with the process. Any thread. */
#ifndef KIT_RATE_H
#define KIT_RATE_H

#include "simulators/kit/world.h"

/* Takes one from the bucket `key` ("managedidentity/{tenant}"), which holds `per_second` at most and is refilled at that rate.
 * 0: taken. Else nothing is taken, and it is the number of whole seconds (at least 1) after which there is one: Retry-After. */
BASE_MUST_USE int sim_rate_take(sim_world_t *world, const char *key, int64_t per_second);

#endif
