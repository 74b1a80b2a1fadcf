/* Holds when batches close (facts §9.1): by count, by the events' own time, by the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/batch.h"

#include <stdio.h>
#include <string.h>

struct log {
    char text[400];
    bool refuse;
};

static bool note(void *context, const struct pod_batch_item *items, size_t count)
{
    struct log *log = context;
    size_t at = strlen(log->text);

    if (log->refuse)
        return false;
    at += (size_t)snprintf(log->text + at, sizeof log->text - at, "[");
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(log->text + at, sizeof log->text - at, "%s%lld", i ? " " : "",
                               (long long)items[i].enqueued_ms);
    (void)snprintf(log->text + at, sizeof log->text - at, "]");
    return true;
}

static bool add(struct pod_batch *batch, int64_t ms, struct log *log)
{
    return pod_batch_add(batch, NULL, ms, note, log);
}

static void test_by_count(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    pod_batch_init(&batch, 1000, 3);
    for (int i = 0; i < 7; i++)
        assert_true(add(&batch, i, &log));
    assert_string_equal(log.text, "[0 1 2][3 4 5]");
    assert_int_equal(batch.count, 1);
    assert_true(pod_batch_drain(&batch, note, &log));
    assert_string_equal(log.text, "[0 1 2][3 4 5][6]");
    pod_batch_release(&batch);
}

static void test_by_event_time(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    pod_batch_init(&batch, 100, 50);
    (void)add(&batch, 1000, &log);
    (void)add(&batch, 1100, &log); /* the end belongs to the window */
    (void)add(&batch, 1101, &log);
    assert_string_equal(log.text, "[1000 1100]");
    assert_int_equal(batch.end_ms, 1200);
    (void)add(&batch, 1450, &log); /* whole spans are skipped until the end lies behind the event */
    assert_string_equal(log.text, "[1000 1100][1101]");
    assert_int_equal(batch.end_ms, 1500);
    (void)add(&batch, 1601, &log);
    assert_int_equal(batch.end_ms, 1700);
    pod_batch_release(&batch);
}

static void test_by_clock(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    pod_batch_init(&batch, 100, 50);
    assert_int_equal(pod_batch_wait(&batch, 0), -1);
    (void)add(&batch, 1000, &log);
    assert_int_equal(pod_batch_wait(&batch, 1040), 60);
    assert_true(pod_batch_tick(&batch, 1099, note, &log));
    assert_string_equal(log.text, "");
    assert_true(pod_batch_tick(&batch, 1100, note, &log));
    assert_string_equal(log.text, "[1000]");
    (void)add(&batch, 1050, &log); /* late: its window has passed already */
    assert_int_equal(pod_batch_wait(&batch, 1110), 0);
    assert_true(pod_batch_tick(&batch, 1110, note, &log));
    assert_string_equal(log.text, "[1000][1050]");
    pod_batch_release(&batch);
}

static void test_a_refused_flush_loses_nothing(void **state)
{
    struct pod_batch batch;
    struct log log = {.refuse = true};

    (void)state;
    pod_batch_init(&batch, 100, 2);
    assert_true(add(&batch, 1, &log));
    assert_false(add(&batch, 2, &log));
    assert_int_equal(batch.count, 2);
    log.refuse = false;
    assert_true(pod_batch_drain(&batch, note, &log));
    assert_string_equal(log.text, "[1 2]");
    pod_batch_release(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_count),
        cmocka_unit_test(test_by_event_time),
        cmocka_unit_test(test_by_clock),
        cmocka_unit_test(test_a_refused_flush_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
