/* Prints how fast the control plane is on this machine: connectors made by the RP as real processes over TLS, its GETs and lists by the size of
 * its store, what a resource takes on disk, ARM's template engine. Not a test of ctest. */
#include "tests/bench/control.h"

#include "common/file.h"
#include "common/log.h"
#include "common/process.h"
#include "common/text.h"
#include "tests/bench/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct control_settings set = {.connectors = 20,
                                      .burst = 20,
                                      .poll_ms = 100,
                                      .resources = 100000,
                                      .rounds = 7,
                                      .round_ms = 200};

static const struct base_option options[] = {
    {"connectors", BASE_OPTION_INT, &set.connectors, NULL, "N", "made one after the other", 1,
     1000},
    {"burst", BASE_OPTION_INT, &set.burst, NULL, "N", "asked for at once", 1, 100},
    {"poll", BASE_OPTION_INT, &set.poll_ms, NULL, "MS", "worker.pollMilliseconds of the RP", 10,
     60000},
    {"resources", BASE_OPTION_INT, &set.resources, NULL, "N", "of the largest store", 1000,
     1000000},
    {"rounds", BASE_OPTION_INT, &set.rounds, NULL, "N", "of each rate; the median is shown", 1,
     100},
    {"round", BASE_OPTION_INT, &set.round_ms, NULL, "MS", "length of a round, CPU time", 10, 60000},
    {"only", BASE_OPTION_TEXT, &set.only, NULL, "PART", "connector, burst, store or template", 0,
     0},
};
static const struct base_program program = {
    .name = "bench-control",
    .summary = "prints how fast the control plane is",
    .usage = "[options]",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .more = "Brings up a cloud of its own beside iomt, and takes it down. Run it alone on a quiet "
            "machine.\nExit code: 0 done, 1 failed, 2 wrong use, 130 interrupted.",
};

static const struct {
    const char *name, *told;
    enum base_status (*run)(struct control *c, struct base_error *err);
} parts[] = {
    {"connector", "connectors, one after the other", control_connector},
    {"burst", "connectors, many at once", control_burst},
    {"template", "templates", control_templates},
    {"store", "stores", control_stores},
};
#define PARTS (sizeof parts / sizeof *parts)

static enum base_status open_folder(struct control *c, struct base_error *err);
static enum base_status run_parts(struct control *c, struct base_error *err);
static void close_all(struct control *c);

int main(int argc, char **argv)
{
    struct base_error err = {0};
    struct control c = {.settings = &set};
    bool done = false;

    (void)base_stop_fd();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (base_options_parse(&program, argc, argv, NULL, &done, &err) != BASE_OK)
        return base_usage_exit(program.name, &err);
    if (done)
        return 0;
    bench_machine_print();
    enum base_status status = open_folder(&c, &err);
    if (status == BASE_OK)
        status = run_parts(&c, &err);
    close_all(&c);
    if (base_stopping())
        return 130;
    if (status == BASE_OK)
        return 0;
    if (status == BASE_INVALID && set.only)
        return base_usage_exit(program.name, &err);
    fprintf(stderr, "%s: %s\n", program.name, err.message);
    return 1;
}

double control_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

double control_cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

double control_quantile(double *values, size_t count, double part)
{
    if (!count)
        return 0;
    qsort(values, count, sizeof *values, compare);
    return values[(size_t)((double)(count - 1) * part + 0.5)];
}

static enum base_status open_folder(struct control *c, struct base_error *err)
{
    const char *parent = getenv("TMPDIR");
    char *path = base_asprintf("%s/bench-control-XXXXXX", parent && *parent ? parent : "/tmp");

    if (!mkdtemp(path)) {
        base_error_set(err, BASE_IO, NULL, "cannot make %s", path);
        free(path);
        return BASE_IO;
    }
    c->folder = path;
    c->overlay = base_asprintf("%s/overlay.json", path);
    return BASE_OK;
}

static enum base_status run_parts(struct control *c, struct base_error *err)
{
    enum base_status status = BASE_OK;
    bool known = false;

    for (size_t i = 0; i < PARTS && status == BASE_OK; i++) {
        if (set.only && strcmp(set.only, parts[i].name) != 0)
            continue;
        known = true;
        fprintf(stderr, "bench: %s\n", parts[i].told);
        status = parts[i].run(c, err);
        if (status == BASE_OK && base_stopping())
            status = base_error_set(err, BASE_CANCELED, NULL, "interrupted");
    }
    if (!known)
        return base_error_set(err, BASE_INVALID, NULL,
                              "--only: found \"%s\", expected connector, burst, store or template",
                              set.only);
    return status;
}

static void close_all(struct control *c)
{
    control_cloud_stop(c);
    if (c->folder)
        base_ignore(base_dir_remove(c->folder, NULL));
    free(c->folder);
    free(c->overlay);
}
