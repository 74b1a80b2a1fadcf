/* Decides what becomes of a batch of normalized measurements: Observations saved, groups skipped and seen, or the batch held back. */
#include "reference/pods/transform.h"

#include "reference/pods/compressed.h"
#include "reference/pods/identity.h"
#include "reference/pods/save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transformer { /* of one partition */
    struct pod_transformation *shared;
    /* The batch, by its first event, and the mapping whose failures (hashes) are in the log: tried again, they are not told again. */
    int64_t batch; /* -1: none yet */
    char etag[64];
    struct base_buf told;
    bool again; /* the batch was tried before, with this mapping or another */
};

struct work { /* one batch */
    struct transformer *state;
    const struct pod_events *events;
    const struct pod_mapping *mapping;
    struct pod_fhir fhir;
    struct pod_failures failures;
    bool gave_up;   /* the service does not work: not everything was tried */
    size_t through; /* groups that got through */
    int64_t measurements, latency_ms, latencies;
};
struct unit {                         /* measurements that are grouped together */
    struct base_arena arena, scratch; /* scratch: of one message */
    const struct az_event **sources;  /* of each measurement of the list */
    size_t source_capacity;
    struct dp_measurements list;
};

static void *open_state(void *shared);
static void close_state(void *state);
static enum base_status run(void *state, const struct pod_events *events, enum pod_part *part,
                            struct base_error *err);
static void begin_batch(struct work *work);
static enum base_status with_service(struct work *work, enum pod_part *part,
                                     struct base_error *err);
static void save_units(struct work *work);
static enum base_status outcome(struct work *work, enum pod_part *part, struct base_error *err);

struct pod_stage pod_transformation_stage(struct pod_transformation *shared)
{
    return (struct pod_stage){open_state, run, close_state, NULL, shared};
}

static void *open_state(void *shared)
{
    struct transformer *state = base_alloc(sizeof *state);

    state->shared = shared;
    state->batch = -1;
    return state;
}

static void close_state(void *state)
{
    struct transformer *transformer = state;

    base_buf_release(&transformer->told);
    free(transformer);
}

static void add_metric(const struct work *work, enum pod_metric metric, int64_t sum, int64_t times)
{
    pod_metrics_add(&work->fhir.pod->metrics, work->events->partition, metric, sum, times);
}

static void count_done(const struct work *work)
{
    pod_count(work->fhir.pod, POD_MEASUREMENTS, work->measurements);
    add_metric(work, POD_METRIC_MEASUREMENTS, work->measurements, 1);
    add_metric(work, POD_METRIC_INGESTION, work->latency_ms, work->latencies);
}

static enum base_status run(void *state, const struct pod_events *events, enum pod_part *part,
                            struct base_error *err)
{
    struct transformer *transformer = state;
    struct pod_transformation *shared = transformer->shared;
    struct pod_mapping *mapping = NULL;
    struct work work = {.state = transformer,
                        .events = events,
                        .fhir = {.pod = shared->pod,
                                 .partition = events->partition,
                                 .observations = shared->observations}};
    enum base_status status;

    *part = POD_PART_TEMPLATES;
    status = pod_mappings_acquire(shared->mappings, &mapping, err);
    if (status == BASE_OK) {
        work.mapping = mapping;
        begin_batch(&work);
        status = with_service(&work, part, err);
    }
    if (status == BASE_OK)
        count_done(&work);
    else
        pod_mappings_doubt(shared->mappings);
    pod_mappings_release(shared->mappings, mapping);
    pod_failures_release(&work.failures);
    return status;
}

/* Is this batch new, or tried again? Another mapping may fail otherwise. */
static void begin_batch(struct work *work)
{
    struct transformer *state = work->state;
    int64_t batch = work->events->items[0]->sequence_number;

    state->again = state->batch == batch;
    if (!state->again || strcmp(state->etag, work->mapping->etag) != 0)
        base_buf_clear(&state->told);
    state->batch = batch;
    memcpy(state->etag, work->mapping->etag, sizeof state->etag);
}

/* The FHIR service is used as the connector's external identity. */
static enum base_status with_service(struct work *work, enum pod_part *part, struct base_error *err)
{
    struct pod *pod = work->fhir.pod;
    enum base_status status = BASE_OK;

    work->fhir.service =
        (struct az_fhir){.az = pod->az, .credential = pod->internal, .url = pod->settings.fhir_url};
    work->fhir.service.exact_numbers = true;
    *part = POD_PART_VAULT;
    if (pod->external)
        status = pod_identity_acquire(pod->external, &work->fhir.service.credential, err);
    if (status != BASE_OK)
        return status;
    save_units(work);
    status = outcome(work, part, err);
    if (pod->external)
        pod_identity_release(pod->external, work->fhir.service.credential);
    return status;
}

/* Measurements that came with one event; the array grows as the list does. */
static void note_source(struct unit *unit, size_t from, const struct az_event *event)
{
    if (unit->list.capacity > unit->source_capacity) {
        const struct az_event **wider =
            base_arena_alloc(&unit->arena, unit->list.capacity * sizeof(void *));
        for (size_t i = 0; i < from; i++)
            wider[i] = unit->sources[i];
        unit->sources = wider;
        unit->source_capacity = unit->list.capacity;
    }
    for (size_t i = from; i < unit->list.count; i++)
        unit->sources[i] = event;
}

/* A message that is no measurement can never become one: it is skipped and seen (docs/decisions/0005). */
static void read_event(struct work *work, struct unit *unit, const struct az_event *event)
{
    struct pod_failure *failure;
    struct base_error err = {0};
    size_t before = unit->list.count;

    base_arena_reset(&unit->scratch);
    if (pod_event_measurements(&unit->arena, &unit->scratch, event, &unit->list, &err) == BASE_OK) {
        note_source(unit, before, event);
        return;
    }
    failure = base_alloc(sizeof *failure);
    *failure = (struct pod_failure){
        .event = event, .unit = event->sequence_number, .group = -1, .handled = true, .err = err};
    pod_failures_add(&work->failures, failure);
}

static void count_unit(struct work *work, const struct unit *unit, size_t groups)
{
    int64_t now = base_clock_ms(&work->fhir.pod->clock);

    for (size_t i = 0; i < unit->list.count; i++)
        if (unit->list.items[i].has_ingestion) {
            work->latency_ms += now - dp_date_to_ms(unit->list.items[i].ingestion);
            work->latencies++;
        }
    work->measurements += (int64_t)unit->list.count;
    add_metric(work, POD_METRIC_GROUPS, work->state->again ? 0 : (int64_t)groups, 1);
}

static void unit_init(struct unit *unit)
{
    base_arena_init(&unit->arena);
    base_arena_init(&unit->scratch);
}

/* Releases the unit. */
static void save_unit(struct work *work, struct unit *unit, int64_t number)
{
    struct pod_saving saving = {.shared = work->state->shared,
                                .fhir = &work->fhir,
                                .mapping = work->mapping->fhir,
                                .unit = number,
                                .list = &unit->list,
                                .sources = unit->sources};
    struct pod_saved saved;

    base_arena_release(&unit->scratch);
    if (!pod_save(&saving, &unit->arena, &work->failures, &saved))
        work->gave_up = true;
    work->through += saved.through;
    count_unit(work, unit, saved.groups);
    base_arena_release(&unit->arena);
}

/* Plain messages are grouped together; each message that is a group, after them and by itself. */
static void save_units(struct work *work)
{
    const struct pod_events *events = work->events;
    struct unit plain = {0};

    unit_init(&plain);
    dp_measurements_reserve(&plain.arena, &plain.list, events->count);
    for (size_t i = 0; i < events->count; i++)
        if (!pod_event_is_group(events->items[i]))
            read_event(work, &plain, events->items[i]);
    save_unit(work, &plain, -1);
    for (size_t i = 0; i < events->count && !work->gave_up; i++) {
        struct unit unit = {0};
        if (!pod_event_is_group(events->items[i]))
            continue;
        unit_init(&unit);
        read_event(work, &unit, events->items[i]);
        save_unit(work, &unit, events->items[i]->sequence_number);
    }
}

static uint64_t hash_of(const struct pod_failure *failure)
{
    const int64_t numbers[] = {failure->unit, failure->group, failure->nth};
    uint64_t hash = 14695981039346656037ul;

    for (size_t i = 0; i < sizeof numbers; i++)
        hash = (hash ^ ((const unsigned char *)numbers)[i]) * 1099511628211ul;
    for (const char *p = failure->err.code; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211ul;
    return hash;
}

/* Notes it as told. True: it was told before. */
static bool told_before(struct transformer *state, const struct pod_failure *failure)
{
    uint64_t hash = hash_of(failure);
    size_t count = state->told.len / sizeof hash;

    for (size_t i = 0; i < count; i++)
        if (memcmp(state->told.data + i * sizeof hash, &hash, sizeof hash) == 0)
            return true;
    base_buf_append(&state->told, &hash, sizeof hash);
    return false;
}

/* Trouble with the service itself is not an event's fault, and whoever tries the batch again tells of it; unless only some groups meet it,
 * and meet it again. */
static bool blameless(const struct work *work, const struct pod_failure *failure)
{
    return pod_failure_of_service(failure->err.status) &&
           !(work->state->again && work->through > 0 && !work->gave_up);
}

static void tell(struct work *work, const struct pod_failure *failure)
{
    struct pod *pod = work->fhir.pod;
    const char *fate = "blocks its partition until the mapping or the FHIR service is changed";

    if (blameless(work, failure) || told_before(work->state, failure))
        return;
    if (failure->handled) {
        fate = failure->group < 0 ? "skipped" : "skipped (its group of measurements)";
        pod_metrics_exception(&pod->metrics, work->events->partition, failure->err.code, true);
    }
    pod_poison(pod, work->events->partition, failure->event, fate, &failure->err);
}

/* What is not handled is the batch's failure: the first of them speaks for all. */
static enum base_status outcome(struct work *work, enum pod_part *part, struct base_error *err)
{
    const struct pod_failure *first = NULL;
    bool refused = false;
    size_t more = 0;
    int retry_after_s = 0;

    *part = POD_PART_FHIR;
    if (base_http_client_canceled(work->fhir.pod->http)) /* what failed then says nothing */
        return base_error_set(err, BASE_CANCELED, NULL, "the batch was canceled");
    for (const struct pod_failure *failure = work->failures.first; failure;
         failure = failure->next) {
        tell(work, failure);
        if (failure->handled)
            continue;
        more += first != NULL;
        first = first ? first : failure;
        refused = refused || failure->err.status == BASE_UNAUTHENTICATED;
        if (failure->err.retry_after_s > retry_after_s)
            retry_after_s = failure->err.retry_after_s;
    }
    if (!first)
        return BASE_OK;
    if (refused && work->fhir.pod->external)
        pod_identity_doubt(work->fhir.pod->external);
    if (strcmp(first->err.code, "FhirDataMappingException") == 0)
        *part = POD_PART_TEMPLATES;
    *err = first->err;
    err->retry_after_s = retry_after_s;
    if (more > 0) {
        size_t len = strlen(err->message);
        (void)snprintf(err->message + len, sizeof err->message - len, " (and %zu more%s)", more,
                       work->gave_up ? "; the rest was not tried" : "");
    }
    return first->err.status;
}
