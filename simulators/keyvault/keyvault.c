/* Decides how the room joins the world and what its view shows. */
#include "simulators/keyvault/call.h"

static cJSON *view(void *context);

kv_t *kv_add(sim_world_t *world, struct base_error *err)
{
    kv_t *kv = kv_world_new(world, err);

    if (!kv)
        return NULL;
    kv_arm_add(kv);
    sim_host_add(world, "*.vault.azure.net", "keyvault", kv_handle, kv);
    kv_fault_add(kv);
    sim_view_add(world, "keyvault", view, kv);
    return kv;
}

void kv_free(kv_t *kv)
{
    kv_world_free(kv);
}

static cJSON *view_of(const struct kv_vault *vault, const struct kv_item *item)
{
    cJSON *entry = cJSON_CreateObject();
    const cJSON *versions = base_json_at(item->doc, "versions");

    base_json_set_text(entry, "vault", vault->name);
    base_json_set_text(entry, "kind", item->kind);
    base_json_set_text(entry, "name", item->name);
    base_json_set_number(entry, "versions", cJSON_GetArraySize(versions));
    base_json_set_bool(entry, "deleted", vault->deleted_ms || kv_item_deleted_ms(item));
    cJSON *tags = base_json_copy(base_json_at(kv_item_version(item, NULL), "tags"));
    base_json_set(entry, "tags", tags ? tags : cJSON_CreateObject());
    return entry;
}

static cJSON *view(void *context)
{
    kv_t *kv = context;
    cJSON *list = cJSON_CreateArray();

    pthread_mutex_lock(&kv->lock);
    for (const struct kv_vault *vault = kv->vaults; vault; vault = vault->next)
        for (const struct kv_item *item = vault->items; item; item = item->next)
            cJSON_AddItemToArray(list, view_of(vault, item));
    pthread_mutex_unlock(&kv->lock);
    return list;
}
