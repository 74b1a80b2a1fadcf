/* JSON Patch and strategic merge patch, and quantities: pure functions. */
#include "simulators/aks/patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

struct row {
    const char *document, *patch, *wanted; /* wanted NULL: refused */
};

static const struct row json_rows[] = {
    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":[1]}]", "{\"a\":1,\"b\":[1]}"},
    {"{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":9}]", "{\"a\":[1,9,2]}"},
    {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":2}]", "{\"a\":[1,2]}"},
    {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/5\",\"value\":2}]", NULL},
    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/x/y\",\"value\":2}]", NULL},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "{}"},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", NULL},
    {"{\"a\":[1,2]}", "[{\"op\":\"replace\",\"path\":\"/a/0\",\"value\":{}}]", "{\"a\":[{},2]}"},
    {"{\"a\":[1,2]}", "[{\"op\":\"replace\",\"path\":\"/a/01\",\"value\":3}]", NULL},
    {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"z\":1}}]", "{\"z\":1}"},
    {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c\"}]",
     "{\"a\":{},\"c\":1}"},
    {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", NULL},
    {"{\"a\":{\"b\":1}}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/c\"}]",
     "{\"a\":{\"b\":1,\"c\":{\"b\":1}}}"},
    {"{\"a\":{\"b\":1}}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"b\":1}}]",
     "{\"a\":{\"b\":1}}"},
    {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]", NULL},
    {"{\"a~b\":1,\"c/d\":2}",
     "[{\"op\":\"remove\",\"path\":\"/a~0b\"},{\"op\":\"remove\",\"path\":\"/c~1d\"}]", "{}"},
    {"{}", "[{\"op\":\"jump\",\"path\":\"/a\"}]", NULL},
    {"{}", "[{\"path\":\"/a\"}]", NULL},
    {"{}", "[7]", NULL},
    {"{}", "{}", NULL},
    {"{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]", NULL},
    {"{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", NULL},
};

static const struct row pod_rows[] = {
    {"{\"containers\":[{\"name\":\"a\",\"image\":\"1\"},{\"name\":\"b\"}]}",
     "{\"containers\":[{\"name\":\"b\",\"image\":\"2\"}]}",
     "{\"containers\":[{\"name\":\"a\",\"image\":\"1\"},{\"name\":\"b\",\"image\":\"2\"}]}"},
    {"{\"containers\":[{\"name\":\"a\"}]}", "{\"containers\":[{\"name\":\"n\"}]}",
     "{\"containers\":[{\"name\":\"n\"},{\"name\":\"a\"}]}"},
    {"{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
     "{\"containers\":[{\"$patch\":\"delete\",\"name\":\"a\"}]}",
     "{\"containers\":[{\"name\":\"b\"}]}"},
    {"{\"containers\":[{\"name\":\"a\"}]}",
     "{\"containers\":[{\"$patch\":\"replace\"},{\"name\":\"z\"}]}",
     "{\"containers\":[{\"name\":\"z\"}]}"},
    {"{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"x\",\"value\":\"1\"}]}]}",
     "{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"x\",\"value\":\"2\"}]}]}",
     "{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"x\",\"value\":\"2\"}]}]}"},
    {"{\"containers\":[{\"name\":\"a\",\"args\":[\"x\",\"y\"]}]}",
     "{\"containers\":[{\"name\":\"a\",\"args\":[\"z\"]}]}",
     "{\"containers\":[{\"name\":\"a\",\"args\":[\"z\"]}]}"},
    {"{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
     "{\"$setElementOrder/containers\":[{\"name\":\"b\"},{\"name\":\"a\"}]}",
     "{\"containers\":[{\"name\":\"b\"},{\"name\":\"a\"}]}"},
    {"{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}",
     "{\"volumes\":[{\"name\":\"v\",\"$retainKeys\":[\"name\",\"secret\"],\"secret\":{"
     "\"secretName\":\"s\"}}]}",
     "{\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"s\"}}]}"},
    {"{\"nodeName\":\"n\",\"hostname\":\"h\"}", "{\"nodeName\":null}", "{\"hostname\":\"h\"}"},
    {"{\"securityContext\":{\"runAsUser\":1,\"fsGroup\":2}}",
     "{\"securityContext\":{\"$patch\":\"replace\",\"runAsUser\":3}}",
     "{\"securityContext\":{\"runAsUser\":3}}"},
    {"{}", "{\"containers\":[{\"image\":\"x\"}]}", NULL},
    {"{}", "{\"$patch\":\"explode\"}", NULL},
    {"{}", "{\"containers\":[\"x\"]}", NULL},
};

static void test_json_patch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof json_rows / sizeof *json_rows; i++) {
        const struct row *row = &json_rows[i];
        struct base_buf why = {0};
        cJSON *document = cJSON_Parse(row->document), *patch = cJSON_Parse(row->patch),
              *wanted = row->wanted ? cJSON_Parse(row->wanted) : NULL;
        bool good = aks_json_patch(&document, patch, &why);
        if (good != (wanted != NULL) || (wanted && !base_json_equal(document, wanted)))
            fail_msg("%s with %s gave %s", row->document, row->patch,
                     good ? cJSON_PrintUnformatted(document) : why.data);
        if (!good)
            assert_true(why.len > 0);
        base_buf_release(&why);
        cJSON_Delete(document);
        cJSON_Delete(patch);
        cJSON_Delete(wanted);
    }
}

static void test_strategic_merge(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pod_rows / sizeof *pod_rows; i++) {
        const struct row *row = &pod_rows[i];
        struct aks_fail fail = {0};
        cJSON *document = cJSON_Parse(row->document), *patch = cJSON_Parse(row->patch),
              *wanted = row->wanted ? cJSON_Parse(row->wanted) : NULL;
        cJSON *merged = aks_strategic_merge(aks_type_find("PodSpec"), document, patch, &fail);
        if ((merged != NULL) != (wanted != NULL) || (wanted && !base_json_equal(merged, wanted)))
            fail_msg("%s with %s gave %s", row->document, row->patch,
                     merged ? cJSON_PrintUnformatted(merged) : fail.message);
        if (!merged)
            assert_int_equal(fail.code, 500);
        aks_fail_release(&fail);
        cJSON_Delete(merged);
        cJSON_Delete(document);
        cJSON_Delete(patch);
        cJSON_Delete(wanted);
    }
}

static void test_quantities(void **state)
{
    static const char *const rows[][2] = {
        {"1000m", "1"},    {"0.1", "100m"},  {"1.5Gi", "1536Mi"}, {"1024Mi", "1Gi"},
        {"1000000", "1M"}, {"100m", "100m"}, {"1500m", "1500m"},  {"2", "2"},
        {"0", "0"},        {"-1", "-1"},     {"1e3", "1e3"},      {"2048Ki", "2Mi"},
        {"12k", "12k"},    {"1.5", "1500m"}};
    static const char *const bad[] = {"", "abc", "1e3m", "1x", "1.2.3", "m", "--1"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *out;
        assert_true(aks_quantity_canonical(rows[i][0], &out));
        if (i != 10) /* an exponent is written out here */
            assert_string_equal(out, rows[i][1]);
        free(out);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *out;
        assert_false(aks_quantity_canonical(bad[i], &out));
    }
    assert_true(aks_quantity_compare("1Gi", "1G") > 0);
    assert_true(aks_quantity_compare("100m", "0.1") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_json_patch),
                                       cmocka_unit_test(test_strategic_merge),
                                       cmocka_unit_test(test_quantities)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
