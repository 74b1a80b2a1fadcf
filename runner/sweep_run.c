/* Decides what happens in one run of a sweep: the fault is armed, the story told, a dead RP started again, the world looked at. */
#include "runner/sweep_run.h"
#include "runner/cloud.h"

#include "common/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY_MS 200 /* real */
#define FAULT_NAME "sweep"

static const struct {
    const char *word, *act; /* what a rule does */
    bool crash;
} modes[] = {
    {"dropAnswer", "\"dropAnswer\"", false},
    {"crashAfter", "{\"park\":\"afterEffect\"}", true},
};

struct telling { /* of the story, while it is told */
    const struct run_sweep_job *job;
    struct run_cloud *cloud;
    struct run_evidence *evidence;
    run_traps_t *traps;
    bool armed;
};

static void tell_story(const struct run_sweep_job *job, struct run_cloud *cloud,
                       struct run_evidence *evidence);
static cJSON *look(struct run_cloud *cloud, const cJSON *callers, bool pods);
static char *await_world(const struct run_sweep_job *job, struct run_cloud *cloud,
                         const cJSON *wanted, bool pods);
static cJSON *read_trace(struct run_cloud *cloud, int64_t after);
static void mark_steps(cJSON *trace, const cJSON *begins);
static int64_t last_exchange(struct run_cloud *cloud, int64_t after);

bool run_mode_known(const char *word)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(modes[i].word, word))
            return true;
    return false;
}

static char *folder_of(const struct run_sweep_job *job)
{
    char *name = base_strdup(job->name), *path;

    for (char *c = name; *c; c++)
        if (strchr("/# @", *c))
            *c = '-';
    path = base_asprintf("%s/%s", job->config->keep, name);
    free(name);
    return path;
}

static void observe(const struct run_sweep_job *job, struct run_cloud *cloud,
                    struct run_evidence *evidence, cJSON **trace)
{
    cJSON *before = look(cloud, job->callers, true);
    int64_t after = last_exchange(cloud, 0);

    tell_story(job, cloud, evidence);
    evidence->orphans = await_world(job, cloud, before, true);
    cJSON *all = read_trace(cloud, after);
    evidence->objects = run_objects_count(all, job->callers);
    mark_steps(all, evidence->begins);
    if (trace)
        *trace = all;
    else
        cJSON_Delete(all);
    cJSON_Delete(before);
}

void run_sweep_once(const struct run_sweep_job *job, struct run_evidence *evidence, cJSON **trace)
{
    char *folder = job->config->keep ? folder_of(job) : NULL;
    struct run_cloud_config config = {.state_dir = folder,
                                      .clock_rate = job->config->clock_rate,
                                      .log_level = job->config->log_level};
    struct run_cloud cloud;
    struct base_error err = {0};

    memset(evidence, 0, sizeof *evidence);
    evidence->steps = cJSON_CreateObject();
    evidence->begins = cJSON_CreateArray();
    if (trace)
        *trace = NULL;
    if (job->config->keep)
        base_ignore(base_dir_make(job->config->keep, NULL));
    if (run_cloud_start(&cloud, &config, &err) != BASE_OK) {
        evidence->failure = base_asprintf("the cloud did not start: %s", err.message);
    } else {
        observe(job, &cloud, evidence, trace);
        const char *dead = run_cloud_dead(&cloud);
        if (dead && evidence->passed) {
            evidence->passed = false;
            evidence->failure = base_asprintf("%s ended by itself", dead);
        }
        run_cloud_stop(&cloud);
    }
    free(folder);
}

/* ---- the story ---- */

static bool arm(const struct run_sweep_job *job, run_traps_t *traps, struct base_error *err)
{
    cJSON *rule = cJSON_CreateObject();
    bool crash = false;

    base_json_set_text(rule, "name", FAULT_NAME);
    base_json_set_text(rule, "at", job->point->at);
    base_json_set_text(rule, "call", job->point->call);
    base_json_set_text(rule, "caller", job->point->caller);
    base_json_set_number(rule, "nth", job->point->nth);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (!strcmp(modes[i].word, job->mode)) {
            base_json_set(rule, "do", base_json_parse(modes[i].act, strlen(modes[i].act), NULL));
            crash = modes[i].crash;
        }
    }
    bool armed = run_trap_arm(traps, rule, crash, false, err) == BASE_OK;
    cJSON_Delete(rule);
    return armed;
}

static void blame(struct run_evidence *evidence, const char *name, const char *sentence)
{
    if (!evidence->failure)
        evidence->failure = base_asprintf("%s: %s", name, sentence ? sentence : "it failed");
}

/* The world after a step that passed: remembered by the first clean run, compared by all others. */
static void watch_world(struct telling *telling, const char *name, int number)
{
    const struct run_sweep_job *job = telling->job;
    char key[16];

    snprintf(key, sizeof key, "%d", number);
    if (!job->clean) {
        base_json_set(telling->evidence->steps, key, look(telling->cloud, job->callers, false));
    } else if (!telling->evidence->world_difference) {
        const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(job->clean->steps, key);
        char *difference = await_world(job, telling->cloud, wanted, false);
        if (difference)
            telling->evidence->world_difference =
                base_asprintf("after the step \"%s\"\n%s", name, difference);
        free(difference);
    }
}

/* The clean run notes where the step begins; a run with a fault arms it there. */
static void begin_step(struct telling *telling, int number)
{
    const struct run_sweep_job *job = telling->job;
    struct base_error err = {0};

    if (!job->point) {
        cJSON *begins = telling->evidence->begins,
              *last = cJSON_GetArrayItem(begins, cJSON_GetArraySize(begins) - 1);
        int64_t after = last ? (int64_t)last->child->next->valuedouble : 0;
        const double begin[] = {number, (double)last_exchange(telling->cloud, after)};
        cJSON_AddItemToArray(begins, cJSON_CreateDoubleArray(begin, 2));
    } else if (number == job->point->step && !telling->armed) {
        telling->armed = arm(job, telling->traps, &err);
        if (!telling->armed)
            blame(telling->evidence, "the fault is armed", err.message);
    }
}

static void hear(void *context, const cJSON *event)
{
    struct telling *telling = context;
    const char *kind = base_json_text(event, "event"), *result = base_json_text(event, "result"),
               *name = base_json_text(event, "name");

    if (!strcmp(kind, "step.start"))
        begin_step(telling, (int)base_json_number(event, "step", 0));
    if (!strcmp(kind, "scenario.end") && strcmp(result, "pass"))
        blame(telling->evidence, "the story", base_json_text(event, "failure"));
    if (strcmp(kind, "step.end"))
        return;
    if (!strcmp(result, "fail"))
        blame(telling->evidence, name, base_json_text(event, "failure"));
    else
        watch_world(telling, name, (int)base_json_number(event, "step", 0));
}

static void start_again(void *context)
{
    struct telling *telling = context;
    struct base_error err = {0};

    if (!run_cloud_rp_running(telling->cloud) &&
        run_cloud_rp_start(telling->cloud, &err) != BASE_OK)
        blame(telling->evidence, "the RP starts again", err.message);
}

static void tell_story(const struct run_sweep_job *job, struct run_cloud *cloud,
                       struct run_evidence *evidence)
{
    struct telling telling = {job, cloud, evidence, run_traps_new(&cloud->world), false};
    struct run_options options = {.seed = job->seed,
                                  .sink = hear,
                                  .sink_context = &telling,
                                  .tend = start_again,
                                  .tend_context = &telling};
    struct run_totals totals = {0};
    int matched;

    run_scenario(&cloud->world, job->story, &options, &totals);
    if (telling.armed)
        base_ignore(run_trap_fired(telling.traps, FAULT_NAME, &evidence->fired, &matched, NULL));
    run_traps_free(telling.traps);
    start_again(&telling);
    evidence->passed = !evidence->failure && !totals.failed && !totals.scenarios_failed;
}

/* ---- looking ---- */

static cJSON *look(struct run_cloud *cloud, const cJSON *callers, bool pods)
{
    cJSON *world = NULL, *lines;

    base_ignore(run_control(&cloud->world, "GET", "/_sim/world", NULL, &world, NULL));
    lines = run_world_lines(world, callers, pods);
    cJSON_Delete(world);
    return lines;
}

/* Waits until the world is as wanted. The difference when it does not become so; heap. */
static char *await_world(const struct run_sweep_job *job, struct run_cloud *cloud,
                         const cJSON *wanted, bool pods)
{
    int64_t until = base_clock_ms(&cloud->world.clock) + job->settle_ms;

    for (;;) {
        struct base_buf difference = {0};
        cJSON *lines = look(cloud, job->callers, pods);
        bool same = run_world_same(wanted, lines, &difference);
        cJSON_Delete(lines);
        if (same || base_clock_ms(&cloud->world.clock) > until || run_stopped())
            return same ? (base_buf_release(&difference), NULL) : base_buf_take(&difference);
        base_buf_release(&difference);
        base_clock_sleep(&cloud->world.clock, (int64_t)(LOOK_EVERY_MS * cloud->world.clock.rate));
    }
}

/* All exchanges after that number. */
static cJSON *read_trace(struct run_cloud *cloud, int64_t after)
{
    cJSON *all = cJSON_CreateArray();
    bool more = true;

    while (more) {
        char *path = base_asprintf("/_sim/trace?after=%lld", (long long)after);
        cJSON *page = NULL, *event;
        base_ignore(run_control(&cloud->world, "GET", path, NULL, &page, NULL));
        cJSON *list = base_json_at(page, "value");
        more = cJSON_GetArraySize(list) > 0;
        while ((event = cJSON_DetachItemFromArray(list, 0))) {
            after = (int64_t)base_json_number(event, "seq", (double)after);
            cJSON_AddItemToArray(all, event);
        }
        cJSON_Delete(page);
        free(path);
    }
    return all;
}

static int64_t last_exchange(struct run_cloud *cloud, int64_t after)
{
    cJSON *trace = read_trace(cloud, after);
    int64_t last = after;

    for (const cJSON *event = trace->child; event; event = event->next)
        last = (int64_t)base_json_number(event, "seq", 0);
    cJSON_Delete(trace);
    return last;
}

/* Each exchange gets the number of the step in which it was made. */
static void mark_steps(cJSON *trace, const cJSON *begins)
{
    const cJSON *begin = begins->child;
    double step = 0;

    for (cJSON *event = trace->child; event; event = event->next) {
        for (; begin && begin->child->next->valuedouble < base_json_number(event, "seq", 0);
             begin = begin->next)
            step = begin->child->valuedouble;
        base_json_set_number(event, "step", step);
    }
}
