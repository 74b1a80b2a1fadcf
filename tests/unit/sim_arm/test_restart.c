/* What ARM keeps over a restart: subscriptions, groups, the index, identities, and deletions under way. */
#include "tests/unit/sim_arm/fixture.h"

#include "common/file.h"

#include <unistd.h>

static void reopen(struct fixture *f, const char *folder)
{
    arm_free(f->arm);
    sim_world_free(f->world);
    open_world(f, folder);
}

static void over_a_restart(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/test-sim-arm-XXXXXX";
    struct sim_principal principal_;
    struct base_error err = {0};
    assert_non_null(mkdtemp(folder));
    reopen(f, folder);
    seed(f);
    make_connector(f);
    assert_status(f, ask(f, "PUT", S "/resourcegroups/rg2?" R, "{\"location\":\"eastus\"}"), 201);
    reopen(f, folder);
    assert_status(f, ask(f, "GET", S "/resourcegroups?" R, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 2);
    assert_true(sim_principal_by_resource(f->world, C, &principal_));
    assert_status(f, ask(f, "GET", RG "/resources?" R, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(f->body, "value")), 2);

    /* a deletion that the end of the process interrupts goes on */
    f->rp.async_delete = f->rp.endless = true;
    assert_status(f, ask(f, "DELETE", S "/resourcegroups/rg1?" R, NULL), 202);
    char *location = base_strdup(header(f, "Location") + strlen("https://management.azure.com"));
    while (!count_calls(f, "DELETE"))
        usleep(1000);
    reopen(f, folder);
    f->rp.endless = false;
    int status;
    while ((status = ask(f, "GET", location, NULL)) == 202)
        usleep(5000);
    assert_int_equal(status, 200);
    assert_status(f, ask(f, "HEAD", S "/resourcegroups/rg1?" R, NULL), 404);
    reopen(f, folder);
    assert_status(f, ask(f, "GET", location, NULL), 200); /* its result is kept */
    assert_false(sim_principal_by_resource(f->world, C, &principal_));
    free(location);
    arm_free(f->arm);
    sim_world_free(f->world);
    assert_int_equal(base_dir_remove(folder, &err), BASE_OK);
    open_world(f, NULL);
}

static void access_and_locks(void **state)
{
    static const char mg[] = "/providers/Microsoft.Management/managementGroups/health";
    static const char lock[] = S "/providers/Microsoft.Authorization/locks/keep?"
                                 "api-version=2020-05-01";
    static const char role[] = S "/providers/Microsoft.Authorization/roleDefinitions/"
                                 "bbbbbbbb-0000-0000-0000-000000000001?api-version=2022-04-01";
    struct fixture *f = *state;
    char folder[] = "/tmp/test-sim-arm-XXXXXX", *path, *member;
    struct base_error err = {0};
    assert_non_null(mkdtemp(folder));
    reopen(f, folder);
    seed(f);
    path = base_asprintf("%s?api-version=2021-04-01", mg);
    member = base_asprintf("%s/subscriptions/" SUB "?api-version=2021-04-01", mg);
    assert_status(f, ask(f, "PUT", path, "{}"), 200);
    assert_status(f, ask(f, "PUT", member, ""), 200);
    assert_status(f, ask(f, "PUT", lock, "{\"properties\":{\"level\":\"CanNotDelete\"}}"), 201);
    assert_status(f,
                  ask(f, "PUT", role,
                      "{\"properties\":{\"roleName\":\"x\",\"permissions\":[{\"actions\":["
                      "\"*\"]}],\"assignableScopes\":[\"" S "\"]}}"),
                  201);
    reopen(f, folder);
    assert_true(sim_scope_reaches(f->world, mg, RG));
    assert_status(f, ask(f, "GET", path, NULL), 200);
    assert_status(f, ask(f, "GET", lock, NULL), 200);
    assert_status(f, ask(f, "GET", role, NULL), 200);
    free(path);
    free(member);
    arm_free(f->arm);
    sim_world_free(f->world);
    assert_int_equal(base_dir_remove(folder, &err), BASE_OK);
    open_world(f, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(access_and_locks, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(over_a_restart, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
