/* common/key_private.h: the inside of keys, shared by key.c, key_rsa.c, certificate.c and jwt.c only. */
#ifndef COMMON_KEY_PRIVATE_H
#define COMMON_KEY_PRIVATE_H

#include "common/crypto.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct base_key {
    EVP_PKEY *pkey;
    STACK_OF(X509) * chain; /* leaf first; empty while the key has no certificate; never NULL */
    char *subject;          /* "CN=..." of the leaf, "" if none; base_key_chain_changed keeps it */
};

struct base_public_key {
    EVP_PKEY *pkey;
};

/* Takes `pkey` and `chain` (may be NULL) over. */
base_key_t *base_key_take(EVP_PKEY *pkey, STACK_OF(X509) * chain) BASE_MUST_USE;
/* Works the subject out again after the chain was written to. */
void base_key_chain_changed(base_key_t *key);

/* Sets `err` to `what` and OpenSSL's own reason, and empties OpenSSL's queue. Returns `status`. */
enum base_status base_openssl_error(struct base_error *err, enum base_status status,
                                    const char *code, const char *what);

#endif
