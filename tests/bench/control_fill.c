/* Decides what a store of a given size holds: workspaces with nine connectors each, copies of what the RP made once. */
#include "tests/bench/control.h"

#include "common/process.h"
#include "common/text.h"
#include "reference/rp/storage/intent.h"
#include "reference/rp/storage/operation.h"
#include "reference/rp/storage/resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define A_TRANSACTION 1000 /* resources */
#define INTENTS_MAX 64
#define CHECK_MS (900 * 1000LL)

struct original { /* one resource as the RP left it */
    struct rp_resource resource;
    struct rp_operation operation; /* that made it */
    struct rp_intent intents[INTENTS_MAX];
    size_t intent_count;
};
struct filling {
    base_db_t *db;
    base_random_t *random;
    struct original workspace, connector;
    bool whole; /* with intents */
    int64_t now_ms;
};

static enum base_status read_original(base_db_t *db, enum rp_type type, struct original *out,
                                      struct base_error *err);
static void original_release(struct original *original);
static enum base_status fill(struct filling *f, int64_t resources, struct base_error *err);

char *control_id(int64_t n, int64_t connector)
{
    char *workspace = base_asprintf(
        "/subscriptions/" CONTROL_SUBSCRIPTION
        "/resourceGroups/rg%05lld/providers/Microsoft.HealthcareApis/workspaces/ws%06lld",
        (long long)(n / CONTROL_GROUP_WORKSPACES), (long long)n);
    char *id = connector
                   ? base_asprintf("%s/iotconnectors/conn%lld", workspace, (long long)connector)
                   : base_strdup(workspace);

    free(workspace);
    return id;
}

enum base_status control_fill(const char *path, const char *model,
                              const struct control_filling *want, int64_t *bytes,
                              struct base_error *err)
{
    struct filling f = {.random = base_random_new("bench"), .whole = want->whole};
    struct base_clock clock;
    struct stat file;
    base_db_t *from = rp_store_open(model, err);
    enum base_status status = from ? BASE_OK : err->status;

    base_clock_init(&clock);
    f.now_ms = base_clock_ms(&clock);
    if (status == BASE_OK)
        status = read_original(from, RP_WORKSPACE, &f.workspace, err);
    if (status == BASE_OK)
        status = read_original(from, RP_CONNECTOR, &f.connector, err);
    if (status == BASE_OK && !(f.db = rp_store_open(path, err)))
        status = err->status;
    if (status == BASE_OK)
        status = base_db_run(f.db, NULL, err, "PRAGMA synchronous=OFF", "");
    if (status == BASE_OK)
        status = fill(&f, want->resources, err);
    base_db_close(f.db); /* writes the log into the file */
    base_db_close(from);
    *bytes = stat(path, &file) == 0 ? (int64_t)file.st_size : 0;
    original_release(&f.workspace);
    original_release(&f.connector);
    base_random_free(f.random);
    return status;
}

/* One text column of one row, or NULL. Heap. */
static char *text_of(base_db_t *db, const char *sql, const char *argument)
{
    struct base_db_statement row;
    char *text = NULL;

    if (base_db_query(db, &row, NULL, sql, "t", argument) != BASE_OK)
        return NULL;
    if (base_db_next(&row, NULL))
        text = base_strdup(base_db_text(&row, 0));
    base_db_done(&row);
    return text;
}

static enum base_status read_intents(base_db_t *db, struct original *out, struct base_error *err)
{
    struct base_db_statement row;
    enum base_status status = base_db_query(
        db, &row, err, "SELECT kind, slot, target, detail FROM intent WHERE owner=? ORDER BY seq",
        "t", out->resource.uid);

    if (status != BASE_OK)
        return status;
    while (out->intent_count < INTENTS_MAX && base_db_next(&row, err)) {
        struct rp_intent *intent = &out->intents[out->intent_count++];
        const char *detail = base_db_text(&row, 3);
        rp_store_copy(intent->kind, sizeof intent->kind, base_db_text(&row, 0));
        rp_store_copy(intent->slot, sizeof intent->slot, base_db_text(&row, 1));
        intent->target = base_strdup(base_db_text(&row, 2));
        intent->detail = base_json_parse(detail, strlen(detail), NULL);
    }
    base_db_done(&row);
    return BASE_OK;
}

static enum base_status read_original(base_db_t *db, enum rp_type type, struct original *out,
                                      struct base_error *err)
{
    const struct rp_resource_query query = {.type = type, .prefix = "/", .after = "", .limit = 1};
    struct rp_resource *list = NULL;
    size_t count = 0;
    enum base_status status = rp_resource_list(db, &query, &list, &count, err);

    if (status == BASE_OK && !count)
        status = base_error_set(err, BASE_NOT_FOUND, NULL, "the RP's database holds no original");
    if (status != BASE_OK)
        return status;
    out->resource = *list;
    free(list);
    char *operation =
        text_of(db, "SELECT id FROM operation WHERE resource_uid=? ORDER BY seq LIMIT 1",
                out->resource.uid);
    status = operation
                 ? rp_operation_get(db, operation, &out->operation, err)
                 : base_error_set(err, BASE_NOT_FOUND, NULL, "nothing made %s", out->resource.id);
    free(operation);
    return status == BASE_OK ? read_intents(db, out, err) : status;
}

static void original_release(struct original *original)
{
    rp_resource_release(&original->resource);
    rp_operation_release(&original->operation);
    for (size_t i = 0; i < original->intent_count; i++)
        rp_intent_release(&original->intents[i]);
}

static enum base_status add_operation(struct filling *f, const struct original *original,
                                      const struct rp_resource *resource, struct base_error *err)
{
    struct rp_operation operation = original->operation;

    base_uuid(f->random, operation.id);
    operation.resource = resource->key;
    operation.resource_id = resource->id;
    memcpy(operation.resource_uid, resource->uid, sizeof operation.resource_uid);
    operation.epoch = 0;
    enum base_status status = rp_operation_insert(f->db, &operation, err);
    return status == BASE_OK ? rp_operation_finish(f->db, &operation, f->now_ms, NULL, err)
                             : status;
}

static enum base_status add_intents(struct filling *f, const struct original *original,
                                    const struct rp_resource *resource, struct base_error *err)
{
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < original->intent_count && status == BASE_OK; i++) {
        struct rp_intent intent = original->intents[i];
        memcpy(intent.owner, resource->uid, sizeof intent.owner);
        status = rp_intent_plan(f->db, &intent, err);
    }
    return status;
}

static enum base_status add(struct filling *f, int64_t workspace, int64_t connector,
                            struct base_error *err)
{
    const struct original *original = connector ? &f->connector : &f->workspace;
    struct rp_resource resource = original->resource; /* what is not set here is borrowed */
    char *id = control_id(workspace, connector), *key = base_strdup(id),
         *parent = connector ? control_id(workspace, 0) : NULL;

    base_lower(key);
    if (parent)
        base_lower(parent);
    resource.id = id;
    resource.key = key;
    resource.parent = parent;
    base_uuid(f->random, resource.uid);
    rp_store_copy(resource.subscription, sizeof resource.subscription, CONTROL_SUBSCRIPTION);
    enum base_status status = rp_resource_insert(f->db, &resource, err);
    if (status == BASE_OK)
        status = rp_resource_rest(f->db, &resource, f->now_ms + CHECK_MS, err);
    if (status == BASE_OK)
        status = add_operation(f, original, &resource, err);
    if (status == BASE_OK && f->whole)
        status = add_intents(f, original, &resource, err);
    free(id);
    free(key);
    free(parent);
    return status;
}

static enum base_status fill(struct filling *f, int64_t resources, struct base_error *err)
{
    enum base_status status = BASE_OK;

    for (int64_t from = 0; from < resources && status == BASE_OK; from += A_TRANSACTION) {
        if (base_stopping())
            return base_error_set(err, BASE_CANCELED, NULL, "interrupted");
        status = base_db_begin(f->db, err);
        if (status != BASE_OK)
            break;
        for (int64_t i = from; i < from + A_TRANSACTION && i < resources && status == BASE_OK; i++)
            status = add(f, i / (CONTROL_CONNECTORS + 1), i % (CONTROL_CONNECTORS + 1), err);
        if (status == BASE_OK)
            status = base_db_commit(f->db, err);
        else
            base_db_rollback(f->db);
    }
    return status;
}
