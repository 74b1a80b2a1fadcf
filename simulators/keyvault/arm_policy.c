/* Decides how access policies are added, replaced and removed. */
#include "simulators/keyvault/arm.h"

#include <stdlib.h>
#include <string.h>

static void change_policies(cJSON *policies, const char *kind, const cJSON *wanted);

bool kv_arm_check_policies(struct sim_resource_call *call, const cJSON *policies)
{
    const cJSON *policy;

    if (policies && !cJSON_IsArray(policies))
        return kv_arm_refuse_member(call, "properties.accessPolicies", "an array was expected");
    cJSON_ArrayForEach(policy, policies)
    {
        const char *tenant = base_json_text(policy, "tenantId"),
                   *object = base_json_text(policy, "objectId");
        if (!tenant || !base_is_uuid(tenant) || !object ||
            !cJSON_IsObject(base_json_at(policy, "permissions")))
            return kv_arm_refuse_member(call, "properties.accessPolicies",
                                        "each entry needs tenantId, objectId and permissions");
    }
    return true;
}

/* PUT vaults/{v}/accessPolicies/{add|replace|remove}: changes the vault; nothing is stored under this name. */
bool kv_arm_policies_put(struct sim_resource_call *call, cJSON *body)
{
    const char *kind = call->id.names[call->id.depth - 1];
    const cJSON *wanted = base_json_at(body, "properties.accessPolicies");

    if (!base_equal_nocase(kind, "add") && !base_equal_nocase(kind, "replace") &&
        !base_equal_nocase(kind, "remove"))
        return kv_arm_refuse_member(call, "operationKind", "add, replace or remove was expected");
    if (!cJSON_IsArray(wanted))
        return kv_arm_refuse_member(call, "properties.accessPolicies", "an array was expected");
    if (!kv_arm_check_policies(call, wanted))
        return false;
    char *id = base_strdup(call->path);
    for (int i = 0; i < 2; i++)
        *strrchr(id, '/') = '\0';
    cJSON *vault = sim_resource_get(call->world, id);
    free(id);
    if (!vault)
        return kv_arm_refuse_member(call, "vaultName", "the vault is gone");
    cJSON *policies = base_json_at(vault, "properties.accessPolicies");
    change_policies(policies, kind, wanted);
    base_json_set(base_json_at(body, "properties"), "accessPolicies", base_json_copy(policies));
    base_http_answer_json(call->response, 200, body);
    kv_arm_vault_changed(call->context, vault, false);
    sim_resource_put_raw(call->world, vault, call->caller);
    return false;
}

static cJSON *find_policy(const cJSON *policies, const cJSON *like)
{
    cJSON *policy;

    cJSON_ArrayForEach(policy, policies)
    {
        if (base_equal_nocase(base_json_text(policy, "objectId"),
                              base_json_text(like, "objectId")) &&
            base_equal_nocase(base_json_text(policy, "tenantId"), base_json_text(like, "tenantId")))
            return policy;
    }
    return NULL;
}

static bool has_text(const cJSON *list, const char *text)
{
    const cJSON *have;

    cJSON_ArrayForEach(have, list)
    {
        if (text && cJSON_IsString(have) && base_equal_nocase(have->valuestring, text))
            return true;
    }
    return false;
}

static void unite(cJSON *to, const cJSON *from)
{
    const cJSON *wanted;

    cJSON_ArrayForEach(wanted, from)
    {
        if (!has_text(to, cJSON_GetStringValue(wanted)))
            cJSON_AddItemToArray(to, base_json_copy(wanted));
    }
}

static void add_policy(cJSON *policies, const cJSON *policy)
{
    cJSON *old = find_policy(policies, policy), *permissions = base_json_at(old, "permissions"),
          *have;
    const cJSON *set;

    if (!old) {
        cJSON_AddItemToArray(policies, base_json_copy(policy));
        return;
    }
    cJSON_ArrayForEach(set, base_json_at(policy, "permissions"))
    {
        have = cJSON_GetObjectItem(permissions, set->string);
        if (cJSON_IsArray(have))
            unite(have, set);
        else
            base_json_set(permissions, set->string, base_json_copy(set));
    }
}

static void change_policies(cJSON *policies, const char *kind, const cJSON *wanted)
{
    const cJSON *policy;

    cJSON_ArrayForEach(policy, wanted)
    {
        cJSON *old = find_policy(policies, policy);
        if (old && !base_equal_nocase(kind, "add"))
            cJSON_Delete(cJSON_DetachItemViaPointer(policies, old));
        if (!base_equal_nocase(kind, "remove"))
            add_policy(policies, policy);
    }
}
