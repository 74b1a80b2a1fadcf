/* Decides how private and public keys are made, read and written. */
#include "common/key_private.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PKCS12_ROUNDS 2048 /* under an empty password there is nothing to make a guess dear: 1 */
#define KEY_MAX (1u << 20) /* bytes of a PEM or PKCS#12 text */

struct opened { /* what a PKCS#12 file held */
    EVP_PKEY *pkey;
    X509 *leaf;
    STACK_OF(X509) * others;
};

static void fill_from_pem(BIO *bio, EVP_PKEY **pkey, STACK_OF(X509) * chain);
static void drop_unrelated(EVP_PKEY *pkey, STACK_OF(X509) * chain);
static bool open_pkcs12(PKCS12 *p12, const char *password, struct opened *out);
static OSSL_LIB_CTX *legacy_context(void);
static EVP_PKEY *rehome(EVP_PKEY *pkey);
static void put_bio(BIO *bio, struct base_buf *out);

base_key_t *base_key_take(EVP_PKEY *pkey, STACK_OF(X509) * chain)
{
    base_key_t *key = base_alloc(sizeof *key);

    BUG_ON(!pkey);
    key->pkey = pkey;
    key->chain = chain ? chain : sk_X509_new_null();
    BUG_ON(!key->chain);
    base_key_chain_changed(key);
    return key;
}

base_key_t *base_key_new_ec(void)
{
    return base_key_take(EVP_EC_gen("P-256"), NULL);
}

void base_key_free(base_key_t *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    sk_X509_pop_free(key->chain, X509_free);
    free(key->subject);
    free(key);
}

base_key_t *base_key_from_pem(const char *pem, size_t len, struct base_error *err)
{
    EVP_PKEY *pkey = NULL;
    STACK_OF(X509) *chain = NULL;
    BIO *bio = NULL;

    if (!pem || len == 0 || len > KEY_MAX) {
        base_error_set(err, BASE_INVALID, "InvalidPem", "a PEM text of 1 to %u bytes was expected",
                       KEY_MAX);
        return NULL;
    }
    chain = sk_X509_new_null();
    bio = BIO_new_mem_buf(pem, (int)len);
    BUG_ON(!chain || !bio);
    fill_from_pem(bio, &pkey, chain);
    BIO_free(bio);
    if (!pkey) {
        sk_X509_pop_free(chain, X509_free);
        base_openssl_error(err, BASE_INVALID, "InvalidPem",
                           "the PEM text holds no readable private key");
        return NULL;
    }
    ERR_clear_error();
    drop_unrelated(pkey, chain);
    return base_key_take(pkey, chain);
}

base_key_t *base_key_from_pkcs12(const void *der, size_t len, const char *password,
                                 struct base_error *err)
{
    const char *const tries[] = {password, "", NULL};
    struct opened opened = {0};
    PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, legacy_context(), NULL);
    const unsigned char *at = der;

    BUG_ON(!p12);
    if (!der || len == 0 || len > KEY_MAX || !d2i_PKCS12(&p12, &at, (long)len)) {
        PKCS12_free(p12);
        base_openssl_error(err, BASE_INVALID, "InvalidPkcs12", "this is not a PKCS#12 file");
        return NULL;
    }
    for (size_t i = 0; i < 3 && !opened.pkey; i++)
        (void)open_pkcs12(p12, tries[i], &opened);
    PKCS12_free(p12);
    if (!opened.pkey) {
        base_openssl_error(err, BASE_INVALID, "InvalidPkcs12",
                           "the PKCS#12 file does not open with the password, or holds no private "
                           "key");
        return NULL;
    }
    ERR_clear_error();
    if (!opened.others)
        opened.others = sk_X509_new_null();
    if (opened.leaf)
        BUG_ON(!sk_X509_unshift(opened.others, opened.leaf));
    return base_key_take(rehome(opened.pkey), opened.others);
}

void base_key_pem(const base_key_t *key, struct base_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());

    BUG_ON(!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL));
    put_bio(bio, out);
}

void base_key_chain_pem(const base_key_t *key, struct base_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());

    BUG_ON(!bio);
    for (int i = 0; i < sk_X509_num(key->chain); i++)
        BUG_ON(!PEM_write_bio_X509(bio, sk_X509_value(key->chain, i)));
    put_bio(bio, out);
}

/* 3DES and SHA-1 protect little, but they are what every reader of PKCS#12 opens: .NET, Java 8,
 * GnuTLS, macOS, node-forge. */
enum base_status base_key_pkcs12(const base_key_t *key, const char *password, struct base_buf *out,
                                 struct base_error *err)
{
    enum base_status status = BASE_OK;
    STACK_OF(X509) *others = sk_X509_dup(key->chain);
    X509 *leaf = sk_X509_shift(others);
    int cipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    unsigned char *der = NULL;
    int rounds = password && *password ? PKCS12_ROUNDS : 1;
    PKCS12 *p12 = PKCS12_create(password ? password : "", NULL, key->pkey, leaf, others, cipher,
                                cipher, rounds, -1, 0);
    bool sealed =
        p12 && PKCS12_set_mac(p12, password ? password : "", -1, NULL, 0, rounds, EVP_sha1());
    int len = sealed ? i2d_PKCS12(p12, &der) : -1;

    if (len > 0)
        base_buf_append(out, der, (size_t)len);
    else
        status =
            base_openssl_error(err, BASE_INVALID, "InvalidPkcs12", "PKCS#12 cannot be written");
    OPENSSL_free(der);
    PKCS12_free(p12);
    sk_X509_free(others);
    return status;
}

base_public_key_t *base_key_public(const base_key_t *key)
{
    base_public_key_t *public_key = base_alloc(sizeof *public_key);

    EVP_PKEY_up_ref(key->pkey);
    public_key->pkey = key->pkey;
    return public_key;
}

base_public_key_t *base_public_key_from_certificate_der(const void *der, size_t len,
                                                        struct base_error *err)
{
    const unsigned char *at = der;
    X509 *x509 = len && len <= KEY_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;
    EVP_PKEY *pkey = x509 ? X509_get_pubkey(x509) : NULL;

    X509_free(x509);
    if (!pkey) {
        base_openssl_error(err, BASE_INVALID, "InvalidCertificate",
                           "this is not an X.509 certificate in DER with a public key");
        return NULL;
    }
    base_public_key_t *key = base_alloc(sizeof *key);
    key->pkey = pkey;
    return key;
}

void base_public_key_free(base_public_key_t *key)
{
    if (key)
        EVP_PKEY_free(key->pkey);
    free(key);
}

static EVP_PKEY *pkey_of_block(const char *name, const unsigned char *der, long len)
{
    const unsigned char *at = der;

    if (strcmp(name, PEM_STRING_PKCS8INF) != 0 && strcmp(name, PEM_STRING_RSA) != 0 &&
        strcmp(name, PEM_STRING_ECPRIVATEKEY) != 0)
        return NULL;
    return d2i_AutoPrivateKey(NULL, &at, len);
}

/* Takes the first private key and all certificates; other blocks (parameters, requests) are passed
 * over. */
static void fill_from_pem(BIO *bio, EVP_PKEY **pkey, STACK_OF(X509) * chain)
{
    char *name, *header;
    unsigned char *der;
    long len;

    while (PEM_read_bio(bio, &name, &header, &der, &len)) {
        const unsigned char *at = der;
        bool certificate = strcmp(name, PEM_STRING_X509) == 0;
        X509 *x509 = certificate ? d2i_X509(NULL, &at, len) : NULL;
        if (x509)
            BUG_ON(!sk_X509_push(chain, x509));
        else if (!*pkey)
            *pkey = pkey_of_block(name, der, len);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
}

/* The certificate of the key moves to the front; without one, none of the certificates is the
 * key's. */
static void drop_unrelated(EVP_PKEY *pkey, STACK_OF(X509) * chain)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *x509 = sk_X509_value(chain, i);
        if (EVP_PKEY_eq(X509_get0_pubkey(x509), pkey) != 1)
            continue;
        (void)sk_X509_delete(chain, i);
        BUG_ON(!sk_X509_unshift(chain, x509));
        return;
    }
    while (sk_X509_num(chain) > 0)
        X509_free(sk_X509_pop(chain));
}

static bool open_pkcs12(PKCS12 *p12, const char *password, struct opened *out)
{
    struct opened opened = {0};

    if (!PKCS12_parse(p12, password, &opened.pkey, &opened.leaf, &opened.others) || !opened.pkey) {
        X509_free(opened.leaf);
        sk_X509_pop_free(opened.others, X509_free);
        return false;
    }
    *out = opened;
    return true;
}

static OSSL_LIB_CTX *legacy;

static void make_legacy(void)
{
    legacy = OSSL_LIB_CTX_new();
    BUG_ON(!legacy || !OSSL_PROVIDER_load(legacy, "default"));
    (void)OSSL_PROVIDER_load(legacy,
                             "legacy"); /* absent on a hardened system: then RC2 files stay shut */
}

/* Old PKCS#12 files are encrypted with RC2, which OpenSSL 3 keeps in a provider that must be asked
 * for. */
static OSSL_LIB_CTX *legacy_context(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_legacy);
    return legacy;
}

/* Moves a key out of the legacy context, so that it is used like every other. */
static EVP_PKEY *rehome(EVP_PKEY *pkey)
{
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(pkey, &der);
    const unsigned char *at = der;
    EVP_PKEY *moved = len > 0 ? d2i_AutoPrivateKey(NULL, &at, len) : NULL;

    OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
    if (!moved)
        return pkey;
    EVP_PKEY_free(pkey);
    return moved;
}

static void put_bio(BIO *bio, struct base_buf *out)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    base_buf_append(out, data, (size_t)len);
    BIO_free(bio);
}
