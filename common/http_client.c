/* Decides how one call goes out and what its failures mean. */
#include "common/http_client.h"

#include "common/http_loopback.h"
#include "common/options.h"
#include "common/process.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TIMEOUT_MS 60000
#define ANSWER_MAX (256u << 20) /* bytes of an answer's body */
#define IDLE_MAX 32             /* unused connections' handles kept */
#define WAIT_MS 1000
#define USER_AGENT "iomt-lab/" BASE_VERSION

/* A handle keeps its connection, so a call looks first for the handle that last spoke to the same
 * origin. */
struct line {
    struct line *next;
    CURL *easy;
    CURLM *multi;
    char *origin; /* "https://host:port" */
};

struct base_http_client {
    char *ca_file, *proxy, *no_proxy, *client_cert, *client_key, *user_agent;
    int timeout_ms;
    base_http_handler handler; /* loopback when set */
    void *context;
    pthread_mutex_t lock;
    struct line *idle, *busy;
    X509_STORE *trust; /* what ca_file holds; NULL: not read yet, or libcurl reads it */
    bool trust_tried;
    atomic_bool canceled;
};

struct exchange {
    base_http_client_t *client;
    const struct base_http_call *call;
    struct base_http_answer *answer;
    int requests; /* sent on a connection; a second one would be a retry by libcurl */
    bool ended;   /* by the caller's on_data */
    bool too_large;
    char detail[CURL_ERROR_SIZE];
};

static enum base_status check_call(const struct base_http_call *call, struct base_error *err);
static struct line *line_take(base_http_client_t *client, const char *url);
static void line_give(base_http_client_t *client, struct line *line);
static void line_free(struct line *line);
static struct curl_slist *request_headers(const struct base_http_call *call);
static void configure(CURL *easy, struct exchange *exchange, struct curl_slist *headers);
static bool run(struct line *line, const atomic_bool *canceled, CURLcode *code);
static enum base_status outcome(CURL *easy, const struct exchange *exchange, CURLcode code,
                                struct base_error *err);

static void global_init(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    base_ignore_sigpipe();
}

/* What was given, else the first environment word that is not empty; NULL for none. */
static char *setting(const char *given, const char *env, const char *env_lower)
{
    const char *value = given ? given : getenv(env);

    if (!given && env_lower && (!value || !*value))
        value = getenv(env_lower);
    return base_strdup(value);
}

enum base_status base_http_check_environment(struct base_error *err)
{
    const char *ca = getenv("SSL_CERT_FILE");
    char *proxy = setting(NULL, "HTTPS_PROXY", "https_proxy");
    const char *scheme = proxy ? strstr(proxy, "://") : NULL;
    bool http = !scheme || !strncasecmp(proxy, "http://", 7);
    enum base_status status = BASE_OK;

    if (ca && *ca && access(ca, R_OK))
        status = base_error_set(err, BASE_INVALID, NULL,
                                "SSL_CERT_FILE is \"%s\", which cannot be read (%s); expected a "
                                "file of CA certificates",
                                ca, strerror(errno));
    else if (!http)
        status = base_error_set(err, BASE_INVALID, NULL,
                                "HTTPS_PROXY is \"%s\"; expected http://HOST:PORT", proxy);
    free(proxy);
    return status;
}

base_http_client_t *base_http_client_new(const struct base_http_client_config *config)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static const struct base_http_client_config none;
    base_http_client_t *client = base_alloc(sizeof *client);

    pthread_once(&once, global_init);
    if (!config)
        config = &none;
    pthread_mutex_init(&client->lock, NULL);
    client->ca_file = setting(config->ca_file, "SSL_CERT_FILE", NULL);
    client->proxy = setting(config->proxy, "HTTPS_PROXY", "https_proxy");
    client->no_proxy = setting(NULL, "NO_PROXY", "no_proxy");
    client->client_cert = base_strdup(config->client_cert);
    client->client_key = base_strdup(config->client_key);
    client->user_agent = base_strdup(config->user_agent ? config->user_agent : USER_AGENT);
    client->timeout_ms = config->timeout_ms ? config->timeout_ms : TIMEOUT_MS;
    return client;
}

base_http_client_t *base_http_client_new_loopback(base_http_handler handler, void *context)
{
    base_http_client_t *client = base_alloc(sizeof *client);

    pthread_mutex_init(&client->lock, NULL);
    client->handler = handler;
    client->context = context;
    return client;
}

bool base_http_client_is_loopback(const base_http_client_t *client)
{
    return client->handler != NULL;
}

void base_http_client_free(base_http_client_t *client)
{
    if (!client)
        return;
    BUG_ON(client->busy);
    for (struct line *line = client->idle, *next; line; line = next) {
        next = line->next;
        line_free(line);
    }
    pthread_mutex_destroy(&client->lock);
    X509_STORE_free(client->trust);
    free(client->ca_file);
    free(client->proxy);
    free(client->no_proxy);
    free(client->client_cert);
    free(client->client_key);
    free(client->user_agent);
    free(client);
}

void base_http_client_cancel(base_http_client_t *client)
{
    atomic_store(&client->canceled, true);
    pthread_mutex_lock(&client->lock);
    for (struct line *line = client->busy; line; line = line->next)
        curl_multi_wakeup(line->multi);
    pthread_mutex_unlock(&client->lock);
}

bool base_http_client_canceled(const base_http_client_t *client)
{
    return atomic_load(&client->canceled);
}

void base_http_answer_release(struct base_http_answer *answer)
{
    base_headers_release(&answer->headers);
    base_buf_release(&answer->body);
    answer->status = 0;
}

enum base_status base_http_send(base_http_client_t *client, const struct base_http_call *call,
                                struct base_http_answer *answer, struct base_error *err)
{
    struct exchange exchange = {.client = client, .call = call, .answer = answer};
    CURLcode code = CURLE_OK;

    if (check_call(call, err) != BASE_OK)
        return BASE_INVALID;
    if (atomic_load(&client->canceled))
        return base_error_set(err, BASE_CANCELED, NULL, "%s %s was canceled", call->method,
                              call->url);
    if (client->handler)
        return base_http_loopback(client->handler, client->context, call, &client->canceled, answer,
                                  err);
    struct line *line = line_take(client, call->url);
    struct curl_slist *headers = request_headers(call);
    configure(line->easy, &exchange, headers);
    enum base_status status = run(line, &client->canceled, &code)
                                  ? outcome(line->easy, &exchange, code, err)
                                  : base_error_set(err, BASE_CANCELED, NULL, "%s %s was canceled",
                                                   call->method, call->url);
    curl_easy_setopt(line->easy, CURLOPT_ERRORBUFFER, NULL);
    curl_slist_free_all(headers);
    line_give(client, line);
    return status;
}

static bool one_line(const char *text)
{
    return !text || !text[strcspn(text, "\r\n")];
}

/* What would let a caller's text write headers of its own, or read files, is refused before
 * anything is sent. */
static enum base_status check_call(const struct base_http_call *call, struct base_error *err)
{
    if (!call->method || !*call->method || call->method[strcspn(call->method, " \t\r\n")])
        return base_error_set(err, BASE_INVALID, NULL, "\"%s\" is not an HTTP method",
                              call->method ? call->method : "");
    if (!call->url ||
        !(base_starts_nocase(call->url, "https://") || base_starts_nocase(call->url, "http://")) ||
        call->url[strcspn(call->url, " \t\r\n")])
        return base_error_set(err, BASE_INVALID, NULL, "\"%s\" is not an http(s) URL",
                              call->url ? call->url : "");
    for (size_t i = 0; call->headers && i < call->headers->count; i++)
        if (!one_line(call->headers->items[i].name) || !one_line(call->headers->items[i].value))
            return base_error_set(err, BASE_INVALID, NULL,
                                  "the request header %.60s holds a line break",
                                  call->headers->items[i].name);
    return BASE_OK;
}

static struct line *line_new(void)
{
    struct line *line = base_alloc(sizeof *line);

    line->easy = curl_easy_init();
    line->multi = curl_multi_init();
    BUG_ON(!line->easy || !line->multi);
    return line;
}

static void line_free(struct line *line)
{
    curl_easy_cleanup(line->easy);
    curl_multi_cleanup(line->multi);
    free(line->origin);
    free(line);
}

static struct line *line_take(base_http_client_t *client, const char *url)
{
    size_t origin_len = (size_t)(strstr(url, "://") - url) + 3;
    struct line *line = NULL;

    origin_len += strcspn(url + origin_len, "/?#");
    pthread_mutex_lock(&client->lock);
    for (struct line **at = &client->idle; *at && !line; at = &(*at)->next)
        if (strlen((*at)->origin) == origin_len && !strncmp((*at)->origin, url, origin_len)) {
            line = *at;
            *at = line->next;
            break;
        }
    if (!line) {
        line = line_new();
        line->origin = base_strndup(url, origin_len);
    }
    line->next = client->busy;
    client->busy = line;
    pthread_mutex_unlock(&client->lock);
    return line;
}

/* Newest first: the longest unused one is the first to go. */
static void line_give(base_http_client_t *client, struct line *line)
{
    struct line *oldest = NULL, **at;
    int kept = 1;

    curl_easy_reset(line->easy);
    pthread_mutex_lock(&client->lock);
    for (at = &client->busy; *at != line; at = &(*at)->next)
        continue;
    *at = line->next;
    line->next = client->idle;
    client->idle = line;
    for (at = &client->idle; *at; at = &(*at)->next)
        if (kept++ > IDLE_MAX) {
            oldest = *at;
            *at = NULL;
            break;
        }
    pthread_mutex_unlock(&client->lock);
    if (oldest)
        line_free(oldest);
}

/* libcurl removes a header written "Name:" and sends an empty one for "Name;". */
static struct curl_slist *request_headers(const struct base_http_call *call)
{
    static const char *const defaults[] = {"Expect", "Content-Type"};
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (!call->headers || !base_headers_get(call->headers, defaults[i])) {
            char *text = base_asprintf("%s:", defaults[i]);
            list = curl_slist_append(list, text);
            free(text);
        }
    for (size_t i = 0; call->headers && i < call->headers->count; i++) {
        const struct base_header *header = &call->headers->items[i];
        char *text = *header->value ? base_asprintf("%s: %s", header->name, header->value)
                                    : base_asprintf("%s;", header->name);
        list = curl_slist_append(list, text);
        free(text);
    }
    return list;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    size_t len = size * count;

    if (exchange->call->on_data) {
        if (exchange->call->on_data(exchange->call->on_data_context, data, len))
            return len;
        exchange->ended = true;
        return 0;
    }
    if (exchange->answer->body.len + len > ANSWER_MAX) {
        exchange->too_large = true;
        return 0;
    }
    base_buf_append(&exchange->answer->body, data, len);
    return len;
}

/* A status line starts over: what came before belonged to an interim (1xx) answer. */
static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    size_t len = size * count, end = len;
    const char *colon = memchr(data, ':', len);

    while (end && strchr(" \t\r\n", data[end - 1]))
        end--;
    if (end > 9 && !strncmp(data, "HTTP/", 5)) {
        const char *space = memchr(data, ' ', end);
        base_headers_release(&exchange->answer->headers);
        exchange->answer->status = space ? atoi(space + 1) : 0;
    } else if (colon && colon < data + end + 1) {
        const char *value = colon + 1,
                   *stop = data + (end > (size_t)(value - data) ? end : (size_t)(value - data));
        while (value < stop && (*value == ' ' || *value == '\t'))
            value++;
        char *name = base_strndup(data, (size_t)(colon - data));
        char *text = base_strndup(value, (size_t)(stop - value));
        base_headers_add(&exchange->answer->headers, name, text);
        free(name);
        free(text);
    }
    return len;
}

/* libcurl sends a request again when a reused connection dies before the answer; whether the first
 * one had an effect nobody knows, so that decision is the caller's. */
static int on_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
    struct exchange *exchange = context;

    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    return exchange->requests++ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void configure_method(CURL *easy, const struct base_http_call *call)
{
    static const char *const with_body[] = {"POST", "PUT", "PATCH"};
    bool body = call->body_len > 0;

    for (size_t i = 0; i < sizeof with_body / sizeof *with_body; i++)
        body = body || base_equal(call->method, with_body[i]);
    if (base_equal(call->method, "HEAD"))
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body_len ? call->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
    } else
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

static CURLcode set_trust(CURL *easy, void *ssl_context, void *trust)
{
    (void)easy;
    SSL_CTX_set1_cert_store(ssl_context, trust);
    return CURLE_OK;
}

/* With the flags that libcurl gives its own stores. NULL: libcurl is to read the file, and to say what is wrong with it. */
static X509_STORE *read_trust(const char *ca_file)
{
    const char *backend = curl_version_info(CURLVERSION_NOW)->ssl_version;
    X509_STORE *trust = backend && !strncmp(backend, "OpenSSL/", 8) ? X509_STORE_new() : NULL;

    if (!trust)
        return NULL;
    if (X509_STORE_load_locations(trust, ca_file, NULL) != 1) {
        X509_STORE_free(trust);
        return NULL;
    }
    X509_STORE_set_flags(trust, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    return trust;
}

/* Reading a bundle of certificates takes longer than all the rest of a connection, and fills half a megabyte: all share one. */
static void configure_trust(CURL *easy, base_http_client_t *client)
{
    pthread_mutex_lock(&client->lock);
    if (!client->trust_tried) {
        client->trust = read_trust(client->ca_file);
        client->trust_tried = true;
    }
    pthread_mutex_unlock(&client->lock);
    curl_easy_setopt(easy, CURLOPT_CAINFO, client->trust ? NULL : client->ca_file);
    if (!client->trust)
        return;
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_trust);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, client->trust);
}

/* The proxy serves https only, as the environment word HTTPS_PROXY says; "" keeps libcurl from
 * looking itself. */
static void configure_way(CURL *easy, base_http_client_t *client, const char *url)
{
    bool tls = base_starts_nocase(url, "https:");

    curl_easy_setopt(easy, CURLOPT_PROXY, tls && client->proxy ? client->proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, client->no_proxy ? client->no_proxy : "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (client->ca_file && tls)
        configure_trust(easy, client);
    if (client->client_cert)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, client->client_cert);
    if (client->client_key)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, client->client_key);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static void configure(CURL *easy, struct exchange *exchange, struct curl_slist *headers)
{
    const struct base_http_call *call = exchange->call;
    base_http_client_t *client = exchange->client;

    configure_method(easy, call);
    configure_way(easy, client, call->url);
    curl_easy_setopt(easy, CURLOPT_URL, call->url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, client->user_agent);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)(call->timeout_ms ? call->timeout_ms : client->timeout_ms));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->detail);
}

/* False: canceled. A multi handle, because only that one can be woken up from another thread. */
static bool run(struct line *line, const atomic_bool *canceled, CURLcode *code)
{
    int running = 1, left;
    bool whole = true;

    curl_multi_add_handle(line->multi, line->easy);
    while (running) {
        curl_multi_perform(line->multi, &running);
        if (running && atomic_load(canceled)) {
            whole = false;
            break;
        }
        if (running)
            curl_multi_poll(line->multi, NULL, 0, WAIT_MS, NULL);
    }
    for (CURLMsg *message; whole && (message = curl_multi_info_read(line->multi, &left));)
        if (message->msg == CURLMSG_DONE)
            *code = message->data.result;
    curl_multi_remove_handle(line->multi, line->easy);
    return whole;
}

static enum base_status outcome(CURL *easy, const struct exchange *exchange, CURLcode code,
                                struct base_error *err)
{
    static const struct {
        CURLcode code;
        enum base_status status;
    } meanings[] = {
        {CURLE_OPERATION_TIMEDOUT, BASE_TIMEOUT},
        {CURLE_URL_MALFORMAT, BASE_INVALID},
        {CURLE_UNSUPPORTED_PROTOCOL, BASE_INVALID},
        {CURLE_PARTIAL_FILE, BASE_PROTOCOL},
        {CURLE_WEIRD_SERVER_REPLY, BASE_PROTOCOL},
        {CURLE_BAD_CONTENT_ENCODING, BASE_PROTOCOL},
        {CURLE_HTTP2, BASE_PROTOCOL},
        {CURLE_SSL_CERTPROBLEM, BASE_INVALID},
        {CURLE_SSL_CACERT_BADFILE, BASE_INVALID},
    };
    const struct base_http_call *call = exchange->call;
    enum base_status status = BASE_UNAVAILABLE;
    long connect_status = 0;

    if (code == CURLE_OK || exchange->ended)
        return BASE_OK;
    if (exchange->too_large)
        return base_error_set(err, BASE_TOO_LARGE, NULL,
                              "the answer to %s %s is larger than %u bytes", call->method,
                              call->url, ANSWER_MAX);
    if (exchange->requests > 1)
        return base_error_set(err, BASE_UNAVAILABLE, NULL,
                              "%s %s: the connection was closed without an answer", call->method,
                              call->url);
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == code)
            status = meanings[i].status;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
    if (connect_status >= 300)
        return base_error_set(err, BASE_UNAVAILABLE, NULL,
                              "%s %s: the proxy %s refused with status %ld", call->method,
                              call->url, exchange->client->proxy, connect_status);
    return base_error_set(err, status, NULL, "%s %s: %s", call->method, call->url,
                          exchange->detail[0] ? exchange->detail : curl_easy_strerror(code));
}
