/* azsim/cloud.h: the whole pretend cloud: all simulators in one world, their listeners, and who lives there at first. */
#ifndef AZSIM_CLOUD_H
#define AZSIM_CLOUD_H

#include "common/options.h"
#include "simulators/kit/world.h"

typedef struct azsim_cloud azsim_cloud_t;

struct azsim_config {
    const char *state_dir;                                             /* required */
    int64_t proxy_port, tls_port, amqps_port, amqp_port, control_port; /* 0: chosen by the system */
    struct base_list images;                                           /* "NAME=PROGRAM" */
    struct base_list pass;       /* host globs that go to the real network */
    struct base_list without;    /* simulators left out: "fhir", "blob", ... */
    int64_t certificate_minutes; /* life of managed identities' certificates; 0: 90 days */
    const struct base_clock *clock;
    base_random_t *random;
};
/* Builds the world, seeds it on its first start, opens all listeners. Fails: BASE_IO (a port in use), BASE_DENIED (state
 * folder), BASE_INVALID (an unknown simulator in `without`, a malformed image). */
BASE_MUST_USE azsim_cloud_t *azsim_cloud_start(const struct azsim_config *config,
                                               struct base_error *err);
/* Where everything is: {"ready":true,"proxy","control","tls","amqps","amqp","caFile","bundleFile","bootstrap"}. */
cJSON *azsim_cloud_endpoints(azsim_cloud_t *cloud) BASE_MUST_USE;
/* Stops pods and listeners; NULL is fine. */
void azsim_cloud_stop(azsim_cloud_t *cloud);

#endif
