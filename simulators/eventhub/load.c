/* Rebuilds the tree from the resources that the world kept, and shows the hubs to the view. */
#include "simulators/eventhub/world.h"

#include <stdio.h>

/* Parents first. */
static const struct {
    const char *type;
    void (*apply)(eh_t *eh, const cJSON *body, bool removed);
} kinds[] = {
    {"Microsoft.EventHub/namespaces", eh_namespace_apply},
    {"Microsoft.EventHub/namespaces/eventhubs", eh_hub_apply},
    {"Microsoft.EventHub/namespaces/eventhubs/consumergroups", eh_group_apply},
    {"Microsoft.EventHub/namespaces/authorizationRules", eh_rule_apply},
    {"Microsoft.EventHub/namespaces/eventhubs/authorizationRules", eh_rule_apply},
};

static cJSON *hub_row(const struct eh_namespace *space, const struct eh_hub *hub);

enum base_status eh_world_load(eh_t *eh, struct base_error *err)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        cJSON *bodies = sim_resource_list(eh->world, kinds[i].type, NULL);
        const cJSON *body;
        cJSON_ArrayForEach(body, bodies)
        {
            kinds[i].apply(eh, body, false);
        }
        cJSON_Delete(bodies);
    }
    if (eh->load_error.status == BASE_OK)
        return BASE_OK;
    return base_error_set(err, eh->load_error.status, eh->load_error.code, "%s",
                          eh->load_error.message);
}

cJSON *eh_view_hubs(void *context)
{
    eh_t *eh = context;
    cJSON *rows = cJSON_CreateArray();
    pthread_mutex_lock(&eh->lock);
    for (size_t i = 0; i < eh->count; i++)
        for (size_t k = 0; k < eh->namespaces[i]->count; k++)
            cJSON_AddItemToArray(rows, hub_row(eh->namespaces[i], eh->namespaces[i]->hubs[k]));
    pthread_mutex_unlock(&eh->lock);
    return rows;
}

static cJSON *hub_row(const struct eh_namespace *space, const struct eh_hub *hub)
{
    cJSON *row = cJSON_CreateObject(), *partitions = cJSON_CreateArray(),
          *groups = cJSON_CreateArray();
    for (int i = 0; i < hub->partition_count; i++) {
        struct eh_log_info info;
        cJSON *partition = cJSON_CreateObject();
        eh_log_info(hub->partitions[i].log, &info);
        base_json_set(partition, "id", base_json_textf("%d", i));
        base_json_set_number(partition, "first", info.empty ? -1 : (double)info.first);
        base_json_set_number(partition, "last", (double)info.last.sequence);
        cJSON_AddItemToArray(partitions, partition);
    }
    for (size_t i = 0; i < hub->group_count; i++)
        cJSON_AddItemToArray(groups, cJSON_CreateString(hub->groups[i]));
    base_json_set_text(row, "namespace", space->name);
    base_json_set_text(row, "hub", hub->name);
    base_json_set(row, "partitions", partitions);
    base_json_set(row, "consumerGroups", groups);
    return row;
}
