/* What the HTTP and stream tests share: a small certificate authority and a CONNECT proxy that
 * serves one test. */
#ifndef TEST_BASE_WORLD_H
#define TEST_BASE_WORLD_H

#include "common/crypto.h"
#include "common/file.h"
#include "common/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LEAVES 3

struct test_pki {
    char folder[64], ca_file[96], client_file[96], stranger_file[96];
    struct base_buf ca_pem;
    struct {
        const char *name;
        struct base_buf chain, key;
    } leaves[LEAVES]; /* one.example, two.example, localhost + 127.0.0.1 */
    atomic_int asked; /* calls of the certificate callback */
};

static inline base_key_t *test_issue(const base_key_t *issuer, const char *name,
                                     const char *const *dns, bool ca, base_random_t *random)
{
    struct base_clock clock;
    base_clock_init(&clock);
    int64_t now = base_clock_ms(&clock);
    base_key_t *key = base_key_new_ec();
    struct base_certificate_request request = {
        .common_name = name,
        .dns_names = dns,
        .not_before_ms = now - 3600000,
        .not_after_ms = now + 86400000,
        .ca = ca,
        .client = !ca,
    };
    base_key_certify(key, issuer, &request, random);
    return key;
}

/* Key and certificate of a client in one PEM file. */
static inline void test_write_client(const base_key_t *issuer, const char *name, const char *path,
                                     base_random_t *random)
{
    struct base_buf both = {0};
    base_key_t *key = test_issue(issuer, name, NULL, false, random);
    base_key_chain_pem(key, &both);
    base_key_pem(key, &both);
    assert_int_equal(base_file_write(path, both.data, both.len, 0600, NULL), BASE_OK);
    base_buf_release(&both);
    base_key_free(key);
}

static inline void test_pki_init(struct test_pki *pki)
{
    static const char *const names[LEAVES][3] = {
        {"one.example"}, {"two.example"}, {"localhost", "127.0.0.1"}};

    memset(pki, 0, sizeof *pki);
    strcpy(pki->folder, "/tmp/test_base_XXXXXX");
    assert_non_null(mkdtemp(pki->folder));
    snprintf(pki->ca_file, sizeof pki->ca_file, "%s/ca.pem", pki->folder);
    snprintf(pki->client_file, sizeof pki->client_file, "%s/client.pem", pki->folder);
    snprintf(pki->stranger_file, sizeof pki->stranger_file, "%s/stranger.pem", pki->folder);
    base_random_t *random = base_random_new(NULL);
    base_key_t *ca = test_issue(NULL, "Test CA", NULL, true, random);
    base_key_t *other = test_issue(NULL, "Other CA", NULL, true, random);
    base_key_chain_pem(ca, &pki->ca_pem);
    assert_int_equal(base_file_write(pki->ca_file, pki->ca_pem.data, pki->ca_pem.len, 0600, NULL),
                     BASE_OK);
    for (size_t i = 0; i < LEAVES; i++) {
        base_key_t *leaf = test_issue(ca, names[i][0], names[i], false, random);
        pki->leaves[i].name = names[i][0];
        base_key_chain_pem(leaf, &pki->leaves[i].chain);
        base_key_pem(leaf, &pki->leaves[i].key);
        base_key_free(leaf);
    }
    test_write_client(ca, "front door", pki->client_file, random);
    test_write_client(other, "stranger", pki->stranger_file, random);
    base_key_free(ca);
    base_key_free(other);
    base_random_free(random);
}

static inline void test_pki_release(struct test_pki *pki)
{
    for (size_t i = 0; i < LEAVES; i++) {
        base_buf_release(&pki->leaves[i].chain);
        base_buf_release(&pki->leaves[i].key);
    }
    base_buf_release(&pki->ca_pem);
    assert_int_equal(base_dir_remove(pki->folder, NULL), BASE_OK);
}

/* base_tls_certificate; no name (an address was dialled) gets localhost's. */
static inline bool test_certificate(void *context, const char *name, const char **chain,
                                    const char **key)
{
    struct test_pki *pki = context;

    atomic_fetch_add(&pki->asked, 1);
    for (size_t i = 0; i < LEAVES; i++)
        if (base_equal_nocase(pki->leaves[i].name, *name ? name : "localhost")) {
            *chain = pki->leaves[i].chain.data;
            *key = pki->leaves[i].key.data;
            return true;
        }
    return false;
}

/* Tunnels every CONNECT to `target`; a host that starts with "refused" gets 502. Serves one
 * connection at a time. */
struct test_tunnel {
    int listener, port, target, wake[2];
    pthread_t thread;
    char url[64];
    char last[256]; /* the last CONNECT line; read it only after the exchange */
    int count;
    pthread_mutex_t lock;
};

static inline int test_dial(int port)
{
    struct base_stream_connect to = {.host = "127.0.0.1", .port = port, .proxy = ""};
    base_stream_t *stream = base_stream_open(&to, NULL);
    assert_non_null(stream);
    int fd = dup(base_stream_fd(stream));
    base_stream_close(stream);
    return fd;
}

static inline void test_pump(int a, int b, int stop)
{
    struct pollfd ends[3] = {{a, POLLIN, 0}, {b, POLLIN, 0}, {stop, POLLIN, 0}};
    char data[4096];

    while (poll(ends, 3, -1) > 0 && !ends[2].revents)
        for (int i = 0; i < 2; i++) {
            if (!ends[i].revents)
                continue;
            ssize_t got = recv(ends[i].fd, data, sizeof data, 0);
            if (got <= 0)
                return;
            for (ssize_t sent = 0, now; sent<got; sent += now> 0 ? now : 0) {
                now = send(ends[!i].fd, data + sent, (size_t)(got - sent), MSG_NOSIGNAL);
                struct pollfd room = {ends[!i].fd, POLLOUT, 0};
                if (now < 0 && poll(&room, 1, 5000) <= 0)
                    return;
            }
        }
}

static inline void test_tunnel_serve(struct test_tunnel *tunnel, int fd)
{
    char head[1024] = "";
    size_t len = 0;

    while (!strstr(head, "\r\n\r\n") && len + 1 < sizeof head && recv(fd, head + len, 1, 0) == 1)
        len++;
    pthread_mutex_lock(&tunnel->lock);
    snprintf(tunnel->last, sizeof tunnel->last, "%.*s", (int)strcspn(head, "\r"), head);
    tunnel->count++;
    pthread_mutex_unlock(&tunnel->lock);
    if (!strncmp(head, "CONNECT refused", 15)) {
        const char *no =
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 19\r\n\r\nno way to that host";
        send(fd, no, strlen(no), MSG_NOSIGNAL);
        return;
    }
    int out = test_dial(tunnel->target);
    const char *yes = "HTTP/1.1 200 OK\r\n\r\n";
    send(fd, yes, strlen(yes), MSG_NOSIGNAL);
    test_pump(fd, out, tunnel->wake[0]);
    close(out);
}

static inline void *test_tunnel_run(void *context)
{
    struct test_tunnel *tunnel = context;
    struct pollfd ends[2] = {{tunnel->listener, POLLIN, 0}, {tunnel->wake[0], POLLIN, 0}};

    while (poll(ends, 2, -1) > 0 && !ends[1].revents) {
        int fd = accept(tunnel->listener, NULL, NULL);
        test_tunnel_serve(tunnel, fd);
        close(fd);
    }
    return NULL;
}

static inline void test_tunnel_start(struct test_tunnel *tunnel, int target)
{
    memset(tunnel, 0, sizeof *tunnel);
    pthread_mutex_init(&tunnel->lock, NULL);
    tunnel->target = target;
    tunnel->listener = base_listen(NULL, 0, &tunnel->port, NULL);
    assert_true(tunnel->listener >= 0);
    assert_int_equal(pipe(tunnel->wake), 0);
    snprintf(tunnel->url, sizeof tunnel->url, "http://127.0.0.1:%d", tunnel->port);
    assert_int_equal(pthread_create(&tunnel->thread, NULL, test_tunnel_run, tunnel), 0);
}

static inline void test_tunnel_stop(struct test_tunnel *tunnel)
{
    assert_int_equal(write(tunnel->wake[1], "x", 1), 1);
    pthread_join(tunnel->thread, NULL);
    close(tunnel->wake[0]);
    close(tunnel->wake[1]);
    close(tunnel->listener);
    pthread_mutex_destroy(&tunnel->lock);
}

#endif
