/* Decides when an Observation is read from the service, and when it is known already. */
#include "reference/pods/fhir_store.h"

#include "common/text.h"
#include "reference/dataplane/store.h"

#include <stdlib.h>
#include <string.h>

#define LIFE_MS (INT64_C(3600) * 1000)
#define BYTES_MAX (16u << 20)

static enum base_status search(void *context, const char *type, const char *system,
                               const char *value, cJSON **out, struct base_error *err);
static enum base_status update(void *context, const cJSON *resource, const char *if_version,
                               cJSON **out, struct base_error *err);

pod_cache_t *pod_observation_cache_new(const struct base_clock *clock, size_t entries)
{
    struct pod_cache_config config = {
        .clock = clock, .entries = entries, .bytes = BYTES_MAX, .life_ms = LIFE_MS};

    return pod_cache_new(&config);
}

struct dp_store pod_fhir_store(struct pod_fhir_lane *lane)
{
    return (struct dp_store){lane, search, update};
}

void pod_fhir_unchanged(const struct pod_fhir_lane *lane)
{
    if (lane->identifier)
        pod_cache_renew(lane->fhir->observations, lane->identifier);
}

void pod_fhir_lane_release(struct pod_fhir_lane *lane)
{
    free(lane->identifier);
    lane->identifier = NULL;
}

/* A comma would mean "or", a bar end the system: FHIR R4 §3.1.1.4.8. */
static void add_escaped(struct base_buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr(",|$\\", *text))
            base_buf_putc(out, '\\');
        base_buf_putc(out, *text);
    }
}

static enum base_status ask(const struct pod_fhir *fhir, const char *type, const char *system,
                            const char *value, cJSON **out, struct base_error *err)
{
    struct base_buf token = {0};
    enum base_status status;

    if (system) {
        add_escaped(&token, system);
        base_buf_putc(&token, '|');
    }
    add_escaped(&token, value);
    status =
        az_fhir_search(&fhir->service, type, "identifier", token.data ? token.data : "", out, err);
    base_buf_release(&token);
    return status;
}

static cJSON *recall(const struct pod_fhir_lane *lane)
{
    struct base_buf text = {0};
    cJSON *observation = NULL;

    if (pod_cache_get(lane->fhir->observations, lane->identifier, &text))
        observation = base_json_parse(text.data, text.len, NULL);
    if (observation)
        base_json_keep_numbers(observation, text.data);
    base_buf_release(&text);
    return observation;
}

static void remember(const struct pod_fhir_lane *lane, const cJSON *observation)
{
    char *text = base_json_print(observation);

    pod_cache_put(lane->fhir->observations, lane->identifier, text, strlen(text));
    free(text);
}

static bool is_observation(const char *type)
{
    return base_equal(type, "Observation");
}

/* What is found alone is remembered, if it is what was asked for: servers may compare a part of the identifier only. */
static void remember_found(const struct pod_fhir_lane *lane, const cJSON *list)
{
    const cJSON *one = cJSON_GetArraySize(list) == 1 ? list->child : NULL, *identifier;

    cJSON_ArrayForEach(identifier, cJSON_GetObjectItemCaseSensitive(one, "identifier"))
    {
        if (base_equal(base_json_text(identifier, "system"), DP_CONNECTOR_SYSTEM) &&
            base_equal(base_json_text(identifier, "value"), lane->identifier)) {
            remember(lane, one);
            return;
        }
    }
}

static enum base_status search(void *context, const char *type, const char *system,
                               const char *value, cJSON **out, struct base_error *err)
{
    struct pod_fhir_lane *lane = context;
    cJSON *known;
    enum base_status status;

    if (!is_observation(type))
        return ask(lane->fhir, type, system, value, out, err);
    free(lane->identifier);
    lane->identifier = base_strdup(value);
    known = recall(lane);
    if (known) {
        *out = cJSON_CreateArray();
        (void)cJSON_AddItemToArray(*out, known);
        return BASE_OK;
    }
    status = ask(lane->fhir, type, system, value, out, err);
    if (status == BASE_OK)
        remember_found(lane, *out);
    return status;
}

/* A new Observation that has a second version already was made by someone else as well. */
static bool contended(enum base_status status, const char *if_version, const cJSON *stored)
{
    return status == BASE_CONFLICT || (status == BASE_OK && !if_version &&
                                       is_observation(base_json_text(stored, "resourceType")) &&
                                       base_equal(base_json_text(stored, "meta.versionId"), "2"));
}

static enum base_status update(void *context, const cJSON *resource, const char *if_version,
                               cJSON **out, struct base_error *err)
{
    struct pod_fhir_lane *lane = context;
    const struct pod_fhir *fhir = lane->fhir;
    enum base_status status = az_fhir_update(&fhir->service, resource, if_version, out, err);

    if (contended(status, if_version, *out))
        pod_metrics_add(&fhir->pod->metrics, fhir->partition, POD_METRIC_CONTENTION, 1, 1);
    if (!is_observation(base_json_text(resource, "resourceType")) || !lane->identifier)
        return status;
    if (status == BASE_OK && is_observation(base_json_text(*out, "resourceType")))
        remember(lane, *out);
    else
        pod_cache_drop(fhir->observations, lane->identifier);
    return status;
}
