/* SQLite through its floor: migrations, transactions, nesting, threads and failures. */
#include "common/db.h"
#include "common/file.h"
#include "common/text.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char *const first[] = {
    "CREATE TABLE item(id TEXT PRIMARY KEY, n INTEGER, d REAL, b BLOB)", NULL};
static const char *const second[] = {
    "CREATE TABLE item(id TEXT PRIMARY KEY, n INTEGER, d REAL, b BLOB)",
    "CREATE TABLE part(item TEXT REFERENCES item(id)); INSERT INTO item(id) VALUES('seed');", NULL};

static base_db_t *open_memory(void)
{
    const struct base_db_config config = {.path = ":memory:", .migrations = second};
    struct base_error err = {0};
    base_db_t *db = base_db_open(&config, &err);
    assert_non_null(db);
    return db;
}

static int64_t count(base_db_t *db)
{
    struct base_db_statement q;
    struct base_error err = {0};
    assert_int_equal(base_db_query(db, &q, &err, "SELECT count(*) FROM item", ""), BASE_OK);
    assert_true(base_db_next(&q, &err));
    int64_t n = base_db_int(&q, 0);
    base_db_done(&q);
    return n;
}

static char *scratch(char *folder, const char *file)
{
    strcpy(folder, "/tmp/iomt-db-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return base_asprintf("%s/%s", folder, file);
}

static void values_come_back_as_they_went_in(void **state)
{
    (void)state;
    base_db_t *db = open_memory();
    struct base_db_statement q;
    struct base_error err = {0};
    int64_t changes = -1;

    assert_int_equal(base_db_run(db, &changes, &err, "INSERT INTO item VALUES(?,?,?,?)", "tidb",
                                 "a", INT64_MIN, 0.5, "x\0y", (size_t)3),
                     BASE_OK);
    assert_int_equal(changes, 1);
    assert_int_equal(
        base_db_query(db, &q, &err, "SELECT id,n,d,length(b),NULL FROM item WHERE id=?", "t", "a"),
        BASE_OK);
    assert_true(base_db_next(&q, &err));
    assert_string_equal(base_db_text(&q, 0), "a");
    assert_true(base_db_int(&q, 1) == INT64_MIN);
    assert_string_equal(base_db_text(&q, 2), "0.5");
    assert_int_equal(base_db_int(&q, 3), 3);
    assert_null(base_db_text(&q, 4));
    assert_false(base_db_next(&q, &err));
    assert_int_equal(err.status, BASE_OK);
    base_db_done(&q);
    base_db_done(&q); /* twice is harmless */
    base_db_close(db);
}

static void failures_have_their_status(void **state)
{
    (void)state;
    base_db_t *db = open_memory();
    struct base_error err = {0};
    struct base_db_statement q;

    assert_int_equal(base_db_run(db, NULL, &err, "INSERT INTO item(id) VALUES(?)", "t", "seed"),
                     BASE_EXISTS);
    assert_int_equal(err.status, BASE_EXISTS);
    base_error_clear(&err);
    assert_int_equal(base_db_run(db, NULL, &err, "INSERT INTO part VALUES(?)", "t", "nobody"),
                     BASE_CONFLICT);
    base_error_clear(&err);
    assert_int_equal(base_db_query(db, &q, &err, "SELECT nonsense", ""), BASE_IO);
    assert_non_null(strstr(err.message, "nonsense"));
    base_db_done(&q); /* harmless after a failure */
    assert_int_equal(count(db), 1);
    base_db_close(db);
}

static void queries_nest_on_one_thread(void **state)
{
    (void)state;
    base_db_t *db = open_memory();
    struct base_error err = {0};
    struct base_db_statement outer, inner;
    const char *sql = "SELECT id FROM item ORDER BY id";
    int rows = 0;

    assert_int_equal(base_db_run(db, NULL, &err, "INSERT INTO item(id) VALUES(?)", "t", "b"),
                     BASE_OK);
    assert_int_equal(base_db_query(db, &outer, &err, sql, ""), BASE_OK);
    while (base_db_next(&outer, &err)) {
        assert_int_equal(base_db_query(db, &inner, &err, sql, ""),
                         BASE_OK); /* the same text, in use already */
        while (base_db_next(&inner, &err))
            rows++;
        base_db_done(&inner);
    }
    base_db_done(&outer);
    assert_int_equal(rows, 4);
    base_db_close(db);
}

/* More texts than the cache holds: old ones make room, all still work. */
static void many_statements_pass_through_the_cache(void **state)
{
    (void)state;
    base_db_t *db = open_memory();
    struct base_error err = {0};

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 200; i++) {
            struct base_db_statement q;
            char *sql = base_asprintf("SELECT %d + ?", i);
            assert_int_equal(base_db_query(db, &q, &err, sql, "i", (int64_t)1), BASE_OK);
            assert_true(base_db_next(&q, &err));
            assert_int_equal(base_db_int(&q, 0), i + 1);
            base_db_done(&q);
            free(sql);
        }
    base_db_close(db);
}

static void transactions_commit_and_roll_back(void **state)
{
    (void)state;
    base_db_t *db = open_memory();
    struct base_error err = {0};

    assert_int_equal(base_db_begin(db, &err), BASE_OK);
    assert_int_equal(base_db_run(db, NULL, &err, "INSERT INTO item(id) VALUES('x')", ""), BASE_OK);
    assert_int_equal(base_db_begin(db, &err), BASE_IO); /* no transaction inside another */
    base_error_clear(&err);
    base_db_rollback(db);
    assert_int_equal(count(db), 1);
    assert_int_equal(base_db_begin(db, &err), BASE_OK);
    assert_int_equal(base_db_run(db, NULL, &err, "INSERT INTO item(id) VALUES('x')", ""), BASE_OK);
    assert_int_equal(base_db_commit(db, &err), BASE_OK);
    assert_int_equal(count(db), 2);
    base_db_close(db);
}

static void a_failed_commit_rolls_back(void **state)
{
    (void)state;
    static const char *const steps[] = {
        "CREATE TABLE item(id TEXT PRIMARY KEY);"
        "CREATE TABLE late(item TEXT REFERENCES item(id) DEFERRABLE INITIALLY DEFERRED);",
        NULL};
    const struct base_db_config config = {.path = ":memory:", .migrations = steps};
    struct base_error err = {0};
    base_db_t *db = base_db_open(&config, &err);

    assert_int_equal(base_db_begin(db, &err), BASE_OK);
    assert_int_equal(base_db_run(db, NULL, &err, "INSERT INTO late VALUES('nobody')", ""), BASE_OK);
    assert_int_equal(base_db_commit(db, &err), BASE_CONFLICT);
    base_error_clear(&err);
    assert_int_equal(base_db_begin(db, &err), BASE_OK); /* the handle is as good as before */
    base_db_rollback(db);
    base_db_close(db);
}

static int64_t synchronous(base_db_t *db)
{
    struct base_db_statement row;

    assert_int_equal(base_db_query(db, &row, NULL, "PRAGMA synchronous", ""), BASE_OK);
    assert_true(base_db_next(&row, NULL));
    int64_t level = base_db_int(&row, 0);
    base_db_done(&row);
    return level;
}

/* 2: FULL, 1: NORMAL. However a relaxed transaction ends, and also when it cannot begin, the next one is durable again. */
static void a_relaxed_transaction_is_the_only_one(void **state)
{
    (void)state;
    char folder[64], *path = scratch(folder, "r.db");
    struct base_error err = {0};
    const struct base_db_config config = {.path = path, .migrations = first, .durable = true};
    base_db_t *db = base_db_open(&config, &err);

    for (int end = 0; end < 2; end++) {
        assert_int_equal(base_db_begin_relaxed(db, &err), BASE_OK);
        assert_int_equal(synchronous(db), 1);
        assert_int_not_equal(base_db_begin_relaxed(db, &err), BASE_OK);
        assert_int_equal(
            base_db_run(db, NULL, &err, "INSERT INTO item(id) VALUES(?)", "t", end ? "b" : "a"),
            BASE_OK);
        if (end)
            base_db_rollback(db);
        else
            assert_int_equal(base_db_commit(db, &err), BASE_OK);
        assert_int_equal(synchronous(db), 2);
        assert_int_equal(count(db), 1);
    }
    assert_int_equal(base_db_begin(db, &err), BASE_OK);
    assert_int_not_equal(base_db_begin_relaxed(db, &err), BASE_OK);
    assert_int_equal(base_db_commit(db, &err), BASE_OK);
    assert_int_equal(synchronous(db), 2);
    base_db_close(db);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
    free(path);
}

static void migrations_lift_step_by_step(void **state)
{
    (void)state;
    char folder[64], *path = scratch(folder, "a.db");
    struct base_error err = {0};
    struct base_db_config config = {.path = path, .migrations = first, .durable = true};

    base_db_t *db = base_db_open(&config, &err);
    assert_non_null(db);
    assert_int_equal(count(db), 0);
    base_db_close(db);
    config.migrations = second;
    for (int i = 0; i < 2; i++) { /* the second time there is nothing to do */
        db = base_db_open(&config, &err);
        assert_non_null(db);
        assert_int_equal(count(db), 1);
        base_db_close(db);
    }
    config.migrations = first;
    assert_null(base_db_open(&config, &err));
    assert_int_equal(err.status, BASE_UNSUPPORTED);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
    free(path);
}

static void a_failed_migration_leaves_the_file_as_it_was(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "CREATE TABLE item(id TEXT PRIMARY KEY, n INTEGER, d REAL, b BLOB)",
        "CREATE TABLE more(x); INSERT INTO nowhere VALUES(1);", NULL};
    char folder[64], *path = scratch(folder, "b.db");
    struct base_error err = {0};
    struct base_db_config config = {.path = path, .migrations = first};

    base_db_close(base_db_open(&config, &err));
    config.migrations = broken;
    assert_null(base_db_open(&config, &err));
    assert_int_equal(err.status, BASE_IO);
    assert_string_equal(err.target, path);
    base_error_clear(&err);
    config.migrations = second;
    base_db_t *db = base_db_open(&config, &err);
    assert_non_null(db);
    base_db_close(db);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
    free(path);
}

static void bad_paths_are_errors(void **state)
{
    (void)state;
    char folder[64], *path = scratch(folder, "c.db");
    struct base_error err = {0};
    struct base_db_config config = {.path = "/nowhere/at/all.db", .migrations = first};

    assert_null(base_db_open(&config, &err));
    assert_int_equal(err.status, BASE_IO);
    base_error_clear(&err);
    assert_int_equal(base_file_write(path,
                                     "this is no database, it is long enough to look like none", 56,
                                     0600, NULL),
                     BASE_OK);
    config.path = path;
    assert_null(base_db_open(&config, &err));
    assert_int_equal(err.status, BASE_IO);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
    free(path);
}

static void *add_hundred(void *argument)
{
    base_db_t *db = argument;

    for (int i = 0; i < 100; i++) {
        struct base_db_statement q;
        int64_t n = 0;
        if (base_db_begin(db, NULL) != BASE_OK ||
            base_db_query(db, &q, NULL, "SELECT n FROM item", "") != BASE_OK)
            return NULL;
        if (base_db_next(&q, NULL))
            n = base_db_int(&q, 0);
        base_db_done(&q);
        if (base_db_run(db, NULL, NULL, "UPDATE item SET n=?", "i", n + 1) != BASE_OK ||
            base_db_commit(db, NULL) != BASE_OK)
            return NULL;
    }
    return db;
}

static void threads_do_not_lose_updates(void **state)
{
    (void)state;
    base_db_t *db = open_memory();
    pthread_t threads[4];
    struct base_error err = {0};
    struct base_db_statement q;

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_hundred, db), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
    assert_int_equal(base_db_query(db, &q, &err, "SELECT n FROM item", ""), BASE_OK);
    assert_true(base_db_next(&q, &err));
    assert_int_equal(base_db_int(&q, 0), 400);
    base_db_done(&q);
    base_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_as_they_went_in),
        cmocka_unit_test(failures_have_their_status),
        cmocka_unit_test(queries_nest_on_one_thread),
        cmocka_unit_test(many_statements_pass_through_the_cache),
        cmocka_unit_test(transactions_commit_and_roll_back),
        cmocka_unit_test(a_failed_commit_rolls_back),
        cmocka_unit_test(a_relaxed_transaction_is_the_only_one),
        cmocka_unit_test(migrations_lift_step_by_step),
        cmocka_unit_test(a_failed_migration_leaves_the_file_as_it_was),
        cmocka_unit_test(bad_paths_are_errors),
        cmocka_unit_test(threads_do_not_lose_updates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
