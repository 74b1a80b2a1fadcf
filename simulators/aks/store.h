/* aks/store.h: the objects of one cluster, their revisions, and the changes that watches replay: what etcd is to a real API server.
 *
 * An object here is one version: immutable, counted, so that a reader may keep it past the lock. All functions that take a cluster need
 * the room's lock (room.h) unless said otherwise. */
#ifndef AKS_STORE_H
#define AKS_STORE_H

#include "simulators/aks/kinds.h"

#define AKS_HISTORY 4096 /* changes kept for watches; older ones answer 410 Expired */

struct aks_cluster;

struct aks_object {
    const struct aks_kind *kind;
    const char *namespace; /* "" when cluster-scoped; these two point into body */
    const char *name;
    const cJSON *body; /* with apiVersion and kind; never changed */
    uint64_t revision;
    unsigned refs; /* atomic */
};
struct aks_object *aks_object_new(const struct aks_kind *kind,
                                  cJSON *body) BASE_MUST_USE;  /* takes body; any thread */
struct aks_object *aks_object_hold(struct aks_object *object); /* any thread */
void aks_object_drop(struct aks_object *object);               /* any thread; NULL is fine */

struct aks_table { /* sorted by namespace, then name */
    struct aks_object **items;
    size_t count, cap;
};
struct aks_event { /* one change */
    uint64_t revision;
    struct aks_object
        *now; /* the new state; of a removal: the last state, with the removal's revision */
    struct aks_object *before; /* NULL: was added */
    bool removed;
};
struct aks_history {
    struct aks_event *ring; /* AKS_HISTORY of them */
    uint64_t first, next;   /* running numbers; number n is at n % AKS_HISTORY */
    uint64_t lost;          /* the highest revision that is no longer in the ring */
};

/* Borrowed for as long as the lock is held; NULL when absent. */
struct aks_object *aks_store_get(struct aks_cluster *cluster, const struct aks_kind *kind,
                                 const char *ns, const char *name);
/* A snapshot in order; ns NULL or "": all. Release with aks_objects_release. */
struct aks_objects {
    struct aks_object **items;
    size_t count;
};
struct aks_objects aks_store_list(struct aks_cluster *cluster, const struct aks_kind *kind,
                                  const char *ns);
void aks_objects_release(struct aks_objects *objects); /* any thread */
size_t aks_store_count(struct aks_cluster *cluster, const struct aks_kind *kind, const char *ns);

/* Adds or replaces; takes `body`, sets its resourceVersion, wakes everybody. The result is borrowed. */
struct aks_object *aks_store_put(struct aks_cluster *cluster, const struct aks_kind *kind,
                                 cJSON *body);
/* Removes. Watches see its last stored state with the revision of the removal, as etcd's watchers do.
 */
void aks_store_remove(struct aks_cluster *cluster, struct aks_object *object);

/* What a new object would get, without storing it (dry run). */
uint64_t aks_store_revision(const struct aks_cluster *cluster);

void aks_store_init(struct aks_cluster *cluster);
void aks_store_clear(struct aks_cluster *cluster);  /* frees all; nothing is written */
void aks_store_load(struct aks_cluster *cluster);   /* from the world's store */
void aks_store_forget(struct aks_cluster *cluster); /* deletes what the world's store keeps of it */

#endif
