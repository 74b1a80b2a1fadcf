/* Decides how a resource group is emptied and removed: DELETE for every tracked resource, whatever the order; who refuses is
 * asked again after the others, until nothing is left or a whole round changes nothing (facts of ARM, 1.13). */
#include "simulators/arm/groups.h"
#include "simulators/arm/deployments/scheduler.h"
#include "simulators/arm/forward.h"
#include "simulators/arm/index.h"
#include "simulators/arm/locks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIMIT_MS (2LL * 3600 * 1000) /* clock; a deletion that takes longer has failed */
#define POLL_MS 250                  /* clock */
#define AWAY_MS 1000                 /* clock; between rounds in which a provider was away */
#define AWAY_ROUNDS 10
#define OPERATIONS_MAX 1000

struct arm_job {
    struct arm_job *next;
    struct arm *arm;
    pthread_t thread;
    char *id; /* of the group */
    char operation[BASE_UUID_TEXT];
    bool ended;      /* under arm->lock */
    cJSON *refusals; /* of the last round: [{code,target,message}] */
    bool away;       /* in the last round a provider was unreachable or answered 5xx or 429 */
};

static void *run(void *job);
static void join_ended(struct arm *arm, bool all);

static void set_operation(struct arm_job *job, const char *status, const char *message)
{
    const char *sub = job->id + strlen("/subscriptions/");
    cJSON *operation = cJSON_CreateObject();
    char *subscription = base_strndup(sub, strcspn(sub, "/"));

    base_json_set_text(operation, "id", job->operation);
    base_json_set_text(operation, "status", status);
    base_json_set_text(operation, "subscription", subscription);
    base_json_set_text(operation, "message", message);
    if (message && job->refusals)
        base_json_set(operation, "details", base_json_copy(job->refusals));
    arm_docs_put(job->arm->operations, job->operation, operation);
    free(subscription);
}

/* When there are very many, the operations that ended are forgotten. */
static void limit_operations(struct arm *arm)
{
    cJSON *all, *operation;

    if (arm_docs_count(arm->operations) < OPERATIONS_MAX)
        return;
    all = arm_docs_list(arm->operations, NULL);
    cJSON_ArrayForEach(operation,
                       all) if (!base_equal(base_json_text(operation, "status"), "InProgress"))
        arm_docs_remove(arm->operations, base_json_text(operation, "id"));
    cJSON_Delete(all);
}

void arm_group_delete_start(struct arm *arm, const char *id, const char *operation)
{
    struct arm_job *job = base_alloc(sizeof *job);

    join_ended(arm, false);
    limit_operations(arm);
    job->arm = arm;
    job->id = base_strdup(id);
    snprintf(job->operation, sizeof job->operation, "%s", operation);
    set_operation(job, "InProgress", NULL);
    pthread_mutex_lock(&arm->lock);
    job->next = arm->jobs;
    arm->jobs = job;
    BUG_ON(pthread_create(&job->thread, NULL, run, job));
    pthread_mutex_unlock(&arm->lock);
}

static void set_succeeded(void *context, cJSON *document)
{
    (void)context;
    base_json_set_text(document, "status", "Succeeded");
}

/* The process may have ended between a group's end and its operation's: what no group waits for has ended well. */
static void end_operations(struct arm *arm, const cJSON *groups)
{
    cJSON *all = arm_docs_list(arm->operations, NULL), *operation;
    const cJSON *group;

    cJSON_ArrayForEach(operation, all)
    {
        const char *id = base_json_text(operation, "id");
        bool waited = false;
        cJSON_ArrayForEach(group, groups) waited =
            waited || base_equal_nocase(base_json_text(group, "operation"), id);
        if (!waited && base_equal(base_json_text(operation, "status"), "InProgress"))
            arm_docs_update(arm->operations, id, set_succeeded, NULL);
    }
    cJSON_Delete(all);
}

void arm_groups_resume(struct arm *arm)
{
    pthread_mutex_lock(&arm->lock);
    bool first = !arm->resumed;
    arm->resumed = true;
    pthread_mutex_unlock(&arm->lock);
    if (!first)
        return;
    cJSON *groups = arm_docs_list(arm->groups, NULL), *group;
    cJSON_ArrayForEach(group, groups)
    {
        if (base_json_text(group, "operation"))
            arm_group_delete_start(arm, base_json_text(group, "id"),
                                   base_json_text(group, "operation"));
    }
    end_operations(arm, groups);
    cJSON_Delete(groups);
}

void arm_group_delete_stop(struct arm *arm)
{
    pthread_mutex_lock(&arm->lock);
    arm->stopping = true;
    pthread_cond_broadcast(&arm->wake);
    pthread_mutex_unlock(&arm->lock);
    join_ended(arm, true);
}

static struct arm_job *take_job(struct arm *arm, bool any)
{
    struct arm_job *job = NULL;

    pthread_mutex_lock(&arm->lock);
    for (struct arm_job **link = &arm->jobs; *link && !job;) {
        if (any || (*link)->ended) {
            job = *link;
            *link = job->next;
        } else {
            link = &(*link)->next;
        }
    }
    pthread_mutex_unlock(&arm->lock);
    return job;
}

static void join_ended(struct arm *arm, bool all)
{
    for (struct arm_job *job; (job = take_job(arm, all));) {
        pthread_join(job->thread, NULL);
        cJSON_Delete(job->refusals);
        free(job->id);
        free(job);
    }
}

/* ---- the thread ---- */

/* Waits clock milliseconds; false when ARM is ending. */
static bool wait_ms(struct arm *arm, int64_t clock_ms)
{
    int64_t real = base_clock_real(sim_world_clock(arm->world), clock_ms);
    struct timespec until;
    int late = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += real / 1000;
    until.tv_nsec += real % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&arm->lock);
    while (!arm->stopping && late != ETIMEDOUT)
        late = pthread_cond_timedwait(&arm->wake, &arm->lock, &until);
    bool go_on = !arm->stopping;
    pthread_mutex_unlock(&arm->lock);
    return go_on;
}

static void note_refusal(struct arm_job *job, const char *id,
                         const struct base_http_response *response)
{
    cJSON *answer =
        response->body.len ? base_json_parse(response->body.data, response->body.len, NULL) : NULL;
    const char *code = base_json_text(answer, "error.code"),
               *message = base_json_text(answer, "error.message");
    cJSON *refusal = cJSON_CreateObject();

    base_json_set_text(refusal, "code", code ? code : "Conflict");
    base_json_set_text(refusal, "target", id);
    base_json_set_text(refusal, "message",
                       message ? message : "the resource provider gave no reason");
    cJSON_AddItemToArray(job->refusals, refusal);
    cJSON_Delete(answer);
}

static bool has_foreign_children(struct arm_job *job, const struct arm_type *type, const char *id)
{
    struct base_http_response response = {0};
    struct base_buf children = {0};
    bool found = arm_foreign_children(job->arm, id, type->home, &children);

    if (found) {
        arm_refuse(&response, ARM_CANNOT_DELETE, NULL, "Nested resources exist: '%s'.",
                   children.data);
        note_refusal(job, id, &response);
    }
    base_http_response_release(&response);
    base_buf_release(&children);
    return found;
}

/* A lock that came after the deletion had begun holds up what it protects. */
static bool locked(struct arm_job *job, struct base_arena *arena, const char *id)
{
    cJSON *lock = arm_lock_against(job->arm, id, true);
    struct base_http_response response = {0};

    if (lock) {
        arm_refuse(&response, ARM_SCOPE_LOCKED, NULL,
                   "The scope '%s' cannot perform delete operation because following scope(s) are "
                   "locked: '%s'.",
                   id, arm_lock_scope(arena, lock));
        note_refusal(job, id, &response);
    }
    base_http_response_release(&response);
    cJSON_Delete(lock);
    return lock != NULL;
}

static void delete_one(struct arm_job *job, struct base_arena *arena, const cJSON *resource)
{
    const char *id = base_json_text(resource, "id"),
               *version = base_json_text(resource, "apiVersion");
    struct base_http_response response = {0};
    struct base_buf path = {0};
    struct arm_type type;

    if (!arm_type_find(job->arm, arena, base_json_text(resource, "type"), &type) ||
        has_foreign_children(job, &type, id) || locked(job, arena, id))
        return;
    base_uri_encode(&path, id, "/");
    if (!version)
        version = type.versions ? type.versions[0] : "2021-04-01";
    struct arm_forward forward = {
        .arm = job->arm,
        .arena = arena,
        .type = &type,
        .method = "DELETE",
        .path = path.data,
        .query = base_arena_printf(arena, "api-version=%s", version),
        .base = "https://" ARM_HOST,
        .correlation = job->operation,
        .routing = job->operation,
    };
    forward.referer = base_arena_printf(arena, "%s%s?%s", forward.base, path.data, forward.query);
    arm_forward_send(&forward, &response);
    if (response.status == 202 && type.home == ARM_HOME_EXTERNAL)
        arm_index_deleting(job->arm, id);
    else if (response.status >= 200 && response.status < 300)
        arm_resource_gone(job->arm, id);
    else
        note_refusal(job, id, &response);
    job->away = job->away || response.status >= 500 || response.status == 429;
    base_http_response_release(&response);
    base_buf_release(&path);
}

static bool stopping(struct arm *arm)
{
    pthread_mutex_lock(&arm->lock);
    bool stop = arm->stopping;
    pthread_mutex_unlock(&arm->lock);
    return stop;
}

static void delete_each(struct arm_job *job, const cJSON *resources)
{
    struct base_arena arena;
    const cJSON *resource;

    cJSON_Delete(job->refusals);
    job->refusals = cJSON_CreateArray();
    job->away = false;
    base_arena_init(&arena);
    cJSON_ArrayForEach(resource,
                       resources) if (!base_json_true(resource, "deleting") && !stopping(job->arm))
        delete_one(job, &arena, resource);
    base_arena_release(&arena);
}

/* How many resources are left once no deletion is under way; -1: ARM is ending, or it takes too long. */
static int left_over(struct arm_job *job, int64_t limit_ms)
{
    for (;;) {
        cJSON *resources = arm_resources_known(job->arm, job->id), *resource;
        int count = cJSON_GetArraySize(resources), busy = 0;
        cJSON_ArrayForEach(resource, resources) busy += base_json_true(resource, "deleting");
        cJSON_Delete(resources);
        if (!busy)
            return stopping(job->arm) ? -1 : count;
        if (sim_now_ms(job->arm->world) > limit_ms || !wait_ms(job->arm, POLL_MS))
            return -1;
    }
}

/* 0: empty; > 0: that many are blocked; -1: ARM is ending, or it takes too long. */
static int empty_group(struct arm_job *job)
{
    int64_t limit_ms = sim_now_ms(job->arm->world) + LIMIT_MS;
    int before = left_over(job, limit_ms), away = 0;

    while (before > 0) {
        cJSON *resources = arm_resources_known(job->arm, job->id);
        delete_each(job, resources);
        cJSON_Delete(resources);
        int after = left_over(job, limit_ms);
        if (after < before) {
            before = after;
            away = 0;
        } else if (!job->away || ++away > AWAY_ROUNDS) {
            break;
        } else if (!wait_ms(job->arm, AWAY_MS)) {
            return -1;
        }
    }
    return before;
}

static void restore(void *context, cJSON *document)
{
    (void)context;
    base_json_set_text(document, "operation", NULL);
    base_json_set_text(base_json_at(document, "properties"), "provisioningState", "Succeeded");
}

static void *run(void *context)
{
    struct arm_job *job = context;
    struct arm *arm = job->arm;
    int left = empty_group(job);

    if (left == 0) {
        arm_resource_gone(arm, job->id);
        arm_deployments_gone(arm, job->id);
        arm_docs_remove(arm->groups, job->id);
        set_operation(job, "Succeeded", NULL);
    } else if (!stopping(arm)) {
        arm_docs_update(arm->groups, job->id, restore, NULL);
        char *message = base_asprintf(
            "Deletion of resource group '%s' failed as resources with identifiers that are "
            "listed in the details could not be deleted.",
            strrchr(job->id, '/') + 1);
        set_operation(job, "Failed", message);
        free(message);
    }
    pthread_mutex_lock(&arm->lock);
    job->ended = true;
    pthread_mutex_unlock(&arm->lock);
    return NULL;
}
