/* Decides how intents and holdings are stored. */
#include "reference/rp/storage/intent.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS "seq, owner, kind, slot, target, detail, pending, state"

static enum base_status one_row(struct base_db_statement *row, struct rp_intent *out,
                                struct base_error *err);

void rp_intent_release(struct rp_intent *intent)
{
    free(intent->target);
    cJSON_Delete(intent->detail);
    cJSON_Delete(intent->pending);
    memset(intent, 0, sizeof *intent);
}

enum base_status rp_intent_get(base_db_t *db, const char *owner, const char *kind, const char *slot,
                               struct rp_intent *out, struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err, "SELECT " COLUMNS " FROM intent WHERE owner=? AND kind=? AND slot=?", "ttt",
        owner, kind, slot);

    memset(out, 0, sizeof *out);
    return status == BASE_OK ? one_row(&row, out, err) : status;
}

enum base_status rp_intent_plan(base_db_t *db, const struct rp_intent *intent,
                                struct base_error *err)
{
    char *detail = intent->detail ? base_json_print(intent->detail) : base_strdup("{}");
    enum base_status status = base_db_run(
        db, NULL, err,
        "INSERT INTO intent(owner, kind, slot, target, detail, state) VALUES(?,?,?,?,?,?) "
        "ON CONFLICT(owner, kind, slot) DO UPDATE SET target=excluded.target, "
        "detail=excluded.detail, "
        "state=CASE state WHEN 3 THEN 1 ELSE state END " /* REMOVING -> PLANNED */
        "WHERE state=3 OR target<>excluded.target OR detail<>excluded.detail", /* else no write */
        "ttttti", intent->owner, intent->kind, intent->slot, intent->target, detail,
        (int64_t)RP_PLANNED);

    free(detail);
    return status;
}

enum base_status rp_intent_save(base_db_t *db, const struct rp_intent *intent,
                                struct base_error *err)
{
    char *pending = intent->pending ? base_json_print(intent->pending) : NULL;
    enum base_status status =
        base_db_run(db, NULL, err, "UPDATE intent SET state=?, pending=? WHERE seq=?", "iti",
                    (int64_t)intent->state, pending, intent->seq);

    free(pending);
    return status;
}

enum base_status rp_intent_drop(base_db_t *db, int64_t seq, struct base_error *err)
{
    return base_db_run(db, NULL, err, "DELETE FROM intent WHERE seq=?", "i", seq);
}

enum base_status rp_intent_newest(base_db_t *db, const char *owner, struct rp_intent *out,
                                  struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err, "SELECT " COLUMNS " FROM intent WHERE owner=? ORDER BY seq DESC LIMIT 1",
        "t", owner);

    memset(out, 0, sizeof *out);
    return status == BASE_OK ? one_row(&row, out, err) : status;
}

enum base_status rp_intent_newest_of(base_db_t *db, const char *owner, const char *kind,
                                     struct rp_intent *out, struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err,
        "SELECT " COLUMNS " FROM intent WHERE owner=? AND kind=? ORDER BY seq DESC LIMIT 1", "tt",
        owner, kind);

    memset(out, 0, sizeof *out);
    return status == BASE_OK ? one_row(&row, out, err) : status;
}

enum base_status rp_holding_add(base_db_t *db, const char *thing, const char *holder,
                                struct base_error *err)
{
    return base_db_run(db, NULL, err, "INSERT OR IGNORE INTO holding(thing, holder) VALUES(?,?)",
                       "tt", thing, holder);
}

enum base_status rp_holding_drop(base_db_t *db, const char *thing, const char *holder,
                                 int64_t *left, struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_run(
        db, NULL, err, "DELETE FROM holding WHERE thing=? AND holder=?", "tt", thing, holder);

    if (status == BASE_OK)
        status =
            base_db_query(db, &row, err, "SELECT count(*) FROM holding WHERE thing=?", "t", thing);
    if (status != BASE_OK)
        return status;
    *left = base_db_next(&row, err) ? base_db_int(&row, 0) : 1; /* 1: when in doubt it is held */
    base_db_done(&row);
    return BASE_OK;
}

static enum base_status one_row(struct base_db_statement *row, struct rp_intent *out,
                                struct base_error *err)
{
    struct base_error fault = {0};
    enum base_status status = BASE_OK;

    if (base_db_next(row, &fault)) {
        out->seq = base_db_int(row, 0);
        rp_store_copy(out->owner, sizeof out->owner, base_db_text(row, 1));
        rp_store_copy(out->kind, sizeof out->kind, base_db_text(row, 2));
        rp_store_copy(out->slot, sizeof out->slot, base_db_text(row, 3));
        out->target = base_strdup(base_db_text(row, 4));
        out->detail = cJSON_Parse(base_db_text(row, 5));
        out->pending = base_db_text(row, 6) ? cJSON_Parse(base_db_text(row, 6)) : NULL;
        out->state = (enum rp_intent_state)base_db_int(row, 7);
    } else if (fault.status != BASE_OK) {
        status = base_error_set(err, fault.status, fault.code, "%s", fault.message);
    } else {
        status = base_error_set(err, BASE_NOT_FOUND, "NotFound", "there is no such intent");
    }
    base_db_done(row);
    return status;
}
