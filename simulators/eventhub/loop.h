/* eventhub/loop.h: the sockets of the AMQP listeners and the thread that serves them. */
#ifndef EVENTHUB_LOOP_H
#define EVENTHUB_LOOP_H

#include "simulators/eventhub/world.h"

/* Ports as for eh_serve_start; sets eh->loop and starts the thread. Fails: BASE_IO. */
BASE_MUST_USE enum base_status eh_loop_start(eh_t *eh, int tls_port, int plain_port,
                                             struct base_error *err);
/* Closes all connections (amqp:connection:forced) and ends the thread. NULL is fine. */
void eh_loop_stop(struct eh_loop *loop);
int eh_loop_port(const struct eh_loop *loop, bool tls);

#endif
