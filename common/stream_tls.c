/* Decides what a TLS session trusts and which certificate it shows. */
#include "common/stream_tls.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_MAX 64

/* One SSL_CTX a certificate; the texts are the key, so that one which was replaced is never shown
 * again. */
struct cached {
    struct cached *next;
    char *chain_pem, *key_pem;
    SSL_CTX *shown;
};

struct asked { /* hangs on the server session */
    base_tls_certificate certificate;
    void *context;
};

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static struct cached *cache;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static SSL_CTX *server_context; /* never shown to anyone: a name switches to its own */
static int asked_slot;

static void prepare(void);
static SSL_CTX *context_new(const SSL_METHOD *method);
static int on_certificate(SSL *ssl, void *unused);
static void asked_free(void *parent, void *item, CRYPTO_EX_DATA *data, int slot, long number,
                       void *pointer);
static SSL_CTX *cache_find(const char *chain_pem, const char *key_pem);
static SSL_CTX *context_from_pem(const char *chain_pem, const char *key_pem);

SSL *base_stream_tls_server(int fd, base_tls_certificate certificate, void *context)
{
    struct asked *asked = base_alloc(sizeof *asked);

    pthread_once(&once, prepare);
    SSL *ssl = SSL_new(server_context);
    BUG_ON(!ssl);
    asked->certificate = certificate;
    asked->context = context;
    SSL_set_ex_data(ssl, asked_slot, asked);
    SSL_set_fd(ssl, fd);
    SSL_set_accept_state(ssl);
    return ssl;
}

SSL *base_stream_tls_client(int fd, const char *host, const char *ca_file, struct base_error *err)
{
    SSL_CTX *context = context_new(TLS_client_method());
    unsigned char address[16];
    bool numeric =
        inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;

    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (ca_file ? SSL_CTX_load_verify_file(context, ca_file) != 1
                : SSL_CTX_set_default_verify_paths(context) != 1) {
        base_error_set(err, BASE_INVALID, NULL, "no certificates can be read from %s",
                       ca_file ? ca_file : "the system's store");
        SSL_CTX_free(context);
        ERR_clear_error();
        return NULL;
    }
    SSL *ssl = SSL_new(context);
    SSL_CTX_free(context); /* the session holds it */
    BUG_ON(!ssl);
    if (numeric) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
    } else {
        SSL_set_tlsext_host_name(ssl, host);
        SSL_set1_host(ssl, host);
    }
    SSL_set_fd(ssl, fd);
    SSL_set_connect_state(ssl);
    return ssl;
}

static void prepare(void)
{
    asked_slot = SSL_get_ex_new_index(0, NULL, NULL, NULL, asked_free);
    server_context = context_new(TLS_server_method());
    SSL_CTX_set_cert_cb(server_context, on_certificate, NULL);
}

static SSL_CTX *context_new(const SSL_METHOD *method)
{
    SSL_CTX *context = SSL_CTX_new(method);

    BUG_ON(!context);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context,
                        SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    return context;
}

/* After the client's hello was read: 1 goes on, 0 refuses the handshake. */
static int on_certificate(SSL *ssl, void *unused)
{
    const struct asked *asked = SSL_get_ex_data(ssl, asked_slot);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const char *chain_pem = NULL, *key_pem = NULL;

    (void)unused;
    if (!asked->certificate(asked->context, name ? name : "", &chain_pem, &key_pem))
        return 0;
    SSL_CTX *shown = cache_find(chain_pem, key_pem);
    if (!shown)
        return 0;
    bool switched = SSL_set_SSL_CTX(ssl, shown) != NULL;
    SSL_CTX_free(shown);
    return switched;
}

static void asked_free(void *parent, void *item, CRYPTO_EX_DATA *data, int slot, long number,
                       void *pointer)
{
    (void)parent;
    (void)data;
    (void)slot;
    (void)number;
    (void)pointer;
    free(item);
}

static void cached_free(struct cached *cached)
{
    SSL_CTX_free(cached->shown);
    free(cached->chain_pem);
    free(cached->key_pem);
    free(cached);
}

/* The cache's reference is the list's; the one returned is the caller's. Oldest entries go when it
 * is full. */
static SSL_CTX *cache_find(const char *chain_pem, const char *key_pem)
{
    SSL_CTX *shown = NULL;
    size_t count = 0;

    pthread_mutex_lock(&cache_lock);
    for (struct cached *at = cache; at && !shown; at = at->next)
        if (base_equal(at->chain_pem, chain_pem) && base_equal(at->key_pem, key_pem))
            shown = at->shown;
    if (!shown && (shown = context_from_pem(chain_pem, key_pem))) {
        struct cached *made = base_alloc(sizeof *made);
        *made = (struct cached){cache, base_strdup(chain_pem), base_strdup(key_pem), shown};
        cache = made;
        for (struct cached **at = &cache; *at; at = &(*at)->next)
            if (++count > CACHE_MAX) {
                cached_free(*at);
                *at = NULL;
                break;
            }
    }
    if (shown)
        SSL_CTX_up_ref(shown);
    pthread_mutex_unlock(&cache_lock);
    return shown;
}

static bool use_chain(SSL_CTX *context, BIO *text)
{
    X509 *certificate = PEM_read_bio_X509(text, NULL, NULL, NULL);
    bool good = certificate && SSL_CTX_use_certificate(context, certificate) == 1;

    X509_free(certificate);
    while (good && (certificate = PEM_read_bio_X509(text, NULL, NULL, NULL)))
        if (SSL_CTX_add0_chain_cert(context, certificate) != 1) {
            X509_free(certificate);
            good = false;
        }
    ERR_clear_error(); /* the end of the text counts as one */
    return good;
}

static SSL_CTX *context_from_pem(const char *chain_pem, const char *key_pem)
{
    SSL_CTX *context = context_new(TLS_server_method());
    BIO *chain = BIO_new_mem_buf(chain_pem, -1), *key = BIO_new_mem_buf(key_pem, -1);
    EVP_PKEY *private_key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

    if (!private_key || !use_chain(context, chain) ||
        SSL_CTX_use_PrivateKey(context, private_key) != 1) {
        SSL_CTX_free(context);
        context = NULL;
        ERR_clear_error();
    }
    EVP_PKEY_free(private_key);
    BIO_free(chain);
    BIO_free(key);
    return context;
}
