/* kit/keys.h: RSA keys made ahead of time. Making one costs a tenth of a second and more; an identity wants its own at once. */
#ifndef KIT_KEYS_H
#define KIT_KEYS_H

#include "common/crypto.h"
#include "simulators/kit/world.h"

/* Starts a quiet thread that keeps `count` (at most 16) RSA-2048 keys ready until the world is freed. Call at most once. */
void sim_keys_prepare(sim_world_t *world, size_t count);
/* An RSA-2048 key without certificate: one that is ready, else one made now. Any thread. */
base_key_t *sim_key_take(sim_world_t *world) BASE_MUST_USE;

#endif
