/* Decides what can be asked about names: whether one is free, and which vaults wait deleted. */
#include "simulators/keyvault/arm.h"

#include <stdlib.h>

static cJSON *deleted_body(const struct kv_vault *vault, const struct sim_resource_call *call);
static bool in_subscription(const struct kv_vault *vault, const struct sim_resource_call *call);
static struct kv_vault *find_deleted(struct sim_resource_call *call);

bool kv_arm_check_name(struct sim_resource_call *call)
{
    kv_t *kv = call->context;
    const char *name = base_json_text(call->request_body, "name");
    struct base_http_response unused = {0};
    struct sim_resource_call probe = *call;
    cJSON *answer;

    if (!name)
        return kv_arm_refuse_member(call, "name", "a text was expected");
    probe.response = &unused;
    bool bad = kv_arm_refuse_name(&probe, name);
    base_http_response_release(&unused);
    pthread_mutex_lock(&kv->lock);
    bool taken = kv_vault_find(kv, name) != NULL;
    pthread_mutex_unlock(&kv->lock);
    answer = cJSON_CreateObject();
    base_json_set_bool(answer, "nameAvailable", !bad && !taken);
    if (bad || taken) {
        base_json_set_text(answer, "reason", bad ? "AccountNameInvalid" : "AlreadyExists");
        base_json_set_text(
            answer, "message",
            bad ? "The vault name is invalid."
                : "The vault name is already in use. Vault names are globally unique.");
    }
    base_http_answer_json_take(call->response, 200, answer);
    return true;
}

bool kv_arm_deleted_list(struct sim_resource_call *call)
{
    kv_t *kv = call->context;
    cJSON *answer = cJSON_CreateObject(), *value = cJSON_AddArrayToObject(answer, "value");
    int64_t now = sim_now_ms(kv->world);

    pthread_mutex_lock(&kv->lock);
    for (const struct kv_vault *vault = kv->vaults; vault; vault = vault->next)
        if (vault->deleted_ms && now < kv_vault_purge_ms(vault) && in_subscription(vault, call))
            cJSON_AddItemToArray(value, deleted_body(vault, call));
    pthread_mutex_unlock(&kv->lock);
    base_http_answer_json_take(call->response, 200, answer);
    return true;
}

bool kv_arm_deleted_get(struct sim_resource_call *call)
{
    kv_t *kv = call->context;

    pthread_mutex_lock(&kv->lock);
    const struct kv_vault *vault = find_deleted(call);
    if (vault)
        base_http_answer_json_take(call->response, 200, deleted_body(vault, call));
    pthread_mutex_unlock(&kv->lock);
    return true;
}

bool kv_arm_deleted_purge(struct sim_resource_call *call)
{
    kv_t *kv = call->context;

    if (!call->id.action || !base_equal_nocase(call->id.action, "purge")) {
        sim_resource_refuse(call->response, 404, "InvalidResourceAction", NULL,
                            "A deleted vault has no action '%s', purge was expected.",
                            call->id.action ? call->id.action : "");
        return false;
    }
    pthread_mutex_lock(&kv->lock);
    struct kv_vault *vault = find_deleted(call);
    if (vault && kv_vault_keeps(vault)) {
        sim_resource_refuse(call->response, 400, "BadRequest", NULL,
                            "Purge is not allowed: purge protection is enabled on the vault '%s'.",
                            vault->name);
    } else if (vault) {
        kv_vault_purge(kv, vault);
        call->response->status = 200;
    }
    pthread_mutex_unlock(&kv->lock);
    return true;
}

static bool in_subscription(const struct kv_vault *vault, const struct sim_resource_call *call)
{
    char *scope =
        base_asprintf("/subscriptions/%s/", call->id.subscription ? call->id.subscription : "");
    bool inside = base_starts_nocase(kv_vault_text(vault, "id"), scope);

    free(scope);
    return inside;
}

static cJSON *deleted_body(const struct kv_vault *vault, const struct sim_resource_call *call)
{
    cJSON *body = cJSON_CreateObject(), *properties = cJSON_AddObjectToObject(body, "properties");
    char time[BASE_TIME_TEXT];
    const cJSON *tags = base_json_at(vault->body, "tags");

    base_json_set(body, "id",
                  base_json_textf(
                      "/subscriptions/%s/providers/" KV_NAMESPACE "/locations/%s/deletedVaults/%s",
                      call->id.subscription, kv_vault_text(vault, "location"), vault->name));
    base_json_set_text(body, "name", kv_vault_text(vault, "name"));
    base_json_set_text(body, "type", KV_NAMESPACE "/deletedVaults");
    base_json_set_text(properties, "vaultId", kv_vault_text(vault, "id"));
    base_json_set_text(properties, "location", kv_vault_text(vault, "location"));
    base_json_set(properties, "tags", tags ? base_json_copy(tags) : cJSON_CreateObject());
    base_time_iso_s(vault->deleted_ms, time);
    base_json_set_text(properties, "deletionDate", time);
    base_time_iso_s(kv_vault_purge_ms(vault), time);
    base_json_set_text(properties, "scheduledPurgeDate", time);
    if (kv_vault_keeps(vault))
        base_json_set_bool(properties, "purgeProtectionEnabled", true);
    return body;
}

/* With the room's lock held. */
static struct kv_vault *find_deleted(struct sim_resource_call *call)
{
    const char *name = call->id.names[call->id.depth - 1];
    struct kv_vault *vault = name ? kv_vault_find(call->context, name) : NULL;

    if (vault && vault->deleted_ms && in_subscription(vault, call))
        return vault;
    sim_resource_refuse(call->response, 404, "DeletedVaultNotFound", NULL,
                        "The deleted vault '%s' was not found.", name ? name : "");
    return NULL;
}
