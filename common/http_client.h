/* common/http_client.h: one call out. The libcurl transport honours HTTPS_PROXY / NO_PROXY and a CA
 * bundle; the loopback transport goes straight to a handler in this process. Thread-safe:
 * connections are pooled and reused. */
#ifndef COMMON_HTTP_CLIENT_H
#define COMMON_HTTP_CLIENT_H

#include "common/clock.h"
#include "common/http.h"

typedef struct base_http_client base_http_client_t;

struct base_http_client_config {
    const char *ca_file;     /* NULL: environment SSL_CERT_FILE, else the system's */
    const char *proxy;       /* NULL: environment HTTPS_PROXY; "": none */
    const char *client_cert; /* PEM file for mutual TLS; NULL: none */
    const char *client_key;
    const char *user_agent; /* NULL: "iomt-lab/<version>" */
    int timeout_ms;         /* whole exchange, real time; 0: 60000 */
};
base_http_client_t *
base_http_client_new(const struct base_http_client_config *config) BASE_MUST_USE;
/* All calls go to handler(context, ...) on the caller's thread. */
base_http_client_t *base_http_client_new_loopback(base_http_handler handler,
                                                  void *context) BASE_MUST_USE;
/* True for a client made by base_http_client_new_loopback: nothing it does leaves the process. */
bool base_http_client_is_loopback(const base_http_client_t *client);
void base_http_client_free(base_http_client_t *client);
/* Makes calls in flight and later ones fail with BASE_CANCELED: for SIGTERM. */
void base_http_client_cancel(base_http_client_t *client);
/* For a program's start: SSL_CERT_FILE, if set, is a readable file, and HTTPS_PROXY an http:// address. Nothing is connected.
 * Fails: BASE_INVALID, naming the word, what it says and what was expected. */
BASE_MUST_USE enum base_status base_http_check_environment(struct base_error *err);
/* Was it canceled? For those who wait between calls. Any thread. */
bool base_http_client_canceled(const base_http_client_t *client);

struct base_http_call {
    const char *method, *url;
    const struct base_headers *headers; /* NULL: none */
    const void *body;
    size_t body_len;
    int timeout_ms; /* 0: the client's */
    /* When set, body bytes go here as they arrive (watches) instead of into answer->body; false
     * ends the call. */
    bool (*on_data)(void *context, const void *data, size_t len);
    void *on_data_context;
};
struct base_http_answer {
    int status;
    struct base_headers headers;
    struct base_buf body;
};
void base_http_answer_release(struct base_http_answer *answer);

/* One exchange; no redirect is followed, nothing is retried. BASE_OK whenever an HTTP answer came,
 * whatever its status. Fails: BASE_UNAVAILABLE (no connection, no name, refused by the proxy),
 * BASE_TIMEOUT, BASE_PROTOCOL, BASE_CANCELED. Blocks. `answer` must be zeroed by the caller and
 * released by it, also after a failure. */
BASE_MUST_USE enum base_status base_http_send(base_http_client_t *client,
                                              const struct base_http_call *call,
                                              struct base_http_answer *answer,
                                              struct base_error *err);

#endif
