/* Brings up what the bench measures: a cloud, an operator's choice of batches, a hub, devices, a connector. */
#include "tests/bench/end_to_end.h"

#include "azure/fhir.h"
#include "common/file.h"
#include "common/process.h"
#include "runner/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HUB "bench"
#define VERSION "2022-01-01-preview"
#define WAIT_MS 60000 /* real */
#define TELL_MS 2000  /* real: progress of what takes longer */

static enum base_status start_cloud(struct run_cloud *cloud, const struct bench_settings *settings,
                                    struct base_error *err);
static enum base_status make_hub(struct run_cloud *cloud, const struct bench_settings *settings,
                                 struct base_error *err);
static enum base_status register_devices(struct run_cloud *cloud,
                                         const struct bench_settings *settings,
                                         struct base_error *err);
static enum base_status make_connector(struct run_cloud *cloud,
                                       const struct bench_settings *settings,
                                       struct base_error *err);

static void tell(void *context, const char *what)
{
    (void)context;
    fprintf(stderr, "bench: %s\n", what);
}

enum base_status bench_cloud_make(struct run_cloud *cloud, const struct bench_settings *settings,
                                  struct base_error *err)
{
    static const struct {
        const char *told;
        enum base_status (*make)(struct run_cloud *, const struct bench_settings *,
                                 struct base_error *);
    } parts[] = {
        {"starting a cloud", start_cloud},
        {"making the hub", make_hub},
        {"registering the devices and their patients", register_devices},
        {"making the connector and its destination", make_connector},
    };
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == BASE_OK; i++) {
        tell(NULL, parts[i].told);
        status = parts[i].make(cloud, settings, err);
    }
    return status;
}

static void set_batches(cJSON *pods, const char *kind, int64_t seconds, int64_t max)
{
    cJSON *pod = cJSON_AddObjectToObject(pods, kind);

    base_json_set_number(pod, "flushSeconds", (double)seconds);
    base_json_set_number(pod, "maxEvents", (double)max);
}

/* What an operator chooses, laid over the cloud's configuration of the RP. False: err is set. */
static bool write_overlay(const char *path, const struct bench_settings *settings,
                          struct base_error *err)
{
    cJSON *root = cJSON_CreateObject(), *pods = cJSON_AddObjectToObject(root, "pods");
    cJSON *hub = cJSON_AddObjectToObject(root, "normalizedHub");

    set_batches(pods, "normalization", settings->normalize_s, settings->normalize_max);
    set_batches(pods, "destination", settings->save_s, settings->save_max);
    if (settings->compress)
        base_json_set_text(
            cJSON_AddObjectToObject(base_json_at(pods, "normalization"), "environment"),
            "CollectorOptions__UseCompressionOnSend", "true");
    base_json_set_number(hub, "partitions", (double)settings->partitions);
    char *text = base_json_print_pretty(root);
    enum base_status status = base_file_write(path, text, strlen(text), 0600, err);
    free(text);
    cJSON_Delete(root);
    return status == BASE_OK;
}

/* The RP reads its overlay at its start, so it may go then. */
static enum base_status start_cloud(struct run_cloud *cloud, const struct bench_settings *settings,
                                    struct base_error *err)
{
    struct run_cloud_config config = {
        .clock_rate = 1, .state_dir = settings->keep, .progress = tell};
    const char *parent = getenv("TMPDIR");
    char *path = base_asprintf("%s/bench-XXXXXX", parent && *parent ? parent : "/tmp");
    int fd = mkstemp(path);
    enum base_status status = BASE_IO;

    if (fd < 0) {
        base_error_set(err, BASE_IO, NULL, "cannot make %s", path);
    } else {
        close(fd);
        setenv("IOMT_RP_OVERLAY", path, 1);
        status =
            write_overlay(path, settings, err) ? run_cloud_start(cloud, &config, err) : err->status;
        unlink(path);
    }
    free(path);
    return status;
}

static enum base_status put(const struct az_arm *arm, const char *path, const char *body_text,
                            struct base_error *err)
{
    cJSON *body = base_json_parse(body_text, strlen(body_text), NULL);
    enum base_status status =
        az_arm_write_wait(arm, "PUT", path, VERSION, body, WAIT_MS, NULL, err);

    cJSON_Delete(body);
    return status;
}

/* Beside the seed's hub, which has four partitions; the scenario finds it under the seed's names. */
static enum base_status make_hub(struct run_cloud *cloud, const struct bench_settings *settings,
                                 struct base_error *err)
{
    cJSON *customer = base_json_at(cloud->world.endpoints, "customer");
    const char *old = base_json_text(customer, "hubId");
    struct az_arm arm = {.az = cloud->world.az};
    char *id = base_asprintf("%.*s/" HUB, (int)(strrchr(old, '/') - old), old);
    char *group = base_asprintf("%s/consumergroups/consumerGroupA", id);
    char *body =
        base_asprintf("{\"properties\":{\"partitionCount\":%lld,\"messageRetentionInDays\":1}}",
                      (long long)settings->partitions);
    enum base_status status = run_world_credential(&cloud->world, "customer", &arm.credential, err);

    if (status == BASE_OK)
        status = put(&arm, id, body, err);
    if (status == BASE_OK)
        status = put(&arm, group, "{}", err);
    base_json_set_text(customer, "hubId", id);
    base_json_set_text(customer, "hub", HUB);
    free(body);
    free(group);
    free(id);
    return status;
}

static enum base_status update(const struct az_fhir *fhir, char *text, struct base_error *err)
{
    cJSON *resource = base_json_parse(text, strlen(text), err);
    enum base_status status = az_fhir_update(fhir, resource, NULL, NULL, err);

    cJSON_Delete(resource);
    free(text);
    return status;
}

static enum base_status register_one(const struct az_fhir *fhir, int64_t device,
                                     struct base_error *err)
{
    long long n = (long long)device;
    enum base_status status =
        update(fhir,
               base_asprintf("{\"resourceType\":\"Patient\",\"id\":\"patient-%lld\",\"identifier\":"
                             "[{\"system\":\"" BENCH_SYSTEM "\",\"value\":\"patient-%lld\"}]}",
                             n, n),
               err);

    if (status != BASE_OK)
        return status;
    return update(
        fhir,
        base_asprintf("{\"resourceType\":\"Device\",\"id\":\"device-%lld\",\"identifier\":"
                      "[{\"value\":\"device-%lld\"}],\"patient\":{\"reference\":"
                      "\"Patient/patient-%lld\"}}",
                      n, n, n),
        err);
}

static enum base_status register_devices(struct run_cloud *cloud,
                                         const struct bench_settings *settings,
                                         struct base_error *err)
{
    struct az_fhir fhir = {.az = cloud->world.az,
                           .url = base_json_text(cloud->world.endpoints, "customer.fhirUrl")};
    int64_t told_ms = base_monotonic_ms();
    enum base_status status =
        run_world_credential(&cloud->world, "customer", &fhir.credential, err);

    for (int64_t i = 0; i < settings->devices && status == BASE_OK; i++) {
        status = base_stopping() ? base_error_set(err, BASE_CANCELED, NULL, "interrupted")
                                 : register_one(&fhir, i, err);
        if (base_monotonic_ms() < told_ms + TELL_MS)
            continue;
        told_ms = base_monotonic_ms();
        fprintf(stderr, "bench: %lld of %lld devices\n", (long long)i + 1,
                (long long)settings->devices);
    }
    return status;
}

static void say_step(void *context, const cJSON *event)
{
    const char *kind = base_json_text(event, "event"), *name = base_json_text(event, "name");
    const cJSON *said = base_json_at(event, "message");

    (void)context;
    if (kind && !strcmp(kind, "step.start") && name)
        fprintf(stderr, "bench: %s\n", name);
    else if (cJSON_IsString(said))
        fprintf(stderr, "bench: %s\n", said->valuestring);
}

static enum base_status make_connector(struct run_cloud *cloud,
                                       const struct bench_settings *settings,
                                       struct base_error *err)
{
    struct run_options options = {.seed = "bench", .sink = say_step};
    struct run_totals totals = {0};
    struct run_scenario *scenario = run_scenario_load(BENCH_FOLDER "/end-to-end.yaml", err);

    (void)settings;
    if (!scenario)
        return err->status;
    run_scenario(&cloud->world, scenario, &options, &totals);
    run_scenario_free(scenario);
    if (totals.scenarios_failed == 0 && totals.failed == 0)
        return BASE_OK;
    return base_error_set(err, BASE_UNAVAILABLE, NULL, "the connector could not be made");
}
