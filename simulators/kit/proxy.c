/* Decides which tunnels there are and where a name leads. */
#include "simulators/kit/proxy.h"

#include "common/clock.h"
#include "common/process.h"
#include "common/stream.h"
#include "common/text.h"
#include "simulators/kit/proxy_tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TUNNEL_MAX 1000
#define ACCEPT_PAUSE_MS 100 /* after the system refused another descriptor */

struct route {
    char *host;
    int port;
    struct sim_proxy_address target;
};

struct sim_proxy {
    pthread_t thread;
    bool running;
    atomic_bool stopping;
    int listener, wake, port;
    struct route *routes;
    size_t route_count;
    char **pass;
    size_t pass_count;
    struct sim_proxy_guide guide;
    sim_proxy_tunnel_t *tunnels[TUNNEL_MAX];
    size_t tunnel_count;
    int64_t accept_from; /* monotonic ms */
};

static bool copy_config(sim_proxy_t *proxy, const struct sim_proxy_config *config,
                        struct base_error *err);
static bool read_target(const char *text, struct sim_proxy_address *out);
static enum sim_proxy_lead find(void *context, const char *host, int port,
                                struct sim_proxy_address *target);
static void *run(void *context);
static void accept_all(sim_proxy_t *proxy, int64_t now);

sim_proxy_t *sim_proxy_start(const struct sim_proxy_config *config, struct base_error *err)
{
    sim_proxy_t *proxy = base_alloc(sizeof *proxy);

    base_ignore_sigpipe();
    proxy->listener = proxy->wake = -1;
    if (!copy_config(proxy, config, err))
        goto failed;
    proxy->listener = base_listen(config->address, config->port, &proxy->port, err);
    if (proxy->listener < 0)
        goto failed;
    proxy->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    proxy->guide = (struct sim_proxy_guide){.find = find, .context = proxy, .wake = proxy->wake};
    if (proxy->wake >= 0 &&
        fcntl(proxy->listener, F_SETFL, fcntl(proxy->listener, F_GETFL) | O_NONBLOCK) == 0)
        proxy->running = pthread_create(&proxy->thread, NULL, run, proxy) == 0;
    if (proxy->running)
        return proxy;
    base_error_set(err, BASE_IO, NULL, "the proxy cannot start: %s", strerror(errno));
failed:
    sim_proxy_stop(proxy);
    return NULL;
}

int sim_proxy_port(const sim_proxy_t *proxy)
{
    return proxy->port;
}

void sim_proxy_stop(sim_proxy_t *proxy)
{
    if (!proxy)
        return;
    atomic_store(&proxy->stopping, true);
    if (proxy->running) {
        eventfd_write(proxy->wake, 1);
        pthread_join(proxy->thread, NULL);
    }
    if (proxy->listener >= 0)
        close(proxy->listener);
    if (proxy->wake >= 0)
        close(proxy->wake);
    for (size_t i = 0; i < proxy->route_count; i++)
        free(proxy->routes[i].host);
    for (size_t i = 0; i < proxy->pass_count; i++)
        free(proxy->pass[i]);
    free(proxy->routes);
    free(proxy->pass);
    free(proxy);
}

static bool copy_config(sim_proxy_t *proxy, const struct sim_proxy_config *config,
                        struct base_error *err)
{
    proxy->routes = base_alloc(config->route_count * sizeof *proxy->routes);
    proxy->pass = base_alloc(config->pass_count * sizeof *proxy->pass);
    for (size_t i = 0; i < config->route_count; i++) {
        struct route *route = &proxy->routes[proxy->route_count];
        if (!read_target(config->routes[i].target, &route->target)) {
            base_error_set(
                err, BASE_INVALID, NULL,
                "\"%s\" is not a target for %s: expected an address with a port (127.0.0.1:443)",
                config->routes[i].target, config->routes[i].host);
            return false;
        }
        route->host = base_strdup(config->routes[i].host);
        route->port = config->routes[i].port;
        proxy->route_count++;
    }
    for (; proxy->pass_count < config->pass_count; proxy->pass_count++)
        proxy->pass[proxy->pass_count] = base_strdup(config->pass[proxy->pass_count]);
    return true;
}

static bool read_target(const char *text, struct sim_proxy_address *out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    struct base_arena arena;
    struct base_uri uri;
    int64_t port;

    base_arena_init(&arena);
    const char *colon = strrchr(text, ':');
    bool good = colon && base_parse_int64(colon + 1, &port) && !strpbrk(text, "/?#@") &&
                base_uri_parse(&arena, base_arena_printf(&arena, "tcp://%s", text), &uri) &&
                getaddrinfo(uri.host, colon + 1, &hints, &found) == 0;
    if (good) {
        memcpy(&out->name, found->ai_addr, found->ai_addrlen);
        out->len = found->ai_addrlen;
        freeaddrinfo(found);
    }
    base_arena_release(&arena);
    return good;
}

static enum sim_proxy_lead find(void *context, const char *host, int port,
                                struct sim_proxy_address *target)
{
    const sim_proxy_t *proxy = context;

    for (size_t i = 0; i < proxy->pass_count; i++)
        if (base_glob_nocase(proxy->pass[i], host))
            return SIM_PROXY_PASS;
    for (size_t i = 0; i < proxy->route_count; i++) {
        const struct route *route = &proxy->routes[i];
        if ((!route->port || route->port == port) && base_glob_nocase(route->host, host)) {
            *target = route->target;
            return SIM_PROXY_TARGET;
        }
    }
    return SIM_PROXY_UNKNOWN;
}

/* Fills the poll entries: wake, listener, two for each tunnel. Returns how long to wait. */
static int prepare(const sim_proxy_t *proxy, struct pollfd *entries, int64_t now)
{
    bool accepting = proxy->tunnel_count < TUNNEL_MAX && now >= proxy->accept_from;
    int64_t soonest = now < proxy->accept_from ? proxy->accept_from : -1;

    entries[0] = (struct pollfd){.fd = proxy->wake, .events = POLLIN};
    entries[1] = (struct pollfd){.fd = accepting ? proxy->listener : -1, .events = POLLIN};
    for (size_t i = 0; i < proxy->tunnel_count; i++) {
        int64_t deadline = sim_proxy_tunnel_wait(proxy->tunnels[i], &entries[2 + 2 * i]);
        if (deadline >= 0 && (soonest < 0 || deadline < soonest))
            soonest = deadline;
    }
    return soonest < 0 ? -1 : soonest > now ? (int)(soonest - now) : 0;
}

/* A finished tunnel's place is taken by the last one; going down the list, that one had its turn. */
static void turn_all(sim_proxy_t *proxy, const struct pollfd *entries, bool everyone, int64_t now)
{
    struct pollfd unused[2];

    for (size_t i = proxy->tunnel_count; i-- > 0;) {
        sim_proxy_tunnel_t *tunnel = proxy->tunnels[i];
        int64_t deadline = sim_proxy_tunnel_wait(tunnel, unused);
        bool due = deadline >= 0 && now >= deadline;
        if (!everyone && !due && !entries[2 + 2 * i].revents && !entries[3 + 2 * i].revents)
            continue;
        if (!sim_proxy_tunnel_turn(tunnel, now)) {
            sim_proxy_tunnel_free(tunnel);
            proxy->tunnels[i] = proxy->tunnels[--proxy->tunnel_count];
        }
    }
}

static void *run(void *context)
{
    sim_proxy_t *proxy = context;
    struct pollfd *entries = base_alloc((2 + 2 * TUNNEL_MAX) * sizeof *entries);

    while (!atomic_load(&proxy->stopping)) {
        int wait = prepare(proxy, entries, base_monotonic_ms());
        if (poll(entries, 2 + 2 * (nfds_t)proxy->tunnel_count, wait) < 0 && errno != EINTR)
            BUG("poll: %s", strerror(errno));
        int64_t now = base_monotonic_ms();
        eventfd_t count;
        bool woken = eventfd_read(proxy->wake, &count) == 0; /* a name was looked up */
        turn_all(proxy, entries, woken, now);
        if (entries[1].revents)
            accept_all(proxy, now);
    }
    while (proxy->tunnel_count)
        sim_proxy_tunnel_free(proxy->tunnels[--proxy->tunnel_count]);
    free(entries);
    return NULL;
}

static void accept_all(sim_proxy_t *proxy, int64_t now)
{
    while (proxy->tunnel_count < TUNNEL_MAX) {
        int fd = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            proxy->tunnels[proxy->tunnel_count++] = sim_proxy_tunnel_new(fd, &proxy->guide, now);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            proxy->accept_from = now + ACCEPT_PAUSE_MS;
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}
