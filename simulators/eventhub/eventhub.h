/* eventhub/eventhub.h: the Event Hubs simulator: Microsoft.EventHub behind ARM, AMQP 1.0 listeners, REST send.
 * Rules: facts eventhub.md, arm.md §4.2. */
#ifndef EVENTHUB_EVENTHUB_H
#define EVENTHUB_EVENTHUB_H

#include "simulators/kit/world.h"

typedef struct eh eh_t;

/* Registers provider Microsoft.EventHub, hosts *.servicebus.windows.net and *.servicesbus.windows.net (the seed's spelling),
 * and the views "eventhubs" ([{namespace,hub,partitions:[{id,first,last}],consumerGroups:[..]}]; first and last are -1 and -1
 * when empty) and "eventhubLinks" ([{hub,group,partition,role,identity}]); loads what the world kept, and the events from
 * {state}/eventhub/. The world is borrowed and must outlive the result. Fails: BASE_IO, BASE_DENIED, BASE_INVALID (a log that is
 * no log). */
BASE_MUST_USE eh_t *eh_add(sim_world_t *world, struct base_error *err);
/* Stops serving, closes connections and logs. NULL is fine; no HTTP request may be in flight. */
void eh_free(eh_t *eh);

/* Opens the AMQP listeners on 127.0.0.1 (port 0: chosen by the system; -1: none) and starts their thread. Certificates come
 * by SNI from the world's authority. Call once. Fails: BASE_IO (the sentence names the port). */
BASE_MUST_USE enum base_status eh_serve_start(eh_t *eh, int tls_port, int plain_port,
                                              struct base_error *err);
int eh_tls_port(const eh_t *eh);   /* -1: not listening */
int eh_plain_port(const eh_t *eh); /* -1: not listening */

#endif
