/* reference/rp/worker/job.h: one operation document while a worker does it, and what a step may say about itself.
 *
 * A step looks, compares, writes. It may be run any number of times, also after a crash at any point. Waiting is a step
 * that says AGAIN: it holds no thread. Every write to the database is fenced by the lease (rp_job_begin). */
#ifndef REFERENCE_RP_WORKER_JOB_H
#define REFERENCE_RP_WORKER_JOB_H

#include "reference/rp/storage/intent.h"
#include "reference/rp/storage/operation.h"
#include "reference/rp/storage/resource.h"
#include "reference/rp/worker/kubeconfigs.h"
#include "reference/rp/world.h"

enum rp_outcome {
    RP_STEP_DONE,
    RP_STEP_AGAIN,  /* not yet: ask again in job->again_ms (clock) */
    RP_STEP_FAILED, /* err says why; the worker decides whether to try again */
};

struct rp_command; /* worker/command.h */
struct rp_job {
    const struct rp_world *world;
    const struct rp_command *command; /* NULL: this version knows none of its kind */
    struct rp_operation operation;
    struct rp_resource resource;             /* what the operation is about */
    struct rp_resource workspace, connector; /* those above it; key NULL where there is none */
    struct rp_kubeconfigs *kubeconfigs;
    az_kubernetes_t *kubernetes; /* taken on first use, given back at the end */
    uint64_t kubernetes_version; /* of its kubeconfig */
    struct base_arena arena;     /* of the step at hand */
    int64_t again_ms;
};
/* Loads resource and ancestors. BASE_NOT_FOUND when the resource is gone. Release in any case. */
BASE_MUST_USE enum base_status rp_job_load(struct rp_job *job, struct base_error *err);
void rp_job_release(struct rp_job *job);

/* A transaction that only the holder of the lease may write in: BASE_CONFLICT, code LeaseLost, otherwise. End it with base_db_commit or
 * base_db_rollback. */
BASE_MUST_USE enum base_status rp_job_begin(struct rp_job *job, struct base_error *err);
/* The same for what a step that is done again writes again (base_db_begin_relaxed): that a thing was made, that it is gone. Never for
 * what is about to be made, nor for what was made up. */
BASE_MUST_USE enum base_status rp_job_begin_relaxed(struct rp_job *job, struct base_error *err);
/* Ends it: commit when status is BASE_OK, else rollback. Returns what came of it. */
BASE_MUST_USE enum base_status rp_job_end(struct rp_job *job, enum base_status status,
                                          struct base_error *err);
/* Writes the metadata of job->resource, in a transaction of its own or the caller's. */
BASE_MUST_USE enum base_status rp_job_save(struct rp_job *job, struct base_error *err);
/* The same for what was learnt from outside (an id, a host name) and is learnt again by the same step: rp_job_begin_relaxed. */
BASE_MUST_USE enum base_status rp_job_remember(struct rp_job *job, struct base_error *err);

/* AGAIN in `ms` (clock; as a service named it); 0: as the worker sees fit, at growing distances up to worker.pollMilliseconds. */
enum rp_outcome rp_job_again(struct rp_job *job, int64_t ms);
/* DONE or FAILED. */
enum rp_outcome rp_outcome_of(enum base_status status);

/* The workspace: the resource itself, or the one above it; of Gen 1 the connector. */
const struct rp_resource *rp_job_workspace(const struct rp_job *job);
/* A text in the workspace's metadata; a BUG when it is absent, for an earlier step put it there. */
const char *rp_job_workspace_text(const struct rp_job *job, const char *path);
int64_t rp_job_now(const struct rp_job *job);
/* Clients of the step at hand, in the RP's own tenant. They make each call once: what fails is tried again by the worker, so that waiting holds
 * no thread. */
struct az_arm rp_job_arm(const struct rp_job *job);
struct az_client rp_job_client(const struct rp_job *job);

#endif
