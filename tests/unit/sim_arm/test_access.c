/* Who may do what where: built-in roles by what they leave out, management groups above subscriptions, custom roles
 * (facts of ARM, 4.5; Azure RBAC). */
#include "tests/unit/sim_arm/fixture.h"

#define A "api-version=2022-04-01"
#define M "api-version=2021-04-01"
#define ROLES "/providers/Microsoft.Authorization/roleDefinitions"
#define ASSIGN "/providers/Microsoft.Authorization/roleAssignments"
#define MG "/providers/Microsoft.Management/managementGroups"
#define BOX RG "/providers/Contoso.Kit/boxes/b?api-version=2022-01-01"
#define G1 "aaaaaaaa-0000-0000-0000-000000000001"
#define CUSTOM "bbbbbbbb-0000-0000-0000-000000000001"

static char *role_at(struct fixture *f, const char *name, const char *role, const char *scope)
{
    struct sim_principal p = principal(f, name, TENANT);
    grant(f, &p, role, scope);
    return bearer(f, &p, "https://management.azure.com");
}

static void built_in_roles(void **state)
{
    static const struct {
        const char *role;
        int read, write, action, removal, assign; /* expected statuses */
    } rows[] = {
        {"Owner", 404, 201, 404, 200, 201},
        {"Contributor", 404, 201, 404, 200, 403},
        {"Reader", 404, 403, 403, 403, 403},
        {"User Access Administrator", 404, 403, 403, 403, 201},
        {"Azure Event Hubs Data Owner", 403, 403, 403, 403, 403},
    };
    struct fixture *f = *state;
    make_group(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *token = role_at(f, rows[i].role, rows[i].role, RG), *path, *body;
        assert_status(f, send_as(f, token, "GET", BOX, NULL), rows[i].read);
        assert_status(f,
                      send_as(f, token, "POST",
                              RG "/providers/Contoso.Kit/boxes/b/open?api-version=2022-01-01", ""),
                      rows[i].action);
        assert_status(f, send_as(f, token, "PUT", BOX, "{\"location\":\"westus2\"}"),
                      rows[i].write);
        assert_status(f, send_as(f, token, "DELETE", BOX, NULL), rows[i].removal);
        path = base_asprintf(RG ASSIGN "/aaaaaaaa-0000-0000-0000-00000000001%zu?" A, i);
        body = base_asprintf("{\"properties\":{\"roleDefinitionId\":\"" ROLES "/%s\","
                             "\"principalId\":\"cccccccc-0000-0000-0000-00000000000%zu\","
                             "\"principalType\":\"ServicePrincipal\"}}",
                             sim_role_find("Reader")->guid, i);
        assert_status(f, send_as(f, token, "PUT", path, body), rows[i].assign);
        /* one group's role is none beside or above it */
        assert_refused(f, send_as(f, token, "PUT", S "/resourcegroups/rg2?" R, "{}"), 403,
                       "AuthorizationFailed");
        free(path);
        free(body);
        free(token);
    }
}

static void the_refusal_names_all(void **state)
{
    struct fixture *f = *state;
    struct sim_principal p = principal(f, "c", TENANT);
    make_group(f);
    grant(f, &p, "Contributor", S);
    char *token = bearer(f, &p, "https://management.azure.com"), *wanted;
    assert_refused(f, send_as(f, token, "PUT", W ASSIGN "/" G1 "?" A, "{}"), 403,
                   "AuthorizationFailed");
    wanted = base_asprintf(
        "The client '%s' with object id '%s' does not have authorization to perform action "
        "'Microsoft.Authorization/roleAssignments/write' over scope '" W ASSIGN "/" G1
        "' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials.",
        p.client_id, p.object_id);
    assert_string_equal(base_json_text(f->body, "error.message"), wanted);
    free(wanted);
    free(token);
}

/* ---- management groups ---- */

static void groups_form_a_tree(void **state)
{
    struct fixture *f = *state;
    assert_status(f,
                  send_as(f, f->stranger, "PUT", MG "/health?" M,
                          "{\"properties\":{\"displayName\":\"Health\"}}"),
                  200);
    assert_string_equal(base_json_text(f->body, "id"), MG "/health");
    assert_string_equal(base_json_text(f->body, "properties.displayName"), "Health");
    assert_string_equal(base_json_text(f->body, "properties.details.parent.id"), MG "/" TENANT);
    assert_status(f,
                  send_as(f, f->stranger, "PUT", MG "/wards?" M,
                          "{\"properties\":{\"details\":{\"parent\":{\"id\":\"" MG "/health\"}}}}"),
                  200);
    assert_refused(f,
                   send_as(f, f->stranger, "PUT", MG "/health?" M,
                           "{\"properties\":{\"details\":{\"parent\":{\"id\":\"" MG "/wards\"}}}}"),
                   400, "InvalidRequestContent"); /* a ring */
    assert_refused(f,
                   send_as(f, f->stranger, "PUT", MG "/lost?" M,
                           "{\"properties\":{\"details\":{\"parent\":{\"id\":\"" MG
                           "/nowhere\"}}}}"),
                   404, "NotFound");
    assert_status(f, send_as(f, f->stranger, "GET", MG "?" M, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 2);
    assert_status(f, ask(f, "GET", MG "?" M, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 0);
    assert_refused(f, ask(f, "GET", MG "/health?" M, NULL), 403, "AuthorizationFailed");
    assert_refused(f, ask(f, "PUT", MG "/health?" M, "{}"), 403, "AuthorizationFailed");
    assert_status(f, send_as(f, f->stranger, "GET", MG "/health?$expand=children&" M, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.children.0.name"), "wards");
    assert_refused(f, send_as(f, f->stranger, "DELETE", MG "/health?" M, NULL), 409,
                   "ManagementGroupNotEmpty");
    assert_status(f, send_as(f, f->stranger, "DELETE", MG "/wards?" M, NULL), 200);
    assert_status(f, send_as(f, f->stranger, "DELETE", MG "/health?" M, NULL), 200);
    assert_refused(f, send_as(f, f->stranger, "DELETE", MG "/health?" M, NULL), 403,
                   "AuthorizationFailed");
}

static void roles_are_inherited_from_groups(void **state)
{
    struct fixture *f = *state;
    struct sim_principal nurse = principal(f, "nurse", TENANT);
    char *token = bearer(f, &nurse, "https://management.azure.com");
    make_group(f);
    assert_status(f, ask(f, "PUT", MG "/health?" M, "{}"), 200);
    assert_status(f,
                  ask(f, "PUT", MG "/wards?" M,
                      "{\"properties\":{\"details\":{\"parent\":{\"id\":\"" MG "/health\"}}}}"),
                  200);
    grant(f, &nurse, "Contributor", MG "/health");
    grant(f, &nurse, "FHIR Data Reader", MG "/health");
    assert_refused(f, send_as(f, token, "GET", BOX, NULL), 403, "AuthorizationFailed");
    assert_status(f, send_as(f, token, "GET", "/subscriptions?" R, NULL), 200);
    assert_null(base_json_at(f->body, "value.0"));
    /* who has no word on the subscription cannot move it into a group of theirs */
    assert_refused(f, send_as(f, token, "PUT", MG "/wards/subscriptions/" SUB "?" M, ""), 403,
                   "AuthorizationFailed");
    assert_status(f, ask(f, "PUT", MG "/wards/subscriptions/" SUB "?" M, ""), 200);
    assert_string_equal(base_json_text(f->body, "properties.parent.id"), MG "/wards");
    assert_refused(f, ask(f, "PUT", MG "/wards/subscriptions/" OTHER_SUB "?" M, ""), 404,
                   "SubscriptionNotFound"); /* of another tenant */
    assert_status(f, send_as(f, token, "PUT", BOX, "{\"location\":\"westus2\"}"), 201);
    assert_refused(f, send_as(f, token, "PUT", RG ASSIGN "/" G1 "?" A, "{}"), 403,
                   "AuthorizationFailed");
    assert_status(f, ask(f, "GET", S ASSIGN "?$filter=atScope()&" A, NULL), 200);
    assert_non_null(strstr(f->response.body.data, "\"" MG "/health\"")); /* inherited */
    assert_true(sim_rbac_allows(f->world, nurse.object_id,
                                "Microsoft.HealthcareApis/services/fhir/resources/read", true, W));
    assert_status(f, send_as(f, token, "GET", "/subscriptions?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "value.0.subscriptionId"), SUB);
    assert_status(f, send_as(f, token, "GET", MG "/health/descendants?" M, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 2);
    assert_status(f, ask(f, "GET", MG "/wards/subscriptions?" M, NULL), 200);
    assert_string_equal(base_json_text(f->body, "value.0.name"), SUB);
    assert_status(f, ask(f, "DELETE", MG "/wards/subscriptions/" SUB "?" M, NULL), 200);
    assert_refused(f, send_as(f, token, "GET", BOX, NULL), 403, "AuthorizationFailed");
    /* the tenant's root is above everything of the tenant, and of no other */
    grant(f, &nurse, "Reader", MG "/" TENANT);
    assert_status(f, send_as(f, token, "GET", BOX, NULL), 200);
    assert_false(
        sim_rbac_allows(f->world, nurse.object_id, "x/read", false, "/subscriptions/" OTHER_SUB));
    free(token);
}

/* A subscription that has a place keeps it when it is declared again. */
static void survives_a_restart(void **state)
{
    struct fixture *f = *state;
    assert_status(f, ask(f, "PUT", MG "/health?" M, "{}"), 200);
    assert_status(f, ask(f, "PUT", MG "/health/subscriptions/" SUB "?" M, ""), 200);
    arm_subscription_put(f->arm, SUB, "Customer", TENANT); /* as at every start */
    assert_true(sim_scope_reaches(f->world, MG "/HEALTH", RG));
    assert_false(sim_scope_reaches(f->world, RG, MG "/health"));
}

/* ---- custom roles ---- */

static const char operator_role[] =
    "{\"properties\":{\"roleName\":\"Box operator\",\"description\":\"d\",\"type\":\"CustomRole\","
    "\"permissions\":[{\"actions\":[\"Contoso.Kit/boxes/*\",\"*/read\"],\"notActions\":["
    "\"Contoso.Kit/boxes/delete\"],\"dataActions\":[\"Microsoft.KeyVault/vaults/secrets/*\"],"
    "\"notDataActions\":[\"*/delete\"]}],\"assignableScopes\":[\"" S "\"]}}";

static void custom_roles(void **state)
{
    struct fixture *f = *state;
    struct sim_principal p = principal(f, "boxes", TENANT);
    make_group(f);
    assert_status(f, ask(f, "PUT", S ROLES "/" CUSTOM "?" A, operator_role), 201);
    assert_string_equal(base_json_text(f->body, "name"), CUSTOM);
    assert_string_equal(base_json_text(f->body, "properties.type"), "CustomRole");
    assert_status(f, ask(f, "GET", S ROLES "/" CUSTOM "?" A, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.permissions.0.notActions.0"),
                        "Contoso.Kit/boxes/delete");
    assert_status(f, ask(f, "GET", S ROLES "?$filter=type%20eq%20'CustomRole'&" A, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 1);
    char *body = base_asprintf("{\"properties\":{\"roleDefinitionId\":\"" S ROLES "/" CUSTOM
                               "\",\"principalId\":\"%s\"}}",
                               p.object_id);
    assert_status(f, ask(f, "PUT", RG ASSIGN "/" G1 "?" A, body), 201);
    free(body);
    char *token = bearer(f, &p, "https://management.azure.com");
    assert_status(f, send_as(f, token, "PUT", BOX, "{\"location\":\"westus2\"}"), 201);
    assert_refused(f, send_as(f, token, "DELETE", BOX, NULL), 403, "AuthorizationFailed");
    assert_true(sim_rbac_allows(f->world, p.object_id,
                                "Microsoft.KeyVault/vaults/secrets/getSecret/action", true, RG));
    assert_false(sim_rbac_allows(f->world, p.object_id, "Microsoft.KeyVault/vaults/secrets/delete",
                                 true, RG));
    assert_status(
        f, send_as(f, token, "GET", RG "/providers/Microsoft.Authorization/permissions?" A, NULL),
        200);
    assert_string_equal(base_json_text(f->body, "value.0.actions.0"), "Contoso.Kit/boxes/*");
    assert_refused(f, ask(f, "DELETE", S ROLES "/" CUSTOM "?" A, NULL), 400,
                   "RoleDefinitionHasAssignments");
    assert_true(sim_assignment_remove(f->world, RG, G1));
    assert_status(f, ask(f, "DELETE", S ROLES "/" CUSTOM "?" A, NULL), 200);
    assert_status(f, ask(f, "DELETE", S ROLES "/" CUSTOM "?" A, NULL), 204);
    free(token);
}

static void rules_of_custom_roles(void **state)
{
    struct fixture *f = *state;
    char *token = role_at(f, "c", "Contributor", S),
         *administrator = role_at(f, "u", "User Access Administrator", RG), *built_in;
    make_group(f);
    assert_refused(f, send_as(f, token, "PUT", S ROLES "/" CUSTOM "?" A, operator_role), 403,
                   "AuthorizationFailed");
    assert_refused(f, send_as(f, administrator, "PUT", RG ROLES "/" CUSTOM "?" A, operator_role),
                   403, "LinkedAuthorizationFailed"); /* assignable where they have no word */
    assert_refused(f, ask(f, "PUT", S ROLES "/mine?" A, operator_role), 400,
                   "InvalidRoleDefinitionId");
    built_in = base_asprintf(S ROLES "/%s?" A, sim_role_find("Owner")->guid);
    assert_refused(f, ask(f, "PUT", built_in, operator_role), 400, "InvalidRoleDefinitionId");
    assert_refused(f, ask(f, "DELETE", built_in, NULL), 400, "InvalidRoleDefinitionId");
    assert_refused(
        f, ask(f, "PUT", S ROLES "/" CUSTOM "?" A, "{\"properties\":{\"roleName\":\"reader\"}}"),
        409, "RoleDefinitionWithSameNameExists");
    assert_refused(f,
                   ask(f, "PUT", S ROLES "/" CUSTOM "?" A,
                       "{\"properties\":{\"roleName\":\"x\",\"permissions\":[{\"actions\":[1]}]}}"),
                   400, "InvalidRequestContent");
    assert_refused(
        f,
        ask(f, "PUT", S ROLES "/" CUSTOM "?" A,
            "{\"properties\":{\"roleName\":\"x\",\"permissions\":[{\"actions\":[\"*\"]}]}}"),
        400, "InvalidRequestContent");
    assert_string_equal(base_json_text(f->body, "error.target"), "properties.assignableScopes");
    free(built_in);
    free(token);
    free(administrator);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(built_in_roles),        T(the_refusal_names_all),
        T(groups_form_a_tree),    T(roles_are_inherited_from_groups),
        T(survives_a_restart),    T(custom_roles),
        T(rules_of_custom_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
