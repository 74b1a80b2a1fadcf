/* The pieces below the protocol: the hash of partition keys, batches, selectors, and the partition's log with its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "simulators/eventhub/address.h"
#include "simulators/eventhub/filter.h"
#include "simulators/eventhub/hash.h"
#include "simulators/eventhub/log.h"

#define DAY (24LL * 3600 * 1000)
#define NOW 1800000000000LL

/* Published with the official SDKs' tests. */
static void key_hash(void **state)
{
    static const struct {
        const char *key;
        int16_t hash;
    } vectors[] = {
        {"7", -15263},
        {"131", 30562},
        {"7149583486996073602", 12977},
        {"FWfAT", -22341},
        {"sOdeEAsyQoEuEFPGerWO", -6503},
        {"1XYM6!(7(lF5wq4k4m*e$Nc!1ezLJv*1YK1Y-C^*&B$O)lq^iUkG(TNzXG;Zi#z2Og*Qq0#^*k):vXh$3,"
         "C7We7%W0meJ;b3,rQCg^J;^twXgs5E$$hWKxqp",
         23950},
        {"!c*_!I@1^c", 15372},
        {"$0cb", 26269},
        {"-4189260826195535198", 453}};
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        assert_int_equal(eh_key_hash(vectors[i].key, strlen(vectors[i].key)), vectors[i].hash);
    assert_int_equal(eh_key_partition("7", 1, 4), 15263 % 4);
}

static void put_event(struct base_buf *out, const char *key, const char *body)
{
    if (key) {
        struct base_buf map = {0};
        size_t mark = amqp_put_map(&map);
        amqp_put_symbol(&map, "x-opt-partition-key");
        amqp_put_string(&map, key);
        amqp_put_symbol(&map, "x-opt-sequence-number");
        amqp_put_long(&map, 999);
        amqp_put_symbol(&map, "x-mine");
        amqp_put_string(&map, "kept");
        amqp_put_end(&map, mark, 6);
        struct amqp_value value = amqp_raw(&map);
        amqp_put_section(out, AMQP_SECTION_MESSAGE_ANNOTATIONS, &value);
        base_buf_release(&map);
    }
    amqp_put_section_data(out, body, strlen(body));
}

static void put_in_envelope(struct base_buf *out, const char *key, const char *body)
{
    struct base_buf event = {0};
    put_event(&event, key, body);
    amqp_put_section_data(out, event.data, event.len);
    base_buf_release(&event);
}

static struct amqp_bytes bytes(const struct base_buf *buf)
{
    return (struct amqp_bytes){buf->data, buf->len};
}

static void batches(void **state)
{
    struct base_buf payload = {0}, stored = {0};
    struct eh_batch batch = {0};
    struct base_error err = {0};
    struct amqp_message message;
    struct amqp_value value;
    (void)state;
    put_in_envelope(&payload, "k", "one");
    put_in_envelope(&payload, "k", "two");
    assert_int_equal(eh_batch_read(&batch, bytes(&payload), EH_BATCH_FORMAT, &err), BASE_OK);
    assert_int_equal(batch.count, 2);
    assert_true(amqp_bytes_equal(batch.key, "k"));
    eh_event_encode(&stored, &batch, &batch.items[1], &(struct eh_stamp){7, 70, NOW});
    assert_int_equal(amqp_message_parse(bytes(&stored), &message, &err), BASE_OK);
    assert_true(amqp_bytes_equal(message.data, "two"));
    assert_true(amqp_map_get(&message.message_annotations, "x-opt-sequence-number", &value));
    assert_int_equal(value.as.integer, 7);
    assert_true(amqp_map_get(&message.message_annotations, "x-opt-offset", &value));
    assert_true(amqp_value_is(&value, "70"));
    assert_true(amqp_map_get(&message.message_annotations, "x-mine", &value));
    /* A plain message whose body looks like a message stays whole: the format says so, not the shape. */
    base_buf_clear(&payload);
    put_in_envelope(&payload, NULL, "inner");
    assert_int_equal(eh_batch_read(&batch, bytes(&payload), 0, &err), BASE_OK);
    assert_int_equal(batch.count, 1);
    put_in_envelope(&payload, "x", "1");
    put_in_envelope(&payload, "y", "2");
    assert_int_equal(eh_batch_read(&batch, bytes(&payload), EH_BATCH_FORMAT, &err), BASE_INVALID);
    assert_string_equal(err.code, "com.microsoft:argument-error");
    base_error_clear(&err);
    assert_int_not_equal(eh_batch_read(&batch, (struct amqp_bytes){"\0S\x75", 3}, 0, &err),
                         BASE_OK);
    base_error_clear(&err);
    assert_int_equal(eh_batch_read(&batch, bytes(&payload), 5, &err), BASE_UNSUPPORTED);
    eh_batch_release(&batch);
    base_buf_release(&payload);
    base_buf_release(&stored);
}

static void selectors(void **state)
{
    static const struct {
        const char *text;
        enum eh_start_kind kind;
        int64_t value;
        bool inclusive;
    } good[] = {{"amqp.annotation.x-opt-offset > '-1'", EH_START_OFFSET, -1, false},
                {"amqp.annotation.x-opt-offset > '@latest'", EH_START_LATEST, 0, false},
                {"amqp.annotation.x-opt-sequence-number >= '12'", EH_START_SEQUENCE, 12, true},
                {"amqp.annotation.x-opt-enqueuedtimeutc > 1700", EH_START_TIME, 1700, false}};
    static const char *const bad[] = {"",
                                      "amqp.annotation.x-opt-offset < '1'",
                                      "x-opt-offset > '1'",
                                      "amqp.annotation.x-opt-offset > '1' OR 1",
                                      "amqp.annotation.x-opt-offset > 'x",
                                      "amqp.annotation.x-opt-sequence-number > '@latest'"};
    struct eh_start start;
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]) + sizeof(bad) / sizeof(bad[0]); i++) {
        size_t g = sizeof(good) / sizeof(good[0]);
        struct base_buf map = {0};
        struct base_error err = {0};
        struct amqp_value value;
        struct amqp_cursor cursor;
        size_t mark = amqp_put_map(&map);
        amqp_put_symbol(&map, EH_SELECTOR);
        amqp_put_descriptor(&map, 0x468C00000004);
        amqp_put_string(&map, i < g ? good[i].text : bad[i - g]);
        amqp_put_end(&map, mark, 2);
        amqp_cursor_init(&cursor, bytes(&map));
        assert_true(amqp_read(&cursor, &value));
        enum base_status status = eh_start_read(&value, &start, &err);
        base_buf_release(&map);
        assert_int_equal(status, i < g ? BASE_OK : BASE_INVALID);
        if (i >= g)
            continue;
        assert_int_equal(start.kind, good[i].kind);
        assert_int_equal(start.inclusive, good[i].inclusive);
        if (start.kind != EH_START_LATEST)
            assert_int_equal(start.value, good[i].value);
    }
}

static void addresses(void **state)
{
    struct eh_address at;
    (void)state;
    assert_true(eh_address_parse(
        amqp_bytes_of("amqps://ns.servicebus.windows.net/Hub/Partitions/3/"), true, &at));
    assert_string_equal(at.hub, "Hub");
    assert_string_equal(at.partition, "3");
    assert_string_equal(at.path, "Hub/Partitions/3");
    eh_address_release(&at);
    assert_true(
        eh_address_parse(amqp_bytes_of("hub/consumergroups/$default/partitions/0"), false, &at));
    assert_string_equal(at.group, "$default");
    eh_address_release(&at);
    assert_true(eh_address_parse(amqp_bytes_of("hub/$management"), false, &at));
    assert_int_equal(at.kind, EH_NODE_MANAGEMENT);
    eh_address_release(&at);
    assert_false(eh_address_parse(amqp_bytes_of(""), true, &at));
    assert_false(eh_address_parse(amqp_bytes_of("hub"), false, &at));
    assert_false(eh_address_parse(amqp_bytes_of("a/b/c/d/e/f/g/h"), false, &at));
    assert_false(eh_address_parse((struct amqp_bytes){0}, false, &at));
}

static void append(eh_log_t *log, const char *body, int64_t now)
{
    struct base_buf payload = {0};
    struct eh_batch batch = {0};
    struct base_error err = {0};
    put_event(&payload, NULL, body);
    assert_int_equal(eh_batch_read(&batch, bytes(&payload), 0, &err), BASE_OK);
    assert_int_equal(eh_log_append(log, &batch, now, NULL, &err), BASE_OK);
    eh_batch_release(&batch);
    base_buf_release(&payload);
}

static bool count_one(void *context, const struct eh_record *record)
{
    struct amqp_message message;
    assert_int_equal(amqp_message_parse(record->message, &message, NULL), BASE_OK);
    ++*(int *)context;
    return true;
}

static int count_from(eh_log_t *log, int64_t sequence)
{
    int count = 0;
    (void)eh_log_read(log, &sequence, count_one, &count);
    return count;
}

static void log_memory(void **state)
{
    eh_log_t *log = eh_log_open(NULL, DAY, NOW, NULL);
    struct eh_log_info info;
    char body[3000];
    (void)state;
    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    eh_log_info(log, &info);
    assert_true(info.empty);
    assert_int_equal(info.last.sequence, -1);
    for (int i = 0; i < 1000; i++)
        append(log, body, NOW + i / 10);
    eh_log_info(log, &info);
    assert_int_equal(info.last.sequence, 999);
    assert_int_equal(count_from(log, 0), 1000);
    assert_int_equal(count_from(log, 990), 10);
    assert_int_equal(eh_log_find_time(log, NOW + 50, false), 510);
    assert_int_equal(eh_log_find_time(log, NOW + 50, true), 500);
    assert_int_equal(eh_log_find_offset(log, -1, false), 0);
    assert_int_equal(eh_log_find_offset(log, info.last.offset, true), 999);
    assert_int_equal(eh_log_find_offset(log, info.last.offset, false), 1000);
    append(log, "late", NOW - 5000); /* the clock went back: the log's time does not */
    eh_log_info(log, &info);
    assert_int_equal(info.last.time_ms, NOW + 99);
    append(log, "new", NOW + 2 * DAY); /* all before it are too old */
    eh_log_info(log, &info);
    assert_int_equal(info.first, 1001);
    assert_int_equal(info.last.sequence, 1001);
    assert_int_equal(count_from(log, 0), 1);
    eh_log_close(log);
}

static void log_restart(void **state)
{
    char folder[] = "/tmp/eh-log-XXXXXX", *path;
    struct eh_log_info before, after;
    struct base_buf file = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    path = base_asprintf("%s/0.log", folder);
    eh_log_t *log = eh_log_open(path, DAY, NOW, NULL);
    for (int i = 0; i < 20; i++)
        append(log, "event", NOW + i);
    eh_log_info(log, &before);
    eh_log_close(log);
    log = eh_log_open(path, DAY, NOW, NULL);
    eh_log_info(log, &after);
    assert_memory_equal(&before.last, &after.last, sizeof(before.last));
    assert_int_equal(count_from(log, 0), 20);
    eh_log_close(log);
    /* Cut at every length: what is whole stays, and appending goes on from there. */
    assert_int_equal(base_file_read(path, &file, NULL), BASE_OK);
    size_t one = file.len / 20;
    for (size_t cut = file.len - one; cut < file.len; cut += 7) {
        assert_int_equal(base_file_write(path, file.data, cut, 0600, NULL), BASE_OK);
        log = eh_log_open(path, DAY, NOW, NULL);
        assert_int_equal(count_from(log, 0), 19);
        append(log, "event", NOW + 30);
        eh_log_close(log);
        log = eh_log_open(path, DAY, NOW, NULL);
        assert_int_equal(count_from(log, 0), 20);
        eh_log_close(log);
    }
    file.data[one * 10 + 50] ^= 1; /* damage in the middle */
    assert_int_equal(base_file_write(path, file.data, file.len, 0600, NULL), BASE_OK);
    log = eh_log_open(path, DAY, NOW, NULL);
    assert_int_equal(count_from(log, 0), 10);
    eh_log_close(log);
    log =
        eh_log_open(path, DAY, NOW + 3 * DAY, NULL); /* everything is too old, the numbers go on */
    eh_log_info(log, &after);
    assert_true(after.empty);
    assert_int_equal(after.last.sequence, 9);
    append(log, "next", NOW + 3 * DAY);
    eh_log_info(log, &after);
    assert_int_equal(after.last.sequence, 10);
    eh_log_close(log);
    base_buf_release(&file);
    free(path);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_hash),  cmocka_unit_test(batches),    cmocka_unit_test(selectors),
        cmocka_unit_test(addresses), cmocka_unit_test(log_memory), cmocka_unit_test(log_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
