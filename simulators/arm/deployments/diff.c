/* Decides how a resource differs from what a template wants of it. */
#include "simulators/arm/deployments/diff.h"
#include "simulators/arm/regions.h"
#include "simulators/arm/template/expression.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void compare(cJSON *delta, const char *path, const cJSON *current, const cJSON *wanted);

static cJSON *add(cJSON *delta, const char *path, const char *type, const cJSON *before,
                  const cJSON *after)
{
    cJSON *change = cJSON_CreateObject();

    base_json_set_text(change, "path", path);
    base_json_set_text(change, "propertyChangeType", type);
    if (before)
        base_json_set(change, "before", base_json_copy(before));
    if (after)
        base_json_set(change, "after", base_json_copy(after));
    cJSON_AddItemToArray(delta, change);
    return change;
}

static bool same_number(const cJSON *a, const cJSON *b)
{
    char *left = base_json_print(a), *right = base_json_print(b);
    bool same = base_equal(left, right) ||
                (cJSON_IsNumber(a) && cJSON_IsNumber(b) && a->valuedouble == b->valuedouble);

    free(left);
    free(right);
    return same;
}

static bool same_scalar(const cJSON *a, const cJSON *b)
{
    if ((cJSON_IsNumber(a) || cJSON_IsRaw(a)) && (cJSON_IsNumber(b) || cJSON_IsRaw(b)))
        return same_number(a, b);
    return base_json_equal(a, b);
}

static char *below(const char *path, const char *name)
{
    return *path ? base_asprintf("%s.%s", path, name) : base_strdup(name);
}

static void compare_object(cJSON *delta, const char *path, const cJSON *current,
                           const cJSON *wanted)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, wanted)
    {
        char *at = below(path, member->string);
        compare(delta, at, arm_template_member(current, member->string), member);
        free(at);
    }
}

static void compare_array(cJSON *delta, const char *path, const cJSON *current, const cJSON *wanted)
{
    int before = cJSON_GetArraySize(current), after = cJSON_GetArraySize(wanted);
    cJSON *children = cJSON_CreateArray(), *change;
    char index[16];

    for (int i = 0; i < before || i < after; i++) {
        const cJSON *old = cJSON_GetArrayItem(current, i), *new = cJSON_GetArrayItem(wanted, i);
        snprintf(index, sizeof index, "%d", i);
        if (new)
            compare(children, index, old, new);
        else
            add(children, index, "Delete", old, NULL);
    }
    if (!children->child) {
        cJSON_Delete(children);
        return;
    }
    change = add(delta, path, "Array", NULL, NULL);
    cJSON_AddItemToObject(change, "children", children);
}

static void compare(cJSON *delta, const char *path, const cJSON *current, const cJSON *wanted)
{
    bool absent = !current || cJSON_IsNull(current);

    if (absent && cJSON_IsNull(wanted))
        return;
    if (absent)
        add(delta, path, "Create", NULL, wanted);
    else if (cJSON_IsObject(current) && cJSON_IsObject(wanted))
        compare_object(delta, path, current, wanted);
    else if (cJSON_IsArray(current) && cJSON_IsArray(wanted))
        compare_array(delta, path, current, wanted);
    else if (!same_scalar(current, wanted))
        add(delta, path, "Modify", current, wanted);
}

static bool same_location(const cJSON *current, const cJSON *wanted)
{
    const struct arm_region *a = arm_region_find(cJSON_GetStringValue(current)),
                            *b = arm_region_find(cJSON_GetStringValue(wanted));

    return a && a == b;
}

/* A tag that is not wanted goes. */
static void compare_lost_tags(cJSON *delta, const cJSON *current, const cJSON *wanted)
{
    const cJSON *tag;

    cJSON_ArrayForEach(tag, current)
    {
        if (!arm_template_member(wanted, tag->string)) {
            char *at = below("tags", tag->string);
            add(delta, at, "Delete", tag, NULL);
            free(at);
        }
    }
}

cJSON *arm_diff(const cJSON *current, const cJSON *wanted)
{
    cJSON *delta = cJSON_CreateArray();
    const cJSON *member;

    cJSON_ArrayForEach(member, wanted)
    {
        const cJSON *old = arm_template_member(current, member->string);
        if (base_equal_nocase(member->string, "location") && same_location(old, member))
            continue;
        compare(delta, member->string, old, member);
    }
    compare_lost_tags(delta, arm_template_member(current, "tags"),
                      arm_template_member(wanted, "tags"));
    return delta;
}
