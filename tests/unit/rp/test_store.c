/* The database: leases and their fencing, intents, holdings, allocations. */
#include "rp_test.h"

#include "reference/rp/storage/allocation.h"
#include "common/file.h"

static base_db_t *open_db(void)
{
    base_db_t *db = rp_store_open(":memory:", NULL);

    assert_non_null(db);
    return db;
}

static void add_operation(base_db_t *db, const char *id, int64_t due)
{
    struct rp_operation operation = {.kind = "workspace.create",
                                     .resource = "/key",
                                     .resource_id = "/Key",
                                     .subscription = SUB,
                                     .location = "westus2",
                                     .due_ms = due};

    rp_store_copy(operation.id, sizeof operation.id, id);
    assert_int_equal(rp_operation_insert(db, &operation, NULL), BASE_OK);
}

static void leases_are_exclusive_and_fence(void **state)
{
    base_db_t *db = open_db();
    struct rp_operation first, second;
    struct rp_lease a = {"a", 1000, 2000}, b = {"b", 1500, 2500};
    struct base_error err = {0};
    int64_t due;

    (void)state;
    add_operation(db, "op1", 900);
    assert_int_equal(rp_lease_take(db, &a, &first, NULL), BASE_OK);
    assert_int_equal(first.epoch, 1);
    assert_int_equal(rp_lease_take(db, &b, &second, NULL), BASE_NOT_FOUND);
    assert_int_equal(rp_operation_next_due(db, &due, NULL), BASE_OK);
    assert_int_equal(due, 2000);
    b.now_ms = 2000; /* a's lease ended */
    assert_int_equal(rp_lease_take(db, &b, &second, NULL), BASE_OK);
    assert_int_equal(second.epoch, 2);
    assert_int_equal(second.dequeues, 2);
    /* whatever the first writes now is lost */
    assert_int_equal(rp_lease_check(db, &first, &err), BASE_CONFLICT);
    assert_string_equal(err.code, "LeaseLost");
    assert_int_equal(rp_lease_renew(db, &first, 9000, NULL), BASE_CONFLICT);
    assert_int_equal(rp_operation_advance(db, &first, "x", NULL), BASE_CONFLICT);
    assert_int_equal(rp_operation_postpone(db, &first, 9000, NULL), BASE_CONFLICT);
    assert_int_equal(rp_operation_finish(db, &first, 9000, NULL, NULL), BASE_CONFLICT);
    assert_int_equal(rp_operation_advance(db, &second, "x", NULL), BASE_OK);
    assert_int_equal(rp_operation_postpone(db, &second, 5000, NULL), BASE_OK);
    b.now_ms = 4999;
    rp_operation_release(&first);
    assert_int_equal(rp_lease_take(db, &b, &first, NULL), BASE_NOT_FOUND);
    b.now_ms = 5000;
    assert_int_equal(rp_lease_take(db, &b, &first, NULL), BASE_OK);
    assert_string_equal(first.step, "x");
    assert_int_equal(first.dequeues, 1);
    base_error_set(&err, BASE_INVALID, "Code", "x");
    assert_int_equal(rp_operation_finish(db, &first, 6000, &err, NULL), BASE_OK);
    assert_int_equal(rp_operation_finish(db, &first, 6000, NULL, NULL), BASE_CONFLICT); /* once */
    rp_operation_release(&second);
    assert_int_equal(rp_operation_get(db, "op1", &second, NULL), BASE_OK);
    assert_string_equal(second.status, "Failed");
    assert_string_equal(second.error_code, "LeaseLost"); /* the first cause wins */
    assert_int_equal(rp_operation_next_due(db, &due, NULL), BASE_OK);
    assert_true(due == INT64_MAX);
    rp_operation_release(&first);
    rp_operation_release(&second);
    base_db_close(db);
}

/* Looks at growing distances, whoever takes the operation next, until the step is done; a named Retry-After is kept to. */
static void waits_grow_until_a_step_is_done(void **state)
{
    base_db_t *db = open_db();
    struct rp_config config = {.poll_ms = 100};
    const struct rp_world world = {.config = &config, .db = db};
    const int64_t expected[] = {5, 8, 12, 18, 27, 41, 62, 93, 100, 100};
    struct rp_lease lease = {"a", 1000, 2000};

    (void)state;
    add_operation(db, "op1", 1000);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct rp_job job = {.world = &world};
        assert_int_equal(rp_lease_take(db, &lease, &job.operation, NULL), BASE_OK);
        assert_int_equal(rp_job_again(&job, 3000), RP_STEP_AGAIN);
        assert_int_equal(job.again_ms, 3000);
        assert_int_equal(rp_job_again(&job, 0), RP_STEP_AGAIN);
        assert_int_equal(job.again_ms, expected[i]);
        assert_int_equal(rp_operation_postpone(db, &job.operation, 1000, NULL), BASE_OK);
        rp_operation_release(&job.operation);
    }
    struct rp_job job = {.world = &world};
    assert_int_equal(rp_lease_take(db, &lease, &job.operation, NULL), BASE_OK);
    assert_int_equal(rp_operation_advance(db, &job.operation, "next", NULL), BASE_OK);
    assert_int_equal(rp_job_again(&job, 0), RP_STEP_AGAIN);
    assert_int_equal(job.again_ms, 5);
    config.poll_ms = 10; /* the least there is */
    job.operation.waits = 0;
    assert_int_equal(rp_job_again(&job, 0), RP_STEP_AGAIN);
    assert_int_equal(job.again_ms, 1);
    rp_operation_release(&job.operation);
    base_db_close(db);
}

static void the_longest_waiting_comes_first(void **state)
{
    base_db_t *db = open_db();
    const char *const order[] = {"op2", "op1", "op3"};
    struct rp_lease lease = {"a", 1000, 2000};

    (void)state;
    add_operation(db, "op1", 500);
    add_operation(db, "op2", 400);
    add_operation(db, "op3", 500);
    add_operation(db, "op4", 5000);
    for (int i = 0; i < 3; i++) {
        struct rp_operation operation;
        assert_int_equal(rp_lease_take(db, &lease, &operation, NULL), BASE_OK);
        assert_string_equal(operation.id, order[i]);
        rp_operation_release(&operation);
    }
    assert_int_equal(rp_lease_void_all(db, NULL), BASE_OK);
    struct rp_operation operation;
    assert_int_equal(rp_lease_take(db, &lease, &operation, NULL), BASE_OK);
    assert_int_equal(operation.epoch, 2); /* whoever held it before is fenced off */
    rp_operation_release(&operation);
    base_db_close(db);
}

static void intents_are_walked_backwards(void **state)
{
    base_db_t *db = open_db();
    struct rp_intent intent = {.owner = "o", .kind = "k1", .target = (char *)"/first"}, found;

    (void)state;
    assert_int_equal(rp_intent_newest(db, "o", &found, NULL), BASE_NOT_FOUND);
    assert_int_equal(rp_intent_plan(db, &intent, NULL), BASE_OK);
    rp_store_copy(intent.kind, sizeof intent.kind, "k2");
    assert_int_equal(rp_intent_plan(db, &intent, NULL), BASE_OK);
    rp_store_copy(intent.kind, sizeof intent.kind,
                  "k1"); /* planned again: keeps its place and state */
    assert_int_equal(rp_intent_get(db, "o", "k1", "", &found, NULL), BASE_OK);
    found.state = RP_MADE;
    found.pending = cJSON_CreateObject();
    assert_int_equal(rp_intent_save(db, &found, NULL), BASE_OK);
    rp_intent_release(&found);
    intent.target = (char *)"/other";
    assert_int_equal(rp_intent_plan(db, &intent, NULL), BASE_OK);
    assert_int_equal(rp_intent_newest(db, "o", &found, NULL), BASE_OK);
    assert_string_equal(found.kind, "k2");
    assert_int_equal(rp_intent_drop(db, found.seq, NULL), BASE_OK);
    rp_intent_release(&found);
    assert_int_equal(rp_intent_newest(db, "o", &found, NULL), BASE_OK);
    assert_string_equal(found.target, "/other");
    assert_int_equal(found.state, RP_MADE);
    assert_non_null(found.pending);
    found.state = RP_REMOVING; /* a removal that was given up, and then it is wanted again */
    assert_int_equal(rp_intent_save(db, &found, NULL), BASE_OK);
    rp_intent_release(&found);
    assert_int_equal(rp_intent_plan(db, &intent, NULL), BASE_OK);
    assert_int_equal(rp_intent_get(db, "o", "k1", "", &found, NULL), BASE_OK);
    assert_int_equal(found.state, RP_PLANNED);
    rp_intent_release(&found);
    base_db_close(db);
}

static void holdings_and_allocations(void **state)
{
    base_db_t *db = open_db();
    int64_t left = -1;
    char item[32];

    (void)state;
    assert_int_equal(rp_holding_add(db, "ns", "a", NULL), BASE_OK);
    assert_int_equal(rp_holding_add(db, "ns", "a", NULL), BASE_OK);
    assert_int_equal(rp_holding_add(db, "ns", "b", NULL), BASE_OK);
    assert_int_equal(rp_holding_drop(db, "ns", "a", &left, NULL), BASE_OK);
    assert_int_equal(left, 1);
    assert_int_equal(rp_holding_drop(db, "ns", "b", &left, NULL), BASE_OK);
    assert_int_equal(left, 0);
    assert_int_equal(rp_allocation_get(db, "o", "vault", item, sizeof item, NULL), BASE_NOT_FOUND);
    assert_int_equal(rp_allocation_add(db, "o", "vault", "kv1", NULL), BASE_OK);
    assert_int_equal(rp_allocation_count(db, "vault", "kv1", &left, NULL), BASE_OK);
    assert_int_equal(left, 1);
    assert_int_equal(rp_allocation_release(db, "o", NULL), BASE_OK);
    assert_int_equal(rp_allocation_count(db, "vault", "kv1", &left, NULL), BASE_OK);
    assert_int_equal(left, 0);
    base_db_close(db);
}

static void a_parent_outlives_its_children(void **state)
{
    base_db_t *db = open_db();
    struct rp_resource parent = {.type = RP_WORKSPACE,
                                 .key = (char *)"/p",
                                 .id = (char *)"/P",
                                 .uid = "1",
                                 .state = "Creating"};
    struct rp_resource child = {.type = RP_CONNECTOR,
                                .key = (char *)"/p/c",
                                .parent = (char *)"/p",
                                .id = (char *)"/P/C",
                                .uid = "2"};

    (void)state;
    parent.desired = child.desired = cJSON_CreateObject();
    parent.metadata = child.metadata = cJSON_CreateObject();
    assert_int_equal(rp_resource_insert(db, &parent, NULL), BASE_OK);
    assert_int_equal(rp_resource_insert(db, &parent, NULL), BASE_EXISTS);
    assert_int_equal(rp_resource_insert(db, &child, NULL), BASE_OK);
    assert_int_not_equal(rp_resource_remove(db, "/p", NULL), BASE_OK);
    assert_int_equal(rp_resource_remove(db, "/p/c", NULL), BASE_OK);
    assert_int_equal(rp_resource_remove(db, "/p", NULL), BASE_OK);
    assert_int_equal(rp_resource_update(db, &parent, NULL), BASE_CONFLICT); /* gone */
    cJSON_Delete(parent.desired);
    cJSON_Delete(parent.metadata);
    base_db_close(db);
}

/* A follower is not begun before what it follows has ended, which is asked to stop. */
static void an_operation_waits_for_another(void **state)
{
    base_db_t *db = open_db();
    struct rp_operation first = {0}, taken = {0},
                        follower = {.kind = "workspace.delete",
                                    .resource = "/key",
                                    .resource_id = "/Key",
                                    .subscription = SUB,
                                    .location = "westus2",
                                    .id = "second",
                                    .after = "first"};
    const struct rp_lease lease = {"me", 1000, 2000};
    int64_t due;

    (void)state;
    add_operation(db, "first", 0);
    assert_int_equal(rp_operation_insert(db, &follower, NULL), BASE_OK);
    assert_true(rp_operation_canceled(db, "first"));
    assert_int_equal(rp_lease_take(db, &lease, &first, NULL), BASE_OK);
    assert_string_equal(first.id, "first");
    assert_true(first.cancel);
    assert_int_equal(rp_lease_take(db, &lease, &taken, NULL), BASE_NOT_FOUND);
    assert_int_equal(rp_operation_next_due(db, &due, NULL), BASE_OK);
    assert_int_equal(due, 2000); /* the lease's end: the follower itself is nobody's turn */
    const struct base_error stopped = {.status = BASE_CANCELED, .code = "OperationCanceled"};
    assert_int_equal(rp_operation_finish(db, &first, 5, &stopped, NULL), BASE_OK);
    assert_int_equal(rp_lease_take(db, &lease, &taken, NULL), BASE_OK);
    assert_string_equal(taken.id, "second");
    rp_operation_release(&first);
    assert_int_equal(rp_operation_get(db, "first", &first, NULL), BASE_OK);
    assert_string_equal(first.status, RP_CANCELED);
    assert_int_equal(rp_operation_cancel(db, "first", 0, NULL), BASE_NOT_FOUND);
    rp_operation_release(&first);
    rp_operation_release(&taken);
    base_db_close(db);
}

/* A database of the first version is lifted, with all that is in it, also what was in the middle of something. */
static void an_older_database_is_lifted(void **state)
{
    char folder[] = "/tmp/rp-store-XXXXXX", path[64];
    struct base_buf sql = {0};
    struct rp_operation operation = {0};
    struct rp_resource resource = {0};
    struct rp_intent intent = {0};
    const struct rp_lease lease = {"me", 1800000000000, 1800000060000};
    sqlite3 *old;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/rp.db", folder);
    assert_int_equal(base_file_read(PROJECT_ROOT "/tests/unit/rp/schema-1.sql", &sql, NULL),
                     BASE_OK);
    assert_int_equal(sqlite3_open(path, &old), SQLITE_OK);
    assert_int_equal(sqlite3_exec(old, sql.data, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(old);
    base_buf_release(&sql);

    for (int i = 0; i < 2; i++) { /* lifted once, then opened as it is */
        base_db_t *db = rp_store_open(path, NULL);
        assert_non_null(db);
        base_db_close(db);
    }
    base_db_t *db = rp_store_open(path, NULL);
    assert_int_equal(rp_lease_take(db, &lease, &operation, NULL), BASE_OK);
    assert_string_equal(operation.step, "hub");
    assert_int_equal(operation.attempts, 2);
    assert_int_equal(operation.epoch, 5);
    assert_false(operation.cancel);
    assert_int_equal(rp_resource_get(db, operation.resource, &resource, NULL), BASE_OK);
    assert_true(rp_resource_busy(&resource));
    assert_int_equal(rp_intent_newest(db, resource.uid, &intent, NULL), BASE_OK);
    assert_string_equal(base_json_text(intent.pending, "verb"), "PUT");
    rp_resource_release(&resource);
    assert_int_equal(rp_resource_to_check(db, 1, &resource, NULL), BASE_OK); /* due at once */
    assert_int_equal(resource.type, RP_WORKSPACE);
    rp_resource_release(&resource);
    rp_operation_release(&operation);
    rp_intent_release(&intent);
    base_db_close(db);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leases_are_exclusive_and_fence),
        cmocka_unit_test(waits_grow_until_a_step_is_done),
        cmocka_unit_test(the_longest_waiting_comes_first),
        cmocka_unit_test(intents_are_walked_backwards),
        cmocka_unit_test(holdings_and_allocations),
        cmocka_unit_test(a_parent_outlives_its_children),
        cmocka_unit_test(an_operation_waits_for_another),
        cmocka_unit_test(an_older_database_is_lifted),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
