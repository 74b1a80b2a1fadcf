/* Decides what a step, an expectation and a payload may hold. */
#include "runner/grammar.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

static const struct run_verb verbs[] = {
    {"get", RUN_VERB_REQUEST},     {"put", RUN_VERB_REQUEST},    {"patch", RUN_VERB_REQUEST},
    {"post", RUN_VERB_REQUEST},    {"delete", RUN_VERB_REQUEST}, {"head", RUN_VERB_REQUEST},
    {"send", RUN_VERB_SEND},       {"role", RUN_VERB_ROLE},      {"world", RUN_VERB_WORLD},
    {"history", RUN_VERB_HISTORY}, {"use", RUN_VERB_USE},        {"deploy", RUN_VERB_LATER},
    {"fault", RUN_VERB_LATER},     {"fired", RUN_VERB_LATER},    {"start", RUN_VERB_LATER},
    {"stop", RUN_VERB_LATER},      {"kill", RUN_VERB_LATER},     {"restart", RUN_VERB_LATER},
    {"clock", RUN_VERB_LATER},
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

static bool check_members(struct run_check *check, const cJSON *node, const char *const *keys,
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

static bool check_duration(struct run_check *check, const cJSON *node, const char *what)
{
    int64_t ms;

    if (!node || run_duration_parse(cJSON_IsString(node) ? node->valuestring : NULL, &ms))
        return true;
    return run_fault(check, node, "%s must be a duration such as 200ms, 30s, 5m or 2h", what);
}

/* A mapping holds operators or members, not both; operators are a closed set. */
bool run_check_expectation(struct run_check *check, const cJSON *want)
{
    bool has_members = false, has_operators = false;

    for (const cJSON *item = want ? want->child : NULL; item; item = item->next) {
        if (item->string && item->string[0] == '$' && !run_operator_known(item->string))
            return run_fault(check, item, "unknown operator \"%s\"", item->string);
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
    return !want || (check_members(check, want, answer_keys, COUNT(answer_keys), what) &&
                     run_check_expectation(check, want));
}

bool run_check_payload(struct run_check *check, const cJSON *node)
{
    const cJSON *file =
        cJSON_IsObject(node) ? cJSON_GetObjectItemCaseSensitive(node, "$file") : NULL;

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

    if (!check_members(check, value, send_keys, COUNT(send_keys), "send") ||
        !need_members(check, value, needed, "send"))
        return false;
    if (!cJSON_IsArray(base_json_at(value, "events")))
        return run_fault(check, base_json_at(value, "events"), "events must be a list of payloads");
    if (repeat && !(check_members(check, repeat, repeat_keys, COUNT(repeat_keys), "repeat") &&
                    check_duration(check, base_json_at(repeat, "every"), "every")))
        return false;
    return run_check_payload(check, base_json_at(value, "events"));
}

static bool check_verb_value(struct run_check *check, const struct run_verb *verb,
                             const cJSON *value)
{
    static const char *const role_needs[] = {"principal", "scope", "role", NULL};
    static const char *const history_needs[] = {"fhir", "code", "device", "time", "value", NULL};

    switch (verb->kind) {
    case RUN_VERB_REQUEST:
    case RUN_VERB_USE:
        return cJSON_IsString(value) ||
               run_fault(check, value, "%s wants a %s", verb->name,
                         verb->kind == RUN_VERB_USE ? "fragment's path" : "path or a URL");
    case RUN_VERB_SEND:
        return check_send(check, value);
    case RUN_VERB_ROLE:
        return check_members(check, value, role_keys, COUNT(role_keys), "role") &&
               need_members(check, value, role_needs, "role");
    case RUN_VERB_WORLD:
        return (cJSON_IsObject(value) ||
                run_fault(check, value, "world wants a mapping of view to expectation")) &&
               run_check_expectation(check, value);
    case RUN_VERB_HISTORY:
        return check_members(check, value, history_keys, COUNT(history_keys), "history") &&
               need_members(check, value, history_needs, "history");
    default:
        return run_fault(check, value,
                         "the verb \"%s\" is in the language, but this version does not run it",
                         verb->name);
    }
}

static bool check_waits(struct run_check *check, const cJSON *step)
{
    const cJSON *eventually = base_json_at(step, "eventually"),
                *await = base_json_at(step, "await");

    if (eventually &&
        !(check_members(check, eventually, eventually_keys, COUNT(eventually_keys), "eventually") &&
          check_duration(check, base_json_at(eventually, "within"), "within") &&
          check_duration(check, base_json_at(eventually, "every"), "every")))
        return false;
    if (base_json_at(step, "giveUpWhen") && !eventually)
        return run_fault(check, base_json_at(step, "giveUpWhen"),
                         "giveUpWhen goes with eventually");
    return !await || (check_members(check, await, await_keys, COUNT(await_keys), "await") &&
                      check_duration(check, base_json_at(await, "within"), "within"));
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
    return check_verb_value(check, verb, value) &&
           check_answer(check, base_json_at(step, "expect"), "expect") &&
           check_answer(check, base_json_at(step, "giveUpWhen"), "giveUpWhen") &&
           check_waits(check, step) && run_check_payload(check, base_json_at(step, "body"));
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
