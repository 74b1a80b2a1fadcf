/* Decides what PUT and PATCH do to a stored resource: read, check, then desired state and operation document in one
 * transaction.
 *
 * The checks that need only the request and a first look come before the transaction; those that a second writer could
 * upset (parent's state, version, limits) are made again inside it. */
#include "reference/rp/frontend/call.h"
#include "reference/rp/operations.h"
#include "reference/rp/storage/subscription.h"
#include "common/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct write {
    struct rp_call *call;
    const struct rp_write_rules *rules;
    bool patch, exists, has_parent;
    cJSON *body;    /* as sent */
    cJSON *desired; /* what will be stored */
    struct rp_resource current, parent;
    struct rp_operation operation;
    bool started; /* an operation was stored */
};

static void write_resource(struct rp_call *call, const struct rp_write_rules *rules, bool patch);
static cJSON *body_of(struct write *w);
static bool good_name(struct rp_call *call);
static bool look(struct write *w);
static bool parent_ready(struct write *w);
static bool not_busy(struct write *w);
static bool read_desired(struct write *w);
static bool store(struct write *w);
static void answer(struct write *w);

void rp_write_put(struct rp_call *call, const struct rp_write_rules *rules)
{
    write_resource(call, rules, false);
}

void rp_write_patch(struct rp_call *call, const struct rp_write_rules *rules)
{
    write_resource(call, rules, true);
}

/* As the client spelled it; a collection's id is its parent's. */
static const char *parent_id(struct rp_call *call)
{
    char *id = base_arena_strdup(call->arena, call->id);

    for (int i = 0; call->name && i < 2; i++)
        *strrchr(id, '/') = '\0';
    return id;
}

bool rp_load_parent(struct rp_call *call, struct rp_resource *parent)
{
    struct base_error err = {0};
    enum base_status status = rp_resource_get(call->world->db, call->parent_key, parent, &err);

    if (status == BASE_OK)
        return true;
    if (status == BASE_NOT_FOUND)
        rp_answer_error(call, 404, "ParentResourceNotFound", NULL,
                        "Can not perform the requested operation on a nested resource: its parent "
                        "%s was not found.",
                        parent_id(call));
    else
        rp_answer_failure(call, &err);
    return false;
}

static void write_resource(struct rp_call *call, const struct rp_write_rules *rules, bool patch)
{
    struct write w = {
        .call = call, .rules = rules, .patch = patch, .has_parent = call->parent_key != NULL};

    if (rp_writable(call) && good_name(call) && (w.body = body_of(&w)) != NULL && look(&w) &&
        parent_ready(&w) && not_busy(&w) && read_desired(&w) &&
        (!rules->prepare || rules->prepare(call, w.desired)) && store(&w))
        answer(&w);
    cJSON_Delete(w.body);
    cJSON_Delete(w.desired);
    rp_resource_release(&w.current);
    rp_resource_release(&w.parent);
    rp_operation_release(&w.operation);
}

static cJSON *body_of(struct write *w)
{
    bool nothing = w->rules->empty_body && !w->patch && !w->call->request->body_len;

    return nothing ? cJSON_CreateObject() : rp_body(w->call);
}

/* RPC 1.12: only a Registered subscription is written to. */
bool rp_writable(struct rp_call *call)
{
    struct base_error err = {0};
    char state[32];

    if (rp_subscription_state(call->world->db, call->subscription, state, &err) != BASE_OK) {
        rp_answer_failure(call, &err);
        return false;
    }
    if (base_equal_nocase(state, "Registered"))
        return true;
    rp_answer_error(call, 409, "ReadOnlyDisabledSubscription", NULL,
                    "The subscription '%s' is %s: only GET and DELETE are possible",
                    call->subscription, state);
    return false;
}

/* 3 to 24 of a-z, 0-9 and '-', an alphanumeric at both ends; case is kept but never counts. */
static bool good_name(struct rp_call *call)
{
    const char *name = call->name;
    size_t len = strlen(name);
    bool good = len >= 3 && len <= 24 && isalnum((unsigned char)name[0]) &&
                isalnum((unsigned char)name[len - 1]);

    for (size_t i = 0; good && i < len; i++)
        good = (isalnum((unsigned char)name[i]) && (unsigned char)name[i] < 128) || name[i] == '-';
    if (!good)
        rp_answer_error(call, 400, RP_BAD, "name",
                        "name: found \"%.100s\", expected 3 to 24 letters, digits and hyphens, a "
                        "letter or digit at both "
                        "ends",
                        name);
    return good;
}

static bool look(struct write *w)
{
    struct base_error err = {0};
    struct rp_call *call = w->call;

    if (w->has_parent && !rp_load_parent(call, &w->parent))
        return false;
    enum base_status status = rp_resource_get(call->world->db, call->key, &w->current, &err);
    w->exists = status == BASE_OK;
    if (status != BASE_OK && status != BASE_NOT_FOUND) {
        rp_answer_failure(call, &err);
        return false;
    }
    if (w->patch && !w->exists) {
        rp_answer_error(call, 404, "ResourceNotFound", NULL, "The resource '%s' was not found.",
                        call->id);
        return false;
    }
    return rp_precondition(call, w->exists ? &w->current : NULL);
}

static bool parent_ready(struct write *w)
{
    if (!w->has_parent || !strcmp(w->parent.state, RP_SUCCEEDED))
        return true;
    rp_answer_error(w->call, 409, "Conflict", NULL,
                    "The %s '%s' is %s; %s can be written once it is Succeeded.",
                    rp_type_word(w->parent.type), rp_resource_name(&w->parent), w->parent.state,
                    rp_call_name(w->call));
    return false;
}

static bool not_busy(struct write *w)
{
    if (!w->exists || !rp_resource_busy(&w->current))
        return true;
    rp_answer_error(w->call, 409, "Conflict", NULL,
                    "An operation is in progress on %s (%s); repeat the request after it.",
                    rp_call_name(w->call), w->current.state);
    return false;
}

static bool read_desired(struct write *w)
{
    struct rp_call *call = w->call;
    struct rp_faults faults = {0};
    cJSON *merged =
        w->patch ? rp_model_patch(call->arena, &w->current, call->version, w->body, &faults) : NULL;
    const struct rp_reading in = {
        .config = call->world->config,
        .version = call->version,
        .type = call->type,
        .id = call->id,
        .body = w->patch ? merged : w->body,
        .current = w->exists ? &w->current : NULL,
        .parent = w->has_parent ? &w->parent : NULL,
        .identity = {rp_header(call, "x-ms-identity-url"),
                     rp_header(call, "x-ms-identity-principal-id"), call->home_tenant},
    };

    if (!rp_faults_any(&faults))
        w->desired = rp_model_read(&in, &faults);
    if (w->desired) {
        base_json_set(w->desired, "systemData",
                      rp_system_data(call, base_json_at(w->current.desired, "systemData")));
        const char *tenant = call->home_tenant ? call->home_tenant
                                               : base_json_text(w->current.desired, "homeTenant");
        base_json_set_text(w->desired, "homeTenant", tenant);
    } else {
        rp_answer_faults(call, &faults);
    }
    cJSON_Delete(merged);
    rp_faults_release(&faults);
    return w->desired != NULL;
}

/* --- inside the transaction --- */

/* What was read before may have changed since. */
static bool still_so(struct write *w, struct base_error *err)
{
    struct rp_resource now;
    base_db_t *db = w->call->world->db;

    if (w->has_parent) {
        enum base_status status = rp_resource_get(db, w->call->parent_key, &now, err);
        bool same = status == BASE_OK && !strcmp(now.uid, w->parent.uid) &&
                    !strcmp(now.state, RP_SUCCEEDED);
        if (status == BASE_OK)
            rp_resource_release(&now);
        if (!same)
            return false;
    }
    enum base_status status = rp_resource_get(db, w->call->key, &now, err);
    bool same = w->exists ? status == BASE_OK && !strcmp(now.uid, w->current.uid) &&
                                now.version == w->current.version && !rp_resource_busy(&now)
                          : status == BASE_NOT_FOUND;
    if (status == BASE_OK)
        rp_resource_release(&now);
    return same;
}

static bool within_limit(struct write *w, struct base_error *err)
{
    struct rp_resource *siblings = NULL;
    size_t count = 0;

    if (w->exists || !w->rules->limit)
        return true;
    if (rp_resource_children(w->call->world->db, w->call->parent_key, &siblings, &count, err) !=
        BASE_OK) {
        rp_answer_failure(w->call, err);
        return false;
    }
    int64_t same = 0;
    for (size_t i = 0; i < count; i++)
        same += siblings[i].type == w->call->type;
    rp_resources_free(siblings, count);
    if (same < w->rules->limit)
        return true;
    rp_answer_error(w->call, 409, "QuotaExceeded", NULL, "%s %lld %ss; '%s' has them.",
                    w->rules->limit_text, (long long)w->rules->limit, rp_type_word(w->call->type),
                    rp_resource_name(&w->parent));
    return false;
}

static enum base_status insert(struct write *w, struct base_error *err)
{
    struct rp_resource *resource = &w->current;
    struct rp_call *call = w->call;

    resource->type = call->type;
    resource->key = base_strdup(call->key);
    resource->parent = base_strdup(call->parent_key);
    resource->id = base_strdup(call->id);
    base_uuid(call->world->random, resource->uid);
    rp_store_copy(resource->subscription, sizeof resource->subscription, call->subscription);
    resource->desired = base_json_copy(w->desired);
    resource->metadata = cJSON_CreateObject();
    rp_store_copy(resource->state, sizeof resource->state, RP_SUCCEEDED);
    w->started = !rp_type_is_document(call->type);
    enum base_status status = !w->started
                                  ? BASE_OK
                                  : rp_operation_start(call->world, call->correlation, resource,
                                                       "create", &w->operation, err);
    return status == BASE_OK ? rp_resource_insert(call->world->db, resource, err) : status;
}

static enum base_status update(struct write *w, struct base_error *err)
{
    struct rp_resource *resource = &w->current;
    bool ready = base_json_true(resource->metadata, "ready"),
         rests = !strcmp(resource->state, RP_SUCCEEDED);
    enum base_status status = BASE_OK;

    if (rests && rp_model_same(resource->desired, w->desired, true))
        return BASE_OK; /* nothing is asked for: systemData stays as well */
    w->started = !rp_type_is_document(resource->type) &&
                 (!rests || !rp_model_same(resource->desired, w->desired, false));
    cJSON_Delete(resource->desired);
    resource->desired = base_json_copy(w->desired);
    free(resource->id);
    resource->id = base_strdup(w->call->id);
    if (w->started)
        status = rp_operation_start(w->call->world, w->call->correlation, resource,
                                    ready ? "update" : "create", &w->operation, err);
    return status == BASE_OK ? rp_resource_update(w->call->world->db, resource, err) : status;
}

static bool store(struct write *w)
{
    struct rp_call *call = w->call;
    struct base_error err = {0};
    base_db_t *db = call->world->db;

    enum base_status status = base_db_begin(db, &err);
    if (status == BASE_OK) {
        bool same = still_so(w, &err), allowed = same && within_limit(w, &err);
        if (allowed)
            status = w->exists ? update(w, &err) : insert(w, &err);
        if (allowed && status == BASE_OK && w->rules->follow)
            allowed = w->rules->follow(call, &w->current);
        else if (!same)
            rp_answer_error(
                call, 409, "Conflict", NULL,
                "%s or its parent was changed by another request meanwhile; repeat the request.",
                call->id);
        if (allowed && status == BASE_OK)
            status = base_db_commit(db, &err);
        else
            base_db_rollback(db);
        if (!allowed)
            return false;
    }
    if (status != BASE_OK) {
        rp_answer_failure(call, &err);
        return false;
    }
    if ((w->started || w->rules->follow) && call->world->wake)
        call->world->wake(call->world->wake_context);
    return true;
}

static void answer(struct write *w)
{
    if (w->started)
        rp_answer_tracking(w->call, &w->operation);
    if (w->patch && w->started)
        w->call->response->status = 202;
    else
        rp_answer_resource(w->call, w->exists ? 200 : 201, &w->current);
}
