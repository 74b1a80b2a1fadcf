/* Decides what a scenario file may hold: closed sets of keys, each fault with its line. */
#include "runner/scenario.h"
#include "runner/grammar.h"

#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum value_kind { TEXT, LIST, OBJECT, STEPS, CASES, SWEEP };

struct key {
    const char *name;
    enum value_kind kind;
};
static const struct key scenario_keys[] = {
    {"scenario", TEXT}, {"title", TEXT},        {"why", TEXT},    {"level", TEXT},
    {"features", LIST}, {"requirements", LIST}, {"tags", LIST},   {"uses", LIST},
    {"vars", OBJECT},   {"setup", STEPS},       {"cases", CASES}, {"steps", STEPS},
    {"finally", STEPS}, {"sweep", SWEEP},
};
static const struct key fragment_keys[] = {
    {"fragment", TEXT}, {"takes", LIST}, {"gives", LIST}, {"vars", OBJECT}, {"steps", STEPS},
};
static const char *const levels[] = {"core", "extended", "reliability"};

void run_show_place(const base_source_t *source, const cJSON *node, const char *sentence,
                    struct base_buf *out)
{
    struct base_place place;

    if (!node || !base_source_place(source, node, &place)) {
        base_buf_printf(out, "%s: %s\n", base_source_name(source), sentence);
        return;
    }
    size_t width = cJSON_IsString(node) ? strlen(node->valuestring) : 1;
    if (!width || width > 60 || (cJSON_IsString(node) && strchr(node->valuestring, '\n')))
        width = 1;
    base_source_show(source, place.line, place.column, (int)width, sentence, out);
}

bool run_fault(struct run_check *check, const cJSON *node, const char *fmt, ...)
{
    struct base_buf sentence = {0}, report = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&sentence, fmt, args);
    va_end(args);
    run_show_place(check->source, node, sentence.data, &report);
    while (report.len && report.data[report.len - 1] == '\n')
        report.data[--report.len] = '\0';
    base_error_set(check->err, BASE_INVALID, "InvalidScenario", "%s", report.data);
    base_buf_release(&report);
    base_buf_release(&sentence);
    return false;
}

static bool check_cases(struct run_check *check, const cJSON *cases)
{
    if (!cJSON_IsArray(cases) || !cases->child)
        return run_fault(check, cases, "cases must be a list of mappings, at least one");
    for (const cJSON *row = cases->child; row; row = row->next)
        if (!(cJSON_IsObject(row) || run_fault(check, row, "a case is a mapping of variables")) ||
            !run_check_payload(check, row))
            return false;
    return true;
}

static bool check_kind(struct run_check *check, const struct key *key, const cJSON *value)
{
    switch (key->kind) {
    case TEXT:
        return cJSON_IsString(value) || run_fault(check, value, "%s must be a text", key->name);
    case LIST:
        return cJSON_IsArray(value) || run_fault(check, value, "%s must be a list", key->name);
    case OBJECT:
        return cJSON_IsObject(value) || run_fault(check, value, "%s must be a mapping", key->name);
    case STEPS:
        return run_check_steps(check, value, key->name);
    case CASES:
        return check_cases(check, value);
    default:
        return run_check_sweep(check, value);
    }
}

static bool check_keys(struct run_check *check, const cJSON *root, const struct key *keys,
                       size_t count)
{
    for (const cJSON *item = root->child; item; item = item->next) {
        const struct key *found = NULL;
        for (size_t i = 0; i < count && !found; i++)
            if (!strcmp(keys[i].name, item->string))
                found = &keys[i];
        if (!found)
            return run_fault(check, item, "unknown key \"%s\"", item->string);
        if (!check_kind(check, found, item))
            return false;
    }
    return true;
}

static bool check_level(struct run_check *check, const cJSON *root)
{
    const char *level = base_json_text(root, "level");

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (!level || !strcmp(levels[i], level))
            return true;
    return run_fault(check, base_json_at(root, "level"),
                     "level is \"%s\"; expected core, extended or reliability", level);
}

/* A sweep's steps are those of the scenario that it goes over. */
static bool check_sweep_alone(struct run_check *check, const cJSON *root)
{
    static const char *const others[] = {"vars", "setup", "cases", "steps", "finally"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (base_json_at(root, others[i]))
            return run_fault(check, base_json_at(root, others[i]),
                             "a sweep has no \"%s\" of its own", others[i]);
    return true;
}

static bool check_variables(struct run_check *check, const cJSON *root)
{
    const cJSON *item;

    if (!run_check_variables(check, base_json_at(root, "vars"), "vars"))
        return false;
    cJSON_ArrayForEach(item, base_json_at(root, "takes"))
    {
        if (!run_check_variable(check, item, cJSON_GetStringValue(item)))
            return false;
    }
    return true;
}

static bool check_scenario(struct run_check *check, const cJSON *root)
{
    if (!cJSON_IsObject(root))
        return run_fault(check, root, "a scenario is a mapping of keys");
    if (!check_keys(check, root, scenario_keys, sizeof scenario_keys / sizeof *scenario_keys) ||
        !check_level(check, root) || !check_variables(check, root))
        return false;
    if (!base_json_text(root, "scenario"))
        return run_fault(check, root, "the key \"scenario\" (its name) is missing");
    if (base_json_at(root, "sweep"))
        return check_sweep_alone(check, root);
    if (!base_json_at(root, "steps"))
        return run_fault(check, root, "the key \"steps\" is missing");
    return true;
}

static bool check_fragment(struct run_check *check, const cJSON *root)
{
    if (!cJSON_IsObject(root) || !base_json_text(root, "fragment"))
        return run_fault(check, root, "a fragment is a mapping with the key \"fragment\"");
    return check_keys(check, root, fragment_keys, sizeof fragment_keys / sizeof *fragment_keys) &&
           check_variables(check, root);
}

static struct run_scenario *load(const char *path, int depth,
                                 bool (*check_root)(struct run_check *, const cJSON *),
                                 struct base_error *err)
{
    base_source_t *source = base_source_load(path, err);
    const char *slash = strrchr(path, '/');

    if (!source)
        return NULL;
    struct run_scenario *scenario = base_alloc(sizeof *scenario);
    scenario->source = source;
    scenario->path = base_strdup(path);
    scenario->folder = slash ? base_strndup(path, (size_t)(slash - path)) : base_strdup(".");
    scenario->root = base_source_root(source);
    struct run_check check = {
        .source = source, .folder = scenario->folder, .depth = depth, .err = err};
    if (!check_root(&check, scenario->root)) {
        run_scenario_free(scenario);
        return NULL;
    }
    scenario->name = base_json_text(scenario->root, "scenario");
    scenario->title = base_json_text(scenario->root, "title");
    scenario->level = base_json_text(scenario->root, "level");
    if (!scenario->level)
        scenario->level = "core";
    return scenario;
}

struct run_scenario *run_scenario_load(const char *path, struct base_error *err)
{
    return load(path, 0, check_scenario, err);
}

struct run_scenario *run_fragment_load(const char *path, struct base_error *err)
{
    return load(path, 0, check_fragment, err);
}

struct run_scenario *run_fragment_load_at(const char *path, int depth, struct base_error *err)
{
    return load(path, depth, check_fragment, err);
}

void run_scenario_free(struct run_scenario *scenario)
{
    if (!scenario)
        return;
    base_source_free(scenario->source);
    free(scenario->path);
    free(scenario->folder);
    free(scenario);
}
