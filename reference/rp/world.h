/* reference/rp/world.h: what the front end and the worker share. Set up once (rp_main.c, or a test), then read only. */
#ifndef REFERENCE_RP_WORLD_H
#define REFERENCE_RP_WORLD_H

#include "azure/arm.h"
#include "common/db.h"
#include "reference/rp/config.h"
#include "reference/rp/metrics.h"

struct rp_capacity;

struct rp_world { /* everything is borrowed */
    const struct rp_config *config;
    base_db_t *db;
    const struct base_clock *clock;
    base_random_t *random;
    base_http_client_t *http;           /* calls out */
    az_credential_t *credential;        /* the RP's own application */
    const struct rp_capacity *capacity; /* provisioning/capacity.h */
    void (*wake)(void *context); /* an operation was stored: work can start. NULL: nobody waits */
    void *wake_context;
    rp_metrics_t *metrics; /* NULL: nothing is counted */
    bool shared;           /* other processes work on the same database */
};

/* ARM in `tenant` (NULL: the RP's own). */
struct az_arm rp_world_arm(const struct rp_world *world, const char *tenant,
                           const char *correlation);
struct az_client rp_world_client(const struct rp_world *world, const char *correlation);

#endif
