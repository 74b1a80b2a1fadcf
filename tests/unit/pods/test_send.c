/* Holds how measurements reach the normalized hub (facts §4.2): by the device's key, full batches sent first, groups compressed, what does
 * not fit in halves. DAT-01, DAT-02. */
#include "fake_cloud.h"

#include "fake_hub.h"
#include "reference/pods/compressed.h"
#include "reference/pods/send.h"

static struct fixture {
    struct fake_cloud cloud;
    struct pod pod;
    pod_sender_t *sender;
    struct dp_measurement items[64];
    char devices[64][16], types[64][600];
    struct dp_measurements list;
    struct base_error err;
} f;

static int set_up(bool compress)
{
    fake_pod_open(&f.pod, &f.cloud, POD_NORMALIZATION);
    f.pod.settings.compress = compress;
    f.sender = pod_sender_new(&f.pod, NULL);
    f.list = (struct dp_measurements){.items = f.items};
    base_error_clear(&f.err);
    hub.refuse_send = hub.too_large = 0;
    hub.group_count = 0;
    base_buf_clear(&hub.sent);
    return 0;
}

static int set_up_plain(void **state)
{
    (void)state;
    return set_up(false);
}

static int set_up_compressed(void **state)
{
    (void)state;
    return set_up(true);
}

static int tear_down(void **state)
{
    (void)state;
    pod_sender_free(f.sender);
    fake_pod_close(&f.pod, &f.cloud);
    for (size_t i = 0; i < 16; i++)
        base_buf_release(&hub.groups[i]);
    memset(hub.groups, 0, sizeof hub.groups);
    base_buf_release(&hub.sent);
    return 0;
}

static void measured(const char *device, const char *type)
{
    size_t i = f.list.count++;

    (void)snprintf(f.devices[i], sizeof f.devices[i], "%s", device);
    (void)snprintf(f.types[i], sizeof f.types[i], "%s", type);
    f.items[i] = (struct dp_measurement){.device_id = f.devices[i], .type = f.types[i]};
}

static enum base_status send_all(void)
{
    return pod_sender_send(f.sender, "0", &f.list, &f.err);
}

/* The types of all measurements of the groups sent, in order. */
static void read_groups(struct base_buf *out)
{
    struct base_buf flags = {0};
    struct amqp_cursor cursor;
    size_t mark = amqp_put_map(&flags);

    amqp_put_string(&flags, "IsMeasurementGroup");
    amqp_put_bool(&flags, true);
    amqp_put_end(&flags, mark, 2);
    for (size_t i = 0; i < hub.group_count; i++) {
        struct az_event event = {.body = {hub.groups[i].data, hub.groups[i].len}};
        struct dp_measurements list = {0};
        struct base_arena arena, scratch;
        base_arena_init(&arena);
        base_arena_init(&scratch);
        amqp_cursor_init(&cursor, (struct amqp_bytes){flags.data, flags.len});
        assert_true(amqp_read(&cursor, &event.properties));
        event.amqp.content_type = amqp_bytes_of("application/gzip");
        assert_int_equal(pod_event_measurements(&arena, &scratch, &event, &list, &f.err), BASE_OK);
        for (size_t k = 0; k < list.count; k++)
            base_buf_printf(out, "%s%.3s", k ? " " : "[", list.items[k].type);
        base_buf_puts(out, "]");
        base_arena_release(&arena);
        base_arena_release(&scratch);
    }
    base_buf_release(&flags);
}

static void test_each_key_in_order(void **state)
{
    (void)state;
    measured("ox-7", "a");
    measured("d1", "b");
    measured("OX-7", "c");
    measured("device123", "d");
    assert_int_equal(send_all(), BASE_OK);
    const char *at = hub.sent.data;
    static const char *const lines[] = {"28: {\"Type\":\"d\"", "77: {\"Type\":\"b\"",
                                        "83: {\"Type\":\"a\"", "83: {\"Type\":\"c\""};
    for (size_t i = 0; i < 4; i++) {
        at = strstr(at, lines[i]);
        assert_non_null(at);
    }
    assert_int_equal(hub.group_count, 0);
}

static void test_one_group_a_key(void **state)
{
    struct base_buf types = {0};

    (void)state;
    measured("ox-7", "a");
    measured("d1", "b");
    measured("OX-7", "c");
    assert_int_equal(send_all(), BASE_OK);
    read_groups(&types);
    assert_string_equal(types.data, "[b][a c]");
    assert_non_null(strstr(hub.sent.data, "77: group of "));
    assert_non_null(strstr(hub.sent.data, "83: group of "));
    base_buf_release(&types);
}

/* Random texts do not become smaller: each message has room for about two. */
static void test_a_group_that_does_not_fit_goes_in_halves(void **state)
{
    struct base_buf types = {0};
    char text[500];

    (void)state;
    for (int i = 0; i < 6; i++) {
        base_random_hex(f.pod.random, text, sizeof text - 1);
        text[sizeof text - 1] = '\0';
        (void)memcpy(text, (char[]){'t', (char)('0' + i), '-'}, 3);
        measured("d1", text);
    }
    hub.too_large = 1000;
    assert_int_equal(send_all(), BASE_OK);
    read_groups(&types);
    assert_string_equal(types.data, "[t0-][t1- t2-][t3-][t4- t5-]");
    assert_int_equal(atomic_load(&f.pod.counters[POD_POISONED]), 0);
    base_buf_release(&types);
}

static void test_only_what_does_not_fit_alone_is_lost(void **state)
{
    struct base_buf types = {0};
    char text[500];

    (void)state;
    measured("d1", "t0-");
    base_random_hex(f.pod.random, text, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    measured("d1", text);
    measured("d1", "t2-");
    hub.too_large = 250;
    assert_int_equal(send_all(), BASE_OK);
    read_groups(&types);
    assert_string_equal(types.data, "[t0-][t2-]");
    assert_int_equal(atomic_load(&f.pod.counters[POD_POISONED]), 1);
    base_buf_release(&types);
}

static void test_a_refused_send_can_be_repeated(void **state)
{
    struct base_buf types = {0};

    (void)state;
    measured("d1", "a");
    hub.refuse_send = 1;
    assert_int_equal(send_all(), BASE_UNAVAILABLE);
    assert_int_equal(hub.group_count, 0);
    assert_int_equal(send_all(), BASE_OK);
    read_groups(&types);
    assert_string_equal(types.data, "[a]");
    base_buf_release(&types);
}

#define PLAIN(name) cmocka_unit_test_setup_teardown(name, set_up_plain, tear_down)
#define COMPRESSED(name) cmocka_unit_test_setup_teardown(name, set_up_compressed, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAIN(test_each_key_in_order),
        COMPRESSED(test_one_group_a_key),
        COMPRESSED(test_a_group_that_does_not_fit_goes_in_halves),
        COMPRESSED(test_only_what_does_not_fit_alone_is_lost),
        COMPRESSED(test_a_refused_send_can_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
