/* simulators/arm/docs.h: a set of JSON documents by key, in memory and in the world's store. Keys are compared without
 * case and are mostly ARM ids, so that what lies below a scope lies together. All results are copies; thread-safe. */
#ifndef ARM_DOCS_H
#define ARM_DOCS_H

#include "simulators/kit/world.h"

typedef struct arm_docs arm_docs_t;

/* Opens the room and loads it. `room` is borrowed; NULL: in memory only. */
arm_docs_t *arm_docs_new(sim_world_t *world, const char *room) BASE_MUST_USE;
void arm_docs_free(arm_docs_t *docs);

/* The document, to be freed with cJSON_Delete; NULL when there is none. */
cJSON *arm_docs_get(arm_docs_t *docs, const char *key) BASE_MUST_USE;
/* Adds or replaces; takes `document` over. */
void arm_docs_put(arm_docs_t *docs, const char *key, cJSON *document);
/* False when there was none. */
bool arm_docs_remove(arm_docs_t *docs, const char *key);
/* Changes a document in place, under the lock: `change` must not call out. False when there is none. */
bool arm_docs_update(arm_docs_t *docs, const char *key,
                     void (*change)(void *context, cJSON *document), void *context);
/* The documents whose key is `scope` or lies below it ("/a" -> "/a", "/a/b"; NULL: all), in order of key: an array. */
cJSON *arm_docs_list(arm_docs_t *docs, const char *scope) BASE_MUST_USE;
size_t arm_docs_count(arm_docs_t *docs);

#endif
