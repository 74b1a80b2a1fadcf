/* Decides what a DELETE does: at once, after a grace period, or when the finalizers are done. */
#include "simulators/aks/registry.h"

#include "simulators/aks/meta.h"

#include <stdlib.h>
#include <string.h>

static bool check_preconditions(const struct aks_write *write, const struct aks_object *old,
                                const struct aks_delete_options *options, struct aks_fail *fail);
static struct aks_object *delete_namespace(const struct aks_write *write, struct aks_object *old,
                                           bool *gone);
static struct aks_object *delete_pod(const struct aks_write *write, struct aks_object *old,
                                     const struct aks_delete_options *options, bool *gone);
static struct aks_object *finish(const struct aks_write *write, struct aks_object *old, cJSON *body,
                                 bool remove, bool *gone);
static void set_policy(cJSON *body, const char *policy);
static void mark(cJSON *body, int64_t when_ms, int64_t grace);

struct aks_object *aks_delete(const struct aks_write *write,
                              const struct aks_delete_options *options, bool *gone,
                              struct aks_fail *fail)
{
    struct aks_object *old = aks_store_get(write->cluster, write->kind, write->ns, write->name);

    *gone = false;
    if (!old) {
        aks_fail_not_found(fail, write->kind, write->name);
        return NULL;
    }
    if (!check_preconditions(write, old, options, fail))
        return NULL;
    if (write->kind->id == AKS_NAMESPACE)
        return delete_namespace(write, old, gone);
    if (write->kind->id == AKS_POD && !base_json_at(old->body, "metadata.finalizers.0"))
        return delete_pod(write, old, options, gone);

    cJSON *body = base_json_copy(old->body);
    set_policy(body, options->policy);
    bool held = base_json_at(body, "metadata.finalizers.0") != NULL;
    if (held && !aks_deleting(body))
        mark(body, aks_now(write->cluster->aks), 0);
    return finish(write, old, body, !held, gone);
}

bool aks_delete_quietly(struct aks_cluster *cluster, const struct aks_object *object,
                        const char *policy, const int64_t *grace)
{
    struct aks_write write = {.cluster = cluster,
                              .kind = object->kind,
                              .ns = object->namespace,
                              .name = object->name,
                              .sub = ""};
    struct aks_delete_options options = {.uid = aks_meta(object->body, "uid"),
                                         .policy = policy,
                                         .has_grace = grace != NULL,
                                         .grace = grace ? *grace : 0};
    struct aks_fail fail = {0};
    bool gone;
    struct aks_object *last = aks_delete(&write, &options, &gone, &fail);

    aks_object_drop(last);
    aks_fail_release(&fail);
    return last != NULL;
}

static bool check_preconditions(const struct aks_write *write, const struct aks_object *old,
                                const struct aks_delete_options *options, struct aks_fail *fail)
{
    const char *uid = aks_meta(old->body, "uid"),
               *revision = aks_meta(old->body, "resourceVersion");

    if (options->uid && !base_equal(options->uid, uid)) {
        if (write->kind->id == AKS_NAMESPACE)
            return aks_fail_conflict(
                fail, write->kind->plural, write->name,
                "Precondition failed: UID in precondition: %s, UID in object meta: %s",
                options->uid, uid);
        return aks_fail_conflict(fail, write->kind->kind, write->name,
                                 "the UID in the precondition (%s) does not match the UID in "
                                 "record (%s). The object might have "
                                 "been deleted and then recreated",
                                 options->uid, uid);
    }
    if (options->revision && !base_equal(options->revision, revision))
        return aks_fail_conflict(fail, write->kind->kind, write->name,
                                 "the ResourceVersion in the precondition (%s) does not match the "
                                 "ResourceVersion in record (%s). "
                                 "The object might have been modified",
                                 options->revision, revision);
    return true;
}

/* The namespace controller empties it and takes the finalizer "kubernetes" away. */
static struct aks_object *delete_namespace(const struct aks_write *write, struct aks_object *old,
                                           bool *gone)
{
    cJSON *body = base_json_copy(old->body);
    bool held =
        base_json_at(body, "spec.finalizers.0") || base_json_at(body, "metadata.finalizers.0");

    if (!aks_deleting(body))
        aks_set_time(aks_metadata(body), "deletionTimestamp", aks_now(write->cluster->aks));
    base_json_set_text(aks_member(body, "status"), "phase", "Terminating");
    return finish(write, old, body, !held, gone);
}

/* Bound and running: the kubelet stops it within the grace period and then deletes it with none. A later DELETE may shorten it. */
static struct aks_object *delete_pod(const struct aks_write *write, struct aks_object *old,
                                     const struct aks_delete_options *options, bool *gone)
{
    cJSON *body = base_json_copy(old->body);
    const char *phase = base_json_text(body, "status.phase"),
               *node = base_json_text(body, "spec.nodeName");
    int64_t grace = (int64_t)base_json_number(body, "spec.terminationGracePeriodSeconds", 30);
    int64_t now_ms = aks_now(write->cluster->aks);

    if (options->has_grace)
        grace = options->grace;
    if (!node || !*node || base_equal(phase, "Failed") || base_equal(phase, "Succeeded"))
        grace = 0;
    if (aks_deleting(body) && grace > 0 &&
        grace >= (int64_t)base_json_number(body, "metadata.deletionGracePeriodSeconds", 0))
        return finish(write, old, body, false, gone);
    mark(body, now_ms + grace * 1000, grace);
    return finish(write, old, body, grace <= 0, gone);
}

/* Takes `body`, the state after the DELETE. */
static struct aks_object *finish(const struct aks_write *write, struct aks_object *old, cJSON *body,
                                 bool remove, bool *gone)
{
    struct aks_object *result;

    *gone = remove;
    if (write->dry_run) {
        result = aks_object_new(write->kind, body);
    } else if (remove && write->kind->id == AKS_POD) { /* marked first, then removed: two changes */
        result = aks_object_hold(aks_store_put(write->cluster, write->kind, body));
        aks_store_remove(write->cluster, result);
    } else if (remove) {
        aks_store_remove(write->cluster, old);
        result = aks_object_new(write->kind, body);
    } else if (base_json_equal(old->body, body)) {
        result = aks_object_hold(old);
        cJSON_Delete(body);
    } else {
        result = aks_object_hold(aks_store_put(write->cluster, write->kind, body));
        write->cluster->collect = true;
    }
    return result;
}

static void set_policy(cJSON *body, const char *policy)
{
    static const struct {
        const char *policy, *add;
    } policies[] = {{"Background", NULL}, {"Foreground", AKS_FOREGROUND}, {"Orphan", AKS_ORPHAN}};

    for (size_t i = 0; policy && i < sizeof policies / sizeof *policies; i++) {
        if (!base_equal(policies[i].policy, policy))
            continue;
        aks_finalizer_remove(body, AKS_FOREGROUND);
        aks_finalizer_remove(body, AKS_ORPHAN);
        if (policies[i].add)
            aks_finalizer_add(body, policies[i].add);
    }
}

static void mark(cJSON *body, int64_t when_ms, int64_t grace)
{
    cJSON *metadata = aks_metadata(body);
    double generation = base_json_number(metadata, "generation", 0);

    aks_set_time(metadata, "deletionTimestamp", when_ms);
    base_json_set_number(metadata, "deletionGracePeriodSeconds", (double)grace);
    if (generation > 0)
        base_json_set_number(metadata, "generation", generation + 1);
}
