/* Expectations: subsets, exact arrays, every operator both ways; variables; payload patches. */
#include "runner/match.h"
#include "runner/patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static cJSON *parse(const char *text)
{
    cJSON *node = base_json_parse(text, strlen(text), NULL);
    if (!node)
        fail_msg("test data is not JSON: %s", text);
    return node;
}

static bool holds(const char *want, const char *got, struct run_mismatch *out)
{
    struct base_clock clock;
    struct base_error err = {0};
    cJSON *names = parse("{\"x\":\"text\",\"n\":7,\"o\":{\"a\":1},\"customer\":{\"hub\":\"h1\"}}");
    struct run_scope scope = {.names = names, .clock = &clock};
    cJSON *expected = parse(want), *actual = got ? parse(got) : NULL;

    base_clock_init(&clock);
    bool fits = run_match(&scope, expected, actual, out, &err);
    cJSON_Delete(expected);
    cJSON_Delete(actual);
    cJSON_Delete(names);
    return fits;
}

static void matches_as_told(void **state)
{
    static const struct {
        const char *want, *got;
        bool fits;
    } cases[] = {
        {"{\"a\":1}", "{\"a\":1,\"b\":2}", true},
        {"{\"a\":1}", "{\"b\":2}", false},
        {"[1,2]", "[1,2]", true},
        {"[1,2]", "[2,1]", false},
        {"[1]", "[1,2]", false},
        {"\"$(x)\"", "\"text\"", true},
        {"\"$(n)\"", "7", true},
        {"\"$(n)\"", "\"7\"", false},
        {"\"$(o)\"", "{\"a\":1}", true},
        {"\"hub $(customer.hub)\"", "\"hub h1\"", true},
        {"\"$$(x)\"", "\"$(x)\"", true},
        {"{\"$any\":true}", "null", true},
        {"{\"a\":{\"$any\":true}}", "{}", false},
        {"{\"a\":{\"$absent\":true}}", "{}", true},
        {"{\"a\":{\"$absent\":true}}", "{\"a\":null}", false},
        {"{\"$oneOf\":[1,2]}", "2", true},
        {"{\"$oneOf\":[1,2]}", "3", false},
        {"{\"$not\":1}", "2", true},
        {"{\"$not\":1}", "1", false},
        {"{\"$gte\":3,\"$lte\":5}", "4", true},
        {"{\"$gte\":3,\"$lte\":5}", "6", false},
        {"{\"$gte\":\"2026-01-01T00:00:00Z\"}", "\"2026-01-02T00:00:00Z\"", true},
        {"{\"$gte\":3}", "\"x\"", false},
        {"{\"$len\":3}", "\"abc\"", true},
        {"{\"$len\":{\"$gte\":2}}", "[1]", false},
        {"{\"$len\":1}", "5", false},
        {"{\"$regex\":\"^a+$\"}", "\"aaa\"", true},
        {"{\"$regex\":\"^a+$\"}", "\"b\"", false},
        {"{\"$int\":{\"$gte\":1}}", "\"10\"", true},
        {"{\"$int\":true}", "1.5", false},
        {"{\"$guid\":true}", "\"3f2504e0-4f89-11d3-9a0c-0305e82c3301\"", true},
        {"{\"$guid\":true}", "\"3f2504e0\"", false},
        {"{\"$time\":true}", "\"2026-11-23T05:14:53.12Z\"", true},
        {"{\"$time\":true}", "\"2026-02-30T00:00:00Z\"", false},
        {"{\"$url\":\"https://management.azure.com\"}", "\"https://management.azure.com/x\"", true},
        {"{\"$url\":\"management.azure.com\"}", "\"https://elsewhere/x\"", false},
        {"{\"$url\":true}", "\"/relative\"", false},
        {"{\"$equalsFold\":\"ABC\"}", "\"abc\"", true},
        {"{\"$equalsFold\":\"ABC\"}", "\"abd\"", false},
        {"{\"$contains\":\"b\"}", "\"abc\"", true},
        {"{\"$contains\":{\"a\":1}}", "[{\"a\":2},{\"a\":1,\"b\":1}]", true},
        {"{\"$contains\":{\"a\":3}}", "[{\"a\":2}]", false},
        {"{\"$unordered\":[1,2,2]}", "[2,1,2]", true},
        {"{\"$unordered\":[1,2]}", "[2,2]", false},
        {"{\"$each\":{\"$gte\":1}}", "[1,2]", true},
        {"{\"$each\":{\"$gte\":1}}", "[0,2]", false},
        {"{\"$none\":{\"a\":1}}", "[{\"a\":2}]", true},
        {"{\"$none\":{\"a\":1}}", "[{\"a\":1}]", false},
        {"{\"$none\":{\"a\":1}}", "{}", false},
        {"{\"$count\":{\"of\":{\"a\":1},\"is\":2}}", "[{\"a\":1},{\"a\":1},{\"a\":2}]", true},
        {"{\"$count\":{\"of\":{\"a\":1},\"is\":{\"$gte\":3}}}", "[{\"a\":1}]", false},
        {"{\"$exact\":{\"a\":1}}", "{\"a\":1}", true},
        {"{\"$exact\":{\"a\":1}}", "{\"a\":1,\"b\":2}", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_mismatch out;
        if (holds(cases[i].want, cases[i].got, &out) != cases[i].fits)
            fail_msg("%s against %s: expected %d (%s)", cases[i].want, cases[i].got, cases[i].fits,
                     out.found);
    }
}

static void names_the_first_difference(void **state)
{
    struct run_mismatch out;

    (void)state;
    assert_false(holds("{\"body\":{\"total\":10,\"x\":1}}", "{\"body\":{\"total\":9}}", &out));
    assert_string_equal(out.pointer, "/body/total");
    assert_non_null(strstr(out.found, "got 9"));
    assert_false(holds("{\"headers\":{\"retry-after\":\"1\"}}",
                       "{\"headers\":{\"Retry-After\":\"2\"}}", &out));
    assert_string_equal(out.pointer, "/headers/retry-after");
    assert_false(holds("\"$(nosuch)\"", "1", &out));
    assert_non_null(strstr(out.found, "nosuch"));
}

static void patches_payloads(void **state)
{
    static const struct {
        const char *document, *patch, *result; /* NULL: refused */
    } cases[] = {
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2}]", "{\"a\":2}"},
        {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "{}"},
        {"{\"a\":[1,3]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":2}]", "{\"a\":[1,2,3]}"},
        {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":2}]", "{\"a\":[1,2]}"},
        {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c\"}]",
         "{\"a\":{},\"c\":1}"},
        {"{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]", "{\"a\":1,\"b\":1}"},
        {"{\"x/y\":1}", "[{\"op\":\"replace\",\"path\":\"/x~1y\",\"value\":2}]", "{\"x/y\":2}"},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]", NULL},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":2}]", NULL},
        {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", NULL},
        {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/5\",\"value\":2}]", NULL},
        {"{\"a\":1}", "[{\"op\":\"frob\",\"path\":\"/a\"}]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_error err = {0};
        cJSON *document = parse(cases[i].document), *patch = parse(cases[i].patch);
        enum base_status status = run_json_patch(&document, patch, &err);
        cJSON *result = cases[i].result ? parse(cases[i].result) : NULL;
        if ((status == BASE_OK) != (result != NULL) ||
            (result && !base_json_equal(document, result)))
            fail_msg("case %zu: %s", i, err.message);
        cJSON_Delete(result);
        cJSON_Delete(document);
        cJSON_Delete(patch);
    }
}

static void seeded_names_repeat(void **state)
{
    struct base_clock clock;
    struct run_scope scope = {.names = cJSON_CreateObject(), .clock = &clock};
    cJSON *vars = parse("{\"ws\":{\"prefix\":\"ws\"},\"path\":\"/x/$(ws)/y\"}");

    (void)state;
    base_clock_init(&clock);
    assert_int_equal(run_define(&scope, vars, "42", "s", NULL), BASE_OK);
    char *first = base_strdup(base_json_text(scope.names, "ws"));
    assert_int_equal(strlen(first), 10);
    assert_int_equal(run_define(&scope, vars, "42", "s", NULL), BASE_OK);
    assert_string_equal(base_json_text(scope.names, "ws"), first);
    assert_int_equal(run_define(&scope, vars, "43", "s", NULL), BASE_OK);
    assert_string_not_equal(base_json_text(scope.names, "ws"), first);
    assert_non_null(strstr(base_json_text(scope.names, "path"), base_json_text(scope.names, "ws")));
    free(first);
    cJSON_Delete(vars);
    cJSON_Delete(scope.names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_as_told),
        cmocka_unit_test(names_the_first_difference),
        cmocka_unit_test(patches_payloads),
        cmocka_unit_test(seeded_names_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
