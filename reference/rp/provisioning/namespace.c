/* Decides when a workspace's Event Hub namespace exists: while at least one connector holds it (WS-02).
 *
 * Holders are rows; taking hold and letting go are transactions, so a create and a delete that race see each other. The
 * one that lets go last turns the namespace's intent to REMOVING, from where there is no way back: a connector that
 * comes meanwhile first helps to finish the removal, then makes the next generation under another name. */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

#define API_VERSION "2024-01-01"
#define KIND "eventhub.namespace" /* intent of the workspace; slot: generation */
#define HOLD "eventhub.hold"      /* intent of the connector */

static enum base_status take_hold(struct rp_job *job, struct rp_intent *removing,
                                  char generation[64], struct base_error *err);
static enum rp_outcome make(struct rp_job *job, const char *generation, struct base_error *err);
static enum rp_outcome finish_removal(struct rp_job *job, struct rp_intent *intent,
                                      struct base_error *err);

enum rp_outcome rp_namespace_ensure(struct rp_job *job, struct base_error *err)
{
    struct rp_intent removing = {0};
    char generation[64];

    if (take_hold(job, &removing, generation, err) != BASE_OK)
        return RP_STEP_FAILED;
    if (!removing.target)
        return make(job, generation, err);
    enum rp_outcome outcome = finish_removal(job, &removing, err);
    rp_intent_release(&removing);
    return outcome == RP_STEP_DONE ? rp_job_again(job, 1) : outcome;
}

/* One transaction: the namespace's intent (a new generation when there is none to share), our row among its holders,
 * and our own intent to let go. A namespace under removal is handed out instead, and nothing is held. */
static enum base_status hold_locked(struct rp_job *job, struct rp_intent *removing,
                                    char generation[64], struct base_error *err)
{
    base_db_t *db = job->world->db;
    struct rp_intent is = {0};
    enum base_status status = rp_intent_newest_of(db, job->workspace.uid, KIND, &is, NULL);
    int64_t number = 0;

    if (status != BASE_OK && status != BASE_NOT_FOUND)
        return base_error_set(err, status, NULL, "the intents cannot be read");
    if (status == BASE_OK && is.state == RP_REMOVING) {
        *removing = is;
        return BASE_OK;
    }
    (void)base_parse_int64(is.slot, &number);
    if (status == BASE_NOT_FOUND || is.state == RP_GONE)
        number++;
    snprintf(generation, 64, "%lld", (long long)number);
    rp_intent_release(&is);

    const char *path = rp_name_namespace(job, generation);
    struct rp_intent shared = {.kind = KIND, .target = (char *)path},
                     own = {.kind = HOLD, .target = (char *)path};
    rp_store_copy(shared.owner, sizeof shared.owner, job->workspace.uid);
    rp_store_copy(shared.slot, sizeof shared.slot, generation);
    rp_store_copy(own.owner, sizeof own.owner, job->resource.uid);
    own.detail = cJSON_CreateObject();
    base_json_set_text(own.detail, "workspace", job->workspace.uid);
    base_json_set_text(own.detail, "generation", generation);
    status = rp_intent_plan(db, &shared, err);
    if (status == BASE_OK)
        status = rp_holding_add(db, path, job->resource.uid, err);
    if (status == BASE_OK)
        status = rp_intent_plan(db, &own, err);
    cJSON_Delete(own.detail);
    return status;
}

static enum base_status take_hold(struct rp_job *job, struct rp_intent *removing,
                                  char generation[64], struct base_error *err)
{
    enum base_status status = rp_job_begin(job, err);

    if (status != BASE_OK)
        return status;
    return rp_job_end(job, hold_locked(job, removing, generation, err), err);
}

static cJSON *namespace_body(const struct rp_job *job)
{
    cJSON *body =
        rp_arm_body(base_json_text(job->workspace.desired, "location"), job->workspace.id);
    cJSON *sku = cJSON_CreateObject(), *properties = cJSON_CreateObject();

    base_json_set_text(sku, "name", "Standard");
    base_json_set_text(sku, "tier", "Standard");
    base_json_set_number(sku, "capacity", 1); /* the seed: one throughput unit */
    base_json_set(body, "sku", sku);
    base_json_set_bool(properties, "disableLocalAuth",
                       job->workspace.type == RP_WORKSPACE); /* Gen 1's customers have keys */
    base_json_set(body, "properties", properties);
    return body;
}

static enum base_status remember(struct rp_job *job, const char *id, const cJSON *found,
                                 struct base_error *err)
{
    const char *endpoint = base_json_text(found, "properties.serviceBusEndpoint");
    cJSON *namespace = cJSON_CreateObject();
    struct base_uri uri;

    base_json_set_text(namespace, "id", id);
    if (endpoint && base_uri_parse(&job->arena, endpoint, &uri))
        base_json_set_text(namespace, "host", uri.host);
    else
        base_json_set(namespace, "host",
                      base_json_textf("%s.servicebus.windows.net", strrchr(id, '/') + 1));
    base_json_set(job->resource.metadata, "eventHubNamespace", namespace);
    return rp_job_remember(job, err);
}

static enum rp_outcome make(struct rp_job *job, const char *generation, struct base_error *err)
{
    cJSON *body = namespace_body(job), *found = NULL;
    const struct rp_arm_want want = {.owner = job->workspace.uid,
                                     .kind = KIND,
                                     .slot = generation,
                                     .path = rp_name_namespace(job, generation),
                                     .api_version = API_VERSION,
                                     .body = body};
    enum rp_outcome outcome = rp_arm_ensure(job, &want, &found, err);

    if (outcome == RP_STEP_DONE)
        outcome = rp_outcome_of(remember(job, want.path, found, err));
    cJSON_Delete(found);
    cJSON_Delete(body);
    return outcome;
}

/* --- letting go --- */

/* True: we were the last, and `shared` is now REMOVING. */
static enum base_status let_go_locked(struct rp_job *job, const struct rp_intent *own,
                                      struct rp_intent *shared, bool *last, struct base_error *err)
{
    base_db_t *db = job->world->db;
    int64_t left = 0;

    *last = false;
    enum base_status status = rp_holding_drop(db, own->target, own->owner, &left, err);
    if (status != BASE_OK)
        return status;
    status = rp_intent_get(db, base_json_text(own->detail, "workspace"), KIND,
                           base_json_text(own->detail, "generation"), shared, NULL);
    if (status != BASE_OK)
        return status == BASE_NOT_FOUND
                   ? BASE_OK
                   : base_error_set(err, status, NULL, "the intents cannot be read");
    if (left || shared->state == RP_GONE)
        return BASE_OK;
    *last = true;
    shared->state = RP_REMOVING;
    return rp_intent_save(db, shared, err);
}

enum rp_outcome rp_namespace_release(struct rp_job *job, struct rp_intent *intent,
                                     struct base_error *err)
{
    struct rp_intent shared = {0};
    enum rp_outcome outcome = RP_STEP_DONE;
    bool last = false;
    enum base_status status = rp_job_begin(job, err);

    if (status == BASE_OK)
        status = rp_job_end(job, let_go_locked(job, intent, &shared, &last, err), err);
    if (status != BASE_OK)
        outcome = RP_STEP_FAILED;
    else if (last)
        outcome = finish_removal(job, &shared, err);
    rp_intent_release(&shared);
    return outcome;
}

static enum rp_outcome finish_removal(struct rp_job *job, struct rp_intent *intent,
                                      struct base_error *err)
{
    enum rp_outcome outcome = rp_arm_remove(job, intent, API_VERSION, err);

    if (outcome != RP_STEP_DONE)
        return outcome;
    intent->state = RP_GONE;
    cJSON_Delete(intent->pending);
    intent->pending = NULL;
    return rp_outcome_of(rp_intent_store(job, intent, err));
}

/* The workspace goes: what is left of its namespaces, if anything, goes too. */
enum rp_outcome rp_namespace_remove(struct rp_job *job, struct rp_intent *intent,
                                    struct base_error *err)
{
    return intent->state == RP_GONE ? RP_STEP_DONE : rp_arm_remove(job, intent, API_VERSION, err);
}
