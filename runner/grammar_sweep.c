/* Decides what the value of `sweep` may hold. */
#include "runner/grammar.h"
#include "runner/sweep.h"

#include <stdlib.h>
#include <string.h>

static const char *const sweep_keys[] = {"over", "points", "callers", "modes",
                                         "hold", "then",   "pairs"};
static const char *const then_keys[] = {"restart", "settle"};
/* In the language, not in this version. */
static const char *const later_modes[] = {"refuse",    "refuseForever", "dropRequest",
                                          "late",      "throttle",      "expireToken",
                                          "staleRead", "garbleAnswer",  "crashBefore"};
static const char *const later_holds[] = {"nothing-lost", "contract", "bounded-retries"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool listed(const char *const *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i], word))
            return true;
    return false;
}

static const struct {
    const char *key;
    bool needed;
    bool (*known)(const char *word); /* NULL: globs */
    const char *const *later;
    size_t later_count;
} lists[] = {
    {"points", true, NULL, NULL, 0},
    {"callers", false, NULL, NULL, 0},
    {"modes", true, run_mode_known, later_modes, COUNT(later_modes)},
    {"hold", true, run_hold_known, later_holds, COUNT(later_holds)},
};

static bool check_words(struct run_check *check, const cJSON *value, size_t index)
{
    const char *key = lists[index].key;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(value, key);

    if (!list)
        return !lists[index].needed || run_fault(check, value, "sweep needs the key \"%s\"", key);
    if (!cJSON_IsArray(list) || !list->child)
        return run_fault(check, list, "%s must be a list of words, at least one", key);
    for (const cJSON *item = list->child; item; item = item->next) {
        if (!cJSON_IsString(item))
            return run_fault(check, item, "%s must be a list of words", key);
        if (!lists[index].known || lists[index].known(item->valuestring))
            continue;
        if (listed(lists[index].later, lists[index].later_count, item->valuestring))
            return run_fault(check, item, "this version does not run \"%s\" in a sweep's %s yet",
                             item->valuestring, key);
        return run_fault(check, item, "unknown word \"%s\" in %s", item->valuestring, key);
    }
    return true;
}

static bool check_then(struct run_check *check, const cJSON *then)
{
    const cJSON *restart = base_json_at(then, "restart");

    if (!then)
        return true;
    if (!run_check_members(check, then, then_keys, COUNT(then_keys), "then") ||
        !run_check_duration(check, base_json_at(then, "settle"), "settle"))
        return false;
    return !restart || (cJSON_IsString(restart) && !strcmp(restart->valuestring, "rp")) ||
           run_fault(check, restart, "restart wants rp");
}

/* The story is loaded and checked now, so that a fault in it shows before anything runs. */
static bool check_over(struct run_check *check, const cJSON *value)
{
    const cJSON *over = cJSON_GetObjectItemCaseSensitive(value, "over");
    struct base_error err = {0};

    if (!cJSON_IsString(over))
        return run_fault(check, over ? over : value, "sweep wants over: the path of a scenario");
    char *path = base_asprintf("%s/%s", check->folder, over->valuestring);
    struct run_scenario *story = run_scenario_load(path, &err);
    bool good = false;
    if (!story)
        run_fault(check, over, "%s", err.message);
    else if (base_json_at(story->root, "sweep"))
        run_fault(check, over, "a sweep goes over a scenario with steps, not over a sweep");
    else if (base_json_at(story->root, "cases"))
        run_fault(check, over, "a sweep goes over a scenario without cases");
    else
        good = true;
    run_scenario_free(story);
    free(path);
    return good;
}

bool run_check_sweep(struct run_check *check, const cJSON *value)
{
    if (!run_check_members(check, value, sweep_keys, COUNT(sweep_keys), "sweep"))
        return false;
    if (base_json_at(value, "pairs"))
        return run_fault(check, base_json_at(value, "pairs"),
                         "this version does not run \"pairs\" yet");
    for (size_t i = 0; i < COUNT(lists); i++)
        if (!check_words(check, value, i))
            return false;
    return check_then(check, base_json_at(value, "then")) && check_over(check, value);
}
