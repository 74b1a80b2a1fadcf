/* The front end as ARM sees it: answers, headers, conflicts, versions, lists. */
#include "rp_test.h"

#define WORKSPACE "{\"location\":\"westus2\",\"properties\":{}}"
#define SHIPPED "2023-11-01"

/* Path and query of a tracking URL. */
static const char *tracking(const struct answer *answer, const char *header)
{
    const char *url = base_headers_get(&answer->headers, header);

    assert_non_null(url);
    assert_int_equal(strncmp(url, "https://arm.test/subscriptions/" SUB,
                             strlen("https://arm.test/subscriptions/" SUB)),
                     0);
    return strstr(url, "/subscriptions/");
}

static struct answer follow(struct test_world *w, const char *url)
{
    return call_version(w, "GET", url, NULL, "");
}

static void only_arm_is_served(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    w->subject = NULL;
    assert_fault(call(w, "GET", WS, NULL), 403, "Forbidden", NULL);
    w->subject = "somebody.else";
    assert_fault(call(w, "PUT", WS, WORKSPACE), 403, "Forbidden", NULL);
    world_free(w);
}

static void routes_and_versions(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    assert_fault(call_version(w, "GET", WS, NULL, ""), 400, "MissingApiVersionParameter",
                 "api-version");
    assert_fault(call_version(w, "GET", WS, NULL, "1999-01-01"), 400, "NoRegisteredProviderFound",
                 "api-version");
    assert_fault(call(w, "GET", WS "/gadgets/g1", NULL), 404, "InvalidResourceType", NULL);
    assert_fault(call(w, "POST", WS, "{}"), 405, "MethodNotAllowed", NULL);
    assert_fault(call(w, "GET", WS, NULL), 404, "ResourceNotFound", NULL);
    assert_fault(call_version(w, "GET", DEST, NULL, SHIPPED), 404, "InvalidResourceType", NULL);
    assert_fault(call(w, "GET", IC "/fhirdestinations/dest1", NULL), 404, "InvalidResourceType",
                 NULL);
    assert_fault(call(w, "PUT", IC, CONNECTOR), 404, "ParentResourceNotFound", NULL);
    assert_fault(call(w, "GET", WS "/iotconnectors", NULL), 404, "ParentResourceNotFound", NULL);
    assert_int_equal(status_of(w, "DELETE", WS, NULL), 204);
    world_free(w);
}

/* RPC 1.7: tracking URLs at the client's own host, status always 200, Location 202 then the synchronous answer. */
static void a_create_is_tracked(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer put = call(w, "PUT", WS,
                             "{\"location\":\"US West 2\",\"tags\":{\"team\":\"ward7\"}}"),
                  look;

    (void)state;
    assert_int_equal(put.status, 201);
    assert_string_equal(base_headers_get(&put.headers, "Retry-After"), "1");
    assert_string_equal(base_json_text(put.body, "properties.provisioningState"), "Creating");
    assert_string_equal(base_json_text(put.body, "location"), "westus2");
    assert_string_equal(base_json_text(put.body, "id"), WS);
    assert_string_equal(base_json_text(put.body, "name"), "ws1");
    assert_string_equal(base_json_text(put.body, "type"), "Microsoft.HealthcareApis/workspaces");
    assert_string_equal(base_json_text(put.body, "systemData.createdBy"), "nurse");
    assert_non_null(base_json_text(put.body, "etag"));

    look = follow(w, tracking(&put, "Azure-AsyncOperation"));
    assert_int_equal(look.status, 200);
    assert_string_equal(base_json_text(look.body, "status"), "InProgress");
    assert_non_null(base_headers_get(&look.headers, "Retry-After"));
    assert_true(
        base_ends_nocase(base_json_text(look.body, "id"), base_json_text(look.body, "name")));
    answer_release(&look);
    look = follow(w, tracking(&put, "Location"));
    assert_int_equal(look.status, 202);
    assert_null(look.body);
    answer_release(&look);
    settle(w);
    look = follow(w, tracking(&put, "Azure-AsyncOperation"));
    assert_string_equal(base_json_text(look.body, "status"), "Succeeded");
    answer_release(&look);
    look = follow(w, tracking(&put, "Location"));
    assert_int_equal(look.status, 200);
    assert_string_equal(base_json_text(look.body, "properties.provisioningState"), "Succeeded");
    answer_release(&look);
    answer_release(&put);
    assert_int_equal(status_of(w, "GET",
                               "/subscriptions/" SUB
                               "/providers/Microsoft.HealthcareApis/locations/westus2/"
                               "operationstatuses/no-such-operation",
                               NULL),
                     404);
    world_free(w);
}

/* 1.8: one operation a resource at a time; DELETE while deleting points to the same operation. */
static void conflicts(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer first, second;

    (void)state;
    assert_int_equal(status_of(w, "PUT", WS, WORKSPACE), 201);
    assert_fault(call(w, "PUT", WS, WORKSPACE), 409, "Conflict", NULL);
    assert_fault(call(w, "PATCH", WS, "{\"tags\":{}}"), 409, "Conflict", NULL);
    assert_fault(call(w, "PUT", IC, CONNECTOR), 409, "Conflict",
                 NULL); /* the parent is not Succeeded */
    settle(w);
    make(w, IC, CONNECTOR);
    second = call(w, "DELETE", WS, NULL); /* WS-04 */
    assert_non_null(strstr(base_json_text(second.body, "error.message"), IC));
    assert_fault(second, 409, "CannotDeleteResource", NULL);
    first = call(w, "DELETE", IC, NULL);
    second = call(w, "DELETE", IC, NULL);
    assert_int_equal(first.status, 202);
    assert_int_equal(second.status, 202);
    assert_null(first.body);
    assert_string_equal(tracking(&first, "Azure-AsyncOperation"),
                        tracking(&second, "Azure-AsyncOperation"));
    assert_state(w, IC, "Deleting");
    assert_fault(call(w, "PUT", DEST, DESTINATION_TO(FHIR)), 409, "Conflict", NULL);
    settle(w);
    answer_release(&second);
    second = follow(w, tracking(&first, "Location"));
    assert_int_equal(second.status, 204);
    answer_release(&first);
    answer_release(&second);
    assert_int_equal(status_of(w, "DELETE", IC, NULL), 204);
    world_free(w);
}

/* PUT is repeatable; what changes nothing makes no operation; tags change at once. */
static void repeats_and_changes(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer answer;

    (void)state;
    make(w, WS, WORKSPACE);
    answer = call(w, "PUT", WS, "{\"location\":\"W E S T us2\"}");
    assert_int_equal(answer.status, 200);
    assert_null(base_headers_get(&answer.headers, "Azure-AsyncOperation"));
    answer_release(&answer);
    w->headers[0] = "x-ms-arm-resource-system-data";
    w->headers[1] = "{\"lastModifiedBy\":\"doctor\",\"lastModifiedByType\":\"User\","
                    "\"lastModifiedAt\":\"2026-02-01T00:00:00Z\"}";
    answer = call(w, "PATCH", WS, "{\"tags\":{\"cost\":\"1\"}}");
    assert_int_equal(answer.status, 200);
    assert_string_equal(base_json_text(answer.body, "tags.cost"), "1");
    assert_string_equal(base_json_text(answer.body, "systemData.createdBy"), "nurse");
    assert_string_equal(base_json_text(answer.body, "systemData.lastModifiedBy"), "doctor");
    assert_string_equal(base_json_text(answer.body, "properties.provisioningState"), "Succeeded");
    answer_release(&answer);
    answer = call(w, "PATCH", WS, "{\"tags\":{\"other\":\"2\"}}"); /* the map is replaced */
    assert_null(base_json_text(answer.body, "tags.cost"));
    answer_release(&answer);
    assert_fault(call(w, "PATCH", WS "x", "{\"tags\":{}}"), 404, "ResourceNotFound", NULL);
    assert_fault(call(w, "PUT", WS, "{\"location\":\"mars\"}"), 400,
                 "LocationNotAvailableForResourceType", "location");
    world_free(w);
}

/* IC-01, IC-06, IC-09; the whole resource as read may be written back. */
static void a_connector_in_and_out(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer put, get, patch;

    (void)state;
    make(w, WS, WORKSPACE);
    put = call(w, "PUT", IC, CONNECTOR);
    assert_int_equal(put.status, 201);
    assert_string_equal(base_json_text(put.body, "identity.principalId"), PRINCIPAL);
    assert_string_equal(base_json_text(put.body, "identity.tenantId"), TENANT);
    assert_null(base_json_text(put.body, "identity.url"));
    assert_string_equal(
        base_json_text(put.body, "properties.ingestionEndpointConfiguration.consumerGroup"),
        "consumerGroupA");
    assert_string_equal(base_json_text(put.body, "properties.deviceMapping.content.templateType"),
                        "CollectionContent");
    answer_release(&put);
    settle(w);
    get = call(w, "GET", IC, NULL);
    char *body = base_json_print(get.body);
    put = call(w, "PUT", IC, body);
    assert_int_equal(put.status, 200);
    assert_null(base_headers_get(&put.headers, "Location"));
    answer_release(&put);
    free(body);
    answer_release(&get);

    patch = call(w, "PATCH", IC,
                 "{\"properties\":{\"deviceMapping\":{\"content\":{\"template\":[]}}}}");
    assert_int_equal(patch.status, 202);
    assert_null(patch.body);
    tracking(&patch, "Location");
    answer_release(&patch);
    assert_state(w, IC, "Updating");
    settle(w);
    get = call(w, "GET", IC, NULL);
    assert_int_equal(
        cJSON_GetArraySize(base_json_at(get.body, "properties.deviceMapping.content.template")), 0);
    assert_string_equal(
        base_json_text(get.body, "properties.ingestionEndpointConfiguration.eventHubName"),
        "EventHub");
    assert_string_equal(base_json_text(get.body, "identity.principalId"), PRINCIPAL);
    answer_release(&get);
    assert_fault(call(w, "PATCH", IC, "{\"properties\":{\"deviceMapping\":null}}"), 400,
                 "InvalidParameter", "properties.deviceMapping");
    assert_fault(call_version(w, "PATCH", IC, "{\"properties\":{\"deviceMapping\":null}}", SHIPPED),
                 400, "InvalidParameter", "properties");
    assert_fault(call(w, "PATCH", IC, "{\"identity\":{\"type\":\"None\"}}"), 400,
                 "InvalidParameter", "identity");
    world_free(w);
}

/* IC-07: also when they are still being made; nothing is left of the one that was refused. */
static void the_eleventh_connector_is_refused(void **state)
{
    struct test_world *w = world_new(NULL);
    char id[256];

    (void)state;
    make(w, WS, WORKSPACE);
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, WS "/iotconnectors/conn%d", i);
        assert_int_equal(status_of(w, "PUT", id, CONNECTOR), 201);
    }
    assert_fault(call(w, "PUT", WS "/iotconnectors/conn10", CONNECTOR), 409, "QuotaExceeded", NULL);
    assert_int_equal(status_of(w, "GET", WS "/iotconnectors/conn10", NULL), 404);
    world_free(w);
}

/* VER-01..03: seed's and shipped words on one stored document. */
static void versions_see_the_same_destination(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer get;

    (void)state;
    make(w, WS, WORKSPACE);
    make(w,
         "/SUBSCRIPTIONS/" SUB
         "/resourcegroups/RG1/providers/microsoft.healthcareapis/workspace/ws1/IotConnectors/ic1",
         CONNECTOR);
    make(w, IC "/destination/dest1",
         DESTINATION_TO("subscriptions/" SUB "/resourceGroups/rg1/providers/"
                        "Microsoft.HealthcareApis/workspaces/ws1/fhirservices/fs1"));
    get = call(w, "GET", DEST, NULL);
    assert_string_equal(base_json_text(get.body, "id"), DEST);
    assert_string_equal(base_json_text(get.body, "properties.destinationType"), "FhirService");
    assert_string_equal(base_json_text(get.body, "type"),
                        "Microsoft.HealthcareApis/workspaces/iotconnectors/destinations");
    answer_release(&get);
    /* E62 */
    get = call_version(w, "GET", IC "/fhirdestinations/DEST1", NULL, "2021-11-01");
    assert_int_equal(get.status, 200);
    assert_string_equal(base_json_text(get.body, "id"), IC "/fhirdestinations/dest1");
    assert_null(base_json_text(get.body, "properties.destinationType"));
    assert_string_equal(base_json_text(get.body, "type"),
                        "Microsoft.HealthcareApis/workspaces/iotconnectors/fhirdestinations");
    answer_release(&get);
    get = call_version(w, "GET", IC "/fhirdestinations", NULL, "2024-03-31");
    assert_int_equal(cJSON_GetArraySize(base_json_at(get.body, "value")), 1);
    answer_release(&get);
    assert_fault(
        call_version(w, "PATCH", IC "/fhirdestinations/dest1", "{\"properties\":{}}", SHIPPED), 405,
        "MethodNotAllowed", NULL);
    assert_int_equal(status_of(w, "PATCH", DEST,
                               "{\"properties\":{\"resourceIdentityResolutionType\":\"Lookup\"}}"),
                     202);
    settle(w);
    get = call(w, "GET", DEST, NULL);
    assert_string_equal(base_json_text(get.body, "properties.resourceIdentityResolutionType"),
                        "Lookup");
    answer_release(&get);
    world_free(w);
}

/* DST-02 */
static void an_unknown_fhir_service_is_refused(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer answer;

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    answer = call(w, "PUT", DEST, DESTINATION_TO(WS "/fhirservices/nope"));
    assert_non_null(strstr(base_json_text(answer.body, "error.message"), WS "/fhirservices/nope"));
    assert_fault(answer, 404, "ResourceNotFound", "properties.fhirServiceResourceId");
    assert_int_equal(status_of(w, "GET", DEST, NULL), 404);
    world_free(w);
}

/* 1.6 */
static void preconditions(void **state)
{
    struct test_world *w = world_new(NULL);

    (void)state;
    w->headers[0] = "If-Match";
    w->headers[1] = "*";
    assert_fault(call(w, "PUT", WS, WORKSPACE), 412, "PreconditionFailed", "If-Match");
    assert_int_equal(status_of(w, "DELETE", WS, NULL), 204);
    w->headers[0] = "If-None-Match";
    assert_int_equal(status_of(w, "PUT", WS, WORKSPACE), 201);
    settle(w);
    assert_fault(call(w, "PUT", WS, WORKSPACE), 412, "PreconditionFailed", "If-None-Match");
    w->headers[0] = "If-Match";
    w->headers[1] = "\"bogus\"";
    assert_fault(call(w, "DELETE", WS, NULL), 412, "PreconditionFailed", "If-Match");
    assert_fault(call(w, "PATCH", WS, "{\"tags\":{}}"), 412, "PreconditionFailed", "If-Match");
    world_free(w);
}

static void bodies(void **state)
{
    struct test_world *w = world_new("{\"frontend\":{\"bodyMaxBytes\":1024}}");
    char large[2100];

    (void)state;
    assert_fault(call(w, "PUT", WS, "{\"location\":"), 400, "InvalidRequestContent", NULL);
    assert_fault(call(w, "PUT", WS, "[]"), 400, "InvalidRequestContent", NULL);
    memset(large, ' ', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_fault(call(w, "PUT", WS, large), 400, "InvalidResource", NULL);
    w->headers[0] = "Content-Type";
    w->headers[1] = "text/plain";
    assert_fault(call(w, "PUT", WS, WORKSPACE), 415, "UnsupportedMediaType", "Content-Type");
    world_free(w);
}

/* 1.11 */
static void lists_come_in_pages(void **state)
{
    struct test_world *w = world_new(NULL);
    char id[256];
    const char *next;
    int seen = 0, pages = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(id, sizeof id,
                 "/subscriptions/" SUB
                 "/resourceGroups/rg%d/providers/Microsoft.HealthcareApis/workspaces/wsx",
                 i);
        assert_int_equal(status_of(w, "PUT", id, WORKSPACE), 201);
    }
    snprintf(id, sizeof id, "%s",
             "/subscriptions/" SUB
             "/providers/Microsoft.HealthcareApis/workspaces?$top=1&api-version=" V);
    for (; *id; pages++) {
        struct answer page = call_version(w, "GET", id, NULL, "");
        assert_int_equal(page.status, 200);
        seen += cJSON_GetArraySize(base_json_at(page.body, "value"));
        next = base_json_text(page.body, "nextLink");
        if (next) {
            assert_int_equal(strncmp(next, "https://arm.test/subscriptions/", 31), 0);
            snprintf(id, sizeof id, "%s", strstr(next, "/subscriptions/"));
        } else {
            id[0] = '\0';
        }
        answer_release(&page);
    }
    assert_int_equal(seen, 3);
    assert_int_equal(pages, 3);
    assert_fault(call(w, "GET",
                      "/subscriptions/" SUB
                      "/providers/Microsoft.HealthcareApis/workspaces?$skipToken=!!",
                      NULL),
                 400, "InvalidParameter", "$skipToken");
    assert_fault(call(w, "GET",
                      "/subscriptions/" SUB "/providers/Microsoft.HealthcareApis/workspaces?$top=x",
                      NULL),
                 400, "InvalidParameter", "$top");
    world_free(w);
}

static void provider_level(void **state)
{
    struct test_world *w = world_new(NULL);
    const char *check =
        "/subscriptions/" SUB "/providers/Microsoft.HealthcareApis/checkNameAvailability";
    struct answer answer = call(w, "GET", "/providers/Microsoft.HealthcareApis/operations", NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_true(cJSON_GetArraySize(base_json_at(answer.body, "value")) > 10);
    answer_release(&answer);
    answer = call_version(w, "GET", "/swagger/2020-11-01-preview/healthcare-apis.json", NULL, "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(base_json_text(answer.body, "info.version"), V);
    answer_release(&answer);
    answer = call_version(w, "PUT", "/subscriptions/" SUB,
                          "{\"state\":\"Suspended\",\"properties\":{}}", "2.0");
    assert_int_equal(answer.status, 200);
    answer_release(&answer);
    assert_fault(call(w, "PUT", WS, WORKSPACE), 409, "ReadOnlyDisabledSubscription", NULL);
    answer = call_version(w, "PUT", "/subscriptions/" SUB, "{\"state\":\"Registered\"}", "2.0");
    answer_release(&answer);
    assert_int_equal(status_of(w, "PUT", WS, WORKSPACE), 201);
    answer = call(w, "POST", check,
                  "{\"name\":\"ws1\",\"type\":\"Microsoft.HealthcareApis/workspaces\"}");
    assert_string_equal(base_json_text(answer.body, "reason"), "AlreadyExists");
    answer_release(&answer);
    answer =
        call(w, "POST", check, "{\"name\":\"x\",\"type\":\"Microsoft.HealthcareApis/workspaces\"}");
    assert_string_equal(base_json_text(answer.body, "reason"), "Invalid");
    answer_release(&answer);
    answer = call(w, "POST", check,
                  "{\"name\":\"free\",\"type\":\"Microsoft.HealthcareApis/workspaces\"}");
    assert_true(base_json_true(answer.body, "nameAvailable"));
    answer_release(&answer);
    world_free(w);
}

static void assert_urls_are_arms(const struct base_headers *headers)
{
    int urls = 0;

    for (size_t i = 0; i < headers->count; i++) {
        const char *value = headers->items[i].value;
        if (!strstr(value, "://"))
            continue;
        urls++;
        if (strncmp(value, "https://arm.test/", 17))
            fail_msg("%s is %s; expected https://arm.test/...", headers->items[i].name, value);
    }
    assert_int_equal(urls, 2); /* Azure-AsyncOperation, Location */
}

/* E21: names keep the casing of the client's URL, whatever ARM made of it on the way. */
static void e21_casing_comes_from_the_referer(void **state)
{
    struct test_world *w = world_new(NULL);
    struct answer put;

    (void)state;
    w->headers[0] = "referer";
    w->headers[1] =
        "https://arm.test/subscriptions/" SUB
        "/resourceGroups/Rg1/providers/Microsoft.HealthcareApis/workspaces/WS1?api-version=" V;
    put = call(w, "PUT", WS, WORKSPACE);
    assert_string_equal(base_json_text(put.body, "id"),
                        "/subscriptions/" SUB
                        "/resourceGroups/Rg1/providers/Microsoft.HealthcareApis/workspaces/WS1");
    assert_urls_are_arms(&put.headers);
    answer_release(&put);
    w->headers[0] = NULL;
    assert_state(w, WS, "Creating");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_arm_is_served),
        cmocka_unit_test(routes_and_versions),
        cmocka_unit_test(a_create_is_tracked),
        cmocka_unit_test(conflicts),
        cmocka_unit_test(repeats_and_changes),
        cmocka_unit_test(a_connector_in_and_out),
        cmocka_unit_test(the_eleventh_connector_is_refused),
        cmocka_unit_test(versions_see_the_same_destination),
        cmocka_unit_test(an_unknown_fhir_service_is_refused),
        cmocka_unit_test(preconditions),
        cmocka_unit_test(bodies),
        cmocka_unit_test(lists_come_in_pages),
        cmocka_unit_test(provider_level),
        cmocka_unit_test(e21_casing_comes_from_the_referer),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
