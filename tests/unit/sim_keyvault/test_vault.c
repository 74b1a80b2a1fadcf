/* Vaults behind ARM: what a PUT needs, names, soft delete and recovery, access policies, and what outlives a restart. */
#include "tests/unit/sim_keyvault/vault_world.h"
#include "common/file.h"

#define SUBSCRIPTION "/subscriptions/s1/providers/Microsoft.KeyVault/"

static void a_vault_is_described(void **state)
{
    (void)state;
    assert_ok(arm("GET", VAULT, NULL), 200);
    assert_string_equal(text_at("type"), "Microsoft.KeyVault/vaults");
    assert_string_equal(text_at("properties.vaultUri"), "https://kv-one.vault.azure.net/");
    assert_string_equal(text_at("properties.provisioningState"), "Succeeded");
    assert_true(base_json_true(body, "properties.enableSoftDelete"));
    assert_true(base_json_number(body, "properties.softDeleteRetentionInDays", 0) == 90);
    assert_ok(arm("PUT", VAULT, VAULT_BODY), 200); /* again: the same */
    assert_ok(arm("GET", GROUP "/providers/Microsoft.KeyVault/vaults", NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 1);
}

static void wrong_vaults_are_refused(void **state)
{
    (void)state;
#define NEW GROUP "/providers/Microsoft.KeyVault/vaults/"
#define TENANT_AND_SKU                                                                             \
    "\"tenantId\":\"" TENANT "\",\"sku\":{\"family\":\"A\",\"name\":\"standard\"}"
    static const struct {
        const char *path, *text, *code, *target;
        int status;
    } rows[] = {
        {NEW "ab", VAULT_BODY, "VaultNameNotValid", "name", 400},
        {NEW "1abc", VAULT_BODY, "VaultNameNotValid", "name", 400},
        {NEW "abc-", VAULT_BODY, "VaultNameNotValid", "name", 400},
        {NEW "a--b", VAULT_BODY, "VaultNameNotValid", "name", 400},
        {NEW "a_bc", VAULT_BODY, "VaultNameNotValid", "name", 400},
        {NEW "abcdefghijklmnopqrstuvwxy", VAULT_BODY, "VaultNameNotValid", "name", 400},
        {NEW "two", "{\"properties\":{}}", "BadRequest", "properties.tenantId", 400},
        {NEW "two", "{\"properties\":{\"tenantId\":\"" TENANT "\"}}", "BadRequest",
         "properties.sku", 400},
        {NEW "two", "{\"properties\":{" TENANT_AND_SKU ",\"softDeleteRetentionInDays\":6}}",
         "BadRequest", "properties.softDeleteRetentionInDays", 400},
        {NEW "two", "{\"properties\":{" TENANT_AND_SKU ",\"accessPolicies\":{}}}", "BadRequest",
         "properties.accessPolicies", 400},
        {NEW "two", "{\"properties\":{" TENANT_AND_SKU ",\"accessPolicies\":[{}]}}", "BadRequest",
         "properties.accessPolicies", 400},
        {"/subscriptions/s2/resourceGroups/g/providers/Microsoft.KeyVault/vaults/KV-ONE",
         VAULT_BODY, "VaultAlreadyExists", "(absent)", 409},
        {VAULT, "{\"properties\":{" TENANT_AND_SKU ",\"softDeleteRetentionInDays\":30}}",
         "BadRequest", "properties.softDeleteRetentionInDays", 400},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (arm("PUT", rows[i].path, rows[i].text) != rows[i].status)
            fail_msg("row %zu: %d %s", i, answer.status, answer.body.data);
        assert_string_equal(text_at("error.code"), rows[i].code);
        assert_string_equal(text_at("error.target"), rows[i].target);
    }
    assert_ok(arm("PATCH", VAULT, "{\"properties\":{\"enablePurgeProtection\":true}}"), 200);
    assert_ok(arm("PATCH", VAULT, "{\"properties\":{\"enablePurgeProtection\":false}}"), 400);
    assert_ok(arm("PUT", VAULT, VAULT_BODY), 200);
    assert_true(base_json_true(body, "properties.enablePurgeProtection"));
}

static void names_can_be_asked_for(void **state)
{
    (void)state;
    assert_ok(arm("POST", SUBSCRIPTION "checkNameAvailability",
                  "{\"name\":\"free\",\"type\":\"Microsoft.KeyVault/vaults\"}"),
              200);
    assert_true(base_json_true(body, "nameAvailable"));
    assert_ok(arm("POST", SUBSCRIPTION "checkNameAvailability", "{\"name\":\"kv-one\"}"), 200);
    assert_string_equal(text_at("reason"), "AlreadyExists");
    assert_ok(arm("POST", SUBSCRIPTION "checkNameAvailability", "{\"name\":\"a b\"}"), 200);
    assert_string_equal(text_at("reason"), "AccountNameInvalid");
    assert_ok(arm("POST", SUBSCRIPTION "checkNameAvailability", "{}"), 400);
}

static void a_deleted_vault_can_come_back(void **state)
{
    (void)state;
    assert_ok(call("PUT", "/secrets/s" V, "{\"value\":\"kept\"}"), 200);
    assert_ok(arm("DELETE", VAULT, NULL), 200);
    assert_ok(arm("DELETE", VAULT, NULL), 204);
    call("GET", "/secrets/s" V, NULL);
    assert_refused(404, "VaultNotFound", NULL);
    assert_ok(arm("GET", SUBSCRIPTION "deletedVaults", NULL), 200);
    assert_string_equal(text_at("value.0.name"), "kv-one");
    assert_string_equal(text_at("value.0.properties.vaultId"), VAULT);
    assert_ok(arm("GET", "/subscriptions/s2/providers/Microsoft.KeyVault/deletedVaults", NULL),
              200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 0);
    assert_ok(arm("GET", SUBSCRIPTION "locations/westus2/deletedVaults/kv-one", NULL), 200);
    assert_ok(arm("PUT", VAULT, VAULT_BODY), 409);
    assert_string_equal(text_at("error.code"), "ConflictError");
    assert_ok(
        arm("PUT", VAULT, "{\"location\":\"westus2\",\"properties\":{\"createMode\":\"recover\"}}"),
        200);
    grant(&keeper, "Key Vault Administrator", VAULT); /* assignments went with the vault */
    assert_ok(call("GET", "/secrets/s" V, NULL), 200);
    assert_string_equal(text_at("value"), "kept");
    assert_ok(arm("GET", SUBSCRIPTION "locations/westus2/deletedVaults/kv-one", NULL), 404);
}

static void a_purged_vault_is_gone(void **state)
{
    (void)state;
    assert_ok(call("PUT", "/secrets/s" V, "{\"value\":\"lost\"}"), 200);
    assert_ok(arm("DELETE", VAULT, NULL), 200);
    assert_ok(arm("POST", SUBSCRIPTION "locations/westus2/deletedVaults/kv-one/dust", NULL), 404);
    assert_ok(arm("POST", SUBSCRIPTION "locations/westus2/deletedVaults/kv-one/purge", NULL), 200);
    assert_ok(arm("POST", SUBSCRIPTION "locations/westus2/deletedVaults/kv-one/purge", NULL), 404);
    assert_ok(arm("PUT", VAULT, VAULT_BODY), 200);
    grant(&keeper, "Key Vault Administrator", VAULT);
    call("GET", "/secrets/s" V, NULL);
    assert_refused(404, "SecretNotFound", NULL);
}

static void policies_are_added_replaced_and_removed(void **state)
{
    (void)state;
#define POLICY(permissions)                                                                        \
    "{\"properties\":{\"accessPolicies\":[{\"tenantId\":\"" TENANT                                 \
    "\",\"objectId\":\"o\",\"permissions\":{" permissions "}}]}}"
    assert_ok(arm("PUT", VAULT "/accessPolicies/add", POLICY("\"secrets\":[\"get\"]")), 200);
    assert_ok(arm("PUT", VAULT "/accessPolicies/add",
                  POLICY("\"secrets\":[\"Get\",\"list\"],\"keys\":[\"get\"]")),
              200);
    assert_ok(arm("GET", VAULT, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "properties.accessPolicies")), 1);
    assert_int_equal(
        cJSON_GetArraySize(base_json_at(body, "properties.accessPolicies.0.permissions.secrets")),
        2);
    assert_string_equal(text_at("properties.accessPolicies.0.permissions.keys.0"), "get");
    assert_ok(arm("PUT", VAULT "/accessPolicies/replace", POLICY("\"keys\":[\"list\"]")), 200);
    assert_ok(arm("GET", VAULT, NULL), 200);
    assert_null(base_json_at(body, "properties.accessPolicies.0.permissions.secrets"));
    assert_ok(arm("PUT", VAULT "/accessPolicies/remove", POLICY("")), 200);
    assert_ok(arm("GET", VAULT, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "properties.accessPolicies")), 0);
    assert_ok(arm("PUT", VAULT "/accessPolicies/forget", POLICY("")), 400);
    assert_ok(arm("PUT", VAULT "/accessPolicies/add", "{}"), 400);
    assert_ok(arm("PUT", VAULT "x/accessPolicies/add", POLICY("")), 404);
}

static void a_vault_outlives_a_restart(void **state)
{
    (void)state;
    char folder[] = "/tmp/iomt-kv-XXXXXX";
    sim_world_t *first_world = world;
    kv_t *first = kv;

    assert_non_null(mkdtemp(folder));
    open_world(folder);
    sim_tenant_add(world, TENANT, NULL);
    sim_principal_put(world, &keeper);
    assert_ok(arm("PUT", VAULT, VAULT_BODY), 200);
    assert_ok(arm("PUT", GROUP "/providers/Microsoft.KeyVault/vaults/kv-two", VAULT_BODY), 200);
    assert_ok(arm("DELETE", GROUP "/providers/Microsoft.KeyVault/vaults/kv-two", NULL), 200);
    grant(&keeper, "Key Vault Administrator", VAULT);
    char *token = token_for(&keeper, "https://vault.azure.net", 3600);
    assert_ok(call_with(token, "PUT", "/secrets/a" V, "{\"value\":\"1\"}"), 200);
    assert_ok(call_with(token, "PUT", "/secrets/b" V, "{\"value\":\"2\"}"), 200);
    assert_ok(call_with(token, "DELETE", "/secrets/b" V, NULL), 200);
    kv_free(kv);
    sim_world_free(world);
    open_world(folder);
    assert_ok(call_with(token, "GET", "/secrets/a" V, NULL),
              200); /* also the token is as good as before */
    assert_string_equal(text_at("value"), "1");
    assert_ok(call_with(token, "GET", "/deletedsecrets/b" V, NULL), 200);
    assert_ok(arm("GET", SUBSCRIPTION "deletedVaults", NULL), 200);
    assert_string_equal(text_at("value.0.name"), "kv-two");
    kv_free(kv);
    sim_world_free(world);
    free(token);
    world = first_world;
    kv = first;
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_vault_is_described, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_vaults_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_can_be_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deleted_vault_can_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_purged_vault_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(policies_are_added_replaced_and_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_vault_outlives_a_restart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
