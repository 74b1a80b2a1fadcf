/* common/http_server_tls.h: for http_server.c only: certificates by server name, and who a client's
 * certificate names. */
#ifndef COMMON_HTTP_SERVER_TLS_H
#define COMMON_HTTP_SERVER_TLS_H

#include "common/http_server.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

/* Parsed certificates of one server, found by the texts that the certificate callback handed out.
 * Thread-safe. */
typedef struct base_server_tls base_server_tls_t;
base_server_tls_t *base_server_tls_new(base_tls_certificate certificate,
                                       void *context) BASE_MUST_USE;
void base_server_tls_free(base_server_tls_t *tls);

/* Fills what GnuTLS asks for (borrowed until base_server_tls_free). 0, or -1: the handshake is
 * refused. */
int base_server_tls_find(base_server_tls_t *tls, gnutls_session_t session, gnutls_pcert_st **chain,
                         unsigned *count, gnutls_privkey_t *key);

/* The subject common name of the session's client certificate when it verifies; NULL otherwise.
 * Release with free(). */
char *base_server_tls_subject(gnutls_session_t session) BASE_MUST_USE;

#endif
