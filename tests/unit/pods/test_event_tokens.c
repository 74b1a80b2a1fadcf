/* Holds what templates see of an AMQP event (facts §1.1, §1.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/event_tokens.h"

#include <string.h>

static struct amqp_value read_map(struct base_buf *encoded)
{
    struct amqp_cursor cursor;
    struct amqp_value map;

    amqp_cursor_init(&cursor, (struct amqp_bytes){encoded->data, encoded->len});
    assert_true(amqp_read(&cursor, &map));
    return map;
}

static void test_envelope(void **state)
{
    struct base_arena arena;
    struct base_buf properties = {0}, annotations = {0}, out = {0};
    struct base_error err = {0};
    struct az_event event = {
        .sequence_number = 7, .offset = "4096", .enqueued_ms = 1709625602000, .partition_key = "k"};
    struct dp_token *envelope = NULL;
    size_t mark = amqp_put_map(&properties);

    (void)state;
    base_arena_init(&arena);
    amqp_put_string(&properties, "iothub-creation-time-utc");
    amqp_put_string(&properties, "2024-03-05T08:00:00Z");
    amqp_put_string(&properties, "n");
    amqp_put_int(&properties, -3);
    amqp_put_string(&properties, "f");
    amqp_put_double(&properties, 2);
    amqp_put_string(&properties, "IsMeasurementGroup");
    amqp_put_bool(&properties, true);
    amqp_put_end(&properties, mark, 8);
    mark = amqp_put_map(&annotations);
    amqp_put_symbol(&annotations, "iothub-connection-device-id");
    amqp_put_string(&annotations, "band-22");
    amqp_put_symbol(&annotations, "iothub-enqueuedtime");
    amqp_put_timestamp(&annotations, 1709625602000);
    amqp_put_end(&annotations, mark, 4);
    event.properties = read_map(&properties);
    event.annotations = read_map(&annotations);
    event.body = amqp_bytes_of("{\"at\":\"2024-03-05T08:00:00.50Z\"}");
    event.amqp.present = true;
    event.amqp.group_sequence = -1;
    event.amqp.message_id = amqp_ulong(5);
    event.amqp.content_type = amqp_bytes_of("application/json");
    assert_int_equal(pod_envelope(&arena, &event, &envelope, &err), BASE_OK);
    dp_token_write(&out, envelope);
    assert_string_equal(
        out.data,
        "{\"Body\":{\"at\":\"2024-03-05T08:00:00.5Z\"},\"Properties\":{\"iothub-creation-time-"
        "utc\":"
        "\"2024-03-05T08:00:00Z\",\"n\":-3,\"f\":2.0,\"IsMeasurementGroup\":true},"
        "\"SystemProperties\":{"
        "\"message-id\":\"5\",\"content-type\":\"application/"
        "json\",\"iothub-connection-device-id\":"
        "\"band-22\",\"iothub-enqueuedtime\":\"2024-03-05T08:00:02Z\",\"x-opt-sequence-number\":7,"
        "\"x-opt-offset\":4096,\"x-opt-enqueued-time\":\"2024-03-05T08:00:02Z\","
        "\"x-opt-partition-key\":\"k\"}}");
    assert_true(pod_event_flag(&event, "IsMeasurementGroup"));
    assert_false(pod_event_flag(&event, "n"));
    assert_int_equal(
        dp_object_get(dp_object_get(envelope, "Properties"), "iothub-creation-time-utc")->type,
        DP_STRING);
    base_buf_release(&properties);
    base_buf_release(&annotations);
    base_buf_release(&out);
    base_arena_release(&arena);
}

static void test_empty_and_broken_bodies(void **state)
{
    struct base_arena arena;
    struct base_error err = {0};
    struct az_event event = {.offset = "x"};
    struct dp_token *envelope = NULL;

    (void)state;
    base_arena_init(&arena);
    assert_int_equal(pod_envelope(&arena, &event, &envelope, &err), BASE_OK);
    assert_int_equal(dp_object_get(envelope, "Body")->type, DP_NULL);
    event.body = amqp_bytes_of("{");
    assert_int_equal(pod_envelope(&arena, &event, &envelope, &err), BASE_INVALID);
    assert_string_equal(err.code, "InvalidDataFormatException");
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_empty_and_broken_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
