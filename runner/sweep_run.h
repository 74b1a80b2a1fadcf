/* runner/sweep_run.h: one run of a sweep's story in a cloud of its own, with a fault or clean. For sweep.c only. */
#ifndef RUNNER_SWEEP_RUN_H
#define RUNNER_SWEEP_RUN_H

#include "runner/sweep.h"

struct run_sweep_job {
    const struct run_scenario *story;
    const struct run_sweep_config *config;
    const char *seed, *name; /* name: of the run; its state is kept under it */
    const cJSON *callers;
    int64_t settle_ms;                /* clock; how long the world may take to be as it should be */
    const struct run_evidence *clean; /* what the world is compared with; NULL: nothing yet */
    const struct run_point *point;    /* NULL: no fault */
    const char *mode;
};
/* Fills `evidence` (release it). A cloud that does not start or dies is evidence, too: the run did not pass. `trace`: all
 * exchanges of the run, new; may be NULL. Main thread only. */
void run_sweep_once(const struct run_sweep_job *job, struct run_evidence *evidence, cJSON **trace);

#endif
