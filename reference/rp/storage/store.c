/* Decides how the global database is laid out. */
#include "reference/rp/storage/store.h"

#include <stdio.h>

static const char *const MIGRATIONS[] = {
    /* A resource: what the customer wants (desired, front end) and what the worker found out or made up (metadata). */
    "CREATE TABLE resource("
    " key TEXT PRIMARY KEY," /* lower-case id, destinations under one name */
    " type INTEGER NOT NULL,"
    " parent TEXT REFERENCES resource(key)," /* NULL: a workspace */
    " id TEXT NOT NULL,"                     /* as last spelled by the caller */
    " uid TEXT NOT NULL UNIQUE," /* never changes, never used again: outside names derive from it */
    " subscription TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " operation TEXT,"           /* running operation document */
    " version INTEGER NOT NULL," /* etag */
    " renew_ms INTEGER,"         /* when the certificate wants renewal */
    " desired TEXT NOT NULL,"
    " metadata TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX resource_parent ON resource(parent);"
    /* An operation document: one asked-for change, worked on under a lease. */
    "CREATE TABLE operation("
    " seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL,"     /* connector.create */
    " resource TEXT NOT NULL," /* key */
    " resource_id TEXT NOT NULL,"
    " resource_uid TEXT NOT NULL,"
    " subscription TEXT NOT NULL,"
    " location TEXT NOT NULL,"
    " correlation TEXT NOT NULL,"
    " status TEXT NOT NULL," /* InProgress, Succeeded, Failed */
    " created_ms INTEGER NOT NULL,"
    " ended_ms INTEGER NOT NULL DEFAULT 0,"
    " error_code TEXT,"
    " error_message TEXT,"
    " step TEXT NOT NULL DEFAULT '',"       /* the next step; '' is the first */
    " attempts INTEGER NOT NULL DEFAULT 0," /* failures of that step */
    " dequeues INTEGER NOT NULL DEFAULT 0," /* leases taken since the last outcome */
    " due_ms INTEGER NOT NULL,"
    " lease_owner TEXT,"
    " lease_until_ms INTEGER NOT NULL DEFAULT 0,"
    " epoch INTEGER NOT NULL DEFAULT 0);" /* fencing value: one higher with each lease */
    "CREATE INDEX operation_due ON operation(status, due_ms, seq);"
    /* What we are about to make outside, written before we make it. */
    "CREATE TABLE intent("
    " seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " owner TEXT NOT NULL," /* uid of the resource it is made for */
    " kind TEXT NOT NULL,"
    " slot TEXT NOT NULL,"   /* which of several of a kind */
    " target TEXT NOT NULL," /* ARM id, Kubernetes path, blob name... enough to remove it */
    " detail TEXT NOT NULL," /* JSON object: where it lies (cluster, vault, container) */
    " pending TEXT,"         /* JSON: ARM operation that is still running */
    " state INTEGER NOT NULL,"
    " UNIQUE(owner, kind, slot));"
    /* Who shares what: a workspace's Event Hub namespace lives while somebody holds it. */
    "CREATE TABLE holding(thing TEXT NOT NULL, holder TEXT NOT NULL, PRIMARY KEY(thing, holder)) "
    "WITHOUT ROWID;"
    "CREATE TABLE allocation(owner TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL,"
    " PRIMARY KEY(owner, kind)) WITHOUT ROWID;"
    "CREATE INDEX allocation_item ON allocation(kind, item);"
    "CREATE TABLE subscription(id TEXT PRIMARY KEY, state TEXT NOT NULL, document TEXT NOT NULL) "
    "WITHOUT ROWID;",
    /* 2: operations that can be canceled and follow one another; why a step failed last; background looks at resources. */
    "ALTER TABLE operation ADD COLUMN cancel INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE operation ADD COLUMN after TEXT;" /* not before this operation ended */
    "ALTER TABLE operation ADD COLUMN last_code TEXT;"
    "ALTER TABLE operation ADD COLUMN last_error TEXT;"
    "ALTER TABLE resource ADD COLUMN check_ms INTEGER;" /* when to look whether all is as it should be */
    "UPDATE resource SET check_ms=0 WHERE state='Succeeded';"
    "CREATE INDEX resource_check ON resource(check_ms) WHERE check_ms IS NOT NULL;"
    "CREATE INDEX resource_renew ON resource(renew_ms) WHERE renew_ms IS NOT NULL;"
    "CREATE INDEX operation_ended ON operation(ended_ms);",
    /* 3: a list is read by its own type alone. */
    "CREATE INDEX resource_type ON resource(type, key);",
    /* 4: rows of kilobytes by row number. By key, each stood in the tree's inner pages as well, four to a page: a GET read the deeper
       the more there were. */
    "CREATE TABLE resource_by_row("
    " key TEXT NOT NULL UNIQUE,"
    " type INTEGER NOT NULL,"
    " parent TEXT REFERENCES resource_by_row(key)," /* follows the new name */
    " id TEXT NOT NULL,"
    " uid TEXT NOT NULL UNIQUE,"
    " subscription TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " operation TEXT,"
    " version INTEGER NOT NULL,"
    " renew_ms INTEGER,"
    " check_ms INTEGER,"
    " desired TEXT NOT NULL,"
    " metadata TEXT NOT NULL);"
    "INSERT INTO resource_by_row SELECT key, type, parent, id, uid, subscription, state, "
    "operation, "
    "version, renew_ms, check_ms, desired, metadata FROM resource ORDER BY key;" /* parents first */
    "DROP TABLE resource;"
    "ALTER TABLE resource_by_row RENAME TO resource;"
    "CREATE INDEX resource_parent ON resource(parent);"
    "CREATE INDEX resource_check ON resource(check_ms) WHERE check_ms IS NOT NULL;"
    "CREATE INDEX resource_renew ON resource(renew_ms) WHERE renew_ms IS NOT NULL;"
    "CREATE INDEX resource_type ON resource(type, key);",
    /* 5: looks at the same step come at growing distances. */
    "ALTER TABLE operation ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;", /* looks since its last outcome */
    NULL};

base_db_t *rp_store_open(const char *path, struct base_error *err)
{
    const struct base_db_config config = {.path = path, .migrations = MIGRATIONS, .durable = true};

    return base_db_open(&config, err);
}

void rp_store_copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}
