/* The CONNECT proxy: what it lets through, what it refuses and how it says so, and that bytes, half-closes and resets
 * arrive as they were sent. */
#include "simulators/kit/proxy.h"

#include "common/clock.h"
#include "common/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 20000 /* longer than anything takes */

static struct {
    int listener, port, closed_port; /* the target; nobody listens on closed_port */
    sim_proxy_t *proxy;
    char url[64];
} world;

static int set_up(void **state)
{
    static char target[32], nobody[32];
    static const char *const pass[] = {"localhost", "*.pass.example", "127.0.0.1"};
    struct base_error err = {0};
    int fd = base_listen(NULL, 0, &world.closed_port, NULL);

    (void)state;
    close(fd);
    unsetenv("HTTPS_PROXY");
    unsetenv("https_proxy");
    world.listener = base_listen(NULL, 0, &world.port, NULL);
    snprintf(target, sizeof target, "127.0.0.1:%d", world.port);
    snprintf(nobody, sizeof nobody, "127.0.0.1:%d", world.closed_port);
    const struct sim_proxy_route routes[] = {
        {"*.vault.azure.net", 0, target},
        {"*.servicebus.windows.net", 5671, target},
        {"*.servicebus.windows.net", 443, nobody},
    };
    struct sim_proxy_config config = {
        .routes = routes, .route_count = 3, .pass = pass, .pass_count = 3};
    world.proxy = sim_proxy_start(&config, &err);
    if (!world.proxy)
        fail_msg("%s", err.message);
    snprintf(world.url, sizeof world.url, "http://127.0.0.1:%d", sim_proxy_port(world.proxy));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_proxy_stop(world.proxy);
    close(world.listener);
    return 0;
}

/* A connected socket of its own, blocking, with a limit on how long a read may take. */
static int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = WAIT_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void say(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        assert_true(sent > 0);
        data += sent;
        len -= (size_t)sent;
    }
}

static void hear(int fd, char *out, size_t len)
{
    while (len) {
        ssize_t got = recv(fd, out, len, 0);
        assert_true(got > 0);
        out += got;
        len -= (size_t)got;
    }
}

static void hear_end(int fd)
{
    char c;
    assert_int_equal(recv(fd, &c, 1, 0), 0);
}

static int take(void)
{
    struct pollfd wait = {world.listener, POLLIN, 0};
    struct timeval limit = {.tv_sec = WAIT_MS / 1000};

    assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
    int fd = accept4(world.listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void hear_welcome(int client)
{
    static const char yes[] = "HTTP/1.1 200 Connection Established\r\n\r\n";
    char got[sizeof yes] = "";

    hear(client, got, sizeof yes - 1);
    assert_string_equal(got, yes);
}

/* Both ends of an open tunnel. */
static void tunnel(const char *authority, int *client, int *target)
{
    char head[300];

    snprintf(head, sizeof head, "CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n", authority);
    *client = dial(sim_proxy_port(world.proxy));
    say(*client, head, strlen(head));
    *target = take();
    hear_welcome(*client);
}

/* What comes until the proxy closes. */
static char *refusal(const char *head, size_t len)
{
    struct base_buf text = {0};
    int client = dial(sim_proxy_port(world.proxy));
    char part[4096];
    ssize_t got;

    say(client, head, len);
    base_buf_append(&text, "", 0);
    while ((got = recv(client, part, sizeof part, 0)) > 0)
        base_buf_append(&text, part, (size_t)got);
    assert_int_equal(got, 0); /* an end, not a reset and not a time-out */
    close(client);
    return base_buf_take(&text);
}

static void known_names_are_tunnelled(void **state)
{
    static const char *const names[] = {"kv.vault.azure.net:443", "KV.Vault.Azure.Net:8443",
                                        "ns.servicebus.windows.net:5671"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int client, target;
        char got[6] = "";
        tunnel(names[i], &client, &target);
        say(client, "hello", 5);
        hear(target, got, 5);
        assert_string_equal(got, "hello");
        say(target, "world", 5);
        hear(client, got, 5);
        assert_string_equal(got, "world");
        close(client);
        hear_end(target);
        close(target);
    }
}

static void heads_may_come_in_any_parts(void **state)
{
    static const char text[] =
        "CONNECT kv.vault.azure.net:443 HTTP/1.1\r\nHost: kv.vault.azure.net:443\r\n"
        "User-Agent: test\r\nProxy-Connection: Keep-Alive\r\n\r\neager";
    static const size_t parts[] = {1, 2, 3, 5, 7, 512};

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int client = dial(sim_proxy_port(world.proxy)), yes = 1;
        char got[6] = "";
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        for (size_t at = 0, left = sizeof text - 1; left;
             at += parts[i], left -= left < parts[i] ? left : parts[i])
            say(client, text + at, left < parts[i] ? left : parts[i]);
        int target = take();
        hear_welcome(client);
        hear(target, got, 5); /* what came with the head is the tunnel's */
        assert_string_equal(got, "eager");
        close(client);
        close(target);
    }
}

static void unknown_names_get_502(void **state)
{
    static const struct {
        const char *authority, *name;
    } cases[] = {
        {"www.example.com:443", "www.example.com port 443"},
        {"Vault.Azure.Net:443", "vault.azure.net port 443"},
        {"kv.vault.azure.net.evil.example:443", "--pass kv.vault.azure.net.evil.example"},
        {"ns.servicebus.windows.net:80", "ns.servicebus.windows.net port 80"},
        {"[2001:db8::1]:443", "2001:db8::1 port 443"},
        {"169.254.169.254:80", "--pass 169.254.169.254"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char head[200];
        snprintf(head, sizeof head, "CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n", cases[i].authority);
        char *text = refusal(head, strlen(head));
        if (strncmp(text, "HTTP/1.1 502 Bad Gateway\r\n", 26) || !strstr(text, cases[i].name))
            fail_msg("%s: %s", cases[i].authority, text);
        const char *body = strstr(text, "\r\n\r\n") + 4;
        assert_ptr_equal(strchr(body, '\n'), body + strlen(body) - 1); /* one line */
        char length[40];
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(body));
        assert_non_null(strstr(text, length));
        free(text);
    }
}

static void wrong_requests_are_told_so(void **state)
{
    static const struct {
        const char *head, *status;
    } cases[] = {
        {"GET http://www.example.com/ HTTP/1.1\r\nHost: www.example.com\r\n\r\n", "405"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "405"},
        {"POST http://kv.vault.azure.net/ HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde", "405"},
        {"CONNECT kv.vault.azure.net HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT kv.vault.azure.net: HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT kv.vault.azure.net:0 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT kv.vault.azure.net:65536 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT kv.vault.azure.net:443x HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT kv.vault.azure.net:-1 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT :443 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT [::1:443 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT [kv.vault.azure.net]x443 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT a/b.vault.azure.net:443 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT https://kv.vault.azure.net:443 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT  kv.vault.azure.net:443 HTTP/1.1\r\n\r\n", "400"},
        {"CONNECT kv.vault.azure.net:443 HTTP/2\r\n\r\n", "400"},
        {"CONNECT kv.vault.azure.net:443 HTTP/1.1\n\n", "400"},
        {"connect kv.vault.azure.net:443 HTTP/1.1\r\n\r\n", "400"},
        {"\r\n\r\n", "400"},
        {"nonsense\r\n\r\n", "400"},
        {"\x16\x03\x01\x02", "400"}, /* a TLS client that took the proxy for its server */
        {"GET \x01", "400"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = refusal(cases[i].head, strlen(cases[i].head));
        if (strncmp(text, "HTTP/1.1 ", 9) || strncmp(text + 9, cases[i].status, 3))
            fail_msg("case %zu, %s: %s", i, cases[i].head, text);
        if (!strcmp(cases[i].status, "405"))
            assert_non_null(strstr(text, "Allow: CONNECT\r\n"));
        free(text);
    }
}

static void large_heads_get_431(void **state)
{
    size_t len = 9000;
    char *head = base_alloc(len + 1);

    (void)state;
    memset(head, 'x', len);
    memcpy(head, "CONNECT kv.vault.azure.net:443 HTTP/1.1\r\nX: ", 44);
    char *text = refusal(head, len);
    assert_int_equal(strncmp(text, "HTTP/1.1 431 ", 13), 0);
    free(text);
    memcpy(head + len - 4, "\r\n\r\n", 4);
    text = refusal(head, len);
    assert_int_equal(strncmp(text, "HTTP/1.1 431 ", 13), 0);
    free(text);
    free(head);
}

static void targets_that_are_away_get_502(void **state)
{
    char head[300], label[65];

    (void)state;
    char *text = refusal("CONNECT ns.servicebus.windows.net:443 HTTP/1.1\r\n\r\n", 50);
    assert_non_null(strstr(text, "502"));
    assert_non_null(
        strstr(text, "ns.servicebus.windows.net port 443 cannot be reached: Connection refused"));
    free(text);
    snprintf(head, sizeof head, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n", world.closed_port);
    text = refusal(head, strlen(head));
    assert_non_null(strstr(text, "cannot be reached: Connection refused"));
    free(text);
    memset(label, 'a', 64); /* no name may have such a label, so nobody is asked */
    label[64] = '\0';
    snprintf(head, sizeof head, "CONNECT %s.pass.example:443 HTTP/1.1\r\n\r\n", label);
    text = refusal(head, strlen(head));
    assert_non_null(strstr(text, "502"));
    assert_non_null(strstr(text, "cannot be reached"));
    free(text);
}

static void passed_names_go_to_the_network(void **state)
{
    char authority[64], got[5] = "";
    int client, target;

    (void)state;
    snprintf(authority, sizeof authority, "localhost:%d", world.port);
    tunnel(authority, &client, &target);
    say(client, "real", 4);
    hear(target, got, 4);
    assert_string_equal(got, "real");
    close(target);
    hear_end(client);
    close(client);
}

static void half_closes_travel_through(void **state)
{
    int client, target;
    char got[6] = "";

    (void)state;
    tunnel("kv.vault.azure.net:443", &client, &target);
    say(client, "last", 4);
    shutdown(client, SHUT_WR);
    hear(target, got, 4);
    hear_end(target);
    for (int i = 0; i < 3; i++) { /* the other direction is still open */
        say(target, "words", 5);
        hear(client, got, 5);
        assert_string_equal(got, "words");
    }
    close(target);
    hear_end(client);
    close(client);
}

static void resets_travel_through(void **state)
{
    struct linger at_once = {.l_onoff = 1};
    char c;

    (void)state;
    for (int i = 0; i < 2; i++) {
        int ends[2];
        tunnel("kv.vault.azure.net:443", &ends[0], &ends[1]);
        say(ends[0], "x", 1);
        hear(ends[1], &c, 1);
        setsockopt(ends[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(ends[i]);
        assert_int_equal(recv(ends[!i], &c, 1, 0), -1);
        assert_int_equal(errno, ECONNRESET);
        close(ends[!i]);
    }
}

/* Writes without blocking until nothing goes any more for a while. */
static size_t stuff(int fd)
{
    static char block[65536];
    struct pollfd room = {fd, POLLOUT, 0};
    size_t total = 0;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (poll(&room, 1, 300) == 1) {
        ssize_t sent = send(fd, block, sizeof block, MSG_NOSIGNAL);
        assert_true(sent > 0 || errno == EAGAIN);
        total += sent > 0 ? (size_t)sent : 0;
        assert_true(total < 64u << 20);
    }
    return total;
}

static void slow_readers_hold_the_writer_up(void **state)
{
    int client, target, other_client, other_target;
    char *sink = base_alloc(1 << 16), c;

    (void)state;
    tunnel("kv.vault.azure.net:443", &client, &target);
    size_t total = stuff(client); /* the kernel's buffers and our 64 KiB, no more */
    tunnel("kv.vault.azure.net:443", &other_client, &other_target);
    say(other_client, "x", 1); /* others are not held up */
    hear(other_target, &c, 1);
    say(target, "y", 1); /* nor is the other direction */
    fcntl(client, F_SETFL, 0);
    hear(client, &c, 1);
    shutdown(client, SHUT_WR);
    while (total) {
        ssize_t got = recv(target, sink, 1 << 16, 0);
        assert_true(got > 0);
        total -= (size_t)got;
    }
    hear_end(target);
    close(client);
    close(target);
    close(other_client);
    close(other_target);
    free(sink);
}

struct pump {
    int fd;
    unsigned seed;
    size_t total;
};

static void *write_pattern(void *context)
{
    struct pump *pump = context;
    char part[5000];
    size_t sent = 0;

    while (sent < pump->total) {
        size_t len = 1 + (sent * 31 + pump->seed) % sizeof part;
        if (len > pump->total - sent)
            len = pump->total - sent;
        for (size_t i = 0; i < len; i++)
            part[i] = (char)((sent + i) * 7 + (sent + i) / 251 + pump->seed);
        say(pump->fd, part, len);
        sent += len;
    }
    shutdown(pump->fd, SHUT_WR);
    return NULL;
}

static void *read_pattern(void *context)
{
    struct pump *pump = context;
    char part[8000];
    size_t seen = 0;
    ssize_t got;

    while ((got = recv(pump->fd, part, sizeof part, 0)) > 0)
        for (ssize_t i = 0; i < got; i++, seen++)
            assert_int_equal(part[i], (char)(seen * 7 + seen / 251 + pump->seed));
    assert_int_equal(got, 0);
    assert_int_equal(seen, pump->total);
    return NULL;
}

static void many_tunnels_carry_all_bytes(void **state)
{
    enum { TUNNELS = 6 };
    pthread_t threads[TUNNELS][4];
    struct pump pumps[TUNNELS][4];
    int ends[TUNNELS][2];

    (void)state;
    for (unsigned i = 0; i < TUNNELS; i++) {
        tunnel("kv.vault.azure.net:443", &ends[i][0], &ends[i][1]);
        for (unsigned k = 0; k < 4;
             k++) { /* 0 writes to 1's reader, 2 to 3's: both directions at once */
            pumps[i][k] =
                (struct pump){ends[i][k == 1 || k == 2], i * 3 + k / 2, 1500000 + i * 1001};
            assert_int_equal(pthread_create(&threads[i][k], NULL,
                                            k % 2 ? read_pattern : write_pattern, &pumps[i][k]),
                             0);
        }
    }
    for (unsigned i = 0; i < TUNNELS; i++) {
        for (unsigned k = 0; k < 4; k++)
            pthread_join(threads[i][k], NULL);
        close(ends[i][0]);
        close(ends[i][1]);
    }
}

static void streams_come_through(void **state)
{
    struct base_stream_connect to = {.host = "kv.vault.azure.net", .port = 443, .proxy = world.url};
    struct base_error err = {0};
    char c;

    (void)state;
    base_stream_t *stream = base_stream_open(&to, &err);
    assert_non_null(stream);
    int target = take();
    assert_int_equal(base_stream_write(stream, "x", 1), 1);
    hear(target, &c, 1);
    base_stream_close(stream);
    close(target);
    to.host = "www.example.com";
    assert_null(base_stream_open(&to, &err));
    assert_int_equal(err.status, BASE_UNAVAILABLE);
    assert_non_null(strstr(err.message, "502 to CONNECT www.example.com:443"));
    assert_non_null(strstr(err.message, "--pass www.example.com"));
}

static void a_stop_closes_everything(void **state)
{
    int client, target, silent = dial(sim_proxy_port(world.proxy));
    int64_t before = base_monotonic_ms();

    (void)state;
    tunnel("kv.vault.azure.net:443", &client, &target);
    sim_proxy_stop(world.proxy);
    world.proxy = NULL;
    hear_end(client);
    hear_end(target);
    hear_end(silent);
    assert_true(base_monotonic_ms() - before < 5000);
    close(client);
    close(target);
    close(silent);
}

static void wrong_settings_are_refused(void **state)
{
    static const char *const targets[] = {
        "127.0.0.1",       "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "localhost:443",
        "127.0.0.1:443/x", "",           "::1:443"};
    struct base_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        const struct sim_proxy_route route = {"*.example", 0, targets[i]};
        struct sim_proxy_config config = {.routes = &route, .route_count = 1};
        base_error_clear(&err);
        if (sim_proxy_start(&config, &err))
            fail_msg("accepted %s", targets[i]);
        assert_int_equal(err.status, BASE_INVALID);
        assert_non_null(strstr(err.message, "*.example"));
    }
    struct sim_proxy_config config = {.port = world.port};
    base_error_clear(&err);
    assert_null(sim_proxy_start(&config, &err));
    assert_int_equal(err.status, BASE_IO);
    const struct sim_proxy_route route = {"*.example", 0, "[::1]:443"};
    config = (struct sim_proxy_config){.routes = &route, .route_count = 1};
    sim_proxy_t *proxy = sim_proxy_start(&config, NULL);
    assert_non_null(proxy);
    sim_proxy_stop(proxy);
    sim_proxy_stop(NULL);
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(known_names_are_tunnelled),
        WORLD(heads_may_come_in_any_parts),
        WORLD(unknown_names_get_502),
        WORLD(wrong_requests_are_told_so),
        WORLD(large_heads_get_431),
        WORLD(targets_that_are_away_get_502),
        WORLD(passed_names_go_to_the_network),
        WORLD(half_closes_travel_through),
        WORLD(resets_travel_through),
        WORLD(slow_readers_hold_the_writer_up),
        WORLD(many_tunnels_carry_all_bytes),
        WORLD(streams_come_through),
        WORLD(a_stop_closes_everything),
        WORLD(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
