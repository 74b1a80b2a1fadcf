/* The ARM side, and what of the API no recorded answer covers: credentials, strictness, selectors at scale, lists that outlive history. */
#include "fixture.h"

#define CM "/api/v1/namespaces/default/configmaps"

static struct lab *lab;

static int set_up(void **state)
{
    (void)state;
    lab = lab_open(&(struct lab_config){.kubelet = "off"});
    await_field(lab, "/api/v1/namespaces/default/configmaps", "kube-root-ca.crt",
                "metadata.name=kube-root-ca.crt");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lab_close(lab);
    return 0;
}

static void test_cluster_resource(void **state)
{
    (void)state;
    struct answer cluster = arm(lab, "GET", CLUSTER, NULL);
    assert_int_equal(cluster.status, 200);
    assert_string_equal(base_json_text(cluster.body, "properties.provisioningState"), "Succeeded");
    const char *fqdn = base_json_text(cluster.body, "properties.fqdn");
    assert_string_equal(fqdn, lab->fqdn);
    assert_memory_equal(fqdn, "shared-", 7);
    assert_string_equal(fqdn + 7 + 8, ".hcp.westus2.azmk8s.io");
    answer_release(&cluster);
    cluster = arm(lab, "PUT", ACCOUNT "/providers/" PROVIDER "/managedClusters/bad_",
                  "{\"location\":\"westus2\"}");
    assert_int_equal(cluster.status, 400);
    answer_release(&cluster);
    cluster = arm(lab, "POST", CLUSTER "/listNothing", NULL);
    assert_int_equal(cluster.status, 404);
    answer_release(&cluster);
}

static void test_agent_pools_make_nodes(void **state)
{
    (void)state;
    struct answer put = arm(lab, "PUT", CLUSTER,
                            "{\"location\":\"westus2\",\"properties\":{\"agentPoolProfiles\":[{"
                            "\"name\":\"p\",\"count\":3}]}}");
    assert_int_equal(put.status, 200);
    answer_release(&put);
    struct answer nodes = api(lab, "GET", "/api/v1/nodes", NULL);
    assert_int_equal(cJSON_GetArraySize(base_json_at(nodes.body, "items")), 3);
    answer_release(&nodes);
}

static void test_deleted_cluster_answers_no_more(void **state)
{
    (void)state;
    struct answer gone = arm(lab, "DELETE", CLUSTER, NULL);
    assert_int_equal(gone.status, 202);
    answer_release(&gone);
    assert_int_equal(api_status(lab, "GET", "/version", NULL), 502);
    cJSON *objects = sim_view_get(lab->world, "kubernetes");
    assert_int_equal(cJSON_GetArraySize(objects), 0);
    cJSON_Delete(objects);
}

static void test_credentials(void **state)
{
    (void)state;
    struct answer user = arm(lab, "POST", CLUSTER "/listClusterUserCredential", NULL);
    assert_string_equal(base_json_text(user.body, "kubeconfigs.0.name"), "clusterUser");
    answer_release(&user);
    struct answer bad = api_as(lab, "wrong", "GET", "/api/v1/pods", NULL, NULL);
    assert_int_equal(bad.status, 401);
    answer_release(&bad);
    struct answer nobody = api_as(lab, NULL, "GET", "/api/v1/pods", NULL, NULL);
    assert_int_equal(nobody.status, 403);
    answer_release(&nobody);
}

static void test_strict_fields(void **state)
{
    static const char body[] = "{\"metadata\":{\"name\":\"x\"},\"nosuch\":1,\"data\":{}}";

    (void)state;
    struct answer refused = api(lab, "POST", CM "?fieldValidation=Strict", body);
    assert_int_equal(refused.status, 400);
    assert_non_null(strstr(base_json_text(refused.body, "message"),
                           "strict decoding error: unknown field \"nosuch\""));
    answer_release(&refused);
    struct answer warned = api(lab, "POST", CM, body);
    assert_int_equal(warned.status, 201);
    assert_string_equal(base_headers_get(&warned.headers, "Warning"),
                        "299 - \"unknown field \\\"nosuch\\\"\"");
    answer_release(&warned);
}

static void test_unserved_is_said(void **state)
{
    (void)state;
    struct answer apply = api_as(lab, lab->token, "PATCH", CM "/kube-root-ca.crt?fieldManager=t",
                                 "application/apply-patch+yaml", "{}");
    assert_int_equal(apply.status, 415);
    answer_release(&apply);
    assert_int_equal(api_status(lab, "GET", "/api/v1/namespaces/default/services", NULL), 404);
    assert_int_equal(api_status(lab, "GET", "/apis/batch/v1/jobs", NULL), 404);
    assert_int_equal(api_status(lab, "POST", "/api/v1/namespaces/default/pods/p/exec", NULL), 404);
}

static void test_pages_survive_changes(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        char *body =
            base_asprintf("{\"metadata\":{\"name\":\"c%d\",\"labels\":{\"page\":\"y\"}}}", i);
        assert_int_equal(api_status(lab, "POST", CM, body), 201);
        free(body);
    }
    struct answer first = api(lab, "GET", CM "?labelSelector=page&limit=2", NULL);
    char *next = base_asprintf(CM "?labelSelector=page&limit=9&continue=%s",
                               base_json_text(first.body, "metadata.continue"));
    answer_release(&first);
    assert_int_equal(api_status(lab, "DELETE", CM "/c3", NULL), 200);
    assert_int_equal(api_status(lab, "PATCH", CM "/c4", "{\"data\":{\"k\":\"v\"}}"), 200);
    struct answer rest = api(lab, "GET", next, NULL);
    assert_int_equal(cJSON_GetArraySize(base_json_at(rest.body, "items")), 3);
    assert_string_equal(base_json_text(rest.body, "items.1.metadata.name"), "c3");
    assert_null(base_json_at(rest.body, "items.2.data"));
    answer_release(&rest);
    for (int i = 0; i < 4200; i++) { /* past what history keeps */
        char *body = base_asprintf("{\"data\":{\"n\":\"%d\"}}", i);
        assert_int_equal(api_status(lab, "PATCH", CM "/c0", body), 200);
        free(body);
    }
    struct answer expired = api(lab, "GET", next, NULL);
    assert_int_equal(expired.status, 410);
    assert_string_equal(base_json_text(expired.body, "reason"), "Expired");
    answer_release(&expired);
    struct answer watch = api(lab, "GET", CM "?watch=1&resourceVersion=2&timeoutSeconds=5", NULL);
    assert_int_equal(watch.status, 200);
    assert_string_equal(base_json_text(watch.body, "type"), "ERROR");
    assert_int_equal(base_json_number(watch.body, "object.code", 0), 410);
    answer_release(&watch);
    free(next);
}

/* Broken bodies of every kind get a 4xx or the real server's 500, never silence. */
static void test_bad_input(void **state)
{
    static const char *const bodies[] = {"",
                                         "{",
                                         "[]",
                                         "7",
                                         "\"x\"",
                                         "{\"metadata\":7}",
                                         "{\"metadata\":{\"labels\":[]}}",
                                         "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":{}}}",
                                         "{\"metadata\":{\"name\":null}}"};
    static const char *const types[] = {"application/json-patch+json", MERGE,
                                        "application/strategic-merge-patch+json"};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        int status = api_status(lab, "POST", CM, bodies[i]);
        assert_true(status >= 400 && status < 500);
        status = api_status(lab, "PUT", CM "/kube-root-ca.crt", bodies[i]);
        assert_true(status >= 400 && status < 500);
    }
    for (size_t i = 0; i < 6; i++)
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            struct answer answer =
                api_as(lab, lab->token, "PATCH", CM "/kube-root-ca.crt", types[t], bodies[i]);
            bool nothing = i == 2 && t == 0; /* no operations: nothing wrong with that */
            assert_true(nothing ? answer.status == 200
                                : answer.status >= 400 && answer.status <= 500);
            answer_release(&answer);
        }
}

static void test_bad_paths(void **state)
{
    static const char *const paths[] = {"/api/v1/namespaces/default/pods/a/b/c",
                                        "/apis",
                                        "/apis/",
                                        "/api/v1/pods/x",
                                        "/apis/apps/v1/namespaces",
                                        "/api/v1/namespaces/default/%2e%2e/x",
                                        "//api//v1//pods",
                                        "/api/v1/%00"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_true(api_status(lab, "GET", paths[i], NULL) >= 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cluster_resource, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_agent_pools_make_nodes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deleted_cluster_answers_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_credentials, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strict_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unserved_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pages_survive_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_input, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_paths, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
