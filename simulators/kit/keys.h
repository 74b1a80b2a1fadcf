/* kit/keys.h: RSA keys made ahead of time. Making one costs half a tenth of a second and more; an identity wants its own at once. */
#ifndef KIT_KEYS_H
#define KIT_KEYS_H

#include "common/crypto.h"
#include "simulators/kit/world.h"

/* Starts threads that keep `count` (at most 16) RSA-2048 keys ready until the world is freed: the first two at once, for a new
 * world waits for them, the others quietly. Called by sim_world_new (keys_ahead). */
void sim_keys_prepare(sim_world_t *world, size_t count);
/* An RSA-2048 key without certificate: one that is ready, else one made now. Any thread. */
base_key_t *sim_key_take(sim_world_t *world) BASE_MUST_USE;

#endif
