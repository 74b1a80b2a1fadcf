/* Decides how an Observation reaches the FHIR server, and which failures stop a batch. */
#include "reference/dataplane/store.h"

#include "common/text.h"

#include <string.h>

#define CONFLICT_ATTEMPTS 3

static enum base_status find(const struct dp_store *store, const char *identifier, cJSON **out,
                             struct base_error *err);
static enum base_status save_once(const struct dp_store *store,
                                  const struct dp_fhir_template *template,
                                  const struct dp_observation_group *group,
                                  const struct dp_ids *ids, int64_t issued_ms, enum dp_saved *saved,
                                  struct base_error *err);

const char *dp_saved_name(enum dp_saved saved)
{
    static const char *const names[] = {"Created", "Updated", "NoOperation"};

    return names[saved];
}

enum base_status dp_observation_save(const struct dp_store *store,
                                     const struct dp_fhir_template *template,
                                     const struct dp_observation_group *group,
                                     const struct dp_ids *ids, int64_t issued_ms,
                                     enum dp_saved *saved, struct base_error *err)
{
    struct base_error last = {0};
    enum base_status status = BASE_CONFLICT;

    for (int i = 0; status == BASE_CONFLICT && i < CONFLICT_ATTEMPTS; i++) {
        base_error_clear(&last);
        status = save_once(store, template, group, ids, issued_ms, saved, &last);
    }
    if (status != BASE_OK && err && err->status == BASE_OK)
        *err = last;
    return status;
}

bool dp_error_is_handled(const struct base_error *err, bool normalizing, bool discard)
{
    static const char *const transformation[] = {
        "PatientDeviceMismatchException",
        "PatientIdentityNotDefinedException",
        "EncounterIdentityNotDefinedException",
        "NotSupportedException",
        "DeviceNotFoundException",
        "PatientNotFoundException",
        "EncounterNotFoundException",
        "MultipleResourceFoundException",
        "CorrelationIdNotDefinedException",
        "InvalidQuantityFhirValueException",
    };

    /* all that evaluating a template may throw is one wrapped exception in the original */
    if (normalizing)
        return discard || strcmp(err->code, "InvalidDataFormatException") == 0;
    for (size_t i = 0; i < sizeof transformation / sizeof *transformation; i++)
        if (strcmp(err->code, transformation[i]) == 0)
            return true;
    return false;
}

/* Exactly this identifier: servers may compare a part only. */
static bool has_identifier(const cJSON *resource, const char *value)
{
    const cJSON *identifier;

    cJSON_ArrayForEach(identifier, cJSON_GetObjectItemCaseSensitive(resource, "identifier"))
    {
        if (base_equal(base_json_text(identifier, "system"), DP_CONNECTOR_SYSTEM) &&
            base_equal(base_json_text(identifier, "value"), value))
            return true;
    }
    return false;
}

static enum base_status find(const struct dp_store *store, const char *identifier, cJSON **out,
                             struct base_error *err)
{
    cJSON *list = NULL, *one;
    const cJSON *hit = NULL;
    size_t hits = 0;
    enum base_status status =
        store->search(store->context, "Observation", DP_CONNECTOR_SYSTEM, identifier, &list, err);

    *out = NULL;
    cJSON_ArrayForEach(one, list) if (has_identifier(one, identifier))
    {
        hit = one;
        hits++;
    }
    if (status == BASE_OK && hits > 1)
        status = base_error_set(err, BASE_INVALID, "MultipleResourceFoundException",
                                "%zu Observations have the identifier '%s'; there may be one.",
                                hits, identifier);
    if (status == BASE_OK && hit)
        *out = base_json_copy(hit);
    cJSON_Delete(list);
    return status;
}

static enum base_status save_once(const struct dp_store *store,
                                  const struct dp_fhir_template *template,
                                  const struct dp_observation_group *group,
                                  const struct dp_ids *ids, int64_t issued_ms, enum dp_saved *saved,
                                  struct base_error *err)
{
    struct base_arena arena;
    cJSON *existing = NULL, *made = NULL, *stored = NULL;
    const char *version = NULL;
    enum base_status status;

    base_arena_init(&arena);
    status = find(store, dp_observation_identifier(&arena, ids, group), &existing, err);
    if (status != BASE_OK)
        goto done;
    if (existing) {
        version = base_json_text(existing, "meta.versionId");
        status = dp_observation_merge(template, group, existing, &made, err);
        *saved = made ? DP_SAVED_UPDATED : DP_SAVED_NO_OPERATION;
    } else {
        made = dp_observation_create(template, group, ids, issued_ms, err);
        status = made ? BASE_OK : BASE_INVALID;
        *saved = DP_SAVED_CREATED;
    }
    if (status == BASE_OK && made)
        status = store->update(store->context, made, version, &stored, err);
done:
    cJSON_Delete(existing);
    cJSON_Delete(made);
    cJSON_Delete(stored);
    base_arena_release(&arena);
    return status;
}
