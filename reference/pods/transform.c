/* Decides what becomes of a batch of normalized measurements: Observations saved, groups skipped and seen, or the batch held back. */
#include "reference/pods/transform.h"

#include "azure/fhir.h"
#include "reference/pods/event_tokens.h"
#include "reference/pods/identity.h"

#include <stdlib.h>
#include <string.h>

struct transformer { /* of one partition */
    struct pod_transformation *shared;
    /* The batch, by its first event, and the mapping whose failures are in the log already: tried again, it is not told again. */
    int64_t noted_batch; /* -1: none */
    char noted_etag[64];
};

struct work { /* one batch */
    struct transformer *state;
    const struct pod_events *events;
    const struct pod_mapping *mapping;
    bool quiet; /* its failures are in the log already */
    struct az_fhir fhir;
    struct dp_store store;
    struct base_arena *arena;
    const struct az_event **sources; /* of each measurement of the list */
    size_t source_capacity;
    struct dp_measurements list;
};

static void *open_state(void *shared);
static enum base_status run(void *state, const struct pod_events *events, enum pod_part *part,
                            struct base_error *err);
static enum base_status with_service(struct work *work, enum pod_part *part,
                                     struct base_error *err);
static void read_events(struct work *work);
static enum base_status save_groups(struct work *work, enum pod_part *part, struct base_error *err);
static enum base_status save_group(struct work *work, const struct dp_group *group,
                                   struct base_error *err);
static enum base_status search(void *context, const char *type, const char *system,
                               const char *value, cJSON **out, struct base_error *err);
static enum base_status update(void *context, const cJSON *resource, const char *if_version,
                               cJSON **out, struct base_error *err);

struct pod_stage pod_transformation_stage(struct pod_transformation *shared)
{
    return (struct pod_stage){open_state, run, free, NULL, shared};
}

static void add_metric(const struct work *work, enum pod_metric metric, int64_t sum, size_t times)
{
    pod_metrics_add(&work->state->shared->pod->metrics, work->events->partition, metric, sum,
                    (int64_t)times);
}

static void *open_state(void *shared)
{
    struct transformer *state = base_alloc(sizeof *state);

    state->shared = shared;
    state->noted_batch = -1;
    return state;
}

static void count_done(const struct work *work)
{
    struct pod *pod = work->state->shared->pod;
    int64_t now = base_clock_ms(&pod->clock), latency = 0;
    size_t known = 0;

    for (size_t i = 0; i < work->list.count; i++)
        if (work->list.items[i].has_ingestion) {
            latency += now - dp_date_to_ms(work->list.items[i].ingestion);
            known++;
        }
    pod_count(pod, POD_MEASUREMENTS, (long long)work->list.count);
    add_metric(work, POD_METRIC_MEASUREMENTS, (int64_t)work->list.count, 1);
    add_metric(work, POD_METRIC_INGESTION, latency, known);
}

static enum base_status run(void *state, const struct pod_events *events, enum pod_part *part,
                            struct base_error *err)
{
    struct transformer *transformer = state;
    pod_mappings_t *mappings = transformer->shared->mappings;
    struct pod_mapping *mapping = NULL;
    struct base_arena arena;
    struct work work = {.state = transformer, .events = events, .arena = &arena};
    enum base_status status;

    base_arena_init(&arena);
    *part = POD_PART_TEMPLATES;
    status = pod_mappings_acquire(mappings, &mapping, err);
    if (status == BASE_OK) {
        work.mapping = mapping;
        work.quiet = transformer->noted_batch == events->items[0]->sequence_number &&
                     strcmp(transformer->noted_etag, mapping->etag) == 0;
        read_events(&work);
        status = with_service(&work, part, err);
    }
    if (status == BASE_OK)
        count_done(&work);
    else
        pod_mappings_doubt(mappings);
    pod_mappings_release(mappings, mapping);
    base_arena_release(&arena);
    return status;
}

/* The FHIR service is used as the connector's external identity. */
static enum base_status with_service(struct work *work, enum pod_part *part, struct base_error *err)
{
    struct pod *pod = work->state->shared->pod;
    enum base_status status = BASE_OK;

    work->fhir = (struct az_fhir){pod->az, pod->internal, pod->settings.fhir_url};
    *part = POD_PART_VAULT;
    if (pod->external)
        status = pod_identity_acquire(pod->external, &work->fhir.credential, err);
    if (status != BASE_OK)
        return status;
    work->store = (struct dp_store){work, search, update};
    *part = POD_PART_FHIR;
    status = save_groups(work, part, err);
    if (pod->external) {
        if (status == BASE_UNAUTHENTICATED)
            pod_identity_doubt(pod->external);
        pod_identity_release(pod->external, work->fhir.credential);
    }
    return status;
}

/* Measurements that came with one event; the array grows as the list does. */
static void note_source(struct work *work, size_t from, const struct az_event *event)
{
    if (work->list.capacity > work->source_capacity) {
        const struct az_event **wider =
            base_arena_alloc(work->arena, work->list.capacity * sizeof(void *));
        for (size_t i = 0; i < from; i++)
            wider[i] = work->sources[i];
        work->sources = wider;
        work->source_capacity = work->list.capacity;
    }
    for (size_t i = from; i < work->list.count; i++)
        work->sources[i] = event;
}

static enum base_status read_event(struct work *work, const struct az_event *event,
                                   struct base_error *err)
{
    bool group = pod_event_flag(event, "IsMeasurementGroup");

    if (group && amqp_bytes_equal(event->amqp.content_type, "application/gzip"))
        return base_error_set(err, BASE_UNSUPPORTED, "MeasurementGroupProcessingException",
                              "Compressed measurement groups are not built.");
    return dp_measurement_read(work->arena, event->body.data ? event->body.data : "",
                               event->body.len, group, &work->list, err);
}

/* A message that is no measurement can never become one: it is skipped and seen (the original tries it for ever). */
static void read_events(struct work *work)
{
    struct pod *pod = work->state->shared->pod;

    for (size_t i = 0; i < work->events->count; i++) {
        const struct az_event *event = work->events->items[i];
        struct base_error err = {0};
        size_t before = work->list.count;
        if (read_event(work, event, &err) != BASE_OK) {
            work->list.count = before;
            if (!work->quiet) {
                pod_poison(pod, work->events->partition, event, "skipped", &err);
                pod_metrics_exception(&pod->metrics, work->events->partition, err.code, true);
            }
            continue;
        }
        note_source(work, before, event);
    }
}

/* Trouble with the service itself would meet every group; anything else concerns one group only. */
static bool concerns_all(enum base_status status)
{
    return status == BASE_DENIED || status == BASE_UNAUTHENTICATED || status == BASE_UNAVAILABLE ||
           status == BASE_TIMEOUT || status == BASE_THROTTLED || status == BASE_CANCELED;
}

static void note_failure(struct work *work, const struct dp_group *group,
                         const struct base_error *err)
{
    struct pod *pod = work->state->shared->pod;
    bool handled = dp_error_is_handled(err, false, false);

    if (handled && !work->quiet)
        pod_metrics_exception(&pod->metrics, work->events->partition, err->code, true);
    if (!work->quiet)
        pod_poison(pod, work->events->partition, work->sources[group->origins[0]],
                   handled
                       ? "skipped (its group of measurements)"
                       : "blocks its partition until the mapping or the FHIR service is changed",
                   err);
}

/* Groups go on after one of them failed; the first failure that is not handled is the batch's. */
static enum base_status save_groups(struct work *work, enum pod_part *part, struct base_error *err)
{
    enum base_status result = BASE_OK;
    struct dp_groups groups;

    dp_group_measurements(work->arena, &work->list, &groups);
    add_metric(work, POD_METRIC_GROUPS, work->quiet ? 0 : (int64_t)groups.count, 1);
    for (size_t i = 0; i < groups.count; i++) {
        struct base_error cause = {0};
        enum base_status status = save_group(work, &groups.items[i], &cause);
        bool mapping = strcmp(cause.code, "FhirDataMappingException") == 0;
        if (status == BASE_OK)
            continue;
        if (result == BASE_OK) {
            result = status;
            *err = cause;
            *part = mapping ? POD_PART_TEMPLATES : POD_PART_FHIR;
        }
        if (concerns_all(status))
            return status;
        note_failure(work, &groups.items[i], &cause);
    }
    work->state->noted_batch = work->events->items[0]->sequence_number;
    memcpy(work->state->noted_etag, work->mapping->etag, sizeof work->state->noted_etag);
    return result;
}

static enum base_status resolve(struct work *work, const struct dp_measurement *first,
                                struct dp_ids *ids, struct base_error *err)
{
    struct pod_transformation *shared = work->state->shared;
    enum base_status status;

    if (pod_identity_cache_get(shared->identities, first, work->arena, ids))
        return BASE_OK;
    status = dp_identity_resolve(&shared->pod->settings.identity, &work->store, first, work->arena,
                                 ids, err);
    if (status == BASE_OK)
        pod_identity_cache_put(shared->identities, first, ids);
    return status;
}

static enum base_status save_part(struct work *work, const struct dp_fhir_template *template,
                                  const struct dp_observation_group *part, const struct dp_ids *ids,
                                  struct base_error *err)
{
    static const struct {
        enum pod_counter counter;
        enum pod_metric metric;
    } counts[] = {[DP_SAVED_CREATED] = {POD_CREATED, POD_METRIC_CREATED},
                  [DP_SAVED_UPDATED] = {POD_UPDATED, POD_METRIC_UPDATED},
                  [DP_SAVED_NO_OPERATION] = {POD_UNCHANGED, POD_METRIC_UNCHANGED}};
    struct pod *pod = work->state->shared->pod;
    enum dp_saved saved;
    enum base_status status = dp_observation_save(&work->store, template, part, ids,
                                                  base_clock_ms(&pod->clock), &saved, err);

    if (status == BASE_OK) {
        pod_count(pod, counts[saved].counter, 1);
        add_metric(work, counts[saved].metric, 1, 1);
    }
    return status;
}

/* BASE_OK also when all that failed is of the handled kind; that is in the log then. A part that fails does not take the others
 * of its group with it, as it does in the original. */
static enum base_status save_group(struct work *work, const struct dp_group *group,
                                   struct base_error *err)
{
    const struct dp_fhir_template *template;
    struct dp_observation_groups parts = {0};
    struct dp_ids ids;
    enum base_status status = resolve(work, group->first, &ids, err);

    if (status == BASE_OK)
        status = dp_fhir_mapping_find(work->mapping->fhir, group->first->type, &template, err);
    if (status == BASE_OK)
        status = dp_group_by_period(work->arena, group, template, &parts, err);
    for (size_t i = 0; status == BASE_OK && i < parts.count; i++) {
        struct base_error cause = {0};
        status = save_part(work, template, &parts.items[i], &ids, &cause);
        if (status != BASE_OK && dp_error_is_handled(&cause, false, false)) {
            note_failure(work, group, &cause);
            status = BASE_OK;
        }
        if (status != BASE_OK)
            *err = cause;
    }
    if (status != BASE_OK && dp_error_is_handled(err, false, false)) {
        note_failure(work, group, err);
        return BASE_OK;
    }
    return status;
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

static enum base_status search(void *context, const char *type, const char *system,
                               const char *value, cJSON **out, struct base_error *err)
{
    const struct work *work = context;
    struct base_buf token = {0};
    enum base_status status;

    if (system) {
        add_escaped(&token, system);
        base_buf_putc(&token, '|');
    }
    add_escaped(&token, value);
    status = az_fhir_search(&work->fhir, type, "identifier", token.data, out, err);
    base_buf_release(&token);
    return status;
}

static enum base_status update(void *context, const cJSON *resource, const char *if_version,
                               cJSON **out, struct base_error *err)
{
    struct work *work = context;
    enum base_status status = az_fhir_update(&work->fhir, resource, if_version, out, err);

    if (status == BASE_CONFLICT)
        add_metric(work, POD_METRIC_CONTENTION, 1, 1);
    return status;
}
