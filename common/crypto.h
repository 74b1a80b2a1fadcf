/* common/crypto.h: digests, keys, certificates and JSON Web Tokens, all by OpenSSL. */
#ifndef COMMON_CRYPTO_H
#define COMMON_CRYPTO_H

#include "common/clock.h"
#include "common/json.h"

void base_sha256(const void *data, size_t len, unsigned char out[32]);
void base_sha1(const void *data, size_t len, unsigned char out[20]); /* only for x5t thumbprints */
void base_md5(const void *data, size_t len, unsigned char out[16]);  /* only for Content-MD5 */
void base_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                      unsigned char out[32]);
bool base_equal_constant_time(const void *a, const void *b, size_t len);

/* A private key with, perhaps, its certificate chain. Opaque, immutable after it was made, thread-safe, counted by its owner only. */
typedef struct base_key base_key_t;
base_key_t *base_key_new_rsa(int bits) BASE_MUST_USE; /* 2048 */
base_key_t *base_key_new_ec(void) BASE_MUST_USE;      /* P-256: quick, for TLS */
void base_key_free(base_key_t *key);

/* PEM: private key and certificates in any order. NULL + BASE_INVALID when there is no private key. */
BASE_MUST_USE base_key_t *base_key_from_pem(const char *pem, size_t len, struct base_error *err);
/* PKCS#12; tries `password`, "" and none. */
BASE_MUST_USE base_key_t *base_key_from_pkcs12(const void *der, size_t len, const char *password,
                                               struct base_error *err);
void base_key_pem(const base_key_t *key, struct base_buf *out); /* PKCS#8 private key only */
void base_key_chain_pem(const base_key_t *key,
                        struct base_buf *out); /* certificates, leaf first; nothing if none */
BASE_MUST_USE enum base_status base_key_pkcs12(const base_key_t *key, const char *password,
                                               struct base_buf *out, struct base_error *err);

/* Certificates. Times are epoch ms. */
struct base_certificate_request {
    const char *common_name;
    const char *const
        *dns_names; /* may hold wildcards and IP addresses; NULL-terminated; NULL: none */
    int64_t not_before_ms, not_after_ms;
    bool ca;     /* a CA certificate */
    bool client; /* client authentication as well as server authentication */
};
/* Gives `key` a certificate signed by `issuer` (NULL: by itself). The chain becomes leaf + the issuer's chain without
 * the root, so that a server sends what is needed. Replaces an old certificate. */
void base_key_certify(base_key_t *key, const base_key_t *issuer,
                      const struct base_certificate_request *request, base_random_t *random);
bool base_key_has_certificate(const base_key_t *key);
void base_key_certificate_der(const base_key_t *key, struct base_buf *out);    /* leaf */
void base_key_thumbprint_sha1(const base_key_t *key, unsigned char out[20]);   /* x5t */
void base_key_thumbprint_sha256(const base_key_t *key, unsigned char out[32]); /* x5t#S256 */
void base_key_validity(const base_key_t *key, int64_t *not_before_ms, int64_t *not_after_ms);
const char *
base_key_subject(const base_key_t *key); /* "CN=..." of the leaf, borrowed; "" if none */

/* A public key, to verify with. */
typedef struct base_public_key base_public_key_t;
base_public_key_t *base_key_public(const base_key_t *key) BASE_MUST_USE;
BASE_MUST_USE base_public_key_t *base_public_key_from_certificate_der(const void *der, size_t len,
                                                                      struct base_error *err);
BASE_MUST_USE base_public_key_t *
base_public_key_from_jwk(const cJSON *jwk, struct base_error *err); /* kty RSA: n, e */
/* The times between which a certificate in DER is valid, epoch ms. False: it is not a certificate. */
BASE_MUST_USE bool base_certificate_validity(const void *der, size_t len, int64_t *not_before_ms,
                                             int64_t *not_after_ms);
void base_public_key_free(base_public_key_t *key);
/* An EC key gives {"kty":"EC","crv":"P-256","x","y"} in place of n and e; a key that is neither gives NULL. RSA:
 * {"kty":"RSA","use":"sig","kid":…,"n":…,"e":…,"x5t"?,"x5c"?}; kid = the given one. */
cJSON *base_key_jwk(const base_key_t *key, const char *kid) BASE_MUST_USE;

/* JSON Web Tokens (RFC 7515/7519). `header` may hold typ, kid, x5t, x5c...; "alg" is set here: RS256 or PS256. */
char *base_jwt_sign(const base_key_t *key, const char *alg, const cJSON *header,
                    const cJSON *claims) BASE_MUST_USE;
struct base_jwt { /* taken apart, not verified */
    cJSON *header, *claims;
    char *signed_text; /* header.claims as received */
    struct base_buf signature;
};
BASE_MUST_USE enum base_status base_jwt_parse(const char *token, struct base_jwt *out,
                                              struct base_error *err);
void base_jwt_release(struct base_jwt *jwt);
/* Signature only: alg of the header must be RS256 or PS256 and must match. exp, nbf, aud and iss are the caller's. */
BASE_MUST_USE enum base_status
base_jwt_verify(const struct base_jwt *jwt, const base_public_key_t *key, struct base_error *err);
/* Finds the key of the header's kid (or x5t) in a JWKS document and verifies with it. */
BASE_MUST_USE enum base_status base_jwt_verify_jwks(const struct base_jwt *jwt, const cJSON *jwks,
                                                    struct base_error *err);

#endif
