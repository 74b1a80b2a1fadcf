/* Puts the Event Hubs room into a world and takes it out again. */
#include "simulators/eventhub/eventhub.h"

#include "simulators/eventhub/fault.h"
#include "simulators/eventhub/loop.h"
#include "simulators/eventhub/peer.h"
#include "simulators/eventhub/rest.h"

#include <stdlib.h>
#include <time.h>

static void init_strikes(eh_t *eh)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&eh->strike_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&eh->strike_done, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

eh_t *eh_add(sim_world_t *world, struct base_error *err)
{
    eh_t *eh = base_alloc(sizeof(*eh));
    eh->world = world;
    pthread_mutex_init(&eh->lock, NULL);
    pthread_mutex_init(&eh->link_lock, NULL);
    init_strikes(eh);
    if (eh_world_load(eh, err) != BASE_OK) {
        eh_free(eh);
        return NULL;
    }
    eh_arm_add(eh);
    sim_host_add(world, "*.servicebus.windows.net", "eventhub", eh_rest_handle, eh);
    sim_host_add(world, "*.servicesbus.windows.net", "eventhub", eh_rest_handle, eh);
    eh_fault_add(eh);
    sim_view_add(world, "eventhubs", eh_view_hubs, eh);
    sim_view_add(world, "eventhubLinks", eh_view_links, eh);
    return eh;
}

void eh_free(eh_t *eh)
{
    if (!eh)
        return;
    eh_loop_stop(eh->loop);
    eh_world_release(eh);
    pthread_mutex_destroy(&eh->lock);
    pthread_mutex_destroy(&eh->link_lock);
    pthread_cond_destroy(&eh->strike_done);
    pthread_mutex_destroy(&eh->strike_lock);
    free(eh);
}

enum base_status eh_serve_start(eh_t *eh, int tls_port, int plain_port, struct base_error *err)
{
    return eh_loop_start(eh, tls_port, plain_port, err);
}

int eh_tls_port(const eh_t *eh)
{
    return eh->loop ? eh_loop_port(eh->loop, true) : -1;
}

int eh_plain_port(const eh_t *eh)
{
    return eh->loop ? eh_loop_port(eh->loop, false) : -1;
}
