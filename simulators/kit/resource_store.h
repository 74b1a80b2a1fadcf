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
struct sim_resources {
    pthread_mutex_t lock;
    struct sim_entry *entries; /* sorted by key */
    size_t count;
    sim_provider_t **providers;
    size_t provider_count;
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

#endif
