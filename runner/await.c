/* Decides how a long-running operation is followed to its end. */
#include "runner/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_WITHIN_MS (5 * 60 * 1000)

struct follow {
    struct run_state *state;
    const cJSON *await;
    const char *as;
    char state_word[64]; /* the last status seen */
    int polls;
};

static bool terminal(const char *word)
{
    return base_equal_nocase(word, "Succeeded") || base_equal_nocase(word, "Failed") ||
           base_equal_nocase(word, "Canceled");
}

static int64_t retry_after_ms(const cJSON *answer)
{
    int64_t seconds;
    const char *text = run_answer_header(answer, "Retry-After");

    return text && base_parse_int64(text, &seconds) && seconds >= 0 ? seconds * 1000 : 1000;
}

/* A new state must be one of `states`, when the step lists them. */
static bool state_allowed(struct follow *f, const char *word, struct base_error *err)
{
    const cJSON *states = base_json_at(f->await, "states");

    for (const cJSON *item = states ? states->child : NULL; item; item = item->next)
        if (cJSON_IsString(item) && base_equal_nocase(item->valuestring, word))
            return true;
    if (!states)
        return true;
    base_error_set(err, BASE_PROTOCOL, NULL,
                   "the operation went to state %s, which is not on the allowed path", word);
    return false;
}

static void describe_end(struct follow *f, const cJSON *answer, const char *wanted,
                         struct base_error *err)
{
    const char *code = base_json_text(answer, "body.error.code"),
               *message = base_json_text(answer, "body.error.message");

    base_error_set(err, BASE_INVALID, code, "the operation ended %s, expected %s%s%s%s%s",
                   f->state_word, wanted, code ? ": " : "", code ? code : "", message ? ": " : "",
                   message ? message : "");
}

/* One look. 1: done, 0: not yet, -1: it cannot be followed (err). */
static int look(struct follow *f, const char *url, bool status_body, int64_t *delay_ms,
                struct base_error *err)
{
    const char *wanted = base_json_text(f->await, "operation");
    struct az_call call = {.method = "GET", .url = url};
    cJSON *answer = NULL;
    int verdict = 0;

    if (run_exchange(f->state, f->as, &call, &answer, err) != RUN_ANSWERED)
        return -1;
    int status = (int)base_json_number(answer, "status", 0);
    *delay_ms = retry_after_ms(answer);
    f->polls++;
    if (!status_body) {
        verdict = status == 202 ? 0 : 1;
        snprintf(f->state_word, sizeof f->state_word, "%s", status < 400 ? "Succeeded" : "Failed");
    } else if (status != 200) {
        base_error_set(err, BASE_PROTOCOL, NULL,
                       "the operation's status could not be read: HTTP %d", status);
        verdict = -1;
    } else {
        const char *word = base_json_text(answer, "body.status");
        snprintf(f->state_word, sizeof f->state_word, "%s", word ? word : "Succeeded");
        verdict = !state_allowed(f, f->state_word, err) ? -1 : terminal(f->state_word);
    }
    if (verdict == 1 && wanted && !base_equal_nocase(f->state_word, wanted)) {
        describe_end(f, answer, wanted, err);
        verdict = -1;
    }
    cJSON_Delete(answer);
    return verdict;
}

static bool follow(struct follow *f, const char *url, bool status_body, struct base_error *err)
{
    struct run_world *world = f->state->world;
    const char *within = base_json_text(f->await, "within");
    int64_t limit = DEFAULT_WITHIN_MS, delay = 0;
    int verdict;

    if (within)
        run_duration_parse(within, &limit);
    int64_t until = base_clock_ms(&world->clock) + limit;
    while ((verdict = look(f, url, status_body, &delay, err)) == 0) {
        if (base_clock_ms(&world->clock) > until) {
            base_error_set(err, BASE_TIMEOUT, NULL,
                           "the operation was still %s after %s (%d looks)", f->state_word,
                           within ? within : "5m", f->polls);
            return false;
        }
        run_still_waiting(f->state, f->state_word, f->polls);
        base_clock_sleep(&world->clock, delay);
        if (run_stopped()) {
            base_error_set(err, BASE_CANCELED, NULL, "stopped");
            return false;
        }
    }
    return verdict == 1;
}

static bool final_get(struct run_state *state, const char *as, const char *url, cJSON **answer,
                      struct base_error *err)
{
    struct az_call call = {.method = "GET", .url = url};

    cJSON_Delete(*answer);
    *answer = NULL;
    return run_exchange(state, as, &call, answer, err) == RUN_ANSWERED;
}

bool run_await(struct run_state *state, const cJSON *await, const char *as, const char *method,
               const char *url, cJSON **answer, struct base_error *err)
{
    struct follow f = {.state = state, .await = await, .as = as, .state_word = "InProgress"};
    const char *status_url = run_answer_header(*answer, "Azure-AsyncOperation");
    const char *location = run_answer_header(*answer, "Location");
    bool keeps_resource = strcmp(method, "DELETE") && strcmp(method, "POST");

    if (!status_url && !(location && base_json_number(*answer, "status", 0) == 202))
        return true; /* it was done at once */
    char *follow_url = base_strdup(status_url ? status_url : location);
    /* the answer that the step's own expectation looks at is the first one: keep it, and add the last as "final" */
    bool done = follow(&f, follow_url, status_url != NULL, err);
    free(follow_url);
    if (done && keeps_resource) {
        cJSON *final = NULL;
        done = final_get(state, as, url, &final, err);
        if (done)
            cJSON_AddItemToObject(*answer, "final", final);
        else
            cJSON_Delete(final);
    }
    return done;
}
