/* Tokens: signed here and by others, verified here, and every way to be wrong. */
#include "common/crypto.h"
#include "common/text.h"
#include "crypto_vectors.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static base_key_t *key, *other;

static int set_up(void **state)
{
    (void)state;
    base_random_t *rng = base_random_new("jwt");
    const struct base_certificate_request request = {
        .common_name = "signer", .not_before_ms = 0, .not_after_ms = 4000000000000LL};
    key = base_key_new_rsa(2048);
    other = base_key_new_rsa(2048);
    base_key_certify(key, NULL, &request, rng);
    base_random_free(rng);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    base_key_free(key);
    base_key_free(other);
    return 0;
}

static char *token_of(const char *alg, const char *header_text)
{
    cJSON *header = cJSON_Parse(header_text),
          *claims = cJSON_Parse("{\"sub\":\"joe\",\"exp\":1300819380}");
    char *token = base_jwt_sign(key, alg, header, claims);
    cJSON_Delete(header);
    cJSON_Delete(claims);
    return token;
}

static enum base_status verify(const char *token, const base_key_t *with)
{
    struct base_error err = {0};
    struct base_jwt jwt;
    base_public_key_t *public_key = base_key_public(with);
    enum base_status status = base_jwt_parse(token, &jwt, &err);

    if (status == BASE_OK)
        status = base_jwt_verify(&jwt, public_key, &err);
    base_jwt_release(&jwt);
    base_public_key_free(public_key);
    assert_int_equal(err.status, status);
    return status;
}

static void both_algorithms_round_trip(void **state)
{
    (void)state;
    static const char *const algorithms[] = {"RS256", "PS256"};

    for (size_t i = 0; i < 2; i++) {
        char *token = token_of(algorithms[i], "{\"typ\":\"JWT\",\"alg\":\"none\"}");
        struct base_jwt jwt;
        assert_int_equal(base_jwt_parse(token, &jwt, NULL), BASE_OK);
        assert_string_equal(base_json_text(jwt.header, "alg"), algorithms[i]);
        assert_string_equal(base_json_text(jwt.header, "typ"), "JWT");
        assert_string_equal(base_json_text(jwt.claims, "sub"), "joe");
        base_jwt_release(&jwt);
        assert_int_equal(verify(token, key), BASE_OK);
        assert_int_equal(verify(token, other), BASE_UNAUTHENTICATED);
        free(token);
    }
}

static cJSON *vector_jwks(void)
{
    cJSON *jwks = cJSON_Parse("{\"keys\":[{\"kty\":\"EC\",\"kid\":\"k0\"},{\"kty\":\"RSA\",\"kid\":"
                              "\"k1\",\"e\":\"AQAB\"}]}");
    base_json_set_text(base_json_at(jwks, "keys.1"), "n", vector_n);
    return jwks;
}

static void tokens_of_another_implementation_verify(void **state)
{
    (void)state;
    const char *const tokens[] = {vector_rs256, vector_ps256};
    cJSON *jwks = vector_jwks();

    for (size_t i = 0; i < 2; i++) {
        struct base_jwt jwt;
        struct base_error err = {0};
        assert_int_equal(base_jwt_parse(tokens[i], &jwt, &err), BASE_OK);
        assert_int_equal(base_jwt_verify_jwks(&jwt, jwks, &err), BASE_OK);
        assert_true(base_json_number(jwt.claims, "exp", 0) == 1300819380.5);
        base_jwt_release(&jwt);
    }
    cJSON_Delete(jwks);
}

static enum base_status verify_with(const char *header, const char *kid, const char *x5t_of_set)
{
    char *token = token_of("RS256", header);
    cJSON *jwks = cJSON_Parse("{\"keys\":[]}"), *jwk = base_key_jwk(key, kid);
    struct base_jwt jwt;
    struct base_error err = {0};

    if (x5t_of_set)
        base_json_set_text(jwk, "x5t", x5t_of_set);
    cJSON_AddItemToArray(base_json_at(jwks, "keys"), jwk);
    assert_int_equal(base_jwt_parse(token, &jwt, &err), BASE_OK);
    enum base_status status = base_jwt_verify_jwks(&jwt, jwks, &err);
    base_jwt_release(&jwt);
    cJSON_Delete(jwks);
    free(token);
    return status;
}

static void the_key_is_found_by_kid_or_x5t(void **state)
{
    (void)state;
    assert_int_equal(verify_with("{\"kid\":\"a\"}", "a", NULL), BASE_OK);
    assert_int_equal(verify_with("{\"kid\":\"b\"}", "a", NULL), BASE_NOT_FOUND);
    assert_int_equal(verify_with("{\"x5t\":\"t\"}", "a", "t"), BASE_OK);
    assert_int_equal(verify_with("{\"x5t\":\"u\"}", "a", "t"), BASE_NOT_FOUND);
    assert_int_equal(verify_with("{}", "a", NULL), BASE_NOT_FOUND);
}

static void a_jwk_carries_the_certificate(void **state)
{
    (void)state;
    unsigned char digest[20];
    struct base_buf x5t = {0};
    cJSON *jwk = base_key_jwk(key, "id");

    base_key_thumbprint_sha1(key, digest);
    base_base64url_encode(&x5t, digest, 20);
    assert_string_equal(base_json_text(jwk, "kid"), "id");
    assert_string_equal(base_json_text(jwk, "e"), "AQAB");
    assert_string_equal(base_json_text(jwk, "x5t"), x5t.data);
    assert_non_null(base_json_text(jwk, "x5c.0"));
    base_buf_release(&x5t);
    cJSON_Delete(jwk);
}

static void an_ec_key_has_coordinates(void **state)
{
    (void)state;
    base_key_t *ec = base_key_new_ec();
    cJSON *jwk = base_key_jwk(ec, "e");

    assert_string_equal(base_json_text(jwk, "kty"), "EC");
    assert_string_equal(base_json_text(jwk, "crv"), "P-256");
    assert_int_equal(strlen(base_json_text(jwk, "x")), 43); /* 32 bytes */
    assert_int_equal(strlen(base_json_text(jwk, "y")), 43);
    cJSON_Delete(jwk);
    base_key_free(ec);
}

/* Every single changed character of header, claims or signature must be noticed. */
static void a_changed_token_does_not_verify(void **state)
{
    (void)state;
    char *token = token_of("PS256", "{\"kid\":\"a\"}");

    for (size_t i = 0, len = strlen(token); i + 1 < len; i++) { /* the last one holds unused bits */
        char was = token[i];
        token[i] = was == '.' ? 'x' : was == 'A' ? 'B' : 'A';
        assert_int_not_equal(verify(token, key), BASE_OK);
        token[i] = was;
    }
    assert_int_equal(verify(token, key), BASE_OK);
    free(token);
}

static void the_algorithm_decides_the_padding(void **state)
{
    (void)state;
    char *token = token_of("RS256", "{}");
    struct base_jwt jwt;
    base_public_key_t *public_key = base_key_public(key);

    assert_int_equal(base_jwt_parse(token, &jwt, NULL), BASE_OK);
    base_json_set_text(jwt.header, "alg", "PS256");
    assert_int_equal(base_jwt_verify(&jwt, public_key, NULL), BASE_UNAUTHENTICATED);
    base_json_set_text(jwt.header, "alg", "none");
    assert_int_equal(base_jwt_verify(&jwt, public_key, NULL), BASE_UNSUPPORTED);
    base_json_set_text(jwt.header, "alg", "HS256");
    assert_int_equal(base_jwt_verify(&jwt, public_key, NULL), BASE_UNSUPPORTED);
    base_json_set_text(jwt.header, "alg", NULL);
    assert_int_equal(base_jwt_verify(&jwt, public_key, NULL), BASE_UNSUPPORTED);
    base_public_key_free(public_key);
    base_jwt_release(&jwt);
    free(token);
}

static void malformed_tokens_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30",
        "e30.e30.e30.e30",
        "e30..e30",
        ".e30.e30",
        "W10.e30.e30",  /* header is an array */
        "e30.MTI.e30",  /* claims are a number */
        "e30.e30.a",    /* no base64 has one character */
        "e30=.e30.e30", /* padding */
        "e30.e30.a+/b", /* the other alphabet */
        "e30. e30.e30",
        "e30.e30.\n",
        "\xff\xfe.e30.e30",
        "eyJhIjoxfXgK.e30.", /* text after the object */
    };
    struct base_jwt jwt;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct base_error err = {0};
        assert_int_equal(base_jwt_parse(bad[i], &jwt, &err), BASE_INVALID);
        assert_string_equal(err.code, "InvalidToken");
        base_jwt_release(&jwt); /* harmless after a failure */
    }
    assert_int_equal(base_jwt_parse(NULL, &jwt, NULL), BASE_INVALID);
    char *huge = base_alloc(100001);
    memset(huge, 'A', 100000);
    assert_int_equal(base_jwt_parse(huge, &jwt, NULL), BASE_TOO_LARGE);
    free(huge);
}

static void bad_jwks_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"kty\":\"EC\"}",
        "{\"kty\":\"RSA\"}",
        "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"!!\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":5,\"e\":\"AQAB\"}",
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct base_error err = {0};
        cJSON *jwk = cJSON_Parse(bad[i]);
        assert_null(base_public_key_from_jwk(jwk, &err));
        assert_int_not_equal(err.status, BASE_OK);
        cJSON_Delete(jwk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_algorithms_round_trip),
        cmocka_unit_test(tokens_of_another_implementation_verify),
        cmocka_unit_test(the_key_is_found_by_kid_or_x5t),
        cmocka_unit_test(a_jwk_carries_the_certificate),
        cmocka_unit_test(an_ec_key_has_coordinates),
        cmocka_unit_test(a_changed_token_does_not_verify),
        cmocka_unit_test(the_algorithm_decides_the_padding),
        cmocka_unit_test(malformed_tokens_are_refused),
        cmocka_unit_test(bad_jwks_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
