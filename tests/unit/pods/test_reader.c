/* Holds the reading loop: it waits for the role, survives a lost link and a displacement, starts where the checkpoint says, and stops in order. ID-04, DAT-02,
 * DAT-03, IC-08. One story, because a stop is for good. */
#include "fake_cloud.h"

#include "fake_hub.h"
#include "reference/pods/normalize.h"
#include "reference/pods/reader.h"

#include <unistd.h>

#define CHECKPOINT "/checkpoint/Normalization/c1/checkpoint/in.servicebus.windows.net/telemetry/0"
#define OWNERSHIP "/checkpoint/in.servicebus.windows.net/telemetry/$default/ownership/0"
#define OTHER "/checkpoint/Normalization/c1/checkpoint/old.servicebus.windows.net/telemetry/0"

static bool has_checkpoint(struct fake_cloud *cloud, const char *offset)
{
    struct fake_blob *blob;
    const char *text;
    bool same;

    (void)pthread_mutex_lock(&cloud->lock);
    blob = fake_find(cloud, CHECKPOINT);
    text = blob ? base_headers_get(&blob->metadata, "x-ms-meta-Offset") : NULL;
    same = text && strcmp(text, offset) == 0;
    (void)pthread_mutex_unlock(&cloud->lock);
    return same;
}

struct story {
    struct pod pod;
    struct fake_cloud cloud;
    bool done;
};

/* Standard error goes to a file from here on; the descriptor is what it was before. */
static int catch_stderr(FILE *file)
{
    int before = dup(STDERR_FILENO);

    assert_true(before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    return before;
}

/* What was logged meanwhile; a buffer of the caller's. */
static struct base_buf give_stderr_back(FILE *file, int before)
{
    struct base_buf log = {0};
    char part[4096];
    size_t len;

    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    rewind(file);
    while ((len = fread(part, 1, sizeof part, file)) > 0) {
        base_buf_append(&log, part, len);
        (void)fwrite(part, 1, len, stderr);
    }
    return log;
}

/* Looks from outside, as a person would: waits for the last checkpoint, then asks for a stop. */
static void *watch(void *context)
{
    struct story *story = context;
    int64_t end = base_monotonic_ms() + 20000;

    while (!story->done && base_monotonic_ms() < end) {
        story->done = has_checkpoint(&story->cloud, "70");
        if (!story->done)
            base_clock_sleep(&story->pod.clock, 5000); /* 5 ms */
    }
    base_stop_request();
    return NULL;
}

static void test_the_reading_loop(void **state)
{
    static struct story story;
    struct pod_normalization shared;
    struct pod_stage stage;
    struct base_arena arena;
    struct base_error err = {0};
    az_eventhub_t *input;
    pthread_t watcher;
    FILE *file = tmpfile();
    struct base_buf log;
    int before;

    (void)state;
    assert_non_null(file);
    base_arena_init(&arena);
    fake_pod_open(&story.pod, &story.cloud, POD_NORMALIZATION);
    story.pod.settings.max_events = 3; /* batches are full in the middle of what was received */
    (void)fake_put(&story.cloud, "/template/mapping.json", FAKE_DEVICE_MAPPING);
    (void)fake_put(&story.cloud, OTHER, "");
    base_headers_add(&fake_put(&story.cloud, CHECKPOINT, "")->metadata, "x-ms-meta-Offset", "20");
    for (hub.count = 0; hub.count < 7; hub.count++)
        hub.bodies[hub.count] = base_arena_printf(
            &arena, "{\"heartrate\":%zu,\"deviceid\":\"d1\",\"at\":\"2024-03-05T08:00:0%zuZ\"}",
            hub.count, hub.count);
    hub.enqueued_ms = base_clock_ms(&story.pod.clock);
    hub.refuse_open = 2;
    hub.lose_link_after = 5;
    hub.steal_after = 6;
    shared = (struct pod_normalization){&story.pod, pod_mappings_new(&story.pod), NULL};
    stage = pod_normalization_stage(&shared);
    input = pod_hub_open(&story.pod, &story.pod.settings.input, true, &arena, &err);
    assert_non_null(input);
    assert_int_equal(pthread_create(&watcher, NULL, watch, &story), 0);
    before = catch_stderr(file);
    pod_read_all(&story.pod, &stage, input);
    (void)pthread_join(watcher, NULL);
    log = give_stderr_back(file, before);
    assert_true(story.done);
    assert_null(fake_find(&story.cloud, OTHER));           /* the source hub has changed */
    assert_null(strstr(hub.sent.data, "\"Value\":\"1\"")); /* before the checkpoint */
    for (int i = 2; i < 7; i++)
        assert_non_null(strstr(hub.sent.data, base_arena_printf(&arena, "\"Value\":\"%d\"", i)));
    assert_true(atomic_load(&story.pod.counters[POD_EVENTS]) >= 5);
    assert_int_equal(hub.opened, 3); /* at the start, after the lost link, after the displacement */
    assert_string_equal(
        base_headers_get(&fake_find(&story.cloud, OWNERSHIP)->metadata, "x-ms-meta-ownerid"),
        ""); /* given up */
    assert_true(atomic_load(&story.pod.counters[POD_REFUSALS]) >= 2);
    assert_non_null(strstr(log.data, "has another reader")); /* the blob named us all the time */
    assert_in_range(atoi(hub.started_at), 50, 60);           /* where its last checkpoint was */
    pod_mappings_free(shared.mappings);
    az_eventhub_close(input);
    fake_pod_close(&story.pod, &story.cloud);
    base_buf_release(&hub.sent);
    base_buf_release(&log);
    (void)fclose(file);
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_reading_loop)};

    (void)base_stop_fd();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
