/* Decides what `iomt demo` tells: the life of a connector as it happens, and the Observations that came of it. */
#include "runner/cloud.h"
#include "runner/commands.h"
#include "runner/report.h"

#include "azure/fhir.h"
#include "common/process.h"

#include <stdlib.h>
#include <string.h>

#define CLOCK_RATE 10

static const struct base_program program = {
    .name = "iomt demo",
    .summary = "tells the life of a connector, from workspace to Observations to nothing left",
    .usage = "SCENARIO",
    .more = "SCENARIO is scenarios/core/connector-lifecycle.yaml of this project. A cloud is "
            "brought up for it and taken down at the end.",
};

static void progress(void *context, const char *what)
{
    (void)context;
    printf("  … %s\n", what);
    fflush(stdout);
}

static const char *text_of(const cJSON *node, const char *path)
{
    const char *text = base_json_text(node, path);
    return text ? text : "-";
}

/* The first cells that hold a value, and how many there are. */
static void print_values(const char *data)
{
    int values = 0;

    printf("    values   ");
    while (*data) {
        size_t len = strcspn(data, " ");
        if (strncmp(data, "E", len) && values++ < 12)
            printf(" %.*s", (int)len, data);
        data += len + (data[len] == ' ');
    }
    printf("%s (%d values)\n", values > 12 ? " …" : "", values);
}

static void print_observation(const cJSON *observation)
{
    printf("  Observation/%.16s…\n", text_of(observation, "id"));
    printf("    device    %s\n    patient   %s\n", text_of(observation, "device.reference"),
           text_of(observation, "subject.reference"));
    printf("    code      %s %s (%s)\n", text_of(observation, "code.coding.0.system"),
           text_of(observation, "code.coding.0.code"),
           text_of(observation, "code.coding.0.display"));
    printf("    period    %s … %s\n", text_of(observation, "effectivePeriod.start"),
           text_of(observation, "effectivePeriod.end"));
    printf("    sampled   every %g ms, %s\n",
           base_json_number(observation, "valueSampledData.period", 0),
           text_of(observation, "valueSampledData.origin.unit"));
    print_values(text_of(observation, "valueSampledData.data"));
}

static void print_observations(struct run_world *world)
{
    struct az_fhir fhir = {.az = world->az,
                           .url = base_json_text(world->endpoints, "customer.fhirUrl")};
    struct base_error err = {0};
    cJSON *list = NULL;

    base_ignore(run_world_credential(world, "customer", &fhir.credential, NULL));
    if (az_fhir_search(&fhir, "Observation", "_count", "100", &list, &err) != BASE_OK) {
        printf("\nthe Observations cannot be read: %s\n", err.message);
        return;
    }
    printf("\nThe Observations it made:\n");
    for (const cJSON *item = list->child; item; item = item->next)
        print_observation(item);
    cJSON_Delete(list);
}

static void print_further(void)
{
    printf("\nExplore further:\n"
           "  build/bin/iomt up --state-dir demo            bring the same cloud up and keep it\n"
           "  . demo/env                                    point curl, az, the SDKs and OpenSSL "
           "programs at it\n"
           "  build/bin/iomt run --state-dir demo scenarios/core/connector-lifecycle.yaml\n"
           "  build/bin/iomt trace --state-dir demo --caller rp --bodies\n"
           "  build/bin/iomt status --state-dir demo        what is in the cloud\n"
           "  build/bin/iomt --help\n");
}

static int tell(const char *path, struct base_error *err)
{
    struct run_scenario *scenario = run_scenario_load(path, err);
    struct run_report report = {.out = stdout, .format = RUN_STORY};
    struct run_options run = {.seed = "42", .sink = run_report_event, .sink_context = &report};
    struct run_cloud_config config = {.clock_rate = CLOCK_RATE, .progress = progress};
    struct run_totals totals = {0};
    struct run_cloud cloud;

    if (!scenario)
        return base_usage_exit(program.name, err);
    printf("A pretend Azure on this machine, and the reference resource provider:\n");
    if (run_cloud_start(&cloud, &config, err) != BASE_OK) {
        run_scenario_free(scenario);
        return base_stopping() ? 1 : base_usage_exit(program.name, err);
    }
    printf("  ready after %lld ms (its clock goes %dx: a Retry-After of 1 s takes 0.1 s)\n",
           (long long)cloud.took_ms, CLOCK_RATE);
    int64_t started = base_monotonic_ms();
    run_scenario(&cloud.world, scenario, &run, &totals);
    int64_t took = base_monotonic_ms() - started;
    print_observations(&cloud.world);
    int64_t ready = cloud.took_ms;
    run_cloud_stop(&cloud);
    run_scenario_free(scenario);
    printf("\ncold start %lld ms, lifecycle %lld ms, %d steps held, %d did not; everything is "
           "stopped\n",
           (long long)ready, (long long)took, totals.passed, totals.failed);
    if (!totals.failed)
        print_further();
    return totals.failed || totals.scenarios_failed ? 1 : 0;
}

int run_command_demo(int argc, char **argv)
{
    struct base_error err = {0};
    struct base_list words = {0};
    bool done;
    int code = 0;

    if (base_options_parse(&program, argc, argv, &words, &done, &err) != BASE_OK)
        code = base_usage_exit(program.name, &err);
    else if (!done && words.count != 1)
        code = base_usage_exit(
            program.name, (base_error_set(&err, BASE_INVALID, NULL,
                                          "one scenario file is wanted (see iomt demo --help)"),
                           &err));
    else if (!done)
        code = base_process_die_with_parent() ? tell(words.items[0], &err) : 1;
    free(words.items);
    return code;
}
