/* Digests, keys, certificates and PKCS#12 as other programs write and read them. */
#include "common/crypto.h"
#include "common/text.h"
#include "crypto_vectors.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define YEAR_MS (365LL * 86400 * 1000)
#define FROM_MS 1700000000000LL

static base_random_t *rng;
static base_key_t *ca;

static int set_up(void **state)
{
    (void)state;
    const struct base_certificate_request request = {.common_name = "Test CA",
                                                     .not_before_ms = FROM_MS,
                                                     .not_after_ms = FROM_MS + YEAR_MS,
                                                     .ca = true};
    rng = base_random_new("crypto");
    ca = base_key_new_rsa(2048);
    base_key_certify(ca, NULL, &request, rng);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    base_key_free(ca);
    base_random_free(rng);
    return 0;
}

static base_key_t *leaf_key(const char *name)
{
    const char *const names[] = {"*.vault.example", "127.0.0.1", "::1", NULL};
    const struct base_certificate_request request = {.common_name = name,
                                                     .dns_names = names,
                                                     .not_before_ms = FROM_MS,
                                                     .not_after_ms = FROM_MS + YEAR_MS};
    base_key_t *key = base_key_new_ec();
    base_key_certify(key, ca, &request, rng);
    return key;
}

static void assert_hex(const void *data, size_t len, const char *hex)
{
    struct base_buf text = {0};
    base_hex_encode(&text, data, len);
    assert_string_equal(text.data, hex);
    base_buf_release(&text);
}

static void digests_match_published_vectors(void **state)
{
    (void)state;
    unsigned char out[32];
    base_sha256("abc", 3, out);
    assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    base_sha256(NULL, 0, out);
    assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    base_sha1("abc", 3, out);
    assert_hex(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
    base_md5("abc", 3, out);
    assert_hex(out, 16, "900150983cd24fb0d6963f7d28e17f72");
    base_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out); /* RFC 4231, case 2 */
    assert_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    base_hmac_sha256(NULL, 0, NULL, 0, out);
    assert_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* Both lengths that Key Vault and identities ask for; OpenSSL checks primes, modulus, exponents and coefficient. */
static void an_rsa_key_is_whole(void **state)
{
    (void)state;
    for (int bits = 2048; bits <= 3072; bits += 1024) {
        base_key_t *key = base_key_new_rsa(bits);
        struct base_buf pem = {0};
        base_key_pem(key, &pem);
        BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
        EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        assert_non_null(pkey);
        assert_int_equal(EVP_PKEY_get_bits(pkey), bits);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
        assert_int_equal(EVP_PKEY_check(context), 1);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(pkey);
        BIO_free(bio);
        base_buf_release(&pem);
        base_key_free(key);
    }
}

static void equality_in_constant_time(void **state)
{
    (void)state;
    assert_true(base_equal_constant_time("secret", "secret", 6));
    assert_false(base_equal_constant_time("secret", "secreT", 6));
    assert_true(base_equal_constant_time(NULL, NULL, 0));
}

static void a_chain_is_leaf_without_root(void **state)
{
    (void)state;
    base_key_t *key = leaf_key("server");
    struct base_buf pem = {0};
    int64_t from, to;

    base_key_chain_pem(key, &pem);
    assert_non_null(pem.data);
    char *first = strstr(pem.data, "-----BEGIN CERTIFICATE-----");
    assert_non_null(first);
    assert_null(strstr(first + 1, "-----BEGIN CERTIFICATE-----"));
    assert_string_equal(base_key_subject(key), "CN=server");
    base_key_validity(key, &from, &to);
    assert_int_equal(from, FROM_MS);
    assert_int_equal(to, FROM_MS + YEAR_MS);
    base_buf_release(&pem);
    base_key_free(key);
}

static void an_intermediate_stays_in_the_chain(void **state)
{
    (void)state;
    struct base_certificate_request request = {.common_name = "between",
                                               .not_before_ms = FROM_MS,
                                               .not_after_ms = FROM_MS + YEAR_MS,
                                               .ca = true};
    base_key_t *between = base_key_new_ec(), *key = base_key_new_ec();
    struct base_buf pem = {0};

    base_key_certify(between, ca, &request, rng);
    request.common_name = "leaf";
    request.ca = false;
    base_key_certify(key, between, &request, rng);
    base_key_chain_pem(key, &pem);
    char *second = strstr(strstr(pem.data, "BEGIN CERT") + 1, "BEGIN CERT");
    assert_non_null(second);
    assert_null(strstr(second + 1, "BEGIN CERT"));
    base_buf_release(&pem);
    base_key_free(key);
    base_key_free(between);
}

static void pem_round_trip_in_any_order(void **state)
{
    (void)state;
    base_key_t *key = leaf_key("roundtrip");
    struct base_buf pem = {0};
    struct base_error err = {0};
    unsigned char before[32], after[32];

    base_key_chain_pem(key, &pem);
    base_key_pem(key, &pem);
    base_key_t *again = base_key_from_pem(pem.data, pem.len, &err);
    assert_non_null(again);
    base_key_thumbprint_sha256(key, before);
    base_key_thumbprint_sha256(again, after);
    assert_memory_equal(before, after, 32);
    base_key_free(again);
    base_key_free(key);
    base_buf_release(&pem);
}

static void pem_without_private_key_is_refused(void **state)
{
    (void)state;
    struct base_buf pem = {0};
    struct base_error err = {0};

    base_key_chain_pem(ca, &pem);
    assert_null(base_key_from_pem(pem.data, pem.len, &err));
    assert_int_equal(err.status, BASE_INVALID);
    base_error_clear(&err);
    assert_null(base_key_from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                  60, &err));
    assert_int_equal(err.status, BASE_INVALID);
    base_error_clear(&err);
    assert_null(base_key_from_pem("", 0, &err));
    assert_int_equal(err.status, BASE_INVALID);
    base_buf_release(&pem);
}

/* A certificate of somebody else's key in the file must not become the key's. */
static void a_foreign_certificate_is_not_taken(void **state)
{
    (void)state;
    base_key_t *key = base_key_new_ec();
    struct base_buf pem = {0};
    struct base_error err = {0};

    base_key_pem(key, &pem);
    base_key_chain_pem(ca, &pem);
    base_key_t *again = base_key_from_pem(pem.data, pem.len, &err);
    assert_non_null(again);
    assert_false(base_key_has_certificate(again));
    assert_string_equal(base_key_subject(again), "");
    base_key_free(again);
    base_key_free(key);
    base_buf_release(&pem);
}

static void pkcs12_round_trip(const char *write, const char *read)
{
    base_key_t *key = leaf_key("p12");
    struct base_buf der = {0};
    struct base_error err = {0};
    unsigned char before[20], after[20];

    assert_int_equal(base_key_pkcs12(key, write, &der, &err), BASE_OK);
    base_key_t *again = base_key_from_pkcs12(der.data, der.len, read, &err);
    assert_non_null(again);
    base_key_thumbprint_sha1(key, before);
    base_key_thumbprint_sha1(again, after);
    assert_memory_equal(before, after, 20);
    base_key_free(again);
    base_key_free(key);
    base_buf_release(&der);
}

static void pkcs12_is_written_and_read(void **state)
{
    (void)state;
    pkcs12_round_trip("secret", "secret");
    pkcs12_round_trip("", "");
    pkcs12_round_trip("", NULL);
    pkcs12_round_trip("", "not needed"); /* "" is tried after the given one */
}

static void pkcs12_of_old_tools_opens(void **state)
{
    (void)state;
    struct base_buf der = {0};
    struct base_error err = {0};

    assert_true(base_base64_decode(&der, vector_legacy_p12, strlen(vector_legacy_p12)));
    base_key_t *key = base_key_from_pkcs12(der.data, der.len, "old", &err);
    assert_non_null(key);
    assert_string_equal(base_key_subject(key), "CN=vector");
    cJSON *jwk = base_key_jwk(key, "k1");
    assert_string_equal(base_json_text(jwk, "n"), vector_n);
    cJSON_Delete(jwk);
    base_key_free(key);
    assert_null(base_key_from_pkcs12(der.data, der.len, "wrong", &err));
    assert_int_equal(err.status, BASE_INVALID);
    base_buf_release(&der);
}

/* Fails each prefix of a good file: a cut file is an error, never a crash. */
static void cut_pkcs12_is_refused(void **state)
{
    (void)state;
    struct base_buf der = {0};

    assert_true(base_base64_decode(&der, vector_legacy_p12, strlen(vector_legacy_p12)));
    for (size_t len = 0; len < der.len; len += len < 64 ? 1 : 97) {
        struct base_error err = {0};
        assert_null(base_key_from_pkcs12(der.data, len, "old", &err));
        assert_int_equal(err.status, BASE_INVALID);
    }
    base_buf_release(&der);
}

static void a_public_key_comes_from_a_certificate(void **state)
{
    (void)state;
    struct base_buf der = {0};
    struct base_error err = {0};

    base_key_certificate_der(ca, &der);
    base_public_key_t *key = base_public_key_from_certificate_der(der.data, der.len, &err);
    assert_non_null(key);
    base_public_key_free(key);
    assert_null(base_public_key_from_certificate_der(der.data, der.len / 2, &err));
    assert_int_equal(err.status, BASE_INVALID);
    base_buf_release(&der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_match_published_vectors),
        cmocka_unit_test(an_rsa_key_is_whole),
        cmocka_unit_test(equality_in_constant_time),
        cmocka_unit_test(a_chain_is_leaf_without_root),
        cmocka_unit_test(an_intermediate_stays_in_the_chain),
        cmocka_unit_test(pem_round_trip_in_any_order),
        cmocka_unit_test(pem_without_private_key_is_refused),
        cmocka_unit_test(a_foreign_certificate_is_not_taken),
        cmocka_unit_test(pkcs12_is_written_and_read),
        cmocka_unit_test(pkcs12_of_old_tools_opens),
        cmocka_unit_test(cut_pkcs12_is_refused),
        cmocka_unit_test(a_public_key_comes_from_a_certificate),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
