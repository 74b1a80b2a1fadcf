/* Decides the standard functions on objects and on sets. */
#include "simulators/arm/template/function.h"

#include <stdlib.h>
#include <string.h>

static bool run_create_object(struct arm_fn *fn)
{
    struct arm_index names = {0};
    bool good =
        fn->count % 2 == 0 ||
        arm_fn_fail(fn, "names and values come in pairs, '%d' arguments were provided", fn->count);

    fn->made = cJSON_CreateObject();
    for (int i = 0; good && i < fn->count; i += 2) {
        const char *name;
        cJSON *value;
        good = arm_fn_text(fn, i, &name);
        if (good && arm_index_find_name(&names, name))
            good = arm_fn_fail(fn, "the member '%s' is named twice", name);
        value = good ? arm_fn_own(fn, i + 1) : NULL;
        good = value != NULL;
        if (good) {
            cJSON_AddItemToObject(fn->made, name, value);
            base_ignore(arm_index_put_name(&names, value));
        }
    }
    arm_index_release(&names);
    return good;
}

/* ---- looking in ---- */

static int by_name(const void *a, const void *b)
{
    const cJSON *const *left = a, *const *right = b;
    int order = arm_text_compare((*left)->string, (*right)->string);

    return order ? order : strcmp((*left)->string, (*right)->string);
}

/* The members by name; *count of them. The caller frees the list, not the nodes. */
static const cJSON **sorted(const cJSON *object, int *count)
{
    const cJSON **list, *child;
    int at = 0;

    *count = cJSON_GetArraySize(object);
    list = base_alloc((size_t)(*count + 1) * sizeof(*list));
    cJSON_ArrayForEach(child, object) list[at++] = child;
    qsort(list, (size_t)*count, sizeof(*list), by_name);
    return list;
}

static bool run_items(struct arm_fn *fn)
{
    const cJSON *object = arm_fn_object(fn, 0), **list;
    bool good = true;
    int count;

    if (!object)
        return false;
    list = sorted(object, &count);
    fn->made = cJSON_CreateArray();
    for (int i = 0; good && i < count; i++) {
        cJSON *value = arm_eval_copy(fn->eval, list[i]), *item;
        good = value != NULL;
        if (!good)
            break;
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "key", list[i]->string);
        cJSON_AddItemToObject(item, "value", value);
        cJSON_AddItemToArray(fn->made, item);
    }
    free(list);
    return good;
}

static bool run_object_keys(struct arm_fn *fn)
{
    const cJSON *object = arm_fn_object(fn, 0), **list;
    int count;

    if (!object)
        return false;
    list = sorted(object, &count);
    fn->made = cJSON_CreateArray();
    for (int i = 0; i < count; i++)
        cJSON_AddItemToArray(fn->made, cJSON_CreateString(list[i]->string));
    free(list);
    return arm_eval_spend(fn->eval, count);
}

/* tryGet(value, key, ...): null as soon as something is missing. */
static bool run_try_get(struct arm_fn *fn)
{
    const cJSON *value = arm_fn_value(fn, 0);

    for (int i = 1; i < fn->count && value && !cJSON_IsNull(value); i++)
        if (arm_eval_select(fn->eval, value, arm_fn_value(fn, i), true, &value) < 0)
            return false;
    return arm_fn_lend(fn, value);
}

/* ---- sets ---- */

static bool add_copy(struct arm_fn *fn, cJSON *to, const cJSON *value)
{
    cJSON *copy = arm_eval_copy(fn->eval, value);

    if (!copy)
        return false;
    if (cJSON_IsObject(to)) {
        cJSON_AddItemToObject(to, value->string, copy);
    } else {
        cJSON_AddItemToArray(to, copy);
    }
    return true;
}

static bool union_arrays(struct arm_fn *fn)
{
    struct arm_index seen = {0};
    bool good = true;

    fn->made = cJSON_CreateArray();
    for (int i = 0; good && i < fn->count; i++) {
        const cJSON *array = arm_fn_array(fn, i);
        good = array != NULL;
        for (cJSON *child = array ? array->child : NULL; child && good; child = child->next)
            if (!arm_index_put(&seen, child))
                good = add_copy(fn, fn->made, child);
    }
    arm_index_release(&seen);
    return good;
}

/* Members of `from` go into `into`, which has its own index of names for the time. */
static bool merge(struct arm_fn *fn, cJSON *into, const cJSON *from, bool deep)
{
    struct arm_index names = {0};
    bool good = true;

    for (cJSON *child = into->child; child; child = child->next)
        base_ignore(arm_index_put_name(&names, child));
    good = arm_eval_spend(fn->eval, (int64_t)names.count);
    for (const cJSON *child = from->child; child && good; child = child->next) {
        cJSON *old = arm_index_find_name(&names, child->string), *copy;
        if (deep && cJSON_IsObject(old) && cJSON_IsObject(child)) {
            good = merge(fn, old, child, deep);
            continue;
        }
        copy = arm_eval_copy(fn->eval, child);
        good = copy != NULL;
        if (!good)
            break;
        if (!old) {
            cJSON_AddItemToObject(into, child->string, copy);
            base_ignore(arm_index_put_name(&names, copy));
            continue;
        }
        free(copy->string);
        copy->string = base_strdup(old->string);
        arm_index_replace_name(&names, copy); /* while the old name is still there to be found */
        cJSON_ReplaceItemViaPointer(into, old, copy);
    }
    arm_index_release(&names);
    return good;
}

static bool union_objects(struct arm_fn *fn)
{
    fn->made = cJSON_CreateObject();
    for (int i = 0; i < fn->count; i++) {
        const cJSON *object = arm_fn_object(fn, i);
        if (!object || !merge(fn, fn->made, object, true))
            return false;
    }
    return true;
}

static bool run_union(struct arm_fn *fn)
{
    if (cJSON_IsArray(arm_fn_value(fn, 0)))
        return union_arrays(fn);
    if (cJSON_IsObject(arm_fn_value(fn, 0)))
        return union_objects(fn);
    return arm_fn_mistyped(fn, 0, "Array, Object");
}

static bool run_shallow_merge(struct arm_fn *fn)
{
    const cJSON *array = arm_fn_array(fn, 0), *child;

    if (!array)
        return false;
    fn->made = cJSON_CreateObject();
    cJSON_ArrayForEach(child, array)
    {
        if (!cJSON_IsObject(child))
            return arm_fn_fail(fn, "every element must be an object, one of type '%s' was found",
                               arm_template_type(child));
        if (!merge(fn, fn->made, child, false))
            return false;
    }
    return true;
}

/* Whether every argument from the second on has this element, or this member with an equal value. */
static bool in_all(const struct arm_index *others, int count, const cJSON *node, bool objects)
{
    for (int i = 0; i < count; i++) {
        const cJSON *other = objects ? arm_index_find_name(&others[i], node->string)
                                     : arm_index_find(&others[i], node);
        if (!other || (objects && !arm_value_equal(other, node)))
            return false;
    }
    return true;
}

static bool run_intersection(struct arm_fn *fn)
{
    const cJSON *first = arm_fn_value(fn, 0);
    struct arm_index *others = base_alloc((size_t)fn->count * sizeof(*others)), seen = {0};
    bool objects = cJSON_IsObject(first), good = objects || cJSON_IsArray(first);

    if (!good)
        arm_fn_mistyped(fn, 0, "Array, Object");
    for (int i = 1; good && i < fn->count; i++) {
        const cJSON *other = objects ? arm_fn_object(fn, i) : arm_fn_array(fn, i);
        good = other != NULL;
        for (cJSON *child = other ? other->child : NULL; child; child = child->next)
            base_ignore(objects ? arm_index_put_name(&others[i - 1], child)
                                : arm_index_put(&others[i - 1], child));
    }
    fn->made = objects ? cJSON_CreateObject() : cJSON_CreateArray();
    for (cJSON *child = good ? first->child : NULL; child && good; child = child->next)
        if (in_all(others, fn->count - 1, child, objects) &&
            (objects || !arm_index_put(&seen, child)))
            good = add_copy(fn, fn->made, child);
    for (int i = 0; i < fn->count; i++)
        arm_index_release(&others[i]);
    arm_index_release(&seen);
    free(others);
    return good;
}

static const struct arm_function rows[] = {
    {"createobject", 0, -1, run_create_object, 0, 0},
    {"intersection", 2, -1, run_intersection, 0, 0},
    {"items", 1, 1, run_items, 0, 0},
    {"objectkeys", 1, 1, run_object_keys, 0, 0},
    {"shallowmerge", 1, 1, run_shallow_merge, 0, 0},
    {"tryget", 2, -1, run_try_get, 0, 0},
    {"union", 1, -1, run_union, 0, 0},
};

const struct arm_function_table arm_functions_object = {rows, sizeof(rows) / sizeof(rows[0])};
