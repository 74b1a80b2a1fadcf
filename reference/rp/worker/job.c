/* Decides what a step finds when it starts, and how its writes are fenced. */
#include "reference/rp/worker/job.h"
#include "reference/rp/worker/fence.h"
#include "reference/rp/api/version.h"

#include <string.h>

#define FIRST_PART 20 /* of worker.pollMilliseconds: the first wait of a step */

/* A Gen 1 connector has no workspace: it stands for its own. */
static enum base_status load_above(struct rp_job *job, struct base_error *err)
{
    base_db_t *db = job->world->db;
    const struct rp_resource *connector = &job->resource;

    if (job->resource.type == RP_WORKSPACE)
        return BASE_OK;
    if (rp_type_level(job->resource.type) == 2) {
        enum base_status status = rp_resource_get(db, job->resource.parent, &job->connector, err);
        if (status != BASE_OK)
            return status;
        connector = &job->connector;
    }
    return rp_resource_get(db, connector->parent ? connector->parent : connector->key,
                           &job->workspace, err);
}

enum base_status rp_job_load(struct rp_job *job, struct base_error *err)
{
    base_db_t *db = job->world->db;
    enum base_status status = rp_resource_get(db, job->operation.resource, &job->resource, err);

    base_arena_init(&job->arena);
    if (status == BASE_OK && strcmp(job->resource.uid, job->operation.resource_uid))
        return base_error_set(err, BASE_NOT_FOUND, "ResourceNotFound", "%s was replaced",
                              job->resource.id);
    return status == BASE_OK ? load_above(job, err) : status;
}

void rp_job_release(struct rp_job *job)
{
    rp_kubeconfigs_give(job->kubeconfigs, job->kubernetes, job->kubernetes_version);
    rp_resource_release(&job->resource);
    rp_resource_release(&job->workspace);
    rp_resource_release(&job->connector);
    rp_operation_release(&job->operation);
    base_arena_release(&job->arena);
}

/* Of a transaction that has begun. */
static enum base_status check_lease(struct rp_job *job, struct base_error *err)
{
    enum base_status status = rp_lease_check(job->world->db, &job->operation, err);

    if (status != BASE_OK)
        base_db_rollback(job->world->db);
    return status;
}

enum base_status rp_job_begin(struct rp_job *job, struct base_error *err)
{
    enum base_status status = base_db_begin(job->world->db, err);

    return status == BASE_OK ? check_lease(job, err) : status;
}

enum base_status rp_job_begin_relaxed(struct rp_job *job, struct base_error *err)
{
    enum base_status status = base_db_begin_relaxed(job->world->db, err);

    return status == BASE_OK ? check_lease(job, err) : status;
}

enum base_status rp_job_end(struct rp_job *job, enum base_status status, struct base_error *err)
{
    if (status == BASE_OK)
        return base_db_commit(job->world->db, err);
    base_db_rollback(job->world->db);
    return status;
}

/* Of a transaction that has begun, or has failed to. */
static enum base_status save(struct rp_job *job, enum base_status begun, struct base_error *err)
{
    int64_t renew_ms =
        (int64_t)base_json_number(job->resource.metadata, "certificate.renewAfter", 0);

    if (begun != BASE_OK)
        return begun;
    return rp_job_end(job, rp_resource_save_metadata(job->world->db, &job->resource, renew_ms, err),
                      err);
}

enum base_status rp_job_save(struct rp_job *job, struct base_error *err)
{
    return save(job, rp_job_begin(job, err), err);
}

enum base_status rp_job_remember(struct rp_job *job, struct base_error *err)
{
    return save(job, rp_job_begin_relaxed(job, err), err);
}

/* Half longer than the last one: what is quick is seen soon, what is slow is asked seldom. */
static int64_t next_wait(struct rp_job *job)
{
    int64_t most = job->world->config->poll_ms, wait = most / FIRST_PART;

    if (wait < 1)
        wait = 1;
    for (int64_t i = 0; i < job->operation.waits && wait < most; i++)
        wait += (wait + 1) / 2;
    job->operation.waits++;
    return wait < most ? wait : most;
}

enum rp_outcome rp_job_again(struct rp_job *job, int64_t ms)
{
    job->again_ms = ms > 0 ? ms : next_wait(job);
    return RP_STEP_AGAIN;
}

enum rp_outcome rp_outcome_of(enum base_status status)
{
    return status == BASE_OK ? RP_STEP_DONE : RP_STEP_FAILED;
}

const struct rp_resource *rp_job_workspace(const struct rp_job *job)
{
    return job->resource.parent ? &job->workspace : &job->resource;
}

const char *rp_job_workspace_text(const struct rp_job *job, const char *path)
{
    const char *text = base_json_text(rp_job_workspace(job)->metadata, path);

    if (!text)
        BUG("the workspace's metadata has no %s", path);
    return text;
}

int64_t rp_job_now(const struct rp_job *job)
{
    return base_clock_ms(job->world->clock);
}

struct az_client rp_job_client(const struct rp_job *job)
{
    struct az_client az = rp_world_client(job->world, job->operation.correlation);

    az.tries = 1;
    az.timeout_ms = (int)(job->world->config->call_timeout_s * 1000);
    az.permit = rp_job_permit;
    az.permit_context = (void *)job;
    return az;
}

struct az_arm rp_job_arm(const struct rp_job *job)
{
    struct az_arm arm = rp_world_arm(job->world, NULL, job->operation.correlation);

    arm.az = rp_job_client(job);
    return arm;
}
