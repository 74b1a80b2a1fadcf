/* Key Vault: certificates in, keys out, names left clean. */
#include "azure/keyvault.h"

#include "script.h"

#define VAULT "https://kv1.vault.azure.net"
#define SECRET_ID VAULT "/secrets/conn"
#define V "?api-version=7.4"
#define BUNDLE                                                                                     \
    "{\"id\":\"" VAULT "/certificates/conn/0123\",\"kid\":\"" VAULT                                \
    "/keys/conn/0123\",\"sid\":\"" SECRET_ID "/0123456789abcdef0123456789abcdef\"}"
#define NOT_FOUND(what)                                                                            \
    {                                                                                              \
        404, "{\"error\":{\"code\":\"" what "NotFound\",\"message\":\"not found\"}}"               \
    }
#define BUSY                                                                                       \
    {                                                                                              \
        409, "{\"error\":{\"code\":\"Conflict\",\"message\":\"is being deleted\",\"innererror\":"  \
             "{\"code\":\"ObjectIsBeingDeleted\"}}}"                                               \
    }

struct world {
    struct script script;
    struct az_keyvault kv;
    base_key_t *key;
};

static int setup(void **state)
{
    struct world *world = base_alloc(sizeof *world);

    script_init(&world->script, 10000);
    world->kv = (struct az_keyvault){
        .az = world->script.az, .credential = world->script.credential, .vault = VAULT "/"};
    world->key = test_key(world->script.az.random, true);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    script_release(&world->script);
    base_key_free(world->key);
    free(world);
    return 0;
}

static void assert_same_key(const base_key_t *a, const base_key_t *b)
{
    struct base_buf first = {0}, second = {0};

    base_key_pem(a, &first);
    base_key_chain_pem(a, &first);
    base_key_pem(b, &second);
    base_key_chain_pem(b, &second);
    assert_string_equal(first.data, second.data);
    base_buf_release(&first);
    base_buf_release(&second);
}

static void a_certificate_is_imported_as_pkcs12(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *tags = cJSON_Parse("{\"owner\":\"me\"}");
    char *secret_id;

    SCRIPT(&world->script, {200, BUNDLE}, {200, BUNDLE});
    assert_int_equal(
        az_keyvault_import_certificate(&world->kv, "conn", world->key, tags, &secret_id, &err),
        BASE_OK);
    assert_string_equal(secret_id, SECRET_ID);
    free(secret_id);
    assert_call(&world->script, 0, "POST", VAULT "/certificates/conn/import" V);
    char *scope = form_field(world->script.last_token.body, "scope");
    assert_string_equal(scope, "https://vault.azure.net/.default");
    free(scope);
    cJSON *sent =
        base_json_parse(world->script.calls[0].body, world->script.calls[0].body_len, NULL);
    assert_string_equal(base_json_text(sent, "policy.secret_props.contentType"),
                        "application/x-pkcs12");
    assert_string_equal(base_json_text(sent, "pwd"), "");
    assert_string_equal(base_json_text(sent, "tags.owner"), "me");
    const char *value = base_json_text(sent, "value");
    struct base_buf der = {0};
    assert_true(base_base64_decode(&der, value, strlen(value)));
    base_key_t *opened = base_key_from_pkcs12(der.data, der.len, "", NULL);
    assert_same_key(opened, world->key);
    base_key_free(opened);
    base_buf_release(&der);
    cJSON_Delete(sent);
    assert_string_equal(base_json_text(tags, "owner"), "me"); /* borrowed, not wiped */
    assert_int_equal(
        az_keyvault_import_certificate(&world->kv, "conn", world->key, NULL, NULL, &err), BASE_OK);
    assert_null(strstr(world->script.calls[1].body, "\"tags\""));
    cJSON_Delete(tags);
}

static void an_import_may_be_refused(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    char *secret_id = (char *)world;

    SCRIPT(&world->script,
           {409, "{\"error\":{\"code\":\"Conflict\",\"message\":\"deleted but recoverable\","
                 "\"innererror\":{\"code\":\"ObjectIsDeletedButRecoverable\"}}}"});
    assert_int_equal(
        az_keyvault_import_certificate(&world->kv, "conn", world->key, NULL, &secret_id, &err),
        BASE_CONFLICT);
    assert_string_equal(err.code, "Conflict");
    assert_null(secret_id);
    RESCRIPT(&world->script, {200, "{\"id\":\"x\"}"});
    base_error_clear(&err);
    secret_id = (char *)world;
    assert_int_equal(
        az_keyvault_import_certificate(&world->kv, "conn", world->key, NULL, &secret_id, &err),
        BASE_PROTOCOL);
    assert_null(secret_id);
    base_key_t *bare = base_key_new_rsa(2048);
    base_error_clear(&err);
    assert_int_equal(az_keyvault_import_certificate(&world->kv, "conn", bare, NULL, NULL, &err),
                     BASE_INVALID);
    assert_int_equal(world->script.count, 1);
    base_key_free(bare);
}

static void a_certificate_is_looked_at(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    cJSON *out;

    SCRIPT(&world->script, {200, BUNDLE}, NOT_FOUND("Certificate"));
    assert_int_equal(az_keyvault_get_certificate(&world->kv, "a b/c", &out, &err), BASE_OK);
    assert_call(&world->script, 0, "GET", VAULT "/certificates/a%20b%2Fc" V);
    cJSON_Delete(out);
    out = (cJSON *)world;
    assert_int_equal(az_keyvault_get_certificate(&world->kv, "conn", &out, &err), BASE_NOT_FOUND);
    assert_string_equal(err.code, "CertificateNotFound");
    assert_null(out);
}

static char *bundle_of(const char *value, const char *type, const char *id)
{
    cJSON *bundle = cJSON_CreateObject();

    base_json_set_text(bundle, "value", value);
    base_json_set_text(bundle, "contentType", type);
    base_json_set_text(bundle, "id", id);
    char *text = base_json_print(bundle);
    cJSON_Delete(bundle);
    return text;
}

static void a_key_is_read_as_pfx_or_pem(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    struct base_buf der = {0}, pfx = {0}, pem = {0};
    char version[64];

    assert_int_equal(base_key_pkcs12(world->key, "", &der, NULL), BASE_OK);
    base_base64_encode(&pfx, der.data, der.len);
    base_key_pem(world->key, &pem);
    base_key_chain_pem(world->key, &pem);
    const struct {
        const char *value, *type;
    } rows[] = {
        {pfx.data, "application/x-pkcs12"}, {pfx.data, NULL}, {pem.data, "application/x-pem-file"}};
    for (size_t i = 0; i < 3; i++) {
        base_key_t *key;
        char *body = bundle_of(rows[i].value, rows[i].type, SECRET_ID "/v2");
        SCRIPT(&world->script, {200, body});
        assert_int_equal(az_keyvault_get_key(&world->kv, SECRET_ID, &key, version, &err), BASE_OK);
        assert_call(&world->script, 0, "GET", SECRET_ID V);
        assert_string_equal(version, "v2");
        assert_same_key(key, world->key);
        base_key_free(key);
        free(body);
    }
    base_buf_release(&der);
    base_buf_release(&pfx);
    base_buf_release(&pem);
}

static void what_is_no_key_is_refused_without_saying_what_it_was(void **state)
{
    struct world *world = *state;
    struct base_buf pem = {0}, certificate = {0};

    base_key_pem(world->key, &pem); /* a key alone */
    base_key_chain_pem(world->key, &certificate);
    const struct {
        const char *value, *type;
    } rows[] = {{"hunter2-password", "application/x-pkcs12"},
                {"hunter2-password", "application/x-pem-file"},
                {"bm90IGEgcGZ4", "application/x-pkcs12"},
                {pem.data, "application/x-pem-file"},
                {certificate.data, "application/x-pem-file"},
                {"", "application/x-pkcs12"},
                {NULL, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        base_key_t *key = (base_key_t *)world;
        char *body = bundle_of(rows[i].value, rows[i].type, NULL);
        SCRIPT(&world->script, {200, body});
        assert_int_equal(az_keyvault_get_key(&world->kv, SECRET_ID, &key, NULL, &err),
                         BASE_PROTOCOL);
        assert_int_equal(err.status, BASE_PROTOCOL);
        assert_hidden(&err, "hunter2");
        assert_hidden(&err, "bm90");
        assert_hidden(&err, "MII");
        assert_null(key);
        free(body);
    }
    base_buf_release(&pem);
    base_buf_release(&certificate);
}

static void a_key_may_be_out_of_reach(void **state)
{
    static const struct {
        struct reply reply;
        enum base_status status;
    } rows[] = {{NOT_FOUND("Secret"), BASE_NOT_FOUND},
                {{403, "{\"error\":{\"code\":\"Forbidden\",\"message\":\"m\",\"innererror\":{"
                       "\"code\":\"ForbiddenByRbac\"}}}"},
                 BASE_DENIED},
                {{200, "not json: hunter2"}, BASE_PROTOCOL}};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        base_key_t *key = (base_key_t *)world;
        script_set(&world->script, &rows[i].reply, 1);
        assert_int_equal(az_keyvault_get_key(&world->kv, SECRET_ID, &key, NULL, &err),
                         rows[i].status);
        assert_null(key);
        assert_hidden(&err, "hunter2");
    }
}

static enum base_status delete_it(struct world *world, struct base_error *err)
{
    memset(err, 0, sizeof *err);
    return az_keyvault_delete_certificate(&world->kv, "conn", err);
}

static void delete_also_purges(void **state)
{
    struct world *world = *state;
    struct base_error err;

    SCRIPT(&world->script, {200, BUNDLE}, {204});
    assert_int_equal(delete_it(world, &err), BASE_OK);
    assert_call(&world->script, 0, "DELETE", VAULT "/certificates/conn" V);
    assert_call(&world->script, 1, "DELETE", VAULT "/deletedcertificates/conn" V);
    script_done(&world->script);
    RESCRIPT(&world->script, NOT_FOUND("Certificate"), {204}); /* deleted before, not purged */
    assert_int_equal(delete_it(world, &err), BASE_OK);
    script_done(&world->script);
    RESCRIPT(&world->script, NOT_FOUND("Certificate"), NOT_FOUND("Certificate"));
    assert_int_equal(delete_it(world, &err), BASE_OK);
    script_done(&world->script);
}

/* A vault that is still deleting does not know the deleted one yet: the name must not stay taken. */
static void purge_waits_for_the_delete(void **state)
{
    static const struct reply never = NOT_FOUND("Certificate"), busy = BUSY;
    static const struct reply deleted = {200, BUNDLE, {NULL}, false};
    struct world *world = *state;
    struct base_error err;

    SCRIPT(&world->script, {200, BUNDLE}, NOT_FOUND("Certificate"), BUSY, {204});
    int64_t before = base_clock_ms(&world->script.clock);
    assert_int_equal(delete_it(world, &err), BASE_OK);
    assert_true(base_clock_ms(&world->script.clock) - before >= 4000);
    script_done(&world->script);
    script_set(&world->script, &deleted, 1);
    world->script.repeat = &never;
    assert_int_equal(delete_it(world, &err), BASE_UNAVAILABLE);
    assert_non_null(strstr(err.message, "conn"));
    assert_int_equal(world->script.count, 16);
    script_set(&world->script, &deleted, 1);
    world->script.repeat = &busy;
    assert_int_equal(delete_it(world, &err), BASE_CONFLICT);
    assert_string_equal(err.code, "Conflict");
}

static void a_delete_may_be_refused(void **state)
{
    struct world *world = *state;
    struct base_error err;

    SCRIPT(&world->script, {403, "{\"error\":{\"code\":\"Forbidden\",\"message\":\"m\"}}"});
    assert_int_equal(delete_it(world, &err), BASE_DENIED);
    script_done(&world->script);
    RESCRIPT(&world->script, {200, BUNDLE},
             {403, "{\"error\":{\"code\":\"Forbidden\",\"message\":\"purge protection\"}}"});
    assert_int_equal(delete_it(world, &err), BASE_DENIED);
    assert_string_equal(err.message, "purge protection");
    script_done(&world->script);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_is_imported_as_pkcs12),
        TEST(an_import_may_be_refused),
        TEST(a_certificate_is_looked_at),
        TEST(a_key_is_read_as_pfx_or_pem),
        TEST(what_is_no_key_is_refused_without_saying_what_it_was),
        TEST(a_key_may_be_out_of_reach),
        TEST(delete_also_purges),
        TEST(purge_waits_for_the_delete),
        TEST(a_delete_may_be_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
