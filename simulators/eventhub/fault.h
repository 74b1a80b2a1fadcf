/* eventhub/fault.h: faults on purpose at a hub's connections and links (kit/fault.h, docs/faults.md). */
#ifndef EVENTHUB_FAULT_H
#define EVENTHUB_FAULT_H

#include "simulators/eventhub/eventhub.h"

/* Tells the kit how the room's calls are named and refused. While the world is being built. */
void eh_fault_add(eh_t *eh);

#endif
