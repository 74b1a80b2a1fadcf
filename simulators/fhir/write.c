/* Decides what a write makes: a new resource, a new version, or nothing because nothing changed. */
#include "simulators/fhir/call.h"

#include <string.h>

struct write { /* one write on its way */
    struct fhir_call *call;
    const struct fhir_change *change;
    struct fhir_version old, new; /* old.rid 0: there is none */
    cJSON *old_tree;              /* of a living old version */
    struct base_error err;
};

static bool find_old(struct write *write);
static bool version_ok(struct write *write);
static bool unchanged(struct write *write);
static bool store(struct write *write);
static void answer_unchanged(struct write *write);
static void answer_new(struct write *write);

static void run(struct write *write)
{
    if (!find_old(write) || !version_ok(write))
        return;
    if (unchanged(write))
        answer_unchanged(write);
    else if (store(write))
        answer_new(write);
    else
        fhir_refuse_store(write->call, &write->err);
}

void fhir_atomic(struct fhir_call *call, void (*work)(struct fhir_call *call))
{
    struct base_error err = {0};
    base_db_t *db = call->fhir->db;

    if (call->in_transaction) {
        work(call);
        return;
    }
    if (base_db_begin(db, &err) != BASE_OK) {
        fhir_refuse_store(call, &err);
        return;
    }
    call->in_transaction = true;
    work(call);
    call->in_transaction = false;
    if (call->answer.status >= 300)
        base_db_rollback(db);
    else if (base_db_commit(db, &err) != BASE_OK)
        fhir_refuse_store(call, &err);
}

static void write_atomic(struct fhir_call *call)
{
    struct write write = {.call = call, .change = call->change};

    run(&write);
}

void fhir_write(struct fhir_call *call, const struct fhir_change *change)
{
    call->change = change;
    fhir_atomic(call, write_atomic);
}

static bool find_old(struct write *write)
{
    struct fhir_call *call = write->call;

    if (!write->change->id)
        return true;
    enum base_status status = fhir_store_find(call->fhir, call->arena, call->kind,
                                              write->change->id, &write->old, &write->err);
    if (status != BASE_OK && status != BASE_NOT_FOUND) {
        fhir_refuse_store(call, &write->err);
        return false;
    }
    if (status == BASE_OK && !write->old.deleted) {
        write->old_tree =
            fhir_json_parse(call->arena, write->old.body, strlen(write->old.body), &write->err);
        BUG_ON(!write->old_tree);
    }
    return true;
}

static bool version_ok(struct write *write)
{
    struct fhir_call *call = write->call;
    int64_t asked = write->change->if_version;

    if (asked < 0 || (write->old.rid && write->old.version == asked))
        return true;
    const char *header = fhir_header(call, "If-Match");
    const char *text = header ? base_arena_strndup(call->arena, header + 3, strlen(header) - 4)
                              : base_arena_printf(call->arena, "%lld", (long long)asked);
    if (write->old.rid)
        fhir_refuse(call, FHIR_PRECONDITION, "The supplied version '%s' did not match.", text);
    else
        fhir_refuse(call, FHIR_ABSENT,
                    "Resource type '%s' with id '%s' and version '%s' couldn't be found.",
                    fhir_type_name(call->type), write->change->id, text);
    return false;
}

/* Version and time of the old one go into a copy's place: then equal means unchanged. */
static bool unchanged(struct write *write)
{
    cJSON *resource = write->change->resource;

    if (!resource)
        return !write->old.rid || write->old.deleted;
    if (!write->old_tree)
        return false;
    const cJSON *meta = fhir_json_get(write->old_tree, "meta");
    cJSON *new_meta = fhir_json_get(resource, "meta");
    fhir_json_put(new_meta, "versionId",
                  fhir_json_copy(write->call->arena, fhir_json_get(meta, "versionId")));
    fhir_json_put(new_meta, "lastUpdated",
                  fhir_json_copy(write->call->arena, fhir_json_get(meta, "lastUpdated")));
    return fhir_json_equal(write->old_tree, resource);
}

const char *fhir_new_id(struct fhir_call *call)
{
    char id[BASE_UUID_TEXT];

    base_uuid(sim_world_random(call->fhir->world), id);
    return base_arena_strdup(call->arena, id);
}

/* The text of the new version, with its id, version and time. */
static const char *body_of(struct write *write)
{
    struct base_arena *arena = write->call->arena;
    cJSON *resource = write->change->resource;
    struct base_buf text = {0};
    char when[BASE_TIME_TEXT];

    if (!resource)
        return "";
    cJSON *meta = fhir_json_get(resource, "meta");
    base_time_iso(fhir_seq_ms(write->new.seq), when);
    if (fhir_json_get(resource, "id"))
        fhir_json_put(resource, "id", fhir_json_text(arena, write->new.id));
    else
        fhir_json_insert(resource, meta, "id", fhir_json_text(arena, write->new.id));
    fhir_json_put(
        meta, "versionId",
        fhir_json_text(arena, base_arena_printf(arena, "%lld", (long long)write->new.version)));
    fhir_json_put(meta, "lastUpdated", fhir_json_text(arena, when));
    base_buf_reserve(&text, 2048);
    fhir_json_print(&text, resource, false);
    const char *copy = base_arena_strndup(arena, text.data, text.len);
    base_buf_release(&text);
    return copy;
}

static bool store(struct write *write)
{
    struct fhir_call *call = write->call;
    const struct fhir_change *change = write->change;
    struct fhir_rows gone = {0}, come = {0};

    write->new = (struct fhir_version){
        .rid = write->old.rid,
        .kind = call->kind,
        .version = write->old.version + 1,
        .seq = fhir_store_next_seq(call->fhir),
        .id = change->id ? change->id : fhir_new_id(call),
        .method = change->method,
        .deleted = !change->resource,
    };
    write->new.body = body_of(write);
    if (write->old_tree)
        fhir_extract(call->arena, call->service.url, write->old_tree, &gone);
    if (change->resource)
        fhir_extract(call->arena, call->service.url, change->resource, &come);
    return fhir_store_add(call->fhir, &write->new, &write->err) == BASE_OK &&
           fhir_store_index(call->fhir, &write->new, &gone, &come, &write->err) == BASE_OK;
}

static void answer_unchanged(struct write *write)
{
    if (write->change->resource) {
        fhir_answer_version(write->call, 200, &write->old);
        return;
    }
    write->call->answer = (struct fhir_answer){.status = 204, .body = ""};
    if (write->old.rid)
        write->call->answer.version = write->old.version;
}

static void answer_new(struct write *write)
{
    struct fhir_call *call = write->call;
    bool fresh = !write->old.rid;

    if (!write->change->resource) {
        call->answer =
            (struct fhir_answer){.status = 204, .body = "", .version = write->new.version};
        return;
    }
    fhir_answer_version(call, fresh ? 201 : 200, &write->new);
    call->answer.location =
        base_arena_printf(call->arena, "%s/%s/_history/%lld", fhir_type_name(call->type),
                          write->new.id, (long long)write->new.version);
}
