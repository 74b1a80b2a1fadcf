/* Decides what a capture may name: a place in the answer, or the element of a list that fits. */
#include "runner/grammar.h"

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

bool run_check_capture(struct run_check *check, const cJSON *capture)
{
    if (capture && !cJSON_IsObject(capture))
        return run_fault(check, capture, "capture must be a mapping of names to places");
    for (const cJSON *item = capture ? capture->child : NULL; item; item = item->next)
        if (!check_one(check, item))
            return false;
    return true;
}
