/* A database of version 3, whose resources stood by key, opens as today's and loses nothing. */
#include "reference/rp/storage/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const VERSION_3[] = {

    "CREATE TABLE resource("
    " key TEXT PRIMARY KEY,"
    " type INTEGER NOT NULL,"
    " parent TEXT REFERENCES resource(key),"
    " id TEXT NOT NULL,"
    " uid TEXT NOT NULL UNIQUE,"
    " subscription TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " operation TEXT,"
    " version INTEGER NOT NULL,"
    " renew_ms INTEGER,"
    " desired TEXT NOT NULL,"
    " metadata TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX resource_parent ON resource(parent);"

    "CREATE TABLE operation("
    " seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL,"
    " resource TEXT NOT NULL,"
    " resource_id TEXT NOT NULL,"
    " resource_uid TEXT NOT NULL,"
    " subscription TEXT NOT NULL,"
    " location TEXT NOT NULL,"
    " correlation TEXT NOT NULL,"
    " status TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL,"
    " ended_ms INTEGER NOT NULL DEFAULT 0,"
    " error_code TEXT,"
    " error_message TEXT,"
    " step TEXT NOT NULL DEFAULT '',"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " dequeues INTEGER NOT NULL DEFAULT 0,"
    " due_ms INTEGER NOT NULL,"
    " lease_owner TEXT,"
    " lease_until_ms INTEGER NOT NULL DEFAULT 0,"
    " epoch INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX operation_due ON operation(status, due_ms, seq);"

    "CREATE TABLE intent("
    " seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " owner TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " slot TEXT NOT NULL,"
    " target TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " pending TEXT,"
    " state INTEGER NOT NULL,"
    " UNIQUE(owner, kind, slot));"

    "CREATE TABLE holding(thing TEXT NOT NULL, holder TEXT NOT NULL, PRIMARY KEY(thing, holder)) "
    "WITHOUT ROWID;"
    "CREATE TABLE allocation(owner TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL,"
    " PRIMARY KEY(owner, kind)) WITHOUT ROWID;"
    "CREATE INDEX allocation_item ON allocation(kind, item);"
    "CREATE TABLE subscription(id TEXT PRIMARY KEY, state TEXT NOT NULL, document TEXT NOT NULL) "
    "WITHOUT ROWID;",

    "ALTER TABLE operation ADD COLUMN cancel INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE operation ADD COLUMN after TEXT;"
    "ALTER TABLE operation ADD COLUMN last_code TEXT;"
    "ALTER TABLE operation ADD COLUMN last_error TEXT;"
    "ALTER TABLE resource ADD COLUMN check_ms INTEGER;"
    "UPDATE resource SET check_ms=0 WHERE state='Succeeded';"
    "CREATE INDEX resource_check ON resource(check_ms) WHERE check_ms IS NOT NULL;"
    "CREATE INDEX resource_renew ON resource(renew_ms) WHERE renew_ms IS NOT NULL;"
    "CREATE INDEX operation_ended ON operation(ended_ms);",

    "CREATE INDEX resource_type ON resource(type, key);", NULL};

#define WS "/subscriptions/s/resourcegroups/g/providers/microsoft.healthcareapis/workspaces/ws1"
#define IC WS "/iotconnectors/ic1"

static void put_old(base_db_t *db, const char *key, int64_t type, const char *parent)
{
    assert_int_equal(
        base_db_run(db, NULL, NULL,
                    "INSERT INTO resource(key, type, parent, id, uid, subscription, state, "
                    "operation, version, renew_ms, desired, metadata, check_ms) "
                    "VALUES(?,?,?,?,?,'s','Succeeded',NULL,7,?,'{\"location\":\"westus2\"}',"
                    "'{\"ready\":true}',12)",
                    "tittti", key, type, parent, key, key + sizeof WS - 4, type ? 11 : INT64_MAX),
        BASE_OK);
}

static void make_old(const char *path)
{
    const struct base_db_config config = {.path = path, .migrations = VERSION_3};
    base_db_t *db = base_db_open(&config, NULL);

    assert_non_null(db);
    put_old(db, WS, RP_WORKSPACE, NULL);
    put_old(db, IC, RP_CONNECTOR, WS);
    base_db_close(db);
}

static void check(base_db_t *db)
{
    struct rp_resource found, *children;
    struct base_error err = {0};
    size_t count;

    assert_int_equal(rp_resource_get(db, IC, &found, &err), BASE_OK);
    assert_string_equal(found.parent, WS);
    assert_string_equal(found.state, RP_SUCCEEDED);
    assert_int_equal(found.version, 7);
    assert_string_equal(base_json_text(found.desired, "location"), "westus2");
    assert_true(base_json_true(found.metadata, "ready"));
    rp_resource_release(&found);
    assert_int_equal(rp_resource_children(db, WS, &children, &count, &err), BASE_OK);
    assert_int_equal(count, 1);
    rp_resources_free(children, count);
    assert_int_equal(rp_resource_to_renew(db, 11, &found, &err), BASE_OK);
    assert_string_equal(found.key, IC);
    rp_resource_release(&found);
    assert_int_equal(rp_resource_to_check(db, 11, &found, &err), BASE_NOT_FOUND);
    assert_int_equal(rp_resource_to_check(db, 12, &found, &err), BASE_OK);
    rp_resource_release(&found);
}

/* Keys stay unique, and a parent stays as long as it has children. */
static void check_rules(base_db_t *db)
{
    struct rp_resource found;

    assert_int_equal(rp_resource_get(db, IC, &found, NULL), BASE_OK);
    assert_int_equal(rp_resource_insert(db, &found, NULL), BASE_EXISTS);
    rp_resource_release(&found);
    assert_int_not_equal(rp_resource_remove(db, WS, NULL), BASE_OK);
    assert_int_equal(rp_resource_remove(db, IC, NULL), BASE_OK);
    assert_int_equal(rp_resource_remove(db, WS, NULL), BASE_OK);
}

static void nothing_is_lost(void **state)
{
    char folder[] = "/tmp/iomt-store-XXXXXX";
    struct base_error err = {0};

    (void)state;
    assert_non_null(mkdtemp(folder));
    char *path = base_asprintf("%s/rp.db", folder);
    make_old(path);
    base_db_t *db = rp_store_open(path, &err);
    if (!db)
        fail_msg("%s", err.message);
    check(db);
    check_rules(db);
    base_db_close(db);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
