/* Holds that a stop is orderly and takes a bounded time whatever the pod is at: an open batch, one that is tried again, a FHIR service or a vault
 * that does not answer. What is done is remembered, partitions are given up. A stop is for good, so each story has a process of
 * its own. DAT-02, DAT-03. */
#include "fake_cloud.h"

#include "fake_hub.h"
#include "common/stream.h"
#include "reference/pods/identity.h"
#include "reference/pods/normalize.h"
#include "reference/pods/reader.h"
#include "reference/pods/transform.h"
#include "reference/pods/fhir_store.h"

#include <sys/wait.h>
#include <unistd.h>

#define NORMALIZED "/checkpoint/Normalization/c1/checkpoint/in.servicebus.windows.net/telemetry/0"
#define TRANSFORMED                                                                                \
    "/checkpoint/MeasurementToFhir/c1/checkpoint/in.servicebus.windows.net/telemetry/0"
#define OWNERSHIP "/checkpoint/in.servicebus.windows.net/telemetry/$default/ownership/0"
#define PATIENCE_MS 20000 /* real: a loaded machine */

struct story {
    struct pod pod;
    struct fake_cloud cloud;
    bool (*ready)(struct story *story); /* the moment of the stop */
    int64_t asked_ms, took_ms;
    char silent[64]; /* URL of a service that takes connections and says nothing */
    int silent_fd;
};

static void *ask_for_stop(void *context)
{
    struct story *story = context;
    int64_t end = base_monotonic_ms() + PATIENCE_MS;

    while (!story->ready(story) && base_monotonic_ms() < end)
        base_clock_sleep(&story->pod.clock, 5000); /* 5 ms */
    story->asked_ms = base_monotonic_ms();
    base_stop_request();
    return NULL;
}

static void begin(struct story *story, enum pod_kind kind)
{
    static const char *const event =
        "{\"heartrate\":70,\"deviceid\":\"d1\",\"at\":\"2024-03-05T08:00:00Z\"}";
    static const char *const measurement =
        "{\"Type\":\"heartrate\",\"OccurrenceTimeUtc\":\"2024-03-05T08:00:00Z\","
        "\"IngestionTimeUtc\":\"2024-03-05T09:00:00Z\",\"DeviceId\":\"d1\",\"PatientId\":\"p-1\","
        "\"EncounterId\":null,\"CorrelationId\":null,\"Properties\":[{\"Name\":\"hr\",\"Value\":"
        "\"70\"}]}";
    int port;

    fake_pod_open(&story->pod, &story->cloud, kind);
    (void)fake_put(&story->cloud, "/template/mapping.json",
                   kind == POD_NORMALIZATION ? FAKE_DEVICE_MAPPING : FAKE_FHIR_MAPPING);
    story->pod.settings.flush_s = 86400;
    story->pod.settings.idle_s = 86400;
    story->pod.settings.max_events = 2;
    hub.enqueued_ms = base_clock_ms(&story->pod.clock);
    while (hub.count < 3)
        hub.bodies[hub.count++] = kind == POD_NORMALIZATION ? event : measurement;
    story->silent_fd = base_listen(NULL, 0, &port, NULL);
    (void)snprintf(story->silent, sizeof story->silent, "http://127.0.0.1:%d", port);
}

/* From here on all but storage goes over real sockets. */
static void use_sockets(struct story *story)
{
    (void)setenv("NO_PROXY", "127.0.0.1", 1);
    story->pod.http = base_http_client_new(&(struct base_http_client_config){0});
    story->pod.az.http = story->pod.http;
}

static void read_all(struct story *story)
{
    struct pod *pod = &story->pod;
    struct pod_normalization normalization = {pod, pod_mappings_new(pod), NULL};
    struct pod_transformation transformation = {.pod = pod,
                                                .mappings = normalization.mappings,
                                                .identities = pod_identity_cache_new(&pod->clock),
                                                .observations =
                                                    pod_observation_cache_new(&pod->clock, 10),
                                                .pool = pod_pool_new(POD_HELPERS)};
    struct pod_stage stage = pod->settings.kind == POD_NORMALIZATION
                                 ? pod_normalization_stage(&normalization)
                                 : pod_transformation_stage(&transformation);
    struct base_arena arena;
    struct base_error err = {0};
    az_eventhub_t *input;
    pthread_t asker;

    base_arena_init(&arena);
    normalization.normalized = pod_hub_open(pod, &pod->settings.normalized, false, &arena, &err);
    input = pod_hub_open(pod, &pod->settings.input, true, &arena, &err);
    if (pthread_create(&asker, NULL, ask_for_stop, story) != 0)
        abort();
    pod_read_all(pod, &stage, input);
    (void)pthread_join(asker, NULL);
    story->took_ms = base_monotonic_ms() - story->asked_ms;
    az_eventhub_close(input);
    az_eventhub_close(normalization.normalized);
    pod_pool_free(transformation.pool);
    pod_cache_free(transformation.observations);
    pod_cache_free(transformation.identities);
    pod_mappings_free(normalization.mappings);
    base_arena_release(&arena);
}

static const char *metadata_of(struct story *story, const char *path, const char *name)
{
    struct fake_blob *blob = fake_find(&story->cloud, path);
    const char *value = blob ? base_headers_get(&blob->metadata, name) : NULL;

    return value ? value : "none";
}

/* NULL: as it should be. */
static const char *ended(struct story *story, const char *checkpoint, const char *offset,
                         int64_t most_ms)
{
    static char complaint[200];
    const char *found = metadata_of(story, checkpoint, "x-ms-meta-Offset"),
               *owner = metadata_of(story, OWNERSHIP, "x-ms-meta-ownerid");

    if (strcmp(found, offset) != 0)
        (void)snprintf(complaint, sizeof complaint, "checkpoint %s, expected %s", found, offset);
    else if (*owner)
        (void)snprintf(complaint, sizeof complaint, "the partition is still owned by %s", owner);
    else if (story->took_ms > most_ms)
        (void)snprintf(complaint, sizeof complaint, "it took %lld ms", (long long)story->took_ms);
    return *complaint ? complaint : NULL;
}

static void end(struct story *story)
{
    fake_pod_close(&story->pod, &story->cloud);
    (void)close(story->silent_fd);
    base_buf_release(&hub.sent);
}

static bool all_read(struct story *story)
{
    return atomic_load(&story->pod.counters[POD_EVENTS]) == 3;
}

/* Two of three events made a full batch; the third waits in an open window of a day. */
static const char *an_open_batch_is_finished(struct story *story)
{
    begin(story, POD_NORMALIZATION);
    story->ready = all_read;
    read_all(story);
    return ended(story, NORMALIZED, "30", 2000);
}

static bool done_once(struct story *story)
{
    return atomic_load(&story->pod.counters[POD_BATCHES]) == 1;
}

/* "MaxEvents per partition = max(MaxEvents, MaxEventsAllPartitions / number of owned partitions)": one is owned, so three make a batch. */
static const char *what_all_partitions_may_hold_is_shared_out(struct story *story)
{
    const char *complaint;

    begin(story, POD_NORMALIZATION);
    story->pod.settings.max_events_all = 3;
    story->ready = done_once;
    read_all(story);
    complaint = ended(story, NORMALIZED, "30", 2000);
    return complaint || done_once(story) ? complaint : "it was more than one batch";
}

static bool retried(struct story *story)
{
    return atomic_load(&story->pod.counters[POD_RETRIES]) >= 2;
}

static const char *a_batch_that_is_tried_again_is_left(struct story *story)
{
    begin(story, POD_NORMALIZATION);
    hub.refuse_send = 1000000;
    story->ready = retried;
    read_all(story);
    return ended(story, NORMALIZED, "none", 2000);
}

static const char *a_blocked_partition_is_left(struct story *story)
{
    begin(story, POD_NORMALIZATION);
    hub.bodies[2] = "{\"heartrate\":70,\"deviceid\":\"d1\"}";
    hub.bodies[3] = hub.bodies[0];
    hub.count = 4;
    story->ready = retried;
    read_all(story);
    return ended(story, NORMALIZED, "20", 2000);
}

static bool batch_read(struct story *story)
{
    return atomic_load(&story->pod.counters[POD_EVENTS]) == 2;
}

static const char *a_slow_fhir_service_is_not_waited_for(struct story *story)
{
    const char *complaint;

    begin(story, POD_DESTINATION);
    use_sockets(story);
    story->pod.settings.fhir_url = story->silent;
    story->ready = batch_read;
    read_all(story);
    complaint = ended(story, TRANSFORMED, "none", 4000); /* settings.stop_s is 1 */
    if (!complaint && story->took_ms < 900)
        complaint = "it did not wait for the batch";
    return complaint;
}

static bool asked_vault(struct story *story)
{
    static int looks;

    (void)story;
    return ++looks > 20; /* it has begun to wait: there is nothing to see of it */
}

static const char *a_silent_vault_is_not_waited_for(struct story *story)
{
    char secret[100];

    begin(story, POD_NORMALIZATION);
    use_sockets(story);
    (void)snprintf(secret, sizeof secret, "%s/secrets/c1", story->silent);
    story->pod.settings.certificate_uri = secret;
    story->pod.settings.client_id = "11111111-1111-1111-1111-111111111111";
    story->pod.settings.tenant_id = "22222222-2222-2222-2222-222222222222";
    story->pod.external =
        pod_identity_new(&story->pod.az, story->pod.internal, &story->pod.settings);
    story->ready = asked_vault;
    read_all(story);
    if (fake_find(&story->cloud, OWNERSHIP))
        return "it has a partition without a certificate";
    return story->took_ms > 2000 ? "it took more than 2 s" : NULL;
}

/* Tells a story in a process of its own. */
static void tell(const char *(*tale)(struct story *))
{
    static struct story story;
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        (void)base_stop_fd();
        const char *complaint = tale(&story);
        if (complaint)
            (void)fprintf(stderr, "%s\n", complaint);
        end(&story);
        exit(complaint ? 1 : 0);
    }
    assert_true(waitpid(pid, &status, 0) == pid);
    assert_int_equal(status, 0);
}

#define STORY(name)                                                                                \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        tell(name);                                                                                \
    }
STORY(an_open_batch_is_finished)
STORY(what_all_partitions_may_hold_is_shared_out)
STORY(a_batch_that_is_tried_again_is_left)
STORY(a_blocked_partition_is_left)
STORY(a_slow_fhir_service_is_not_waited_for)
STORY(a_silent_vault_is_not_waited_for)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_open_batch_is_finished),
        cmocka_unit_test(test_what_all_partitions_may_hold_is_shared_out),
        cmocka_unit_test(test_a_batch_that_is_tried_again_is_left),
        cmocka_unit_test(test_a_blocked_partition_is_left),
        cmocka_unit_test(test_a_slow_fhir_service_is_not_waited_for),
        cmocka_unit_test(test_a_silent_vault_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
