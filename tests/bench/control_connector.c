/* Decides how long a connector takes from its PUT to Succeeded, and how many a second there are. */
#include "tests/bench/control.h"

#include "common/process.h"
#include "tests/bench/end_to_end.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOK_MS 10       /* real: between two looks at one operation */
#define LOOK_BURST_MS 20 /* the same when many run */
#define WORKSPACE "bench"
#define KEEPER "keeper" /* holds the workspace's Event Hub namespace */
#define A_WORKSPACE 5   /* connectors of the burst in each workspace */
#define AIM_MS 50       /* by the RP's clock, median */

struct timing {
    double *wall, *own; /* ms of each: seen from outside; by the RP's clock */
    size_t count;
    double first_wall, first_own;
    struct bench_usage rp, azsim; /* of all */
};

static struct bench_watch watch_of(const struct control *c)
{
    struct bench_watch watch = {0};

    watch.pids[BENCH_AZSIM] = c->cloud.azsim;
    watch.pids[BENCH_RP] = c->cloud.rp;
    return watch;
}

static double cpu_of(const struct control *c, enum bench_process which)
{
    const struct bench_watch watch = watch_of(c);
    struct bench_usage usage = {0};

    (void)bench_usage_read(&watch, which, &usage);
    return usage.cpu_s * 1000;
}

static enum base_status time_put(struct control *c, const char *name, double *wall, double *own,
                                 struct base_error *err)
{
    struct control_operation operation;
    double from = control_now_ms();
    enum base_status status = control_ask(c, "PUT", WORKSPACE, name, &operation, err);

    if (status == BASE_OK)
        status = control_await(c, &operation, LOOK_MS, err);
    *wall = control_now_ms() - from;
    *own = (double)(operation.ended_ms - operation.began_ms);
    return status;
}

/* Each goes before the next comes: no pod but the keeper's runs beside it. */
static enum base_status time_all(struct control *c, struct timing *t, struct base_error *err)
{
    enum base_status status = time_put(c, KEEPER, &t->first_wall, &t->first_own, err);

    for (int64_t i = 0; i < c->settings->connectors && status == BASE_OK; i++) {
        char name[32];
        snprintf(name, sizeof name, "conn%lld", (long long)i);
        double rp = cpu_of(c, BENCH_RP), azsim = cpu_of(c, BENCH_AZSIM);
        status = time_put(c, name, &t->wall[i], &t->own[i], err);
        t->rp.cpu_s += (cpu_of(c, BENCH_RP) - rp) / 1000;
        t->azsim.cpu_s += (cpu_of(c, BENCH_AZSIM) - azsim) / 1000;
        t->count++;
        if (status == BASE_OK)
            status = control_do(c, "DELETE", WORKSPACE, name, err);
    }
    return status;
}

static void print_timing(const struct control *c, struct timing *t)
{
    double n = (double)t->count, median = control_quantile(t->own, t->count, 0.5);

    printf("\nconnector, PUT to Succeeded: through ARM over TLS, real pod processes, clock rate 1, "
           "worker.pollMilliseconds %lld, 1 worker; looked at every %d ms whatever Retry-After "
           "says\n",
           (long long)c->settings->poll_ms, LOOK_MS);
    printf("%-58s %8s %8s\n", "", "median", "p90");
    printf("%-58s %5.0f ms %5.0f ms   median x %.2f of the aim (%d ms)\n",
           "operation by the RP's clock (startTime to endTime)", median,
           control_quantile(t->own, t->count, 0.9), median / AIM_MS, AIM_MS);
    printf("%-58s %5.0f ms %5.0f ms\n", "from outside: PUT sent to Succeeded seen",
           control_quantile(t->wall, t->count, 0.5), control_quantile(t->wall, t->count, 0.9));
    printf("%-58s %5.0f ms, from outside %.0f ms\n",
           "first of its workspace (its Event Hub namespace is made too)", t->first_own,
           t->first_wall);
    printf("CPU for each (10 ms ticks, all %zu together): iomt-rp %.0f ms, azsim %.0f ms; half of "
           "azsim's and more is one RSA key, made ahead for the identity of a later connector\n",
           t->count, t->rp.cpu_s * 1000 / n, t->azsim.cpu_s * 1000 / n);
}

enum base_status control_connector(struct control *c, struct base_error *err)
{
    struct timing t = {0};
    size_t room = (size_t)c->settings->connectors;
    enum base_status status = control_cloud_make(c, 1, err);

    t.wall = base_alloc(room * sizeof *t.wall);
    t.own = base_alloc(room * sizeof *t.own);
    if (status == BASE_OK)
        status = control_do(c, "PUT", WORKSPACE, NULL, err);
    if (status == BASE_OK)
        status = time_all(c, &t, err);
    if (status == BASE_OK)
        print_timing(c, &t);
    if (status == BASE_OK)
        status = control_do(c, "DELETE", WORKSPACE, KEEPER, err);
    if (status == BASE_OK)
        status = control_do(c, "DELETE", WORKSPACE, NULL, err);
    free(t.wall);
    free(t.own);
    return status;
}

/* --- many at once --- */

static void names_of(int64_t i, char workspace[32], char connector[32])
{
    snprintf(workspace, 32, "burst%lld", (long long)(i / A_WORKSPACE));
    snprintf(connector, 32, "conn%lld", (long long)(i % A_WORKSPACE));
}

/* The same of all connectors, or of all workspaces: asked for at once, then waited for. */
static enum base_status all(struct control *c, const char *method, bool workspaces,
                            struct control_operation *operations, struct base_error *err)
{
    int64_t count = c->settings->burst, step = workspaces ? A_WORKSPACE : 1;
    enum base_status status = BASE_OK;
    char workspace[32], connector[32];

    for (int64_t i = 0; i < count && status == BASE_OK; i += step) {
        names_of(i, workspace, connector);
        status =
            control_ask(c, method, workspace, workspaces ? NULL : connector, &operations[i], err);
    }
    for (int64_t i = 0; i < count && status == BASE_OK; i += step)
        status = control_await(c, &operations[i], LOOK_BURST_MS, err);
    return status;
}

/* From the first one's start to the last one's end. */
static double span_ms(const struct control_operation *operations, int64_t count)
{
    int64_t from = operations[0].began_ms, to = operations[0].ended_ms;

    for (int64_t i = 1; i < count; i++) {
        from = operations[i].began_ms < from ? operations[i].began_ms : from;
        to = operations[i].ended_ms > to ? operations[i].ended_ms : to;
    }
    return (double)(to > from ? to - from : 1);
}

static enum base_status burst(struct control *c, int64_t workers, double *rate,
                              struct base_error *err)
{
    struct control_operation *operations =
        base_alloc((size_t)c->settings->burst * sizeof *operations);
    enum base_status status = control_cloud_make(c, workers, err);

    if (status == BASE_OK)
        status = all(c, "PUT", true, operations, err);
    double rp = cpu_of(c, BENCH_RP), azsim = cpu_of(c, BENCH_AZSIM);
    if (status == BASE_OK)
        status = all(c, "PUT", false, operations, err);
    if (status == BASE_OK) {
        double n = (double)c->settings->burst, ms = span_ms(operations, c->settings->burst);
        double ratio = *rate > 0 ? n * 1000 / ms / *rate : 1;
        *rate = n * 1000 / ms;
        printf("%lld worker%s %5.1f connectors/s (x %.2f of 1 worker)   CPU for each: iomt-rp %.0f "
               "ms, azsim %.0f ms\n",
               (long long)workers, workers == 1 ? " " : "s", *rate, ratio,
               (cpu_of(c, BENCH_RP) - rp) / n, (cpu_of(c, BENCH_AZSIM) - azsim) / n);
        status = all(c, "DELETE", false, operations, err);
    }
    if (status == BASE_OK)
        status = all(c, "DELETE", true, operations, err);
    free(operations);
    return status;
}

enum base_status control_burst(struct control *c, struct base_error *err)
{
    static const int64_t workers[] = {1, 4};
    enum base_status status = BASE_OK;
    double rate = 0;

    printf("\nconnectors a second: %lld asked for at once in workspaces of %d, real pod processes "
           "on the same machine, from the first operation's start to the last one's end; the first "
           "dozen find a key ready for their identity, the others' keys are made meanwhile on the "
           "same cores\n",
           (long long)c->settings->burst, A_WORKSPACE);
    for (size_t i = 0; i < sizeof workers / sizeof *workers && status == BASE_OK; i++)
        status = burst(c, workers[i], &rate, err);
    return status;
}
