/* Decides which objects go because their owners are gone or going. */
#include "simulators/aks/controller.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <stdlib.h>
#include <string.h>

struct owners { /* what is known of an object's owners */
    size_t solid, absent, waiting;
};

static void collect_kind(struct aks_cluster *cluster, const struct aks_kind *kind);
static struct owners look_at_owners(struct aks_cluster *cluster, const cJSON *body);
static const struct aks_object *find_owner(struct aks_cluster *cluster, const char *ns,
                                           const cJSON *reference, bool *unknown_kind);
static void attend_deleted(struct aks_cluster *cluster, const struct aks_object *owner);
static size_t dependents(struct aks_cluster *cluster, const char *uid, bool blocking_only,
                         bool orphan);
static void orphan_one(struct aks_cluster *cluster, const struct aks_object *object,
                       const char *uid);
static void drop_finalizer(struct aks_cluster *cluster, const struct aks_object *object,
                           const char *finalizer);

void aks_collect_garbage(struct aks_cluster *cluster)
{
    cluster->collect = false;
    for (int k = 0; k < AKS_KINDS; k++)
        if (k != AKS_EVENT)
            collect_kind(cluster, aks_kind_at((enum aks_kind_id)k));
}

static void collect_kind(struct aks_cluster *cluster, const struct aks_kind *kind)
{
    struct aks_objects all = aks_store_list(cluster, kind, NULL);

    for (size_t i = 0; i < all.count; i++) {
        const struct aks_object *object = all.items[i];
        if (aks_deleting(object->body)) {
            attend_deleted(cluster, object);
            continue;
        }
        struct owners owners = look_at_owners(cluster, object->body);
        if (owners.solid || !(owners.absent || owners.waiting))
            continue;
        bool holds =
            owners.waiting && dependents(cluster, aks_meta(object->body, "uid"), false, false);
        (void)aks_delete_quietly(cluster, object, holds ? "Foreground" : "Background", NULL);
    }
    aks_objects_release(&all);
}

/* An owner that waits for its dependents (foreground) counts as gone for those that block it. */
static struct owners look_at_owners(struct aks_cluster *cluster, const cJSON *body)
{
    struct owners found = {0};
    const cJSON *reference;

    cJSON_ArrayForEach(reference, base_json_at(body, "metadata.ownerReferences"))
    {
        bool unknown_kind = false;
        const struct aks_object *owner =
            find_owner(cluster, aks_meta(body, "namespace"), reference, &unknown_kind);
        if (unknown_kind)
            found.solid++;
        else if (!owner)
            found.absent++;
        else if (aks_deleting(owner->body) && aks_finalizer_has(owner->body, AKS_FOREGROUND) &&
                 base_json_true(reference, "blockOwnerDeletion"))
            found.waiting++;
        else
            found.solid++;
    }
    return found;
}

/* By kind and name, and only if the uid is the same. */
static const struct aks_object *find_owner(struct aks_cluster *cluster, const char *ns,
                                           const cJSON *reference, bool *unknown_kind)
{
    const char *name = base_json_text(reference, "name");
    const struct aks_kind *kind = aks_kind_by_name(base_json_text(reference, "apiVersion"),
                                                   base_json_text(reference, "kind"));

    *unknown_kind = !kind || !name;
    if (*unknown_kind)
        return NULL;
    const struct aks_object *owner = aks_store_get(cluster, kind, ns, name);
    return owner && base_equal(aks_meta(owner->body, "uid"), base_json_text(reference, "uid"))
               ? owner
               : NULL;
}

static void attend_deleted(struct aks_cluster *cluster, const struct aks_object *owner)
{
    const char *uid = aks_meta(owner->body, "uid");

    if (aks_finalizer_has(owner->body, AKS_ORPHAN)) {
        (void)dependents(cluster, uid, false, true);
        drop_finalizer(cluster, owner, AKS_ORPHAN);
    } else if (aks_finalizer_has(owner->body, AKS_FOREGROUND) &&
               !dependents(cluster, uid, true, false)) {
        drop_finalizer(cluster, owner, AKS_FOREGROUND);
    }
}

/* Counts the objects that refer to `uid`; orphan: takes the references away. */
static size_t dependents(struct aks_cluster *cluster, const char *uid, bool blocking_only,
                         bool orphan)
{
    size_t count = 0;

    for (int k = 0; k < AKS_KINDS; k++) {
        struct aks_objects all = aks_store_list(cluster, aks_kind_at((enum aks_kind_id)k), NULL);
        for (size_t i = 0; i < all.count; i++) {
            const cJSON *reference, *found = NULL;
            cJSON_ArrayForEach(reference,
                               base_json_at(all.items[i]->body, "metadata.ownerReferences"))
            {
                if (base_equal(base_json_text(reference, "uid"), uid) &&
                    (!blocking_only || base_json_true(reference, "blockOwnerDeletion")))
                    found = reference;
            }
            count += found != NULL;
            if (found && orphan)
                orphan_one(cluster, all.items[i], uid);
        }
        aks_objects_release(&all);
    }
    return count;
}

static void orphan_one(struct aks_cluster *cluster, const struct aks_object *object,
                       const char *uid)
{
    cJSON *body = base_json_copy(object->body),
          *references = base_json_at(body, "metadata.ownerReferences");

    for (cJSON *reference = references->child, *next; reference; reference = next) {
        next = reference->next;
        if (base_equal(base_json_text(reference, "uid"), uid))
            cJSON_Delete(cJSON_DetachItemViaPointer(references, reference));
    }
    if (!references->child)
        cJSON_DeleteItemFromObjectCaseSensitive(aks_metadata(body), "ownerReferences");
    (void)aks_update_quietly(cluster, object->kind, "", body);
}

static void drop_finalizer(struct aks_cluster *cluster, const struct aks_object *object,
                           const char *finalizer)
{
    cJSON *body = base_json_copy(object->body);

    aks_finalizer_remove(body, finalizer);
    (void)aks_update_quietly(cluster, object->kind, "", body);
}
