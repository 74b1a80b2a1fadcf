/* Decides what Microsoft.KeyVault accepts behind ARM: the vaults themselves (facts arm.md §4.6). */
#include "simulators/keyvault/arm.h"
#include "simulators/keyvault/call.h"
#include "simulators/kit/setting.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TAKEN                                                                                      \
    "The vault name '%s' is already in use. Vault names are globally unique so it is possible "    \
    "that the name is "                                                                            \
    "already taken. If you are sure that the vault name was not taken then it is possible that a " \
    "vault with the "                                                                              \
    "same name was recently deleted but not purged after being placed in a recoverable state."
#define DELETED                                                                                    \
    "A vault with the same name already exists in deleted state. You need to either recover or "   \
    "purge existing key "                                                                          \
    "vault."
#define RETENTION 90 /* days, when a request names none */
#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool vault_put(struct sim_resource_call *call, cJSON *body);
static bool claim_name(struct sim_resource_call *call, cJSON *body);
static bool complete(struct sim_resource_call *call, cJSON *body);

static const char *const api_versions[] = {
    "2026-02-01", "2025-05-01",         "2024-11-01",         "2024-04-01-preview",
    "2023-07-01", "2023-02-01",         "2022-11-01",         "2022-07-01",
    "2021-10-01", "2021-06-01-preview", "2020-04-01-preview", "2019-09-01",
    "2018-02-14", "2016-10-01",         "2015-06-01",         NULL};

static const char *const deleted_actions[] = {"purge", NULL};
#define DELAY "vault-creation-delay"
static const struct sim_setting_row settings[] = {
    {DELAY, SIM_SETTING_DURATION, 0, 1800000, NULL, "A new key vault is Creating for so long."},
};

static const struct sim_resource_type types[] = {
    {.type = KV_NAMESPACE "/vaults",
     .api_versions = api_versions,
     .tracked = true,
     .created = 200,
     .updated = 200,
     .deleted = 200,
     .put = vault_put,
     .delay = DELAY,
     .changed = kv_arm_vault_changed},
    {.type = KV_NAMESPACE "/vaults/accessPolicies",
     .api_versions = api_versions,
     .created = 201,
     .updated = 200,
     .deleted = 200,
     .put = kv_arm_policies_put},
    {.type = KV_NAMESPACE "/checkNameAvailability",
     .api_versions = api_versions,
     .action = kv_arm_check_name},
    {.type = KV_NAMESPACE "/deletedVaults",
     .api_versions = api_versions,
     .read = kv_arm_deleted_list},
    {.type = KV_NAMESPACE "/locations/deletedVaults",
     .api_versions = api_versions,
     .read = kv_arm_deleted_get,
     .action = kv_arm_deleted_purge,
     .actions = deleted_actions},
};

void kv_arm_add(kv_t *kv)
{
    sim_setting_declare(kv->world, settings, COUNT(settings));
    kv->provider = sim_provider_add(kv->world, KV_NAMESPACE, types, COUNT(types), kv);
}

static bool vault_put(struct sim_resource_call *call, cJSON *body)
{
    return (call->resource || claim_name(call, body)) && complete(call, body);
}

/* A new vault: its name must be good and free. With createMode "recover" a deleted one comes back as it was. */
static bool claim_name(struct sim_resource_call *call, cJSON *body)
{
    kv_t *kv = call->context;
    const char *name = base_json_text(body, "name"),
               *mode = base_json_text(body, "properties.createMode");

    if (kv_arm_refuse_name(call, name))
        return false;
    pthread_mutex_lock(&kv->lock);
    const struct kv_vault *vault = kv_vault_find(kv, name);
    bool taken = vault && !vault->deleted_ms;
    cJSON *old = vault && !taken ? base_json_copy(base_json_at(vault->body, "properties")) : NULL;
    pthread_mutex_unlock(&kv->lock);
    if (old && base_equal_nocase(mode ? mode : "", "recover")) {
        base_json_set(body, "properties", old);
        return true;
    }
    if (taken)
        sim_resource_refuse(call->response, 409, "VaultAlreadyExists", NULL, TAKEN, name);
    else if (old)
        sim_resource_refuse(call->response, 409, "ConflictError", NULL, DELETED);
    cJSON_Delete(old);
    return !vault;
}

bool kv_arm_refuse_name(struct sim_resource_call *call, const char *name)
{
    size_t len = strlen(name);
    bool good = len >= 3 && len <= 24 && isalpha((unsigned char)name[0]) &&
                isalnum((unsigned char)name[len - 1]) && !strstr(name, "--");

    for (const char *p = name; *p && good; p++)
        good = isalnum((unsigned char)*p) || *p == '-';
    if (!good)
        sim_resource_refuse(
            call->response, 400, "VaultNameNotValid", "name",
            "The vault name '%s' is invalid. A vault's name must be between 3-24 alphanumeric "
            "characters. The name must begin with a letter, end with a letter or digit, and not "
            "contain consecutive hyphens.",
            name);
    return !good;
}

bool kv_arm_refuse_member(struct sim_resource_call *call, const char *target, const char *expected)
{
    sim_resource_refuse(call->response, 400, "BadRequest", target,
                        "The property \"%s\" is missing or invalid: %s.", target, expected);
    return false;
}

static void default_item(cJSON *object, const char *name, cJSON *item)
{
    const cJSON *old = base_json_at(object, name);

    if (old && !cJSON_IsNull(old))
        cJSON_Delete(item);
    else
        base_json_set(object, name, item);
}

static bool check_values(struct sim_resource_call *call, const cJSON *properties)
{
    const char *tenant = base_json_text(properties, "tenantId"),
               *sku = base_json_text(properties, "sku.name");
    const char *family = base_json_text(properties, "sku.family");
    double kept = base_json_number(call->resource, "properties.softDeleteRetentionInDays", 0);
    double days =
        base_json_number(properties, "softDeleteRetentionInDays", kept ? kept : RETENTION);

    if (!tenant || !base_is_uuid(tenant))
        return kv_arm_refuse_member(call, "properties.tenantId", "a GUID was expected");
    if (!family || !base_equal_nocase(family, "A") || !sku ||
        (!base_equal_nocase(sku, "standard") && !base_equal_nocase(sku, "premium")))
        return kv_arm_refuse_member(call, "properties.sku",
                                    "family A and name standard or premium were expected");
    if (days < 7 || days > 90 || days != (int)days)
        return kv_arm_refuse_member(call, "properties.softDeleteRetentionInDays",
                                    "7 to 90 was expected");
    if (kept && days != kept)
        return kv_arm_refuse_member(call, "properties.softDeleteRetentionInDays",
                                    "it cannot be changed once it is set");
    if (base_json_true(call->resource, "properties.enablePurgeProtection") &&
        cJSON_IsFalse(base_json_at(properties, "enablePurgeProtection")))
        return kv_arm_refuse_member(call, "properties.enablePurgeProtection",
                                    "enabling the purge protection is an irreversible action");
    return kv_arm_check_policies(call, base_json_at(properties, "accessPolicies"));
}

static bool complete(struct sim_resource_call *call, cJSON *body)
{
    cJSON *properties = base_json_at(body, "properties");
    const cJSON *kept = base_json_at(call->resource, "properties.enablePurgeProtection");
    double days =
        base_json_number(call->resource, "properties.softDeleteRetentionInDays", RETENTION);

    if (!check_values(call, properties))
        return false;
    char *host = base_strdup(base_json_text(body, "name"));
    base_lower(host);
    base_json_set_text(properties, "createMode", NULL);
    base_json_set(properties, "vaultUri", base_json_textf("https://%s.vault.azure.net/", host));
    free(host);
    default_item(properties, "accessPolicies", cJSON_CreateArray());
    default_item(properties, "enabledForDeployment", cJSON_CreateFalse());
    default_item(properties, "enableSoftDelete", cJSON_CreateTrue());
    default_item(properties, "softDeleteRetentionInDays", cJSON_CreateNumber(days));
    default_item(properties, "enableRbacAuthorization", cJSON_CreateFalse());
    default_item(properties, "publicNetworkAccess", cJSON_CreateString("Enabled"));
    if (cJSON_IsTrue(kept))
        base_json_set_bool(properties, "enablePurgeProtection", true);
    base_json_set_text(properties, "provisioningState", "Succeeded");
    return true;
}

void kv_arm_vault_changed(void *context, const cJSON *body, bool removed)
{
    kv_t *kv = context;

    pthread_mutex_lock(&kv->lock);
    struct kv_vault *vault = kv_vault_find(kv, base_json_text(body, "name"));
    if (!removed)
        kv_vault_put(kv, body);
    else if (vault && !vault->deleted_ms)
        kv_vault_delete(kv, vault);
    pthread_mutex_unlock(&kv->lock);
}
