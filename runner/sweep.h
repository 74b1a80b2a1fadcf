/* runner/sweep.h: one scenario run many times, each time with one fault at one of the calls that its resource provider makes
 * (docs/scenario-format.md, "Sweeps"). */
#ifndef RUNNER_SWEEP_H
#define RUNNER_SWEEP_H

#include "runner/run.h"

/* ---- which calls there are (sweep_points.c) ---- */

struct run_point {
    char *
        label; /* "eventhub.namespaces.put#1"; with "@caller" before the # when several make the call */
    char *at, *call, *caller; /* as a fault's rule names them */
    bool look; /* GET or HEAD: it changes nothing, and how many there are may be a matter of time */
    int step;  /* of the story, in which it is made */
    int nth;   /* from 1, among the calls of the same three in this step */
};
struct run_points {
    struct run_point *items;
    size_t count;
};
/* The calls of `trace` (an array of exchanges, docs/faults.md; "step" in them: the story's) that were made by one of `callers` (globs) and
 * fit one of `globs` (of the call's name, or of service.name), in the order of the trace. Looks that follow each other and see the
 * same are one point: how many there are is a matter of time. Appends copies to `out`. */
void run_points_learn(struct run_points *out, const cJSON *trace, const cJSON *callers,
                      const cJSON *globs);
/* Are they the same calls, each in the same step, looks aside? If not, says which of them only one of the two runs made. */
bool run_points_same(const struct run_points *first, const struct run_points *second,
                     struct base_buf *difference);
/* Takes away what is not in `other` and appends its labels to `left_out`. */
void run_points_keep_common(struct run_points *points, const struct run_points *other,
                            struct base_buf *left_out);
void run_points_release(struct run_points *points);
/* Does `text` fit one of the list of globs? */
bool run_fits_one(const cJSON *globs, const char *text);

/* ---- what was made and unmade (sweep_objects.c) ---- */

/* {"arm https://.../namespaces/iomt-#": {"made": 1, "gone": 1}, ...} of the calls by `callers`, ids masked; new. A call that was
 * struck after its effect counts as answered. */
cJSON *run_objects_count(const cJSON *trace, const cJSON *callers) BASE_MUST_USE;
/* Are the counts the same? If not, says what differs. */
bool run_objects_same(const cJSON *clean, const cJSON *now, struct base_buf *difference);

/* ---- what there is (sweep_world.c) ---- */

/* The sorted lines of the things of a world (GET /_sim/world) that `callers` made or own, ids masked; new. `pods`: also what
 * the cluster makes of deployments, which comes and goes in its own time. */
cJSON *run_world_lines(const cJSON *world, const cJSON *callers, bool pods) BASE_MUST_USE;
/* Are the lines the same? If not, says which are missing and which are too many. */
bool run_world_same(const cJSON *clean, const cJSON *now, struct base_buf *difference);

/* ---- what must hold (sweep_judge.c) ---- */

struct run_evidence {       /* of one run of the story */
    bool passed;            /* all steps of the story did */
    char *failure;          /* of the first that did not; NULL: none */
    int fired;              /* how often the fault happened */
    cJSON *steps;           /* {"<number of the step>": lines of the world after it} */
    cJSON *begins;          /* [[number of a step, number of the last exchange before it]] */
    char *world_difference; /* the first difference from the clean run; NULL: none */
    cJSON *objects;         /* counts of the whole run */
    char *orphans;          /* what was left in the end; NULL: nothing */
};
void run_evidence_release(struct run_evidence *evidence);
/* Is `word` something that a sweep may hold? */
bool run_hold_known(const char *word);
/* Judges by the words of `hold`. False: `report` says a line for each that does not hold. */
bool run_sweep_judge(const cJSON *hold, const struct run_evidence *clean,
                     const struct run_evidence *now, struct base_buf *report);

/* ---- the sweep (sweep.c) ---- */

struct run_sweep_config {
    double clock_rate;
    const char *log_level,
        *keep; /* keep: folder for the clouds' states, one below it for each run; NULL: none is kept */
    const char *only; /* glob of "point#n/mode"; NULL: all */
    int64_t shallow;  /* that many runs, chosen by the seed; 0: all */
};
/* Is there a mode of this name that this version runs? */
bool run_mode_known(const char *word);
/* Runs it, each time in a cloud of its own. Main thread only. Every run is told as one step. */
void run_sweep(const struct run_scenario *sweep, const struct run_sweep_config *config,
               const struct run_options *options, struct run_totals *totals);

#endif
