/* Server and client against each other, plain, over TLS, through a proxy and in one process; and
 * the server against raw sockets for what no client library would send. */
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

static void bump(int *counter)
{
    pthread_mutex_lock(&world.lock);
    ++*counter;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

static void await(const int *counter, int value)
{
    pthread_mutex_lock(&world.lock);
    while (*counter < value)
        pthread_cond_wait(&world.changed, &world.lock);
    pthread_mutex_unlock(&world.lock);
}

static void let_go_on(void)
{
    pthread_mutex_lock(&world.lock);
    world.go_on = true;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

static int current(const int *counter)
{
    pthread_mutex_lock(&world.lock);
    int value = *counter;
    pthread_mutex_unlock(&world.lock);
    return value;
}

static void stream_three(void *context, base_http_write write, void *sink)
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

static void stream_large(void *context, base_http_write write, void *sink)
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
static void stream_endless(void *context, base_http_write write, void *sink)
{
    bool first = context != NULL;

    bool alive = !first || write(sink, "first\n", 6);
    while (alive && write(sink, "", 0))
        poll(NULL, 0, 20);
    bump(&world.streams_ended);
}

static void context_free(void *context)
{
    (void)context;
    bump(&world.contexts_freed);
}

static cJSON *describe(const struct base_http_request *request)
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

static void handle_plain_cases(const struct base_http_request *request,
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

static void handle(void *context, const struct base_http_request *request,
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

static int set_up(void **state)
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

static int tear_down(void **state)
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

static base_http_client_t *client_new(void)
{
    struct base_http_client_config config = {
        .ca_file = world.pki.ca_file, .proxy = "", .timeout_ms = 20000};
    return base_http_client_new(&config);
}

/* Sends; the answer is the caller's to release. */
static enum base_status send_to(base_http_client_t *client, const char *method, const char *base,
                                const char *path, struct base_http_answer *answer)
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

static cJSON *json_of(struct base_http_answer *answer)
{
    cJSON *node = base_json_parse(answer->body.data, answer->body.len, NULL);
    assert_non_null(node);
    base_http_answer_release(answer);
    return node;
}

static void headers_keep_order_and_ignore_case(void **state)
{
    struct base_headers headers = {0}, copy = {0};

    (void)state;
    base_headers_add(&headers, "A", "1");
    base_headers_addf(&headers, "B", "%d", 2);
    base_headers_add(&headers, "a", "3");
    assert_string_equal(base_headers_get(&headers, "a"), "1");
    assert_null(base_headers_get(&headers, "c"));
    base_headers_copy(&copy, &headers);
    base_headers_set(&headers, "a", base_headers_get(&headers, "B"));
    assert_int_equal(headers.count, 2);
    assert_string_equal(base_headers_get(&headers, "A"), "2");
    base_headers_set(&headers, "a", NULL);
    assert_int_equal(headers.count, 1);
    base_headers_set(&headers, "C", "new");
    assert_string_equal(headers.items[1].name, "C");
    assert_int_equal(copy.count, 3);
    base_headers_release(&headers);
    base_headers_release(&copy);
}

static void target_arrives_raw(void **state)
{
    base_http_client_t *client = client_new();
    struct base_http_answer answer;

    (void)state;
    assert_int_equal(
        send_to(client, "GET", world.plain_url, "//a%2Fb/../%3F/x%20y?q=%26&r=a+b&&s=?", &answer),
        BASE_OK);
    assert_int_equal(answer.status, 200);
    assert_non_null(base_headers_get(&answer.headers, "date"));
    cJSON *seen = json_of(&answer);
    assert_string_equal(base_json_text(seen, "path"), "//a%2Fb/../%3F/x%20y");
    assert_string_equal(base_json_text(seen, "query"), "q=%26&r=a+b&&s=?");
    assert_string_equal(base_json_text(seen, "scheme"), "http");
    assert_string_equal(base_json_text(seen, "host"), world.plain_url + strlen("http://"));
    assert_true(base_starts_nocase(base_json_text(seen, "peer"), "127.0.0.1:"));
    cJSON_Delete(seen);
    base_http_client_free(client);
}

static void bodies_go_both_ways(void **state)
{
    static const char *const methods[] = {"PUT", "POST", "PATCH", "DELETE", "GET", "MERGE"};
    base_http_client_t *client = client_new();
    struct base_headers headers = {0};

    (void)state;
    base_headers_add(&headers, "Content-Type", "text/x-test");
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        for (size_t size = 0; size <= (1 << 20); size = size ? size * 1024 : 1) {
            char *body = base_alloc(size + 1);
            struct base_http_answer answer = {0};
            memset(body, 'b', size);
            struct base_http_call call = {.method = methods[i],
                                          .url = world.plain_url,
                                          .headers = &headers,
                                          .body = body,
                                          .body_len = size};
            assert_int_equal(base_http_send(client, &call, &answer, NULL), BASE_OK);
            cJSON *seen = json_of(&answer);
            assert_string_equal(base_json_text(seen, "method"), methods[i]);
            assert_int_equal((int)base_json_number(seen, "bodyLength", -1), (int)size);
            assert_string_equal(base_json_text(seen, "contentType"), "text/x-test");
            assert_string_equal(base_json_text(seen, "path"), "/");
            assert_null(base_json_text(seen, "expect"));
            cJSON_Delete(seen);
            free(body);
        }
    base_headers_release(&headers);
    base_http_client_free(client);
}

static void no_content_type_of_its_own(void **state)
{
    base_http_client_t *client = client_new();
    struct base_http_answer answer;

    (void)state;
    assert_int_equal(send_to(client, "POST", world.plain_url, "/", &answer), BASE_OK);
    cJSON *seen = json_of(&answer);
    assert_null(base_json_text(seen, "contentType"));
    cJSON_Delete(seen);
    base_http_client_free(client);
}

static void large_headers_pass(void **state)
{
    base_http_client_t *client = client_new();
    struct base_headers headers = {0};
    struct base_buf url = {0};
    char value[12001];

    (void)state;
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < 4; i++)
        base_headers_add(&headers, "x-test", value);
    base_buf_printf(&url, "%s/%s?%s", world.plain_url, value, value);
    struct base_http_call call = {.method = "GET", .url = url.data, .headers = &headers};
    struct base_http_answer answer = {0};
    assert_int_equal(base_http_send(client, &call, &answer, NULL), BASE_OK);
    assert_int_equal(answer.status, 200);
    cJSON *seen = json_of(&answer);
    assert_int_equal((int)base_json_number(seen, "xTestLength", 0), 12000);
    assert_int_equal(strlen(base_json_text(seen, "path")), 12001);
    cJSON_Delete(seen);
    base_buf_release(&url);
    base_headers_release(&headers);
    base_http_client_free(client);
}

static void answers_keep_their_headers(void **state)
{
    base_http_client_t *client = client_new();
    struct base_http_answer answer;
    int cookies = 0;

    (void)state;
    assert_int_equal(send_to(client, "GET", world.plain_url, "/headers", &answer), BASE_OK);
    for (size_t i = 0; i < answer.headers.count; i++)
        cookies += base_equal_nocase(answer.headers.items[i].name, "set-cookie");
    assert_int_equal(cookies, 2);
    assert_string_equal(base_headers_get(&answer.headers, "Content-Length"), "4");
    assert_null(base_headers_get(&answer.headers, "x-empty"));
    assert_string_equal(answer.body.data, "body");
    base_http_answer_release(&answer);
    assert_int_equal(send_to(client, "GET", world.plain_url, "/nothing", &answer), BASE_OK);
    assert_int_equal(answer.status, 204);
    assert_int_equal(answer.body.len, 0);
    base_http_answer_release(&answer);
    assert_int_equal(send_to(client, "GET", world.plain_url, "/forgotten", &answer), BASE_OK);
    assert_int_equal(answer.status, 500);
    base_http_answer_release(&answer);
    base_http_client_free(client);
}

static void head_has_headers_only(void **state)
{
    static const struct {
        const char *path, *length;
    } cases[] = {{"/headers", "4"}, {"/declared", "12345"}, {"/three", NULL}};
    base_http_client_t *client = client_new();
    struct base_http_answer answer;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(send_to(client, "HEAD", world.plain_url, cases[i].path, &answer), BASE_OK);
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.body.len, 0);
        if (cases[i].length)
            assert_string_equal(base_headers_get(&answer.headers, "content-length"),
                                cases[i].length);
        base_http_answer_release(&answer);
    }
    assert_int_equal(current(&world.streams_ended), 0);
    await(&world.contexts_freed, 1);
    bump(&world.streams_ended); /* it was never begun, and its context is gone */
    base_http_client_free(client);
}

static void too_large_bodies_get_413(void **state)
{
    base_http_client_t *client = client_new();
    size_t size = (1 << 20) + 1;
    char *body = base_alloc(size * 3);

    (void)state;
    for (int i = 0; i < 2; i++, size = size * 3 - 3) {
        struct base_http_answer answer = {0};
        struct base_http_call call = {
            .method = "PUT", .url = world.plain_url, .body = body, .body_len = size};
        assert_int_equal(base_http_send(client, &call, &answer, NULL), BASE_OK);
        assert_int_equal(answer.status, 413);
        assert_non_null(strstr(answer.body.data, "1048576 bytes"));
        base_http_answer_release(&answer);
    }
    assert_int_equal(current(&world.requests), 0);
    free(body);
    base_http_client_free(client);
}

/* Sends raw text and returns all that comes until the server closes or `until` was seen. */
static char *raw_in_pieces(const char *text, size_t piece, const char *until)
{
    struct base_buf got = {0};
    struct base_stream_connect to = {
        .host = "127.0.0.1", .port = base_http_server_port(world.plain), .proxy = ""};
    base_stream_t *stream = base_stream_open(&to, NULL);
    long count = 0;

    assert_non_null(stream);
    for (size_t sent = 0; sent < strlen(text); sent += (size_t)(count > 0 ? count : 0))
        count = base_stream_write(stream, text + sent, strnlen(text + sent, piece));
    base_buf_append(&got, "", 0);
    while (count >= 0 && !(until && strstr(got.data, until))) {
        char part[1024];
        struct pollfd wait = {base_stream_fd(stream), POLLIN, 0};
        assert_true(poll(&wait, 1, 10000) > 0);
        count = base_stream_read(stream, part, sizeof part);
        if (count > 0)
            base_buf_append(&got, part, (size_t)count);
    }
    base_stream_close(stream);
    return base_buf_take(&got);
}

static char *raw(const char *text, const char *until)
{
    return raw_in_pieces(text, strlen(text), until);
}

static void raw_requests_are_judged(void **state)
{
    static const struct {
        const char *request, *status, *holds;
    } cases[] = {
        {"GET http://Other.Example:81/a?b HTTP/1.1\r\nHost: x\r\n\r\n", "200",
         "\"host\":\"other.example:81\",\"path\":\"/a\",\"query\":\"b\""},
        {"GET /a?b?c HTTP/1.1\r\nHost: X\r\n\r\n", "200",
         "\"host\":\"x\",\"path\":\"/a\",\"query\":\"b?c\""},
        {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "400", "must start with"},
        {"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", "400", "must start with"},
        {"GET / HTTP/1.1\r\n\r\n", "400", ""},
        {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", "400", ""},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: pear\r\n\r\n", "400", ""},
        {"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n",
         "413", "1048576"},
        {"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n", "413", "1048576"},
        {"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
         "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
         "200", "\"body\":\"abcde\""},
        {"GET /%00%zz HTTP/1.1\r\nHost: x\r\n\r\n", "200", "\"path\":\"/%00%zz\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = raw(cases[i].request, *cases[i].holds ? cases[i].holds : "\r\n\r\n");
        if (strncmp(got, "HTTP/1.", 7) || strncmp(got + 9, cases[i].status, 3) ||
            !strstr(got, cases[i].holds))
            fail_msg("case %zu: expected %s with %s, got %s", i, cases[i].status, cases[i].holds,
                     got);
        free(got);
    }
}

static void requests_may_come_in_pieces(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 5, 7, 512};
    static const struct {
        const char *request, *body;
    } cases[] = {
        {"PUT /a%2Fb?c HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\nhello\r\nworld",
         "hello\\r\\nworld"},
        {"PUT /a%2Fb?c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n7;x=y\r\n\r\nworld\r\n0\r\nTrailer: t\r\n\r\n",
         "hello\\r\\nworld"},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof pieces / sizeof *pieces; i++) {
        char *got = raw_in_pieces(cases[i % 2].request, pieces[i / 2], "world");
        if (strncmp(got + 9, "200", 3) || !strstr(got, cases[i % 2].body) ||
            !strstr(got, "\"path\":\"/a%2Fb\""))
            fail_msg("in pieces of %zu: %s", pieces[i / 2], got);
        free(got);
    }
}

static void unfinished_requests_leave_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        static const char *const parts[] = {
            "GET /x", "GET /x HTTP/1.1\r\nHost:",
            "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"};
        int fd = test_dial(base_http_server_port(world.plain));
        assert_int_equal(send(fd, parts[i], strlen(parts[i]), 0), (ssize_t)strlen(parts[i]));
        close(fd);
    }
    assert_int_equal(current(&world.requests), 0);
}

static void dropped_calls_are_not_repeated(void **state)
{
    base_http_client_t *client = client_new();
    struct base_http_answer answer;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_to(client, "PUT", world.plain_url, "/", &answer), BASE_OK);
        base_http_answer_release(&answer);
        assert_int_equal(send_to(client, "PUT", world.plain_url, "/drop", &answer),
                         BASE_UNAVAILABLE);
        base_http_answer_release(&answer);
        assert_int_equal(current(&world.requests), 2 * (i + 1));
    }
    base_http_client_free(client);
}

struct taken {
    base_http_client_t *client;
    struct base_buf text;
    size_t calls, stop_after; /* bytes; 0: never */
    bool cancel;
};

static bool take(void *context, const void *data, size_t len)
{
    struct taken *taken = context;

    base_buf_append(&taken->text, data, len);
    taken->calls++;
    if (taken->cancel)
        base_http_client_cancel(taken->client);
    return !taken->stop_after || taken->text.len < taken->stop_after;
}

static enum base_status watch(struct taken *taken, const char *base, const char *path,
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

static void streams_arrive_whole(void **state)
{
    base_http_client_t *client = client_new();

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *base = i ? world.tls_url : world.plain_url;
        struct base_http_answer answer;
        assert_int_equal(send_to(client, "GET", base, "/three", &answer), BASE_OK);
        assert_string_equal(answer.body.data, "line 0\nline 1\nline 2\n");
        assert_string_equal(base_headers_get(&answer.headers, "transfer-encoding"), "chunked");
        base_http_answer_release(&answer);
        assert_int_equal(send_to(client, "GET", base, "/large", &answer), BASE_OK);
        assert_int_equal(answer.body.len, 2000000);
        base_http_answer_release(&answer);
    }
    base_http_client_free(client);
}

static void readers_may_leave_a_stream(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct taken taken = {.client = client_new(), .stop_after = 1};
        assert_int_equal(watch(&taken, i ? world.tls_url : world.plain_url, "/endless", 0),
                         BASE_OK);
        assert_string_equal(taken.text.data, "first\n");
        base_http_client_free(taken.client);
        base_buf_release(&taken.text);
        await(&world.streams_ended, i + 1);
    }
}

static void a_silent_stream_has_headers(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct taken taken = {.client = client_new()};
        assert_int_equal(watch(&taken, i ? world.tls_url : world.plain_url, "/silent", 500),
                         BASE_TIMEOUT);
        base_http_client_free(taken.client);
        base_buf_release(&taken.text);
        await(&world.streams_ended, i + 1);
    }
}

static void cancel_ends_calls_at_once(void **state)
{
    struct taken taken = {.client = client_new(), .cancel = true};
    struct base_http_answer answer;
    int64_t before = base_monotonic_ms();

    (void)state;
    assert_int_equal(watch(&taken, world.plain_url, "/endless", 0), BASE_CANCELED);
    assert_true(base_monotonic_ms() - before < 5000);
    assert_int_equal(send_to(taken.client, "GET", world.plain_url, "/", &answer), BASE_CANCELED);
    base_http_client_free(taken.client);
    base_buf_release(&taken.text);
}

static void *cancel_later(void *context)
{
    await(&world.waiting, 1);
    base_http_client_cancel(context);
    return NULL;
}

static void cancel_comes_from_another_thread(void **state)
{
    base_http_client_t *client = client_new();
    struct base_http_answer answer;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, client), 0);
    assert_int_equal(send_to(client, "GET", world.plain_url, "/wait", &answer), BASE_CANCELED);
    pthread_join(thread, NULL);
    let_go_on();
    base_http_client_free(client);
}

static void a_stop_ends_streams(void **state)
{
    struct base_http_listen listen = {.handler = handle, .context = &world};
    base_http_server_t *server = base_http_server_start(&listen, NULL);
    struct base_stream_connect to = {
        .host = "127.0.0.1", .port = base_http_server_port(server), .proxy = ""};
    base_stream_t *stream = base_stream_open(&to, NULL);
    static const char request[] = "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";
    char got[512] = "";

    (void)state;
    assert_int_equal(base_stream_write(stream, request, sizeof request - 1),
                     (long)sizeof request - 1);
    for (size_t len = 0; !strstr(got, "first");) {
        struct pollfd wait = {base_stream_fd(stream), POLLIN, 0};
        poll(&wait, 1, 10000);
        long count = base_stream_read(stream, got + len, sizeof got - 1 - len);
        assert_true(count >= 0);
        len += (size_t)count;
    }
    int64_t before = base_monotonic_ms();
    base_http_server_stop(server);
    assert_true(base_monotonic_ms() - before < 2000);
    assert_int_equal(current(&world.streams_ended), 1);
    base_stream_close(stream);
}

static void *call_wait(void *context)
{
    struct base_http_answer answer;
    base_http_client_t *client = client_new();

    assert_int_equal(send_to(client, "GET", context, "/wait", &answer), BASE_OK);
    assert_string_equal(answer.body.data, "done");
    base_http_answer_release(&answer);
    base_http_client_free(client);
    return NULL;
}

static void *release_later(void *context)
{
    (void)context;
    poll(NULL, 0, 100); /* gives the stop a chance to be wrong */
    let_go_on();
    return NULL;
}

static void a_stop_lets_answers_out(void **state)
{
    struct base_http_listen listen = {.handler = handle, .context = &world};
    base_http_server_t *server = base_http_server_start(&listen, NULL);
    pthread_t caller, releaser;
    char url[64];

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", base_http_server_port(server));
    assert_int_equal(pthread_create(&caller, NULL, call_wait, url), 0);
    await(&world.waiting, 1);
    assert_int_equal(pthread_create(&releaser, NULL, release_later, NULL), 0);
    base_http_server_stop(server);
    pthread_join(caller, NULL);
    pthread_join(releaser, NULL);
}

static void a_port_in_use_is_named(void **state)
{
    struct base_error err = {0};
    struct base_http_listen listen = {.handler = handle,
                                      .port = base_http_server_port(world.plain)};
    char port[16];

    (void)state;
    snprintf(port, sizeof port, "%d", listen.port);
    assert_null(base_http_server_start(&listen, &err));
    assert_int_equal(err.status, BASE_IO);
    assert_non_null(strstr(err.message, port));
}

static void tls_shows_the_name_asked_for(void **state)
{
    struct test_tunnel tunnel;
    struct base_http_answer answer;

    (void)state;
    test_tunnel_start(&tunnel, base_http_server_port(world.tls));
    for (int i = 0; i < 2; i++) {
        struct base_http_client_config config = {.ca_file = world.pki.ca_file, .proxy = tunnel.url};
        base_http_client_t *client = base_http_client_new(&config);
        const char *base = i ? "https://two.example" : "https://one.example:444";
        assert_int_equal(send_to(client, "GET", base, "/p", &answer), BASE_OK);
        assert_null(base_headers_get(&answer.headers, "proxy-agent"));
        cJSON *seen = json_of(&answer);
        assert_string_equal(base_json_text(seen, "host"), i ? "two.example" : "one.example:444");
        assert_string_equal(base_json_text(seen, "scheme"), "https");
        assert_null(base_json_text(seen, "subject"));
        cJSON_Delete(seen);
        assert_string_equal(tunnel.last, i ? "CONNECT two.example:443 HTTP/1.1"
                                           : "CONNECT one.example:444 HTTP/1.1");
        base_http_client_free(client);
    }
    test_tunnel_stop(&tunnel);
}

static void a_name_without_certificate_is_refused(void **state)
{
    struct test_tunnel tunnel;
    struct base_http_answer answer;

    (void)state;
    test_tunnel_start(&tunnel, base_http_server_port(world.tls));
    struct base_http_client_config config = {.ca_file = world.pki.ca_file, .proxy = tunnel.url};
    base_http_client_t *client = base_http_client_new(&config);
    assert_int_equal(send_to(client, "GET", "https://three.example", "/", &answer),
                     BASE_UNAVAILABLE);
    assert_int_equal(current(&world.requests), 0);
    base_http_client_free(client);
    test_tunnel_stop(&tunnel);
}

static void a_proxy_may_refuse(void **state)
{
    struct test_tunnel tunnel;
    struct base_http_answer answer = {0};
    struct base_error err = {0};

    (void)state;
    test_tunnel_start(&tunnel, base_http_server_port(world.tls));
    struct base_http_client_config config = {.ca_file = world.pki.ca_file, .proxy = tunnel.url};
    base_http_client_t *client = base_http_client_new(&config);
    struct base_http_call call = {.method = "GET", .url = "https://refused.example/"};
    assert_int_equal(base_http_send(client, &call, &answer, &err), BASE_UNAVAILABLE);
    assert_non_null(strstr(err.message, "502"));
    assert_non_null(strstr(err.message, "refused.example"));
    base_http_answer_release(&answer);
    base_http_client_free(client);
    test_tunnel_stop(&tunnel);
}

static void the_environment_names_proxy_and_ca(void **state)
{
    struct test_tunnel tunnel;
    struct base_http_answer answer;

    (void)state;
    test_tunnel_start(&tunnel, base_http_server_port(world.tls));
    setenv("HTTPS_PROXY", tunnel.url, 1);
    setenv("SSL_CERT_FILE", world.pki.ca_file, 1);
    setenv("NO_PROXY", "localhost,127.0.0.1", 1);
    base_http_client_t *client = base_http_client_new(NULL);
    unsetenv("HTTPS_PROXY");
    unsetenv("SSL_CERT_FILE");
    unsetenv("NO_PROXY");
    assert_int_equal(send_to(client, "GET", "https://one.example", "/", &answer), BASE_OK);
    base_http_answer_release(&answer);
    assert_int_equal(send_to(client, "GET", world.tls_url, "/", &answer), BASE_OK);
    base_http_answer_release(&answer);
    assert_int_equal(send_to(client, "GET", world.plain_url, "/", &answer), BASE_OK);
    base_http_answer_release(&answer);
    base_http_client_free(client);
    test_tunnel_stop(&tunnel);
    assert_int_equal(tunnel.count, 1);
}

static void untrusted_servers_are_refused(void **state)
{
    struct base_http_client_config config = {.ca_file = world.pki.stranger_file, .proxy = ""};
    base_http_client_t *client = base_http_client_new(&config);
    struct base_http_answer answer;

    (void)state;
    assert_int_equal(send_to(client, "GET", world.tls_url, "/", &answer), BASE_UNAVAILABLE);
    assert_int_equal(current(&world.requests), 0);
    base_http_client_free(client);
    config.ca_file = "/nowhere/ca.pem";
    client = base_http_client_new(&config);
    assert_int_equal(send_to(client, "GET", world.tls_url, "/", &answer), BASE_INVALID);
    base_http_client_free(client);
}

static void client_certificates_are_verified(void **state)
{
    const struct {
        const char *file, *subject;
    } cases[] = {
        {world.pki.client_file, "front door"}, {world.pki.stranger_file, NULL}, {NULL, NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_http_client_config config = {.ca_file = world.pki.ca_file,
                                                 .proxy = "",
                                                 .client_cert = cases[i].file,
                                                 .client_key = cases[i].file};
        base_http_client_t *client = base_http_client_new(&config);
        for (int again = 0; again < 2; again++) {
            struct base_http_answer answer;
            assert_int_equal(send_to(client, "GET", world.tls_url, "/", &answer), BASE_OK);
            cJSON *seen = json_of(&answer);
            if (cases[i].subject)
                assert_string_equal(base_json_text(seen, "subject"), cases[i].subject);
            else
                assert_null(base_json_text(seen, "subject"));
            cJSON_Delete(seen);
        }
        base_http_client_free(client);
    }
}

static void connections_are_reused(void **state)
{
    base_http_client_t *client = client_new();

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct base_http_answer answer;
        assert_int_equal(send_to(client, "GET", world.tls_url, "/", &answer), BASE_OK);
        base_http_answer_release(&answer);
        assert_int_equal(send_to(client, "GET", world.plain_url, "/", &answer), BASE_OK);
        base_http_answer_release(&answer);
    }
    assert_int_equal(atomic_load(&world.pki.asked), 1);
    base_http_client_free(client);
}

static void *many_calls(void *context)
{
    for (int i = 0; i < 25; i++) {
        struct base_http_answer answer;
        bool tls = i % 3 == 0;
        assert_int_equal(send_to(context, "PUT", tls ? world.tls_url : world.plain_url,
                                 i % 5 ? "/" : "/three", &answer),
                         BASE_OK);
        assert_int_equal(answer.status, 200);
        base_http_answer_release(&answer);
    }
    return NULL;
}

static void many_threads_share_a_client(void **state)
{
    base_http_client_t *client = client_new();
    pthread_t threads[8];

    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_calls, client), 0);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    base_http_client_free(client);
    assert_int_equal(current(&world.requests), 200);
}

static void wrong_calls_are_refused(void **state)
{
    base_http_client_t *client = client_new();
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    char free_port[80];
    int port, fd = base_listen(NULL, 0, &port, NULL);

    (void)state;
    base_headers_add(&headers, "x", "a\r\nb: c");
    const struct base_http_call wrong[] = {
        {.method = "GET", .url = "ftp://x/"},
        {.method = "GET", .url = "file:///etc/passwd"},
        {.method = "GET", .url = "http://x/ HTTP/1.1\r\nX: y"},
        {.method = "G T", .url = world.plain_url},
        {.method = "GET", .url = world.plain_url, .headers = &headers},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(base_http_send(client, &wrong[i], &answer, NULL), BASE_INVALID);
    close(fd);
    snprintf(free_port, sizeof free_port, "http://127.0.0.1:%d", port);
    assert_int_equal(send_to(client, "GET", free_port, "/", &answer), BASE_UNAVAILABLE);
    struct base_http_call slow = {.method = "GET", .url = free_port, .timeout_ms = 100};
    snprintf(free_port, sizeof free_port, "%s/wait", world.plain_url);
    assert_int_equal(base_http_send(client, &slow, &answer, NULL), BASE_TIMEOUT);
    let_go_on();
    base_headers_release(&headers);
    base_http_client_free(client);
}

static void loopback_behaves_like_a_socket(void **state)
{
    base_http_client_t *client = base_http_client_new_loopback(handle, &world);
    struct base_http_answer answer;
    struct taken taken = {.client = client, .stop_after = 1};

    (void)state;
    struct base_http_call call = {
        .method = "PUT", .url = "https://One.Example:9/a%2Fb?c=d", .body = "hello", .body_len = 5};
    memset(&answer, 0, sizeof answer);
    assert_int_equal(base_http_send(client, &call, &answer, NULL), BASE_OK);
    cJSON *seen = json_of(&answer);
    assert_string_equal(base_json_text(seen, "host"), "one.example:9");
    assert_string_equal(base_json_text(seen, "path"), "/a%2Fb");
    assert_string_equal(base_json_text(seen, "query"), "c=d");
    assert_string_equal(base_json_text(seen, "body"), "hello");
    assert_string_equal(base_json_text(seen, "peer"), "");
    cJSON_Delete(seen);
    assert_int_equal(send_to(client, "GET", "https://x", "/three", &answer), BASE_OK);
    assert_string_equal(answer.body.data, "line 0\nline 1\nline 2\n");
    base_http_answer_release(&answer);
    assert_int_equal(send_to(client, "GET", "https://x", "/drop", &answer), BASE_UNAVAILABLE);
    assert_int_equal(send_to(client, "HEAD", "https://x", "/headers", &answer), BASE_OK);
    assert_int_equal(answer.body.len, 0);
    base_http_answer_release(&answer);
    assert_int_equal(watch(&taken, "https://x", "/endless", 0), BASE_OK);
    assert_string_equal(taken.text.data, "first\n");
    taken.cancel = true;
    taken.stop_after = 0;
    assert_int_equal(watch(&taken, "https://x", "/endless", 0), BASE_CANCELED);
    assert_int_equal(send_to(client, "GET", "https://x", "/", &answer), BASE_CANCELED);
    base_buf_release(&taken.text);
    base_http_client_free(client);
}

static void requests_parse_as_json(void **state)
{
    struct base_error err = {0};
    struct base_http_request request = {.body = "", .body_len = 0};

    (void)state;
    assert_null(base_http_request_json(&request, &err));
    assert_int_equal(err.status, BASE_OK);
    request.body = "{\"a\":1}";
    request.body_len = strlen(request.body);
    cJSON *node = base_http_request_json(&request, &err);
    assert_non_null(node);
    cJSON_Delete(node);
    request.body_len--;
    assert_null(base_http_request_json(&request, &err));
    assert_int_equal(err.status, BASE_INVALID);
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_keep_order_and_ignore_case),
        cmocka_unit_test(requests_parse_as_json),
        WORLD(target_arrives_raw),
        WORLD(bodies_go_both_ways),
        WORLD(no_content_type_of_its_own),
        WORLD(large_headers_pass),
        WORLD(answers_keep_their_headers),
        WORLD(head_has_headers_only),
        WORLD(too_large_bodies_get_413),
        WORLD(raw_requests_are_judged),
        WORLD(requests_may_come_in_pieces),
        WORLD(unfinished_requests_leave_nothing),
        WORLD(dropped_calls_are_not_repeated),
        WORLD(streams_arrive_whole),
        WORLD(readers_may_leave_a_stream),
        WORLD(a_silent_stream_has_headers),
        WORLD(cancel_ends_calls_at_once),
        WORLD(cancel_comes_from_another_thread),
        WORLD(a_stop_ends_streams),
        WORLD(a_stop_lets_answers_out),
        WORLD(a_port_in_use_is_named),
        WORLD(tls_shows_the_name_asked_for),
        WORLD(a_name_without_certificate_is_refused),
        WORLD(a_proxy_may_refuse),
        WORLD(the_environment_names_proxy_and_ca),
        WORLD(untrusted_servers_are_refused),
        WORLD(client_certificates_are_verified),
        WORLD(connections_are_reused),
        WORLD(many_threads_share_a_client),
        WORLD(wrong_calls_are_refused),
        WORLD(loopback_behaves_like_a_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
