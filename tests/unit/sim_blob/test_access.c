/* Who may reach the blobs: ARM's account, keys, Bearer tokens with roles, Shared Key signatures. */
#include "fixture.h"

static void account(void **state)
{
    struct fixture *f = *state;
    cJSON *body;
    assert_int_equal(arm(f, "GET", ACCOUNT_ID, NULL, &body), 200);
    assert_string_equal(base_json_text(body, "properties.primaryEndpoints.blob"), URL "/");
    assert_string_equal(base_json_text(body, "properties.provisioningState"), "Succeeded");
    assert_string_equal(base_json_text(body, "sku.tier"), "Standard");
    cJSON_Delete(body);
    assert_int_equal(
        arm(f, "PUT",
            "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/other/"
            "providers/Microsoft.Storage/storageAccounts/acct1",
            "{\"location\":\"westus2\",\"sku\":{\"name\":\"Standard_LRS\"},\"kind\":\"StorageV2\"}",
            &body),
        409);
    assert_string_equal(base_json_text(body, "error.code"), "StorageAccountAlreadyTaken");
    cJSON_Delete(body);
    assert_int_equal(
        arm(f, "PUT",
            "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/"
            "providers/Microsoft.Storage/storageAccounts/Not_OK",
            "{\"location\":\"westus2\",\"sku\":{\"name\":\"Standard_LRS\"},\"kind\":\"StorageV2\"}",
            &body),
        400);
    assert_string_equal(base_json_text(body, "error.code"), "AccountNameInvalid");
    cJSON_Delete(body);
    assert_int_equal(
        arm(f, "POST",
            "/subscriptions/22222222-2222-4222-8222-222222222222/providers/Microsoft.Storage/"
            "checkNameAvailability",
            "{\"name\":\"acct1\",\"type\":\"Microsoft.Storage/storageAccounts\"}", &body),
        200);
    assert_string_equal(base_json_text(body, "reason"), "AlreadyExists");
    cJSON_Delete(body);
}

static void account_gone(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(arm(f, "PUT", ACCOUNT_ID "/blobServices/default/containers/box9", "{}", NULL),
                     201);
    assert_int_equal(ask(f, "PUT", "/box9/x", BLOCK, "1"), 201);
    assert_int_equal(arm(f, "DELETE", ACCOUNT_ID "/blobServices/default", NULL, NULL), 405);
    assert_int_equal(arm(f, "DELETE", ACCOUNT_ID, NULL, NULL), 200);
    assert_int_equal(ask(f, "GET", "/box9/x", NULL, NULL), 404);
    assert_code(f, "AccountNotFound");
    cJSON *rows = sim_view_get(f->world, "blobs");
    assert_int_equal(cJSON_GetArraySize(rows), 0);
    cJSON_Delete(rows);
}

static void tokens(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "PUT", "/box1?restype=container", NULL, NULL), 201);
    assert_int_equal(
        ask(f, "GET", "/box1?restype=container", "Authorization: Bearer nonsense\n", NULL), 401);
    assert_code(f, "InvalidAuthenticationInfo");
    assert_non_null(strstr(header(f, "WWW-Authenticate"), "resource_id=https://storage.azure.com"));
    free(f->bearer);
    f->bearer = bearer_for(f->world, &f->user, "https://vault.azure.net");
    assert_int_equal(ask(f, "GET", "/box1?restype=container", NULL, NULL), 401);
    free(f->bearer);
    f->bearer = bearer_for(f->world, &f->user, "https://acct1.blob.core.windows.net/");
    assert_int_equal(ask(f, "GET", "/box1?restype=container", NULL, NULL), 200);
    sim_assignment_remove_below(f->world, ACCOUNT_ID);
    assert_int_equal(ask(f, "GET", "/box1?restype=container", NULL, NULL), 403);
    assert_code(f, "AuthorizationPermissionMismatch");
    give_role(f->world, &f->user, ACCOUNT_ID "/blobServices/default/containers/box1",
              "Storage Blob Data Reader");
    assert_int_equal(ask(f, "GET", "/box1?restype=container&comp=list", NULL, NULL), 200);
    assert_int_equal(ask(f, "PUT", "/box1/x", BLOCK, ""), 403);
    assert_int_equal(ask(f, "GET", "/box2?restype=container&comp=list", NULL, NULL), 403);
}

/* The signed text is written out by hand: a second reading of the protocol. */
static void shared_key(void **state)
{
    struct fixture *f = *state;
    cJSON *keys;
    struct base_buf raw = {0}, mac64 = {0};
    unsigned char mac[32];
    assert_int_equal(arm(f, "POST", ACCOUNT_ID "/listKeys", NULL, &keys), 200);
    const char *key = base_json_text(keys, "keys.1.value");
    assert_true(base_base64_decode(&raw, key, strlen(key)));
    assert_int_equal(raw.len, 64);
    const char *text =
        "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Mon, 23 Nov 2026 05:14:53 GMT\n"
        "x-ms-meta-ownerid:\nx-ms-version:2020-04-08\n/acct1/box%31\nrestype:container";
    base_hmac_sha256(raw.data, raw.len, text, strlen(text), mac);
    base_base64_encode(&mac64, mac, sizeof(mac));
    char *headers = base_asprintf("Authorization: SharedKey acct1:%s\nx-ms-version: 2020-04-08\n"
                                  "x-ms-date: Mon, 23 Nov 2026 05:14:53 GMT\nx-ms-meta-ownerid: \n",
                                  mac64.data);
    assert_int_equal(ask(f, "PUT", "/box%31?restype=container", headers, NULL), 201);
    assert_int_equal(ask(f, "PUT", "/box2?restype=container", headers, NULL), 403);
    assert_code(f, "AuthenticationFailed");
    assert_non_null(strstr(f->answer.body.data, "string to sign"));
    cJSON *more;
    assert_int_equal(arm(f, "POST", ACCOUNT_ID "/regenerateKey", "{\"keyName\":\"key2\"}", &more),
                     200);
    assert_string_equal(base_json_text(more, "keys.0.value"), base_json_text(keys, "keys.0.value"));
    assert_string_not_equal(base_json_text(more, "keys.1.value"), key);
    assert_int_equal(ask(f, "PUT", "/box%31?restype=container", headers, NULL), 403);
    assert_int_equal(arm(f, "POST", ACCOUNT_ID "/regenerateKey", "{\"keyName\":\"key3\"}", NULL),
                     400);
    free(headers);
    cJSON_Delete(keys);
    cJSON_Delete(more);
    base_buf_release(&raw);
    base_buf_release(&mac64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(account, setup, teardown),
        cmocka_unit_test_setup_teardown(account_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(tokens, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_key, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
