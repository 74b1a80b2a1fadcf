/* reference/map/store.h: a FHIR store in memory, for trying. Resources keep the order in which they came. */
#ifndef REFERENCE_MAP_STORE_H
#define REFERENCE_MAP_STORE_H

#include "reference/dataplane/store.h"

struct map_store { /* zero-initialise; release after use */
    cJSON **resources;
    bool *made; /* created here, not put in */
    size_t count, capacity;
    struct map_store_key *keys; /* a hash of ids and identifiers; see store.c */
    size_t key_count, key_size;
};

/* Takes the resource over. */
void map_store_put(struct map_store *store, cJSON *resource);
/* The callbacks of the engine; they never fail. */
struct dp_store map_store_port(struct map_store *store);
void map_store_release(struct map_store *store);

#endif
