/* Decides how libmicrohttpd's callbacks become one call of a handler. */
#include "common/http_server.h"

#include "common/http_pipe.h"
#include "common/http_server_tls.h"
#include "common/log.h"
#include "common/process.h"
#include "common/stream.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_MAX (16u << 20)   /* bytes of a request body, unless the caller says otherwise */
#define DRAIN_MAX (256u << 20) /* bytes read beyond it, so that the sender gets to read the 413 */
#define CONNECTION_MEMORY (128u << 10) /* request line and headers share it; zeroed each time */
#define CONNECTION_MAX 2000
#define FINISH_MS 5000 /* how long a stop waits for answers to reach their clients */
#define PEER_TEXT 64

struct base_http_server {
    struct base_http_listen listen;
    struct MHD_Daemon *daemon;
    base_server_tls_t *tls;
    int port;
    atomic_bool stopping;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    int in_flight; /* requests between their headers and the end of their answers */
};

struct link { /* one connection */
    base_http_server_t *server;
    int socket;
    char peer[PEER_TEXT];
    char *target; /* of the request being read, raw */
    char *subject;
    bool verified; /* the client certificate was looked at */
};

struct exchange { /* one request on its way */
    struct link *link;
    struct base_arena arena;
    struct base_http_request request;
    struct base_headers headers;
    struct base_buf body;
    uint64_t received;
    bool too_large;
};

static bool start_daemon(base_http_server_t *server, int fd);
static void wait_idle(base_http_server_t *server);
static void on_connection(void *cls, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode code);
static void *on_target(void *cls, const char *uri, struct MHD_Connection *connection);
static size_t on_unescape(void *cls, struct MHD_Connection *connection, char *text);
static int on_certificate(gnutls_session_t session, const gnutls_datum_t *ca_names, int ca_count,
                          const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                          gnutls_pcert_st **chain, unsigned *count, gnutls_privkey_t *key);
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *len, void **slot);
static void on_completed(void *cls, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code);
static void on_log(void *cls, const char *fmt, va_list args) BASE_PRINTF(2, 0);

base_http_server_t *base_http_server_start(const struct base_http_listen *listen,
                                           struct base_error *err)
{
    base_http_server_t *server = base_alloc(sizeof *server);
    int fd = base_listen(listen->address, listen->port, &server->port, err);

    server->listen = *listen;
    if (!server->listen.body_max)
        server->listen.body_max = BODY_MAX;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->idle, NULL);
    if (listen->certificate)
        server->tls = base_server_tls_new(listen->certificate, listen->certificate_context);
    if (fd >= 0 && start_daemon(server, fd))
        return server;
    if (fd >= 0) {
        close(fd);
        base_error_set(err, BASE_IO, NULL, "the HTTP server cannot start on port %d", server->port);
    }
    base_http_server_stop(server);
    return NULL;
}

int base_http_server_port(const base_http_server_t *server)
{
    return server->port;
}

void base_http_server_stop(base_http_server_t *server)
{
    if (!server)
        return;
    atomic_store(&server->stopping, true);
    if (server->daemon) {
        int fd = MHD_quiesce_daemon(server->daemon);
        wait_idle(server);
        MHD_stop_daemon(server->daemon);
        if (fd >= 0)
            close(fd);
    }
    base_server_tls_free(server->tls);
    pthread_cond_destroy(&server->idle);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

static bool start_daemon(base_http_server_t *server, int fd)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)on_certificate},
        {server->listen.client_ca_pem ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
         (void *)server->listen.client_ca_pem},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

    if (server->tls)
        flags |= MHD_USE_TLS;
    base_ignore_sigpipe();
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_MAX, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_ARRAY, server->tls ? tls : none, MHD_OPTION_END);
    return server->daemon != NULL;
}

/* Answers in flight may still reach their clients; one that never ends is cut off. */
static void wait_idle(base_http_server_t *server)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += FINISH_MS / 1000;
    pthread_mutex_lock(&server->lock);
    while (server->in_flight > 0)
        if (pthread_cond_timedwait(&server->idle, &server->lock, &until))
            break;
    pthread_mutex_unlock(&server->lock);
}

static void count_in_flight(base_http_server_t *server, int change)
{
    pthread_mutex_lock(&server->lock);
    server->in_flight += change;
    pthread_cond_broadcast(&server->idle);
    pthread_mutex_unlock(&server->lock);
}

static void peer_text(const struct sockaddr *address, char *out)
{
    char host[INET6_ADDRSTRLEN] = "";

    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(out, PEER_TEXT, "%s:%u", host, ntohs(in->sin_port));
    } else if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
        snprintf(out, PEER_TEXT, "[%s]:%u", host, ntohs(in->sin6_port));
    }
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct link *link = *slot;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int yes = 1;
        *slot = link = base_alloc(sizeof *link);
        link->server = cls;
        link->socket =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        peer_text(
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr,
            link->peer);
        setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    } else if (link) {
        free(link->target);
        free(link->subject);
        free(link);
        *slot = NULL;
    }
}

static struct link *link_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The only moment at which the request target is still as it was sent. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct link *link = link_of(connection);

    (void)cls;
    free(link->target);
    link->target = base_strdup(uri);
    return NULL;
}

static size_t on_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static int on_certificate(gnutls_session_t session, const gnutls_datum_t *ca_names, int ca_count,
                          const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                          gnutls_pcert_st **chain, unsigned *count, gnutls_privkey_t *key)
{
    struct MHD_Connection *connection = gnutls_session_get_ptr(session);

    (void)ca_names;
    (void)ca_count;
    (void)algorithms;
    (void)algorithm_count;
    BUG_ON(!connection);
    return base_server_tls_find(link_of(connection)->server->tls, session, chain, count, key);
}

/* Absolute form (RFC 9112 section 3.2.2) names the host itself; other forms than it and "/..." are
 * refused. */
static bool split_target(struct exchange *exchange, const char *target, const char *host)
{
    struct base_http_request *request = &exchange->request;
    char *name;

    if (*target == '/') {
        size_t len = strcspn(target, "?");
        request->path = base_arena_strndup(&exchange->arena, target, len);
        request->query = base_arena_strdup(&exchange->arena, target[len] ? target + len + 1 : "");
        name = base_arena_strdup(&exchange->arena, host ? host : "");
    } else {
        struct base_uri uri;
        const char *authority = strstr(target, "://");
        if (!authority || !base_uri_parse(&exchange->arena, target, &uri))
            return false;
        request->path = uri.path;
        request->query = uri.query;
        authority += 3;
        name = base_arena_strndup(&exchange->arena, authority, strcspn(authority, "/?#"));
    }
    base_lower(name);
    request->host = name;
    return true;
}

static enum MHD_Result collect_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    struct exchange *exchange = cls;

    (void)kind;
    base_headers_add(&exchange->headers, name, value);
    return MHD_YES;
}

static struct exchange *exchange_new(struct MHD_Connection *connection, const char *method)
{
    struct exchange *exchange = base_alloc(sizeof *exchange);
    struct link *link = link_of(connection);

    exchange->link = link;
    base_arena_init(&exchange->arena);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, collect_header, exchange);
    if (link->server->tls && link->server->listen.client_ca_pem && !link->verified) {
        link->verified = true;
        link->subject = base_server_tls_subject(
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    }
    exchange->request = (struct base_http_request){
        .method = base_arena_strdup(&exchange->arena, method),
        .scheme = link->server->tls ? "https" : "http",
        .headers = &exchange->headers,
        .peer = link->peer,
        .client_subject = link->subject,
        .arena = &exchange->arena,
    };
    count_in_flight(link->server, 1);
    return exchange;
}

static ssize_t pull(void *cls, uint64_t position, char *out, size_t most)
{
    size_t len = base_http_pipe_read(cls, out, most);

    (void)position;
    return len ? (ssize_t)len : MHD_CONTENT_READER_END_OF_STREAM;
}

static void pull_done(void *cls)
{
    base_http_pipe_free(cls);
}

static ssize_t pull_nothing(void *cls, uint64_t position, char *out, size_t most)
{
    (void)cls;
    (void)position;
    (void)out;
    (void)most;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The body as libmicrohttpd wants it. A handler may answer HEAD with a Content-Length and no body.
 */
static struct MHD_Response *body_of(struct exchange *exchange, struct base_http_response *response)
{
    const char *declared = base_headers_get(&response->headers, "Content-Length");
    int64_t length;

    if (response->stream) {
        base_http_pipe_t *pipe = base_http_pipe_new_take(response, exchange->link->socket,
                                                         &exchange->link->server->stopping);
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BASE_HTTP_PIPE_MAX / 2, pull,
                                                 pipe, pull_done);
    }
    if (base_equal(exchange->request.method, "HEAD") && !response->body.len &&
        base_parse_int64(declared, &length) && length > 0)
        return MHD_create_response_from_callback((uint64_t)length, 1, pull_nothing, NULL, NULL);
    size_t len = response->body.len;
    return MHD_create_response_from_buffer(len, base_buf_take(&response->body),
                                           MHD_RESPMEM_MUST_FREE);
}

/* Headers that the server writes itself are left out; libmicrohttpd knows no empty values. */
static void add_headers(struct MHD_Response *to, const struct base_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct base_header *header = &headers->items[i];
        if (!*header->value || base_equal_nocase(header->name, "Content-Length") ||
            base_equal_nocase(header->name, "Transfer-Encoding"))
            continue;
        if (MHD_add_response_header(to, header->name, header->value) != MHD_YES)
            base_log(BASE_LOG_WARN, "http", NULL, "the response header %s cannot be sent",
                     header->name);
    }
}

static enum MHD_Result respond(struct MHD_Connection *connection, struct exchange *exchange,
                               struct base_http_response *response)
{
    enum MHD_Result result = MHD_NO; /* closes the connection */

    if (!response->drop) {
        struct MHD_Response *made = body_of(exchange, response);
        BUG_ON(!made);
        add_headers(made, &response->headers);
        result = MHD_queue_response(connection,
                                    (unsigned)(response->status ? response->status : 500), made);
        MHD_destroy_response(made);
    }
    base_http_response_release(response);
    return result;
}

static enum MHD_Result respond_text(struct MHD_Connection *connection, struct exchange *exchange,
                                    int status, const char *text)
{
    struct base_http_response response = {0};

    base_http_answer_text(&response, status, "text/plain; charset=utf-8", text);
    return respond(connection, exchange, &response);
}

static enum MHD_Result respond_too_large(struct MHD_Connection *connection,
                                         struct exchange *exchange)
{
    const char *text = base_arena_printf(&exchange->arena, "the request body may hold %zu bytes\n",
                                         exchange->link->server->listen.body_max);
    return respond_text(connection, exchange, 413, text);
}

/* Headers are in. A sender who waits for "100 Continue", or has too much, hears at once that the
 * body is too large. */
static enum MHD_Result begin(struct MHD_Connection *connection, const char *method, void **slot)
{
    struct exchange *exchange = *slot = exchange_new(connection, method);
    size_t most = exchange->link->server->listen.body_max;
    int64_t declared = 0;

    if (!base_parse_int64(base_headers_get(&exchange->headers, "Content-Length"), &declared))
        declared = 0;
    if (declared > 0 && (uint64_t)declared > most &&
        (base_headers_get(&exchange->headers, "Expect") || (uint64_t)declared > most + DRAIN_MAX))
        return respond_too_large(connection, exchange);
    return MHD_YES;
}

static enum MHD_Result collect(struct exchange *exchange, const char *data, size_t *len)
{
    size_t most = exchange->link->server->listen.body_max;

    exchange->received += *len;
    if (exchange->received > most) {
        exchange->too_large = true;
        base_buf_release(&exchange->body);
    } else {
        base_buf_append(&exchange->body, data, *len);
    }
    *len = 0;
    return exchange->received > (uint64_t)most + DRAIN_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *len, void **slot)
{
    base_http_server_t *server = cls;
    struct exchange *exchange = *slot;
    struct base_http_response response = {0};

    (void)url;
    (void)version;
    if (!exchange)
        return begin(connection, method, slot);
    if (*len)
        return collect(exchange, data, len);
    if (exchange->too_large)
        return respond_too_large(connection, exchange);
    if (!split_target(exchange, exchange->link->target,
                      base_headers_get(&exchange->headers, "Host")))
        return respond_text(connection, exchange, 400, "the request target must start with '/'\n");
    exchange->request.body = exchange->body.data ? exchange->body.data : "";
    exchange->request.body_len = exchange->body.len;
    server->listen.handler(server->listen.context, &exchange->request, &response);
    return respond(connection, exchange, &response);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *slot;

    (void)connection;
    (void)code;
    if (!exchange)
        return;
    *slot = NULL;
    base_headers_release(&exchange->headers);
    base_buf_release(&exchange->body);
    base_arena_release(&exchange->arena);
    free(exchange);
    count_in_flight(cls, -1);
}

static void on_log(void *cls, const char *fmt, va_list args)
{
    struct base_buf text = {0};

    (void)cls;
    base_buf_vprintf(&text, fmt, args);
    while (text.len && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    base_log(BASE_LOG_DEBUG, "http", NULL, "%s", text.data);
    base_buf_release(&text);
}
