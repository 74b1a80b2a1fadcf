/* Deployments: symbolic names, scopes, correlation, templates given back, what goes with a group. */
#include "tests/unit/sim_arm/deployment_fixture.h"

#include <unistd.h>

#define SYMBOLIC(members) T("'languageVersion':'2.0'," members)

static void knows_resources_by_symbol(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    deploy(f, "d0", T("'resources':[" BOX("old", ",'properties':{'size':7}") "]"));
    deploy(
        f, "d1",
        SYMBOLIC(
            "'resources':{"
            "'last':" BOX(
                "last",
                ",'dependsOn':['many','old'],'properties':{"
                "'size':'[reference(\\'old\\').size]',"
                "'second':'[reference(\\'many[1]\\').at]'}") ","
                                                             "'old':{'existing':true,'type':'"
                                                             "Contoso.Kit/"
                                                             "boxes','apiVersion':'2022-01-01','"
                                                             "name':'old'},"
                                                             "'never':{'existing':true,'type':'"
                                                             "Contoso.Kit/"
                                                             "boxes','apiVersion':'2022-01-01','"
                                                             "name':'no'},"
                                                             "'many':{'copy':{'name':'many','count'"
                                                             ":2},'type':'Contoso.Kit/"
                                                             "boxes','apiVersion':"
                                                             "'2022-01-01','name':'[concat(\\'m\\',"
                                                             "copyIndex())]','location':'westus2',"
                                                             "'properties':{'at':'[add(copyIndex(),"
                                                             "40)]'}}},"
                                                             "'outputs':{'all':{'type':'array','"
                                                             "value':'[references(\\'many\\')]'}"
                                                             "}"));
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "properties.outputs.all.value")), 2);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "properties.outputResources")), 3);
    assert_true(box_there(f, "last"));
    assert_int_equal((int)base_json_number(f->body, "properties.size", 0), 7);
    assert_int_equal((int)base_json_number(f->body, "properties.second", 0), 41);
}

static void guards_what_is_not_deployed(void **state)
{
    struct fixture *f = *state;
    const char *template = T("'parameters':{'guard':{'type':'bool'}},'resources':[" BOX(
        "off", ",'condition':false") "],"
                                     "'outputs':{'x':{'type':'object','value':"
                                     "'[if(parameters(\\'guard\\'),createObject(),reference(\\'"
                                     "off\\'))]'}}");

    make_group(f);
    put_template(f, "d1", template, "{'guard':{'value':true}}");
    await_deployment(f, "d1", "Succeeded");
    put_template(f, "d2", template, "{'guard':{'value':false}}");
    await_deployment(f, "d2", "Failed");
    assert_string_equal(base_json_text(f->body, "properties.error.code"),
                        "DeploymentOutputEvaluationFailed");
}

static void shares_one_correlation_id(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    deploy(f, "d1",
           T("'resources':[{'type':'Microsoft.HealthcareApis/workspaces','apiVersion':'2021-11-01',"
             "'name':'ws1','location':'westus2'}]"));
    assert_string_equal(header_of(last_call(f, "PUT"), "x-ms-correlation-request-id"),
                        base_json_text(f->body, "properties.correlationId"));
    assert_string_equal(header_of(last_call(f, "PUT"), "x-ms-client-object-id"),
                        f->owner_principal.object_id);
}

static void writes_extensions_of_resources(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    deploy(
        f, "d1",
        T("'resources':[" BOX(
            "a",
            "") ","
                "{'type':'Contoso.Kit/boxes/providers/roleAssignments','apiVersion':'2022-04-01',"
                "'name':'[concat(\\'a/Microsoft.Authorization/"
                "\\',guid(\\'x\\'))]','dependsOn':['a'],'properties':{"
                "'roleDefinitionId':'[roleDefinitions(\\'Reader\\').id]','principalType':'"
                "ServicePrincipal',"
                "'principalId':'[deployer().objectId]'}},"
                "{'type':'Microsoft.Authorization/roleAssignments','apiVersion':'2022-04-01',"
                "'scope':'Contoso.Kit/boxes/"
                "a','name':'[guid(\\'y\\')]','dependsOn':['a'],'properties':{"
                "'roleDefinitionId':'[roleDefinitions(\\'Contributor\\').id]','principalType':'"
                "ServicePrincipal',"
                "'principalId':'[deployer().objectId]'}}]"));
    assert_status(f,
                  ask(f, "GET",
                      BOX_ID("a") "/providers/Microsoft.Authorization/roleAssignments?"
                                  "api-version=2022-04-01&$filter=atScope()",
                      NULL),
                  200);
    int at_box = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, base_json_at(f->body, "value")) at_box +=
        base_equal_nocase(base_json_text(item, "properties.scope"), BOX_ID("a"));
    assert_int_equal(at_box, 2);
}

static void serves_every_scope(void **state)
{
    static const struct {
        const char *scope, *schema;
    } rows[] = {
        {"", "2019-08-01/tenantDeploymentTemplate.json#"},
        {"/providers/Microsoft.Management/managementGroups/mg1",
         "2019-08-01/managementGroupDeploymentTemplate.json#"},
    };
    struct fixture *f = *state;

    grant(f, &f->owner_principal, "Owner", "/");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *id = base_asprintf("%s/providers/Microsoft.Resources/deployments/d1", rows[i].scope);
        char *target = base_asprintf("%s?" R, id);
        char *text = base_asprintf(
            "{'location':'westus2','properties':{'mode':'Incremental','template':{'$schema':"
            "'https://schema.management.azure.com/schemas/"
            "%s','contentVersion':'1.0.0.0','resources':[],"
            "'outputs':{'t':{'type':'string','value':'[tenant().tenantId]'}}}}}",
            rows[i].schema);
        char *body = quoted(text);
        int status = ask(f, "PUT", target, body);
        if (status == 404) { /* this management group is not there */
            assert_int_equal(i, 1);
        } else {
            assert_int_equal(status, 201);
            await_id(f, id, "Succeeded");
            assert_string_equal(base_json_text(f->body, "properties.outputs.t.value"), TENANT);
        }
        free(id);
        free(target);
        free(text);
        free(body);
    }
}

/* E90, E91, E92, E93, E94: names as the engine computes them for this group, in the outputs of a deployment. */
static void computes_names(void **state)
{
    static const struct {
        const char *text, *value;
    } rows[] = {
        {"[uniqueString(resourceGroup().id)]", "jbcjr6kddcemg"},
        {"[concat(\\'sto\\',uniqueString(resourceGroup().id))]", "stojbcjr6kddcemg"},
        {"[guid(resourceGroup().id,\\'ehdr\\')]", "2f8c20ac-8b91-5a45-91aa-481707723426"},
        {"[guid(\\'foo\\',\\'bar\\',\\'baz\\')]", "2ed86837-7c7c-5eaa-9864-dd077fd19b0d"},
        {"[GUID(\\'asdf\\')]", "228d27cc-6fdb-5934-b7ac-1efccebade04"},
        {"[[x]", "[x]"},
        {"[x", "[x"},
        {"x]", "x]"},
        {"[\\'it\\'\\'s\\']", "it's"},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    struct fixture *f = *state;
    struct base_buf outputs = {0};

    make_group(f);
    for (size_t i = 0; i < ROWS; i++)
        base_buf_printf(&outputs, "%s'o%zu':{'type':'string','value':'%s'}", i ? "," : "", i,
                        rows[i].text);
    char *template = base_asprintf(T("'resources':[],'outputs':{%s}"), outputs.data);
    deploy(f, "d1", template);
    for (size_t i = 0; i < ROWS; i++) {
        char *path = base_asprintf("properties.outputs.o%zu.value", i);
        assert_string_equal(base_json_text(f->body, path), rows[i].value);
        free(path);
    }
    free(template);
    base_buf_release(&outputs);
}

static void gives_templates_back(void **state)
{
    struct fixture *f = *state;
    char *template = quoted(T("'resources':[]"));

    make_group(f);
    deploy(f, "d1", T("'resources':[]"));
    char *hash = base_strdup(base_json_text(f->body, "properties.templateHash"));
    assert_status(f, ask(f, "POST", D "d1/exportTemplate?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "template.contentVersion"), "1.0.0.0");
    assert_status(
        f, ask(f, "POST", "/providers/Microsoft.Resources/calculateTemplateHash?" R, template),
        200);
    assert_string_equal(base_json_text(f->body, "templateHash"), hash);
    free(hash);
    free(template);
}

static void goes_with_its_group(void **state)
{
    struct fixture *f = *state;
    int status;

    make_group(f);
    deploy(f, "d1", T("'resources':[" BOX("a", "") "]"));
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    char *location = base_strdup(header(f, "Location") + strlen("https://management.azure.com"));
    while ((status = ask(f, "GET", location, NULL)) == 202)
        usleep(2000);
    assert_int_equal(status, 200);
    free(location);
    make_group(f);
    assert_refused(f, ask(f, "GET", D "d1?" R, NULL), 404, "DeploymentNotFound");
}

static void asks_vaults_for_secrets(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    put_template(f, "d1", T("'parameters':{'s':{'type':'securestring'}},'resources':[]"),
                 "{'s':{'reference':{'keyVault':{'id':'" RG
                 "/providers/Microsoft.KeyVault/vaults/v1'},'secretName':'n'}}}");
    assert_refused(f, f->response.status, 400, "KeyVaultParameterReferenceSecretRetrieveFailed");
}

static void spares_what_somebody_else_manages(void **state)
{
    struct fixture *f = *state;
    cJSON *box;

    make_group(f);
    deploy(f, "d1", T("'resources':[" BOX("a", "") "," BOX("b", "") "]"));
    box = sim_resource_get(f->world, BOX_ID("a"));
    base_json_set_text(box, "managedBy", BOX_ID("b"));
    sim_resource_put_raw(f->world, box, "");
    put_template_mode(f, "d2", T("'resources':[]"), "{}", "Complete");
    await_deployment(f, "d2", "Succeeded");
    assert_true(box_there(f, "a"));
    assert_false(box_there(f, "b"));
    assert_status(f, ask(f, "GET", D "d2/operations?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "value.0.properties.provisioningOperation"),
                        "Delete");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(knows_resources_by_symbol), unit(guards_what_is_not_deployed),
        unit(shares_one_correlation_id), unit(writes_extensions_of_resources),
        unit(serves_every_scope),        unit(computes_names),
        unit(gives_templates_back),      unit(goes_with_its_group),
        unit(asks_vaults_for_secrets),   unit(spares_what_somebody_else_manages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
