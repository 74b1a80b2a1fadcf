/* Decides how JSON Web Tokens and JSON Web Keys are written, read and verified (RFC 7515, 7517,
 * 7518). */
#include "common/key_private.h"
#include "common/text.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_MAX (64u << 10) /* bytes */

static const struct algorithm {
    const char *name;
    int padding;
} algorithms[] = {{"RS256", RSA_PKCS1_PADDING}, {"PS256", RSA_PKCS1_PSS_PADDING}};

static const struct algorithm *algorithm_of(const char *name);
static void put_part(struct base_buf *out, const cJSON *node);
static bool use_padding(EVP_PKEY_CTX *context, const struct algorithm *algorithm);
static void sign(EVP_PKEY *pkey, const struct algorithm *algorithm, const struct base_buf *text,
                 struct base_buf *out);
static bool read_part(const char *text, size_t len, struct base_buf *out);
static cJSON *read_object(const char *text, size_t len);
static const char *curve_name(EVP_PKEY *pkey);
static void put_number(cJSON *jwk, const char *name, EVP_PKEY *pkey, const char *param, int width);
static BIGNUM *get_number(const cJSON *jwk, const char *name);
static EVP_PKEY *rsa_of_numbers(const BIGNUM *n, const BIGNUM *e);
static const cJSON *find_key(const cJSON *header, const cJSON *jwks);

char *base_jwt_sign(const base_key_t *key, const char *alg, const cJSON *header,
                    const cJSON *claims)
{
    const struct algorithm *algorithm = algorithm_of(alg);
    struct base_buf token = {0}, signature = {0};
    cJSON *full = header ? base_json_copy(header) : cJSON_CreateObject();

    BUG_ON(!algorithm || !EVP_PKEY_is_a(key->pkey, "RSA"));
    base_json_set_text(full, "alg", alg);
    put_part(&token, full);
    base_buf_putc(&token, '.');
    put_part(&token, claims);
    sign(key->pkey, algorithm, &token, &signature);
    base_buf_putc(&token, '.');
    base_base64url_encode(&token, signature.data, signature.len);
    base_buf_release(&signature);
    cJSON_Delete(full);
    return base_buf_take(&token);
}

enum base_status base_jwt_parse(const char *token, struct base_jwt *out, struct base_error *err)
{
    size_t len = token ? strlen(token) : 0;
    size_t first = len ? strcspn(token, ".") : 0;
    size_t second = first < len ? first + 1 + strcspn(token + first + 1, ".") : len;

    memset(out, 0, sizeof *out);
    if (len > TOKEN_MAX)
        return base_error_set(err, BASE_TOO_LARGE, "InvalidToken",
                              "the token has %zu bytes, at most %u are read", len, TOKEN_MAX);
    if (second >= len || strchr(token + second + 1, '.'))
        return base_error_set(err, BASE_INVALID, "InvalidToken",
                              "a token of three parts joined by '.' was expected");
    out->header = read_object(token, first);
    out->claims = read_object(token + first + 1, second - first - 1);
    out->signed_text = base_strndup(token, second);
    if (out->header && out->claims &&
        read_part(token + second + 1, len - second - 1, &out->signature))
        return BASE_OK;
    const char *part = !out->header ? "header" : !out->claims ? "claims" : "signature";
    base_jwt_release(out);
    return base_error_set(err, BASE_INVALID, "InvalidToken",
                          "the %s of the token is not what base64url of %s looks like", part,
                          strcmp(part, "signature") == 0 ? "bytes" : "a JSON object");
}

void base_jwt_release(struct base_jwt *jwt)
{
    cJSON_Delete(jwt->header);
    cJSON_Delete(jwt->claims);
    free(jwt->signed_text);
    base_buf_release(&jwt->signature);
    memset(jwt, 0, sizeof *jwt);
}

enum base_status base_jwt_verify(const struct base_jwt *jwt, const base_public_key_t *key,
                                 struct base_error *err)
{
    const char *alg = base_json_text(jwt->header, "alg");
    const struct algorithm *algorithm = algorithm_of(alg);
    EVP_PKEY_CTX *context = NULL;

    if (!algorithm)
        return base_error_set(err, BASE_UNSUPPORTED, "InvalidTokenAlgorithm",
                              "alg is %s, RS256 or PS256 was expected", alg ? alg : "absent");
    if (!EVP_PKEY_is_a(key->pkey, "RSA"))
        return base_error_set(err, BASE_UNSUPPORTED, "InvalidTokenAlgorithm",
                              "alg is %s, but the key is not an RSA key", alg);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    BUG_ON(!digest || !EVP_DigestVerifyInit(digest, &context, EVP_sha256(), NULL, key->pkey));
    BUG_ON(!use_padding(context, algorithm));
    int matches =
        EVP_DigestVerify(digest, (const unsigned char *)jwt->signature.data, jwt->signature.len,
                         (const unsigned char *)jwt->signed_text, strlen(jwt->signed_text));
    EVP_MD_CTX_free(digest);
    ERR_clear_error();
    if (matches != 1)
        return base_error_set(err, BASE_UNAUTHENTICATED, "InvalidTokenSignature",
                              "the signature of the token does not match the key");
    return BASE_OK;
}

enum base_status base_jwt_verify_jwks(const struct base_jwt *jwt, const cJSON *jwks,
                                      struct base_error *err)
{
    const cJSON *jwk = find_key(jwt->header, jwks);
    const char *kid = base_json_text(jwt->header, "kid");

    if (!jwk)
        return base_error_set(err, BASE_NOT_FOUND, "InvalidTokenKey",
                              "no key of the set has the token's kid '%s' or its x5t",
                              kid ? kid : "");
    base_public_key_t *key = base_public_key_from_jwk(jwk, err);
    if (!key)
        return BASE_INVALID;
    enum base_status status = base_jwt_verify(jwt, key, err);
    base_public_key_free(key);
    return status;
}

cJSON *base_key_jwk(const base_key_t *key, const char *kid)
{
    bool rsa = EVP_PKEY_is_a(key->pkey, "RSA");

    if (!rsa && !EVP_PKEY_is_a(key->pkey, "EC"))
        return NULL;
    cJSON *jwk = cJSON_CreateObject();
    base_json_set_text(jwk, "kty", rsa ? "RSA" : "EC");
    base_json_set_text(jwk, "use", "sig");
    base_json_set_text(jwk, "kid", kid);
    if (rsa) {
        put_number(jwk, "n", key->pkey, OSSL_PKEY_PARAM_RSA_N, 0);
        put_number(jwk, "e", key->pkey, OSSL_PKEY_PARAM_RSA_E, 0);
    } else {
        int width = (EVP_PKEY_get_bits(key->pkey) + 7) / 8;
        base_json_set_text(jwk, "crv", curve_name(key->pkey));
        put_number(jwk, "x", key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, width);
        put_number(jwk, "y", key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, width);
    }
    if (base_key_has_certificate(key)) {
        struct base_buf text = {0}, der = {0};
        unsigned char digest[20];
        base_key_thumbprint_sha1(key, digest);
        base_base64url_encode(&text, digest, sizeof digest);
        base_json_set_text(jwk, "x5t", text.data);
        base_buf_clear(&text);
        base_key_certificate_der(key, &der);
        base_base64_encode(&text, der.data, der.len);
        cJSON *chain = cJSON_CreateArray();
        cJSON_AddItemToArray(chain, cJSON_CreateString(text.data));
        base_json_set(jwk, "x5c", chain);
        base_buf_release(&text);
        base_buf_release(&der);
    }
    return jwk;
}

base_public_key_t *base_public_key_from_jwk(const cJSON *jwk, struct base_error *err)
{
    const char *kty = base_json_text(jwk, "kty");

    if (!base_equal(kty, "RSA")) {
        base_error_set(err, BASE_UNSUPPORTED, "InvalidKey", "kty is '%s', RSA was expected",
                       kty ? kty : "");
        return NULL;
    }
    BIGNUM *n = get_number(jwk, "n"), *e = get_number(jwk, "e");
    EVP_PKEY *pkey = n && e ? rsa_of_numbers(n, e) : NULL;
    BN_free(n);
    BN_free(e);
    if (!pkey) {
        base_openssl_error(err, BASE_INVALID, "InvalidKey",
                           "the key needs n and e, base64url numbers of an RSA key");
        return NULL;
    }
    base_public_key_t *key = base_alloc(sizeof *key);
    key->pkey = pkey;
    return key;
}

static const struct algorithm *algorithm_of(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (base_equal(name, algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

static void put_part(struct base_buf *out, const cJSON *node)
{
    char *text = base_json_print(node);

    base_base64url_encode(out, text, strlen(text));
    free(text);
}

static bool use_padding(EVP_PKEY_CTX *context, const struct algorithm *algorithm)
{
    if (EVP_PKEY_CTX_set_rsa_padding(context, algorithm->padding) <= 0)
        return false;
    return algorithm->padding != RSA_PKCS1_PSS_PADDING ||
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static void sign(EVP_PKEY *pkey, const struct algorithm *algorithm, const struct base_buf *text,
                 struct base_buf *out)
{
    EVP_PKEY_CTX *context = NULL;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    size_t len = (size_t)EVP_PKEY_get_size(pkey);

    BUG_ON(!digest || !EVP_DigestSignInit(digest, &context, EVP_sha256(), NULL, pkey));
    BUG_ON(!use_padding(context, algorithm));
    base_buf_reserve(out, len);
    BUG_ON(!EVP_DigestSign(digest, (unsigned char *)out->data, &len,
                           (const unsigned char *)text->data, text->len));
    out->len = len;
    EVP_MD_CTX_free(digest);
}

/* base64url only: white space, padding and the other alphabet are not part of a token. */
static bool read_part(const char *text, size_t len, struct base_buf *out)
{
    for (size_t i = 0; i < len; i++)
        if (strchr("+/= \t\r\n", text[i]))
            return false;
    return base_base64_decode(out, text, len);
}

static cJSON *read_object(const char *text, size_t len)
{
    struct base_buf decoded = {0};
    cJSON *node = NULL;

    if (read_part(text, len, &decoded) && !memchr(decoded.data, '\0', decoded.len))
        node = base_json_parse(decoded.data, decoded.len, NULL);
    base_buf_release(&decoded);
    if (cJSON_IsObject(node))
        return node;
    cJSON_Delete(node);
    return NULL;
}

/* The name of RFC 7518; OpenSSL's own for curves it does not have. */
static const char *curve_name(EVP_PKEY *pkey)
{
    static const char *const names[][2] = {{"prime256v1", "P-256"},
                                           {"secp384r1", "P-384"},
                                           {"secp521r1", "P-521"},
                                           {"secp256k1", "P-256K"}};
    static _Thread_local char group[64];

    if (!EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL))
        return "unknown";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], group) == 0)
            return names[i][1];
    return group;
}

/* `width` bytes, padded in front; 0: as many as the number has. */
static void put_number(cJSON *jwk, const char *name, EVP_PKEY *pkey, const char *param, int width)
{
    BIGNUM *number = NULL;
    struct base_buf text = {0};

    BUG_ON(!EVP_PKEY_get_bn_param(pkey, param, &number));
    int len = width ? width : BN_num_bytes(number);
    unsigned char *bytes = base_alloc((size_t)len);
    BUG_ON(BN_bn2binpad(number, bytes, len) != len);
    base_base64url_encode(&text, bytes, (size_t)len);
    base_json_set_text(jwk, name, text.data);
    free(bytes);
    base_buf_release(&text);
    BN_free(number);
}

static BIGNUM *get_number(const cJSON *jwk, const char *name)
{
    const char *text = base_json_text(jwk, name);
    struct base_buf bytes = {0};
    BIGNUM *number = NULL;

    if (text && strlen(text) <= 8192 && base_base64_decode(&bytes, text, strlen(text)) && bytes.len)
        number = BN_bin2bn((const unsigned char *)bytes.data, (int)bytes.len, NULL);
    base_buf_release(&bytes);
    return number;
}

static EVP_PKEY *rsa_of_numbers(const BIGNUM *n, const BIGNUM *e)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);

    BUG_ON(!builder || !context);
    BUG_ON(!OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n));
    BUG_ON(!OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e));
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    if (EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        pkey = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

/* kid decides; x5t (written into kid or x5t of the key by some issuers) stands in when there is no
 * kid. */
static const cJSON *find_key(const cJSON *header, const cJSON *jwks)
{
    const char *kid = base_json_text(header, "kid"), *x5t = base_json_text(header, "x5t");
    const cJSON *jwk;

    cJSON_ArrayForEach(jwk, base_json_at(jwks, "keys"))
    {
        const char *key_kid = base_json_text(jwk, "kid"), *key_x5t = base_json_text(jwk, "x5t");
        if (kid ? base_equal(kid, key_kid)
                : x5t && (base_equal(x5t, key_x5t) || base_equal(x5t, key_kid)))
            return jwk;
    }
    return NULL;
}
