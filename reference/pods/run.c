/* Decides the order in which a pod program comes up and goes down. */
#include "reference/pods/run.h"

#include "common/http_client.h"
#include "common/log.h"
#include "common/process.h"
#include "reference/pods/fhir_store.h"
#include "reference/pods/health.h"
#include "reference/pods/normalize.h"
#include "reference/pods/reader.h"
#include "reference/pods/transform.h"

#include <stdio.h>
#include <string.h>

static enum base_status normalize(struct pod *pod, az_eventhub_t *input, pod_mappings_t *mappings,
                                  struct base_arena *arena, struct base_error *err);
static void transform(struct pod *pod, az_eventhub_t *input, pod_mappings_t *mappings);
static enum base_status start_health(struct pod *pod, base_http_server_t **server,
                                     struct base_error *err);

static enum base_status work(struct pod *pod, struct base_error *err)
{
    struct base_arena arena;
    base_http_server_t *health = NULL;
    pod_mappings_t *mappings = pod_mappings_new(pod);
    az_eventhub_t *input = NULL;
    enum base_status status;

    base_arena_init(&arena);
    status = start_health(pod, &health, err);
    if (status != BASE_OK)
        goto done;
    input = pod_hub_open(pod, &pod->settings.input, pod->settings.kind == POD_NORMALIZATION, &arena,
                         err);
    if (!input)
        status = BASE_INVALID;
    else if (pod->settings.kind == POD_NORMALIZATION)
        status = normalize(pod, input, mappings, &arena, err);
    else
        transform(pod, input, mappings);
done:
    az_eventhub_close(input);
    pod_mappings_free(mappings);
    base_http_server_stop(health);
    base_arena_release(&arena);
    return status;
}

int pod_run(enum pod_kind kind, int argc, char **argv)
{
    struct pod pod = {0};
    struct base_error err = {0};
    enum base_log_level level = BASE_LOG_INFO;
    bool done = false;
    enum base_status status;

    (void)base_stop_fd();
    status = pod_settings_read(&pod.settings, kind, argc, argv, &done, &err);
    if (status == BASE_OK && !done)
        status = base_clock_from_env(&pod.clock, &err);
    if (status == BASE_OK && !done)
        status = base_http_check_environment(&err);
    if (status != BASE_OK)
        return base_usage_exit(pod_program_name(kind), &err);
    if (done)
        return 0;
    (void)base_log_level_parse(pod.settings.log_level, &level);
    base_log_setup(pod_program_name(kind), &pod.clock, level);
    pod_open(&pod);
    status = work(&pod, &err);
    pod_close(&pod);
    if (status != BASE_OK)
        return base_usage_exit(pod_program_name(kind), &err);
    base_log(BASE_LOG_INFO, POD_ROOM, NULL, "stopped");
    return 0;
}

static enum base_status start_health(struct pod *pod, base_http_server_t **server,
                                     struct base_error *err)
{
    struct base_http_listen listen = {
        .port = (int)pod->settings.health_port, .handler = pod_health_handle, .context = pod};

    if (pod->settings.health_port == 0)
        return BASE_OK;
    *server = base_http_server_start(&listen, err);
    return *server ? BASE_OK : err->status;
}

static enum base_status normalize(struct pod *pod, az_eventhub_t *input, pod_mappings_t *mappings,
                                  struct base_arena *arena, struct base_error *err)
{
    struct pod_normalization shared = {pod, mappings, NULL};
    struct pod_stage stage = pod_normalization_stage(&shared);

    shared.normalized = pod_hub_open(pod, &pod->settings.normalized, false, arena, err);
    if (!shared.normalized)
        return BASE_INVALID;
    pod_read_all(pod, &stage, input);
    az_eventhub_close(shared.normalized);
    return BASE_OK;
}

static void transform(struct pod *pod, az_eventhub_t *input, pod_mappings_t *mappings)
{
    struct pod_transformation shared = {.pod = pod,
                                        .mappings = mappings,
                                        .identities = pod_identity_cache_new(&pod->clock),
                                        .observations = pod_observation_cache_new(
                                            &pod->clock, (size_t)pod->settings.observations_max),
                                        .pool = pod_pool_new(POD_HELPERS)};
    struct pod_stage stage = pod_transformation_stage(&shared);

    pod_read_all(pod, &stage, input);
    pod_pool_free(shared.pool);
    pod_cache_free(shared.observations);
    pod_cache_free(shared.identities);
}
