/* Decides whether what was sent is what arrived: every acknowledged event in exactly one Observation, and nothing else. */
#include "runner/run.h"

#include "azure/fhir.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct point {                 /* one measured value as an Observation tells it */
    int64_t from_ms, until_ms; /* [from, until) */
    char value[64];
    const char *observation;
    bool matched;
};
struct points {
    struct point *items;
    size_t count;
};

static void add_point(struct points *points, int64_t from, int64_t length, const char *value,
                      const char *observation)
{
    points->items = base_realloc(points->items, (points->count + 1) * sizeof *points->items);
    struct point *point = &points->items[points->count++];
    *point = (struct point){.from_ms = from, .until_ms = from + length, .observation = observation};
    snprintf(point->value, sizeof point->value, "%s", value);
}

/* "E" marks a cell without a value (FHIR R4 SampledData). */
static void read_sampled(struct points *points, const cJSON *observation, int64_t start)
{
    const char *data = base_json_text(observation, "valueSampledData.data"),
               *id = base_json_text(observation, "id");
    double period = base_json_number(observation, "valueSampledData.period", 0);
    char cell[64];

    for (int index = 0; data && *data; index++) {
        size_t len = strcspn(data, " ");
        snprintf(cell, sizeof cell, "%.*s", (int)len, data);
        if (strcmp(cell, "E"))
            add_point(points, start + (int64_t)(index * period), (int64_t)period, cell, id);
        data += len + (data[len] == ' ');
    }
}

static void read_observation(struct points *points, const cJSON *observation)
{
    const char *start_text = base_json_text(observation, "effectivePeriod.start");
    const cJSON *quantity = base_json_at(observation, "valueQuantity.value");
    int64_t start;
    char value[64];

    if (!base_time_parse(start_text, &start))
        return;
    read_sampled(points, observation, start);
    if (cJSON_IsNumber(quantity)) {
        snprintf(value, sizeof value, "%.15g", quantity->valuedouble);
        add_point(points, start, 1, value, base_json_text(observation, "id"));
    }
}

static bool of_device(const cJSON *observation, const cJSON *devices)
{
    const char *reference = base_json_text(observation, "device.reference");

    for (const cJSON *device = devices->child; device && reference; device = device->next) {
        const char *id = base_json_text(device, "id");
        if (id && !strncmp(reference, "Device/", 7) && !strcmp(reference + 7, id))
            return true;
    }
    return false;
}

static void describe(cJSON *list, const char *time, const char *value, const char *more)
{
    cJSON_AddItemToArray(list, base_json_textf("%s at %s%s", value, time, more));
}

/* One sent event against all points: exactly one must cover its time and say its value. */
static void check_event(const cJSON *entry, const char *time_pointer, const char *value_pointer,
                        struct points *points, cJSON *verdict)
{
    const cJSON *body = base_json_at(entry, "body"),
                *value = base_json_pointer(body, value_pointer);
    const cJSON *time = base_json_pointer(body, time_pointer);
    char text[64] = "?";
    int64_t at;
    int found = 0;
    bool altered = false;

    if (cJSON_IsNumber(value))
        snprintf(text, sizeof text, "%.15g", value->valuedouble);
    else if (cJSON_IsString(value))
        snprintf(text, sizeof text, "%s", value->valuestring);
    if (!cJSON_IsString(time) || !base_time_parse(time->valuestring, &at)) {
        describe(base_json_at(verdict, "lost"), "no time", text,
                 " (the pointer finds no time in the event)");
        return;
    }
    for (size_t i = 0; i < points->count; i++) {
        struct point *point = &points->items[i];
        if (at < point->from_ms || at >= point->until_ms)
            continue;
        point->matched = true;
        found++;
        altered = altered || strcmp(point->value, text) != 0;
    }
    if (!found && base_json_true(entry, "acknowledged"))
        describe(base_json_at(verdict, "lost"), time->valuestring, text, "");
    if (found > 1)
        describe(base_json_at(verdict, "doubled"), time->valuestring, text, "");
    if (altered)
        describe(base_json_at(verdict, "altered"), time->valuestring, text, "");
}

static cJSON *judge(const cJSON *sent, const char *time, const char *value, struct points *points)
{
    static const char *const lists[] = {"lost", "doubled", "altered", "unexpected"};
    cJSON *verdict = cJSON_CreateObject();
    char at[BASE_TIME_TEXT];

    base_json_set_number(verdict, "sent", cJSON_GetArraySize(sent));
    base_json_set_number(verdict, "arrived", (double)points->count);
    for (size_t i = 0; i < 4; i++)
        cJSON_AddArrayToObject(verdict, lists[i]);
    for (const cJSON *entry = sent->child; entry; entry = entry->next)
        check_event(entry, time, value, points, verdict);
    for (size_t i = 0; i < points->count; i++) {
        base_time_iso(points->items[i].from_ms, at);
        if (!points->items[i].matched)
            describe(base_json_at(verdict, "unexpected"), at, points->items[i].value, "");
    }
    return verdict;
}

static enum base_status collect(struct run_state *state, const char *url, const char *code,
                                const char *device, cJSON **observations, cJSON **devices,
                                struct base_error *err)
{
    struct az_fhir fhir = {.az = state->world->az, .url = url};

    *observations = *devices = NULL;
    base_ignore(run_world_credential(state->world, "customer", &fhir.credential, NULL));
    enum base_status status = az_fhir_search(&fhir, "Device", "identifier", device, devices, err);
    if (status == BASE_OK)
        status = az_fhir_search(&fhir, "Observation", "code", code, observations, err);
    return status;
}

enum run_attempt run_verb_history(struct run_state *state, const cJSON *step, const cJSON *value,
                                  cJSON **answer, struct base_error *err)
{
    static const char *const names[] = {"fhir", "code", "device", "time", "value"};
    char *texts[5] = {NULL};
    cJSON *observations = NULL, *devices = NULL;
    struct points points = {0};
    enum run_attempt attempt = RUN_WRONG;

    (void)step;
    for (size_t i = 0; i < 5; i++) {
        texts[i] = run_expand_string(&state->scope, base_json_at(value, names[i]), err);
        if (!texts[i])
            goto done;
    }
    attempt = RUN_TRANSPORT;
    if (collect(state, texts[0], texts[1], texts[2], &observations, &devices, err) != BASE_OK)
        goto done;
    for (const cJSON *item = observations->child; item; item = item->next)
        if (of_device(item, devices))
            read_observation(&points, item);
    *answer = judge(state->sent, texts[3], texts[4], &points);
    attempt = RUN_ANSWERED;
done:
    free(points.items);
    cJSON_Delete(observations);
    cJSON_Delete(devices);
    for (size_t i = 0; i < 5; i++)
        free(texts[i]);
    return attempt;
}
