/* Fuzzes the merge of SampledData: repeated measurements change nothing, periods are in order and cover old and new, a stream has as many
 * cells as its period asks for. Input: period kind, defaultPeriod, how the existing Observation is made, a count of measurements, then
 * three bytes each (time, value); the rest is the data of the existing Observation. */
#include "fuzz.h"

#include "reference/dataplane/observation.h"

#define START_MS 1709625600000 /* 2024-03-05T08:00:00Z */

struct input {
    const uint8_t *at, *end;
};

static const struct dp_ids ids = {"p1", "d1", NULL};

static unsigned take(struct input *in, int bytes)
{
    unsigned value = 0;

    for (int i = 0; i < bytes && in->at < in->end; i++)
        value = value << 8 | *in->at++;
    return value;
}

static void take_template(struct input *in, struct base_arena *arena, struct dp_fhir_value *value,
                          struct dp_fhir_template *template)
{
    static const int64_t kinds[] = {0, 60, 1440, -1};
    unsigned kind = take(in, 1), period = take(in, 3) % 3600001 + 1;

    /* a day, or two hours, in fewer cells: the rest is more of the same */
    period += kind % 4 == 2 ? 20000 : 1000;
    *value = (struct dp_fhir_value){.type = DP_VALUE_SAMPLED_DATA, .name = "v", .unit = "u"};
    value->period = base_arena_printf(arena, "%u", period);
    value->period_ticks = (int64_t)period * DP_TICKS_MS;
    *template =
        (struct dp_fhir_template){.type_name = "t", .period = kinds[kind % 4], .value = value};
}

static void take_measurements(struct input *in, struct base_arena *arena,
                              struct dp_measurements *batch)
{
    unsigned count = take(in, 1) % 16 + 1;

    for (unsigned i = 0; i < count; i++) {
        unsigned when = take(in, 2), what = take(in, 1);
        struct dp_measurement *m = dp_measurements_add(arena, batch);
        m->type = "t";
        m->device_id = "d1";
        m->correlation_id = "c1";
        /* two hours in steps of some 110 ms, and a few fractions of one */
        m->occurrence = dp_date_from_ms(START_MS + (int64_t)when * 110);
        m->occurrence.ticks += what % 3;
        m->properties = base_arena_alloc(arena, sizeof *m->properties);
        m->properties[0] =
            (struct dp_property){"v", what == 255   ? "E"
                                      : what == 254 ? "two words"
                                      : what == 253 ? ""
                                                    : base_arena_printf(arena, "%u", what)};
        m->property_count = what % 16 != 15;
    }
}

static size_t cells_of(const char *data)
{
    size_t cells = 1;

    for (; *data; data++)
        cells += *data == ' ';
    return cells;
}

static void check_period(const cJSON *observation, const struct dp_observation_group *group)
{
    struct dp_date start, end;

    FUZZ_CHECK(dp_date_parse(base_json_text(observation, "effectivePeriod.start"), &start) &&
                   dp_date_parse(base_json_text(observation, "effectivePeriod.end"), &end),
               "no period");
    FUZZ_CHECK(start.ticks <= end.ticks, "a period that ends before it starts");
    FUZZ_CHECK(start.ticks <= group->start && end.ticks >= group->end, "the group is not covered");
}

static void check_cells(const cJSON *observation, const struct dp_fhir_template *template)
{
    const char *data = base_json_text(observation, "valueSampledData.data");
    struct dp_date start, end;
    size_t cells;

    if (!data || !dp_date_parse(base_json_text(observation, "effectivePeriod.start"), &start) ||
        !dp_date_parse(base_json_text(observation, "effectivePeriod.end"), &end))
        return;
    cells = (size_t)((end.ticks - start.ticks) / template->value->period_ticks) + 1;
    FUZZ_CHECK(cells_of(data) == cells, "%zu cells, expected %zu", cells_of(data), cells);
}

/* Merges; on success `*observation` is the new state. True when it changed. */
static bool merge(const struct dp_fhir_template *template, const struct dp_observation_group *group,
                  cJSON **observation, bool *failed)
{
    struct base_error err = {0};
    cJSON *merged = NULL;

    *failed = dp_observation_merge(template, group, *observation, &merged, &err) != BASE_OK;
    if (*failed) {
        fuzz_error(&err);
        FUZZ_CHECK(!merged, "failed and merged");
        return false;
    }
    if (!merged)
        return false;
    check_period(merged, group);
    FUZZ_CHECK(strcmp(base_json_text(merged, "status"), "amended") == 0, "not amended");
    cJSON_Delete(*observation);
    *observation = merged;
    return true;
}

/* A text with a blank in it becomes two cells, an empty one may be trimmed away: both move what follows, as in the original, and nothing
 * settles then. */
static bool is_word(const char *text)
{
    return *text && !text[strcspn(text, " \t\n\v\f\r")];
}

static bool is_clean(const struct dp_observation_group *group, const cJSON *observation)
{
    const char *data = base_json_text(observation, "valueSampledData.data");
    char *copy = base_strdup(data ? data : "E"), *rest = copy;
    bool clean = true;

    for (char *cell = strsep(&rest, " "); cell; cell = strsep(&rest, " "))
        clean = clean && is_word(cell);
    free(copy);
    for (size_t i = 0; i < group->series_count; i++)
        for (size_t k = 0; k < group->series[i].count; k++)
            clean = clean && is_word(group->series[i].samples[k].text);
    return clean;
}

/* Cells of the merged stream start elsewhere than those of the old one when the period grew to the left by a part of a cell: old values
 * then move once, and a second merge may settle them. From then on nothing changes. */
static void check_settles(const struct dp_fhir_template *template,
                          const struct dp_observation_group *group, cJSON **observation,
                          bool aligned)
{
    bool failed, had = base_json_text(*observation, "valueSampledData.data") != NULL;
    bool clean = is_clean(group, *observation);

    if (merge(template, group, observation, &failed) && had && group->series_count && clean)
        check_cells(*observation, template);
    if (failed || !clean)
        return;
    if (!aligned) {
        (void)merge(template, group, observation, &failed);
        if (failed)
            return;
    }
    FUZZ_CHECK(!merge(template, group, observation, &failed), "the same once more changed it");
}

/* An Observation that some other program wrote: its data is whatever the input holds. */
static cJSON *strange(const struct dp_fhir_template *template,
                      const struct dp_observation_group *group, const struct input *in)
{
    struct base_error err = {0};
    cJSON *observation = dp_observation_create(template, group, &ids, 0, &err);
    char *data = base_strndup((const char *)in->at, (size_t)(in->end - in->at));

    if (observation && base_json_text(observation, "valueSampledData.data"))
        base_json_set_text(cJSON_GetObjectItemCaseSensitive(observation, "valueSampledData"),
                           "data", data);
    free(data);
    return observation;
}

static void run(const struct dp_fhir_template *template, const struct dp_observation_groups *parts,
                unsigned how, const struct input *rest)
{
    for (size_t i = 0; i < parts->count && i < 4; i++) {
        const struct dp_observation_group *group = &parts->items[i], *other = &parts->items[0];
        struct base_error err = {0};
        cJSON *observation =
            how % 2 ? strange(template, other, rest)
                    : dp_observation_create(template, how % 4 ? other : group, &ids, 0, &err);
        if (observation) {
            bool aligned = (group->start - other->start) % template->value->period_ticks == 0 ||
                           (how % 4 == 0);
            check_settles(template, group, &observation, aligned);
        }
        cJSON_Delete(observation);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_exact(data, size);
    struct input in = {(const uint8_t *)copy, (const uint8_t *)copy + size};
    struct dp_fhir_template template;
    struct dp_fhir_value value;
    struct dp_measurements batch = {0};
    struct dp_observation_groups parts;
    struct dp_groups groups;
    struct base_error err = {0};
    struct base_arena arena;
    unsigned how;

    base_arena_init(&arena);
    take_template(&in, &arena, &value, &template);
    how = take(&in, 1);
    take_measurements(&in, &arena, &batch);
    dp_group_measurements(&arena, &batch, &groups);
    if (dp_group_by_period(&arena, &groups.items[0], &template, &parts, &err) != BASE_OK)
        fuzz_error(&err);
    else
        run(&template, &parts, how, &in);
    base_arena_release(&arena);
    free(copy);
    return 0;
}
