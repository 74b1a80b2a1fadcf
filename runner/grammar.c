/* Decides what a step, an expectation and a payload may hold. */
#include "runner/grammar.h"

#include "common/clock.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct run_verb verbs[] = {
    {"get", RUN_VERB_REQUEST},     {"put", RUN_VERB_REQUEST},    {"patch", RUN_VERB_REQUEST},
    {"post", RUN_VERB_REQUEST},    {"delete", RUN_VERB_REQUEST}, {"head", RUN_VERB_REQUEST},
    {"send", RUN_VERB_SEND},       {"role", RUN_VERB_ROLE},      {"world", RUN_VERB_WORLD},
    {"history", RUN_VERB_HISTORY}, {"use", RUN_VERB_USE},        {"deploy", RUN_VERB_DEPLOY},
    {"fault", RUN_VERB_FAULT},     {"fired", RUN_VERB_FIRED},    {"start", RUN_VERB_PROGRAM},
    {"stop", RUN_VERB_PROGRAM},    {"kill", RUN_VERB_PROGRAM},   {"restart", RUN_VERB_PROGRAM},
    {"setting", RUN_VERB_SETTING}, {"clock", RUN_VERB_LATER},
};
static const char *const modifiers[] = {
    "name",  "query",      "headers",    "body", "expect", "capture",
    "await", "eventually", "giveUpWhen", "as",   "with",   "when",
};
static const char *const operators[] = {
    "$any",       "$absent", "$oneOf", "$not",   "$gte",   "$lte",        "$len",
    "$regex",     "$int",    "$guid",  "$time",  "$url",   "$equalsFold", "$contains",
    "$unordered", "$each",   "$none",  "$count", "$exact",
};
static const char *const answer_keys[] = {"status", "headers", "body"};
static const char *const eventually_keys[] = {"within", "every"};
static const char *const await_keys[] = {"operation", "within", "states"};
static const char *const role_keys[] = {"principal", "scope", "role"};
static const char *const deploy_keys[] = {
    "scope",      "group", "name",     "template",   "templateLink",
    "parameters", "mode",  "location", "apiVersion", "onErrorDeployment",
};
static const char *const send_keys[] = {"namespace", "hub", "events", "repeat", "partitionKey"};
static const char *const repeat_keys[] = {"count", "from", "every"};
static const char *const history_keys[] = {"fhir", "code", "device", "time", "value"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

const struct run_verb *run_verb_find(const char *name)
{
    for (size_t i = 0; i < COUNT(verbs); i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

static bool listed(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}

bool run_operator_known(const char *name)
{
    return listed(operators, COUNT(operators), name);
}

bool run_check_members(struct run_check *check, const cJSON *node, const char *const *keys,
                       size_t count, const char *what)
{
    if (!cJSON_IsObject(node))
        return run_fault(check, node, "%s must be a mapping", what);
    for (const cJSON *item = node->child; item; item = item->next)
        if (!listed(keys, count, item->string))
            return run_fault(check, item, "unknown key \"%s\" in %s", item->string, what);
    return true;
}

static bool need_members(struct run_check *check, const cJSON *node, const char *const *names,
                         const char *what)
{
    for (; *names; names++)
        if (!cJSON_GetObjectItemCaseSensitive(node, *names))
            return run_fault(check, node, "%s needs the key \"%s\"", what, *names);
    return true;
}

bool run_check_duration(struct run_check *check, const cJSON *node, const char *what)
{
    int64_t ms;

    if (!node || base_parse_duration(cJSON_IsString(node) ? node->valuestring : NULL, &ms))
        return true;
    return run_fault(check, node, "%s must be a duration such as 200ms, 30s, 5m or 2h", what);
}

enum operand { ANYTHING, TRUE_ONLY, A_LIST, AN_AMOUNT, A_TEXT, TRUE_OR_TEXT, OF_AND_IS };

static const struct {
    const char *name;
    enum operand operand;
    const char *wants;
} operands[] = {
    {"$any", TRUE_ONLY, "true"},
    {"$absent", TRUE_ONLY, "true"},
    {"$guid", TRUE_ONLY, "true"},
    {"$oneOf", A_LIST, "a list"},
    {"$unordered", A_LIST, "a list"},
    {"$gte", AN_AMOUNT, "a number, a time or a variable"},
    {"$lte", AN_AMOUNT, "a number, a time or a variable"},
    {"$regex", A_TEXT, "an extended regular expression"},
    {"$equalsFold", A_TEXT, "a text"},
    {"$url", TRUE_OR_TEXT, "true, a host or a URL"},
    {"$count", OF_AND_IS, "{of, is}"},
};

static bool operand_fits(enum operand operand, const cJSON *node)
{
    int64_t ms;

    switch (operand) {
    case TRUE_ONLY:
        return cJSON_IsTrue(node);
    case A_LIST:
        return cJSON_IsArray(node) || (cJSON_IsString(node) && strstr(node->valuestring, "$("));
    case AN_AMOUNT:
        return cJSON_IsNumber(node) ||
               (cJSON_IsString(node) &&
                (strstr(node->valuestring, "$(") || base_time_parse(node->valuestring, &ms)));
    case A_TEXT:
        return cJSON_IsString(node);
    case TRUE_OR_TEXT:
        return cJSON_IsTrue(node) || cJSON_IsString(node);
    case OF_AND_IS:
        return cJSON_GetArraySize(node) == 2 && base_json_at(node, "of") &&
               base_json_at(node, "is");
    default:
        return true;
    }
}

static bool check_operand(struct run_check *check, const cJSON *item)
{
    for (size_t i = 0; i < COUNT(operands); i++)
        if (!strcmp(operands[i].name, item->string) && !operand_fits(operands[i].operand, item))
            return run_fault(check, item, "%s wants %s", item->string, operands[i].wants);
    return true;
}

/* A mapping holds operators or members, not both; operators are a closed set. */
bool run_check_expectation(struct run_check *check, const cJSON *want)
{
    bool has_members = false, has_operators = false;

    for (const cJSON *item = want ? want->child : NULL; item; item = item->next) {
        if (item->string && item->string[0] == '$' && !run_operator_known(item->string))
            return run_fault(check, item, "unknown operator \"%s\"", item->string);
        if (item->string && item->string[0] == '$' && !check_operand(check, item))
            return false;
        if (item->string)
            *(item->string[0] == '$' ? &has_operators : &has_members) = true;
        if (!run_check_expectation(check, item))
            return false;
    }
    return !(has_members && has_operators) ||
           run_fault(check, want, "a mapping holds either operators or members, not both");
}

static bool check_answer(struct run_check *check, const cJSON *want, const char *what)
{
    return !want || (run_check_members(check, want, answer_keys, COUNT(answer_keys), what) &&
                     run_check_expectation(check, want));
}

bool run_check_payload(struct run_check *check, const cJSON *node)
{
    const cJSON *file =
        cJSON_IsObject(node) ? cJSON_GetObjectItemCaseSensitive(node, "$file") : NULL;
    const cJSON *patch =
        cJSON_IsObject(node) ? cJSON_GetObjectItemCaseSensitive(node, "$patch") : NULL;

    if (patch && !file)
        return run_fault(check, patch, "$patch goes with $file");
    if (file && cJSON_IsString(file) && strstr(file->valuestring, "$("))
        return true; /* known when it runs */

    if (file) {
        struct base_error err = {0};
        if (!cJSON_IsString(file))
            return run_fault(check, file, "$file must be a path");
        char *path = base_asprintf("%s/%s", check->folder, file->valuestring);
        cJSON *content = base_json_load(path, &err);
        free(path);
        if (!content)
            return run_fault(check, file, "%s", err.message);
        cJSON_Delete(content);
    }
    for (const cJSON *item = node ? node->child : NULL; item; item = item->next)
        if (!run_check_payload(check, item))
            return false;
    return true;
}

static bool check_send(struct run_check *check, const cJSON *value)
{
    static const char *const needed[] = {"namespace", "hub", "events", NULL};
    const cJSON *repeat = base_json_at(value, "repeat");

    if (!run_check_members(check, value, send_keys, COUNT(send_keys), "send") ||
        !need_members(check, value, needed, "send"))
        return false;
    if (!cJSON_IsArray(base_json_at(value, "events")))
        return run_fault(check, base_json_at(value, "events"), "events must be a list of payloads");
    if (repeat && !(run_check_members(check, repeat, repeat_keys, COUNT(repeat_keys), "repeat") &&
                    run_check_duration(check, base_json_at(repeat, "every"), "every")))
        return false;
    return run_check_payload(check, base_json_at(value, "events"));
}

/* The fragment is loaded and checked now, so that a fault in it shows before anything runs. */
static bool check_use(struct run_check *check, const cJSON *value)
{
    struct base_error err = {0};

    if (!cJSON_IsString(value))
        return run_fault(check, value, "use wants a fragment's path");
    if (check->depth >= RUN_USE_DEPTH)
        return run_fault(check, value, "fragments use each other deeper than %d", RUN_USE_DEPTH);
    char *path = base_asprintf("%s/%s", check->folder, value->valuestring);
    struct run_scenario *fragment = run_fragment_load_at(path, check->depth + 1, &err);
    free(path);
    run_scenario_free(fragment);
    return fragment || run_fault(check, value, "%s", err.message);
}

static bool check_verb_value(struct run_check *check, const struct run_verb *verb,
                             const cJSON *value)
{
    static const char *const deploy_needs[] = {"name", NULL};
    static const char *const role_needs[] = {"principal", "scope", "role", NULL};
    static const char *const history_needs[] = {"fhir", "code", "device", "time", "value", NULL};

    switch (verb->kind) {
    case RUN_VERB_REQUEST:
        return cJSON_IsString(value) ||
               run_fault(check, value, "%s wants a path or a URL", verb->name);
    case RUN_VERB_USE:
        return check_use(check, value);
    case RUN_VERB_SEND:
        return check_send(check, value);
    case RUN_VERB_ROLE:
        return run_check_members(check, value, role_keys, COUNT(role_keys), "role") &&
               need_members(check, value, role_needs, "role");
    case RUN_VERB_DEPLOY:
        return run_check_members(check, value, deploy_keys, COUNT(deploy_keys), "deploy") &&
               need_members(check, value, deploy_needs, "deploy") &&
               run_check_payload(check, value);
    case RUN_VERB_WORLD:
        return (cJSON_IsObject(value) ||
                run_fault(check, value, "world wants a mapping of view to expectation")) &&
               run_check_expectation(check, value);
    case RUN_VERB_HISTORY:
        return run_check_members(check, value, history_keys, COUNT(history_keys), "history") &&
               need_members(check, value, history_needs, "history");
    case RUN_VERB_FAULT:
        return run_check_fault(check, value);
    case RUN_VERB_FIRED:
        return run_check_fired(check, value);
    case RUN_VERB_PROGRAM:
        return run_check_program(check, verb->name, value);
    case RUN_VERB_SETTING:
        return (cJSON_IsObject(value) && value->child) ||
               run_fault(check, value, "setting wants a mapping of names to values");
    default:
        return run_fault(check, value,
                         "the verb \"%s\" is in the language, but this version does not run it%s",
                         verb->name,
                         strcmp(verb->name, "clock")
                             ? ""
                             : ": the time of a cloud is a formula that all its programs share; "
                               "--clock-rate makes it go faster");
    }
}

static bool check_waits(struct run_check *check, const cJSON *step)
{
    const cJSON *eventually = base_json_at(step, "eventually"),
                *await = base_json_at(step, "await");

    if (eventually && !(run_check_members(check, eventually, eventually_keys,
                                          COUNT(eventually_keys), "eventually") &&
                        run_check_duration(check, base_json_at(eventually, "within"), "within") &&
                        run_check_duration(check, base_json_at(eventually, "every"), "every")))
        return false;
    if (base_json_at(step, "giveUpWhen") && !eventually)
        return run_fault(check, base_json_at(step, "giveUpWhen"),
                         "giveUpWhen goes with eventually");
    return !await || (run_check_members(check, await, await_keys, COUNT(await_keys), "await") &&
                      run_check_duration(check, base_json_at(await, "within"), "within"));
}

/* Which modifiers a verb understands; one that it does not is a fault, not a silence. */
static const struct {
    enum run_verb_kind kind;
    const char *modifiers;
} understood[] = {
    {RUN_VERB_REQUEST,
     " name query headers body expect capture await eventually giveUpWhen as when "},
    {RUN_VERB_SEND, " name expect capture eventually giveUpWhen as when "},
    {RUN_VERB_ROLE, " name eventually when "},
    {RUN_VERB_DEPLOY, " name expect capture await eventually giveUpWhen as when "},
    {RUN_VERB_WORLD, " name capture eventually giveUpWhen when "},
    {RUN_VERB_HISTORY, " name expect capture eventually giveUpWhen when "},
    {RUN_VERB_USE, " name with when "},
    {RUN_VERB_FAULT, " name eventually when "},
    {RUN_VERB_FIRED, " name when "},
    {RUN_VERB_PROGRAM, " name eventually when "},
    {RUN_VERB_SETTING, " name when "},
};

static bool check_modifiers(struct run_check *check, const cJSON *step, const struct run_verb *verb)
{
    char word[32];

    for (const cJSON *item = step->child; item; item = item->next) {
        bool fits = run_verb_find(item->string) != NULL;
        snprintf(word, sizeof word, " %s ", item->string);
        for (size_t i = 0; i < COUNT(understood); i++)
            fits =
                fits || (understood[i].kind == verb->kind && strstr(understood[i].modifiers, word));
        if (!fits)
            return run_fault(check, item, "\"%s\" does not go with %s", item->string, verb->name);
    }
    return true;
}

static bool check_step(struct run_check *check, const cJSON *step)
{
    const cJSON *value = NULL;
    const struct run_verb *verb = NULL;

    if (!cJSON_IsObject(step))
        return run_fault(check, step, "a step is a mapping with one verb");
    for (const cJSON *item = step->child; item; item = item->next) {
        const struct run_verb *found = run_verb_find(item->string);
        if (found && verb)
            return run_fault(check, item, "a step has one verb; \"%s\" stands beside \"%s\"",
                             item->string, verb->name);
        if (found) {
            verb = found;
            value = item;
        } else if (!listed(modifiers, COUNT(modifiers), item->string)) {
            return run_fault(check, item, "unknown verb or modifier \"%s\"", item->string);
        }
    }
    if (!verb)
        return run_fault(check, step, "a step needs one verb (get, put, send, role, world, ...)");
    return check_verb_value(check, verb, value) && check_modifiers(check, step, verb) &&
           check_answer(check, base_json_at(step, "expect"), "expect") &&
           check_answer(check, base_json_at(step, "giveUpWhen"), "giveUpWhen") &&
           run_check_variables(check, base_json_at(step, "with"), "with") &&
           run_check_capture(check, base_json_at(step, "capture")) && check_waits(check, step) &&
           run_check_payload(check, base_json_at(step, "body"));
}

bool run_check_steps(struct run_check *check, const cJSON *steps, const char *list)
{
    if (!cJSON_IsArray(steps))
        return run_fault(check, steps, "%s must be a list of steps", list);
    for (const cJSON *step = steps->child; step; step = step->next)
        if (!check_step(check, step))
            return false;
    return true;
}

const struct run_verb *run_step_verb(const cJSON *step, const cJSON **value)
{
    for (const cJSON *item = step->child; item; item = item->next) {
        const struct run_verb *verb = run_verb_find(item->string);
        if (verb) {
            *value = item;
            return verb;
        }
    }
    BUG("a checked step has no verb");
}
