/* What is refused, with which code and target: one row each. */
#include "rp_test.h"

#define WORKSPACE "{\"location\":\"westus2\"}"
#define BODY(location, identity, ingestion, mapping)                                               \
    "{" location identity "\"properties\":{" ingestion mapping "}}"
#define LOC "\"location\":\"westus2\","
#define ID "\"identity\":{\"type\":\"SystemAssigned\"},"
#define ING INGESTION ","
#define MAP "\"deviceMapping\":{\"content\":" MAPPING "}"
#define HUB(name, host)                                                                            \
    "\"ingestionEndpointConfiguration\":{\"eventHubName\":" name                                   \
    ",\"fullyQualifiedEventHubNamespace\":" host "},"
#define GOOD_HOST "\"myeventhub.servicebus.windows.net\""

struct row {
    const char *id, *body;
    int status;
    const char *code, *target;
};

static void refused(const struct row *rows, size_t count, struct test_world *w)
{
    for (size_t i = 0; i < count; i++)
        assert_fault(call(w, "PUT", rows[i].id, rows[i].body), rows[i].status, rows[i].code,
                     rows[i].target);
}
#define REFUSED(rows, w) refused(rows, sizeof rows / sizeof *rows, w)

static void workspaces(void **state)
{
    static const struct row ROWS[] = {
        {WS, "{}", 400, "LocationRequired", "location"},
        {WS, "{\"location\":7}", 400, "LocationRequired", "location"},
        {WS, "{\"location\":\"mars\"}", 400, "LocationNotAvailableForResourceType", "location"},
        {WS, "{" LOC "\"tags\":{\"a\":1}}", 400, "InvalidParameter", "tags.a"},
        {WS, "{" LOC "\"tags\":{\"a<b\":\"\"}}", 400, "InvalidParameter", "tags.a<b"},
        {WS, "{" LOC "\"tags\":[]}", 400, "InvalidParameter", "tags"},
        {WS, "{" LOC "\"sku\":{\"name\":\"Gold\"}}", 400, "InvalidParameter", "sku.name"},
        {WS, "{" LOC "\"zones\":[]}", 400, "InvalidParameter", "zones"},
        {WS, "{" LOC "\"properties\":7}", 400, "InvalidParameter", "properties"},
        {WS, "{" LOC "\"properties\":{\"color\":1}}", 400, "InvalidParameter", "properties.color"},
        {WS, "{" LOC "\"properties\":{\"publicNetworkAccess\":\"Maybe\"}}", 400, "InvalidParameter",
         "properties.publicNetworkAccess"},
        {WS, "{" LOC "\"properties\":{\"provisioningState\":\"Succeeded\"}}", 400,
         "InvalidParameter", "properties.provisioningState"},
        {WS, "{" LOC "\"name\":\"other\"}", 400, "InvalidRequestContent", "name"},
        {WS, "{" LOC "\"type\":\"Microsoft.Storage/storageAccounts\"}", 400,
         "InvalidRequestContent", "type"},
        {WS, "{" LOC "\"id\":\"/elsewhere\"}", 400, "InvalidRequestContent", "id"},
        {WS, "{" LOC "\"apiVersion\":\"2001-01-01\"}", 400, "InvalidRequestContent", "apiVersion"},
        {"/subscriptions/" SUB
         "/resourceGroups/rg1/providers/Microsoft.HealthcareApis/workspaces/ab",
         WORKSPACE, 400, "InvalidParameter", "name"},
        {"/subscriptions/" SUB
         "/resourceGroups/rg1/providers/Microsoft.HealthcareApis/workspaces/-ab",
         WORKSPACE, 400, "InvalidParameter", "name"},
        {"/subscriptions/" SUB
         "/resourceGroups/rg1/providers/Microsoft.HealthcareApis/workspaces/Ab_c",
         WORKSPACE, 400, "InvalidParameter", "name"},
    };
    struct test_world *w = world_new(NULL);

    (void)state;
    REFUSED(ROWS, w);
    make(w, WS, WORKSPACE);
    assert_fault(call(w, "PUT", WS, "{" LOC "\"sku\":{\"name\":\"Dedicated\"}}"), 400,
                 "PropertyChangeNotAllowed", "sku.name");
    assert_int_equal(
        status_of(w, "PUT", WS, "{" LOC "\"properties\":{\"provisioningState\":\"Succeeded\"}}"),
        200);
    assert_fault(call(w, "PUT", WS, "{" LOC "\"properties\":{\"provisioningState\":\"Failed\"}}"),
                 400, "InvalidParameter", "properties.provisioningState");
    world_free(w);
}

static void connectors(void **state)
{
    static const struct row ROWS[] = {
        {IC, BODY(LOC, "", ING, MAP), 400, "InvalidParameter", "identity"},
        {IC, BODY(LOC, "\"identity\":{\"type\":\"None\"},", ING, MAP), 400, "InvalidParameter",
         "identity"},
        {IC, BODY(LOC, "\"identity\":{\"type\":\"UserAssigned\"},", ING, MAP), 400,
         "InvalidParameter", "identity"},
        {IC, BODY("", ID, ING, MAP), 400, "LocationRequired", "location"},
        {IC, BODY(LOC, ID, "", MAP), 400, "InvalidParameter",
         "properties.ingestionEndpointConfiguration"},
        {IC,
         BODY(LOC, ID,
              "\"ingestionEndpointConfiguration\":{\"fullyQualifiedEventHubNamespace\":" GOOD_HOST
              "},",
              MAP),
         400, "InvalidParameter", "properties.ingestionEndpointConfiguration.eventHubName"},
        {IC,
         BODY(LOC, ID, "\"ingestionEndpointConfiguration\":{\"eventHubName\":\"EventHub\"},", MAP),
         400, "InvalidParameter",
         "properties.ingestionEndpointConfiguration.fullyQualifiedEventHubNamespace"},
        {IC, BODY(LOC, ID, HUB("\"\"", GOOD_HOST), MAP), 400, "InvalidParameter",
         "properties.ingestionEndpointConfiguration.eventHubName"},
        {IC, BODY(LOC, ID, HUB("\"a b\"", GOOD_HOST), MAP), 400, "InvalidParameter",
         "properties.ingestionEndpointConfiguration.eventHubName"},
        {IC, BODY(LOC, ID, HUB("\"hub\"", "\"ehns01.example.com\""), MAP), 400, "InvalidParameter",
         "properties.ingestionEndpointConfiguration.fullyQualifiedEventHubNamespace"},
        {IC, BODY(LOC, ID, HUB("\"hub\"", "\"evil.com/x.servicebus.windows.net\""), MAP), 400,
         "InvalidParameter",
         "properties.ingestionEndpointConfiguration.fullyQualifiedEventHubNamespace"},
        {IC, BODY(LOC, ID, HUB("\"hub\"", "\"evilservicebus.windows.net\""), MAP), 400,
         "InvalidParameter",
         "properties.ingestionEndpointConfiguration.fullyQualifiedEventHubNamespace"},
        {IC,
         BODY(LOC, ID,
              "\"ingestionEndpointConfiguration\":{\"iotHubName\":\"h\",\"eventHubName\":\"hub\","
              "\"fullyQualifiedEventHubNamespace\":" GOOD_HOST "},",
              MAP),
         400, "InvalidParameter", "properties.ingestionEndpointConfiguration.iotHubName"},
        {IC, "{" LOC ID "\"properties\":{" INGESTION "}}", 400, "InvalidParameter",
         "properties.deviceMapping"},
        {IC, "{" LOC ID "\"properties\":{" ING "\"deviceMapping\":{}}}", 400, "InvalidParameter",
         "properties.deviceMapping.content"},
        {IC, "{" LOC ID "\"properties\":{" ING "\"deviceMapping\":{\"reference\":\"x\"}}}", 400,
         "InvalidParameter", "properties.deviceMapping.reference"},
        {IC, CONNECTOR_WITH("{\"templateType\":\"CollectionContent\"}"), 400, "InvalidMapping",
         "properties.deviceMapping.content"},
        {IC, CONNECTOR_WITH("{\"templateType\":\"Nonsense\",\"template\":[]}"), 400,
         "InvalidMapping", "properties.deviceMapping.content"},
    };
    struct test_world *w = world_new(NULL);
    const cJSON *details;
    struct answer answer;

    (void)state;
    make(w, WS, WORKSPACE);
    REFUSED(ROWS, w);

    /* IC-03: every error of the mapping, with its place */
    answer =
        call(w, "PUT", IC,
             CONNECTOR_WITH(
                 "{\"templateType\":\"CollectionContent\",\"template\":[{\"templateType\":"
                 "\"JsonPathContent\",\"template\":{\"typeName\":\"t\"}},{\"templateType\":\"Odd\","
                 "\"template\":{}}]}"));
    details = base_json_at(answer.body, "error.details");
    assert_true(cJSON_GetArraySize(details) >= 3);
    assert_non_null(strstr(base_json_text(details, "0.target"),
                           "properties.deviceMapping.content.template[0]"));
    assert_non_null(strstr(base_json_text(details, "0.message"), "Expression"));
    assert_fault(answer, 400, "InvalidMapping", "properties.deviceMapping.content");

    /* several faults stand together */
    answer = call(w, "PUT", IC, "{" LOC "\"properties\":{}}");
    details = base_json_at(answer.body, "error.details");
    assert_int_equal(cJSON_GetArraySize(details), 3);
    assert_string_equal(base_json_text(details, "0.target"), "identity");
    assert_string_equal(base_json_text(details, "1.target"),
                        "properties.ingestionEndpointConfiguration");
    assert_string_equal(base_json_text(details, "2.target"), "properties.deviceMapping");
    answer_release(&answer);
    assert_int_equal(status_of(w, "GET", IC, NULL), 404);

    w->headers[0] = "x-ms-identity-url"; /* a token must not go to a stranger */
    w->headers[1] = "https://evil.example/credentials";
    assert_fault(call(w, "PUT", IC, CONNECTOR), 400, "InvalidRequestContent", "identity");
    world_free(w);
}

/* VER-02: the seed's own examples, as they stand in a template. */
static void the_seeds_examples(void **state)
{
    struct test_world *w = world_new(NULL);
    const char *workspace =
        "{\"type\":\"Microsoft.HealthcareApis/workspace\",\"kind\":\"fhir-R4\",\"name\":\"ws1\","
        "\"apiVersion\":\"2020-11-01-preview\",\"location\":\"US West 2\",\"properties\":{}}";
    const char *connector = "{\"type\":\"Microsoft.HealthcareApis/workspaces/"
                            "iotconnectors\",\"name\":\"ws1/ic1\",\"apiVersion\":"
                            "\"2020-11-01-preview\",\"location\":\"US West "
                            "2\",\"identity\":{\"type\":\"SystemAssigned\"},\"dependsOn\":[\"x\"],"
                            "\"properties\":{" ING MAP "}}";

    (void)state;
    make(w, WS, workspace);
    make(w, IC, connector);
    struct answer get = call(w, "GET", WS, NULL);
    assert_string_equal(base_json_text(get.body, "kind"), "fhir-R4");
    assert_string_equal(base_json_text(get.body, "sku.name"), "Consumption");
    answer_release(&get);
    world_free(w);
}

#define DEST_BODY(type, resolution, service, mapping)                                              \
    "{\"properties\":{" type resolution service mapping "}}"
#define TYPE "\"destinationType\":\"FhirService\","
#define RES "\"resourceIdentityResolutionType\":\"Create\","
#define SVC(id) "\"fhirServiceResourceId\":\"" id "\","
#define FMAP "\"fhirMapping\":{\"content\":" FHIR_MAPPING "}"

static void destinations(void **state)
{
    static const struct row ROWS[] = {
        {DEST, DEST_BODY("", RES, SVC(FHIR), FMAP), 400, "InvalidParameter",
         "properties.destinationType"},
        {DEST, DEST_BODY("\"destinationType\":\"EventHub\",", RES, SVC(FHIR), FMAP), 400,
         "InvalidParameter", "properties.destinationType"},
        {DEST, DEST_BODY(TYPE, "", SVC(FHIR), FMAP), 400, "InvalidParameter",
         "properties.resourceIdentityResolutionType"},
        {DEST, DEST_BODY(TYPE, "\"resourceIdentityResolutionType\":\"Guess\",", SVC(FHIR), FMAP),
         400, "InvalidParameter", "properties.resourceIdentityResolutionType"},
        {DEST, DEST_BODY(TYPE, RES, "", FMAP), 400, "InvalidParameter",
         "properties.fhirServiceResourceId"},
        {DEST,
         DEST_BODY(TYPE, RES,
                   SVC("/subscriptions/" SUB
                       "/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/s"),
                   FMAP),
         400, "InvalidParameter", "properties.fhirServiceResourceId"},
        {DEST,
         DEST_BODY(TYPE, RES,
                   SVC("/subscriptions/" SUB
                       "/resourceGroups/rg1/providers/Microsoft.HealthcareApis/"
                       "workspaces/other/fhirservices/fs1"),
                   FMAP),
         400, "InvalidParameter", "properties.fhirServiceResourceId"},
        {DEST,
         DEST_BODY(
             TYPE, RES,
             SVC("/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg1/providers/"
                 "Microsoft.HealthcareApis/services/gen1"),
             FMAP),
         400, "InvalidParameter", "properties.fhirServiceResourceId"},
        {DEST,
         DEST_BODY(TYPE, RES,
                   SVC("/subscriptions/" SUB
                       "/resourceGroups/other/providers/Microsoft.HealthcareApis/services/gen1"),
                   FMAP),
         404, "ResourceNotFound", "properties.fhirServiceResourceId"},
        {DEST, DEST_BODY(TYPE, RES, SVC(FHIR), "\"x\":1"), 400, "InvalidParameter", "properties.x"},
        {DEST,
         DEST_BODY(TYPE, RES, SVC(FHIR),
                   "\"fhirMapping\":{\"content\":{\"templateType\":\"Odd\",\"template\":[]}}"),
         400, "InvalidMapping", "properties.fhirMapping.content"},
    };
    struct test_world *w = world_new(NULL);

    (void)state;
    make(w, WS, WORKSPACE);
    make(w, IC, CONNECTOR);
    REFUSED(ROWS, w);
    world_free(w);
}

/* Two regions: a child lies where its parent does. */
static void locations(void **state)
{
    struct test_world *w = world_new(NULL);
    struct rp_region regions[2] = {w->config.regions[0], w->config.regions[0]};

    (void)state;
    regions[1].name = "eastus";
    regions[1].display_name = "East US";
    w->config.regions = regions;
    w->config.region_count = 2;
    make(w, WS, WORKSPACE);
    assert_fault(call(w, "PUT", WS, "{\"location\":\"East US\"}"), 409, "InvalidResourceLocation",
                 "location");
    assert_fault(call(w, "PUT", IC, BODY("\"location\":\"eastus\",", ID, ING, MAP)), 400,
                 "InvalidParameter", "location");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workspaces),         cmocka_unit_test(connectors),
        cmocka_unit_test(the_seeds_examples), cmocka_unit_test(destinations),
        cmocka_unit_test(locations),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
