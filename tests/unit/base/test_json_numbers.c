/* Holds that numbers of a JSON text can be kept as they were written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/json.h"

#include <stdlib.h>
#include <string.h>

static void test_every_number_is_printed_as_it_was_read(void **state)
{
    static const char *const texts[] = {
        "72.0",
        "-0.10",
        "1e3",
        "0",
        "{\"a\":97.50,\"b\":[1,1.0,1.00,-0,{\"c\":12345678901234567890}],\"d\":true}",
        "{\"7.0\":\"8.00\",\"q\\\"9.0\":[0.50,\"\\\\\",1.50],\"e\":null}",
        "[]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct base_error err = {0};
        cJSON *node = base_json_parse(texts[i], strlen(texts[i]), &err);
        char *printed;
        assert_non_null(node);
        base_json_keep_numbers(node, texts[i]);
        printed = base_json_print(node);
        assert_string_equal(printed, texts[i]);
        free(printed);
        cJSON_Delete(node);
    }
}

static void test_what_would_be_printed_so_anyway_stays_a_number(void **state)
{
    const char *text = " { \"a\" : 2 , \"b\" : 2.0 } ";
    struct base_error err = {0};
    cJSON *node = base_json_parse(text, strlen(text), &err);

    (void)state;
    base_json_keep_numbers(node, text);
    assert_true(cJSON_IsNumber(base_json_at(node, "a")));
    assert_true(cJSON_IsRaw(base_json_at(node, "b")));
    cJSON_Delete(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number_is_printed_as_it_was_read),
        cmocka_unit_test(test_what_would_be_printed_so_anyway_stays_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
