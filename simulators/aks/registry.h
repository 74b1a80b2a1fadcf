/* aks/registry.h: writing objects, with all the rules of the API server: what the handlers, the controllers and the kubelet use alike.
 * Lock held. */
#ifndef AKS_REGISTRY_H
#define AKS_REGISTRY_H

#include "simulators/aks/room.h"

struct aks_write {
    struct aks_cluster *cluster;
    const struct aks_kind *kind;
    const char *ns;   /* "" when cluster-scoped */
    const char *name; /* of a create: NULL, or the name in the path */
    const char *sub;  /* "" or "status", "finalize", "binding" */
    bool dry_run;
    bool patch;               /* the body is a patched copy: it need not name its version */
    bool strict;              /* an unknown field is an error */
    struct base_buf *unknown; /* gets the paths of unknown fields, a line each; NULL: do not care */
};

/* Takes `body`. The new object, held (drop it); NULL + fail. */
struct aks_object *aks_create(const struct aks_write *write, cJSON *body,
                              struct aks_fail *fail) BASE_MUST_USE;
/* Takes `body`. The object as it is now, held: the old version when nothing changed, the last one when this removed
 * the last finalizer. NULL + fail: 404, 409 on a stale resourceVersion, 422. */
struct aks_object *aks_update(const struct aks_write *write, cJSON *body,
                              struct aks_fail *fail) BASE_MUST_USE;

struct aks_delete_options {
    const char *uid, *revision; /* preconditions; NULL: none */
    bool has_grace;
    int64_t grace; /* clock seconds */
    const char
        *policy; /* "Background", "Foreground", "Orphan"; NULL: as the object's finalizers say */
};
/* The object as it was last (held), *gone when it is no longer there; NULL + fail. */
struct aks_object *aks_delete(const struct aks_write *write,
                              const struct aks_delete_options *options, bool *gone,
                              struct aks_fail *fail) BASE_MUST_USE;

/* For controllers: the same without an answer. False when it was refused (a race: try again at the next change). */
bool aks_create_quietly(struct aks_cluster *cluster, const struct aks_kind *kind, cJSON *body);
/* `sub` as above; the body must carry the resourceVersion it was made from. */
bool aks_update_quietly(struct aks_cluster *cluster, const struct aks_kind *kind, const char *sub,
                        cJSON *body);
bool aks_delete_quietly(struct aks_cluster *cluster, const struct aks_object *object,
                        const char *policy, const int64_t *grace);

#endif
