/* The data plane of a vault: who gets in, secrets, soft delete, what is refused and how. */
#include "tests/unit/sim_keyvault/vault_world.h"

#include <pthread.h>

static void the_challenge_comes_before_the_body(void **state)
{
    (void)state;
    assert_int_equal(call_with(NULL, "PUT", "/secrets/x" V, "this is not JSON"), 401);
    assert_refused(401, "Unauthorized", NULL);
    assert_non_null(strstr(text_at("error.message"), "AKV10000"));
    assert_string_equal(base_headers_get(&answer.headers, "WWW-Authenticate"),
                        "Bearer authorization=\"https://login.microsoftonline.com/" TENANT
                        "\", resource=\"https://vault.azure.net\"");
    assert_int_equal(call_with(NULL, "GET", "/no/such/path", NULL), 401);
}

/* The resource of the challenge is the host without its first label, where that is a name. */
static void the_challenge_fits_the_host(void **state)
{
    (void)state;
    static const struct base_headers none = {0};
    static const char *const rows[][2] = {
        {"kv-one.vault.az.test:8443", "resource=\"https://vault.az.test:8443\""},
        {"kv-one", "resource=\"https://vault.azure.net\""},
        {"kv-one.localhost", "resource=\"https://vault.azure.net\""},
    };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ask(kv_handle, kv, rows[i][0], &none, "GET", "/secrets" V, NULL), 401);
        assert_non_null(strstr(base_headers_get(&answer.headers, "WWW-Authenticate"), rows[i][1]));
    }
}

static void bad_tokens_are_refused(void **state)
{
    (void)state;
    char *wrong = token_for(&keeper, "https://management.azure.com", 3600);
    char *old = token_for(&keeper, "https://vault.azure.net", -10);
    char *foreign = token_for(&foreigner, "https://vault.azure.net", 3600);
    char *forged = base_strdup(token_of_keeper);
    struct {
        const char *token, *words;
    } rows[] = {{wrong, "AKV10022"},
                {old, "TokenExpired"},
                {foreign, "AKV10032"},
                {forged, "AKV10046"},
                {"x", "AKV10046"}};

    char *last = forged + strlen(forged) - 10;
    *last = *last == 'A' ? 'B' : 'A';
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        call_with(rows[i].token, "GET", "/secrets" V, NULL);
        assert_refused(401, "Unauthorized", NULL);
        assert_non_null(strstr(text_at("error.message"), rows[i].words));
        assert_non_null(base_headers_get(&answer.headers, "WWW-Authenticate"));
    }
    free(wrong);
    free(old);
    free(foreign);
    free(forged);
}

static void audiences_with_a_slash_are_taken(void **state)
{
    (void)state;
    char *token = token_for(&keeper, "https://vault.azure.net/", 3600);
    assert_ok(call_with(token, "GET", "/secrets" V, NULL), 200);
    free(token);
}

static void a_role_decides(void **state)
{
    (void)state;
    char *token = token_for(&stranger, "https://vault.azure.net", 3600);

    assert_ok(call("PUT", "/secrets/guarded" V, "{\"value\":\"v\"}"), 200);
    call_with(token, "GET", "/secrets/guarded" V, NULL);
    assert_refused(403, "Forbidden", "ForbiddenByRbac");
    assert_non_null(
        strstr(text_at("error.message"), "Microsoft.KeyVault/vaults/secrets/getSecret/action"));
    assert_non_null(strstr(text_at("error.message"), stranger.object_id));
    grant(&stranger, "Key Vault Secrets User", VAULT "/secrets/guarded"); /* on this one secret */
    assert_ok(call_with(token, "GET", "/secrets/guarded" V, NULL), 200);
    call_with(token, "GET", "/secrets/other" V, NULL);
    assert_refused(403, "Forbidden", "ForbiddenByRbac"); /* not 404: a stranger learns nothing */
    call_with(token, "PUT", "/secrets/guarded" V, "{\"value\":\"w\"}");
    assert_refused(403, "Forbidden", "ForbiddenByRbac");
    grant(&stranger, "Key Vault Reader", VAULT);
    assert_ok(call_with(token, "GET", "/secrets" V, NULL), 200);
    call_with(token, "GET", "/secrets/other" V, NULL);
    assert_refused(403, "Forbidden", "ForbiddenByRbac"); /* sees the list, not the values */
    free(token);
}

static void access_policies_decide_without_rbac(void **state)
{
    (void)state;
    char *token = token_for(&stranger, "https://vault.azure.net", 3600);
    char *policies = base_asprintf(
        "{\"properties\":{\"accessPolicies\":[{\"tenantId\":\"%s\",\"objectId\":\"%s\","
        "\"permissions\":{\"secrets\":[\"Get\"],\"certificates\":[\"all\"]}}]}}",
        TENANT, stranger.object_id);

    assert_ok(arm("PATCH", VAULT, "{\"properties\":{\"enableRbacAuthorization\":false}}"), 200);
    call("GET", "/secrets/a" V, NULL);
    assert_refused(403, "Forbidden", "ForbiddenByPolicy");
    assert_ok(arm("PUT", VAULT "/accessPolicies/add", policies), 200);
    call_with(token, "GET", "/secrets/a" V, NULL);
    assert_refused(404, "SecretNotFound", NULL);
    call_with(token, "GET", "/secrets" V, NULL);
    assert_refused(403, "Forbidden", "ForbiddenByPolicy");
    assert_non_null(strstr(text_at("error.message"), "secrets list permission"));
    assert_ok(call_with(token, "GET", "/certificates" V, NULL), 200);
    assert_ok(arm("PUT", VAULT "/accessPolicies/remove", policies), 200);
    call_with(token, "GET", "/certificates" V, NULL);
    assert_refused(403, "Forbidden", "ForbiddenByPolicy");
    free(policies);
    free(token);
}

static void a_secret_comes_back(void **state)
{
    (void)state;
    assert_ok(call("PUT", "/secrets/first?api%2Dversion=2025-07-01",
                   "{\"value\":\"one\",\"contentType\":\"text/"
                   "plain\",\"tags\":{\"a\":\"b\"},\"attributes\":{\"exp\":4000000000}}"),
              200);
    assert_string_equal(text_at("value"), "one");
    char *id = base_strdup(text_at("id"));
    assert_int_equal(strncmp(id, URL "/secrets/first/", strlen(URL "/secrets/first/")), 0);
    assert_int_equal(strlen(id), strlen(URL "/secrets/first/") + 32);
    assert_string_equal(text_at("attributes.recoveryLevel"), "Recoverable+Purgeable");
    assert_true(base_json_number(body, "attributes.recoverableDays", 0) == 90);
    assert_true(base_json_number(body, "attributes.exp", 0) == 4000000000.0);
    assert_true(base_json_true(body, "attributes.enabled"));
    assert_ok(call("PUT", "/secrets/FIRST" V, "{\"value\":\"two\"}"), 200); /* names have no case */
    assert_ok(call("GET", "/secrets/first/" V, NULL), 200);
    assert_string_equal(text_at("value"), "two");
    assert_null(base_json_at(body, "tags"));
    char *path = base_asprintf("%s" V, id + strlen(URL));
    assert_ok(call("GET", path, NULL), 200); /* the old version by its id */
    assert_string_equal(text_at("value"), "one");
    assert_string_equal(text_at("tags.a"), "b");
    assert_null(base_json_at(body, "managed"));
    free(path);
    free(id);
}

static void lists_have_no_values(void **state)
{
    (void)state;
    assert_ok(call("PUT", "/secrets/b" V, "{\"value\":\"1\"}"), 200);
    assert_ok(call("PUT", "/secrets/a" V, "{\"value\":\"2\"}"), 200);
    assert_ok(call("PUT", "/secrets/a" V, "{\"value\":\"3\"}"), 200);
    assert_ok(call("GET", "/secrets" V, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 2);
    assert_string_equal(text_at("value.0.id"), URL "/secrets/a");
    assert_null(base_json_at(body, "value.0.value"));
    assert_true(cJSON_IsNull(base_json_at(body, "nextLink")));
    assert_ok(call("GET", "/secrets/a/versions" V, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 2);
    assert_true(strlen(text_at("value.0.id")) > strlen(URL "/secrets/a/"));
}

static void lists_come_in_pages(void **state)
{
    (void)state;
    int pages = 0, entries = 0;
    char *next = base_strdup("/secrets" V "&maxresults=3");

    for (int i = 0; i < 7; i++) {
        char *path = base_asprintf("/secrets/s%d" V, i);
        assert_ok(call("PUT", path, "{\"value\":\"x\"}"), 200);
        free(path);
    }
    while (next && pages < 10) {
        assert_ok(call("GET", next, NULL), 200);
        free(next);
        pages++;
        entries += cJSON_GetArraySize(base_json_at(body, "value"));
        const char *link = base_json_text(body, "nextLink");
        next = link ? base_strdup(link + strlen(URL)) : NULL;
    }
    assert_int_equal(pages, 3);
    assert_int_equal(entries, 7);
    call("GET", "/secrets" V "&maxresults=26", NULL);
    assert_refused(400, "BadParameter", NULL);
    call("GET", "/secrets" V "&maxresults=many", NULL);
    assert_refused(400, "BadParameter", NULL);
}

static void updates_change_what_they_name(void **state)
{
    (void)state;
    assert_ok(call("PUT", "/secrets/u" V, "{\"value\":\"v\",\"tags\":{\"a\":\"1\",\"b\":\"2\"}}"),
              200);
    char *path = base_asprintf("%s" V, text_at("id") + strlen(URL));
    assert_ok(call("PATCH", path, "{\"contentType\":\"t\",\"attributes\":{\"enabled\":false}}"),
              200);
    assert_null(base_json_at(body, "value"));
    assert_string_equal(text_at("tags.b"), "2");
    call("GET", path, NULL);
    assert_refused(403, "Forbidden", "SecretDisabled");
    assert_ok(call("PATCH", path, "{\"tags\":{\"c\":\"3\"},\"attributes\":{\"enabled\":true}}"),
              200);
    assert_ok(call("GET", path, NULL), 200);
    assert_string_equal(text_at("contentType"), "t");
    assert_string_equal(text_at("tags.c"), "3");
    assert_null(base_json_at(body, "tags.b")); /* tags go as a whole */
    call("PATCH", path, "{\"contentType\":\"changed\",\"tags\":7}");
    assert_refused(400, "BadParameter", NULL);
    assert_ok(call("GET", path, NULL), 200);
    assert_string_equal(text_at("contentType"), "t"); /* a refusal changes nothing */
    free(path);
}

static void deleted_secrets_wait(void **state)
{
    (void)state;
    assert_ok(call("PUT", "/secrets/d" V, "{\"value\":\"v\"}"), 200);
    assert_ok(call("DELETE", "/secrets/d" V, NULL), 200);
    assert_string_equal(text_at("recoveryId"), URL "/deletedsecrets/d");
    assert_true(base_json_number(body, "scheduledPurgeDate", 0) -
                    base_json_number(body, "deletedDate", 0) ==
                90 * 86400);
    assert_null(base_json_at(body, "value"));
    call("GET", "/secrets/d" V, NULL);
    assert_refused(404, "SecretNotFound", NULL);
    call("DELETE", "/secrets/d" V, NULL);
    assert_refused(404, "SecretNotFound", NULL);
    call("PUT", "/secrets/d" V, "{\"value\":\"w\"}");
    assert_refused(409, "Conflict", "ObjectIsDeletedButRecoverable");
    assert_ok(call("GET", "/deletedsecrets" V, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 1);
    assert_ok(call("GET", "/deletedsecrets/d" V, NULL), 200);
    assert_ok(call("POST", "/deletedsecrets/d/recover" V, NULL), 200);
    assert_ok(call("GET", "/secrets/d" V, NULL), 200);
    assert_string_equal(text_at("value"), "v");
    call("POST", "/deletedsecrets/d/recover" V, NULL);
    assert_refused(404, "SecretNotFound", NULL);
    call("DELETE", "/deletedsecrets/d" V, NULL);
    assert_refused(404, "SecretNotFound", NULL); /* alive: not to be purged */
    assert_ok(call("DELETE", "/secrets/d" V, NULL), 200);
    assert_ok(call("DELETE", "/deletedsecrets/d" V, NULL), 204);
    assert_ok(call("PUT", "/secrets/d" V, "{\"value\":\"new\"}"), 200);
}

/* Ninety days on the vault's clock, no time on ours. */
static void time_purges_what_was_deleted(void **state)
{
    (void)state;
    assert_ok(call("PUT", "/secrets/t" V, "{\"value\":\"v\"}"), 200);
    assert_ok(call("DELETE", "/secrets/t" V, NULL), 200);
    wall.epoch_ms = sim_now_ms(world) - 1000; /* a second ago, at 1e7 seconds a second: 115 days */
    wall.rate = 1e7;
    char *late = token_for(&keeper, "https://vault.azure.net", 2000000000);
    call_with(late, "GET", "/deletedsecrets/t" V, NULL);
    assert_refused(404, "SecretNotFound", NULL);
    assert_ok(call_with(late, "PUT", "/secrets/t" V, "{\"value\":\"again\"}"), 200);
    free(late);
}

static void purge_protection_holds(void **state)
{
    (void)state;
    assert_ok(arm("PATCH", VAULT, "{\"properties\":{\"enablePurgeProtection\":true}}"), 200);
    assert_ok(call("PUT", "/secrets/p" V, "{\"value\":\"v\"}"), 200);
    assert_string_equal(text_at("attributes.recoveryLevel"), "Recoverable");
    assert_ok(call("DELETE", "/secrets/p" V, NULL), 200);
    call("DELETE", "/deletedsecrets/p" V, NULL);
    assert_refused(403, "Forbidden", "ForbiddenByPurgeProtection");
}

static void wrong_requests_are_refused(void **state)
{
    (void)state;
    char *huge = base_alloc(30001);
    memset(huge, 'x', 30000);
    char *too_long = base_asprintf("{\"value\":\"%s\"}", huge);
    const struct {
        const char *method, *path, *text;
        int status;
        const char *code;
    } rows[] = {
        {"GET", "/secrets", NULL, 400, "BadParameter"},
        {"GET", "/secrets?api-version=1.0", NULL, 400, "BadParameter"},
        {"GET", "/secrets/a_b" V, NULL, 400, "BadParameter"},
        {"GET", "/secrets/a%00b" V, NULL, 400, "BadParameter"},
        {"GET", "/nothing" V, NULL, 404, "NotFound"},
        {"POST", "/secrets/a" V, NULL, 405, "MethodNotAllowed"},
        {"PUT", "/secrets/a" V, NULL, 400, "BadParameter"},
        {"PUT", "/secrets/a" V, "{", 400, "BadParameter"},
        {"PUT", "/secrets/a" V, "[1]", 400, "BadParameter"},
        {"PUT", "/secrets/a" V, "{\"value\":7}", 400, "BadParameter"},
        {"PUT", "/secrets/a" V, too_long, 400, "BadParameter"},
        {"PUT", "/secrets/a" V, "{\"value\":\"v\",\"tags\":[]}", 400, "BadParameter"},
        {"PUT", "/secrets/a" V, "{\"value\":\"v\",\"tags\":{\"a\":1}}", 400, "BadParameter"},
        {"PUT", "/secrets/a" V, "{\"value\":\"v\",\"attributes\":7}", 400, "BadParameter"},
        {"PUT", "/secrets/a" V, "{\"value\":\"v\",\"attributes\":{\"enabled\":\"yes\"}}", 400,
         "BadParameter"},
        {"PUT", "/secrets/a" V, "{\"value\":\"v\",\"attributes\":{\"exp\":1e30}}", 400,
         "BadParameter"},
        {"PUT", "/secrets/a" V, "{\"value\":\"v\",\"attributes\":{\"nbf\":\"soon\"}}", 400,
         "BadParameter"},
        {"PUT", "/secrets/a" V, "{\"value\":\"v\",\"contentType\":7}", 400, "BadParameter"},
        {"GET", "/secrets/a" V, NULL, 404, "SecretNotFound"},
        {"GET", "/secrets/a/versions" V, NULL, 404, "SecretNotFound"},
        {"PATCH", "/secrets/a/1" V, "{}", 404, "SecretNotFound"},
        {"POST", "/secrets/a/backup" V, NULL, 501, "NotImplemented"},
        {"POST", "/keys/a/create" V, "{}", 501, "NotImplemented"},
        {"GET", "/keys/a" V, NULL, 404, "KeyNotFound"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (call(rows[i].method, rows[i].path, rows[i].text) != rows[i].status)
            fail_msg("%s %s: %d %s", rows[i].method, rows[i].path, answer.status, answer.body.data);
        assert_refused(rows[i].status, rows[i].code, NULL);
    }
    assert_null(base_json_at(body, "value"));
    static const struct base_headers none = {0};
    ask(kv_handle, kv, "nobody.vault.azure.net", &none, "GET", "/secrets" V, NULL);
    assert_refused(404, "VaultNotFound", NULL);
    free(too_long);
    free(huge);
}

static void *set_and_get(void *argument)
{
    static const char *const names[] = {"/secrets/t0" V, "/secrets/t1" V};
    struct base_headers headers = {0};
    int *good = argument;

    base_headers_addf(&headers, "Authorization", "Bearer %s", token_of_keeper);
    for (int i = 0; i < 40; i++) {
        struct base_http_response here = {0};
        char *url = base_asprintf(URL "%s", names[i % 2]);
        sim_call(world, "test", i % 4 < 2 ? "PUT" : "GET", url, &headers, "{\"value\":\"x\"}",
                 &here);
        *good += here.status == 200;
        base_http_response_release(&here);
        free(url);
    }
    base_headers_release(&headers);
    return NULL;
}

static void many_threads_may_ask(void **state)
{
    (void)state;
    pthread_t threads[4];
    int good[4] = {0};

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, set_and_get, &good[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(good[i], 40);
    }
    assert_ok(call("GET", "/secrets/t0/versions" V "&maxresults=25", NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 25);
}

static void the_table_is_whole(void **state)
{
    (void)state;
    size_t count;
    const struct sim_route *routes = kv_routes(&count);

    for (size_t i = 0; i < count; i++)
        assert_true(routes[i].operation && routes[i].method && routes[i].pattern && routes[i].run &&
                    routes[i].more);
}

static void the_view_shows_no_value(void **state)
{
    (void)state;
    assert_ok(call("PUT", "/secrets/seen" V, "{\"value\":\"hidden\",\"tags\":{\"owner\":\"me\"}}"),
              200);
    cJSON *view = sim_view_get(world, "keyvault");
    assert_int_equal(cJSON_GetArraySize(view), 1);
    assert_string_equal(base_json_text(view, "0.name"), "seen");
    assert_string_equal(base_json_text(view, "0.tags.owner"), "me");
    char *text = base_json_print(view);
    assert_null(strstr(text, "hidden"));
    free(text);
    cJSON_Delete(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_challenge_comes_before_the_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_challenge_fits_the_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_tokens_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(audiences_with_a_slash_are_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_role_decides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(access_policies_decide_without_rbac, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_secret_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_have_no_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_come_in_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(updates_change_what_they_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deleted_secrets_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_purges_what_was_deleted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(purge_protection_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_requests_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_threads_may_ask, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_table_is_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_view_shows_no_value, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
