/* Decides how SQLite is opened, shared between threads and asked.
 *
 * One connection a handle, guarded by a recursive lock: a statement in use or a transaction holds
 * it, so that the same thread may nest queries and all others wait. Prepared statements are kept in
 * a small cache, found again by the text of their SQL; the one unused for longest makes room. */
#include "common/db.h"
#include "common/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_SIZE 64
#define BUSY_MS 10000 /* real milliseconds to wait for another process's write */

struct cached {
    sqlite3_stmt *stmt; /* NULL: free slot */
    bool in_use;
    uint64_t used_at; /* count of uses, for the least recently used */
};

struct base_db {
    sqlite3 *sqlite;
    pthread_mutex_t lock;
    bool durable, relaxed; /* as opened; in the transaction at hand */
    struct cached cache[CACHE_SIZE];
    uint64_t uses;
};

static enum base_status fail(base_db_t *db, int code, struct base_error *err, const char *what);
static enum base_status set_up(base_db_t *db, const struct base_db_config *config,
                               struct base_error *err);
static enum base_status migrate(base_db_t *db, const struct base_db_config *config,
                                struct base_error *err);
static enum base_status execute(base_db_t *db, const char *sql, struct base_error *err);
static void stop_relaxing(base_db_t *db);
static void init_lock(base_db_t *db);
static enum base_status prepare(base_db_t *db, const char *sql, sqlite3_stmt **stmt,
                                struct base_error *err);
static enum base_status bind(base_db_t *db, sqlite3_stmt *stmt, const char *types, va_list args,
                             struct base_error *err);
static enum base_status start(base_db_t *db, struct base_db_statement *statement, const char *sql,
                              struct base_error *err);
static void give_back(base_db_t *db, sqlite3_stmt *stmt);

base_db_t *base_db_open(const struct base_db_config *config, struct base_error *err)
{
    base_db_t *db = base_alloc(sizeof *db);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

    init_lock(db);
    db->durable = config->durable;
    int code = sqlite3_open_v2(config->path, &db->sqlite, flags, NULL);
    BUG_ON(!db->sqlite);
    enum base_status status = BASE_OK;
    if (code != SQLITE_OK) {
        int reason = sqlite3_system_errno(db->sqlite);
        bool denied = reason == EACCES || reason == EPERM || reason == EROFS;
        status = base_error_set(err, denied ? BASE_DENIED : BASE_IO, "DatabaseError",
                                "the database %s cannot be opened: %s", config->path,
                                reason ? strerror(reason) : sqlite3_errmsg(db->sqlite));
    }
    if (status == BASE_OK)
        status = set_up(db, config, err);
    if (status == BASE_OK)
        status = migrate(db, config, err);
    if (status == BASE_OK)
        return db;
    base_error_target(err, "%s", config->path);
    base_db_close(db);
    return NULL;
}

void base_db_close(base_db_t *db)
{
    if (!db)
        return;
    for (size_t i = 0; i < CACHE_SIZE; i++) {
        BUG_ON(db->cache[i].in_use);
        sqlite3_finalize(db->cache[i].stmt);
    }
    BUG_ON(sqlite3_close(db->sqlite) != SQLITE_OK);
    pthread_mutex_destroy(&db->lock);
    free(db);
}

enum base_status base_db_begin(base_db_t *db, struct base_error *err)
{
    pthread_mutex_lock(&db->lock);
    enum base_status status = execute(db, "BEGIN IMMEDIATE", err);
    if (status != BASE_OK)
        pthread_mutex_unlock(&db->lock);
    return status;
}

/* In WAL, NORMAL leaves the log's last pages to the system; the next FULL commit syncs the log with all that stands before it. */
enum base_status base_db_begin_relaxed(base_db_t *db, struct base_error *err)
{
    if (!db->durable)
        return base_db_begin(db, err);
    pthread_mutex_lock(&db->lock);
    enum base_status status = execute(db, "PRAGMA synchronous=NORMAL", err);
    if (status == BASE_OK) {
        db->relaxed = true;
        status = execute(db, "BEGIN IMMEDIATE", err);
        if (status != BASE_OK)
            stop_relaxing(db);
    }
    if (status != BASE_OK)
        pthread_mutex_unlock(&db->lock);
    return status;
}

enum base_status base_db_commit(base_db_t *db, struct base_error *err)
{
    enum base_status status = execute(db, "COMMIT", err);

    if (status != BASE_OK && !sqlite3_get_autocommit(db->sqlite))
        (void)execute(db, "ROLLBACK", NULL);
    stop_relaxing(db);
    pthread_mutex_unlock(&db->lock);
    return status;
}

void base_db_rollback(base_db_t *db)
{
    if (!sqlite3_get_autocommit(
            db->sqlite)) /* SQLite has rolled back by itself after some failures */
        (void)execute(db, "ROLLBACK", NULL);
    stop_relaxing(db);
    pthread_mutex_unlock(&db->lock);
}

enum base_status base_db_query(base_db_t *db, struct base_db_statement *statement,
                               struct base_error *err, const char *sql, const char *types, ...)
{
    va_list args;
    enum base_status status = start(db, statement, sql, err);

    if (status != BASE_OK)
        return status;
    va_start(args, types);
    status = bind(db, statement->stmt, types, args, err);
    va_end(args);
    if (status != BASE_OK)
        base_db_done(statement);
    return status;
}

static int bind_value(sqlite3_stmt *stmt, int index, const struct base_db_value *value)
{
    if (value->type == 'i')
        return sqlite3_bind_int64(stmt, index, value->integer);
    if (value->type == 'd')
        return sqlite3_bind_double(stmt, index, value->real);
    return sqlite3_bind_text(stmt, index, value->text, -1, SQLITE_TRANSIENT);
}

enum base_status base_db_query_values(base_db_t *db, struct base_db_statement *statement,
                                      struct base_error *err, const char *sql,
                                      const struct base_db_value *values, size_t count)
{
    int code = SQLITE_OK;
    enum base_status status = start(db, statement, sql, err);

    if (status != BASE_OK)
        return status;
    if ((int)count != sqlite3_bind_parameter_count(statement->stmt))
        BUG("%zu arguments for: %s", count, sql);
    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = bind_value(statement->stmt, (int)i + 1, &values[i]);
    if (code == SQLITE_OK)
        return BASE_OK;
    status = fail(db, code, err, sql);
    base_db_done(statement);
    return status;
}

bool base_db_next(struct base_db_statement *statement, struct base_error *err)
{
    if (!statement->stmt)
        return false;
    int code = sqlite3_step(statement->stmt);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        (void)fail(statement->db, code, err, sqlite3_sql(statement->stmt));
    return code == SQLITE_ROW;
}

const char *base_db_text(const struct base_db_statement *statement, int column)
{
    return (const char *)sqlite3_column_text(statement->stmt, column);
}

int64_t base_db_int(const struct base_db_statement *statement, int column)
{
    return sqlite3_column_int64(statement->stmt, column);
}

void base_db_done(struct base_db_statement *statement)
{
    base_db_t *db = statement->db;

    if (!statement->stmt)
        return;
    give_back(db, statement->stmt);
    memset(statement, 0, sizeof *statement);
    pthread_mutex_unlock(&db->lock);
}

enum base_status base_db_run(base_db_t *db, int64_t *changes, struct base_error *err,
                             const char *sql, const char *types, ...)
{
    struct base_db_statement statement;
    va_list args;
    enum base_status status = start(db, &statement, sql, err);

    if (status != BASE_OK)
        return status;
    va_start(args, types);
    status = bind(db, statement.stmt, types, args, err);
    va_end(args);
    int code = status == BASE_OK ? sqlite3_step(statement.stmt) : SQLITE_DONE;
    while (code == SQLITE_ROW)
        code = sqlite3_step(statement.stmt);
    if (code != SQLITE_DONE)
        status = fail(db, code, err, sql);
    if (changes)
        *changes = status == BASE_OK ? sqlite3_changes64(db->sqlite) : 0;
    base_db_done(&statement);
    return status;
}

static enum base_status status_of(int code)
{
    static const struct {
        int code;
        enum base_status status;
    } map[] = {
        {SQLITE_CONSTRAINT_UNIQUE, BASE_EXISTS},
        {SQLITE_CONSTRAINT_PRIMARYKEY, BASE_EXISTS},
        {SQLITE_CONSTRAINT_ROWID, BASE_EXISTS},
        {SQLITE_CONSTRAINT, BASE_CONFLICT},
        {SQLITE_BUSY, BASE_UNAVAILABLE},
        {SQLITE_LOCKED, BASE_UNAVAILABLE},
        {SQLITE_TOOBIG, BASE_TOO_LARGE},
        {SQLITE_READONLY, BASE_DENIED},
        {SQLITE_PERM, BASE_DENIED},
        {SQLITE_AUTH, BASE_DENIED},
        {SQLITE_INTERRUPT, BASE_CANCELED},
    };

    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (map[i].code == code || map[i].code == (code & 0xff))
            return map[i].status;
    return BASE_IO;
}

static enum base_status fail(base_db_t *db, int code, struct base_error *err, const char *what)
{
    int extended = sqlite3_extended_errcode(db->sqlite);

    if ((extended & 0xff) != (code & 0xff))
        extended = code;
    return base_error_set(err, status_of(extended), "DatabaseError", "%s: %s",
                          sqlite3_errmsg(db->sqlite), what);
}

/* SQLite refuses only inside a transaction. */
static void stop_relaxing(base_db_t *db)
{
    if (db->relaxed)
        BUG_ON(execute(db, "PRAGMA synchronous=FULL", NULL) != BASE_OK);
    db->relaxed = false;
}

static void init_lock(base_db_t *db)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    BUG_ON(pthread_mutex_init(&db->lock, &attributes));
    pthread_mutexattr_destroy(&attributes);
}

static enum base_status execute(base_db_t *db, const char *sql, struct base_error *err)
{
    int code = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? BASE_OK : fail(db, code, err, sql);
}

static enum base_status set_up(base_db_t *db, const struct base_db_config *config,
                               struct base_error *err)
{
    const char *const settings[] = {
        "PRAGMA journal_mode=WAL",
        "PRAGMA foreign_keys=ON",
        config->durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
    };

    sqlite3_busy_timeout(db->sqlite, BUSY_MS);
    sqlite3_extended_result_codes(db->sqlite, 1);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        enum base_status status = execute(db, settings[i], err);
        if (status != BASE_OK)
            return status;
    }
    return BASE_OK;
}

static enum base_status read_version(base_db_t *db, int64_t *version, struct base_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(db->sqlite, "PRAGMA user_version", -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    *version = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    enum base_status status =
        code == SQLITE_ROW ? BASE_OK : fail(db, code, err, "PRAGMA user_version");
    sqlite3_finalize(stmt);
    return status;
}

/* All steps that are missing, inside the caller's transaction. */
static enum base_status migrate_from(base_db_t *db, const char *const *migrations, int64_t count,
                                     struct base_error *err)
{
    int64_t version;
    enum base_status status = read_version(db, &version, err);

    if (status == BASE_OK && (version > count || version < 0))
        return base_error_set(err, BASE_UNSUPPORTED, "DatabaseTooNew",
                              "the database has version %lld, this program knows up to %lld",
                              (long long)version, (long long)count);
    for (; status == BASE_OK && version < count; version++)
        status = execute(db, migrations[version], err);
    if (status != BASE_OK)
        return status;
    char *sql = base_asprintf("PRAGMA user_version=%lld", (long long)count);
    status = execute(db, sql, err);
    free(sql);
    return status;
}

/* The version is read inside the write transaction: two programs that start at once migrate once.
 */
static enum base_status migrate(base_db_t *db, const struct base_db_config *config,
                                struct base_error *err)
{
    int64_t count = 0;

    while (config->migrations && config->migrations[count])
        count++;
    enum base_status status = base_db_begin(db, err);
    if (status != BASE_OK)
        return status;
    status = migrate_from(db, config->migrations, count, err);
    if (status == BASE_OK)
        return base_db_commit(db, err);
    base_db_rollback(db);
    return status;
}

static struct cached *find_cached(base_db_t *db, const char *sql)
{
    for (size_t i = 0; i < CACHE_SIZE; i++)
        if (db->cache[i].stmt && !db->cache[i].in_use &&
            strcmp(sqlite3_sql(db->cache[i].stmt), sql) == 0)
            return &db->cache[i];
    return NULL;
}

static void remember(base_db_t *db, sqlite3_stmt *stmt)
{
    struct cached *oldest = NULL;

    for (size_t i = 0; i < CACHE_SIZE; i++)
        if (!db->cache[i].in_use && (!oldest || db->cache[i].used_at < oldest->used_at))
            oldest = &db->cache[i];
    if (!oldest)
        return; /* all in use at once: this one is not kept */
    sqlite3_finalize(oldest->stmt);
    *oldest = (struct cached){.stmt = stmt, .in_use = true, .used_at = ++db->uses};
}

static enum base_status prepare(base_db_t *db, const char *sql, sqlite3_stmt **stmt,
                                struct base_error *err)
{
    struct cached *cached = find_cached(db, sql);

    if (cached) {
        cached->in_use = true;
        cached->used_at = ++db->uses;
        *stmt = cached->stmt;
        return BASE_OK;
    }
    int code = sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
    if (code != SQLITE_OK)
        return fail(db, code, err, sql);
    remember(db, *stmt);
    return BASE_OK;
}

static enum base_status start(base_db_t *db, struct base_db_statement *statement, const char *sql,
                              struct base_error *err)
{
    memset(statement, 0, sizeof *statement);
    pthread_mutex_lock(&db->lock);
    enum base_status status = prepare(db, sql, &statement->stmt, err);
    statement->db = db;
    if (status != BASE_OK)
        pthread_mutex_unlock(&db->lock);
    return status;
}

static int bind_one(sqlite3_stmt *stmt, int index, char type, va_list *args)
{
    const void *data;

    switch (type) {
    case 't':
        return sqlite3_bind_text(stmt, index, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
    case 'i':
        return sqlite3_bind_int64(stmt, index, va_arg(*args, int64_t));
    case 'd':
        return sqlite3_bind_double(stmt, index, va_arg(*args, double));
    case 'b':
        data = va_arg(*args, const void *);
        return sqlite3_bind_blob64(stmt, index, data, va_arg(*args, size_t), SQLITE_TRANSIENT);
    default:
        BUG("argument type '%c'", type);
    }
}

static enum base_status bind(base_db_t *db, sqlite3_stmt *stmt, const char *types, va_list args,
                             struct base_error *err)
{
    int code = SQLITE_OK;
    va_list copy;

    types = types ? types : "";
    if ((int)strlen(types) != sqlite3_bind_parameter_count(stmt))
        BUG("%zu arguments for: %s", strlen(types), sqlite3_sql(stmt));
    va_copy(copy, args);
    for (int i = 0; types[i] && code == SQLITE_OK; i++)
        code = bind_one(stmt, i + 1, types[i], &copy);
    va_end(copy);
    return code == SQLITE_OK ? BASE_OK : fail(db, code, err, sqlite3_sql(stmt));
}

static void give_back(base_db_t *db, sqlite3_stmt *stmt)
{
    for (size_t i = 0; i < CACHE_SIZE; i++)
        if (db->cache[i].stmt == stmt) {
            sqlite3_reset(stmt);
            sqlite3_clear_bindings(stmt);
            db->cache[i].in_use = false;
            return;
        }
    sqlite3_finalize(stmt);
}
