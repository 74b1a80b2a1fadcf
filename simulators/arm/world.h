/* simulators/arm/world.h: ARM's state and nothing else. Private to the room. */
#ifndef ARM_WORLD_H
#define ARM_WORLD_H

#include "simulators/arm/arm.h"
#include "simulators/arm/docs.h"

#include <pthread.h>

#define ARM_HOST "management.azure.com"
#define ARM_AUTHORITY "https://login.microsoftonline.com"

struct arm_endpoint;    /* endpoint.c */
struct arm_job;         /* group_delete.c */
struct arm_bucket;      /* throttle.c */
struct arm_deployments; /* deployments/scheduler.c */

struct arm {
    sim_world_t *world;
    arm_docs_t *subscriptions; /* key: guid */
    arm_docs_t *groups;        /* key: id */
    arm_docs_t
        *registrations;      /* key: "{subscription}/{namespace}": {subscription,namespace,told} */
    arm_docs_t *index;       /* key: id; tracked resources of providers behind an endpoint */
    arm_docs_t *asked;       /* key: id; names of members that clients asked for (asked.h) */
    arm_docs_t *identities;  /* key: resource id; system-assigned identities */
    arm_docs_t *credentials; /* key: object id; certificates of managed identities */
    arm_docs_t *notes;       /* key: role assignment id; what the kit's assignment does not hold */
    arm_docs_t *locks;       /* key: id */
    arm_docs_t *management_groups; /* key: id */
    arm_docs_t *manifests;  /* key: namespace; resource types that the control API declared */
    arm_docs_t *operations; /* key: operation id */
    struct arm_deployments *deployments;

    pthread_mutex_t lock; /* of what follows; never held while calling out */
    pthread_cond_t wake;  /* workers: stop, or a job ended */
    bool stopping, resumed;
    struct arm_endpoint *endpoints;
    struct arm_job *jobs;
    struct arm_bucket *buckets;
    char *folder; /* client certificate for mutual TLS; NULL until needed */
    bool folder_is_ours;
    unsigned conflicts_armed; /* next role assignments that meet a hash conflict */
    cJSON *conflicting;       /* guids that keep meeting it */

    pthread_mutex_t identity_lock;   /* make-or-find of a resource's principal */
    pthread_mutex_t assignment_lock; /* look, compare, write of role assignments */
};

#endif
