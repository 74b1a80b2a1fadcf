/* Decides which part of an answer becomes a variable. */
#include "runner/step.h"

#include <stdio.h>
#include <string.h>

static const cJSON *find_at(const cJSON *answer, const char *pointer)
{
    return !strncmp(pointer, "/headers/", 9)
               ? cJSON_GetObjectItem(base_json_at(answer, "headers"), pointer + 9)
               : base_json_pointer(answer, pointer);
}

/* {in: /arm, where: {..}, at: /id}: of the one element of a list that fits; two that fit would be a game of chance. */
static const cJSON *find_fitting(struct run_state *state, const cJSON *wanted, const cJSON *answer,
                                 struct run_outcome *outcome)
{
    const char *in = base_json_text(wanted, "in"), *at = base_json_text(wanted, "at");
    const cJSON *list = find_at(answer, in), *where = base_json_at(wanted, "where"), *found = NULL;
    struct run_mismatch ignored;
    int count = 0;

    (void)snprintf(outcome->mismatch.pointer, sizeof outcome->mismatch.pointer, "%s", in);
    for (const cJSON *item = cJSON_IsArray(list) ? list->child : NULL; item; item = item->next)
        if (run_match(&state->scope, where, item, &ignored, &outcome->err) && !count++)
            found = item;
    if (!cJSON_IsArray(list))
        (void)snprintf(outcome->mismatch.found, sizeof outcome->mismatch.found,
                       "there is no list to capture from");
    else
        (void)snprintf(outcome->mismatch.found, sizeof outcome->mismatch.found,
                       "%d of %d elements fit; a capture wants exactly one", count,
                       cJSON_GetArraySize(list));
    if (count != 1 || !at)
        return count == 1 ? found : NULL;
    found = base_json_pointer(found, at);
    if (!found)
        (void)snprintf(outcome->mismatch.found, sizeof outcome->mismatch.found,
                       "the element that fits has nothing at %.200s", at);
    return found;
}

static bool capture_one(struct run_state *state, const cJSON *wanted, struct run_outcome *outcome)
{
    const char *pointer = cJSON_GetStringValue(wanted);
    const cJSON *found = pointer ? find_at(outcome->answer, pointer)
                                 : find_fitting(state, wanted, outcome->answer, outcome);

    if (found) {
        base_json_set(state->scope.names, wanted->string, base_json_copy(found));
        return true;
    }
    outcome->mismatch.node = wanted;
    if (pointer) {
        (void)snprintf(outcome->mismatch.found, sizeof outcome->mismatch.found,
                       "there is nothing to capture");
        (void)snprintf(outcome->mismatch.pointer, sizeof outcome->mismatch.pointer, "%s", pointer);
    }
    return false;
}

bool run_capture(struct run_state *state, const cJSON *step, struct run_outcome *outcome)
{
    const cJSON *captures = base_json_at(step, "capture");

    for (const cJSON *item = captures ? captures->child : NULL; item; item = item->next)
        if (!capture_one(state, item, outcome))
            return false;
    return true;
}
