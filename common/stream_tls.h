/* common/stream_tls.h: for stream.c only: OpenSSL sessions, and certificates parsed once. Any
 * thread. */
#ifndef COMMON_STREAM_TLS_H
#define COMMON_STREAM_TLS_H

#include "common/http_server.h"

#include <openssl/ssl.h>

/* A session that asks `certificate` for the name the client sends. The caller frees it with
 * SSL_free. */
SSL *base_stream_tls_server(int fd, base_tls_certificate certificate, void *context) BASE_MUST_USE;
/* A session that verifies `host`. NULL + BASE_INVALID when ca_file (NULL: SSL_CERT_FILE, else the
 * system's) cannot be read. */
SSL *base_stream_tls_client(int fd, const char *host, const char *ca_file,
                            struct base_error *err) BASE_MUST_USE;

#endif
