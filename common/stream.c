/* Decides how bytes move over a socket, plain or inside TLS. */
#include "common/stream.h"

#include "common/clock.h"
#include "common/process.h"
#include "common/stream_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_MS 30000
#define LOOK_MS 100
#define CONNECT_ANSWER_MAX 4096 /* bytes of a proxy's answer that are looked at */
#define BACKLOG 511

struct base_stream {
    int fd;
    SSL *ssl;                   /* NULL: plain */
    bool write_blocked_on_read; /* TLS must read before it can write */
    bool read_blocked_on_write;
};

struct way { /* one opening */
    const struct base_stream_connect *to;
    char *proxy; /* NULL: none */
    int64_t until;
};

static bool stopped(const struct way *way);
static enum base_status open_way(base_stream_t *stream, struct way *way, struct base_error *err);
static char *proxy_for(const struct base_stream_connect *to);
static int dial(const char *host, int port, const struct way *way, struct base_error *err);
static enum base_status tunnel(int fd, const struct way *way, struct base_error *err);
static enum base_status handshake(base_stream_t *stream, const struct way *way,
                                  struct base_error *err);
static long tls_result(base_stream_t *stream, int result, bool writing);

base_stream_t *base_stream_open(const struct base_stream_connect *to, struct base_error *err)
{
    base_stream_t *stream = base_alloc(sizeof *stream);
    struct way way = {.to = to, .proxy = proxy_for(to)};
    struct base_error cause = {0};

    base_ignore_sigpipe();
    stream->fd = -1;
    way.until = base_monotonic_ms() + (to->timeout_ms > 0 ? to->timeout_ms : TIMEOUT_MS);
    if (open_way(stream, &way, &cause) != BASE_OK) {
        base_stream_close(stream);
        stream = NULL;
        if (stopped(&way))
            base_error_set(err, BASE_CANCELED, NULL, "connect: we were asked to stop");
        else
            base_error_set(err, cause.status, cause.code, "%s", cause.message);
    }
    free(way.proxy);
    return stream;
}

base_stream_t *base_stream_accept(int fd, base_tls_certificate certificate, void *context,
                                  struct base_error *err)
{
    base_stream_t *stream = base_alloc(sizeof *stream);
    int yes = 1;

    base_ignore_sigpipe();
    stream->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0) {
        base_error_set(err, BASE_IO, NULL, "an accepted socket cannot be used: %s",
                       strerror(errno));
        base_stream_close(stream);
        return NULL;
    }
    if (certificate)
        stream->ssl = base_stream_tls_server(fd, certificate, context);
    return stream;
}

const char *base_stream_server_name(const base_stream_t *stream)
{
    if (!stream->ssl || !SSL_is_server(stream->ssl) || !SSL_is_init_finished(stream->ssl))
        return "";
    const char *name = SSL_get_servername(stream->ssl, TLSEXT_NAMETYPE_host_name);
    return name ? name : "";
}

long base_stream_read(base_stream_t *stream, void *out, size_t len)
{
    if (stream->ssl) {
        ERR_clear_error();
        return tls_result(
            stream, SSL_read(stream->ssl, out, len > INT32_MAX ? INT32_MAX : (int)len), false);
    }
    ssize_t got;
    do
        got = recv(stream->fd, out, len, 0);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return got;
    return got == 0 ? -1 : errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -2;
}

long base_stream_write(base_stream_t *stream, const void *data, size_t len)
{
    if (!len)
        return 0;
    if (stream->ssl) {
        ERR_clear_error();
        return tls_result(
            stream, SSL_write(stream->ssl, data, len > INT32_MAX ? INT32_MAX : (int)len), true);
    }
    ssize_t sent;
    do
        sent = send(stream->fd, data, len, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return sent;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0
           : errno == EPIPE || errno == ECONNRESET ? -1
                                                   : -2;
}

int base_stream_fd(const base_stream_t *stream)
{
    return stream->fd;
}

short base_stream_events(const base_stream_t *stream, bool want_write)
{
    if (stream->ssl && SSL_pending(stream->ssl) > 0)
        return 0;
    short events = POLLIN;
    if (stream->read_blocked_on_write || (want_write && !stream->write_blocked_on_read))
        events |= POLLOUT;
    return events;
}

void base_stream_close(base_stream_t *stream)
{
    if (!stream)
        return;
    if (stream->ssl) {
        ERR_clear_error();
        if (SSL_is_init_finished(stream->ssl))
            SSL_shutdown(stream->ssl); /* says goodbye; does not wait for the answer */
        SSL_free(stream->ssl);
        ERR_clear_error();
    }
    if (stream->fd >= 0)
        close(stream->fd);
    free(stream);
}

int base_listen(const char *address, int port, int *bound, struct base_error *err)
{
    char service[16];
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    const char *where = address ? address : "127.0.0.1";
    int yes = 1, fd = -1;

    if (port < 0 || port > 65535) {
        base_error_set(err, BASE_INVALID, NULL, "%d is not a port (0 to 65535)", port);
        return -1;
    }
    snprintf(service, sizeof service, "%d", port);
    int wrong = getaddrinfo(where, service, &hints, &found);
    if (wrong) {
        base_error_set(err, BASE_INVALID, NULL, "cannot listen on %s: %s", where,
                       gai_strerror(wrong));
        return -1;
    }
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) || listen(fd, BACKLOG) ||
        getsockname(fd, (struct sockaddr *)&name, &len)) {
        base_error_set(err, BASE_IO, NULL, "cannot listen on %s port %d: %s", where, port,
                       strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    } else if (bound) {
        *bound = ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                                  : ((struct sockaddr_in *)&name)->sin_port);
    }
    freeaddrinfo(found);
    return fd;
}

static enum base_status open_way(base_stream_t *stream, struct way *way, struct base_error *err)
{
    const struct base_stream_connect *to = way->to;
    enum base_status status = BASE_OK;

    if (!way->proxy) {
        stream->fd = dial(to->host, to->port, way, err);
    } else {
        struct base_arena arena;
        struct base_uri uri;
        base_arena_init(&arena);
        if (!base_uri_parse(&arena, way->proxy, &uri) || !uri.port)
            status = base_error_set(err, BASE_INVALID, NULL,
                                    "\"%s\" is not a proxy: expected http://host:port", way->proxy);
        else
            stream->fd = dial(uri.host, uri.port, way, err);
        base_arena_release(&arena);
    }
    if (status == BASE_OK && stream->fd < 0)
        status = err ? err->status : BASE_UNAVAILABLE;
    if (status == BASE_OK && way->proxy)
        status = tunnel(stream->fd, way, err);
    if (status == BASE_OK && to->tls)
        status = handshake(stream, way, err);
    return status;
}

/* Names of NO_PROXY: comma-separated; "*" all; "x.y" and ".x.y" also the names below. */
static bool proxy_exempt(const char *host)
{
    const char *list = getenv("NO_PROXY");

    for (list = list ? list : getenv("no_proxy"); list && *list; list += *list == ',') {
        list += strspn(list, " \t");
        size_t len = strcspn(list, ", \t"), host_len = strlen(host);
        size_t dot = len && *list == '.';
        const char *name = list + dot;
        size_t name_len = len - dot;
        if (len == 1 && *list == '*')
            return true;
        if (name_len && host_len >= name_len &&
            !strncasecmp(host + host_len - name_len, name, name_len) &&
            (host_len == name_len || host[host_len - name_len - 1] == '.'))
            return true;
        list += len;
        list += strspn(list, " \t");
    }
    return false;
}

static char *proxy_for(const struct base_stream_connect *to)
{
    const char *proxy = to->proxy;

    if (!proxy && !proxy_exempt(to->host)) {
        proxy = getenv("HTTPS_PROXY");
        if (!proxy || !*proxy)
            proxy = getenv("https_proxy");
    }
    return proxy && *proxy ? base_strdup(proxy) : NULL;
}

static bool stopped(const struct way *way)
{
    return way->to->stopped && way->to->stopped(way->to->context);
}

/* 1: ready; 0: time is over, or we are to stop; -1: error. */
static int wait_for(int fd, short events, const struct way *way)
{
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = events};
        int64_t left = way->until - base_monotonic_ms(),
                most = way->to->stopped && left > LOOK_MS ? LOOK_MS : left;
        int ready = poll(&wait, 1, most > 0 ? (int)most : 0);
        if (ready > 0)
            return 1;
        if (ready == 0 && (left <= 0 || stopped(way)))
            return 0;
        if (ready < 0 && errno != EINTR)
            return -1;
    }
}

/* The connected socket, or -1 with errno. */
static int dial_one(const struct addrinfo *address, const struct way *way)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int wrong = 0, yes = 1;
    socklen_t len = sizeof wrong;

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, address->ai_addr, address->ai_addrlen) && errno != EINPROGRESS)
        wrong = errno;
    else if (wait_for(fd, POLLOUT, way) <= 0)
        wrong = ETIMEDOUT;
    else
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &wrong, &len);
    if (!wrong)
        return fd;
    close(fd);
    errno = wrong;
    return -1;
}

static int dial(const char *host, int port, const struct way *way, struct base_error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char service[16];
    int fd = -1;

    snprintf(service, sizeof service, "%d", port);
    int wrong = getaddrinfo(host, service, &hints, &found);
    if (wrong) {
        base_error_set(err, BASE_UNAVAILABLE, NULL, "cannot find the host %s: %s", host,
                       gai_strerror(wrong));
        return -1;
    }
    for (const struct addrinfo *address = found; address && fd < 0; address = address->ai_next)
        fd = dial_one(address, way);
    if (fd < 0)
        base_error_set(err, errno == ETIMEDOUT ? BASE_TIMEOUT : BASE_UNAVAILABLE, NULL,
                       "cannot connect to %s%s port %d: %s", way->proxy ? "the proxy " : "", host,
                       port, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

static bool send_all(int fd, const char *data, size_t len, const struct way *way)
{
    while (len) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent > 0) {
            data += sent;
            len -= (size_t)sent;
        } else if ((errno != EAGAIN && errno != EINTR) || wait_for(fd, POLLOUT, way) <= 0) {
            return false;
        }
    }
    return true;
}

/* Reads byte by byte up to the empty line: what follows belongs to the tunnelled protocol. */
static bool read_head(int fd, struct base_buf *head, const struct way *way)
{
    while (head->len < CONNECT_ANSWER_MAX) {
        char c;
        ssize_t got = recv(fd, &c, 1, 0);
        if (got == 1) {
            base_buf_putc(head, c);
            if (head->len >= 4 && !memcmp(head->data + head->len - 4, "\r\n\r\n", 4))
                return true;
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR) ||
                   wait_for(fd, POLLIN, way) <= 0) {
            return false;
        }
    }
    return false;
}

/* The first line of the text with which the proxy explains itself. */
static void read_reason(int fd, struct base_buf *reason, const struct way *way)
{
    char c;

    base_buf_append(reason, "", 0);
    while (reason->len < 400 && wait_for(fd, POLLIN, way) > 0 && recv(fd, &c, 1, 0) == 1 &&
           c != '\n')
        if (c != '\r')
            base_buf_putc(reason, c);
}

static enum base_status tunnel(int fd, const struct way *way, struct base_error *err)
{
    const struct base_stream_connect *to = way->to;
    struct base_buf text = {0}, reason = {0};
    enum base_status status = BASE_OK;
    int code = 0;

    base_buf_printf(&text, "CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n\r\n", to->host, to->port,
                    to->host, to->port);
    bool sent = send_all(fd, text.data, text.len, way);
    base_buf_clear(&text);
    if (!sent || !read_head(fd, &text, way))
        status = base_error_set(
            err, base_monotonic_ms() >= way->until ? BASE_TIMEOUT : BASE_UNAVAILABLE, NULL,
            "the proxy %s did not answer CONNECT %s:%d", way->proxy, to->host, to->port);
    else if (sscanf(text.data, "HTTP/1.%*1d %3d", &code) != 1)
        status = base_error_set(err, BASE_PROTOCOL, NULL, "the proxy %s does not speak HTTP/1.1",
                                way->proxy);
    else if (code < 200 || code > 299) {
        read_reason(fd, &reason, way);
        status = base_error_set(err, BASE_UNAVAILABLE, NULL,
                                "the proxy %s answered %d to CONNECT %s:%d: %s", way->proxy, code,
                                to->host, to->port, reason.data);
    }
    base_buf_release(&text);
    base_buf_release(&reason);
    return status;
}

static enum base_status handshake_failed(const base_stream_t *stream, const struct way *way,
                                         bool late, struct base_error *err)
{
    const struct base_stream_connect *to = way->to;
    long verified = SSL_get_verify_result(stream->ssl);
    unsigned long code = ERR_peek_error();

    if (late)
        return base_error_set(err, BASE_TIMEOUT, NULL, "the TLS handshake with %s:%d took too long",
                              to->host, to->port);
    if (verified != X509_V_OK)
        return base_error_set(err, BASE_UNAUTHENTICATED, NULL,
                              "the certificate of %s:%d is not trusted: %s", to->host, to->port,
                              X509_verify_cert_error_string(verified));
    return base_error_set(err, BASE_UNAVAILABLE, NULL, "the TLS handshake with %s:%d failed: %s",
                          to->host, to->port,
                          code ? ERR_reason_error_string(code) : "the connection was closed");
}

static enum base_status handshake(base_stream_t *stream, const struct way *way,
                                  struct base_error *err)
{
    stream->ssl = base_stream_tls_client(stream->fd, way->to->host, way->to->ca_file, err);
    if (!stream->ssl)
        return err ? err->status : BASE_INVALID;
    for (;;) {
        ERR_clear_error();
        int result = SSL_connect(stream->ssl);
        if (result == 1)
            return BASE_OK;
        int why = SSL_get_error(stream->ssl, result);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            return handshake_failed(stream, way, false, err);
        if (wait_for(stream->fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, way) <= 0)
            return handshake_failed(stream, way, true, err);
    }
}

static long tls_result(base_stream_t *stream, int result, bool writing)
{
    int why = result > 0 ? SSL_ERROR_NONE : SSL_get_error(stream->ssl, result);

    if (writing)
        stream->write_blocked_on_read = why == SSL_ERROR_WANT_READ;
    else {
        stream->read_blocked_on_write = why == SSL_ERROR_WANT_WRITE;
        stream->write_blocked_on_read = false; /* something was read: the writer may try again */
    }
    switch (why) {
    case SSL_ERROR_NONE:
        return result;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return -1;
    default:
        return -2;
    }
}
