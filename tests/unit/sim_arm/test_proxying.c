/* Providers outside the process: what they are sent, what is made of their answers, and mutual TLS (facts of ARM, 1.9). */
#include "tests/unit/sim_arm/fixture.h"

#include "common/http_server.h"
#include "simulators/kit/pki.h"
#include "simulators/kit/trace.h"

static void headers_of_the_contract(void **state)
{
    static const char *const sent[] = {"x-ms-client-object-id: forged",
                                       "x-ms-identity-url: https://evil/",
                                       "x-ms-home-tenant-id: forged",
                                       "referer: https://evil/",
                                       "x-ms-arm-resource-system-data: {}",
                                       "x-ms-client-request-id: mine",
                                       "traceparent: 00-1",
                                       NULL};
    struct fixture *f = *state;
    make_group(f);
    assert_status(f,
                  send_to(f, "management.azure.com", f->owner, "PUT",
                          S "/resourceGroups/RG1/providers/" HEALTH "/workspaces/WS1?" V "&x=1",
                          "{\"location\":\"westus2\"}", sent),
                  201);
    const cJSON *call = last_call(f, "PUT");
    assert_string_equal(base_json_text(call, "query"), V "&x=1");
    assert_string_equal(base_json_text(call, "body"), "{\"location\":\"westus2\"}");
    assert_string_equal(header_of(call, "referer"),
                        "https://management.azure.com" S "/resourceGroups/RG1/providers/" HEALTH
                        "/workspaces/WS1?" V "&x=1");
    assert_string_equal(header_of(call, "x-ms-client-object-id"), f->owner_principal.object_id);
    assert_string_equal(header_of(call, "x-ms-client-principal-name"), "customer");
    assert_string_equal(header_of(call, "x-ms-client-app-id"), f->owner_principal.client_id);
    assert_string_equal(header_of(call, "x-ms-client-app-id-acr"), "1");
    assert_string_equal(header_of(call, "x-ms-client-ip-address"), "10.1.2.3");
    assert_string_equal(header_of(call, "x-ms-client-request-id"), "mine");
    assert_string_equal(header_of(call, "traceparent"), "00-1");
    assert_string_equal(header_of(call, "x-ms-home-tenant-id"), TENANT);
    assert_null(header_of(call, "authorization"));
    assert_null(header_of(call, "x-ms-identity-url"));
    assert_string_equal(header_of(call, "x-ms-correlation-request-id"),
                        header(f, "x-ms-correlation-request-id"));
    assert_non_null(strstr(header_of(call, "x-ms-arm-resource-system-data"),
                           "\"createdByType\":\"Application\""));
    assert_status(f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\"}"), 200);
    assert_null(
        strstr(header_of(last_call(f, "PUT"), "x-ms-arm-resource-system-data"), "createdBy"));
    assert_status(f, ask(f, "GET", W "?" V, NULL), 200);
    assert_null(header_of(last_call(f, "GET"), "x-ms-arm-resource-system-data"));
}

static void types_of_other_providers(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    int before = count_calls(f, "PUT");
    assert_status(f,
                  ask(f, "PUT", RG "/providers/" HEALTH "/services/fhir1?api-version=2022-01-01",
                      "{\"location\":\"westus2\"}"),
                  201);
    assert_int_equal(count_calls(f, "PUT"), before);
    assert_status(
        f, ask(f, "DELETE", RG "/providers/" HEALTH "/services/fhir1?api-version=2022-01-01", NULL),
        202);
    char *location = base_strdup(header(f, "Location") + strlen("https://management.azure.com"));
    assert_status(f, ask(f, "GET", location, NULL), 200); /* the kit's own operation */
    free(location);
    assert_int_equal(count_calls(f, "GET"), 0);
    assert_status(f,
                  ask(f, "POST", S "/providers/" HEALTH "/checkNameAvailability?" V,
                      "{\"name\":\"x\",\"type\":\"" HEALTH "/workspaces\"}"),
                  200);
    assert_int_equal(count_calls(f, "POST"), 1);
    assert_refused(f, ask(f, "GET", "/providers/" HEALTH "/operations?" V, NULL), 404,
                   "ResourceNotFound");
    assert_string_equal(base_json_text(last_call(f, "GET"), "path"),
                        "/providers/" HEALTH "/operations");
}

static void bad_answers(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    f->rp.wrong_location = true;
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\"}"), 500,
                   "InternalServerError");
    assert_non_null(strstr(f->response.body.data, "rp.internal"));
    assert_null(header(f, "Location"));
    f->rp.wrong_location = false;
    assert_int_equal(send_to(f, "control", NULL, "DELETE", "/_sim/providers/" HEALTH, NULL, NULL),
                     204);
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\"}"), 503,
                   "ServiceUnavailable");
    assert_string_equal(header(f, "x-ms-failure-cause"), "gateway");
}

static void index_follows_the_provider(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    cJSON *view = sim_view_get(f->world, "arm");
    assert_int_equal(cJSON_GetArraySize(view), 3);
    assert_string_equal(base_json_text(view, "2.createdBy"), "customer");
    cJSON_Delete(view);
    /* what was under way is asked after */
    cJSON *kept = base_json_at(cJSON_GetObjectItem(f->rp.resources, C), "properties");
    base_json_set_text(kept, "provisioningState", "Updating");
    assert_status(f, ask(f, "GET", C "?" V, NULL), 200);
    base_json_set_text(kept, "provisioningState", "Failed");
    view = sim_view_get(f->world, "arm");
    assert_string_equal(base_json_text(view, "2.provisioningState"), "Failed");
    cJSON_Delete(view);
    /* the provider loses it: a read tells ARM */
    cJSON_DeleteItemFromObject(f->rp.resources, C);
    assert_refused(f, ask(f, "GET", C "?" V, NULL), 404, "ResourceNotFound");
    view = sim_view_get(f->world, "arm");
    assert_int_equal(cJSON_GetArraySize(view), 2);
    cJSON_Delete(view);
}

/* Arms a rule at ARM's PUTs of workspaces to the provider. */
static void arm_at_provider(struct fixture *f, const char *action)
{
    char *rule = base_asprintf("{\"name\":\"f\",\"at\":\"provider\",\"caller\":\"arm\","
                               "\"call\":\"healthcareapis.workspaces.put\",\"do\":%s}",
                               action);

    assert_status(f, send_to(f, "control", NULL, "POST", "/_sim/faults", rule, NULL), 201);
    free(rule);
}

/* HAR-12: the call between ARM and a provider is a call as any other. */
static void faults_strike_calls_to_providers(void **state)
{
    static const struct {
        const char *action;
        int status;   /* what the client hears; 0: what the provider says */
        bool reached; /* the provider */
        const char *mark;
    } rows[] = {
        {"\"dropRequest\"", 503, false, "f (dropRequest)"},
        {"\"dropAnswer\"", 503, true, "f (dropAnswer)"},
        {"{\"refuse\":{\"status\":500,\"code\":\"Broken\"}}", 500, false, "f (refuse)"},
        {"{\"throttle\":{\"retryAfter\":7}}", 429, false, "f (throttle)"},
        {"{\"delay\":\"1ms\"}", 0, true, "f (delay)"},
        {"\"garble\"", 0, true, "f (garble)"},
    };
    struct fixture *f = *state;

    make_group(f);
    assert_status(f, ask(f, "GET", W "?" V, NULL), 404); /* the provider knows the subscription */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int before = count_calls(f, "PUT");
        arm_at_provider(f, rows[i].action);
        int status = ask(f, "PUT", W "?" V, "{\"location\":\"westus2\"}");
        assert_true(rows[i].status ? status == rows[i].status : status / 100 == 2);
        assert_int_equal(count_calls(f, "PUT") - before, rows[i].reached);
        if (status == 429)
            assert_string_equal(header(f, "Retry-After"), "7");
        if (status == 500)
            assert_string_equal(code(f), "Broken");
        cJSON *trace = sim_trace_after(f->world, 0, 1000), *last = NULL;
        for (cJSON *event = trace->child; event; event = event->next)
            if (base_equal(base_json_text(event, "service"), "provider"))
                last = event;
        assert_string_equal(base_json_text(last, "call"), "healthcareapis.workspaces.put");
        assert_string_equal(base_json_text(last, "fault"), rows[i].mark);
        cJSON_Delete(trace);
        assert_int_equal(send_to(f, "control", NULL, "DELETE", "/_sim/faults", NULL, NULL) / 100,
                         2);
    }
    assert_int_equal(ask(f, "PUT", W "?" V, "{\"location\":\"westus2\"}"), 200);
}

static void control_api(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    static const char manifest[] =
        "{\"endpoint\":\"http://127.0.0.1:1\",\"resourceTypes\":[{\"resourceType\":\"things\","
        "\"apiVersions\":[\"2020-01-01\"],\"tracked\":true}]}";
    assert_refused(f,
                   send_to(f, "control", NULL, "PUT", "/_sim/providers/" HEALTH,
                           "{\"endpoint\":\"ftp://x\"}", NULL),
                   400, "InvalidEndpoint");
    assert_refused(f, send_to(f, "control", NULL, "PUT", "/_sim/providers/" HEALTH, "{", NULL), 400,
                   "InvalidRequestContent");
    assert_refused(f,
                   send_to(f, "control", NULL, "PUT", "/_sim/providers/Contoso.New",
                           "{\"endpoint\":\"http://127.0.0.1:1\"}", NULL),
                   400, "InvalidManifest");
    assert_int_equal(
        send_to(f, "control", NULL, "PUT", "/_sim/providers/Contoso.New", manifest, NULL), 200);
    assert_status(f, ask(f, "GET", S "/providers/contoso.new?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "resourceTypes.0.apiVersions.0"), "2020-01-01");
    assert_status(f, ask(f, "POST", S "/providers/Contoso.New/register?" R, ""), 200);
    assert_refused(f,
                   ask(f, "PUT", RG "/providers/Contoso.New/things/t?api-version=2020-01-01",
                       "{\"location\":\"westus2\"}"),
                   503, "ServiceUnavailable");
    assert_int_equal(send_to(f, "control", NULL, "GET", "/_sim/providers", NULL, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 2);
}

/* ---- over a socket ---- */

struct tls_server {
    char *chain, *key;
    char subject[128];
};

static bool certificate(void *context, const char *name, const char **chain, const char **key)
{
    struct tls_server *server = context;
    (void)name;
    *chain = server->chain;
    *key = server->key;
    return true;
}

static void tls_handle(void *context, const struct base_http_request *request,
                       struct base_http_response *response)
{
    struct tls_server *server = context;
    snprintf(server->subject, sizeof server->subject, "%s",
             request->client_subject ? request->client_subject : "");
    base_http_answer_text(response, 200, "application/json", "{\"value\":[]}");
}

static void mutual_tls(void **state)
{
    struct fixture *f = *state;
    const char *names[] = {"127.0.0.1", NULL};
    base_key_t *key = sim_pki_issue(f->world, "rp", names, false);
    struct base_buf chain = {0}, private = {0};
    struct base_error err = {0};
    base_key_chain_pem(key, &chain);
    base_key_pem(key, &private);
    struct tls_server server = {.chain = chain.data, .key = private.data};
    base_http_server_t *listener =
        base_http_server_start(&(struct base_http_listen){.handler = tls_handle,
                                                          .context = &server,
                                                          .certificate = certificate,
                                                          .certificate_context = &server,
                                                          .client_ca_pem = sim_ca_pem(f->world)},
                               &err);
    assert_non_null(listener);
    char *body =
        base_asprintf("{\"endpoint\":\"https://127.0.0.1:%d\"}", base_http_server_port(listener));
    assert_int_equal(send_to(f, "control", NULL, "PUT", "/_sim/providers/" HEALTH, body, NULL),
                     200);
    assert_status(f, ask(f, "GET", S "/providers/" HEALTH "/workspaces?" V, NULL), 200);
    assert_string_equal(server.subject, "arm.management.azure.com");
    free(body);
    base_http_server_stop(listener);
    assert_refused(f, ask(f, "GET", S "/providers/" HEALTH "/workspaces?" V, NULL), 503,
                   "ServiceUnavailable");
    base_key_free(key);
    base_buf_release(&chain);
    base_buf_release(&private);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(headers_of_the_contract),
        T(types_of_other_providers),
        T(bad_answers),
        T(index_follows_the_provider),
        T(faults_strike_calls_to_providers),
        T(control_api),
        T(mutual_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
