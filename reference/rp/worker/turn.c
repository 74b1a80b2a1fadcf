/* Decides how far a worker goes with an operation: the next step, a wait, another try, or the end (PRV-04). */
#include "reference/rp/api/version.h"
#include "reference/rp/provisioning/capacity.h"
#include "reference/rp/worker/command.h"
#include "reference/rp/worker/worker.h"
#include "common/log.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

#define RENEWAL_RETRY_MS (3600 * 1000LL) /* at most; eight times before it is too late */
#define RENEWAL_LEAST_MS (60 * 1000LL)
#define RETENTION_MS (7 * 24 * 3600 * 1000LL) /* operations can be asked about for so long */

static const char *const OUTCOME_WORDS[] = {
    [RP_STEP_DONE] = "done", [RP_STEP_AGAIN] = "not yet", [RP_STEP_FAILED] = "failed"};

static void work(const struct rp_turn *turn, struct rp_job *job);
static bool may_go_on(const struct rp_turn *turn, struct rp_job *job, const struct rp_step *step);
static bool after_step(struct rp_job *job, const struct rp_command *command, size_t at,
                       enum rp_outcome outcome, struct base_error *err, bool stopping);
static void end(struct rp_job *job, const struct base_error *failure);

bool rp_worker_turn(const struct rp_turn *turn)
{
    const struct rp_world *world = turn->world;
    struct rp_job job = {.world = world, .kubeconfigs = turn->kubeconfigs};
    struct base_error err = {0};
    int64_t now = base_clock_ms(world->clock);
    const struct rp_lease lease = {turn->owner, now, now + world->config->lease_s * 1000};
    enum base_status status = rp_lease_take(world->db, &lease, &job.operation, &err);

    if (status != BASE_OK) {
        if (status != BASE_NOT_FOUND)
            base_log(BASE_LOG_ERROR, "worker", NULL, "no lease could be taken: %s", err.message);
        return false;
    }
    if (turn->holding)
        turn->holding(turn->context, &job.operation);
    work(turn, &job);
    if (turn->holding)
        turn->holding(turn->context, NULL);
    rp_job_release(&job);
    return true;
}

static void give_up_lost(struct rp_job *job, const struct base_error *err)
{
    if (base_equal(err->code, "LeaseLost"))
        rp_metrics_lease_lost(job->world->metrics);
    base_log(BASE_LOG_WARN, "worker", job->operation.correlation, "%s %s: %s", job->operation.kind,
             job->operation.id, err->message);
}

static size_t step_index(const struct rp_command *command, const char *name)
{
    for (size_t i = 0; i < command->step_count; i++)
        if (!strcmp(command->steps[i].name, name))
            return i;
    return 0; /* the first, or a step of another version: all may be repeated */
}

static void work(const struct rp_turn *turn, struct rp_job *job)
{
    const struct rp_command *command =
        (turn->find ? turn->find : rp_command_find)(job->operation.kind);
    struct base_error err = {0};

    job->command = command;
    enum base_status status = rp_job_load(job, &err);
    if (status == BASE_OK && !command)
        status = base_error_set(&err, BASE_UNSUPPORTED, "InternalServerError",
                                "there is no command %s", job->operation.kind);
    if (status != BASE_OK) {
        end(job, &err);
        return;
    }
    for (size_t at = step_index(command, job->operation.step); at < command->step_count; at++) {
        const struct rp_step *step = &command->steps[at];
        if (!may_go_on(turn, job, step))
            return;
        base_error_clear(&err);
        base_arena_reset(&job->arena);
        int64_t began = base_monotonic_ms();
        enum rp_outcome outcome = step->run(job, &err);
        rp_metrics_step(job->world->metrics, job->operation.kind, step->name,
                        OUTCOME_WORDS[outcome], base_monotonic_ms() - began);
        bool stopping = turn->stopping && turn->stopping(turn->context);
        base_log(BASE_LOG_DEBUG, "worker", job->operation.correlation, "%s %s: %s",
                 job->operation.kind, step->name,
                 outcome == RP_STEP_FAILED ? err.message : OUTCOME_WORDS[outcome]);
        if (!after_step(job, command, at, outcome, &err, stopping))
            return;
    }
    end(job, NULL);
}

static void fail(struct rp_job *job, const struct rp_step *step, const char *code,
                 const char *message)
{
    struct base_error failure = {0};

    base_error_set(
        &failure, BASE_UNAVAILABLE, code, "%s %s: %s Repeat the request to go on from here.",
        job->command->removes ? "Could not remove" : "Could not provide", step->what, message);
    end(job, &failure);
}

/* What was made so far stays remembered: whatever is asked for next goes on from there. */
static void cancel(struct rp_job *job, const struct rp_step *step)
{
    struct base_error stopped = {0};

    base_error_set(&stopped, BASE_CANCELED, "OperationCanceled",
                   "The operation was stopped before %s was done. Repeat the request to go on from "
                   "here, or delete the resource.",
                   step->what);
    end(job, &stopped);
}

static void time_out(struct rp_job *job, const struct rp_step *step)
{
    const struct rp_operation *operation = &job->operation;
    char message[1024] = "it took longer than an operation may take.";

    if (operation->last_error[0])
        snprintf(message, sizeof message,
                 "it took longer than an operation may take; the last answer was %s %.800s.",
                 operation->last_code, operation->last_error);
    fail(job, step, "OperationTimedOut", message);
}

/* Before each step: were we asked to stop, is it worth going on, is the lease still ours? */
static bool may_go_on(const struct rp_turn *turn, struct rp_job *job, const struct rp_step *step)
{
    const struct rp_config *config = job->world->config;
    struct base_error err = {0};
    int64_t now = rp_job_now(job);

    if (turn->stopping && turn->stopping(turn->context)) {
        if (rp_operation_postpone(job->world->db, &job->operation, now, &err) != BASE_OK)
            give_up_lost(job, &err);
        return false;
    }
    if (rp_operation_canceled(job->world->db, job->operation.id)) {
        cancel(job, step);
        return false;
    }
    if (job->operation.dequeues > config->dequeues) {
        fail(job, step, "OperationAbandoned",
             "the worker ended unexpectedly several times over it.");
        return false;
    }
    if (now > job->operation.created_ms + config->operation_timeout_s * 1000) {
        time_out(job, step);
        return false;
    }
    if (rp_lease_renew(job->world->db, &job->operation, now + config->lease_s * 1000, &err) ==
        BASE_OK)
        return true;
    give_up_lost(job, &err);
    return false;
}

static int64_t back_off(const struct rp_config *config, int64_t attempts, int retry_after_s)
{
    int64_t wait = config->retry_first_ms;

    for (int64_t i = 1; i < attempts && wait < config->retry_most_ms; i++)
        wait *= 2;
    if (wait > config->retry_most_ms)
        wait = config->retry_most_ms;
    return wait > retry_after_s * 1000LL ? wait : retry_after_s * 1000LL;
}

/* No second try will change it. */
static bool hopeless(const struct base_error *err)
{
    return err->status == BASE_INVALID || err->status == BASE_UNSUPPORTED ||
           err->status == BASE_TOO_LARGE;
}

static void try_again_or_fail(struct rp_job *job, const struct rp_step *step,
                              struct base_error *cause, bool stopping)
{
    const struct rp_config *config = job->world->config;
    struct base_error err = {0};

    if (!stopping && cause->status != BASE_THROTTLED) /* who is told to wait has not failed */
        job->operation.attempts++;
    rp_store_copy(job->operation.last_code, sizeof job->operation.last_code, cause->code);
    rp_store_copy(job->operation.last_error, sizeof job->operation.last_error, cause->message);
    base_log(BASE_LOG_WARN, "worker", job->operation.correlation,
             "%s %s failed (attempt %lld): %s %s", job->operation.kind, step->name,
             (long long)job->operation.attempts, cause->code, cause->message);
    if (hopeless(cause) || job->operation.attempts >= config->attempts) {
        char message[1024];
        snprintf(message, sizeof message, "%.900s.", cause->message);
        fail(job, step, cause->code[0] ? cause->code : "InternalServerError", message);
        return;
    }
    int64_t due = rp_job_now(job) +
                  (stopping ? 0 : back_off(config, job->operation.attempts, cause->retry_after_s));
    if (rp_operation_postpone(job->world->db, &job->operation, due, &err) != BASE_OK)
        give_up_lost(job, &err);
}

/* True: go on with the next step at once. */
static bool after_step(struct rp_job *job, const struct rp_command *command, size_t at,
                       enum rp_outcome outcome, struct base_error *err, bool stopping)
{
    base_db_t *db = job->world->db;
    struct base_error lost = {0};
    enum base_status status = BASE_OK;

    if (outcome == RP_STEP_FAILED && !strcmp(err->code, "LeaseLost")) {
        give_up_lost(job, err);
        return false;
    }
    if (outcome == RP_STEP_FAILED) {
        try_again_or_fail(job, &command->steps[at], err, stopping);
        return false;
    }
    if (outcome == RP_STEP_AGAIN)
        status = rp_operation_postpone(db, &job->operation, rp_job_now(job) + job->again_ms, &lost);
    else if (at + 1 < command->step_count)
        status = rp_operation_advance(db, &job->operation, command->steps[at + 1].name, &lost);
    if (status != BASE_OK)
        give_up_lost(job, &lost);
    return status == BASE_OK && outcome == RP_STEP_DONE;
}

/* --- the end, in one transaction with the resource's state --- */

static enum base_status forget(struct rp_job *job, struct base_error *err)
{
    const struct rp_capacity *capacity = job->world->capacity;
    enum base_status status = BASE_OK;

    if (!job->resource.parent)
        status = capacity->give_back(capacity->context, job->world->db, job->resource.uid, err);
    return status == BASE_OK ? rp_resource_remove(job->world->db, job->resource.key, err) : status;
}

/* 0: nothing is to be renewed. A renewal that failed, or gave a certificate that is due already, is tried again in its window. */
static int64_t next_renewal(const struct rp_job *job, bool failed)
{
    const cJSON *certificate = base_json_at(job->resource.metadata, "certificate");
    int64_t due = (int64_t)base_json_number(certificate, "renewAfter", 0), now = rp_job_now(job),
            wait = ((int64_t)base_json_number(certificate, "cannotRenewAfter", 0) - now) / 8;

    if (!due || (due > now && !failed))
        return due;
    if (wait <= 0 || wait > RENEWAL_RETRY_MS)
        wait = RENEWAL_RETRY_MS;
    return now + (wait > RENEWAL_LEAST_MS ? wait : RENEWAL_LEAST_MS);
}

/* Where the resource comes to rest; NULL: where it is. A comparison that fails says so by the state, and takes it back when it succeeds. */
static const char *state_after(struct rp_job *job, const struct rp_command *command,
                               const struct base_error *failure)
{
    cJSON *metadata = job->resource.metadata;
    bool drifted = base_json_at(metadata, "drift") != NULL;
    bool canceled = failure && failure->status == BASE_CANCELED;

    if (command && command->quiet && (!command->checks || canceled))
        return NULL;
    if (command && command->checks && !failure)
        return drifted ? RP_SUCCEEDED : NULL;
    return canceled ? RP_CANCELED : failure ? RP_FAILED : RP_SUCCEEDED;
}

static void note_reason(cJSON *metadata, const char *member, const struct base_error *failure)
{
    cJSON *reason = cJSON_CreateObject();

    base_json_set_text(reason, "code", failure->code[0] ? failure->code : "InternalServerError");
    base_json_set_text(reason, "message", failure->message);
    base_json_set(metadata, member, reason);
}

/* Why the resource is where it is: it outlives the operation's own record. */
static void note_failure(struct rp_job *job, const struct rp_command *command,
                         const struct base_error *failure)
{
    cJSON *metadata = job->resource.metadata;

    if (command && command->quiet && !command->checks)
        return;
    if (!failure || !command || !command->checks)
        cJSON_DeleteItemFromObjectCaseSensitive(metadata, "drift");
    if (failure && command && command->checks && failure->status != BASE_CANCELED)
        note_reason(metadata, "drift", failure);
    if (command && command->quiet)
        return;
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "failure");
    if (failure)
        note_reason(metadata, "failure", failure);
    base_json_set_bool(metadata, "deleteFailed", failure && command && command->removes);
    if (!failure)
        base_json_set_bool(metadata, "ready", true);
}

/* 0: never: its type has no such command, or nobody wants it. */
static int64_t next_check(const struct rp_job *job)
{
    int64_t period_ms = job->world->config->reconcile_s * 1000;
    char kind[64];

    snprintf(kind, sizeof kind, "%s.reconcile", rp_type_word(job->resource.type));
    return period_ms && rp_command_find(kind) ? rp_job_now(job) + period_ms : 0;
}

/* The resource as the database has it; `superseded` when another operation has taken its place: then it says what becomes of it. */
static enum base_status whose(struct rp_job *job, bool *superseded, struct base_error *err)
{
    struct rp_resource now = {0};
    enum base_status status = rp_resource_get(job->world->db, job->resource.key, &now, err);

    *superseded = status == BASE_OK && (strcmp(now.operation, job->operation.id) != 0 ||
                                        strcmp(now.uid, job->resource.uid) != 0);
    if (status == BASE_OK)
        memcpy(job->resource.state, now.state, sizeof now.state);
    rp_resource_release(&now);
    return status;
}

static enum base_status settle(struct rp_job *job, const struct rp_command *command,
                               const struct base_error *failure, struct base_error *err)
{
    struct rp_resource *resource = &job->resource;
    int64_t renew_ms;
    bool superseded = false, failed = failure && failure->status != BASE_CANCELED;
    enum base_status status = whose(job, &superseded, err);

    if (status != BASE_OK || superseded)
        return status;
    const char *state = state_after(job, command, failure);
    renew_ms = next_renewal(job, failed && command && command->quiet && !command->checks);
    if (state)
        rp_store_copy(resource->state, sizeof resource->state, state);
    note_failure(job, command, failure);
    status = rp_resource_rest(job->world->db, resource, next_check(job), err);
    return status == BASE_OK ? rp_resource_save_metadata(job->world->db, resource, renew_ms, err)
                             : status;
}

static void end(struct rp_job *job, const struct base_error *failure)
{
    const struct rp_command *command = job->command;
    struct base_error err = {0};
    const char *word = !failure                           ? RP_SUCCEEDED
                       : failure->status == BASE_CANCELED ? RP_CANCELED
                                                          : RP_FAILED;
    enum base_status status = rp_job_begin(job, &err);

    if (status == BASE_OK) {
        if (!failure && command->removes)
            status = forget(job, &err);
        else if (job->resource.key)
            status = settle(job, command, failure, &err);
        if (status == BASE_OK)
            status = rp_operation_finish(job->world->db, &job->operation, rp_job_now(job), failure,
                                         &err);
        if (status == BASE_OK)
            status = rp_operation_forget(job->world->db, rp_job_now(job) - RETENTION_MS, &err);
        status = rp_job_end(job, status, &err);
    }
    if (status != BASE_OK) {
        give_up_lost(job, &err);
        return;
    }
    rp_metrics_operation_ended(job->world->metrics, job->operation.kind, word);
    base_log(failure && failure->status != BASE_CANCELED ? BASE_LOG_WARN : BASE_LOG_INFO, "worker",
             job->operation.correlation, "%s %s: %s%s%s", job->operation.kind,
             job->operation.resource_id, word, failure ? ": " : "",
             failure ? failure->message : "");
}
