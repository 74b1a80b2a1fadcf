/* Deployments while they run: waiting for providers, canceling, restarting, following a failure, limits. */
#include "tests/unit/sim_arm/deployment_fixture.h"

#include "common/file.h"

#include <stdatomic.h>
#include <unistd.h>

#define WORKSPACE(name, more)                                                                      \
    "{'type':'Microsoft.HealthcareApis/workspaces','apiVersion':'2021-11-01','name':'" name "',"   \
    "'location':'westus2'" more "}"
#define STATUS_PATH S "/providers/" HEALTH "/locations/westus2/operationstatuses/"

/* A provider that takes its time: PUT answers 201 Creating with Azure-AsyncOperation until `open` is set. */
struct slow {
    atomic_bool open;
    atomic_int puts, throttle, fail;
};

static void answer_workspace(struct base_http_response *response, const char *path, int status,
                             const char *state)
{
    cJSON *body = cJSON_CreateObject();

    base_json_set_text(body, "id", path);
    base_json_set_text(body, "name", strrchr(path, '/') + 1);
    base_json_set_text(body, "location", "westus2");
    base_json_set_text(cJSON_AddObjectToObject(body, "properties"), "provisioningState", state);
    base_http_answer_json_take(response, status, body);
}

static void slow_handle(void *context, const struct base_http_request *request,
                        struct base_http_response *response)
{
    struct slow *slow = context;
    const char *status = slow->fail ? "Failed" : slow->open ? "Succeeded" : "InProgress";

    if (strstr(request->path, "operationstatuses")) {
        cJSON *body = cJSON_CreateObject();
        base_json_set_text(body, "status", status);
        if (slow->fail)
            base_json_set_text(cJSON_AddObjectToObject(body, "error"), "code", "NoRoom");
        base_headers_add(&response->headers, "Retry-After", "0");
        base_http_answer_json_take(response, 200, body);
    } else if (base_equal(request->method, "PUT") && strstr(request->path, "/workspaces/")) {
        if (slow->throttle-- > 0) {
            base_headers_add(&response->headers, "Retry-After", "0");
            sim_resource_refuse(response, 429, "TooManyRequests", NULL, "later");
            return;
        }
        slow->puts++;
        base_headers_add(&response->headers, "Azure-AsyncOperation",
                         "https://management.azure.com" STATUS_PATH "o1?" V);
        base_headers_add(&response->headers, "Retry-After", "0");
        answer_workspace(response, request->path, 201, "Creating");
    } else if (base_equal(request->method, "PUT")) {
        base_http_answer_text(response, 200, "application/json", request->body);
    } else {
        answer_workspace(response, request->path, 200, slow->open ? "Succeeded" : "Creating");
    }
}

static void wait_for_puts(struct slow *slow, int wanted)
{
    int64_t until = base_monotonic_ms() + WAIT_MS;

    while (slow->puts < wanted && base_monotonic_ms() < until)
        usleep(1000);
    assert_int_equal(slow->puts, wanted);
}

static void follows_operations_to_their_end(void **state) /* E103 */
{
    struct fixture *f = *state;
    struct slow slow = {.throttle = 2};

    make_group(f);
    arm_endpoint_set_handler(f->arm, HEALTH, slow_handle, &slow);
    put_template(
        f, "d1",
        T("'resources':[" WORKSPACE("ws1", "") "," BOX("after", ",'dependsOn':['ws1']") "]"), "{}");
    assert_int_equal(f->response.status, 201);
    wait_for_puts(&slow, 1);
    assert_false(box_there(f, "after"));
    assert_status(f, ask(f, "GET", D "d1?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Running");
    assert_refused(f, put_template(f, "D1", T("'resources':[]"), "{}"), 409, "DeploymentActive");
    assert_refused(f, ask(f, "DELETE", D "d1?" R, NULL), 409, "DeploymentActive");
    slow.open = true;
    await_deployment(f, "d1", "Succeeded");
    assert_true(box_there(f, "after"));
    assert_refused(f, ask(f, "POST", D "d1/cancel?" R, NULL), 409, "DeploymentCannotBeCancelled");
    assert_int_equal(put_template(f, "d1", T("'resources':[]"), "{}"), 200);
    await_deployment(f, "d1", "Succeeded");
}

static void tells_the_providers_reason(void **state)
{
    struct fixture *f = *state;
    struct slow slow = {.fail = 1};

    make_group(f);
    arm_endpoint_set_handler(f->arm, HEALTH, slow_handle, &slow);
    put_template(f, "d1", T("'resources':[" WORKSPACE("ws1", "") "]"), "{}");
    await_deployment(f, "d1", "Failed");
    assert_string_equal(base_json_text(f->body, "properties.error.details.0.code"),
                        "ResourceDeploymentFailure");
    assert_string_equal(base_json_text(f->body, "properties.error.details.0.target"), W);
    assert_string_equal(base_json_text(f->body, "properties.error.details.0.details.0.code"),
                        "NoRoom");
}

static void cancels(void **state) /* E105 */
{
    struct fixture *f = *state;
    struct slow slow = {0};

    make_group(f);
    arm_endpoint_set_handler(f->arm, HEALTH, slow_handle, &slow);
    put_template(
        f, "d1",
        T("'resources':[{'type':'Microsoft.Resources/deployments','apiVersion':'2021-04-01',"
          "'name':'below','properties':{'mode':'Incremental','template':" T(
              "'resources':[" WORKSPACE("ws1", "") "]") "}}," BOX("after",
                                                                  ",'dependsOn':['below']") "]"),
        "{}");
    wait_for_puts(&slow, 1);
    assert_status(f, ask(f, "POST", D "d1/cancel?" R, NULL), 204);
    await_deployment(f, "d1", "Canceled");
    await_deployment(f, "below", "Canceled");
    assert_false(box_there(f, "after"));
    assert_status(f, ask(f, "GET", W "?" V, NULL), 200);
}

static void reopen(struct fixture *f, const char *folder, struct slow *slow)
{
    arm_free(f->arm);
    sim_world_free(f->world);
    open_world(f, folder);
    arm_endpoint_set_handler(f->arm, HEALTH, slow_handle, slow);
}

static void goes_on_after_a_restart(void **state)
{
    struct fixture *f = *state;
    struct slow slow = {0};
    char folder[] = "/tmp/test-deployment-XXXXXX";
    struct base_error err = {0};

    assert_non_null(mkdtemp(folder));
    reopen(f, folder, &slow);
    seed(f);
    make_group(f);
    put_template(
        f, "d1",
        T("'parameters':{'id':{'type':'string','defaultValue':'[newGuid()]'}},'resources':"
          "[" BOX("first", ",'tags':{'id':'[parameters(\\'id\\')]'}") "," WORKSPACE(
              "ws1", ",'dependsOn':['first']") "," BOX("after",
                                                       ",'dependsOn':['ws1']") "],"
                                                                               "'outputs':{'id':{"
                                                                               "'type':'string','"
                                                                               "value':'["
                                                                               "parameters(\\'"
                                                                               "id\\')]'},'tag':{"
                                                                               "'type':'string',"
                                                                               "'value':'["
                                                                               "reference(\\'"
                                                                               "first\\',\\'2022-"
                                                                               "01-01\\',\\'"
                                                                               "Full\\').tags.id]"
                                                                               "'}}"),
        "{}");
    wait_for_puts(&slow, 1);
    reopen(f, folder, &slow);
    assert_status(f, ask(f, "GET", D "d1?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Running");
    slow.open = true;
    await_deployment(f, "d1", "Succeeded");
    assert_string_equal(base_json_text(f->body, "properties.outputs.id.value"),
                        base_json_text(f->body, "properties.outputs.tag.value"));
    assert_true(box_there(f, "after"));
    reopen(f, folder, &slow);
    assert_status(f, ask(f, "GET", D "d1/operations?" R, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 4);
    arm_free(f->arm);
    sim_world_free(f->world);
    assert_int_equal(base_dir_remove(folder, &err), BASE_OK);
    open_world(f, NULL);
}

static void puts_back_the_last_good_one(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    deploy(f, "good", T("'resources':[" BOX("a", ",'tags':{'v':'1'}") "]"));
    f->rp.refuse_put = 400;
    assert_int_equal(
        send_properties(f, f->owner, "PUT", D "bad?" R,
                        "{'mode':'Incremental','onErrorDeployment':{'type':'LastSuccessful'},"
                        "'template':" T("'resources':[" BOX("a", ",'tags':{'v':'2'}") "," WORKSPACE(
                            "ws1", ",'dependsOn':['a']") "]") "}"),
        201);
    await_deployment(f, "bad", "Failed");
    assert_string_equal(base_json_text(f->body, "properties.onErrorDeployment.deploymentName"),
                        "good");
    assert_string_equal(base_json_text(f->body, "properties.onErrorDeployment.provisioningState"),
                        "Succeeded");
    assert_true(box_there(f, "a"));
    assert_string_equal(base_json_text(f->body, "tags.v"), "1");
}

/* ---- links ---- */

static void files(void *context, const struct base_http_request *request,
                  struct base_http_response *response)
{
    (void)context;
    if (strcmp(request->query, "sig=abc")) {
        response->status = 403;
        return;
    }
    const char *text =
        strstr(request->path, "main")
            ? T("'parameters':{'n':{'type':'string'}},'resources':[{'type':'Microsoft.Resources/"
                "deployments',"
                "'apiVersion':'2021-04-01','name':'linked','properties':{'mode':'Incremental','"
                "templateLink':{"
                "'relativePath':'parts/"
                "box.json'},'parameters':{'n':{'value':'[parameters(\\'n\\')]'}}}}]")
        : strstr(request->path, "parts/box")
            ? T("'parameters':{'n':{'type':'string'}},'resources':[" BOX("[parameters(\\'n\\')]",
                                                                         "") "]")
            : "{" SCHEMA ",'contentVersion':'1.0.0.0','parameters':{'n':{'value':'linkedbox'}}}";
    char *json = quoted(text);
    base_http_answer_text(response, 200, "application/json", json);
    free(json);
}

static void follows_links(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    sim_host_add(f->world, "files.example", "blob", files, NULL);
    assert_int_equal(
        send_properties(
            f, f->owner, "PUT", D "d1?" R,
            "{'mode':'Incremental','templateLink':{'uri':'https://files.example/t/main.json',"
            "'queryString':'sig=abc','contentVersion':'1.0.0.0'},'parametersLink':{'uri':"
            "'https://files.example/t/parameters.json','queryString':'sig=abc'}}"),
        201);
    await_deployment(f, "d1", "Succeeded");
    assert_null(strstr(f->response.body.data, "sig=abc"));
    assert_true(box_there(f, "linkedbox"));
    assert_refused(f,
                   send_properties(f, f->owner, "PUT", D "d2?" R,
                                   "{'mode':'Incremental','templateLink':{'uri':"
                                   "'https://files.example/t/main.json'}}"),
                   400, "InvalidContentLink");
    assert_refused(f,
                   send_properties(f, f->owner, "PUT", D "d3?" R,
                                   "{'mode':'Incremental','templateLink':{'id':'" RG
                                   "/providers/Microsoft.Resources/templateSpecs/s1/versions/1'}}"),
                   400, "InvalidContentLink");
    assert_non_null(strstr(f->response.body.data, "templateSpecs/s1"));
    assert_non_null(strstr(f->response.body.data, "not served here"));
}

/* ---- limits ---- */

static void deploys_800_resources(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    deploy(
        f, "d1",
        T("'resources':[{'type':'Contoso.Kit/boxes','apiVersion':'2022-01-01','location':'westus2',"
          "'name':'[concat(\\'b\\',copyIndex())]','copy':{'name':'many','count':799}}," BOX(
              "last", ",'dependsOn':['many']") "]"));
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "properties.outputResources")), 800);
    assert_true(box_there(f, "last"));
}

static void ends_after_five_levels(void **state)
{
    struct fixture *f = *state;
    char *template = base_strdup(T("'resources':[]"));

    make_group(f);
    for (int i = 0; i < 5; i++) {
        char *outer = base_asprintf(
            "{" SCHEMA
            ",'contentVersion':'1.0.0.0','resources':[{'type':'Microsoft.Resources/deployments',"
            "'apiVersion':'2021-04-01','name':'l%d','properties':{'mode':'Incremental',"
            "'expressionEvaluationOptions':{'scope':'inner'},'template':%s}}]}",
            i, template);
        free(template);
        template = outer;
    }
    put_template(f, "d1", template, "{}");
    assert_refused(f, f->response.status, 400, "InvalidTemplateDeployment");
    assert_non_null(strstr(f->response.body.data, "levels"));
    free(template);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(follows_operations_to_their_end),
        unit(tells_the_providers_reason),
        unit(cancels),
        unit(goes_on_after_a_restart),
        unit(puts_back_the_last_good_one),
        unit(follows_links),
        unit(deploys_800_resources),
        unit(ends_after_five_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
