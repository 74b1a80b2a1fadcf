/* runner/world.h: the cloud a run talks to: addresses, credentials, variables. Offline or Azure, the same calls. */
#ifndef RUNNER_WORLD_H
#define RUNNER_WORLD_H

#include "azure/arm.h"

#define RUN_PRINCIPALS 4

struct run_cloud; /* cloud.h */

struct run_world {
    struct base_clock clock;
    base_random_t *random;
    base_http_client_t *http;  /* through the cloud's proxy, trusting its CA */
    base_http_client_t *plain; /* no proxy: the control API */
    struct az_client az;
    cJSON *endpoints; /* endpoints.json */
    char *control;    /* "http://127.0.0.1:PORT"; NULL on real Azure */
    char *proxy, *ca_file;
    struct run_cloud *cloud; /* when this process started it; NULL: somebody else did */
    struct {
        char *name;
        az_credential_t *credential;
        char *tenant;
    } principals[RUN_PRINCIPALS];
    size_t principal_count;
};

/* BASE_NOT_FOUND when the cloud in the folder was stopped or killed: whoever brings one up holds the folder's lock. A folder
 * without a lock (an environment that nobody brought up) is taken as it is. */
BASE_MUST_USE enum base_status run_world_expect_up(const char *state_dir, struct base_error *err);
/* Opens the cloud described by {state_dir}/endpoints.json. Fails: BASE_NOT_FOUND (no cloud is up there), BASE_INVALID. */
BASE_MUST_USE enum base_status run_world_open(struct run_world *world, const char *state_dir,
                                              struct base_error *err);
void run_world_close(struct run_world *world);
/* The credential of a principal by name; "nobody" gives BASE_OK and NULL. BASE_NOT_FOUND names those there are. */
BASE_MUST_USE enum base_status run_world_credential(struct run_world *world, const char *name,
                                                    az_credential_t **out, struct base_error *err);
/* Token audience for a URL, by its host; heap; NULL when the host is none of Azure's. */
char *run_audience_of(const char *url) BASE_MUST_USE;
/* GET (or PUT with a body) on the control API; *out is the parsed answer. Fails: BASE_UNSUPPORTED without a control API. */
BASE_MUST_USE enum base_status run_control(struct run_world *world, const char *method,
                                           const char *path, const cJSON *body, cJSON **out,
                                           struct base_error *err);

#endif
