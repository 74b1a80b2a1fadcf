/* Who may reach a FHIR service, and what ARM says of it. */
#include "fixture.h"

static void service_of_gen1(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(arm(f, "GET", SERVICE_ID, NULL), 200);
    assert_string_equal(text_at(f, "properties.provisioningState"), "Succeeded");
    assert_string_equal(text_at(f, "properties.authenticationConfiguration.audience"), HOST);
    assert_string_equal(text_at(f, "properties.authenticationConfiguration.authority"),
                        "https://login.microsoftonline.com/" TENANT);
    assert_int_equal(arm(f, "PUT", SERVICE_ID, SERVICE_BODY), 200);
    assert_int_equal(arm(f, "PATCH", SERVICE_ID, "{\"tags\":{\"a\":\"b\"}}"), 200);
    assert_string_equal(text_at(f, "tags.a"), "b");
    assert_int_equal(arm(f, "GET", GROUP "services", NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 1);
}

static void service_of_gen2(void **state)
{
    struct fixture *f = *state;
    const char *host = "https://ws1-heart.fhir.azurehealthcareapis.com";

    assert_int_equal(arm(f, "PUT", GROUP "workspaces/ws1/fhirservices/heart", SERVICE_BODY), 201);
    assert_string_equal(text_at(f, "properties.authenticationConfiguration.audience"), host);
    assert_int_equal(ask_at(f, host, "GET", "/Patient/x", NULL, NULL), 401);
    free(f->bearer);
    f->bearer = bearer_for(f->world, &f->user, host);
    assert_int_equal(ask_at(f, host, "GET", "/Patient/x", NULL, NULL), 403);
    give_role(f->world, &f->user, GROUP "workspaces/ws1", "FHIR Data Reader");
    assert_int_equal(ask_at(f, host, "GET", "/Patient/x", NULL, NULL), 404);
    assert_int_equal(
        ask_at(f, host, "PUT", "/Patient/x", NULL, "{\"resourceType\":\"Patient\",\"id\":\"x\"}"),
        403);
    assert_issue(f, "forbidden");
    assert_int_equal(ask_at(f, HOST, "GET", "/Patient/x", NULL, NULL), 401);
}

static void bad_services(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(arm(f, "PUT", GROUP "services/a_b", SERVICE_BODY), 400);
    assert_string_equal(text_at(f, "error.code"), "InvalidParameter");
    assert_int_equal(arm(f, "PUT", GROUP "services/other",
                         "{\"location\":\"westus2\",\"kind\":\"fhir-Stu3\",\"properties\":{}}"),
                     400);
    assert_int_equal(arm(f, "PUT", GROUP "services/other",
                         "{\"location\":\"westus2\",\"kind\":\"fhir-R4\",\"properties\":{"
                         "\"accessPolicies\":[{\"objectId\":\"me\"}]}}"),
                     400);
    assert_int_equal(arm(f, "PUT",
                         "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/other/"
                         "providers/Microsoft.HealthcareApis/services/clinic",
                         SERVICE_BODY),
                     409);
    assert_string_equal(text_at(f, "error.code"), "NameUnavailable");
}

static void deleting_a_service_deletes_its_data(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "POST", "/Patient", NULL, "{\"resourceType\":\"Patient\"}"), 201);
    cJSON *rows = sim_view_get(f->world, "fhir");
    assert_string_equal(base_json_text(rows, "0.service"), "clinic.azurehealthcareapis.com");
    assert_string_equal(base_json_text(rows, "0.type"), "Patient");
    assert_int_equal((int)base_json_number(rows, "0.count", 0), 1);
    cJSON_Delete(rows);
    assert_int_equal(arm(f, "DELETE", SERVICE_ID, NULL), 200);
    assert_int_equal(ask(f, "GET", "/metadata", NULL, NULL), 404);
    assert_issue(f, "not-found");
    assert_int_equal(arm(f, "PUT", SERVICE_ID, SERVICE_BODY), 201);
    give_role(f->world, &f->user, SERVICE_ID, "FHIR Data Contributor");
    rows = sim_view_get(f->world, "fhir");
    assert_int_equal(cJSON_GetArraySize(rows), 0);
    cJSON_Delete(rows);
}

static void tokens(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "GET", "/metadata", "Authorization: \n", NULL), 200);
    assert_int_equal(ask(f, "GET", "/Patient/x", "Authorization: Bearer nonsense\n", NULL), 401);
    assert_issue(f, "login");
    assert_string_equal(header(f, "WWW-Authenticate"), "Bearer");
    assert_int_equal(ask(f, "GET", "/Patient/x", NULL, NULL), 404);
    sim_assignment_remove_below(f->world, SERVICE_ID);
    assert_int_equal(ask(f, "GET", "/Patient/x", NULL, NULL), 403);
    char *policies = base_asprintf("{\"location\":\"westus2\",\"kind\":\"fhir-R4\",\"properties\":{"
                                   "\"accessPolicies\":[{\"objectId\":\"%s\"}]}}",
                                   f->user.object_id);
    assert_int_equal(arm(f, "PUT", SERVICE_ID, policies), 200);
    free(policies);
    assert_int_equal(ask(f, "GET", "/Patient/x", NULL, NULL), 404);
}

static void token_of_another_tenant(void **state)
{
    struct fixture *f = *state;
    struct sim_principal stranger = {.tenant = "33333333-3333-4333-8333-333333333333",
                                     .name = "stranger"};

    sim_tenant_add(f->world, stranger.tenant, "fabrikam.example");
    sim_principal_put(f->world, &stranger);
    f->user = stranger;
    give_role(f->world, &f->user, SERVICE_ID, "FHIR Data Contributor");
    free(f->bearer);
    f->bearer = bearer_for(f->world, &f->user, HOST);
    assert_int_equal(ask(f, "GET", "/Patient/x", NULL, NULL), 401);
    assert_issue(f, "login");
}

static void data_outlives_the_process(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "PUT", "/Patient/p1", NULL,
                         "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"identifier\":[{"
                         "\"system\":\"s\",\"value\":\"v\"}]}"),
                     201);
    world_close(f);
    world_open(f);
    assert_int_equal(ask(f, "GET", "/Patient/p1", NULL, NULL), 200);
    assert_int_equal(ask(f, "GET", "/Patient?identifier=s%7Cv", NULL, NULL), 200);
    assert_int_equal(entries(f), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(service_of_gen1, setup, teardown),
        cmocka_unit_test_setup_teardown(service_of_gen2, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_services, setup, teardown),
        cmocka_unit_test_setup_teardown(deleting_a_service_deletes_its_data, setup, teardown),
        cmocka_unit_test_setup_teardown(tokens, setup, teardown),
        cmocka_unit_test_setup_teardown(token_of_another_tenant, setup, teardown),
        cmocka_unit_test_setup_teardown(data_outlives_the_process, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
