/* The front door: which check comes first, what each answers, and the headers every answer has (facts of ARM, 1.2, 6.1). */
#include "tests/unit/sim_arm/fixture.h"

#define BOX RG "/providers/Contoso.Kit/boxes/b1?api-version=2022-01-01"

static void path_before_version(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, send_as(f, NULL, "GET", "/subscriptions/not-a-guid/resourcegroups", NULL),
                   400, "InvalidSubscriptionId");
    assert_refused(
        f, send_as(f, NULL, "GET", S "/resourceGroups/bad./providers/Contoso.Kit/boxes/b", NULL),
        400, "InvalidResourceGroup");
    assert_refused(f, send_as(f, NULL, "GET", RG "/providers/Contoso.Kit/boxes/a%2Fb?" V, NULL),
                   400, "InvalidResourceName");
    assert_refused(f, send_as(f, NULL, "GET", RG "/providers/Contoso.Kit/boxes/a%zz?" V, NULL), 400,
                   "InvalidResourceName");
    assert_refused(f, send_as(f, NULL, "GET", "/nothing?" R, NULL), 404, "MissingSubscription");
    assert_refused(f, send_as(f, NULL, "POST", S "?" R, NULL), 405, "MethodNotAllowed");
    assert_refused(f, send_as(f, NULL, "GET", S "/nothing?" R, NULL), 404, "NotFound");
}

static void version_before_token(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, send_as(f, NULL, "GET", S "/resourcegroups", NULL), 400,
                   "MissingApiVersionParameter");
    assert_string_equal(header(f, "x-ms-failure-cause"), "gateway");
    assert_non_null(header(f, "x-ms-request-id"));
    assert_refused(f, send_as(f, NULL, "GET", S "/resourcegroups?api-version=", NULL), 400,
                   "MissingApiVersionParameter");
}

static void token_before_everything_else(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, send_as(f, NULL, "GET", W "?" V, NULL), 401, "AuthenticationFailed");
    assert_true(base_starts_nocase(header(f, "WWW-Authenticate"), "Bearer "));
    assert_non_null(strstr(header(f, "WWW-Authenticate"), TENANT));
    assert_refused(f, send_as(f, "Bearer x.y.z", "GET", W "?" V, NULL), 401,
                   "InvalidAuthenticationToken");
    assert_refused(f, send_as(f, f->foreign, "GET", W "?" V, NULL), 401,
                   "InvalidAuthenticationTokenTenant");
    char *vault = bearer(f, &f->owner_principal, "https://vault.azure.net");
    assert_refused(f, send_as(f, vault, "GET", W "?" V, NULL), 401,
                   "InvalidAuthenticationTokenAudience");
    free(vault);
    char *old = sim_token_mint(
        f->world,
        &(struct sim_token_request){&f->owner_principal, "https://management.azure.com", "1", -10});
    assert_refused(f, send_as(f, old, "GET", W "?" V, NULL), 401, "ExpiredAuthenticationToken");
    free(old);
}

/* E02 to E07, E09: the provider is not asked. */
static void existence_in_order(void **state)
{
    struct fixture *f = *state;
    assert_refused(f,
                   ask(f, "GET",
                       "/subscriptions/ffffffff-ffff-ffff-ffff-ffffffffffff/resourcegroups?" R,
                       NULL),
                   404, "SubscriptionNotFound");
    assert_refused(f, ask(f, "GET", RG "/providers/Contoso.Nothing/things/t1?" V, NULL), 404,
                   "InvalidResourceNamespace");
    assert_refused(f, ask(f, "GET", RG "/providers/" HEALTH "/gadgets/g1?" V, NULL), 404,
                   "InvalidResourceType");
    assert_refused(f, ask(f, "GET", W "?api-version=1999-01-01", NULL), 400,
                   "NoRegisteredProviderFound");
    assert_non_null(strstr(f->response.body.data, "2021-11-01"));
    assert_non_null(strstr(f->response.body.data, "'workspaces'"));
    assert_non_null(strstr(f->response.body.data, "The supported locations are 'eastus, "));
    assert_refused(f, ask(f, "GET", S "/resourcegroups?api-version=1999-01-01", NULL), 400,
                   "InvalidApiVersionParameter");
    assert_non_null(strstr(f->response.body.data, "2021-04-01"));
    assert_refused(f,
                   ask(f, "PUT", S "/resourceGroups/nope/providers/" HEALTH "/workspaces/ws1?" V,
                       "{\"location\":\"eastus\"}"),
                   404, "ResourceGroupNotFound");
    assert_int_equal(count_calls(f, "PUT"), 0);
}

/* E10 */
static void rights_before_registration(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    assert_refused(f, send_as(f, f->stranger, "GET", W "?" V, NULL), 403, "AuthorizationFailed");
    assert_non_null(strstr(f->response.body.data, "Microsoft.HealthcareApis/workspaces/read"));
    assert_refused(f, send_as(f, f->reader, "PUT", W "?" V, "{\"location\":\"westus2\"}"), 403,
                   "AuthorizationFailed");
    assert_non_null(strstr(f->response.body.data, "Microsoft.HealthcareApis/workspaces/write"));
    assert_refused(f,
                   send_as(f, f->reader, "POST",
                           RG "/providers/Contoso.Kit/boxes/b/listKeys?api-version=2022-01-01",
                           NULL),
                   403, "AuthorizationFailed");
    assert_non_null(strstr(f->response.body.data, "Contoso.Kit/boxes/listKeys/action"));
    assert_status(f, ask(f, "POST", S "/providers/" HEALTH "/unregister?" R, NULL), 200);
    assert_refused(f, send_as(f, f->reader, "PUT", W "?" V, "{\"location\":\"westus2\"}"), 403,
                   "AuthorizationFailed");
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":"), 409,
                   "MissingSubscriptionRegistration");
    assert_string_equal(base_json_text(f->body, "error.details.0.target"), HEALTH);
    assert_refused(f, ask(f, "GET", W "?" V, NULL), 404, "ResourceNotFound");
    assert_string_equal(header(f, "x-ms-failure-cause"), "service");
}

/* E12 to E15: the provider is not asked; E25, E26. */
static void content(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"tags\":{\"a\":\"b\"}}"), 400, "LocationRequired");
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":"), 400, "InvalidRequestContent");
    assert_refused(f, ask(f, "PUT", W "?" V, "[1]"), 400, "InvalidRequestContent");
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":\"mars\"}"), 400,
                   "LocationNotAvailableForResourceType");
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\",\"tags\":{\"a<\":\"b\"}}"),
                   400, "InvalidTagNameCharacters");
    assert_refused(
        f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\",\"tags\":{\"a\\u0007b\":\"b\"}}"), 400,
        "InvalidTagNameCharacters");
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\",\"tags\":{\"a\":1}}"), 400,
                   "InvalidTags");
    /* names come from the URL; a body may repeat them */
    assert_refused(f, ask(f, "PUT", BOX, "{\"location\":\"westus2\",\"name\":\"b2\"}"), 400,
                   "InvalidRequestContent");
    assert_string_equal(base_json_text(f->body, "error.target"), "name");
    assert_refused(f,
                   ask(f, "PUT", BOX, "{\"location\":\"westus2\",\"type\":\"Contoso.Kit/lids\"}"),
                   400, "InvalidRequestContent");
    assert_status(f,
                  ask(f, "PUT", BOX,
                      "{\"id\":\"" RG "/providers/contoso.kit/boxes/B1\",\"name\":\"b1\",\"type\":"
                      "\"Contoso.Kit/boxes\",\"location\":\"westus2\"}"),
                  201);
    assert_refused(
        f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\",\"tags\":{\"a\":\"1\",\"A\":\"2\"}}"),
        400, "InvalidTags");
    assert_int_equal(count_calls(f, "PUT"), 0);
    assert_refused(f, ask(f, "PUT", C "?" V, "{\"location\":\"westus2\"}"), 404,
                   "ParentResourceNotFound");
    assert_refused(f,
                   ask(f, "PUT", RG "/providers/Contoso.Kit/boxes/b/lids/l?api-version=2022-01-01",
                       "{\"location\":\"westus2\"}"),
                   404, "ParentResourceNotFound");
    assert_int_equal(count_calls(f, "PUT"), 0);
    assert_status(f, ask(f, "PUT", W "?" V, "{\"location\":\"W e s t US 2\"}"), 201);
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":\"westus\"}"), 409,
                   "InvalidResourceLocation");
    assert_status(f, ask(f, "PUT", W "?" V, "{\"location\":\"US West 2\"}"), 200);
}

/* E16, E17 */
static void paths_as_clients_write_them(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    assert_status(
        f,
        ask(f, "PUT", RG "/providers/" HEALTH "//workspaces/ws1/?" V, "{\"location\":\"westus2\"}"),
        201);
    assert_string_equal(base_json_text(last_call(f, "PUT"), "path"), W);
    assert_status(
        f,
        ask(f, "GET", "/SUBSCRIPTIONS/" SUB "/RESOURCEGROUPS/RG1?API%2DVERSION=2021-04-01", NULL),
        200);
    assert_string_equal(base_json_text(f->body, "id"), RG);
    assert_status(f,
                  ask(f, "GET",
                      S "/resourcegroups/RG1/Providers/microsoft.healthcareapis/WORKSPACES/WS1?" V,
                      NULL),
                  200);
    assert_status(f, ask(f, "GET", RG "/providers/" HEALTH "/workspace/ws1?" V, NULL), 200);
    assert_string_equal(base_json_text(last_call(f, "GET"), "path"), W);
    assert_status(f, ask(f, "HEAD", W "?" V, NULL), 204);
    assert_int_equal(f->response.body.len, 0);
    assert_status(f, ask(f, "HEAD", W "x?" V, NULL), 404);
    assert_int_equal(f->response.body.len, 0);
}

static void headers_of_every_answer(void **state)
{
    static const char *const asked[] = {
        "x-ms-client-request-id: abc", "x-ms-return-client-request-id: true",
        "x-ms-correlation-request-id: 22222222-3333-4444-5555-666666666666", NULL};
    struct fixture *f = *state;
    assert_status(f, send_to(f, "management.azure.com", f->owner, "GET", S "?" R, NULL, asked),
                  200);
    assert_string_equal(header(f, "x-ms-client-request-id"), "abc");
    assert_string_equal(header(f, "x-ms-correlation-request-id"),
                        "22222222-3333-4444-5555-666666666666");
    assert_non_null(header(f, "x-ms-routing-request-id"));
    assert_string_equal(header(f, "Cache-Control"), "no-cache");
    int first = atoi(header(f, "x-ms-ratelimit-remaining-subscription-reads"));
    assert_status(f, ask(f, "GET", S "?" R, NULL), 200);
    assert_in_range(atoi(header(f, "x-ms-ratelimit-remaining-subscription-reads")), first - 1,
                    first + 1);
}

static void subscriptions_and_providers(void **state)
{
    struct fixture *f = *state;
    assert_status(f, send_as(f, f->reader, "GET", "/subscriptions?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "value.0.subscriptionId"), SUB);
    assert_null(base_json_at(f->body, "value.1"));
    assert_status(f, send_as(f, f->stranger, "GET", "/subscriptions?" R, NULL), 200);
    assert_null(base_json_at(f->body, "value.0"));
    assert_status(f, ask(f, "GET", "/tenants?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "value.0.tenantId"), TENANT);
    assert_status(f, ask(f, "GET", S "/locations?" R, NULL), 200);
    assert_non_null(strstr(f->response.body.data, "\"West US 2\""));
    assert_status(f, ask(f, "GET", S "/providers/microsoft.healthcareapis?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "registrationState"), "Registered");
    assert_non_null(strstr(f->response.body.data, "workspaces/iotconnectors\""));
    assert_non_null(strstr(f->response.body.data, "\"services\""));
    assert_status(f, ask(f, "GET", S "/providers?$top=2&" R, NULL), 200);
    assert_true(
        base_starts_nocase(base_json_text(f->body, "nextLink"), "https://management.azure.com/"));
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 2);
    assert_refused(f, ask(f, "GET", S "/providers?$top=x&" R, NULL), 400,
                   "InvalidQueryParameterValue");
    assert_status(f, send_as(f, NULL, "GET", "//metadata/endpoints?api-version=2015-01-01", NULL),
                  200);
    assert_non_null(base_json_text(f->body, "authentication.loginEndpoint"));
}

/* A type's versions come newest first. */
static void assert_newest_first(const cJSON *type)
{
    const cJSON *version, *last = NULL;

    cJSON_ArrayForEach(version, base_json_at(type, "apiVersions"))
    {
        if (last && strcmp(last->valuestring, version->valuestring) <= 0)
            fail_msg("%s: %s comes before %s", base_json_text(type, "resourceType"),
                     last->valuestring, version->valuestring);
        last = version;
    }
    assert_non_null(last);
}

/* E89, of each provider. */
static void versions_come_newest_first(void **state)
{
    struct fixture *f = *state;
    const cJSON *provider, *type;
    int connectors = 0;

    assert_status(f, ask(f, "GET", S "/providers?" R, NULL), 200);
    assert_null(base_json_at(f->body, "nextLink"));
    cJSON_ArrayForEach(provider, base_json_at(f->body, "value"))
    {
        cJSON_ArrayForEach(type, base_json_at(provider, "resourceTypes"))
        {
            assert_newest_first(type);
            connectors +=
                base_equal(base_json_text(type, "resourceType"), "workspaces/iotconnectors");
        }
    }
    assert_int_equal(connectors, 1);
}

/* E11 */
static void registration_is_told(void **state)
{
    struct fixture *f = *state;
    assert_status(f, ask(f, "POST", S "/providers/" HEALTH "/register?" R, ""), 200);
    assert_string_equal(base_json_text(last_call(f, "PUT"), "path"), S);
    assert_string_equal(base_json_text(last_call(f, "PUT"), "query"), "api-version=2.0");
    cJSON *told = base_json_parse(base_json_text(last_call(f, "PUT"), "body"),
                                  strlen(base_json_text(last_call(f, "PUT"), "body")), NULL);
    assert_string_equal(base_json_text(told, "state"), "Registered");
    assert_string_equal(base_json_text(told, "properties.tenantId"), TENANT);
    cJSON_Delete(told);
    assert_status(f, ask(f, "POST", S "/providers/" HEALTH "/register?" R, ""), 200);
    assert_int_equal(count_calls(f, "PUT"), 1);
    assert_refused(f, ask(f, "POST", S "/providers/No.Such/register?" R, ""), 404,
                   "InvalidResourceNamespace");
}

/* Requests put together from scraps: every answer is an answer, and none is a fault of ours. */
static void scraps(void **state)
{
    static const char *const parts[] = {
        "subscriptions",
        SUB,
        "resourceGroups",
        "rg1",
        "providers",
        HEALTH,
        "workspaces",
        "ws1",
        "iotconnectors",
        "Microsoft.Authorization",
        "roleAssignments",
        "roleDefinitions",
        "Contoso.Kit",
        "boxes",
        "b",
        "%2F",
        "%zz",
        "%00",
        "..",
        "",
        "resources",
        "locations",
        "register",
        "operationresults",
        "x%20y",
        "\xc3\xa4",
        "identities",
        "default",
        "Microsoft.ManagedIdentity",
        "userAssignedIdentities",
        "checkNameAvailability",
    };
    static const char *const methods[] = {"GET",  "PUT",  "PATCH",  "DELETE",
                                          "POST", "HEAD", "OPTIONS"};
    static const char *const queries[] = {V,
                                          R,
                                          "api-version=2022-04-01",
                                          "api-version=2022-01-01",
                                          "x&&=%",
                                          V "&$filter=(((",
                                          V "&$top=0",
                                          R "&$filter=tagName eq '",
                                          ""};
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "{\"location\":\"westus2\"}",
                                         "{\"location\":1,\"tags\":[]}",
                                         "{\"properties\":[],\"identity\":\"x\"}",
                                         "{\"identity\":{\"type\":\",,SystemAssigned,\"},"
                                         "\"location\":\"eastus\"}",
                                         "nul"};
    struct fixture *f = *state;
    base_random_t *random = base_random_new("scraps");
    make_group(f);
    for (int round = 0; round < 4000; round++) {
        unsigned char dice[24];
        struct base_buf target = {0};
        base_random_bytes(random, dice, sizeof dice);
        if (dice[0] % 2)
            base_buf_puts(&target, dice[0] % 4 == 1 ? RG : S);
        for (int i = 0; i < dice[1] % 9; i++)
            base_buf_printf(&target, "/%s", parts[dice[4 + i] % (sizeof parts / sizeof *parts)]);
        base_buf_printf(&target, "%s?%s", target.len ? "" : "/", queries[dice[2] % 9]);
        int status = ask(f, methods[dice[3] % 7], target.data, bodies[dice[20] % 8]);
        if (status < 200 || status >= 500)
            fail_msg("%s %s answered %d", methods[dice[3] % 7], target.data, status);
        base_buf_release(&target);
    }
    base_random_free(random);
}

static void routes_have_operations(void **state)
{
    struct arm_route_info info;
    size_t count = 0;
    (void)state;
    for (; arm_route_info(count, &info); count++)
        assert_non_null(info.operation);
    assert_true(count > 30);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(path_before_version),
        T(version_before_token),
        T(token_before_everything_else),
        T(existence_in_order),
        T(rights_before_registration),
        T(content),
        T(paths_as_clients_write_them),
        T(headers_of_every_answer),
        T(subscriptions_and_providers),
        T(versions_come_newest_first),
        T(registration_is_told),
        T(scraps),
        cmocka_unit_test(routes_have_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
