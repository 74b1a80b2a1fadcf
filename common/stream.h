/* common/stream.h: a byte stream over a socket, plain or TLS (OpenSSL), for protocols that are not HTTP.
 * Streams are non-blocking; wait with base_stream_wait or poll() on the fd with base_stream_events. One thread each. */
#ifndef COMMON_STREAM_H
#define COMMON_STREAM_H

#include "common/http_server.h" /* base_tls_certificate */

typedef struct base_stream base_stream_t;

struct base_stream_connect {
    const char *host; /* also the name verified in the certificate */
    int port;
    bool tls;
    const char *ca_file; /* NULL: SSL_CERT_FILE, else the system's */
    const char *
        proxy; /* "http://127.0.0.1:8888": an HTTP CONNECT is made first; NULL: HTTPS_PROXY; "": none */
    int timeout_ms; /* connect + CONNECT + handshake, real time; 0: 30000 */
    /* Asked every 100 ms or so meanwhile: true ends the opening with BASE_CANCELED. NULL: never. */
    bool (*stopped)(void *context);
    void *context;
};
/* Connects; blocks until the handshake is done. Fails: BASE_UNAVAILABLE (the sentence says which hop), BASE_TIMEOUT,
 * BASE_UNAUTHENTICATED (certificate not trusted). */
BASE_MUST_USE base_stream_t *base_stream_open(const struct base_stream_connect *to,
                                              struct base_error *err);

/* Server side: takes the accepted `fd` over; `certificate` NULL: plain. The handshake happens within the first reads. */
BASE_MUST_USE base_stream_t *base_stream_accept(int fd, base_tls_certificate certificate,
                                                void *context, struct base_error *err);
/* SNI name of an accepted TLS stream once the handshake is done; "" otherwise. */
const char *base_stream_server_name(const base_stream_t *stream);

/* > 0 bytes moved; 0 would block; -1 closed by the peer; -2 error. */
long base_stream_read(base_stream_t *stream, void *out, size_t len);
long base_stream_write(base_stream_t *stream, const void *data, size_t len);
int base_stream_fd(const base_stream_t *stream);
/* poll() events to wait for: POLLIN (unless data is already buffered inside TLS), and POLLOUT when `want_write`
 * or the TLS layer asks for it. Returns 0 when a read would give data at once. */
short base_stream_events(const base_stream_t *stream, bool want_write);
void base_stream_close(base_stream_t *stream); /* NULL is fine */

/* A listening TCP socket, close-on-exec, on 127.0.0.1 unless `address` says else; port 0 lets the system choose. Returns the fd,
 * -1 + err otherwise. *bound gets the port. */
int base_listen(const char *address, int port, int *bound, struct base_error *err);

#endif
