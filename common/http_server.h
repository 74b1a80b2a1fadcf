/* common/http_server.h: an HTTP/1.1 listener around a handler (libmicrohttpd, a thread per connection). */
#ifndef COMMON_HTTP_SERVER_H
#define COMMON_HTTP_SERVER_H

#include "common/http.h"

typedef struct base_http_server base_http_server_t;

/* Asked once per TLS handshake: PEM texts for `name` (SNI; "" when none was sent), borrowed for the life of the
 * server. False refuses the handshake. Any thread. */
typedef bool (*base_tls_certificate)(void *context, const char *name, const char **chain_pem,
                                     const char **key_pem);

struct base_http_listen {
    const char *address; /* NULL: "127.0.0.1" */
    int port;            /* 0: chosen by the system */
    base_http_handler handler;
    void *context;
    size_t body_max;                  /* bytes; 0: 16 MiB; larger requests get 413 */
    base_tls_certificate certificate; /* NULL: plain HTTP */
    void *certificate_context;
    const char *
        client_ca_pem; /* asks for a client certificate and verifies it against this CA; NULL: does not ask.
                                  Without a good one request->client_subject is NULL: the handler decides. */
};

/* Starts the listener. Fails: BASE_IO (the port is in use: the sentence names it). */
BASE_MUST_USE base_http_server_t *base_http_server_start(const struct base_http_listen *listen,
                                                         struct base_error *err);
int base_http_server_port(const base_http_server_t *server);
/* Stops listening, ends streams, waits for the handlers in flight. NULL is fine. */
void base_http_server_stop(base_http_server_t *server);

#endif
