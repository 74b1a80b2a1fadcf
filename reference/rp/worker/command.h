/* reference/rp/worker/command.h: commands: tables of named steps, one for each kind of operation document (PRV-01). */
#ifndef REFERENCE_RP_WORKER_COMMAND_H
#define REFERENCE_RP_WORKER_COMMAND_H

#include "reference/rp/worker/job.h"

struct rp_step {
    const char *name; /* stored in the operation document: never renamed lightly */
    const char *what; /* "the storage account": for the sentence of a failure */
    enum rp_outcome (*run)(struct rp_job *job, struct base_error *err);
};
struct rp_command {
    const char *kind; /* "workspace.create" */
    const struct rp_step *steps;
    size_t step_count;
    bool removes; /* its end takes the row away */
    bool quiet;   /* leaves provisioningState as it is, gives way to what is asked for */
    bool
        checks; /* a comparison with the world: the resource is Failed while it cannot be put right */
};
/* NULL: no such kind. (commands.c) */
const struct rp_command *rp_command_find(const char *kind);

/* Step of the deletes: walks the intents of job->resource backwards; each goes when its thing is gone (PRV-05). (worker/removal.c) */
enum rp_outcome rp_teardown(struct rp_job *job, struct base_error *err);
/* Step of the deletes: the children go first. (The front end refuses to delete a workspace with connectors; a deleted subscription does not
 * ask.) */
enum rp_outcome rp_remove_children(struct rp_job *job, struct base_error *err);

#endif
