/* The older draft (DST-05): mappings of a connector, and destinations that name one and a FHIR server by URL. */
#include "rp_test.h"

#define ALLOW                                                                                      \
    "{\"customer\":{\"fhirServerUrls\":[\"https://fhir.example.org\",\"https://"                   \
    "*.fhir.azurehealthcareapis.com\"]}}"
#define MAP IC "/mappings/fhir"
#define MAP_BODY "{\"location\":\"US West 2\",\"properties\":{\"content\":" FHIR_MAPPING "}}"
#define OUTPUT(url, resolution, mapping)                                                           \
    "{\"location\":\"US West 2\",\"properties\":{\"outputEndpointConfiguration\":{"                \
    "\"connectionType\":\"FhirServer\",\"resourceIdentityResolutionType\":\"" resolution           \
    "\",\"fhirServerUrl\":\"" url "\",\"fhirMappingResourceId\":\"" mapping "\"}}}"
#define GOOD OUTPUT("https://fhir.example.org/r4/", "Update", MAP)
#define CONFIGURATION "properties.outputEndpointConfiguration"

static struct test_world *draft_world(const char *overlay)
{
    struct test_world *w = world_new(overlay);

    make(w, WS, "{\"location\":\"westus2\"}");
    make(w, IC, CONNECTOR);
    return w;
}

static void a_destination_of_the_draft(void **state)
{
    struct test_world *w = draft_world(ALLOW);
    struct answer answer;

    (void)state;
    assert_int_equal(status_of(w, "PUT", MAP, MAP_BODY), 201);
    make(w, DEST, GOOD);
    answer = call(w, "GET", DEST, NULL);
    assert_string_equal(
        base_json_text(answer.body, CONFIGURATION ".resourceIdentityResolutionType"), "Update");
    assert_null(base_json_at(answer.body, "properties.fhirMapping"));
    char *body = base_json_print(answer.body); /* may be written back */
    assert_int_equal(status_of(w, "PUT", DEST, body), 200);
    free(body);
    answer_release(&answer);
    /* Update is the draft's word for Lookup */
    answer = call_version(w, "GET", IC "/fhirdestinations/dest1", NULL, "2023-11-01");
    assert_string_equal(base_json_text(answer.body, "properties.resourceIdentityResolutionType"),
                        "Lookup");
    assert_string_equal(base_json_text(answer.body, "properties.fhirMapping.content.templateType"),
                        "CollectionFhirTemplate");
    assert_null(base_json_at(answer.body, "properties.fhirServiceResourceId"));
    answer_release(&answer);
    world_free(w);
}

/* The draft's spellings, as resourceId() of its own templates writes them. */
static void the_drafts_spellings(void **state)
{
    struct test_world *w = draft_world(ALLOW);
    const char *map = "/subscriptions/" SUB
                      "/resourceGroups/RG1/providers/Microsoft.HealthcareApis/workspace/ws1/"
                      "IotConnectors/IC1/mappings/fhir";

    (void)state;
    assert_int_equal(status_of(w, "PUT", map, MAP_BODY), 201);
    make(w, IC "/destination/dest1",
         OUTPUT("https://ws1-fs1.fhir.azurehealthcareapis.com", "Create",
                "subscriptions/" SUB
                "/resourceGroups/RG1/providers/Microsoft.HealthcareApis/workspace/ws1/"
                "IotConnectors/IC1/mappings/fhir"));
    world_free(w);
}

static void a_mapping_reaches_its_users(void **state)
{
    struct test_world *w = draft_world(ALLOW);
    struct answer answer;

    (void)state;
    assert_int_equal(status_of(w, "PUT", MAP, MAP_BODY), 201);
    make(w, DEST, GOOD);
    assert_fault(call(w, "DELETE", MAP, NULL), 409, "CannotDeleteResource", NULL);
    answer = call(w, "PATCH", MAP, "{\"properties\":{\"content\":{\"template\":[]}}}");
    assert_int_equal(answer.status, 200);
    answer_release(&answer);
    assert_state(w, DEST, "Updating");
    assert_fault(call(w, "PUT", MAP, MAP_BODY), 409, "Conflict", NULL); /* it is busy */
    settle(w);
    answer = call_version(w, "GET", IC "/fhirdestinations/dest1", NULL, "2023-11-01");
    assert_int_equal(
        cJSON_GetArraySize(base_json_at(answer.body, "properties.fhirMapping.content.template")),
        0);
    answer_release(&answer);
    assert_fault(
        call(w, "PUT", MAP, "{\"location\":\"westus2\",\"properties\":{\"content\":" MAPPING "}}"),
        409, "Conflict", "properties.content.templateType");
    assert_int_equal(status_of(w, "DELETE", DEST, NULL), 202);
    settle(w);
    assert_int_equal(status_of(w, "DELETE", MAP, NULL), 200);
    assert_int_equal(status_of(w, "DELETE", MAP, NULL), 204);
    world_free(w);
}

static void what_is_refused(void **state)
{
    struct test_world *w = draft_world(ALLOW);
    static const struct {
        const char *body, *code, *target;
        int status;
    } ROWS[] = {
        {OUTPUT("http://fhir.example.org", "Create", MAP), "InvalidParameter",
         CONFIGURATION ".fhirServerUrl", 400},
        {OUTPUT("https://fhir.example.org.evil.com", "Create", MAP), "InvalidParameter",
         CONFIGURATION ".fhirServerUrl", 400},
        {OUTPUT("https://fhir.example.org:8443", "Create", MAP), "InvalidParameter",
         CONFIGURATION ".fhirServerUrl", 400},
        {OUTPUT("https://fhir.azurehealthcareapis.com", "Create", MAP), "InvalidParameter",
         CONFIGURATION ".fhirServerUrl", 400},
        {OUTPUT("https://fhir.example.org", "Lookup", MAP), "InvalidParameter",
         CONFIGURATION ".resourceIdentityResolutionType", 400},
        {OUTPUT("https://fhir.example.org", "Create", WS "/iotconnectors/other/mappings/fhir"),
         "InvalidParameter", CONFIGURATION ".fhirMappingResourceId", 400},
        {OUTPUT("https://fhir.example.org", "Create", IC "/mappings/nosuch"), "ResourceNotFound",
         CONFIGURATION ".fhirMappingResourceId", 404},
        {OUTPUT("https://fhir.example.org", "Create", IC "/mappings/device"), "InvalidParameter",
         CONFIGURATION ".fhirMappingResourceId", 400},
        {"{\"location\":\"westus2\",\"properties\":{\"destinationType\":\"FhirService\","
         "\"outputEndpointConfiguration\":{}}}",
         "InvalidParameter", "properties.destinationType", 400},
    };

    (void)state;
    assert_int_equal(status_of(w, "PUT", MAP, MAP_BODY), 201);
    assert_int_equal(status_of(w, "PUT", IC "/mappings/device",
                               "{\"location\":\"westus2\",\"properties\":{\"content\":" MAPPING
                               "}}"),
                     201);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_fault(call(w, "PUT", DEST, ROWS[i].body), ROWS[i].status, ROWS[i].code,
                     ROWS[i].target);
    assert_fault(
        call(w, "PUT", IC "/mappings/bad",
             "{\"location\":\"westus2\",\"properties\":{\"content\":{\"templateType\":\"X\"}}}"),
        400, "InvalidMapping", "properties.content.templateType");
    assert_fault(call_version(w, "PUT", MAP, MAP_BODY, "2023-11-01"), 400,
                 "NoRegisteredProviderFound", "api-version");
    world_free(w);
}

/* Nobody is allowed unless the operator says so. */
static void no_server_is_allowed_by_default(void **state)
{
    struct test_world *w = draft_world(NULL);

    (void)state;
    assert_int_equal(status_of(w, "PUT", MAP, MAP_BODY), 201);
    assert_fault(call(w, "PUT", DEST, GOOD), 400, "InvalidParameter",
                 CONFIGURATION ".fhirServerUrl");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_destination_of_the_draft),      cmocka_unit_test(the_drafts_spellings),
        cmocka_unit_test(a_mapping_reaches_its_users),     cmocka_unit_test(what_is_refused),
        cmocka_unit_test(no_server_is_allowed_by_default),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
