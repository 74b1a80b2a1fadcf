/* Decides which certificate a TLS client of the HTTP server is shown, and what its own certificate
 * is worth. */
#include "common/http_server_tls.h"

#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 8
#define NAME_MAX_BYTES 256

struct identity { /* parsed once; the texts are its key: they live as long as the server */
    struct identity *next;
    const char *chain_pem, *key_pem;
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
};

struct base_server_tls {
    base_tls_certificate certificate;
    void *context;
    pthread_mutex_t lock;
    struct identity *identities;
};

static struct identity *identity_locked(base_server_tls_t *tls, const char *chain_pem,
                                        const char *key_pem);
static bool identity_parse(struct identity *identity);
static void identity_free(struct identity *identity);
static void server_name(gnutls_session_t session, char *out);
static char *common_name(const gnutls_datum_t *der);

base_server_tls_t *base_server_tls_new(base_tls_certificate certificate, void *context)
{
    base_server_tls_t *tls = base_alloc(sizeof *tls);

    tls->certificate = certificate;
    tls->context = context;
    pthread_mutex_init(&tls->lock, NULL);
    return tls;
}

void base_server_tls_free(base_server_tls_t *tls)
{
    if (!tls)
        return;
    for (struct identity *identity = tls->identities, *next; identity; identity = next) {
        next = identity->next;
        identity_free(identity);
    }
    pthread_mutex_destroy(&tls->lock);
    free(tls);
}

int base_server_tls_find(base_server_tls_t *tls, gnutls_session_t session, gnutls_pcert_st **chain,
                         unsigned *count, gnutls_privkey_t *key)
{
    const char *chain_pem = NULL, *key_pem = NULL;
    char name[NAME_MAX_BYTES];

    server_name(session, name);
    if (!tls->certificate(tls->context, name, &chain_pem, &key_pem))
        return -1;
    pthread_mutex_lock(&tls->lock);
    struct identity *identity = identity_locked(tls, chain_pem, key_pem);
    pthread_mutex_unlock(&tls->lock);
    if (!identity)
        return -1;
    *chain = identity->chain;
    *count = identity->count;
    *key = identity->key;
    return 0;
}

char *base_server_tls_subject(gnutls_session_t session)
{
    unsigned status = 0, count = 0;

    const gnutls_datum_t *sent = gnutls_certificate_get_peers(session, &count);
    if (!sent || !count)
        return NULL;
    if (gnutls_certificate_verify_peers2(session, &status) < 0 || status)
        return NULL;
    return common_name(&sent[0]);
}

static struct identity *identity_locked(base_server_tls_t *tls, const char *chain_pem,
                                        const char *key_pem)
{
    for (struct identity *identity = tls->identities; identity; identity = identity->next)
        if (identity->chain_pem == chain_pem && identity->key_pem == key_pem)
            return identity;
    struct identity *made = base_alloc(sizeof *made);
    made->chain_pem = chain_pem;
    made->key_pem = key_pem;
    if (!identity_parse(made)) {
        identity_free(made);
        return NULL;
    }
    made->next = tls->identities;
    tls->identities = made;
    return made;
}

static bool identity_parse(struct identity *identity)
{
    gnutls_datum_t chain = {(unsigned char *)identity->chain_pem,
                            (unsigned)strlen(identity->chain_pem)};
    gnutls_datum_t key = {(unsigned char *)identity->key_pem, (unsigned)strlen(identity->key_pem)};
    unsigned count = CHAIN_MAX;

    if (gnutls_pcert_list_import_x509_raw(identity->chain, &count, &chain, GNUTLS_X509_FMT_PEM, 0) <
        0)
        return false;
    identity->count = count;
    return gnutls_privkey_init(&identity->key) == 0 &&
           gnutls_privkey_import_x509_raw(identity->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0) == 0;
}

static void identity_free(struct identity *identity)
{
    for (unsigned i = 0; i < identity->count; i++)
        gnutls_pcert_deinit(&identity->chain[i]);
    if (identity->key)
        gnutls_privkey_deinit(identity->key);
    free(identity);
}

static void server_name(gnutls_session_t session, char *out)
{
    size_t len = NAME_MAX_BYTES - 1;
    unsigned type = 0;

    memset(out, 0, NAME_MAX_BYTES);
    if (gnutls_server_name_get(session, out, &len, &type, 0) != 0 || type != GNUTLS_NAME_DNS)
        out[0] = '\0';
}

static char *common_name(const gnutls_datum_t *der)
{
    gnutls_x509_crt_t certificate = NULL;
    char *copy = NULL;

    if (gnutls_x509_crt_init(&certificate) < 0)
        return NULL;
    if (gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER) == 0) {
        char text[NAME_MAX_BYTES];
        size_t len = sizeof text;
        if (gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text,
                                          &len) == 0)
            copy = base_strndup(text, len);
    }
    gnutls_x509_crt_deinit(certificate);
    return copy;
}
