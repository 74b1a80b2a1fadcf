/* Holds what templates see of an AMQP event (facts §1.1, §1.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "azure/eventhub_private.h"
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

/* A message as the hub sends it, its body in data sections of at most `piece` bytes (0: one section). */
static void put_message(struct base_buf *out, const char *body, size_t len, size_t piece)
{
    struct base_buf map = {0};
    size_t mark = amqp_put_map(&map);
    struct amqp_value annotations;

    amqp_put_symbol(&map, "x-opt-sequence-number");
    amqp_put_long(&map, 7);
    amqp_put_symbol(&map, "x-opt-offset");
    amqp_put_string(&map, "4096");
    amqp_put_symbol(&map, "x-opt-enqueued-time");
    amqp_put_timestamp(&map, 1709625602000);
    amqp_put_end(&map, mark, 6);
    annotations = read_map(&map);
    amqp_put_section(out, AMQP_SECTION_MESSAGE_ANNOTATIONS, &annotations);
    for (size_t at = 0; at < len; at += piece) {
        size_t left = len - at;
        piece = piece ? piece : len;
        amqp_put_section_data(out, body + at, left < piece ? left : piece);
    }
    base_buf_release(&map);
}

static void read_envelope(const char *body, size_t len, size_t piece, struct base_buf *out)
{
    struct base_arena arena;
    struct base_buf message = {0};
    struct base_error err = {0};
    struct az_event event;
    struct dp_token *envelope = NULL;

    base_arena_init(&arena);
    put_message(&message, body, len, piece);
    assert_int_equal(
        az_event_read(&arena, (struct amqp_bytes){message.data, message.len}, &event, &err),
        BASE_OK);
    assert_int_equal(pod_envelope(&arena, &event, &envelope, &err), BASE_OK);
    base_buf_clear(out);
    dp_token_write(out, envelope);
    base_buf_release(&message);
    base_arena_release(&arena);
}

/* Letters of two to four bytes, an escape, a number, a date: whatever the cut falls into, the envelope is the same. */
static void test_a_body_in_pieces_is_one_body(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 5, 7, 512};
    struct base_buf body = {0}, whole = {0}, split = {0};

    (void)state;
    base_buf_puts(&body,
                  "\xEF\xBB\xBF{\"name\":\"J\xC3\xBCrgen \xE2\x82\xAC \xF0\x9F\x92\x93 "
                  "\\u00e9\\n\",\"at\":\"2024-03-05T08:00:00.50Z\",\"rate\":72.50,\"list\":[");
    for (int i = 0; i < 400; i++)
        base_buf_printf(&body, "%s%d", i ? "," : "", i * 1000003);
    base_buf_puts(&body, "]}");
    read_envelope(body.data, body.len, 0, &whole);
    assert_non_null(strstr(whole.data, "J\xC3\xBCrgen"));
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        read_envelope(body.data, body.len, pieces[i], &split);
        assert_string_equal(split.data, whole.data);
    }
    base_buf_release(&body);
    base_buf_release(&whole);
    base_buf_release(&split);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_empty_and_broken_bodies),
        cmocka_unit_test(test_a_body_in_pieces_is_one_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
