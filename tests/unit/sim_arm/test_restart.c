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
    assert_false(sim_principal_by_resource(f->world, C, &principal_));
    free(location);
    arm_free(f->arm);
    sim_world_free(f->world);
    assert_int_equal(base_dir_remove(folder, &err), BASE_OK);
    open_world(f, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(over_a_restart, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
