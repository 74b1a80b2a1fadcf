/* Decides how variables may be called, and what a capture may name: a place in the answer, or the element of a list that fits. */
#include "runner/grammar.h"

#include "common/text.h"

static const char *const capture_keys[] = {"in", "where", "at"};

static bool check_pointer(struct run_check *check, const cJSON *node, const char *what)
{
    const char *text = cJSON_GetStringValue(node);

    return (text && (!*text || *text == '/')) ||
           run_fault(check, node, "%s wants a JSON Pointer such as /body/id", what);
}

static bool check_one(struct run_check *check, const cJSON *item)
{
    const cJSON *in = base_json_at(item, "in"), *where = base_json_at(item, "where"),
                *at = base_json_at(item, "at");

    if (!cJSON_IsObject(item))
        return check_pointer(check, item, "capture");
    if (!run_check_members(check, item, capture_keys, sizeof capture_keys / sizeof *capture_keys,
                           "a capture"))
        return false;
    if (!in || !where)
        return run_fault(check, item, "a capture needs the key \"%s\"", in ? "where" : "in");
    return check_pointer(check, in, "in") && (!at || check_pointer(check, at, "at")) &&
           run_check_expectation(check, where);
}

bool run_check_variable(struct run_check *check, const cJSON *node, const char *name)
{
    static const char *const taken[] = {"arm", "case",     "control", "customer", "event",
                                        "now", "operator", "proxy",   "rp"};

    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (base_equal(name, taken[i]))
            return run_fault(check, node, "\"%s\" is the environment's; another name is needed",
                             name);
    return true;
}

bool run_check_variables(struct run_check *check, const cJSON *variables, const char *what)
{
    if (variables && !cJSON_IsObject(variables))
        return run_fault(check, variables, "%s must be a mapping of names to values", what);
    for (const cJSON *item = variables ? variables->child : NULL; item; item = item->next)
        if (!run_check_variable(check, item, item->string))
            return false;
    return true;
}

bool run_check_capture(struct run_check *check, const cJSON *capture)
{
    if (capture && !cJSON_IsObject(capture))
        return run_fault(check, capture, "capture must be a mapping of names to places");
    for (const cJSON *item = capture ? capture->child : NULL; item; item = item->next)
        if (!check_one(check, item) || !run_check_variable(check, item, item->string))
            return false;
    return true;
}
