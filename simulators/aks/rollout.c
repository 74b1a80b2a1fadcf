/* Decides how replica sets of a deployment are made, named, numbered and resized. */
#include "simulators/aks/deployment.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const not_copied[] = {"kubectl.kubernetes.io/last-applied-configuration",
                                         AKS_REVISION, AKS_DESIRED, AKS_MAX, AKS_HISTORY_NOTE};

static bool make_set(struct aks_rollout *rollout);
static bool annotate_set(struct aks_rollout *rollout, cJSON *body, int revision);
static void note_history(cJSON *body, const char *revision);
static bool annotate_deployment(struct aks_rollout *rollout, const char *revision);
static void template_hash(const cJSON *deployment, int collisions, char out[16]);
static int first_size(const struct aks_rollout *rollout);
static int highest_old_revision(const struct aks_rollout *rollout);
static void replace_held(struct aks_rollout *rollout, struct aks_object *set,
                         const struct aks_object *now);
static void resize_in_proportion(struct aks_rollout *rollout, int total);

bool aks_rollout_fresh(struct aks_rollout *rollout, bool make)
{
    int revision = highest_old_revision(rollout) + 1;

    if (!rollout->fresh)
        return make ? make_set(rollout) : true;
    cJSON *body = base_json_copy(rollout->fresh->body);
    const char *has = aks_annotation(body, AKS_REVISION);
    if (!annotate_set(rollout, body, has && atoi(has) > revision ? atoi(has) : revision)) {
        cJSON_Delete(body);
        return annotate_deployment(rollout, aks_annotation(rollout->fresh->body, AKS_REVISION));
    }
    (void)aks_update_quietly(rollout->cluster, rollout->fresh->kind, "", body);
    return false;
}

bool aks_rollout_scale(struct aks_rollout *rollout, struct aks_object *set, int replicas)
{
    char desired[16], most[16];
    int now = aks_set_replicas(set);
    bool other = now != replicas;
    cJSON *body = base_json_copy(set->body);

    snprintf(desired, sizeof desired, "%d", rollout->desired);
    snprintf(most, sizeof most, "%d", rollout->desired + rollout->surge);
    aks_annotate(body, AKS_DESIRED, desired);
    aks_annotate(body, AKS_MAX, most);
    base_json_set_number(aks_member(body, "spec"), "replicas", replicas);
    if (base_json_equal(body, set->body)) {
        cJSON_Delete(body);
        return false;
    }
    if (!aks_update_quietly(rollout->cluster, set->kind, "", body))
        return false;
    if (other)
        aks_record(rollout->cluster, rollout->deployment->body, AKS_DEPLOYMENT_COMPONENT, "Normal",
                   "ScalingReplicaSet", "Scaled %s replica set %s to %d",
                   replicas > now ? "up" : "down", set->name, replicas);
    replace_held(rollout, set,
                 aks_store_get(rollout->cluster, set->kind, set->namespace, set->name));
    return other;
}

void aks_rollout_resize(struct aks_rollout *rollout)
{
    struct aks_object *active = NULL;
    size_t count = 0;

    for (size_t i = 0; i < rollout->sets.count; i++)
        if (aks_set_replicas(rollout->sets.items[i]) > 0) {
            active = rollout->sets.items[i];
            count++;
        }
    if (count == 0)
        active = rollout->fresh        ? rollout->fresh
                 : rollout->sets.count ? rollout->sets.items[rollout->sets.count - 1]
                                       : NULL;
    if (count <= 1) {
        if (active)
            (void)aks_rollout_scale(rollout, active, rollout->desired);
        return;
    }
    const char *desired = rollout->fresh ? aks_annotation(rollout->fresh->body, AKS_DESIRED) : NULL;
    bool saturated = desired && aks_set_replicas(rollout->fresh) == rollout->desired &&
                     atoi(desired) == rollout->desired &&
                     aks_set_available(rollout->fresh) == rollout->desired;
    for (size_t i = 0; saturated && i < rollout->sets.count; i++)
        if (rollout->sets.items[i] != rollout->fresh)
            (void)aks_rollout_scale(rollout, rollout->sets.items[i], 0);
    if (!saturated && rollout->rolling)
        resize_in_proportion(rollout, rollout->desired > 0 ? rollout->desired + rollout->surge : 0);
}

/* A name that another template took already: the hash is made anew with the collision counted. */
static bool make_set(struct aks_rollout *rollout)
{
    const cJSON *deployment = rollout->deployment->body, *spec = base_json_at(deployment, "spec");
    const struct aks_kind *kind = aks_kind_at(AKS_REPLICA_SET);
    int collisions = (int)base_json_number(deployment, "status.collisionCount", 0),
        size = first_size(rollout);
    char hash[16], *name = NULL;

    do {
        free(name);
        template_hash(deployment, collisions++, hash);
        name = base_asprintf("%s-%s", rollout->deployment->name, hash);
    } while (aks_store_get(rollout->cluster, kind, rollout->deployment->namespace, name));

    cJSON *body = cJSON_CreateObject(), *target = aks_member(body, "spec"), *template;
    base_json_set_text(aks_metadata(body), "name", name);
    base_json_set_text(aks_metadata(body), "namespace", rollout->deployment->namespace);
    const cJSON *labels = base_json_at(spec, "template.metadata.labels");
    base_json_set(aks_metadata(body), "labels",
                  labels ? base_json_copy(labels) : cJSON_CreateObject());
    base_json_set_text(aks_metadata_map(body, "labels"), AKS_TEMPLATE_HASH, hash);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(aks_metadata(body), "ownerReferences"),
                         aks_owner_reference(deployment));
    base_json_set_number(target, "replicas", size);
    if (base_json_number(spec, "minReadySeconds", 0) > 0)
        base_json_set_number(target, "minReadySeconds",
                             base_json_number(spec, "minReadySeconds", 0));
    base_json_set(target, "selector", base_json_copy(base_json_at(spec, "selector")));
    base_json_set_text(aks_member(aks_member(target, "selector"), "matchLabels"), AKS_TEMPLATE_HASH,
                       hash);
    template = base_json_copy(base_json_at(spec, "template"));
    base_json_set_text(aks_metadata_map(template, "labels"), AKS_TEMPLATE_HASH, hash);
    base_json_set(target, "template", template);
    (void)annotate_set(rollout, body, highest_old_revision(rollout) + 1);
    if (aks_create_quietly(rollout->cluster, kind, body)) {
        if (size > 0)
            aks_record(rollout->cluster, deployment, AKS_DEPLOYMENT_COMPONENT, "Normal",
                       "ScalingReplicaSet", "Scaled up replica set %s to %d", name, size);
        struct aks_object *made =
            aks_store_get(rollout->cluster, kind, rollout->deployment->namespace, name);
        rollout->sets.items = base_realloc(rollout->sets.items,
                                           (rollout->sets.count + 1) * sizeof *rollout->sets.items);
        rollout->sets.items[rollout->sets.count++] = rollout->fresh = aks_object_hold(made);
        rollout->progress = "NewReplicaSetCreated";
        if (annotate_deployment(rollout, aks_annotation(made->body, AKS_REVISION)))
            aks_rollout_status(rollout, true);
    }
    free(name);
    return false;
}

/* True when something changed. Annotations of the deployment show on its new set too. */
static bool annotate_set(struct aks_rollout *rollout, cJSON *body, int revision)
{
    const cJSON *entry, *before = base_json_at(body, "metadata.annotations");
    cJSON *was = before ? base_json_copy(before) : cJSON_CreateObject();
    char text[16];

    cJSON_ArrayForEach(entry, base_json_at(rollout->deployment->body, "metadata.annotations"))
    {
        bool copy = true;
        for (size_t i = 0; i < sizeof not_copied / sizeof *not_copied; i++)
            copy = copy && !base_equal(entry->string, not_copied[i]);
        if (copy)
            aks_annotate(body, entry->string, cJSON_GetStringValue(entry));
    }
    snprintf(text, sizeof text, "%d", revision);
    note_history(body, text);
    aks_annotate(body, AKS_REVISION, text);
    if (!cJSON_GetObjectItemCaseSensitive(was, AKS_DESIRED)) {
        snprintf(text, sizeof text, "%d", rollout->desired);
        aks_annotate(body, AKS_DESIRED, text);
        snprintf(text, sizeof text, "%d", rollout->desired + rollout->surge);
        aks_annotate(body, AKS_MAX, text);
    }
    bool changed = !base_json_equal(was, base_json_at(body, "metadata.annotations"));
    cJSON_Delete(was);
    return changed;
}

/* The revisions a set had before it was rolled back to. */
static void note_history(cJSON *body, const char *revision)
{
    const char *had = aks_annotation(body, AKS_REVISION),
               *history = aks_annotation(body, AKS_HISTORY_NOTE);

    if (!had || base_equal(had, revision))
        return;
    char *all = base_asprintf("%s%s%s", history ? history : "", history ? "," : "", had);
    aks_annotate(body, AKS_HISTORY_NOTE, all);
    free(all);
}

/* False when it had to be written. */
static bool annotate_deployment(struct aks_rollout *rollout, const char *revision)
{
    const char *has = aks_annotation(rollout->deployment->body, AKS_REVISION);

    if (!revision || base_equal(has, revision))
        return true;
    cJSON *body = base_json_copy(rollout->deployment->body);
    aks_annotate(body, AKS_REVISION, revision);
    (void)aks_update_quietly(rollout->cluster, rollout->deployment->kind, "", body);
    struct aks_object *now =
        aks_store_get(rollout->cluster, rollout->deployment->kind, rollout->deployment->namespace,
                      rollout->deployment->name);
    if (!now)
        return false;
    aks_object_drop(rollout->deployment);
    rollout->deployment = aks_object_hold(now);
    return true;
}

/* FNV-1a of the template, its decimal digits written in the safe alphabet (rand.SafeEncodeString). */
static void template_hash(const cJSON *deployment, int collisions, char out[16])
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    char *text = base_json_print(base_json_at(deployment, "spec.template")), digits[16];
    uint32_t hash = 2166136261u;

    for (const char *c = text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    hash = (hash ^ (uint32_t)collisions) * 16777619u;
    free(text);
    snprintf(digits, sizeof digits, "%u", hash);
    size_t i = 0;
    for (; digits[i]; i++)
        out[i] = alphabet[(unsigned char)digits[i] % (sizeof alphabet - 1)];
    out[i] = '\0';
}

/* Of a new set: what strategy and running pods leave room for. */
static int first_size(const struct aks_rollout *rollout)
{
    int total = 0;

    if (!rollout->rolling)
        return rollout->desired;
    for (size_t i = 0; i < rollout->sets.count; i++)
        total += aks_set_replicas(rollout->sets.items[i]);
    int room = rollout->desired + rollout->surge - total;
    return room <= 0 ? 0 : room < rollout->desired ? room : rollout->desired;
}

static int highest_old_revision(const struct aks_rollout *rollout)
{
    int highest = 0;

    for (size_t i = 0; i < rollout->sets.count; i++) {
        const char *revision = aks_annotation(rollout->sets.items[i]->body, AKS_REVISION);
        if (rollout->sets.items[i] != rollout->fresh && revision && atoi(revision) > highest)
            highest = atoi(revision);
    }
    return highest;
}

static void replace_held(struct aks_rollout *rollout, struct aks_object *set,
                         const struct aks_object *now)
{
    for (size_t i = 0; now && i < rollout->sets.count; i++) {
        if (rollout->sets.items[i] != set)
            continue;
        if (rollout->fresh == set)
            rollout->fresh = (struct aks_object *)now;
        rollout->sets.items[i] = aks_object_hold((struct aks_object *)now);
        aks_object_drop(set);
        return;
    }
}

/* Each active set gets its share of what is added or taken; the rounding's rest goes to the largest (growing) or smallest. */
static void resize_in_proportion(struct aks_rollout *rollout, int total)
{
    size_t count = rollout->sets.count, largest = 0;
    int *sizes = base_alloc((count + 1) * sizeof *sizes), all = 0, added = 0;

    for (size_t i = 0; i < count; i++) {
        all += sizes[i] = aks_set_replicas(rollout->sets.items[i]);
        if (sizes[i] >= sizes[largest])
            largest = i;
    }
    int change = total - all;
    for (size_t i = 0; i < count && all > 0; i++) {
        int share = (int)lround((double)change * sizes[i] / all);
        if ((change > 0 && share > change - added) || (change < 0 && share < change - added))
            share = change - added;
        sizes[i] += share;
        added += share;
    }
    if (count)
        sizes[largest] += change - added;
    for (size_t i = 0; i < count; i++)
        (void)aks_rollout_scale(rollout, rollout->sets.items[i], sizes[i] > 0 ? sizes[i] : 0);
    free(sizes);
}
