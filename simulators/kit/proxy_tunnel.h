/* kit/proxy_tunnel.h: for proxy.c only: one client of the proxy, from its first byte to its last. The proxy's thread
 * only. */
#ifndef KIT_PROXY_TUNNEL_H
#define KIT_PROXY_TUNNEL_H

#include "simulators/kit/proxy.h"
#include "simulators/kit/proxy_private.h"

#include <poll.h>

#define SIM_PROXY_WAY_MAX (64u * 1024) /* bytes held in each direction */

typedef struct sim_proxy_tunnel sim_proxy_tunnel_t;

/* Where a name leads. */
enum sim_proxy_lead { SIM_PROXY_UNKNOWN, SIM_PROXY_TARGET, SIM_PROXY_PASS };
struct sim_proxy_guide {
    enum sim_proxy_lead (*find)(void *context, const char *host, int port,
                                struct sim_proxy_address *target);
    void *context;
    int wake; /* eventfd of the loop */
};

/* Takes the accepted, non-blocking `client` over. `guide` is borrowed. */
sim_proxy_tunnel_t *sim_proxy_tunnel_new(int client, const struct sim_proxy_guide *guide,
                                         int64_t now) BASE_MUST_USE;
void sim_proxy_tunnel_free(sim_proxy_tunnel_t *tunnel);
/* Fills two poll entries (fd -1: nothing to wait for). Returns the monotonic ms at which it wants a turn anyway; -1: none. */
int64_t sim_proxy_tunnel_wait(const sim_proxy_tunnel_t *tunnel, struct pollfd out[2]);
/* Does what can be done without blocking. False: it is over; free it. */
bool sim_proxy_tunnel_turn(sim_proxy_tunnel_t *tunnel, int64_t now);

#endif
