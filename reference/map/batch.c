/* Decides what a batch of measurements becomes in the store, group by group. */
#include "reference/map/batch.h"

#include <stdlib.h>
#include <string.h>

static void save_group(struct map_batch *batch, const dp_fhir_mapping_t *mapping,
                       const struct dp_group *group, const struct map_ids *ids);
static void fail_group(struct map_batch *batch, const struct dp_group *group,
                       const struct base_error *err, const char *inner);

void map_batch_release(struct map_batch *batch)
{
    map_store_release(&batch->store);
    free(batch->saved);
    free(batch->failures);
    base_arena_release(&batch->arena);
    *batch = (struct map_batch){0};
}

void map_batch_add(struct map_batch *batch, const struct dp_measurement *from)
{
    dp_measurements_keep(&batch->arena, &batch->list, from);
}

void map_batch_run(struct map_batch *batch, const dp_fhir_mapping_t *mapping,
                   const struct map_ids *ids)
{
    struct dp_groups groups;

    dp_group_measurements(&batch->arena, &batch->list, &groups);
    for (size_t i = 0; i < groups.count; i++)
        save_group(batch, mapping, &groups.items[i], ids);
}

/* The given ids, or the measurement's own; an encounter only when the measurement names one. */
static struct dp_ids resolve(const struct map_ids *ids, const struct dp_measurement *first)
{
    struct dp_ids out = {ids->patient, ids->device, NULL};

    if (!ids->patient) {
        out.patient = first->patient_id ? first->patient_id : "patient";
        out.device = first->device_id;
    }
    if (first->encounter_id)
        out.encounter = ids->encounter ? ids->encounter : ids->patient ? NULL : first->encounter_id;
    return out;
}

static void note_saved(struct map_batch *batch, enum dp_saved saved)
{
    if (batch->saved_count == batch->saved_capacity) {
        batch->saved_capacity = batch->saved_capacity ? batch->saved_capacity * 2 : 16;
        batch->saved = base_realloc(batch->saved, batch->saved_capacity * sizeof *batch->saved);
    }
    batch->saved[batch->saved_count++] = saved;
}

/* A part that fails does not take the others of its group with it. */
static void save_group(struct map_batch *batch, const dp_fhir_mapping_t *mapping,
                       const struct dp_group *group, const struct map_ids *ids)
{
    struct dp_store store = map_store_port(&batch->store);
    struct dp_ids resolved = resolve(ids, group->first);
    struct dp_observation_groups parts = {0};
    const struct dp_fhir_template *template = NULL;
    struct base_error err = {0};

    if (dp_fhir_mapping_find(mapping, group->first->type, &template, &err) != BASE_OK) {
        fail_group(batch, group, &err, "TemplateNotFoundException");
        return;
    }
    if (dp_group_by_period(&batch->arena, group, template, &parts, &err) != BASE_OK) {
        fail_group(batch, group, &err, "NotSupportedException");
        return;
    }
    for (size_t i = 0; i < parts.count; i++) {
        enum dp_saved saved;
        base_error_clear(&err);
        if (dp_observation_save(&store, template, &parts.items[i], &resolved, 0, &saved, &err) ==
            BASE_OK)
            note_saved(batch, saved);
        else
            fail_group(batch, group, &err, NULL);
    }
}

/* `inner` holds for the wrapping exception only. */
static void fail_group(struct map_batch *batch, const struct dp_group *group,
                       const struct base_error *err, const char *inner)
{
    struct map_failure *failure;

    if (batch->failure_count == batch->failure_capacity) {
        batch->failure_capacity = batch->failure_capacity ? batch->failure_capacity * 2 : 8;
        batch->failures =
            base_realloc(batch->failures, batch->failure_capacity * sizeof *batch->failures);
    }
    failure = &batch->failures[batch->failure_count++];
    *failure = (struct map_failure){
        .exception = base_arena_strdup(&batch->arena, err->code),
        .inner = strcmp(err->code, "FhirDataMappingException") == 0 ? inner : NULL,
        .message = base_arena_strdup(&batch->arena, err->message),
        .type = group->first->type,
        .device_id = group->first->device_id,
        .handled = dp_error_is_handled(err, false, false)};
}
