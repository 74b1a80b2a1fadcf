/* Decides how resources are stored and found. */
#include "reference/rp/storage/resource.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "key, type, parent, id, uid, subscription, state, operation, version, desired, metadata"

static cJSON *parse(const char *text);
static void read_row(const struct base_db_statement *row, struct rp_resource *out);
static enum base_status read_all(struct base_db_statement *rows, struct rp_resource **out,
                                 size_t *count, struct base_error *err);
static const char *or_null(const char *text);

void rp_resource_release(struct rp_resource *resource)
{
    free(resource->key);
    free(resource->parent);
    free(resource->id);
    cJSON_Delete(resource->desired);
    cJSON_Delete(resource->metadata);
    memset(resource, 0, sizeof *resource);
}

void rp_resources_free(struct rp_resource *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        rp_resource_release(&list[i]);
    free(list);
}

const char *rp_resource_name(const struct rp_resource *resource)
{
    return strrchr(resource->id, '/') + 1;
}

bool rp_resource_busy(const struct rp_resource *resource)
{
    static const char *const MOVING[] = {RP_CREATING, RP_UPDATING, RP_DELETING};

    for (size_t i = 0; i < sizeof MOVING / sizeof *MOVING; i++)
        if (!strcmp(resource->state, MOVING[i]))
            return true;
    return false;
}

enum base_status rp_resource_get(base_db_t *db, const char *key, struct rp_resource *out,
                                 struct base_error *err)
{
    struct base_db_statement row;
    struct base_error fault = {0};

    memset(out, 0, sizeof *out);
    enum base_status status =
        base_db_query(db, &row, err, "SELECT " COLUMNS " FROM resource WHERE key=?", "t", key);
    if (status != BASE_OK)
        return status;
    if (base_db_next(&row, &fault))
        read_row(&row, out);
    else if (fault.status != BASE_OK)
        status = base_error_set(err, fault.status, fault.code, "%s", fault.message);
    else
        status = base_error_set(err, BASE_NOT_FOUND, "ResourceNotFound", "there is no %s", key);
    base_db_done(&row);
    return status;
}

enum base_status rp_resource_insert(base_db_t *db, struct rp_resource *resource,
                                    struct base_error *err)
{
    char *desired = base_json_print(resource->desired),
         *metadata = base_json_print(resource->metadata);

    resource->version = 1;
    enum base_status status = base_db_run(
        db, NULL, err, "INSERT INTO resource(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?)",
        "tittttttitt", resource->key, (int64_t)resource->type, resource->parent, resource->id,
        resource->uid, resource->subscription, resource->state, or_null(resource->operation),
        resource->version, desired, metadata);
    free(desired);
    free(metadata);
    return status;
}

enum base_status rp_resource_update(base_db_t *db, struct rp_resource *resource,
                                    struct base_error *err)
{
    char *desired = base_json_print(resource->desired);
    int64_t changes = 0;
    enum base_status status =
        base_db_run(db, &changes, err,
                    "UPDATE resource SET id=?, state=?, operation=?, desired=?, version=version+1 "
                    "WHERE key=? AND uid=?",
                    "tttttt", resource->id, resource->state, or_null(resource->operation), desired,
                    resource->key, resource->uid);

    free(desired);
    if (status == BASE_OK && !changes)
        return base_error_set(err, BASE_CONFLICT, "Conflict", "%s is gone", resource->id);
    resource->version++;
    return status;
}

enum base_status rp_resource_hold(base_db_t *db, const struct rp_resource *resource,
                                  struct base_error *err)
{
    return base_db_run(db, NULL, err, "UPDATE resource SET operation=? WHERE key=? AND uid=?",
                       "ttt", or_null(resource->operation), resource->key, resource->uid);
}

enum base_status rp_resource_rest(base_db_t *db, const struct rp_resource *resource,
                                  int64_t check_ms, struct base_error *err)
{
    return base_db_run(db, NULL, err,
                       "UPDATE resource SET version=version+(state<>?), state=?, operation=NULL, "
                       "check_ms=nullif(?, 0) WHERE key=? AND uid=?",
                       "ttitt", resource->state, resource->state, check_ms, resource->key,
                       resource->uid);
}

enum base_status rp_resource_save_metadata(base_db_t *db, const struct rp_resource *resource,
                                           int64_t renew_ms, struct base_error *err)
{
    char *metadata = base_json_print(resource->metadata);
    enum base_status status =
        base_db_run(db, NULL, err,
                    "UPDATE resource SET metadata=?, renew_ms=nullif(?, 0) WHERE key=? AND uid=?",
                    "titt", metadata, renew_ms, resource->key, resource->uid);

    free(metadata);
    return status;
}

enum base_status rp_resource_remove(base_db_t *db, const char *key, struct base_error *err)
{
    return base_db_run(db, NULL, err, "DELETE FROM resource WHERE key=?", "t", key);
}

enum base_status rp_resource_list(base_db_t *db, const struct rp_resource_query *query,
                                  struct rp_resource **out, size_t *count, struct base_error *err)
{
    struct base_db_statement rows;
    const char *after = strcmp(query->after, query->prefix) > 0 ? query->after : query->prefix;
    char *end = base_strdup(query->prefix); /* '0' follows '/': the first key behind the prefix */

    BUG_ON(!base_ends_nocase(end, "/"));
    end[strlen(end) - 1] = '/' + 1;
    enum base_status status = base_db_query(
        db, &rows, err,
        "SELECT " COLUMNS " FROM resource WHERE type=? AND key>? AND key<? ORDER BY key LIMIT ?",
        "itti", (int64_t)query->type, after, end, query->limit);
    free(end);
    return status == BASE_OK ? read_all(&rows, out, count, err) : status;
}

enum base_status rp_resource_named(base_db_t *db, enum rp_type type, const char *name, bool *found,
                                   struct base_error *err)
{
    struct base_db_statement row;
    char *leaf = base_asprintf("/%s", name);

    base_lower(leaf);
    enum base_status status = base_db_query(
        db, &row, err, "SELECT 1 FROM resource WHERE type=? AND substr(key, -length(?))=? LIMIT 1",
        "itt", (int64_t)type, leaf, leaf);
    free(leaf);
    if (status != BASE_OK)
        return status;
    *found = base_db_next(&row, err);
    base_db_done(&row);
    return BASE_OK;
}

enum base_status rp_resource_children(base_db_t *db, const char *parent, struct rp_resource **out,
                                      size_t *count, struct base_error *err)
{
    struct base_db_statement rows;
    enum base_status status =
        base_db_query(db, &rows, err,
                      "SELECT " COLUMNS " FROM resource WHERE parent=? ORDER BY key", "t", parent);

    return status == BASE_OK ? read_all(&rows, out, count, err) : status;
}

static enum base_status one(enum base_status status, struct base_db_statement *row,
                            struct rp_resource *out, struct base_error *err)
{
    memset(out, 0, sizeof *out);
    if (status != BASE_OK)
        return status;
    if (base_db_next(row, err))
        read_row(row, out);
    else
        status = BASE_NOT_FOUND;
    base_db_done(row);
    return status;
}

enum base_status rp_resource_to_renew(base_db_t *db, int64_t now_ms, struct rp_resource *out,
                                      struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err,
        "SELECT " COLUMNS " FROM resource WHERE renew_ms<=? AND operation IS NULL AND (state=? OR "
        "(state IN (?,?) AND json_extract(metadata, '$.deleteFailed') IS NOT 1)) "
        "ORDER BY renew_ms LIMIT 1",
        "ittt", now_ms, RP_SUCCEEDED, RP_FAILED, RP_CANCELED);

    return one(status, &row, out, err);
}

enum base_status rp_resource_to_check(base_db_t *db, int64_t now_ms, struct rp_resource *out,
                                      struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err,
        "SELECT " COLUMNS " FROM resource AS r WHERE check_ms<=? AND operation IS NULL AND "
        "(state=? OR (state=? AND json_extract(metadata, '$.drift') IS NOT NULL)) AND "
        "NOT EXISTS(SELECT 1 FROM resource AS up WHERE up.operation IS NOT NULL AND "
        "(up.key=r.parent "
        "OR up.key=(SELECT parent FROM resource WHERE key=r.parent))) ORDER BY check_ms LIMIT 1",
        "itt", now_ms, RP_SUCCEEDED, RP_FAILED);

    return one(status, &row, out, err);
}

enum base_status rp_resource_to_purge(base_db_t *db, int64_t failed_before_ms,
                                      struct rp_resource *out, struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err,
        "SELECT " COLUMNS
        " FROM resource WHERE key=(SELECT r.key FROM subscription s JOIN resource r "
        "ON r.key>'/subscriptions/'||s.id||'/' AND r.key<'/subscriptions/'||s.id||'0' "
        "WHERE s.state='Deleted' COLLATE NOCASE AND r.parent IS NULL AND r.operation IS NULL AND "
        "NOT (json_extract(r.metadata, '$.deleteFailed') IS 1 AND EXISTS (SELECT 1 FROM operation "
        "o WHERE o.resource_uid=r.uid AND o.ended_ms>?)) LIMIT 1)",
        "i", failed_before_ms);

    return one(status, &row, out, err);
}

static cJSON *parse(const char *text)
{
    cJSON *node = cJSON_Parse(text ? text : "{}");

    return node ? node : cJSON_CreateObject();
}

static void read_row(const struct base_db_statement *row, struct rp_resource *out)
{
    memset(out, 0, sizeof *out);
    out->key = base_strdup(base_db_text(row, 0));
    out->type = (enum rp_type)base_db_int(row, 1);
    out->parent = base_strdup(base_db_text(row, 2));
    out->id = base_strdup(base_db_text(row, 3));
    rp_store_copy(out->uid, sizeof out->uid, base_db_text(row, 4));
    rp_store_copy(out->subscription, sizeof out->subscription, base_db_text(row, 5));
    rp_store_copy(out->state, sizeof out->state, base_db_text(row, 6));
    rp_store_copy(out->operation, sizeof out->operation, base_db_text(row, 7));
    out->version = base_db_int(row, 8);
    out->desired = parse(base_db_text(row, 9));
    out->metadata = parse(base_db_text(row, 10));
}

static enum base_status read_all(struct base_db_statement *rows, struct rp_resource **out,
                                 size_t *count, struct base_error *err)
{
    struct base_error fault = {0};
    struct rp_resource *list = NULL;
    size_t used = 0;

    while (base_db_next(rows, &fault)) {
        list = base_realloc(list, (used + 1) * sizeof *list);
        read_row(rows, &list[used++]);
    }
    base_db_done(rows);
    *out = list;
    *count = used;
    if (fault.status == BASE_OK)
        return BASE_OK;
    rp_resources_free(list, used);
    *out = NULL;
    *count = 0;
    return base_error_set(err, fault.status, fault.code, "%s", fault.message);
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}
