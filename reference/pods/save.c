/* Decides in which order groups of measurements are saved, and what becomes of one that fails. */
#include "reference/pods/save.h"

#include "reference/pods/identity_cache.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES_MAX 10 /* at the same time, of one batch */
/* So many groups in a row that the service turned away: the rest need not be tried now. */
#define AWAY_MAX 20

struct chain { /* the groups of one device: places in `order` */
    size_t first, count;
};
struct saving { /* shared by all lanes; each group's results are written by one of them */
    const struct pod_saving *given;
    struct dp_groups groups;
    size_t *order; /* groups by device, in order */
    struct chain *chains;
    size_t chain_count;
    struct pod_failures *results; /* by group */
    atomic_int away;              /* groups in a row */
    atomic_int through;           /* groups that were saved */
};
struct group_work { /* one group, on one lane */
    struct saving *saving;
    size_t group;
    struct dp_store store;
    struct pod_fhir_lane *lane;
    struct base_arena *arena;
    int64_t failed; /* so often */
};

static void make_chains(struct saving *saving, struct base_arena *arena);
static void save_chain(void *context, size_t index);
static enum base_status save_group(struct group_work *work, struct base_error *err);
static void fail(struct group_work *work, const struct base_error *err);

void pod_failures_add(struct pod_failures *failures, struct pod_failure *failure)
{
    failure->next = NULL;
    if (failures->last)
        failures->last->next = failure;
    else
        failures->first = failure;
    failures->last = failure;
}

void pod_failures_release(struct pod_failures *failures)
{
    for (struct pod_failure *failure = failures->first, *next; failure; failure = next) {
        next = failure->next;
        free(failure);
    }
    *failures = (struct pod_failures){0};
}

bool pod_failure_of_service(enum base_status status)
{
    return status == BASE_DENIED || status == BASE_UNAUTHENTICATED || status == BASE_UNAVAILABLE ||
           status == BASE_TIMEOUT || status == BASE_THROTTLED || status == BASE_CANCELED;
}

static bool given_up(const struct saving *saving)
{
    return atomic_load(&saving->away) >= AWAY_MAX ||
           base_http_client_canceled(saving->given->fhir->pod->http);
}

bool pod_save(const struct pod_saving *given, struct base_arena *arena,
              struct pod_failures *failures, struct pod_saved *saved)
{
    struct saving saving = {.given = given};

    dp_group_measurements(arena, given->list, &saving.groups);
    make_chains(&saving, arena);
    saving.results = base_arena_alloc(arena, (saving.groups.count + 1) * sizeof *saving.results);
    pod_pool_run(given->shared->pool, saving.chain_count, DEVICES_MAX, save_chain, &saving);
    for (size_t i = 0; i < saving.groups.count; i++)
        for (struct pod_failure *failure = saving.results[i].first, *next; failure;
             failure = next) {
            next = failure->next;
            pod_failures_add(failures, failure);
        }
    *saved = (struct pod_saved){saving.groups.count, (size_t)atomic_load(&saving.through)};
    return !given_up(&saving);
}

struct placed { /* a group on its way into a chain */
    const char *device;
    size_t group;
};

static int by_device(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = strcmp(x->device, y->device);

    return order ? order : (x->group > y->group) - (x->group < y->group);
}

static int by_first(const void *a, const void *b)
{
    const struct chain *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* Chains begin in the order in which their devices first appear; until that is known, `first` is the place by device. */
static void make_chains(struct saving *saving, struct base_arena *arena)
{
    size_t count = saving->groups.count, at = 0;
    struct placed *placed = base_arena_alloc(arena, (count + 1) * sizeof *placed);
    size_t *start = base_arena_alloc(arena, (count + 1) * sizeof *start); /* by first group */

    saving->order = base_arena_alloc(arena, (count + 1) * sizeof *saving->order);
    saving->chains = base_arena_alloc(arena, (count + 1) * sizeof *saving->chains);
    for (size_t i = 0; i < count; i++)
        placed[i] = (struct placed){saving->groups.items[i].first->device_id, i};
    qsort(placed, count, sizeof *placed, by_device);
    for (size_t i = 0; i < count; i++) {
        saving->order[i] = placed[i].group;
        if (i && strcmp(placed[i].device, placed[i - 1].device) == 0) {
            saving->chains[saving->chain_count - 1].count++;
            continue;
        }
        start[placed[i].group] = i;
        saving->chains[saving->chain_count++] = (struct chain){placed[i].group, 1};
    }
    qsort(saving->chains, saving->chain_count, sizeof *saving->chains, by_first);
    for (; at < saving->chain_count; at++)
        saving->chains[at].first = start[saving->chains[at].first];
}

/* A group that got through, or that the service found fault with, shows that it works. */
static void note_service(struct saving *saving, enum base_status status)
{
    if (!pod_failure_of_service(status))
        atomic_store(&saving->away, 0);
    else
        atomic_fetch_add(&saving->away, 1);
    if (status == BASE_OK)
        atomic_fetch_add(&saving->through, 1);
}

static void save_chain(void *context, size_t index)
{
    struct saving *saving = context;
    const struct chain *chain = &saving->chains[index];
    struct pod_fhir_lane lane = {.fhir = saving->given->fhir};
    struct base_arena arena;

    base_arena_init(&arena);
    for (size_t i = chain->first; i < chain->first + chain->count && !given_up(saving); i++) {
        struct group_work work = {.saving = saving,
                                  .group = saving->order[i],
                                  .store = pod_fhir_store(&lane),
                                  .lane = &lane,
                                  .arena = &arena};
        struct base_error err = {0};
        enum base_status status = save_group(&work, &err);
        if (status != BASE_OK)
            fail(&work, &err);
        note_service(saving, status);
        base_arena_reset(&arena);
    }
    pod_fhir_lane_release(&lane);
    base_arena_release(&arena);
}

static const struct dp_group *group_of(const struct group_work *work)
{
    return &work->saving->groups.items[work->group];
}

static void fail(struct group_work *work, const struct base_error *err)
{
    const struct pod_saving *given = work->saving->given;
    struct pod_failure *failure = base_alloc(sizeof *failure);

    *failure = (struct pod_failure){.event = given->sources[group_of(work)->origins[0]],
                                    .unit = given->unit,
                                    .group = (int64_t)work->group,
                                    .nth = work->failed++,
                                    .handled = dp_error_is_handled(err, false, false),
                                    .err = *err};
    pod_failures_add(&work->saving->results[work->group], failure);
}

static enum base_status resolve(struct group_work *work, struct dp_ids *ids, struct base_error *err)
{
    struct pod_transformation *shared = work->saving->given->shared;
    const struct dp_measurement *first = group_of(work)->first;
    enum base_status status;

    if (pod_identity_cache_get(shared->identities, first, work->arena, ids))
        return BASE_OK;
    status = dp_identity_resolve(&shared->pod->settings.identity, &work->store, first, work->arena,
                                 ids, err);
    if (status == BASE_OK)
        pod_identity_cache_put(shared->identities, first, ids);
    return status;
}

static void count_saved(const struct group_work *work, enum dp_saved saved)
{
    static const struct {
        enum pod_counter counter;
        enum pod_metric metric;
    } counts[] = {[DP_SAVED_CREATED] = {POD_CREATED, POD_METRIC_CREATED},
                  [DP_SAVED_UPDATED] = {POD_UPDATED, POD_METRIC_UPDATED},
                  [DP_SAVED_NO_OPERATION] = {POD_UNCHANGED, POD_METRIC_UNCHANGED}};
    const struct pod_fhir *fhir = work->saving->given->fhir;

    pod_count(fhir->pod, counts[saved].counter, 1);
    pod_metrics_add(&fhir->pod->metrics, fhir->partition, counts[saved].metric, 1, 1);
}

static enum base_status save_part(struct group_work *work, const struct dp_fhir_template *template,
                                  const struct dp_observation_group *part, const struct dp_ids *ids,
                                  struct base_error *err)
{
    const struct base_clock *clock = &work->saving->given->fhir->pod->clock;
    enum dp_saved saved;
    enum base_status status =
        dp_observation_save(&work->store, template, part, ids, base_clock_ms(clock), &saved, err);

    if (status != BASE_OK)
        return status;
    if (saved == DP_SAVED_NO_OPERATION)
        pod_fhir_unchanged(work->lane);
    count_saved(work, saved);
    return BASE_OK;
}

/* A part that fails for a reason that is handled does not take the others of its group with it (docs/decisions/0005). */
static enum base_status save_parts(struct group_work *work, const struct dp_fhir_template *template,
                                   const struct dp_observation_groups *parts,
                                   const struct dp_ids *ids, struct base_error *err)
{
    for (size_t i = 0; i < parts->count; i++) {
        struct base_error cause = {0};
        enum base_status status = save_part(work, template, &parts->items[i], ids, &cause);
        if (status == BASE_OK)
            continue;
        if (!dp_error_is_handled(&cause, false, false)) {
            *err = cause;
            return status;
        }
        fail(work, &cause);
    }
    return BASE_OK;
}

static enum base_status save_group(struct group_work *work, struct base_error *err)
{
    const struct dp_group *group = group_of(work);
    const struct dp_fhir_template *template;
    struct dp_observation_groups parts = {0};
    struct dp_ids ids;
    enum base_status status = resolve(work, &ids, err);

    if (status == BASE_OK)
        status =
            dp_fhir_mapping_find(work->saving->given->mapping, group->first->type, &template, err);
    if (status == BASE_OK)
        status = dp_group_by_period(work->arena, group, template, &parts, err);
    return status == BASE_OK ? save_parts(work, template, &parts, &ids, err) : status;
}
