/* The managed-identity data plane: the challenge, the credential, and what may be wrong with it. */
#include "azure/arm.h"

#include "script.h"

#define IDENTITY                                                                                   \
    "https://eastus.identity.azure.net/subscriptions/s/credentials?tid=T&oid=O&aid=secret-aid"
#define WHOLE IDENTITY "&api-version=2024-01-01"
#define AUDIENCE "https://identity.example"
#define CHALLENGE                                                                                  \
    "WWW-Authenticate: Bearer authorization=\"https://login.microsoftonline.com/AAAA-Bbbb\""

struct world {
    struct script script;
    base_key_t *key;
    char *pfx; /* base64 */
};

static int setup(void **state)
{
    struct world *world = base_alloc(sizeof *world);
    struct base_buf der = {0}, text = {0};

    script_init(&world->script, 1000);
    world->key = test_key(world->script.az.random, false);
    assert_int_equal(base_key_pkcs12(world->key, "", &der, NULL), BASE_OK);
    base_base64_encode(&text, der.data, der.len);
    world->pfx = base_buf_take(&text);
    base_buf_release(&der);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    script_release(&world->script);
    base_key_free(world->key);
    free(world->pfx);
    free(world);
    return 0;
}

static cJSON *whole_answer(const struct world *world)
{
    cJSON *body = cJSON_CreateObject();

    base_json_set_text(body, "client_id", "client");
    base_json_set_text(body, "object_id", "object");
    base_json_set_text(body, "tenant_id", "tenant");
    base_json_set_text(body, "client_secret", world->pfx);
    base_json_set_text(body, "client_secret_url", IDENTITY);
    base_json_set_text(body, "authentication_endpoint", "https://login.microsoftonline.com/");
    base_json_set_text(body, "not_before", "2026-01-01T00:00:00Z");
    base_json_set_text(body, "not_after", "2026-04-01T00:00:00Z");
    base_json_set_text(body, "renew_after", "2026-02-15T00:00:00Z");
    base_json_set_text(body, "cannot_renew_after", "2026-04-01T00:00:00.5Z");
    return body;
}

static enum base_status get(struct world *world, struct az_identity_credentials *out,
                            struct base_error *err)
{
    memset(err, 0, sizeof *err);
    memset(out, 0xee, sizeof *out);
    return az_identity_credentials_get(&world->script.az, world->script.credential, IDENTITY,
                                       AUDIENCE, out, err);
}

static void the_challenge_is_answered_and_the_credential_opens(void **state)
{
    struct world *world = *state;
    struct az_identity_credentials out;
    struct base_error err;
    struct base_buf ours = {0}, theirs = {0};
    cJSON *answer = whole_answer(world);
    char *body = base_json_print(answer);

    SCRIPT(&world->script, {401, NULL, {CHALLENGE}}, {200, body});
    assert_int_equal(get(world, &out, &err), BASE_OK);
    assert_call(&world->script, 0, "GET", WHOLE);
    assert_null(call_header(&world->script, 0, "Authorization"));
    assert_call(&world->script, 1, "GET", WHOLE);
    assert_string_equal(call_header(&world->script, 1, "Authorization"), "Bearer token-1");
    assert_string_equal(world->script.last_token.url,
                        "https://login.microsoftonline.com/aaaa-bbbb/oauth2/v2.0/token");
    char *scope = form_field(world->script.last_token.body, "scope");
    assert_string_equal(scope, AUDIENCE "/.default");
    assert_string_equal(out.client_id, "client");
    assert_string_equal(out.object_id, "object");
    assert_string_equal(out.tenant_id, "tenant");
    assert_string_equal(out.authentication_endpoint, "https://login.microsoftonline.com/");
    assert_true(out.not_after_ms - out.not_before_ms == 90 * 24 * 60 * MINUTE_MS);
    assert_true(out.renew_after_ms > out.not_before_ms && out.renew_after_ms < out.not_after_ms);
    assert_true(out.cannot_renew_after_ms == out.not_after_ms + 500);
    base_key_certificate_der(world->key, &ours);
    base_key_certificate_der(out.key, &theirs);
    assert_int_equal(ours.len, theirs.len);
    assert_memory_equal(ours.data, theirs.data, ours.len);
    base_buf_clear(&ours);
    base_buf_clear(&theirs);
    base_key_pem(world->key, &ours);
    base_key_pem(out.key, &theirs);
    assert_string_equal(ours.data, theirs.data);
    base_buf_release(&ours);
    base_buf_release(&theirs);
    base_key_free(out.key);
    free(scope);
    free(body);
    cJSON_Delete(answer);
    script_done(&world->script);
}

static void challenges_without_a_tenant_are_not_answered(void **state)
{
    static const char *const challenges[] = {
        NULL,
        "WWW-Authenticate: Bearer",
        "WWW-Authenticate: Bearer realm=\"x\"",
        "WWW-Authenticate: Bearer authorization=\"https://login.microsoftonline.com/\"",
        "WWW-Authenticate: Bearer authorization=\"https://login.microsoftonline.com\"",
        "WWW-Authenticate: Bearer authorization=\"nonsense\"",
        "WWW-Authenticate: Basic authorization=\"https://login.microsoftonline.com/t\"",
    };
    struct world *world = *state;
    struct az_identity_credentials out;
    struct base_error err;

    for (size_t i = 0; i < sizeof challenges / sizeof *challenges; i++) {
        SCRIPT(&world->script, {401, NULL, {challenges[i]}});
        assert_int_equal(get(world, &out, &err), BASE_UNAUTHENTICATED);
        assert_int_equal(err.http_status, 401);
        assert_hidden(&err, "secret-aid");
        assert_null(out.key);
        assert_int_equal(world->script.tokens, 0);
        script_done(&world->script);
    }
}

static void other_spellings_of_the_challenge_are_read(void **state)
{
    static const char *const challenges[] = {
        "WWW-Authenticate: Bearer authorization=\"https://login.microsoftonline.com/AAAA-bbbb/\"",
        "www-authenticate: bearer resource=\"r\", Authorization=\"https://l.example/aaaa-bbbb/x\"",
    };
    struct world *world = *state;
    struct az_identity_credentials out;
    struct base_error err;
    cJSON *answer = whole_answer(world);
    char *body = base_json_print(answer);

    for (size_t i = 0; i < sizeof challenges / sizeof *challenges; i++) {
        SCRIPT(&world->script, {401, NULL, {challenges[i]}}, {200, body});
        assert_int_equal(get(world, &out, &err), BASE_OK);
        assert_non_null(strstr(world->script.last_token.url, ".com/aaaa-bbbb/oauth2"));
        base_key_free(out.key);
        script_done(&world->script);
    }
    assert_int_equal(world->script.tokens, 1); /* one tenant, one token */
    free(body);
    cJSON_Delete(answer);
}

static void refusals_come_through(void **state)
{
    struct world *world = *state;
    struct az_identity_credentials out;
    struct base_error err;

    SCRIPT(&world->script, {401, NULL, {CHALLENGE}}, {401, NULL, {CHALLENGE}},
           {401, "{\"error\":{\"code\":\"Unauthorized\",\"message\":\"wrong audience\"}}"});
    assert_int_equal(get(world, &out, &err), BASE_UNAUTHENTICATED);
    assert_string_equal(err.message, "wrong audience");
    assert_int_equal(world->script.tokens, 2);
    script_done(&world->script);
    RESCRIPT(&world->script, {401, NULL, {CHALLENGE}},
             {404, "{\"error\":{\"code\":\"IdentityNotFound\",\"message\":\"m\"}}"});
    assert_int_equal(get(world, &out, &err), BASE_NOT_FOUND);
    assert_string_equal(err.code, "IdentityNotFound");
    RESCRIPT(&world->script, {429, NULL, {"Retry-After: 90"}});
    assert_int_equal(get(world, &out, &err), BASE_THROTTLED);
    assert_int_equal(err.retry_after_s, 90);
    assert_hidden(&err, "secret-aid");
    assert_null(out.key);
}

static void faulty_credentials_are_named(void **state)
{
    static const struct {
        const char *member, *value, *target;
    } rows[] = {
        {"client_id", NULL, "client_id"},
        {"tenant_id", NULL, "tenant_id"},
        {"client_secret", NULL, "client_secret"},
        {"client_secret", "not base64!", "client_secret"},
        {"client_secret", "bm90IGEgUEZY", "client_secret"},
        {"client_secret", "", "client_secret"},
        {"renew_after", "tomorrow", "renew_after"},
        {"not_after", "2026-02-30T00:00:00Z", "not_after"},
        {"object_id", "0123456789012345678901234567890123456789012345678901234567890123456789",
         "object_id"},
    };
    struct world *world = *state;
    struct az_identity_credentials out;
    struct base_error err;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *answer = whole_answer(world);
        base_json_set_text(answer, rows[i].member, rows[i].value);
        char *body = base_json_print(answer);
        SCRIPT(&world->script, {200, body});
        assert_int_equal(get(world, &out, &err), BASE_PROTOCOL);
        assert_string_equal(err.target, rows[i].target);
        assert_hidden(&err, "MII"); /* how base64 of DER begins */
        assert_null(out.key);
        assert_string_equal(out.client_id, "");
        free(body);
        cJSON_Delete(answer);
    }
    RESCRIPT(&world->script, {200, "no json, but client_secret"});
    assert_int_equal(get(world, &out, &err), BASE_PROTOCOL);
    assert_hidden(&err, "client_secret");
    assert_hidden(&err, "secret-aid");
}

static void a_key_without_a_certificate_is_refused(void **state)
{
    struct world *world = *state;
    struct az_identity_credentials out;
    struct base_error err;
    struct base_buf der = {0}, text = {0};
    base_key_t *bare = base_key_new_rsa(2048);
    cJSON *answer = whole_answer(world);

    assert_int_equal(base_key_pkcs12(bare, "", &der, NULL), BASE_OK);
    base_base64_encode(&text, der.data, der.len);
    base_json_set_text(answer, "client_secret", text.data);
    char *body = base_json_print(answer);
    SCRIPT(&world->script, {200, body});
    assert_int_equal(get(world, &out, &err), BASE_PROTOCOL);
    assert_string_equal(err.target, "client_secret");
    assert_null(out.key);
    free(body);
    base_buf_release(&der);
    base_buf_release(&text);
    base_key_free(bare);
    cJSON_Delete(answer);
}

static void optional_members_may_be_absent(void **state)
{
    static const char *const optional[] = {"object_id",   "authentication_endpoint",
                                           "not_before",  "not_after",
                                           "renew_after", "cannot_renew_after"};
    struct world *world = *state;
    struct az_identity_credentials out;
    struct base_error err;
    cJSON *answer = whole_answer(world);

    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        base_json_set(answer, optional[i], cJSON_CreateNull());
    char *body = base_json_print(answer);
    SCRIPT(&world->script, {200, body});
    assert_int_equal(get(world, &out, &err), BASE_OK);
    assert_string_equal(out.object_id, "");
    assert_true(out.renew_after_ms == 0 && out.not_after_ms == 0);
    base_key_free(out.key);
    free(body);
    cJSON_Delete(answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_challenge_is_answered_and_the_credential_opens),
        TEST(challenges_without_a_tenant_are_not_answered),
        TEST(other_spellings_of_the_challenge_are_read),
        TEST(refusals_come_through),
        TEST(faulty_credentials_are_named),
        TEST(a_key_without_a_certificate_is_refused),
        TEST(optional_members_may_be_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
