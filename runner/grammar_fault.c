/* Decides what the verbs of failure may hold: fault, fired, start, stop, kill, restart. */
#include "runner/grammar.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const fault_keys[] = {"at", "call", "caller", "nth", "times", "do", "optional"};
static const char *const now_keys[] = {"now", "at", "do", "namespace", "hub", "group"};
static const char *const heal_keys[] = {"heal"};
static const char *const crash_keys[] = {"crash", "when"};
static const char *const fired_keys[] = {"fault", "times", "within"};
static const char *const kill_keys[] = {"pod", "index"};

static bool is_variable(const cJSON *node)
{
    return cJSON_IsString(node) && strstr(node->valuestring, "$(");
}

/* A whole number from `least`, or a variable. */
static bool check_count(struct run_check *check, const cJSON *node, const char *what, int least)
{
    return !node || is_variable(node) ||
           (cJSON_IsNumber(node) && node->valuedouble == (double)node->valueint &&
            node->valueint >= least) ||
           run_fault(check, node, "%s must be a whole number from %d on", what, least);
}

static bool check_crash(struct run_check *check, const cJSON *act)
{
    const cJSON *who = cJSON_GetObjectItemCaseSensitive(act, "crash"),
                *when = cJSON_GetObjectItemCaseSensitive(act, "when");

    if (!run_check_members(check, act, crash_keys, COUNT(crash_keys), "a crash"))
        return false;
    if (!cJSON_IsString(who) || (strcmp(who->valuestring, "rp") && !is_variable(who)))
        return run_fault(check, who, "crash wants rp");
    return !when || is_variable(when) ||
           (cJSON_IsString(when) && (!strcmp(when->valuestring, "afterEffect") ||
                                     !strcmp(when->valuestring, "beforeEffect"))) ||
           run_fault(check, when, "when must be beforeEffect or afterEffect");
}

static const char *const actions[] = {"refuse",     "throttle",        "expireToken", "dropRequest",
                                      "dropAnswer", "delay",           "park",        "garble",
                                      "detach",     "closeConnection", "noCredit",    "redeliver"};

/* What the action holds is the control API's to judge: it answers with the member and what it expects. */
static bool check_do(struct run_check *check, const cJSON *fault)
{
    const cJSON *act = cJSON_GetObjectItemCaseSensitive(fault, "do");
    const char *word = NULL;

    if (!act)
        return run_fault(check, fault, "fault needs the key \"do\"");
    if (is_variable(act))
        return true;
    if (cJSON_IsObject(act) && cJSON_GetObjectItemCaseSensitive(act, "crash"))
        return check_crash(check, act);
    if (cJSON_IsString(act))
        word = act->valuestring;
    else if (cJSON_GetArraySize(act) == 1 && act->child->string)
        word = act->child->string;
    for (size_t i = 0; word && i < COUNT(actions); i++)
        if (!strcmp(actions[i], word))
            return true;
    return run_fault(check, act,
                     "do wants one of crash, refuse, throttle, expireToken, dropRequest, "
                     "dropAnswer, delay, park, garble, detach, closeConnection");
}

static bool check_texts(struct run_check *check, const cJSON *value, const char *const *names)
{
    for (; *names; names++) {
        const cJSON *node = cJSON_GetObjectItemCaseSensitive(value, *names);
        if (!cJSON_IsString(node))
            return run_fault(check, node ? node : value, "fault needs \"%s\", a text", *names);
    }
    return true;
}

bool run_check_fault(struct run_check *check, const cJSON *value)
{
    static const char *const needed[] = {"at", "call", NULL}, *const needed_now[] = {"at", NULL};
    const cJSON *healed = cJSON_GetObjectItemCaseSensitive(value, "heal");
    const cJSON *times = cJSON_GetObjectItemCaseSensitive(value, "times");

    if (healed)
        return run_check_members(check, value, heal_keys, COUNT(heal_keys), "fault") &&
               (cJSON_IsTrue(healed) || cJSON_IsString(healed) ||
                run_fault(check, healed, "heal wants true or the name of a fault"));
    if (cJSON_GetObjectItemCaseSensitive(value, "now"))
        return run_check_members(check, value, now_keys, COUNT(now_keys), "a fault now") &&
               check_texts(check, value, needed_now) && check_do(check, value);
    return run_check_members(check, value, fault_keys, COUNT(fault_keys), "fault") &&
           check_texts(check, value, needed) && check_do(check, value) &&
           check_count(check, cJSON_GetObjectItemCaseSensitive(value, "nth"), "nth", 1) &&
           ((cJSON_IsString(times) && !strcmp(times->valuestring, "always")) ||
            check_count(check, times, "times", 1));
}

bool run_check_fired(struct run_check *check, const cJSON *value)
{
    const cJSON *fault = cJSON_GetObjectItemCaseSensitive(value, "fault");

    if (!run_check_members(check, value, fired_keys, COUNT(fired_keys), "fired"))
        return false;
    if (!cJSON_IsString(fault))
        return run_fault(check, fault ? fault : value,
                         "fired needs \"fault\", the name of the step that armed it");
    return check_count(check, cJSON_GetObjectItemCaseSensitive(value, "times"), "times", 1) &&
           run_check_duration(check, cJSON_GetObjectItemCaseSensitive(value, "within"), "within");
}

bool run_check_program(struct run_check *check, const char *verb, const cJSON *value)
{
    const cJSON *pod =
        cJSON_IsObject(value) ? cJSON_GetObjectItemCaseSensitive(value, "pod") : NULL;

    if (cJSON_IsString(value) && !strcmp(value->valuestring, "rp"))
        return true;
    if (strcmp(verb, "kill"))
        return run_fault(check, value, "%s wants rp", verb);
    if (!pod)
        return run_fault(check, value, "kill wants rp, or {pod: {..}, index: n}");
    return run_check_members(check, value, kill_keys, COUNT(kill_keys), "kill") &&
           run_check_expectation(check, pod) &&
           check_count(check, cJSON_GetObjectItemCaseSensitive(value, "index"), "index", 0);
}
