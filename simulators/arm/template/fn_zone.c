/* Decides which availability zones the functions on zones name. */
#include "simulators/arm/template/function.h"

#include <ctype.h>
#include <strings.h>

/* "West US 2" is "westus2". */
static bool same_location(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == ' ')
            a++;
        while (*b == ' ')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

/* ---- pickZones(namespace, type, location[, count[, offset]]) ---- */

/* The element of an array whose text member is this; locations may be spelt either way. */
static const cJSON *find(const cJSON *array, const char *member, const char *text)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, array)
    {
        const char *value = cJSON_GetStringValue(arm_template_member(child, member));
        if (value && same_location(value, text))
            return child;
    }
    return NULL;
}

static bool give_zones(struct arm_fn *fn, const cJSON *zones, int64_t count, int64_t offset)
{
    int64_t at = 0;
    const cJSON *child;

    fn->made = cJSON_CreateArray();
    if (!zones || !zones->child)
        return true; /* a location without zones: none, whatever was asked for */
    if (offset + count > cJSON_GetArraySize(zones))
        return arm_fn_fail(fn,
                           "'%lld' zones were asked for behind the first '%lld', the location "
                           "has '%d'",
                           (long long)count, (long long)offset, cJSON_GetArraySize(zones));
    cJSON_ArrayForEach(child, zones)
    {
        if (at >= offset && at < offset + count)
            cJSON_AddItemToArray(fn->made, base_json_copy(child));
        at++;
    }
    return true;
}

static bool run_pick_zones(struct arm_fn *fn)
{
    const struct arm_template_host *host = fn->eval->scope->host;
    const char *space, *type, *location;
    int64_t count = 1, offset = 0;
    const cJSON *found;
    cJSON *provider;

    if (!arm_fn_text(fn, 0, &space) || !arm_fn_text(fn, 1, &type) ||
        !arm_fn_text(fn, 2, &location) || (fn->count > 3 && !arm_fn_int(fn, 3, &count)) ||
        (fn->count > 4 && !arm_fn_int(fn, 4, &offset)))
        return false;
    if (count < 1 || count > 3 || offset < 0 || offset > 3)
        return arm_fn_fail(fn, "the count must be from '1' to '3', the offset from '0' to '3'");
    if (!host || !host->provider)
        return arm_fn_unexpected(fn);
    provider = host->provider(fn->eval->scope->context, space, fn->eval->err);
    if (!provider)
        return false;
    found = find(arm_template_member(arm_eval_keep(fn->eval, provider).value, "resourceTypes"),
                 "resourceType", type);
    if (!found)
        return arm_fn_fail(fn, "the provider '%.100s' has no resource type '%.100s'", space, type);
    found = find(arm_template_member(found, "zoneMappings"), "location", location);
    return give_zones(fn, arm_template_member(found, "zones"), count, offset);
}

/* ---- to[Logical|Physical]Zone[s](subscription, location, zone or zones) ---- */

struct mapping {
    const char *from, *to;
};

static const struct mapping to_logical = {"physicalZone", "logicalZone"},
                            to_physical = {"logicalZone", "physicalZone"};

static const cJSON *ask(struct arm_fn *fn)
{
    const struct arm_template_host *host = fn->eval->scope->host;
    const char *subscription, *location;

    if (!arm_fn_text(fn, 0, &subscription) || !arm_fn_text(fn, 1, &location))
        return NULL;
    if (!host || !host->zones) {
        arm_fn_unexpected(fn);
        return NULL;
    }
    return arm_eval_keep(fn->eval, host->zones(fn->eval->scope->context, subscription, location,
                                               fn->eval->err))
        .value;
}

static const cJSON *map(struct arm_fn *fn, const struct mapping *mapping, const cJSON *zones,
                        const char *zone)
{
    const cJSON *found =
        *zone ? arm_template_member(find(zones, mapping->from, zone), mapping->to) : NULL;

    if (!found)
        arm_fn_fail(fn, "there is no zone '%.100s' in this location", zone);
    return found;
}

static bool map_one(struct arm_fn *fn, const struct mapping *mapping)
{
    const cJSON *zones = ask(fn), *found;
    const char *zone;

    if (!zones || !arm_fn_text(fn, 2, &zone))
        return false;
    found = map(fn, mapping, zones, zone);
    return found && arm_fn_lend(fn, found);
}

static bool map_all(struct arm_fn *fn, const struct mapping *mapping)
{
    const cJSON *zones = ask(fn), *wanted = zones ? arm_fn_array(fn, 2) : NULL, *child;

    if (!wanted)
        return false;
    fn->made = cJSON_CreateArray();
    cJSON_ArrayForEach(child, wanted)
    {
        const char *zone = cJSON_GetStringValue((cJSON *)(uintptr_t)child);
        const cJSON *found = map(fn, mapping, zones, zone ? zone : "");
        if (!found)
            return false;
        cJSON_AddItemToArray(fn->made,
                             cJSON_CreateString(cJSON_GetStringValue((cJSON *)(uintptr_t)found)));
    }
    return true;
}

static bool run_to_logical_zone(struct arm_fn *fn)
{
    return map_one(fn, &to_logical);
}

static bool run_to_logical_zones(struct arm_fn *fn)
{
    return map_all(fn, &to_logical);
}

static bool run_to_physical_zone(struct arm_fn *fn)
{
    return map_one(fn, &to_physical);
}

static bool run_to_physical_zones(struct arm_fn *fn)
{
    return map_all(fn, &to_physical);
}

static const struct arm_function rows[] = {
    {"pickzones", 3, 5, run_pick_zones, 0, 0},
    {"tologicalzone", 3, 3, run_to_logical_zone, 0, 0},
    {"tologicalzones", 3, 3, run_to_logical_zones, 0, 0},
    {"tophysicalzone", 3, 3, run_to_physical_zone, 0, 0},
    {"tophysicalzones", 3, 3, run_to_physical_zones, 0, 0},
};

const struct arm_function_table arm_functions_zone = {rows, sizeof(rows) / sizeof(rows[0])};
