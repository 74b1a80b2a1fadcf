/* common/db.h: SQLite, opened the same way everywhere: WAL, foreign keys, a busy time-out, prepared statements.
 * A handle may be used by many threads; calls are serialised by its lock, and a transaction holds the lock. */
#ifndef COMMON_DB_H
#define COMMON_DB_H

#include "common/mem.h"

#include <sqlite3.h>

typedef struct base_db base_db_t;

struct base_db_config {
    const char *path; /* ":memory:" is fine */
    const char *const
        *migrations; /* NULL-terminated; element i lifts PRAGMA user_version from i to i + 1 */
    bool durable;    /* synchronous=FULL; else NORMAL */
};
/* Opens and migrates. Fails: BASE_IO, BASE_DENIED, BASE_UNSUPPORTED (the file is newer than this program). */
BASE_MUST_USE base_db_t *base_db_open(const struct base_db_config *config, struct base_error *err);
void base_db_close(base_db_t *db);

/* BEGIN IMMEDIATE; takes the lock. Pair with commit or rollback on the same thread. */
BASE_MUST_USE enum base_status base_db_begin(base_db_t *db, struct base_error *err);
/* The same for what may be done again: its commit survives the end of the process, but need not survive a power failure
 * until something is committed the ordinary way. Whatever is lost is lost from the end: never this without all after it. */
BASE_MUST_USE enum base_status base_db_begin_relaxed(base_db_t *db, struct base_error *err);
BASE_MUST_USE enum base_status
base_db_commit(base_db_t *db, struct base_error *err); /* rolls back when it fails */
void base_db_rollback(base_db_t *db);

/* A statement in use; holds the lock until base_db_done. `types` names one argument each: t const char * (NULL: SQL NULL),
 * i int64_t, d double, b (const void *, size_t). Example: base_db_query(db, &q, err, "SELECT ... WHERE id=?", "t", id). */
struct base_db_statement {
    base_db_t *db;
    sqlite3_stmt *stmt;
};
BASE_MUST_USE enum base_status base_db_query(base_db_t *db, struct base_db_statement *statement,
                                             struct base_error *err, const char *sql,
                                             const char *types, ...);
/* The same for a statement that is put together at run time: argument i goes to parameter ?i+1. Texts are copied. */
struct base_db_value {
    char type;        /* t, i or d */
    const char *text; /* NULL: SQL NULL */
    int64_t integer;
    double real;
};
BASE_MUST_USE enum base_status
base_db_query_values(base_db_t *db, struct base_db_statement *statement, struct base_error *err,
                     const char *sql, const struct base_db_value *values, size_t count);
/* True: a row is there. False: the end, or an error (then err is set). */
bool base_db_next(struct base_db_statement *statement, struct base_error *err);
const char *base_db_text(const struct base_db_statement *statement,
                         int column); /* until the next step; NULL for NULL */
int64_t base_db_int(const struct base_db_statement *statement, int column);
void base_db_done(struct base_db_statement *statement);

/* Runs a statement that gives no rows. *changes (may be NULL) gets the count. BASE_EXISTS on a uniqueness failure. */
BASE_MUST_USE enum base_status base_db_run(base_db_t *db, int64_t *changes, struct base_error *err,
                                           const char *sql, const char *types, ...);

#endif
