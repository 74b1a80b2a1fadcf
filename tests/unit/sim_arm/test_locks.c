/* Locks: who may make them, what they forbid at, above and below a scope, and that a group's deletion honours them (facts of ARM, 1.15). */
#include "tests/unit/sim_arm/fixture.h"

#define LOCKS "/providers/Microsoft.Authorization/locks"
#define L "api-version=2020-05-01"
#define BOX RG "/providers/Contoso.Kit/boxes/b"
#define K "api-version=2022-01-01"

static int lock(struct fixture *f, const char *scope, const char *name, const char *level)
{
    char *path = base_asprintf("%s" LOCKS "/%s?" L, scope, name),
         *body = base_asprintf("{\"properties\":{\"level\":\"%s\",\"notes\":\"n\"}}", level);
    int status = ask(f, "PUT", path, body);
    free(path);
    free(body);
    return status;
}

static int unlock(struct fixture *f, const char *scope, const char *name)
{
    char *path = base_asprintf("%s" LOCKS "/%s?" L, scope, name);
    int status = ask(f, "DELETE", path, NULL);
    free(path);
    return status;
}

static void life(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    assert_status(f, lock(f, RG, "keep", "cannotdelete"), 201);
    assert_string_equal(base_json_text(f->body, "id"), RG LOCKS "/keep");
    assert_string_equal(base_json_text(f->body, "type"), "Microsoft.Authorization/locks");
    assert_string_equal(base_json_text(f->body, "properties.level"), "CanNotDelete");
    assert_string_equal(base_json_text(f->body, "properties.notes"), "n");
    assert_status(f, lock(f, RG, "Keep", "ReadOnly"), 200);
    assert_status(f, ask(f, "GET", RG LOCKS "/keep?" L, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.level"), "ReadOnly");
    assert_status(f, ask(f, "GET", S LOCKS "?" L, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 1);
    assert_status(f, ask(f, "GET", S LOCKS "?$filter=atScope()&" L, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 0);
    assert_status(f, ask(f, "GET", BOX LOCKS "?" L, NULL), 200); /* inherited */
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 1);
    assert_refused(f, lock(f, RG, "other", "Locked"), 400, "InvalidRequestContent");
    assert_string_equal(base_json_text(f->body, "error.target"), "properties.level");
    assert_refused(f, ask(f, "PUT", RG LOCKS "/other?" L, "{}"), 400, "InvalidRequestContent");
    assert_refused(f, ask(f, "GET", RG LOCKS "/other?" L, NULL), 404, "LockNotFound");
    assert_refused(f, send_as(f, f->reader, "DELETE", RG LOCKS "/keep?" L, NULL), 403,
                   "AuthorizationFailed");
    assert_status(f, unlock(f, RG, "keep"), 200);
    assert_status(f, unlock(f, RG, "keep"), 204);
}

static void contributor_makes_none(void **state)
{
    struct fixture *f = *state;
    struct sim_principal contributor = principal(f, "contributor", TENANT);
    make_group(f);
    grant(f, &contributor, "Contributor", S);
    char *token = bearer(f, &contributor, "https://management.azure.com");
    assert_refused(
        f, send_as(f, token, "PUT", RG LOCKS "/x?" L, "{\"properties\":{\"level\":\"ReadOnly\"}}"),
        403, "AuthorizationFailed");
    assert_non_null(strstr(f->response.body.data, "Microsoft.Authorization/locks/write"));
    free(token);
}

static void cannot_delete(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    assert_status(f, ask(f, "PUT", BOX "?" K, "{\"location\":\"westus2\"}"), 201);
    assert_status(f, lock(f, W, "keep", "CanNotDelete"), 201);
    int deleted = count_calls(f, "DELETE");
    assert_refused(f, ask(f, "DELETE", W "?" V, NULL), 409, "ScopeLocked");
    assert_non_null(strstr(f->response.body.data, "'" W "'"));
    assert_non_null(strstr(f->response.body.data, "lock 'keep'"));
    assert_string_equal(base_json_text(f->body, "error.target"), W LOCKS "/keep");
    assert_refused(f, ask(f, "DELETE", C "?" V, NULL), 409, "ScopeLocked"); /* inherited */
    assert_refused(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 409,
                   "ScopeLocked"); /* something inside */
    assert_int_equal(count_calls(f, "DELETE"), deleted);
    assert_status(f, ask(f, "GET", S "/resourcegroups/rg1?" R, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Succeeded");
    assert_status(f, ask(f, "PUT", W "?" V, "{\"location\":\"westus2\",\"tags\":{}}"), 200);
    assert_status(f, ask(f, "DELETE", BOX "?" K, NULL), 200);
    /* who may not even delete learns that first */
    assert_refused(f, send_as(f, f->reader, "DELETE", W "?" V, NULL), 403, "AuthorizationFailed");
    assert_status(f, unlock(f, W, "keep"), 200);
    assert_status(f, ask(f, "DELETE", C "?" V, NULL), 200);
}

static void read_only(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    assert_status(f, lock(f, S, "freeze", "ReadOnly"), 201);
    int puts = count_calls(f, "PUT");
    assert_refused(f, ask(f, "PUT", W "?" V, "{\"location\":"), 409,
                   "ScopeLocked"); /* before the body */
    assert_refused(f, ask(f, "PATCH", W "?" V, "{\"tags\":{}}"), 409, "ScopeLocked");
    assert_refused(f, ask(f, "DELETE", C "?" V, NULL), 409, "ScopeLocked");
    assert_refused(f, ask(f, "POST", BOX "/listKeys?" K, NULL), 409, "ScopeLocked");
    assert_refused(f, ask(f, "PUT", S "/resourcegroups/rg2?" R, "{\"location\":\"westus2\"}"), 409,
                   "ScopeLocked");
    assert_int_equal(count_calls(f, "PUT"), puts);
    assert_status(f, ask(f, "GET", W "?" V, NULL), 200);
    assert_status(f, unlock(f, S, "freeze"), 200);
    assert_status(f, ask(f, "PATCH", W "?" V, "{\"tags\":{}}"), 200);
}

static void gone_with_the_resource(void **state)
{
    struct fixture *f = *state;
    make_group(f);
    assert_status(f, ask(f, "PUT", BOX "?" K, "{\"location\":\"westus2\"}"), 201);
    assert_status(f, lock(f, BOX, "nothing", "NotSpecified"), 201);
    assert_status(f, ask(f, "DELETE", BOX "?" K, NULL), 200);
    assert_status(f, ask(f, "GET", S LOCKS "?" L, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(life),      T(contributor_makes_none), T(cannot_delete),
        T(read_only), T(gone_with_the_resource),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
