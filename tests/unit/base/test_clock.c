/* Time that may run faster, texts of instants, and randomness that may be repeated. */
#include "common/clock.h"

#include "harness.h"

#include <time.h>

static void the_wall_clock_is_the_default(void **state)
{
    struct base_clock clock;

    (void)state;
    unsetenv("IOMT_CLOCK");
    assert_int_equal(base_clock_from_env(&clock, NULL), BASE_OK);
    int64_t before = (int64_t)time(NULL);
    int64_t now = base_clock_s(&clock);
    assert_true(now >= before && now <= (int64_t)time(NULL));
    assert_int_equal(base_clock_real(&clock, 1234), 1234);
}

static void a_clock_may_run_faster(void **state)
{
    struct base_clock wall, fast;
    char text[64];

    (void)state;
    base_clock_init(&wall);
    int64_t epoch = base_clock_ms(&wall) - 1000000;
    snprintf(text, sizeof text, "50.5@%lld", (long long)epoch);
    setenv("IOMT_CLOCK", text, 1);
    assert_int_equal(base_clock_from_env(&fast, NULL), BASE_OK);
    int64_t low = base_clock_ms(&wall), shown = base_clock_ms(&fast), high = base_clock_ms(&wall);
    assert_true(shown >= epoch + (int64_t)((double)(low - epoch) * 50.5) - 1);
    assert_true(shown <= epoch + (int64_t)((double)(high - epoch) * 50.5) + 1);
    assert_int_equal(base_clock_real(&fast, 5050), 100);
    assert_int_equal(base_clock_real(&fast, 1), 1);
    assert_int_equal(base_clock_real(&fast, 0), 0);
    assert_int_equal(base_clock_real(&fast, -5), 0);
    int64_t start = base_monotonic_ms();
    base_clock_sleep(&fast, 505);
    assert_true(base_monotonic_ms() - start >= 9);
    unsetenv("IOMT_CLOCK");
}

static void a_clock_may_be_ahead(void **state)
{
    struct base_clock clock;

    (void)state;
    assert_int_equal(base_clock_parse(&clock, "10@5000+300", NULL), BASE_OK);
    assert_int_equal(base_clock_at(&clock, 5000), 5300);
    assert_int_equal(base_clock_at(&clock, 6000), 15300);
    assert_int_equal(base_clock_parse(&clock, "1@5000+300", NULL), BASE_OK);
    assert_int_equal(base_clock_at(&clock, 5000), 5300);
    assert_int_equal(base_clock_at(&clock, 6000), 6300);
}

static void malformed_clocks_are_refused(void **state)
{
    static const char *const wrong[] = {"fast",    "2",      "2@",    "@5",   "0@5",
                                        "10001@5", "2@5x",   "nan@5", "-1@5", "2@5+",
                                        "2@5+x",   "2@5+-1", "2@+1"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct base_clock clock;
        struct base_error err = {0};
        setenv("IOMT_CLOCK", wrong[i], 1);
        if (base_clock_from_env(&clock, &err) != BASE_INVALID)
            fail_msg("accepted %s", wrong[i]);
        assert_non_null(strstr(err.message, wrong[i]));
    }
    unsetenv("IOMT_CLOCK");
}

static void instants_have_texts(void **state)
{
    char text[BASE_TIME_TEXT];

    (void)state;
    base_time_iso(1795410893123, text);
    assert_string_equal(text, "2026-11-23T05:14:53.123Z");
    base_time_iso_s(1795410893999, text);
    assert_string_equal(text, "2026-11-23T05:14:53Z");
    base_time_http(1795410893123, text);
    assert_string_equal(text, "Mon, 23 Nov 2026 05:14:53 GMT");
    base_time_iso(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    base_time_iso(INT64_MAX / 4, text); /* far out, but no overflow */
}

static void texts_become_instants(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"2026-11-23T05:14:53.123Z", 1795410893123},
        {"2026-11-23T05:14:53.1239999Z", 1795410893123},
        {"2026-11-23t05:14:53z", 1795410893000},
        {"2026-11-23T07:14:53+02:00", 1795410893000},
        {"2026-11-22T23:44:53-05:30", 1795410893000},
        {"1970-01-01T00:00:00Z", 0},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2016-12-31T23:59:60Z", 1483228800000},
    };
    static const char *const wrong[] = {NULL,
                                        "",
                                        "2026-11-23",
                                        "2026-11-23T05:14:53",
                                        "2026-11-23 05:14:53Z",
                                        "2026-13-01T00:00:00Z",
                                        "2026-00-01T00:00:00Z",
                                        "2026-01-32T00:00:00Z",
                                        "2026-01-01T24:00:00Z",
                                        "2026-01-01T00:60:00Z",
                                        "2026-01-01T00:00:00.Z",
                                        "2026-01-01T00:00:00+0200",
                                        "2026-01-01T00:00:00+25:00",
                                        "2026-01-01T00:00:00Zx"};
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(base_time_parse(cases[i].text, &ms));
        assert_true(ms == cases[i].ms);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (base_time_parse(wrong[i], &ms))
            fail_msg("accepted %s", wrong[i]);
}

static void a_seed_repeats(void **state)
{
    char first[BASE_UUID_TEXT], again[BASE_UUID_TEXT], other[BASE_UUID_TEXT];
    static const char *const seeds[] = {"one", "one", "two"};
    char *const out[] = {first, again, other};

    (void)state;
    for (int i = 0; i < 3; i++) {
        setenv("IOMT_SEED", seeds[i], 1);
        base_random_t *random = base_random_from_env();
        base_uuid(random, out[i]);
        base_random_free(random);
    }
    unsetenv("IOMT_SEED");
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    base_random_free(NULL);
}

static void ids_look_right(void **state)
{
    base_random_t *random = base_random_new(NULL);
    char id[BASE_UUID_TEXT], before[BASE_UUID_TEXT] = "", hex[8];
    unsigned char bytes[1000], sum = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        base_uuid(random, id);
        assert_true(base_is_uuid(id));
        assert_int_equal(id[14], '4');
        assert_non_null(strchr("89ab", id[19]));
        assert_string_not_equal(id, before);
        strcpy(before, id);
    }
    base_random_hex(random, hex, 7);
    assert_int_equal(strspn(hex, "0123456789abcdef"), 7);
    base_random_bytes(random, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        sum |= bytes[i];
    assert_int_equal(sum, 0xff);
    base_random_free(random);
    assert_true(base_is_uuid("ABCDEF01-2345-6789-abcd-ef0123456789"));
    assert_false(base_is_uuid("ABCDEF01-2345-6789-abcd-ef012345678"));
    assert_false(base_is_uuid("ABCDEF01-2345-6789-abcd-ef012345678g"));
    assert_false(base_is_uuid("ABCDEF01x2345-6789-abcd-ef0123456789"));
    assert_false(base_is_uuid(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wall_clock_is_the_default),
        cmocka_unit_test(a_clock_may_run_faster),
        cmocka_unit_test(a_clock_may_be_ahead),
        cmocka_unit_test(malformed_clocks_are_refused),
        cmocka_unit_test(instants_have_texts),
        cmocka_unit_test(texts_become_instants),
        cmocka_unit_test(a_seed_repeats),
        cmocka_unit_test(ids_look_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
