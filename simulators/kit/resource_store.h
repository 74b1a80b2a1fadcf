/* kit/resource_store.h: where ARM resources are kept. For the kit's own files; simulators use
 * resource.h. */
#ifndef KIT_RESOURCE_STORE_H
#define KIT_RESOURCE_STORE_H

#include "simulators/kit/rbac.h"
#include "simulators/kit/resource.h"

#include <pthread.h>

struct sim_entry {
    char *key; /* lower-case id */
    cJSON *body;
    char created_by[BASE_UUID_TEXT];
};
#define SIM_OPERATIONS 1024
struct sim_operation { /* an answered 202, or a write with an Azure-AsyncOperation */
    char name[BASE_UUID_TEXT];
    char *id; /* of the resource; NULL: the place is free */
    bool deleting;
    int64_t started_ms, ends_ms; /* clock */
};
struct sim_settling; /* settle.c: new resources that are not ready yet */
struct sim_going;    /* going.c: resources that are being deleted */
struct sim_resources {
    pthread_mutex_t lock;
    struct sim_entry *entries; /* sorted by key */
    size_t count;
    sim_provider_t **providers;
    size_t provider_count;
    struct sim_operation operations[SIM_OPERATIONS]; /* a ring; lost with the process */
    size_t next_operation;
    struct sim_settling *settling; /* ready when the process ends */
    struct sim_going *going;       /* gone when the process ends */
};

struct sim_resources *sim_resources_new(void);
void sim_resources_release(struct sim_resources *store);
char *sim_resource_key(const char *id) BASE_MUST_USE; /* lower case, no trailing slash; free() */
void sim_resources_put(struct sim_resources *store, const char *id, cJSON *body,
                       const char *created_by);
bool sim_resources_remove(struct sim_resources *store, const char *id);
/* Memory and the world's document store together. `body` is copied. */
void sim_resource_keep(sim_world_t *world, const cJSON *body, const char *created_by);
bool sim_resource_forget(sim_world_t *world, const char *id);

/* Answers 202 with a Location that leads to the result of what was just done. */
void sim_operation_start(struct sim_resource_call *call, const char *verb);
/* Adds an Azure-AsyncOperation to the answer of a PUT, whatever its status. */
void sim_operation_name(struct sim_resource_call *call, const char *verb);
/* A new resource whose type has a delay (resource.h) is shown as Creating and refuses writes, children and actions for that
 * long. start: true when there is one. show: the state in a copy that goes out. refuse: answered 409, true. */
bool sim_settle_start(struct sim_resource_call *call);
bool sim_settle_pending(sim_world_t *world, const char *id);
void sim_settle_show(sim_world_t *world, cJSON *body);
bool sim_settle_refuse(struct sim_resource_call *call, const char *id);
void sim_settle_release(struct sim_resources *store);
/* GET of such a Location, and of such an Azure-AsyncOperation. */
void sim_operation_answer(struct sim_resource_call *call);
void sim_operation_status(struct sim_resource_call *call);

/* A resource whose type has a deletion delay was removed: it is shown as Deleting for that long. */
void sim_going_start(struct sim_resource_call *call, const char *created_by);
/* A copy as GET shows it; NULL: it is not being deleted. */
cJSON *sim_going_get(sim_world_t *world, const char *id) BASE_MUST_USE;
/* Who made one that is being deleted; false: there is none. */
bool sim_going_creator(sim_world_t *world, const char *id, char out[BASE_UUID_TEXT]);
/* True, answered 409, when `id` is being deleted. */
bool sim_going_refuse(struct sim_resource_call *call, const char *id);
void sim_going_release(struct sim_resources *store);

#endif
