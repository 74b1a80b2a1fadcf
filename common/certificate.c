/* Decides what a certificate of ours says, and what can be asked of one. */
#include "common/key_private.h"
#include "common/text.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void set_names(X509 *x509, const base_key_t *issuer, const char *common_name);
static void set_serial(X509 *x509, base_random_t *random);
static void set_time(ASN1_TIME *at, int64_t ms);
static void add_extensions(X509 *x509, X509 *issuer,
                           const struct base_certificate_request *request);
static void replace_chain(base_key_t *key, X509 *leaf, const base_key_t *issuer);
static int64_t time_ms(const ASN1_TIME *at);
static void thumbprint(const base_key_t *key, const EVP_MD *md, unsigned char *out);
static X509 *leaf_of(const base_key_t *key);

void base_key_certify(base_key_t *key, const base_key_t *issuer,
                      const struct base_certificate_request *request, base_random_t *random)
{
    X509 *x509 = X509_new();

    BUG_ON(!x509 || !X509_set_version(x509, X509_VERSION_3));
    BUG_ON(issuer && !leaf_of(issuer));
    set_serial(x509, random);
    set_time(X509_getm_notBefore(x509), request->not_before_ms);
    set_time(X509_getm_notAfter(x509), request->not_after_ms);
    set_names(x509, issuer, request->common_name);
    BUG_ON(!X509_set_pubkey(x509, key->pkey));
    add_extensions(x509, issuer ? leaf_of(issuer) : x509, request);
    BUG_ON(!X509_sign(x509, issuer ? issuer->pkey : key->pkey, EVP_sha256()));
    replace_chain(key, x509, issuer);
}

bool base_key_has_certificate(const base_key_t *key)
{
    return leaf_of(key) != NULL;
}

void base_key_certificate_der(const base_key_t *key, struct base_buf *out)
{
    unsigned char *der = NULL;
    int len = leaf_of(key) ? i2d_X509(leaf_of(key), &der) : 0;

    BUG_ON(len < 0);
    base_buf_append(out, der ? (char *)der : "", (size_t)len);
    OPENSSL_free(der);
}

void base_key_thumbprint_sha1(const base_key_t *key, unsigned char out[20])
{
    memset(out, 0, 20);
    thumbprint(key, EVP_sha1(), out);
}

void base_key_thumbprint_sha256(const base_key_t *key, unsigned char out[32])
{
    memset(out, 0, 32);
    thumbprint(key, EVP_sha256(), out);
}

void base_key_validity(const base_key_t *key, int64_t *not_before_ms, int64_t *not_after_ms)
{
    X509 *leaf = leaf_of(key);

    *not_before_ms = leaf ? time_ms(X509_get0_notBefore(leaf)) : 0;
    *not_after_ms = leaf ? time_ms(X509_get0_notAfter(leaf)) : 0;
}

const char *base_key_subject(const base_key_t *key)
{
    return key->subject;
}

bool base_certificate_validity(const void *der, size_t len, int64_t *not_before_ms,
                               int64_t *not_after_ms)
{
    const unsigned char *at = der;
    X509 *x509 = len && len <= INT32_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;

    ERR_clear_error();
    if (!x509)
        return false;
    *not_before_ms = time_ms(X509_get0_notBefore(x509));
    *not_after_ms = time_ms(X509_get0_notAfter(x509));
    X509_free(x509);
    return true;
}

void base_key_chain_changed(base_key_t *key)
{
    free(key->subject);
    key->subject = NULL;
    if (leaf_of(key)) {
        BIO *bio = BIO_new(BIO_s_mem());
        char *text;
        BUG_ON(!bio);
        X509_NAME_print_ex(bio, X509_get_subject_name(leaf_of(key)), 0,
                           XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV);
        long len = BIO_get_mem_data(bio, &text);
        key->subject = base_strndup(text, (size_t)len);
        BIO_free(bio);
    } else {
        key->subject = base_strdup("");
    }
}

#define COMMON_NAME_MAX 64 /* ub-common-name, RFC 5280 */

/* A longer name stands whole among the alternative names only; its beginning serves people. */
static void set_names(X509 *x509, const base_key_t *issuer, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(x509);
    size_t len = strlen(common_name);

    BUG_ON(!X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                       (const unsigned char *)common_name,
                                       len > COMMON_NAME_MAX ? COMMON_NAME_MAX : (int)len, -1, 0));
    BUG_ON(!X509_set_issuer_name(x509, issuer ? X509_get_subject_name(leaf_of(issuer)) : name));
}

static void set_serial(X509 *x509, base_random_t *random)
{
    unsigned char bytes[16];

    base_random_bytes(random, bytes, sizeof bytes);
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, and always 16 bytes */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    BUG_ON(!number || !BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)));
    BN_free(number);
}

static void set_time(ASN1_TIME *at, int64_t ms)
{
    BUG_ON(!ASN1_TIME_set(at, (time_t)(ms / 1000)));
}

static void add_extension(X509 *x509, X509V3_CTX *context, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);

    if (!extension || !X509_add_ext(x509, extension, -1))
        BUG("certificate extension %d: \"%s\"", nid, value);
    X509_EXTENSION_free(extension);
}

static void add_alternative_names(X509 *x509, const char *const *names)
{
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();

    BUG_ON(!list);
    for (; *names; names++) {
        GENERAL_NAME *entry = GENERAL_NAME_new();
        ASN1_OCTET_STRING *address = a2i_IPADDRESS(*names);
        BUG_ON(!entry);
        if (address) {
            GENERAL_NAME_set0_value(entry, GEN_IPADD, address);
        } else {
            ASN1_IA5STRING *text = ASN1_IA5STRING_new();
            BUG_ON(!text || !ASN1_STRING_set(text, *names, -1));
            GENERAL_NAME_set0_value(entry, GEN_DNS, text);
        }
        BUG_ON(!sk_GENERAL_NAME_push(list, entry));
    }
    BUG_ON(X509_add1_ext_i2d(x509, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT) != 1);
    GENERAL_NAMES_free(list);
}

static void add_extensions(X509 *x509, X509 *issuer, const struct base_certificate_request *request)
{
    X509V3_CTX context;
    const char *usage = request->ca ? "critical,keyCertSign,cRLSign,digitalSignature"
                                    : "critical,digitalSignature,keyEncipherment";

    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    add_extension(x509, &context, NID_basic_constraints,
                  request->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(x509, &context, NID_key_usage, usage);
    add_extension(x509, &context, NID_subject_key_identifier, "hash");
    add_extension(x509, &context, NID_authority_key_identifier, "keyid:always");
    if (!request->ca)
        add_extension(x509, &context, NID_ext_key_usage,
                      request->client ? "serverAuth,clientAuth" : "serverAuth");
    if (request->dns_names && *request->dns_names)
        add_alternative_names(x509, request->dns_names);
}

/* `issuer` may be `key` itself renewed, so the new chain is complete before the old one goes. */
static void replace_chain(base_key_t *key, X509 *leaf, const base_key_t *issuer)
{
    STACK_OF(X509) *chain = sk_X509_new_null();

    BUG_ON(!chain || !sk_X509_push(chain, leaf));
    for (int i = 0; issuer && i < sk_X509_num(issuer->chain); i++) {
        X509 *link = sk_X509_value(issuer->chain, i);
        if (X509_self_signed(link, 0) == 1)
            continue;
        X509_up_ref(link);
        BUG_ON(!sk_X509_push(chain, link));
    }
    sk_X509_pop_free(key->chain, X509_free);
    key->chain = chain;
    base_key_chain_changed(key);
}

static int64_t time_ms(const ASN1_TIME *at)
{
    struct tm tm;

    return ASN1_TIME_to_tm(at, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

static void thumbprint(const base_key_t *key, const EVP_MD *md, unsigned char *out)
{
    if (leaf_of(key))
        BUG_ON(!X509_digest(leaf_of(key), md, out, NULL));
}

static X509 *leaf_of(const base_key_t *key)
{
    return sk_X509_num(key->chain) > 0 ? sk_X509_value(key->chain, 0) : NULL;
}
