/* Server and client over TLS, through a proxy, from many threads and in one process. */
#include "http_world.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_parse_as_json),
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
