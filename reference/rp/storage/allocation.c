/* Decides how allocations are stored. */
#include "reference/rp/storage/allocation.h"

enum base_status rp_allocation_get(base_db_t *db, const char *owner, const char *kind, char *out,
                                   size_t size, struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err, "SELECT item FROM allocation WHERE owner=? AND kind=?", "tt", owner, kind);

    if (status != BASE_OK)
        return status;
    if (base_db_next(&row, err))
        rp_store_copy(out, size, base_db_text(&row, 0));
    else
        status = BASE_NOT_FOUND;
    base_db_done(&row);
    return status;
}

enum base_status rp_allocation_add(base_db_t *db, const char *owner, const char *kind,
                                   const char *item, struct base_error *err)
{
    return base_db_run(db, NULL, err, "INSERT INTO allocation(owner, kind, item) VALUES(?,?,?)",
                       "ttt", owner, kind, item);
}

enum base_status rp_allocation_count(base_db_t *db, const char *kind, const char *item,
                                     int64_t *count, struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err, "SELECT count(*) FROM allocation WHERE kind=? AND item=?", "tt", kind, item);

    if (status != BASE_OK)
        return status;
    *count = base_db_next(&row, err) ? base_db_int(&row, 0) : 0;
    base_db_done(&row);
    return BASE_OK;
}

enum base_status rp_allocation_release(base_db_t *db, const char *owner, struct base_error *err)
{
    return base_db_run(db, NULL, err, "DELETE FROM allocation WHERE owner=?", "t", owner);
}
