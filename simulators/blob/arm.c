/* Says what Microsoft.Storage accepts behind ARM: accounts, their blob service and containers
 * (facts arm.md §4.3). */
#include "simulators/blob/world.h"
#include "simulators/kit/setting.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "Microsoft.Storage"
#define API_VERSION "2023-05-01"

static bool account_put(struct sim_resource_call *call, cJSON *body);
static bool account_action(struct sim_resource_call *call);
static void account_changed(void *context, const cJSON *body, bool removed);
static bool check_name(struct sim_resource_call *call);
static bool service_put(struct sim_resource_call *call, cJSON *body);
static bool service_remove(struct sim_resource_call *call);
static bool container_put(struct sim_resource_call *call, cJSON *body);
static void container_changed(void *context, const cJSON *body, bool removed);
static void complete_account(struct sim_resource_call *call, cJSON *body);
static bool name_taken(struct sim_resource_call *call, const char *name);
static void list_keys(struct blob_account *account, struct base_http_response *response);
static bool regenerate_key(struct sim_resource_call *call, struct blob_account *account);
static void default_text(cJSON *object, const char *name, const char *value);
static cJSON *member(cJSON *body, const char *name);

/* Union of what the official clients send (facts arm.md §4.0). */
static const char *const api_versions[] = {"2026-09-01", "2025-08-01", "2025-06-01", "2025-01-01",
                                           "2024-01-01", "2023-05-01", "2023-04-01", "2023-01-01",
                                           "2022-09-01", "2022-05-01", "2021-09-01", "2021-04-01",
                                           "2019-06-01", NULL};
static const char *const skus[] = {
    "Standard_LRS",  "Standard_GRS",  "Standard_RAGRS",  "Standard_ZRS",    "Standard_GZRS",
    "Premium_LRS",   "Premium_ZRS",   "StandardV2_LRS",  "StandardV2_GRS",  "StandardV2_ZRS",
    "PremiumV2_LRS", "PremiumV2_ZRS", "Standard_RAGZRS", "StandardV2_GZRS", NULL};
static const char *const kinds[] = {"StorageV2",        "Storage",     "BlobStorage",
                                    "BlockBlobStorage", "FileStorage", NULL};
static const char *const account_actions[] = {"listKeys", "regenerateKey", NULL};
static const char *const account_defaults[] = {"blobServices/default", NULL};

#define DELAY "storage-creation-delay"
static const struct sim_setting_row settings[] = {
    {DELAY, SIM_SETTING_DURATION, 0, 1800000, NULL,
     "A new storage account is Creating for so long: its Location answers 202, listKeys 409."},
};

static const struct sim_resource_type types[] = {
    {.type = "Microsoft.Storage/storageAccounts",
     .api_versions = api_versions,
     .tracked = true,
     .created = 202,
     .updated = 200,
     .deleted = 200,
     .async_create = true,
     .put = account_put,
     .action = account_action,
     .actions = account_actions,
     .changed = account_changed,
     .delay = DELAY,
     .defaults = account_defaults},
    {.type = "Microsoft.Storage/checkNameAvailability",
     .api_versions = api_versions,
     .action = check_name},
    {.type = "Microsoft.Storage/storageAccounts/blobServices",
     .api_versions = api_versions,
     .created = 200,
     .updated = 200,
     .deleted = 200,
     .put = service_put,
     .remove = service_remove},
    {.type = "Microsoft.Storage/storageAccounts/blobServices/containers",
     .api_versions = api_versions,
     .created = 201,
     .updated = 200,
     .deleted = 200,
     .put = container_put,
     .changed = container_changed},
};

void blob_arm_add(blob_t *blob)
{
    sim_setting_declare(blob->world, settings, sizeof(settings) / sizeof(settings[0]));
    blob->provider =
        sim_provider_add(blob->world, NAMESPACE, types, sizeof(types) / sizeof(types[0]), blob);
}

bool blob_account_name_ok(const char *name)
{
    size_t len = strlen(name);
    for (const char *at = name; *at; at++)
        if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at))
            return false;
    return len >= 3 && len <= 24;
}

bool blob_container_name_ok(const char *name)
{
    size_t len = strlen(name);
    for (const char *at = name; *at; at++)
        if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) &&
            !(*at == '-' && at > name && at[-1] != '-' && at[1]))
            return false;
    return len >= 3 && len <= 63;
}

void blob_arm_mirror(blob_t *blob, const char *account_id, const char *container,
                     const char *caller, bool removed)
{
    struct base_arena arena;
    struct base_headers headers = {0};
    struct base_http_response response = {0};
    base_arena_init(&arena);
    base_headers_add(&headers, "x-ms-client-object-id", caller);
    base_headers_add(&headers, "Content-Type", "application/json");
    struct base_http_request request = {
        .method = removed ? "DELETE" : "PUT",
        .scheme = "https",
        .host = "management.azure.com",
        .path = base_arena_printf(&arena, "%s/blobServices/default/containers/%s", account_id,
                                  container),
        .query = "api-version=" API_VERSION,
        .headers = &headers,
        .body = removed ? "" : "{}",
        .body_len = removed ? 0 : 2,
        .peer = "",
        .arena = &arena,
    };
    sim_provider_handle(blob->provider, &request, &response);
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
}

/* -- accounts -- */

/* One of a closed set (NULL-terminated). */
static bool value_ok(struct sim_resource_call *call, const char *member_name, const char *value,
                     const char *const *set)
{
    for (size_t i = 0; set[i]; i++)
        if (base_equal_nocase(set[i], value))
            return true;
    sim_resource_refuse(call->response, 400, "InvalidRequestPropertyValue", member_name,
                        "The value '%s' is not allowed for property %s.", value, member_name);
    return false;
}

static bool account_put(struct sim_resource_call *call, cJSON *body)
{
    const char *name = call->id.names[0], *sku = base_json_text(body, "sku.name"),
               *kind = base_json_text(body, "kind");
    if (!blob_account_name_ok(name)) {
        sim_resource_refuse(
            call->response, 400, "AccountNameInvalid", "accountName",
            "%s is not a valid storage account name. Storage account name must be between 3 and 24 "
            "characters in length and use numbers and lower-case letters only.",
            name);
        return false;
    }
    if (!sku || !kind) {
        sim_resource_refuse(
            call->response, 400, "InvalidRequestContent", sku ? "kind" : "sku",
            "The request content was invalid: the required property '%s' is missing.",
            sku ? "kind" : "sku.name");
        return false;
    }
    if (!value_ok(call, "sku.name", sku, skus) || !value_ok(call, "kind", kind, kinds))
        return false;
    if (name_taken(call, name)) {
        sim_resource_refuse(call->response, 409, "StorageAccountAlreadyTaken", "accountName",
                            "The storage account named %s is already taken.", name);
        return false;
    }
    complete_account(call, body);
    return true;
}

static void complete_account(struct sim_resource_call *call, cJSON *body)
{
    static const char *const services[] = {"blob", "queue", "table", "file", "dfs"};
    cJSON *properties = member(body, "properties"), *endpoints = cJSON_CreateObject();
    const char *sku = base_json_text(body, "sku.name"),
               *location = base_json_text(body, "location");
    char now[BASE_TIME_TEXT], *tier = base_strndup(sku, strcspn(sku, "_"));
    const char *created = base_json_text(call->resource, "properties.creationTime");

    base_json_set_text(member(body, "sku"), "tier", tier);
    free(tier);
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        base_json_set(
            endpoints, services[i],
            base_json_textf("https://%s.%s.core.windows.net/", call->id.names[0], services[i]));
    base_time_iso(sim_now_ms(call->world), now);
    base_json_set(properties, "primaryEndpoints", endpoints);
    base_json_set_text(properties, "provisioningState", "Succeeded");
    base_json_set_text(properties, "primaryLocation", location);
    base_json_set_text(properties, "statusOfPrimary", "available");
    base_json_set_text(properties, "creationTime", created ? created : now);
    default_text(properties, "accessTier", "Hot");
    default_text(properties, "minimumTlsVersion", "TLS1_2");
    if (!cJSON_GetObjectItemCaseSensitive(properties, "supportsHttpsTrafficOnly"))
        base_json_set_bool(properties, "supportsHttpsTrafficOnly", true);
    if (!cJSON_GetObjectItemCaseSensitive(properties, "allowBlobPublicAccess"))
        base_json_set_bool(properties, "allowBlobPublicAccess", false);
}

/* Names are global: another subscription's or group's account of the same name keeps it. */
static bool name_taken(struct sim_resource_call *call, const char *name)
{
    blob_t *blob = call->context;
    pthread_mutex_lock(&blob->lock);
    const struct blob_account *account = blob_account_find(blob, name);
    bool taken = account && !base_equal_nocase(account->id, call->path);
    pthread_mutex_unlock(&blob->lock);
    return taken;
}

static void account_changed(void *context, const cJSON *body, bool removed)
{
    blob_t *blob = context;
    const char *id = base_json_text(body, "id"), *name = base_json_text(body, "name");
    const cJSON *shared_key = base_json_at(body, "properties.allowSharedKeyAccess");
    pthread_mutex_lock(&blob->lock);
    struct blob_account *account = blob_account_by_id(blob, id);
    if (removed && account)
        blob_account_drop(blob, account);
    if (!removed && !account) {
        account = blob_account_make(blob, name, id);
        blob_account_new_key(blob, account, 0);
        blob_account_new_key(blob, account, 1);
    }
    if (!removed) {
        account->shared_key = !cJSON_IsFalse(shared_key);
        blob_account_save(blob, account);
    }
    pthread_mutex_unlock(&blob->lock);
}

static bool account_action(struct sim_resource_call *call)
{
    blob_t *blob = call->context;
    bool good = false;
    pthread_mutex_lock(&blob->lock);
    struct blob_account *account = blob_account_find(blob, call->id.names[0]);
    if (!account) {
        sim_resource_refuse(
            call->response, 409, "StorageAccountIsNotProvisioned", NULL,
            "The storage account provisioning state must be 'Succeeded' before executing the "
            "operation.");
    } else if (base_equal_nocase(call->id.action, "listKeys")) {
        list_keys(account, call->response);
        good = true;
    } else if (base_equal_nocase(call->id.action, "regenerateKey")) {
        good = regenerate_key(call, account);
    } else {
        sim_resource_refuse(
            call->response, 404, "InvalidResourceType", call->id.action,
            "The action '%s' is not one of those known here: listKeys, regenerateKey.",
            call->id.action);
    }
    pthread_mutex_unlock(&blob->lock);
    return good;
}

static void list_keys(struct blob_account *account, struct base_http_response *response)
{
    cJSON *answer = cJSON_CreateObject(), *keys = cJSON_AddArrayToObject(answer, "keys");
    for (int i = 0; i < 2; i++) {
        cJSON *key = cJSON_CreateObject();
        char created[BASE_TIME_TEXT];
        base_time_iso(account->key_ms[i], created);
        base_json_set_text(key, "creationTime", created);
        base_json_set(key, "keyName", base_json_textf("key%d", i + 1));
        base_json_set_text(key, "value", account->keys[i]);
        base_json_set_text(key, "permissions", "FULL");
        cJSON_AddItemToArray(keys, key);
    }
    base_http_answer_json_take(response, 200, answer);
}

static bool regenerate_key(struct sim_resource_call *call, struct blob_account *account)
{
    const char *name = base_json_text(call->request_body, "keyName");
    int index = base_equal_nocase(name, "key1") ? 0 : base_equal_nocase(name, "key2") ? 1 : -1;
    if (index < 0) {
        sim_resource_refuse(
            call->response, 400, "InvalidValuesForRequestParameters", "keyName",
            "Values for request parameters are invalid: keyName is '%s', expected key1 or key2.",
            name ? name : "");
        return false;
    }
    blob_account_new_key(call->context, account, index);
    blob_account_save(call->context, account);
    list_keys(account, call->response);
    return true;
}

static bool check_name(struct sim_resource_call *call)
{
    blob_t *blob = call->context;
    const char *name = base_json_text(call->request_body, "name");
    const char *reason = NULL, *message = NULL;
    cJSON *answer = cJSON_CreateObject();

    pthread_mutex_lock(&blob->lock);
    if (!name || !blob_account_name_ok(name)) {
        reason = "AccountNameInvalid";
        message = "is not a valid storage account name. Storage account name must be between 3 and "
                  "24 characters in length and use numbers and lower-case letters only.";
    } else if (blob_account_find(blob, name)) {
        reason = "AlreadyExists";
        message = "is already taken.";
    }
    pthread_mutex_unlock(&blob->lock);
    base_json_set_bool(answer, "nameAvailable", reason == NULL);
    base_json_set_text(answer, "reason", reason);
    if (reason)
        base_json_set(
            answer, "message",
            base_json_textf("The storage account named %s %s", name ? name : "", message));
    base_http_answer_json_take(call->response, 200, answer);
    return true;
}

/* -- blobServices and containers -- */

static bool service_put(struct sim_resource_call *call, cJSON *body)
{
    if (!base_equal(call->id.names[1], "default")) {
        sim_resource_refuse(call->response, 400, "InvalidResourceName", "blobServiceName",
                            "The blob service of a storage account is named 'default', found '%s'.",
                            call->id.names[1]);
        return false;
    }
    (void)member(body, "properties");
    return true;
}

/* Asked on its own, or (with a shorter id) because its account goes. */
static bool service_remove(struct sim_resource_call *call)
{
    if (call->id.depth < 2)
        return true;
    sim_resource_refuse(call->response, 405, "MethodNotAllowed", NULL,
                        "The blob service of a storage account cannot be deleted on its own.");
    return false;
}

static bool container_put(struct sim_resource_call *call, cJSON *body)
{
    cJSON *properties = member(body, "properties");
    if (!blob_container_name_ok(call->id.names[2])) {
        sim_resource_refuse(
            call->response, 400, "ContainerOperationFailure", "containerName",
            "The specified resource name contains invalid characters: '%s', expected 3 to 63 "
            "lower-case letters, digits and single hyphens.",
            call->id.names[2]);
        return false;
    }
    default_text(properties, "publicAccess", "None");
    base_json_set_text(properties, "leaseStatus", "Unlocked");
    base_json_set_text(properties, "leaseState", "Available");
    base_json_set_bool(properties, "hasImmutabilityPolicy", false);
    base_json_set_bool(properties, "hasLegalHold", false);
    return true;
}

static void container_changed(void *context, const cJSON *body, bool removed)
{
    blob_t *blob = context;
    const char *id = base_json_text(body, "id"), *name = base_json_text(body, "name");
    const char *end = strcasestr(id, "/blobServices/");
    char *account_id = base_strndup(id, end ? (size_t)(end - id) : strlen(id));
    pthread_mutex_lock(&blob->lock);
    struct blob_account *account = blob_account_by_id(blob, account_id);
    struct blob_container *container = account ? blob_container_find(account, name) : NULL;
    if (removed && container)
        blob_container_drop(blob, account, container);
    if (!removed && account && !container)
        blob_container_save(blob, account, blob_container_make(blob, account, name));
    pthread_mutex_unlock(&blob->lock);
    free(account_id);
}

/* -- helpers -- */

static void default_text(cJSON *object, const char *name, const char *value)
{
    if (!base_json_text(object, name))
        base_json_set_text(object, name, value);
}

/* The member object, made when it is not there. */
static cJSON *member(cJSON *body, const char *name)
{
    cJSON *object = cJSON_GetObjectItemCaseSensitive(body, name);
    if (cJSON_IsObject(object))
        return object;
    base_json_set(body, name, cJSON_CreateObject());
    return cJSON_GetObjectItemCaseSensitive(body, name);
}
