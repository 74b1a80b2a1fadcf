/* Requests and answers between server and client, and the server against raw sockets for what no client library would send. */
#include "http_world.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_keep_order_and_ignore_case),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
