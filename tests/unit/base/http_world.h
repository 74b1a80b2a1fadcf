/* What the HTTP tests share: a server with odd answers, plain and over TLS, and a client for it. */
#ifndef TEST_BASE_HTTP_WORLD_H
#define TEST_BASE_HTTP_WORLD_H

#include "world.h"

#include "common/http_client.h"

#include <errno.h>

struct server {
    struct test_pki pki;
    base_http_server_t *plain, *tls;
    char plain_url[64], tls_url[64];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool go_on; /* lets the handlers that wait continue */
    int requests, streams_ended, contexts_freed, waiting;
};

static struct server world;

static inline void bump(int *counter)
{
    pthread_mutex_lock(&world.lock);
    ++*counter;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

static inline void await(const int *counter, int value)
{
    pthread_mutex_lock(&world.lock);
    while (*counter < value)
        pthread_cond_wait(&world.changed, &world.lock);
    pthread_mutex_unlock(&world.lock);
}

static inline void let_go_on(void)
{
    pthread_mutex_lock(&world.lock);
    world.go_on = true;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

static inline int current(const int *counter)
{
    pthread_mutex_lock(&world.lock);
    int value = *counter;
    pthread_mutex_unlock(&world.lock);
    return value;
}

static inline void stream_three(void *context, base_http_write write, void *sink)
{
    (void)context;
    for (int i = 0; i < 3; i++) {
        char line[16];
        int len = snprintf(line, sizeof line, "line %d\n", i);
        if (!write(sink, line, (size_t)len))
            break;
    }
    bump(&world.streams_ended);
}

static inline void stream_large(void *context, base_http_write write, void *sink)
{
    char block[10000];

    (void)context;
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 200; i++)
        if (!write(sink, block, sizeof block))
            break;
    bump(&world.streams_ended);
}

/* One line, then silence: the reader must get headers and line at once. */
static inline void stream_endless(void *context, base_http_write write, void *sink)
{
    bool first = context != NULL;

    bool alive = !first || write(sink, "first\n", 6);
    while (alive && write(sink, "", 0))
        poll(NULL, 0, 20);
    bump(&world.streams_ended);
}

static inline void context_free(void *context)
{
    (void)context;
    bump(&world.contexts_freed);
}

static inline cJSON *describe(const struct base_http_request *request)
{
    cJSON *node = cJSON_CreateObject();
    const char *sent = base_headers_get(request->headers, "x-test");

    base_json_set_text(node, "method", request->method);
    base_json_set_text(node, "scheme", request->scheme);
    base_json_set_text(node, "host", request->host);
    base_json_set_text(node, "path", request->path);
    base_json_set_text(node, "query", request->query);
    base_json_set_text(node, "peer", request->peer);
    base_json_set_text(node, "subject", request->client_subject);
    base_json_set_number(node, "xTestLength", sent ? (double)strlen(sent) : -1);
    base_json_set_text(node, "contentType", base_headers_get(request->headers, "content-type"));
    base_json_set_text(node, "expect", base_headers_get(request->headers, "expect"));
    base_json_set_number(node, "bodyLength", (double)request->body_len);
    base_json_set_text(node, "body", request->body_len < 100 ? request->body : "...");
    return node;
}

static inline void handle_plain_cases(const struct base_http_request *request,
                                      struct base_http_response *response)
{
    if (base_equal(request->path, "/drop")) {
        response->drop = true;
    } else if (base_equal(request->path, "/nothing")) {
        response->status = 204;
    } else if (base_equal(request->path, "/forgotten")) {
        base_headers_add(&response->headers, "x-forgot", "status");
    } else if (base_equal(request->path, "/headers")) {
        base_http_answer_text(response, 200, "text/plain", "body");
        base_headers_add(&response->headers, "Set-Cookie", "a=1");
        base_headers_add(&response->headers, "Set-Cookie", "b=2");
        base_headers_add(&response->headers, "Content-Length", "77");
        base_headers_add(&response->headers, "x-empty", "");
    } else if (base_equal(request->path, "/declared")) {
        response->status = 200;
        base_headers_add(&response->headers, "Content-Length", "12345");
    } else if (base_equal(request->path, "/wait")) {
        bump(&world.waiting);
        pthread_mutex_lock(&world.lock);
        while (!world.go_on)
            pthread_cond_wait(&world.changed, &world.lock);
        pthread_mutex_unlock(&world.lock);
        base_http_answer_text(response, 200, "text/plain", "done");
    } else {
        base_http_answer_json_take(response, 200, describe(request));
    }
}

static inline void handle(void *context, const struct base_http_request *request,
                          struct base_http_response *response)
{
    static const struct {
        const char *path;
        void (*stream)(void *, base_http_write, void *);
        bool first;
    } streams[] = {{"/three", stream_three},
                   {"/large", stream_large},
                   {"/endless", stream_endless, true},
                   {"/silent", stream_endless}};

    bump(&world.requests);
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        if (base_equal(request->path, streams[i].path)) {
            response->status = 200;
            base_headers_add(&response->headers, "Content-Type", "text/plain");
            response->stream = streams[i].stream;
            response->stream_context = streams[i].first ? context : NULL;
            response->stream_free = context_free;
            return;
        }
    handle_plain_cases(request, response);
}

static inline int set_up(void **state)
{
    struct base_error err = {0};

    (void)state;
    unsetenv("HTTPS_PROXY");
    unsetenv("https_proxy");
    unsetenv("NO_PROXY");
    unsetenv("no_proxy");
    memset(&world, 0, sizeof world);
    pthread_mutex_init(&world.lock, NULL);
    pthread_cond_init(&world.changed, NULL);
    test_pki_init(&world.pki);
    struct base_http_listen listen = {.handler = handle, .context = &world, .body_max = 1 << 20};
    world.plain = base_http_server_start(&listen, &err);
    assert_non_null(world.plain);
    listen.certificate = test_certificate;
    listen.certificate_context = &world.pki;
    listen.client_ca_pem = world.pki.ca_pem.data;
    world.tls = base_http_server_start(&listen, &err);
    assert_non_null(world.tls);
    snprintf(world.plain_url, sizeof world.plain_url, "http://127.0.0.1:%d",
             base_http_server_port(world.plain));
    snprintf(world.tls_url, sizeof world.tls_url, "https://localhost:%d",
             base_http_server_port(world.tls));
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    base_http_server_stop(world.plain);
    base_http_server_stop(world.tls);
    assert_int_equal(world.contexts_freed, world.streams_ended);
    test_pki_release(&world.pki);
    pthread_mutex_destroy(&world.lock);
    pthread_cond_destroy(&world.changed);
    return 0;
}

static inline base_http_client_t *client_new(void)
{
    struct base_http_client_config config = {
        .ca_file = world.pki.ca_file, .proxy = "", .timeout_ms = 20000};
    return base_http_client_new(&config);
}

/* Sends; the answer is the caller's to release. */
static inline enum base_status send_to(base_http_client_t *client, const char *method,
                                       const char *base, const char *path,
                                       struct base_http_answer *answer)
{
    struct base_buf url = {0};
    struct base_error err = {0};

    memset(answer, 0, sizeof *answer);
    base_buf_printf(&url, "%s%s", base, path);
    struct base_http_call call = {.method = method, .url = url.data};
    enum base_status status = base_http_send(client, &call, answer, &err);
    assert_int_equal(status, err.status);
    base_buf_release(&url);
    return status;
}

static inline cJSON *json_of(struct base_http_answer *answer)
{
    cJSON *node = base_json_parse(answer->body.data, answer->body.len, NULL);
    assert_non_null(node);
    base_http_answer_release(answer);
    return node;
}

struct taken {
    base_http_client_t *client;
    struct base_buf text;
    size_t calls, stop_after; /* bytes; 0: never */
    bool cancel;
};

static inline bool take(void *context, const void *data, size_t len)
{
    struct taken *taken = context;

    base_buf_append(&taken->text, data, len);
    taken->calls++;
    if (taken->cancel)
        base_http_client_cancel(taken->client);
    return !taken->stop_after || taken->text.len < taken->stop_after;
}

static inline enum base_status watch(struct taken *taken, const char *base, const char *path,
                                     int timeout_ms)
{
    struct base_http_answer answer = {0};
    struct base_buf url = {0};

    base_buf_printf(&url, "%s%s", base, path);
    struct base_http_call call = {.method = "GET",
                                  .url = url.data,
                                  .on_data = take,
                                  .on_data_context = taken,
                                  .timeout_ms = timeout_ms};
    enum base_status status = base_http_send(taken->client, &call, &answer, NULL);
    assert_int_equal(answer.status, 200);
    base_buf_release(&url);
    base_http_answer_release(&answer);
    return status;
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
