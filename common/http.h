/* common/http.h: requests and responses as plain data, and the handler that turns one into the other.
 *
 * A server is a function (context, request) -> response; libmicrohttpd (http_server.h) and the in-process loopback
 * (http_client.h) are thin adaptors around it. */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include "common/json.h"
#include "common/text.h"

struct base_headers { /* in order of arrival; names compare without case */
    struct base_header {
        char *name, *value;
    } * items;
    size_t count;
};
void base_headers_release(struct base_headers *headers);
void base_headers_add(struct base_headers *headers, const char *name, const char *value);
void base_headers_addf(struct base_headers *headers, const char *name, const char *fmt, ...)
    BASE_PRINTF(3, 4);
void base_headers_set(struct base_headers *headers, const char *name,
                      const char *value); /* replaces; NULL removes */
const char *base_headers_get(const struct base_headers *headers,
                             const char *name); /* first, or NULL */
void base_headers_copy(struct base_headers *to, const struct base_headers *from);

/* A request as a server sees it. Borrowed by the handler for the length of the call; everything is NUL-terminated. */
struct base_http_request {
    const char *method; /* "GET" */
    const char *scheme; /* "https" or "http" */
    const char *host;   /* from Host (lower case, with its port if one was sent) */
    const char *path;   /* raw, still percent-encoded; starts with '/' */
    const char *query;  /* raw, without '?'; "" when absent */
    const struct base_headers *headers;
    const char *body; /* "" when absent; body[body_len] == 0 */
    size_t body_len;
    const char *peer; /* "127.0.0.1:40312"; "" in-process */
    const char
        *client_subject; /* subject common name of a verified client certificate, NULL for none */
    struct base_arena *arena; /* lives as long as the call */
};

/* Writes one chunk of a streamed body. False: the peer is gone or the server is stopping; stop and return. */
typedef bool (*base_http_write)(void *sink, const void *data, size_t len);

struct base_http_response {
    int status;
    struct base_headers headers; /* Content-Length, Date and Connection are added by the server */
    struct base_buf body;
    /* For answers without end (watches, followed logs): called after the headers went out, on the connection's own
     * thread; may block; must poll `write` (an empty write tests the connection) at least once a second. */
    void (*stream)(void *context, base_http_write write, void *sink);
    void *stream_context;
    void (*stream_free)(void *context);
    bool drop; /* close the connection without any answer (fault injection) */
};
void base_http_response_release(struct base_http_response *response);

/* The handler fills `response` (zeroed beforehand; status 0 becomes 500). Called on many threads at once. */
typedef void (*base_http_handler)(void *context, const struct base_http_request *request,
                                  struct base_http_response *response);

/* Fills status, Content-Type and body. The _take form deletes `node`. */
void base_http_answer_json(struct base_http_response *response, int status, const cJSON *node);
void base_http_answer_json_take(struct base_http_response *response, int status, cJSON *node);
void base_http_answer_text(struct base_http_response *response, int status, const char *type,
                           const char *text);

/* The request as one JSON-parsed body; NULL + err when it is not valid JSON. An empty body gives NULL, err untouched. */
cJSON *base_http_request_json(const struct base_http_request *request, struct base_error *err);

#endif
