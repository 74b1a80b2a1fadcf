/* Holds that a group of measurements survives being packed, and that what is no such group is refused with a reason. DAT-01. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/compressed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static struct base_buf flags; /* {"IsMeasurementGroup": true} as it travels */
static struct dp_property property = {"hr", "78.50"};
static const struct dp_measurement measurement = {.type = "heartrate",
                                                  .device_id = "d-1",
                                                  .patient_id = "p \"1\"",
                                                  .properties = &property,
                                                  .property_count = 1};

struct reading {
    struct base_arena arena, scratch;
    struct dp_measurements list;
    struct base_error err;
};

static struct amqp_value flags_map(void)
{
    struct amqp_cursor cursor;
    struct amqp_value map;

    if (!flags.len) {
        size_t mark = amqp_put_map(&flags);
        amqp_put_string(&flags, "IsMeasurementGroup");
        amqp_put_bool(&flags, true);
        amqp_put_end(&flags, mark, 2);
    }
    amqp_cursor_init(&cursor, (struct amqp_bytes){flags.data, flags.len});
    assert_true(amqp_read(&cursor, &map));
    return map;
}

static enum base_status read_bytes(struct reading *r, const void *body, size_t len, bool gzip)
{
    struct az_event event = {.body = {body, len}, .properties = flags_map()};
    enum base_status status;

    if (gzip)
        event.amqp.content_type = (struct amqp_bytes){"application/gzip", 16};
    memset(r, 0, sizeof *r);
    base_arena_init(&r->arena);
    base_arena_init(&r->scratch);
    status = pod_event_measurements(&r->arena, &r->scratch, &event, &r->list, &r->err);
    base_arena_release(&r->scratch); /* nothing of it is kept */
    return status;
}

static void test_a_group_comes_back_as_it_was(void **state)
{
    pod_group_writer_t *writer = pod_group_writer_new();
    struct reading r;

    (void)state;
    for (size_t count = 1; count <= 20000; count *= 100) {
        const struct az_event_data *data;
        pod_group_writer_reset(writer);
        for (size_t i = 0; i < count; i++)
            assert_true(pod_group_writer_add(writer, &measurement));
        assert_int_equal(pod_group_writer_count(writer), count);
        data = pod_group_writer_finish(writer);
        assert_string_equal(data->content_type, "application/gzip");
        assert_string_equal(data->properties[0].name, "IsMeasurementGroup");
        assert_true(count < 100 || data->body_len < count * 20);
        assert_int_equal(read_bytes(&r, data->body, data->body_len, true), BASE_OK);
        assert_int_equal(r.list.count, count);
        assert_string_equal(r.list.items[count - 1].patient_id, "p \"1\"");
        assert_string_equal(r.list.items[count - 1].properties[0].value, "78.50");
        base_arena_release(&r.arena);
    }
    pod_group_writer_free(writer);
}

static void test_a_group_may_be_plain_or_empty(void **state)
{
    pod_group_writer_t *writer = pod_group_writer_new();
    const struct az_event_data *empty = pod_group_writer_finish(writer);
    struct reading r;

    (void)state;
    assert_int_equal(read_bytes(&r, empty->body, empty->body_len, true), BASE_OK);
    assert_int_equal(r.list.count, 0);
    base_arena_release(&r.arena);
    assert_int_equal(read_bytes(&r, "[]", 2, false), BASE_OK);
    base_arena_release(&r.arena);
    pod_group_writer_free(writer);
}

static void test_members_that_follow_each_other_are_one_text(void **state)
{
    pod_group_writer_t *writer = pod_group_writer_new();
    const struct az_event_data *data;
    struct base_buf twice = {0};
    struct reading r;

    (void)state;
    assert_true(pod_group_writer_add(writer, &measurement));
    data = pod_group_writer_finish(writer);
    for (int i = 0; i < 2; i++)
        base_buf_append(&twice, data->body, data->body_len);
    base_buf_puts(&twice, "rest"); /* left alone */
    assert_int_equal(read_bytes(&r, twice.data, twice.len, true), BASE_OK);
    assert_int_equal(r.list.count, 1); /* the first value of the text */
    base_arena_release(&r.arena);
    base_buf_release(&twice);
    pod_group_writer_free(writer);
}

static void refused(const void *body, size_t len, const char *why)
{
    struct reading r;

    assert_int_equal(read_bytes(&r, body, len, true), BASE_INVALID);
    assert_string_equal(r.err.code, "MeasurementGroupProcessingException");
    if (!strstr(r.err.message, why))
        fail_msg("\"%s\" does not say \"%s\"", r.err.message, why);
    base_arena_release(&r.arena);
}

static void test_every_cut_and_every_damage_is_refused(void **state)
{
    pod_group_writer_t *writer = pod_group_writer_new();
    const struct az_event_data *data;
    char *copy;

    (void)state;
    assert_true(pod_group_writer_add(writer, &measurement));
    data = pod_group_writer_finish(writer);
    for (size_t len = 0; len < data->body_len; len++)
        refused(data->body, len, "ends too early");
    copy = base_alloc(data->body_len);
    memcpy(copy, data->body, data->body_len);
    copy[data->body_len - 6] ^= 1; /* its check sum */
    refused(copy, data->body_len, "cannot be unpacked");
    refused("[{\"Type\":\"x\"}]", 14, "cannot be unpacked");
    free(copy);
    pod_group_writer_free(writer);
}

static void test_a_bomb_is_not_unpacked(void **state)
{
    z_stream stream = {0};
    size_t size = 80u << 20;
    char *blanks = base_alloc(size), *bomb = base_alloc(size / 100);

    (void)state;
    memset(blanks, ' ', size);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)blanks;
    stream.avail_in = (unsigned)size;
    stream.next_out = (unsigned char *)bomb;
    stream.avail_out = (unsigned)(size / 100);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    refused(bomb, stream.total_out, "unpacks to more than 16777216 bytes");
    (void)deflateEnd(&stream);
    free(bomb);
    free(blanks);
}

static void test_a_full_group_takes_no_more(void **state)
{
    pod_group_writer_t *writer = pod_group_writer_new();
    const struct az_event_data *data;
    struct dp_measurement large = measurement;
    struct dp_property long_one = {"text", NULL};
    char *text = base_alloc(1000001);
    struct reading r;

    (void)state;
    memset(text, 'x', 1000000);
    long_one.value = text;
    large.properties = &long_one;
    while (pod_group_writer_add(writer, &large))
        assert_true(pod_group_writer_count(writer) < 17);
    assert_int_equal(pod_group_writer_count(writer), 16);
    data = pod_group_writer_finish(writer);
    assert_int_equal(read_bytes(&r, data->body, data->body_len, true), BASE_OK);
    assert_int_equal(r.list.count, 16);
    base_arena_release(&r.arena);
    pod_group_writer_free(writer);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_group_comes_back_as_it_was),
        cmocka_unit_test(test_a_group_may_be_plain_or_empty),
        cmocka_unit_test(test_members_that_follow_each_other_are_one_text),
        cmocka_unit_test(test_every_cut_and_every_damage_is_refused),
        cmocka_unit_test(test_a_bomb_is_not_unpacked),
        cmocka_unit_test(test_a_full_group_takes_no_more),
    };

    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    base_buf_release(&flags);
    return failed;
}
