/* reference/rp/worker/worker.h: takes operation documents by lease and does their commands. Start-up is recovery: there is no other path. */
#ifndef REFERENCE_RP_WORKER_H
#define REFERENCE_RP_WORKER_H

#include "reference/rp/worker/job.h"

struct rp_turn { /* one worker's */
    const struct rp_world *world;
    const char *owner;                                  /* of its leases */
    const struct rp_command *(*find)(const char *kind); /* NULL: rp_command_find */
    struct rp_kubeconfigs *kubeconfigs;                 /* kept between turns */
    bool (*stopping)(void *context);                    /* asked between steps; NULL: never */
    void *context;
    /* told which lease is held (NULL: none), so that somebody can lengthen it; NULL: nobody does */
    void (*holding)(void *context, const struct rp_operation *operation);
};
/* Takes one operation that is due and goes on with it until it ends, must wait, or is to be tried again later. False: none was due. Blocks.
 * Worker thread only. */
bool rp_worker_turn(const struct rp_turn *turn);
/* Starts the renewal of one certificate whose time has come; false: there is none. */
bool rp_worker_start_renewal(const struct rp_world *world);
/* Starts the deletion of one resource whose subscription was deleted; true when there was one. */
bool rp_worker_start_purge(const struct rp_world *world);
/* Starts the comparison of one resource with the world (drift), whose time has come; false: there is none. */
bool rp_worker_start_check(const struct rp_world *world);

/* The threads of the configuration, and one that lengthens leases. */
typedef struct rp_workers rp_workers_t;
rp_workers_t *rp_workers_start(const struct rp_world *world) BASE_MUST_USE;
void rp_workers_wake(void *pool); /* there is work; any thread */
/* Finishes the steps in hand (calls out are cut off after grace_ms, real), gives the leases back, joins. */
void rp_workers_stop(rp_workers_t *pool, int grace_ms);

#endif
