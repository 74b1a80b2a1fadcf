/* Dates, decimals and folded texts, as a search compares them. */
#include "fixture.h"

#include "simulators/fhir/value.h"

#define SECOND 10000000LL
#define DAY (86400 * SECOND)

static void dates(void **state)
{
    static const struct {
        const char *text;
        int64_t low, span;
    } good[] = {
        {"1970", 0, 365 * DAY},
        {"1972", 730 * DAY, 366 * DAY},
        {"1970-02", 31 * DAY, 28 * DAY},
        {"1970-01-02", DAY, DAY},
        {"1970-01-01T00:01", 60 * SECOND, 60 * SECOND},
        {"1970-01-01T00:00:01Z", SECOND, SECOND},
        {"1970-01-01T00:00:01.25Z", SECOND + SECOND / 4, 1},
        {"1970-01-01T00:00:00.0000001Z", 1, 1},
        {"1970-01-01T02:00:00+02:00", 0, SECOND},
        {"1969-12-31T22:30:00-01:30", 0, SECOND},
        {"1969-12-31", -DAY, DAY},
        {"2000-02-29", 11016 * DAY, DAY},
    };
    int64_t low, high;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!fhir_date_range(good[i].text, &low, &high))
            fail_msg("%s", good[i].text);
        assert_int_equal(low, good[i].low);
        assert_int_equal(high, good[i].low + good[i].span - 1);
    }
}

static void bad_dates(void **state)
{
    static const char *const bad[] = {
        "",
        "70",
        "1970-1",
        "1970-13",
        "1970-00",
        "2015-02-29",
        "1900-02-29",
        "1970-01-01T",
        "1970-01-01T24:00",
        "1970-01-01T10",
        "1970-01-01 ",
        "1970-01-01T10:00:00.",
        "1970-01-01T10:00:00.12345678Z",
        "1970-01-01T10:00:00+2",
        "1970-01-01T10:00:00+15:00",
        "today",
        "0000",
        "1970Z",
        "1970-01-01T10:00.5Z",
        "19700101",
    };
    int64_t low, high;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (fhir_date_range(bad[i], &low, &high))
            fail_msg("taken: %s", bad[i]);
}

static void decimals(void **state)
{
    double value, low, high;

    (void)state;
    assert_true(fhir_decimal_range("37", &value, &low, &high));
    assert_true(value == 37 && low == 36.5 && high == 37.5);
    assert_true(fhir_decimal_range("37.0", &value, &low, &high));
    assert_true(value == 37 && low == 36.95 && high == 37.05);
    assert_true(fhir_decimal_range("3E-3", &value, &low, &high));
    assert_true(value == 0.003 && low == 0.0025 && high == 0.0035);
    assert_true(fhir_decimal_range("-4", &value, &low, &high));
    assert_true(value == -4 && low == -4.5 && high == -3.5);
    assert_true(fhir_decimal_range("123456789012345678.5", &value, &low, &high));
    assert_true(value == 123456789012345678.5);
    static const char *const bad[] = {
        "",     "a", "1..2", "1e", "-",
        "1e99", ".", "0x10", "1 ", "55555555555555555555555555555555555555"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (fhir_decimal_range(bad[i], &value, &low, &high))
            fail_msg("taken: %s", bad[i]);
}

static void folding(void **state)
{
    struct base_arena arena;

    (void)state;
    base_arena_init(&arena);
    assert_string_equal(fhir_fold(&arena, "L\xc3\xb6we"), "lowe");
    assert_string_equal(fhir_fold(&arena, "LO\xcc\x88WE"), "lowe"); /* a combining accent */
    assert_string_equal(fhir_fold(&arena, "\xc3\x85ngstr\xc3\x96m"), "angstrom");
    assert_string_equal(fhir_fold(&arena, "\xce\x91\xd0\x90"), "\xce\xb1\xd0\xb0");
    assert_string_equal(fhir_fold(&arena, "\xe6\x97\xa5 A"), "\xe6\x97\xa5 a");
    assert_string_equal(fhir_fold(&arena, "x\xc3"), "x\xc3"); /* cut off */
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(bad_dates),
        cmocka_unit_test(decimals),
        cmocka_unit_test(folding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
