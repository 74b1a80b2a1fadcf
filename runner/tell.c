/* Decides what is told of a run and of its steps. */
#include "runner/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_TOLD_MS 2000 /* real */

void run_emit(const struct run_options *options, cJSON *event)
{
    if (options->sink)
        options->sink(options->sink_context, event);
    cJSON_Delete(event);
}

cJSON *run_event_new(const char *kind)
{
    cJSON *event = cJSON_CreateObject();
    base_json_set_text(event, "event", kind);
    return event;
}

void run_emit_start(const struct run_options *options, const struct run_world *world)
{
    cJSON *event = run_event_new("run.start");

    base_json_set_text(event, "seed", options->seed);
    base_json_set_text(event, "mode", world->control ? "offline" : "azure");
    base_json_set_number(event, "clockRate", world->clock.rate);
    run_emit(options, event);
}

void run_emit_end(const struct run_options *options, const struct run_totals *totals,
                  int64_t took_ms)
{
    cJSON *event = run_event_new("run.end");

    base_json_set_number(event, "passed", totals->passed);
    base_json_set_number(event, "failed", totals->failed);
    base_json_set_number(event, "skipped", totals->skipped);
    base_json_set_number(event, "tookMs", (double)took_ms);
    run_emit(options, event);
}

const char *run_step_name(struct run_state *state, const cJSON *step, char *out, size_t size)
{
    const cJSON *value, *name = base_json_at(step, "name");
    const struct run_verb *verb = run_step_verb(step, &value);
    char *text = name ? run_expand_string(&state->scope, name, NULL) : NULL;

    if (text)
        snprintf(out, size, "%s", text);
    else if (cJSON_IsString(value))
        snprintf(out, size, "%s %s", verb->name, value->valuestring);
    else
        snprintf(out, size, "%s", verb->name);
    free(text);
    return out;
}

cJSON *run_step_event(struct run_state *state, const char *kind, const char *name)
{
    cJSON *event = run_event_new(kind);

    base_json_set_text(event, "scenario", state->label);
    base_json_set_number(event, "step", state->number);
    base_json_set_text(event, "name", name);
    return event;
}

void run_still_waiting(struct run_state *state, const char *what, int tries)
{
    static int64_t told; /* one run at a time */
    int64_t now = base_monotonic_ms();

    if (tries <= 1)
        told = now;
    if (now - told < WAIT_TOLD_MS)
        return;
    told = now;
    cJSON *event = run_step_event(state, "step.wait", what);
    base_json_set_number(event, "tries", tries);
    run_emit(state->options, event);
}

static void add_failure(struct run_state *state, cJSON *event, const cJSON *step,
                        const struct run_outcome *outcome)
{
    struct base_buf text = {0}, sentence = {0};
    const cJSON *node = outcome->mismatch.node ? outcome->mismatch.node : step;

    if (outcome->mismatch.node)
        base_buf_printf(&sentence, "%s at %s", outcome->mismatch.found, outcome->mismatch.pointer);
    else
        base_buf_printf(&sentence, "%s%s%s", outcome->err.code, outcome->err.code[0] ? ": " : "",
                        outcome->err.message);
    run_show_place(state->scenario->source, node, sentence.data, &text);
    if (outcome->tries > 1)
        base_buf_printf(&text, "never became true: %d tries in %.1f s; last failure was a %s\n",
                        outcome->tries, (double)outcome->took_ms / 1000,
                        outcome->transport ? "connection error, not a mismatch"
                                           : "mismatch, not a connection error");
    base_buf_printf(&text, "repro: iomt run %s --seed %s --until '%s'\n", state->path,
                    state->options->seed, base_json_text(event, "name"));
    base_json_set_text(event, "failure", text.data);
    if (outcome->answer)
        cJSON_AddItemToObject(event, "answer", base_json_copy(outcome->answer));
    base_buf_release(&sentence);
    base_buf_release(&text);
}

void run_tell_end(struct run_state *state, const cJSON *step, const char *name,
                  const struct run_outcome *outcome)
{
    cJSON *event = run_step_event(state, "step.end", name);

    base_json_set_text(event, "result", outcome->result);
    base_json_set_number(event, "tookMs", (double)outcome->took_ms);
    base_json_set_number(event, "tries", outcome->tries);
    if (!strcmp(outcome->result, "fail"))
        add_failure(state, event, step, outcome);
    if (!strcmp(outcome->result, "skip"))
        base_json_set_text(event, "reason", outcome->err.message);
    run_emit(state->options, event);
}

void run_tell_unasked(struct run_state *state, const char *name, const char *result,
                      const char *sentence)
{
    bool failed = !strcmp(result, "fail");
    cJSON *event;

    state->number++;
    run_emit(state->options, run_step_event(state, "step.start", name));
    event = run_step_event(state, "step.end", name);
    base_json_set_text(event, "result", result);
    base_json_set_number(event, "tookMs", 0);
    base_json_set_number(event, "tries", 1);
    base_json_set_text(event, failed ? "failure" : "reason", sentence);
    run_emit(state->options, event);
    state->totals->failed += failed;
    state->totals->skipped += !failed;
}
