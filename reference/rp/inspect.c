/* Decides what operators see of the database, and how an operation is stopped by hand. */
#include "reference/rp/inspect.h"
#include "reference/rp/storage/operation.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
    const char *state_dir, *database, *format;
    bool all, json;
};

#define ISO "strftime('%Y-%m-%dT%H:%M:%fZ', " /* ISO "column" UTC */
#define UTC "/1000.0, 'unixepoch')"

/* ?1: part of an id, '' for all; ?2: 1 with --all */
static const char RESOURCES[] =
    "SELECT id, state, version, uid, operation, " ISO "check_ms" UTC " AS nextCheck, " ISO
    "renew_ms" UTC " AS nextRenewal, coalesce(json_extract(metadata, '$.drift.code')||': '||"
    "json_extract(metadata, '$.drift.message'), CASE WHEN r.state IN ('Failed', 'Canceled') THEN "
    "json_extract(metadata, '$.failure.code')||': '||json_extract(metadata, '$.failure.message') "
    "END, (SELECT error_code||': '||error_message FROM "
    "operation WHERE resource_uid=uid AND error_code IS NOT NULL AND r.state IN ('Failed', "
    "'Canceled') ORDER BY seq DESC LIMIT 1)) AS problem FROM resource AS r WHERE ?2=?2 AND "
    "(instr(lower(id), lower(?1))>0 OR uid=?1) ORDER BY key";
static const char OPERATIONS[] =
    "SELECT id, kind, status, resource_id AS resource, nullif(step, '') AS step, attempts, "
    "dequeues, epoch, cancel, after, " ISO "created_ms" UTC " AS created, " ISO
    "nullif(ended_ms, 0)" UTC " AS ended, " ISO "due_ms" UTC
    " AS due, lease_owner AS leaseOwner, " ISO "nullif(lease_until_ms, 0)" UTC
    " AS leaseUntil, correlation, coalesce(error_code||': '||"
    "error_message, last_code||': '||last_error) AS error FROM operation WHERE (?2 OR "
    "status='" RP_IN_PROGRESS "') AND (instr(lower(resource_id), lower(?1))>0 OR id=?1) ORDER BY "
    "seq";
static const char INTENTS[] =
    "SELECT coalesce(r.id, owner) AS owner, kind, nullif(slot, '') AS slot, CASE i.state WHEN 1 "
    "THEN 'planned' WHEN 2 THEN 'made' WHEN 3 THEN 'removing' ELSE 'gone' END AS state, "
    "json_extract(pending, '$.verb') AS pending, json_extract(pending, '$.url') AS pendingUrl, "
    "target FROM intent AS i LEFT JOIN resource AS r ON r.uid=i.owner WHERE (?2 OR i.state<>4) AND "
    "(instr(lower(coalesce(r.id, '')), lower(?1))>0 OR owner=?1) ORDER BY r.key, i.seq";
static const struct view {
    const char *word, *sql;
} VIEWS[] = {{"resources", RESOURCES}, {"operations", OPERATIONS}, {"intents", INTENTS}};
#define VIEW_COUNT (sizeof VIEWS / sizeof *VIEWS)

static int show(const struct settings *settings, const struct view *view, const char *part);
static int cancel(const struct settings *settings, const char *operation);
static base_db_t *open_database(const struct settings *settings, struct base_error *err);
static void print_text(const cJSON *rows, const char *what);

static const struct view *find_view(const char *word)
{
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (!strcmp(VIEWS[i].word, word))
            return &VIEWS[i];
    return NULL;
}

bool rp_inspect_knows(const char *word)
{
    return find_view(word) || !strcmp(word, "cancel");
}

static enum base_status read_words(struct settings *settings, int argc, char **argv,
                                   struct base_list *words, bool *done, struct base_error *err)
{
    const struct base_option options[] = {
        {"state-dir", BASE_OPTION_TEXT, &settings->state_dir, "IOMT_RP_STATE", "DIR",
         "folder of the database", 0, 0},
        {"database", BASE_OPTION_TEXT, &settings->database, "IOMT_RP_DATABASE", "FILE",
         "the database (rp.db in the state folder)", 0, 0},
        {"format", BASE_OPTION_TEXT, &settings->format, NULL, "FORMAT", "text or json", 0, 0},
        {"all", BASE_OPTION_FLAG, &settings->all, NULL, NULL, "also what has ended", 0, 0},
    };
    const struct base_program program = {
        .name = "iomt-rp",
        .summary = "looks into the resource provider's database, also while it runs",
        .usage = "resources|operations|intents [PART OF AN ID] [options]\n"
                 "       iomt-rp cancel OPERATION [options]",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .more =
            "resources   what is stored: state, running operation, what is wrong\n"
            "operations  what is being done: step, attempts, lease, last error\n"
            "intents     what was made outside, or is about to be\n"
            "cancel      stops an operation before its next step: it ends Canceled, as does the "
            "resource's\n            state; what was made stays remembered, the next PUT or "
            "DELETE goes on from there\n"};

    enum base_status status = base_options_parse(&program, argc, argv, words, done, err);
    settings->json = status == BASE_OK && !strcmp(settings->format, "json");
    if (status == BASE_OK && !settings->json && strcmp(settings->format, "text") != 0)
        return base_error_set(err, BASE_INVALID, NULL,
                              "--format: found \"%s\", expected text or json", settings->format);
    return status;
}

int rp_inspect(int argc, char **argv)
{
    struct settings settings = {.state_dir = ".", .format = "text"};
    const struct view *view = find_view(argv[0]);
    struct base_list words = {0};
    struct base_error err = {0};
    bool done = false;
    int code = 0;

    if (read_words(&settings, argc, argv, &words, &done, &err) != BASE_OK) {
        code = base_usage_exit("iomt-rp", &err);
    } else if (!done && words.count != 1 && (!view || words.count > 1)) {
        base_error_set(&err, BASE_INVALID, NULL, "%s: found %zu words, expected %s", argv[0],
                       words.count, view ? "at most a part of an id" : "an operation's id");
        code = base_usage_exit("iomt-rp", &err);
    } else if (!done) {
        code = view ? show(&settings, view, words.count ? words.items[0] : "")
                    : cancel(&settings, words.items[0]);
    }
    free(words.items);
    return code;
}

static cJSON *value_at(const struct base_db_statement *row, int column)
{
    switch (sqlite3_column_type(row->stmt, column)) {
    case SQLITE_NULL:
        return NULL;
    case SQLITE_INTEGER:
        return cJSON_CreateNumber((double)base_db_int(row, column));
    default:
        return cJSON_CreateString(base_db_text(row, column));
    }
}

static enum base_status read_rows(base_db_t *db, const struct view *view, const char *part,
                                  bool all, cJSON *rows, struct base_error *err)
{
    struct base_db_statement row;
    struct base_error fault = {0};
    enum base_status status = base_db_query(db, &row, err, view->sql, "ti", part, (int64_t)all);

    if (status != BASE_OK)
        return status;
    while (base_db_next(&row, &fault)) {
        cJSON *object = cJSON_CreateObject();
        for (int i = 0; i < sqlite3_column_count(row.stmt); i++) {
            cJSON *value = value_at(&row, i);
            if (value)
                base_json_set(object, sqlite3_column_name(row.stmt, i), value);
        }
        cJSON_AddItemToArray(rows, object);
    }
    base_db_done(&row);
    return fault.status == BASE_OK
               ? BASE_OK
               : base_error_set(err, fault.status, fault.code, "%s", fault.message);
}

static int show(const struct settings *settings, const struct view *view, const char *part)
{
    struct base_error err = {0};
    base_db_t *db = open_database(settings, &err);
    cJSON *rows = cJSON_CreateArray();
    int code = 0;

    if (!db || read_rows(db, view, part, settings->all, rows, &err) != BASE_OK) {
        code = base_usage_exit("iomt-rp", &err);
    } else if (settings->json) {
        char *text = base_json_print_pretty(rows);
        puts(text);
        free(text);
    } else {
        print_text(rows, view->word);
    }
    cJSON_Delete(rows);
    base_db_close(db);
    return code;
}

/* The worker sees it before the operation's next step; nobody has to run now. */
static int cancel(const struct settings *settings, const char *operation)
{
    struct base_error err = {0};
    struct base_clock clock;
    base_db_t *db = open_database(settings, &err);
    enum base_status status = db ? base_clock_from_env(&clock, &err) : err.status;
    int code = 0;

    if (status == BASE_OK)
        status = rp_operation_cancel(db, operation, base_clock_ms(&clock), &err);
    if (status == BASE_NOT_FOUND) {
        fprintf(stderr, "iomt-rp cancel: no operation %s is in progress\n", operation);
        code = 1;
    } else if (status != BASE_OK) {
        code = base_usage_exit("iomt-rp", &err);
    } else {
        printf("operation %s stops before its next step\n", operation);
    }
    base_db_close(db);
    return code;
}

/* PRAGMA user_version of a database that is only read; -1: it is none. */
static int schema_of(const char *path)
{
    sqlite3_stmt *row = NULL;
    sqlite3 *db = NULL;
    int version = -1;

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        version = sqlite3_column_int(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return version;
}

/* Who only looks must not lift a database to a new schema under a provider that runs, nor make one out of an empty file. */
static enum base_status check_schema(const char *path, struct base_error *err)
{
    struct base_db_statement row;
    base_db_t *fresh = rp_store_open(":memory:", err);
    int64_t found = schema_of(path), wanted = -2;

    if (fresh && base_db_query(fresh, &row, err, "PRAGMA user_version", "") == BASE_OK) {
        if (base_db_next(&row, err))
            wanted = base_db_int(&row, 0);
        base_db_done(&row);
    }
    base_db_close(fresh);
    if (found == wanted)
        return BASE_OK;
    if (found <= 0)
        return base_error_set(err, BASE_INVALID, NULL, "%s is no database of iomt-rp", path);
    return base_error_set(err, BASE_UNSUPPORTED, NULL,
                          "the database %s has schema %lld, this program reads schema %lld: %s",
                          path, (long long)found, (long long)wanted,
                          found > wanted ? "a newer iomt-rp made it"
                                         : "it is lifted when this iomt-rp is started on it");
}

static base_db_t *open_database(const struct settings *settings, struct base_error *err)
{
    char *path = settings->database ? base_strdup(settings->database)
                                    : base_asprintf("%s/rp.db", settings->state_dir);
    base_db_t *db = NULL;

    if (access(path, R_OK) == 0)
        db = check_schema(path, err) == BASE_OK ? rp_store_open(path, err) : NULL;
    else
        base_error_set(err, BASE_NOT_FOUND, NULL,
                       "there is no database %s; --state-dir or --database says where it is", path);
    free(path);
    return db;
}

/* A block a row: what is empty is left out. */
static void print_text(const cJSON *rows, const char *what)
{
    const cJSON *row, *value;

    cJSON_ArrayForEach(row, rows)
    {
        cJSON_ArrayForEach(value, row)
        {
            if (cJSON_IsString(value))
                printf("%s%-12s %s\n", value == row->child ? "" : "  ", value->string,
                       value->valuestring);
            else
                printf("  %-12s %.0f\n", value->string, value->valuedouble);
        }
        printf("\n");
    }
    printf("%s: %d\n", what, cJSON_GetArraySize(rows));
}
