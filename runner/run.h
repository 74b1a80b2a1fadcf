/* runner/run.h: running scenarios against a cloud. */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include "runner/match.h"
#include "runner/trap.h"
#include "runner/world.h"

/* One stream of events is the truth of a run; reports are views of it. Kinds (member "event"):
 * run.start, scenario.start, step.start, step.wait (still waiting, every 2 s real), step.end, note (of a sweep), scenario.end,
 * run.end. */
typedef void (*run_sink)(void *context, const cJSON *event);

struct run_options {
    const char *seed;  /* names of {prefix: ..} variables */
    const char *until; /* glob of step names: stop after the first that fits; NULL: run all */
    run_sink sink;
    void *sink_context;
    void (*tend)(void *context); /* called on the runner's thread before each exchange; or NULL */
    void *tend_context;
};
struct run_totals {
    int passed, failed, skipped; /* steps */
    int scenarios_failed;
};
/* Runs one loaded scenario: setup, all of its cases, finally. */
void run_scenario(struct run_world *world, const struct run_scenario *scenario,
                  const struct run_options *options, struct run_totals *totals);
void run_emit_start(const struct run_options *options, const struct run_world *world);
void run_emit_end(const struct run_options *options, const struct run_totals *totals,
                  int64_t took_ms);

/* ---- for the verbs ---- */

struct run_state { /* one run of one case */
    struct run_world *world;
    const struct run_scenario *scenario;
    const struct run_options *options;
    struct run_totals *totals;
    struct run_scope scope;
    cJSON *sent;           /* history: array of {body, hub, acknowledged} */
    int number;            /* of the step, from 1 */
    int uses;              /* fragments used so far: each use has names of its own */
    bool ended;            /* --until was reached */
    run_traps_t *traps;    /* faults armed in this case */
    bool settings_changed; /* of the cloud, in this case */
    cJSON *setting_up;     /* gets the settings of a setup whose cases follow; NULL: not there */
    cJSON *standing;       /* those settings: what each case begins with; NULL: none */
    bool vacuous;          /* a fault was armed and never happened */
    const char *path;      /* of the scenario's file */
    const char *label;     /* "file" or "file#case" */
};

enum run_attempt {
    RUN_ANSWERED,  /* *answer is the real answer */
    RUN_TRANSPORT, /* no answer came: err says why; may be tried again */
    RUN_WRONG,     /* the step cannot be tried: err says why */
    RUN_ABSENT,    /* this cloud cannot be asked that: the step is skipped, err says why */
};
/* One try of a verb: *answer {status, headers, body} or whatever the verb's expectation looks at; new. */
enum run_attempt run_verb_request(struct run_state *state, const cJSON *step, const cJSON *value,
                                  cJSON **answer, struct base_error *err);
enum run_attempt run_verb_send(struct run_state *state, const cJSON *step, const cJSON *value,
                               cJSON **answer, struct base_error *err);
enum run_attempt run_verb_role(struct run_state *state, const cJSON *step, const cJSON *value,
                               cJSON **answer, struct base_error *err);
/* Waits for the deployment; the answer's body is the deployment at its end. */
enum run_attempt run_verb_deploy(struct run_state *state, const cJSON *step, const cJSON *value,
                                 cJSON **answer, struct base_error *err);
enum run_attempt run_verb_world(struct run_state *state, const cJSON *step, const cJSON *value,
                                cJSON **answer, struct base_error *err);
enum run_attempt run_verb_history(struct run_state *state, const cJSON *step, const cJSON *value,
                                  cJSON **answer, struct base_error *err);

enum run_attempt run_verb_fault(struct run_state *state, const cJSON *step, const cJSON *value,
                                cJSON **answer, struct base_error *err);
enum run_attempt run_verb_fired(struct run_state *state, const cJSON *step, const cJSON *value,
                                cJSON **answer, struct base_error *err);
enum run_attempt run_verb_setting(struct run_state *state, const cJSON *step, const cJSON *value,
                                  cJSON **answer, struct base_error *err);
/* What the verb changed in this case is as before it: as the setup left it, if there are cases. */
BASE_MUST_USE enum base_status run_settings_restore(struct run_state *state,
                                                    struct base_error *err);
/* start, stop, kill, restart */
enum run_attempt run_verb_program(struct run_state *state, const cJSON *step, const cJSON *value,
                                  cJSON **answer, struct base_error *err);

/* A call as a principal: absolute URL. *answer {status, headers, body}. RUN_WRONG + err as well when its bodies break the API's
 * description. */
enum run_attempt run_exchange(struct run_state *state, const char *as, const struct az_call *call,
                              cJSON **answer, struct base_error *err);
/* Follows the operation that `answer` started (await). On success *answer is replaced by the final answer. False + err (and the
 * state reached in it) when it ended otherwise. `waited` is called now and then. */
bool run_await(struct run_state *state, const cJSON *await, const char *as, const char *method,
               const char *url, cJSON **answer, struct base_error *err);
/* A header of an answer document, name without case; NULL when absent. */
const char *run_answer_header(const cJSON *answer, const char *name);
/* Contract checks on an exchange with ARM; false + sentence when it breaks the contract. */
bool run_contract(const char *method, const char *url, const cJSON *answer, char *sentence,
                  size_t size);
/* Holds the bodies of an exchange against the API's description (swagger.h); false + err with the place. */
bool run_contract_bodies(const char *method, const char *url, const char *request,
                         const cJSON *answer, struct base_error *err);
/* Tells the sink that the step is still waiting (at most every 2 s real). */
void run_still_waiting(struct run_state *state, const char *what, int tries);
/* True once the program was asked to stop. */
bool run_stopped(void);

#endif
