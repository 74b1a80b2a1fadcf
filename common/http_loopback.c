/* Decides how a call becomes a request of a handler in the same process. */
#include "common/http_loopback.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (256u << 20) /* bytes of a body that nobody takes as it comes */

struct sink {
    const struct base_http_call *call;
    const atomic_bool *canceled;
    struct base_http_answer *answer;
    bool ended;
};

static bool request_from(struct base_arena *arena, const struct base_http_call *call,
                         struct base_headers *headers, struct base_http_request *out);
static void deliver(const struct sink *sink, struct base_http_response *response, bool head);
static bool sink_write(void *context, const void *data, size_t len);

enum base_status base_http_loopback(base_http_handler handler, void *context,
                                    const struct base_http_call *call, const atomic_bool *canceled,
                                    struct base_http_answer *answer, struct base_error *err)
{
    struct base_arena arena;
    struct base_headers headers = {0};
    struct base_http_request request;
    struct base_http_response response = {0};
    struct sink sink = {.call = call, .canceled = canceled, .answer = answer};
    enum base_status status = BASE_OK;

    base_arena_init(&arena);
    if (!request_from(&arena, call, &headers, &request)) {
        status = base_error_set(err, BASE_INVALID, NULL, "\"%s\" is not an http(s) URL", call->url);
        goto done;
    }
    handler(context, &request, &response);
    if (response.drop)
        status = base_error_set(err, BASE_UNAVAILABLE, NULL,
                                "%s %s: the connection was closed without an answer", call->method,
                                call->url);
    else
        deliver(&sink, &response, base_equal(call->method, "HEAD"));
    if (status == BASE_OK && atomic_load(canceled) && response.stream)
        status =
            base_error_set(err, BASE_CANCELED, NULL, "%s %s was canceled", call->method, call->url);
done:
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    return status;
}

static bool request_from(struct base_arena *arena, const struct base_http_call *call,
                         struct base_headers *headers, struct base_http_request *out)
{
    struct base_uri uri;

    if (!base_uri_parse(arena, call->url, &uri))
        return false;
    const char *authority = strstr(call->url, "://") + 3;
    char *host = base_arena_strndup(arena, authority, strcspn(authority, "/?#"));
    base_lower(host);
    if (call->headers)
        base_headers_copy(headers, call->headers);
    if (!base_headers_get(headers, "Host"))
        base_headers_add(headers, "Host", host);
    if (call->body_len && !base_headers_get(headers, "Content-Length"))
        base_headers_addf(headers, "Content-Length", "%zu", call->body_len);
    *out = (struct base_http_request){
        .method = call->method,
        .scheme = uri.scheme,
        .host = host,
        .path = uri.path,
        .query = uri.query,
        .headers = headers,
        .body = base_arena_strndup(arena, call->body, call->body_len),
        .body_len = call->body_len,
        .peer = "",
        .arena = arena,
    };
    return true;
}

static void deliver(const struct sink *sink, struct base_http_response *response, bool head)
{
    struct base_http_answer *answer = sink->answer;

    answer->status = response->status ? response->status : 500;
    base_headers_copy(&answer->headers, &response->headers);
    if (!response->stream && (!head || !base_headers_get(&answer->headers, "Content-Length"))) {
        base_headers_set(&answer->headers, "Content-Length", NULL);
        base_headers_addf(&answer->headers, "Content-Length", "%zu", response->body.len);
    }
    if (head)
        return;
    if (response->stream)
        response->stream(response->stream_context, sink_write, (void *)sink);
    else if (response->body.len)
        (void)sink_write((void *)sink, response->body.data, response->body.len);
}

static bool sink_write(void *context, const void *data, size_t len)
{
    struct sink *sink = context;

    if (sink->ended || atomic_load(sink->canceled))
        return false;
    if (!len)
        return true;
    if (sink->call->on_data)
        sink->ended = !sink->call->on_data(sink->call->on_data_context, data, len);
    else if (sink->answer->body.len + len > ANSWER_MAX)
        sink->ended = true;
    else
        base_buf_append(&sink->answer->body, data, len);
    return !sink->ended;
}
