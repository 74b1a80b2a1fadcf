/* runner/step.h: what the parts of a running scenario share (run.c, step.c, tell.c, capture.c, verb_use.c). */
#ifndef RUNNER_STEP_H
#define RUNNER_STEP_H

#include "runner/run.h"

struct run_outcome {    /* of one step */
    const char *result; /* "pass", "fail", "skip" */
    struct run_mismatch mismatch;
    struct base_error err;
    cJSON *answer; /* the last real one */
    int tries;
    bool transport; /* the last failure was no answer at all */
    bool absent;    /* this cloud cannot be asked */
    int64_t took_ms;
};

/* ---- step.c ---- */
/* Runs a list; `all`: goes on after a failure (finally). True: none failed. */
bool run_steps(struct run_state *state, const cJSON *steps, bool all);

/* ---- capture.c ---- */
/* The step's captures become variables. False: outcome->mismatch says which of them found nothing. */
bool run_capture(struct run_state *state, const cJSON *step, struct run_outcome *outcome);

/* ---- verb_use.c ---- */
enum run_attempt run_verb_use(struct run_state *state, const cJSON *step, const cJSON *value,
                              cJSON **answer, struct base_error *err);

/* ---- tell.c ---- */
cJSON *run_event_new(const char *kind) BASE_MUST_USE;
/* Tells the sink. Takes `event`. */
void run_emit(const struct run_options *options, cJSON *event);
/* What a step is called: its name, or its verb and value. Returns `out`. */
const char *run_step_name(struct run_state *state, const cJSON *step, char *out, size_t size);
/* An event about the step at hand; new. */
cJSON *run_step_event(struct run_state *state, const char *kind, const char *name) BASE_MUST_USE;
void run_tell_end(struct run_state *state, const cJSON *step, const char *name,
                  const struct run_outcome *outcome);
/* A step that nobody wrote: `result` is "fail" or "skip", `sentence` says why. Counts it. */
void run_tell_unasked(struct run_state *state, const char *name, const char *result,
                      const char *sentence);

#endif
