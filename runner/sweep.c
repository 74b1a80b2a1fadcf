/* Decides which runs a sweep consists of, and how each is told. */
#include "runner/sweep.h"
#include "runner/sweep_run.h"

#include "common/process.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sweep { /* one sweep */
    const struct run_scenario *file;
    const cJSON *value; /* of its key `sweep` */
    const struct run_sweep_config *config;
    const struct run_options *options;
    struct run_totals *totals;
    struct run_scenario *story;
    cJSON *callers;
    struct run_points points;
    struct run_evidence clean;
    int number, failed;
};
struct pick { /* one run of a sweep */
    const struct run_point *point;
    const char *mode;
    char *name; /* point/mode */
};
struct picks {
    struct pick *items;
    size_t count;
};

static bool learn(struct sweep *sweep);
static void choose(struct sweep *sweep, struct picks *picks);
static void run_pick(struct sweep *sweep, const struct pick *pick);
static void tell(struct sweep *sweep, const char *name, const char *failure, int64_t took_ms);
static void note(struct sweep *sweep, const char *fmt, ...) BASE_PRINTF(2, 3);
static void tell_frame(struct sweep *sweep, const char *kind, int64_t took_ms);

/* Whoever makes calls in the provider's name, when the file does not say. */
static cJSON *default_callers(void)
{
    static const char *const names[] = {"rp", "masterclient"};
    return cJSON_CreateStringArray(names, 2);
}

void run_sweep(const struct run_scenario *file, const struct run_sweep_config *config,
               const struct run_options *options, struct run_totals *totals)
{
    struct sweep sweep = {.file = file,
                          .value = base_json_at(file->root, "sweep"),
                          .config = config,
                          .options = options,
                          .totals = totals};
    const cJSON *callers = base_json_at(sweep.value, "callers");
    struct base_error err = {0};
    struct picks picks = {0};
    int64_t started = base_monotonic_ms();

    sweep.callers = callers ? base_json_copy(callers) : default_callers();
    tell_frame(&sweep, "scenario.start", 0);
    char *path = base_asprintf("%s/%s", file->folder, base_json_text(sweep.value, "over"));
    sweep.story = run_scenario_load(path, &err);
    free(path);
    if (!sweep.story)
        tell(&sweep, "the story is loaded", err.message, 0);
    else if (learn(&sweep))
        choose(&sweep, &picks);
    for (size_t i = 0; i < picks.count && !run_stopped(); i++)
        run_pick(&sweep, &picks.items[i]);
    note(&sweep, "%zu runs, %d of them did not hold", picks.count, sweep.failed);
    tell_frame(&sweep, "scenario.end", base_monotonic_ms() - started);
    totals->scenarios_failed += sweep.failed > 0;
    for (size_t i = 0; i < picks.count; i++)
        free(picks.items[i].name);
    free(picks.items);
    run_points_release(&sweep.points);
    run_evidence_release(&sweep.clean);
    run_scenario_free(sweep.story);
    cJSON_Delete(sweep.callers);
}

/* ---- the clean runs ---- */

static struct run_sweep_job job_of(struct sweep *sweep, const char *name)
{
    struct run_sweep_job job = {.story = sweep->story,
                                .config = sweep->config,
                                .seed = sweep->options->seed,
                                .name = name,
                                .callers = sweep->callers,
                                .settle_ms = 60000};
    const char *settle = base_json_text(sweep->value, "then.settle");

    if (settle)
        base_parse_duration(settle, &job.settle_ms);
    return job;
}

static bool clean_run(struct sweep *sweep, const char *name, struct run_evidence *evidence,
                      struct run_points *points)
{
    struct run_sweep_job job = job_of(sweep, name);
    struct base_buf report = {0};
    int64_t started = base_monotonic_ms();
    cJSON *trace = NULL, *hold = cJSON_CreateArray();

    job.clean = sweep->clean.objects ? &sweep->clean : NULL;
    cJSON_AddItemToArray(hold, cJSON_CreateString("converges"));
    cJSON_AddItemToArray(hold, cJSON_CreateString("no-orphans"));
    if (job.clean) {
        cJSON_AddItemToArray(hold, cJSON_CreateString("same-world-as-clean-run"));
        cJSON_AddItemToArray(hold, cJSON_CreateString("created-at-most-once"));
    }
    run_sweep_once(&job, evidence, &trace);
    run_points_learn(points, trace, sweep->callers, base_json_at(sweep->value, "points"));
    bool good = run_sweep_judge(hold, job.clean ? job.clean : evidence, evidence, &report);
    tell(sweep, name, good ? NULL : report.data, base_monotonic_ms() - started);
    base_buf_release(&report);
    cJSON_Delete(hold);
    cJSON_Delete(trace);
    return good;
}

/* A call that only one of two clean runs makes depends on chance: a fault at it may never happen, or at another moment. With looks
 * that is the way of waiting: a thing is there, or gone, when it is looked at for the second time, or for the third. */
static bool same_calls(struct sweep *sweep, const struct run_points *others)
{
    struct base_buf report = {0}, left_out = {0};

    base_buf_puts(&report, "two runs without a fault, of one seed, do not make the same calls:\n");
    bool same = run_points_same(&sweep->points, others, &report);
    tell(sweep, "two clean runs make the same calls", same ? NULL : report.data, 0);
    run_points_keep_common(&sweep->points, others, &left_out);
    if (same && left_out.len)
        note(sweep, "looks that only one of the clean runs needed are left out: %s", left_out.data);
    base_buf_release(&left_out);
    base_buf_release(&report);
    return same;
}

/* Twice with one seed: what is not the same in both cannot be a measure for others. A single run that is asked for does with one. */
static bool learn(struct sweep *sweep)
{
    struct run_evidence again = {0};
    struct run_points others = {0};
    bool good = clean_run(sweep, "a clean run", &sweep->clean, &sweep->points);

    if (good && !sweep->points.count) {
        tell(sweep, "there are calls to put faults at",
             "no call of the clean run fits the points\n", 0);
        good = false;
    }
    if (good && !sweep->config->only)
        good = clean_run(sweep, "a second clean run is like the first", &again, &others) &&
               same_calls(sweep, &others);
    if (good)
        note(sweep, "%zu calls learnt", sweep->points.count);
    run_points_release(&others);
    run_evidence_release(&again);
    return good;
}

/* ---- which runs ---- */

static void add_pick(struct sweep *sweep, struct picks *picks, const struct run_point *point,
                     const char *mode)
{
    struct pick pick = {point, mode, base_asprintf("%s/%s", point->label, mode)};

    if (sweep->config->only && !base_glob_nocase(sweep->config->only, pick.name)) {
        free(pick.name);
        return;
    }
    picks->items = base_realloc(picks->items, (picks->count + 1) * sizeof *picks->items);
    picks->items[picks->count++] = pick;
}

/* Leaves `wanted` of them, in their order; which ones, the seed says. */
static void sample(struct picks *picks, size_t wanted, const char *seed)
{
    base_random_t *random = base_random_new(seed);
    size_t kept = 0, left = picks->count;

    for (size_t i = 0; i < picks->count; i++, left--) {
        uint32_t number;
        base_random_bytes(random, &number, sizeof number);
        if (number % left < wanted - kept)
            picks->items[kept++] = picks->items[i];
        else
            free(picks->items[i].name);
    }
    picks->count = kept;
    base_random_free(random);
}

static void choose(struct sweep *sweep, struct picks *picks)
{
    const cJSON *modes = base_json_at(sweep->value, "modes");
    size_t shallow = (size_t)sweep->config->shallow;

    for (size_t i = 0; i < sweep->points.count; i++)
        for (const cJSON *mode = modes->child; mode; mode = mode->next)
            add_pick(sweep, picks, &sweep->points.items[i], mode->valuestring);
    if (!picks->count)
        tell(sweep, "there are runs to make", "no run's name fits --only\n", 0);
    if (shallow && shallow < picks->count)
        sample(picks, shallow, sweep->options->seed);
}

static void run_pick(struct sweep *sweep, const struct pick *pick)
{
    struct run_sweep_job job = job_of(sweep, pick->name);
    struct run_evidence evidence = {0};
    struct base_buf report = {0};
    int64_t started = base_monotonic_ms();

    job.clean = &sweep->clean;
    job.point = pick->point;
    job.mode = pick->mode;
    run_sweep_once(&job, &evidence, NULL);
    bool good =
        run_sweep_judge(base_json_at(sweep->value, "hold"), &sweep->clean, &evidence, &report);
    if (!good)
        base_buf_printf(&report, "repro: iomt run %s --seed %s --only '%s'\n", sweep->file->path,
                        sweep->options->seed, pick->name);
    if (!run_stopped())
        tell(sweep, pick->name, good ? NULL : report.data, base_monotonic_ms() - started);
    base_buf_release(&report);
    run_evidence_release(&evidence);
}

/* ---- events ---- */

static void emit(struct sweep *sweep, cJSON *event)
{
    if (sweep->options->sink)
        sweep->options->sink(sweep->options->sink_context, event);
    cJSON_Delete(event);
}

static cJSON *event_of(struct sweep *sweep, const char *kind)
{
    cJSON *event = cJSON_CreateObject();

    base_json_set_text(event, "event", kind);
    base_json_set_text(event, "scenario", sweep->file->name);
    return event;
}

static void tell(struct sweep *sweep, const char *name, const char *failure, int64_t took_ms)
{
    cJSON *event = event_of(sweep, "step.end");

    base_json_set_number(event, "step", ++sweep->number);
    base_json_set_text(event, "name", name);
    base_json_set_text(event, "result", failure ? "fail" : "pass");
    base_json_set_number(event, "tookMs", (double)took_ms);
    base_json_set_number(event, "tries", 1);
    base_json_set_text(event, "failure", failure);
    emit(sweep, event);
    sweep->failed += failure != NULL;
    sweep->totals->failed += failure != NULL;
    sweep->totals->passed += failure == NULL;
}

static void note(struct sweep *sweep, const char *fmt, ...)
{
    struct base_buf text = {0};
    cJSON *event = event_of(sweep, "note");
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    base_json_set_text(event, "text", text.data);
    emit(sweep, event);
    base_buf_release(&text);
}

static void tell_frame(struct sweep *sweep, const char *kind, int64_t took_ms)
{
    cJSON *event = event_of(sweep, kind);
    bool end = !strcmp(kind, "scenario.end");

    base_json_set_text(event, "title", sweep->file->title);
    base_json_set_text(event, "path", sweep->file->path);
    base_json_set_text(event, "result", !end ? NULL : sweep->failed ? "fail" : "pass");
    if (end)
        base_json_set_number(event, "tookMs", (double)took_ms);
    emit(sweep, event);
}
