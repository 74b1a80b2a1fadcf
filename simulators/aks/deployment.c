/* Decides the next step of a rollout: scale up, scale down, clean up, as the deployment's strategy says. */
#include "simulators/aks/deployment.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"
#include "simulators/aks/selector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void reconcile(struct aks_cluster *cluster, struct aks_object *deployment);
static struct aks_objects own_sets(struct aks_cluster *cluster,
                                   const struct aks_object *deployment);
static bool adopt(struct aks_cluster *cluster, const struct aks_object *deployment,
                  const struct aks_object *set);
static int oldest_first(const void *a, const void *b);
static void resolve_shares(struct aks_rollout *rollout);
static struct aks_object *find_fresh(const struct aks_rollout *rollout);
static bool scaling_event(const struct aks_rollout *rollout);
static void roll(struct aks_rollout *rollout);
static void recreate(struct aks_rollout *rollout);
static bool scale_up(struct aks_rollout *rollout);
static bool scale_down(struct aks_rollout *rollout);
static void clean_up(struct aks_rollout *rollout);

void aks_reconcile_deployments(struct aks_cluster *cluster)
{
    struct aks_objects all = aks_store_list(cluster, aks_kind_at(AKS_DEPLOYMENT), NULL);

    for (size_t i = 0; i < all.count; i++)
        reconcile(cluster, all.items[i]);
    aks_objects_release(&all);
}

int aks_set_replicas(const struct aks_object *set)
{
    return (int)base_json_number(set->body, "spec.replicas", 0);
}

int aks_set_available(const struct aks_object *set)
{
    return (int)base_json_number(set->body, "status.availableReplicas", 0);
}

static void reconcile(struct aks_cluster *cluster, struct aks_object *deployment)
{
    struct aks_rollout rollout = {
        .cluster = cluster,
        .deployment = aks_object_hold(deployment),
        .sets = own_sets(cluster, deployment),
        .desired = (int)base_json_number(deployment->body, "spec.replicas", 1),
        .rolling = !base_equal(base_json_text(deployment->body, "spec.strategy.type"), "Recreate"),
        .paused = base_json_true(deployment->body, "spec.paused"),
    };

    resolve_shares(&rollout);
    rollout.fresh = find_fresh(&rollout);
    if (aks_deleting(deployment->body)) {
        aks_rollout_status(&rollout, false);
    } else if (rollout.paused || scaling_event(&rollout)) {
        if (aks_rollout_fresh(&rollout, false)) {
            aks_rollout_resize(&rollout);
            aks_rollout_status(&rollout, false);
        }
    } else if (rollout.rolling) {
        roll(&rollout);
    } else {
        recreate(&rollout);
    }
    aks_objects_release(&rollout.sets);
    aks_object_drop(rollout.deployment);
}

static struct aks_objects own_sets(struct aks_cluster *cluster, const struct aks_object *deployment)
{
    struct aks_objects all =
        aks_store_list(cluster, aks_kind_at(AKS_REPLICA_SET), deployment->namespace);
    const cJSON *selector = base_json_at(deployment->body, "spec.selector");
    size_t kept = 0;

    for (size_t i = 0; i < all.count; i++) {
        const cJSON *body = all.items[i]->body;
        bool matches = aks_label_object_matches(selector, base_json_at(body, "metadata.labels"));
        bool mine = aks_controlled_by(body, aks_meta(deployment->body, "uid"));
        if (matches && !mine && !aks_controller_of(body) && !aks_deleting(body) &&
            !aks_deleting(deployment->body) && adopt(cluster, deployment, all.items[i])) {
            struct aks_object *now = aks_store_get(cluster, all.items[i]->kind,
                                                   all.items[i]->namespace, all.items[i]->name);
            aks_object_drop(all.items[i]);
            all.items[i] = aks_object_hold(now);
            mine = true;
        }
        if (matches && mine)
            all.items[kept++] = all.items[i];
        else
            aks_object_drop(all.items[i]);
    }
    all.count = kept;
    qsort(all.items, all.count, sizeof *all.items, oldest_first);
    return all;
}

static bool adopt(struct aks_cluster *cluster, const struct aks_object *deployment,
                  const struct aks_object *set)
{
    cJSON *body = base_json_copy(set->body), *metadata = aks_metadata(body);
    cJSON *references = cJSON_GetObjectItemCaseSensitive(metadata, "ownerReferences");

    if (!references)
        references = cJSON_AddArrayToObject(metadata, "ownerReferences");
    cJSON_AddItemToArray(references, aks_owner_reference(deployment->body));
    return aks_update_quietly(cluster, set->kind, "", body);
}

static int oldest_first(const void *a, const void *b)
{
    const struct aks_object *left = *(struct aks_object *const *)a,
                            *right = *(struct aks_object *const *)b;
    int order = strcmp(aks_meta(left->body, "creationTimestamp"),
                       aks_meta(right->body, "creationTimestamp"));

    return order ? order : strcmp(left->name, right->name);
}

/* maxSurge rounds up, maxUnavailable rounds down; both zero would never move. */
static void resolve_shares(struct aks_rollout *rollout)
{
    const cJSON *rolling = base_json_at(rollout->deployment->body, "spec.strategy.rollingUpdate");
    const cJSON *surge = cJSON_GetObjectItemCaseSensitive(rolling, "maxSurge");
    const cJSON *down = cJSON_GetObjectItemCaseSensitive(rolling, "maxUnavailable");
    double desired = rollout->desired;

    if (!rollout->rolling)
        return;
    rollout->surge = cJSON_IsString(surge) ? (int)ceil(atoi(surge->valuestring) * desired / 100)
                     : surge               ? surge->valueint
                                           : 0;
    rollout->unavailable = cJSON_IsString(down)
                               ? (int)floor(atoi(down->valuestring) * desired / 100)
                           : down ? down->valueint
                                  : 0;
    if (!rollout->surge && !rollout->unavailable)
        rollout->unavailable = 1;
    if (rollout->unavailable > rollout->desired)
        rollout->unavailable = rollout->desired;
}

/* The oldest set whose template is the deployment's, its hash label aside. */
static struct aks_object *find_fresh(const struct aks_rollout *rollout)
{
    const cJSON *wanted = base_json_at(rollout->deployment->body, "spec.template");

    for (size_t i = 0; i < rollout->sets.count; i++) {
        cJSON *copy = base_json_copy(base_json_at(rollout->sets.items[i]->body, "spec.template"));
        cJSON_DeleteItemFromObjectCaseSensitive(base_json_at(copy, "metadata.labels"),
                                                AKS_TEMPLATE_HASH);
        bool same = base_json_equal(copy, wanted);
        cJSON_Delete(copy);
        if (same)
            return rollout->sets.items[i];
    }
    return NULL;
}

/* Somebody changed the number of replicas since a set was last scaled. */
static bool scaling_event(const struct aks_rollout *rollout)
{
    for (size_t i = 0; i < rollout->sets.count; i++) {
        const char *desired = aks_annotation(rollout->sets.items[i]->body, AKS_DESIRED);
        if (desired && aks_set_replicas(rollout->sets.items[i]) > 0 &&
            atoi(desired) != rollout->desired)
            return true;
    }
    return false;
}

static void roll(struct aks_rollout *rollout)
{
    if (!aks_rollout_fresh(rollout, true))
        return;
    if (!scale_up(rollout) && !scale_down(rollout) && aks_rollout_complete(rollout))
        clean_up(rollout);
    aks_rollout_status(rollout, true);
}

/* All old pods end before the first new one starts. */
static void recreate(struct aks_rollout *rollout)
{
    struct aks_objects pods =
        aks_store_list(rollout->cluster, aks_kind_at(AKS_POD), rollout->deployment->namespace);
    bool scaled = false, running = false;

    for (size_t i = 0; i < rollout->sets.count; i++) {
        struct aks_object *set = rollout->sets.items[i];
        if (set == rollout->fresh)
            continue;
        scaled = aks_rollout_scale(rollout, set, 0) || scaled;
        set = rollout->sets.items[i]; /* its new version */
        for (size_t p = 0; p < pods.count; p++) {
            const char *phase = base_json_text(pods.items[p]->body, "status.phase");
            running =
                running || (aks_controlled_by(pods.items[p]->body, aks_meta(set->body, "uid")) &&
                            !base_equal(phase, "Failed") && !base_equal(phase, "Succeeded"));
        }
    }
    aks_objects_release(&pods);
    if (!scaled && !running) {
        if (!aks_rollout_fresh(rollout, true))
            return;
        (void)aks_rollout_scale(rollout, rollout->fresh, rollout->desired);
        if (aks_rollout_complete(rollout))
            clean_up(rollout);
    }
    aks_rollout_status(rollout, true);
}

static int total_replicas(const struct aks_rollout *rollout)
{
    int total = 0;

    for (size_t i = 0; i < rollout->sets.count; i++)
        total += aks_set_replicas(rollout->sets.items[i]);
    return total;
}

static bool scale_up(struct aks_rollout *rollout)
{
    int now = aks_set_replicas(rollout->fresh),
        room = rollout->desired + rollout->surge - total_replicas(rollout);
    int missing = rollout->desired - now;

    if (missing < 0)
        return aks_rollout_scale(rollout, rollout->fresh, rollout->desired);
    if (missing == 0 || room <= 0)
        return false;
    return aks_rollout_scale(rollout, rollout->fresh, now + (missing < room ? missing : room));
}

/* First what is not available anyway, then as many as may be missing. */
static bool scale_down(struct aks_rollout *rollout)
{
    int least = rollout->desired - rollout->unavailable, available = 0, scaled = 0;
    int fresh_missing = aks_set_replicas(rollout->fresh) - aks_set_available(rollout->fresh);
    int most = total_replicas(rollout) - least - fresh_missing;
    struct aks_objects *sets = &rollout->sets;

    for (size_t i = 0; i < sets->count; i++)
        available += aks_set_available(sets->items[i]);
    for (size_t i = 0; i < sets->count && scaled < most; i++) {
        int now = aks_set_replicas(sets->items[i]), sick = now - aks_set_available(sets->items[i]);
        int step = sick < most - scaled ? sick : most - scaled;
        if (sets->items[i] != rollout->fresh && step > 0 &&
            aks_rollout_scale(rollout, sets->items[i], now - step))
            scaled += step;
    }
    int spare = most > 0 ? available - least : 0;
    for (size_t i = 0; i < sets->count && spare > 0; i++) {
        int now = aks_set_replicas(sets->items[i]), step = now < spare ? now : spare;
        if (sets->items[i] == rollout->fresh || step <= 0)
            continue;
        (void)aks_rollout_scale(rollout, sets->items[i], now - step);
        spare -= step;
        scaled += step;
    }
    return scaled > 0;
}

/* Empty old sets beyond the history limit go, oldest revision first. */
static void clean_up(struct aks_rollout *rollout)
{
    int limit = (int)base_json_number(rollout->deployment->body, "spec.revisionHistoryLimit", 10),
        old = 0;

    for (size_t i = 0; i < rollout->sets.count; i++)
        old += rollout->sets.items[i] != rollout->fresh;
    for (size_t i = 0; i < rollout->sets.count && old > limit; i++) {
        struct aks_object *set = rollout->sets.items[i];
        if (set == rollout->fresh || aks_deleting(set->body) || aks_set_replicas(set) != 0 ||
            base_json_number(set->body, "status.replicas", 0) != 0)
            continue;
        (void)aks_delete_quietly(rollout->cluster, set, "Background", NULL);
        old--;
    }
}
