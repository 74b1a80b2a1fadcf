/* Tests amqp/message.h: sections in, sections out, and what is out of order. */
#include "amqp/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct amqp_bytes view(const struct base_buf *buf)
{
    return (struct amqp_bytes){buf->data, buf->len};
}

static void build_full(struct base_buf *out)
{
    struct base_buf annotations = {0}, properties = {0};
    struct amqp_message message;

    amqp_message_init(&message);
    size_t map = amqp_put_map(&annotations);
    amqp_put_symbol(&annotations, "x-opt-partition-key");
    amqp_put_string(&annotations, "k");
    amqp_put_end(&annotations, map, 2);
    map = amqp_put_map(&properties);
    amqp_put_string(&properties, "a");
    amqp_put_int(&properties, 5);
    amqp_put_end(&properties, map, 2);

    message.header =
        (struct amqp_header){.present = true, .durable = true, .priority = 9, .ttl_ms = 1000};
    message.delivery_annotations = amqp_raw(&annotations);
    message.message_annotations = amqp_raw(&annotations);
    message.properties.present = true;
    message.properties.message_id = amqp_string("m1");
    message.properties.correlation_id = amqp_ulong(7);
    message.properties.content_type = amqp_bytes_of("application/json");
    message.properties.creation_time = amqp_timestamp(123456);
    message.properties.group_sequence = 3;
    message.properties.reply_to_group_id = amqp_bytes_of("g");
    message.application_properties = amqp_raw(&properties);
    message.body = AMQP_BODY_DATA;
    message.data = amqp_bytes_of("{\"hr\":1}");
    message.footer = amqp_raw(&annotations);
    amqp_message_build(out, &message);
    base_buf_release(&annotations);
    base_buf_release(&properties);
}

static void test_all_sections(void **state)
{
    struct base_buf buf = {0};
    struct amqp_message message;
    struct amqp_value value;
    struct base_error err = {0};
    (void)state;

    build_full(&buf);
    assert_int_equal(amqp_message_parse(view(&buf), &message, &err), BASE_OK);
    assert_true(message.header.durable && message.header.priority == 9 &&
                message.header.ttl_ms == 1000);
    assert_true(amqp_map_get(&message.message_annotations, "x-opt-partition-key", &value));
    assert_true(amqp_value_is(&value, "k"));
    assert_true(amqp_value_is(&message.properties.message_id, "m1"));
    assert_int_equal(message.properties.correlation_id.as.number, 7);
    assert_true(amqp_bytes_equal(message.properties.content_type, "application/json"));
    assert_int_equal(message.properties.creation_time.as.integer, 123456);
    assert_int_equal(message.properties.group_sequence, 3);
    assert_true(amqp_bytes_equal(message.properties.reply_to_group_id, "g"));
    assert_true(amqp_map_get(&message.application_properties, "a", &value));
    assert_int_equal(message.body, AMQP_BODY_DATA);
    assert_true(amqp_bytes_equal(message.data, "{\"hr\":1}"));
    assert_int_equal(message.body_sections, 1);
    assert_int_equal(message.footer.type, AMQP_MAP);
    /* The bare span starts at properties and ends before the footer. */
    assert_int_equal((uint8_t)message.bare.data[2], AMQP_SECTION_PROPERTIES);
    assert_true(message.bare.data + message.bare.len ==
                message.sections.data + message.sections.len);
    base_buf_release(&buf);
}

static void test_bodies(void **state)
{
    struct base_buf buf = {0};
    struct amqp_message message;
    struct amqp_bytes at, data;
    (void)state;

    amqp_put_section_data(&buf, "one", 3);
    amqp_put_section_data(&buf, "", 0);
    amqp_put_section_data(&buf, "three", 5);
    assert_int_equal(amqp_message_parse(view(&buf), &message, NULL), BASE_OK);
    assert_int_equal(message.body_sections, 3);
    at = message.sections;
    assert_true(amqp_message_next_data(&at, &data) && amqp_bytes_equal(data, "one"));
    assert_true(amqp_message_next_data(&at, &data) && data.len == 0);
    assert_true(amqp_message_next_data(&at, &data) && amqp_bytes_equal(data, "three"));
    assert_false(amqp_message_next_data(&at, &data));

    base_buf_clear(&buf);
    struct amqp_value value = amqp_string("token");
    amqp_put_section(&buf, AMQP_SECTION_VALUE, &value);
    assert_int_equal(amqp_message_parse(view(&buf), &message, NULL), BASE_OK);
    assert_int_equal(message.body, AMQP_BODY_VALUE);
    assert_true(amqp_value_is(&message.value, "token"));

    base_buf_clear(&buf); /* symbolic descriptors are legal */
    amqp_put_descriptor_symbol(&buf, "amqp:data:binary");
    amqp_put_binary(&buf, "x", 1);
    assert_int_equal(amqp_message_parse(view(&buf), &message, NULL), BASE_OK);
    assert_int_equal(message.body, AMQP_BODY_DATA);
    base_buf_release(&buf);
}

static void test_null_body_is_empty(void **state)
{
    static const char wire[] = {0x00, 0x53, 0x75, 0x40}; /* data section, null */
    struct amqp_bytes at = {wire, sizeof wire}, data;
    struct amqp_message message;
    struct base_error err = {0};

    (void)state;
    assert_int_equal(amqp_message_parse(at, &message, &err), BASE_OK);
    assert_int_equal(message.body, AMQP_BODY_DATA);
    assert_int_equal(message.data.len, 0);
    assert_true(amqp_message_next_data(&at, &data));
    assert_int_equal(data.len, 0);
}

static void expect_refused(const struct base_buf *buf, const char *word)
{
    struct amqp_message message;
    struct base_error err = {0};

    assert_int_equal(amqp_message_parse(view(buf), &message, &err), BASE_PROTOCOL);
    assert_string_equal(err.code, "amqp:decode-error");
    if (!strstr(err.message, word))
        fail_msg("'%s' does not say '%s'", err.message, word);
}

static void test_refusals(void **state)
{
    struct base_buf buf = {0};
    struct amqp_value value = amqp_string("x"), number = amqp_uint(3);
    struct amqp_header header = {.present = true, .priority = 4, .ttl_ms = -1};
    (void)state;

    expect_refused(&buf, "no sections");
    amqp_put_section_data(&buf, "one", 3);
    amqp_put_section_header(&buf, &header);
    expect_refused(&buf, "header");
    base_buf_clear(&buf);
    amqp_put_section_header(&buf, &header);
    amqp_put_section_header(&buf, &header);
    expect_refused(&buf, "twice");
    base_buf_clear(&buf);
    amqp_put_section_data(&buf, "one", 3);
    amqp_put_section(&buf, AMQP_SECTION_VALUE, &value);
    expect_refused(&buf, "amqp-value");
    base_buf_clear(&buf);
    amqp_put_section(&buf, AMQP_SECTION_MESSAGE_ANNOTATIONS, &number);
    expect_refused(&buf, "map expected");
    base_buf_clear(&buf);
    amqp_put_section(&buf, 0x79, &number);
    expect_refused(&buf, "unknown descriptor");
    base_buf_clear(&buf);
    amqp_put_string(&buf, "bare text");
    expect_refused(&buf, "descriptor");
    base_buf_release(&buf);
}

static void test_truncated(void **state)
{
    struct base_buf buf = {0};
    struct amqp_message message;
    size_t good = 0;
    (void)state;

    build_full(&buf);
    for (size_t len = 0; len < buf.len; len++) {
        char *exact = malloc(len ? len : 1);
        memcpy(exact, buf.data, len);
        good += amqp_message_parse((struct amqp_bytes){exact, len}, &message, NULL) == BASE_OK;
        free(exact);
    }
    assert_int_equal(good,
                     6); /* only where a section has just ended: seven sections, the last one cut */
    base_buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sections),       cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_null_body_is_empty), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
