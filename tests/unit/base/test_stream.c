/* Byte streams against each other: plain, TLS with names, through a proxy; and how each hop's
 * failure reads. */
#include "world.h"

#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>

/* An echo server on a thread: one connection at a time, until `wake` is readable. */
struct echo {
    struct test_pki *pki; /* NULL: plain */
    int listener, port, wake[2];
    pthread_t thread;
    pthread_mutex_t lock;
    char name[256];   /* SNI of the last connection that said something */
    long last_result; /* what ended it */
    int ended;
    pthread_cond_t changed;
};

static struct test_pki pki;

static bool flush(struct echo *echo, base_stream_t *stream, struct base_buf *waiting, long *result)
{
    (void)echo;
    while (waiting->len && (*result = base_stream_write(stream, waiting->data, waiting->len)) > 0)
        base_buf_drop(waiting, (size_t)*result);
    return *result >= 0;
}

static void echo_serve(struct echo *echo, base_stream_t *stream)
{
    struct base_buf waiting = {0};
    char data[5000];
    long result = 0;

    for (;;) {
        short events = base_stream_events(stream, waiting.len > 0);
        struct pollfd ends[2] = {{base_stream_fd(stream), events, 0}, {echo->wake[0], POLLIN, 0}};
        if (events)
            poll(ends, 2, -1);
        if (ends[1].revents || !flush(echo, stream, &waiting, &result))
            break;
        if (waiting.len > 100000)
            continue;
        result = base_stream_read(stream, data, sizeof data);
        if (result < 0)
            break;
        base_buf_append(&waiting, data, (size_t)result);
    }
    pthread_mutex_lock(&echo->lock);
    snprintf(echo->name, sizeof echo->name, "%s", base_stream_server_name(stream));
    echo->last_result = result;
    echo->ended++;
    pthread_cond_broadcast(&echo->changed);
    pthread_mutex_unlock(&echo->lock);
    base_buf_release(&waiting);
}

static void *echo_run(void *context)
{
    struct echo *echo = context;
    struct pollfd ends[2] = {{echo->listener, POLLIN, 0}, {echo->wake[0], POLLIN, 0}};

    while (poll(ends, 2, -1) > 0 && !ends[1].revents) {
        int fd = accept4(echo->listener, NULL, NULL, SOCK_CLOEXEC);
        base_stream_t *stream =
            base_stream_accept(fd, echo->pki ? test_certificate : NULL, echo->pki, NULL);
        echo_serve(echo, stream);
        base_stream_close(stream);
    }
    return NULL;
}

static void echo_start(struct echo *echo, struct test_pki *with)
{
    memset(echo, 0, sizeof *echo);
    echo->pki = with;
    pthread_mutex_init(&echo->lock, NULL);
    pthread_cond_init(&echo->changed, NULL);
    echo->listener = base_listen(NULL, 0, &echo->port, NULL);
    assert_true(echo->listener >= 0);
    assert_int_equal(pipe(echo->wake), 0);
    assert_int_equal(pthread_create(&echo->thread, NULL, echo_run, echo), 0);
}

static void echo_await(struct echo *echo, int ended)
{
    pthread_mutex_lock(&echo->lock);
    while (echo->ended < ended)
        pthread_cond_wait(&echo->changed, &echo->lock);
    pthread_mutex_unlock(&echo->lock);
}

static void echo_stop(struct echo *echo)
{
    assert_int_equal(write(echo->wake[1], "x", 1), 1);
    pthread_join(echo->thread, NULL);
    close(echo->wake[0]);
    close(echo->wake[1]);
    close(echo->listener);
    pthread_cond_destroy(&echo->changed);
    pthread_mutex_destroy(&echo->lock);
}

/* Sends `total` bytes in parts of `part` and expects them back. */
static void exchange(base_stream_t *stream, size_t total, size_t part)
{
    char *out = base_alloc(total), *in = base_alloc(total + part);
    size_t sent = 0, got = 0;

    for (size_t i = 0; i < total; i++)
        out[i] = (char)(i * 7 + i / 251);
    while (got < total) {
        short events = base_stream_events(stream, sent < total);
        struct pollfd wait = {base_stream_fd(stream), events, 0};
        if (events)
            assert_true(poll(&wait, 1, 20000) > 0);
        size_t left = total - sent < part ? total - sent : part;
        long moved = base_stream_write(stream, out + sent, left);
        assert_true(moved >= 0);
        sent += (size_t)moved;
        moved = base_stream_read(stream, in + got, part);
        assert_true(moved >= 0);
        got += (size_t)moved;
    }
    assert_memory_equal(in, out, total);
    free(in);
    free(out);
}

static void plain_bytes_come_back(void **state)
{
    struct echo echo;

    (void)state;
    echo_start(&echo, NULL);
    struct base_stream_connect to = {.host = "127.0.0.1", .port = echo.port};
    base_stream_t *stream = base_stream_open(&to, NULL);
    assert_non_null(stream);
    exchange(stream, 3000000, 70000);
    assert_string_equal(base_stream_server_name(stream), "");
    base_stream_close(stream);
    echo_await(&echo, 1);
    assert_int_equal(echo.last_result, -1);
    echo_stop(&echo);
}

static void tls_bytes_come_back_in_any_parts(void **state)
{
    static const size_t parts[] = {1, 2, 3, 5, 7, 512, 16384, 100000};
    struct echo echo;

    (void)state;
    echo_start(&echo, &pki);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct base_stream_connect to = {
            .host = "127.0.0.1", .port = echo.port, .tls = true, .ca_file = pki.ca_file};
        struct base_error err = {0};
        base_stream_t *stream = base_stream_open(&to, &err);
        if (!stream)
            fail_msg("%s", err.message);
        exchange(stream, parts[i] < 100 ? 2000 : 2000000, parts[i]);
        base_stream_close(stream);
    }
    echo_stop(&echo);
}

static void names_choose_the_certificate(void **state)
{
    static const char *const names[] = {"one.example", "two.example", "one.example"};
    struct echo echo;
    struct test_tunnel tunnel;

    (void)state;
    echo_start(&echo, &pki);
    test_tunnel_start(&tunnel, echo.port);
    for (int i = 0; i < 3; i++) {
        struct base_stream_connect to = {.host = names[i],
                                         .port = 5671,
                                         .tls = true,
                                         .ca_file = pki.ca_file,
                                         .proxy = tunnel.url};
        struct base_error err = {0};
        base_stream_t *stream = base_stream_open(&to, &err);
        if (!stream)
            fail_msg("%s", err.message);
        exchange(stream, 1000, 100);
        base_stream_close(stream);
        echo_await(&echo, i + 1);
        assert_string_equal(echo.name, names[i]);
        assert_int_equal(echo.last_result, -1);
    }
    test_tunnel_stop(&tunnel);
    echo_stop(&echo);
}

static void environment_names_the_proxy(void **state)
{
    struct echo echo;
    struct test_tunnel tunnel;

    (void)state;
    echo_start(&echo, NULL);
    test_tunnel_start(&tunnel, echo.port);
    setenv("HTTPS_PROXY", tunnel.url, 1);
    for (int i = 0; i < 4; i++) {
        static const char *const exempt[] = {"", "a.b, 127.0.0.1", "*", "localhost"};
        setenv("NO_PROXY", exempt[i], 1);
        struct base_stream_connect to = {
            .host = "127.0.0.1", .port = echo.port, .proxy = i == 3 ? "" : NULL};
        base_stream_t *stream = base_stream_open(&to, NULL);
        assert_non_null(stream);
        exchange(stream, 10, 10);
        base_stream_close(stream);
        echo_await(&echo, i + 1);
    }
    unsetenv("HTTPS_PROXY");
    unsetenv("NO_PROXY");
    test_tunnel_stop(&tunnel);
    assert_int_equal(tunnel.count, 1);
    echo_stop(&echo);
}

static void each_hop_names_itself(void **state)
{
    struct echo plain;
    struct test_tunnel tunnel;
    char nobody_url[64];
    int nobody, fd = base_listen(NULL, 0, &nobody, NULL);

    (void)state;
    close(fd);
    echo_start(&plain, NULL);
    test_tunnel_start(&tunnel, plain.port);
    snprintf(nobody_url, sizeof nobody_url, "http://127.0.0.1:%d", nobody);
    const struct {
        struct base_stream_connect to;
        enum base_status status;
        const char *holds;
    } cases[] = {
        {{.host = "127.0.0.1", .port = nobody, .proxy = ""},
         BASE_UNAVAILABLE,
         "cannot connect to 127.0.0.1"},
        {{.host = "one.example", .port = 1, .proxy = nobody_url},
         BASE_UNAVAILABLE,
         "cannot connect to the proxy 127.0.0.1"},
        {{.host = "refused.example", .port = 1, .proxy = tunnel.url},
         BASE_UNAVAILABLE,
         "502 to CONNECT refused.example:1: no way"},
        {{.host = "one.example", .port = 1, .proxy = "nonsense"},
         BASE_INVALID,
         "expected http://host:port"},
        {{.host = "127.0.0.1", .port = plain.port, .tls = true, .ca_file = "/nowhere"},
         BASE_INVALID,
         "/nowhere"},
        {{.host = "127.0.0.1", .port = plain.port, .tls = true, .ca_file = pki.ca_file},
         BASE_UNAVAILABLE,
         "TLS handshake"},
        {{.host = "no such host", .port = 1}, BASE_UNAVAILABLE, "no such host"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_error err = {0};
        assert_null(base_stream_open(&cases[i].to, &err));
        if (err.status != cases[i].status || !strstr(err.message, cases[i].holds))
            fail_msg("case %zu: %s: %s", i, base_status_name(err.status), err.message);
    }
    test_tunnel_stop(&tunnel);
    echo_stop(&plain);
}

static void untrusted_and_misnamed_servers_are_refused(void **state)
{
    struct echo echo;
    struct test_tunnel tunnel;
    struct base_error err = {0};

    (void)state;
    echo_start(&echo, &pki);
    test_tunnel_start(&tunnel, echo.port);
    struct base_stream_connect to = {.host = "one.example",
                                     .port = 1,
                                     .tls = true,
                                     .ca_file = pki.stranger_file,
                                     .proxy = tunnel.url};
    assert_null(base_stream_open(&to, &err));
    assert_int_equal(err.status, BASE_UNAUTHENTICATED);
    base_error_clear(&err);
    to = (struct base_stream_connect){.host = "127.0.0.2",
                                      .port = echo.port,
                                      .tls = true,
                                      .ca_file = pki.ca_file,
                                      .proxy = tunnel.url};
    assert_null(base_stream_open(&to, &err)); /* the certificate is for 127.0.0.1 */
    assert_int_equal(err.status, BASE_UNAUTHENTICATED);
    base_error_clear(&err);
    to.host = "three.example"; /* no certificate at all */
    assert_null(base_stream_open(&to, &err));
    assert_int_equal(err.status, BASE_UNAVAILABLE);
    test_tunnel_stop(&tunnel);
    echo_stop(&echo);
}

static void silence_times_out(void **state)
{
    int port, fd = base_listen(NULL, 0, &port, NULL); /* the system accepts, nobody speaks */
    char url[64];
    struct base_error err = {0};

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    struct base_stream_connect to = {
        .host = "127.0.0.1", .port = port, .tls = true, .ca_file = pki.ca_file, .timeout_ms = 50};
    assert_null(base_stream_open(&to, &err));
    assert_int_equal(err.status, BASE_TIMEOUT);
    base_error_clear(&err);
    to.proxy = url;
    assert_null(base_stream_open(&to, &err));
    assert_int_equal(err.status, BASE_TIMEOUT);
    close(fd);
}

static bool after_three(void *context)
{
    return ++*(int *)context > 3;
}

static void a_stop_ends_the_opening(void **state)
{
    int port, fd = base_listen(NULL, 0, &port, NULL), asked = 0;
    struct base_error err = {0};
    int64_t started = base_monotonic_ms();

    (void)state;
    struct base_stream_connect to = {.host = "127.0.0.1",
                                     .port = port,
                                     .tls = true,
                                     .proxy = "",
                                     .ca_file = pki.ca_file,
                                     .timeout_ms = 60000,
                                     .stopped = after_three,
                                     .context = &asked};
    assert_null(base_stream_open(&to, &err));
    assert_int_equal(err.status, BASE_CANCELED);
    assert_true(base_monotonic_ms() - started < 20000);
    close(fd);
}

static void a_dead_peer_is_seen(void **state)
{
    int ends[2];
    char c;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    base_stream_t *stream = base_stream_accept(ends[0], NULL, NULL, NULL);
    assert_int_equal(base_stream_read(stream, &c, 1), 0);
    assert_int_equal(base_stream_events(stream, false), POLLIN);
    assert_int_equal(base_stream_events(stream, true), POLLIN | POLLOUT);
    close(ends[1]);
    assert_int_equal(base_stream_read(stream, &c, 1), -1);
    assert_true(base_stream_write(stream, "x", 1) < 0); /* no SIGPIPE either */
    base_stream_close(stream);
    base_stream_close(NULL);
}

static void garbage_for_a_handshake_is_an_error(void **state)
{
    int ends[2];
    char c;
    long got;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    base_stream_t *stream = base_stream_accept(ends[0], test_certificate, &pki, NULL);
    assert_int_equal(base_stream_write(stream, "x", 1), 0);
    assert_int_equal(base_stream_events(stream, true),
                     POLLIN); /* nothing to write before the hello */
    assert_int_equal(write(ends[1], "GET / HTTP/1.1\r\n\r\n", 18), 18);
    got = base_stream_read(stream, &c, 1);
    assert_int_equal(got, -2);
    base_stream_close(stream);
    close(ends[1]);
}

static void listeners_say_what_is_wrong(void **state)
{
    struct base_error err = {0};
    int port, again, fd = base_listen("127.0.0.1", 0, &port, NULL);

    (void)state;
    assert_true(fd >= 0);
    assert_true(port > 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(base_listen(NULL, port, &again, &err), -1);
    assert_int_equal(err.status, BASE_IO);
    assert_non_null(strstr(err.message, "in use"));
    base_error_clear(&err);
    assert_int_equal(base_listen("not an address", 0, &again, &err), -1);
    assert_int_equal(err.status, BASE_INVALID);
    base_error_clear(&err);
    assert_int_equal(base_listen(NULL, 65536, &again, &err), -1);
    assert_int_equal(err.status, BASE_INVALID);
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    unsetenv("HTTPS_PROXY");
    unsetenv("https_proxy");
    unsetenv("NO_PROXY");
    unsetenv("no_proxy");
    test_pki_init(&pki);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_pki_release(&pki);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_bytes_come_back),
        cmocka_unit_test(tls_bytes_come_back_in_any_parts),
        cmocka_unit_test(names_choose_the_certificate),
        cmocka_unit_test(environment_names_the_proxy),
        cmocka_unit_test(each_hop_names_itself),
        cmocka_unit_test(untrusted_and_misnamed_servers_are_refused),
        cmocka_unit_test(silence_times_out),
        cmocka_unit_test(a_stop_ends_the_opening),
        cmocka_unit_test(a_dead_peer_is_seen),
        cmocka_unit_test(garbage_for_a_handshake_is_an_error),
        cmocka_unit_test(listeners_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
