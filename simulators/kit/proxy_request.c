/* Decides what a proxy's client asks for, and how a refusal reads. */
#include "simulators/kit/proxy_private.h"

#include "common/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static size_t head_length(const char *data, size_t len);
static bool is_text(const char *data, size_t len);
static enum sim_proxy_verdict read_line(const char *line, struct sim_proxy_ask *ask,
                                        struct base_buf *answer);
static bool read_authority(const char *text, struct sim_proxy_ask *ask);

enum sim_proxy_verdict sim_proxy_read(const char *data, size_t len, struct sim_proxy_ask *ask,
                                      struct base_buf *answer)
{
    size_t head = head_length(data, len);

    memset(ask, 0, sizeof *ask);
    if (!is_text(data, head ? head : len)) {
        sim_proxy_refuse(answer, 400, "this is an HTTP proxy; what came is not HTTP");
        return SIM_PROXY_REFUSED;
    }
    if (!head && len < SIM_PROXY_HEAD_MAX)
        return SIM_PROXY_MORE;
    if (!head || head > SIM_PROXY_HEAD_MAX) {
        sim_proxy_refuse(answer, 431, "the request head is larger than %d bytes",
                         SIM_PROXY_HEAD_MAX);
        return SIM_PROXY_REFUSED;
    }
    char *line = base_strndup(data, (size_t)((const char *)memchr(data, '\n', head) - data));
    enum sim_proxy_verdict verdict = read_line(line, ask, answer);
    free(line);
    ask->head_len = head;
    return verdict;
}

void sim_proxy_refuse(struct base_buf *answer, int status, const char *fmt, ...)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {{400, "Bad Request"},
                   {405, "Method Not Allowed"},
                   {408, "Request Timeout"},
                   {431, "Request Header Fields Too Large"},
                   {502, "Bad Gateway"}};
    struct base_buf text = {0};
    const char *reason = "Error";
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            reason = reasons[i].reason;
    base_buf_printf(answer,
                    "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                    "Content-Length: %zu\r\nConnection: close\r\n%s\r\n%s\n",
                    status, reason, text.len + 1, status == 405 ? "Allow: CONNECT\r\n" : "",
                    text.data);
    base_buf_release(&text);
}

/* Bytes up to and with the empty line; 0: it has not come yet. Bare line feeds end a head too, to be refused
 * at once instead of waited for. */
static size_t head_length(const char *data, size_t len)
{
    for (size_t i = 1; i < len; i++)
        if (data[i] == '\n' &&
            (data[i - 1] == '\n' || (i > 1 && data[i - 1] == '\r' && data[i - 2] == '\n')))
            return i + 1;
    return 0;
}

static bool is_text(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* "CONNECT host:port HTTP/1.1\r". */
static enum sim_proxy_verdict read_line(const char *line, struct sim_proxy_ask *ask,
                                        struct base_buf *answer)
{
    size_t method = strcspn(line, " "), target = 0;
    const char *rest = line + method + (line[method] == ' ');
    bool good = method > 0 && strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == method;

    target = strcspn(rest, " ");
    good = good && target > 0 &&
           (!strcmp(rest + target, " HTTP/1.1\r") || !strcmp(rest + target, " HTTP/1.0\r"));
    if (!good) {
        sim_proxy_refuse(answer, 400, "the request line is not \"CONNECT host:port HTTP/1.1\"");
        return SIM_PROXY_REFUSED;
    }
    if (method != strlen("CONNECT") || strncmp(line, "CONNECT", method)) {
        sim_proxy_refuse(
            answer, 405,
            "this proxy only tunnels: it takes CONNECT host:port (HTTPS_PROXY), not %.*s; "
            "plain http is not proxied",
            (int)(method < 20 ? method : 20), line);
        return SIM_PROXY_REFUSED;
    }
    char *authority = base_strndup(rest, target);
    good = read_authority(authority, ask);
    free(authority);
    if (good)
        return SIM_PROXY_CONNECT;
    sim_proxy_refuse(answer, 400, "CONNECT wants host:port with a port from 1 to 65535");
    return SIM_PROXY_REFUSED;
}

static bool read_authority(const char *text, struct sim_proxy_ask *ask)
{
    bool brackets = *text == '[';
    const char *host = text + brackets;
    size_t len = strcspn(host, brackets ? "]" : ":");
    const char *colon = host + len + brackets;
    int64_t port;

    if (!len || len >= sizeof ask->host || !host[len] || *colon != ':' ||
        !isdigit((unsigned char)colon[1]) || !base_parse_int64(colon + 1, &port) || port < 1 ||
        port > 65535)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)host[i]) && !strchr(brackets ? ":." : ".-_", host[i]))
            return false;
    memcpy(ask->host, host, len);
    ask->host[len] = '\0';
    base_lower(ask->host);
    ask->port = (int)port;
    return true;
}
