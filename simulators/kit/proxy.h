/* kit/proxy.h: the HTTP CONNECT proxy (RFC 9110 section 9.3.6) through which everything offline goes. It tunnels the
 * names it knows to listeners of this machine, the names of the pass list to the real network under their own
 * name, and refuses every other one, so that nothing leaves unnoticed.
 *
 * One thread; each tunnel holds at most 64 KiB in each direction and then stops reading. Answers:
 *   502 a name it does not know, or one it cannot reach; one line of text says which and how to allow it
 *   405 a request that is not CONNECT     400 a request that is not HTTP     408 no whole request within 10 s
 *   431 a request head over 8 KiB */
#ifndef KIT_PROXY_H
#define KIT_PROXY_H

#include "common/mem.h"

typedef struct sim_proxy sim_proxy_t;

struct sim_proxy_route {
    const char *host;   /* glob, as base_glob_nocase: "*.vault.azure.net" */
    int port;           /* 0: any */
    const char *target; /* numeric address and port: "127.0.0.1:40443" or "[::1]:40443" */
};

struct sim_proxy_config {
    const char *address;                  /* NULL: "127.0.0.1" */
    int port;                             /* 0: chosen by the system */
    const struct sim_proxy_route *routes; /* the first that fits wins */
    size_t route_count;
    const char *const *pass; /* host globs for the real network; looked at before the routes */
    size_t pass_count;
};

/* Starts the proxy; copies the configuration. Fails: BASE_INVALID (a target that is not an address with a port),
 * BASE_IO (the port is in use). */
BASE_MUST_USE sim_proxy_t *sim_proxy_start(const struct sim_proxy_config *config,
                                           struct base_error *err);
int sim_proxy_port(const sim_proxy_t *proxy);
/* Closes the listener and every tunnel at once; waits for the thread. NULL is fine. */
void sim_proxy_stop(sim_proxy_t *proxy);

#endif
