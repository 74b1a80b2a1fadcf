/* Decides how a long-running operation is followed to its end. */
#include "runner/run.h"

#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_WITHIN_MS (5 * 60 * 1000)

enum follow_by { BY_STATUS, BY_LOCATION, BY_RESOURCE };

struct follow {
    struct run_state *state;
    const cJSON *await;
    const char *as, *wanted;
    const char *url;
    enum follow_by by;
    char state_word[64]; /* the last status seen */
    int path;            /* how far along the allowed path of states */
    int looks;
    struct base_error trouble; /* of the last look that brought no answer */
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

/* `states` is a path: a state may stay or go forward along it. */
static bool state_allowed(struct follow *f, const char *word, struct base_error *err)
{
    const cJSON *states = base_json_at(f->await, "states");
    int index = 0;

    if (!states || base_equal_nocase(word, f->wanted))
        return true;
    for (const cJSON *item = states->child; item; item = item->next, index++) {
        if (index >= f->path && cJSON_IsString(item) &&
            base_equal_nocase(item->valuestring, word)) {
            f->path = index;
            return true;
        }
    }
    base_error_set(err, BASE_PROTOCOL, NULL,
                   "the operation went to state %s, which is not ahead on the allowed path", word);
    return false;
}

static bool ended_well(struct follow *f, const cJSON *answer, struct base_error *err)
{
    const char *code = base_json_text(answer, "body.error.code"),
               *message = base_json_text(answer, "body.error.message");

    if (base_equal_nocase(f->state_word, f->wanted))
        return true;
    base_error_set(err, BASE_INVALID, code, "the operation ended %s, expected %s%s%s%s%s",
                   f->state_word, f->wanted, code ? ": " : "", code ? code : "",
                   message ? ": " : "", message ? message : "");
    return false;
}

/* The state that an answer tells, by the way it is followed. */
static const char *told_state(const struct follow *f, const cJSON *answer, int status)
{
    const char *word;

    switch (f->by) {
    case BY_LOCATION:
        return status == 202 ? "InProgress" : status < 400 ? "Succeeded" : "Failed";
    case BY_STATUS:
        word = base_json_text(answer, "body.status");
        return word ? word : "Succeeded";
    default:
        word = base_json_text(answer, "body.properties.provisioningState");
        return word ? word : "Succeeded";
    }
}

/* One look. 1: it ended, 0: not yet, -1: never (err). */
static int look(struct follow *f, int64_t *delay_ms, struct base_error *err)
{
    struct az_call call = {.method = "GET", .url = f->url};
    cJSON *answer = NULL;
    int verdict = 0, status;

    f->looks++;
    *delay_ms = 1000;
    base_error_clear(&f->trouble);
    enum run_attempt attempt = run_exchange(f->state, f->as, &call, &answer, &f->trouble);
    if (attempt == RUN_TRANSPORT)
        return 0; /* a lost connection is not an answer */
    if (attempt == RUN_WRONG) {
        *err = f->trouble;
        cJSON_Delete(answer);
        return -1;
    }
    status = (int)base_json_number(answer, "status", 0);
    *delay_ms = retry_after_ms(answer);
    if (status == 429 || status >= 500) {
        base_error_set(&f->trouble, BASE_UNAVAILABLE, NULL, "HTTP %d", status);
    } else if (status != 200 && f->by == BY_STATUS) {
        base_error_set(err, BASE_PROTOCOL, NULL,
                       "the operation's status could not be read: HTTP %d", status);
        verdict = -1;
    } else {
        snprintf(f->state_word, sizeof f->state_word, "%s", told_state(f, answer, status));
        verdict = !state_allowed(f, f->state_word, err) ? -1 : terminal(f->state_word);
        if (verdict == 1 && !ended_well(f, answer, err))
            verdict = -1;
    }
    cJSON_Delete(answer);
    return verdict;
}

static bool follow(struct follow *f, struct base_error *err)
{
    struct run_world *world = f->state->world;
    const char *within = base_json_text(f->await, "within");
    int64_t limit = DEFAULT_WITHIN_MS, delay = 0;
    int verdict;

    if (within)
        base_parse_duration(within, &limit);
    int64_t until = base_clock_ms(&world->clock) + limit;
    while ((verdict = look(f, &delay, err)) == 0) {
        if (base_clock_ms(&world->clock) > until) {
            base_error_set(err, BASE_TIMEOUT, NULL,
                           "the operation was still %s after %s (%d looks)%s%s", f->state_word,
                           within ? within : "5m", f->looks,
                           f->trouble.message[0] ? "; last: " : "", f->trouble.message);
            return false;
        }
        run_still_waiting(f->state, f->state_word, f->looks);
        base_clock_sleep(&world->clock, delay);
        if (run_stopped()) {
            base_error_set(err, BASE_CANCELED, NULL, "stopped");
            return false;
        }
    }
    return verdict == 1;
}

/* The resource as it is at the end goes into the answer as "final". */
static bool final_get(struct follow *f, const char *url, cJSON *answer, struct base_error *err)
{
    struct az_call call = {.method = "GET", .url = url};
    cJSON *final = NULL;

    if (run_exchange(f->state, f->as, &call, &final, err) != RUN_ANSWERED)
        return false;
    int status = (int)base_json_number(final, "status", 0);
    cJSON_AddItemToObject(answer, "final", final);
    if (status < 400)
        return true;
    base_error_set(err, BASE_PROTOCOL, base_json_text(final, "body.error.code"),
                   "the operation ended %s, but the resource answers HTTP %d", f->state_word,
                   status);
    return false;
}

/* How to follow what the first answer started; false: there is nothing to follow. */
static bool find_way(struct follow *f, const cJSON *answer, const char *method, const char *url)
{
    const char *status_url = run_answer_header(answer, "Azure-AsyncOperation");
    const char *location = run_answer_header(answer, "Location");
    const char *state = base_json_text(answer, "body.properties.provisioningState");
    bool writes = strcmp(method, "DELETE") && strcmp(method, "POST");

    f->by = status_url ? BY_STATUS : BY_RESOURCE;
    f->url = status_url ? status_url : url;
    if (!status_url && location && base_json_number(answer, "status", 0) == 202) {
        f->by = BY_LOCATION;
        f->url = location;
    }
    snprintf(f->state_word, sizeof f->state_word, "%s", state && writes ? state : "Succeeded");
    return f->by != BY_RESOURCE || (writes && !terminal(f->state_word));
}

bool run_await(struct run_state *state, const cJSON *await, const char *as, const char *method,
               const char *url, cJSON **answer, struct base_error *err)
{
    const char *wanted = base_json_text(await, "operation");
    struct follow f = {
        .state = state, .await = await, .as = as, .wanted = wanted ? wanted : "Succeeded"};
    bool keeps_resource = strcmp(method, "DELETE") && strcmp(method, "POST");

    if (!find_way(&f, *answer, method, url))
        return ended_well(&f, *answer, err); /* it was done at once */
    char *first = base_strdup(f.url);        /* the answer it stands in may change */
    f.url = first;
    bool done = follow(&f, err);
    free(first);
    return done && (!keeps_resource || final_get(&f, url, *answer, err));
}
