/* Resource groups: their life, their lists, and the deletion that empties them whatever the order (facts of ARM, 1.13, 4.1). */
#include "tests/unit/sim_arm/fixture.h"

static void life(void **state)
{
    struct fixture *f = *state;
    assert_status(f, ask(f, "HEAD", S "/resourcegroups/rg1?" R, NULL), 404);
    assert_refused(f, ask(f, "GET", S "/resourcegroups/rg1?" R, NULL), 404,
                   "ResourceGroupNotFound");
    assert_refused(f, ask(f, "PUT", S "/resourcegroups/rg1?" R, "{}"), 400, "LocationRequired");
    assert_refused(f, ask(f, "PUT", S "/resourcegroups/rg1?" R, "{\"location\":\"mars\"}"), 400,
                   "LocationNotAvailableForResourceGroup");
    make_group(f);
    assert_string_equal(base_json_text(f->body, "id"), RG);
    assert_string_equal(base_json_text(f->body, "location"), "westus2");
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Succeeded");
    assert_null(base_json_at(f->body, "createdBy"));
    assert_status(f,
                  ask(f, "PUT", S "/resourceGroups/RG1?" R,
                      "{\"location\":\"westus2\",\"tags\":{\"a\":\"b\"}}"),
                  200);
    assert_string_equal(base_json_text(f->body, "name"), "rg1");
    assert_refused(f, ask(f, "PUT", S "/resourcegroups/rg1?" R, "{\"location\":\"eastus\"}"), 409,
                   "InvalidResourceGroupLocation");
    assert_status(f, ask(f, "PATCH", S "/resourcegroups/rg1?" R, "{\"tags\":{\"c\":\"d\"}}"), 200);
    assert_null(base_json_at(f->body, "tags.a"));
    assert_string_equal(base_json_text(f->body, "tags.c"), "d");
    assert_status(f, ask(f, "HEAD", S "/resourcegroups/rg1?" R, NULL), 204);
    assert_refused(f, send_as(f, f->reader, "DELETE", S "/resourcegroups/rg1?" R, NULL), 403,
                   "AuthorizationFailed");
}

static void lists(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    assert_status(f,
                  ask(f, "PUT", S "/resourcegroups/rg2?" R,
                      "{\"location\":\"eastus\",\"tags\":{\"team\":\"x\"}}"),
                  201);
    assert_status(f, ask(f, "GET", S "/resourcegroups?" R, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 2);
    assert_status(
        f,
        ask(f, "GET",
            S "/resourcegroups?$filter=tagName%20eq%20'team'%20and%20tagValue%20eq%20'x'&" R, NULL),
        200);
    assert_string_equal(base_json_text(f->body, "value.0.name"), "rg2");
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 1);
    assert_refused(f, ask(f, "GET", S "/resourcegroups?$filter=colour%20eq%20'x'&" R, NULL), 400,
                   "InvalidFilterInQueryString");
    assert_refused(f, ask(f, "GET", S "/resources?$filter=name%20eq&" R, NULL), 400,
                   "InvalidFilterInQueryString");
    assert_status(f, send_as(f, f->stranger, "GET", S "/resourcegroups?" R, NULL), 200);
    assert_null(base_json_at(f->body, "value.0"));
    assert_status(f, ask(f, "GET", RG "/resources?$expand=provisioningState,createdTime&" R, NULL),
                  200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 2);
    assert_string_equal(base_json_text(f->body, "value.0.type"), HEALTH "/workspaces");
    assert_string_equal(base_json_text(f->body, "value.0.provisioningState"), "Succeeded");
    assert_non_null(base_json_text(f->body, "value.0.createdTime"));
    assert_status(f,
                  ask(f, "GET",
                      S "/resources?$filter=resourceType%20eq%20'microsoft.healthcareapis/"
                        "workspaces/IOTCONNECTORS'"
                        "%20and%20resourceGroup%20eq%20'RG1'&" R,
                      NULL),
                  200);
    assert_string_equal(base_json_text(f->body, "value.0.id"), C);
    assert_null(base_json_at(f->body, "value.1"));
    assert_status(f, ask(f, "GET", S "/resources?$filter=substringof('ws',name)&" R, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 1);
}

/* Polls an operation until it has ended; takes `url` over. */
static int follow(struct fixture *f, char *url)
{
    struct base_clock wall;
    int status;

    base_clock_init(&wall);
    while ((status = ask(f, "GET", url + strlen("https://management.azure.com"), NULL)) == 202)
        base_clock_sleep(&wall, 5);
    free(url);
    return status;
}

/* Polls the Location of an accepted deletion; returns the final status. */
static int finish(struct fixture *f)
{
    char *url = base_strdup(header(f, "Location"));

    assert_true(base_starts_nocase(url, "https://management.azure.com" S "/operationresults/"));
    assert_string_equal(header(f, "Retry-After"), "1");
    return follow(f, url);
}

static void delete_empties_in_any_order(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    f->rp.async_delete = true;
    assert_status(f,
                  ask(f, "PUT", RG "/providers/Contoso.Kit/boxes/b?api-version=2022-01-01",
                      "{\"location\":\"westus2\"}"),
                  201);
    grant(f, &f->reader_principal, "Reader", W);
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    assert_int_equal(f->response.body.len, 0);
    assert_int_equal(finish(f), 200);
    assert_int_equal(f->response.body.len, 0);
    assert_int_equal(cJSON_GetArraySize(f->rp.resources), 0);
    /* the workspace refused once while it had a connector */
    assert_in_range(count_calls(f, "DELETE"), 3, 4);
    assert_refused(f, ask(f, "GET", S "/resourcegroups/rg1?" R, NULL), 404,
                   "ResourceGroupNotFound");
    cJSON *left = sim_view_get(f->world, "arm"), *identities = sim_view_get(f->world, "identities"),
          *assignments = sim_view_get(f->world, "roleAssignments");
    assert_int_equal(cJSON_GetArraySize(left), 0);
    assert_int_equal(cJSON_GetArraySize(identities), 0);
    assert_int_equal(cJSON_GetArraySize(assignments), 2);
    cJSON_Delete(left);
    cJSON_Delete(identities);
    cJSON_Delete(assignments);
}

static void delete_is_blocked(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    f->rp.stubborn = true;
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    assert_int_equal(finish(f), 409);
    assert_string_equal(code(f), "ResourceGroupDeletionBlocked");
    assert_string_equal(base_json_text(f->body, "error.details.0.code"), "CannotDeleteResource");
    assert_string_equal(base_json_text(f->body, "error.details.0.target"), W);
    assert_int_equal(count_calls(f, "DELETE"), 2); /* one round without progress */
    assert_status(f, ask(f, "GET", S "/resourcegroups/rg1?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Succeeded");
    f->rp.stubborn = false;
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    assert_int_equal(finish(f), 200);
}

static void writes_while_deleting(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    f->rp.async_delete = true;
    pthread_mutex_lock(
        &f->rp.lock); /* the provider does not answer: the deletion stays under way */
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    char *first = base_strdup(header(f, "Location"));
    assert_refused(f,
                   ask(f, "PUT", RG "/providers/Contoso.Kit/boxes/b?api-version=2022-01-01",
                       "{\"location\":\"westus2\"}"),
                   409, "ResourceGroupBeingDeleted");
    assert_refused(f, ask(f, "PUT", S "/resourcegroups/rg1?" R, "{\"location\":\"westus2\"}"), 409,
                   "ResourceGroupBeingDeleted");
    assert_status(f, ask(f, "GET", S "/resourcegroups/rg1?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Deleting");
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    assert_string_equal(header(f, "Location"), first);
    free(first);
    pthread_mutex_unlock(&f->rp.lock);
    assert_int_equal(finish(f), 200);
}

/* The deletion is under way when somebody locks the subscription: what is still there stays. */
static void locked_while_deleting(void **state)
{
    static const char lock[] =
        S "/providers/Microsoft.Authorization/locks/late?api-version=2020-05-01";
    struct fixture *f = *state;
    make_connector(f);
    pthread_mutex_lock(&f->rp.lock);
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    char *operation = base_strdup(header(f, "Location"));
    assert_status(f, ask(f, "PUT", lock, "{\"properties\":{\"level\":\"CanNotDelete\"}}"), 201);
    pthread_mutex_unlock(&f->rp.lock);
    assert_int_equal(follow(f, operation), 409);
    assert_string_equal(code(f), "ResourceGroupDeletionBlocked");
    assert_non_null(strstr(f->response.body.data, "\"ScopeLocked\""));
    assert_status(f, ask(f, "GET", C "?" V, NULL), 200);
    assert_status(f, ask(f, "DELETE", lock, NULL), 200);
}

static void children_of_another_provider(void **state)
{
    static const char fhir[] = W "/fhirservices/fs1?api-version=2022-01-01";
    struct fixture *f = *state;
    make_connector(f);
    assert_status(f, ask(f, "PUT", fhir, "{\"location\":\"westus2\"}"), 201);
    assert_status(f, ask(f, "DELETE", C "?" V, NULL), 200);
    assert_refused(f, ask(f, "DELETE", W "?" V, NULL), 409, "CannotDeleteResource");
    assert_non_null(strstr(f->response.body.data, "fhirservices/fs1"));
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    assert_int_equal(finish(f), 200);
    assert_int_equal(cJSON_GetArraySize(f->rp.resources), 0);
}

static void unknown_operation(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, ask(f, "GET", S "/operationresults/nope?" R, NULL), 404, "NotFound");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(life),
        T(lists),
        T(delete_empties_in_any_order),
        T(delete_is_blocked),
        T(writes_while_deleting),
        T(locked_while_deleting),
        T(children_of_another_provider),
        T(unknown_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
