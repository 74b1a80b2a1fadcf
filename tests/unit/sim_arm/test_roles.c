/* Role assignments and definitions: the rules and errors of facts of ARM, 4.5 and 6.4. */
#include "tests/unit/sim_arm/fixture.h"

#define ASSIGN "/providers/Microsoft.Authorization/roleAssignments"
#define G1 "aaaaaaaa-0000-0000-0000-000000000001"
#define G2 "aaaaaaaa-0000-0000-0000-000000000002"
#define RECEIVER "a638d3c7-ab3a-418d-83e6-5f17a39d4fde"
#define A "api-version=2022-04-01"

static char *body_for(const char *role, const char *principal_id, const char *type)
{
    return base_asprintf("{\"properties\":{\"roleDefinitionId\":\"%s\",\"principalId\":\"%s\"%s%s%"
                         "s,\"description\":\"d\"}}",
                         role, principal_id, type ? ",\"principalType\":\"" : "", type ? type : "",
                         type ? "\"" : "");
}

static int put(struct fixture *f, const char *scope, const char *guid, const char *role,
               const char *principal_id, const char *type)
{
    char *path = base_asprintf("%s" ASSIGN "/%s?" A, scope, guid),
         *body = body_for(role, principal_id, type);
    int status = ask(f, "PUT", path, body);
    free(path);
    free(body);
    return status;
}

static const char full_role[] = S "/providers/Microsoft.Authorization/roleDefinitions/" RECEIVER;
static const char hub[] = RG "/providers/Microsoft.EventHub/namespaces/n/eventhubs/vitals";

static void life(void **state)
{
    struct fixture *f = *state;
    const char *reader = f->reader_principal.object_id;
    make_group(f);
    assert_status(f, put(f, hub, G1, full_role, reader, "ServicePrincipal"), 201);
    assert_string_equal(base_json_text(f->body, "properties.scope"), hub);
    assert_string_equal(base_json_text(f->body, "properties.roleDefinitionId"), full_role);
    assert_true(cJSON_IsNull(base_json_at(f->body, "properties.createdBy")));
    assert_true(cJSON_IsNull(base_json_at(f->body, "properties.condition")));
    assert_status(f,
                  put(f, hub, G1, "/providers/Microsoft.Authorization/roleDefinition/" RECEIVER,
                      reader, NULL),
                  201);
    assert_true(sim_rbac_allows(
        f->world, reader, "Microsoft.EventHub/namespaces/messages/receive/action", true, hub));
    char *path = base_asprintf("%s" ASSIGN "/" G1 "?" A, hub);
    assert_status(f, ask(f, "GET", path, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.createdBy"),
                        f->owner_principal.object_id);
    assert_string_equal(base_json_text(f->body, "properties.description"), "d");
    assert_refused(f, send_as(f, f->reader, "DELETE", path, NULL), 403, "AuthorizationFailed");
    assert_status(f, ask(f, "DELETE", path, NULL), 200);
    assert_string_equal(base_json_text(f->body, "name"), G1);
    assert_status(f, ask(f, "DELETE", path, NULL), 204);
    assert_refused(f, ask(f, "GET", path, NULL), 404, "RoleAssignmentNotFound");
    assert_false(sim_rbac_allows(
        f->world, reader, "Microsoft.EventHub/namespaces/messages/receive/action", true, hub));
    free(path);
}

static void rules(void **state)
{
    struct fixture *f = *state;
    const char *reader = f->reader_principal.object_id;
    make_group(f);
    assert_refused(f, put(f, hub, "not-a-guid", full_role, reader, NULL), 400,
                   "InvalidRoleAssignmentId");
    assert_refused(f, put(f, hub, G1, full_role, "nobody", NULL), 400, "InvalidPrincipalId");
    assert_refused(
        f, put(f, hub, G1, "/providers/Microsoft.Authorization/roleDefinitions/" G2, reader, NULL),
        404, "RoleDefinitionDoesNotExist");
    assert_refused(f, put(f, hub, G1, full_role, G2, NULL), 400, "PrincipalNotFound");
    assert_refused(f, put(f, hub, G1, full_role, reader, "User"), 400, "UnmatchedPrincipalType");
    assert_status(f, put(f, RG, G2, full_role, G2, "ServicePrincipal"),
                  201); /* not replicated yet */
    assert_status(f, put(f, hub, G1, full_role, reader, NULL), 201);
    assert_string_equal(base_json_text(f->body, "properties.principalType"), "ServicePrincipal");
    assert_refused(f, put(f, hub, "aaaaaaaa-0000-0000-0000-000000000003", full_role, reader, NULL),
                   409, "RoleAssignmentExists");
    assert_non_null(strstr(f->response.body.data, "aaaaaaaa000000000000000000000001"));
    assert_refused(f, put(f, hub, G1, full_role, f->owner_principal.object_id, NULL), 400,
                   "RoleAssignmentUpdateNotPermitted");
    assert_refused(f, put(f, RG, G1, full_role, reader, NULL), 400,
                   "RoleAssignmentUpdateNotPermitted");
    assert_refused(f, ask(f, "PUT", RG ASSIGN "/" G1 "?" A, "{\"properties\":{}}"), 400,
                   "InvalidRequestContent");
}

static void hash_conflicts(void **state)
{
    struct fixture *f = *state;
    const char *reader = f->reader_principal.object_id;
    assert_int_equal(
        send_to(f, "control", NULL, "POST", "/_sim/arm/hash-conflicts", "{\"count\":1}", NULL),
        204);
    assert_refused(f, put(f, S, G1, full_role, reader, NULL), 400,
                   "HashConflictOnDifferentRoleAssignmentIds");
    assert_refused(f, put(f, S, G1, full_role, reader, NULL), 400,
                   "HashConflictOnDifferentRoleAssignmentIds");
    assert_status(f, put(f, S, G2, full_role, reader, NULL), 201);
    assert_int_equal(send_to(f, "control", NULL, "POST", "/_sim/arm/hash-conflicts", "{}", NULL),
                     400);
}

static int listed(struct fixture *f, const char *scope, const char *filter)
{
    char *path = base_asprintf("%s" ASSIGN "?%s" A, scope, filter);
    assert_status(f, ask(f, "GET", path, NULL), 200);
    free(path);
    return cJSON_GetArraySize(base_json_at(f->body, "value"));
}

static void lists(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    assert_status(f, put(f, hub, G1, full_role, f->reader_principal.object_id, NULL), 201);
    assert_int_equal(listed(f, S, ""), 3);
    assert_int_equal(listed(f, hub, ""), 3);
    assert_int_equal(listed(f, S, "$filter=atScope()&"), 2);
    assert_int_equal(listed(f, RG, "$filter=atScope()&"), 2);
    char *filter =
        base_asprintf("$filter=principalId%%20eq%%20'%s'&", f->reader_principal.object_id);
    assert_int_equal(listed(f, S, filter), 2);
    free(filter);
    filter =
        base_asprintf("$filter=atScope()+and+assignedTo('%s')&", f->reader_principal.object_id);
    for (char *c = filter; *c; c++)
        *c = *c == '+' ? ' ' : *c;
    assert_int_equal(listed(f, S, filter), 1);
    free(filter);
    assert_refused(f, ask(f, "GET", S ASSIGN "?$filter=x()&" A, NULL), 400,
                   "InvalidFilterInQueryString");
}

static void gone_with_the_resource(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    assert_status(f, put(f, C, G1, full_role, f->reader_principal.object_id, NULL), 201);
    assert_status(f, ask(f, "DELETE", C "?" V, NULL), 200);
    assert_refused(f, ask(f, "GET", C ASSIGN "/" G1 "?" A, NULL), 404, "RoleAssignmentNotFound");
}

static void definitions(void **state)
{
    struct fixture *f = *state;
    assert_status(f, ask(f, "GET", full_role, NULL), 400);
    assert_status(
        f,
        ask(f, "GET", S "/providers/Microsoft.Authorization/roleDefinitions/" RECEIVER "?" A, NULL),
        200);
    assert_string_equal(base_json_text(f->body, "id"), full_role);
    assert_string_equal(base_json_text(f->body, "properties.type"), "BuiltInRole");
    assert_status(f,
                  send_as(f, f->stranger, "GET",
                          "/providers/Microsoft.Authorization/roleDefinitions/" RECEIVER "?" A,
                          NULL),
                  200);
    assert_status(
        f,
        ask(f, "GET",
            S
            "/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName%20eq%20'owner'&" A,
            NULL),
        200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 1);
    assert_refused(
        f, ask(f, "GET", S "/providers/Microsoft.Authorization/roleDefinitions/" G1 "?" A, NULL),
        404, "RoleDefinitionDoesNotExist");
    assert_refused(
        f, ask(f, "PUT", S "/providers/Microsoft.Authorization/roleDefinitions/" G1 "?" A, "{}"),
        400, "InvalidRequestContent");
    assert_status(
        f,
        send_as(f, f->reader, "GET", S "/providers/Microsoft.Authorization/permissions?" A, NULL),
        200);
    assert_string_equal(base_json_text(f->body, "value.0.actions.0"), "*/read");
    assert_refused(f, ask(f, "PATCH", S ASSIGN "/" G1 "?" A, "{}"), 405, "MethodNotAllowed");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(life), T(rules), T(hash_conflicts), T(lists), T(gone_with_the_resource), T(definitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
