/* Holds what normalization does with a batch: measurements by key, skipped and blocking events, mappings that change. DAT-01, DAT-02,
 * DAT-04. */
#include "fake_cloud.h"

#include "fake_hub.h"
#include "reference/pods/normalize.h"

struct fixture {
    struct fake_cloud cloud;
    struct pod pod;
    pod_mappings_t *mappings;
    struct pod_normalization normalization;
    struct pod_stage stage;
    void *state;
    struct az_events batch;
    enum pod_part part;
    struct base_error err;
};

static int set_up(void **state)
{
    struct fixture *f = base_alloc(sizeof *f);

    fake_pod_open(&f->pod, &f->cloud, POD_NORMALIZATION);
    (void)fake_put(&f->cloud, "/template/mapping.json", FAKE_DEVICE_MAPPING);
    f->mappings = pod_mappings_new(&f->pod);
    f->normalization = (struct pod_normalization){&f->pod, f->mappings, NULL};
    f->stage = pod_normalization_stage(&f->normalization);
    f->state = f->stage.open(f->stage.shared);
    hub.refuse_send = hub.too_large = 0;
    base_buf_clear(&hub.sent);
    hub.enqueued_ms = 1709629200000;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    f->stage.close(f->state);
    pod_mappings_free(f->mappings);
    fake_pod_close(&f->pod, &f->cloud);
    base_buf_release(&hub.sent);
    free(f);
    return 0;
}

static enum base_status run(struct fixture *f, const char *const *bodies, size_t count)
{
    const struct az_event *items[8];
    struct az_events events = {0};
    enum base_status status;

    base_arena_init(&events.arena);
    events.items = base_arena_alloc(&events.arena, count * sizeof *events.items);
    for (size_t i = 0; i < count; i++) {
        hub.bodies[i] = bodies[i];
        fake_event(&events, i);
        items[i] = &events.items[i];
    }
    base_error_clear(&f->err);
    status = f->stage.run(f->state, &(struct pod_events){"0", items, count}, &f->part, &f->err);
    az_events_release(&events);
    return status;
}

static long long counted(struct fixture *f, enum pod_counter counter)
{
    return atomic_load(&f->pod.counters[counter]);
}

#define EVENT(rate, device, at)                                                                    \
    "{\"heartrate\":" rate ",\"deviceid\":\"" device "\",\"patient\":\"p-1\",\"at\":\"" at "\"}"

static void test_measurements_go_out_by_key(void **state)
{
    struct fixture *f = *state;
    const char *bodies[] = {EVENT("78", "ox-7", "2024-03-05T08:00:00Z"),
                            EVENT("70", "d1", "2024-03-05T08:00:00Z"),
                            EVENT("79", "OX-7", "2024-03-05T08:00:05Z"), "{\"other\":1}"};

    assert_int_equal(run(f, bodies, 4), BASE_OK);
    assert_int_equal(strncmp(hub.sent.data, "77: {\"Type\":\"heartrate\"", 22), 0);
    assert_non_null(strstr(hub.sent.data, "\n83: {"));
    assert_non_null(strstr(hub.sent.data, "\"IngestionTimeUtc\":\"2024-03-05T09:00:00Z\""));
    assert_int_equal(counted(f, POD_MEASUREMENTS), 3);
    assert_int_equal(counted(f, POD_DROPPED), 1);
    assert_int_equal(counted(f, POD_POISONED), 0);
}

static void test_unreadable_events_are_skipped(void **state)
{
    struct fixture *f = *state;
    const char *bodies[] = {"not json", EVENT("70", "d1", "2024-03-05T08:00:00Z")};

    assert_int_equal(run(f, bodies, 2), BASE_OK);
    assert_int_equal(counted(f, POD_POISONED), 1);
    assert_int_equal(counted(f, POD_MEASUREMENTS), 1);
}

static void test_a_missing_value_blocks_under_retry_and_not_under_discard(void **state)
{
    struct fixture *f = *state;
    const char *bodies[] = {"{\"heartrate\":70,\"deviceid\":\"d1\"}",
                            EVENT("70", "d1", "2024-03-05T08:00:00Z")};

    assert_int_not_equal(run(f, bodies, 2), BASE_OK);
    assert_string_equal(f->err.code, "IncompatibleDataException");
    assert_int_equal(f->part, POD_PART_TEMPLATES);
    assert_int_not_equal(run(f, bodies, 2), BASE_OK);
    assert_int_equal(counted(f, POD_POISONED), 1); /* said once, not with every try */
    assert_int_equal(hub.sent.len, 0);
    f->pod.settings.discard = true;
    assert_int_equal(run(f, bodies, 2), BASE_OK);
    assert_int_equal(counted(f, POD_MEASUREMENTS), 1);
}

static void test_a_new_mapping_is_taken_over(void **state)
{
    struct fixture *f = *state;
    const char *bodies[] = {EVENT("70", "d1", "2024-03-05T08:00:00Z")};

    (void)fake_put(&f->cloud, "/template/mapping.json", "{\"templateType\":\"CollectionContent\"}");
    assert_int_not_equal(run(f, bodies, 1), BASE_OK);
    assert_string_equal(f->err.code, "ValidationException");
    assert_int_equal(f->part, POD_PART_TEMPLATES);
    (void)fake_put(&f->cloud, "/template/mapping.json", FAKE_DEVICE_MAPPING);
    assert_int_equal(run(f, bodies, 1), BASE_OK);
    assert_int_equal(counted(f, POD_MEASUREMENTS), 1);
}

static void test_a_refused_send_is_the_batch(void **state)
{
    struct fixture *f = *state;
    const char *bodies[] = {EVENT("70", "d1", "2024-03-05T08:00:00Z")};

    hub.refuse_send = 1;
    assert_int_equal(run(f, bodies, 1), BASE_UNAVAILABLE);
    assert_int_equal(f->part, POD_PART_NORMALIZED);
    assert_int_equal(run(f, bodies, 1), BASE_OK);
    assert_non_null(strstr(hub.sent.data, "\"Value\":\"70\""));
}

static void test_full_batches_are_sent_and_giants_dropped(void **state)
{
    struct fixture *f = *state;
    const char *bodies[] = {EVENT("70", "d1", "2024-03-05T08:00:00Z"),
                            EVENT("71", "d1", "2024-03-05T08:00:01Z")};

    hub.too_large = 280; /* room for one */
    assert_int_equal(run(f, bodies, 2), BASE_OK);
    assert_non_null(strstr(hub.sent.data, "\"Value\":\"70\""));
    assert_non_null(strstr(hub.sent.data, "\"Value\":\"71\""));
    hub.too_large = 20;
    assert_int_equal(run(f, bodies, 1), BASE_OK);
    assert_int_equal(counted(f, POD_POISONED), 1);
}

#define NORMALIZATION(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NORMALIZATION(test_measurements_go_out_by_key),
        NORMALIZATION(test_unreadable_events_are_skipped),
        NORMALIZATION(test_a_missing_value_blocks_under_retry_and_not_under_discard),
        NORMALIZATION(test_a_new_mapping_is_taken_over),
        NORMALIZATION(test_a_refused_send_is_the_batch),
        NORMALIZATION(test_full_batches_are_sent_and_giants_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
