/* Decides how resources, their versions and their index rows lie in SQLite. */
#include "simulators/fhir/types.h"
#include "simulators/fhir/world.h"

#include <stdlib.h>
#include <string.h>

static const char *const migrations[] = {
    "CREATE TABLE service (number INTEGER PRIMARY KEY AUTOINCREMENT, arm_id TEXT NOT NULL UNIQUE "
    "COLLATE NOCASE);"
    "CREATE TABLE resource (rid INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id TEXT NOT NULL,"
    " version INTEGER NOT NULL, seq INTEGER NOT NULL, deleted INTEGER NOT NULL, UNIQUE (kind, id));"
    "CREATE INDEX resource_seq ON resource (kind, deleted, seq);"
    "CREATE TABLE version (seq INTEGER PRIMARY KEY, rid INTEGER NOT NULL, version INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, method TEXT NOT NULL, body TEXT NOT NULL);"
    "CREATE UNIQUE INDEX version_rid ON version (rid, version);"
    "CREATE TABLE token (key INTEGER, a TEXT, b TEXT, rid INTEGER, part INTEGER,"
    " PRIMARY KEY (key, a, rid, b, part)) WITHOUT ROWID;"
    "CREATE TABLE string (key INTEGER, a TEXT, b TEXT, rid INTEGER, part INTEGER,"
    " PRIMARY KEY (key, a, b, rid, part)) WITHOUT ROWID;"
    "CREATE TABLE date (key INTEGER, low INTEGER, high INTEGER, rid INTEGER, part INTEGER,"
    " PRIMARY KEY (key, low, high, rid, part)) WITHOUT ROWID;"
    "CREATE INDEX string_rid ON string (rid, key);"
    "CREATE INDEX date_rid ON date (rid, key);"
    "CREATE TABLE quantity (key INTEGER, number REAL, a TEXT, b TEXT, rid INTEGER, part INTEGER,"
    " PRIMARY KEY (key, number, a, b, rid, part)) WITHOUT ROWID;"
    "CREATE INDEX quantity_rid ON quantity (rid, key);"
    "CREATE TABLE reference (key INTEGER, a TEXT, b TEXT, c TEXT, rid INTEGER, part INTEGER,"
    " PRIMARY KEY (key, a, b, rid, c, part)) WITHOUT ROWID;"
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;",
    NULL,
};
static const char *const index_tables[] = {"token", "string", "date", "quantity", "reference"};

/* A crash of the program loses nothing; one of the machine may: this is a pretend cloud. */
static enum base_status tune(fhir_t *fhir, struct base_error *err)
{
    static const char *const settings[] = {"PRAGMA synchronous = OFF",
                                           "PRAGMA wal_autocheckpoint = 8000",
                                           "PRAGMA cache_size = -65536"};
    struct base_db_statement query;
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < sizeof settings / sizeof *settings && status == BASE_OK; i++) {
        status = base_db_query(fhir->db, &query, err, settings[i], NULL);
        if (status != BASE_OK)
            break;
        base_db_next(&query, NULL);
        base_db_done(&query);
    }
    return status;
}

enum base_status fhir_store_open(fhir_t *fhir, struct base_error *err)
{
    const char *folder = sim_world_state_dir(fhir->world);
    char *path = folder ? base_asprintf("%s/fhir.db", folder) : base_strdup(":memory:");
    struct base_db_config config = {.path = path, .migrations = migrations};
    struct base_db_statement query;

    fhir->db = base_db_open(&config, err);
    free(path);
    if (!fhir->db)
        return err ? err->status : BASE_IO;
    enum base_status status = tune(fhir, err);
    if (status == BASE_OK)
        status = base_db_query(fhir->db, &query, err, "SELECT max(seq) FROM version", NULL);
    if (status != BASE_OK)
        return status;
    if (base_db_next(&query, err))
        fhir->last_seq = base_db_int(&query, 0);
    base_db_done(&query);
    return BASE_OK;
}

/* [{service, type, count}] of what is alive. */
cJSON *fhir_store_view(void *context)
{
    fhir_t *fhir = context;
    cJSON *rows = cJSON_CreateArray();
    struct base_db_statement query;
    struct base_error err = {0};

    if (base_db_query(
            fhir->db, &query, &err,
            "SELECT s.arm_id, r.kind, count(*) FROM resource r JOIN service s"
            " ON s.number = r.kind / 256 WHERE r.deleted = 0 GROUP BY r.kind ORDER BY r.kind",
            NULL) != BASE_OK)
        return rows;
    while (base_db_next(&query, &err)) {
        cJSON *row = cJSON_CreateObject();
        char *host = fhir_service_host(base_db_text(&query, 0));
        base_json_set_text(row, "service", host);
        base_json_set_text(row, "type",
                           fhir_type_name((int)(base_db_int(&query, 1) % FHIR_TYPES_MAX)));
        base_json_set_number(row, "count", (double)base_db_int(&query, 2));
        cJSON_AddItemToArray(rows, row);
        free(host);
    }
    base_db_done(&query);
    return rows;
}

void fhir_store_row(const struct base_db_statement *statement, struct base_arena *arena,
                    struct fhir_version *out)
{
    out->rid = base_db_int(statement, 0);
    out->kind = base_db_int(statement, 1);
    out->id = base_arena_strdup(arena, base_db_text(statement, 2));
    out->version = base_db_int(statement, 3);
    out->seq = base_db_int(statement, 4);
    out->method = base_arena_strdup(arena, base_db_text(statement, 5));
    out->body = base_arena_strdup(arena, base_db_text(statement, 6));
    out->deleted = !*out->body;
}

static enum base_status take_row(struct base_db_statement *query, struct base_arena *arena,
                                 struct fhir_version *out, struct base_error *err)
{
    struct base_error failed = {0};
    enum base_status status = BASE_OK;

    if (base_db_next(query, &failed))
        fhir_store_row(query, arena, out);
    else if (failed.status != BASE_OK)
        status = base_error_set(err, failed.status, failed.code, "%s", failed.message);
    else
        status = BASE_NOT_FOUND;
    base_db_done(query);
    return status;
}

enum base_status fhir_store_find(fhir_t *fhir, struct base_arena *arena, int64_t kind,
                                 const char *id, struct fhir_version *out, struct base_error *err)
{
    struct base_db_statement query;
    enum base_status status = base_db_query(fhir->db, &query, err,
                                            "SELECT " FHIR_VERSION_COLUMNS
                                            " FROM resource r JOIN version v ON v.seq = r.seq"
                                            " WHERE r.kind = ? AND r.id = ?",
                                            "it", kind, id);

    return status == BASE_OK ? take_row(&query, arena, out, err) : status;
}

enum base_status fhir_store_find_version(fhir_t *fhir, struct base_arena *arena, int64_t kind,
                                         const char *id, int64_t version, struct fhir_version *out,
                                         struct base_error *err)
{
    struct base_db_statement query;
    enum base_status status = base_db_query(fhir->db, &query, err,
                                            "SELECT " FHIR_VERSION_COLUMNS
                                            " FROM resource r JOIN version v ON v.rid = r.rid"
                                            " WHERE r.kind = ? AND r.id = ? AND v.version = ?",
                                            "iti", kind, id, version);

    return status == BASE_OK ? take_row(&query, arena, out, err) : status;
}

int64_t fhir_store_next_seq(fhir_t *fhir)
{
    int64_t now = sim_now_ms(fhir->world) * FHIR_TICKS_PER_MS;

    fhir->last_seq = fhir->last_seq < now ? now : fhir->last_seq + 1;
    return fhir->last_seq;
}

static enum base_status add_resource(fhir_t *fhir, struct fhir_version *version,
                                     struct base_error *err)
{
    struct base_db_statement query;
    enum base_status status = base_db_query(
        fhir->db, &query, err,
        "INSERT INTO resource (kind, id, version, seq, deleted) VALUES (?, ?, ?, ?, ?)"
        " RETURNING rid",
        "itiii", version->kind, version->id, version->version, version->seq,
        (int64_t)version->deleted);

    if (status != BASE_OK)
        return status;
    struct base_error failed = {0};
    if (base_db_next(&query, &failed))
        version->rid = base_db_int(&query, 0);
    else
        status = base_error_set(err, failed.status, failed.code, "%s", failed.message);
    base_db_done(&query);
    return status;
}

enum base_status fhir_store_add(fhir_t *fhir, struct fhir_version *version, struct base_error *err)
{
    enum base_status status =
        !version->rid
            ? add_resource(fhir, version, err)
            : base_db_run(fhir->db, NULL, err,
                          "UPDATE resource SET version = ?, seq = ?, deleted = ? WHERE rid = ?",
                          "iiii", version->version, version->seq, (int64_t)version->deleted,
                          version->rid);

    if (status != BASE_OK)
        return status;
    return base_db_run(fhir->db, NULL, err,
                       "INSERT INTO version (seq, rid, version, kind, method, body)"
                       " VALUES (?, ?, ?, ?, ?, ?)",
                       "iiiitt", version->seq, version->rid, version->version, version->kind,
                       version->method, version->body);
}

static enum base_status run_row(fhir_t *fhir, const struct fhir_version *version,
                                const struct fhir_row *row, bool come, struct base_error *err)
{
#define ADD(table, values) "INSERT OR IGNORE INTO " table " VALUES " values
#define DROP(table, where) "DELETE FROM " table " WHERE key = ? AND " where
#define TEXTS "a = ? AND b = ? AND rid = ? AND part = ?"
#define TRIPLE "a = ? AND b = ? AND c = ? AND rid = ? AND part = ?"
    static const char *const sql[][2] = {
        [FHIR_TOKEN] = {DROP("token", TEXTS), ADD("token", "(?, ?, ?, ?, ?)")},
        [FHIR_STRING] = {DROP("string", TEXTS), ADD("string", "(?, ?, ?, ?, ?)")},
        [FHIR_DATE] = {DROP("date", "low = ? AND high = ? AND rid = ? AND part = ?"),
                       ADD("date", "(?, ?, ?, ?, ?)")},
        [FHIR_QUANTITY] = {DROP("quantity", "number = ? AND " TEXTS),
                           ADD("quantity", "(?, ?, ?, ?, ?, ?)")},
        [FHIR_REFERENCE] = {DROP("reference", TRIPLE), ADD("reference", "(?, ?, ?, ?, ?, ?)")},
    };
    const char *text = sql[row->kind][come];
    int64_t key = fhir_key(version->kind, row->param), part = row->part;

    if (row->kind == FHIR_DATE)
        return base_db_run(fhir->db, NULL, err, text, "iiiii", key, row->low, row->high,
                           version->rid, part);
    if (row->kind == FHIR_QUANTITY)
        return base_db_run(fhir->db, NULL, err, text, "idttii", key, row->number, row->a, row->b,
                           version->rid, part);
    if (row->kind == FHIR_REFERENCE)
        return base_db_run(fhir->db, NULL, err, text, "itttii", key, row->a, row->b, row->c,
                           version->rid, part);
    return base_db_run(fhir->db, NULL, err, text, "ittii", key, row->a, row->b, version->rid, part);
}

/* Only what differs is touched: most updates of an Observation change no index row at all. */
enum base_status fhir_store_index(fhir_t *fhir, const struct fhir_version *version,
                                  const struct fhir_rows *gone, const struct fhir_rows *come,
                                  struct base_error *err)
{
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < gone->count && status == BASE_OK; i++)
        if (!fhir_rows_hold(come, &gone->items[i]))
            status = run_row(fhir, version, &gone->items[i], false, err);
    for (size_t i = 0; i < come->count && status == BASE_OK; i++)
        if (!fhir_rows_hold(gone, &come->items[i]))
            status = run_row(fhir, version, &come->items[i], true, err);
    return status;
}

enum base_status fhir_store_purge(fhir_t *fhir, const struct fhir_version *version,
                                  bool keep_current, struct base_error *err)
{
    enum base_status status =
        base_db_run(fhir->db, NULL, err, "DELETE FROM version WHERE rid = ? AND version < ?", "ii",
                    version->rid, keep_current ? version->version : INT64_MAX);

    if (status == BASE_OK && !keep_current)
        status = base_db_run(fhir->db, NULL, err, "DELETE FROM resource WHERE rid = ?", "i",
                             version->rid);
    return status;
}

enum base_status fhir_store_number(fhir_t *fhir, const char *arm_id, int64_t *number,
                                   struct base_error *err)
{
    struct base_db_statement query;
    enum base_status status = base_db_run(
        fhir->db, NULL, err, "INSERT OR IGNORE INTO service (arm_id) VALUES (?)", "t", arm_id);

    if (status == BASE_OK)
        status = base_db_query(fhir->db, &query, err, "SELECT number FROM service WHERE arm_id = ?",
                               "t", arm_id);
    if (status != BASE_OK)
        return status;
    *number = base_db_next(&query, err) ? base_db_int(&query, 0) : 0;
    base_db_done(&query);
    return *number ? BASE_OK : base_error_set(err, BASE_IO, NULL, "no number for %s", arm_id);
}

enum base_status fhir_store_clear_index(fhir_t *fhir, int64_t first, int64_t last,
                                        struct base_error *err)
{
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < sizeof index_tables / sizeof *index_tables && status == BASE_OK; i++) {
        char *sql = base_asprintf("DELETE FROM %s WHERE key BETWEEN ? AND ?", index_tables[i]);
        status = base_db_run(fhir->db, NULL, err, sql, "ii", first, last);
        free(sql);
    }
    return status;
}

enum base_status fhir_store_remove_service(fhir_t *fhir, int64_t number, struct base_error *err)
{
    static const char *const deletions[] = {
        "DELETE FROM version WHERE kind BETWEEN ? AND ?",
        "DELETE FROM resource WHERE kind BETWEEN ? AND ?",
    };
    enum base_status status = base_db_begin(fhir->db, err);
    int64_t first = fhir_kind(number, 0), last = fhir_kind(number + 1, 0) - 1;

    if (status != BASE_OK)
        return status;
    status = fhir_store_clear_index(fhir, fhir_key(first, 0), fhir_key(last + 1, 0) - 1, err);
    for (size_t i = 0; i < 2 && status == BASE_OK; i++)
        status = base_db_run(fhir->db, NULL, err, deletions[i], "ii", first, last);
    if (status == BASE_OK)
        status =
            base_db_run(fhir->db, NULL, err, "DELETE FROM service WHERE number = ?", "i", number);
    if (status == BASE_OK)
        return base_db_commit(fhir->db, err);
    base_db_rollback(fhir->db);
    return status;
}
