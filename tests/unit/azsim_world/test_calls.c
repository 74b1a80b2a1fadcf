/* Each service names its calls and refuses in its own words: what docs/faults.md promises. */
#include "cloud.h"

#include "simulators/kit/control.h"
#include "simulators/kit/trace.h"

#define SUB "/subscriptions/22222222-2222-2222-2222-222222222222"
#define GROUP SUB "/resourceGroups/g"
#define HUBS GROUP "/providers/Microsoft.EventHub/namespaces"
#define ARM "management.azure.com"

static const struct row {
    const char *method, *host, *target, *service, *call;
    const char *said; /* in the body of a 429 */
} rows[] = {
    {"PUT", ARM, HUBS "/n?api-version=2021-11-01", "arm", "eventhub.namespaces.put",
     "{\"error\":{\"code\":\"TooManyRequests\","},
    {"PUT", ARM, GROUP "/providers/microsoft.eventhub/NAMESPACES/n/EventHubs/h", "arm",
     "eventhub.namespaces.eventhubs.put", "\"error\""},
    {"GET", ARM, HUBS, "arm", "eventhub.namespaces.list", "\"error\""},
    {"POST", ARM, HUBS "/n/authorizationRules/r/listKeys", "arm",
     "eventhub.namespaces.authorizationRules.listKeys", "\"error\""},
    {"DELETE", ARM, HUBS "/n/providers/Microsoft.Authorization/roleAssignments/x", "arm",
     "authorization.roleAssignments.delete", "\"error\""},
    {"GET", ARM, GROUP "/providers/Microsoft.HealthcareApis/workspaces/w/iotconnectors/c", "arm",
     "healthcareapis.workspaces.iotconnectors.get", "\"error\""},
    {"PUT", ARM, GROUP, "arm", "resources.resourceGroups.put", "\"error\""},
    {"GET", ARM, "/subscriptions", "arm", "resources.subscriptions.list", "\"error\""},
    {"POST", ARM, SUB "/providers/Microsoft.EventHub/register", "arm",
     "resources.providers.register", "\"error\""},
    {"PURGE", ARM, HUBS "/n", "arm", "eventhub.namespaces.other", "\"error\""},
    {"GET", "x.identity.azure.net", "/a/credentials", "identity", "identity.credentials.get",
     "\"error\""},
    {"PUT", "v.vault.azure.net", "/secrets/s", "keyvault", "keyvault.SetSecret",
     "{\"error\":{\"code\":\"Throttled\","},
    {"POST", "v.vault.azure.net", "/certificates/c/import", "keyvault",
     "keyvault.ImportCertificate", "\"error\""},
    {"PUT", "a.blob.core.windows.net", "/c/b/d?comp=metadata", "blob", "blob.SetBlobMetadata",
     "<Error><Code>TooManyRequests</Code>"},
    {"GET", "a.blob.core.windows.net", "/c?restype=container&comp=list", "blob", "blob.ListBlobs",
     "<Error>"},
    {"PUT", "s.fhir.azurehealthcareapis.com", "/Observation/1", "fhir", "fhir.Observation.update",
     "\"code\":\"throttled\""},
    {"GET", "s.fhir.azurehealthcareapis.com", "/Device?identifier=1", "fhir", "fhir.Device.search",
     "\"resourceType\":\"OperationOutcome\""},
    {"POST", "s.fhir.azurehealthcareapis.com", "/", "fhir", "fhir.bundle", "OperationOutcome"},
    {"POST", "c.hcp.westus2.azmk8s.io", "/apis/apps/v1/namespaces/n/deployments", "aks",
     "aks.deployments.create", "\"reason\":\"TooManyRequests\""},
    {"GET", "c.hcp.westus2.azmk8s.io", "/api/v1/namespaces/n/pods/p/log", "aks", "aks.pods.log.get",
     "\"retryAfterSeconds\":1"},
    {"DELETE", "c.hcp.westus2.azmk8s.io", "/api/v1/namespaces/n", "aks", "aks.namespaces.delete",
     "\"kind\":\"Status\""},
    {"GET", "c.hcp.westus2.azmk8s.io", "/api/v1/pods?watch=true", "aks", "aks.pods.watch",
     "\"Status\""},
    {"POST", "login.microsoftonline.com", "/t/oauth2/v2.0/token", "entra", "entra.token",
     "{\"error\":\"temporarily_unavailable\""},
    {"GET", "login.microsoftonline.com", "/common/discovery/keys", "entra", "entra.GetKeys",
     "\"error\""},
    {"GET", "169.254.169.254", "/metadata/identity/oauth2/token", "imds", "managedidentity.token",
     "\"error\""},
    {"POST", "n.servicebus.windows.net", "/h/messages", "eventhub", "eventhub.post",
     "<Error><Code>429</Code>"},
};

static void ask(sim_world_t *world, base_http_handler handler, const struct row *row,
                const char *body, struct base_http_response *response)
{
    static const struct base_headers none = {0};
    struct base_arena arena;
    const char *query = strchr(row->target, '?');
    size_t path = query ? (size_t)(query - row->target) : strlen(row->target);

    base_arena_init(&arena);
    const struct base_http_request request = {.method = row->method,
                                              .scheme = "https",
                                              .host = row->host,
                                              .path = base_arena_strndup(&arena, row->target, path),
                                              .query = query ? query + 1 : "",
                                              .headers = &none,
                                              .body = body,
                                              .body_len = strlen(body),
                                              .peer = "",
                                              .arena = &arena};
    handler(world, &request, response);
    base_arena_release(&arena);
}

static void throttle(sim_world_t *world, const struct row *row)
{
    const struct row post = {.method = "POST", .host = "control", .target = "/_sim/faults"};
    const struct row heal = {.method = "DELETE", .host = "control", .target = "/_sim/faults"};
    struct base_http_response response = {0};
    char *rule = base_asprintf("{\"at\":\"%s\",\"call\":\"%s\",\"do\":\"throttle\"}", row->service,
                               row->call);

    ask(world, sim_control_handle, &post, rule, &response);
    assert_int_equal(response.status, 201);
    base_http_response_release(&response);
    memset(&response, 0, sizeof response);
    ask(world, sim_dispatch, row, "", &response);
    if (response.status != 429 || !strstr(response.body.data, row->said) ||
        !base_equal(base_headers_get(&response.headers, "Retry-After"), "1"))
        fail_msg("%s: %d %s", row->call, response.status, response.body.data);
    base_http_response_release(&response);
    memset(&response, 0, sizeof response);
    ask(world, sim_control_handle, &heal, "", &response);
    base_http_response_release(&response);
    free(rule);
}

static void each_call_has_its_name(void **state)
{
    struct cloud *cloud = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_http_response response = {0};
        ask(cloud->world, sim_dispatch, &rows[i], "", &response);
        base_http_response_release(&response);
        cJSON *events = sim_trace_after(cloud->world, (int64_t)i, 1);
        if (!base_equal(base_json_text(events, "0.call"), rows[i].call))
            fail_msg("%s %s: %s", rows[i].method, rows[i].target, base_json_text(events, "0.call"));
        cJSON_Delete(events);
    }
}

static void each_service_refuses_in_its_own_words(void **state)
{
    struct cloud *cloud = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        throttle(cloud->world, &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_call_has_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(each_service_refuses_in_its_own_words, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
