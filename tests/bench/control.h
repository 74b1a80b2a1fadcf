/* tests/bench/control.h: the parts of bench-control. Nothing here is thread-safe. */
#ifndef TESTS_BENCH_CONTROL_H
#define TESTS_BENCH_CONTROL_H

#include "runner/cloud.h"

#define CONTROL_VERSION "2020-11-01-preview"

struct control_settings {
    int64_t connectors; /* made one after the other */
    int64_t burst;      /* asked for at once */
    int64_t poll_ms;    /* worker.pollMilliseconds */
    int64_t resources;  /* of the largest store */
    int64_t rounds, round_ms;
    const char *only; /* one part; NULL: all */
};
struct control {
    const struct control_settings *settings;
    char *folder;  /* temporary; removed at the end */
    char *overlay; /* file in it: what the RP's operator chooses */
    struct run_cloud cloud;
    struct az_arm arm; /* as the customer; valid while the cloud is up */
    char *group;       /* "/subscriptions/S/resourceGroups/G" of the customer */
    int64_t workers;   /* of the RP that runs */
};

/* ---- control_cloud.c: the cloud, and what is asked of its RP ---- */

/* Brings it up, with an RP of so many workers, or starts the RP again with them. Says on stderr what it does. */
BASE_MUST_USE enum base_status control_cloud_make(struct control *c, int64_t workers,
                                                  struct base_error *err);
void control_cloud_stop(struct control *c); /* also when there is none */

/* What a request left to wait for, and when that began and ended by the RP's own clock (epoch ms, rate 1). */
struct control_operation {
    char path[512]; /* of its status */
    int64_t began_ms, ended_ms;
};
/* PUT or DELETE of "{workspace}" or "{workspace}/iotconnectors/{connector}" (connector NULL: the workspace). */
BASE_MUST_USE enum base_status control_ask(struct control *c, const char *method,
                                           const char *workspace, const char *connector,
                                           struct control_operation *out, struct base_error *err);
/* Looks every `real_ms`, whatever Retry-After says, until it is Succeeded. BASE_CANCELED: interrupted; BASE_UNAVAILABLE: it
 * ended otherwise; BASE_TIMEOUT. */
BASE_MUST_USE enum base_status control_await(struct control *c, struct control_operation *operation,
                                             int real_ms, struct base_error *err);
/* control_ask, then control_await. */
BASE_MUST_USE enum base_status control_do(struct control *c, const char *method,
                                          const char *workspace, const char *connector,
                                          struct base_error *err);

/* ---- the parts: each prints its figures ---- */

BASE_MUST_USE enum base_status control_connector(struct control *c, struct base_error *err);
BASE_MUST_USE enum base_status control_burst(struct control *c, struct base_error *err);
BASE_MUST_USE enum base_status control_stores(struct control *c, struct base_error *err);
BASE_MUST_USE enum base_status control_templates(struct control *c, struct base_error *err);

/* ---- control_fill.c: stores of a given size ---- */

#define CONTROL_SUBSCRIPTION "00000000-0000-0000-0000-0000000000b1"
#define CONTROL_CONNECTORS 9         /* of each workspace: ten resources in all */
#define CONTROL_GROUP_WORKSPACES 100 /* of each resource group */

struct base_db;
/* The id of workspace `n`, or of its connector (0: the workspace itself). Heap. */
char *control_id(int64_t n, int64_t connector) BASE_MUST_USE;
struct control_filling {
    int64_t resources;
    bool whole; /* with the intents, which no GET and no list looks at: near half of a file */
};
/* Fills a new database at `path` through the RP's storage library; each resource as the RP left the first workspace and
 * connector in the database `model`: the row, an ended operation, its intents. *bytes: of the file. */
BASE_MUST_USE enum base_status control_fill(const char *path, const char *model,
                                            const struct control_filling *want, int64_t *bytes,
                                            struct base_error *err);

/* ---- control.c ---- */

double control_now_ms(void); /* monotonic, real, with its fraction */
double control_cpu_ms(void); /* of this process */
/* Of values in any order, which are sorted; part 0.5: the median. */
double control_quantile(double *values, size_t count, double part);

#endif
