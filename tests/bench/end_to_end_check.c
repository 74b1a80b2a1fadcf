/* Decides whether every sample that was sent stands in the Observations exactly once. */
#include "tests/bench/end_to_end.h"

#include "azure/fhir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000
#define SLOTS (HOUR_MS / BENCH_STEP_MS)

struct checking {
    const struct bench_settings *settings;
    int64_t rounds;
    unsigned char *seen; /* of each device and round: how often */
    struct bench_found *found;
};

static void check_one(struct checking *c, const cJSON *observation);

enum base_status bench_check(struct run_cloud *cloud, const struct bench_settings *settings,
                             int64_t rounds, struct bench_found *out, struct base_error *err)
{
    struct az_fhir fhir = {.az = cloud->world.az,
                           .url = base_json_text(cloud->world.endpoints, "customer.fhirUrl")};
    struct checking c = {settings, rounds, NULL, out};
    cJSON *all = NULL;
    enum base_status status =
        run_world_credential(&cloud->world, "customer", &fhir.credential, err);

    *out = (struct bench_found){0};
    if (status == BASE_OK)
        status = az_fhir_search(&fhir, "Observation", "_count", "100", &all, err);
    if (status == BASE_OK) {
        c.seen = base_alloc((size_t)(settings->devices * rounds + 1));
        for (const cJSON *item = all->child; item; item = item->next)
            check_one(&c, item);
        for (int64_t i = 0; i < settings->devices * rounds; i++) {
            out->samples += c.seen[i] > 0;
            out->doubled += c.seen[i] > 1;
        }
    }
    free(c.seen);
    cJSON_Delete(all);
    return status;
}

static void check_slot(struct checking *c, int64_t device, int64_t round, const char *text)
{
    bool ours = device >= 0 && device < c->settings->devices && round >= 0 && round < c->rounds;

    if (*text == 'E')
        return;
    if (!ours || atoi(text) != bench_value(device, round))
        c->found->wrong++;
    else if (c->seen[device * c->rounds + round] < 2)
        c->seen[device * c->rounds + round]++;
}

/* "61 E 62 ...", one word for each step of the hour. */
static void check_one(struct checking *c, const cJSON *observation)
{
    const char *device = base_json_text(observation, "device.reference");
    const char *start = base_json_text(observation, "effectivePeriod.start");
    const char *data = base_json_text(observation, "valueSampledData.data");
    const cJSON *origin = base_json_at(observation, "valueSampledData.period");
    int64_t start_ms = 0, hour_ms, slot = 0;

    c->found->observations++;
    if (!device || !start || !data || !origin || !base_time_parse(start, &start_ms) ||
        strncmp(device, "Device/device-", 14) != 0) {
        c->found->wrong++;
        return;
    }
    hour_ms = start_ms - start_ms % HOUR_MS;
    for (const char *word = data; *word; slot++) {
        check_slot(c, atoll(device + 14), (hour_ms - BENCH_FIRST_MS) / BENCH_STEP_MS + slot, word);
        word += strcspn(word, " ");
        word += *word == ' ';
    }
    c->found->wrong += slot > SLOTS;
}
