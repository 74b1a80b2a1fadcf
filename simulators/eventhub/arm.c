/* Says what Microsoft.EventHub accepts behind ARM: names, quotas, defaults, keys (facts arm.md §4.2). */
#include "simulators/eventhub/arm.h"

#include "simulators/eventhub/text.h"
#include "simulators/kit/setting.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* facts arm.md §4.2, limits */
static const struct eh_arm_tier tiers[] = {
    {"Basic", 10, 1, 32, 1, 40},
    {"Standard", 10, 20, 32, 7, 40},
    {"Premium", 100, 100, 100, 90, 16},
};

static bool namespace_put(struct sim_resource_call *call, cJSON *body);
static bool check_name(struct sim_resource_call *call);
static bool hub_put(struct sim_resource_call *call, cJSON *body);
static bool group_put(struct sim_resource_call *call, cJSON *body);
static bool group_remove(struct sim_resource_call *call);
static void namespace_changed(void *context, const cJSON *body, bool removed);
static void hub_changed(void *context, const cJSON *body, bool removed);
static void group_changed(void *context, const cJSON *body, bool removed);

/* Union of what the official clients send (facts arm.md §4.0). */
static const char *const api_versions[] = {"2026-01-01",
                                           "2025-05-01-preview",
                                           "2024-05-01-preview",
                                           "2024-01-01",
                                           "2023-01-01-preview",
                                           "2022-10-01-preview",
                                           "2022-01-01-preview",
                                           "2021-11-01",
                                           "2021-06-01-preview",
                                           "2021-01-01-preview",
                                           "2018-01-01-preview",
                                           "2017-04-01",
                                           NULL};
static const char *const namespace_defaults[] = {"authorizationRules/RootManageSharedAccessKey",
                                                 NULL};
static const char *const rule_actions[] = {"listKeys", "regenerateKeys", NULL};
static const char *const hub_defaults[] = {"consumergroups/$Default", NULL};

#define DELAY "namespace-creation-delay"
#define DELETION_DELAY "namespace-deletion-delay"
static const struct sim_setting_row settings[] = {
    {DELAY, SIM_SETTING_DURATION, 0, 1800000, NULL,
     "A new Event Hubs namespace is Creating for so long, and refuses event hubs meanwhile."},
    {DELETION_DELAY, SIM_SETTING_DURATION, 0, 1800000, NULL,
     "A deleted Event Hubs namespace is Deleting for so long, and its name is not free."},
};

#define PLAIN .api_versions = api_versions, .created = 200, .updated = 200, .deleted = 200
static const struct sim_resource_type types[] = {
    {.type = "Microsoft.EventHub/namespaces",
     .api_versions = api_versions,
     .tracked = true,
     .created = 201,
     .updated = 200,
     .deleted = 200,
     .async_delete = true,
     .put = namespace_put,
     .changed = namespace_changed,
     .delay = DELAY,
     .deletion_delay = DELETION_DELAY,
     .defaults = namespace_defaults},
    {.type = "Microsoft.EventHub/namespaces/authorizationRules",
     PLAIN,
     .put = eh_arm_rule_put,
     .action = eh_arm_rule_action,
     .actions = rule_actions,
     .changed = eh_arm_rule_changed},
    {.type = "Microsoft.EventHub/namespaces/eventhubs",
     PLAIN,
     .put = hub_put,
     .changed = hub_changed,
     .defaults = hub_defaults},
    {.type = "Microsoft.EventHub/namespaces/eventhubs/authorizationRules",
     PLAIN,
     .put = eh_arm_rule_put,
     .action = eh_arm_rule_action,
     .actions = rule_actions,
     .changed = eh_arm_rule_changed},
    {.type = "Microsoft.EventHub/namespaces/eventhubs/consumergroups",
     PLAIN,
     .put = group_put,
     .remove = group_remove,
     .changed = group_changed},
    {.type = "Microsoft.EventHub/checkNameAvailability",
     .api_versions = api_versions,
     .action = check_name},
};

static const struct eh_arm_tier *tier_of(const char *sku);
static bool namespace_name_ok(const char *name);
static void set_times(struct sim_resource_call *call, cJSON *properties);
static void default_item(cJSON *object, const char *name, cJSON *item);
static bool whole_number(const cJSON *properties, const char *name, int *value);

void eh_arm_add(eh_t *eh)
{
    sim_setting_declare(eh->world, settings, sizeof(settings) / sizeof(settings[0]));
    (void)sim_provider_add(eh->world, "Microsoft.EventHub", types, sizeof(types) / sizeof(types[0]),
                           eh);
}

/* -- namespaces -- */

/* The tier's own sku, and how many units of it. */
static bool sku_ok(struct sim_resource_call *call, cJSON *sku)
{
    const char *name = base_json_text(sku, "name");
    const struct eh_arm_tier *tier = tier_of(name);
    int units = 1;

    if (!tier) {
        eh_arm_refuse(call, 400, "BadRequest",
                      "SubCode=40000. The sku '%s' is none of Basic, Standard, Premium.", name);
        return false;
    }
    if (!whole_number(sku, "capacity", &units) || units < 1 || units > tier->units) {
        eh_arm_refuse(call, 400, "BadRequest",
                      "SubCode=40000. The sku's capacity is invalid: the %s tier allows 1 to %d.",
                      tier->sku, tier->units);
        return false;
    }
    base_json_set_text(sku, "name", tier->sku);
    default_item(sku, "tier", cJSON_CreateString(tier->sku));
    base_json_set_number(sku, "capacity", units);
    return true;
}

static bool namespace_put(struct sim_resource_call *call, cJSON *body)
{
    eh_t *eh = call->context;
    const char *name = call->id.names[0];
    cJSON *properties = eh_arm_member(body, "properties"), *sku = eh_arm_member(body, "sku");
    default_item(sku, "name", cJSON_CreateString("Standard"));

    if (!namespace_name_ok(name)) {
        eh_arm_refuse(
            call, 400, "BadRequest",
            "SubCode=40000. The specified service namespace is invalid: '%s', expected 6 to 50 "
            "letters, digits and "
            "hyphens, a letter first, no hyphen last.",
            name);
        return false;
    }
    if (!sku_ok(call, sku))
        return false;
    pthread_mutex_lock(&eh->lock);
    const struct eh_namespace *other = eh_namespace_find(eh, name);
    bool taken = other && !base_equal_nocase(other->id, call->path);
    pthread_mutex_unlock(&eh->lock);
    if (taken) {
        eh_arm_refuse(
            call, 409, "Conflict",
            "SubCode=40900. Namespace name '%s' is in use by another subscription or resource "
            "group.",
            name);
        return false;
    }
    set_times(call, properties);
    base_json_set_text(properties, "provisioningState", "Succeeded");
    base_json_set_text(properties, "status", "Active");
    base_json_set(properties, "serviceBusEndpoint",
                  base_json_textf("https://%s.servicebus.windows.net:443/", name));
    base_json_set(properties, "metricId", base_json_textf("%s:%s", call->id.subscription, name));
    base_json_set_bool(properties, "kafkaEnabled", false);
    default_item(properties, "isAutoInflateEnabled", cJSON_CreateFalse());
    default_item(properties, "maximumThroughputUnits", cJSON_CreateNumber(0));
    default_item(properties, "zoneRedundant", cJSON_CreateFalse());
    default_item(properties, "disableLocalAuth", cJSON_CreateFalse());
    default_item(properties, "minimumTlsVersion", cJSON_CreateString("1.2"));
    default_item(properties, "publicNetworkAccess", cJSON_CreateString("Enabled"));
    return true;
}

static bool check_name(struct sim_resource_call *call)
{
    eh_t *eh = call->context;
    const char *name = base_json_text(call->request_body, "name");
    const char *reason = "None";
    cJSON *answer = cJSON_CreateObject();
    if (!name || !namespace_name_ok(name))
        reason = "InvalidName";
    else if (eh_namespace_exists(eh, name))
        reason = "NameInUse";
    base_json_set_bool(answer, "nameAvailable", strcmp(reason, "None") == 0);
    base_json_set_text(answer, "reason", reason);
    base_json_set_text(answer, "message",
                       strcmp(reason, "None") == 0 ? "" : "The namespace name cannot be used.");
    base_http_answer_json_take(call->response, 200, answer);
    return true;
}

static void namespace_changed(void *context, const cJSON *body, bool removed)
{
    eh_namespace_apply(context, body, removed);
}

/* -- hubs -- */

static bool hub_limits_ok(struct sim_resource_call *call, cJSON *properties,
                          const struct eh_arm_tier *tier)
{
    int partitions = 4, days = tier->retention_days < 7 ? tier->retention_days : 7;
    int old = (int)base_json_number(call->resource, "properties.partitionCount", 0);
    if (old > 0)
        partitions = old;
    if (!whole_number(properties, "partitionCount", &partitions) || partitions < 1 ||
        partitions > tier->partitions) {
        eh_arm_refuse(
            call, 400, "BadRequest",
            "SubCode=40000. The value for partitionCount is invalid: the %s tier allows 1 to %d "
            "partitions.",
            tier->sku, tier->partitions);
        return false;
    }
    if (old > 0 && partitions != old) {
        eh_arm_refuse(
            call, 400, "BadRequest",
            "SubCode=40000. The partition count of an event hub cannot be changed: it is %d, "
            "found %d.",
            old, partitions);
        return false;
    }
    if (!whole_number(properties, "messageRetentionInDays", &days) || days < 1 ||
        days > tier->retention_days) {
        eh_arm_refuse(
            call, 400, "BadRequest",
            "SubCode=40000. The value for messageRetentionInDays is invalid: the %s tier allows "
            "1 to %d days.",
            tier->sku, tier->retention_days);
        return false;
    }
    base_json_set_number(properties, "partitionCount", partitions);
    base_json_set_number(properties, "messageRetentionInDays", days);
    return true;
}

/* Nothing here writes events to a storage account: what says that it shall is refused, not kept and forgotten. */
static bool capture_ok(struct sim_resource_call *call, const cJSON *properties)
{
    const cJSON *capture = base_json_at(properties, "captureDescription"),
                *enabled = base_json_at(capture, "enabled");

    if (!capture || cJSON_IsNull(capture))
        return true;
    if (cJSON_IsObject(capture) && (!enabled || cJSON_IsFalse(enabled) || cJSON_IsNull(enabled)))
        return true;
    eh_arm_refuse(call, 400, "BadRequest",
                  cJSON_IsTrue(enabled)
                      ? "SubCode=40000. Capture is not served here: captureDescription.enabled is "
                        "true, expected false."
                      : "SubCode=40000. captureDescription is invalid: expected an object whose "
                        "'enabled' is true or false.");
    return false;
}

static bool hub_put(struct sim_resource_call *call, cJSON *body)
{
    cJSON *space = NULL, *properties = eh_arm_member(body, "properties"),
          *ids = cJSON_CreateArray();
    const struct eh_arm_tier *tier = eh_arm_tier(call, &space);
    bool good = false;

    if (!eh_arm_name_ok(call->id.names[1], 256)) {
        eh_arm_refuse(
            call, 400, "BadRequest",
            "SubCode=40000. The event hub name '%s' is invalid: expected 1 to 256 letters, "
            "digits, periods, hyphens "
            "and underscores, a letter or digit first and last.",
            call->id.names[1]);
        goto done;
    }
    if (!call->resource && eh_arm_siblings(call) >= (size_t)tier->hubs) {
        eh_arm_refuse(
            call, 403, "Forbidden",
            "SubCode=40300. The maximum number of event hubs in a namespace of the %s tier, %d, "
            "has been reached or "
            "exceeded. Please delete unused event hubs and retry the operation.",
            tier->sku, tier->hubs);
        goto done;
    }
    if (!capture_ok(call, properties) || !hub_limits_ok(call, properties, tier))
        goto done;
    for (int i = 0; i < (int)base_json_number(properties, "partitionCount", 1); i++)
        cJSON_AddItemToArray(ids, base_json_textf("%d", i));
    base_json_set(properties, "partitionIds", ids);
    ids = NULL;
    default_item(properties, "status", cJSON_CreateString("Active"));
    set_times(call, properties);
    base_json_set_text(body, "location", base_json_text(space, "location"));
    good = true;
done:
    cJSON_Delete(ids);
    cJSON_Delete(space);
    return good;
}

static void hub_changed(void *context, const cJSON *body, bool removed)
{
    eh_hub_apply(context, body, removed);
}

/* -- consumer groups -- */

static bool group_put(struct sim_resource_call *call, cJSON *body)
{
    cJSON *space = NULL;
    const char *name = call->id.names[2];
    const struct eh_arm_tier *tier = eh_arm_tier(call, &space);
    bool builtin = base_equal_nocase(name, "$Default"), good = false;

    if (!builtin && !eh_arm_name_ok(name, 50))
        eh_arm_refuse(
            call, 400, "BadRequest",
            "SubCode=40000. The consumer group name '%s' is invalid: expected 1 to 50 letters, "
            "digits, periods, hyphens "
            "and underscores, a letter or digit first and last.",
            name);
    else if (!call->resource && !builtin && eh_arm_siblings(call) >= (size_t)tier->groups)
        eh_arm_refuse(
            call, 403, "Forbidden",
            "SubCode=40300. The maximum number of consumer groups of an event hub in the %s "
            "tier, %d, has been "
            "reached or exceeded.",
            tier->sku, tier->groups);
    else
        good = true;
    if (good) {
        set_times(call, eh_arm_member(body, "properties"));
        base_json_set_text(body, "location", base_json_text(space, "location"));
    }
    cJSON_Delete(space);
    return good;
}

/* Asked on its own, or (with a shorter id) because its hub goes. */
static bool group_remove(struct sim_resource_call *call)
{
    if (call->id.depth < 3 || !base_equal_nocase(call->id.names[2], "$Default"))
        return true;
    eh_arm_refuse(call, 400, "BadRequest",
                  "SubCode=40000. The consumer group $Default cannot be deleted.");
    return false;
}

static void group_changed(void *context, const cJSON *body, bool removed)
{
    eh_group_apply(context, body, removed);
}

/* -- helpers -- */

void eh_arm_refuse(struct sim_resource_call *call, int status, const char *code, const char *fmt,
                   ...)
{
    struct base_buf text = {0};
    va_list args;
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    eh_text_track(call->context, &text, call->id.names[0] ? call->id.names[0] : "", NULL);
    sim_resource_refuse(call->response, status, code, NULL, "%s", text.data);
    base_buf_release(&text);
}

static const struct eh_arm_tier *tier_of(const char *sku)
{
    for (size_t i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++)
        if (base_equal_nocase(tiers[i].sku, sku))
            return &tiers[i];
    return NULL;
}

/* The namespace above (a copy, for its location) and its tier. */
const struct eh_arm_tier *eh_arm_tier(struct sim_resource_call *call, cJSON **space)
{
    const char *end = strcasestr(call->path, "/namespaces/");
    end = end ? strchr(end + strlen("/namespaces/"), '/') : NULL;
    char *id = base_strndup(call->path, end ? (size_t)(end - call->path) : strlen(call->path));
    *space = sim_resource_get(call->world, id);
    free(id);
    const struct eh_arm_tier *tier = tier_of(base_json_text(*space, "sku.name"));
    return tier ? tier : &tiers[1];
}

/* How many resources of this type the parent has. */
size_t eh_arm_siblings(struct sim_resource_call *call)
{
    char *parent = base_strdup(call->path);
    for (int i = 0; i < 2; i++)
        *strrchr(parent, '/') = '\0';
    cJSON *list = sim_resource_list(call->world, call->type->type, parent);
    size_t count = (size_t)cJSON_GetArraySize(list);
    cJSON_Delete(list);
    free(parent);
    return count;
}

static bool namespace_name_ok(const char *name)
{
    size_t len = strlen(name);
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '-')
            return false;
    return len >= 6 && len <= 50 && isalpha((unsigned char)name[0]) && name[len - 1] != '-';
}

bool eh_arm_name_ok(const char *name, size_t most)
{
    size_t len = strlen(name);
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("._-", *at))
            return false;
    return len >= 1 && len <= most && isalnum((unsigned char)name[0]) &&
           isalnum((unsigned char)name[len - 1]);
}

cJSON *eh_arm_member(cJSON *body, const char *name)
{
    cJSON *object = cJSON_GetObjectItemCaseSensitive(body, name);
    if (cJSON_IsObject(object))
        return object;
    base_json_set(body, name, cJSON_CreateObject());
    return cJSON_GetObjectItemCaseSensitive(body, name);
}

static void set_times(struct sim_resource_call *call, cJSON *properties)
{
    char now[BASE_TIME_TEXT];
    const char *created = base_json_text(call->resource, "properties.createdAt");
    base_time_iso(sim_now_ms(call->world), now);
    base_json_set_text(properties, "createdAt", created ? created : now);
    base_json_set_text(properties, "updatedAt", now);
}

/* Takes the item over. */
static void default_item(cJSON *object, const char *name, cJSON *item)
{
    const cJSON *old = cJSON_GetObjectItemCaseSensitive(object, name);
    if (old && !cJSON_IsNull(old))
        cJSON_Delete(item);
    else
        base_json_set(object, name, item);
}

/* False when the member is there and is no whole number; absent: *value stays. */
static bool whole_number(const cJSON *properties, const char *name, int *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(properties, name);
    if (!item || cJSON_IsNull(item))
        return true;
    if (!cJSON_IsNumber(item) || item->valuedouble != (double)(int)item->valuedouble)
        return false;
    *value = (int)item->valuedouble;
    return true;
}
