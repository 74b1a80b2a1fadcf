/* Certificates of a vault: import in either form, the managed secret, policy, versions, deletion, self-signed ones. */
#include "tests/unit/sim_keyvault/vault_world.h"
#include "common/crypto.h"

#define FROM_S 1700000000LL

static base_key_t *key;

static void certify(base_key_t *what, const char *name, const base_key_t *issuer, bool ca)
{
    const struct base_certificate_request request = {.common_name = name,
                                                     .not_before_ms = FROM_S * 1000,
                                                     .not_after_ms = (FROM_S + 100000000) * 1000,
                                                     .ca = ca,
                                                     .client = true};
    base_key_certify(what, issuer, &request, rng);
}

static int set_up_key(void **state)
{
    set_up(state);
    key = base_key_new_rsa(2048);
    certify(key, "connector", NULL, false);
    return 0;
}

static int tear_down_key(void **state)
{
    base_key_free(key);
    return tear_down(state);
}

static char *pfx_of(const base_key_t *what, const char *password)
{
    struct base_buf der = {0}, text = {0};
    assert_int_equal(base_key_pkcs12(what, password, &der, NULL), BASE_OK);
    base_base64_encode(&text, der.data, der.len);
    base_buf_release(&der);
    return base_buf_take(&text);
}

/* The request body {value, ...more members}. */
static char *request_of(const char *value, const char *more)
{
    cJSON *request = cJSON_Parse(more);
    assert_non_null(request);
    base_json_set_text(request, "value", value);
    char *text = base_json_print(request);
    cJSON_Delete(request);
    return text;
}

static int import_as(const char *name, const char *value, const char *more)
{
    char *path = base_asprintf("/certificates/%s/import" V, name), *text = request_of(value, more);
    int status = call("POST", path, text);
    free(path);
    free(text);
    return status;
}

static int import_pfx(const char *name, const char *password, const char *more)
{
    char *value = pfx_of(key, password);
    int status = import_as(name, value, more);
    free(value);
    return status;
}

static void thumbprint_of(const base_key_t *what, char out[64])
{
    unsigned char digest[20];
    struct base_buf text = {0};
    base_key_thumbprint_sha1(what, digest);
    base_base64url_encode(&text, digest, sizeof digest);
    snprintf(out, 64, "%s", text.data);
    base_buf_release(&text);
}

static void an_imported_certificate_is_described(void **state)
{
    (void)state;
    char x5t[64];

    assert_ok(import_pfx("cert", "pw", "{\"pwd\":\"pw\",\"tags\":{\"owner\":\"me\"}}"), 200);
    thumbprint_of(key, x5t);
    assert_string_equal(text_at("x5t"), x5t);
    assert_int_equal(
        strncmp(text_at("id"), URL "/certificates/cert/", strlen(URL "/certificates/cert/")), 0);
    assert_int_equal(strncmp(text_at("sid"), URL "/secrets/cert/", strlen(URL "/secrets/cert/")),
                     0);
    assert_int_equal(strncmp(text_at("kid"), URL "/keys/cert/", strlen(URL "/keys/cert/")), 0);
    assert_string_equal(strrchr(text_at("id"), '/'),
                        strrchr(text_at("sid"), '/')); /* one version for all three */
    assert_true(base_json_number(body, "attributes.nbf", 0) == (double)FROM_S);
    assert_true(base_json_number(body, "attributes.exp", 0) == (double)(FROM_S + 100000000));
    assert_string_equal(text_at("policy.secret_props.contentType"), "application/x-pkcs12");
    assert_string_equal(text_at("policy.key_props.kty"), "RSA");
    assert_true(base_json_number(body, "policy.key_props.key_size", 0) == 2048);
    assert_string_equal(text_at("policy.x509_props.subject"), "CN=connector");
    assert_string_equal(text_at("policy.issuer.name"), "Unknown");
    assert_string_equal(text_at("policy.id"), URL "/certificates/cert/policy");
    assert_string_equal(text_at("tags.owner"), "me");
    struct base_buf der = {0};
    assert_true(base_base64_decode(&der, text_at("cer"), strlen(text_at("cer"))));
    base_public_key_t *public_key = base_public_key_from_certificate_der(der.data, der.len, NULL);
    assert_non_null(public_key);
    base_public_key_free(public_key);
    base_buf_release(&der);
}

/* The password of the import is gone: the managed secret opens with none. */
static void the_managed_secret_is_a_pfx_without_password(void **state)
{
    (void)state;
    struct base_buf der = {0};
    unsigned char before[20], after[20];

    assert_ok(import_pfx("cert", "pw", "{\"pwd\":\"pw\"}"), 200);
    char *sid = base_asprintf("%s" V, text_at("sid") + strlen(URL));
    assert_ok(call("GET", sid, NULL), 200);
    assert_string_equal(text_at("contentType"), "application/x-pkcs12");
    assert_true(base_json_true(body, "managed"));
    assert_int_equal(strncmp(text_at("kid"), URL "/keys/cert/", strlen(URL "/keys/cert/")), 0);
    char *value = base_strdup(text_at("value"));
    assert_true(base_base64_decode(&der, value, strlen(value)));
    base_key_t *again = base_key_from_pkcs12(der.data, der.len, NULL, NULL);
    assert_non_null(again);
    base_key_thumbprint_sha1(key, before);
    base_key_thumbprint_sha1(again, after);
    assert_memory_equal(before, after, 20);
    assert_ok(call("GET", "/secrets/cert/" V, NULL), 200);
    assert_string_equal(text_at("value"), value); /* the same bytes each time */
    base_key_free(again);
    base_buf_release(&der);
    free(value);
    free(sid);
}

static void pem_goes_in_and_comes_out(void **state)
{
    (void)state;
    struct base_buf pem = {0};
    base_key_t *ca = base_key_new_ec(), *between = base_key_new_ec(), *leaf = base_key_new_ec();

    certify(ca, "root", NULL, true);
    certify(between, "between", ca, true);
    certify(leaf, "leaf", between, false);
    base_key_chain_pem(leaf, &pem);
    base_key_pem(leaf, &pem);
    assert_ok(
        import_as("pem", pem.data,
                  "{\"policy\":{\"secret_props\":{\"contentType\":\"application/x-pem-file\"}}}"),
        200);
    assert_string_equal(text_at("policy.key_props.kty"), "EC");
    assert_string_equal(text_at("policy.key_props.crv"), "P-256");
    assert_ok(call("GET", "/secrets/pem" V, NULL), 200);
    assert_string_equal(text_at("contentType"), "application/x-pem-file");
    base_key_t *again = base_key_from_pem(text_at("value"), strlen(text_at("value")), NULL);
    assert_non_null(again);
    assert_string_equal(base_key_subject(again), "CN=leaf");
    assert_non_null(
        strstr(strstr(text_at("value"), "BEGIN CERT") + 1, "BEGIN CERT")); /* with its chain */
    base_key_free(again);
    base_key_free(leaf);
    base_key_free(between);
    base_key_free(ca);
    base_buf_release(&pem);
}

static void a_key_that_is_not_exportable_stays_inside(void **state)
{
    (void)state;
    struct base_buf der = {0}, pem = {0};

    assert_ok(import_pfx("closed", "", "{\"policy\":{\"key_props\":{\"exportable\":false}}}"), 200);
    assert_ok(call("GET", "/secrets/closed" V, NULL), 200);
    assert_true(base_base64_decode(&der, text_at("value"), strlen(text_at("value"))));
    assert_null(base_key_from_pkcs12(der.data, der.len, NULL, NULL));
    base_public_key_t *public_key = base_public_key_from_certificate_der(der.data, der.len, NULL);
    assert_non_null(public_key);
    base_public_key_free(public_key);
    base_key_pem(key, &pem);
    base_key_chain_pem(key, &pem);
    assert_ok(import_as("closed2", pem.data, "{\"policy\":{\"key_props\":{\"exportable\":false}}}"),
              200);
    assert_ok(call("GET", "/secrets/closed2" V, NULL), 200);
    assert_null(strstr(text_at("value"), "PRIVATE KEY"));
    base_buf_release(&pem);
    base_buf_release(&der);
}

static void bad_material_is_refused(void **state)
{
    (void)state;
    struct base_buf pem = {0}, bare = {0};
    char *pfx = pfx_of(key, "secret");

    base_key_chain_pem(key, &pem); /* no private key */
    base_key_pem(key, &bare);      /* no certificate */
    const struct {
        const char *value, *more, *words;
    } rows[] = {
        {"AAAA", "{}", "PKCS#12"},
        {"not base64!", "{}", "PKCS#12"},
        {"", "{}", "PKCS#12"},
        {pfx, "{}", "PKCS#12"}, /* the password is missing */
        {pfx, "{\"pwd\":\"wrong\"}", "PKCS#12"},
        {pem.data, "{}", "PKCS#8"},
        {bare.data, "{}", "its certificate"},
        {"-----BEGIN RSA PRIVATE KEY-----", "{}", "PKCS#8"},
        {pem.data, "{\"policy\":{\"secret_props\":{\"contentType\":\"application/x-pkcs12\"}}}",
         "PKCS#12"},
        {pfx, "{\"pwd\":\"secret\",\"policy\":{\"secret_props\":{\"contentType\":\"text/plain\"}}}",
         "contentType"},
        {pfx, "{\"pwd\":\"secret\",\"policy\":{\"key_props\":{\"exportable\":\"no\"}}}",
         "exportable"},
        {pfx, "{\"pwd\":\"secret\",\"tags\":7}", "tags"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        import_as("bad", rows[i].value, rows[i].more);
        assert_refused(400, "BadParameter", NULL);
        if (!strstr(text_at("error.message"), rows[i].words))
            fail_msg("row %zu: %s", i, text_at("error.message"));
    }
    call("POST", "/certificates/bad/import" V, NULL);
    assert_refused(400, "BadParameter", NULL);
    call("GET", "/certificates/bad" V, NULL);
    assert_refused(404, "CertificateNotFound", NULL); /* nothing was kept */
    free(pfx);
    base_buf_release(&pem);
    base_buf_release(&bare);
}

static void a_second_import_is_a_new_version(void **state)
{
    (void)state;
    base_key_t *renewed = base_key_new_rsa(2048);
    char x5t[64];

    assert_ok(import_pfx("cert", "", "{}"), 200);
    char *first = base_asprintf("%s" V, text_at("id") + strlen(URL));
    certify(renewed, "renewed", NULL, false);
    char *value = pfx_of(renewed, "");
    assert_ok(import_as("cert", value, "{}"), 200);
    thumbprint_of(renewed, x5t);
    assert_ok(call("GET", "/certificates/cert/" V, NULL), 200);
    assert_string_equal(text_at("x5t"), x5t);
    assert_ok(call("GET", first, NULL), 200);
    assert_string_not_equal(text_at("x5t"), x5t);
    assert_ok(call("GET", "/certificates/cert/versions" V, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 2);
    assert_ok(call("GET", "/secrets/cert/versions" V, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 2);
    assert_ok(call("GET", "/keys/cert/versions" V, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 2);
    assert_ok(call("GET", "/certificates" V, NULL), 200);
    assert_string_equal(text_at("value.0.id"), URL "/certificates/cert");
    free(value);
    free(first);
    base_key_free(renewed);
}

static void the_managed_secret_is_not_written(void **state)
{
    (void)state;
    assert_ok(import_pfx("cert", "", "{}"), 200);
    call("PUT", "/secrets/cert" V, "{\"value\":\"x\"}");
    assert_refused(403, "Forbidden", "SecretManagedByKeyVault");
    call("PATCH", "/secrets/cert" V, "{}");
    assert_refused(403, "Forbidden", "SecretManagedByKeyVault");
    call("DELETE", "/secrets/cert" V, NULL);
    assert_refused(403, "Forbidden", "SecretManagedByKeyVault");
    assert_ok(call("PUT", "/secrets/plain" V, "{\"value\":\"x\"}"), 200);
    import_pfx("plain", "", "{}");
    assert_refused(409, "Conflict", "ObjectAlreadyExists");
    assert_ok(call("GET", "/secrets" V, NULL), 200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 2);
    assert_true(base_json_true(body, "value.0.managed"));
}

static void a_deleted_certificate_takes_its_secret_along(void **state)
{
    (void)state;
    assert_ok(import_pfx("cert", "", "{}"), 200);
    assert_ok(call("DELETE", "/certificates/cert" V, NULL), 200);
    assert_string_equal(text_at("recoveryId"), URL "/deletedcertificates/cert");
    call("GET", "/certificates/cert" V, NULL);
    assert_refused(404, "CertificateNotFound", NULL);
    call("GET", "/secrets/cert" V, NULL);
    assert_refused(404, "SecretNotFound", NULL);
    call("GET", "/keys/cert" V, NULL);
    assert_refused(404, "KeyNotFound", NULL);
    import_pfx("cert", "", "{}");
    assert_refused(409, "Conflict", "ObjectIsDeletedButRecoverable");
    assert_ok(call("GET", "/deletedcertificates" V, NULL), 200);
    assert_string_equal(text_at("value.0.id"), URL "/certificates/cert");
    assert_ok(call("POST", "/deletedcertificates/cert/recover" V, NULL), 200);
    assert_ok(call("GET", "/secrets/cert" V, NULL), 200);
    assert_ok(call("DELETE", "/certificates/cert" V, NULL), 200);
    assert_ok(call("DELETE", "/deletedcertificates/cert" V, NULL), 204);
    call("GET", "/deletedcertificates/cert" V, NULL);
    assert_refused(404, "CertificateNotFound", NULL);
    assert_ok(import_pfx("cert", "", "{}"), 200);
}

static void metadata_and_policy_change(void **state)
{
    (void)state;
    assert_ok(import_pfx("cert", "", "{}"), 200);
    char *path = base_asprintf("%s" V, text_at("id") + strlen(URL));
    assert_ok(call("PATCH", path,
                   "{\"tags\":{\"a\":\"b\"},\"attributes\":{\"enabled\":false,\"exp\":1}}"),
              200);
    assert_true(base_json_number(body, "attributes.exp", 0) ==
                (double)(FROM_S + 100000000)); /* the certificate's own */
    assert_false(base_json_true(body, "attributes.enabled"));
    call("GET", "/secrets/cert" V, NULL);
    assert_refused(403, "Forbidden", "SecretDisabled");
    assert_ok(
        call("PATCH", "/certificates/cert/policy" V, "{\"x509_props\":{\"validity_months\":6}}"),
        200);
    assert_ok(call("GET", "/certificates/cert/policy" V, NULL), 200);
    assert_true(base_json_number(body, "x509_props.validity_months", 0) == 6);
    assert_string_equal(text_at("x509_props.subject"), "CN=connector");
    call("PATCH", "/certificates/cert/policy" V, NULL);
    assert_refused(400, "BadParameter", NULL);
    free(path);
}

static void the_key_can_be_read(void **state)
{
    (void)state;
    assert_ok(import_pfx("cert", "", "{}"), 200);
    char *kid = base_strdup(text_at("kid"));
    assert_ok(call("GET", "/keys/cert" V, NULL), 200);
    assert_string_equal(text_at("key.kid"), kid);
    assert_string_equal(text_at("key.kty"), "RSA");
    cJSON *jwk = base_key_jwk(key, NULL);
    assert_string_equal(text_at("key.n"), base_json_text(jwk, "n"));
    assert_null(base_json_at(body, "key.d"));
    cJSON_Delete(jwk);
    assert_ok(call("GET", "/keys" V, NULL), 200);
    assert_string_equal(text_at("value.0.kid"), URL "/keys/cert");
    free(kid);
}

static void a_self_signed_certificate_is_made(void **state)
{
    (void)state;
    const char *request =
        "{\"policy\":{\"issuer\":{\"name\":\"Self\"},\"key_props\":{},\"secret_props\":{},"
        "\"x509_props\":{\"subject\":\"CN=made here\",\"sans\":{\"dns_names\":[\"a.example\"]}}}}";

    assert_ok(call("POST", "/certificates/made/create" V, request), 202);
    assert_string_equal(text_at("status"), "inProgress");
    assert_string_equal(base_headers_get(&answer.headers, "Location"),
                        URL "/certificates/made/pending" V);
    assert_ok(call("GET", "/certificates/made/pending" V, NULL), 200);
    assert_string_equal(text_at("status"), "completed");
    assert_string_equal(text_at("target"), URL "/certificates/made");
    assert_ok(call("GET", "/certificates/made" V, NULL), 200);
    assert_string_equal(text_at("policy.issuer.name"), "Self");
    assert_true(base_json_number(body, "policy.key_props.key_size", 0) == 2048);
    assert_ok(call("GET", "/secrets/made" V, NULL), 200);
    struct base_buf der = {0};
    assert_true(base_base64_decode(&der, text_at("value"), strlen(text_at("value"))));
    base_key_t *made = base_key_from_pkcs12(der.data, der.len, "", NULL);
    assert_non_null(made);
    assert_string_equal(base_key_subject(made), "CN=made here");
    base_key_free(made);
    base_buf_release(&der);
    assert_ok(call("DELETE", "/certificates/made/pending" V, NULL), 200);
    call("GET", "/certificates/made/pending" V, NULL);
    assert_refused(404, "PendingCertificateNotFound", NULL);
}

static void impossible_certificates_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"{}", 400},
        {"{\"policy\":{\"issuer\":{\"name\":\"DigiCert\"}}}", 501},
        {"{\"policy\":{\"issuer\":{\"name\":\"Self\"}}}", 400},
        {"{\"policy\":{\"issuer\":{\"name\":\"Self\"},\"x509_props\":{\"subject\":\"CN=\"}}}", 400},
        {"{\"policy\":{\"issuer\":{\"name\":\"Self\"},\"x509_props\":{\"subject\":\"CN=\\u00e9\"}}"
         "}",
         400},
        {"{\"policy\":{\"issuer\":{\"name\":\"Self\"},\"x509_props\":{\"subject\":\"CN="
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}}",
         400},
        {"{\"policy\":{\"issuer\":{\"name\":\"Self\"},\"x509_props\":{\"subject\":\"CN=a\","
         "\"validity_months\":1e9}}}",
         400},
        {"{\"policy\":{\"issuer\":{\"name\":\"Self\"},\"key_props\":{\"key_size\":1},\"x509_"
         "props\":{\"subject\":\"CN=a\"}}}",
         400},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_ok(call("POST", "/certificates/no/create" V, rows[i].text), rows[i].status);
    call("GET", "/certificates/no" V, NULL);
    assert_refused(404, "CertificateNotFound", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_imported_certificate_is_described, set_up_key,
                                        tear_down_key),
        cmocka_unit_test_setup_teardown(the_managed_secret_is_a_pfx_without_password, set_up_key,
                                        tear_down_key),
        cmocka_unit_test_setup_teardown(pem_goes_in_and_comes_out, set_up_key, tear_down_key),
        cmocka_unit_test_setup_teardown(a_key_that_is_not_exportable_stays_inside, set_up_key,
                                        tear_down_key),
        cmocka_unit_test_setup_teardown(bad_material_is_refused, set_up_key, tear_down_key),
        cmocka_unit_test_setup_teardown(a_second_import_is_a_new_version, set_up_key,
                                        tear_down_key),
        cmocka_unit_test_setup_teardown(the_managed_secret_is_not_written, set_up_key,
                                        tear_down_key),
        cmocka_unit_test_setup_teardown(a_deleted_certificate_takes_its_secret_along, set_up_key,
                                        tear_down_key),
        cmocka_unit_test_setup_teardown(metadata_and_policy_change, set_up_key, tear_down_key),
        cmocka_unit_test_setup_teardown(the_key_can_be_read, set_up_key, tear_down_key),
        cmocka_unit_test_setup_teardown(a_self_signed_certificate_is_made, set_up_key,
                                        tear_down_key),
        cmocka_unit_test_setup_teardown(impossible_certificates_are_refused, set_up_key,
                                        tear_down_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
