/* Holds when batches close (facts §9.1): by count, by the events' own time, by idleness. */
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

static void start(struct pod_batch *batch, int64_t span_ms, size_t max)
{
    const struct pod_batch_rules rules = {
        .span_ms = span_ms, .idle_ms = 60000, .grace_ms = 5000, .max = max};

    pod_batch_init(batch, &rules, 0);
}

/* "if queue length >= MaxEvents: flush the first MaxEvents" */
static void test_by_count(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    start(&batch, 1000, 3);
    for (int i = 0; i < 7; i++)
        assert_true(add(&batch, i, &log));
    assert_string_equal(log.text, "[0 1 2][3 4 5]");
    assert_int_equal(batch.count, 1);
    assert_true(pod_batch_drain(&batch, note, &log));
    assert_string_equal(log.text, "[0 1 2][3 4 5][6]");
    pod_batch_release(&batch);
}

/* MaxEventsAllPartitions is shared out anew while a batch is open. */
static void test_the_count_may_change(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    start(&batch, 1000, 10);
    for (int i = 0; i < 4; i++)
        (void)add(&batch, i, &log);
    batch.rules.max = 2;
    (void)add(&batch, 4, &log);
    assert_string_equal(log.text, "[0 1]");
    assert_int_equal(batch.count, 3);
    batch.rules.max = 10;
    (void)add(&batch, 5, &log);
    assert_string_equal(log.text, "[0 1]");
    pod_batch_release(&batch);
}

/* "First event: window end = its enqueued time + FlushTimespan"; "if its enqueued time > window end: flush all queued events with
 * enqueued time <= window end, then advance window end by whole FlushTimespans until it is > the event's time" */
static void test_by_event_time(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    start(&batch, 100, 50);
    (void)add(&batch, 1000, &log);
    assert_int_equal(batch.end_ms, 1100);
    (void)add(&batch, 1100, &log); /* the end belongs to the window */
    assert_string_equal(log.text, "");
    (void)add(&batch, 1101, &log);
    assert_string_equal(log.text, "[1000 1100]");
    assert_int_equal(batch.end_ms, 1200);
    (void)add(&batch, 1450, &log); /* whole spans are skipped until the end lies behind the event */
    assert_string_equal(log.text, "[1000 1100][1101]");
    assert_int_equal(batch.end_ms, 1500);
    (void)add(&batch, 1600, &log); /* an end that would be the event's own time is not behind it */
    assert_int_equal(batch.end_ms, 1700);
    pod_batch_release(&batch);
}

/* "(possibly none)": nothing is queued but the event that moves the window. */
static void test_an_empty_window_only_moves(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    start(&batch, 100, 2);
    (void)add(&batch, 1000, &log);
    (void)add(&batch, 1001, &log);
    assert_string_equal(log.text, "[1000 1001]");
    (void)add(&batch, 5000, &log);
    assert_string_equal(log.text, "[1000 1001]");
    assert_int_equal(batch.end_ms, 5100);
    pod_batch_release(&batch);
}

/* (a) comes before (b): what the window held goes first, the count sees what is left. */
static void test_time_before_count(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    start(&batch, 100, 3);
    (void)add(&batch, 1000, &log);
    (void)add(&batch, 1050, &log);
    (void)add(&batch, 1200, &log);
    assert_string_equal(log.text, "[1000 1050]");
    assert_int_equal(batch.count, 1);
    pod_batch_release(&batch);
}

/* "Time is event enqueued time, not wall clock (except the idle rule)" */
static void test_events_of_long_ago_wait_for_their_window(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    start(&batch, 100, 50);
    (void)add(&batch, 1000, &log);
    pod_batch_heard(&batch, 500000); /* long after the window's end by the clock */
    assert_true(pod_batch_tick(&batch, 500001, note, &log));
    (void)add(&batch, 1001, &log);
    assert_string_equal(log.text, "");
    pod_batch_release(&batch);
}

/* "On idle tick (no event for 60 s): if window end < now - 5 s, flush events <= window end (window not advanced)" */
static void test_idle(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    start(&batch, 100, 50);
    assert_int_equal(pod_batch_wait(&batch, 0), -1);
    (void)add(&batch, 1000, &log);
    pod_batch_heard(&batch, 1010);
    assert_int_equal(pod_batch_wait(&batch, 1040), 59970);
    assert_true(pod_batch_tick(&batch, 61009, note, &log)); /* 59.999 s */
    assert_string_equal(log.text, "");
    assert_true(pod_batch_tick(&batch, 61010, note, &log));
    assert_string_equal(log.text, "[1000]");
    assert_int_equal(batch.end_ms, 1100);
    (void)add(&batch, 1050, &log); /* late: its window has passed already, and stays */
    pod_batch_heard(&batch, 70000);
    assert_true(pod_batch_tick(&batch, 130000, note, &log));
    assert_string_equal(log.text, "[1000][1050]");
    assert_int_equal(pod_batch_wait(&batch, 130000), -1);
    pod_batch_release(&batch);
}

/* A window that is over for less than 5 s waits for the next tick, 60 s later. */
static void test_idle_and_a_window_that_is_hardly_over(void **state)
{
    struct pod_batch batch;
    struct log log = {0};

    (void)state;
    start(&batch, 60000, 50);
    (void)add(&batch, 1000, &log); /* end 61000 */
    pod_batch_heard(&batch, 6000);
    assert_true(pod_batch_tick(&batch, 66000, note, &log)); /* now - 5 s is the end itself */
    assert_string_equal(log.text, "");
    assert_int_equal(pod_batch_wait(&batch, 66000), 60000);
    assert_true(pod_batch_tick(&batch, 66001, note, &log));
    assert_string_equal(log.text, "");
    assert_true(pod_batch_tick(&batch, 126000, note, &log));
    assert_string_equal(log.text, "[1000]");
    pod_batch_release(&batch);
}

static void test_a_refused_flush_loses_nothing(void **state)
{
    struct pod_batch batch;
    struct log log = {.refuse = true};

    (void)state;
    start(&batch, 100, 2);
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
        cmocka_unit_test(test_the_count_may_change),
        cmocka_unit_test(test_by_event_time),
        cmocka_unit_test(test_an_empty_window_only_moves),
        cmocka_unit_test(test_time_before_count),
        cmocka_unit_test(test_events_of_long_ago_wait_for_their_window),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_idle_and_a_window_that_is_hardly_over),
        cmocka_unit_test(test_a_refused_flush_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
