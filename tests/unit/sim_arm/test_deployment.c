/* Deployments of templates: from the request to what is made of it (facts of ARM, E95-E109). */
#include "tests/unit/sim_arm/deployment_fixture.h"

static void deploys_independent_resources_with_outputs(void **state) /* E108, E109 */
{
    struct fixture *f = *state;

    make_group(f);
    put_template(
        f, "d1",
        T("'parameters':{'size':{'type':'int','defaultValue':3}},"
          "'variables':{'prefix':'box'},"
          "'resources':["
          "{'type':'Contoso.Kit/"
          "boxes','apiVersion':'2022-01-01','name':'[concat(variables(\\'prefix\\'),\\'1\\')]',"
          "'location':'westus2','properties':{'size':'[parameters(\\'size\\')]'}},"
          "{'type':'Contoso.Kit/"
          "boxes','apiVersion':'2022-01-01','name':'box2','location':'westus2'}],"
          "'outputs':{'id':{'type':'string','value':'[resourceId(\\'Contoso.Kit/"
          "boxes\\',\\'box2\\')]'},"
          "'size':{'type':'int','value':'[reference(\\'box1\\').size]'},"
          "'hidden':{'type':'securestring','value':'x'}}"),
        "{}");
    assert_int_equal(f->response.status, 201);
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Accepted");
    assert_non_null(header(f, "Azure-AsyncOperation"));
    await_deployment(f, "d1", "Succeeded");
    assert_string_equal(base_json_text(f->body, "properties.outputs.id.value"),
                        RG "/providers/Contoso.Kit/boxes/box2");
    assert_int_equal((int)base_json_number(f->body, "properties.outputs.size.value", 0), 3);
    assert_string_equal(base_json_text(f->body, "properties.outputs.size.type"), "Int");
    assert_null(base_json_at(f->body, "properties.outputs.hidden.value"));
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "properties.outputResources")), 2);
    assert_status(
        f, ask(f, "GET", RG "/providers/Contoso.Kit/boxes/box1?api-version=2022-01-01", NULL), 200);
    assert_status(f, ask(f, "GET", D "d1/operations?" R, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 3);
    assert_status(f, ask(f, "GET", S "/resourcegroups/rg1/deployments/d1/operations?" R, NULL),
                  200);
    assert_status(f, ask(f, "HEAD", D "d1?" R, NULL), 204);
    assert_status(f, ask(f, "HEAD", D "d2?" R, NULL), 404);
    assert_status(f, ask(f, "GET", D "?" R "&$filter=provisioningState%20eq%20'Succeeded'", NULL),
                  200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 1);
    assert_status(f, ask(f, "DELETE", D "d1?" R, NULL), 204);
    assert_refused(f, ask(f, "GET", D "d1?" R, NULL), 404, "DeploymentNotFound");
}

/* ---- order ---- */

/* The operations' resource names in order of their beginning, "a,b,c". */
static char *order_of(struct fixture *f, const char *name)
{
    char *target = base_asprintf(D "%s/operations?" R, name);
    struct base_buf out = {0};
    const cJSON *operation;

    assert_status(f, ask(f, "GET", target, NULL), 200);
    cJSON_ArrayForEach(operation, base_json_at(f->body, "value"))
    {
        const char *resource = base_json_text(operation, "properties.targetResource.resourceName");
        if (resource)
            base_buf_printf(&out, "%s%s", out.len ? "," : "", resource);
    }
    free(target);
    return base_buf_take(&out);
}

/* How many of the operations that were read last are of a kind. */
static int count_operations(struct fixture *f, const char *kind, const char *end)
{
    const cJSON *operation;
    int count = 0;

    cJSON_ArrayForEach(operation, base_json_at(f->body, "value")) count +=
        base_equal(base_json_text(operation, "properties.provisioningOperation"), kind) &&
        base_equal(base_json_text(operation, "properties.provisioningState"), end);
    return count;
}

static void assert_order(struct fixture *f, const char *name, const char *wanted)
{
    char *order = order_of(f, name);

    assert_string_equal(order, wanted);
    free(order);
}

static void unrolls_a_serial_loop_in_order(void **state) /* E95 */
{
    struct fixture *f = *state;

    make_group(f);
    deploy(
        f, "d1",
        T("'resources':[{'type':'Contoso.Kit/boxes','apiVersion':'2022-01-01','location':'westus2',"
          "'name':'[concat(\\'h\\',copyIndex(1))]','copy':{'name':'hubs','count':3,'mode':'serial',"
          "'batchSize':1},'properties':{'at':'[copyIndex()]','copy':[{'name':'list','count':2,"
          "'input':'[copyIndex(\\'list\\')]'}]}}," BOX(
              "last", ",'dependsOn':['hubs']") "],"
                                               "'outputs':{'names':{'type':'array','copy':{'count':"
                                               "3,'input':"
                                               "'[concat(\\'h\\',copyIndex(1))]'}}}"));
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "properties.outputs.names.value")),
                     3);
    assert_order(f, "d1", "h1,h2,h3,last");
    assert_int_equal(count_operations(f, "Create", "Succeeded"), 4);
    assert_true(box_there(f, "h3"));
    assert_int_equal((int)base_json_number(f->body, "properties.at", -1), 2);
    assert_int_equal((int)base_json_number(f->body, "properties.list.1", -1), 1);
}

static void leaves_out_what_a_condition_forbids(void **state) /* E96 */
{
    struct fixture *f = *state;

    make_group(f);
    deploy(f, "d1",
           T("'parameters':{'wanted':{'type':'bool','defaultValue':false}},'resources':[" BOX(
               "off",
               ",'condition':'[parameters(\\'wanted\\')]'") "," BOX("on",
                                                                    ",'dependsOn':['[resourceId(\\'"
                                                                    "Contoso.Kit/"
                                                                    "boxes\\',\\'off\\')]']") "]"));
    assert_order(f, "d1", "on");
    assert_true(box_there(f, "on"));
    assert_false(box_there(f, "off"));
}

static void makes_children_after_their_parents(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    deploy(
        f, "d1",
        T("'resources':[" BOX("a", ",'resources':[{'type':'lids','name':'top','apiVersion':"
                                   "'2022-01-01','location':'westus2','dependsOn':['a']}]") "]"));
    assert_order(f, "d1", "a,a/top");
    assert_status(f, ask(f, "GET", BOX_ID("a/lids/top") "?api-version=2022-01-01", NULL), 200);
}

static void finds_dependencies_in_references(void **state) /* E97 */
{
    struct fixture *f = *state;

    make_group(f);
    deploy(
        f, "d1",
        T("'resources':[{'type':'Microsoft.Authorization/"
          "roleAssignments','apiVersion':'2022-04-01',"
          "'name':'[guid(resourceGroup().id)]','properties':{"
          "'roleDefinitionId':'[subscriptionResourceId(\\'Microsoft.Authorization/"
          "roleDefinitions\\',"
          "\\'acdd72a7-3385-48ef-bd42-f606fba81ae7\\')]',"
          "'principalId':'[reference(resourceId(\\'Microsoft.HealthcareApis/workspaces/"
          "iotconnectors\\',"
          "\\'ws1\\',\\'ic1\\'),\\'2021-11-01\\',\\'Full\\').identity.principalId]'}},"
          "{'type':'Microsoft.HealthcareApis/workspaces/iotconnectors','apiVersion':'2021-11-01',"
          "'name':'ws1/ic1','location':'westus2','identity':{'type':'SystemAssigned'},'dependsOn':["
          "'ws1']},"
          "{'type':'Microsoft.HealthcareApis/workspaces','apiVersion':'2021-11-01','name':'ws1',"
          "'location':'westus2'}]"));
    const cJSON *put = last_call(f, "PUT");
    assert_string_equal(base_json_text(put, "path"), C);
    assert_non_null(header_of(put, "x-ms-identity-principal-id"));
    assert_status(f,
                  ask(f, "GET",
                      RG "/providers/Microsoft.Authorization/roleAssignments?"
                         "api-version=2022-04-01&$filter=atScope()",
                      NULL),
                  200);
    const cJSON *assignment = NULL, *item;
    cJSON_ArrayForEach(
        item, base_json_at(f->body,
                           "value")) if (base_equal(base_json_text(item, "properties.principalId"),
                                                    header_of(put, "x-ms-identity-principal-id")))
        assignment = item;
    assert_non_null(assignment);
}

/* ---- refusals: nothing is stored ---- */

static void assert_invalid(struct fixture *f, const char *template, const char *parameters,
                           const char *sentence)
{
    int status = put_template(f, "bad", template, parameters);

    if (status != 400 || !base_equal(code(f), "InvalidTemplate") ||
        !strstr(base_json_text(f->body, "error.message"), sentence))
        fail_msg("answered %d %s, expected \"%s\"", status, f->response.body.data, sentence);
    assert_status(f, ask(f, "HEAD", D "bad?" R, NULL), 404);
}

static void refuses_invalid_templates(void **state) /* E98, E99 */
{
    static const struct {
        const char *template, *parameters, *sentence;
    } rows[] = {
        {T("'resources':[]"), "{'x':{'value':1}}", "x"},
        {T("'parameters':{'p':{'type':'string'}},'resources':[]"), "{}", "'p'"},
        {T("'resources':[" BOX("a", ",'dependsOn':['b']") "," BOX("b", ",'dependsOn':['a']") "]"),
         "{}", "Circular dependency detected on resource"},
        {T("'resources':[" BOX("a", ",'dependsOn':['missing']") "]"), "{}",
         "The resource 'missing' is not defined in the template"},
        {T("'resources':[" BOX("a", "") "," BOX("A", "") "]"), "{}", "defined multiple times"},
        {T("'resources':[" BOX("a/b", "") "]"), "{}", "incorrect segment lengths"},
        {T("'resources':[{'type':'Contoso.Kit/boxes','name':'a'}]"), "{}", "'apiVersion'"},
        {T("'resources':[" BOX("[nosuch()]", "") "]"), "{}", "nosuch"},
        {T("'resources':[" BOX("a", ",'properties':{'x':'[variables(\\'v\\')]'}") "]"), "{}", "v"},
        {T("'resources':[" BOX("[concat(\\'a\\',copyIndex())]",
                               ",'copy':{'name':'l','count':801}") "]"),
         "{}", "800"},
        {T("'resources':[],'sources':[]"), "{}", "sources"},
        {"{" SCHEMA ",'resources':[]}", "{}", "contentVersion"},
        {"{'$schema':'x','contentVersion':'1.0.0.0','resources':[]}", "{}", "schema"},
        {T("'outputs':{}"), "{}", "resources"},
        {T("'resources':[{'type':'Contoso.Kit/"
           "boxes','apiVersion':'2022-01-01','location':'westus2',"
           "'name':'[concat(\\'b\\',copyIndex())]','copy':{'name':'l','count':700}},"
           "{'type':'Contoso.Kit/boxes','apiVersion':'2022-01-01','location':'westus2',"
           "'name':'[concat(\\'c\\',copyIndex())]','copy':{'name':'m','count':101}}]"),
         "{}", "800"},
    };
    struct fixture *f = *state;

    make_group(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_invalid(f, rows[i].template, rows[i].parameters, rows[i].sentence);
}

static void refuses_what_is_no_deployment(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    assert_refused(f, ask(f, "PUT", D "d1?" R, "{]"), 400, "InvalidRequestContent");
    assert_refused(f, ask(f, "PUT", D "d1?" R, "{}"), 400, "InvalidRequestContent");
    assert_refused(f, ask(f, "PUT", D "d1?" R, "{\"properties\":{\"mode\":\"Total\"}}"), 400,
                   "InvalidRequestContent");
    assert_refused(f, ask(f, "PUT", D "d!1?" R, "{}"), 400, "DeploymentNameInvalidCharacters");
    assert_refused(
        f,
        ask(f, "PUT",
            D "d1234567890123456789012345678901234567890123456789012345678901234567890?" R, "{}"),
        400, "DeploymentNameLengthLimitExceeded");
    assert_refused(f,
                   ask(f, "PUT", D "d1?" R,
                       "{\"properties\":{\"mode\":\"Incremental\",\"templateLink\":{\"uri\":"
                       "\"https://nowhere.example/x.json\"}}}"),
                   400, "InvalidContentLink");
    assert_refused(f, ask(f, "GET", D "d1/operations?" R, NULL), 404, "DeploymentNotFound");
    assert_refused(f, send_as(f, f->reader, "PUT", D "d1?" R, "{}"), 403, "AuthorizationFailed");
}

static void tells_everything_that_preflight_finds(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    put_template(
        f, "d1",
        T("'resources':[{'type':'Contoso.Kit/nothing','apiVersion':'2022-01-01','name':'a'},"
          "{'type':'Contoso.Kit/boxes','apiVersion':'1999-01-01','name':'b'},"
          "{'type':'Contoso.Kit/boxes','apiVersion':'2022-01-01','name':'c'},"
          "{'type':'Contoso.Kit/boxes','apiVersion':'2022-01-01','name':'d','location':'moon'},"
          "{'type':'Contoso.Other/boxes','apiVersion':'2022-01-01','name':'e'}]"),
        "{}");
    assert_refused(f, f->response.status, 400, "InvalidTemplateDeployment");
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "error.details")), 5);
    assert_string_equal(base_json_text(f->body, "error.details.0.code"), "InvalidResourceType");
    assert_string_equal(base_json_text(f->body, "error.details.1.code"),
                        "NoRegisteredProviderFound");
    assert_string_equal(base_json_text(f->body, "error.details.2.code"), "LocationRequired");
    assert_string_equal(base_json_text(f->body, "error.details.3.code"),
                        "LocationNotAvailableForResourceType");
    assert_string_equal(base_json_text(f->body, "error.details.4.code"),
                        "InvalidResourceNamespace");
    assert_status(f, ask(f, "HEAD", D "d1?" R, NULL), 404);
}

static void accepts_what_az_sends(void **state) /* E104 */
{
    struct fixture *f = *state;

    make_group(f);
    assert_status(
        f,
        ask(f, "POST", D "d1/validate?" R,
            "{\"properties\": {\"mode\": \"Incremental\", \"parameters\": {}, template: "
            "{ // a comment\r\n\"$schema\": \"https://schema.management.azure.com/schemas/"
            "2019-04-01/deploymentTemplate.json#\",\r\n\"contentVersion\": \"1.0.0.0\", /* more"
            " */\r\n\"resources\": []\r\n}}}"),
        200);
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Succeeded");
    assert_status(f, ask(f, "HEAD", D "d1?" R, NULL), 404);
}

/* ---- failure ---- */

static void tells_why_a_resource_failed(void **state) /* E101 */
{
    struct fixture *f = *state;

    make_group(f);
    f->rp.refuse_put = 400;
    put_template(f, "d1",
                 T("'resources':[" BOX(
                     "good", "") ","
                                 "{'type':'Microsoft.HealthcareApis/"
                                 "workspaces','apiVersion':'2021-11-01','name':'ws1',"
                                 "'location':'westus2'}," BOX("after", ",'dependsOn':['ws1']") "]"),
                 "{}");
    assert_int_equal(f->response.status, 201);
    char *url =
        base_strdup(header(f, "Azure-AsyncOperation") + strlen("https://management.azure.com"));
    await_deployment(f, "d1", "Failed");
    assert_string_equal(base_json_text(f->body, "properties.error.code"), "DeploymentFailed");
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "properties.error.details")), 1);
    assert_string_equal(base_json_text(f->body, "properties.error.details.0.code"), "Refused");
    assert_string_equal(base_json_text(f->body, "properties.error.details.0.target"), W);
    assert_status(f, ask(f, "GET", url, NULL), 200);
    assert_string_equal(base_json_text(f->body, "status"), "Failed");
    assert_string_equal(base_json_text(f->body, "error.code"), "DeploymentFailed");
    assert_true(box_there(f, "good"));
    assert_false(box_there(f, "after"));
    free(url);
}

static void deploys_with_the_callers_rights_only(void **state)
{
    struct fixture *f = *state;
    struct sim_principal p;

    make_group(f);
    p = principal(f, "deployer", TENANT);
    char *token = bearer(f, &p, "https://management.azure.com/");
    grant(f, &p, "Reader", S);
    assert_refused(f,
                   send_properties(
                       f, token, "PUT", D "d1?" R,
                       "{'mode':'Incremental','template':" T("'resources':[" BOX("a", "") "]") "}"),
                   403, "AuthorizationFailed");
    free(token);
}

/* ---- mode Complete ---- */

static void completes_a_group(void **state) /* E102 */
{
    struct fixture *f = *state;

    make_connector(f);
    deploy(f, "d0", T("'resources':[" BOX("old", "") "," BOX("kept", "") "]"));
    deploy(f, "d1", T("'resources':[" BOX("kept", "") "]"));
    assert_true(box_there(f, "old"));
    put_template_mode(f, "d2", T("'resources':[" BOX("kept", "") "]"), "{}", "Complete");
    await_deployment(f, "d2", "Succeeded");
    assert_false(box_there(f, "old"));
    assert_true(box_there(f, "kept"));
    assert_status(f, ask(f, "GET", C "?" V, NULL), 404);
    assert_status(f, ask(f, "GET", W "?" V, NULL), 404);
    assert_status(f, ask(f, "GET", D "d2/operations?" R, NULL), 200); /* first what is made */
    assert_string_equal(base_json_text(f->body, "value.0.properties.provisioningOperation"),
                        "Create");
    assert_int_equal(count_operations(f, "Create", "Succeeded"), 1);
    assert_int_equal(count_operations(f, "Delete", "Succeeded"), 3);
}

/* ---- deployments within deployments ---- */

#define NESTED(name, scope, more)                                                                  \
    "{'type':'Microsoft.Resources/deployments','apiVersion':'2021-04-01','name':'" name            \
    "','properties':{"                                                                             \
    "'mode':'Incremental','expressionEvaluationOptions':{'scope':'" scope "'},'template':" more    \
    "}}"
#define INNER                                                                                      \
    T("'variables':{'v':'inner'},'resources':[" BOX(                                               \
        "[variables(\\'v\\')]", "") "],'outputs':{'v':{'type':"                                    \
                                    "'string','value':'[variables(\\'v\\')]'}}")

static void evaluates_nested_templates_where_they_ask(void **state) /* E107 */
{
    struct fixture *f = *state;

    make_group(f);
    deploy(f, "d1",
           T("'variables':{'v':'parent'},'resources':[" NESTED("in", "inner", INNER) "," NESTED(
               "out", "outer",
               INNER) "],'outputs':{"
                      "'in':{'type':'string','value':'[reference(\\'in\\').outputs.v.value]'},"
                      "'out':{'type':'string','value':'[reference(\\'out\\').outputs.v.value]'}}"));
    assert_string_equal(base_json_text(f->body, "properties.outputs.in.value"), "inner");
    assert_string_equal(base_json_text(f->body, "properties.outputs.out.value"), "parent");
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "properties.outputResources")), 2);
    assert_true(box_there(f, "inner"));
    assert_true(box_there(f, "parent"));
    assert_status(f, ask(f, "GET", D "in?" R, NULL), 200);
}

static void unrolls_loops_of_outer_templates(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    deploy(f, "d1",
           T("'parameters':{'n':{'type':'int','defaultValue':2}},'resources':[" NESTED(
               "out", "outer",
               T("'resources':[{'type':'Contoso.Kit/"
                 "boxes','apiVersion':'2022-01-01','location':'westus2',"
                 "'name':'[concat(\\'x\\',copyIndex())]','copy':{'name':'many','count':'["
                 "parameters(\\'n\\')]'}"
                 "}," BOX("y",
                          ",'tags':{'t':'[[not an expression]'},'dependsOn':['many']") "]")) "]"));
    assert_true(box_there(f, "x1"));
    assert_true(box_there(f, "y"));
    assert_string_equal(base_json_text(f->body, "tags.t"), "[not an expression]");
}

static void reaches_other_groups_from_the_subscription(void **state)
{
    struct fixture *f = *state;
    char *body = quoted(
        "{'location':'westus2','properties':{'mode':'Incremental','template':{'$schema':"
        "'https://schema.management.azure.com/schemas/2018-05-01/"
        "subscriptionDeploymentTemplate.json#',"
        "'contentVersion':'1.0.0.0','resources':[{'type':'Microsoft.Resources/"
        "resourceGroups','apiVersion':"
        "'2021-04-01','name':'rg9','location':'westus2'},{'type':'Microsoft.Resources/deployments',"
        "'apiVersion':'2021-04-01','name':'below','resourceGroup':'rg9','dependsOn':['rg9'],'"
        "properties':{"
        "'mode':'Incremental','template':" T("'resources':[" BOX("a", "") "]") "}}]}}}");

    assert_status(f, ask(f, "PUT", S "/providers/Microsoft.Resources/deployments/sub?" R, body),
                  201);
    await_id(f, S "/providers/Microsoft.Resources/deployments/sub", "Succeeded");
    assert_status(f,
                  ask(f, "GET",
                      S "/resourceGroups/rg9/providers/Contoso.Kit/boxes/a?"
                        "api-version=2022-01-01",
                      NULL),
                  200);
    free(body);
    body = quoted("{'location':'eastus','properties':{'mode':'Incremental','template':" T(
        "'resources':[]") "}}");
    assert_refused(f, ask(f, "PUT", S "/providers/Microsoft.Resources/deployments/sub?" R, body),
                   409, "InvalidDeploymentLocation");
    assert_refused(f,
                   ask(f, "PUT", S "/providers/Microsoft.Resources/deployments/other?" R,
                       "{\"properties\":{\"mode\":\"Incremental\"}}"),
                   400, "LocationRequired");
    free(body);
}

/* ---- what-if ---- */

static const cJSON *change_of(struct fixture *f, const char *id)
{
    const cJSON *change;

    cJSON_ArrayForEach(
        change,
        base_json_at(
            f->body,
            "properties.changes")) if (base_equal_nocase(base_json_text(change, "resourceId"),
                                                         id)) return change;
    fail_msg("no change of %s: %s", id, f->response.body.data);
    return NULL;
}

static void tells_what_would_change(void **state) /* E106 */
{
    struct fixture *f = *state;

    make_group(f);
    deploy(f, "d1",
           T("'resources':[" BOX("same", ",'tags':{'x':'1'}") "," BOX(
               "other", ",'tags':{'x':'1','y':'1'}") "," BOX("left", "") "]"));
    assert_int_equal(
        send_properties(f, f->owner, "POST", D "w/whatIf?" R,
                        "{'mode':'Complete','template':" T(
                            "'resources':[" BOX("same", ",'tags':{'x':'1'}") "," BOX(
                                "other", ",'tags':{'x':'2'}") "," BOX("new", "") "]") "}"),
        200);
    assert_string_equal(base_json_text(f->body, "status"), "Succeeded");
    assert_string_equal(base_json_text(change_of(f, BOX_ID("same")), "changeType"), "NoChange");
    const cJSON *change = change_of(f, BOX_ID("other"));
    assert_string_equal(base_json_text(change, "changeType"), "Modify");
    assert_string_equal(base_json_text(change, "delta.0.path"), "tags.x");
    assert_string_equal(base_json_text(change, "delta.0.propertyChangeType"), "Modify");
    assert_string_equal(base_json_text(change, "delta.1.path"), "tags.y");
    assert_string_equal(base_json_text(change, "delta.1.propertyChangeType"), "Delete");
    assert_string_equal(base_json_text(change_of(f, BOX_ID("new")), "changeType"), "Create");
    assert_string_equal(base_json_text(change_of(f, BOX_ID("left")), "changeType"), "Delete");
    assert_false(box_there(f, "new"));
}

static void assert_delta(const cJSON *change, int index, const char *type, const char *path)
{
    const cJSON *delta = cJSON_GetArrayItem(base_json_at(change, "delta"), index);

    assert_string_equal(base_json_text(delta, "path"), path);
    assert_string_equal(base_json_text(delta, "propertyChangeType"), type);
}

/* A PUT replaces: what was asked for and is not named goes; what the provider says by itself stays. */
static void tells_what_would_be_lost(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    deploy(f, "d1",
           T("'resources':[" BOX("lost", ",'kind':'flat','properties':{'a':1,'deep':{'b':2,'c':3}"
                                         "}") "," BOX("told", ",'properties':{'a':1}") "]"));
    assert_status(f,
                  ask(f, "PATCH", BOX_ID("lost") "?api-version=2022-01-01",
                      "{\"properties\":{\"a\":null,\"later\":4}}"),
                  200);
    assert_int_equal(
        send_properties(
            f, f->owner, "POST", D "w/whatIf?" R,
            "{'mode':'Incremental','template':" T(
                "'resources':[" BOX("lost", ",'properties':{'deep':{'b':2}}") "," BOX(
                    "told", ",'properties':{'a':1,'provisioningState':'Creating'}") "]") "}"),
        200);
    const cJSON *change = change_of(f, BOX_ID("lost"));
    assert_string_equal(base_json_text(change, "changeType"), "Modify");
    assert_delta(change, 0, "Delete", "kind");
    assert_delta(change, 1, "Delete", "properties.deep.c");
    assert_delta(change, 2, "Delete", "properties.later");
    assert_int_equal(cJSON_GetArraySize(base_json_at(change, "delta")), 3);
    change = change_of(f, BOX_ID("told"));
    assert_string_equal(base_json_text(change, "changeType"), "NoChange");
    assert_delta(change, 0, "NoEffect", "properties.provisioningState");
    assert_int_equal(cJSON_GetArraySize(base_json_at(change, "delta")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(deploys_independent_resources_with_outputs),
        unit(unrolls_a_serial_loop_in_order),
        unit(leaves_out_what_a_condition_forbids),
        unit(makes_children_after_their_parents),
        unit(finds_dependencies_in_references),
        unit(refuses_invalid_templates),
        unit(refuses_what_is_no_deployment),
        unit(tells_everything_that_preflight_finds),
        unit(accepts_what_az_sends),
        unit(tells_why_a_resource_failed),
        unit(deploys_with_the_callers_rights_only),
        unit(completes_a_group),
        unit(evaluates_nested_templates_where_they_ask),
        unit(unrolls_loops_of_outer_templates),
        unit(reaches_other_groups_from_the_subscription),
        unit(tells_what_would_change),
        unit(tells_what_would_be_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
