/* Decides how a scenario starts, stops, kills and restarts a program of its cloud. */
#include "runner/cloud.h"
#include "runner/run.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *verb;
    enum base_status (*run)(struct run_cloud *cloud, struct base_error *err);
} rp_verbs[] = {
    {"start", run_cloud_rp_start},
    {"stop", run_cloud_rp_stop},
    {"kill", run_cloud_rp_kill},
    {"restart", run_cloud_rp_restart},
};

static enum run_attempt of_rp(struct run_state *state, const char *verb, struct base_error *err)
{
    if (!state->world->cloud) {
        base_error_set(err, BASE_UNSUPPORTED, NULL,
                       "the RP was not started by this run, so it cannot %s it; leave --state-dir "
                       "away to run in a cloud of its own",
                       verb);
        return RUN_ABSENT;
    }
    for (size_t i = 0; i < sizeof rp_verbs / sizeof *rp_verbs; i++)
        if (!strcmp(rp_verbs[i].verb, verb))
            return rp_verbs[i].run(state->world->cloud, err) == BASE_OK ? RUN_ANSWERED : RUN_WRONG;
    return RUN_WRONG;
}

static enum run_attempt kill_one(struct run_state *state, const cJSON *pod, struct base_error *err)
{
    cJSON *body = cJSON_CreateObject(), *answer = NULL;

    base_json_set_text(body, "namespace", base_json_text(pod, "namespace"));
    base_json_set_text(body, "name", base_json_text(pod, "name"));
    enum base_status status =
        run_control(state->world, "POST", "/_sim/pods/kill", body, &answer, err);
    cJSON_Delete(body);
    cJSON_Delete(answer);
    return status == BASE_OK ? RUN_ANSWERED : RUN_TRANSPORT;
}

/* {pod: {image: .., owner: ..}, index: 0}: of those of the view "pods" that match, the one of that number; all without. */
static enum run_attempt kill_pods(struct run_state *state, const cJSON *value,
                                  struct base_error *err)
{
    const cJSON *want = base_json_at(value, "pod"), *index = base_json_at(value, "index");
    struct run_mismatch ignored;
    cJSON *pods = NULL;
    int matched = 0;
    enum run_attempt attempt = RUN_ANSWERED;
    enum base_status status =
        run_control(state->world, "GET", "/_sim/world/pods", NULL, &pods, err);

    if (status != BASE_OK)
        return status == BASE_UNSUPPORTED ? RUN_ABSENT : RUN_TRANSPORT;
    for (const cJSON *pod = pods->child; pod && attempt == RUN_ANSWERED; pod = pod->next) {
        if (!run_match(&state->scope, want, pod, &ignored, err))
            continue;
        if (!index || matched == index->valueint)
            attempt = kill_one(state, pod, err);
        matched++;
    }
    cJSON_Delete(pods);
    if (err->status != BASE_OK)
        return attempt == RUN_ANSWERED ? RUN_WRONG : attempt;
    if (attempt == RUN_ANSWERED && (index ? matched <= index->valueint : !matched)) {
        base_error_set(err, BASE_NOT_FOUND, NULL, "there are %d such pods", matched);
        return RUN_TRANSPORT; /* it may come up yet */
    }
    return attempt;
}

enum run_attempt run_verb_program(struct run_state *state, const cJSON *step, const cJSON *value,
                                  cJSON **answer, struct base_error *err)
{
    const cJSON *node;
    const struct run_verb *verb = run_step_verb(step, &node);
    enum run_attempt attempt =
        cJSON_IsObject(value) ? kill_pods(state, value, err) : of_rp(state, verb->name, err);

    if (attempt == RUN_ANSWERED)
        *answer = cJSON_CreateObject();
    return attempt;
}
