/* Holds that an existing SampledData is judged by its numbers however they are written (facts §6.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/dataplane/fhir_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum base_status merge(const char *text, char **out, struct base_error *err)
{
    struct dp_fhir_value value = {
        .type = DP_VALUE_SAMPLED_DATA, .name = "hr", .period = "1000", .period_ticks = 10000000};
    struct dp_sample sample = {10000000, "8"};
    struct dp_series series = {.name = "hr", .samples = &sample, .count = 1};
    struct dp_span span = {0, 10000000};
    cJSON *owner = base_json_parse(text, strlen(text), err);
    enum base_status status;

    base_json_keep_numbers(owner, text);
    status = dp_value_merge(&value, &series, span, span, owner, err);
    *out = base_json_print(owner);
    cJSON_Delete(owner);
    return status;
}

static void test_dimensions_count_however_written(void **state)
{
    static const char *const two[] = {"2", "2.0", "20e-1"};
    char text[128], *out;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct base_error err = {0};
        (void)snprintf(text, sizeof text,
                       "{\"valueSampledData\":{\"dimensions\":%s,\"data\":\"7 E\"}}", two[i]);
        assert_int_equal(merge(text, &out, &err), BASE_UNSUPPORTED);
        assert_string_equal(err.code, "NotSupportedException");
        free(out);
    }
}

static void test_what_is_not_merged_stays_as_written(void **state)
{
    struct base_error err = {0};
    char *out;

    (void)state;
    assert_int_equal(merge("{\"valueSampledData\":{\"origin\":{\"value\":0.00},\"period\":1000.0,"
                           "\"dimensions\":1.0,\"data\":\"7 E\"}}",
                           &out, &err),
                     BASE_OK);
    assert_string_equal(out, "{\"valueSampledData\":{\"origin\":{\"value\":0.00},\"period\":1000.0,"
                             "\"dimensions\":1.0,\"data\":\"7 8\"}}");
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dimensions_count_however_written),
        cmocka_unit_test(test_what_is_not_merged_stays_as_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
