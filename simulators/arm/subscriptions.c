/* Decides what is said of tenants, subscriptions and locations. */
#include "simulators/arm/routes.h"
#include "simulators/arm/management_groups.h"
#include "simulators/arm/regions.h"

#include <string.h>

void arm_subscription_put(arm_t *arm, const char *id, const char *name, const char *tenant)
{
    cJSON *subscription = cJSON_CreateObject();

    base_json_set_text(subscription, "subscriptionId", id);
    base_json_set_text(subscription, "displayName", name);
    base_json_set_text(subscription, "tenantId", tenant);
    base_json_set_text(subscription, "state", "Enabled");
    arm_docs_put(arm->subscriptions, id, subscription);
    arm_management_root(arm, tenant, id);
}

static cJSON *shown(const cJSON *document)
{
    static const char *const members[] = {"subscriptionId", "tenantId", "displayName", "state"};
    cJSON *item = cJSON_CreateObject(), *policies;

    base_json_set(item, "id",
                  base_json_textf("/subscriptions/%s", base_json_text(document, "subscriptionId")));
    base_json_set_text(item, "authorizationSource", "RoleBased");
    cJSON_AddArrayToObject(item, "managedByTenants");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        base_json_set_text(item, members[i], base_json_text(document, members[i]));
    policies = cJSON_AddObjectToObject(item, "subscriptionPolicies");
    base_json_set_text(policies, "locationPlacementId", "Public_2014-09-01");
    base_json_set_text(policies, "quotaId", "PayAsYouGo_2014-09-01");
    base_json_set_text(policies, "spendingLimit", "Off");
    return item;
}

void arm_subscriptions_list(struct arm_call *call)
{
    cJSON *documents = arm_docs_list(call->arm->subscriptions, NULL), *document;
    cJSON *answer = cJSON_CreateObject(), *value = cJSON_AddArrayToObject(answer, "value"), *count;

    cJSON_ArrayForEach(document, documents)
    {
        cJSON *item = shown(document);
        bool visible =
            base_equal_nocase(base_json_text(item, "tenantId"), call->caller.token.tenant) &&
            arm_call_sees(call, base_json_text(item, "id"));
        if (visible)
            cJSON_AddItemToArray(value, item);
        else
            cJSON_Delete(item);
    }
    count = cJSON_AddObjectToObject(answer, "count");
    base_json_set_text(count, "type", "Total");
    base_json_set_number(count, "value", cJSON_GetArraySize(value));
    base_http_answer_json_take(call->response, 200, answer);
    cJSON_Delete(documents);
}

void arm_subscriptions_get(struct arm_call *call)
{
    cJSON *document = arm_docs_get(call->arm->subscriptions, call->target.subscription);

    base_http_answer_json_take(call->response, 200, shown(document));
    cJSON_Delete(document);
}

void arm_tenants_list(struct arm_call *call)
{
    cJSON *list = cJSON_CreateArray(), *item = cJSON_CreateObject();

    base_json_set(item, "id", base_json_textf("/tenants/%s", call->tenant));
    base_json_set_text(item, "tenantId", call->tenant);
    base_json_set_text(item, "tenantCategory", "Home");
    base_json_set_text(item, "tenantType", "AAD");
    cJSON_AddItemToArray(list, item);
    arm_call_answer_list(call, list);
}

static cJSON *location_id(const struct arm_call *call, const char *name)
{
    return base_json_textf("/subscriptions/%s/locations/%s", call->target.subscription, name);
}

static cJSON *location(struct arm_call *call, const struct arm_region *region)
{
    cJSON *item = cJSON_CreateObject(), *metadata, *paired, *pair = cJSON_CreateObject();

    base_json_set(item, "id", location_id(call, region->name));
    base_json_set_text(item, "name", region->name);
    base_json_set_text(item, "type", "Region");
    base_json_set_text(item, "displayName", region->display);
    base_json_set(item, "regionalDisplayName",
                  base_json_textf("(%s) %s", region->group, region->display));
    metadata = cJSON_AddObjectToObject(item, "metadata");
    base_json_set_text(metadata, "regionType", "Physical");
    base_json_set_text(metadata, "regionCategory", "Recommended");
    base_json_set_text(metadata, "geography", region->geography);
    base_json_set_text(metadata, "geographyGroup", region->group);
    base_json_set_text(metadata, "longitude", region->longitude);
    base_json_set_text(metadata, "latitude", region->latitude);
    base_json_set_text(metadata, "physicalLocation", region->place);
    paired = cJSON_AddArrayToObject(metadata, "pairedRegion");
    base_json_set_text(pair, "name", region->paired);
    base_json_set(pair, "id", location_id(call, region->paired));
    cJSON_AddItemToArray(paired, pair);
    return item;
}

void arm_locations_list(struct arm_call *call)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < arm_region_count(); i++)
        cJSON_AddItemToArray(list, location(call, arm_region_at(i)));
    arm_call_answer_list(call, list);
}
