/* runner/cloud.h: a whole pretend cloud with the reference RP: started, seeded, described, stopped. */
#ifndef RUNNER_CLOUD_H
#define RUNNER_CLOUD_H

#include "common/options.h"
#include "runner/world.h"

#include <pthread.h>
#include <sys/types.h>

struct run_cloud_config {
    const char *state_dir; /* NULL: a temporary folder, removed at the end */
    double clock_rate;     /* 1: the wall's; more: simulated time goes that much faster */
    struct base_list pass; /* host globs for the real network */
    const char *log_level; /* of azsim and the RP; NULL: "warn" */
    void (*progress)(void *context, const char *what); /* NULL: none */
    void *progress_context;
};
struct run_cloud {
    char *state_dir, *bin;
    bool temporary;
    int lock_fd; /* one cloud a folder; 0: none */
    pid_t azsim;
    pthread_mutex_t rp_lock; /* a trap may kill the RP from its own thread */
    pid_t rp;                /* 0: does not run; atomic */
    struct run_world world;  /* open once the cloud is up */
    int64_t took_ms;         /* from start to ready, real */
    cJSON *azsim_ready;
    char *rp_endpoint;
    const char *log_level; /* borrowed from the configuration */
};

/* Starts azsim and iomt-rp (found beside this program), makes the customer's and the provider's things through ARM, writes
 * {state_dir}/env and {state_dir}/endpoints.json. Blocks until everything answers. Must be called from the main
 * thread: the children die with it. Fails: BASE_DENIED (state folder), BASE_CONFLICT (a cloud is up there already), BASE_NOT_FOUND (a
 * program is missing), BASE_TIMEOUT, ...; nothing is left running. */
BASE_MUST_USE enum base_status run_cloud_start(struct run_cloud *cloud,
                                               const struct run_cloud_config *config,
                                               struct base_error *err);
/* Stops both programs (SIGTERM, then SIGKILL), removes a temporary folder. */
void run_cloud_stop(struct run_cloud *cloud);
/* The first of the two that has ended by itself, or NULL. */
const char *run_cloud_dead(struct run_cloud *cloud);

/* ---- the RP alone (cloud_rp.c) ---- */

/* Starts it on its database and tells ARM where it listens. Main thread only. BASE_CONFLICT: it runs already. */
BASE_MUST_USE enum base_status run_cloud_rp_start(struct run_cloud *cloud, struct base_error *err);
/* SIGTERM, and waits. BASE_PROTOCOL: it did not end with code 0. BASE_CONFLICT: it does not run. */
BASE_MUST_USE enum base_status run_cloud_rp_stop(struct run_cloud *cloud, struct base_error *err);
/* SIGKILL, and waits. Any thread. BASE_CONFLICT: it does not run. */
BASE_MUST_USE enum base_status run_cloud_rp_kill(struct run_cloud *cloud, struct base_error *err);
/* Stops it if it runs, then starts it. */
BASE_MUST_USE enum base_status run_cloud_rp_restart(struct run_cloud *cloud,
                                                    struct base_error *err);
bool run_cloud_rp_running(struct run_cloud *cloud); /* NULL: false. Any thread */

/* ---- parts of the start, each in a file of its own ---- */

/* Starts a program whose first line of output is JSON: the answer. NULL + err, quoting what it said last. */
cJSON *run_cloud_start_program(struct run_cloud *cloud, const char *name, const char *const *argv,
                               pid_t *pid, struct base_error *err) BASE_MUST_USE;

/* IOMT_CLOCK of this process and its children: the wall's time, or where the folder's cloud stopped if that is later. */
BASE_MUST_USE enum base_status run_cloud_set_clock(struct run_cloud *cloud, double rate,
                                                   struct base_error *err);
/* The cloud is up: its time is not to be shown again. To be called every second or so, real. */
void run_cloud_note_time(const struct run_cloud *cloud);
/* The customer's hub and FHIR service, the provider's AKS cluster and Key Vault; their names go into world->endpoints. */
BASE_MUST_USE enum base_status run_cloud_seed(struct run_cloud *cloud, struct base_error *err);
/* {state_dir}/rp/rp.json */
BASE_MUST_USE enum base_status run_cloud_write_rp(struct run_cloud *cloud, char **config_path,
                                                  struct base_error *err);
/* {state_dir}/endpoints.json and {state_dir}/env */
BASE_MUST_USE enum base_status run_cloud_write_env(struct run_cloud *cloud, struct base_error *err);

#endif
