/* Decides how a thing is made and unmade through ARM so that any step of it may be repeated.
 *
 * The intent row holds the URL of an ARM operation that is still running, so that a worker that takes over asks about it
 * instead of writing a second time. */
#include "reference/rp/provisioning/arm_resource.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

static enum base_status mark_made(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err);
static enum rp_outcome follow(struct rp_job *job, struct rp_intent *intent, struct base_error *err);
static bool pending_is(const struct rp_intent *intent, const char *verb);
static enum rp_outcome keep_pending(struct rp_job *job, struct rp_intent *intent, const char *verb,
                                    const struct az_arm_operation *operation,
                                    struct base_error *err);
static enum rp_outcome look_whether_gone(struct rp_job *job, const struct rp_intent *intent,
                                         const char *api_version, bool *there,
                                         struct base_error *err);
static enum rp_outcome look_and_write(struct rp_job *job, const struct rp_arm_want *want,
                                      struct rp_intent *intent, bool written, cJSON **found,
                                      struct base_error *err);

enum rp_outcome rp_arm_ensure(struct rp_job *job, const struct rp_arm_want *want, cJSON **found,
                              struct base_error *err)
{
    struct rp_intent intent = {0};
    enum rp_outcome outcome = RP_STEP_DONE;
    cJSON *answer = NULL;

    if (rp_plan(job, want->owner, want->kind, want->slot, want->path, NULL, err) != BASE_OK ||
        rp_intent_get(job->world->db, want->owner, want->kind, want->slot, &intent, err) != BASE_OK)
        return RP_STEP_FAILED;
    bool written = pending_is(&intent, "PUT");
    if (written)
        outcome = follow(job, &intent, err);
    if (outcome == RP_STEP_DONE)
        outcome = look_and_write(job, want, &intent, written, &answer, err);
    if (outcome == RP_STEP_DONE)
        outcome = rp_outcome_of(mark_made(job, &intent, err));
    rp_intent_release(&intent);
    if (found && outcome == RP_STEP_DONE)
        *found = answer;
    else
        cJSON_Delete(answer);
    return outcome;
}

enum rp_outcome rp_arm_remove(struct rp_job *job, struct rp_intent *intent, const char *api_version,
                              struct base_error *err)
{
    struct az_arm arm = rp_job_arm(job);
    struct az_arm_operation operation;

    if (pending_is(intent, "DELETE")) {
        bool there = true;
        enum rp_outcome outcome = follow(job, intent, err);
        if (outcome == RP_STEP_DONE)
            outcome = look_whether_gone(job, intent, api_version, &there, err);
        if (outcome != RP_STEP_DONE || !there)
            return outcome;
    }
    if (az_arm_write(&arm, "DELETE", intent->target, api_version, NULL, NULL, &operation, err) !=
        BASE_OK)
        return RP_STEP_FAILED;
    return operation.url[0] ? keep_pending(job, intent, "DELETE", &operation, err) : RP_STEP_DONE;
}

enum base_status rp_plan(struct rp_job *job, const char *owner, const char *kind, const char *slot,
                         const char *target, cJSON *detail, struct base_error *err)
{
    struct rp_intent intent = {.target = base_strdup(target), .detail = detail};

    rp_store_copy(intent.owner, sizeof intent.owner, owner);
    rp_store_copy(intent.kind, sizeof intent.kind, kind);
    rp_store_copy(intent.slot, sizeof intent.slot, slot);
    enum base_status status = rp_job_begin(job, err);
    if (status == BASE_OK)
        status = rp_job_end(job, rp_intent_plan(job->world->db, &intent, err), err);
    rp_intent_release(&intent);
    return status;
}

enum base_status rp_made(struct rp_job *job, const char *owner, const char *kind, const char *slot,
                         struct base_error *err)
{
    struct rp_intent intent = {0};
    enum base_status status = rp_intent_get(job->world->db, owner, kind, slot, &intent, err);

    if (status == BASE_OK)
        status = mark_made(job, &intent, err);
    rp_intent_release(&intent);
    return status;
}

/* The step that is done again finds it made again. */
static enum base_status mark_made(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err)
{
    if (intent->state != RP_PLANNED)
        return BASE_OK;
    intent->state = RP_MADE;
    enum base_status status = rp_job_begin_relaxed(job, err);
    return status == BASE_OK ? rp_job_end(job, rp_intent_save(job->world->db, intent, err), err)
                             : status;
}

enum base_status rp_intent_store(struct rp_job *job, const struct rp_intent *intent,
                                 struct base_error *err)
{
    enum base_status status = rp_job_begin(job, err);

    return status == BASE_OK ? rp_job_end(job, rp_intent_save(job->world->db, intent, err), err)
                             : status;
}

cJSON *rp_arm_body(const char *location, const char *owner_id)
{
    cJSON *body = cJSON_CreateObject(), *tags = cJSON_CreateObject();

    if (location)
        base_json_set_text(body, "location", location);
    base_json_set_text(tags, "owner", owner_id);
    base_json_set(body, "tags", tags);
    return body;
}

static bool pending_is(const struct rp_intent *intent, const char *verb)
{
    return base_equal(base_json_text(intent->pending, "verb"), verb);
}

/* verb NULL: the one that is stored; the URL may have moved. */
static enum rp_outcome keep_pending(struct rp_job *job, struct rp_intent *intent, const char *verb,
                                    const struct az_arm_operation *operation,
                                    struct base_error *err)
{
    bool same = !verb && base_equal(base_json_text(intent->pending, "url"), operation->url);
    cJSON *pending = cJSON_CreateObject();

    base_json_set_text(pending, "verb", verb ? verb : base_json_text(intent->pending, "verb"));
    base_json_set_text(pending, "url", operation->url);
    base_json_set_bool(pending, "statusBody", operation->status_body);
    cJSON_Delete(intent->pending);
    intent->pending = pending;
    if (!same && rp_intent_store(job, intent, err) != BASE_OK)
        return RP_STEP_FAILED;
    return rp_job_again(job, operation->retry_after_s * 1000LL);
}

/* Only this look was refused: it is asked again later. */
static bool passing(enum base_status status)
{
    static const enum base_status PASSING[] = {
        BASE_UNAVAILABLE, BASE_TIMEOUT, BASE_THROTTLED, BASE_IO, BASE_DENIED, BASE_UNAUTHENTICATED};

    for (size_t i = 0; i < sizeof PASSING / sizeof *PASSING; i++)
        if (PASSING[i] == status)
            return true;
    return false;
}

/* Asks about the operation that is under way. DONE: it ended, or nobody can tell any more; the resource itself has to
 * be looked at. */
static enum rp_outcome follow(struct rp_job *job, struct rp_intent *intent, struct base_error *err)
{
    struct az_arm arm = rp_job_arm(job);
    struct az_arm_operation operation = {.status_body =
                                             base_json_true(intent->pending, "statusBody")};
    struct base_error found = {0};
    bool done = false;

    rp_store_copy(operation.url, sizeof operation.url, base_json_text(intent->pending, "url"));
    enum base_status status = az_arm_poll(&arm, &operation, &done, &found);
    if (status == BASE_OK && !done)
        return keep_pending(job, intent, NULL, &operation, err);
    if (passing(status)) {
        *err = found;
        return RP_STEP_FAILED;
    }
    cJSON_Delete(intent->pending);
    intent->pending = NULL;
    if (rp_intent_store(job, intent, err) != BASE_OK)
        return RP_STEP_FAILED;
    if ((status != BASE_INVALID && status != BASE_CANCELED) || found.http_status)
        return RP_STEP_DONE;
    base_error_set(err, BASE_UNAVAILABLE, found.code, "%s",
                   found.message); /* it failed: the next may fare better */
    return RP_STEP_FAILED;
}

static bool same_text(const char *name, const char *a, const char *b)
{
    if (base_equal_nocase(name, "location")) { /* "West US 2" = "westus2" */
        while (*a || *b) {
            if (*a == ' ')
                a++;
            else if (*b == ' ')
                b++;
            else if ((*a++ | 0x20) != (*b++ | 0x20))
                return false;
        }
        return true;
    }
    return base_equal_nocase(a, b);
}

/* Does the answer hold all that was asked for? What the service adds does not matter. *missing: the first that is not there. */
static bool covers(const cJSON *have, const cJSON *want, const cJSON **missing)
{
    const cJSON *child, *other;

    *missing = want;
    if (cJSON_IsObject(want)) {
        cJSON_ArrayForEach(child, want)
        {
            other = cJSON_GetObjectItemCaseSensitive(have, child->string);
            if (!covers(other, child, missing))
                return false;
        }
        return have != NULL;
    }
    if (cJSON_IsArray(want)) { /* place by place: a service fills in its items too */
        other = cJSON_IsArray(have) ? have->child : NULL;
        for (child = want->child; child && other; child = child->next, other = other->next)
            if (!covers(other, child, missing))
                return false;
        *missing = want;
        return cJSON_IsArray(have) && !child && !other;
    }
    if (cJSON_IsString(want))
        return cJSON_IsString(have) &&
               same_text(want->string ? want->string : "", have->valuestring, want->valuestring);
    return base_json_equal(have, want);
}

/* The service ended our write well and shows something else: written again at once it would go on so for ever. */
static enum rp_outcome not_as_written(const struct rp_arm_want *want, const cJSON *missing,
                                      struct base_error *err)
{
    base_error_set(
        err, BASE_UNAVAILABLE, "ResourceNotAsWritten",
        "%s was written, and it still does not show the \"%s\" that was asked for (a policy may "
        "change it)",
        want->path, missing->string ? missing->string : "list");
    return RP_STEP_FAILED;
}

/* Still on its way to a terminal state? No state means it is there. */
static bool moving(const cJSON *resource)
{
    static const char *const TERMINAL[] = {"Succeeded", "Failed", "Canceled"};
    const char *state = base_json_text(resource, "properties.provisioningState");

    for (size_t i = 0; state && i < 3; i++)
        if (base_equal_nocase(state, TERMINAL[i]))
            return false;
    return state != NULL;
}

static enum rp_outcome look_whether_gone(struct rp_job *job, const struct rp_intent *intent,
                                         const char *api_version, bool *there,
                                         struct base_error *err)
{
    struct az_arm arm = rp_job_arm(job);
    struct base_error looked = {0};
    cJSON *found = NULL;
    enum base_status status = az_arm_get(&arm, intent->target, api_version, &found, &looked);
    bool leaving = moving(found);

    cJSON_Delete(found);
    *there = status != BASE_NOT_FOUND;
    if (status == BASE_OK)
        return leaving ? rp_job_again(job, 0) : RP_STEP_DONE;
    if (status == BASE_NOT_FOUND)
        return RP_STEP_DONE;
    *err = looked;
    return RP_STEP_FAILED;
}

static bool ended_badly(const cJSON *resource)
{
    const char *state = base_json_text(resource, "properties.provisioningState");

    return state && !base_equal_nocase(state, "Succeeded") && !moving(resource);
}

static enum rp_outcome write(struct rp_job *job, const struct rp_arm_want *want,
                             struct rp_intent *intent, cJSON **found, struct base_error *err)
{
    struct az_arm arm = rp_job_arm(job);
    struct az_arm_operation operation;

    if (az_arm_write(&arm, "PUT", want->path, want->api_version, want->body, found, &operation,
                     err) != BASE_OK)
        return RP_STEP_FAILED;
    if (operation.url[0])
        return keep_pending(job, intent, "PUT", &operation, err);
    return moving(*found) ? rp_job_again(job, operation.retry_after_s * 1000LL) : RP_STEP_DONE;
}

/* `written`: an operation of ours has just ended. */
static enum rp_outcome look_and_write(struct rp_job *job, const struct rp_arm_want *want,
                                      struct rp_intent *intent, bool written, cJSON **found,
                                      struct base_error *err)
{
    struct az_arm arm = rp_job_arm(job);
    struct base_error looked = {0};
    const cJSON *missing;
    enum base_status status = az_arm_get(&arm, want->path, want->api_version, found, &looked);

    if (status == BASE_OK && moving(*found))
        return rp_job_again(job, 0);
    if (status == BASE_OK && !ended_badly(*found)) {
        if (covers(*found, want->body, &missing))
            return RP_STEP_DONE;
        if (written)
            return not_as_written(want, missing, err);
    }
    if (status != BASE_OK && status != BASE_NOT_FOUND) {
        *err = looked;
        return RP_STEP_FAILED;
    }
    cJSON_Delete(*found);
    *found = NULL;
    return write(job, want, intent, found, err);
}
