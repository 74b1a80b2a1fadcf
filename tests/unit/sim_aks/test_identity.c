/* Pod identity: which pods get a token of which identity, from an endpoint of their own. */
#include "fixture.h"

#include "simulators/aks/nmi.h"

#define DEFAULT "/api/v1/namespaces/default"
#define GROUP "/apis/aadpodidentity.k8s.io/v1/namespaces/default"
#define IDENTITY_ID                                                                                \
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/"                       \
    "userAssignedIdentities/i"

static struct lab *lab;
static char asked[512]; /* the query the metadata service got last */
static int imds_status;

/* The instance metadata service: numbers where NMI has texts. */
static void imds(void *context, const struct base_http_request *request,
                 struct base_http_response *response)
{
    (void)context;
    snprintf(asked, sizeof asked, "%s", request->query);
    if (imds_status != 200)
        base_http_answer_text(response, imds_status, "application/json",
                              "{\"error\":\"invalid_request\"}");
    else
        base_http_answer_text(response, 200, "application/json",
                              "{\"access_token\":\"t0ken\",\"expires_in\":\"3600\",\"expires_on\":"
                              "1700000000,\"resource\":\"r\",\"token_type\":"
                              "\"Bearer\"}");
}

static int set_up(void **state)
{
    (void)state;
    lab = lab_open(&(struct lab_config){.rate = 500, .images = "sh=/bin/sh\n"});
    sim_host_add(lab->world, "169.254.169.254", "entra", imds, NULL);
    await_field(lab, DEFAULT "/serviceaccounts", "default", "metadata.name=default");
    imds_status = 200;
    asked[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lab_close(lab);
    return 0;
}

static void make_identity(const char *annotations)
{
    char *body =
        base_asprintf("{\"apiVersion\":\"aadpodidentity.k8s.io/"
                      "v1\",\"kind\":\"AzureIdentity\",\"metadata\":{\"name\":\"i\"%s},\"spec\":{"
                      "\"type\":0,\"resourceID\":\"" IDENTITY_ID
                      "\",\"clientID\":\"11111111-0000-0000-0000-000000000000\"}}",
                      annotations);
    assert_int_equal(api_status(lab, "POST", GROUP "/azureidentities", body), 201);
    free(body);
    assert_int_equal(
        api_status(lab, "POST", GROUP "/azureidentitybindings",
                   "{\"apiVersion\":\"aadpodidentity.k8s.io/"
                   "v1\",\"kind\":\"AzureIdentityBinding\",\"metadata\":{\"name\":\"b\"},"
                   "\"spec\":{\"azureIdentity\":\"i\",\"selector\":\"sel\"}}"),
        201);
}

static void make_pod(const char *name, const char *label)
{
    char *body = base_asprintf("{\"metadata\":{\"name\":\"%s\",\"labels\":{\"aadpodidbinding\":\"%"
                               "s\"}},\"spec\":{\"containers\":[{\"name\":\"c\","
                               "\"image\":\"sh\",\"args\":[\"-c\",\"echo "
                               "$AZURE_POD_IDENTITY_AUTHORITY_HOST; sleep 1000\"]}]}}",
                               name, label);
    assert_int_equal(api_status(lab, "POST", DEFAULT "/pods", body), 201);
    free(body);
    await_field(lab, DEFAULT "/pods", name, "status.phase=Running");
}

/* The endpoint's handler, without its socket. */
static struct answer ask_nmi(const char *pod, const char *path, const char *query, bool metadata)
{
    struct aks_cluster *cluster = NULL;
    struct base_arena arena;
    struct base_headers headers = {0};
    struct base_http_response response = {0};
    struct base_error err = {0};
    struct answer answer = {0};

    aks_lock(lab->aks);
    cluster = aks_cluster_by_host(lab->aks, lab->fqdn);
    aks_unlock(lab->aks);
    aks_nmi_t *nmi = aks_nmi_new(cluster, "default", pod);
    base_arena_init(&arena);
    if (metadata)
        base_headers_add(&headers, "Metadata", "true");
    struct base_http_request request = {.method = "GET",
                                        .scheme = "http",
                                        .host = "127.0.0.1",
                                        .path = path,
                                        .query = query,
                                        .headers = &headers,
                                        .body = "",
                                        .peer = "",
                                        .arena = &arena};
    aks_nmi_handle(nmi, &request, &response);
    answer.status = response.status;
    base_buf_append(&answer.text, response.body.data, response.body.len);
    answer.body = base_json_parse(answer.text.data, answer.text.len, &err);
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    aks_nmi_stop(nmi);
    return answer;
}

#define TOKEN "/metadata/identity/oauth2/token"

static void test_bound_pod_gets_a_token(void **state)
{
    (void)state;
    make_identity("");
    make_pod("p", "sel");
    struct answer answer = ask_nmi(
        "p", TOKEN "/", "resource=https%3A%2F%2Fvault.azure.net&api-version=2018-02-01", true);
    assert_int_equal(answer.status, 200);
    assert_string_equal(base_json_text(answer.body, "access_token"), "t0ken");
    assert_string_equal(base_json_text(answer.body, "expires_on"), "1700000000");
    assert_string_equal(base_json_text(answer.body, "refresh_token"), "");
    assert_non_null(strstr(asked, "resource=https%3A%2F%2Fvault.azure.net"));
    assert_non_null(strstr(asked, "msi_res_id="));
    assert_non_null(strstr(asked, "userAssignedIdentities%2Fi"));
    answer_release(&answer);
    answer = ask_nmi("p", TOKEN, "resource=r&client_id=11111111-0000-0000-0000-000000000000", true);
    assert_int_equal(answer.status, 200);
    answer_release(&answer);
    answer = ask_nmi("p", TOKEN, "resource=r&client_id=other", true);
    assert_int_equal(answer.status, 404);
    answer_release(&answer);
    struct answer assigned = api(lab, "GET", GROUP "/azureassignedidentities/p-default-i", NULL);
    assert_int_equal(assigned.status, 200);
    assert_string_equal(base_json_text(assigned.body, "status.status"), "Assigned");
    answer_release(&assigned);
}

static void test_pod_hears_of_its_endpoint(void **state)
{
    (void)state;
    make_identity("");
    make_pod("p", "sel");
    struct answer log = {0};
    do {
        answer_release(&log);
        log = api(lab, "GET", DEFAULT "/pods/p/log", NULL);
    } while (!log.text.len);
    assert_memory_equal(log.text.data, "http://127.0.0.1:", 17);
    answer_release(&log);
}

static void test_refusals(void **state)
{
    (void)state;
    make_identity("");
    make_pod("p", "sel");
    struct answer answer = ask_nmi("p", TOKEN, "resource=r", false);
    assert_int_equal(answer.status, 400);
    assert_string_equal(base_json_text(answer.body, "error"), "invalid_request");
    answer_release(&answer);
    answer = ask_nmi("p", TOKEN, "", true);
    assert_int_equal(answer.status, 400);
    assert_string_equal(answer.text.data, "parameter resource cannot be empty");
    answer_release(&answer);
    answer = ask_nmi("p", "/metadata/identity/info", "", true);
    assert_int_equal(answer.status, 400);
    answer_release(&answer);
    imds_status = 400;
    answer = ask_nmi("p", TOKEN, "resource=r", true);
    assert_int_equal(answer.status, 403);
    answer_release(&answer);
    imds_status = 503;
    answer = ask_nmi("p", TOKEN, "resource=r", true);
    assert_int_equal(answer.status, 503);
    answer_release(&answer);
}

static void test_unbound_pod_gets_none(void **state)
{
    (void)state;
    make_identity("");
    make_pod("other", "another-selector");
    struct answer answer = ask_nmi("other", TOKEN, "resource=r", true);
    assert_int_equal(answer.status, 404);
    assert_string_equal(asked, "");
    answer_release(&answer);
}

/* Bound to the identity's own namespace only. */
static void test_namespaced_identity(void **state)
{
    (void)state;
    make_identity(",\"annotations\":{\"aadpodidentity.k8s.io/Behavior\":\"namespaced\"}");
    assert_int_equal(
        api_status(lab, "POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"n\"}}"), 201);
    await_field(lab, "/api/v1/namespaces/n/serviceaccounts", "default", "metadata.name=default");
    make_pod("here", "sel");
    assert_int_equal(api_status(lab, "POST", "/api/v1/namespaces/n/pods",
                                "{\"metadata\":{\"name\":\"there\",\"labels\":{\"aadpodidbinding\":"
                                "\"sel\"}},\"spec\":{\"containers\":[{\"name\":"
                                "\"c\",\"image\":\"sh\",\"args\":[\"-c\",\"sleep 1000\"]}]}}"),
                     201);
    await_field(lab, "/api/v1/namespaces/n/pods", "there", "status.phase=Running");
    struct answer answer = ask_nmi("here", TOKEN, "resource=r", true);
    assert_int_equal(answer.status, 200);
    answer_release(&answer);
    struct answer all =
        api(lab, "GET", "/apis/aadpodidentity.k8s.io/v1/azureassignedidentities", NULL);
    assert_int_equal(cJSON_GetArraySize(base_json_at(all.body, "items")), 1);
    answer_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bound_pod_gets_a_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pod_hears_of_its_endpoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unbound_pod_gets_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_namespaced_identity, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
