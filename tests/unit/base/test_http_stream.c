/* Answers that are streams, calls that are cancelled, servers that stop. */
#include "http_world.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(streams_arrive_whole),
        WORLD(readers_may_leave_a_stream),
        WORLD(a_silent_stream_has_headers),
        WORLD(cancel_ends_calls_at_once),
        WORLD(cancel_comes_from_another_thread),
        WORLD(a_stop_ends_streams),
        WORLD(a_stop_lets_answers_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
