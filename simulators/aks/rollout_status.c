/* Decides what the status of a deployment says: counters, Available, Progressing. */
#include "simulators/aks/deployment.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <stdlib.h>

#define LEAST_DEADLINE_MS                                                                          \
    10000 /* real: on a fast clock processes must still get the time to start */

struct totals {
    int replicas, updated, ready, available, unavailable;
};

static struct totals add_up(const struct aks_rollout *rollout);
static bool complete(const struct aks_rollout *rollout, const struct totals *totals);
static void set_count(cJSON *status, const char *name, int count);
static void judge_availability(const struct aks_rollout *rollout, const struct totals *totals,
                               cJSON *status);
static void judge_progress(const struct aks_rollout *rollout, const struct totals *totals,
                           cJSON *status);
static void show_failure(const struct aks_rollout *rollout, cJSON *status);
static void note_pause(const struct aks_rollout *rollout, cJSON *status);
static void set_condition(const struct aks_rollout *rollout, cJSON *status, const char *value,
                          const char *reason, char *message, bool touch);
static bool moved(const cJSON *old, const struct totals *totals);
static bool timed_out(const struct aks_rollout *rollout, const cJSON *condition);

bool aks_rollout_complete(const struct aks_rollout *rollout)
{
    struct totals totals = add_up(rollout);

    return complete(rollout, &totals);
}

void aks_rollout_status(struct aks_rollout *rollout, bool progressing)
{
    const cJSON *old = rollout->deployment->body;
    struct totals totals = add_up(rollout);
    cJSON *body = base_json_copy(old), *status = aks_member(body, "status");

    base_json_set_number(status, "observedGeneration",
                         base_json_number(old, "metadata.generation", 1));
    set_count(status, "replicas", totals.replicas);
    set_count(status, "updatedReplicas", totals.updated);
    set_count(status, "readyReplicas", totals.ready);
    set_count(status, "availableReplicas", totals.available);
    set_count(status, "unavailableReplicas", totals.unavailable);
    judge_availability(rollout, &totals, status);
    if (progressing) {
        judge_progress(rollout, &totals, status);
        show_failure(rollout, status);
    } else {
        note_pause(rollout, status);
    }
    if (base_json_equal(old, body))
        cJSON_Delete(body);
    else
        (void)aks_update_quietly(rollout->cluster, rollout->deployment->kind, "status", body);
}

static struct totals add_up(const struct aks_rollout *rollout)
{
    struct totals totals = {0};
    int wanted = 0;

    for (size_t i = 0; i < rollout->sets.count; i++) {
        const struct aks_object *set = rollout->sets.items[i];
        wanted += aks_set_replicas(set);
        totals.replicas += (int)base_json_number(set->body, "status.replicas", 0);
        totals.ready += (int)base_json_number(set->body, "status.readyReplicas", 0);
        totals.available += aks_set_available(set);
        if (set == rollout->fresh)
            totals.updated = (int)base_json_number(set->body, "status.replicas", 0);
    }
    totals.unavailable = wanted > totals.available ? wanted - totals.available : 0;
    return totals;
}

static bool complete(const struct aks_rollout *rollout, const struct totals *totals)
{
    return totals->updated == rollout->desired && totals->replicas == rollout->desired &&
           totals->available == rollout->desired;
}

static void set_count(cJSON *status, const char *name, int count)
{
    if (count)
        base_json_set_number(status, name, count);
    else
        cJSON_DeleteItemFromObjectCaseSensitive(status, name);
}

/* A condition that says the same as before is left alone, its times included. */
static void put_condition(const struct aks_rollout *rollout, cJSON *status,
                          const struct aks_condition *condition)
{
    const cJSON *old = aks_condition(status, condition->type);

    if (base_equal(base_json_text(old, "status"), condition->status) &&
        base_equal(base_json_text(old, "reason"), condition->reason))
        return;
    aks_condition_set(status, condition, aks_now(rollout->cluster->aks));
}

static void judge_availability(const struct aks_rollout *rollout, const struct totals *totals,
                               cJSON *status)
{
    static const struct aks_condition enough = {.type = "Available",
                                                .status = "True",
                                                .reason = "MinimumReplicasAvailable",
                                                .message = "Deployment has minimum availability.",
                                                .update_time = true};
    static const struct aks_condition short_of = {
        .type = "Available",
        .status = "False",
        .reason = "MinimumReplicasUnavailable",
        .message = "Deployment does not have minimum availability.",
        .update_time = true};

    put_condition(rollout, status,
                  totals->available >= rollout->desired - rollout->unavailable ? &enough
                                                                               : &short_of);
}

static void judge_progress(const struct aks_rollout *rollout, const struct totals *totals,
                           cJSON *status)
{
    const cJSON *old = rollout->deployment->body, *now = aks_condition(status, "Progressing");
    const char *reason = base_json_text(now, "reason"),
               *name = rollout->fresh ? rollout->fresh->name : rollout->deployment->name;
    const char *what = rollout->fresh ? "ReplicaSet" : "Deployment";
    bool was_complete =
        totals->replicas == totals->updated && base_equal(reason, "NewReplicaSetAvailable");

    if (rollout->progress) {
        set_condition(rollout, status, "True", rollout->progress,
                      base_asprintf("Created new replica set \"%s\"", name), false);
        return;
    }
    if (!now && rollout->fresh)
        set_condition(rollout, status, "True", "FoundNewReplicaSet",
                      base_asprintf("Found new replica set \"%s\"", name), false);
    if (was_complete)
        return;
    if (complete(rollout, totals))
        set_condition(rollout, status, "True", "NewReplicaSetAvailable",
                      base_asprintf("%s \"%s\" has successfully progressed.", what, name), false);
    else if (moved(cJSON_GetObjectItemCaseSensitive(old, "status"), totals))
        set_condition(rollout, status, "True", "ReplicaSetUpdated",
                      base_asprintf("%s \"%s\" is progressing.", what, name), true);
    else if (timed_out(rollout, now))
        set_condition(rollout, status, "False", "ProgressDeadlineExceeded",
                      base_asprintf("%s \"%s\" has timed out progressing.", what, name), false);
}

static void note_pause(const struct aks_rollout *rollout, cJSON *status)
{
    const char *reason = base_json_text(aks_condition(status, "Progressing"), "reason");

    if (rollout->paused && !base_equal(reason, "DeploymentPaused") &&
        !base_equal(reason, "ProgressDeadlineExceeded"))
        set_condition(rollout, status, "Unknown", "DeploymentPaused",
                      base_strdup("Deployment is paused"), false);
}

/* What keeps the new set (or any) from making pods shows on the deployment. */
static void show_failure(const struct aks_rollout *rollout, cJSON *status)
{
    const cJSON *failure = NULL, *shown = aks_condition(status, "ReplicaFailure");

    for (size_t i = 0; i < rollout->sets.count; i++) {
        const struct aks_object *set = rollout->sets.items[i];
        const cJSON *found =
            aks_condition(cJSON_GetObjectItemCaseSensitive(set->body, "status"), "ReplicaFailure");
        if (found && (!failure || set == rollout->fresh))
            failure = found;
    }
    if (failure) {
        struct aks_condition condition = {.type = "ReplicaFailure",
                                          .status = "True",
                                          .reason = base_json_text(failure, "reason"),
                                          .message = base_json_text(failure, "message"),
                                          .update_time = true};
        put_condition(rollout, status, &condition);
    } else if (shown) {
        cJSON_Delete(cJSON_DetachItemViaPointer(
            cJSON_GetObjectItemCaseSensitive(status, "conditions"), (cJSON *)shown));
    }
}

/* Takes `message`. `touch`: lastUpdateTime moves though nothing else does. */
static void set_condition(const struct aks_rollout *rollout, cJSON *status, const char *value,
                          const char *reason, char *message, bool touch)
{
    struct aks_condition condition = {.type = "Progressing",
                                      .status = value,
                                      .reason = reason,
                                      .message = message,
                                      .update_time = true};

    if (touch)
        aks_condition_set(status, &condition, aks_now(rollout->cluster->aks));
    else
        put_condition(rollout, status, &condition);
    free(message);
}

static bool moved(const cJSON *old, const struct totals *totals)
{
    int replicas = (int)base_json_number(old, "replicas", 0),
        updated = (int)base_json_number(old, "updatedReplicas", 0);

    return totals->updated > updated || totals->replicas - totals->updated < replicas - updated ||
           totals->ready > (int)base_json_number(old, "readyReplicas", 0) ||
           totals->available > (int)base_json_number(old, "availableReplicas", 0);
}

static bool timed_out(const struct aks_rollout *rollout, const cJSON *condition)
{
    int64_t limit =
        (int64_t)base_json_number(rollout->deployment->body, "spec.progressDeadlineSeconds", 600) *
        1000;
    int64_t now = aks_now(rollout->cluster->aks),
            since = aks_time_at(condition, "lastUpdateTime", now);
    const char *reason = base_json_text(condition, "reason");
    int64_t least =
        (int64_t)(sim_world_clock(rollout->cluster->aks->world)->rate * LEAST_DEADLINE_MS);

    limit = limit > least ? limit : least;
    if (!condition || base_equal(reason, "NewReplicaSetAvailable"))
        return false;
    if (base_equal(reason, "ProgressDeadlineExceeded") || now > since + limit)
        return true;
    aks_reconcile_at(rollout->cluster, since + limit + 1000);
    return false;
}
