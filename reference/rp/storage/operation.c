/* Decides how operation documents are stored, leased and ended. */
#include "reference/rp/storage/operation.h"
#include "reference/rp/storage/resource.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "id, kind, resource, resource_id, resource_uid, subscription, location, correlation, status, " \
    "created_ms, "                                                                                 \
    "ended_ms, error_code, error_message, step, attempts, dequeues, due_ms, epoch, cancel, "       \
    "after, "                                                                                      \
    "last_code, last_error, waits"
/* Nobody works on it, and what it follows has ended. */
#define WAITS_FOR_NONE                                                                             \
    "(after IS NULL OR NOT EXISTS(SELECT 1 FROM operation AS first WHERE "                         \
    "first.id=operation.after AND first.status='" RP_IN_PROGRESS "'))"

static void read_row(const struct base_db_statement *row, struct rp_operation *out);
static enum base_status one_row(struct base_db_statement *row, struct rp_operation *out,
                                struct base_error *err);
static enum base_status fenced(enum base_status status, int64_t changes,
                               const struct rp_operation *operation, struct base_error *err);
static enum base_status finish_relaxed(base_db_t *db, enum base_status status,
                                       struct base_error *err);

void rp_operation_release(struct rp_operation *operation)
{
    free(operation->resource);
    free(operation->resource_id);
    memset(operation, 0, sizeof *operation);
}

enum base_status rp_operation_insert(base_db_t *db, const struct rp_operation *operation,
                                     struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (operation->after[0])
        status = rp_operation_cancel(db, operation->after, operation->created_ms, err);
    if (status != BASE_OK && status != BASE_NOT_FOUND)
        return status;
    return base_db_run(
        db, NULL, err,
        "INSERT INTO operation(id, kind, resource, resource_id, resource_uid, subscription, "
        "location, correlation, status, created_ms, due_ms, after) "
        "VALUES(?,?,?,?,?,?,?,?,'" RP_IN_PROGRESS "',?,?,nullif(?,''))",
        "ttttttttiit", operation->id, operation->kind, operation->resource, operation->resource_id,
        operation->resource_uid, operation->subscription, operation->location,
        operation->correlation, operation->created_ms, operation->due_ms, operation->after);
}

enum base_status rp_operation_get(base_db_t *db, const char *id, struct rp_operation *out,
                                  struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status =
        base_db_query(db, &row, err, "SELECT " COLUMNS " FROM operation WHERE id=?", "t", id);

    memset(out, 0, sizeof *out);
    return status == BASE_OK ? one_row(&row, out, err) : status;
}

enum base_status rp_lease_take(base_db_t *db, const struct rp_lease *lease,
                               struct rp_operation *out, struct base_error *err)
{
    struct base_db_statement row;

    memset(out, 0, sizeof *out);
    enum base_status status = base_db_begin_relaxed(db, err);
    if (status != BASE_OK)
        return status;
    status = base_db_query(db, &row, err,
                           "SELECT " COLUMNS " FROM operation WHERE status='" RP_IN_PROGRESS
                           "' AND due_ms<=? AND lease_until_ms<=? AND " WAITS_FOR_NONE
                           " ORDER BY due_ms, seq LIMIT 1",
                           "ii", lease->now_ms, lease->now_ms);
    if (status == BASE_OK)
        status = one_row(&row, out, NULL);
    if (status == BASE_OK)
        status = base_db_run(db, NULL, err,
                             "UPDATE operation SET lease_owner=?, lease_until_ms=?, epoch=epoch+1, "
                             "dequeues=dequeues+1 WHERE id=?",
                             "tit", lease->owner, lease->until_ms, out->id);
    status = finish_relaxed(db, status, err);
    if (status != BASE_OK) {
        rp_operation_release(out);
        return status;
    }
    out->epoch++;
    out->dequeues++;
    return BASE_OK;
}

enum base_status rp_lease_renew(base_db_t *db, const struct rp_operation *operation,
                                int64_t until_ms, struct base_error *err)
{
    int64_t changes = 0;
    enum base_status status = base_db_begin_relaxed(db, err);

    if (status != BASE_OK)
        return status;
    status = base_db_run(
        db, &changes, err,
        "UPDATE operation SET lease_until_ms=? WHERE id=? AND epoch=? AND status='" RP_IN_PROGRESS
        "'",
        "iti", until_ms, operation->id, operation->epoch);
    status = finish_relaxed(db, status, err);
    return fenced(status, changes, operation, err);
}

enum base_status rp_lease_check(base_db_t *db, const struct rp_operation *operation,
                                struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err,
        "SELECT 1 FROM operation WHERE id=? AND epoch=? AND status='" RP_IN_PROGRESS "'", "ti",
        operation->id, operation->epoch);

    if (status != BASE_OK)
        return status;
    int64_t found = base_db_next(&row, err);
    base_db_done(&row);
    return fenced(BASE_OK, found, operation, err);
}

enum base_status rp_operation_cancel(base_db_t *db, const char *id, int64_t now_ms,
                                     struct base_error *err)
{
    int64_t changes = 0;
    enum base_status status =
        base_db_run(db, &changes, err,
                    "UPDATE operation SET cancel=1, due_ms=min(due_ms, ?) WHERE id=? AND "
                    "status='" RP_IN_PROGRESS "'",
                    "it", now_ms, id);

    if (status == BASE_OK && !changes)
        return base_error_set(NULL, BASE_NOT_FOUND, "NotFound", "operation %s does not run", id);
    return status;
}

bool rp_operation_canceled(base_db_t *db, const char *id)
{
    struct base_db_statement row;
    bool canceled = false;

    if (base_db_query(db, &row, NULL, "SELECT cancel FROM operation WHERE id=?", "t", id) !=
        BASE_OK)
        return false;
    if (base_db_next(&row, NULL))
        canceled = base_db_int(&row, 0) != 0;
    base_db_done(&row);
    return canceled;
}

enum base_status rp_lease_void_all(base_db_t *db, struct base_error *err)
{
    return base_db_run(
        db, NULL, err,
        "UPDATE operation SET lease_owner=NULL, lease_until_ms=0 WHERE status='" RP_IN_PROGRESS "'",
        "");
}

enum base_status rp_operation_forget(base_db_t *db, int64_t ended_before_ms, struct base_error *err)
{
    return base_db_run(db, NULL, err, "DELETE FROM operation WHERE ended_ms>0 AND ended_ms<?", "i",
                       ended_before_ms);
}

enum base_status rp_operation_next_due(base_db_t *db, int64_t *due_ms, struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err,
        "SELECT max(due_ms, lease_until_ms) AS at FROM operation WHERE status='" RP_IN_PROGRESS
        "' AND " WAITS_FOR_NONE " ORDER BY at LIMIT 1",
        "");

    *due_ms = INT64_MAX;
    if (status != BASE_OK)
        return status;
    if (base_db_next(&row, err))
        *due_ms = base_db_int(&row, 0);
    base_db_done(&row);
    return BASE_OK;
}

enum base_status rp_operation_advance(base_db_t *db, struct rp_operation *operation,
                                      const char *step, struct base_error *err)
{
    int64_t changes = 0;
    enum base_status status = base_db_begin_relaxed(db, err);

    if (status != BASE_OK)
        return status;
    status = base_db_run(db, &changes, err,
                         "UPDATE operation SET step=?, attempts=0, dequeues=0, waits=0, "
                         "last_code=NULL, last_error=NULL WHERE id=? AND epoch=?",
                         "tti", step, operation->id, operation->epoch);
    status = finish_relaxed(db, status, err);
    rp_store_copy(operation->step, sizeof operation->step, step);
    operation->attempts = operation->dequeues = operation->waits = 0;
    operation->last_code[0] = operation->last_error[0] = '\0';
    return fenced(status, changes, operation, err);
}

enum base_status rp_operation_postpone(base_db_t *db, const struct rp_operation *operation,
                                       int64_t due_ms, struct base_error *err)
{
    int64_t changes = 0;
    enum base_status status = base_db_begin_relaxed(db, err);

    if (status != BASE_OK)
        return status;
    status = base_db_run(
        db, &changes, err,
        "UPDATE operation SET attempts=?, dequeues=0, waits=?, due_ms=?, last_code=nullif(?,''), "
        "last_error=nullif(?,''), lease_owner=NULL, lease_until_ms=0 WHERE id=? AND epoch=?",
        "iiittti", operation->attempts, operation->waits, due_ms, operation->last_code,
        operation->last_error, operation->id, operation->epoch);
    status = finish_relaxed(db, status, err);
    return fenced(status, changes, operation, err);
}

static const char *end_word(const struct base_error *failure)
{
    if (!failure)
        return RP_SUCCEEDED;
    return failure->status == BASE_CANCELED ? RP_CANCELED : RP_FAILED;
}

enum base_status rp_operation_finish(base_db_t *db, const struct rp_operation *operation,
                                     int64_t now_ms, const struct base_error *failure,
                                     struct base_error *err)
{
    int64_t changes = 0;
    enum base_status status =
        base_db_run(db, &changes, err,
                    "UPDATE operation SET status=?, ended_ms=?, error_code=?, error_message=?, "
                    "lease_owner=NULL, "
                    "lease_until_ms=0 WHERE id=? AND epoch=? AND status='" RP_IN_PROGRESS "'",
                    "tittti", end_word(failure), now_ms, failure ? failure->code : NULL,
                    failure ? failure->message : NULL, operation->id, operation->epoch);

    return fenced(status, changes, operation, err);
}

static void read_row(const struct base_db_statement *row, struct rp_operation *out)
{
    memset(out, 0, sizeof *out);
    rp_store_copy(out->id, sizeof out->id, base_db_text(row, 0));
    rp_store_copy(out->kind, sizeof out->kind, base_db_text(row, 1));
    out->resource = base_strdup(base_db_text(row, 2));
    out->resource_id = base_strdup(base_db_text(row, 3));
    rp_store_copy(out->resource_uid, sizeof out->resource_uid, base_db_text(row, 4));
    rp_store_copy(out->subscription, sizeof out->subscription, base_db_text(row, 5));
    rp_store_copy(out->location, sizeof out->location, base_db_text(row, 6));
    rp_store_copy(out->correlation, sizeof out->correlation, base_db_text(row, 7));
    rp_store_copy(out->status, sizeof out->status, base_db_text(row, 8));
    out->created_ms = base_db_int(row, 9);
    out->ended_ms = base_db_int(row, 10);
    rp_store_copy(out->error_code, sizeof out->error_code, base_db_text(row, 11));
    rp_store_copy(out->error_message, sizeof out->error_message, base_db_text(row, 12));
    rp_store_copy(out->step, sizeof out->step, base_db_text(row, 13));
    out->attempts = base_db_int(row, 14);
    out->dequeues = base_db_int(row, 15);
    out->due_ms = base_db_int(row, 16);
    out->epoch = base_db_int(row, 17);
    out->cancel = base_db_int(row, 18) != 0;
    rp_store_copy(out->after, sizeof out->after, base_db_text(row, 19));
    rp_store_copy(out->last_code, sizeof out->last_code, base_db_text(row, 20));
    rp_store_copy(out->last_error, sizeof out->last_error, base_db_text(row, 21));
    out->waits = base_db_int(row, 22);
}

static enum base_status one_row(struct base_db_statement *row, struct rp_operation *out,
                                struct base_error *err)
{
    struct base_error fault = {0};
    enum base_status status = BASE_OK;

    if (base_db_next(row, &fault))
        read_row(row, out);
    else if (fault.status != BASE_OK)
        status = base_error_set(err, fault.status, fault.code, "%s", fault.message);
    else
        status = base_error_set(err, BASE_NOT_FOUND, "NotFound", "there is no such operation");
    base_db_done(row);
    return status;
}

static enum base_status fenced(enum base_status status, int64_t changes,
                               const struct rp_operation *operation, struct base_error *err)
{
    if (status == BASE_OK && !changes)
        return base_error_set(err, BASE_CONFLICT, "LeaseLost",
                              "the lease of operation %s (epoch %lld) was lost", operation->id,
                              (long long)operation->epoch);
    return status;
}

/* Who holds it and how far it has come may be lost with the machine's power: the steps are done again from where the disk has it. */
static enum base_status finish_relaxed(base_db_t *db, enum base_status status,
                                       struct base_error *err)
{
    if (status == BASE_OK)
        return base_db_commit(db, err);
    base_db_rollback(db);
    return status;
}
