/* Decides how a resource differs from what a template wants of it. */
#include "simulators/arm/deployments/diff.h"
#include "simulators/arm/regions.h"
#include "simulators/arm/template/expression.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lost {
    const cJSON *asked, *current, *wanted; /* the same member of each */
};

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

/* What was asked for once and is not wanted any more. */
static void compare_lost(cJSON *delta, const char *path, const struct lost *at)
{
    const cJSON *name;

    cJSON_ArrayForEach(name, at->asked)
    {
        const cJSON *old = arm_template_member(at->current, name->string),
                    *new = arm_template_member(at->wanted, name->string);
        struct lost deeper = {name, old, new};
        char *deeper_path = below(path, name->string);
        if (old && !cJSON_IsNull(old) && (!new || cJSON_IsNull(new)))
            add(delta, deeper_path, "Delete", old, NULL);
        else if (cJSON_IsObject(old) && cJSON_IsObject(new))
            compare_lost(delta, deeper_path, &deeper);
        free(deeper_path);
    }
}

/* Told by ARM or the provider, whatever a body says. */
static const char *const read_only[] = {"etag", "systemData", "properties.provisioningState", NULL};

static cJSON *take_read_only(cJSON *delta, const cJSON *current, const cJSON *wanted)
{
    cJSON *rest = base_json_copy(wanted);

    for (size_t i = 0; read_only[i]; i++) {
        const char *dot = strrchr(read_only[i], '.');
        const cJSON *old = base_json_at(current, read_only[i]),
                    *new = base_json_at(rest, read_only[i]);
        if (new && !cJSON_IsNull(new) && !base_json_equal(old, new))
            add(delta, read_only[i], "NoEffect", old, new);
        cJSON_DeleteItemFromObject(dot ? base_json_at(rest, "properties") : rest,
                                   dot ? dot + 1 : read_only[i]);
    }
    return rest;
}

bool arm_diff_changes(const cJSON *delta)
{
    const cJSON *change;

    cJSON_ArrayForEach(change, delta)
    {
        if (!base_equal(base_json_text(change, "propertyChangeType"), "NoEffect"))
            return true;
    }
    return false;
}

cJSON *arm_diff(const cJSON *current, const cJSON *wanted, const cJSON *asked)
{
    cJSON *delta = cJSON_CreateArray(), *unruled = cJSON_CreateArray();
    cJSON *rest = take_read_only(unruled, current, wanted), *change;
    const cJSON *member;

    cJSON_ArrayForEach(member, rest)
    {
        const cJSON *old = arm_template_member(current, member->string);
        if (base_equal_nocase(member->string, "location") && same_location(old, member))
            continue;
        compare(delta, member->string, old, member);
    }
    compare_lost(delta, "", &(struct lost){asked, current, rest});
    while ((change = cJSON_DetachItemFromArray(unruled, 0)))
        cJSON_AddItemToArray(delta, change);
    cJSON_Delete(unruled);
    cJSON_Delete(rest);
    compare_lost_tags(delta, arm_template_member(current, "tags"),
                      arm_template_member(wanted, "tags"));
    return delta;
}
