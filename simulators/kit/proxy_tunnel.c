/* Decides how one tunnel opens, moves bytes and ends. */
#include "simulators/kit/proxy_tunnel.h"

#include "common/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_MS 10000    /* for a client to say what it wants */
#define CONNECT_MS 10000 /* for a target to be found and to answer */
#define LINGER_MS 1000   /* for a refused client to read why */

struct way { /* bytes of one direction */
    char *data;
    size_t start, len;
    bool ended;  /* the source said its last word */
    bool closed; /* and the sink knows, or does not want to */
};

/* Each state's work; it returns false when the tunnel is over. */
struct sim_proxy_tunnel {
    bool (*state)(sim_proxy_tunnel_t *tunnel);
    const struct sim_proxy_guide *guide;
    int client, target;    /* target: -1 while there is none */
    struct way up, down;   /* client to target, target to client */
    int64_t now, deadline; /* monotonic ms; deadline -1: none */
    bool reset;            /* one side broke off */
    struct sim_proxy_ask ask;
    sim_proxy_lookup_t *lookup;
    struct sim_proxy_address addresses[SIM_PROXY_ADDRESSES];
    size_t address_count, next_address;
};

static bool ask(sim_proxy_tunnel_t *tunnel);
static bool look_up(sim_proxy_tunnel_t *tunnel);
static bool try_next(sim_proxy_tunnel_t *tunnel);
static bool connecting(sim_proxy_tunnel_t *tunnel);
static bool flow(sim_proxy_tunnel_t *tunnel);
static bool refuse(sim_proxy_tunnel_t *tunnel);
static bool begin_refusal(sim_proxy_tunnel_t *tunnel, struct base_buf *answer);
static bool fill(struct way *way, int from);
static bool drain(struct way *way, int to);
static bool has_room(const struct way *way);

sim_proxy_tunnel_t *sim_proxy_tunnel_new(int client, const struct sim_proxy_guide *guide,
                                         int64_t now)
{
    sim_proxy_tunnel_t *tunnel = base_alloc(sizeof *tunnel);
    int yes = 1;

    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    tunnel->state = ask;
    tunnel->guide = guide;
    tunnel->client = client;
    tunnel->target = -1;
    tunnel->up.data = base_alloc(SIM_PROXY_WAY_MAX);
    tunnel->down.data = base_alloc(SIM_PROXY_WAY_MAX);
    tunnel->deadline = now + HEAD_MS;
    return tunnel;
}

/* A reset of one side is passed on as one: the other must not take it for an orderly end. */
static void close_end(int fd, bool reset)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (fd < 0)
        return;
    if (reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

void sim_proxy_tunnel_free(sim_proxy_tunnel_t *tunnel)
{
    close_end(tunnel->client, tunnel->reset);
    close_end(tunnel->target, tunnel->reset);
    sim_proxy_lookup_free(tunnel->lookup);
    free(tunnel->up.data);
    free(tunnel->down.data);
    free(tunnel);
}

/* An end nothing is wanted from is left out, because poll() would report its hang-up again and again. */
static struct pollfd entry(int fd, bool read, bool write)
{
    short events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0));
    return (struct pollfd){.fd = events ? fd : -1, .events = events};
}

int64_t sim_proxy_tunnel_wait(const sim_proxy_tunnel_t *tunnel, struct pollfd out[2])
{
    const struct way *up = &tunnel->up, *down = &tunnel->down;
    bool open = tunnel->state == flow, opening = tunnel->state == connecting;
    bool reading = open || tunnel->state == ask || (tunnel->state == refuse && !down->len);

    out[0] = entry(tunnel->client, reading && has_room(up), down->len > 0);
    out[1] = entry(tunnel->target, open && has_room(down), opening || (open && up->len > 0));
    return tunnel->deadline;
}

bool sim_proxy_tunnel_turn(sim_proxy_tunnel_t *tunnel, int64_t now)
{
    bool (*before)(sim_proxy_tunnel_t *);
    bool alive;

    tunnel->now = now;
    do { /* a state that leads to another hands over at once */
        before = tunnel->state;
        alive = tunnel->state(tunnel);
    } while (alive && tunnel->state != before);
    return alive;
}

static bool enter(sim_proxy_tunnel_t *tunnel, bool (*state)(sim_proxy_tunnel_t *), int64_t ms)
{
    tunnel->state = state;
    tunnel->deadline = ms < 0 ? -1 : tunnel->now + ms;
    return true;
}

static bool late(const sim_proxy_tunnel_t *tunnel)
{
    return tunnel->deadline >= 0 && tunnel->now >= tunnel->deadline;
}

static bool refuse_with(sim_proxy_tunnel_t *tunnel, int status, const char *why)
{
    struct base_buf answer = {0};

    sim_proxy_refuse(&answer, status, "%s", why);
    return begin_refusal(tunnel, &answer);
}

static bool refuse_name(sim_proxy_tunnel_t *tunnel)
{
    const struct sim_proxy_ask *wanted = &tunnel->ask;
    struct base_buf answer = {0};

    base_log(BASE_LOG_INFO, "proxy", NULL, "refused CONNECT %s:%d: not a name of this cloud",
             wanted->host, wanted->port);
    sim_proxy_refuse(
        &answer, 502,
        "%s port %d is not a name of this cloud and the real network is out of bounds; to let it "
        "through, start with --pass %s",
        wanted->host, wanted->port, wanted->host);
    return begin_refusal(tunnel, &answer);
}

static bool ask(sim_proxy_tunnel_t *tunnel)
{
    struct way *up = &tunnel->up;
    struct base_buf answer = {0};

    if (late(tunnel))
        return refuse_with(tunnel, 408, "no whole request came within 10 seconds");
    bool good = fill(up, tunnel->client);
    enum sim_proxy_verdict verdict = sim_proxy_read(up->data, up->len, &tunnel->ask, &answer);
    if (verdict == SIM_PROXY_MORE)
        return good && !up->ended;
    if (verdict == SIM_PROXY_REFUSED)
        return begin_refusal(tunnel, &answer);
    up->start = tunnel->ask.head_len;
    up->len -= tunnel->ask.head_len;
    switch (tunnel->guide->find(tunnel->guide->context, tunnel->ask.host, tunnel->ask.port,
                                &tunnel->addresses[0])) {
    case SIM_PROXY_TARGET:
        tunnel->address_count = 1;
        return try_next(tunnel);
    case SIM_PROXY_PASS:
        tunnel->lookup =
            sim_proxy_lookup_start(tunnel->ask.host, tunnel->ask.port, tunnel->guide->wake);
        return enter(tunnel, look_up, CONNECT_MS);
    default:
        return refuse_name(tunnel);
    }
}

static bool unreachable(sim_proxy_tunnel_t *tunnel, const char *why)
{
    struct base_buf answer = {0};

    base_log(BASE_LOG_WARN, "proxy", NULL, "cannot reach %s:%d: %s", tunnel->ask.host,
             tunnel->ask.port, why);
    sim_proxy_refuse(&answer, 502, "%s port %d cannot be reached: %s", tunnel->ask.host,
                     tunnel->ask.port, why);
    return begin_refusal(tunnel, &answer);
}

static bool look_up(sim_proxy_tunnel_t *tunnel)
{
    char why[128] = "";

    if (late(tunnel))
        return unreachable(tunnel, "its name was not found in time");
    if (!sim_proxy_lookup_done(tunnel->lookup, tunnel->addresses, &tunnel->address_count, why,
                               sizeof why))
        return true;
    return tunnel->address_count ? try_next(tunnel) : unreachable(tunnel, why);
}

static bool try_next(sim_proxy_tunnel_t *tunnel)
{
    int yes = 1, wrong = 0;

    while (tunnel->next_address < tunnel->address_count) {
        const struct sim_proxy_address *address = &tunnel->addresses[tunnel->next_address++];
        close_end(tunnel->target, false);
        tunnel->target =
            socket(address->name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (tunnel->target >= 0 &&
            (!connect(tunnel->target, (const struct sockaddr *)&address->name, address->len) ||
             errno == EINPROGRESS)) {
            setsockopt(tunnel->target, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            setsockopt(tunnel->target, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
            return enter(tunnel, connecting, CONNECT_MS);
        }
        wrong = errno;
    }
    return unreachable(tunnel, strerror(wrong));
}

static bool connecting(sim_proxy_tunnel_t *tunnel)
{
    static const char yes[] = "HTTP/1.1 200 Connection Established\r\n\r\n";
    struct pollfd ready = {.fd = tunnel->target, .events = POLLOUT};
    int wrong = 0;
    socklen_t len = sizeof wrong;

    if (!late(tunnel) && poll(&ready, 1, 0) == 0)
        return true;
    getsockopt(tunnel->target, SOL_SOCKET, SO_ERROR, &wrong, &len);
    if (late(tunnel))
        wrong = ETIMEDOUT;
    if (wrong && tunnel->next_address < tunnel->address_count)
        return try_next(tunnel);
    if (wrong)
        return unreachable(tunnel, strerror(wrong));
    memcpy(tunnel->down.data, yes, sizeof yes - 1);
    tunnel->down.len = sizeof yes - 1;
    return enter(tunnel, flow, -1);
}

static void give_up(struct way *way)
{
    way->ended = way->closed = true;
    way->len = 0;
}

/* Half-closes travel through: each direction ends by itself, and the tunnel when both have. When one side breaks
 * off, what it sent before still goes out, and then the other is reset too. */
static bool flow(sim_proxy_tunnel_t *tunnel)
{
    struct {
        struct way *way, *back;
        int from, to;
    } both[] = {{&tunnel->up, &tunnel->down, tunnel->client, tunnel->target},
                {&tunnel->down, &tunnel->up, tunnel->target, tunnel->client}};

    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        struct way *way = both[i].way;
        if (!fill(way, both[i].from)) {
            tunnel->reset = true;
            give_up(both[i].back);
        }
        if (!drain(way, both[i].to))
            give_up(way);
        if (way->ended && !way->len && !way->closed) {
            way->closed = true;
            if (!tunnel->reset)
                shutdown(both[i].to, SHUT_WR);
        }
    }
    return !tunnel->up.closed || !tunnel->down.closed;
}

static bool begin_refusal(sim_proxy_tunnel_t *tunnel, struct base_buf *answer)
{
    struct way *down = &tunnel->down;

    BUG_ON(answer->len > SIM_PROXY_WAY_MAX);
    memcpy(down->data, answer->data, answer->len);
    down->start = 0;
    down->len = answer->len;
    base_buf_release(answer);
    close_end(tunnel->target, false);
    tunnel->target = -1;
    tunnel->up.start = tunnel->up.len = 0;
    return enter(tunnel, refuse, LINGER_MS);
}

/* What the client still sends is read and forgotten: closing on unread bytes would reset the connection and
 * take the answer with it. */
static bool refuse(sim_proxy_tunnel_t *tunnel)
{
    struct way *up = &tunnel->up, *down = &tunnel->down;

    if (late(tunnel) || !drain(down, tunnel->client))
        return false;
    if (down->len)
        return true;
    if (!down->closed) {
        down->closed = true;
        shutdown(tunnel->client, SHUT_WR);
    }
    bool good = fill(up, tunnel->client);
    up->start = up->len = 0;
    return good && !up->ended;
}

static bool has_room(const struct way *way)
{
    return !way->ended && way->len < SIM_PROXY_WAY_MAX;
}

/* False: the source broke off. */
static bool fill(struct way *way, int from)
{
    if (!has_room(way))
        return true;
    if (way->start + way->len == SIM_PROXY_WAY_MAX) {
        memmove(way->data, way->data + way->start, way->len);
        way->start = 0;
    }
    size_t end = way->start + way->len;
    ssize_t got = recv(from, way->data + end, SIM_PROXY_WAY_MAX - end, MSG_DONTWAIT);
    if (got > 0)
        way->len += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        way->ended = true;
    return got >= 0 || !way->ended;
}

/* False: the sink takes no more. */
static bool drain(struct way *way, int to)
{
    while (way->len) {
        ssize_t sent = send(to, way->data + way->start, way->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN;
        way->start += (size_t)sent;
        way->len -= (size_t)sent;
    }
    way->start = 0;
    return true;
}
