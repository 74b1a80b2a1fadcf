/* Gen 1 beside Gen 2 (VER-05): services/iomtconnectors, their connections and mappings, at 2020-05-01-preview. */
#include "rp_test.h"
#include "common/text.h"

#define GEN1 "2020-05-01-preview"
#define SERVICE                                                                                    \
    "/subscriptions/" SUB "/resourceGroups/rg1/providers/Microsoft.HealthcareApis/services/fhir1"
#define IOMT SERVICE "/iomtconnectors/iomt1"
#define CONN IOMT "/connections/conn1"
#define IOMT_BODY                                                                                  \
    "{\"location\":\"westus2\",\"tags\":{\"a\":\"b\"},\"properties\":{\"serviceConfiguration\":{"  \
    "\"resourceIdentityResolutionType\":\"Create\"}}}"

static struct test_world *gen1_world(void)
{
    struct test_world *w = world_new(NULL);
    char *key = base_strdup("management.azure.com" SERVICE);

    base_lower(key);
    base_json_set(w->fake.things, key, cJSON_CreateObject());
    free(key);
    return w;
}

static struct answer gen1(struct test_world *w, const char *method, const char *id,
                          const char *body)
{
    return call_version(w, method, id, body, GEN1);
}

static int gen1_status(struct test_world *w, const char *method, const char *id, const char *body)
{
    struct answer answer = gen1(w, method, id, body);
    int status = answer.status;

    answer_release(&answer);
    return status;
}

static void gen1_make(struct test_world *w, const char *id, const char *body)
{
    assert_int_equal(gen1_status(w, "PUT", id, body), 201);
    settle(w);
    struct answer get = gen1(w, "GET", id, NULL);
    assert_int_equal(get.status, 200);
    assert_string_equal(base_json_text(get.body, "properties.provisioningState"), "Succeeded");
    answer_release(&get);
}

static void a_life(void **state)
{
    struct test_world *w = gen1_world();
    int before = fake_left(&w->fake, "");
    struct answer answer;

    (void)state;
    gen1_make(w, IOMT, IOMT_BODY);
    answer = gen1(w, "GET", IOMT, NULL);
    assert_string_equal(base_json_text(answer.body, "type"),
                        "Microsoft.HealthcareApis/services/iomtconnectors");
    assert_string_equal(base_json_text(answer.body, "id"), IOMT);
    assert_string_equal(
        base_json_text(answer.body,
                       "properties.serviceConfiguration.resourceIdentityResolutionType"),
        "Create");
    assert_string_equal(base_json_text(answer.body, "tags.a"), "b");
    assert_null(base_json_at(answer.body, "identity"));
    answer_release(&answer);

    gen1_make(w, CONN, NULL); /* an empty body will do */
    assert_int_equal(gen1_status(w, "PUT", CONN, "{\"properties\":{}}"), 200);
    answer = gen1(w, "POST", CONN "/listKeys", NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(base_json_text(answer.body, "primaryConnectionString"),
                        "Endpoint=sb://one");
    assert_int_equal(cJSON_GetArraySize(answer.body), 2);
    answer_release(&answer);
    answer = gen1(w, "GET", IOMT "/connections", NULL);
    assert_int_equal(cJSON_GetArraySize(base_json_at(answer.body, "value")), 1);
    answer_release(&answer);
    answer = gen1(w, "GET", SERVICE "/iomtconnectors", NULL);
    assert_int_equal(cJSON_GetArraySize(base_json_at(answer.body, "value")), 1);
    answer_release(&answer);

    assert_fault(gen1(w, "DELETE", IOMT, NULL), 409, "CannotDeleteResource", NULL);
    assert_int_equal(gen1_status(w, "DELETE", CONN, NULL), 202);
    settle(w);
    assert_int_equal(gen1_status(w, "DELETE", IOMT, NULL), 202);
    settle(w);
    assert_int_equal(gen1_status(w, "GET", IOMT, NULL), 404);
    assert_int_equal(fake_left(&w->fake, ""), before);
    world_free(w);
}

/* Both mappings are documents: written and read at once, checked in full, gone with their connector. */
static void mappings(void **state)
{
    struct test_world *w = gen1_world();
    struct answer answer;

    (void)state;
    gen1_make(w, IOMT, IOMT_BODY);
    answer = gen1(w, "PUT", IOMT "/mappings/device", "{\"properties\":{\"content\":" MAPPING "}}");
    assert_int_equal(answer.status, 201);
    assert_null(base_headers_get(&answer.headers, "Azure-AsyncOperation"));
    assert_string_equal(base_json_text(answer.body, "properties.provisioningState"), "Succeeded");
    assert_string_equal(base_json_text(answer.body, "properties.content.templateType"),
                        "CollectionContent");
    answer_release(&answer);
    assert_int_equal(gen1_status(w, "PUT", IOMT "/mappings/fhir",
                                 "{\"properties\":{\"content\":" FHIR_MAPPING "}}"),
                     201);
    assert_int_equal(gen1_status(w, "PUT", IOMT "/mappings/fhir",
                                 "{\"properties\":{\"content\":" FHIR_MAPPING "}}"),
                     200);
    assert_fault(gen1(w, "PUT", IOMT "/mappings/other", "{\"properties\":{\"content\":{}}}"), 400,
                 "InvalidParameter", "name");
    assert_fault(
        gen1(w, "PUT", IOMT "/mappings/device", "{\"properties\":{\"content\":" FHIR_MAPPING "}}"),
        400, "InvalidMapping", "properties.content");
    assert_int_equal(gen1_status(w, "DELETE", IOMT "/mappings/device", NULL), 405);
    assert_int_equal(gen1_status(w, "DELETE", IOMT, NULL), 202);
    settle(w);
    assert_int_equal(gen1_status(w, "GET", IOMT "/mappings/device", NULL), 404);
    world_free(w);
}

static void what_is_refused(void **state)
{
    struct test_world *w = gen1_world();

    (void)state;
    assert_fault(gen1(w, "PUT", SERVICE "x/iomtconnectors/iomt1", IOMT_BODY), 404,
                 "ParentResourceNotFound", NULL);
    assert_fault(gen1(w, "PUT", IOMT, "{\"location\":\"westus2\"}"), 400, "InvalidParameter",
                 "properties.serviceConfiguration");
    assert_fault(gen1(w, "PUT", IOMT,
                      "{\"location\":\"westus2\",\"properties\":{\"serviceConfiguration\":{"
                      "\"resourceIdentityResolutionType\":\"Guess\"}}}"),
                 400, "InvalidParameter",
                 "properties.serviceConfiguration.resourceIdentityResolutionType");
    assert_fault(gen1(w, "PUT", CONN, NULL), 404, "ParentResourceNotFound", NULL);
    assert_fault(gen1(w, "POST", CONN "/listKeys", NULL), 404, "ResourceNotFound", NULL);
    assert_fault(call(w, "GET", IOMT, NULL), 400, "NoRegisteredProviderFound", "api-version");
    assert_fault(gen1(w, "GET", WS, NULL), 400, "NoRegisteredProviderFound", "api-version");
    gen1_make(w, IOMT, IOMT_BODY);
    assert_int_equal(gen1_status(w, "PUT", CONN, NULL), 201);
    assert_fault(gen1(w, "POST", CONN "/listKeys", NULL), 409, "Conflict", NULL);
    assert_fault(gen1(w, "PATCH", CONN, "{}"), 405, "MethodNotAllowed", NULL);
    settle(w);
    struct answer answer =
        call_version(w, "PUT", "/subscriptions/" SUB, "{\"state\":\"Suspended\"}", "2.0");
    answer_release(&answer);
    assert_fault(gen1(w, "POST", CONN "/listKeys", NULL), 409, "ReadOnlyDisabledSubscription",
                 NULL);
    world_free(w);
}

/* Side by side in one subscription: neither sees the other, and a deleted subscription empties both. */
static void beside_gen2(void **state)
{
    struct test_world *w = gen1_world();
    struct answer answer;

    (void)state;
    make(w, WS, "{\"location\":\"westus2\"}");
    make(w, IC, CONNECTOR);
    gen1_make(w, IOMT, IOMT_BODY);
    gen1_make(w, CONN, NULL);
    answer = call(w, "GET", WS "/iotconnectors", NULL);
    assert_int_equal(cJSON_GetArraySize(base_json_at(answer.body, "value")), 1);
    answer_release(&answer);
    assert_int_equal(fake_left(&w->fake, "microsoft.eventhub/namespaces/") > 2, 1);
    answer = call_version(w, "PUT", "/subscriptions/" SUB, "{\"state\":\"Deleted\"}", "2.0");
    answer_release(&answer);
    while (rp_worker_start_purge(&w->rp))
        settle(w);
    assert_int_equal(status_of(w, "GET", WS, NULL), 404);
    assert_int_equal(gen1_status(w, "GET", IOMT, NULL), 404);
    assert_int_equal(fake_left(&w->fake, "eventhub"), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life),
        cmocka_unit_test(mappings),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(beside_gen2),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
