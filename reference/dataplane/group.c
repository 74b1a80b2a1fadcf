/* Decides which measurements belong together: in a batch by device and type, then by period. */
#include "reference/dataplane/group.h"

#include "reference/dataplane/text.h"

#include <stdlib.h>
#include <string.h>

/* Groups of a batch are found by a hash of the key; within a group, equal instants by sorting. */
struct dp_group_index {
    struct {
        const char *key;
        size_t group;
    } * slots;
    size_t size;
};

static const char *key_of(struct base_buf *key, const struct dp_measurement *m);
static size_t find_slot(const struct dp_group_index *index, const char *key);
static void add_item(struct base_arena *arena, struct dp_group *group,
                     const struct dp_measurement *item, size_t origin);
static void drop_repeated(struct base_arena *arena, struct dp_group *group);
static enum base_status boundary_of(const struct dp_group *group, int64_t period, int64_t ticks,
                                    int64_t range[2], struct base_error *err);
static struct dp_observation_group *find_range(struct dp_observation_groups *out,
                                               const int64_t range[2]);
static void add_measurement(struct base_arena *arena, struct dp_observation_group *group,
                            const struct dp_measurement *m);

void dp_group_measurements(struct base_arena *arena, const struct dp_measurements *batch,
                           struct dp_groups *out)
{
    struct dp_group_index index = {.size = 16};
    struct base_buf text = {0};

    while (index.size < batch->count * 2)
        index.size *= 2;
    index.slots = base_arena_alloc(arena, index.size * sizeof *index.slots);
    out->items = base_arena_alloc(arena, (batch->count + 1) * sizeof *out->items);
    out->count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const char *key = key_of(&text, &batch->items[i]);
        size_t slot = find_slot(&index, key);
        if (!index.slots[slot].key) {
            index.slots[slot].key = base_arena_strdup(arena, key);
            index.slots[slot].group = out->count;
            out->items[out->count++].first = &batch->items[i];
        }
        add_item(arena, &out->items[index.slots[slot].group], &batch->items[i], i);
    }
    base_buf_release(&text);
    for (size_t i = 0; i < out->count; i++) {
        drop_repeated(arena, &out->items[i]);
        out->items[i].first = out->items[i].items[0];
    }
}

/* The text between the ids is the original's, collisions of ids that hold '-' included. */
static const char *key_of(struct base_buf *key, const struct dp_measurement *m)
{
    const char *const parts[] = {m->device_id, m->type, m->patient_id, m->encounter_id,
                                 m->correlation_id};

    base_buf_clear(key);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (i)
            base_buf_putc(key, '-');
        if (parts[i])
            base_buf_puts(key, parts[i]);
    }
    return key->data;
}

static size_t find_slot(const struct dp_group_index *index, const char *key)
{
    size_t hash = 14695981039346656037ul;

    for (const char *p = key; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211ul;
    for (size_t i = hash & (index->size - 1);; i = (i + 1) & (index->size - 1))
        if (!index->slots[i].key || strcmp(index->slots[i].key, key) == 0)
            return i;
}

static void add_item(struct base_arena *arena, struct dp_group *group,
                     const struct dp_measurement *item, size_t origin)
{
    if (group->count == group->capacity) {
        size_t capacity = group->capacity ? group->capacity * 2 : 4;
        const struct dp_measurement **items = base_arena_alloc(arena, capacity * sizeof *items);
        size_t *origins = base_arena_alloc(arena, capacity * sizeof *origins);
        for (size_t i = 0; i < group->count; i++) {
            items[i] = group->items[i];
            origins[i] = group->origins[i];
        }
        group->items = items;
        group->origins = origins;
        group->capacity = capacity;
    }
    group->items[group->count] = item;
    group->origins[group->count++] = origin;
}

struct dp_instant {
    int64_t ticks;
    size_t at; /* place in the group */
};

static int by_instant(const void *a, const void *b)
{
    const struct dp_instant *x = a, *y = b;

    if (x->ticks != y->ticks)
        return x->ticks < y->ticks ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Was `a` ingested later than `b`? No ingestion time is the earliest. */
static bool later(const struct dp_measurement *a, const struct dp_measurement *b)
{
    if (!a->has_ingestion || !b->has_ingestion)
        return a->has_ingestion && !b->has_ingestion;
    return a->ingestion.ticks > b->ingestion.ticks;
}

/* Of each instant one measurement stays, in the place where the instant first appeared. */
static void drop_repeated(struct base_arena *arena, struct dp_group *group)
{
    struct dp_instant *sorted = base_arena_alloc(arena, (group->count + 1) * sizeof *sorted);
    size_t kept = 0;

    for (size_t i = 0; i < group->count; i++)
        sorted[i] = (struct dp_instant){group->items[i]->occurrence.ticks, i};
    qsort(sorted, group->count, sizeof *sorted, by_instant);
    for (size_t i = 0, next; i < group->count; i = next) {
        size_t first = sorted[i].at, best = first;
        for (next = i + 1; next < group->count && sorted[next].ticks == sorted[i].ticks; next++) {
            if (later(group->items[sorted[next].at], group->items[best]))
                best = sorted[next].at;
        }
        for (size_t k = i; k < next; k++)
            if (sorted[k].at != first && sorted[k].at != best)
                group->items[sorted[k].at] = NULL;
        if (best != first) {
            group->items[first] = group->items[best];
            group->origins[first] = group->origins[best];
            group->items[best] = NULL;
        }
    }
    for (size_t i = 0; i < group->count; i++)
        if (group->items[i]) {
            group->items[kept] = group->items[i];
            group->origins[kept++] = group->origins[i];
        }
    group->count = kept;
}

static const char *segment_of(struct base_arena *arena, const struct dp_group *group,
                              int64_t period, const int64_t range[2])
{
    char start[DP_DATE_TEXT], end[DP_DATE_TEXT];

    if (period == -1)
        return group->first->correlation_id;
    dp_date_compact(range[0], start);
    dp_date_compact(range[1], end);
    return base_arena_printf(arena, "%s.%s", start, end);
}

enum base_status dp_group_by_period(struct base_arena *arena, const struct dp_group *group,
                                    const struct dp_fhir_template *template,
                                    struct dp_observation_groups *out, struct base_error *err)
{
    out->items = base_arena_alloc(arena, (group->count + 1) * sizeof *out->items);
    out->count = 0;
    for (size_t i = 0; i < group->count; i++) {
        struct dp_observation_group *found;
        int64_t range[2] = {0, 0};
        enum base_status status =
            boundary_of(group, template->period, group->items[i]->occurrence.ticks, range, err);
        if (status != BASE_OK)
            return status;
        found = find_range(out, range);
        if (!found) {
            found = &out->items[out->count++];
            found->start = range[0];
            found->end = range[1];
            found->type = group->first->type;
            found->segment = segment_of(arena, group, template->period, range);
        }
        add_measurement(arena, found, group->items[i]);
    }
    return BASE_OK;
}

const struct dp_series *dp_series_find(const struct dp_observation_group *group, const char *name)
{
    for (size_t i = 0; i < group->series_count; i++)
        if (strcmp(group->series[i].name, name) == 0)
            return &group->series[i];
    return NULL;
}

static void correlation_range(const struct dp_group *group, int64_t range[2])
{
    range[0] = range[1] = group->items[0]->occurrence.ticks;
    for (size_t i = 1; i < group->count; i++) {
        int64_t ticks = group->items[i]->occurrence.ticks;
        range[0] = ticks < range[0] ? ticks : range[0];
        range[1] = ticks > range[1] ? ticks : range[1];
    }
}

static enum base_status boundary_of(const struct dp_group *group, int64_t period, int64_t ticks,
                                    int64_t range[2], struct base_error *err)
{
    int64_t length = period == 60 ? DP_TICKS_HOUR : period == 1440 ? DP_TICKS_DAY : 1;

    if (period == -1) {
        if (dp_text_blank(group->first->correlation_id))
            return base_error_set(
                err, BASE_INVALID, "CorrelationIdNotDefinedException",
                "The FHIR mapping groups '%s' by correlation id, and the measurement has none.",
                group->first->type);
        correlation_range(group, range);
        return BASE_OK;
    }
    if (period != 0 && length == 1)
        return base_error_set(
            err, BASE_INVALID, "FhirDataMappingException",
            "NotSupportedException: ObservationPeriodInterval %lld is not supported.",
            (long long)period);
    range[0] = ticks - ticks % length;
    range[1] = range[0] + length - 1;
    return BASE_OK;
}

/* Measurements mostly come in order: the newest group is looked at first. */
static struct dp_observation_group *find_range(struct dp_observation_groups *out,
                                               const int64_t range[2])
{
    for (size_t i = out->count; i > 0; i--)
        if (out->items[i - 1].start == range[0] && out->items[i - 1].end == range[1])
            return &out->items[i - 1];
    return NULL;
}

static struct dp_series *take_series(struct base_arena *arena, struct dp_observation_group *group,
                                     const char *name)
{
    struct dp_series *series = (struct dp_series *)dp_series_find(group, name), *wider;

    if (series)
        return series;
    if ((group->series_count & (group->series_count - 1)) == 0) {
        wider = base_arena_alloc(arena, (group->series_count ? group->series_count * 2 : 1) *
                                            sizeof *wider);
        if (group->series_count)
            memcpy(wider, group->series, group->series_count * sizeof *wider);
        group->series = wider;
    }
    group->series[group->series_count].name = name;
    return &group->series[group->series_count++];
}

/* Keeps the samples sorted; a second value at the same time is ignored. */
static void add_sample(struct base_arena *arena, struct dp_series *series, int64_t ticks,
                       const char *text)
{
    size_t at = series->count;

    while (at > 0 && series->samples[at - 1].ticks > ticks)
        at--;
    if (at > 0 && series->samples[at - 1].ticks == ticks)
        return;
    if (series->count == series->capacity) {
        size_t capacity = series->capacity ? series->capacity * 2 : 4;
        struct dp_sample *wider = base_arena_alloc(arena, capacity * sizeof *wider);
        if (series->count)
            memcpy(wider, series->samples, series->count * sizeof *wider);
        series->samples = wider;
        series->capacity = capacity;
    }
    memmove(&series->samples[at + 1], &series->samples[at],
            (series->count - at) * sizeof *series->samples);
    series->samples[at] = (struct dp_sample){ticks, text};
    series->count++;
}

static void add_measurement(struct base_arena *arena, struct dp_observation_group *group,
                            const struct dp_measurement *m)
{
    for (size_t i = 0; i < m->property_count; i++)
        add_sample(arena, take_series(arena, group, m->properties[i].name), m->occurrence.ticks,
                   m->properties[i].value);
}
