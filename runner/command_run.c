/* Decides what `iomt run` does: scenarios, against a cloud of its own or one that is up. */
#include "runner/cloud.h"
#include "runner/commands.h"
#include "runner/list.h"
#include "runner/report.h"
#include "runner/sweep.h"

#include "common/process.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXIT_SKIPPED 77
#define OWN_CLOCK_RATE 10 /* a cloud of our own: Retry-After of 1 s costs 0.1 s */
#define SWEEP_CLOCK_RATE                                                                           \
    40 /* the clouds of a sweep, in which little is asked of a program's speed */
#define SWEEP_OF_A_FOLDER 4        /* runs */
#define DEFAULT_FOLDER "scenarios" /* of a list that names none */

static struct {
    const char *state_dir, *seed, *until, *format, *junit, *log_level, *keep, *only;
    int64_t rate, shallow;
    bool list, requirements, full;
} set = {.seed = "42", .format = "tap", .log_level = "warn"};

static const struct base_option options[] = {
    {"state-dir", BASE_OPTION_TEXT, &set.state_dir, NULL, "DIR",
     "run against the cloud that is up in DIR; without it, against a new one", 0, 0},
    {"seed", BASE_OPTION_TEXT, &set.seed, NULL, "TEXT",
     "names of {prefix: ..} variables come from it", 0, 0},
    {"until", BASE_OPTION_TEXT, &set.until, NULL, "GLOB", "stop after the step of that name", 0, 0},
    {"format", BASE_OPTION_TEXT, &set.format, NULL, "WORD", "tap, story or ndjson", 0, 0},
    {"junit", BASE_OPTION_TEXT, &set.junit, NULL, "FILE", "also write a JUnit report", 0, 0},
    {"clock-rate", BASE_OPTION_INT, &set.rate, NULL, "N",
     "time of a new cloud goes N times as fast (10; in a sweep 40)", 1, 1000},
    {"keep", BASE_OPTION_TEXT, &set.keep, NULL, "DIR",
     "keep the new cloud's state (logs, trace) in DIR", 0, 0},
    {"log-level", BASE_OPTION_TEXT, &set.log_level, "IOMT_LOG_LEVEL", "LEVEL",
     "of a new cloud's programs", 0, 0},
    {"only", BASE_OPTION_TEXT, &set.only, NULL, "GLOB",
     "of a sweep: only the runs of that name (\"eventhub.namespaces.put#1/crashAfter\")", 0, 0},
    {"shallow", BASE_OPTION_INT, &set.shallow, NULL, "N",
     "of a sweep: only N runs, chosen by the seed (4 when the sweep is found in a folder)", 1,
     1000000},
    {"full", BASE_OPTION_FLAG, &set.full, NULL, NULL,
     "of a sweep: all runs, also when it is found in a folder", 0, 0},
    {"list", BASE_OPTION_FLAG, &set.list, NULL, NULL,
     "only check and list the scenarios (of the folder scenarios, when none is named)", 0, 0},
    {"requirements", BASE_OPTION_FLAG, &set.requirements, NULL, NULL,
     "with --list: each requirement with the scenarios that hold it", 0, 0},
};
static const struct base_program program = {
    .name = "iomt run",
    .summary = "runs scenario files",
    .usage = "[options] FILE|FOLDER...",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .more = "Exit code: 0 all held, 1 something did not, 2 wrong use or a file that is no "
            "scenario, 77 everything was skipped.\n"
            "Killing and starting the RP (crash, kill, start, stop, restart) needs a new cloud: no "
            "--state-dir.\n"
            "The language of the files: docs/scenario-format.md; faults: docs/faults.md.",
};

struct scenarios {
    struct run_scenario **items;
    bool *named; /* on the command line, not found in a folder */
    size_t count;
};

static bool is_sweep(const struct run_scenario *scenario)
{
    return base_json_at(scenario->root, "sweep") != NULL;
}

static bool load_one(struct scenarios *all, const char *path, bool named, struct base_error *err)
{
    struct run_scenario *scenario = run_scenario_load(path, err);

    if (!scenario)
        return false;
    all->items = base_realloc(all->items, (all->count + 1) * sizeof *all->items);
    all->named = base_realloc(all->named, (all->count + 1) * sizeof *all->named);
    all->named[all->count] = named;
    all->items[all->count++] = scenario;
    return true;
}

static int is_scenario(const struct dirent *entry)
{
    return base_ends_nocase(entry->d_name, ".yaml") || base_ends_nocase(entry->d_name, ".yml") ||
           base_ends_nocase(entry->d_name, ".json") ||
           (entry->d_type == DT_DIR && entry->d_name[0] != '.');
}

/* A folder: all scenarios in it, in order of name; fragments, fixtures and schema hold none. */
static bool load_path(struct scenarios *all, const char *path, bool named, struct base_error *err)
{
    static const char *const no_scenarios[] = {"fragments", "fixtures", "schema"};
    struct dirent **names;
    struct stat about;
    bool loaded = true;

    if (stat(path, &about)) {
        base_error_set(err, BASE_NOT_FOUND, NULL, "%s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(about.st_mode))
        return load_one(all, path, named, err);
    int count = scandir(path, &names, is_scenario, alphasort);
    for (int i = 0; i < count; i++) {
        char *inner =
            base_asprintf("%s%s%s", path, base_ends_nocase(path, "/") ? "" : "/", names[i]->d_name);
        bool skip = false;
        for (size_t k = 0; k < 3; k++)
            skip = skip || !strcmp(names[i]->d_name, no_scenarios[k]);
        loaded = loaded && (skip || load_path(all, inner, false, err));
        free(inner);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
    return loaded;
}

struct session { /* what all parts of one run share */
    const struct scenarios *all;
    struct run_report *report;
    struct run_options options;
    struct run_totals totals;
    bool died; /* a program of the cloud did, by itself */
};

static size_t count_plain(const struct scenarios *all)
{
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        count += !is_sweep(all->items[i]);
    return count;
}

static void run_plain(struct session *session, struct run_world *world)
{
    for (size_t i = 0; i < session->all->count && !base_stopping(); i++)
        if (!is_sweep(session->all->items[i]))
            run_scenario(world, session->all->items[i], &session->options, &session->totals);
}

static void progress(void *context, const char *what)
{
    (void)context;
    (void)what;
}

static enum base_status run_in_new_cloud(struct session *session, struct base_error *err)
{
    struct run_cloud cloud;
    struct run_cloud_config config = {.state_dir = set.keep,
                                      .clock_rate = (double)(set.rate ? set.rate : OWN_CLOCK_RATE),
                                      .log_level = set.log_level,
                                      .progress = progress};

    if (run_cloud_start(&cloud, &config, err) != BASE_OK)
        return err->status;
    if (session->report->format != RUN_NDJSON)
        fprintf(session->report->out, "# cloud ready after %lld ms\n", (long long)cloud.took_ms);
    run_emit_start(&session->options, &cloud.world);
    run_plain(session, &cloud.world);
    const char *dead = run_cloud_dead(&cloud);
    if (dead) {
        fprintf(stderr, "iomt run: %s ended by itself during the run\n", dead);
        session->died = true;
    }
    run_cloud_stop(&cloud);
    return BASE_OK;
}

static enum base_status run_in_cloud(struct session *session, struct base_error *err)
{
    struct run_world world;

    if (run_world_expect_up(set.state_dir, err) != BASE_OK ||
        run_world_open(&world, set.state_dir, err) != BASE_OK)
        return err->status;
    run_emit_start(&session->options, &world);
    run_plain(session, &world);
    run_world_close(&world);
    return BASE_OK;
}

/* Each run of a sweep has a cloud of its own. */
static void run_sweeps(struct session *session)
{
    double rate = (double)(set.rate ? set.rate : SWEEP_CLOCK_RATE);
    struct run_world none = {.control = set.state_dir ? NULL : "", .clock = {.rate = rate}};

    if (!count_plain(session->all))
        run_emit_start(&session->options, &none);
    for (size_t i = 0; i < session->all->count && !base_stopping(); i++) {
        bool few = !session->all->named[i] && !set.full && !set.only && !set.shallow;
        struct run_sweep_config config = {.clock_rate = rate,
                                          .log_level = set.log_level,
                                          .keep = set.keep,
                                          .only = set.only,
                                          .shallow = few ? SWEEP_OF_A_FOLDER : set.shallow};
        if (is_sweep(session->all->items[i]) && set.state_dir)
            fprintf(stderr, "iomt run: %s is a sweep, which runs in clouds of its own: left out\n",
                    session->all->items[i]->path);
        else if (is_sweep(session->all->items[i]))
            run_sweep(session->all->items[i], &config, &session->options, &session->totals);
    }
}

static int run_all(const struct scenarios *all, struct run_report *report, struct base_error *err)
{
    struct session session = {.all = all,
                              .report = report,
                              .options = {.seed = set.seed,
                                          .until = set.until,
                                          .sink = run_report_event,
                                          .sink_context = report}};
    int64_t started = base_monotonic_ms();

    if (count_plain(all) &&
        (set.state_dir ? run_in_cloud(&session, err) : run_in_new_cloud(&session, err)) != BASE_OK)
        return base_usage_exit(program.name, err);
    run_sweeps(&session);
    run_emit_end(&session.options, &session.totals, base_monotonic_ms() - started);
    if (run_report_finish(report, err) != BASE_OK)
        return base_usage_exit(program.name, err);
    if (session.died || session.totals.failed || session.totals.scenarios_failed || base_stopping())
        return 1;
    return session.totals.passed ? 0 : EXIT_SKIPPED;
}

static int load_and_run(const struct base_list *paths, struct scenarios *all,
                        struct run_report *report)
{
    struct base_error err = {0};

    if (!paths->count && set.list)
        base_ignore(load_path(all, DEFAULT_FOLDER, true, &err));
    else if (!paths->count)
        base_error_set(&err, BASE_INVALID, NULL, "no scenario was named (see iomt run --help)");
    else if (!run_format_parse(set.format, &report->format))
        base_error_set(&err, BASE_INVALID, NULL,
                       "--format is \"%s\"; expected tap, story or ndjson", set.format);
    for (size_t i = 0; i < paths->count && err.status == BASE_OK; i++)
        base_ignore(load_path(all, paths->items[i], true, &err));
    if (err.status == BASE_OK && !all->count)
        base_error_set(&err, BASE_INVALID, NULL, "there is no scenario in %s", paths->items[0]);
    if (err.status == BASE_OK && set.requirements && !set.list)
        base_error_set(&err, BASE_INVALID, NULL, "--requirements goes with --list");
    if (err.status != BASE_OK)
        return base_usage_exit(program.name, &err);
    if (set.list) {
        (set.requirements ? run_list_requirements : run_list_scenarios)(stdout, all->items,
                                                                        all->count);
        return 0;
    }
    if (set.junit) {
        report->junit = cJSON_CreateArray();
        report->junit_path = set.junit;
    }
    return run_all(all, report, &err);
}

int run_command_run(int argc, char **argv)
{
    struct base_error err = {0};
    struct base_list paths = {0};
    struct scenarios all = {0};
    struct run_report report = {.out = stdout};
    bool done;
    int code;

    if (base_options_parse(&program, argc, argv, &paths, &done, &err) != BASE_OK)
        code = base_usage_exit(program.name, &err);
    else
        code = done ? 0 : load_and_run(&paths, &all, &report);
    for (size_t i = 0; i < all.count; i++)
        run_scenario_free(all.items[i]);
    cJSON_Delete(report.junit);
    free(all.items);
    free(all.named);
    free(paths.items);
    return code;
}
